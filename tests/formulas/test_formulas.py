"""What people read: labels, precedence, the chain rule in print, and that no format loses anything."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import mpmath
import pytest
import sympy as sp
from hypothesis import assume, given
from hypothesis import strategies as st

from symbackprop import ops
from symbackprop.derivation import Sweep, derive_along, derive_equations
from symbackprop.errors import ParameterError, UnknownNameError
from symbackprop.formulas import FORMATS, Explanation, document, equations_latex, labels, latex, rendered, text
from symbackprop.formulas.chapter import Chapter
from symbackprop.formulas.content import Formula
from symbackprop.formulas.pieces import signed
from symbackprop.formulas.printer import printed
from symbackprop.formulas.wording import amount
from symbackprop.graph import Graph, Node
from symbackprop.lowering import Lowering
from symbackprop.networks import Network
from symbackprop.sympy_functions.scalar_functions import elu, sigmoid

from ..support import deterministic

L, x, y, z = sp.symbols("L x y z", real=True)


def of_network(widths: list[int], *choices: str, method: str = "backprop") -> Sweep:
    net = Network(widths, *choices)
    derivation: Sweep = derive_equations(net.equations, net.parameters, method, model=net)
    return derivation


def of_expression(expression: Any, method: str = "backprop", wrt: Any = None) -> Sweep:
    symbols = wrt or sorted(expression.free_symbols, key=str)
    derivation: Sweep = derive_equations([(L, expression)], symbols, method)
    return derivation


def spelled_out() -> Sweep:
    a, b, c, e, d, f = sp.symbols("a b c e d f")
    derivation: Sweep = derive_equations([(e, a * b), (d, e + c), (L, d * f)], [a, b, c, f])
    return derivation


NETWORKS: dict[str, Callable[[], Sweep]] = {
    "tanh": lambda: of_network([2, 2, 1], "tanh", "sigmoid", "bce"),
    "relu": lambda: of_network([2, 3, 1], "relu", "identity", "half_sse"),
    "silu": lambda: of_network([3, 4, 3], "silu", "softmax", "cross_entropy"),
    "gelu": lambda: of_network([2, 2, 2], "gelu", "identity", "huber"),
    "elu": lambda: of_network([2, 2, 2], "elu", "leaky_relu", "mae"),
    "softsign": lambda: of_network([1, 2, 2, 2], "softsign", "softplus", "mse"),
    "two outputs": lambda: of_network([2, 2], "tanh", "sigmoid", "bce"),
    "wide": lambda: of_network([12, 11, 1], "tanh", "sigmoid", "bce"),
}
EXPRESSIONS: dict[str, Callable[[], Sweep]] = {
    "quotient": lambda: of_expression(sp.sin(x) * sp.exp(x * y) / (1 + x**2)),
    "nested": lambda: of_expression(sp.sin(sp.cos(sp.sin(x * y)))),
    "spelled out": spelled_out,
    "piecewise": lambda: of_expression(sp.Piecewise((sp.log(x), x > 1), (x * y, (x > 0) & (y < 2)), (y, True))),
    "powers": lambda: of_expression(x**y + sp.sqrt(x * y) + abs(x - y) ** 3 + sp.atan2(x, y) + sp.Max(x, y, 2)),
    "naive": lambda: of_network([2, 2, 1], "tanh", "sigmoid", "bce", method="naive"),
    "naive expression": lambda: of_expression(sp.sin(x) * sp.exp(x * y) / (1 + x**2), "naive"),
}
WAYS: dict[str, Callable[[], Sweep]] = {
    "forward": lambda: of_network([2, 2, 1], method="forward"),
    "forward gelu": lambda: of_network([2, 2, 2], "gelu", "softmax", "cross_entropy", method="forward"),
    "forward expression": lambda: of_expression(sp.sin(x) * sp.exp(x * y) / (1 + x**2), "forward"),
    "forward piecewise": lambda: of_expression(
        sp.Piecewise((sp.log(x), x > 1), (x * y, True)) + sp.Max(x, y), "forward"
    ),
    "direction": lambda: derive_along([(z, x * sp.sin(y)), (L, z * x**2 + sp.exp(z))], {x: sp.S.One, y: x + y}),
    "direction of a network": lambda: derive_along(Network([2, 2, 1]).equations, {Network([2, 2, 1]).parameters[0]: x}),
    "cse": lambda: of_network([2, 3, 2], "tanh", "identity", "mse", method="naive+cse"),
    "cse expression": lambda: of_expression(sp.sin(x * y) * sp.exp(x * y) / (1 + x**2), "naive+cse"),
    "private": lambda: of_network([2, 3, 2], "tanh", "identity", "mse", method="sympy-forward"),
}
"""Derivations that no backward sweep made: they have no adjoints between a parameter and the loss."""
ALL = {**NETWORKS, **EXPRESSIONS, **WAYS}


# --- the tables ---


@pytest.mark.parametrize("rows", [text.ROWS, latex.ROWS], ids=["text", "latex"])
def test_every_operation_has_a_row(rows: dict[ops.Op, Any]) -> None:
    """A special function may go without one: then it is a function by its own name, as the next test has it."""
    missing = [op.name for op in ops.OPS.values() if not (op.leaf or op.special) and op not in rows]
    assert not missing, f"no row for {', '.join(missing)}"


def test_a_function_without_a_row_goes_by_its_name() -> None:
    assert "erfinv(x)" in rendered(document(of_expression(sp.erfinv(x))), "text")
    told = document(of_expression(sp.besselj(0, x) * sp.zeta(3)))
    assert "besselj(0, x)" in rendered(told, "text")
    assert r"\mathrm{besselj}\left(0, x\right)" in rendered(told, "latex")


# --- labels ---


@pytest.mark.parametrize(
    ("name", "plain", "maths"),
    [
        ("w1_2_1", "w¹₂₁", "w^{(1)}_{21}"),
        ("w1_12_3", "w¹₁₂,₃", "w^{(1)}_{12,3}"),
        ("w10_2_1", "w¹⁰₂₁", "w^{(10)}_{21}"),
        ("z1_1", "z¹₁", "z^{(1)}_{1}"),
        ("b2_11", "b²₁₁", "b^{(2)}_{11}"),
        ("delta1_2", "δ¹₂", r"\delta^{(1)}_{2}"),
        ("lse2", "lse²", r"\mathit{lse}^{(2)}"),
        ("x1", "x₁", "x_{1}"),
        ("y12", "y₁₂", "y_{12}"),
        ("t1", "t₁", "t_{1}"),
        ("L", "L", "L"),
    ],
)
def test_labels_of_a_network(name: str, plain: str, maths: str) -> None:
    label = labels.network_label(name)
    assert (text.label_text(label), latex.label_latex(label)) == (plain, maths)


@pytest.mark.parametrize(
    ("name", "plain", "maths"),
    [
        ("alpha", "α", r"\alpha"),
        ("lambda_", "λ", r"\lambda"),
        ("Lamda", "Λ", r"\Lambda"),
        ("α", "α", r"\alpha"),
        ("x1", "x₁", "x_{1}"),
        ("x_1", "x₁", "x_{1}"),
        ("theta_12", "θ₁₂", r"\theta_{12}"),
        ("x_1_2", "x₁,₂", "x_{1,2}"),
        ("w1_2_1", "w₁,₂,₁", "w_{1,2,1}"),
        ("mass_rate", "mass_rate", r"\mathit{mass\_rate}"),
        ("mass2", "mass₂", r"\mathit{mass}_{2}"),
        ("a1b", "a1b", r"\mathit{a1b}"),
        ("_1", "_1", r"\mathit{\_1}"),
        ("größe", "größe", r"\text{größe}"),
    ],
)
def test_labels_of_other_symbols(name: str, plain: str, maths: str) -> None:
    label = labels.plain_label(name)
    assert (text.label_text(label), latex.label_latex(label)) == (plain, maths)


def test_labels_that_would_look_alike_are_told_apart() -> None:
    x1, x_1, sigma, pi = sp.symbols("x1 x_1 sigma pi")
    derivation = of_expression(x1 + x_1 * pi + sp.pi * sigma / (1 + sp.exp(-x1)))
    shown = [text.label_text(labels.Labels(derivation).of(symbol)) for symbol in (x1, x_1, pi, sigma)]
    assert len(set(shown)) == len(shown)
    assert {"pi", "sigma"} <= set(shown)


# --- precedence: the printed text, read back by a small reader, has the value of the graph ---

VALUES = {"x": 1.37, "y": -0.61, "t1": 2.13, "a1_2": 0.83, "rate": 0.29}
_PRINTED = {"x": "x", "y": "y", "t1": "t₁", "a1_2": "a¹₂", "rate": "rate"}
_LABELS: Any = SimpleNamespace(of=lambda symbol: labels.network_label(symbol.name), is_weight=lambda symbol: False)
_FUNCTIONS: dict[str, Callable[..., Any]] = {
    "sin": mpmath.sin,
    "exp": mpmath.exp,
    "ln": mpmath.log,
    "abs": abs,
    "σ": lambda v: 1 / (1 + mpmath.exp(-v)),
    "√": mpmath.sqrt,
    "max": max,
}
_HIGH = "⁰¹²³⁴⁵⁶⁷⁸⁹"
_TOKENS = re.compile(
    r"\s*(?:(?P<name>a¹₂|t₁|rate|x|y)|(?P<number>\d+(?:\.\d+)?|½|¼|¾)|(?P<function>sin|exp|ln|abs|σ|√|max)"
    rf"|(?P<high>[{_HIGH}]+)|(?P<word>if|otherwise)|(?P<sign>[-+−·/^()|{{}};,<>≤≥\[\]]))"
)
_GLYPHS = {"½": mpmath.mpf(1) / 2, "¼": mpmath.mpf(1) / 4, "¾": mpmath.mpf(3) / 4}


class Reader:
    """Reads the printed text as a person does: a space multiplies and binds more tightly than / and ·."""

    def __init__(self, source: str) -> None:
        self.tokens: list[tuple[str, str]] = []
        place = 0
        while place < len(source):
            match = _TOKENS.match(source, place)
            assert match is not None, f"cannot read {source[place:]!r}"
            self.tokens.append((str(match.lastgroup), match[0].strip()))
            place = match.end()
        self.tokens.append(("end", ""))
        self.place = 0

    def peek(self) -> str:
        return self.tokens[self.place][1]

    def take(self, *expected: str) -> str:
        token = self.tokens[self.place][1]
        assert not expected or token in expected, f"{token!r} stands where one of {expected} should"
        self.place += 1
        return token

    def whole(self) -> Any:
        value = self.sum()
        assert self.tokens[self.place][0] == "end", f"{self.peek()!r} is left over"
        return value

    def sum(self) -> Any:
        value = -self.product() if self.peek() == "−" and self.take() else self.product()
        while self.peek() in ("+", "−"):
            value = value + self.product() if self.take() == "+" else value - self.product()
        return value

    def product(self) -> Any:
        value = self.beside()
        while self.peek() in ("·", "/"):
            value = value * self.beside() if self.take() == "·" else value / self.beside()
        return value

    def beside(self) -> Any:
        value = self.power()
        while self.tokens[self.place][0] in ("name", "number", "function") or self.peek() in ("(", "{", "["):
            value *= self.power()
        return value

    def power(self) -> Any:
        base = self.atom()
        if self.tokens[self.place][0] == "high":
            return base ** int(self.take().translate(str.maketrans(_HIGH, "0123456789")))
        return base ** self.atom() if self.peek() == "^" and self.take() else base

    def atom(self) -> Any:
        kind, token = self.tokens[self.place]
        if kind == "function":
            return self.call()
        self.take()
        if kind == "number":
            return _GLYPHS.get(token) or mpmath.mpf(token)
        if kind == "name":
            return mpmath.mpf(VALUES[next(name for name, shown in _PRINTED.items() if shown == token)])
        return {"(": self.bracket, "|": self.size, "{": self.cases, "[": self.indicator}[token]()

    def call(self) -> Any:
        function = _FUNCTIONS[self.take()]
        if self.tokens[self.place][0] == "number":
            return function(mpmath.mpf(self.take()))
        self.take("(")
        operands = [self.sum()]
        while self.take(",", ")") == ",":
            operands.append(self.sum())
        return function(*operands)

    def bracket(self) -> Any:
        value = self.sum()
        self.take(")")
        return value

    def size(self) -> Any:
        value = abs(self.sum())
        self.take("|")
        return value

    def relation(self) -> bool:
        left, sign, right = self.sum(), self.take(), self.sum()
        return bool({">": left > right, "<": left < right, "≤": left <= right, "≥": left >= right}[sign])

    def indicator(self) -> Any:
        value = mpmath.mpf(self.relation())
        self.take("]")
        return value

    def cases(self) -> Any:
        chosen = None
        while True:
            value = self.sum()
            holds = True if self.take("if", "otherwise") == "otherwise" else self.relation()
            chosen = value if holds and chosen is None else chosen
            if self.take(";", "}") == "}":
                return chosen


_MEANING: dict[ops.Op, Callable[..., Any]] = {
    ops.ADD: lambda *terms: mpmath.fsum(terms),
    ops.SUB: lambda a, b: a - b,
    ops.NEG: lambda a: -a,
    ops.MUL: lambda a, b: a * b,
    ops.DIV: lambda a, b: a / b,
    ops.POW: lambda a, b: a**b,
    ops.SQRT: mpmath.sqrt,
    ops.COPY: lambda a: a,
    ops.SIN: mpmath.sin,
    ops.EXP: mpmath.exp,
    ops.LOG: mpmath.log,
    ops.SIGMOID: _FUNCTIONS["σ"],
    ops.ABS: abs,
    ops.MAX: max,
    ops.HEAVISIDE: lambda a, b: mpmath.mpf(a > 0),
    ops.GT: lambda a, b: a > b,
    ops.LE: lambda a, b: a <= b,
    ops.SELECT: lambda c, a, b: a if c else b,
}


def value_of(graph: Graph, root: Node) -> Any:
    values: dict[Node, Any] = {}
    for node in graph.reachable([root]):
        op = graph.op(node)
        if op is ops.SYMBOL:
            values[node] = mpmath.mpf(VALUES[graph.value(node).name])
        elif op is ops.NUMBER:
            values[node] = mpmath.mpf(graph.value(node).p) / graph.value(node).q
        else:
            values[node] = _MEANING[op](*(values[arg] for arg in graph.args(node)))
    return values[root]


def shown(graph: Graph, node: Node) -> str:
    return signed(text.NOTATION, printed(text.NOTATION, _LABELS, Formula(graph, node, {})))


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
    try:
        found = Reader(source).whole()
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


def test_weights_count_upwards() -> None:
    told = rendered(document(of_network([12, 1], "tanh", "sigmoid", "bce"), width=200), "text")
    assert "z¹₁ = w¹₁₁ x₁ + w¹₁₂ x₂ + w¹₁₃ x₃" in told
    assert "w¹₁₉ x₉ + w¹₁,₁₀ x₁₀ + w¹₁,₁₁ x₁₁ + w¹₁,₁₂ x₁₂ + b¹₁\n" in told


# --- the chain rule ---


def _point(derivation: Sweep) -> dict[Any, Any]:
    symbols = sorted(derivation.graph.symbols, key=str)
    return {symbol: sp.Rational(37 + 11 * i % 29, 41 + i) for i, symbol in enumerate(symbols)}


def _number(derivation: Sweep, root: Node, point: dict[Any, Any]) -> Any:
    graph = derivation.graph
    values: dict[Node, Any] = {}
    for node in graph.reachable([root]):
        operands = [values[arg] for arg in graph.args(node)]
        value = graph.op(node).sympy(*operands) if operands else point.get(graph.value(node), graph.value(node))
        values[node] = value.evalf(40) if isinstance(value, sp.Expr) else value
    return values[root]


@pytest.mark.parametrize(
    "name", [name for name in {**NETWORKS, **EXPRESSIONS} if not name.startswith(("naive", "wide"))]
)
def test_contributions_add_up_to_the_adjoint(name: str) -> None:
    derivation = ALL[name]()
    point = _point(derivation)
    targets = [*derivation.wrt, *Chapter(derivation).quantities]
    for symbol in (symbol for symbol in targets if symbol != derivation.loss):
        node = derivation.adjoint_node(symbol)
        if node is not None:
            parts = [_number(derivation, step.contribution, point) for step in derivation.chain(symbol)]
            assert abs(sum(parts) - _number(derivation, node, point)) < sp.Float("1e-25"), symbol


EXPECTED = """\
Network 2-2-1: hidden tanh, output sigmoid, loss bce
════════════════════════════════════════════════════

