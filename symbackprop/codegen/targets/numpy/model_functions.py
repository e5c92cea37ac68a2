"""The functions of a model in NumPy: checks in front, and all gradients as views of one flat array."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from ...precedence import Text
from ...steps import Step
from ..python_arrays import line_breaking
from ..python_arrays.matrix_source import MatrixSource
from ..python_arrays.model_source import DTYPE, LENGTH, Function, ModelSource
from ..python_arrays.program_parts import views_of_flat
from ..python_arrays.scalar_source import ScalarSource
from .dialect_of_numpy import NUMPY
from .reserved_names import LOCALS


class NumpyFunctions(ModelSource):
    """What the functions of both forms have in common."""

    dialect, local_names = NUMPY, LOCALS

    def _swept(self) -> list[Function]:
        checked = [*self.decorated([*self.parts.ahead, *self.parts.rest]), *LOSS_AND_GRAD]
        return [checked, self._sweep()]

    def predicting(self, body: list[str], outputs: str, order: Iterable[Step]) -> Function:
        return [*self.decorated(order), *PREDICT_HEAD, *body, *line_breaking.returned(outputs)]

    def losing(self, body: list[str], total: Text, order: Iterable[Step]) -> Function:
        return [*self.decorated(order), *LOSS_HEAD, *body, *line_breaking.returned(f"float({total.source}) / {LENGTH}")]

    def sweeping(self, begun: list[str], body: list[str], total: Text, values: Mapping[Step, str]) -> Function:
        returned = line_breaking.called(f"return float({total.source}) / {LENGTH}, {{", self.views(), "}")
        return [*SWEEP_HEAD, *begun, *self.scaled(), *body, *self.packed(values), *returned]

    def scaled(self) -> list[str]:
        """The line that makes the mean of the sum, if any gradient takes it."""
        return [SCALED] if self.is_scaled else []

    def views(self) -> list[str]:
        """Each gradient as a view of the flat array of all."""
        return [f'"{name}": {text}' for name, text in views_of_flat(self.model.shapes)]

    def packed(self, values: Mapping[Step, str]) -> list[str]:
        """The line that makes one flat array of all gradients."""
        raise NotImplementedError


class NumpyMatrix(NumpyFunctions, MatrixSource):
    """Of a model with matrices, in plain expressions."""

    def packed(self, values: Mapping[Step, str]) -> list[str]:
        pieces = [self.whole_gradient(name, values) for name in self.model.shapes]
        return line_breaking.called(
            "flat = np.concatenate((", [*pieces, ""] if len(pieces) == 1 else pieces, f"), axis=None, dtype={DTYPE})"
        )


class NumpyScalar(NumpyFunctions, ScalarSource):
    """Of a model of numbers."""

    def packed(self, values: Mapping[Step, str]) -> list[str]:
        return line_breaking.called("flat = np.array([", self.gathered(self.texts_of(values)), ED)


ED = f"], {DTYPE})"
"""What closes the flat array of gradients."""

# --- what every function begins with ---

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
