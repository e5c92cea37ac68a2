"""Generated functions of an expression, called by position or by the names of its symbols."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from ....errors import ParameterError


class CompiledFunction:
    """f(*values) or f(name=value, ...) -> (value, {name: derivative}); arrays broadcast.

    Attributes:
        arguments: the names of the arguments, in order.
        source: the generated text.
    """

    def __init__(self, arguments: Sequence[str], source: str, function: Callable[..., Any]) -> None:
        self.arguments = tuple(arguments)
        self.source = source
        self._function = function

    def __repr__(self) -> str:
        return f"CompiledFunction({', '.join(self.arguments)})"

    def __call__(self, /, *values: Any, **named: Any) -> tuple[Any, dict[str, Any]]:
        """The value and every derivative, at numbers or arrays.

        Raises:
            ParameterError: an argument is missing, unknown or given twice, or its shape does not go with the others.
        """
        try:
            found: tuple[Any, dict[str, Any]] = self._function(*self._ordered(values, named))
        except ValueError as error:
            raise ParameterError(str(error)) from None
        return found

    def _ordered(self, values: tuple[Any, ...], named: dict[str, Any]) -> list[Any]:
        given = dict(zip(self.arguments, values, strict=False))
        wrong = [name for name in named if name in given or name not in self.arguments]
        given |= named
        missing = [name for name in self.arguments if name not in given]
        if wrong or missing or len(values) > len(self.arguments):
            raise ParameterError(
                f"the function takes {', '.join(self.arguments)}: got {len(values)} by position"
                + (f" and {', '.join(named)} by name" if named else "")
            )
        return [given[name] for name in self.arguments]


def floating(name: str, value: Any) -> Any:
    """A number or array of real numbers as floats; text is refused, not read."""
    try:
        array = np.asarray(value)
        if array.dtype.kind == "f":
            return array
        if array.dtype.kind in "biu" or all(hasattr(part, "__float__") for part in array.ravel().tolist()):
            return array.astype(np.float64)
    except (TypeError, ValueError):
        pass
    raise ParameterError(f"{name} must be a real number or an array of real numbers, got {type(value).__name__}")
