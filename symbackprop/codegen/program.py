"""A derivation as a list of assignments, each short enough to read: expressions become statements here."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from .. import ops
from ..derivation import Definition, Sweep
from ..graph import Graph, Node
from .names import Identifiers
from .numpy_source import Text, applied, number

DEEPEST = 3
"""How far brackets nest in one line before a part of it gets a line of its own."""

LONGEST = 400
"""How long one expression gets before a part of it gets a line of its own."""


@dataclass(frozen=True)
class Assignment:
    """One line of code: `target = source`, the definition that it computes, and the derivative that it stands for."""

    target: str
    source: str
    definition: Definition | None = None
    purpose: Definition | None = None


@dataclass(frozen=True)
class Program:
    """Assignments in order, and the text that gives each root's value after them."""

    lines: list[Assignment]
    values: dict[Node, str]

    def text(self) -> str:
        """All the sources together, for a look at what they call."""
        return "\n".join([*(line.source for line in self.lines), *self.values.values()])


def shared_program(derivation: Sweep, roots: Iterable[Node], names: Identifiers) -> Program:
    """The program that computes `roots`, every named quantity and every part that is used twice once.

    A node may have two names (dL/db is often dL/dz); the first is assigned, the others are read from it.
    """
    graph, roots = derivation.graph, list(roots)
    live = _reading_order(derivation, roots)
    named = {line.node: line for line in derivation.definitions if derivation.names.get(line.node) == line.symbol}
    purposes = {line.node: line for line in reversed(derivation.definitions) if line.of is not None}
    uses = Counter(arg for node in live for arg in graph.args(node))
    texts: dict[Node, Text] = {}
    lines: list[Assignment] = []
    for node in live:
        texts[node] = text = _text(graph, node, texts, names)
        line = named.get(node)
        if line is not None or _needs_line(graph, node, text, uses[node]):
            target = names.of(line.symbol) if line is not None else names.temporary()
            lines.append(Assignment(target, text.source, line, purposes.get(node)))
            texts[node] = Text(target, fixed=text.fixed)
    return Program(lines, {root: texts[root].source for root in roots})


def _reading_order(derivation: Sweep, roots: list[Node]) -> list[Node]:
    """The nodes below `roots`, each after its operands, in the order in which a person would write them.

    That is: forward; then, for a network, layer by layer from the last, its adjoints before its gradients.
    """
    graph = derivation.graph
    live = set(graph.reachable(roots))
    named = sorted(derivation.definitions, key=lambda line: _place(derivation, line))
    order: dict[Node, None] = {}
    for root in [*(line.node for line in named if line.node in live), *roots]:
        order |= dict.fromkeys(graph.reachable([root], order))
    return list(order)


def _place(derivation: Sweep, line: Definition) -> tuple[bool, int, Node]:
    if line.of is None:
        return line.kind == "shared", 0, line.node  # a shared part stands where it is first used
    if derivation.tangents is not None:  # one sweep after the other
        return True, derivation.wrt.index(line.by or line.of), line.node
    places = derivation.network.places if derivation.network is not None else {}
    return True, places.get(line.of, -1), line.node


def written_out(graph: Graph, root: Node, names: Identifiers) -> str:
    """One expression for the whole of `root`, nothing shared."""
    texts: dict[Node, Text] = {}
    for node in graph.reachable([root]):
        texts[node] = _text(graph, node, texts, names)
    return texts[root].source


def _text(graph: Graph, node: Node, texts: Mapping[Node, Text], names: Identifiers) -> Text:
    op, *rest = graph.keys[node]
    if op is ops.SYMBOL:
        return Text(names.of(rest[0]))
    if op.leaf:
        return number(rest[0])
    return applied(graph, node, [texts[arg] for arg in rest])


def _needs_line(graph: Graph, node: Node, text: Text, uses: int) -> bool:
    """Whether a step without a name is used again, nests too deep or is too long to stay where it is."""
    if graph.op(node).leaf or text.source.isidentifier():
        return False
    return uses > 1 or text.depth > DEEPEST or len(text.source) > LONGEST


def symbols_in(graph: Graph, roots: Iterable[Node]) -> list[Any]:
    """The SymPy symbols that `roots` are computed from, in the order of their first use."""
    return [graph.value(node) for node in graph.reachable(roots) if graph.op(node) is ops.SYMBOL]
