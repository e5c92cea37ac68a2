"""What a symbol is called in print: a base letter, a layer as superscript, indices as subscripts.

A label says nothing of any format; `text` and `latex` write it in theirs.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

_LOWER = (
    "alpha beta gamma delta epsilon zeta eta theta iota kappa lamda mu nu xi pi rho sigma tau upsilon phi chi psi omega"
)
_UPPER = "Gamma Delta Theta Lamda Xi Pi Sigma Upsilon Phi Psi Omega"
GREEK = dict(zip([*_LOWER.split(), *_UPPER.split()], "αβγδεζηθικλμνξπρστυφχψωΓΔΘΛΞΠΣΥΦΨΩ", strict=True))
"""Greek letters by name; "lambda" is a Python keyword, so that SymPy's users write lamda."""

SPELLINGS = {"lambda": "lamda", "Lambda": "Lamda", **{letter: name for name, letter in GREEK.items()}}
_NAMES = {letter: name for name, letter in GREEK.items()}
_INDEXED = re.compile(r"(.*?[^\W\d_])_*([0-9]+(?:_[0-9]+)*)")
_NETWORK = re.compile(r"(?:(w)([0-9]+)_([0-9]+)_([0-9]+)|(z|a|b|delta)([0-9]+)_([0-9]+)|(lse)([0-9]+))")

_MATRIX = re.compile(r"(W|z|a|b|delta)([0-9]+)")


@dataclass(frozen=True)
class Label:
    """base: a name, spelled out if it is Greek. literal: print the base letter by letter, Greek or not.

    bare: without brackets around the superscript, in formats that have them.
    index: the label of another symbol, which this one belongs to: v_x is the tangent of x.
    of, by: of a derivative that stands inside what is derived, ∂²u/∂x²: the label of what is differentiated, and of
    what it is differentiated by, each with how often it is.
    primes: how many stand behind the base. arguments: of a function, q(t).
    """

    base: str
    superscript: str = ""
    subscripts: tuple[str, ...] = ()
    literal: bool = False
    bare: bool = False
    index: Label | None = None
    of: Label | None = None
    by: tuple[tuple[Label, int], ...] = ()
    primes: int = 0
    arguments: tuple[Label, ...] = ()

    @property
    def order(self) -> int:
        """Of a derivative."""
        return sum(count for _, count in self.by)

    @property
    def greek(self) -> bool:
        """Whether the base stands for a Greek letter."""
        return self.base in GREEK and not self.literal

    @property
    def crowded(self) -> bool:
        """Whether the subscripts need commas: only a network's indices of one digit each can do without."""
        return any(len(index) > 1 for index in self.subscripts) or not self.superscript


def spelled(name: str) -> str:
    """A name with its Greek letters spelled out, as it is told from one that looks like it."""
    return "".join(_NAMES.get(letter, letter) for letter in name)


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
    stem = SPELLINGS.get(stem, stem)
    return Label(stem if stem in GREEK else base, "", indices)
