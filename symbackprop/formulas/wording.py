"""The sentences of a document."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

import sympy as sp

from .. import ops
from ..derivation import Derivation
from ..graph import Graph, Node
from ..networks import Network
from .content import Formula, Name, Note, note

_COUNTED = 10**15


def title(derivation: Derivation) -> str:
    """What the formulas are of."""
    network = derivation.network
    if network is None:
        return "Expression" if len(derivation.named) == 1 else "Equations"
    widths = "-".join(map(str, network.widths))
    hidden = f"hidden {network.hidden_name}, " if len(network.widths) > 2 else ""
    return f"Network {widths}: {hidden}output {network.output_name}, loss {network.loss_name}"


def counts(derivation: Derivation) -> Note:
    """What the derivation costs, and what it saves."""
    cost = derivation.cost
    return note(
        f"{_many(cost.total, 'operation')} for the loss and {_many(len(derivation.wrt), 'derivative')}, everything "
        f"computed once; {amount(cost.written_out)} if each is written out and nothing shared. "
        f"{_many(cost.paths, 'path')} from the parameters to the loss; the backward sweep visits "
        f"{_many(cost.edges, 'edge')}."
    )


def naive_counts(derivation: Derivation) -> Note:
    """What the derivatives cost as SymPy made them."""
    many = _many(derivation.cost.sympy_operations or 0, "operation")
    return note(f"{many} in {_many(len(derivation.wrt), 'derivative')} that share nothing, as SymPy counts them.")


def _many(count: int, what: str) -> str:
    return f"{amount(count)} {what}{'' if count == 1 else 's'}"


def amount(count: int) -> str:
    """A count; of a very large one only the power of ten, because Python writes no number of thousands of digits."""
    if count < _COUNTED:
        return f"{count:,}"
    return f"about 10^{math.floor(math.log10(count))}"


# --- the loss as textbooks have it ---


def textbook_loss(derivation: Derivation) -> tuple[Note, ...]:
    """For a loss that is written on the logit: what it is equal to."""
    network = derivation.network
    write = None if network is None else _TEXTBOOK.get(network.loss_name)
    if network is None or write is None:
        return ()
    graph = Graph()
    loss = Name(network.loss_symbol)
    formula = Formula(graph, write(graph, network), {})
    return (note(loss, " is ", formula, ", written on the weighted sums so that it stays finite."),)


def _bce(graph: Graph, network: Network) -> Node:
    terms = [term for pair in _pairs(graph, network) for term in _bce_terms(graph, *pair)]
    return graph.div(graph.neg(graph.sum(terms)), graph.constant(sp.Integer(len(network.outputs))))


def _bce_terms(graph: Graph, a: Node, y: Node) -> Sequence[Node]:
    return _weighted_log(graph, y, a), _weighted_log(graph, graph.sub(graph.one, y), graph.sub(graph.one, a))


def _cross_entropy(graph: Graph, network: Network) -> Node:
    return graph.neg(graph.sum([_weighted_log(graph, y, a) for a, y in _pairs(graph, network)]))


def _weighted_log(graph: Graph, weight: Node, a: Node) -> Node:
    return graph.mul(weight, graph.make((ops.LOG, a)))


def _pairs(graph: Graph, network: Network) -> list[tuple[Node, Node]]:
    pairs = zip(network.outputs, network.targets, strict=True)
    return [(graph.symbol(a), graph.symbol(y)) for a, y in pairs]


_TEXTBOOK: dict[str, Callable[[Graph, Network], Node]] = {"bce": _bce, "cross_entropy": _cross_entropy}
