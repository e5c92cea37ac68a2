"""Every function class that SymPy exports, derived by each of its arguments; writes what became of them.

    python tests/sympy_functions_walk.py

writes the lists of docs/functions.md anew. What a derivative should be is computed by mpmath alone, from values of the
function near the point.
"""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from typing import Any

import mpmath as mp
import sympy as sp
from sympy.core.function import FunctionClass

import symbackprop as sb
from symbackprop.errors import SymbackpropError

PAGE = Path(__file__).resolve().parents[1] / "docs" / "functions.md"
BEGIN, END = "<!-- made by tests/sympy_functions_walk.py -->", "<!-- end -->"
DIGITS = 30

X = sp.Symbol("x", real=True)
PLACES = [sp.Rational(*pair) for pair in ((7, 10), (13, 10), (2, 5), (23, 10), (9, 2), (-6, 5))]
OTHERS = [sp.Integer(2), sp.Rational(1, 3), sp.Integer(3), sp.Integer(1), sp.Rational(5, 2), sp.Integer(0)]
MOST_ARGUMENTS = 4
NO_FUNCTIONS = (sp.Function, sp.WildFunction)
"""Classes that make functions, or stand for any."""


@dataclass(frozen=True)
class Case:
    """A function of x in one place, with numbers in the others; `at` is None where it has no value that can be had."""

    name: str
    place: int
    expression: Any
    at: Any = None

    @property
    def told(self) -> str:
        return f"{self.name}, by argument {self.place + 1}"


def classes() -> dict[str, Any]:
    """The function classes by their names; of several names of one class the first."""
    found: dict[Any, str] = {}
    for name in sorted(dir(sp)):
        value = getattr(sp, name)
        if isinstance(value, FunctionClass) and issubclass(value, sp.Function) and value not in NO_FUNCTIONS:
            found.setdefault(value, name)
    return {name: value for value, name in found.items()}


def arities(function: Any) -> list[int]:
    counts = function.nargs
    return [int(count) for count in counts if count <= MOST_ARGUMENTS] if counts is not sp.S.Naturals0 else [1, 2, 3]


def cases(name: str) -> Iterator[Case]:
    """For each place of an argument: the first numbers in the others that give the function a value."""
    function = classes()[name]
    for count in arities(function):
        for place in range(count):
            yield _case(name, function, count, place)


def _case(name: str, function: Any, count: int, place: int) -> Case:
    first: Any = None
    for others in product(OTHERS, repeat=count - 1):
        with contextlib.suppress(Exception):  # what a class says to arguments that are not its kind
            expression = sp.S(function(*others[:place], X, *others[place:]))
            if not isinstance(expression, sp.Expr) or X not in expression.free_symbols or not str(expression):
                continue
            first = expression if first is None else first
            at = next((at for at in PLACES if value(expression, at) is not None), None)
            if at is not None:
                return Case(name, place, expression, at)
    return Case(name, place, first)


def value(expression: Any, at: Any) -> Any:
    """The real value at x, by mpmath's digits; None where there is none."""
    try:
        found = expression.subs(X, at).evalf(mp.mp.dps + 15, chop=True)
        return mp.mpf(str(found)) if found.is_real and found.is_finite else None
    except Exception:  # SymPy's evaluation of what cannot be evaluated
        return None


def slope(case: Case) -> Any:
    """The derivative at the point, by differences of values with many digits; None where the values do not suffice."""
    with mp.workdps(3 * DIGITS):
        step = mp.mpf(10) ** (-DIGITS // 3)
        at = mp.mpf(case.at.p) / case.at.q
        weights = {1: mp.mpf(3) / 4, 2: -mp.mpf(3) / 20, 3: mp.mpf(1) / 60}
        total = mp.mpf(0)
        for far, weight in weights.items():
            sides = (sp.Float(str(at + side * far * step), 3 * DIGITS) for side in (1, -1))
            above, below = (value(case.expression, side) for side in sides)
            if above is None or below is None:
                return None
            total += weight * (above - below)
        return total / step


FORMULA, CODE, REFUSED, NOTHING = "formula", "code", "refused", "nothing to derive"


@dataclass(frozen=True)
class Outcome:
    """What became of a case: `kind`, the message of a refusal, and the derivation of what was taken."""

    kind: str
    message: str = ""
    derivation: Any = None


def outcome(case: Case) -> Outcome:
    """Derive, and compile what can be derived; any error but ours goes through."""
    if case.expression is None:
        return Outcome(NOTHING)
    try:
        derivation = sb.derive(case.expression, [X])
    except SymbackpropError as error:
        return Outcome(REFUSED, str(error))
    try:
        derivation.compile()
    except SymbackpropError as error:
        return Outcome(FORMULA, str(error), derivation)
    return Outcome(CODE, "", derivation)


# --- the page ---


def page() -> str:
    """The lists of docs/functions.md."""
    lists: dict[str, list[str]] = {CODE: [], FORMULA: [], REFUSED: []}
    for name in classes():
        kinds = {case.place: outcome(case).kind for case in cases(name)}
        for kind, listed in lists.items():
            places = [str(place + 1) for place, found in kinds.items() if found == kind]
            if places:
                by = "" if set(kinds.values()) - {NOTHING} == {kind} else f" (by argument {', '.join(places)})"
                listed.append(f"`{name}`{by}")
    heads = {
        CODE: "Formulas and code",
        FORMULA: "Formulas, and no NumPy code",
        REFUSED: "Refused by name",
    }
    return "\n\n".join(f"## {heads[kind]}\n\n{', '.join(found)}." for kind, found in lists.items())


def written(text: str) -> str:
    """The page with its lists as they are now."""
    before, _, rest = text.partition(BEGIN)
    return f"{before}{BEGIN}\n\n{page()}\n\n{END}{rest.partition(END)[2]}"


def main() -> None:
    PAGE.write_text(written(PAGE.read_text(encoding="utf-8")), encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main())
