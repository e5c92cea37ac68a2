"""The pushforward of each operation on matrices, and of what is no operation by itself."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import sympy as sp

from symbackprop import ops, rules
from symbackprop.derivation import pushforwards
from symbackprop.derivation.forward_mode import ForwardSweep
from symbackprop.graph import Graph, Node, matrix_arithmetic

from ..matrix_support import STEP, arrays_of, corrupted_rule, random_values, shape_of
from ..operations import OPERATIONS

n, m, k = sp.symbols("n m k", integer=True, positive=True)
SIZES = [(2, 3), (1, 3), (3, 1), (1, 1), (4, 2)]


def pushed_wrongly(op: ops.Op, shapes: list[tuple[Any, Any]], sizes: dict[Any, int] | None = None) -> float:
    """How far the tangent of an operation's result is from the complex step, for each operand and all together."""
    graph, symbols = Graph(), [sp.MatrixSymbol(f"X{i}", *shape) for i, shape in enumerate(shapes)]
    args = [graph.symbol(symbol, ops.sized(*map(_plain, symbol.shape))) for symbol in symbols]
    node = matrix_arithmetic.maker(op)(graph, *args)
    return swept_wrongly(graph, node, symbols, sizes)


def _plain(size: Any) -> Any:
    return int(size) if sp.S(size).is_Integer else size


def swept_wrongly(graph: Graph, node: Node, symbols: list[Any], sizes: dict[Any, int] | None = None) -> float:
    values = random_values(symbols, 3, sizes)
    directions = {symbol: sp.MatrixSymbol(f"V_{symbol.name}", *symbol.shape) for symbol in symbols}
    random = np.random.default_rng(4)
    values |= {v: random.normal(size=shape_of(v, sizes)) for v in directions.values()}
    errors = []
    for moved in [*([symbol] for symbol in symbols), symbols]:
        seeds_ = {graph.symbol(s): graph.symbol(directions[s], graph.shape(graph.symbol(s))) for s in moved}
        pushed = ForwardSweep(graph, node, seeds_).along(seeds_).get(node)
        pushed = graph.spread(graph.zero, graph.shape(node)) if pushed is None else pushed
        [tangent] = arrays_of(graph, [pushed], values, sizes)
        assert graph.shape(pushed) == graph.shape(node)
        ahead = {**values, **{s: values[s] + 1j * STEP * values[directions[s]] for s in moved}}
        [result] = arrays_of(graph, [node], ahead, sizes)
        expected = result.imag / STEP
        assert tangent.shape == expected.shape
        errors.append(np.abs(tangent - expected).max() / max(1, np.abs(expected).max()))
    return float(max(errors))


@pytest.mark.parametrize("shape", SIZES, ids=str)
@pytest.mark.parametrize("op", rules.MATRIX_RULES, ids=repr)
def test_pushforward_of_a_matrix_operation(op: ops.Op, shape: tuple[int, int]) -> None:
    for inner in (1, 2, 3) if op is ops.MATMUL else (1,):
        assert pushed_wrongly(op, OPERATIONS[op.name].sizes(*shape, inner)) < 1e-11


@pytest.mark.parametrize("op", rules.MATRIX_RULES, ids=repr)
def test_pushforward_in_symbolic_sizes(op: ops.Op) -> None:
    for sizes in ({n: 2, m: 3, k: 4}, {n: 1, m: 4, k: 2}, {n: 3, m: 1, k: 1}):
        assert pushed_wrongly(op, OPERATIONS[op.name].sizes(n, m, k), sizes) < 1e-11


@pytest.mark.parametrize("op", rules.MATRIX_RULES, ids=repr)
def test_the_pushforward_of_a_corrupted_rule_is_caught(op: ops.Op, monkeypatch: pytest.MonkeyPatch) -> None:
    with corrupted_rule(op, pushforwards._replays, monkeypatch):
        assert pushed_wrongly(op, OPERATIONS[op.name].sizes(3, 4, 2)) > 1e-8


X = sp.MatrixSymbol("X", 4, 5)

VIEWS: dict[str, Callable[[Graph, Node], Node]] = {
    "slice": lambda graph, node: matrix_arithmetic.part(graph, node, (0, 4, 2), (1, 4, 1), (2, 3)),
    "one row": lambda graph, node: matrix_arithmetic.part(graph, node, (1, 2, 1), (0, 5, 1), (1, 5)),
    "one entry": lambda graph, node: matrix_arithmetic.part(graph, node, (1, 2, 1), (3, 4, 1), ()),
    "placed": lambda graph, node: matrix_arithmetic.placed(graph, node, (1, 5, 1), (0, 5, 1), (6, 7)),
    "placed with gaps": lambda graph, node: matrix_arithmetic.placed(graph, node, (0, 8, 2), (1, 6, 1), (8, 6)),
    "a row repeated": lambda graph, node: graph.spread(matrix_arithmetic.column_sums(graph, node), (3, 5)),
    "a column repeated": lambda graph, node: graph.spread(matrix_arithmetic.row_sums(graph, node), (4, 2)),
    "a number repeated": lambda graph, node: graph.spread(matrix_arithmetic.total(graph, node), (2, 3)),
    "a number times a matrix": lambda graph, node: graph.mul(matrix_arithmetic.total(graph, node), node),
    "a quotient by a row": lambda graph, node: graph.div(
        node, graph.spread(matrix_arithmetic.column_sums(graph, node), (4, 5))
    ),
    "a placed slice": lambda graph, node: matrix_arithmetic.placed(
        graph,
        graph.make((ops.SIN, matrix_arithmetic.part(graph, node, (0, 2, 1), (0, 5, 2), (2, 3)))),
        (2, 4, 1),
        (0, 3, 1),
        (4, 4),
    ),
}


@pytest.mark.parametrize("name", VIEWS)
def test_pushforward_of_views(name: str) -> None:
    graph = Graph()
    assert swept_wrongly(graph, VIEWS[name](graph, graph.symbol(X, (4, 5))), [X]) < 1e-12


@pytest.mark.parametrize("op", [ops.SLICE, ops.PLACE, ops.SPREAD], ids=repr)
def test_a_corrupted_view_is_caught(op: ops.Op, monkeypatch: pytest.MonkeyPatch) -> None:
    own = pushforwards._OWN[op]
    half = sp.Float("0.999999")
    monkeypatch.setitem(
        pushforwards._OWN, op, lambda graph, node, t: graph.mul(graph.constant(half), own(graph, node, t))
    )
    name = {ops.SLICE: "slice", ops.PLACE: "placed", ops.SPREAD: "a row repeated"}[op]
    graph = Graph()
    assert swept_wrongly(graph, VIEWS[name](graph, graph.symbol(X, (4, 5))), [X]) > 1e-8
