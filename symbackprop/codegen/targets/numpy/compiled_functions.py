"""Generated text as Python functions: the only place where it is run, and what is checked before it is."""

from __future__ import annotations

import math
import traceback
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import lru_cache
from inspect import Signature, signature
from types import CodeType
from typing import Any

import numpy as np

from ....errors import ParameterError
from ..python_arrays.called_by_name import CompiledFunction, floating
from ..python_arrays.expression_arguments import SWEEP_FUNCTION
from .argument_checks import _checked, _shaped
from .carried_helpers import HELPERS


def executed(source: str, name: str, more: Mapping[str, Any] | None = None) -> Any:
    """The function `name` of a source text that this package has generated; `more` is what it calls beside NumPy's.

    The only place where text becomes code: every identifier in it went through `Identifiers`, and everything else in
    it comes from the tables of this folder and from numbers.
    """
    namespace: dict[str, Any] = {"np": np, "math": math, **HELPERS, **(more or {})}
    exec(_code(source), namespace)
    return namespace[name]


@lru_cache(maxsize=64)
def _code(source: str) -> CodeType:
    """The code of a text: what is sent to another process is sent there many times."""
    return compile(source, "<symbackprop>", "exec")


class ModelFunction:
    """f(params, X, Y, scale=1.0) -> (loss, grads), grads and params dicts by the names of the parameter arrays.

    Attributes:
        source: the generated text.
    """

    def __init__(self, source: str) -> None:
        self.source = source
        self._function = executed(source, "loss_and_grad")

    def __call__(self, *values: Any, **named: Any) -> tuple[float, dict[str, Any]]:
        """The mean loss, and its derivatives times `scale`.

        Raises:
            ParameterError: an argument is missing or unknown, is no dict of arrays or no array, or of the wrong shape.
        """
        params = values[0] if values else named.get("params", {})
        if not isinstance(params, Mapping):
            raise ParameterError(f"params must be a dict of arrays by name, got {type(params).__name__}")
        try:
            found: tuple[float, dict[str, Any]] = self._function(*values, **named)
        except ValueError as error:
            raise ParameterError(str(error)) from None
        except TypeError as error:
            if error.__traceback__ is None or error.__traceback__.tb_next is None:  # of the call itself
                raise ParameterError(str(error)) from None
            raise
        return found

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (self.source,)

    @property
    def __signature__(self) -> Signature:
        return signature(self._function)

    def __repr__(self) -> str:
        return f"loss_and_grad{self.__signature__}"


def model_function(source: str) -> ModelFunction:
    """The function of a model, from its text."""
    return ModelFunction(source)


@contextmanager
def refused_shapes() -> Iterator[None]:
    """What carried checks say is wrong with arguments, as an error of ours."""
    try:
        yield
    except ValueError as error:
        raise ParameterError(str(error)) from None


class NumberFunction(CompiledFunction):
    """Of numbers, or of arrays that broadcast."""

    def _remade(self) -> Callable[..., Any]:
        function: Callable[..., Any] = executed(self.source, "evaluate")
        return function

    def _ordered(self, values: tuple[Any, ...], named: dict[str, Any]) -> list[Any]:
        return list(map(floating, self.arguments, super()._ordered(values, named)))


class ArrayFunction(CompiledFunction):
    """f(*arrays) or f(name=array, ...) -> (value, {name: derivative}), each derivative shaped like the argument."""

    def __init__(
        self,
        source: str,
        shapes: Mapping[str, Any],
        size_keys: Sequence[str | None],
        batched: Collection[str],
        shaping: Callable[..., Any] = _shaped,
    ) -> None:
        super().__init__(list(shapes), source, executed(source, SWEEP_FUNCTION))
        self._shaping = shaping
        self._shapes, self._size_keys, self._batched = shapes, size_keys, frozenset(batched)

    def _remade(self) -> Callable[..., Any]:
        function: Callable[..., Any] = executed(self.source, SWEEP_FUNCTION)
        return function

    def __call__(self, /, *values: Any, **named: Any) -> tuple[Any, dict[str, Any]]:
        """The value and every derivative; with a batch their means over the samples, or those of each.

        Raises:
            ParameterError: an argument is missing, unknown, given twice, or of the wrong shape or dtype.
            numpy.linalg.LinAlgError: a matrix that is inverted is singular; a note names the formula.
        """
        given = self._given(values, named)
        (value, gradients), dtype = self._swept(given)
        return value, self._shaping(gradients, given, dtype)

    def _given(self, values: tuple[Any, ...], named: dict[str, Any]) -> dict[str, Any]:
        ordered = zip(self.arguments, self._ordered(values, named), strict=True)
        return {name: floating(name, value) for name, value in ordered}

    def _swept(self, given: dict[str, Any]) -> tuple[Any, Any]:
        """What the function of arrays returns, and the dtype of all."""
        with refused_shapes():
            arrays, sizes, dtype = _checked(given, self._shapes, self._batched)
        try:
            return self._function(*arrays, dtype, *(sizes[key] for key in self._size_keys)), dtype
        except np.linalg.LinAlgError as error:
            error.add_note(f"in: {self._line_of(error)}")
            raise

    def _line_of(self, error: Exception) -> str:
        """The line of the generated text that an error comes from: its formula stands in the comment."""
        numbers = [frame.lineno for frame in traceback.extract_tb(error.__traceback__) if frame.name == SWEEP_FUNCTION]
        return self.source.splitlines()[(numbers[-1] or 1) - 1].strip() if numbers else "the generated code"


class OutputsFunction(ArrayFunction):
    """f(*arrays) or f(name=array, ...) -> the arrays that several outputs and their derivatives are in."""

    def __call__(self, /, *values: Any, **named: Any) -> Any:
        """The arrays, at one point.

        Raises:
            ParameterError: an argument is missing, unknown, given twice, or of the wrong shape or dtype.
            numpy.linalg.LinAlgError: a matrix that is inverted is singular; a note names the formula.
        """
        return self._swept(self._given(values, named))[0]

    def of_rows(self, numbers: Sequence[Any], rows: int) -> Sequence[Any]:
        """The arrays at many points, of arguments that are known to be right: nothing is checked.

        Args:
            numbers: a float64 for each argument, or, of those of the batch, an array of them, (rows,).
            rows: how many samples there are.
        """
        found = self._function(*numbers, np.dtype(np.float64), rows)
        return found if isinstance(found, tuple) else (found,)
