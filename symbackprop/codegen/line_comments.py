"""Which lines of generated code get a comment or a heading, and what it is about; `comment_words` puts it in words."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cached_property
from typing import Any

from ..derivation import Definition, Sweep, inner_of
from ..graph import Node
from ..ops import ADD, LOGSUMEXP, SOFTPLUS, SUB
from ..stable_forms import said
from .comment_words import formula
from .program import FORWARD, LOSS, Label, Part

_SWEEP = "backward: from the loss to the inputs, each adjoint once"
REPLACED = "what SymPy shares, and the loss"

SWEPT = {
    "backprop": "one backward sweep, every factor once",
    "forward": "forward mode, one sweep for each parameter",
    "naive": "each derivative on its own, written out",
    "naive+cse": "each derivative by SymPy's diff, then its cse",
    "sympy-forward": "SymPy's private forward mode",
}
"""How a module's derivatives are computed, by method: part of its title."""


class Remarks:
    """No headings and no comments: what `evaluate` of an expression of numbers shows are the names alone."""

    def heading(self, part: Part | None) -> str:
        """What a step stands under; nothing for one that stays under the heading before it."""
        return ""

    def comment(self, label: Label) -> str:
        """What a step stands for."""
        return ""


class ChainRules(Remarks):
    """The chain rule of each derivative of a network, between its named quantities."""

    def __init__(self, derivation: Sweep) -> None:
        self.derivation = derivation
        self._told = {line.node: line for line in reversed(derivation.definitions) if line.of is not None}

    def heading(self, part: Part | None) -> str:
        way = self.derivation.way
        if part is None:
            return ""
        if part.direction == FORWARD:
            return REPLACED if way.replaces else _forward(part)
        if part.where is not None:
            return f"forward again: how everything changes with {part.where.name}"
        return _SWEEP if way.forms_adjoints else "the derivatives"

    def comment(self, label: Label) -> str:
        way = self.derivation.way
        if label.line is not None and label.line.kind == "quantity":
            return "" if way.replaces else self._formula(label.line) or _inner(self.derivation, label.symbol)
        tell = _adjoint if way.forms_adjoints else _tangent if way.has_tangents else None
        line = self._told.get(label.line.node) if label.line is not None else None
        if tell is None or line is None:
            return ""
        left, terms = tell(self.derivation, line)
        return left + (f" = {' + '.join(terms)}" if terms != [left] else "")

    def _formula(self, line: Definition) -> str:
        """That of a sum with a softplus or logsumexp, of which code has another order; other code is its formula."""
        graph, known = self.derivation.graph, self._known
        parts = graph.reachable([line.node], known)
        found = {graph.op(node) for node in parts}
        if not found & {SOFTPLUS, LOGSUMEXP} or not found & {ADD, SUB}:
            return ""
        totals = [node for node in parts if node in known and node != line.node and graph.op(node) is LOGSUMEXP]
        defined = [f"{known[node]} = {formula(graph, node, known)}" for node in totals]
        return ", ".join([f"{_spoken(self.derivation, line.symbol)} = {formula(graph, line.node, known)}", *defined])

    @cached_property
    def _known(self) -> dict[Node, str]:
        return {node: _spoken(self.derivation, one) for one, node in self.derivation.quantities.items()}


def _forward(part: Part) -> str:
    """The loss, which is one line, needs no heading."""
    return "" if part.where in (None, LOSS) else f"{FORWARD}: {_place(part.where)}"


def _place(where: Any) -> str:
    return f"layer {where}" if isinstance(where, int) else str(where)


