"""Jacobians, Hessians and derivatives of any order, each on one graph: sparse, every entry a node.

A Hessian is the Jacobian of the gradient, of which one triangle is made; the derivatives of order n are the Jacobian of
those of order n - 1, of which each mixed partial is made once, that whose indices do not fall.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from .. import cost
from ..graph import Graph, Node
from .elimination import DEGREES, ELIMINATED, Entries
from .fast_elimination import Columns, Degree
from .order_choice import Orders

Index = tuple[int, ...]
"""Which symbols something is differentiated by, as places that never fall: (0, 0, 2)."""


@dataclass(frozen=True)
class Jacobian:
    """The derivatives of outputs by nodes.

    Attributes:
        graph: where the nodes stand: it begins with those of the graph that was given.
        outputs: a row each.
        wrt: a column each.
        entries: by row and column: the derivative; what is not in it is 0. Where there are matrices, it has the shape
            of the output or of what it is differentiated by, one of which is a number.
        order: in which vertices were taken out: "eliminated", "reverse" or "forward".
        operations: of outputs, entries and what else was asked for, each shared one once.
    """

    graph: Graph
    outputs: tuple[Node, ...]
    wrt: tuple[Node, ...]
    entries: Entries
    order: str
    operations: cost.Count
    _orders: Orders = field(repr=False, compare=False)

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and columns."""
        return len(self.outputs), len(self.wrt)

    @property
    def counts(self) -> Mapping[str, cost.Count]:
        """By order: the operations that it takes; with matrices, of the orders that are possible.

        An order that need not be made to be out of the question is made when this is asked for.
        """
        return self._orders.counts


def jacobian(
    graph: Graph,
    outputs: Sequence[Node],
    wrt: Sequence[Node],
    order: str | None = None,
    *,
    dropped: Sequence[Columns] = (),
    beside: Sequence[Node] = (),
    degree: Degree | None = None,
) -> Jacobian:
    """Differentiate outputs by nodes, in the order of elimination that takes the fewest operations.

    Args:
        graph: of the nodes; it stays as it is, the result has one of its own.
        outputs: nodes; one may stand in another one, or be there twice.
        wrt: distinct nodes, symbols or not; one may stand in another one.
        order: "eliminated", "reverse" or "forward"; the cheapest by default.
        dropped: for each output the places in `wrt` that are not asked for.
        beside: nodes that are asked for as well, where operations are counted.
        degree: what a vertex is chosen by; given one, no other order is tried.

    Raises:
        UnsupportedError: an operation on the way has no rule; or a matrix is to be differentiated by a matrix.
    """
    orders = Orders(graph, outputs, wrt, dropped, beside, degree or DEGREES[0])
    if degree is not None and order is None and ELIMINATED in orders.possible:
        order = ELIMINATED
    made = orders.best() if order is None else orders.made(order)
    return Jacobian(made.graph, tuple(outputs), tuple(wrt), made.entries, made.order, made.operations, orders)


@dataclass(frozen=True)
class Derivatives:
    """The derivatives of one node, up to some order.

    Attributes:
        graph: where the nodes stand.
        value: what is differentiated, a node.
        wrt: what it is differentiated by, nodes.
        by_order: at place k, by index: the derivatives of order k; what is not in it is 0. At 0 stands the value.
        steps: the Jacobians that they were made by, one for each order from 1 on; the operations of each are of all
            orders up to its own.
    """

    graph: Graph
    value: Node
    wrt: tuple[Node, ...]
    by_order: tuple[Mapping[Index, Node], ...]
    steps: tuple[Jacobian, ...]

    @property
    def order(self) -> int:
        """The highest one."""
        return len(self.steps)

    def entry(self, *places: int) -> Node:
        """The derivative by the symbols at some places, in whatever order they are given."""
        return self.by_order[len(places)].get(tuple(sorted(places)), self.graph.zero)

    @property
    def operations(self) -> cost.Count:
        """Of the value and all derivatives, each shared one once."""
        return self.steps[-1].operations


def derivatives(
    graph: Graph, value: Node, wrt: Sequence[Node], order: int, degree: Degree | None = None
) -> Derivatives:
    """Differentiate a number so many times, each time all that the last time has left, on one graph.

    Args:
        graph: of the nodes; it stays as it is, the result has one of its own.
        value: a node that is no matrix.
        wrt: distinct nodes; from order 2 on none is a matrix.
        order: at least 1.
        degree: as for `jacobian`.

    Raises:
        UnsupportedError: an operation on the way has no rule; or a matrix is to be differentiated by a matrix.
    """
    found: list[Mapping[Index, Node]] = [{(): value}]
    steps: list[Jacobian] = []
    for _ in range(order):
        beside = [node for made in found[:-1] for node in made.values()]
        step, made = _next_order(graph, found[-1], wrt, beside, degree)
        graph = step.graph
        steps.append(step)
        found.append(made)
    return Derivatives(graph, value, tuple(wrt), tuple(found), tuple(steps))


def _next_order(
    graph: Graph, last: Mapping[Index, Node], wrt: Sequence[Node], beside: Sequence[Node], degree: Degree | None
) -> tuple[Jacobian, Mapping[Index, Node]]:
    """All that was made last, differentiated by every symbol that does not come before its own ones."""
    indices = list(last)
    dropped = [Columns(range(index[-1] if index else 0)) for index in indices]
    step = jacobian(graph, list(last.values()), wrt, dropped=dropped, beside=beside, degree=degree)
    return step, {(*indices[row], column): node for (row, column), node in step.entries.items()}


def hessian(graph: Graph, value: Node, wrt: Sequence[Node]) -> Derivatives:
    """The value, the gradient and one triangle of the Hessian: `derivatives` of order 2, whose `entry` is symmetric."""
    return derivatives(graph, value, wrt, 2)
