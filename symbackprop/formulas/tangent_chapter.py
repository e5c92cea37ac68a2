"""Forward mode in print: along each parameter, how one quantity after the other changes with it."""

from __future__ import annotations

from collections.abc import Iterator

import sympy as sp

from ..derivation import TangentStep
from ..graph import Node
from ..notation.quantities import Factor, Formula, Names, Ratio
from .chapter import Chapter, rule
from .content import Equation, Line, single


class TangentChapter(Chapter):
    """Tells a derivation by forward sweeps."""

    def tangents(self, parameter: sp.Symbol) -> Iterator[Line]:
        """d(quantity)/d(parameter) of every quantity that depends on the parameter, in the order of the sweep."""
        found = self.derivation.tangents_along(parameter)
        for symbol, node in self.quantities.items():
            if node in found:
                yield from self._tangent(symbol, parameter, found[node])

    def direction(self) -> Iterator[Line]:
        """The tangents that the sweep starts from, where it goes along a direction of several symbols."""
        for symbol, node in (self.derivation.along or {}).items():
            yield Equation((single(Ratio(symbol, self.derivation.wrt[0])),), (self.full(node),))

    def _tangent(self, symbol: sp.Symbol, parameter: sp.Symbol, node: Node) -> Iterator[Line]:
        left = (single(Ratio(symbol, parameter)),)
        if self.graph.shapes:
            yield Equation(left, (self.side(Formula(self.graph, node, self._named_along(parameter))),))
            return
        steps = self.derivation.tangent_chain(symbol, parameter)
        shown = [self.formula(step.local) for step in steps if step.local not in self._names]
        yield from self._parts(shown)
        nonzero = [step for step in steps if step.local != self.graph.zero]
        worked = self._sum_of([((), step.local, self._tangent_of(step, parameter)) for step in nonzero])
        yield Equation(left, (*rule(symbol, [step.part for step in steps], parameter), worked))

    def _named_along(self, parameter: sp.Symbol) -> Names:
        """The quantities by their names, and their tangents as ratios."""
        found = self.derivation.tangents_along(parameter)
        ratios = {found[node]: Ratio(symbol, parameter) for symbol, node in self.quantities.items() if node in found}
        inner = {node: ratio for node, ratio in ratios.items() if not self.graph.op(node).leaf}
        return {**inner, **self._names}

    def _tangent_of(self, step: TangentStep, parameter: sp.Symbol) -> tuple[Factor, ...]:
        """The tangent of a part by its name; that of the parameter itself is 1."""
        if step.part in (self.derivation.along or ()):
            return (Formula(self.graph, step.tangent, {}),)
        return () if step.part == parameter else (Ratio(step.part, parameter),)
