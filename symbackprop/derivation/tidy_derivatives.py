"""What elimination has left of several derivatives, as people write it: cancelled, collected, and its parts shared.

`cancellation` and `shared_parts` make work for each other: a factor that was taken out of a sum may be a part of other
products, a part that is shared now may be a factor of several terms. So they take turns while that saves operations.
Each takes a time near that of the graph's size, but many times that of elimination: what is large is left as it is.
"""

from __future__ import annotations

from collections.abc import Sequence

from ..graph import Graph, Node
from .cancellation import Moved, collected
from .operation_ledger import is_saved
from .order_choice import operations
from .shared_parts import shared

MOST = 5000
"""Operations up to which derivatives are made tidy."""

_TURNS = 2


def tidied(graph: Graph, outputs: Sequence[Node], derivatives: Sequence[Node]) -> Moved:
    """What takes the place of derivatives, so that all together take fewer operations, or as many as before.

    Args:
        graph: of the nodes. It gains those that take the place of others.
        outputs: what is differentiated, and all else that stays: derivatives are made after it.
        derivatives: of numbers or matrices; where there are matrices no parts are shared.
    """
    if not derivatives:
        return {}
    last, now = max(outputs), list(derivatives)
    least = operations(graph, [*outputs, *now])
    if isinstance(least, int) and least > MOST:
        return {}
    for _ in range(_TURNS):
        made = _replaced(now, collected(graph, last, now))
        if not graph.shapes:
            made = _replaced(made, shared(graph, made, outputs))
        taken = operations(graph, [*outputs, *made])
        if not is_saved(least - taken, 1):
            break
        least, now = taken, made
    return dict(zip(derivatives, now, strict=True))


def _replaced(nodes: Sequence[Node], moved: Moved) -> list[Node]:
    return [moved.get(node, node) for node in nodes]
