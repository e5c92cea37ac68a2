"""The reverse sweep: every adjoint once, from the loss back to the leaves.

Source: Linnainmaa, "Taylor expansion of the accumulated rounding error", BIT 16 (1976); Griewank and Walther,
"Evaluating Derivatives" (2008), section 3.2, incremental reverse mode. The adjoint of a node is the sum, over its
consumers, of upstream adjoint times local partial; each is formed once and then remembered.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence

from ..graph import Graph, Node
from ..ops import CONDITIONS, CONSTANT, MUL, NUMBER, SELECT, SYMBOL, Op
from . import guards
from .matrix_pullbacks import Pull, pulls_of, summed_to
from .pullbacks import CROSSED, PASSED, Row, row_of

_BARRIERS = CONDITIONS | {CONSTANT, NUMBER, SYMBOL}
"""The operations that no derivative passes through."""

Adjoints = list[Node | None]
"""By node: the derivative of the root with respect to it, or None where the root does not depend on it."""


def adjoints(graph: Graph, root: Node, wrt: Iterable[Node]) -> Adjoints:
    """The derivative of `root` with respect to every node between it and `wrt`, ends included.

    Raises:
        UnsupportedError: an operation on the way has no rule.
    """
    active, choices = _depending(graph, root, wrt)
    if not choices and not graph.shapes:
        return _sweep(graph, root, active)
    region = range(root + 1)
    chains = guards.chains(graph, region, ()) if choices else {}
    found = _guarded_sweep(graph, region, {node for node, flag in enumerate(active) if flag}, chains)
    # Inside a branch the sweep carries adjoints that hold only there: asked for, they are 0 elsewhere.
    for node, chain in chains.items():
        if chain and node in found:
            found[node] = guards.switched(graph, found[node], chain)
    return [found.get(node) for node in region]


def local_adjoints(graph: Graph, root: Node, stops: Collection[Node], upstream: Node | None = None) -> dict[Node, Node]:
    """The derivative of `root` with respect to the nodes in `stops` and the symbols that it is written in.

    The sweep goes no further than these, so its time is that of the one equation. Where `upstream`, the adjoint of
    `root`, is given, the results are its contributions to the others' adjoints: all there is if `root` is a matrix.

    Raises:
        UnsupportedError: an operation on the way has no rule.
    """
    region = graph.reachable([root], stops)
    active: set[Node] = set()
    for node in region:
        op, *args = graph.keys[node]
        if op is SYMBOL or (node in stops and node != root) or (op not in _BARRIERS and not active.isdisjoint(args)):
            active.add(node)
    return _guarded_sweep(graph, region, active, guards.chains(graph, region, stops), stops, upstream)


def _depending(graph: Graph, root: Node, wrt: Iterable[Node]) -> tuple[bytearray, bool]:
    """One flag per node, does it depend on `wrt` along differentiable operations; and whether any node is a choice."""
    active = bytearray(max(len(graph.keys), root + 1))
    for node in wrt:
        active[node] = 1
    choices = False
    for node, key in enumerate(graph.keys[: root + 1]):
        op = key[0]
        if op in _BARRIERS:
            continue
        if op is SELECT:
            choices = True
        if active[key[1]]:  # mostly the first one decides
            active[node] = 1
            continue
        for arg in key[2:]:
            if active[arg]:
                active[node] = 1
                break
    return active, choices


def _sweep(graph: Graph, root: Node, active: bytearray) -> Adjoints:  # noqa: PLR0912, PLR0915
    """The sweep where no operation is a choice.

    Its inner loops run once per edge of the graph, sums and products being nearly all of it: what `Graph.mul` and
    `Graph.make` do stands in them as code, not as calls.
    """
    found: Adjoints = [None] * (root + 1)  # of a node still ahead: its first contribution
    found[root] = graph.one
    others: defaultdict[Node, list[Node]] = defaultdict(list)  # the contributions after the first
    rows: dict[Op, Row] = {}  # an operation on any number of operands has here the row for the last number met
    keys, folding, shapes, mul, enter = graph.keys, graph.folding, graph.shapes, graph.mul, graph.table.setdefault
    for node in range(root, -1, -1):
        upstream = found[node]
        if upstream is None:
            continue
        if node in others:
            found[node] = upstream = graph.sum([*others[node][::-1], upstream])
        key = keys[node]
        op = key[0]
        if op.leaf:
            continue
        row = rows.get(op)
        if row is None:
            row = rows[op] = row_of(graph, op, len(key) - 1)
        if row is PASSED:
            for arg in key[1:]:
                if active[arg]:
                    if found[arg] is None:
                        found[arg] = upstream
                    else:
                        others[arg].append(upstream)
        elif row is CROSSED:
            folds = upstream in folding
            _, x, y = key
            for arg in (x, y):
                if active[arg]:
                    other = y if arg is x else x
                    if folds or other in folding:
                        term = mul(upstream, other)
                    else:
                        product = (MUL, upstream, other) if upstream <= other else (MUL, other, upstream)
                        fresh = len(keys)
                        term = enter(product, fresh)
                        if term == fresh:
                            keys.append(product)
                            if shapes:
                                graph.find_shape(term)
                    if found[arg] is None:
                        found[arg] = term
                    else:
                        others[arg].append(term)
        else:
            if len(row) != len(key) - 1:
                row = rows[op] = row_of(graph, op, len(key) - 1)
            for arg, local in zip(key[1:], row, strict=True):
                if active[arg]:
                    term = mul(upstream, local(node))
                    if found[arg] is None:
                        found[arg] = term
                    else:
                        others[arg].append(term)
    return found


def _guarded_sweep(  # noqa: PLR0917
    graph: Graph,
    region: Sequence[Node],
    active: Collection[Node],
    chains: Mapping[Node, guards.Chain],
    stops: Collection[Node] = (),
    upstream: Node | None = None,
) -> dict[Node, Node]:
    """The sweep where nodes have shapes or are choices: what leaves a branch is switched by its condition.

    It starts from the last node of the region, and ends at the leaves and at `stops`.
    """
    root, keys, shapes = region[-1], graph.keys, graph.shapes
    contributions: defaultdict[Node, list[Node]] = defaultdict(list)
    contributions[root].append(graph.one if upstream is None else upstream)
    found: dict[Node, Node] = {}
    rows: dict[tuple[Op, int], Sequence[Pull]] = {}
    for node in reversed(region):
        if node not in contributions:
            continue
        terms = contributions[node]
        upstream = terms[0] if len(terms) == 1 else graph.sum(terms[::-1])
        found[node] = upstream = graph.spread(upstream, shapes.get(node, ()))
        op, *args = keys[node]
        if op.leaf or (node in stops and node != root):
            continue
        pulls = rows.get((op, len(args)))
        if pulls is None:
            pulls = rows[op, len(args)] = pulls_of(graph, op, len(args))
        for position, arg in enumerate(args):
            if arg in active and (position or op is not SELECT):
                term = pulls[position](graph, node, upstream)
                if chains:
                    left = guards.left_behind(graph, node, position, chains)
                    term = guards.switched(graph, term, left)
                contributions[arg].append(summed_to(graph, term, shapes.get(arg, ())))
    return found
