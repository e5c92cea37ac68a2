"""Which conditions a value is needed under, so that a branch not taken cannot spoil a derivative.

In `Piecewise((log(x), x > 0), (0, True))` the adjoint of x is 1/x where x > 0 and 0 elsewhere. Multiplying
0 by 1/x gives nan at x = 0; choosing between 1/x and 0 does not. So contributions flow through a branch as they
are, and are switched by the branch's condition where they leave it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from functools import reduce

from .. import ops
from ..graph import Graph, Node
from ..ops import AND, CONDITIONS, GT, MATRIX, NUMBER, OR, SELECT, TOTAL, Op
from .condition_chains import Chain, Guard, wanted

SPELLED_OUT = 8
"""So many conditions are a choice each; more of them are one choice, by a condition that the others share."""


SINGULAR = frozenset(
    {ops.SQRT, ops.LOG, ops.DIV, ops.POW, ops.ASIN, ops.ACOS, ops.ASEC, ops.ACSC, ops.ATAN2, ops.TAN, ops.COT, ops.SEC}
    | {ops.CSC, ops.COTH, ops.CSCH, ops.ACOSH, ops.ATANH, ops.ACOTH, ops.ASECH, ops.ACSCH, ops.ERFINV, ops.GAMMA}
    | {
        ops.FACTORIAL,
        ops.BETA,
        ops.BINOMIAL,
        ops.CBRT,
        ops.LOGGAMMA,
        ops.POLYGAMMA,
        ops.INVERSE,
        ops.DETERMINANT,
        ops.EXP,
        ops.SINH,
        ops.COSH,
    }
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
    outputs, everywhere = outputs or region[-1:], Chain()
    singular = _singular(graph, region)
    uses: dict[Node, dict[Chain, None]] = {output: {everywhere: None} for output in outputs}
    never: dict[Node, Chain] = {}
    undefined: set[Chain] = set()
    found: dict[Node, Chain] = {}
    for node in reversed(region):
        if node not in uses and node not in never:
            continue
        uses.setdefault(node, {never.get(node, everywhere): None})
        of_all = list(uses.pop(node))
        found[node] = _of_all(graph, of_all, undefined) if node in singular else reduce(Chain.common, of_all)
        if node in outputs or node not in stops:
            for position, arg in enumerate(graph.args(node)):
                if graph.op(arg) not in CONDITIONS:
                    here = edge(graph, node, position, found[node])
                    if graph.contents(arg):
                        undefined.add(here)
                    # Conditions on entries hold for those of the one, not of the other.
                    ends = graph.op(arg) in MATRIX or graph.shape(arg) != graph.shape(node)
                    here = _outside(graph, arg, here) if here and ends else here
                    if here.is_impossible:  # such a use has no say in what the others have in common
                        never.setdefault(arg, here)
                    else:
                        uses.setdefault(arg, {})[here] = None
    return {node: everywhere if graph.op(node).leaf or node in stops else chain for node, chain in found.items()}


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
    shared = reduce(Chain.common, uses)
    if shared in uses:
        return shared
    beside = [chain.beside for chain in uses if chain.beside in undefined]
    wholes = _joined(shared, [*uses, *(chain for chain in beside if chain is not None)])
    if shared in wholes:
        return shared
    if sum(chain.depth - shared.depth for chain in wholes) > SPELLED_OUT * len(wholes):
        return _under_any(graph, shared, wholes)
    rests = [tuple(chain.guards(shared)) for chain in wholes]
    if len({graph.shape(condition) for rest in rests for condition, _ in rest}) > 1:
        return shared
    rests = _without_negations(rests)
    return shared if () in rests else shared.under((_any_of(graph, rests), True))


def _under_any(graph: Graph, shared: Chain, wholes: Sequence[Chain]) -> Chain:
    """What is needed under any of several long chains: each by the one condition that it is as a whole."""
    if graph.shapes:
        return shared
    return shared.under((_all_of(graph, OR, [chain.condition(graph) for chain in wholes]), True))


def _joined(shared: Chain, wholes: Sequence[Chain]) -> list[Chain]:
    """The same alternatives, where two that differ in the truth of their last condition are one without it."""
    found = dict.fromkeys(wholes)
    for longest in sorted(wholes, key=len, reverse=True):
        chain = longest
        while chain is not shared and chain in found and chain.beside in found:
            del found[chain], found[chain.beside]
            chain = chain.outer
            found[chain] = None
    return list(found)


def _without_negations(rests: Sequence[tuple[Guard, ...]]) -> list[tuple[Guard, ...]]:
    """The same alternatives: where c is one, and "not c and d" another, d is enough."""
    alone: set[Guard] = set()
    found: list[tuple[Guard, ...]] = []
    for shortest in sorted(rests, key=len):
        rest = tuple((condition, truth) for condition, truth in shortest if (condition, not truth) not in alone)
        found.append(rest)
        alone.update(rest if len(rest) == 1 else ())
    return found


def _any_of(graph: Graph, rests: Sequence[Sequence[Guard]]) -> Node:
    """The condition that one of several chains holds."""
    wholes = [_all_of(graph, AND, [wanted(graph, guard) for guard in rest]) for rest in rests]
    return _all_of(graph, OR, wholes)


def _all_of(graph: Graph, op: Op, conditions: Sequence[Node]) -> Node:
    return conditions[0] if len(conditions) == 1 else graph.make((op, *conditions))


def _outside(graph: Graph, arg: Node, chain: Chain) -> Chain:
    """What a chain is to an operand of another shape: a scalar is needed where a condition holds for any entry."""
    kept = chain.everywhere
    for condition, truth in chain:
        if not graph.shape(condition):
            kept = kept.under((condition, truth))
        elif not graph.shape(arg):
            branches = (graph.one, graph.zero) if truth else (graph.zero, graph.one)
            times = graph.make((TOTAL, graph.make((SELECT, condition, *branches))))
            kept = kept.under((graph.make((GT, times, graph.zero)), True))
        else:
            break
    return kept


def edge(graph: Graph, node: Node, position: int, chain: Chain) -> Chain:
    """The chain of one use: that of the consumer, and the branch if the consumer is a choice."""
    if graph.op(node) is not SELECT or position == 0:
        return chain
    return chain.under((graph.args(node)[0], position == 1))


def within(graph: Graph, value: Node, chain: Chain, outer: Chain) -> Node:
    """The value where the conditions of a chain hold that are not those of an outer one, 0 elsewhere."""
    if chain.depth - outer.depth > SPELLED_OUT and not graph.shapes:
        return graph.make((SELECT, chain.condition(graph), value, graph.zero))
    return switched(graph, value, chain.guards(outer))


def switched(graph: Graph, value: Node, conditions: Iterable[Guard]) -> Node:
    """The value where the conditions hold, 0 elsewhere."""
    for condition, truth in reversed(list(conditions)):
        branches = (value, graph.zero) if truth else (graph.zero, value)
        value = graph.make((SELECT, condition, *branches))
    return value
