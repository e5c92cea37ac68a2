"""Text keeps the order of its tree, to the last bit."""

from __future__ import annotations

import operator
from typing import Any

import numpy as np
import pytest
import sympy as sp
from hypothesis import assume, given
from hypothesis import strategies as st

import symbackprop as sb
from symbackprop import ops
from symbackprop.codegen.precedence import Text
from symbackprop.codegen.targets.numpy.elementwise_source import SOURCES
from symbackprop.codegen.targets.python_arrays.dialect import number

from ..support import deterministic
from .scalar_support import a, b, c

INFIX = {
    ops.ADD: operator.add,
    ops.SUB: operator.sub,
    ops.MUL: operator.mul,
    ops.DIV: operator.truediv,
    ops.POW: operator.pow,
    ops.NEG: operator.neg,
    ops.LT: operator.lt,
    ops.GE: operator.ge,
}

VALUES = {"a": 1.5, "b": -0.75, "c": 2.25}
NUMBERS = [sp.Float("2.5"), sp.Integer(-1), sp.Rational(1, 3), sp.Rational(-5, 4), sp.Float("0.3"), sp.Float("-1e-3")]
leaves = st.one_of(st.sampled_from(sorted(VALUES)), st.sampled_from(NUMBERS))


def trees(below: Any) -> Any:
    pair = st.tuples(st.sampled_from([op for op in INFIX if op is not ops.NEG]), below, below)
    triple = st.tuples(st.just(ops.ADD), below, below, below)
    return st.one_of(pair, triple, st.tuples(st.just(ops.NEG), below))


def text_of(tree: Any) -> Text:
    if isinstance(tree, str):
        return Text(tree)
    return SOURCES[tree[0]](list(map(text_of, tree[1:]))) if isinstance(tree, tuple) else number(tree, "np")


def value_of(tree: Any) -> Any:
    if isinstance(tree, str):
        return VALUES[tree]
    if not isinstance(tree, tuple):
        return int(tree) if tree.is_Integer else float(tree)
    first, *rest = map(value_of, tree[1:])
    if tree[0] is ops.NEG:
        return -first
    for value in rest:
        first = INFIX[tree[0]](first, value)
    return first


@deterministic(400)
@given(st.recursive(leaves, trees, max_leaves=12))
def test_text_keeps_the_order_of_its_tree_to_the_last_bit(tree: Any) -> None:
    try:
        expected = value_of(tree)
    except (ZeroDivisionError, OverflowError, TypeError):  # TypeError: complex numbers have no order
        assume(False)
    found = eval(text_of(tree).source, {}, dict(VALUES))
    assert repr(found) == repr(expected)  # nan equals nan here


expressions = st.recursive(
    st.sampled_from([a, b, c, sp.Integer(2), sp.Integer(-3), sp.Rational(2, 7), sp.pi]),
    lambda below: st.one_of(
        st.builds(lambda p, q: p + q, below, below),
        st.builds(lambda p, q: p - q, below, below),
        st.builds(lambda p, q: p * q, below, below),
        st.builds(lambda p, q: p / (1 + q**2), below, below),
        st.builds(lambda p, n: p**n, below, st.sampled_from([2, 3])),
        st.builds(
            lambda p, n: (1 + p**2) ** n, below, st.sampled_from([-2, -1, sp.Rational(1, 2), sp.Rational(-2, 3)])
        ),
        st.builds(sp.sin, below),
        st.builds(sp.atan, below),
        st.builds(lambda p: sb.sigmoid(p / 10), below),
        st.builds(lambda p, q: sp.Piecewise((p, a > b), (q, True)), below, below),
    ),
    max_leaves=10,
)


@deterministic(60)
@given(expressions)
def test_compiled_expressions_equal_evalf(expression: Any) -> None:
    expression = expression + a * b * c
    point = {a: sp.Rational(7, 5), b: sp.Rational(-2, 3), c: sp.Rational(11, 7)}
    value, gradients = sb.derive(expression, wrt=[a, b, c]).compile()(*map(float, point.values()))
    exact = [part.doit().xreplace(point).evalf(30) for part in (expression, *(sp.diff(expression, s) for s in point))]
    assume(all(abs(part) < 1e12 for part in exact))
    for found, true in zip([value, *gradients.values()], map(float, exact), strict=True):
        assert found == pytest.approx(true, rel=1e-9, abs=1e-9 * max(1.0, abs(value)))


def test_branch_not_taken_spoils_nothing_and_warns_of_nothing() -> None:
    compiled = sb.derive(sp.Piecewise((sp.log(a), a > 0), (sp.Integer(0), True)) + a * b, wrt=[a, b]).compile()
    with np.errstate(all="raise"):
        value, gradients = compiled(np.array([-1.0, 0.0, 2.0]), 3.0)
    assert value.tolist() == pytest.approx([-3.0, 0.0, 6.0 + np.log(2)])
    assert gradients["a"].tolist() == [3.0, 3.0, 3.5]
