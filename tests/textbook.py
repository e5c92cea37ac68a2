"""What SymPy expressions mean, in mpmath from the definitions alone, and what their derivatives are, by differences.

Nothing here is differentiated by a rule: a derivative is a central difference with so small a step, at so many digits,
that 45 of them are right. Digits are raised until two settings agree.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import mpmath as mp
import sympy as sp

import symbackprop as sb
from symbackprop import ops
from symbackprop.sympy_functions import row_functions

from .operations import OPERATIONS, precise

AGREEING = mp.mpf(10) ** -45
"""Two settings agree where they differ by no more than this part."""
NOTHING = mp.mpf(10) ** -60
"""Below this part of what goes in, a difference of 0 is 0."""
MOST_DIGITS = 2_000
ENOUGH = 500
"""What is undefined at so many digits is undefined."""
LARGEST = mp.mpf(10) ** 40
"""A sine, or an exponential, of more than this takes more digits than it is worth."""


class UndefinedError(ArithmeticError):
    """There is no real number here."""


class UnboundedError(ArithmeticError):
    """Something is infinite on the way, or a condition compares what is undefined: what comes out is a convention."""


class UndecidedError(ArithmeticError):
    """Digits were raised as far as they go, and no two settings agreed."""


MEANINGS: dict[Any, Callable[..., Any]] = {
    **{op.sympy: OPERATIONS[name].exact for name, op in ops.OPS.items() if isinstance(op.sympy, type) and not op.leaf},
    **{kind: OPERATIONS[op.name].exact for kind, op in ops.OF_COMPARISONS.items()},
    sp.Add: lambda *xs: mp.fsum(xs),
    sp.Mul: lambda *xs: mp.fprod(xs),
    sp.factorial: mp.factorial,
    sp.binomial: mp.binomial,
    sp.beta: mp.beta,
    sp.zeta: mp.zeta,
    sp.ITE: lambda condition, yes, no: yes if condition else no,
    **dict.fromkeys((sp.re, sp.conjugate, sp.UnevaluatedExpr), lambda x: x),
    sp.im: lambda x: 0 * x,
    sp.arg: mp.arg,
    row_functions.weighted_exp: OPERATIONS["weighted_exp"].exact,
    row_functions.bose: OPERATIONS["bose"].exact,
}
"""By class of SymPy's or ours: what it is of numbers."""

UNASKED: dict[Any, Callable[[Any], bool]] = {
    sp.Heaviside: lambda x: x != 0,
    sb.leaky_relu: lambda x: x > 0,
    sb.elu: lambda x: x > 0,
}
"""By class: where the second operand is not asked for, and may be undefined."""

WIDE = {sp.exp, sp.sin, sp.cos, sp.tan, sp.cot, sp.sec, sp.csc, sp.sinh, sp.cosh, sp.gamma, sp.loggamma}


def _gap(values: Sequence[Any]) -> Any:
    """How far the two largest lie apart."""
    top = sorted(values)[-2:]
    return top[1] - top[0]


def _to_a_whole_number(x: Any) -> Any:
    return abs(x - mp.nint(x))


def _to_the_axis(y: Any, x: Any) -> Any:
    return abs(y) if x <= 0 else mp.inf


def _to_one(x: Any) -> Any:
    """There the derivative is infinite."""
    return abs(abs(x) - 1)


def _of_power(x: Any, y: Any) -> Any:
    return mp.mpf(0) if x == 0 else mp.inf


KINKS: dict[Any, Callable[..., Any]] = {
    **dict.fromkeys(
        (kind for kind in MEANINGS if getattr(kind, "__name__", "") in
         {"Abs", "sign", "Heaviside", "relu", "leaky_relu", "elu"}),
        lambda x, *_: abs(x),
    ),
    **dict.fromkeys(ops.OF_COMPARISONS, lambda x, y: abs(x - y)),
    **dict.fromkeys((sp.asin, sp.acos, sp.asec, sp.acsc, sp.acosh, sp.asech, sp.atanh, sp.acoth, sp.erfinv), _to_one),
    sp.floor: _to_a_whole_number,
    sp.ceiling: _to_a_whole_number,
    sp.Max: lambda *xs: _gap(xs),
    sp.Min: lambda *xs: _gap([-x for x in xs]),
    sp.acot: abs,  # it jumps at 0
    sp.atan2: _to_the_axis,
    sp.Pow: _of_power,
}  # fmt: skip
"""By class: how far its operands are from a kink, a tie, a jump or an end."""


def _of_leaf(part: Any) -> Any:
    try:
        return precise(part)
    except (ValueError, NotImplementedError) as error:  # SymPy's infinities and bounds
        raise UnboundedError(str(part)) from error


