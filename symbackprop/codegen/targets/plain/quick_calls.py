"""Calls that try Python floats first: arrays, other dtypes, and what `math` has no value for, go to NumPy."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from inspect import Parameter, Signature
from typing import Any

from ....errors import UnsupportedError
from ..numpy.compiled_functions import NumberFunction
from ..python_arrays.called_by_name import in_order
from .float_programs import ABSENT, FloatProgram, FloatText
from .scalar_helpers import NOT_PLAIN, _floats


class QuickCalls:
    """A function with a twin on Python floats, which is made when it is first called with plain numbers.

    A call runs the twin's own code at once: what is called stands in a slot, with no function of ours around it.
    """

    __slots__ = ("__call__",)

    _program: Callable[[], FloatProgram | FloatText]

    def __getstate__(self) -> dict[str, Any]:
        """All but what stands in the slot, and of the twin its text."""
        found: Any = super().__getstate__()
        state = dict(found[0] or {}) if isinstance(found, tuple) else dict(found or {})
        if "_program" in state:
            state["_program"] = self._kept()
        return state

    def __setstate__(self, state: dict[str, Any]) -> None:
        vars(self).update(state)
        self._remake()
        self._begin(state.get("_program"))

    def _remake(self) -> None:
        """Make again what is no part of the state."""

    def _kept(self) -> FloatText | None:
        """The twin in text, kept for the next one who asks; None if there can be none."""
        if not isinstance(self._program, FloatText):
            try:
                self._program = self._program().written()  # type: ignore[union-attr]
            except UnsupportedError:
                return None
        return self._program

    def _begin(self, program: Callable[[], FloatProgram | FloatText] | None) -> None:
        """Until there is a twin; None if there can be none."""
        if program is not None:
            self._program = program
        self.__call__: Callable[..., Any] = self._only_arrays if program is None else self._first

    def _only_arrays(self, /, *values: Any, **named: Any) -> Any:
        return self._on_arrays(self._in_order(values, named))

    def _first(self, /, *values: Any, **named: Any) -> Any:
        ordered = self._in_order(values, named)
        if not self._are_plain(ordered):
            return self._on_arrays(ordered)
        try:
            self.__call__ = self._program().function(self._otherwise)
        except UnsupportedError:
            self.__call__ = self._only_arrays
        return self(*ordered)

    def _are_plain(self, ordered: Sequence[Any]) -> bool:
        try:
            return bool(_floats(*self._flat(ordered))) or not ordered
        except NOT_PLAIN:
            return False

    def _otherwise(self, values: tuple[Any, ...], named: dict[str, Any]) -> Any:
        """What the twin returns where it was not given all its arguments as plain numbers and by position."""
        given = [value for value in values if value is not ABSENT]
        if not named:
            return self._on_arrays(self._in_order(given, named))
        rest = self._names[len(given) :]
        if len(rest) == len(named) and named.keys() == {*rest}:  # nothing is wrong, so nothing is looked into
            return self(*given, *[named[name] for name in rest])
        return self(*self._in_order(given, named))

    @property
    def _names(self) -> Sequence[Any]:
        """What each argument is called by; None of one that goes by position alone."""
        raise NotImplementedError

    def _in_order(self, values: Sequence[Any], named: dict[str, Any]) -> Sequence[Any]:
        """A value for each argument.

        Raises:
            ParameterError: one is missing, unknown or given twice.
        """
        raise NotImplementedError

    def _flat(self, ordered: Sequence[Any]) -> Sequence[Any]:
        """A value for each symbol."""
        return ordered

    def _on_arrays(self, ordered: Sequence[Any]) -> Any:
        """What NumPy makes of a value for each argument."""
        raise NotImplementedError


class PlainNumberFunction(QuickCalls, NumberFunction):
    """f(*values) or f(name=value, ...), of numbers, or of arrays that broadcast."""

    def __init__(
        self, arguments: Sequence[str], source: str, function: Callable[..., Any], program: Callable[[], FloatProgram]
    ) -> None:
        super().__init__(arguments, source, function)
        self._begin(program)

    @property
    def __signature__(self) -> Signature:
        return Signature([Parameter(name, Parameter.POSITIONAL_OR_KEYWORD) for name in self.arguments])

    @property
    def _names(self) -> Sequence[Any]:
        return self.arguments

    def _remake(self) -> None:
        self._function = self._remade()

    def _in_order(self, values: Sequence[Any], named: dict[str, Any]) -> Sequence[Any]:
        return in_order(self.arguments, values, named)

    def _on_arrays(self, ordered: Sequence[Any]) -> Any:
        return NumberFunction.__call__(self, *ordered)
