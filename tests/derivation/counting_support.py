"""Random networks and equations, and what is found out about their graphs by walking them."""

from __future__ import annotations

from functools import cache
from typing import Any

from hypothesis import strategies as st

from symbackprop.derivation import Sweep, derive_equations
from symbackprop.graph import Graph
from symbackprop.networks import ACTIVATIONS, LOSSES, Network

from ..operations import OPERATIONS
from ..support import outputs_of


def price(graph: Graph, node: int) -> int:
    """What one node costs by itself: a leaf nothing, an operation what its row in the table of the tests says."""
    op = graph.op(node)
    return 0 if op.leaf else OPERATIONS[op.name].cost(*[(1, 1)] * len(graph.args(node)))


def tree_cost(graph: Graph, node: int) -> int:
    """By a walk over every occurrence of every part, as if the expression were written out."""
    total, stack = 0, [node]
    while stack:
        top = stack.pop()
        total += price(graph, top)
        stack.extend(graph.args(top))
    return total


@cache
def derived(widths: tuple[int, ...], hidden: str, output: str, loss: str) -> Sweep:
    net = Network(widths, hidden, output, loss)
    return derive_equations(net.equations, net.parameters, model=net)


@st.composite
def architectures(draw: Any, depth: int = 4, width: int = 4) -> tuple[tuple[int, ...], str, str, str]:
    loss = draw(st.sampled_from(sorted(LOSSES)))
    output = draw(st.sampled_from(sorted(outputs_of(loss))))
    widths = draw(st.lists(st.integers(1, width), min_size=2, max_size=depth + 1))
    widths[-1] += output == "softmax" and widths[-1] == 1
    return tuple(widths), draw(st.sampled_from(sorted(ACTIVATIONS))), output, loss


def users(derivation: Sweep) -> dict[Any, list[Any]]:
    """By symbol: the quantities whose own equation contains it, be it in a part that several lines share."""
    lines = {line.symbol: line for line in derivation.definitions if line.kind in ("quantity", "shared")}
    right = {symbol: derivation.sympy(line.node).free_symbols for symbol, line in lines.items()}
    shared = {symbol for symbol, line in lines.items() if line.kind == "shared"}
    for symbol in list(right):
        while right[symbol] & shared:
            right[symbol] = set().union(*(right[part] if part in shared else {part} for part in right[symbol]))
    quantities = [symbol for symbol in right if symbol not in shared]
    symbols = {*derivation.wrt, *quantities}
    return {symbol: [user for user in quantities if symbol in right[user]] for symbol in symbols}


def paths_from(symbol: Any, loss: Any, uses: dict[Any, list[Any]]) -> int:
    """Every path to the loss, by walking each of them."""
    return 1 if symbol == loss else sum(paths_from(user, loss, uses) for user in uses[symbol])
