"""What a derivative is where the function is not defined: nan, in all that the undefined piece stands among.

`Piecewise((x**2, x > 0))` has no value at -1, and no derivative: a sum over the branches that are taken would give 0.
So the piece that is missing is a branch like any other, whose partials are nan, by every symbol that the Piecewise is
written in and by no other. What they are multiplied by on their way does not matter, and a factor 1/x that does not
belong to a branch could spoil the others: so they do not flow through the operations that the symbols stand in, they
go to the symbols themselves. Only a matrix operation is asked which entries it takes.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from ..graph import Graph, Node
from ..ops import MATRIX, PLACE, SELECT, SLICE, elementwise
from .condition_chains import Chain
from .guards import edge, within
from .matrix_pullbacks import pulls_of, summed_to

Shares = dict[Node, list[Node]]
"""By node: what it receives."""


def shares(graph: Graph, region: Sequence[Node], stops: Collection[Node], chains: Mapping[Node, Chain]) -> Shares:
    """By node of a region: nan where a piece that it stands in is undefined, 0 elsewhere.

    Args:
        graph: of the nodes.
        region: in topological order; the last is the root.
        stops: nodes of the region that are not looked into.
        chains: the conditions that each operation is needed under; what only conditions need has none.
    """
    found: Shares = defaultdict(list)
    for node in region:
        if node in chains and graph.op(node) is SELECT and (node == region[-1] or node not in stops):
            for position, branch in enumerate(graph.args(node)):
                if graph.contents(branch):
                    chain = edge(graph, node, position, chains[node])
                    nowhere = within(graph, branch, chain, chain.everywhere)
                    _spread(graph, branch, nowhere, stops, found)
    return found


def _spread(graph: Graph, piece: Node, nan: Node, stops: Collection[Node], found: Shares) -> None:
    """Let everything that a piece stands among have its nan, down to `stops`."""
    contents = graph.contents(piece)
    arrived: Shares = defaultdict(list)
    for part in contents:
        arrived[part].append(_fitted(graph, nan, part))
    for node in reversed(graph.reachable(contents, stops)):
        if node in arrived:
            whole = graph.sum(list(dict.fromkeys(arrived[node])))
            found[node].append(whole)
            if node not in stops:
                _pass_on(graph, node, whole, arrived)


def _pass_on(graph: Graph, node: Node, nan: Node, arrived: Shares) -> None:
    op, args = graph.op(node), graph.args(node)
    asked = op in (SLICE, PLACE) or (op in MATRIX and graph.shape(nan))
    pulls = pulls_of(graph, op, len(args)) if asked else ()
    nan = graph.spread(nan, graph.shape(node)) if asked else nan
    for position, arg in enumerate(args):
        arrived[arg].append(_fitted(graph, pulls[position](graph, node, nan) if pulls else nan, arg))


def _fitted(graph: Graph, nan: Node, part: Node) -> Node:
    """What arrives at a part: a number is for all of it, a matrix for its entries."""
    given, wanted = graph.shape(nan), graph.shape(part)
    if not given or given == wanted:
        return nan
    return summed_to(graph, graph.spread(nan, elementwise("a choice", (given, wanted))), wanted)


@dataclass
class _Case:
    """A sum by cases: terms, and the cases into which conditions divide what is left."""

    terms: list[Node] = field(default_factory=list)
    cases: dict[Node, tuple[_Case, _Case]] = field(default_factory=dict)


def joined(graph: Graph, terms: Sequence[Node]) -> Node:
    """The sum of terms, with those that hold under one condition in one choice: {2x if x > 0; undefined otherwise}."""
    top = _Case()
    order = [top]
    parting = {condition for term in terms for condition in _switches(graph, term)}
    stack = [(top, term) for term in reversed(terms)]
    while stack:
        case, value = stack.pop()
        op, *parts = graph.keys[value]
        if op is not SELECT or not (parts[0] in parting or graph.zero in parts[1:]):
            case.terms.append(value)
            continue
        condition, *sides = parts
        if condition not in case.cases:
            case.cases[condition] = _Case(), _Case()
            order += case.cases[condition]
        stack += [pair for pair in zip(case.cases[condition], sides, strict=True) if pair[1] != graph.zero][::-1]
    done: dict[int, Node] = {}
    for case in reversed(order):  # the inner cases first
        done[id(case)] = _summed(graph, case, done)
    return done[id(top)]


def _switches(graph: Graph, node: Node) -> Iterator[Node]:
    """The conditions of choices between a value and 0, the outermost first."""
    while (switch := _switch(graph, node)) is not None:
        condition, node = switch
        yield condition


def _switch(graph: Graph, node: Node) -> tuple[Node, Node] | None:
    """The condition of a choice between a value and 0, and the value."""
    if graph.op(node) is not SELECT:
        return None
    condition, yes, no = graph.args(node)
    if no == graph.zero:
        return condition, yes
    return (condition, no) if yes == graph.zero else None


def _summed(graph: Graph, case: _Case, done: Mapping[int, Node]) -> Node:
    undefined = [term for term in case.terms if graph.contents(term)]
    if undefined:
        return graph.undefined(part for term in undefined for part in graph.contents(term))
    choices = [
        graph.make((SELECT, condition, *(done[id(one)] for one in pair))) for condition, pair in case.cases.items()
    ]
    return graph.sum([*case.terms, *choices])
