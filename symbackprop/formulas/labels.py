"""The labels of one derivation's symbols, no two alike."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any

import sympy as sp
from sympy.matrices.expressions.matexpr import MatrixElement

from .. import ops
from ..derivation import Inner, Sweep, inner_of, places_of
from ..graph import Graph
from ..leaf_symbols import LeafSymbol
from ..named_quantities import declared_among
from ..notation.leaf_labels import leaf_label
from ..notation.notation_sets import notation_named
from ..notation.symbol_labels import Label, matrix_label, network_label, plain_label, spelled

_IDENTITIES = ("I", "Id", "Eye", *(f"Id_{count}" for count in range(2, 1_000)))
"""What an identity matrix may be called: the first that no symbol has taken."""

_OF_FORM = {"scalar": network_label, "matrix": matrix_label}


USUAL = "superscript"


class Labels:
    """The labels of one derivation's symbols in a notation, no two alike.

    identity: the name of identity matrices beside them. rows: whether columns are written as rows.
    fractions: by name of a symbol that is printed as a derivative: of what, and by what.
    """

    def __init__(self, derivation: Sweep, notation: str = USUAL, fractions: Mapping[str, Inner] | None = None) -> None:
        network, self._of_networks = derivation.network, _of_networks(derivation)
        self._label = self._by_name if network is None else _OF_FORM[network.form]
        self._set, self._loss = notation_named(notation), derivation.loss
        self.rows = self._set.rows
        self._found: dict[str, Label] = {}
        self._taken: set[Label] = set(_reserved(derivation.graph))
        self._inner = {symbol.name: inner for symbol, inner in inner_of(derivation.graph).items() if inner}
        self._inner |= fractions or {}
        self._tangents = {symbol.name: part for symbol, part in _own_tangents(derivation)}
        lines = (line.symbol for line in derivation.definitions)
        for symbol in (*derivation.graph.symbols, *derivation.quantities, *lines):  # whatever is printed first
            self.of(symbol)
        self.identity = next(sign for sign in _IDENTITIES if Label(sign) not in self._taken)

    def of(self, symbol: sp.Symbol) -> Label:
        """The label of a symbol; its bare name where another symbol, or a function, looks the same already."""
        name = symbol.name
        if name not in self._found:
            self._found[name] = self._free(symbol)
            self._taken.add(self._found[name])
        return self._found[name]

    def _by_name(self, name: str) -> Label:
        """The label of a name: those that outputs of a network are made of are called as there."""
        return self._of_networks.get(name, plain_label)(name)

    def _free(self, symbol: sp.Symbol) -> Label:
        name, part = symbol.name, self._tangents.get(symbol.name)
        if name in self._inner:
            return self._derivative(self._inner[name])
        if isinstance(symbol, LeafSymbol):
            label = leaf_label(symbol)
            return Label(name, literal=True) if label in self._taken else label
        is_loss = symbol == self._loss and name == "L"
        label = self._set.label(self._label(self._set.loss if is_loss else name))
        label = label if part is None else Label("v", index=self.of(part))
        return Label(spelled(name), literal=True) if label in self._taken else label

    def _derivative(self, inner: Inner) -> Label:
        """∂u/∂x, of the labels of its symbols."""
        by = tuple((self._entry(symbol), count) for symbol, count in inner.counts.items())
        return Label("", of=self.of(inner.of), by=by)

    def _entry(self, symbol: Any) -> Label:
        """A symbol; of an entry of a matrix its letter with its place, counted from 1."""
        if not isinstance(symbol, MatrixElement):
            return self.of(symbol)
        whole = self.of(symbol.parent)
        return replace(whole, subscripts=(*whole.subscripts, *map(str, places_of(symbol))))

    def is_weight(self, symbol: sp.Symbol) -> bool:
        """Whether a symbol is a weight of a network."""
        label = self._label(symbol.name)
        return label.base in ("w", "W") and bool(label.superscript)


def _of_networks(derivation: Sweep) -> dict[str, Callable[[str], Label]]:
    """By name of what an output of a network is made of, which its user may never have written: how it is read."""
    found: dict[str, Callable[[str], Label]] = {}
    for output in declared_among(derivation.quantities):
        read = _OF_FORM["matrix" if output.is_Matrix else "scalar"]
        names = {symbol.name for symbol in (*output.origin.lines, *output.origin.inner)}
        found |= dict.fromkeys(names, read)
    return found


def _own_tangents(derivation: Sweep) -> Iterator[tuple[Any, Any]]:
    """The symbols v_<name> that stand for a direction, each with the symbol that it is the tangent of."""
    for symbol, node in (derivation.along or {}).items():
        if derivation.graph.op(node) is ops.SYMBOL:
            tangent = derivation.graph.value(node)
            if tangent.name.rstrip("_") == f"v_{symbol.name}".rstrip("_"):
                yield tangent, symbol


_GLYPHS = {ops.SIGMOID: "sigma", ops.GAMMA: "Gamma", ops.LOGGAMMA: "Gamma", ops.POLYGAMMA: "psi"}


def _reserved(graph: Graph) -> Iterable[Label]:
    """The letters that functions and constants of this graph are printed as."""
    letters = {_GLYPHS[key[0]] for key in graph.keys if key[0] in _GLYPHS}
    has_pi = any(key[0] is ops.CONSTANT and key[1] is sp.pi for key in graph.keys)
    return [Label(letter) for letter in sorted(letters | ({"pi"} if has_pi else set()))]
