"""Which conditions a value is needed under, so that a branch not taken cannot spoil a derivative.

In `Piecewise((log(x), x > 0), (0, True))` the adjoint of x is 1/x where x > 0 and 0 elsewhere. Multiplying
0 by 1/x gives nan at x = 0; choosing between 1/x and 0 does not. So contributions flow through a branch as they
are, and are switched by the branch's condition where they leave it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from functools import reduce

from .. import ops
from ..graph import Graph, Node
from ..ops import AND, CONDITIONS, GT, MATRIX, NOT, NUMBER, OR, SELECT, TOTAL, Op

Guard = tuple[Node, bool]
Chain = tuple[Guard, ...]
"""Conditions from the outermost inwards, each with the truth value it must have."""


SINGULAR = frozenset(
    {ops.SQRT, ops.LOG, ops.DIV, ops.POW, ops.ASIN, ops.ACOS, ops.ASEC, ops.ACSC, ops.ATAN2, ops.TAN, ops.COT, ops.SEC}
    | {ops.CSC, ops.COTH, ops.CSCH, ops.ACOSH, ops.ATANH, ops.ACOTH, ops.ASECH, ops.ACSCH, ops.ERFINV, ops.GAMMA}
    | {ops.LOGGAMMA, ops.POLYGAMMA, ops.INVERSE, ops.DETERMINANT, ops.EXP, ops.SINH, ops.COSH}
)
"""The operations with a derivative that is infinite, or not a number, somewhere, or that soon overflows."""


def chains(
    graph: Graph, region: Sequence[Node], stops: Collection[Node], outputs: Collection[Node] = ()
) -> dict[Node, Chain]:
    """The chain of every operation of a region: what all its uses have in common. Leaves and stops have none.

    What is asked for are `outputs`, which no condition decides on; by default the last node of the region.

    A use in a condition is none, since nothing flows through one: what stands in the condition of a branch and in the
    branch itself is needed there alone. Where the uses have nothing in common, a node whose derivative may be infinite
    is needed where one of them is. Empty where no operation of the region is a choice.
    """
    if not any(graph.op(node) is SELECT for node in region):
        return {}
    outputs = outputs or region[-1:]
    singular = _singular(graph, region)
    uses: dict[Node, dict[Chain, None]] = {output: {(): None} for output in outputs}
    never: dict[Node, Chain] = {}
    undefined: set[Chain] = set()
    found: dict[Node, Chain] = {}
    for node in reversed(region):
        if node not in uses and node not in never:
            continue
        uses.setdefault(node, {never.get(node, ()): None})
        found[node] = _of_all(graph, list(uses[node]), undefined) if node in singular else reduce(_common, uses[node])
        if node in outputs or node not in stops:
            for position, arg in enumerate(graph.args(node)):
                if graph.op(arg) not in CONDITIONS:
                    here = edge(graph, node, position, found[node])
                    if graph.contents(arg):
                        undefined.add(here)
                    # Conditions on entries hold for those of the one, not of the other.
                    ends = graph.op(arg) in MATRIX or graph.shape(arg) != graph.shape(node)
                    here = _outside(graph, arg, here) if here and ends else here
                    if _is_impossible(here):  # such a use has no say in what the others have in common
                        never.setdefault(arg, here)
                    else:
                        uses.setdefault(arg, {})[here] = None
    return {node: () if graph.op(node).leaf or node in stops else chain for node, chain in found.items()}


def _is_impossible(chain: Chain) -> bool:
    """Whether a condition would have to hold and not to hold: a branch of one choice inside the other one's."""
    return any((condition, not truth) in chain for condition, truth in chain)


def _singular(graph: Graph, region: Sequence[Node]) -> set[Node]:
    """The nodes whose derivative by what they are made of may be infinite."""
    found: set[Node] = set()
    for node in region:
        below = graph.op(node) not in CONDITIONS and not found.isdisjoint(graph.args(node))
        if below or _is_singular(graph, node):
            found.add(node)
    return found


def _is_singular(graph: Graph, node: Node) -> bool:
    op, args = graph.op(node), graph.args(node)
    if op in (ops.DIV, ops.POW) and graph.op(args[1]) is NUMBER:
        return op is ops.POW and not graph.value(args[1]).is_Integer
    return op in SINGULAR


def _of_all(graph: Graph, uses: Sequence[Chain], undefined: Collection[Chain]) -> Chain:
    """The chain of a node that is singular: what all its uses have in common, and that any of them is needed.

    Where the piece beside a use is `undefined`, all is nan, and no condition need say so.
    """
    shared = reduce(_common, uses)
    beside = [_opposite(chain) for chain in uses if len(chain) > len(shared) and _opposite(chain) in undefined]
    rests = [chain[len(shared) :] for chain in (*uses, *beside)]
    if not all(rests) or len({graph.shape(condition) for rest in rests for condition, _ in rest}) > 1:
        return shared
    rests = _without_negations(_joined(rests))
    return shared if () in rests else (*shared, (_any_of(graph, rests), True))


def _opposite(chain: Chain) -> Chain:
    """The chain of the branch beside."""
    condition, truth = chain[-1]
    return (*chain[:-1], (condition, not truth))


def _joined(rests: Sequence[Chain]) -> list[Chain]:
    """The same alternatives, where two that differ in the truth of their last condition are one without it."""
    found = dict.fromkeys(rests)
    for longest in sorted(rests, key=len, reverse=True):
        rest = longest
        while rest and rest in found and _opposite(rest) in found:
            del found[rest], found[_opposite(rest)]
            rest = rest[:-1]
            found[rest] = None
    return list(found)


def _without_negations(rests: Sequence[Chain]) -> list[Chain]:
    """The same alternatives: where c is one, and "not c and d" another, d is enough."""
    alone: set[Guard] = set()
    found: list[Chain] = []
    for shortest in sorted(rests, key=len):
        rest = tuple((condition, truth) for condition, truth in shortest if (condition, not truth) not in alone)
        found.append(rest)
        alone.update(rest if len(rest) == 1 else ())
    return found


def _any_of(graph: Graph, rests: Sequence[Chain]) -> Node:
    """The condition that one of several chains holds."""
    wholes = [_all_of(graph, AND, [one if truth else graph.make((NOT, one)) for one, truth in rest]) for rest in rests]
    return _all_of(graph, OR, wholes)


def _all_of(graph: Graph, op: Op, conditions: Sequence[Node]) -> Node:
    return conditions[0] if len(conditions) == 1 else graph.make((op, *conditions))


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
