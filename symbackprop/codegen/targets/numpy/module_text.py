"""A derivation as the text of a standalone module: the maths of a model, a plain loop, and nothing else."""

from __future__ import annotations

import math
from collections.abc import Sequence

from ....derivation import Sweep
from ....derivation.garbage_collection import collector_paused
from ....errors import unknown_name
from ....networks import Model, shape_of
from ..python_arrays import module_head
from ..python_arrays.model_source import Function, ModelSource, trainable
from ..python_arrays.program_parts import size_of
from . import module_frame
from .carried_helpers import helper_source, imports_of, with_needed
from .model_functions import NumpyMatrix, NumpyScalar
from .naive_source import NaiveSource
from .workspace import WorkspaceSource

STYLES = ("fast", "readable")
"""Of a model with matrices: into arrays made beforehand, or plain expressions; both give equal results."""


def source_of(derivation: Sweep, style: str, plain: Sweep | None = None) -> ModelSource:
    """What writes the functions of a model.

    Raises:
        UnknownNameError: there is no such style.
    """
    if style not in STYLES:
        raise unknown_name("style", style, STYLES)
    if trainable(derivation).form == "matrix":
        return (WorkspaceSource if style == "fast" else NumpyMatrix)(derivation, plain)
    return (NaiveSource if derivation.way.writes_out else NumpyScalar)(derivation, plain)


@collector_paused()
def model_text(derivation: Sweep, shared: Sweep, command: str, style: str = "fast") -> str:
    """The whole text of a standalone module.

    Args:
        derivation: of a model, by any method.
        shared: of the same model, by backprop.
        command: what made it, for the header.
        style: a name in `STYLES`, of a model with matrices.

    Raises:
        UnsupportedError: a width is a symbol, or an operation has no NumPy source.
        UnknownNameError: there is no such style.
    """
    source = source_of(derivation, style, shared)
    own = _texts(source.functions())  # first of all: they tell which helpers and which arrays there are
    parts = [
        f"{_about(source, shared, command)}\n\n{module_head.constants(source, 'numpy')}",
        helper_source(with_needed(source.helpers)),
        module_frame.INIT,
        _checked(source.model),
        *own,
        module_frame.TRAIN,
        module_frame.CHECK_GRAD,
        module_frame.MAIN,
    ]
    return "\n\n\n".join(part for part in parts if part) + "\n"


@collector_paused()
def sweep_text(derivation: Sweep, style: str = "fast") -> str:
    """The text of loss_and_grad(params, X, Y) of a model in either form, by any method, and of what it calls."""
    source = source_of(derivation, style)
    own = _texts(source.alone())
    shapes = "\n".join(module_head.shapes(source.model))
    return "\n\n\n".join([shapes, _checked(source.model), *own]) + "\n"


def _texts(functions: Sequence[Function]) -> list[str]:
    return ["\n".join(function) for function in functions]


def _checked(model: Model) -> str:
    targets = [symbol for symbol in model.targets if symbol not in model.inputs]
    columns = [sum(size_of(shape_of(symbol)) for symbol in symbols) for symbols in (model.inputs, targets)]
    return module_frame.CHECKED.format(inputs=columns[0], targets=columns[1])


# --- the header ---


def _about(source: ModelSource, shared: Sweep, command: str) -> str:
    """What this is, what made it, and imports."""
    cost = module_head.operations(source.derivation, shared) if source.model.form == "scalar" else _memory(source)
    return module_head.about(source, command, cost, imports=imports_of(with_needed(source.helpers)))


def _memory(source: ModelSource) -> str:
    """What a step takes beside the parameters and the data."""
    gradients = sum(map(math.prod, source.model.shapes.values()))
    if not isinstance(source, WorkspaceSource):
        return f"Every step makes its arrays anew; the gradients take {8 * gradients:,} bytes in float64."
    entries, beside, flags, more = source.plan.rows()
    doubles, singles = (f"n * {size * entries + flags:,} + {size * (gradients + beside) + more:,}" for size in (8, 4))
    return f"A batch of n samples takes {doubles} bytes of workspace in float64, {singles} in float32."
