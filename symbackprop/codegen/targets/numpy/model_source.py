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
from ...program import Program
from ...steps import BATCH, DATA, SCALE, TARGET, Step
from . import line_breaking
from .accurate_steps import Accurate, AccurateNetwork
from .carried_helpers import HELPERS
from .identifiers import Identifiers
from .program_parts import Parts, given_to, views_of_flat
from .readable_style import Code, Readable, silenced
from .reserved_names import LOCALS
from .step_rewriting import Rewriting

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
        style: its name.
        work: what `_forward` is given beside params and X by all but the sweep.

    Raises:
        UnsupportedError: the derivation is of no model, by some of its parameters, has symbols that are neither
            parameters nor data, or sizes that are symbols.
    """

    style, work = "readable", ""

    def __init__(self, derivation: Sweep, plain: Sweep | None = None) -> None:
        self.derivation, self.model = derivation, trainable(derivation)
        self.plain = plain or derivation
        self.helpers: set[str] = set()
        self.names = Identifiers([*LOCALS, *HELPERS])
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

    @abstractmethod
    def packed(self, values: Mapping[Step, str]) -> list[str]:
        """The line that makes one flat array of all gradients."""

    # --- the functions ---

    def functions(self) -> list[Function]:
        """All that `loss_and_grad` needs, and `forward` and `loss`, in the order in which data passes."""
        return [self._forward(), self._predict(), self._loss(), *self._swept()]

    def alone(self) -> list[Function]:
        """All that `loss_and_grad` needs."""
        return [self._forward(), *self._swept()]

    def _swept(self) -> list[Function]:
        return [[*self._decorated([*self.parts.ahead, *self.parts.rest]), *LOSS_AND_GRAD], self._sweep()]

    def _forward(self) -> Function:
        """def _forward(params, X)."""
        parts = self.parts
        code = self._code(parts.early, parts.remembered, lined=parts.remembered)
        parts.known.update(zip(parts.remembered, (code.values[step] for step in parts.remembered), strict=True))
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
        returned = line_breaking.returned(self._stacked(columns))
        return [*self._decorated(order), *PREDICT_HEAD, *body, *returned]

    def _stacked(self, columns: list[str]) -> str:
        """The outputs side by side: new memory, in the dtype of everything."""
        if not columns:
            return f"np.empty(({LENGTH}, 0), {DTYPE})"
        return f"np.concatenate([{', '.join(columns)}], axis=1, dtype={DTYPE})"

    def _loss(self) -> Function:
        """def loss(params, X, Y)."""
        parts = self.parts
        order = behind(parts.steps, [parts.total], parts.ahead)
        code = self._code(order, [parts.total], known=parts.known)
        body = [*self._begun(order, [parts.total]), *code.lines]
        mean = line_breaking.returned(f"float({code.values[parts.total]}) / {LENGTH}")
        return [*self._decorated([*parts.ahead, *order]), *LOSS_HEAD, *body, *mean]

    def _sweep(self) -> Function:
        """def _sweep(params, X, Y, scale, work=None)."""
        parts = self.parts
        code = self._code(parts.rest, [parts.total, *parts.gradients], known=parts.known)
        body = [*self._begun(parts.rest, [parts.total, *parts.gradients]), *self._scaled(), *code.lines]
        loss = f"float({code.values[parts.total]}) / {LENGTH}"
        return [
            *SWEEP_HEAD,
            *body,
            *self.packed(code.values),
            *line_breaking.called(f"return {loss}, {{", self._views(), "}"),
        ]

    def _scaled(self) -> list[str]:
        """The line that makes the mean of the sum, unless no gradient is of more than numbers."""
        return [SCALED] if any(role == SCALE for role, *_ in given_to(self.parts.steps, self.parts.rest)) else []

    def _views(self) -> list[str]:
        """Each gradient as a view of the flat array of all."""
        return [f'"{name}": {text}' for name, text in views_of_flat(self.model.shapes)]

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

    def _decorated(self, order: Iterable[Step]) -> list[str]:
        return silenced(self.parts.steps, order, whole=self.parts.is_plain)


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
            "code that trains a model needs the derivative by every parameter: call derive(model) without wrt"
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
PREDICT_HEAD = (
    "def forward(params, X):",
    '    """The outputs for each row of X: (samples, outputs)."""',
    "    X, _ = _checked(params, X, None, targets=0)",
)
LOSS_HEAD = (
    "def loss(params, X, Y):",
    '    """The mean over the samples of the loss."""',
    "    X, Y = _checked(params, X, Y)",
)
LOSS_AND_GRAD = (
    "def loss_and_grad(params, X, Y, scale=1.0, work=None):",
    '    """(mean loss, its derivatives times scale: arrays of SHAPES, views of one new flat array)."""',
    "    return _sweep(params, *_checked(params, X, Y), scale)",
)
SWEEP_HEAD = (
    "def _sweep(params, X, Y, scale, work=None):",
    '    """loss_and_grad without checks."""',
)
SCALED = f"    scale = float(scale) / {LENGTH}  # a factor of each derivative, for the mean over the samples"
