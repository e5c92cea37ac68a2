"""Which conditions a value is needed under, so that a branch not taken cannot spoil a derivative.

In `Piecewise((log(x), x > 0), (0, True))` the adjoint of x is 1/x where x > 0 and 0 elsewhere. Multiplying
0 by 1/x gives nan at x = 0; choosing between 1/x and 0 does not. So contributions flow through a branch as they
are, and are switched by the branch's condition where they leave it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence

from ..graph import Graph, Node
from ..ops import CONDITIONS, GT, MATRIX, SELECT, TOTAL

Guard = tuple[Node, bool]
Chain = tuple[Guard, ...]
"""Conditions from the outermost inwards, each with the truth value it must have."""


def chains(graph: Graph, region: Sequence[Node], stops: Collection[Node]) -> dict[Node, Chain]:
    """The chain of every operation of a region: what all its uses have in common. Leaves and stops have none.

    A use in a condition is none, since nothing flows through one: what stands in the condition of a branch and in the
    branch itself is needed there alone. Empty where no operation of the region is a choice.
    """
    if not any(graph.op(node) is SELECT for node in region):
        return {}
    root = region[-1]
    found: dict[Node, Chain] = {root: ()}
    for node in reversed(region):
        if node in found and (node == root or node not in stops):
            for position, arg in enumerate(graph.args(node)):
                if graph.op(arg) in CONDITIONS:
                    continue
                here = edge(graph, node, position, found[node])
                # Conditions on entries hold for those of the one, not of the other.
                ends = graph.op(arg) in MATRIX or graph.shape(arg) != graph.shape(node)
                here = _outside(graph, arg, here) if here and ends else here
                found[arg] = _common(found[arg], here) if arg in found else here
    return {node: () if graph.op(node).leaf or node in stops else chain for node, chain in found.items()}


def _outside(graph: Graph, arg: Node, chain: Chain) -> Chain:
    """What a chain is to an operand of another shape: a scalar is needed where a condition holds for any entry."""
    kept: list[Guard] = []
    for condition, truth in chain:
        if not graph.shape(condition):
            kept.append((condition, truth))
        elif not graph.shape(arg):
            branches = (graph.one, graph.zero) if truth else (graph.zero, graph.one)
            times = graph.make((TOTAL, graph.make((SELECT, condition, *branches))))
            kept.append((graph.make((GT, times, graph.zero)), True))
        else:
            break
    return tuple(kept)


def edge(graph: Graph, node: Node, position: int, chain: Chain) -> Chain:
    """The chain of one use: that of the consumer, and the branch if the consumer is a choice."""
    if graph.op(node) is not SELECT or position == 0:
        return chain
    return (*chain, (graph.args(node)[0], position == 1))


def left_behind(graph: Graph, node: Node, position: int, chains: Mapping[Node, Chain]) -> Chain:
    """The conditions that a contribution leaves on its way from a node to one of its operands."""
    return beyond(edge(graph, node, position, chains[node]), chains[graph.args(node)[position]])


def beyond(chain: Chain, inner: Chain) -> Chain:
    """What a chain has that another one has not."""
    return chain[len(_common(chain, inner)) :]


def _common(first: Chain, second: Chain) -> Chain:
    length = 0
    for one, other in zip(first, second, strict=False):
        if one != other:
            break
        length += 1
    return first[:length]


def switched(graph: Graph, value: Node, conditions: Iterable[Guard]) -> Node:
    """The value where the conditions hold, 0 elsewhere."""
    for condition, truth in reversed(list(conditions)):
        branches = (value, graph.zero) if truth else (graph.zero, value)
        value = graph.make((SELECT, condition, *branches))
    return value
