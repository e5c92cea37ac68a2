"""The sentences of a document."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import sympy as sp

from .. import ops
from ..cost import amount
from ..derivation import Sweep
from ..graph import Graph, Node
from ..graph.matrix_arithmetic import size, total
from ..lowering import Lowering
from ..networks import shown_widths
from ..notation.quantities import Formula, Name
from ..ops import sized
from ..stable_forms import said
from .content import Note, note


def title(derivation: Sweep) -> str:
    """What the formulas are of."""
    network = derivation.network
    if network is None and derivation.model is not None:
        named = derivation.model.title.removeprefix("the ")
        return named[0].upper() + named[1:]
    if network is None:
        return "Expression" if derivation.is_expression else "Equations"
    widths = shown_widths(network.widths)
    hidden = f"hidden {network.hidden_name}, " if len(network.widths) > 2 else ""
    return f"Network {widths}: {hidden}output {network.output_name}, loss {network.loss_name}"


def counts(derivation: Sweep) -> Note:
    """What the derivation costs, and what it saves."""
    cost = derivation.cost
    if derivation.way.is_directional:
        return note(*_counted(cost.total, "operation"), " for the value and its derivative along the direction.")
    paths, edges = numbered(cost.paths, "path"), numbered(cost.edges, "edge")
    visited = f" {paths} from the parameters to the loss; the backward sweep visits {edges}."
    return note(
        *_counted(cost.total, "operation"),
        f" for the loss and {numbered(len(derivation.wrt), 'derivative')}, {_SWEPT.get(derivation.method, _ONCE)}; ",
        *_counted(cost.written_out if cost.naive is None else cost.naive),
        f" if each {'is written out' if cost.naive is None else 'is derived on its own'} and nothing shared."
        + (visited if derivation.way.forms_adjoints else ""),
    )


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


# --- what is written in another form ---


def rewritten(derivation: Sweep) -> tuple[Note, ...]:
    """Which stable forms were put in the place of what is written."""
    forms = "; ".join(said(derivation.graph, derivation.loss_node))
    return (note(f"Written so that it stays finite: {forms}. (stable=False leaves it as it was.)"),) if forms else ()


# --- the loss as textbooks have it ---


def textbook_loss(derivation: Sweep) -> tuple[Note, ...]:
    """For a loss that is written on the logit: what it is equal to."""
    network = derivation.network
    terms = None if network is None else _TEXTBOOK.get(network.loss_name)
    if network is None or terms is None:
        return ()
    graph = Graph()
    pairs = [(_leaf(graph, a), _leaf(graph, y)) for a, y in zip(network.outputs, network.targets, strict=True)]
    whole = graph.neg(graph.sum([term for pair in pairs for term in terms(graph, *pair)]))
    if network.loss_name == "bce":  # a mean
        whole = graph.div(whole, size(graph, network.widths[-1]))
    formula = Formula(graph, whole, {})
    words = ", written on the weighted sums so that it stays finite."
    return (note(Name(network.loss_symbol), " is ", formula, words),)


def _leaf(graph: Graph, symbol: Any) -> Node:
    return graph.symbol(symbol, sized(*symbol.shape) if isinstance(symbol, sp.MatrixSymbol) else ())


def _cross_entropy(graph: Graph, a: Node, y: Node) -> Sequence[Node]:
    return [total(graph, graph.mul(y, graph.make((ops.LOG, a))))]


def _bce(graph: Graph, a: Node, y: Node) -> Sequence[Node]:
    first = _cross_entropy(graph, a, y)
    y, a = (graph.make((ops.SUB, graph.one, x)) for x in (y, a))
    return [*first, *_cross_entropy(graph, a, y)]


_TEXTBOOK: dict[str, Callable[[Graph, Node, Node], Sequence[Node]]] = {"bce": _bce, "cross_entropy": _cross_entropy}
"""The terms of each output, with the sign turned."""
