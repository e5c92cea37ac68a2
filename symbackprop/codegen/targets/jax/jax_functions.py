"""Functions that are compiled in this process: JAX compiles what checks nothing, and here it is checked."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from types import ModuleType
from typing import Any

import numpy as np

from ....errors import ParameterError
from ....runtime.generated_modules import count, module_of, own_targets, trainable
from ..python_arrays.called_by_name import CompiledFunction, floating
from ..python_arrays.shape_checks import _unlike
from .jax_compiling import compiled


class JaxTraining:
    """f(params, X, Y, scale=1.0) -> (loss, grads), traced and compiled when it is called with new shapes.

    Attributes:
        source: the generated text.
    """

    def __init__(self, source: str) -> None:
        self.source, module = source, module_of(source, "<symbackprop>")
        self._module, self._function = module, compiled(module, module.loss_and_grad)

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (self.source,)

    def __repr__(self) -> str:
        return f"loss_and_grad(params, X, Y, scale=1.0) of {self._module.MODEL['title']}, on JAX"

    def __call__(
        self, params: Mapping[str, Any], X: Any, Y: Any = None, scale: Any = 1.0
    ) -> tuple[Any, dict[str, Any]]:
        """The mean loss, and its derivatives by name.

        Raises:
            ParameterError: an array is absent, or of another shape.
        """
        _check(self._module, params, X, Y)
        loss, grads = self._function(dict(params), X, Y, scale)
        return loss, {name: grads[name] for name in self._module.SHAPES}


def _check(module: ModuleType, params: Mapping[str, Any], X: Any, Y: Any) -> None:
    """Refuse what JAX would broadcast to a wrong number: shapes are known, also where values are traced."""
    known = trainable(module)
    for name in {**known.SHAPES, **params}:
        found = np.shape(params[name]) if name in params else "absent"
        if found != known.SHAPES.get(name, "absent"):
            raise ParameterError(f"{name} should be {known.SHAPES.get(name, 'absent')}, is {found}")
    rows, targets = (np.shape(X)[:1] or (1,))[0], count(own_targets(known))
    wanted = {"X": (X, (rows, count(known.MODEL["inputs"]))), "Y": (Y, (rows, targets))}
    for name, (data, shape) in wanted.items():
        if not (name == "Y" and data is None and not targets) and np.shape(data) != shape:
            raise ParameterError(f"{name} should be {shape}, is {'absent' if data is None else np.shape(data)}")


def model_function(source: str) -> JaxTraining:
    """The function of a model, from the text of its module."""
    return JaxTraining(source)


class JaxExpression(CompiledFunction):
    """f(*values) or f(name=value, ...) -> (value, {name: derivative}), compiled when it is called with new shapes."""

    def __init__(self, arguments: Sequence[str], wrt: Sequence[str], source: str) -> None:
        module = module_of(source, "<symbackprop>")
        super().__init__(arguments, source, compiled(module, module.evaluate))
        self._wrt = wrt

    def _remade(self) -> Callable[..., Any]:
        module = module_of(self.source, "<symbackprop>")
        return compiled(module, module.evaluate)

    def __call__(self, /, *values: Any, **named: Any) -> tuple[Any, dict[str, Any]]:
        """The value and every derivative, at numbers or arrays.

        Raises:
            ParameterError: an argument is missing, unknown or given twice, is no real number, or its shape does not go
                with the others.
        """
        try:
            value, gradients = super().__call__(*values, **named)
        except ParameterError as error:
            if not str(error).startswith("Incompatible shapes"):  # those of JAX, which names no argument
                raise
            ordered = zip(self.arguments, map(np.asarray, self._ordered(values, named)), strict=True)
            raise ParameterError(_unlike(dict(ordered))) from None
        return value, {name: gradients[name] for name in self._wrt}  # JAX sorts what a dict holds

    def _ordered(self, values: tuple[Any, ...], named: dict[str, Any]) -> list[Any]:
        return list(map(_real, self.arguments, super()._ordered(values, named)))


def _real(name: str, value: Any) -> Any:
    """An array, also one that is traced, or a number, as it is; anything else as an array of floats."""
    if isinstance(value, float) or getattr(getattr(value, "dtype", None), "kind", "c") in "fiubV":
        return value  # V: a float that NumPy has none of, as bfloat16
    return floating(name, value)