class Formulas(Remarks):
    """The formula of each line for one sample, in the names that other lines have in the same program."""

    def __init__(self, derivation: Sweep, labels: Iterable[Label]) -> None:
        self.derivation = derivation
        lines = [label.line for label in labels if label.line is not None]
        self._known = {line.node: self._mathematical(line) for line in reversed(lines)}

    def heading(self, part: Part | None) -> str:
        if part is None or (part.where is None and part.direction == FORWARD):
            return ""
        return part.direction if part.where is None else f"{part.direction}: {_place(part.where)}"

    def comment(self, label: Label) -> str:
        return "" if label.line is None else self._told(label.line, self._known)

    def _told(self, line: Definition, known: Mapping[Node, str]) -> str:
        left, right = self._mathematical(line), known[line.node]
        if line.of is not None:
            left = _ratio(self.derivation, self.derivation.loss, line.of)
        if right in (left, line.symbol.name):
            right = formula(self.derivation.graph, line.node, known)
        return f"{left} = {right}"

    def _mathematical(self, line: Definition) -> str:
        """A name as mathematics has it: dL/da1 for dL_da1."""
        loss, name = self.derivation.loss.name, line.symbol.name
        if line.of is not None and name.startswith(f"d{loss}_d"):
            return _ratio(self.derivation, self.derivation.loss, line.of)
        return _spoken(self.derivation, line.symbol)


class FormulasOfLines(Formulas):
    """The same where there are several outputs, and no pass is the backward one: each line under its own name."""

    def heading(self, part: Part | None) -> str:
        return ""

    def _told(self, line: Definition, known: Mapping[Node, str]) -> str:
        name = line.symbol.name
        right = known[line.node]
        return f"{name} = {formula(self.derivation.graph, line.node, known) if right == name else right}"

    def _mathematical(self, line: Definition) -> str:
        return str(line.symbol.name)


def _adjoint(derivation: Sweep, line: Definition) -> tuple[str, list[str]]:
    """dL/dp as the sum over the quantities that p goes into."""
    symbol, loss = line.of, derivation.loss
    assert symbol is not None
    consumers, whole = derivation.consumers[symbol], _ratio(derivation, loss, symbol)
    direct = whole + "|direct" * (len(consumers) > 1)  # what goes into the loss by itself
    terms = [
        direct if one == loss else f"{_ratio(derivation, loss, one)} * {_ratio(derivation, one, symbol)}"
        for one in consumers
    ]
    return whole, terms


def _tangent(derivation: Sweep, line: Definition) -> tuple[str, list[str]]:
    """dq/dp as the sum over the parts of the equation of q that change with p."""
    quantity, by = (line.of, line.by) if line.by is not None else (derivation.loss, line.of)
    assert quantity is not None
    assert by is not None
    terms = [
        _ratio(derivation, quantity, step.part) + (f" * {_ratio(derivation, step.part, by)}" if step.part != by else "")
        for step in derivation.tangent_chain(quantity, by)
    ]
    return _ratio(derivation, quantity, by), terms


def _ratio(derivation: Sweep, top: Any, bottom: Any) -> str:
    """dL/dw; dL/d(du/dx) by a derivative."""
    above, below = (_inner(derivation, one) for one in (top, bottom))
    return f"d{f'({above})' if above else top.name}/d{f'({below})' if below else bottom.name}"


def _spoken(derivation: Sweep, symbol: Any) -> str:
    """A name; of a derivative inside of what is derived du/dx."""
    return _inner(derivation, symbol) or str(symbol.name)


def _inner(derivation: Sweep, symbol: Any) -> str:
    """du/dx of a derivative inside of what is derived; nothing of any other name."""
    inner = inner_of(derivation.graph).get(symbol)
    return "" if inner is None else inner.words


def rewritten(derivation: Sweep) -> str:
    """Which stable forms were put in the place of what is written, as a sentence of a module's head; none or one."""
    forms = "; ".join(said(derivation.graph, derivation.loss_node))
    return f"Written so that it stays finite: {forms}." if forms else ""


def derived(derivation: Sweep) -> str:
    """What a module of an expression computes beside its value."""
    if derivation.way.is_directional:
        return "derivative along a direction, in one forward sweep"
    wrt = ", ".join(symbol.name for symbol in derivation.wrt[:5]) + (", ..." if len(derivation.wrt) > 5 else "")
    return f"derivatives by {wrt}, {_WAYS[derivation.method]}"


_WAYS = {
    "backprop": "in one backward sweep",
    "forward": "in one forward sweep for each",
    "naive": "each by SymPy's diff",
    "naive+cse": "by SymPy's diff and cse",
    "sympy-forward": "by SymPy's private forward mode",
}
"""How the derivatives of an expression are made, by method."""
