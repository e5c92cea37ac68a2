"""A derivative as a part of an expression, not worked out: a SymPy node that waits for the equations it is put into."""

from __future__ import annotations

import operator
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from numbers import Number
from typing import Any

import sympy as sp
from sympy.core.function import AppliedUndef
from sympy.matrices.expressions.matexpr import MatrixElement
from sympy.printing.pretty.stringpict import prettyForm

from .errors import ParameterError, ShapeError, UnsupportedError
from .leaf_symbols import is_leaf, of_coordinates
from .named_quantities import MADE, declared_among

HIGHEST = 20
"""The highest order of a derivative that is a part of an expression."""


class PartialDerivative(sp.Expr):  # type: ignore[misc]
    """The derivative of an expression by symbols, unevaluated: args (expr, (symbol, count), ...).

    Each name in the expression stands for what the equations say that it is put into; a symbol that none of them
    defines is independent of all others, as in `sympy.diff`. By a symbol that an equation defines it is the partial
    derivative with that symbol held as the variable. The symbols are in one order, equal ones together.

    Raises:
        ParameterError: there is no symbol to differentiate by, or one is none; an order is no whole number from 1 to
            `HIGHEST`.
        ShapeError: the expression is a matrix.
        UnsupportedError: the expression is none.
    """

    is_commutative = True
    precedence = 50  # SymPy's, of a product: a power of it needs brackets

    def __new__(cls, expr: Any, *variables: Any) -> Any:
        _check_scalar(expr)
        counts: Counter[Any] = Counter()
        for variable, count in map(tuple, variables):
            counts[checked_variable(variable)] += checked_order(count)
        if isinstance(expr, PartialDerivative):
            counts.update(expr.orders)
            expr = expr.expr
        if not counts:
            raise ParameterError("there is nothing to differentiate by: name at least one symbol")
        checked_order(sum(counts.values()))
        if _is_constant(expr):
            return sp.S.Zero
        ordered = sorted(counts, key=lambda variable: (str(variable), str(variable.sort_key())))
        return super().__new__(cls, expr, *(sp.Tuple(one, sp.Integer(counts[one])) for one in ordered))

    @property
    def expr(self) -> Any:
        """What is differentiated."""
        return self.args[0]

    @property
    def orders(self) -> dict[Any, int]:
        """By symbol, or entry of a matrix: how often it is differentiated by."""
        return {variable: int(count) for variable, count in self.args[1:]}

    @property
    def order(self) -> int:
        """How often it is differentiated in all."""
        return sum(self.orders.values())

    # --- what SymPy asks ---

    def _eval_is_real(self) -> bool | None:
        return True if all(part.is_extended_real for part in (self.expr, *self.orders)) else None

    def diff(self, *variables: Any, **_hints: Any) -> Any:
        """The derivative of the derivative, by what `Expr.diff` takes: that SymPy sees no y in ∂u/∂x makes it no 0."""
        return differentiated(self, *variables)

    def _eval_derivative(self, symbol: Any) -> Any:
        return differentiated(self, symbol)

    def doit(self, *, independent: bool = False, **hints: Any) -> Any:
        """The derivative by `sympy.diff`, where no equation can say anything else.

        SymPy's `simplify` calls this, so it stays as it is where anything but the one symbol that it is
        differentiated by stands in it, as equations may define that.

        Args:
            independent: every symbol is independent of all others, whatever equations say elsewhere; names that
                equations of ours define, a network's output say, and that of a name alone, still wait.
        """
        hints["independent"] = independent
        expr = self.expr.doit(**hints) if hints.get("deep", True) else self.expr
        if self._waits(expr, independent):
            return PartialDerivative(expr, *self.args[1:])
        return sp.diff(expr, *self.orders.items())

    def _waits(self, expr: Any, independent: bool) -> bool:
        """Whether equations may say what the derivative of an expression is."""
        if holds_derivative(expr) or any(isinstance(part, MADE) for part in _symbols(expr)):
            return True
        if independent:
            return bool(expr.is_Symbol) and expr not in self.orders
        return len(self.orders) > 1 or not self.orders.keys() >= {*_symbols(expr)}

    # --- something in the place of its symbols ---

    def _eval_subs(self, old: Any, new: Any) -> Any:
        self._check_part(old)
        moved = {variable: variable._subs(old, new) for variable in self.orders}
        return self._with(self.expr, lambda part: part._subs(old, new), moved)

    def _xreplace(self, rule: Mapping[Any, Any]) -> tuple[Any, bool]:
        if self in rule:
            return rule[self], True
        for old in rule if isinstance(rule, Mapping) else ():  # SymPy also passes functions in the shape of one
            self._check_part(old)
        moved = {variable: variable._xreplace(rule)[0] for variable in self.orders}
        found = self._with(self.expr, lambda part: part._xreplace(rule)[0], moved)
        return found, found != self

    def _check_part(self, old: Any) -> None:
        """Refuse that x**2 is replaced in a derivative by x: what takes its place would not depend on x."""
        if isinstance(old, sp.Symbol | sp.MatrixSymbol | MatrixElement | AppliedUndef | PartialDerivative):
            return
        inside = {variable for variable in self.orders if variable in _symbols(old)}
        if inside and sp.S(self.expr).has(old):
            raise ParameterError(
                f"{old} cannot be replaced in {self}, which is a derivative by {min(map(str, inside))}: replace it in "
                "what .doit(independent=True) gives"
            )

    def _with(self, expr: Any, replaced: Any, moved: Mapping[Any, Any]) -> Any:
        """The node when symbols have been replaced: names by what they stand for, symbols of `moved` by a point."""
        changed = {old: new for old, new in moved.items() if old != new}
        if not changed:
            return PartialDerivative(replaced(expr), *self.args[1:])
        held = {old: sp.Dummy(old.name if old.is_Symbol else "x", real=old.is_extended_real) for old in changed}
        expr = replaced(expr.xreplace(held))
        known = {*held.values(), *(self.orders.keys() - changed.keys())}
        others = [one for one in _symbols(expr) if one not in known]
        if others and all(isinstance(one, MADE) for pair in changed.items() for one in pair):  # names of ours, renamed
            return PartialDerivative(replaced(self.expr), *((moved[one], count) for one, count in self.orders.items()))
        if others:
            raise ParameterError(self._bound(*next(iter(changed.items())), others))
        orders = [(held.get(variable, variable), count) for variable, count in self.orders.items()]
        return (
            PartialDerivative(expr, *orders)
            .doit(independent=True)
            .xreplace({held[old]: new for old, new in changed.items()})
        )

    def _bound(self, old: Any, new: Any, others: Sequence[Any]) -> str:
        """Why a variable cannot be replaced, and how its value is given."""
        start = f"{old} cannot be replaced in {self}: {min(map(str, others))} may be defined by it."
        if declared_among(others):
            return f"{start} Write sb.at({self.written}, {{{old}: {new}}})"
        usual = f"{start} Begin the equations that it is put into with ({old}, {new})"
        if self.expr in others:
            return usual
        return f"{usual}; where nothing is, replace it in what .doit(independent=True) gives"

    @property
    def written(self) -> str:
        """How it is written in Python: sb.d(u, x, 2)."""
        orders = ", ".join(f"{one}, {count}" if count > 1 else str(one) for one, count in self.orders.items())
        return f"sb.d({self.expr}, {orders})"

    # --- print ---

    def _sympystr(self, printer: Any) -> str:
        power = "" if self.order == 1 else str(self.order).translate(_HIGH)
        below = "".join(f"∂{printer._print(one)}{_raised(count)}" for one, count in self.orders.items())
        top = printer._print(self.expr)
        return f"∂{power}{top if self.expr.is_Symbol else f'({top})'}/{below}"

    def _pretty(self, printer: Any) -> Any:
        return prettyForm(str(self))

    def _latex(self, printer: Any) -> str:
        power = "" if self.order == 1 else f"^{{{self.order}}}"
        below = r" ".join(
            rf"\partial {printer._print(one)}" + (f"^{{{count}}}" if count > 1 else "")
            for one, count in self.orders.items()
        )
        top = printer._print(self.expr)
        top = top if self.expr.is_Symbol else rf"\left({top}\right)"
        return rf"\frac{{\partial{power} {top}}}{{{below}}}"

    def _numpycode(self, printer: Any) -> str:
        raise UnsupportedError(f"{self} is not worked out, and has no code: derive what it stands in, and compile that")

    _pythoncode = _lambdacode = _numpycode


