"""Every function class that SymPy exports, derived by each of its arguments; writes what became of them.

    python tests/sympy_functions_walk.py

writes the lists of docs/functions.md anew.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache, partial
from pathlib import Path
from textwrap import fill
from typing import Any

import sympy as sp
from sympy.core.function import FunctionClass

import symbackprop as sb
from symbackprop.codegen.targets.numpy.scipy_rows import OF_SCIPY
from symbackprop.errors import SymbackpropError

PAGE = Path(__file__).resolve().parents[1] / "docs" / "functions.md"
BEGIN, END = "<!-- made by tests/sympy_functions_walk.py -->", "<!-- end -->"

R, Z = sp.Rational, sp.Integer
X = sp.Symbol("x", real=True)
OTHERS = sp.symbols("a:f", real=True)
"""What stands in the other places of a function, where it is looked at in general."""
T = sp.Symbol("t", positive=True)
"""What an integral transform integrates over."""
SYMBOLS = (X, sp.Symbol("x"), sp.Symbol("x", integer=True, positive=True))
"""What a function is derived by: the first that SymPy makes one of. Of a real number `re` and `conjugate` make nothing,
and some classes of whole numbers take no other."""

MAKERS = (sp.Function, sp.WildFunction)
"""Classes that make functions, or stand for any."""
SCIPY = {op.name for op in OF_SCIPY}
"""What has code by SciPy."""
WRITTEN = {"Piecewise": lambda x: sp.Piecewise((x**2, x < 1), (sp.exp(-x), True))}
"""Classes whose arguments are no numbers, as a function of one number."""

Point = tuple[Any, ...]
POINTS: dict[int, tuple[Point, ...]] = {
    1: ((R(7, 10),), (R(-6, 5),), (R(5, 2),), (R(-1, 3),), (R(-17, 4),), (R(29, 3),)),
    2: ((R(5, 2), R(2, 5)), (Z(3), R(7, 10)), (R(1, 3), R(9, 2)), (Z(2), R(-6, 5)), (R(-4, 3), R(1, 7))),
    3: ((R(5, 2), R(1, 3), R(2, 5)), (Z(3), R(1, 3), R(7, 10))),
    4: ((R(5, 2), R(1, 4), R(1, 3), R(2, 5)), (Z(3), Z(2), R(1, 3), R(7, 10))),
    6: ((R(1, 2), R(1, 3), R(1, 4), Z(2), R(1, 5), R(1, 7)),),
}
"""By the number of arguments: where a function is looked at, unless it stands in `POINTS_OF`."""

DECAY, WHOLE = sp.exp(-T), ((Z(3), Z(5)),)
POINTS_OF: dict[str, tuple[Point, ...]] = {
    **dict.fromkeys(("Max", "Min"), ((R(7, 10), R(2, 5)), (R(-6, 5), R(1, 3), R(5, 2)))),
    **dict.fromkeys(("KroneckerDelta", "LeviCivita"), ((Z(2), Z(3)), (Z(1), Z(2), Z(3)))),
    **dict.fromkeys(("jacobi_symbol", "kronecker_symbol", "legendre_symbol"), WHOLE),
    **dict.fromkeys(("Piecewise", "carmichael", "exp_polar"), POINTS[1]),
    **dict.fromkeys(("FourierTransform", "InverseFourierTransform"), ((DECAY, T, R(1, 3)),)),
    **dict.fromkeys(("CosineTransform", "InverseCosineTransform"), ((DECAY, T, R(1, 3)),)),
    **dict.fromkeys(("SineTransform", "InverseSineTransform"), ((DECAY, T, R(1, 3)),)),
    **dict.fromkeys(("HankelTransform", "InverseHankelTransform"), ((DECAY, T, R(1, 3), Z(2)),)),
    **dict.fromkeys(("LaplaceTransform", "MellinTransform"), ((DECAY, T, R(1, 3)),)),
    "InverseLaplaceTransform": ((1 / (1 + T), T, R(1, 3), Z(2)),),
    "InverseMellinTransform": ((sp.gamma(T), T, R(1, 3), Z(0), Z(1)),),
    "SingularityFunction": ((R(7, 10), R(2, 5), Z(2)), (R(-6, 5), R(1, 3), Z(3)), (R(5, 2), R(1, 3), Z(0))),
    "DiracDelta": ((R(7, 10),), (R(7, 10), Z(2))),
    **dict.fromkeys(("chebyshevt_root", "chebyshevu_root"), ((Z(5), Z(0)), (Z(5), Z(1)))),
    "LambertW": ((R(7, 10),), (R(-1, 5), Z(-1))),
    "assoc_laguerre": ((Z(3), R(1, 3), R(7, 10)),),  # SymPy writes out degree 5/2 as degree 2: not ours to mend
    "atan2": ((R(7, 10), R(2, 5)), (R(7, 10), R(-2, 5))),
    "bell": ((Z(3),), (Z(3), R(7, 10)), (Z(5), Z(2), (Z(2), Z(3), Z(4), Z(5)))),
    "elliptic_pi": ((R(2, 5), R(1, 3)), (R(-7, 2), R(4, 5)), (R(2, 5), R(7, 10), R(1, 3)), (R(-3), R(5, 2), R(-1, 4))),
    "erf2inv": ((R(3, 10), R(2, 5)),),
    "gegenbauer": ((Z(3), R(1, 3), R(7, 10)),),
    "hyper": (((R(1, 2), R(1, 3)), (R(3, 4),), R(2, 5)),),
    "jacobi": ((Z(3), Z(2), R(1, 3), R(7, 10)),),
    "lerchphi": ((R(2, 5), R(5, 2), R(1, 3)), (R(-3, 5), Z(2), R(7, 10))),
    "meijerg": ((((R(1, 2),), ()), ((R(1, 3),), ()), R(2, 5)),),
    "polygamma": ((Z(3), R(7, 10)), (Z(0), R(-6, 5)), (Z(2), R(29, 3))),
    "multigamma": ((R(5, 2), Z(2)),),
}
"""Where a class needs arguments of its own kind, or has no real value at the usual ones."""


@dataclass(frozen=True)
class Case:
    """A function of x in one place and of numbers, or of symbols, in the others; `expression` is None if there is none.

    Attributes:
        given: the number of each symbol at the point, that of x first.
        general: whether no number stands in it.
    """

    name: str
    place: int
    point: Point
    given: dict[Any, Any]
    general: bool
    expression: Any = None

    @property
    def symbol(self) -> Any:
        return next(iter(self.given))

    def __str__(self) -> str:
        return f"{self.name}{self.point}, of {', '.join(map(str, self.given))}, by argument {self.place + 1}"


@cache
def classes() -> dict[str, Any]:
    """The function classes by their names; of several names of one class the first."""
    found: dict[Any, str] = {}
    for name in sorted(dir(sp)):
        value = getattr(sp, name)
        if isinstance(value, FunctionClass) and issubclass(value, sp.Expr) and value not in MAKERS:
            found.setdefault(value, name)
    return {name: value for value, name in found.items()}


def points(name: str) -> tuple[Point, ...]:
    """The arguments that a function is tried with."""
    nargs = classes()[name].nargs
    counts = [1, 2] if nargs is sp.S.Naturals0 else map(int, nargs)
    return POINTS_OF.get(name) or tuple(point for count in counts for point in POINTS[count])


def cases(name: str) -> Iterator[Case]:
    """Each place of an argument that is a number, at each point, with symbols and with numbers in the other places."""
    for point in points(name):
        for place in filter(partial(_is_number, point), range(len(point))):
            others = [other for other in range(len(point)) if other != place and _is_number(point, other)]
            yield _case(name, place, point, {OTHERS[other]: other for other in others}, general=True)
            if others:
                yield _case(name, place, point, {}, general=False)


def _is_number(point: Point, place: int) -> bool:
    return isinstance(point[place], sp.Rational)


def _case(name: str, place: int, point: Point, symbols: dict[Any, int], general: bool) -> Case:
    arguments = list(point)
    for symbol, other in symbols.items():
        arguments[other] = symbol
    for x in SYMBOLS:
        arguments[place] = x
        given = {x: point[place], **{symbol: point[other] for symbol, other in symbols.items()}}
        expression = _made(WRITTEN.get(name, classes()[name]), arguments)
        if expression is not None and set(given) <= expression.free_symbols and expression != x:
            return Case(name, place, point, given, general, expression)
    return Case(name, place, point, given, general)


def _made(function: Any, arguments: list[Any]) -> Any:
    with contextlib.suppress(Exception):  # whatever a class says to arguments that are not of its kind
        expression = function(*arguments)
        return expression if isinstance(expression, sp.Expr) and str(expression) else None


CODE, FORMULA, REFUSED, NONE = "code", "formula", "refused", "none"


@dataclass(frozen=True)
class Outcome:
    """What became of a case: its kind, the message of a refusal, and derivation, formula and code if there are."""

    kind: str
    message: str = ""
    derivation: Any = None
    formula: Any = None
    code: Any = None


def outcome(case: Case) -> Outcome:
    """Derive, and compile what can be derived; any error but ours goes through."""
    if case.expression is None:
        return Outcome(NONE)
    try:
        derivation = sb.derive(case.expression, [case.symbol])
        formula = derivation.expand(case.symbol)
    except SymbackpropError as error:
        return Outcome(REFUSED, str(error))
    try:
        return Outcome(CODE, "", derivation, formula, derivation.compile())
    except SymbackpropError as error:
        return Outcome(FORMULA, str(error), derivation, formula)


# --- the page ---

BEST = (CODE, FORMULA, REFUSED, NONE)
"""The better an outcome, the earlier: with fewer arguments a class may know more of itself."""

REASONS = {
    "or write the function out in others": "SymPy knows no derivative, or none in real numbers",
    ".doit()": "Not evaluated yet, which `.doit()` may change",
    "write out the real part": "Of complex numbers",
}
"""What the messages come to that have this in them."""


@dataclass(frozen=True)
class Row:
    """A class, and by places of arguments what becomes of it: in general, and where numbers stand in the others."""

    name: str
    general: dict[int, Outcome]
    with_numbers: dict[int, Outcome]

    def among(self, *kinds: str) -> list[int]:
        """The places where it is one of these."""
        return [place for place, found in self.general.items() if found.kind in kinds]

    def written_out(self) -> list[int]:
        """The places where there is code if numbers stand in the others, and in general none."""
        known = self.among(CODE)
        return [place for place, found in self.with_numbers.items() if found.kind == CODE and place not in known]

    def shown(self, places: list[int]) -> str:
        """The name, and by which arguments if these are not all."""
        by = "" if len(places) == len(self.general) else f" ({', '.join(str(place + 1) for place in places)})"
        return f"`{self.name}`{by}"

    @property
    def reason(self) -> str:
        """Why it is refused."""
        message = next(found.message for found in self.general.values() if found.kind == REFUSED)
        return next(reason for part, reason in REASONS.items() if part in message)


def row(name: str) -> Row:
    """The best that becomes of each place; of some classes SymPy makes expressions with numbers alone."""
    found: dict[bool, dict[int, Outcome]] = {True: {}, False: {}}
    for case in cases(name):
        table, new = found[case.general], outcome(case)
        table[case.place] = min(table.get(case.place, new), new, key=lambda one: BEST.index(one.kind))
    for place, general in found[True].items():
        if general.kind == NONE:
            found[True][place] = found[False].get(place, general)
    return Row(name, found[True], found[False])


def page() -> str:
    """The lists of docs/functions.md."""
    rows = [row(name) for name in classes()]
    parts = [f"These are the {len(rows)} classes of SymPy {version()}.", *_taken(rows), *_refused(rows)]
    return "\n\n".join(fill(part, 120, break_on_hyphens=False, break_long_words=False) for part in parts)


def _taken(rows: list[Row]) -> list[str]:
    return [
        "## Formulas and code",
        _listed(one.shown(one.among(CODE)) for one in rows if one.among(CODE)),
        'Code of these calls SciPy, which `pip install "symbackprop[scipy]"` brings; a written module says so:',
        _listed(f"`{one.name}`" for one in rows if one.name in SCIPY),
        "Where numbers stand in the other arguments, a degree say, SymPy writes out more of them, in what has code:",
        _listed(one.shown(one.written_out()) for one in rows if one.written_out()),
        "## Formulas, and no NumPy code",
        _listed(one.shown(one.among(FORMULA)) for one in rows if one.among(FORMULA)),
    ]


def _refused(rows: list[Row]) -> list[str]:
    taken = [one for one in rows if one.among(CODE, FORMULA)]
    whole = [one for one in rows if one not in taken and one.among(REFUSED)]
    return [
        "## Refused by name",
        *(f"{why}: {_listed(f'`{one.name}`' for one in whole if one.reason == why)}" for why in REASONS.values()),
        f"By these arguments: {_listed(one.shown(one.among(REFUSED)) for one in taken if one.among(REFUSED))}",
        "With a symbol in them SymPy itself makes nothing of: "
        + _listed(f"`{one.name}`" for one in rows if one not in taken and one not in whole),
    ]


def _listed(names: Iterable[str]) -> str:
    return f"{', '.join(names)}."


def version() -> str:
    """That of SymPy, without its last number."""
    return ".".join(sp.__version__.split(".")[:2])


def written(text: str) -> str:
    """The page with its lists as they are now."""
    before, _, rest = text.partition(BEGIN)
    return f"{before}{BEGIN}\n\n{page()}\n\n{END}{rest.partition(END)[2]}"


if __name__ == "__main__":
    PAGE.write_text(written(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
