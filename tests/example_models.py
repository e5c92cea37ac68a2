"""The models of examples/ by name, and numbers for them that are the same everywhere."""

from __future__ import annotations

import math
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

import symbackprop as sb
from symbackprop.networks import shape_of
from symbackprop.python_files import named_model

EXAMPLES = Path(__file__).resolve().parent.parent / "examples"
NAMES = ("residual", "layer_norm", "curve", "mixture", "recurrent", "turned")

PLACES: dict[str, str] = {
    **{name: f"{EXAMPLES / 'models.py'}:{name}" for name in NAMES},
    "autoencoder": f"{EXAMPLES / 'autoencoder.py'}:model",
}
"""Where the command line finds each."""


@cache
def example_model(name: str) -> sb.Model:
    """One of them, made when it is asked for: the autoencoder's data are in scikit-learn, which is long to import."""
    model: sb.Model = named_model(PLACES[name])
    return model


def columns(symbols: Any) -> int:
    return sum(math.prod(shape_of(symbol)) for symbol in symbols)


def drawn(model: sb.Model, samples: int = 5, seed: int = 0) -> tuple[dict[str, Any], Any, Any]:
    """Parameters, X and Y; what is positive at the start stays so."""
    random = np.random.default_rng(seed)
    params = {}
    for name, shape in model.shapes.items():
        values = random.normal(scale=0.6, size=shape)
        params[name] = np.asarray(np.exp(values) if model.start[name] == (1.0, 0.0) else values)
    targets = [symbol for symbol in model.targets if symbol not in model.inputs]
    return params, random.normal(size=(samples, columns(model.inputs))), random.normal(size=(samples, columns(targets)))
