"""The optimizers of `runtime` as optax has them: a row each."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ..runtime.generated_modules import Params
from ..runtime.settings import Settings
from .installed import needed

jax, optax = needed("jax"), needed("optax")

_DIRECTIONS: dict[str, Callable[[Settings], Any]] = {
    "sgd": lambda chosen: optax.identity(),
    "momentum": lambda chosen: optax.trace(chosen.momentum),
    "nesterov": lambda chosen: optax.trace(chosen.momentum, nesterov=True),
    "rmsprop": lambda chosen: optax.scale_by_rms(chosen.decay, chosen.epsilon, eps_in_sqrt=False),
    "adam": lambda chosen: optax.scale_by_adam(chosen.beta1, chosen.beta2, chosen.epsilon),
    "adamw": lambda chosen: optax.scale_by_adam(chosen.beta1, chosen.beta2, chosen.epsilon),
}
"""Where each goes, from the gradient; the rate is a factor of its own. None corrects but adam, as none of ours does."""
KEPT = {"trace": "velocity", "mu": "mean", "nu": "square"}
"""What optax calls the arrays that it keeps, and what a checkpoint calls them."""


def transform(settings: Settings, rate: Any) -> Any:
    """The optimizer of complete settings at a rate, which may be traced: a new rate compiles nothing.

    The decay of adamw stands behind the direction and is multiplied by the rate alone; any other is L2, a part of the
    gradient.
    """
    direction, decay = _DIRECTIONS[settings.optimizer](settings), settings.weight_decay
    parts = [direction, optax.add_decayed_weights(decay)] if decay else [direction]
    ordered = parts if settings.optimizer == "adamw" else parts[::-1]
    return optax.chain(*ordered, optax.scale_by_learning_rate(rate))


def mapped(state: Any, change: Callable[[str, str, Any], Any]) -> Any:
    """The state of an optimizer with change(name, parameter, array) for each array; both "" where it is a counter."""
    return jax.tree_util.tree_map_with_path(lambda path, leaf: change(*_named(path), leaf), state)


def kept(state: Any) -> Params:
    """The arrays that an optimizer keeps, by its name for them and the parameter's, as `runtime` calls them."""
    found = ((*_named(path), leaf) for path, leaf in jax.tree_util.tree_flatten_with_path(state)[0])
    return {f"{name}_{parameter}": leaf for name, parameter, leaf in found if parameter}


def _named(path: Any) -> tuple[str, str]:
    """What an array is to the optimizer, and of which parameter."""
    parameter = next((key.key for key in path if hasattr(key, "key")), "")
    return KEPT[next(key.name for key in path if getattr(key, "name", "") in KEPT)] if parameter else "", parameter
