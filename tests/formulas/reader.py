"""Reads formulas as they are printed, as a person does: the judge of what the text says."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from typing import Any

import mpmath as mp
import numpy as np

from ..matrix_support import as_array
from ..operations import OPERATIONS

_HIGH = "⁰¹²³⁴⁵⁶⁷⁸⁹"
_DIGITS = str.maketrans(_HIGH, "0123456789")
_FRACTIONS = {"π": math.pi, "½": 0.5, "¼": 0.25, "¾": 0.75}
_MEANT = {
    **{name: name for name in ("softmax_rows", "softplus", "relu", "leaky_relu", "elu", "tanh", "exp", "erfc", "sign")},
    **{name: name for name in ("sin", "abs", "max")},
    **{"softmax": "softmax_columns", "rowsums": "row_sums", "colsums": "column_sums", "Σ": "total"},
    **{"det": "determinant", "tr": "trace", "ln": "log", "σ": "sigmoid", "√": "sqrt"},
}
"""The operation that a printed word stands for."""

_WORDS = "|".join(sorted(("ln Σ", "ones", "zeros", *_MEANT), key=len, reverse=True))
_REST = rf"(?P<number>\d+(?:\.\d+)?|[½¼¾π])|(?P<word>{_WORDS})|(?P<high>[{_HIGH}]+)|(?P<case>if|otherwise)|(?P<sign>.)"
_RELATIONS: dict[str, Callable[[Any, Any], Any]] = {
    ">": lambda x, y: x > y,
    "<": lambda x, y: x < y,
    "≤": lambda x, y: x <= y,
    "≥": lambda x, y: x >= y,
}


def _beside(x: Any, y: Any) -> Any:
    return x @ y if np.ndim(x) and np.ndim(y) else x * y


def plain(x: Any) -> Any:
    return np.asarray(x).item() if np.size(x) == 1 else np.asarray(x)


class Reader:
    """Reads one formula: a space is the product, of matrices too, and binds more tightly than / and ·.

    Where all values are numbers of mpmath, so is the result; otherwise NumPy computes.
    """

    def __init__(self, source: str, values: Mapping[str, Any]) -> None:
        names = "|".join(map(re.escape, sorted(values, key=len, reverse=True)))
        tokens = re.compile(rf"(?P<name>(?:{names})(?!\w*\())|{_REST}")
        self.values = values
        self.precise = all(isinstance(value, mp.mpf) for value in values.values())
        self.open_bars: list[str] = []
        self.tokens = [(str(m.lastgroup), m[0]) for m in tokens.finditer(source) if m[0] != " "]
        self.tokens.append(("end", ""))
        self.place = 0

    @property
    def kind(self) -> str:
        return self.tokens[self.place][0]

    @property
    def next(self) -> str:
        return self.tokens[self.place][1]

    def take(self, *expected: str) -> str:
        token = self.next
        assert not expected or token in expected, f"{token!r} stands where one of {expected} should: {self.tokens}"
        self.place += 1
        return token

    def whole(self) -> Any:
        value = self.sum()
        assert self.kind == "end", f"{self.next!r} is left over: {self.tokens}"
        return plain(value)

    def sum(self) -> Any:
        value = -self.product() if self.next == "−" and self.take() else self.product()
        while self.next in ("+", "−"):
            value = value + self.product() if self.take() == "+" else value - self.product()
        return value

    def product(self) -> Any:
        value = self.beside()
        while self.next in ("·", "/", "⊙") and self.next:
            sign, other = self.take(), self.beside()
            assert sign != "·" or not np.ndim(value) or not np.ndim(other), "a dot between two matrices"
            value = value / other if sign == "/" else value * other
        return value

    def beside(self) -> Any:
        value = self.power()
        while self.kind in ("name", "number", "word") or self.next in ("(", "{", "[", "|", "‖"):
            if self.next in self.open_bars:
                break
            value = plain(_beside(value, self.power()))
        return value

    def power(self) -> Any:
        value = self.atom()
        while True:
            if self.kind == "high":
                value = value ** int(self.take().translate(_DIGITS))
                if self.precise:
                    return value
            elif self.next == "^" and self.take():
                return value ** self.atom()
            elif self.next == "ᵀ" and self.take():
                value = np.transpose(value)
            elif self.next == "⁻" and self.take():
                assert self.take() == "¹"
                value = np.linalg.inv(value)
            elif self.next == "[" and np.ndim(value) and self._is_part():
                value = self.part(value)
            else:
                return value

    def _is_part(self) -> bool:
        inside = "".join(token for _, token in self.tokens[self.place : self.place + 10])
        return bool(re.match(r"\[(?:\d+(?::\d+)?|:)(?:,(?:\d+(?::\d+)?|:))?\]", inside))

    def part(self, value: Any) -> Any:
        self.take("[")
        inside = ""
        while self.next != "]":
            inside += self.take()
        self.take("]")
        spans = [self._span(span) for span in inside.split(",")]
        if len(spans) == 1:  # of a column or row
            spans.insert(0 if value.shape[0] == 1 else 1, slice(None))
        return plain(value[spans[0], spans[1]])

    @staticmethod
    def _span(source: str) -> slice:
        if source == ":":
            return slice(None)
        first, _, last = source.partition(":")
        return slice(int(first) - 1, int(last or first))

    def atom(self) -> Any:
        kind, token = self.kind, self.take()
        if kind == "number":
            number = _FRACTIONS.get(token) or token
            return mp.mpf(number) if self.precise else float(number)
        if kind == "name":
            return self.values[token]
        if kind == "word":
            return self.word(token)
        return {"(": self.bracket, "|": self.size, "‖": self.norm, "[": self.square, "{": self.cases}[token]()

    def word(self, name: str) -> Any:
        if name == "ln Σ":
            return np.log(np.sum(self.power()))
        if name == "√" and self.kind == "number":
            return plain(self.called(name, self.atom()))
        self.take("(")
        if name in ("ones", "zeros"):
            rows = self.sum()
            self.take("×")
            value = getattr(np, name)((int(rows), int(self.sum())))
            self.take(")")
            return plain(value)
        operands = [self.sum()]
        while self.take(",", ")") == ",":
            operands.append(self.sum())
        return plain(self.called(name, *operands))

    def called(self, word: str, *operands: Any) -> Any:
        if self.precise:
            return OPERATIONS[_MEANT[word]].exact(*operands)
        unwritten = (1.0,) if word == "elu" else ()
        return OPERATIONS[_MEANT[word]].arrays(*map(as_array, (*operands, *unwritten)))

    def bracket(self) -> Any:
        value = self.sum()
        self.take(")")
        return value

    def size(self) -> Any:
        return abs(self.between("|"))

    def between(self, bar: str) -> Any:
        self.open_bars.append(bar)
        value = self.sum()
        self.take(self.open_bars.pop())
        return value

    def norm(self) -> Any:
        value = self.between("‖")
        assert self.take() == "²"
        return np.sum(np.square(value))

    def relation(self, left: Any) -> Any:
        return _RELATIONS[self.take()](left, self.sum())

    def square(self) -> Any:
        """A condition that is 1 or 0, or a matrix of blocks."""
        entry = self.sum()
        if self.next in _RELATIONS:
            value = self.relation(entry) * 1.0
            self.take("]")
            return value
        rows = [[entry]]
        while (sign := self.take(",", ";", "]")) != "]":
            if sign == ";":
                rows.append([])
            rows[-1].append(self.sum())
        return _blocks(rows)

    def cases(self) -> Any:
        value, rest = self.sum(), []
        while self.take("if", "otherwise") == "if":
            rest.append((self.relation(self.sum()), value))
            self.take(";")
            value = self.sum()
        self.take("}")
        for condition, chosen in reversed(rest):
            value = np.where(condition, chosen, value)
        return value


def _blocks(rows: list[list[Any]]) -> Any:
    """A matrix of blocks; a 0 is as large as its row and column of blocks ask for."""
    heights = [max(np.atleast_2d(entry).shape[0] for entry in row) for row in rows]
    widths = [max(np.atleast_2d(entry).shape[1] for entry in column) for column in zip(*rows, strict=True)]
    full = [
        [entry * np.ones((h, w)) if not np.ndim(entry) else entry for entry, w in zip(row, widths, strict=True)]
        for row, h in zip(rows, heights, strict=True)
    ]
    return np.block(full)
