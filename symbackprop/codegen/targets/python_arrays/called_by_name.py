"""Generated functions of an expression, called by position or by the names of its symbols."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from ....errors import ParameterError, listed


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

    def __getstate__(self) -> dict[str, Any]:
        """All but the function: in another process, and in a copy, it is made of its text again."""
        return {name: value for name, value in vars(self).items() if name != "_function"}

    def __setstate__(self, state: dict[str, Any]) -> None:
        vars(self).update(state)
        self._function = self._remade()

    def _remade(self) -> Callable[..., Any]:
        """The function, of its text."""
        raise NotImplementedError

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
        if named or len(values) != len(self.arguments):
            return in_order(self.arguments, values, named)
        return list(values)


def in_order(
    arguments: Sequence[str], values: Sequence[Any], named: Mapping[str, Any], names: Sequence[str | None] | None = None
) -> list[Any]:
    """A value for each argument, from those given by position and those given by name.

    Args:
        arguments: what they are called in messages.
        values: by position.
        named: by name.
        names: what each is given by; None for one that goes by position alone. By default what they are called.

    Raises:
        ParameterError: there are too many or too few values, a name is unknown, or one is given twice.
    """
    names = arguments if names is None else names
    takes = f"the function takes {listed(arguments) or 'nothing'}"
    if len(values) > len(arguments):
        raise ParameterError(f"{takes}: got {len(values)} values by position, {len(values) - len(arguments)} too many")
    for name in named:
        if name not in names:
            raise ParameterError(f"{takes}: got {name} by name, which is none of them")
        if name in names[: len(values)]:
            raise ParameterError(f"{takes}: got {name} twice, by position and by name")
    rest = list(zip(arguments, names, strict=True))[len(values) :]
    missing = [argument for argument, name in rest if name not in named]
    if missing:
        raise ParameterError(f"{takes}: got no value for {listed(missing)}")
    return [*values, *(named[name] for _, name in rest if name is not None)]


def floating(name: str, value: Any) -> Any:
    """A number or array of real numbers as floats; text is refused, not read."""
    refuse_masked(name, value)
    found = type(value).__name__
    try:
        array = np.asarray(value)
        if array.dtype.kind == "f":
            return array
        if array.dtype.kind in "biu" or (array.dtype.kind == "O" and all(map(_is_real, array.flat))):
            return array.astype(np.float64)
        found = found if array.ndim == 0 or array.dtype.kind == "O" else f"an array of {array.dtype}"
    except (TypeError, ValueError):
        pass
    except OverflowError:
        raise ParameterError(f"{name} is too large for a float: give a number below 1.8e308") from None
    raise ParameterError(f"{name} must be a real number or an array of real numbers, got {found}")


def refuse_masked(name: str, value: Any) -> None:
    """What is masked has no value, and NumPy forgets which that was.

    Raises:
        ParameterError: there is some.
    """
    if hasattr(value, "mask") and np.ma.is_masked(value):
        raise ParameterError(
            f"{name} has masked values: fill them, {name}.astype(float).filled(np.nan), or leave them out"
        )


def _is_real(part: Any) -> bool:
    """Whether a part of an array of objects is a number, as a fraction is; numbers of NumPy may be complex."""
    return hasattr(part, "__float__") and not np.iscomplexobj(part)