Forward pass
────────────

  z¹₁ = w¹₁₁ x₁ + w¹₁₂ x₂ + b¹₁
  z¹₂ = w¹₂₁ x₁ + w¹₂₂ x₂ + b¹₂
  a¹₁ = tanh(z¹₁)
  a¹₂ = tanh(z¹₂)
  z²₁ = w²₁₁ a¹₁ + w²₁₂ a¹₂ + b²₁
  a²₁ = σ(z²₁)
    L = softplus(z²₁) − y₁ z²₁

  L is −(y₁ ln(a²₁) + (1 − y₁) ln(1 − a²₁)), written on the weighted sums so
  that it stays finite.

Backward pass
─────────────

  δ²₁ = ∂L/∂z²₁ = a²₁ − y₁
        ∂L/∂a¹₁ = ∂L/∂z²₁ · ∂z²₁/∂a¹₁
                = δ²₁ · w²₁₁
        ∂L/∂a¹₂ = ∂L/∂z²₁ · ∂z²₁/∂a¹₂
                = δ²₁ · w²₁₂
  δ¹₁ = ∂L/∂z¹₁ = ∂L/∂a¹₁ · ∂a¹₁/∂z¹₁
                = ∂L/∂a¹₁ · (1 − (a¹₁)²)
  δ¹₂ = ∂L/∂z¹₂ = ∂L/∂a¹₂ · ∂a¹₂/∂z¹₂
                = ∂L/∂a¹₂ · (1 − (a¹₂)²)

