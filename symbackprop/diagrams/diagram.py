"""A diagram: a derivation as a picture, in whichever format it is asked for."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import sympy as sp

from ..atomic_writes import write_text
from ..derivation import Point, Sweep
from ..errors import OutputError, ParameterError, SizeError, UnsupportedError, unknown_name
from ..formulas.wording import title
from ..notation.tree import Kind
from .dot import as_dot
from .label_lines import LabelLines
from .listing import as_listing
from .picture import FADED, LIT, PLAIN, Picture
from .placement import placed
from .quantity_graph import QuantityGraph, reached
from .svg import as_svg
from .tikz import as_tex, as_tikz

FORMATS: dict[str, Callable[[Picture], str]] = {
    "svg": as_svg,
    "dot": as_dot,
    "gv": as_dot,
    "tikz": as_tikz,
    "tex": as_tex,
}
"""By how a file's name ends: what writes the picture."""
MOST_NODES = 200
"""Boxes that a picture may have."""
DIGITS = 4
MOST_DIGITS = 15


class Diagram:
    """A derivation as a picture: a box for each symbol, an arrow for each step of the chain rule.

    A box has the name and the formula and, where there are values, the value and the derivative of the loss by it; an
    arrow its local partial derivative. In a notebook it shows itself; `str` lists what it shows.

    Args:
        derivation: made by backprop; of an expression, in steps.
        values: by symbol or name, of every parameter and of the data; None for formulas alone.
        parameter: a parameter or quantity whose paths to the loss are drawn strong, and the rest faint; if the whole
            had more boxes than can be read, nothing but these paths is drawn.
        digits: significant digits of numbers.

    Attributes:
        picture: boxes, arrows and their places, in no format yet.

    Raises:
        ParameterError: a value is missing, unknown or no number, or there is no such parameter or quantity.
        SizeError: there are more boxes than can be read; the message says what can be drawn.
        UnsupportedError: the method forms no adjoints.
    """

    def __init__(
        self, derivation: Sweep, values: Mapping[Any, Any] | None = None, parameter: Any = None, digits: int = DIGITS
    ) -> None:
        if not derivation.way.forms_adjoints:
            raise UnsupportedError(f"method {derivation.method!r} forms no adjoints to draw: use method='backprop'")
        if isinstance(digits, bool) or not isinstance(digits, int) or not 1 <= digits <= MOST_DIGITS:
            raise ParameterError(f"digits is {str(digits)[:40]}: give a whole number from 1 to {MOST_DIGITS}")
        start = None if parameter is None else _start(derivation, parameter)
        drawn = QuantityGraph(derivation)
        shown = _shown(drawn, start)
        point = None if values is None else Point(derivation, values)
        self.picture = _picture(drawn, LabelLines(drawn, point, digits), start, shown)

    def __str__(self) -> str:
        return as_listing(self.picture)

    def __repr__(self) -> str:
        return f"Diagram({self.picture.title}; {len(self.picture.nodes)} boxes)"

    def svg(self) -> str:
        """The picture as SVG, for light and for dark pages."""
        return as_svg(self.picture)

    def dot(self) -> str:
        """The picture as DOT, which Graphviz lays out in its own way."""
        return as_dot(self.picture)

    def tikz(self) -> str:
        """The picture as a tikzpicture, for a document that uses amsmath and tikz."""
        return as_tikz(self.picture)

    def write(self, path: str | Path) -> Path:
        """Write the picture, in the format that the path ends in: .svg, .dot, .gv, .tikz, or .tex with a page around.

        Raises:
            OutputError: the path cannot be written; nothing is left behind.
            UnknownNameError: there is no such format.
        """
        return write_text(path, FORMATS[format_of(path)](self.picture))

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, str]:
        return {"image/svg+xml": self.svg(), "text/plain": str(self)}


def format_of(path: str | Path) -> str:
    """The format that a path ends in.

    Raises:
        OutputError: it is no path.
        UnknownNameError: there is no such format.
    """
    if not isinstance(path, str | os.PathLike):
        raise OutputError(f"cannot write to {path!r}, which is {type(path).__name__}: pass a path as text or as a Path")
    ending = Path(path).suffix.removeprefix(".").lower()
    if ending not in FORMATS:
        raise unknown_name("format", ending, FORMATS)
    return ending


# --- what is shown ---


