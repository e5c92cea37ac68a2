"""The functions of a model in JAX: pure, without checks, and with the sweep as the derivative of the loss."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from itertools import groupby

from ...precedence import PRODUCT, Text
from ...steps import Step
from ..python_arrays import line_breaking
from ..python_arrays.matrix_source import MatrixSource
from ..python_arrays.model_source import DTYPE, LENGTH, Function, ModelSource
from ..python_arrays.program_parts import size_of
from ..python_arrays.scalar_source import ScalarSource
from .jax_operations import JAX

NAMES = (
    *("n", "params", "X", "Y", "scale", "value", "grads", "upstream", "learning_rate", "rate", "jax", "jnp"),
    *("init", "forward", "loss", "loss_and_grad", "train", "train_step"),
    *("SHAPES", "MODEL", "COMPILER_OPTIONS", "_forward", "_loss", "_loss_forward", "_loss_backward", "_"),
)
"""Names that the functions of a model use."""


class JaxFunctions(ModelSource):
    """What the functions of both forms have in common."""

    dialect, local_names = JAX, NAMES

    def _forward(self) -> Function:
        self.helpers.add("_arrays")
        return super()._forward()

    def predicting(self, body: list[str], outputs: str, order: Iterable[Step]) -> Function:
        return [*PREDICT_HEAD, *body, *line_breaking.returned(outputs)]

    def losing(self, body: list[str], total: Text, order: Iterable[Step]) -> Function:
        return [*LOSS_HEAD, *body, *line_breaking.returned(self._mean(total)), "", "", *LOSS]

    def sweeping(self, begun: list[str], body: list[str], total: Text, values: Mapping[Step, str]) -> Function:
        scaled = [SCALED] if self.is_scaled else []
        returned = line_breaking.called(f"return {self._mean(total)}, {{", self.gradients(values), "}")
        return [*SWEEP_HEAD, *begun, *scaled, *body, *returned]

    def _mean(self, total: Text) -> str:
        if self._is_of_numbers:
            return f"jnp.asarray({total.source}, {DTYPE}) / {LENGTH}"
        return f"{total.within(PRODUCT).source} / {LENGTH}"

    @property
    def _is_of_numbers(self) -> bool:
        """Whether the loss is not made of data, so that nothing gives it their dtype."""
        return not self.parts.steps.axes[self.parts.total] and not self.is_scaled

    def gradients(self, values: Mapping[Step, str]) -> list[str]:
        """The entries of the dict of gradients."""
        raise NotImplementedError

    def split(self) -> dict[str, int]:
        """By parameter: the axis that may lie over several devices; what is not there is the same on all of them.

        Of two layers the first is split by its rows, each device computing some of its units, and the second by its
        columns, each adding what these units give: Shoeybi et al., "Megatron-LM" (2019), section 3.
        """
        return {}


class JaxMatrix(JaxFunctions, MatrixSource):
    """Of a model with matrices."""

    def gradients(self, values: Mapping[Step, str]) -> list[str]:
        return [f'"{name}": {self._gradient(name, values)}' for name in self.model.shapes]

    def _gradient(self, name: str, values: Mapping[Step, str]) -> str:
        step, shape = self.step_of(name), self.model.shapes[name]
        axes, text = self.parts.steps.axes[step], values[step]
        if axes == shape and axes:
            return text
        if size_of(axes) != size_of(shape):
            return self.whole_gradient(name, values)
        return f"jnp.reshape({text}, {shape})" if axes else f"jnp.full({shape}, {text}, {DTYPE})"

    def split(self) -> dict[str, int]:
        if self.derivation.network is None:
            return {}
        found: dict[str, int] = {}
        for layer in range(1, len(self.derivation.network.widths) - 1, 2):
            found |= {f"W{layer}": 0, f"b{layer}": 0, f"W{layer + 1}": 1}
        return found


class JaxScalar(JaxFunctions, ScalarSource):
    """Of a model of numbers."""

    def gradients(self, values: Mapping[Step, str]) -> list[str]:
        texts = self.texts_of(values)
        return [f'"{name}": jnp.array({self._nested(name, texts)}, {DTYPE})' for name in self.model.shapes]

    def _nested(self, name: str, texts: Mapping[object, str]) -> str:
        """The derivatives by the entries of an array, as it has them."""
        placed = self.placed[name]
        if () in placed:
            return texts[placed[()]]
        rows = [[texts[placed[index]] for index in row] for _, row in groupby(placed, lambda index: index[:-1])]
        listed = [f"[{', '.join(row)}]" for row in rows]
        return f"[{', '.join(listed)}]" if len(self.model.shapes[name]) == 2 else listed[0]


# --- what every function begins with ---

PREDICT_HEAD = (
    "def forward(params, X):",
    '    """The outputs for each row of X: (samples, outputs)."""',
    "    params, X = _arrays(SHAPES, params, X)",
)
LOSS_HEAD = (
    "@jax.custom_vjp",
    "def _loss(params, X, Y):",
)
LOSS = (
    "def loss(params, X, Y):",
    '    """The mean over the samples of the loss: an array without axes. jax.grad of it is the sweep below."""',
    "    return _loss(*_arrays(SHAPES, params, X, Y))",
)
SWEEP_HEAD = (
    "def loss_and_grad(params, X, Y, scale=1.0):",
    '    """(mean loss, its derivatives times scale: arrays of SHAPES by name)."""',
    "    params, X, Y = _arrays(SHAPES, params, X, Y)",
)
SCALED = f"    scale = jnp.asarray(scale, {DTYPE}) / {LENGTH}  # a factor of each derivative, for the mean"
