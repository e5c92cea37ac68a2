"""What a library of arrays in Python is called, and how it spells what is done entry by entry; numbers are Python's."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import sympy as sp

from .... import ops
from ....errors import UnsupportedError
from ...passes.expanding import Expanding
from ...precedence import ATOM, PRODUCT, SIGN, Call, Row, Text
from ...steps import Step, Steps


@dataclass(frozen=True)
class Helper(Call):
    """A function of ours, which the code has to carry."""


@dataclass(frozen=True)
class Dialect:
    """What such libraries differ in.

    language: its name in messages.
    module: what code calls it.
    sources: by operation, its text of those of its operands.
    linear: likewise, over the last two axes.
    of_numbers: the text of an operation on numbers alone.
    products: by kind of product (`step_expressions.product`), what makes its text.
    expansion: the pass towards what it has.
    placed: that of an array in zeros: of its text, the sizes, the index, and the dtype.
    helpers: the names of all functions that code may carry.
    silenced: the decorators of a function that does some steps; `whole` if activations stay whole.
    """

    language: str
    module: str
    sources: Mapping[ops.Op, Row]
    linear: Mapping[ops.Op, Row]
    of_numbers: Callable[[ops.Op, Sequence[Text]], Text]
    products: Mapping[str, Callable[[Any, Sequence[Text]], Text]]
    expansion: type[Expanding]
    placed: Callable[[str, str, str, str], str]
    helpers: Collection[str]
    silenced: Callable[[Steps, Iterable[Step], bool], list[str]]

    def spelled(self, op: ops.Op, args: Sequence[Text]) -> Text:
        """The text of one operation on operands that are text already.

        Raises:
            UnsupportedError: the library has no such function, nor have we.
        """
        row = self.sources.get(op)
        if row is None:
            raise self.refusal(op)
        if not (args[0].fixed and all(arg.fixed for arg in args)):
            return row(args)
        positive = op in _POSITIVE and all(arg.positive for arg in args)
        return self.of_numbers(op, args)._replace(fixed=True, positive=positive)

    def refusal(self, op: ops.Op) -> UnsupportedError:
        """What is said of an operation that there is no text for."""
        advice = "write the function out in elementary functions"
        found = f"{op.name} has no {self.language} source, so no code can be generated for it"
        return UnsupportedError(f"{found}: use the formulas, or {advice}")

    def helper_of(self, op: Any) -> str | None:
        """The function of ours that an operation is, if it is one."""
        row = self.linear.get(op) or self.sources.get(op)
        return row.function if isinstance(row, Helper) else None


_POSITIVE = frozenset({ops.ADD, ops.SQRT, ops.COPY})
"""The operations that are above 0 where their operands are, in floats too: a product may be too small for them."""


_CONSTANTS = {sp.pi: "pi", sp.E: "e", sp.S.NaN: "nan"}
"""Names of the library."""
_TRUTHS = {sp.true: "True", sp.false: "False"}


@cache
def number(value: Any, module: str) -> Text:
    """The text of a SymPy number or constant, of a library that code calls `module`."""
    if value in _CONSTANTS:
        return Text(f"{module}.{_CONSTANTS[value]}", fixed=True, positive=value in (sp.pi, sp.E))
    if value in _TRUTHS:
        return Text(_TRUTHS[value], fixed=True)
    return _literal(value, module)._replace(fixed=True, positive=value.is_real is True and float(value) > 0)


def _literal(value: Any, module: str) -> Text:
    if value.is_Rational and value.q != 1 and max(abs(value.p), value.q) < 2**53:
        return Text(f"{value.p} / {value.q}", PRODUCT)
    if value.is_Integer and abs(value.p) < 2**53:
        return Text(str(value.p), SIGN if value.p < 0 else ATOM)
    return _floating(float(value), module)


def _floating(value: float, module: str) -> Text:
    infinite = f"{module}.inf" if value > 0 else f"-{module}.inf"
    return Text(repr(value) if abs(value) < float("inf") else infinite, SIGN if value < 0 else ATOM)
