"""The ways from the graph of several outputs to their derivatives: as they are written, or their parts shared before.

What is shared before anything is derived is shared by all derivatives, which mostly saves much: a Hessian of the
correlation energy PBE takes 1,137 operations and not 1,266. But a part that is shared is a vertex more, so not always:
where something is shared both are derived, and the cheaper is taken.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any, Protocol, TypeVar

from ..graph import Node
from ..lowering import Lowering
from .lowered_equations import Care
from .shared_loss import with_shared_parts
from .tidy_derivatives import LARGE


class Counted(Protocol):
    """Derivatives whose operations are known, before they are made tidy and after."""

    @property
    def steps(self) -> Sequence[Any]:
        """What they were made by, a Jacobian for each order."""

    @property
    def operations(self) -> Counter[str]:
        """By kind, after."""


Found = TypeVar("Found", bound=Counted)

FAR = 0.9
"""Where one way takes less than so many times the operations of the other, before both are made tidy, it is taken; or
where both are large."""


def cheapest(
    lowering: Lowering,
    wrt: Sequence[Node],
    care: Care,
    outputs: int,
    made: Callable[[Lowering, Sequence[Node]], Found],
) -> Found:
    """Derive outputs from the graph that takes the fewest operations; as it was written, where both take as many.

    Args:
        lowering: of the equations, all their quantities.
        wrt: the nodes to differentiate by.
        care: what is done before.
        outputs: how many quantities are differentiated.
        made: derives them from a graph.
    """
    shared, nodes = with_shared_parts(lowering, wrt, care, outputs)
    plain = made(lowering, wrt)
    if shared is lowering:
        return plain
    found = made(shared, nodes)
    few, many = sorted((plain, found), key=lambda one: one.steps[-1].operations)
    least = few.steps[-1].operations
    if least > LARGE or least < FAR * many.steps[-1].operations:
        return few
    return min(plain, found, key=lambda one: one.operations.total())