def checked_variable(variable: Any) -> Any:
    """A symbol, a leaf, q(t) say, or an entry of a matrix symbol, counted from the front.

    Raises:
        ParameterError: it is neither.
    """
    if isinstance(variable, sp.Symbol) or is_leaf(variable):
        return variable
    if isinstance(variable, MatrixElement) and isinstance(variable.parent, sp.MatrixSymbol):
        places = list(zip(variable.indices, variable.parent.shape, strict=True))
        if all(index.is_Integer and (index >= 0 or size.is_Integer) for index, size in places):
            return variable.parent[tuple(index if index >= 0 else index + size for index, size in places)]
        raise ParameterError(
            f"cannot differentiate by {variable}: give the place of an entry in numbers, counted from 0"
        )
    if isinstance(variable, sp.MatrixSymbol):
        raise ParameterError(f"{variable.name} is a matrix: name an entry, {variable.name}[0, 0], or use sb.gradient")
    raise ParameterError(
        f"cannot differentiate by {type(variable).__name__} {str(variable)[:40]!r}: pass a SymPy symbol"
    )


def checked_order(count: Any) -> int:
    """A whole number from 1 to `HIGHEST`, of Python, NumPy or SymPy, as an int.

    Raises:
        ParameterError: it is none.
    """
    order = _whole(count)
    if not 1 <= order <= HIGHEST:
        told = str(count)[:40] if abs(order) < 10**40 else "a number of more than 40 digits"
        raise ParameterError(f"the order of a derivative is {told}: give a whole number from 1 to {HIGHEST}")
    return order


