"""What a picture shows, as a few lines of text: the boxes, then the steps between them."""

from __future__ import annotations

from collections.abc import Iterator

from .line_text import line_text, side_texts
from .picture import FADED, Edge, Node, Picture


def as_listing(picture: Picture) -> str:
    """One line for each box and for each step; what is beside the paths that are asked for is left out."""
    names = {node.symbol: side_texts(node.lines[0])[0] for node in picture.nodes}
    nodes = [_node(node) for node in picture.nodes if node.mark != FADED]
    edges = [_edge(names[edge.start], names[edge.end], edge) for edge in _steps(picture)]
    return "\n".join([picture.title, "", *nodes, "", *edges])


def _steps(picture: Picture) -> Iterator[Edge]:
    order = {node.symbol: number for number, node in enumerate(picture.nodes)}
    steps = [edge for edge in picture.edges if edge.is_step and edge.mark != FADED]
    return iter(sorted(steps, key=lambda edge: (order[edge.start], order[edge.end])))


def _node(node: Node) -> str:
    """A value behind the formula that it is of, what else there is behind that."""
    first, *others = node.lines
    values = [side for line in others if line.role == "value" for side in side_texts(line)[1:]]
    rest = [line_text(line) for line in others if line.role != "value"]
    return "; ".join([" = ".join([*side_texts(first), *values]), *rest])


def _edge(start: str, end: str, edge: Edge) -> str:
    said = "" if edge.line is None else f": {line_text(edge.line)}"
    return f"{start} → {end}{said}"