Derivatives of layer 1
──────────────────────

  ∂L/∂w¹₁₁ = ∂L/∂z¹₁ · ∂z¹₁/∂w¹₁₁
           = δ¹₁ · x₁
  ∂L/∂w¹₁₂ = ∂L/∂z¹₁ · ∂z¹₁/∂w¹₁₂
           = δ¹₁ · x₂
  ∂L/∂w¹₂₁ = ∂L/∂z¹₂ · ∂z¹₂/∂w¹₂₁
           = δ¹₂ · x₁
  ∂L/∂w¹₂₂ = ∂L/∂z¹₂ · ∂z¹₂/∂w¹₂₂
           = δ¹₂ · x₂
   ∂L/∂b¹₁ = ∂L/∂z¹₁ · ∂z¹₁/∂b¹₁
           = δ¹₁
   ∂L/∂b¹₂ = ∂L/∂z¹₂ · ∂z¹₂/∂b¹₂
           = δ¹₂

Derivatives of layer 2
──────────────────────

  ∂L/∂w²₁₁ = ∂L/∂z²₁ · ∂z²₁/∂w²₁₁
           = δ²₁ · a¹₁
  ∂L/∂w²₁₂ = ∂L/∂z²₁ · ∂z²₁/∂w²₁₂
           = δ²₁ · a¹₂
   ∂L/∂b²₁ = ∂L/∂z²₁ · ∂z²₁/∂b²₁
           = δ²₁