class Meaning:
    """A list of equations, as a function of numbers: the last of them.

    Attributes:
        margin: how near the last computation came to a kink.
        largest: the largest number that it met on its way.
        smallest: the smallest, but 0.
    """

    def __init__(self, equations: Sequence[tuple[Any, Any]]) -> None:
        self._steps: list[tuple[Any, list[int]]] = []
        self._place: dict[Any, int] = {}
        for name, expression in equations:
            self._root = self._place[name] = self._placed(expression)

    def _placed(self, expression: Any) -> int:
        """Where an expression stands; without recursion, as what SymPy writes may be deep."""
        stack = [expression]
        while stack:
            part = stack[-1]
            waiting = [arg for arg in part.args if arg not in self._place] if part not in self._place else []
            stack.extend(waiting)
            if not waiting:
                stack.pop()
                if part not in self._place:
                    self._place[part] = len(self._steps)
                    self._steps.append((part, [self._place[arg] for arg in part.args]))
        return self._place[expression]

    def __call__(self, values: Mapping[Any, Any]) -> Any:
        """The number at a point; at as many digits as mpmath is set to."""
        self.margin, self.largest, self.smallest = mp.inf, mp.mpf(0), mp.inf
        done: dict[int, Any] = {}
        return self._number(self._root, values, done)

    def _number(self, place: int, values: Any, done: dict[int, Any]) -> Any:
        if place not in done:
            done[place] = self._met(self._computed(place, values, done))
        return done[place]

    def _computed(self, place: int, values: Any, done: Any) -> Any:
        part, args = self._steps[place]
        if not args:
            return values[part] if part.is_Symbol else _of_leaf(part)
        if isinstance(part, sp.Piecewise):
            return self._chosen(args, values, done)
        if part.func in UNASKED and UNASKED[part.func](self._number(args[0], values, done)):
            return self._applied(part.func, [done[args[0]], self._unasked(args[1], values, done)])
        return self._applied(part.func, [self._number(arg, values, done) for arg in args])

    def _chosen(self, cases: Sequence[int], values: Any, done: Any) -> Any:
        for case in cases:
            value, condition = self._steps[case][1]
            if self._holds(condition, values, done):
                return self._number(value, values, done)
        raise UndefinedError("no condition holds")

    def _unasked(self, place: int, values: Any, done: Any) -> Any:
        """An operand that does not count; where it has no value, nor has its derivative, of which 0 times is taken."""
        try:
            return self._number(place, values, done)
        except (UndefinedError, UnboundedError):
            self.margin = mp.mpf(0)
            return self.margin

    def _holds(self, condition: int, values: Any, done: Any) -> Any:
        try:
            return self._number(condition, values, done)
        except UndefinedError:
            raise UnboundedError("an undefined condition") from None

    def _applied(self, kind: Any, numbers: list[Any]) -> Any:
        kind = next((known for known in kind.__mro__ if known in MEANINGS), kind)
        if kind in KINKS:
            self.margin = min(self.margin, KINKS[kind](*numbers) / max(1, *map(abs, numbers)))
        if kind in WIDE and abs(numbers[0]) > LARGEST:
            raise UndecidedError("too large")
        try:
            return MEANINGS[kind](*numbers)
        except ZeroDivisionError:
            raise UnboundedError(kind.__name__) from None
        except ValueError:  # a pole
            raise UnboundedError(kind.__name__) from None
        except (OverflowError, MemoryError, mp.mp.NoConvergence):
            raise UndecidedError("too large") from None

    def _met(self, number: Any) -> Any:
        if isinstance(number, bool | sp.logic.boolalg.BooleanAtom):
            return bool(number)
        if isinstance(number, mp.mpc):
            raise UndefinedError("not real")
        if mp.isnan(number):
            raise UndefinedError("nan")
        if mp.isinf(number):
            raise UnboundedError("infinite")
        size = abs(number)
        self.largest = max(self.largest, size)
        if size:
            self.smallest = min(self.smallest, size)
        return number


Point = Mapping[Any, Any]


def settled(compute: Callable[[int], tuple[Any, Any]], digits: int) -> Any:
    """A number on which two settings agree.

    Args:
        compute: of so many digits: the number, and below what it is lost in rounding.
        digits: to begin with.
    """
    before: Any = None
    while digits <= MOST_DIGITS:
        with mp.workdps(digits):
            try:
                value, lost = compute(digits)
            except (UndefinedError, UnboundedError):  # tanh(800) is 1 to any but many digits, and has no atanh
                if digits > ENOUGH:
                    raise
                before, digits = None, ENOUGH + 1
                continue
            if before is not None:
                if value and abs(value - before) <= AGREEING * abs(value):
                    return value
                if max(abs(value), abs(before)) <= NOTHING and lost <= NOTHING:
                    return mp.mpf(0)
        before, digits = value, digits * 3 // 2
    raise UndecidedError("digits")


def at(point: Point) -> dict[Any, Any]:
    """The point at the digits that mpmath is set to."""
    return {symbol: precise(value) for symbol, value in point.items()}


def value_of(meaning: Meaning, point: Point, digits: int = 60) -> Any:
    """The number of some equations."""

    def compute(digits: int) -> tuple[Any, Any]:
        value = meaning(at(point))
        return value, meaning.largest * mp.mpf(10) ** (5 - digits)

    return settled(compute, digits)


def derivative_of(meaning: Meaning, point: Point, along: Sequence[Any], digits: int = 110) -> Any:
    """The derivative by each symbol of `along` in turn, one or two of them, from differences."""

    def compute(digits: int) -> tuple[Any, Any]:
        step = mp.mpf(10) ** -(digits // 4 - 2)
        values, noise, margin = at(point), mp.mpf(0), mp.inf
        total = mp.mpf(0)
        for sign, moved in _stencil(values, along, step):
            total += sign * meaning(moved)
            noise, margin = max(noise, meaning.largest), min(margin, meaning.margin)
        meaning.margin = margin
        over = (2 * step) ** len(along)
        return total / over, noise * mp.mpf(10) ** (5 - digits) / over

    return settled(compute, digits)


def _stencil(values: dict[Any, Any], along: Sequence[Any], step: Any) -> list[tuple[int, dict[Any, Any]]]:
    """(f(x + h) - f(x - h)) / 2h, of that again."""
    terms = [(1, values)]
    for symbol in along:
        terms = [
            (sign * turn, {**moved, symbol: moved[symbol] + turn * step}) for sign, moved in terms for turn in (1, -1)
        ]
    return terms
