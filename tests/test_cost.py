"""Counts: each equals a count by brute force, and backward costs no more than theory and CasADi allow."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest
import sympy as sp
from hypothesis import given
from hypothesis import strategies as st

from symbackprop import Total, cost, derive, ops
from symbackprop.derivation import derive_equations
from symbackprop.graph import Graph
from symbackprop.networks import ACTIVATIONS, LOSSES, Network

from .derivation.counting_support import architectures, derived, paths_from, price, tree_cost, users
from .operations import OPERATIONS
from .support import deterministic, outputs_of, slow_unless

a, b, c, e, f, L = sp.symbols("a b c e f L", real=True)


def below(graph: Graph, roots: list[int]) -> set[int]:
    """The distinct nodes that some nodes are computed from, themselves included."""
    found = set(roots)
    while more := {arg for node in found for arg in graph.args(node)} - found:
        found |= more
    return found


VARIADIC = [ops.ADD, ops.MAX, ops.LOGSUMEXP]
BINARY = [ops.SUB, ops.MUL, ops.DIV, ops.POW, ops.LT]
UNARY = [ops.NEG, ops.SIN, ops.EXP, ops.COPY, ops.ABS]


@st.composite
def graphs(draw: Any) -> tuple[Graph, list[int]]:
    """A random graph, made without folding, and some nodes of it."""
    graph = Graph()
    nodes = [graph.symbol(a), graph.symbol(b), graph.one]
    for _ in range(draw(st.integers(1, 11))):
        op = draw(st.sampled_from(VARIADIC + BINARY + UNARY))
        operands = op.arity or draw(st.integers(2, 4))
        nodes.append(graph.make((op, *(draw(st.sampled_from(nodes[-4:])) for _ in range(operands)))))
    return graph, draw(st.lists(st.sampled_from(nodes), min_size=1, max_size=3))


@deterministic(150)
@given(graphs())
def test_written_out_is_a_walk_of_the_tree(made: tuple[Graph, list[int]]) -> None:
    graph, roots = made
    assert cost.written_out(graph, roots) == sum(tree_cost(graph, root) for root in roots)


@deterministic(150)
@given(graphs())
def test_counted_is_a_count_over_distinct_nodes(made: tuple[Graph, list[int]]) -> None:
    graph, roots = made
    expected: Counter[str] = Counter()
    for node in below(graph, roots):
        name = graph.op(node).name
        expected["add" if name == "sub" else name] += price(graph, node)
    assert cost.counted(graph, roots) == +expected


def test_every_operation_has_a_kind() -> None:
    missing = [op.name for op in ops.OPS.values() if not op.leaf and op not in cost.KINDS]
    assert not missing


FITTING = {ops.SPREAD: [(3, 1), (3, 2)], ops.SLICE: [(3, 2), (2, 2), (2, 2)], ops.PLACE: [(2, 2), (3, 2), (3, 2)]}
"""Sizes of operands that do not all go by the same three."""


@slow_unless(lambda sizes: sizes == (3, 2, 4))
@pytest.mark.parametrize("op", [op for op in ops.OPS.values() if not op.leaf], ids=repr)
@pytest.mark.parametrize("sizes", [(3, 2, 4), (2, 3, 1), (4, 1, 1)], ids=str)
def test_price_of_an_operation_on_matrices(op: ops.Op, sizes: tuple[int, int, int]) -> None:
    row, graph = OPERATIONS[op.name], Graph()
    operands = FITTING.get(op) or row.sizes(*sizes) * (1 if op in ops.MATRIX else op.arity or 3)
    args = [graph.symbol(sp.MatrixSymbol(f"X{i}", *size), ops.sized(*size)) for i, size in enumerate(operands)]
    node = graph.make((op, *args))
    assert cost.price(graph, node) == row.cost(*operands)
    assert cost.counted(graph, [node]).total() == row.cost(*operands)


def test_every_matrix_operation_has_a_price() -> None:
    assert set(cost.OF_MATRICES) == set(ops.MATRIX)


def test_counts_of_worked_examples_of_matrices() -> None:
    A, B = sp.MatrixSymbol("A", 3, 3), sp.MatrixSymbol("B", 3, 2)
    assert cost.OF_MATRICES[ops.MATMUL](2, 3, 3, 5) == 2 * 5 * (3 + 2)
    assert cost.OF_MATRICES[ops.INVERSE](1, 1) == 1
    assert sp.S(cost.OF_MATRICES[ops.DETERMINANT](sp.S(2), sp.S(2))) == 4
    assert derive(Total(A * B)).cost.forward == 3 * 2 * 5 + 5
    assert derive(sp.Determinant(A), wrt=[A]).cost.forward == 3 + 2 * 5 + 2


def test_counts_of_a_worked_example() -> None:
    """(a + b + c)*(a + b + c): two additions and one product, five operations when written out."""
    derivation = derive_equations([(L, sp.Mul(a + b + c, a + b + c, evaluate=False))], [a])
    graph = derivation.graph
    assert cost.counted(graph, [derivation.loss_node]) == {"add": 2, "mul": 1}
    assert cost.written_out(graph, [derivation.loss_node]) == 5


@deterministic(40)
@given(architectures(depth=3, width=2))
def test_costs_of_a_network_equal_brute_force(architecture: Any) -> None:
    derivation = derived(*architecture)
    graph, found = derivation.graph, derivation.cost
    gradients = list(derivation.gradient_nodes.values())
    everything = [derivation.loss_node, *gradients]
    assert found.written_out == sum(tree_cost(graph, node) for node in everything)
    assert found.total == sum(price(graph, node) for node in below(graph, everything)) == found.operations.total()
    assert found.forward == sum(price(graph, node) for node in below(graph, [derivation.loss_node]))
    assert found.nodes == len(below(graph, everything))


def test_cost_of_the_naive_way_shares_nothing() -> None:
    net = Network([2, 2, 1])
    found = derive_equations(net.equations, net.parameters, "naive", model=net)
    graph, trees = found.graph, found.gradients
    nodes = [found.loss_node, *found.gradient_nodes.values()]
    assert found.cost.total == found.cost.written_out == sum(tree_cost(graph, node) for node in nodes)
    assert found.cost.sympy_operations == sum(sp.count_ops(tree) for tree in trees.values())


# --- paths and edges ---


@deterministic(40)
@given(architectures(depth=3, width=3))
def test_paths_and_edges_equal_an_enumeration(architecture: Any) -> None:
    derivation = derived(*architecture)
    uses, loss = users(derivation), derivation.loss
    reaching = {symbol for symbol in uses if paths_from(symbol, loss, uses)}
    assert derivation.cost.paths == sum(paths_from(symbol, loss, uses) for symbol in derivation.wrt)
    assert derivation.cost.edges == sum(user in reaching for symbol in uses for user in uses[symbol])


def test_paths_and_edges_of_a_worked_example() -> None:
    """a -> e -> f -> L, a -> e -> L, b -> f -> L, b -> L."""
    derivation = derive_equations([(e, sp.sin(a)), (f, e * b), (L, f * e + b)], [a, b])
    assert (derivation.cost.paths, derivation.cost.edges) == (4, 6)


def test_a_path_does_not_lead_through_a_condition() -> None:
    """No derivative passes through a condition: a has no path to the loss, and neither has e."""
    choice = sp.Piecewise((f, e > 0), (f**2, True))
    derivation = derive_equations([(e, a + 1), (f, sp.sin(b)), (L, choice)], [a, b])
    assert derivation.cost.paths == 1
    assert derivation.cost.edges == 2  # b -> f -> L
    assert derivation.chain(a) == derivation.chain(e) == []
    direct = derive_equations([(L, sp.Piecewise((b, a > 0), (b**2, True)))], [a, b])
    assert (direct.cost.paths, direct.cost.edges) == (1, 1)


def test_paths_grow_as_a_power_of_the_width_and_edges_do_not() -> None:
    costs = [derived((3,) * depth, "tanh", "tanh", "half_sse").cost for depth in (3, 4, 5)]
    assert costs[2].edges - costs[1].edges == costs[1].edges - costs[0].edges
    assert costs[2].paths > 3 * costs[1].paths - 200 > costs[1].paths


# --- bounds ---


@deterministic(60)
@given(architectures(depth=5, width=5))
def test_backward_costs_at_most_the_bound_of_baur_and_strassen(architecture: Any) -> None:
    found = derived(*architecture).cost
    assert found.total <= 4 * found.forward


@pytest.mark.parametrize("hidden", ACTIVATIONS)
@pytest.mark.parametrize("loss", LOSSES)
def test_every_activation_and_loss_keeps_the_bound(hidden: str, loss: str) -> None:
    for output in outputs_of(loss):
        for widths in ((1, 2), (2, 2, 2), (1, 1, 1, 1, 2)):
            found = derived(widths, hidden, output, loss).cost
            assert found.total <= 4 * found.forward, (widths, output)


@pytest.mark.parametrize(("depth", "most"), [(6, 320), (128, 6906)])
def test_operations_are_no_more_than_casadi_needs(depth: int, most: int) -> None:
    """CasADi 3.8.2: `gradient` of the same loss (tanh outputs, half the sum of squares), operations of its Function."""
    assert derived((3,) * (depth + 1), "tanh", "tanh", "half_sse").cost.total <= most


def test_operations_grow_linearly_with_depth() -> None:
    totals = [derived((3,) * depth, "tanh", "tanh", "half_sse").cost.total for depth in (4, 5, 6)]
    assert totals[2] - totals[1] == totals[1] - totals[0]
