"""What a symbol is called in print: a base letter, a layer as superscript, indices as subscripts.

A label says nothing of any format; `text` and `latex` write it in theirs.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

import sympy as sp

from .. import ops
from ..derivation import Sweep
from ..graph import Graph

_LOWER = (
    "alpha beta gamma delta epsilon zeta eta theta iota kappa lamda mu nu xi pi rho sigma tau upsilon phi chi psi omega"
)
_UPPER = "Gamma Delta Theta Lamda Xi Pi Sigma Upsilon Phi Psi Omega"
GREEK = dict(zip([*_LOWER.split(), *_UPPER.split()], "αβγδεζηθικλμνξπρστυφχψωΓΔΘΛΞΠΣΥΦΨΩ", strict=True))
"""Greek letters by name; "lambda" is a Python keyword, so that SymPy's users write lamda."""

_SPELLINGS = {"lambda": "lamda", "Lambda": "Lamda", **{letter: name for name, letter in GREEK.items()}}
_INDEXED = re.compile(r"(.*?[^\W\d_])_*([0-9]+(?:_[0-9]+)*)")
_NETWORK = re.compile(r"(?:(w)([0-9]+)_([0-9]+)_([0-9]+)|(z|a|b|delta)([0-9]+)_([0-9]+)|(lse)([0-9]+))")

_MATRIX = re.compile(r"(W|z|a|b|delta)([0-9]+)")


@dataclass(frozen=True)
class Label:
    """base: a name, spelled out if it is Greek. literal: print the base letter by letter, Greek or not."""

    base: str
    superscript: str = ""
    subscripts: tuple[str, ...] = ()
    literal: bool = False

    @property
    def greek(self) -> bool:
        """Whether the base stands for a Greek letter."""
        return self.base in GREEK and not self.literal

    @property
    def crowded(self) -> bool:
        """Whether the subscripts need commas: only a network's indices of one digit each can do without."""
        return any(len(index) > 1 for index in self.subscripts) or not self.superscript


def network_label(name: str) -> Label:
    """w1_2_1 is w, layer 1, to unit 2 from unit 1; z, a, b and delta have a layer and a unit."""
    match = _NETWORK.fullmatch(name)
    if match is None:
        return plain_label(name)
    base, layer, *indices = (part for part in match.groups() if part is not None)
    return Label(base, layer, tuple(indices))


def matrix_label(name: str) -> Label:
    """W2 is W, layer 2; b, z, a and delta have a layer too."""
    match = _MATRIX.fullmatch(name)
    return plain_label(name) if match is None else Label(match[1], match[2])


def plain_label(name: str) -> Label:
    """A name by itself: what digits it ends in are its indices, Greek names are Greek letters."""
    match = _INDEXED.fullmatch(name)
    base, indices = (name, ()) if match is None else (match[1], tuple(match[2].split("_")))
    stem = base.rstrip("_") or base
    stem = _SPELLINGS.get(stem, stem)
    return Label(stem if stem in GREEK else base, "", indices)


_IDENTITIES = ("I", "Id", "Eye", *(f"Id_{count}" for count in range(2, 1_000)))
"""What an identity matrix may be called: the first that no symbol has taken."""

_OF_FORM = {"scalar": network_label, "matrix": matrix_label}


class Labels:
    """The labels of one derivation's symbols, no two alike; identity: the name of identity matrices beside them."""

    def __init__(self, derivation: Sweep) -> None:
        network = derivation.network
        self._label = plain_label if network is None else _OF_FORM[network.form]
        self._found: dict[str, Label] = {}
        self._taken: set[Label] = set(_reserved(derivation.graph))
        lines = (line.symbol for line in derivation.definitions)
        for symbol in (*derivation.graph.symbols, *derivation.quantities, *lines):  # whatever is printed first
            self.of(symbol)
        self.identity = next(sign for sign in _IDENTITIES if Label(sign) not in self._taken)

    def of(self, symbol: sp.Symbol) -> Label:
        """The label of a symbol; its bare name where another symbol, or a function, looks the same already."""
        name = symbol.name
        if name not in self._found:
            label = self._label(name)
            self._found[name] = Label(name, literal=True) if label in self._taken else label
            self._taken.add(label)
        return self._found[name]

    def is_weight(self, symbol: sp.Symbol) -> bool:
        """Whether a symbol is a weight of a network."""
        label = self.of(symbol)
        return label.base in ("w", "W") and bool(label.superscript)


_GLYPHS = {ops.SIGMOID: "sigma", ops.GAMMA: "Gamma", ops.LOGGAMMA: "Gamma", ops.POLYGAMMA: "psi"}


def _reserved(graph: Graph) -> Iterable[Label]:
    """The letters that functions and constants of this graph are printed as."""
    letters = {_GLYPHS[key[0]] for key in graph.keys if key[0] in _GLYPHS}
    has_pi = any(key[0] is ops.CONSTANT and key[1] is sp.pi for key in graph.keys)
    return [Label(letter) for letter in sorted(letters | ({"pi"} if has_pi else set()))]
