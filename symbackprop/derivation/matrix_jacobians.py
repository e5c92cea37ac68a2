"""Jacobians where nodes are matrices: a sweep for each output, or for each number that is differentiated by.

The partial of a matrix by a matrix is none, so nothing can be eliminated: nodes stay whole. A sweep back from each
output, where all of them are numbers, finds derivatives of the shape of what is differentiated by; a sweep forward from
each number finds those of the shape of the outputs. All sweeps share what they have in common, as equal nodes are one.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from .. import ops
from ..errors import UnsupportedError
from ..graph import Graph, Node
from .backprop import pulled_back
from .elimination import FORWARD, REVERSE, Entries
from .fast_elimination import Columns
from .forward_mode import ForwardSweep

Sweeps = Callable[[Graph, Sequence[Node], Sequence[Node], Sequence[Columns]], Entries]


def by_reverse_sweeps(
    graph: Graph, outputs: Sequence[Node], wrt: Sequence[Node], dropped: Sequence[Columns]
) -> Entries:
    """The entries of outputs that are numbers, by nodes of any shape; `dropped` has the columns without an entry."""
    found: Entries = {}
    for row, output in enumerate(outputs):
        asked = {node: column for column, node in enumerate(wrt) if column not in dropped[row]}
        pulled = pulled_back(graph, {output: graph.one}, asked)
        found |= {(row, asked[node]): one for node, one in pulled.items() if not is_zero(graph, one)}
    return found


def by_forward_sweeps(
    graph: Graph, outputs: Sequence[Node], wrt: Sequence[Node], dropped: Sequence[Columns]
) -> Entries:
    """The entries of outputs of any shape, by nodes that are numbers; `dropped` has the columns without an entry."""
    sweep = ForwardSweep(graph, outputs, wrt)
    found: Entries = {}
    for column, node in enumerate(wrt):
        tangents = sweep.along({node: graph.one})
        for row, output in enumerate(outputs):
            if column not in dropped[row] and output in tangents and not is_zero(graph, tangents[output]):
                found[row, column] = tangents[output]
    return dict(sorted(found.items()))


def is_zero(graph: Graph, node: Node) -> bool:
    """Whether a node is 0, of whatever shape."""
    return (graph.args(node)[0] if graph.op(node) is ops.SPREAD else node) == graph.zero


def possible_sweeps(graph: Graph, outputs: Sequence[Node], wrt: Sequence[Node]) -> Mapping[str, Sweeps]:
    """By order: the sweeps that find these derivatives.

    Raises:
        UnsupportedError: a matrix is to be differentiated by a matrix.
    """
    of_matrix = next((node for node in outputs if graph.shape(node)), None)
    by_matrix = next((node for node in wrt if graph.shape(node)), None)
    if of_matrix is not None and by_matrix is not None:
        shapes = " by one of ".join(ops.shown(graph.shape(node)) for node in (of_matrix, by_matrix))
        raise UnsupportedError(
            f"the derivative of a matrix of {shapes} would have four indices: differentiate each entry by itself, or "
            "write what is differentiated by as a Matrix([[a, b], ...]) of symbols that are numbers"
        )
    found = {REVERSE: by_reverse_sweeps} if of_matrix is None else {}
    return {**found, FORWARD: by_forward_sweeps} if by_matrix is None else found
