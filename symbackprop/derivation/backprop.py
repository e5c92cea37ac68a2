"""The reverse sweep: every adjoint once, from the loss back to the leaves.

Source: Linnainmaa, "Taylor expansion of the accumulated rounding error", BIT 16 (1976); Griewank and Walther,
"Evaluating Derivatives" (2008), section 3.2, incremental reverse mode. The adjoint of a node is the sum, over its
consumers, of upstream adjoint times local partial; each is formed once and then remembered.

The sweep that stands here is the plain one, for every graph. What `fast_backprop` has beside it makes the very same
nodes.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Mapping, Sequence
from functools import cache, cached_property, partial

from ..graph import Graph, Node
from ..ops import ADD, CONDITIONS, POW, SELECT
from . import fast_backprop, guards, powers_of_quotients, undefined_pieces
from .condition_chains import Chain
from .matrix_pullbacks import pulls_of, summed_to
from .pullbacks import BARRIERS
from .result_types import Adjoints
from .sums_by_case import Term, summed


def adjoints(graph: Graph, root: Node, wrt: Collection[Node]) -> Adjoints:
    """The derivative of `root` with respect to every node between it and `wrt`, ends included.

    Raises:
        UnsupportedError: an operation on the way has no rule.
    """
    found = fast_backprop.adjoints(graph, root, wrt)
    return plain_adjoints(graph, root, wrt) if found is None else found


def plain_adjoints(graph: Graph, root: Node, wrt: Collection[Node]) -> Adjoints:
    """What `adjoints` gives, and raises, by the plain sweep whatever the graph."""
    region = graph.upto(root)
    backward = _Backward(graph, region, _depending(graph, region, wrt))
    found = backward.sweep({root: graph.one})
    # Inside a branch the sweep carries adjoints that hold only there: asked for, they are 0 elsewhere.
    for node, chain in backward.chains.items():
        if chain and node in found:
            found[node] = guards.within(graph, found[node], chain, chain.everywhere)
    backward.leave_undefined(found)
    return [found.get(node) for node in region]


def local_adjoints(
    graph: Graph, root: Node, stops: Collection[Node], wanted: Collection[Node], upstream: Node | None = None
) -> dict[Node, Node]:
    """The derivative of `root` with respect to those nodes that are `wanted`, all of them symbols or in `stops`.

    The sweep goes no further than `stops`, so its time is that of the one equation. Where `upstream`, the adjoint of
    `root`, is given, the results are its contributions to the others' adjoints: all there is if `root` is a matrix.

    Raises:
        UnsupportedError: an operation on the way has no rule.
    """
    region = graph.reachable([root], stops)
    ends = [node for node in region if node in wanted and node != root]
    backward = _Backward(graph, region, _depending(graph, region, ends), stops)
    found = backward.sweep({root: graph.one if upstream is None else upstream})
    backward.leave_undefined(found)
    return found


def pulled_back(graph: Graph, upstream: Mapping[Node, Node], wrt: Collection[Node]) -> dict[Node, Node]:
    """What several outputs together pass back to nodes: the transposed Jacobian times the adjoints of the outputs.

    Args:
        graph: of the nodes.
        upstream: by output: its adjoint, of its own shape. It may be any node, and is not differentiated.
        wrt: nodes; what no output depends on is not in the result.

    Raises:
        UnsupportedError: an operation on the way has no rule.
    """
    region = graph.reachable(upstream)
    backward = _Backward(graph, region, _depending(graph, region, wrt), outputs=tuple(upstream))
    found = backward.sweep(upstream)
    for node, chain in backward.chains.items():
        if chain and node in found and node in wrt:
            found[node] = guards.within(graph, found[node], chain, chain.everywhere)
    backward.leave_undefined(found)
    return {node: found[node] for node in wrt if node in found}


def _depending(graph: Graph, region: Sequence[Node], wrt: Collection[Node]) -> set[Node]:
    """The nodes of a region that depend on `wrt` along differentiable operations, and those of `wrt`."""
    active = set(wrt)
    for node in region:
        if graph.op(node) not in BARRIERS and not active.isdisjoint(graph.args(node)):
            active.add(node)
    return active


class _Backward:
    """A part of a graph, ready to be swept from its outputs, by default its last node, back to leaves and `stops`.

    Only what is `active` gets an adjoint. `chains` has the conditions that each node of a branch is needed under.
    """

    def __init__(
        self,
        graph: Graph,
        region: Sequence[Node],
        active: Collection[Node],
        stops: Collection[Node] = (),
        outputs: Collection[Node] = (),
    ) -> None:
        self.graph, self.region, self.active, self.stops = graph, region, active, stops
        self.chains, self._everywhere = guards.chains(graph, region, stops, outputs), Chain()
        self._beside: defaultdict[Node, list[Term]] = defaultdict(list)  # what is told of a node, but not passed on
        self._pulls_of = cache(partial(pulls_of, graph))

    def sweep(self, upstream: Mapping[Node, Node]) -> dict[Node, Node]:
        """By node: its adjoint, where outputs have those of `upstream`."""
        contributions = defaultdict(list, {output: [self._always(adjoint)] for output, adjoint in upstream.items()})
        found: dict[Node, Node] = {}
        for node in reversed(self.region):
            if node in contributions:
                found[node] = self._summed(node, contributions.pop(node))
                if node in upstream or node not in self.stops:
                    self._pass_on(node, found[node], contributions)
        for node, terms in self._beside.items():
            found[node] = self._summed(node, [*terms, *([self._always(found[node])] if node in found else ())])
        return found

    def leave_undefined(self, found: dict[Node, Node]) -> None:
        """Where a piece is undefined, so is the derivative by all that it stands among."""
        graph = self.graph
        for node, nans in undefined_pieces.shares(graph, self.region, self.stops, self.chains).items():
            if node in self.active and graph.op(node) not in CONDITIONS:
                whole = found.get(node, graph.zero)
                terms = graph.args(whole) if graph.op(whole) is ADD else (whole,)
                found[node] = graph.spread(undefined_pieces.joined(graph, [*terms, *nans]), graph.shape(node))

    def _summed(self, node: Node, terms: Sequence[Term]) -> Node:
        """The adjoint of a node: all that its uses contribute, the first use first, repeated to its shape."""
        [first, *others] = terms
        whole = first.value if not others and first.chain is first.outer else summed(self.graph, terms[::-1])
        return self.graph.spread(whole, self.graph.shape(node))

    def _pass_on(self, node: Node, upstream: Node, contributions: dict[Node, list[Term]]) -> None:
        """Add what a node contributes to each operand's adjoint: of what leaves a branch, its condition decides."""
        graph, op, args = self.graph, self.graph.op(node), self.graph.args(node)
        pulls = self._pulls_of(op, len(args)) if args else ()
        apart = op is POW and args[0] not in self.stops
        base = powers_of_quotients.base_of(graph, node, self._shared) if apart else None
        for position, (arg, pull) in enumerate(zip(args, pulls, strict=True)):
            if arg in self.active and (position or op is not SELECT):  # not the condition itself
                term = pull(graph, node, upstream)
                told = contributions if base is None or position else self._beside
                told[arg].append(self._told(node, position, arg, term))
        if base is not None:
            self._pass_on_to_factors(node, base, upstream, contributions)

    def _pass_on_to_factors(
        self, node: Node, base: powers_of_quotients.Base, upstream: Node, contributions: dict[Node, list[Term]]
    ) -> None:
        """What a power of a quotient contributes to the adjoints of what its base is made of."""
        graph = self.graph
        for factor, local in powers_of_quotients.partials(graph, node, base):
            if factor in self.active:
                term = graph.spread(graph.mul(upstream, local), graph.shape(node))
                contributions[factor].append(self._told(node, 0, factor, term))

    def _told(self, node: Node, position: int, part: Node, value: Node) -> Term:
        """What a part is told by a node: of what leaves a branch, with the conditions that it leaves."""
        graph = self.graph
        if self.chains:
            chain = guards.edge(graph, node, position, self.chains[node])
            outer = chain.common(self.chains[part])
            if not graph.shapes:
                return Term(value, chain, outer)
            value = guards.within(graph, value, chain, outer)
        return self._always(summed_to(graph, value, graph.shape(part)))

    def _always(self, value: Node) -> Term:
        return Term(value, self._everywhere, self._everywhere)

    @cached_property
    def _shared(self) -> set[Node]:
        """Ends, and what stands in several others."""
        uses = Counter(arg for node in self.region for arg in self.graph.args(node))
        return {*self.stops, *(node for node in uses if uses[node] > 1)}
