"""The functions of a model as text: one forward pass, and the loss and the sweep that go on from there.

All forms and styles are one program of steps, done in two parts: what is known before any target, in `_forward`, and
the rest in `_sweep`. What differs is how parameters and data come in and how gradients go out.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Collection, Iterable, Mapping, Sequence
from functools import cached_property
from typing import Any

from ....derivation import Sweep
from ....errors import UnsupportedError
from ....networks import Model, shape_of
from ...batching import Input
from ...forward_split import behind, digest
from ...lifetimes import needed
from ...passes.accurate_steps import Accurate, AccurateNetwork
from ...passes.step_rewriting import Rewriting
from ...precedence import Text
from ...program import Program
from ...steps import BATCH, DATA, SCALE, TARGET, Step
from . import line_breaking
from .dialect import Dialect
from .identifiers import Identifiers
from .program_parts import Parts, given_to
from .readable_style import Code, Readable

LENGTH, DTYPE = "len(X)", "X.dtype"
"""What the functions of a model call the number of samples and the dtype of everything."""

Function = list[str]
"""The lines of a function."""


class ModelSource(ABC):
    """The functions of one model as text.

    Args:
        derivation: of a model, by all of its parameters.
        plain: the same model's by backprop, for what the method of `derivation` leaves out: the outputs.

    Attributes:
        helpers: what the functions made so far call.
        dialect: of the library.
        local_names: that the functions use themselves.
        style: its name.
        work: what `_forward` is given beside params and X by all but the sweep.

    Raises:
        UnsupportedError: the derivation is of no model, by some of its parameters, has symbols that are neither
            parameters nor data, or sizes that are symbols.
    """

    dialect: Dialect
    local_names: Collection[str]
    style, work = "readable", ""

    def __init__(self, derivation: Sweep, plain: Sweep | None = None) -> None:
        self.derivation, self.model = derivation, trainable(derivation)
        self.plain = plain or derivation
        self.helpers: set[str] = set()
        self.names = Identifiers([*self.local_names, *self.dialect.helpers])
        for symbol in (*self.model.parameters, *self.model.inputs, *self.model.targets):
            self.names.of(symbol)

    @property
    def digest(self) -> str:
        """Tells the program from others, in whichever style or language it is written."""
        return digest(self.program.steps, [self._total, *self._gradients.values()], self.face)

    @property
    def face(self) -> str:
        """How numbers come in and go out: arrays of parameters, columns of X, of Y and of the outputs."""
        symbols = (self.model.inputs, self.model.targets, self.model.outputs)
        return str([self.model.shapes, *([(symbol.name, shape_of(symbol)) for symbol in part] for part in symbols)])

    # --- the program ---

    @cached_property
    def program(self) -> Program:
        """All that the functions compute has been asked of it."""
        return self._asked()

    @cached_property
    def data(self) -> tuple[Any, ...]:
        """Inputs and targets, each once."""
        return tuple(dict.fromkeys((*self.model.inputs, *self.model.targets)))

    @cached_property
    def given(self) -> dict[Any, Input]:
        """By symbol: what it is given as; a target that is an input too is one."""
        targets: dict[Any, Input] = {symbol: (TARGET, symbol, None) for symbol in self.model.targets}
        inputs: dict[Any, Input] = {symbol: (DATA, symbol, None) for symbol in self.model.inputs}
        return {**self._parameters(), **targets, **inputs}

    @cached_property
    def _total(self) -> Step:
        return self.program.total(self.derivation.loss_node)

    @cached_property
    def _gradients(self) -> dict[Any, Step]:
        """The gradients, in the order in which they are asked for."""
        return {symbol: self.program.gradient(self.derivation.gradient_nodes[symbol]) for symbol in self._order()}

    def _order(self) -> Sequence[Any]:
        return self.derivation.wrt

    @cached_property
    def _outputs(self) -> list[Step]:
        """The outputs; none where the derivation has lost them, which names other quantities."""
        found = self.derivation.quantities
        known = all(symbol in found for symbol in self.model.outputs)
        return [self.program.value(found[symbol]) for symbol in self.model.outputs] if known else []

    @cached_property
    def parts(self) -> Parts:
        """The steps as they are written, in the two parts in which they are done."""
        return self._parts()

    # --- what the forms differ by ---

    @abstractmethod
    def _asked(self) -> Program:
        """A program, asked in the order in which it is read."""

    @abstractmethod
    def _parameters(self) -> dict[Any, Input]:
        """By parameter: what it is given as."""

    @property
    def careful(self) -> type[Rewriting]:
        """The first pass over the steps, for the digits: the forms of a network need less of it."""
        return Accurate if self.derivation.network is None else AccurateNetwork

    @abstractmethod
    def _parts(self) -> Parts:
        """The steps as the form rewrites them."""

    @abstractmethod
    def unpacked(self, given: Collection[Input]) -> list[str]:
        """The lines that take out of params, X and Y what some steps read."""

    @abstractmethod
    def column(self, symbol: Any, text: str, sampled: bool) -> str:
        """An output as columns of `forward`'s result."""

    # --- what the libraries differ by ---

    @abstractmethod
    def predicting(self, body: list[str], outputs: str, order: Iterable[Step]) -> Function:
        """def forward(params, X): the lines that compute the outputs, and their text."""

    @abstractmethod
    def losing(self, body: list[str], total: Text, order: Iterable[Step]) -> Function:
        """def loss(params, X, Y): the lines that compute the sum over the samples, and its text."""

    @abstractmethod
    def sweeping(self, begun: list[str], body: list[str], total: Text, values: Mapping[Step, str]) -> Function:
        """The function of the sweep: the lines that take what it needs, those that compute, and the results' texts."""

    # --- the functions ---

    def functions(self) -> list[Function]:
        """All that `loss_and_grad` needs, and `forward` and `loss`, in the order in which data passes."""
        return [self._forward(), self._predict(), self._loss(), *self._swept()]

    def alone(self) -> list[Function]:
        """All that `loss_and_grad` needs."""
        return [self._forward(), *self._swept()]

    def _swept(self) -> list[Function]:
        return [self._sweep()]

    def _forward(self) -> Function:
        """def _forward(params, X)."""
        parts = self.parts
        code = self._code(parts.early, parts.remembered, lined=parts.remembered)
        parts.known.update(zip(parts.remembered, (code.value(step) for step in parts.remembered), strict=True))
        read = given_to(parts.steps, [*parts.early, *parts.kept_data])
        return [
            *FORWARD_HEAD,
            *self.unpacked(read),
            *code.lines,
            *line_breaking.returned(", ".join(self._returned) or "()"),
        ]

    @property
    def _returned(self) -> list[str]:
        """What `_forward` returns, by name: outputs last."""
        names = [self.inputs[self.parts.steps.what(step)] for step in self.parts.kept_data]
        return [*names, *(self.parts.known[step] for step in self.parts.remembered)]

    def _taken(self, order: Iterable[Step], work: str) -> list[str]:
        """The line that calls `_forward` for what some steps read of it."""
        parts, read = self.parts, set(order)
        wanted = {self.inputs[parts.steps.what(step)] for step in parts.kept_data if step in read}
        wanted |= {parts.known[step] for step in parts.remembered if step in read}
        return line_breaking.taken_from(self._returned, wanted, f"_forward(params, X{work})")

    def _begun(self, order: Sequence[Step], roots: Iterable[Step]) -> list[str]:
        """The lines that take what some steps need: from the forward pass, and from what is given."""
        steps = self.parts.steps
        read = {operand for step in order for operand in steps.operands(step)}
        read |= {*roots, *map(steps.base, roots), *order}
        kept = {steps.what(step) for step in self.parts.kept_data}
        return [
            *self._taken(read, self.work),
            *self.unpacked([what for what in given_to(steps, order) if what not in kept]),
        ]

    def _predict(self) -> Function:
        """def forward(params, X)."""
        if self.model.outputs and not self._outputs:  # the method's own quantities are others
            return self._predicted_by(type(self)(self.plain))
        parts = self.parts
        order = behind(parts.steps, parts.outputs, parts.ahead)
        code = self._code(order, parts.outputs, known=parts.known)
        began = self._begun(order, parts.outputs) if parts.outputs else []
        return self._predicting([*parts.ahead, *order], [*began, *code.lines], code.values)

    def _predicted_by(self, other: ModelSource) -> Function:
        """def forward(params, X) of another derivation of the model."""
        made = other._predict_at_once()
        self.helpers |= other.helpers
        return made

    def _predict_at_once(self) -> Function:
        """The same in one function, as there is no other that goes on from there."""
        order = needed(self.parts.steps, self.parts.outputs)
        code = self._code(order, self.parts.outputs)
        return self._predicting(order, [*self.unpacked(given_to(self.parts.steps, order)), *code.lines], code.values)

    def _predicting(self, order: Iterable[Step], body: list[str], values: Mapping[Step, str]) -> Function:
        steps = self.parts.steps
        columns = [
            self.column(symbol, values[step], BATCH in steps.axes[step])
            for symbol, step in zip(self.model.outputs, self.parts.outputs, strict=True)
        ]
        return self.predicting(body, self._stacked(columns), order)

    def _stacked(self, columns: list[str]) -> str:
        """The outputs side by side: new memory, in the dtype of everything."""
        module = self.dialect.module
        if not columns:
            return f"{module}.empty(({LENGTH}, 0), {DTYPE})"
        return f"{module}.concatenate([{', '.join(columns)}], axis=1, dtype={DTYPE})"

    def _loss(self) -> Function:
        """def loss(params, X, Y)."""
        parts = self.parts
        order = behind(parts.steps, [parts.total], parts.ahead)
        code = self._code(order, [parts.total], known=parts.known)
        body = [*self._begun(order, [parts.total]), *code.lines]
        return self.losing(body, code.texts[parts.total], [*parts.ahead, *order])

    def _sweep(self) -> Function:
        """The rest: the loss, and the way back."""
        parts = self.parts
        code = self._code(parts.rest, [parts.total, *parts.gradients], known=parts.known)
        begun = self._begun(parts.rest, [parts.total, *parts.gradients])
        return self.sweeping(begun, code.lines, code.texts[parts.total], code.values)

    @property
    def is_scaled(self) -> bool:
        """Whether the sweep reads the factor of the gradients: not if all of them are of numbers alone."""
        return any(role == SCALE for role, *_ in given_to(self.parts.steps, self.parts.rest))

    # --- writing ---

    def _code(
        self,
        order: Sequence[Step],
        roots: Sequence[Step],
        known: Mapping[Step, str] | None = None,
        lined: Collection[Step] = (),
    ) -> Code:
        parts = self.parts
        names = self.names if lined else self.names.copy()  # what the forward pass names, all others know
        writer = Readable(parts.expressions, parts.labels, names, parts.remarks, known=known, lined=lined)
        code = writer.written(order, roots)
        self.helpers |= code.helpers
        return code

    @property
    def inputs(self) -> Mapping[Input, str]:
        """What each given thing is called."""
        return self.parts.expressions.inputs

    def decorated(self, order: Iterable[Step]) -> list[str]:
        """The decorators of a function that does some steps."""
        return self.dialect.silenced(self.parts.steps, order, self.parts.is_plain)


