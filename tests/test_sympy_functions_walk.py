"""Every function class that SymPy exports is right against mpmath, in formula and code, or refused by name."""

from __future__ import annotations

import re
from collections import defaultdict
from functools import cache
from typing import Any

import mpmath as mp
import pytest
import sympy as sp

import symbackprop as sb

from . import sympy_functions_walk as walk
from .support import slow_unless
from .sympy_function_values import VALUES, in_mpmath, value_of

DIGITS, WORKING = 30, 45
"""Digits of a formula that have to be right, and digits that it is computed with."""
IN_FORMULAS, IN_FLOATS = mp.mpf("1e-30"), mp.mpf("1e-11")
"""The relative errors that are let through."""
NOWHERE_REAL = ("hankel1", "hankel2", "hn1", "hn2")


def exact(number: Any) -> Any:
    """A rational number in mpmath, and whatever else as it is."""
    return mp.mpf(number.p) / number.q if isinstance(number, sp.Rational) else number


def close(found: Any, expected: Any, error: Any = IN_FORMULAS) -> bool:
    return bool(abs(found - expected) <= error * abs(expected))


# --- the judge ---


def judged(name: str, place: int, point: walk.Point, x: Any) -> Any:
    """The function in mpmath, with x in one place of the point."""
    value = value_of(name)
    assert value is not None, f"{name} is taken: tell its value in tests/sympy_function_values.py"
    numbers = [*map(exact, point)]
    numbers[place] = x
    return value(*numbers)


@cache
def value_and_slope(name: str, place: int, point: walk.Point) -> tuple[Any, Any] | None:
    """From values alone, with more digits until two derivatives agree; None where there is no real value."""
    try:
        value = judged(name, place, point, exact(point[place]))
    except (ValueError, ZeroDivisionError):  # outside of what mpmath defines it for, or at a pole
        return None
    if not mp.isfinite(value) or (mp.im(value) and name not in NOWHERE_REAL):
        return None
    return value, _slope(name, place, point)


def _slope(name: str, place: int, point: walk.Point) -> Any:
    found = []
    for digits in (DIGITS + 6, DIGITS + 12, 2 * DIGITS, 3 * DIGITS):
        with mp.workdps(digits):
            found.append(mp.diff(lambda x: judged(name, place, point, x), exact(point[place])))
        if len(found) > 1 and close(found[-1], found[-2]):
            return found[-1]
    raise AssertionError(f"{name}{point}: the differences do not settle: {found}")


def computed(formula: Any, given: dict[Any, Any]) -> Any:
    """A formula at a point, its functions computed as the judge computes them."""
    names = {type(part).__name__ for part in sp.preorder_traversal(formula) if isinstance(part, sp.Function)}
    function = sp.lambdify(list(given), formula, modules=[in_mpmath(names), "mpmath"])
    return function(*map(exact, given.values()))


# --- the checks ---


def check_named(case: walk.Case, message: str, formula: Any = None) -> None:
    """One line, which begins with the name of the class, of what SymPy made of it, or of what its derivative is in."""
    trees = [case.expression, *([] if formula is None else [formula])]
    parts = {type(part).__name__ for tree in trees for part in sp.preorder_traversal(tree) if isinstance(part, sp.Expr)}
    in_derivative = set(walk.classes()) if ", in the derivative, is no expression of SymPy's" in message else set()
    assert "\n" not in message
    assert message.split(maxsplit=1)[0] in {case.name} | parts | in_derivative, f"{case}: {message}"


def check_formula(case: walk.Case, formula: Any, value: Any, slope: Any) -> None:
    assert not formula.has(sp.Derivative, sp.Subs, sp.Integral, sp.nan), case
    for what, expected in ((case.expression, value), (formula, slope)):
        found = computed(what, case.given)
        assert close(found, expected), f"{case}: {what} is {found}, not {expected}"


def check_code(case: walk.Case, code: Any, value: Any, slope: Any) -> None:
    found, slopes = code(**{symbol.name: float(number) for symbol, number in case.given.items()})
    for one, expected in ((found, value), (slopes[case.symbol.name], slope)):
        assert close(one, expected, IN_FLOATS), f"{case}: {one} in floats, not {expected}"


def check_in_print(derivation: Any) -> None:
    printed = derivation.formulas()
    assert not re.search(r"\bnan\b", printed), printed


def check_forward(case: walk.Case, formula: Any, slope: Any) -> None:
    forward = sb.derive(case.expression, [case.symbol], method="forward").expand(case.symbol)
    assert forward == formula or close(computed(forward, case.given), slope), case


def check(case: walk.Case) -> bool | None:
    """Whether a case was compared with numbers, or could not be as there is none; None where nothing is to compare."""
    found = walk.outcome(case)
    if found.message:
        check_named(case, found.message, found.formula)
    if found.formula is None:
        return None
    expected = value_and_slope(case.name, case.place, case.point)
    if expected is None:
        return False
    check_formula(case, found.formula, *expected)
    check_forward(case, found.formula, expected[1])
    check_in_print(found.derivation)
    if found.code:
        check_code(case, found.code, *expected)
    return True


@slow_unless(lambda name: name in ("Max", "besselj", "hyper"))
@pytest.mark.parametrize("name", walk.classes())
def test_right_or_refused_by_name(name: str) -> None:
    tried: dict[Any, list[bool | None]] = defaultdict(list)
    with mp.workdps(WORKING):
        for case in walk.cases(name):
            tried[len(case.point), case.place].append(check(case))
    untold = [place for place, found in tried.items() if set(found) - {None} == {False}]
    assert not untold, f"{name} has no real value at its points: give it some in POINTS_OF, for {untold}"


def test_the_judge_sees_a_wrong_digit_a_zero_and_a_nan() -> None:
    case = next(walk.cases("sin"))
    with mp.workdps(WORKING):
        value, slope = value_and_slope(case.name, case.place, case.point)
        check_formula(case, sp.cos(case.symbol), value, slope)
        for wrong in (sp.cos(case.symbol) * (1 + sp.Rational(1, 10**29)), sp.S.Zero, sp.nan):
            with pytest.raises(AssertionError):
                check_formula(case, wrong, value, slope)


def test_every_value_is_one_of_a_class() -> None:
    assert set(VALUES) - set(walk.classes()) == {"spherical_jn"}  # of ours, in derivatives


# --- the page ---


@pytest.fixture
def page() -> str:
    text = walk.PAGE.read_text(encoding="utf-8")
    if f"SymPy {walk.version()}." not in text:
        pytest.skip("the page is of another version of SymPy")
    return text


def test_the_page_names_every_class(page: str) -> None:
    assert set(walk.classes()) - set(re.findall(r"`(\w+)`", page)) == set()


@pytest.mark.slow
def test_the_page_has_what_the_walk_finds(page: str) -> None:
    assert walk.written(page) == page, "run python tests/sympy_functions_walk.py"
