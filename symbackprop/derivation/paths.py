"""Paths from a symbol to the loss, along named quantities: what the chain rule is a sum over, written out.

Source: Bauer, "Computational graphs and rounding error", SIAM Journal on Numerical Analysis 11 (1974): a derivative is
the sum, over all paths, of the products of the local partials along each. Their number is found by dynamic
programming, and so is how many of them go through a quantity or a step: nothing is enumerated to be counted.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import sympy as sp

from ..errors import UnsupportedError
from ..graph import Node
from .chain_rule import ChainRule
from .derivation_cost import longest_last
from .result_types import ChainStep
from .sweep import Sweep


@dataclass(frozen=True)
class Path:
    """One way from a symbol to the loss.

    symbols: from that symbol to the loss, both included. locals: the nodes of d(symbols[i + 1])/d(symbols[i]), one
    fewer than symbols. product: the node of what comes of them multiplied, from the loss backwards.
    """

    symbols: tuple[sp.Symbol, ...]
    locals: tuple[Node, ...]
    product: Node


class Routes:
    """All steps from one named quantity to the next on which the loss depends, and the sweep over them.

    The steps are read off the equations, so that a derivation made by any method has them.

    Raises:
        UnsupportedError: there are matrices, and between matrices there are no paths of numbers; or it is the
            derivative along a direction.
    """

    def __init__(self, derivation: Sweep) -> None:
        if derivation.graph.shapes:
            raise UnsupportedError("paths lead between numbers, and here are matrices: derive the scalar form instead")
        if derivation.way.is_directional:
            raise UnsupportedError("paths lead from single symbols, and here several vary: take derive in place of jvp")
        self.derivation = derivation
        self.graph = derivation.graph
        self.loss = derivation.loss
        self.steps: dict[sp.Symbol, list[ChainStep]] = {self.loss: []}
        self.ways = {self.loss: 1}
        self.adjoints: dict[sp.Symbol, Node] = {self.loss: self.graph.one}
        self._sweep()

    def _sweep(self) -> None:
        """From the loss back: by symbol its steps, how many ways lead on from it, and its adjoint."""
        derivation = self.derivation
        rule = ChainRule(self.graph, derivation, self.adjoints.get)
        for consumer in derivation.quantities:
            if derivation.parts(consumer):  # what is made of data alone is made by what may have no rule
                rule.partials(consumer, self.graph.one)
        for symbol in [*reversed(derivation.quantities), *derivation.wrt]:
            if symbol != self.loss:
                consumers = (consumer for consumer in derivation.consumers[symbol] if self.ways[consumer])
                found = [step for consumer in consumers if (step := rule.step(symbol, consumer)) is not None]
                self.steps[symbol] = found
                self.ways[symbol] = sum(self.ways[step.consumer] for step in found)
                self.adjoints[symbol] = self.graph.sum([step.contribution for step in found])

    @property
    def edges(self) -> int:
        """How many steps there are, each of which the sweep takes once."""
        return sum(map(len, self.steps.values()))


class Paths:
    """The paths from some symbols to the loss, along named quantities; iterating makes one `Path` after the other.

    Attributes:
        routes: the steps that they are made of.
        starts: where they begin.
        count: how many there are, exactly; `len` could not say it, as there may be more than any computer counts to.
    """

    def __init__(self, routes: Routes, starts: Iterable[sp.Symbol]) -> None:
        self.routes = routes
        self.starts = tuple(starts)
        self.count = sum(routes.ways[start] for start in self.starts)
        self._arrivals = self._counted()

    def _counted(self) -> dict[sp.Symbol, int]:
        """By symbol on the way: in how many ways one gets to it."""
        found = {start: 1 for start in self.starts if self.routes.ways[start]}
        for symbol in reversed(self.routes.steps):
            if symbol in found:
                for step in self.routes.steps[symbol]:
                    found[step.consumer] = found.get(step.consumer, 0) + found[symbol]
        return found

    def __iter__(self) -> Iterator[Path]:
        for start in self.starts:
            if self.routes.ways[start]:
                yield from self._from(start)

    def _from(self, start: sp.Symbol) -> Iterator[Path]:
        """Depth first: `taken` leads to where `ahead` has the steps left to take; every way ends at the loss."""
        taken: list[ChainStep] = []
        ahead = [iter(self.routes.steps[start])]
        if start == self.routes.loss:
            yield self._path(start, taken)
        while ahead:
            step = next(ahead[-1], None)
            if step is not None:
                taken.append(step)
                ahead.append(iter(self.routes.steps[step.consumer]))
                if step.consumer == self.routes.loss:
                    yield self._path(start, taken)
            else:
                ahead.pop()
                del taken[-1:]

    def _path(self, start: sp.Symbol, taken: Sequence[ChainStep]) -> Path:
        locals_ = tuple(step.local for step in taken if step.local is not None)
        product = self.routes.graph.one
        for local in reversed(locals_):
            product = self.routes.graph.mul(product, local)
        return Path((start, *(step.consumer for step in taken)), locals_, product)

    def through(self, symbol: sp.Symbol) -> int:
        """How many of the paths go through a symbol, or begin or end there."""
        return self._arrivals.get(symbol, 0) * self.routes.ways[symbol]

    @property
    def way(self) -> list[sp.Symbol]:
        """The symbols that a path goes through, ends included, from the loss backwards."""
        derivation, steps = self.routes.derivation, self.routes.steps
        order = [symbol for symbol in (*derivation.quantities, *derivation.wrt) if symbol in self._arrivals]
        return longest_last(order, {symbol: [step.consumer for step in steps[symbol]] for symbol in steps})

    # --- what it takes to multiply ---

    @property
    def multiplications_apart(self) -> int:
        """Multiplications along all paths, each by itself: one for each factor after the first that is not 1."""
        factors = sum(
            self._arrivals[symbol] * self.routes.ways[step.consumer] for symbol, step in self._steps() if self._is(step)
        )
        return factors - (self.count - self._without_a_factor())

    @property
    def multiplications_shared(self) -> int:
        """Multiplications of the sweep for the same derivatives: one for each step, if neither factor is 1."""
        one = self.routes.graph.one
        return sum(self._is(step) and step.upstream != one for _, step in self._steps())

    def _steps(self) -> Iterator[tuple[sp.Symbol, ChainStep]]:
        return ((symbol, step) for symbol in self._arrivals for step in self.routes.steps[symbol])

    def _is(self, step: ChainStep) -> bool:
        """Whether the local partial is a factor that has to be multiplied by."""
        return step.local != self.routes.graph.one

    def _without_a_factor(self) -> int:
        """How many paths have the product 1 because each factor is 1."""
        plain = {self.routes.loss: 1}
        for symbol, steps in self.routes.steps.items():
            if symbol != self.routes.loss:
                plain[symbol] = sum(plain[step.consumer] for step in steps if not self._is(step))
        return sum(plain[start] for start in self.starts)
