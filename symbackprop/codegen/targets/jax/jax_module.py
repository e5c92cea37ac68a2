"""A model's derivation as the text of a JAX module."""

from __future__ import annotations

from ....derivation import Sweep
from ....derivation.garbage_collection import collector_paused
from ....errors import UnsupportedError
from ..python_arrays import module_head
from ..python_arrays.model_source import trainable
from . import jax_frame
from .jax_compiling import options_of
from .jax_helpers import helper_texts
from .jax_models import JaxFunctions, JaxMatrix, JaxScalar

NUMPY = "import numpy as np"
IMPORTS = ("import jax", "import jax.numpy as jnp", NUMPY)
PURE = "Pure functions, for jax.jit, vmap and scan: they check nothing, and keep the dtype of params."


def source_of(derivation: Sweep, plain: Sweep | None = None) -> JaxFunctions:
    """What writes the functions of a model.

    Raises:
        UnsupportedError: the derivation shares nothing, which is written for NumPy alone.
    """
    if trainable(derivation).form == "matrix":
        return JaxMatrix(derivation, plain)
    if derivation.way.writes_out:
        raise UnsupportedError(
            f"method {derivation.method} is written for NumPy alone: leave the target or the method out"
        )
    return JaxScalar(derivation, plain)


@collector_paused()
def model_text(derivation: Sweep, shared: Sweep, command: str, style: str = "readable") -> str:
    """The whole text of a standalone module; of JAX there is one style.

    Args:
        derivation: of a model, by any method but a naive one.
        shared: of the same model, by backprop.
        command: what made it, for the header.
        style: of other targets; XLA plans the memory itself.

    Raises:
        UnsupportedError: a width is a symbol, or an operation has no JAX source.
    """
    source = source_of(derivation, shared)
    options = options_of(derivation)
    own = ["\n".join(function) for function in source.functions()]  # first of all: they tell which helpers there are
    parts = [
        "\n\n".join([_about(source, shared, command), _constants(source), *options]),
        *helper_texts(source.helpers),
        jax_frame.INIT,
        *own,
        jax_frame.VJP,
        jax_frame.train(with_options=bool(options)),
        jax_frame.MAIN,
    ]
    return "\n\n\n".join(parts) + "\n"


def _about(source: JaxFunctions, shared: Sweep, command: str) -> str:
    cost = module_head.operations(source.derivation, shared) if source.model.form == "scalar" else ""
    return module_head.about(source, command, cost, PURE, IMPORTS)


def _constants(source: JaxFunctions) -> str:
    split = module_head.dictionary({name: str(axis) for name, axis in source.split().items()})
    return module_head.constants(source, "jax", {"split": split})


def sweep_text(derivation: Sweep, style: str = "readable") -> str:
    """The text of a module of a model: JAX needs all of it."""
    return model_text(derivation, derivation, "Derivation.compile", style)
