"""The interned graph: equal nodes are one, folding keeps the value, a named quantity is varied by itself."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import pytest
import sympy as sp
from hypothesis import assume, given
from hypothesis import strategies as st

from symbackprop import ops
from symbackprop.derivation import derive_equations
from symbackprop.errors import ShapeError
from symbackprop.graph import Graph

from ..operations import EXACT
from ..support import check_close, computed, deterministic, evaluated, in_floats

a, b, c, e, f, g, x, L = sp.symbols("a b c e f g x L", real=True)
LETTERS = (a, b, c)

FRACTIONS: dict[str, Any] = {
    **EXACT,
    "pow": lambda base, exponent: base ** int(exponent),
    "number": lambda value: Fraction(int(value.p), int(value.q)),
    "constant": lambda value: value == sp.true,
}
"""Operations on exact fractions."""


# --- interning ---


def test_equal_nodes_are_one_node() -> None:
    graph = Graph()
    p, q = graph.symbol(a), graph.symbol(b)
    assert graph.symbol(a) == p
    assert graph.mul(p, q) == graph.mul(q, p)
    assert graph.make((ops.SIN, p)) == graph.make((ops.SIN, p)) != graph.make((ops.SIN, q))
    assert graph.constant(sp.Rational(1, 3)) == graph.constant(sp.Rational(2, 6))


def test_symbols_of_one_name_and_different_assumptions_are_different_leaves() -> None:
    graph = Graph()
    assert graph.symbol(sp.Symbol("a")) != graph.symbol(sp.Symbol("a", positive=True))


def test_a_float_and_a_rational_of_one_value_are_different_leaves() -> None:
    graph = Graph()
    assert graph.constant(sp.Float("0.5")) != graph.constant(sp.Rational(1, 2))


def test_order_of_creation_is_topological() -> None:
    graph = derive_equations([(e, sp.sin(a * b)), (L, e * sp.cos(e) + a)], [a, b]).graph
    assert all(arg < node for node in range(len(graph.keys)) for arg in graph.args(node))


def test_reachable_is_what_the_roots_are_computed_from() -> None:
    graph = Graph()
    p, q = graph.symbol(a), graph.symbol(b)
    graph.make((ops.COS, q))
    product = graph.mul(p, q)
    root = graph.make((ops.SIN, product))
    assert graph.reachable([root]) == [p, q, product, root]
    assert graph.reachable([p]) == [p]
    assert graph.reachable([]) == []


def test_shapes_go_by_the_rule_of_the_operation() -> None:
    graph = Graph()
    n = sp.Symbol("n", integer=True)
    matrix, scalar = graph.symbol(sp.Symbol("W"), (2, n)), graph.symbol(a)
    assert graph.shape(graph.make((ops.MUL, scalar, matrix))) == (2, n)
    assert graph.shape(graph.make((ops.SIN, scalar))) == ()
    with pytest.raises(ShapeError, match="mul"):
        graph.make((ops.MUL, matrix, graph.symbol(sp.Symbol("V"), (3, n))))
    with pytest.raises(ShapeError):
        ops.SYMBOL.shape("symbol", [])


# --- folding ---

numbers = st.fractions(min_value=-4, max_value=4, max_denominator=6)
steps = st.lists(
    st.tuples(
        st.sampled_from(["neg", "add", "sub", "mul", "div", "pow", "sum", "choose"]),
        st.integers(0, 50),
        st.integers(0, 50),
        st.integers(-3, 3),
    ),
    min_size=1,
    max_size=14,
)


class Pair:
    """A node, and the exact value that it should have."""

    def __init__(self, graph: Graph, node: int, value: Fraction) -> None:
        self.graph, self.node, self.value = graph, node, value

    def step(self, kind: str, other: Pair, whole: int) -> Pair:
        graph = self.graph
        if kind == "neg":
            return Pair(graph, graph.neg(self.node), -self.value)
        if kind == "pow":
            assume(self.value != 0 or whole >= 0)
            return Pair(graph, graph.pow(self.node, graph.constant(sp.Integer(whole))), self.value**whole)
        if kind == "sum":
            nodes = [self.node, other.node, graph.constant(sp.Integer(whole)), self.node]
            return Pair(graph, graph.sum(nodes), 2 * self.value + other.value + whole)
        if kind == "choose":
            return self.choose(other, whole)
        assume(kind != "div" or other.value != 0)
        node = graph.apply(ops.OPS[kind], (self.node, other.node))
        return Pair(graph, node, EXACT[kind](self.value, other.value))

    def choose(self, other: Pair, whole: int) -> Pair:
        """other*(whole if self < other else 0), or with the branches the other way round."""
        graph = self.graph
        condition = graph.make((ops.LT, self.node, other.node))
        number = graph.constant(sp.Integer(whole))
        branches = (number, graph.zero) if whole % 2 else (graph.zero, number)
        taken = (self.value < other.value) == bool(whole % 2)
        switch = graph.make((ops.SELECT, condition, *branches))
        return Pair(graph, graph.mul(switch, other.node), other.value * whole if taken else Fraction(0))


@deterministic(250)
@given(st.lists(numbers, min_size=3, max_size=3), st.lists(numbers, min_size=2, max_size=2), steps)
def test_folding_keeps_the_exact_value(letters: list[Fraction], constants: list[Fraction], program: Any) -> None:
    graph = Graph()
    pairs = [Pair(graph, graph.symbol(symbol), value) for symbol, value in zip(LETTERS, letters, strict=True)]
    pairs += [Pair(graph, graph.constant(sp.Rational(v.numerator, v.denominator)), v) for v in constants]
    for kind, first, second, whole in program:
        pairs.append(pairs[first % len(pairs)].step(kind, pairs[second % len(pairs)], whole))
        assume(abs(pairs[-1].value) < 10**40)
    values = dict(zip(LETTERS, letters, strict=True))
    assert computed(graph, [pair.node for pair in pairs], values, FRACTIONS) == [pair.value for pair in pairs]


def test_constants_fold_and_neutral_elements_vanish() -> None:
    graph = Graph()
    p, q = graph.symbol(a), graph.symbol(b)
    three = graph.constant(sp.Integer(3))
    assert graph.mul(graph.one, p) == graph.div(p, graph.one) == graph.pow(p, graph.one) == p
    assert graph.mul(graph.zero, p) == graph.sub(p, p) == graph.sum([]) == graph.zero
    assert graph.pow(p, graph.zero) == graph.div(three, three) == graph.one
    assert graph.sum([p, graph.zero]) == graph.neg(graph.neg(p)) == graph.sub(p, graph.zero) == p
    assert graph.sum([p, graph.neg(q)]) == graph.sub(p, q) == graph.neg(graph.sub(q, p))
    assert graph.sum([graph.two, graph.one]) == three
    assert graph.mul(graph.two, graph.mul(three, p)) == graph.mul(graph.constant(sp.Integer(6)), p)
    assert graph.pow(p, graph.constant(sp.Rational(1, 2))) == graph.make((ops.SQRT, p))
    assert graph.pow(p, graph.constant(sp.Integer(-1))) == graph.div(graph.one, p)


def test_division_by_zero_is_not_folded_away() -> None:
    graph = Graph()
    for above in (graph.zero, graph.one):
        assert graph.op(graph.div(above, graph.zero)) is ops.DIV
    quotient = graph.div(graph.symbol(a), graph.zero)
    assert graph.op(quotient) is ops.DIV


# --- named quantities ---


def test_an_expression_equal_to_a_quantity_is_not_that_quantity() -> None:
    """With e = a*b and L = e + a*b, the loss depends on e once; the second a*b is another thing."""
    derivation = derive_equations([(e, a * b), (L, e + a * b)], [a, b])
    assert derivation.adjoint(e) == 1
    assert sp.expand(derivation.expand(a) - 2 * b) == 0


def test_two_quantities_of_one_expression_are_varied_apart() -> None:
    derivation = derive_equations([(e, a * b), (f, a * b), (L, e * f**2)], [a, b])
    assert sp.expand(derivation.expand(e) - (a * b) ** 2) == 0
    assert sp.expand(derivation.expand(f) - 2 * (a * b) ** 2) == 0
    assert sp.expand(derivation.expand(a) - 3 * a**2 * b**3) == 0


def test_a_quantity_that_is_a_symbol_is_a_copy_of_it() -> None:
    derivation = derive_equations([(g, x), (L, g * x)], [x])
    assert derivation.graph.op(derivation.named[g]) is ops.COPY
    assert derivation.adjoint(g) == x
    assert sp.expand(derivation.expand(x) - 2 * x) == 0


def test_a_quantity_that_is_another_quantity_is_a_copy_of_it() -> None:
    derivation = derive_equations([(e, a * b), (f, e), (L, f * e)], [a])
    assert derivation.adjoint(f) == e
    assert derivation.adjoint(e) in (e + f, 2 * e)
    assert sp.expand(derivation.expand(a) - 2 * a * b**2) == 0


def test_a_quantity_may_be_a_number() -> None:
    derivation = derive_equations([(g, sp.Integer(3)), (L, g * x)], [x])
    assert derivation.adjoint(x) == g
    assert derivation.expand(x) == 3
    assert derivation.adjoint(g) == x


INNER = [
    2 * x, -x, x / 2, a - x, x - 1, 1 / x, a / x, a * x, x**2, sp.sqrt(x), sp.exp(x), 1 + sp.exp(x), sp.log(x),
    sp.Piecewise((2, x > 0), (0, True)), 1 / (1 + sp.exp(-x)), sp.exp(a) + sp.exp(x), x + a, sp.Abs(x), -2 * x / a,
]  # fmt: skip
OUTER = [
    3 * e, -e, a * e, a / e, e / a, 1 / e, e - a, a - e, e + 1, 1 - e, e**2, 1 / e**2, sp.sqrt(e), sp.log(e), e * x,
    sp.log(1 - e), sp.log(1 + e), 1 / (1 + e), e / (1 + e), e + 2 * a, -e - a, 2 * e + 2 * a, sp.exp(e), a * e / x,
    sp.Piecewise((e, a > 0), (a, True)), -a * sp.log(e) - (1 - a) * sp.log(1 - e),
]  # fmt: skip


@pytest.mark.parametrize("outer", OUTER, ids=str)
def test_folding_does_not_look_through_a_name(outer: Any) -> None:
    """Whatever stands behind e, the loss is a function of e: its adjoint is the derivative of its own equation."""
    point = {x: sp.Rational(1, 3), a: sp.Rational(2, 7)}
    for inner in INNER:
        derivation = derive_equations([(e, inner), (L, outer)], [x])
        value = sp.diff(outer, e).xreplace({e: inner})
        check_close(evaluated(derivation.expand(e), point), evaluated(value, point), what=(inner, outer))
        total = sp.diff(outer.xreplace({e: inner}), x)
        check_close(evaluated(derivation.expand(x), point), evaluated(total, point), what=(inner, outer))


def test_a_quantity_that_depends_on_none_of_wrt_has_an_adjoint() -> None:
    derivation = derive_equations([(e, a * b), (f, sp.sin(e)), (L, f * c)], [c])
    assert derivation.adjoint(f) == c
    assert sp.expand(derivation.expand(e) - c * sp.cos(a * b)) == 0


def test_a_part_of_a_quantity_is_shared_with_it() -> None:
    """The sine inside e is no quantity: the one in L is the same node."""
    derivation = derive_equations([(e, sp.exp(sp.sin(a))), (L, e + sp.sin(a))], [a])
    assert derivation.cost.operations["sin"] == 1


def test_a_derivative_finds_the_quantities_of_the_forward_pass() -> None:
    """exp(a) is e, and its derivative is e: no second exponential is made, even where it is written as exp(a)."""
    derivation = derive_equations([(e, sp.exp(a)), (L, sp.sin(e))], [a])
    assert sp.expand(derivation.expand(a) - sp.exp(a) * sp.cos(sp.exp(a))) == 0
    assert derivation.cost.operations["exp"] == 1


def test_gradient_of_the_loss_by_itself_is_one() -> None:
    assert derive_equations([(L, a * b)], [a, b]).adjoint(L) == 1


def test_choice_times_infinity_is_no_nan() -> None:
    """A switch of 0 and 1 takes the factor into its branch: 0*inf never arises."""
    choice = sp.Piecewise((1, a > 0), (0, True)) * sp.log(a)
    derivation = derive_equations([(L, choice)], [a])
    assert in_floats(derivation.graph, [derivation.loss_node, derivation.gradient_nodes[a]], {a: 0.0}) == [0, 0]
