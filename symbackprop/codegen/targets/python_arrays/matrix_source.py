"""The functions of a model with matrices: each parameter an array, the samples along the first axis of all data."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from functools import cached_property
from typing import Any

from ....networks import shape_of
from ...batching import Input
from ...lifetimes import stored
from ...line_comments import Formulas
from ...passes.expanding import expanded
from ...program import TRAINED, Program
from ...steps import DATA, PARAMETER, TARGET, Step
from .model_source import DTYPE, LENGTH, ModelSource
from .program_parts import Parts, size_of
from .readable_style import moved_labels
from .step_expressions import Expressions


class MatrixSource(ModelSource):
    """Each parameter an array, in plain expressions."""

    def _parameters(self) -> dict[Any, Input]:
        return {symbol: (PARAMETER, symbol, None) for symbol in self.model.parameters}

    def _asked(self) -> Program:
        return Program(self.derivation, self.given, self.data)

    def _order(self) -> Sequence[Any]:
        """The backward pass as a reader wants it, or as the sweep found it."""
        places, nodes = self.model.places, self.derivation.gradient_nodes
        return sorted(self.model.parameters, key=lambda symbol: (places.get(symbol, 0), nodes[symbol]))

    def _parts(self) -> Parts:
        ends = [self._total, *self._gradients.values(), *self._outputs]
        rewriting = expanded(self.program.steps, ends, self.careful, self.dialect.expansion)
        total, *others = (rewriting.moved[end] for end in ends)
        named = moved_labels(self.program.labels(TRAINED), rewriting.moved)
        return Parts(
            Expressions(self.dialect, rewriting.steps, self.texts, length=LENGTH, dtype=DTYPE),
            named,
            Formulas(self.derivation, named.values()),
            total=total,
            gradients=others[: len(self._gradients)],
            outputs=others[len(self._gradients) :],
            loss=self.derivation.loss,
        )

    # --- arguments and results ---

    @cached_property
    def texts(self) -> dict[Input, str]:
        """What each given thing is called: an array, or the view of it without axes of one entry."""
        shapes = {symbol: self.model.shapes[name] for symbol, (name, _) in self.model.entries.items()}
        texts = {self.given[symbol]: self.names.of(symbol) + layout_index(shape) for symbol, shape in shapes.items()}
        for symbol in self.data:
            texts[self.given[symbol]] = self._whole.get(symbol) or self.names.of(symbol)
        return texts

    @cached_property
    def _columns(self) -> dict[Any, tuple[str, int]]:
        """By input or target: the array that it is a part of, and its first column there."""
        found: dict[Any, tuple[str, int]] = {}
        for data, symbols in (("Y", self.model.targets), ("X", self.model.inputs)):
            start = 0
            for symbol in symbols:
                if data == "X" or symbol not in self.model.inputs:
                    found[symbol] = data, start
                    start += size_of(shape_of(symbol))
        return found

    @cached_property
    def _whole(self) -> dict[Any, str]:
        """The inputs and targets that are all of X or of Y, and no matrices: X and Y serve for them as they stand."""
        parts = Counter(data for data, _ in self._columns.values())
        alone = {symbol: data for symbol, (data, _) in self._columns.items() if parts[data] == 1}
        return {
            symbol: data if size_of(shape_of(symbol)) > 1 else f"{data}[:, 0]"
            for symbol, data in alone.items()
            if _rank(symbol) < 2
        }

    def unpacked(self, given: Collection[Input]) -> list[str]:
        """Data as views of X and Y, parameters by their names."""
        read = {what[1] for what in given if what[0] in (PARAMETER, DATA, TARGET)}
        cut = [self._cut(symbol) for symbol in self.data if symbol in read and symbol not in self._whole]
        return [*cut, *self._arrays([symbol for symbol in self.model.parameters if symbol in read])]

    def _cut(self, symbol: Any) -> str:
        """The line that cuts a part out of X or Y: a view."""
        data, start = self._columns[symbol]
        shape, name = shape_of(symbol), self.names.of(symbol)
        if size_of(shape) == 1:
            return f"    {name} = {data}[:, {start}]"
        columns = f"{data}[:, {start}:{start + size_of(shape)}]"
        return f"    {name} = {columns}" + (f".reshape(-1, {shape[0]}, {shape[1]})" if _rank(symbol) == 2 else "")

    def _arrays(self, symbols: Sequence[Any]) -> list[str]:
        """The lines that take some parameters by their names, a layer's in one."""
        found: list[str] = []
        for start in range(0, len(symbols), 2):
            pair = symbols[start : start + 2]
            names = ", ".join(self.names.of(symbol) for symbol in pair)
            values = ", ".join(f'params["{self.model.entries[symbol][0]}"]' for symbol in pair)
            found.append(f"    {names} = {values}")
        return found

    def column(self, symbol: Any, text: str, sampled: bool) -> str:
        """An output as columns: a row of entries for each sample."""
        shape, module = shape_of(symbol), self.dialect.module
        if not sampled:  # the same whatever the inputs are
            return f"{module}.broadcast_to({module}.reshape({text}, -1), ({LENGTH}, {size_of(shape)}))"
        return text + ("[:, None]", "", f".reshape({LENGTH}, -1)")[_rank(symbol)]

    def whole_gradient(self, name: str, values: Mapping[Step, str]) -> str:
        """A gradient with all of its entries: what is the same for several of them is repeated."""
        step, shape, steps, module = self.step_of(name), self.model.shapes[name], self.parts.steps, self.dialect.module
        if stored(steps, step) and steps.axes[step] == tuple(size for size in shape if size != 1):
            return values[step]
        kept = shape if size_of(steps.axes[step]) == size_of(shape) else steps.axes[step] or (1,) * len(shape)
        return f"{module}.full({shape}, {module}.reshape({values[step]}, {tuple(kept)}), {DTYPE})"

    def step_of(self, name: str) -> Step:
        """The gradient of an array of parameters, as it is written."""
        return self._steps_of[name]

    @cached_property
    def _steps_of(self) -> dict[str, Step]:
        names = (self.model.entries[symbol][0] for symbol in self._gradients)
        return dict(zip(names, self.parts.gradients, strict=True))


def _rank(symbol: Any) -> int:
    """How many axes an array of a program has for it: axes of one entry go."""
    return sum(size != 1 for size in shape_of(symbol))


def layout_index(shape: Sequence[Any]) -> str:
    """What makes the array of a program of an array of this shape: axes of one entry go."""
    if 1 not in shape:
        return ""
    return f"[{', '.join('0' if size == 1 else ':' for size in shape)}]"
