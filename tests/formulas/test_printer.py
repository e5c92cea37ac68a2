"""Precedence: the printed text, read back by a small reader, has the value of the graph."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import mpmath
import pytest
import sympy as sp
from hypothesis import assume, given
from hypothesis import strategies as st

from symbackprop import ops
from symbackprop.formulas import text
from symbackprop.formulas.content import single
from symbackprop.formulas.printer import written_side
from symbackprop.graph import Graph, Node
from symbackprop.lowering import Lowering
from symbackprop.notation import symbol_labels
from symbackprop.notation.quantities import Formula
from symbackprop.sympy_functions.scalar_functions import sigmoid

from ..operations import EXACT
from ..support import deterministic
from .reader import Reader

x, y = sp.symbols("x y", real=True)

VALUES = {"x": 1.37, "y": -0.61, "t1": 2.13, "a1_2": 0.83, "rate": 0.29}

_PRINTED = {"x": "x", "y": "y", "t1": "t₁", "a1_2": "a¹₂", "rate": "rate"}

_LABELS: Any = SimpleNamespace(
    identity="I", rows=False, of=lambda symbol: symbol_labels.network_label(symbol.name), is_weight=lambda symbol: False
)


def value_of(graph: Graph, root: Node) -> Any:
    values: dict[Node, Any] = {}
    for node in graph.reachable([root]):
        op = graph.op(node)
        if op is ops.SYMBOL:
            values[node] = mpmath.mpf(VALUES[graph.value(node).name])
        elif op is ops.NUMBER:
            values[node] = EXACT[op.name](graph.value(node))
        else:
            values[node] = EXACT[op.name](*(values[arg] for arg in graph.args(node)))
    return values[root]


def shown(graph: Graph, node: Node) -> str:
    return written_side(text.NOTATION, _LABELS, single(Formula(graph, node, {})))


_LEAVES = st.one_of(
    st.sampled_from(list(VALUES)),
    st.sampled_from([sp.Rational(*pair) for pair in ((1, 2), (-2, 1), (3, 1), (2, 3), (-3, 4), (1, 1), (0, 1))]),
)

_UNARY = [ops.NEG, ops.SQRT, ops.COPY, ops.SIN, ops.EXP, ops.LOG, ops.SIGMOID, ops.ABS]

_BINARY = [ops.ADD, ops.SUB, ops.MUL, ops.DIV, ops.POW, ops.MAX]


def _branches(trees: Any) -> Any:
    return st.one_of(
        st.tuples(st.sampled_from(_UNARY), trees),
        st.tuples(st.sampled_from(_BINARY * 3), trees, trees),
        st.tuples(st.just(ops.ADD), trees, trees, trees),
        st.tuples(st.just(ops.HEAVISIDE), trees, st.just(sp.S.Zero)),
        st.tuples(st.just(ops.SELECT), st.tuples(st.sampled_from([ops.GT, ops.LE]), trees, trees), trees, trees),
    )


def built(graph: Graph, tree: Any) -> Node:
    """The node of a tree exactly as it stands: nothing folds, so that every nesting is printed."""
    if isinstance(tree, str):
        return graph.symbol(sp.Symbol(tree))
    if isinstance(tree, tuple):
        return graph.make((tree[0], *(built(graph, part) for part in tree[1:])))
    return graph.constant(tree)


@deterministic(400)
@given(st.recursive(_LEAVES, _branches, max_leaves=9))
def test_printed_text_means_what_the_graph_means(tree: Any) -> None:
    graph = Graph()
    node = built(graph, tree)
    try:
        expected = value_of(graph, node)
    except (ZeroDivisionError, ValueError, OverflowError, TypeError):
        assume(False)
    assume(isinstance(expected, mpmath.mpf) and mpmath.isfinite(expected) and abs(expected) < 1e12)
    source = shown(graph, node)
    printed_values = {_PRINTED[name]: mpmath.mpf(value) for name, value in VALUES.items()}
    try:
        found = Reader(source, printed_values).whole()
    except (ZeroDivisionError, TypeError):  # 1/(1/0) is printed as 0
        assume(False)
    assert mpmath.almosteq(found, expected, 1e-6, 1e-9), source


def made(expression: Any) -> str:
    lowering = Lowering(Graph())
    return shown(lowering.graph, lowering.expression(expression))


def raw(*tree: Any) -> str:
    graph = Graph()
    return shown(graph, built(graph, tree))


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        (raw(ops.SUB, "x", (ops.SUB, "y", "t1")), "x − (y − t₁)"),
        (raw(ops.SUB, (ops.SUB, "x", "y"), "t1"), "x − y − t₁"),
        (raw(ops.SUB, "x", (ops.NEG, "y")), "x + y"),
        (raw(ops.ADD, "x", (ops.NEG, (ops.ADD, "y", "t1"))), "x − (y + t₁)"),
        (raw(ops.NEG, (ops.ADD, "x", "y")), "−(x + y)"),
        (raw(ops.NEG, (ops.MUL, "x", "y")), "−x y"),
        (raw(ops.DIV, "x", (ops.MUL, "y", "t1")), "x/(t₁ y)"),
        (raw(ops.DIV, (ops.DIV, "x", "y"), "t1"), "x/(t₁ y)"),
        (raw(ops.DIV, "x", (ops.DIV, "y", "t1")), "t₁ x/y"),
        (raw(ops.DIV, (ops.ADD, "x", "y"), "t1"), "(x + y)/t₁"),
        (raw(ops.POW, (ops.MUL, "x", "y"), "t1"), "(x y)^t₁"),
        (raw(ops.POW, (ops.POW, "x", sp.Integer(2)), sp.Integer(3)), "(x²)³"),
        (raw(ops.POW, "x", (ops.POW, "y", sp.Integer(2))), "x^(y²)"),
        (raw(ops.POW, (ops.NEG, "x"), sp.Integer(2)), "(−x)²"),
        (raw(ops.NEG, (ops.POW, "x", sp.Integer(2))), "−x²"),
        (raw(ops.POW, "a1_2", sp.Integer(2)), "(a¹₂)²"),
        (raw(ops.POW, sp.Integer(-2), "x"), "(−2)^x"),
        (raw(ops.POW, "x", sp.Rational(2, 3)), "x^(2/3)"),
        (raw(ops.MUL, "x", "x"), "x²"),
        (raw(ops.MUL, "rate", "x"), "rate · x"),
        (raw(ops.MUL, "x", (ops.ADD, "y", sp.Integer(1))), "x · (y + 1)"),
        (raw(ops.MUL, (ops.SUB, sp.Integer(1), "t1"), "t1"), "t₁ (1 − t₁)"),
        (raw(ops.MUL, (ops.ADD, "x", "y"), (ops.SUB, "x", "y")), "(x + y)(x − y)"),
        (raw(ops.MUL, (ops.SQRT, sp.Integer(2)), "x"), "√2 · x"),
        (raw(ops.ABS, (ops.MUL, "x", (ops.ABS, "y"))), "abs(x · |y|)"),
        (made(1 - x / 2), "1 − x/2"),
        (made(2 * x / 3 - sp.Rational(1, 2)), "2 x/3 − ½"),
        (made(sp.exp(1) * sp.pi * x), "exp(1) π x"),
        (made(sigmoid(x) * sp.log(y)), "σ(x) ln(y)"),
        (made(0.044715 * x**3), "0.044715 x³"),
        (made(sp.Float("1e-10") * x), "1e-10 · x"),
        (made(sp.Heaviside(x, 0)), "[x > 0]"),
        (made(sp.Piecewise((x, x > 1), (y, sp.Ne(y, 2)), (0, True))), "{x if x > 1; y if y ≠ 2; 0 otherwise}"),
        (
            made(sp.Piecewise((x, (x > 1) & (y <= 2) | (y >= 7)), (y, True))),
            "{x if y ≥ 7 ∨ y ≤ 2 ∧ x > 1; y otherwise}",
        ),
    ],
)
def test_precedence(found: str, expected: str) -> None:
    assert found == expected
