"""Expressions over the whole vocabulary, each made from a seed: an expression or equations, symbols, a point."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import sympy as sp

import symbackprop as sb

R = sp.Rational
Row = Callable[..., Any]

SYMBOLS: dict[str, Any] = {
    "x": sp.Symbol("x", real=True),
    "y": sp.Symbol("y", real=True),
    "z": sp.Symbol("z"),
    "p": sp.Symbol("p", positive=True),
    "q": sp.Symbol("q", nonnegative=True),
    "k": sp.Symbol("k", integer=True),
}
NUMBERS = (
    *map(sp.Integer, (1, 2, 3, -1, -2)),
    *(R(1, 2), R(-1, 3), R(5, 4), R(2, 7), sp.pi, sp.E, sp.Float("0.5"), sp.Float("-1.7"), sp.Integer(0)),
)
EXPONENTS = (2, 3, -1, -2, 4, R(1, 2), R(-1, 2), R(1, 3), R(3, 2), R(-5, 3), R(2, 3), sp.Float("1.5"))


def inside_one(u: Any) -> Any:
    """What lies between -1 and 1."""
    return u / (1 + sp.Abs(u)) if u.has(sp.exp) else sp.tanh(u / 3)


def beyond_one(u: Any) -> Any:
    return 1 + sp.exp(u / 4)


def above_zero(u: Any) -> Any:
    return R(1, 4) + u**2


def normal(u: Any, mean: Any, deviation: Any) -> Any:
    """The density of a normal distribution."""
    return sp.exp(-(((u - mean) / deviation) ** 2) / 2) / (sp.sqrt(2 * sp.pi) * deviation)


def ratio(u: Any, v: Any) -> Any:
    return (sp.exp(u) - sp.exp(v)) / (sp.exp(u) + sp.exp(v))


def logit_loss(u: Any, v: Any) -> Any:
    return sb.bce(sb.sigmoid(u), v)


ELEMENTARY: tuple[Row, ...] = (
    *(sp.exp, sp.sin, sp.cos, sp.tan, sp.cot, sp.sec, sp.csc, sp.atan, sp.acot, sp.sinh, sp.cosh, sp.tanh),
    *(sp.coth, sp.sech, sp.csch, sp.asinh, sp.acsch, sp.erf, sp.erfc),
    *(sp.log, sp.sqrt, lambda u: sp.log(above_zero(u)), lambda u: sp.sqrt(above_zero(u))),
    *(lambda u: sp.asin(inside_one(u)), lambda u: sp.acos(inside_one(u)), lambda u: sp.atanh(inside_one(u))),
    *(lambda u: sp.asec(beyond_one(u)), lambda u: sp.acsc(beyond_one(u)), lambda u: sp.acosh(beyond_one(u))),
    *(lambda u: sp.acoth(beyond_one(u)), lambda u: sp.asech(1 / beyond_one(u)), sp.asin),
)
SPECIAL: tuple[Row, ...] = (
    *(sp.gamma, lambda u: sp.gamma(above_zero(u)), lambda u: sp.loggamma(above_zero(u))),
    *(lambda u: sp.polygamma(0, above_zero(u)), lambda u: sp.polygamma(2, above_zero(u)), sp.loggamma),
    *(lambda u: sp.erfinv(inside_one(u)), lambda u: sp.factorial(sp.Abs(u)), lambda u: sp.polygamma(1, u)),
    *(lambda u: sp.log(sp.gamma(u)), lambda u: sp.log(sp.erfc(u)), lambda u: sp.log(1 + sp.erf(u))),
    lambda u: sp.log(sp.factorial(above_zero(u))),
)
KINKED: tuple[Row, ...] = (
    *(sp.Abs, sp.sign, sp.floor, sp.ceiling, sb.relu, sb.leaky_relu, sb.elu, sp.Heaviside),
    *(lambda u: sp.Heaviside(u, 1), lambda u: sp.Max(u, 0), lambda u: sp.Min(u, 1), lambda u: sb.huber(u, 0)),
    *(lambda u: sb.leaky_relu(u, R(1, 5)), lambda u: sb.elu(u, 2), sb.softsign),
)
STABLE: tuple[Row, ...] = (
    *(sb.sigmoid, sb.softplus, sb.silu, sb.gelu, lambda u: sp.log(1 + sp.exp(u)), lambda u: 1 / (1 + sp.exp(-u))),
    *(lambda u: sp.exp(-(u**2) / 2), lambda u: 1 / (sp.exp(u) - 1), lambda u: u / sp.tanh(u), lambda u: u / sp.sinh(u)),
    *(lambda u: sp.log(sp.cosh(u)), lambda u: sp.log(sp.sinh(u)), lambda u: sp.log(sb.sigmoid(u))),
    *(lambda u: sp.log(1 - sp.exp(u)), lambda u: sp.exp(u) / (1 + sp.exp(u)) ** 2, lambda u: ratio(u, -u)),
    *(lambda u: 1 / (sp.exp(u) + sp.exp(-u)), lambda u: 1 / (2 + 3 * sp.exp(u)), lambda u: sp.exp(u) - 1),
    *(lambda u: 1 / (1 - sp.exp(u)), lambda u: sp.log(1 - sp.tanh(u) ** 2), lambda u: sp.log(1 - sb.sigmoid(u))),
    *(lambda u: -sp.log(1 / (sp.exp(u) - 1)), lambda u: u / (sp.exp(u) - 1), lambda u: (sp.exp(u) - 1) / u),
)
OF_TWO: tuple[Row, ...] = (
    *(lambda u, v: u + v, lambda u, v: u - 2 * v, lambda u, v: u * v, lambda u, v: u / v, lambda u, v: u * v),
    *(lambda u, v: u + v, lambda u, v: u / (1 + v**2), lambda u, v: above_zero(u) ** v, lambda u, v: u**v),
    *(sp.atan2, sb.hypot, sp.Max, sp.Min, sb.logsumexp),
    *(lambda u, v: sp.exp(u) * sp.exp(v), lambda u, v: sp.log(sp.exp(u) + sp.exp(v)), ratio),
    *(lambda u, v: sp.log(sp.exp(u) - sp.exp(v)), lambda u, v: sp.log(u * sp.exp(v)), lambda u, v: sp.log(u**v)),
    *(lambda u, v: sb.softmax([u, v, 0])[0], lambda u, v: sp.beta(above_zero(u), above_zero(v))),
    *(lambda u, v: sp.binomial(5 + sp.Abs(u), above_zero(v)), lambda u, v: sb.elu(u, above_zero(v))),
    *(logit_loss, sb.huber, lambda u, v: sb.cross_entropy(sb.softmax([u, v]), [R(1, 3), R(2, 3)])),
    *(lambda u, v: sb.leaky_relu(u, above_zero(v)), lambda u, v: sp.Heaviside(u, above_zero(v))),
    *(lambda u, v: sp.log(u**2 * sp.exp(v)), lambda u, v: sp.log(u**3 * sp.exp(v)), lambda u, v: sb.mse([u], [v])),
    *(lambda u, v: sp.log(sp.beta(above_zero(u), above_zero(v))), lambda u, v: sb.mae([u, v], [0, 1])),
    *(lambda u, v: sp.sqrt(u**2 + v**2), lambda u, v: sp.log(normal(u, v, 2))),
)  # fmt: skip
OF_THREE: tuple[Row, ...] = (
    *(lambda u, v, w: u * v + w, sb.logsumexp, sp.Max),
    *(lambda u, v, w: u + v + w, lambda u, v, w: u * v * w, lambda u, v, w: sp.Min(u, v, u * w)),
    *(lambda u, v, w: (w * sp.exp(u) + sp.exp(v)) / (sp.exp(u) + sp.exp(v)),),
    *(lambda u, v, w: sp.log(above_zero(w) * sp.exp(u) + sp.exp(v)), lambda u, v, w: sp.log(w * sp.exp(u) + sp.exp(v))),
    *(lambda u, v, w: -sp.log(normal(u, v, above_zero(w))), lambda u, v, w: sp.log(w * normal(u, 0, 1) + sp.exp(v))),
    *(lambda u, v, w: sb.cross_entropy(sb.softmax([u, v, w]), [R(1, 2), R(1, 4), R(1, 4)]),),
    *(lambda u, v, w: (u * sp.exp(v) + w) / (sp.exp(v) + 1), lambda u, v, w: above_zero(u) ** (v * w)),
    *(lambda u, v, w: sp.Piecewise((u, w > 0), (v, True)), lambda u, v, w: sp.Piecewise((u, v > w))),
    *(lambda u, v, w: sp.Piecewise((u, v < w), (v, w > 1), (u * w, True)),),
    *(lambda u, v, w: sp.Piecewise((u, sp.And(v > 0, w <= 1)), (w, sp.Or(u > 1, sp.Not(v < -1))), (v, True)),),
    *(lambda u, v, w: sp.Piecewise((u * v, w >= 0), (sp.nan, u > 2), (w, True)),),
    *(lambda u, v, w: sp.Piecewise((sp.sqrt(u), u > 0), (v, sp.Ne(v, w)), (w, True)),),
    *(lambda u, v, w: sp.Piecewise((sp.Piecewise((u, v > 0), (w, True)), w > v), (u - v, sp.Or(u < 0, v < 0))),),
)
TABLES: tuple[tuple[int, int, tuple[Row, ...]], ...] = (
    (1, 8, ELEMENTARY),
    (1, 3, SPECIAL),
    (1, 4, KINKED),
    (1, 7, STABLE),
    (2, 14, OF_TWO),
    (3, 6, OF_THREE),
    (1, 3, tuple(lambda u, n=n: u**n for n in EXPONENTS)),
)
"""Of how many parts, how often out of all, and what is made of them."""

MOST_PARTS = 200
WRONG = (sp.zoo, sp.oo, -sp.oo, sp.I, sp.ITE, sp.Xor)
"""What no expression of real numbers has, and conditions within conditions."""


@dataclass(frozen=True)
class Case:
    """One expression to try: equations, of which the last is the loss, and a point by symbol."""

    seed: int
    equations: tuple[tuple[Any, Any], ...]
    point: dict[Any, Any]
    size: int

    @property
    def what(self) -> Any:
        """As derive takes it: an expression by itself where there is one equation."""
        return self.equations[0][1] if len(self.equations) == 1 else list(self.equations)

    @property
    def has_floats(self) -> bool:
        """SymPy computes with those as it goes, to 15 digits."""
        return any(value.has(sp.Float) for _, value in self.equations)

    def __str__(self) -> str:
        written = ", ".join(f"{name} = {value}" for name, value in self.equations)
        return f"seed {self.seed}: {written} at {self.point}"


class Maker:
    """What is drawn from one seed."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        names = self.random.sample(list(SYMBOLS), self.random.choice((1, 2, 2, 3)))
        self.symbols = [SYMBOLS[name] for name in names]
        self.leaves = list(self.symbols)
        self.made: list[Any] = []

    def leaf(self) -> Any:
        return self.random.choice(self.leaves if self.random.random() < 0.75 else NUMBERS)

    def expression(self, size: int) -> Any:
        """An expression of about so many operations."""
        if size <= 0:
            return self.leaf()
        if self.made and self.random.random() < 0.12:
            return self.random.choice(self.made)
        count, _, rows = self.random.choices(TABLES, [often for _, often, _ in TABLES])[0]
        row = self.random.choice(rows)
        parts = [self.expression(share) for share in self._shares(size - 1, count)]
        found = made(row, *parts)
        self.made.append(found)
        return found

    def _shares(self, size: int, count: int) -> list[int]:
        cuts = sorted(self.random.randint(0, size) for _ in range(count - 1))
        return [high - low for low, high in zip([0, *cuts], [*cuts, size], strict=True)]

    def point(self, size: int) -> dict[Any, Any]:
        """A number of halves, quarters ... for each symbol, which floats have exactly."""
        kind = self.random.choices(("near", "far", "kink"), (8, 2 if size < 8 else 0, 1))[0]
        return {symbol: self._number(symbol, kind) for symbol in self.symbols}

    def _number(self, symbol: Any, kind: str) -> Any:
        if kind == "near":
            number = R(self.random.randint(-192, 192), 64)
        else:
            number = self.random.choice((40, -40, 800, -800, 19, 1) if kind == "far" else (0, 0, 1, -1))
        number = sp.Integer(round(number)) if symbol.is_integer else sp.S(number)
        number = abs(number) if symbol.is_nonnegative else number
        return number if number or not symbol.is_positive else R(1, 2)


