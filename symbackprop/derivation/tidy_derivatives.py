"""What elimination has left of several derivatives, as people write it: cancelled, collected, and its parts shared.

`cancellation` and `shared_parts` make work for each other: a factor that was taken out of a sum may be a part of other
products, a part that is shared now may be a factor of several terms. So they take turns while that saves operations.
Each takes a time near that of the graph's size, but many times that of elimination, and of later turns one operation in
fifty is left to save: what is larger is gone through once, sharing first, which is the faster of both; what is large
only if the expressions shared something before they were derived, and on only if that has saved something; what is huge
stays as it is.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from .. import cost
from ..graph import Graph, Node
from .cancellation import Moved, collected
from .operation_ledger import is_saved
from .shared_loss import as_written
from .shared_parts import shared

SMALL, LARGE, HUGE = 800, 5000, 20_000
"""Operations above which derivatives are gone through once; only if the expressions shared something; not at all."""

TURNS = 2
WORTH = 50
"""One operation of so many is what sharing has to save in a large graph, before that is collected as well."""


def tidied(graph: Graph, outputs: Sequence[Node], derivatives: Sequence[Node], size: Any) -> Moved:
    """What takes the place of derivatives, so that all together take fewer operations, or as many as before.

    Args:
        graph: of the nodes, which remembers whether expressions shared something. It gains those that take the place of
            others.
        outputs: what is differentiated, and all else that stays: derivatives are made after it.
        derivatives: of numbers or matrices; where there are matrices no parts are shared.
        size: the operations of all of these, about.
    """
    if not derivatives:
        return {}
    is_large = isinstance(size, int) and size > LARGE
    if is_large and (size > HUGE or as_written(graph) is None):
        return {}
    tidying = _Tidying(graph, outputs, derivatives)
    if not isinstance(size, int) or size <= SMALL or graph.shapes:
        tidying.take_turns()
    else:
        tidying.go_through_once(WORTH if is_large else None)
    return dict(zip(derivatives, tidying.now, strict=True))


class _Tidying:
    """Derivatives as they are now, and the operations that all takes with them."""

    def __init__(self, graph: Graph, outputs: Sequence[Node], derivatives: Sequence[Node]) -> None:
        self.graph, self.outputs, self.now = graph, outputs, list(derivatives)
        self.least = self._operations(self.now)

    def _operations(self, nodes: Sequence[Node]) -> Any:
        return cost.total(self.graph, [*self.outputs, *nodes])

    def take_turns(self) -> None:
        """Collect and share, while both together save something."""
        for _ in range(TURNS):
            if not self._is_taken(self._shared(self._collected(self.now)), 1):
                break

    def go_through_once(self, worth: int | None) -> None:
        """Share, and collect: if one operation of so many was saved, or in any case."""
        is_worth_it = self._is_taken(self._shared(self.now, rounds=1), self.least // worth if worth else 1)
        if is_worth_it or worth is None:
            self._is_taken(self._collected(self.now), 1)

    def _is_taken(self, made: list[Node], worth: int) -> bool:
        """Take what saves anything; whether it saves as much as would be worth going on."""
        taken = self._operations(made)
        saved = self.least - taken
        if is_saved(saved, 1):
            self.least, self.now = taken, made
        return is_saved(saved, worth)

    def _collected(self, nodes: Sequence[Node]) -> list[Node]:
        return _replaced(nodes, collected(self.graph, max(self.outputs), nodes))

    def _shared(self, nodes: Sequence[Node], **rounds: int) -> list[Node]:
        return _replaced(nodes, {} if self.graph.shapes else shared(self.graph, nodes, self.outputs, **rounds))


def _replaced(nodes: Sequence[Node], moved: Moved) -> list[Node]:
    return [moved.get(node, node) for node in nodes]