def _whole(count: Any) -> int:
    """A whole number of any kind as an int; 0 for what is none: no order."""
    if isinstance(count, bool):
        return 0
    try:
        return operator.index(count)
    except TypeError:
        return 0


def variable_counts(variables: Sequence[Any]) -> list[tuple[Any, Any]]:
    """Each symbol with its order: of x, y, 2 or (x, 1), (y, 2), or both in one.

    Raises:
        ParameterError: there is something else.
    """
    found: list[tuple[Any, Any]] = []
    before: Any = None
    for variable in variables:
        if isinstance(variable, tuple | list | sp.Tuple):
            if len(variable) != 2:
                raise ParameterError(f"{str(variable)[:40]} is no pair of a symbol and an order: write (x, 2)")
            found.append((checked_variable(variable[0]), checked_order(variable[1])))
        elif found and _is_number(variable):
            if _is_number(before) or isinstance(before, tuple | list | sp.Tuple):
                raise ParameterError(f"{found[-1][0]} has two orders, {found[-1][1]} and {variable}: name one")
            found[-1] = found[-1][0], checked_order(variable)
        else:
            found.append((checked_variable(entry_of_one(variable)), 1))
        before = variable
    return found


def _is_number(variable: Any) -> bool:
    return isinstance(variable, Number | sp.Number)


def entry_of_one(variable: Any) -> Any:
    """The entry of a matrix symbol of one entry; anything else as it is."""
    is_one = isinstance(variable, sp.MatrixSymbol) and tuple(variable.shape) == (1, 1)
    return variable[0, 0] if is_one else variable


def differentiated(expr: Any, *variables: Any) -> Any:
    """What `diff` of SymPy's gives of a node or of a name that equations define.

    SymPy also passes orders of 0, and symbols of its own in the place of q(t), which nothing can depend on.

    Raises:
        And what `PartialDerivative` raises.
    """
    pairs = (one if isinstance(one, tuple | list | sp.Tuple) else (one, None) for one in variables)
    asked = [one for one, (_, *count) in zip(variables, pairs, strict=True) if count != [0]]
    found = variable_counts(asked)
    if any(isinstance(one, sp.Dummy) and one not in _symbols(expr) for one, _ in found):
        return sp.S.Zero
    return PartialDerivative(expr, *found) if found or not variables else expr


def holds_derivative(expression: Any) -> bool:
    """Whether a derivative that is not worked out stands in an expression."""
    return any(isinstance(part, PartialDerivative) for part in _parts(expression))


def _check_scalar(expr: Any) -> None:
    if getattr(expr, "is_Matrix", False) or isinstance(expr, sp.MatrixBase):
        rows, columns = expr.shape
        named, entry = getattr(expr, "name", "the expression"), f"{getattr(expr, 'name', 'u')}[0, 0]"
        raise ShapeError(f"{named} is a {rows} x {columns} matrix: take the derivative of an entry, {entry}")
    if not isinstance(expr, sp.Expr):
        raise UnsupportedError(
            f"cannot differentiate {type(expr).__name__} {str(expr)[:40]!r}: pass a SymPy expression"
        )


def _parts(expression: Any) -> Iterable[Any]:
    """Each part once, without recursion: SymPy's own walks repeat what is shared."""
    seen: set[int] = set()
    stack: list[Any] = [expression]
    while stack:
        part = stack.pop()
        if id(part) not in seen:
            seen.add(id(part))
            yield part
            stack.extend(part.flat() if isinstance(part, sp.MatrixBase) else getattr(part, "args", ()))


def _symbols(expression: Any) -> Sequence[Any]:
    """The symbols in an expression, and entries of matrices."""
    kinds = (sp.Symbol, sp.MatrixSymbol, MatrixElement)
    inner = [part for part in _parts(expression) if isinstance(part, kinds)]
    whole = {part.parent for part in inner if isinstance(part, MatrixElement)}
    return [part for part in inner if part not in whole]


def _is_constant(expression: Any) -> bool:
    kinds = (sp.Symbol, sp.MatrixSymbol, AppliedUndef)
    return not any(isinstance(part, kinds) or of_coordinates(part) for part in _parts(expression))


_HIGH = str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")


def _raised(count: int) -> str:
    return "" if count == 1 else str(count).translate(_HIGH)
