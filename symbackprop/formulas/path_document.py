"""What is said about paths: each one with its product, their sum, and what the backward sweep shares among them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby, islice, pairwise
from sys import maxsize
from typing import Any

import sympy as sp

from ..cost import amount
from ..derivation import Path, Paths, Routes, Sweep
from ..errors import ParameterError, SizeError
from ..notation.quantities import Chain, Formula, Mark, Name, Ratio
from .chain_terms import mark
from .content import Document, Equation, Line, Note, Product, Section, Side, Sum, Table, Words, note
from .documents import finished
from .equations import LONGEST, Equations, too_long
from .labels import USUAL
from .printer import fits
from .wording import numbered

MOST_PATHS = 20
"""Paths, and shared derivatives, that are listed unless one asks for more."""
_FEW = 8
"""Paths whose products stand in one equation as their sum."""
_LONG = 24
"""Factors of the longest product along a path that is printed."""
_SCREENFUL = 40
"""Equations of the forward pass that are shown with the paths, if there are no more of them on the way."""


def document_of_paths(
    derivation: Sweep, parameter: Any = None, most: int = MOST_PATHS, width: int = 80, notation: str = USUAL
) -> Document:
    """What is to be said about the paths from one parameter or named quantity to the loss, or from each parameter.

    Raises:
        ParameterError: there is no such parameter or quantity, or it is the loss.
        SizeError: `most`, the paths to list, is no number of paths.
        UnknownNameError: there is no such notation.
        UnsupportedError: there are matrices.
    """
    symbol = None if parameter is None else derivation.resolve(parameter)
    if isinstance(most, bool) or not isinstance(most, int) or most < 1:
        raise SizeError(f"most is {str(most)[:40]}, the number of paths to list: give a whole number from 1 up")
    if symbol == derivation.loss:
        raise ParameterError(f"{symbol.name} is where the paths end: choose a parameter or a quantity before it")
    tell = _overview(derivation, most) if symbol is None else _of_one(derivation, symbol, most)
    return finished(derivation, tell, width, notation, explains=symbol is not None)


def _of_one(derivation: Sweep, symbol: sp.Symbol, most: int) -> Iterator[Section]:
    paths = PathEquations(derivation, [symbol], most)
    yield Section("What it uses", tuple(paths.passed()))
    yield Section(note("The paths from ", Name(symbol), " to ", Name(derivation.loss)), (paths.how_many(Name(symbol)),))
    yield Section("Each path, and the product of the partial derivatives along it", tuple(paths.listed()), depth=2)
    yield Section(note("The derivative by ", Name(symbol), ", summed over the paths"), tuple(paths.summed(symbol)))
    if paths.shared:
        yield Section("What the backward sweep shares", tuple(paths.sharing("paths from ", Name(symbol))))
        title = note("The derivative by ", Name(symbol), ", as the sweep forms it")
        yield Section(title, tuple(paths.factored(symbol)))
    if paths.paths.count and symbol != derivation.loss:
        yield Section("Cost", tuple(paths.cost(paths.ratio(symbol))))


def _overview(derivation: Sweep, most: int) -> Iterator[Section]:
    paths = PathEquations(derivation, derivation.wrt, most)
    counted = (paths.how_many(_parameters(derivation)), *paths.by_parameter())
    yield Section(note("The paths to ", Name(derivation.loss)), counted)
    if paths.shared:
        yield Section("What the backward sweep shares", tuple(paths.sharing("paths")))
    yield Section("Cost", tuple(paths.cost()))


class PathEquations(Equations):
    """What the paths from some symbols say; lists so many of them at most."""

    def __init__(self, derivation: Sweep, starts: Sequence[sp.Symbol], most: int) -> None:
        super().__init__(derivation)
        self.most = min(most, maxsize)
        self.routes = Routes(derivation)
        self.all = Paths(self.routes, derivation.wrt)
        self.paths = Paths(self.routes, starts)
        self.compared = {self.paths.starts: self.paths, self.all.starts: self.all}
        ends = {derivation.loss, *self.paths.starts}
        self.shared = [symbol for symbol in self.paths.way if symbol not in ends]

    def passed(self) -> Iterator[Line]:
        """What the paths lead through and what their products are written in, if that is a screenful."""
        needed = set(self.paths.way)
        if len(needed) <= _SCREENFUL:
            steps = [step for symbol in self.paths.way for step in self.routes.steps[symbol]]
            needed = needed.union(*(self._quantities_in(local) for step in steps if (local := step.local) is not None))
            yield from self.forward(needed)

    # --- each path ---

    def how_many(self, start: Any) -> Note:
        """The number of paths, and of the edges that the sweep visits instead."""
        count, loss = self.paths.count, self.derivation.loss
        one = count == 1
        of_all = f", {amount(self.all.count)} from {_parameters(self.derivation)}"
        return note(
            f"{numbered(count, 'path') if count else 'No path'} {'leads' if one or not count else 'lead'} from ",
            *(start, " to ", Name(loss), *(() if len(self.compared) == 1 else (of_all,))),
            f". The backward sweep visits {numbered(self.routes.edges, 'edge')}, each once.",
        )

    def listed(self) -> Iterator[Line]:
        """The first paths, and how many more there are."""
        shown = list(islice(self.paths, self.most))
        yield from self._parts(self.formula(local) for path in shown if _is_short(path) for local in path.locals)
        for number, path in enumerate(shown, start=1):
            yield from self._path(number, path)
        yield from self._more(self.paths.count, "path")

    def _more(self, count: int, what: str) -> Iterator[Line]:
        if count > self.most:
            yield note(f"And {numbered(count - self.most, f'more {what}')}.")

    def _path(self, number: int, path: Path) -> Iterator[Line]:
        """Its names, its product as the chain rule has it, and the same worked."""
        symbols: tuple[sp.Symbol | None, ...] = path.symbols
        if len(symbols) > _LONG + 1:  # its ends: one path and the next differ near the loss
            symbols = (*symbols[: _LONG // 6], None, *symbols[-_LONG // 2 :])
        yield note(f"Path {number}: ", Chain(symbols))
        if not _is_short(path):
            yield note(f"({amount(len(path.locals))} factors, too many to print)")
        elif path.locals:
            ratios = tuple(self._partial(top, bottom) for bottom, top in _edges(path))
            yield Equation((), (Sum((Product(ratios, _marks(path)),)), self._along([path])))

    def _partial(self, top: sp.Symbol, bottom: sp.Symbol) -> Ratio:
        """A partial derivative of one equation; that of the loss is marked where the whole derivative has more."""
        return Ratio(top, bottom, direct=top == self.derivation.loss and len(self.routes.steps[bottom]) > 1)

    def _along(self, paths: Sequence[Path]) -> Side:
        """The products along some paths and their sum, each partial derivative in named quantities."""
        terms = [[self._factor(local) for local in reversed(path.locals)] for path in paths]
        for factor in (factor for term in terms for factor in term):
            if isinstance(factor, Formula) and not fits(factor, LONGEST):
                return too_long(factor)
        return Sum(tuple(Product(tuple(term), _marks(path)) for term, path in zip(terms, paths, strict=True)))

    def summed(self, symbol: sp.Symbol) -> Iterator[Line]:
        """The derivative as the sum of the products, where people would read it."""
        paths = list(islice(self.paths, _FEW + 1))
        if not paths or not paths[0].locals:
            yield Equation(self._left(symbol)[-1:], (self.full(self.routes.adjoints[symbol]),))
        elif len(paths) <= _FEW and all(map(_is_short, paths)):
            yield from self._parts(self.formula(local) for path in paths for local in path.locals)
            yield Equation(self._left(symbol), (self._along(paths),))
        else:
            yield note(self.ratio(symbol), f" is the sum of all {amount(self.paths.count)} products.")

    # --- what is shared ---

    def sharing(self, *heads: Any) -> Iterator[Line]:
        """Each shared derivative, and how many paths it is part of."""
        yield note(
            "Paths that meet in a quantity go on from there in the same ways. The sum over these ways is the "
            "derivative by that quantity: the sweep forms it once, for all paths that come through."
        )
        everywhere = [note("paths from all parameters")] * (len(self.compared) - 1)
        rows = [(self._equal(symbol), *self._through(symbol)) for symbol in self.shared[: self.most]]
        yield Table(((note("formed once"), note(*heads), *everywhere), *rows))
        yield from self._more(len(self.shared), "such derivative")

    def _equal(self, symbol: sp.Symbol) -> Note:
        """The names of a derivative."""
        first, *more = self._left(symbol)
        return Note((first, *(part for name in more for part in (Words(" = "), name))))

    def _through(self, symbol: sp.Symbol) -> Iterator[Note]:
        for paths in self.compared.values():
            part, whole = amount(paths.through(symbol)), amount(paths.count)
            yield note(f"{part} of {whole}" if whole[0].isdigit() else part)

    def factored(self, symbol: sp.Symbol) -> Iterator[Line]:
        """The shared derivatives from the loss backwards, each in those before it, and in them the one by `symbol`."""
        last = min(len(self.shared), self.most)
        for number, one in enumerate([*self.shared[:last], symbol]):
            terms = [self._terms.of_numbers(step, one) for step in self.routes.steps[one]]
            yield from self._more(len(self.shared), "such derivative") if number == last else ()
            yield from self._parts(self._shown_in(terms))
            yield Equation(self._left(one), (self._sum(terms),))

    def cost(self, *start: Any) -> Iterator[Line]:
        """What multiplying along each path takes, and what the sweep takes, by one rule."""
        names = (*start, _parameters(self.derivation))
        rows = []
        for name, paths in zip(names, self.compared.values(), strict=False):
            counts = map(amount, (paths.multiplications_apart, paths.multiplications_shared))
            rows.append((note(name), *map(note, counts)))
        yield Table(((note("multiplications"), note("path by path"), note("in the sweep")), *rows))
        yield note(
            "Counted is one multiplication for each factor of a product after the first, none for a factor 1; the "
            "local partial derivatives are taken as given."
        )

    # --- all parameters ---

    def by_parameter(self) -> Iterator[Line]:
        """How many paths begin at each parameter; neighbours that have as many in one row."""
        runs = [list(run) for _, run in groupby(self.all.starts, self.routes.ways.__getitem__)]
        heads = tuple(map(note, ("parameters", "how many", "paths from each", "together")))
        yield Table((heads, *(tuple(self._run(run)) for run in runs[: self.most])))
        yield from self._more(len(runs), "row")

    def _run(self, run: Sequence[sp.Symbol]) -> Iterator[Note]:
        each = self.routes.ways[run[0]]
        yield note(Name(run[0]), *((" to ", Name(run[-1])) if len(run) > 1 else ()))
        yield from (note(amount(count)) for count in (len(run), each, len(run) * each))


def _parameters(derivation: Sweep) -> str:
    count = len(derivation.wrt)
    return "the one parameter" if count == 1 else f"the {amount(count)} parameters"


def _edges(path: Path) -> Iterator[tuple[sp.Symbol, sp.Symbol]]:
    """The lower and the upper ends of its steps, from the loss backwards."""
    yield from reversed(list(pairwise(path.symbols)))


def _marks(path: Path) -> tuple[Mark, ...]:
    return tuple(mark(edge, "local") for edge in _edges(path))


def _is_short(path: Path) -> bool:
    return len(path.locals) <= _LONG
