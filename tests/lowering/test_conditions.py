"""Conditions of any form: each connective against Python's own truth, and derived again."""

from __future__ import annotations

import operator
from collections.abc import Callable
from functools import reduce
from itertools import product
from typing import Any

import numpy as np
import pytest
import sympy as sp
from sympy.functions.elementary.piecewise import ExprCondPair

import symbackprop as sb
from symbackprop.errors import UnsupportedError

x, y, z = sp.symbols("x y z", real=True)
P, Q, S = x > 1, y > 1, z > 1

CONNECTIVES: dict[str, tuple[Any, Callable[[bool, bool, bool], bool]]] = {
    "ITE": (sp.ITE(P, Q, S), lambda p, q, s: q if p else s),
    "Xor": (sp.Xor(P, Q, S), lambda p, q, s: reduce(operator.xor, (p, q, s))),
    "Implies": (sp.Implies(P, Q), lambda p, q, s: q or not p),
    "Equivalent": (sp.Equivalent(P, Q, S), lambda p, q, s: p == q == s),
    "Nand": (sp.Nand(P, Q, S), lambda p, q, s: not (p and q and s)),
    "Nor": (sp.Nor(P, Q, S), lambda p, q, s: not (p or q or s)),
    "Not of And, as it is": (sp.Not(sp.And(P, Q), evaluate=False), lambda p, q, s: not (p and q)),
    "one in the other": (
        sp.Not(sp.ITE(sp.Xor(P, S), sp.Equivalent(P, Q), sp.Implies(Q, sp.ITE(S, P, Q)))),
        lambda p, q, s: not ((p == q) if p != s else (not q or (p if s else q))),
    ),
}
TRUTHS = list(product((False, True), repeat=3))


def chosen(condition: Any) -> Any:
    return sp.Piecewise((x**2 * y, condition), (sp.sin(z) * y, True))


def numbers(truth: bool, k: int) -> float:
    return (1.25 if truth else 0.5) + k / 8


@pytest.mark.parametrize("name", CONNECTIVES)
@pytest.mark.parametrize("vectorised", [False, True], ids=["floats", "arrays"])
def test_every_connective_chooses_as_python_does(name: str, vectorised: bool) -> None:
    condition, truth = CONNECTIVES[name]
    function = sb.derive(chosen(condition), [x, y, z]).compile()
    points = np.array([[numbers(one, k) for k, one in enumerate(case)] for case in TRUTHS])
    if vectorised:
        value, gradient = function(*points.T)
        found = np.array([value, *gradient.values()]).T
    else:
        calls = [function(*map(float, point)) for point in points]
        found = np.array([[value, *gradient.values()] for value, gradient in calls])
    for (a, b, c), case, row in zip(points, TRUTHS, found, strict=True):
        wanted = (a**2 * b, 2 * a * b, a**2, 0) if truth(*case) else (b * np.sin(c), 0, np.sin(c), b * np.cos(c))
        np.testing.assert_allclose(row, wanted, rtol=1e-14, err_msg=f"{name} at {case}")


@pytest.mark.parametrize("name", CONNECTIVES)
def test_the_derivative_of_a_choice_is_derived_again(name: str) -> None:
    condition, truth = CONNECTIVES[name]
    first = sb.derive(chosen(condition), [x, y, z]).expand(x)
    second = sb.derive(first, [x, y]).compile()
    for case in TRUTHS:
        a, b, c = (numbers(one, k) for k, one in enumerate(case))
        wanted = (2 * a * b, 2 * b, 2 * a) if truth(*case) else (0, 0, 0)
        value, gradient = second(a, b, **({"z": c} if sp.S(first).has(z) else {}))
        np.testing.assert_allclose((value, *gradient.values()), wanted, rtol=1e-14)


def test_a_deep_condition_needs_no_recursion() -> None:
    """Built without SymPy's checks, which recurse."""
    raw, depth = sp.Basic.__new__, 3000
    condition = P
    for level in range(depth):
        condition = raw(sp.Not, condition) if level % 2 else raw(sp.Implies, condition, x > level)
        hash(condition)  # from the bottom up: each is remembered
    choice = raw(sp.Piecewise, raw(ExprCondPair, x * y, condition), raw(ExprCondPair, y, sp.true))
    value, gradient = sb.derive(choice, [x, y]).compile()(0.5, 2.0)
    truth = False
    for level in range(depth):
        truth = not truth if level % 2 else not truth or level < 0.5
    assert (value, gradient["x"]) == ((1.0, 2.0) if truth else (2.0, 0.0))


