"""The ways from the graph of several outputs to their derivatives, of which the cheapest is taken.

What is shared before anything is derived is shared by all derivatives, which mostly saves much: a Hessian of the
correlation energy PBE takes 1,182 operations and not 1,304. But a part that is shared is a vertex more, so not always:
where something is shared both are derived. What is small is derived by each of the degrees that vertices can be chosen
by as well, and all that is near is made tidy: no rule is the best everywhere, and that of a Hessian is not known before
its gradient is there. Of what is larger, 1 or 2 % of the operations are not worth twice the time.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any, Protocol, TypeVar

from ..graph import Node
from ..lowering import Lowering
from .elimination import DEGREES
from .fast_elimination import Degree
from .lowered_equations import Care
from .shared_loss import with_shared_parts
from .tidy_derivatives import SMALL


class Counted(Protocol):
    """Derivatives whose operations are known, before they are made tidy and after."""

    @property
    def steps(self) -> Sequence[Any]:
        """What they were made by, a Jacobian for each order."""

    @property
    def operations(self) -> Counter[str]:
        """By kind, after."""


Found = TypeVar("Found", bound=Counted)

NEAR = 1.05
"""How many times the operations of the least a small way may take before it is made tidy, to be so and counted."""


def cheapest(
    lowering: Lowering,
    wrt: Sequence[Node],
    care: Care,
    outputs: int,
    made: Callable[[Lowering, Sequence[Node], Degree | None], Found],
    degrees: Sequence[Degree] = DEGREES[1:],
) -> Found:
    """Derive outputs in the way that takes the fewest operations; as they are written, where others take as many.

    Args:
        lowering: of the equations, all their quantities.
        wrt: the nodes to differentiate by.
        care: what is done before.
        outputs: how many quantities are differentiated.
        made: derives them from a graph, in the cheapest order; or its vertices chosen by some degree.
        degrees: what is tried of these; nothing where no vertices are chosen.
    """
    shared = with_shared_parts(lowering, wrt, care, outputs)
    graphs = [(lowering, wrt), shared] if shared[0] is not lowering else [(lowering, wrt)]
    found = [made(*graph, None) for graph in graphs]
    if not lowering.graph.shapes and min(map(_before, found)) <= SMALL:
        found += [made(*graph, degree) for degree in degrees for graph in graphs]
    least = min(map(_before, found))
    if len(found) == 1 or least > SMALL:
        return min(found, key=_before)
    return min((one for one in found if _before(one) <= NEAR * least), key=lambda one: one.operations.total())


def _before(found: Counted) -> Any:
    """Operations before derivatives are made tidy."""
    return found.steps[-1].operations
