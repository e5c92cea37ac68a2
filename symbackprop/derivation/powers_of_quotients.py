"""(r/a)**h: by a it is -h (r/a)**h / a, also where r = 0.

The chain rule says h (r/a)**(h - 1) times -r/a**2, and at r = 0 that is inf times 0 where h < 1. So a power whose
exponent is no constant passes its adjoint on to the factors of its base at once, each of which has the form that is
finite where the others are 0. The power itself stays whole: r**h / a**h would overflow where (r/a)**h does not.
"""

from __future__ import annotations

from collections.abc import Container, Iterator
from dataclasses import dataclass
from functools import reduce

from ..graph import Graph, Node
from ..ops import DIV, EXP, MUL, NEG, NUMBER, POW, SYMBOL
from .pullbacks import is_constant, locals_of


@dataclass(frozen=True)
class Base:
    """The base of a power, as factors above the line and below it, numbers included."""

    above: tuple[Node, ...]
    below: tuple[Node, ...]


def base_of(graph: Graph, node: Node, closed: Container[Node] = ()) -> Base | None:
    """The base of a power that is a product or quotient without a name, if the exponent is no constant.

    What is in `closed` is not taken apart further.
    """
    key = graph.keys[node]
    if key[0] is not POW or graph.inside(key[1])[0] not in (MUL, DIV, NEG) or is_constant(graph, key[2]):
        return None
    above: list[Node] = []
    below: list[Node] = []
    stack = [(key[1], above, below)]
    while stack:
        part, same, other = stack.pop()
        op, *args = graph.inside(part) if part not in closed or part == key[1] else (None,)
        if op is MUL:
            stack += [(arg, same, other) for arg in reversed(args)]
        elif op is DIV:
            stack += [(args[1], other, same), (args[0], same, other)]
        elif op is NEG:
            stack += [(args[0], same, other), (graph.neg(graph.one), same, other)]
        else:
            same.append(part)
    if len({*above, *below}) < len(above) + len(below) or [*above, *below] == [key[1]]:
        return None
    return Base(tuple(above), tuple(below))


def partials(graph: Graph, node: Node, base: Base) -> Iterator[tuple[Node, Node]]:
    """Each factor of the base of a power, and the derivative of the power by it.

    Args:
        graph: of the nodes.
        node: the power.
        base: its base.
    """
    by_base, exponent = by_base_of(graph, node), graph.args(node)[1]
    scaled = graph.mul(exponent, node)
    moving = [part for part in base.above if graph.op(part) is not NUMBER]
    unknown = [part for part in moving if not _is_positive(graph, part)]
    for part in moving:
        others = Base(tuple(other for other in base.above if other != part), base.below)
        if part in unknown or len(moving) == 1:
            yield part, _times(graph, by_base, others)
        elif unknown:  # which may be 0, and this one not
            yield part, graph.div(scaled, part)
        else:
            own, rest = (graph.make((POW, x, exponent)) for x in (part, _times(graph, graph.one, others)))
            yield part, graph.mul(by_base_of(graph, own), rest)
    for part in base.below:
        if graph.op(part) is not NUMBER:
            yield part, graph.neg(graph.div(scaled, part))


def by_base_of(graph: Graph, power: Node) -> Node:
    """The derivative of a power by its base."""
    return locals_of(graph, POW, 2)[0](power)


def _times(graph: Graph, x: Node, base: Base) -> Node:
    return graph.div(reduce(graph.mul, base.above, x), reduce(graph.mul, base.below, graph.one))


def _is_positive(graph: Graph, node: Node) -> bool:
    """Whether a factor is positive by assumption."""
    op = graph.op(node)
    return op is EXP or (op is SYMBOL and bool(graph.value(node).is_positive))
