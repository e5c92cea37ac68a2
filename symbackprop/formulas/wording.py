"""The sentences of a document."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import sympy as sp

from .. import ops
from ..derivation import Cost, Sweep
from ..graph import Graph, Node
from ..lowering import Lowering
from ..matrices import size, total
from ..networks import Network
from ..ops import sized
from .content import Formula, Name, Note, note

_COUNTED = 10**15
_MOST_WIDTHS = 24
"""Widths of a network that stand in a title."""


def title(derivation: Sweep) -> str:
    """What the formulas are of."""
    network = derivation.network
    if network is None:
        return "Expression" if len(derivation.named) == 1 else "Equations"
    widths = _shortened(network.widths)
    hidden = f"hidden {network.hidden_name}, " if len(network.widths) > 2 else ""
    return f"Network {widths}: {hidden}output {network.output_name}, loss {network.loss_name}"


def _shortened(widths: Sequence[Any]) -> str:
    """Widths with hyphens between, the first and the last of them where they are very many."""
    if len(widths) <= _MOST_WIDTHS:
        return "-".join(map(str, widths))
    return f"{widths[0]}-{widths[1]}-...-{widths[-1]} ({len(widths) - 1} layers)"


def counts(derivation: Sweep) -> Note:
    """What the derivation costs, and what it saves."""
    cost = derivation.cost
    if derivation.way.is_directional:
        return note(*_counted(cost.total, "operation"), " for the value and its derivative along the direction.")
    return note(
        *_counted(cost.total, "operation"),
        f" for the loss and {numbered(len(derivation.wrt), 'derivative')}, {_SWEPT.get(derivation.method, _ONCE)}; ",
        *_counted(cost.written_out if cost.naive is None else cost.naive),
        f" if each {'is written out' if cost.naive is None else 'is derived on its own'} and nothing shared."
        + (_visited(cost) if derivation.way.forms_adjoints else ""),
    )


def _visited(cost: Cost) -> str:
    paths, edges = numbered(cost.paths, "path"), numbered(cost.edges, "edge")
    return f" {paths} from the parameters to the loss; the backward sweep visits {edges}."


_ONCE = "everything computed once"
_SWEPT = {
    "forward": "in one sweep for each parameter, all on one forward pass",
    "naive+cse": "as SymPy's cse shares them",
    "sympy-forward": "as SymPy's private forward mode shares them",
}


def naive_counts(derivation: Sweep) -> Note:
    """What the derivatives cost as SymPy made them."""
    cost, derivatives = derivation.cost, numbered(len(derivation.wrt), "derivative")
    own = numbered(cost.sympy_operations or 0, "operation")
    return note(
        f"{numbered(int(cost.total), 'operation')} for the loss and {derivatives} that share nothing. "
        f"(SymPy's count_ops, by other rules, finds {own} in the derivatives.)"
    )


def _counted(count: Any, what: str = "") -> tuple[Any, ...]:
    """A count as parts of a sentence; that of matrices of any size is a formula in their sizes."""
    if getattr(count, "free_symbols", None):
        lowering = Lowering(Graph())
        terms = [lowering.expression(term) for term in sp.expand(count).as_ordered_terms()]  # the highest powers first
        return (Formula(lowering.graph, lowering.graph.sum(terms), {}), what and f" {what}s")
    return (numbered(int(count), what) if what else amount(int(count)),)


def numbered(count: int, what: str) -> str:
    """1 path, 2 paths."""
    return f"{amount(count)} {what}{'' if count == 1 else 's'}"


def amount(count: int) -> str:
    """A count; of a very large one only the power of ten, because Python writes no number of thousands of digits."""
    if count < _COUNTED:
        return f"{count:,}"
    return f"about 10^{math.floor(math.log10(count))}"


# --- the loss as textbooks have it ---


def textbook_loss(derivation: Sweep) -> tuple[Note, ...]:
    """For a loss that is written on the logit: what it is equal to."""
    network = derivation.network
    write = None if network is None else _TEXTBOOK.get(network.loss_name)
    if network is None or write is None:
        return ()
    graph = Graph()
    loss = Name(network.loss_symbol)
    formula = Formula(graph, _divided(graph, write(graph, network), network), {})
    return (note(loss, " is ", formula, ", written on the weighted sums so that it stays finite."),)


def _divided(graph: Graph, sum_: Node, network: Network) -> Node:
    """The mean over the outputs of what has one, for the loss that is a mean."""
    outputs = network.widths[-1]
    return graph.div(sum_, size(graph, outputs)) if network.loss_name == "bce" else sum_


def _bce(graph: Graph, network: Network) -> Node:
    return graph.neg(graph.sum([term for pair in _pairs(graph, network) for term in _bce_terms(graph, *pair)]))


def _bce_terms(graph: Graph, a: Node, y: Node) -> Sequence[Node]:
    return _weighted_log(graph, y, a), _weighted_log(graph, _one_minus(graph, y), _one_minus(graph, a))


def _one_minus(graph: Graph, x: Node) -> Node:
    return graph.make((ops.SUB, graph.one, x))


def _cross_entropy(graph: Graph, network: Network) -> Node:
    return graph.neg(graph.sum([_weighted_log(graph, y, a) for a, y in _pairs(graph, network)]))


def _weighted_log(graph: Graph, weight: Node, a: Node) -> Node:
    return total(graph, graph.mul(weight, graph.make((ops.LOG, a))))


def _pairs(graph: Graph, network: Network) -> list[tuple[Node, Node]]:
    pairs = zip(network.outputs, network.targets, strict=True)
    return [(_leaf(graph, a), _leaf(graph, y)) for a, y in pairs]


def _leaf(graph: Graph, symbol: Any) -> Node:
    return graph.symbol(symbol, sized(*symbol.shape) if isinstance(symbol, sp.MatrixSymbol) else ())


_TEXTBOOK: dict[str, Callable[[Graph, Network], Node]] = {"bce": _bce, "cross_entropy": _cross_entropy}
