"""What a picture shows, as a few lines of text: the boxes, then the steps between them."""

from __future__ import annotations

from collections.abc import Iterator

from ..formulas.text import NOTATION
from ..formulas.writing import Writer
from .picture import FADED, Edge, Line, Node, Picture


def as_listing(picture: Picture) -> str:
    """One line for each box and for each step; what is beside the paths that are asked for is left out."""
    names = {node.symbol: _sides(node.lines[0])[0] for node in picture.nodes}
    nodes = [_node(node) for node in picture.nodes if node.mark != FADED]
    edges = [_edge(names[edge.start], names[edge.end], edge) for edge in _steps(picture)]
    return "\n".join([picture.title, "", *nodes, "", *edges])


def _steps(picture: Picture) -> Iterator[Edge]:
    order = {node.symbol: number for number, node in enumerate(picture.nodes)}
    steps = [edge for edge in picture.edges if edge.is_step and edge.mark != FADED]
    return iter(sorted(steps, key=lambda edge: (order[edge.start], order[edge.end])))


def _sides(line: Line) -> list[str]:
    return [Writer(NOTATION).line(side) for side in line.sides]


def _node(node: Node) -> str:
    first, *others = (_sides(line) for line in node.lines)
    values = [side for line in others for side in (line[1:] if line[0] == first[0] else [" = ".join(line)])]
    return "; ".join([" = ".join(first), *values])


def _edge(start: str, end: str, edge: Edge) -> str:
    said = "" if edge.line is None else ": " + " = ".join(_sides(edge.line))
    return f"{start} → {end}{said}"