Cost
────
"""


def test_the_smallest_network_reads_like_a_textbook() -> None:
    told = rendered(document(of_network([2, 2, 1])), "text")
    assert told.startswith(EXPECTED)
    assert "  σ(x) = 1/(1 + exp(−x))" in told


def test_one_parameter_at_three_depths() -> None:
    told = rendered(document(of_network([2, 2, 1]), "w1_2_1"), "text")
    assert (
        """\
  ∂L/∂w¹₂₁ = ∂L/∂z¹₂ · ∂z¹₂/∂w¹₂₁
           = δ¹₂ · x₁
           = w²₁₂ x₁ (σ(w²₁₁ tanh(w¹₁₁ x₁ + w¹₁₂ x₂ + b¹₁)
             + w²₁₂ tanh(w¹₂₁ x₁ + w¹₂₂ x₂ + b¹₂) + b²₁) − y₁)
             · (1 − tanh(w¹₂₁ x₁ + w¹₂₂ x₂ + b¹₂)²)
"""
        in told
    )
    before = told[: told.index("The derivative by w1_2_1")]
    assert "δ¹₂ = ∂L/∂z¹₂ = ∂L/∂a¹₂ · ∂a¹₂/∂z¹₂" in before
    assert "δ²₁ = ∂L/∂z²₁ = a²₁ − y₁" in before
    assert "∂L/∂a¹₁" not in told


def test_equations_show_the_chain_rule_of_every_intermediate() -> None:
    told = rendered(document(spelled_out()), "text")
    for line in ("∂L/∂e = ∂L/∂d · ∂d/∂e", "∂L/∂a = ∂L/∂e · ∂e/∂a", "= ∂L/∂e · b", "∂L/∂f = d", "∂L/∂d = f"):
        assert line in told


def test_a_loss_that_a_quantity_also_enters_directly() -> None:
    told = rendered(document(of_network([3, 4, 3], "silu", "softmax", "cross_entropy")), "text")
    assert "δ²₁ = ∂L/∂z²₁ = ∂L/∂lse² · ∂lse²/∂z²₁ + ∂L/∂z²₁|direct\n                = a²₁ − y₁\n" in told
    assert "L is −(y₁ ln(a²₁) + y₂ ln(a²₂) + y₃ ln(a²₃)), written" in told


def test_a_derivative_that_is_zero_is_zero() -> None:
    assert "∂L/∂x = 0\n" in rendered(document(of_expression(sp.floor(x) + y)), "text")


def test_the_naive_way_prints_each_derivative_by_itself() -> None:
    derivation = of_network([2, 2, 1], method="naive")
    told = rendered(document(derivation), "text")
    assert all(f"∂L/∂{shown} = " in told for shown in ("w¹₁₁", "b¹₂", "w²₁₂", "b²₁"))
    words = " ".join(told.split())
    assert f"{derivation.cost.total} operations for the loss and 9 derivatives that share nothing" in words
    assert f"finds {derivation.cost.sympy_operations} operations in the derivatives" in words
    one = rendered(document(derivation, "b2_1"), "text")
    assert "∂L/∂b²₁ = " in one
    assert "∂L/∂b¹₂" not in one


# --- layout ---


@pytest.mark.parametrize("width", [80, 60])
@pytest.mark.parametrize("name", list(ALL))
def test_no_line_is_wider_than_asked(name: str, width: int) -> None:
    derivation = ALL[name]()
    documents = [document(derivation, width=width), document(derivation, derivation.wrt[0], width)]
    for line in (line for told in documents for line in rendered(told, "text").splitlines()):
        assert len(line) <= width or " " not in line.rpartition("= ")[2].strip(), line


@pytest.mark.parametrize("name", list(ALL))
def test_breaking_lines_cuts_nothing(name: str) -> None:
    derivation = ALL[name]()
    broken, whole = (rendered(document(derivation, width=width), "text") for width in (60, 10_000))
    squeezed = [re.sub(r"[\s═─·]+", "", told) for told in (broken, whole)]
    assert squeezed[0] == squeezed[1]


def _stack_of(opening: str, closing: str, source: str) -> int:
    depth = 0
    for match in re.finditer(f"({opening})|({closing})", source):
        depth += 1 if match[1] else -1
        assert depth >= 0
    return depth


@pytest.mark.parametrize("format", ["latex", "markdown"])
@pytest.mark.parametrize("name", list(ALL))
def test_latex_is_balanced(name: str, format: str) -> None:
    derivation = ALL[name]()
    for told in (document(derivation), document(derivation, derivation.wrt[-1])):
        source = rendered(told, format)
        assert _stack_of(r"(?<!\\)\{", r"(?<!\\)\}", source) == 0
        assert _stack_of(r"\\[bB]igl", r"\\[bB]igr", source) == 0
        for environment in (r"align\*", "aligned", "cases"):
            assert _stack_of(rf"\\begin\{{{environment}\}}", rf"\\end\{{{environment}\}}", source) == 0
        assert source.count("$$") % 2 == 0
        for row in re.findall(r"\\begin\{align(?:ed|\*)\}\n(.*?)\n\\end", source, re.DOTALL):
            for line in row.split(" \\\\\n"):
                outside = re.sub(r"\\begin\{cases\}.*?\\end\{cases\}", "", line)
                assert _stack_of(r"\\left\b", r"\\right\b", line) == 0
                assert _stack_of(r"\{", r"\}", line) == 0
                assert outside.count("&") == 1


def test_latex_breaks_long_formulas() -> None:
    source = rendered(document(of_network([12, 11, 1])), "latex")
    assert r"&\quad +" in source
    assert max(latex.width(line) for line in source.splitlines() if "&" in line) <= latex.WIDE + 12


def test_names_are_escaped() -> None:
    rate, hot = sp.symbols("learning_rate hot_spot_1")
    told = document(derive_equations([(L, sp.sin(rate) * hot)], [rate, hot]))
    assert r"\mathit{learning\_rate}" in rendered(told, "latex")
    assert r"\mathit{hot\_spot}_{1}" in rendered(told, "markdown")
    title = document(of_network([1, 1], "tanh", "identity", "half_sse"))
    assert r"loss half\_sse" in rendered(title, "latex")
    assert r"loss half\_sse" in rendered(title, "markdown")


# --- what a caller can get wrong, and what is too long ---


def test_refusals() -> None:
    derivation = of_network([1, 1])
    with pytest.raises(UnknownNameError, match=r"unknown format 'latx': did you mean 'latex'\?"):
        rendered(document(derivation), "latx")
    with pytest.raises(ParameterError, match="'w9' is neither a parameter nor a named quantity"):
        document(derivation, "w9")


def test_a_formula_that_is_too_long_is_counted_instead() -> None:
    derivation = of_network([3] * 30 + [1], "tanh", "identity", "half_sse")
    told = rendered(document(derivation, "w1_1_1"), "text")
    assert re.search(r"= \(about 10\^\d+ operations, too long to print\)", told)


@pytest.mark.slow
def test_depth_is_no_limit() -> None:
    expression = x
    for _ in range(5_000):
        expression = sp.sin(expression, evaluate=False)
    derivation = of_expression(expression, wrt=[x])
    for told in (document(derivation), document(derivation, "x")):
        for format in FORMATS:
            assert "9,999 operations, too long to print" in rendered(told, format)


def test_counts_beyond_what_python_prints() -> None:
    assert [amount(count) for count in (1, 12_345, 10**6000)] == ["1", "12,345", "about 10^6000"]


# --- notation ---


def test_a_function_is_defined_with_the_operands_that_it_is_shown_with() -> None:
    told = rendered(document(of_network([2, 2, 1], "elu", "identity", "mse")), "text")
    assert "elu(x) = {x if x > 0; exp(x) − 1 otherwise}" in told
    assert "elu(x, c)" not in told
    s, c = sp.symbols("s c")
    both = rendered(document(of_expression(elu(s, 1) + elu(c, 2))), "text")
    assert "elu(x) = {x if x > 0; exp(x) − 1 otherwise}" in both
    assert "elu(x, c) = {x if x > 0; c · (exp(x) − 1) otherwise}" in both


# --- notebooks ---


def test_explanation() -> None:
    explanation = Explanation(of_network([2, 2, 1]), "w1_2_1")
    assert str(explanation) + "\n" == rendered(document(explanation.derivation, "w1_2_1"), "text")
    source = explanation._repr_latex_()
    assert source.startswith(r"$\displaystyle \begin{aligned}")
    assert source.endswith(r"\end{aligned}$")
    assert r"&= \delta^{(1)}_{2} \cdot x_{1}" in explanation.latex()
    assert "softplus}\\left(x" not in explanation.latex()


def test_a_notebook_explains_functions_below_what_uses_them() -> None:
    maths, signs = (
        Explanation(of_network([2, 2, 1], "elu", "sigmoid", "mse"), "w1_2_1")._repr_latex_().split(r"\\[2ex]")
    )
    assert "&= " in maths
    assert r"&\sigma\left(x\right) = " in signs
    assert r"\\[2ex]" not in Explanation(of_network([2, 2, 1], "tanh", "identity", "mse"), "w1_2_1")._repr_latex_()


def test_equations_of_a_derivation_as_one_block() -> None:
    source = equations_latex(of_network([2, 2, 1]))
    assert source.startswith(r"$\displaystyle \begin{aligned}")
    assert source.count("&=") == 7 + 5 + 9
    assert "more equations" in equations_latex(of_network([3] * 12, "tanh", "identity", "half_sse"))


_PROGRAM = """
import sys
from symbackprop.derivation import derive_equations
from symbackprop.formulas import FORMATS, document, rendered
from symbackprop.networks import Network
for choices in (("silu", "softmax", "cross_entropy"), ("gelu", "identity", "huber")):
    net = Network([2, 3, 2], *choices)
    derivation = derive_equations(net.equations, net.parameters, model=net)
    for format in FORMATS:
        sys.stdout.buffer.write(rendered(document(derivation), format).encode())
        sys.stdout.buffer.write(rendered(document(derivation, "b1_2"), format).encode())
"""


@pytest.mark.slow
def test_the_same_text_whatever_the_hash_seed() -> None:
    outputs = {
        subprocess.run(
            [sys.executable, "-c", _PROGRAM],
            env={**os.environ, "PYTHONHASHSEED": seed},
            capture_output=True,
            check=True,
        ).stdout
        for seed in ("1", "2")
    }
    assert len(outputs) == 1