def made(row: Row, *parts: Any) -> Any:
    """What a row makes of parts; the first of them where SymPy finds no real number, or compares what it cannot."""
    try:
        found = sp.S(row(*parts))
    except Exception:  # whatever SymPy says to what it cannot build
        return parts[0]
    return found if isinstance(found, sp.Expr) and found is not sp.nan and _is_real(found) else parts[0]


def _is_real(found: Any) -> bool:
    """Whether it has no constants that are infinite or not real."""
    return not found.has(*WRONG) and not any(
        part.is_number and part.is_extended_real is False for part in found.atoms(sp.Pow, sp.Function)
    )


def case_of(seed: int) -> Case:
    """The case of a seed: the first of its draws in which something varies."""
    for attempt in range(100):
        maker = Maker(seed * 1000 + attempt)
        size = maker.random.choice((1, 2, 2, 3, 3, 4, 5, 6, 7, 8, 10, 14, 20))
        equations = _equations(maker, size)
        varying = _varying(equations) & set(maker.symbols)
        if varying and all(_is_small(value) for _, value in equations):
            point = maker.point(size)
            return Case(seed, equations, {symbol: point[symbol] for symbol in maker.symbols if symbol in varying}, size)
    raise ValueError(f"seed {seed} makes nothing that varies")


def _varying(equations: Sequence[tuple[Any, Any]]) -> set[Any]:
    """What the last equation depends on."""
    found = {equations[-1][0]}
    for name, value in reversed(equations):
        found |= value.free_symbols if name in found else set()
    return found


def _is_small(value: Any) -> bool:
    """Few enough parts to be read, each counted as often as it is written."""
    return sum(1 for _ in zip(sp.preorder_traversal(value), range(MOST_PARTS + 1), strict=False)) <= MOST_PARTS


def _equations(maker: Maker, size: int) -> tuple[tuple[Any, Any], ...]:
    """One equation, or one time in four two or three of them, of which the later ones use the earlier."""
    count = maker.random.choice((1, 1, 1, 2, 3)) if size > 3 else 1
    found = []
    for number in range(count - 1):
        name = sp.Symbol(f"e{number + 1}", real=True)
        found.append((name, maker.expression(size // count)))
        maker.made.clear()
        maker.leaves = [*maker.leaves, name, name]
    return (*found, (sp.Symbol("L", real=True), maker.expression(size // count)))
