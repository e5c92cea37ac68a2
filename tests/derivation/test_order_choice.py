"""Which order of elimination is taken, and what is foretold of those that are not made."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import sympy as sp

from symbackprop import cost
from symbackprop.derivation.fast_elimination import Columns
from symbackprop.derivation.foretold_operations import by_forward_mode, by_reverse_mode
from symbackprop.derivation.jacobians import jacobian
from symbackprop.derivation.order_choice import Orders, sheet_of
from symbackprop.derivation.partial_graph import PartialGraph, partial_graph

from .jacobian_support import ORDERS, arm, banded, jacobian_of, nodes_of, pbe, ring

FORETOLD = {"reverse": by_reverse_mode, "forward": by_forward_mode}
x, y = sp.symbols("x y", real=True)


def local_operations(partials: PartialGraph, outputs: Any) -> int:
    """What is there before a vertex is taken out."""
    held = [one for edges in partials.into.values() for one in edges.values()]
    nodes = [node for one in held for node in (one if isinstance(one, list) else [one])]
    count: int = cost.total(partials.graph, [*outputs, *nodes])
    return count


CASES: dict[str, Callable[[], tuple[list[Any], list[Any]]]] = {
    "gradient": lambda: ([ring(20)[0]], ring(20)[1]),
    "arm": arm,
    "energy": lambda: ([pbe()[0]], pbe()[1]),
    "banded": lambda: banded(200, 20),
}


@pytest.mark.parametrize("order", FORETOLD)
@pytest.mark.parametrize("name", CASES)
def test_about_as_many_operations_are_foretold_as_there_are(name: str, order: str) -> None:
    """Not told are products that are equal, nor that a quotient times a factor is two operations."""
    graph, outputs, wrt = nodes_of(*CASES[name]())
    partials = partial_graph(sheet_of(graph), outputs, wrt)
    foretold = local_operations(partials, outputs) + FORETOLD[order](partials, [Columns()] * len(outputs))
    counted = jacobian(graph, outputs, wrt, order).operations
    assert 0.9 * counted <= foretold <= (2 if name == "banded" else 1.25) * counted


def test_what_is_not_asked_for_is_not_foretold() -> None:
    graph, outputs, wrt = nodes_of([x * y * sp.sin(x), sp.sin(x * y)], [x, y])
    partials = partial_graph(sheet_of(graph), outputs, wrt)
    whole, half, none = (
        [foretold(partials, [Columns(places)] * 2) for foretold in FORETOLD.values()] for places in ((), (1,), (0, 1))
    )
    assert all(less < more for less, more in zip(half, whole, strict=True))
    assert none[1] == 0


@pytest.mark.parametrize("name", CASES)
def test_the_cheapest_order_is_taken(name: str) -> None:
    found = jacobian_of(*CASES[name]())
    assert set(found.counts) == set(ORDERS)
    assert found.operations == min(found.counts.values()) == found.counts[found.order]


def test_one_row_is_cheap_in_reverse_and_one_column_is_cheap_forward() -> None:
    variables = sp.symbols("v:12", real=True)
    product = sp.sin(sp.Mul(*variables)) + sp.Mul(*(v + 1 for v in variables))
    across = jacobian_of([product], variables)
    assert across.counts["reverse"] < across.counts["forward"]
    inner = x
    for _ in range(6):
        inner = sp.sin(inner) * inner
    down = jacobian_of([sp.cos(inner * place) for place in range(2, 14)], [x])
    assert down.operations <= down.counts["forward"] < down.counts["reverse"]


def test_an_order_that_is_foretold_to_be_dear_is_made_when_its_count_is_asked_for() -> None:
    expression, variables = ring(30)
    graph, (value,), wrt = nodes_of([expression], variables)
    gradient = jacobian(graph, [value], wrt)
    rows = [gradient.entries[0, place] for place in range(30)]
    orders = Orders(gradient.graph, rows, wrt, [Columns(range(place)) for place in range(30)])
    best = orders.best()
    assert set(orders._counts) == {"eliminated"}
    assert orders.counts["reverse"] > orders.counts["forward"] > best.operations
    assert set(orders._counts) == set(ORDERS)


def test_an_order_may_be_asked_for_by_name() -> None:
    assert [jacobian_of([sp.sin(x * y), x * y**2], [x, y], order).order for order in ORDERS] == list(ORDERS)
