"""The functions of a model of numbers: each parameter by its own name, each named quantity a line."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from functools import cached_property
from itertools import groupby
from typing import Any

import sympy as sp

from ...batching import Input
from ...line_comments import ChainRules
from ...program import TRAINED, Program
from ...steps import DATA, PARAMETER, TARGET, Step
from . import line_breaking
from .model_source import DTYPE, LENGTH, ModelSource
from .program_parts import Parts
from .readable_style import moved_labels
from .step_expressions import PLAIN_STYLE, Expressions


class ScalarSource(ModelSource):
    """Each parameter a number, each quantity a line, in the order in which a person would write them."""

    def _parameters(self) -> dict[Any, Input]:
        shapes = self.model.shapes
        arrays = {name: sp.MatrixSymbol(name, *(*shape, 1, 1)[:2]) for name, shape in shapes.items()}
        return {symbol: (PARAMETER, arrays[name], index) for symbol, (name, index) in self.model.entries.items()}

    def _asked(self) -> Program:
        program = Program(self.derivation, self.given, self.data, follows=True)
        program.read(self.derivation.roots, TRAINED)
        return program

    def _parts(self) -> Parts:
        inputs = {what: self.names.of(symbol) for symbol, what in self.given.items()}
        ends = [self._total, *self._gradients.values(), *self._outputs]
        steps, labels = self.program.steps, self.program.labels(TRAINED)
        rewriting = self.careful(steps, ends)
        steps, ends = rewriting.steps, [rewriting.moved[end] for end in ends]
        labels = moved_labels(labels, rewriting.moved)
        total, *others = ends
        return Parts(
            Expressions(self.dialect, steps, inputs, PLAIN_STYLE, length=LENGTH, dtype=DTYPE),
            labels,
            ChainRules(self.derivation),
            total=total,
            gradients=others[: len(self._gradients)],
            outputs=others[len(self._gradients) :],
            loss=self.derivation.loss,
            is_plain=True,
        )

    # --- arguments and results ---

    def unpacked(self, given: Collection[Input]) -> list[str]:
        """Data as one array per input over the samples; parameters as one number each."""
        roles = {role for role, *_ in given}
        arrays = {symbol.name for role, symbol, _ in given if role == PARAMETER}
        found = self._columns("X", self.model.inputs) if DATA in roles else []
        if TARGET in roles:
            found += self._columns("Y", [symbol for symbol in self.model.targets if symbol not in self.model.inputs])
        return found + [line for name in self.model.shapes if name in arrays for line in self._numbers(name)]

    def _columns(self, data: str, symbols: Collection[Any]) -> list[str]:
        return line_breaking.unpacked(list(map(self.names.of, symbols)), f"{data}.T")

    def _numbers(self, array: str) -> list[str]:
        """The line that takes the numbers out of one array of parameters."""
        placed = self.placed[array]
        if () in placed:
            return [f'    {self.names.of(placed[()])} = params["{array}"]']
        if len(self.model.shapes[array]) == 1:
            return line_breaking.unpacked([self.names.of(symbol) for symbol in placed.values()], f'params["{array}"]')
        rows = [[self.names.of(placed[index]) for index in row] for _, row in groupby(placed, lambda index: index[0])]
        return line_breaking.unpacked([line_breaking.target(row) for row in rows], f'params["{array}"]')

    @cached_property
    def placed(self) -> dict[str, dict[tuple[int, ...], Any]]:
        """By array of parameters: the parameter at each place, row by row."""
        placed: dict[str, dict[tuple[int, ...], Any]] = {name: {} for name in self.model.shapes}
        for symbol, (name, index) in sorted(self.model.entries.items(), key=lambda item: item[1][1]):
            placed[name][index] = symbol
        return placed

    def column(self, symbol: Any, text: str, sampled: bool) -> str:
        return text if sampled else f"{self.dialect.module}.full({LENGTH}, {text})"

    def _stacked(self, columns: list[str]) -> str:
        stacked = f"{self.dialect.module}.stack([{', '.join(columns)}], axis=1, dtype={DTYPE})"
        return stacked if columns else super()._stacked(columns)

    def texts_of(self, values: Mapping[Step, str]) -> dict[Any, str]:
        """By parameter: the text of its derivative."""
        return {symbol: values[step] for symbol, step in zip(self._gradients, self.parts.gradients, strict=True)}

    def gathered(self, texts: Mapping[Any, str]) -> list[str]:
        """What stands for each parameter, in the order of SHAPES, row by row."""
        return [texts[symbol] for placed in self.placed.values() for symbol in placed.values()]