# --- sets ---

SETS = {
    "an interval": sp.Interval(0, 2),
    "open ends": sp.Interval.open(0, 2),
    "a half line": sp.Interval(-sp.oo, 1),
    "all numbers": sp.Interval(-sp.oo, sp.oo),
    "whole numbers": sp.S.Integers,
    "natural numbers": sp.S.Naturals,
    "with 0": sp.S.Naturals0,
    "points": sp.FiniteSet(0, sp.Rational(3, 2)),
    "a hole": sp.Complement(sp.Interval(-1, 3), sp.Interval(0, 1)),
    "all but whole numbers": sp.Complement(sp.S.Reals, sp.S.Integers),
    "whole numbers of an interval": sp.Intersection(sp.S.Integers, sp.Interval(0, y), evaluate=False),
    "steps up": sp.Range(0, 10, 2),
    "steps down": sp.Range(3, -4, -3),
    "steps up for ever": sp.Range(1, sp.oo, 2),
    "steps from below": sp.Range(-sp.oo, 3),
    "no number": sp.S.EmptySet,
    "one of two": sp.SymmetricDifference(sp.Interval(0, 2), sp.Interval(1, 3), evaluate=False),
}


@pytest.mark.parametrize("name", SETS)
def test_a_number_in_a_set(name: str) -> None:
    """SymPy's own `Contains` is asked about numbers."""
    members = SETS[name]
    condition = sp.Contains(x, members, evaluate=False)
    function = sb.derive(sp.Piecewise((x**3, condition), (y * x, True)), [x, y]).compile()
    for at in map(sp.Rational, ("-2", "-1", "-1/2", "0", "1/2", "1", "3/2", "2", "5/2", "3", "4", "10", "11")):
        inside = members.subs(y, 3).doit().contains(at) == sp.true
        value, gradient = function(float(at), 3.0)
        wanted = (at**3, 3 * at**2, 0) if inside else (3 * at, 3, at)
        assert (value, *gradient.values()) == tuple(map(float, wanted)), at


def test_other_sets_are_refused_by_name() -> None:
    condition = sp.Contains(x, sp.S.Rationals, evaluate=False)
    with pytest.raises(UnsupportedError, match="Contains cannot be lowered, in a Rationals: write comparisons"):
        sb.derive(sp.Piecewise((x, condition), (y, True)), [x])


def test_a_symbol_is_no_condition() -> None:
    truth = sp.Symbol("truth")
    with pytest.raises(UnsupportedError, match=r"truth stands as a condition.*write truth > 0"):
        sb.derive(sp.Piecewise((x, sp.ITE(truth, P, Q)), (y, True)), [x])


# --- a choice in a condition ---


def test_a_choice_inside_the_condition_of_another() -> None:
    """Of public reports: the magnetic part of a Gibbs energy, whose temperature is a choice by itself."""
    T, Tc = sp.Symbol("T", positive=True), sp.Symbol("Tc", real=True)
    tau = sp.Piecewise((T / Tc, Tc > 0), (-3 * T / Tc, True))
    energy = sp.Piecewise((1 - tau**3 / 6, tau < 1), (-(tau**-5) / 10, True))
    for written in (energy, sp.piecewise_fold(energy)):
        derived = sb.derive(written, [T])
        _, gradient = derived.compile()(T=np.array([300.0, 1500.0]), Tc=1043.0)
        np.testing.assert_allclose(gradient["T"], [-3.96606281648e-5, 5.41806227057e-5], rtol=1e-11)
        _, below = derived.compile()(T=np.array([300.0, 1500.0]), Tc=-1043.0)
        np.testing.assert_allclose(below["T"], [-27 * 300**2 / 2 / 1043**3, 1043**5 / (2 * 3**5 * 1500**6)], rtol=1e-12)
        again = sb.derive(derived.expand(T), [T]).compile()
        step = 1e-3
        around = [derived.compile()(T=T_, Tc=1043.0)[1]["T"] for T_ in (300 - step, 300 + step)]
        assert again(T=300.0, Tc=1043.0)[1]["T"] == pytest.approx((around[1] - around[0]) / (2 * step), rel=1e-6)