def trainable(derivation: Sweep) -> Model:
    """The model of a derivation, if code can train it.

    Raises:
        UnsupportedError: there is no model, a derivative is lacking, a symbol is nothing, or a size is a symbol.
    """
    model = derivation.model
    if model is None:
        raise UnsupportedError(
            "equations alone have no inputs and targets to train on: make an sb.Model of them, or use compile()"
        )
    symbols = (*model.inputs, *model.parameters, *model.targets, *model.outputs)
    sizes = [size for symbol in symbols for size in getattr(symbol, "shape", ()) if not size.is_Integer]
    if sizes:
        raise UnsupportedError(f"the width {sizes[0]} is a symbol: code needs numbers for all widths, formulas do not")
    if set(derivation.wrt) != set(model.parameters):
        raise UnsupportedError(
            "code that trains a model needs the derivative by every parameter: call derive(model) without wrt, or "
            "for a function derive(model.equations, wrt=...)"
        )
    strange = set(derivation.graph.symbols) - {*model.parameters, *model.inputs, *model.targets}
    if strange:
        raise UnsupportedError(
            f"{', '.join(sorted(symbol.name for symbol in strange))} is neither a parameter nor data of the model: "
            "give the activation a number in its place"
        )
    return model


# --- what every function begins with ---

FORWARD_HEAD = (
    "def _forward(params, X):",
    '    """The forward pass: what the backward pass remembers of it."""',
)