def _start(derivation: Sweep, parameter: Any) -> sp.Symbol:
    start = derivation.resolve(parameter)
    if start == derivation.loss:
        raise ParameterError(f"{start.name} is where the paths end: choose a parameter or a quantity before it")
    return start


def _shown(drawn: QuantityGraph, start: sp.Symbol | None) -> set[sp.Symbol]:
    """The symbols that get a box: all, or those on the paths alone."""
    if len(drawn.roles) <= MOST_NODES:
        return set(drawn.roles)
    part = set() if start is None else _ahead(drawn, start)
    if start is None or len(part) > MOST_NODES:
        raise _refusal(drawn, start, len(part))
    return part


def _ahead(drawn: QuantityGraph, start: sp.Symbol) -> set[sp.Symbol]:
    """The symbols on the paths from one, found without forming the steps."""
    steps = ((one, other) for one, others in drawn.derivation.consumers.items() for other in others)
    return reached(start, steps) & {*drawn.roles}


def _refusal(drawn: QuantityGraph, start: sp.Symbol | None, size: int) -> SizeError:
    what = f"the picture would have {len(drawn.roles):,} boxes"
    if start is not None:
        what = f"even the paths of {start.name} would have {size:,} boxes"
    advice = " or ".join(_advice(drawn)) or "read its formulas as text (formulas(), symbackprop derive)"
    return SizeError(f"{what}, and {MOST_NODES} can be read: {advice}")


def _advice(drawn: QuantityGraph) -> Iterator[str]:
    """What can be drawn instead."""
    network = drawn.derivation.network
    if network is not None and network.form == "scalar" and 4 * len(network.layers) + 3 <= MOST_NODES:
        yield "draw whole layers (layers=True, --layers)"
    sizes = ((symbol, len(_ahead(drawn, symbol))) for symbol in (drawn.derivation.wrt[0], drawn.derivation.wrt[-1]))
    found = next(((symbol, size) for symbol, size in sizes if size <= MOST_NODES), None)
    if found is not None:
        symbol, size = found
        yield f"the paths of one parameter, {symbol.name} say, which has {size} (parameter=, --parameter)"


def _picture(drawn: QuantityGraph, lines: LabelLines, start: sp.Symbol | None, shown: set[sp.Symbol]) -> Picture:
    lit = {*drawn.roles} if start is None else drawn.ahead(start)
    is_whole = len(shown) == len(drawn.roles)
    strong, weak = (PLAIN, PLAIN) if start is None or not is_whole else (LIT, FADED)
    symbols = [symbol for symbol in drawn.roles if symbol in shown]
    nodes = {symbol: replace(lines.node(symbol), mark=strong if symbol in lit else weak) for symbol in symbols}
    links = [link for link in drawn.links if link.start in shown and link.end in shown]
    on_the_way = [link.term is not None and link.start in lit for link in links]
    edges = [replace(lines.edge(link), mark=strong if on else weak) for link, on in zip(links, on_the_way, strict=True)]
    captions = list(_captions(drawn, start, is_whole, lines.point is not None))
    if any(edge.line is not None and edge.line.sides[0].kind is Kind.RATIO for edge in edges):
        captions.insert(1, _IN_THE_PLACE.format(loss=drawn.derivation.loss.name))
    return placed(title(drawn.derivation), captions, drawn, nodes, edges)


_IN_THE_PLACE = (
    "A partial derivative that is too long for its arrow is there by its name; |direct: through the equation of {loss} "
    "alone."
)


def _captions(drawn: QuantityGraph, start: sp.Symbol | None, is_whole: bool, has_values: bool) -> Iterator[str]:
    loss = drawn.derivation.loss.name
    of_matrices = f"what it adds to the derivative of {loss} by where it starts"
    partial = of_matrices if drawn.terms.is_of_matrices else "its partial derivative"
    dashed = " Dashed: what else a formula is written in." if any(link.term is None for link in drawn.links) else ""
    yield f"Arrows: steps of the chain rule, each with {partial}.{dashed}"
    if has_values:
        yield f"Blue: values. Red: derivatives of {loss}."
    if start is not None:
        which = "Drawn strong" if is_whole else "Drawn alone"
        products = f"; the derivative by {start.name} is the sum of the products along them"
        yield f"{which}: the paths from {start.name} to {loss}{'' if drawn.terms.is_of_matrices else products}."
