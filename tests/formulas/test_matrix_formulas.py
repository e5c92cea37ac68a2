"""The matrix form in print: what stands there is read back by a small reader and checked by central differences."""

from __future__ import annotations

import math
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import sympy as sp

import symbackprop as sb
from symbackprop import cli, ops
from symbackprop.formulas import FORMATS, latex, text
from symbackprop.formulas.labels import Labels, matrix_label, plain_label
from symbackprop.networks import ACTIVATIONS, LOSSES
from symbackprop.sympy_functions.matrix_functions import ColumnSums, LogSumExp, RowSums, Softmax, Total

from ..support import slow_unless

# --- a reader of the printed text ---

_HIGH = "⁰¹²³⁴⁵⁶⁷⁸⁹"
_DIGITS = str.maketrans(_HIGH, "0123456789")
_FRACTIONS = {"π": math.pi, "½": 0.5, "¼": 0.25, "¾": 0.75}
_WORDS = "ln Σ|Σ|softmax_rows|softmax|rowsums|colsums|ones|zeros|softplus|leaky_relu|relu|elu|tanh|exp|erfc"
_WORDS += "|sign|det|tr|ln|σ|√"
_REST = rf"(?P<number>\d+(?:\.\d+)?|[½¼¾π])|(?P<word>{_WORDS})|(?P<high>[{_HIGH}]+)|(?P<case>if|otherwise)|(?P<sign>.)"


def _softmax(x: Any, axis: int) -> Any:
    e = np.exp(x)
    return e / e.sum(axis=axis, keepdims=True)


_FUNCTIONS: dict[str, Callable[..., Any]] = {
    "Σ": np.sum,
    "softmax": lambda x: _softmax(x, 0),
    "softmax_rows": lambda x: _softmax(x, 1),
    "rowsums": lambda x: x.sum(axis=1, keepdims=True),
    "colsums": lambda x: x.sum(axis=0, keepdims=True),
    "softplus": lambda x: np.log1p(np.exp(x)),
    "relu": lambda x: np.maximum(x, 0),
    "leaky_relu": lambda x, c: np.where(x > 0, x, c * x),
    "elu": lambda x: np.where(x > 0, x, np.exp(x) - 1),
    "tanh": np.tanh,
    "exp": np.exp,
    "erfc": np.vectorize(math.erfc),
    "sign": np.sign,
    "det": np.linalg.det,
    "tr": np.trace,
    "ln": np.log,
    "σ": lambda x: 1 / (1 + np.exp(-x)),
    "√": np.sqrt,
}
_RELATIONS: dict[str, Callable[[Any, Any], Any]] = {
    ">": lambda x, y: x > y,
    "<": lambda x, y: x < y,
    "≤": lambda x, y: x <= y,
    "≥": lambda x, y: x >= y,
}


def _beside(x: Any, y: Any) -> Any:
    return x @ y if np.ndim(x) and np.ndim(y) else x * y


def _plain(x: Any) -> Any:
    return np.asarray(x).item() if np.size(x) == 1 else np.asarray(x)


class Reader:
    """Reads a formula as a person does: a space is the matrix product and binds most tightly."""

    def __init__(self, source: str, values: dict[str, Any]) -> None:
        names = "|".join(map(re.escape, sorted(values, key=len, reverse=True)))
        tokens = re.compile(rf"(?P<name>(?:{names})(?!\w*\())|{_REST}")
        self.values = values
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
        return _plain(value)

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
            value = _plain(_beside(value, self.power()))
        return value

    def power(self) -> Any:
        value = self.atom()
        while True:
            if self.kind == "high":
                value = np.power(value, int(self.take().translate(_DIGITS)))
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
        return _plain(value[spans[0], spans[1]])

    @staticmethod
    def _span(source: str) -> slice:
        if source == ":":
            return slice(None)
        first, _, last = source.partition(":")
        return slice(int(first) - 1, int(last or first))

    def atom(self) -> Any:
        kind, token = self.kind, self.take()
        if kind == "number":
            return _FRACTIONS.get(token) or float(token)
        if kind == "name":
            return self.values[token]
        if kind == "word":
            return self.word(token)
        return {"(": self.bracket, "|": self.size, "‖": self.norm, "[": self.square, "{": self.cases}[token]()

    def word(self, name: str) -> Any:
        if name == "ln Σ":
            return np.log(np.sum(self.power()))
        if name == "√" and self.kind == "number":
            return np.sqrt(self.atom())
        self.take("(")
        if name in ("ones", "zeros"):
            rows = self.sum()
            self.take("×")
            value = getattr(np, name)((int(rows), int(self.sum())))
            self.take(")")
            return _plain(value)
        operands = [self.sum()]
        while self.take(",", ")") == ",":
            operands.append(self.sum())
        return _plain(_FUNCTIONS[name](*operands))

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


# --- a document, read line by line ---

Lines = list[tuple[list[str], list[str]]]


def sections(told: str) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    title = ""
    for line in told.splitlines():
        if line and not line.startswith((" ", "─", "═")):
            title = line
            found[title] = []
        elif line.startswith("  "):
            found[title].append(line)
    return found


def equations(lines: list[str]) -> Lines:
    """Names on the left, and the right sides."""
    read: Lines = []
    for line in (line for line in lines if " = " in line):
        *left, side = re.split(r"(?:^|\s)= ", line.strip())
        if any(left):
            read.append((left, [side]))
        else:
            read[-1][1].append(side)
    return read


def is_rule(side: str) -> bool:
    return bool(re.search(r"∂(?!L/)[^/ ]+/∂", side)) or "|direct" in side


def check(derivation: Any, values: dict[str, Any], told: str, atol: float = 2e-6) -> int:
    """Every formula of the backward pass against central differences of the printed forward pass."""
    parts = sections(told)
    forward = equations(parts["Forward pass" if "Forward pass" in parts else "What it uses"])
    forward = [(left, sides) for left, sides in forward if not left[0].startswith(("∂", "δ"))]
    backward = [line for title, lines in parts.items() for line in equations(lines) if title not in ("Notation",)]
    backward = [(left, sides) for left, sides in backward if left[-1].startswith("∂L/∂")]
    known = dict(values)
    run(forward, known)
    for left, sides in backward:
        name = left[-1].removeprefix("∂L/∂")
        expected = difference(forward, known, name)
        for side in (side for side in sides if not is_rule(side)):
            found = Reader(side, known).whole()
            assert np.shape(found) == np.shape(expected), f"{left} = {side}"
            assert np.allclose(found, expected, rtol=1e-5, atol=atol), f"{left} = {side}: {found} is not {expected}"
            known |= dict.fromkeys(left, found)
    return len(backward)


def run(forward: Lines, values: dict[str, Any], fixed: str = "") -> float:
    for (name, *_), (side, *_) in forward:
        if name != fixed:
            values[name] = Reader(side, values).whole()
    return float(values["L"])


def difference(forward: Lines, values: dict[str, Any], name: str, step: float = 1e-5) -> Any:
    """dL/d(name) by central differences, entry by entry."""
    here = np.array(values[name], dtype=float)
    slope = np.zeros_like(here)
    for place in np.ndindex(here.shape):
        ends = []
        for sign in (1, -1):
            moved = here.copy()
            moved[place] += sign * step
            ends.append(run(forward, {**values, name: _plain(moved)}, name))
        slope[place] = (ends[0] - ends[1]) / (2 * step)
    return _plain(slope)


def random_values(derivation: Any, sizes: dict[Any, int], **given: Any) -> dict[str, Any]:
    rng = np.random.default_rng(3)
    labels = Labels(derivation)
    found: dict[str, Any] = {text.label_text(labels.of(symbol)): size for symbol, size in sizes.items()}
    for symbol in derivation.graph.symbols:
        if symbol in sizes:
            continue
        shape = tuple(int(sp.S(size).subs(sizes)) for size in getattr(symbol, "shape", ()))
        found[text.label_text(labels.of(symbol))] = _plain(given.get(symbol.name, rng.normal(size=shape) * 0.8))
    return found


# --- networks ---


def network(widths: list[Any], *choices: Any) -> Any:
    return sb.derive(sb.Network(widths, *choices, form="matrix"))


def wide(derivation: Any, parameter: Any = None) -> str:
    told = sb.formulas.document(derivation.sweep, parameter, width=100_000)
    return str(sb.formulas.rendered(told, "text"))


N0, N1, N2 = sp.symbols("n0 n1 n2", integer=True, positive=True)
CHOICES = [
    *((name, "identity", "half_sse") for name in ACTIVATIONS),
    *(("tanh", name, "mse") for name in ACTIVATIONS),
    *(("tanh", "sigmoid" if loss == "bce" else "softmax", loss) for loss in LOSSES),
]
FEW = ("relu-identity-half_sse", "tanh-sigmoid-bce", "tanh-softmax-cross_entropy", "3-2-4", "log det", "attention")
"""Those of the fast lane."""
WIDTHS = [[3, 2], [3, 2, 4], [2, 3, 1], [2, 1, 3], [3, 4, 3, 2], [2, 3, 3, 2, 2], [1, 2, 1]]


@slow_unless(lambda choices: "-".join(choices) in FEW)
@pytest.mark.parametrize("choices", CHOICES, ids="-".join)
def test_printed_gradients_of_every_activation_and_loss(choices: tuple[str, ...]) -> None:
    derivation = network([3, 4, 2], *choices)
    values = random_values(derivation, {})
    assert check(derivation, values, wide(derivation)) >= 7
    for parameter in derivation.wrt:
        assert check(derivation, values, wide(derivation, parameter)) >= 1


@slow_unless(lambda widths: len(widths) < 4)
@pytest.mark.parametrize("widths", WIDTHS, ids=lambda widths: "-".join(map(str, widths)))
def test_printed_gradients_of_every_depth(widths: list[int]) -> None:
    derivation = network(widths, "tanh", "sigmoid", "bce")
    values = random_values(derivation, {})
    assert check(derivation, values, wide(derivation)) >= 3
    for parameter in ("W1", "b1", "z1"):
        assert check(derivation, values, wide(derivation, parameter)) >= 1


@pytest.mark.parametrize(
    "choices", [("relu", "softmax", "cross_entropy"), ("tanh", "sigmoid", "bce"), ("silu", "tanh", "huber")]
)
def test_symbolic_widths(choices: tuple[str, ...]) -> None:
    derivation = network([N0, N1, N2], *choices)
    values = random_values(derivation, {N0: 3, N1: 4, N2: 2})
    values |= {"n₀": 3, "n₁": 4, "n₂": 2}
    assert check(derivation, values, wide(derivation)) >= 7
    assert check(derivation, values, wide(derivation, "W1")) >= 1


def test_the_printed_loss_is_the_loss() -> None:
    derivation = network([3, 4, 2], "relu", "softmax", "cross_entropy")
    values = random_values(derivation, {})
    values["y"] = np.array([[0.25], [0.75]])
    told = sections(wide(derivation))
    found = run(equations(told["Forward pass"]), values)
    hidden = np.maximum(values["W¹"] @ values["x"] + values["b¹"], 0)
    output = _softmax(values["W²"] @ hidden + values["b²"], 0)
    assert math.isclose(found, float(-(values["y"] * np.log(output)).sum()))
    sentence = next(line for line in told["Forward pass"] if "written on the weighted sums" in line)
    textbook = sentence.strip().removeprefix("L is ").partition(", written")[0]
    assert math.isclose(Reader(textbook, values).whole(), found)


# --- expressions ---

n, m, d = sp.symbols("n m d", integer=True, positive=True)
A, X, Y = sp.MatrixSymbol("A", n, n), sp.MatrixSymbol("X", n, m), sp.MatrixSymbol("Y", n, m)
x, w = sp.MatrixSymbol("x", n, 1), sp.MatrixSymbol("w", m, 1)
Q, T = sp.MatrixSymbol("Q", n, d), sp.MatrixSymbol("T", n, d)
K, V = sp.MatrixSymbol("K", m, d), sp.MatrixSymbol("V", m, d)
M, B, C = sp.MatrixSymbol("M", 3, 4), sp.MatrixSymbol("B", 2, 2), sp.MatrixSymbol("C", 2, 2)
W, J, E = sp.MatrixSymbol("W", m, m), sp.MatrixSymbol("I", 2, 2), sp.MatrixSymbol("E", 2, 2)
p, o = sp.MatrixSymbol("p", 3, 1), sp.MatrixSymbol("o", 1, 4)
L, k = sp.symbols("L k")
SIZES = {n: 3, m: 4, d: 2}
SQUARE = np.array([[2.0, 0.3, -0.2], [0.1, 1.5, 0.4], [-0.3, 0.2, 1.8]])


def layer_norm() -> Any:
    mu, v, epsilon = sp.MatrixSymbol("mu", n, 1), sp.MatrixSymbol("v", n, 1), sp.Symbol("epsilon", positive=True)
    c, h = sp.MatrixSymbol("c", n, m), sp.MatrixSymbol("h", n, m)
    g, b = sp.MatrixSymbol("g", 1, m), sp.MatrixSymbol("b", 1, m)
    row, column = sp.OneMatrix(1, m), sp.OneMatrix(n, 1)
    return sb.derive(
        [
            (mu, RowSums(X) / m),
            (c, X - mu * row),
            (v, RowSums(sp.HadamardPower(c, 2)) / m),
            (h, sp.HadamardProduct(c, sp.HadamardPower(v + epsilon * column, -sp.Rational(1, 2)) * row)),
            (L, Total(sp.HadamardProduct(Y, sp.HadamardProduct(h, column * g) + column * b))),
        ],
        [X, g, b],
    )


def attention() -> Any:
    S, P, out = sp.MatrixSymbol("S", n, m), sp.MatrixSymbol("P", n, m), sp.MatrixSymbol("O", n, d)
    loss = Total(sp.HadamardPower(out - T, 2)) / 2
    return sb.derive([(S, Q * K.T / sp.sqrt(d)), (P, Softmax(S, 1)), (out, P * V), (L, loss)], [Q, K, V])


def _squares(matrix: Any) -> Any:
    return Total(sp.HadamardPower(matrix, 2))


EXPRESSIONS: dict[str, Callable[[], Any]] = {
    "quadratic form": lambda: sb.derive(x.T * A * x, [A, x]),
    "Rayleigh quotient": lambda: sb.derive((x.T * A * x) / (x.T * x), [A, x]),
    "log det": lambda: sb.derive(sp.log(sp.Determinant(A)), [A]),
    "trace of an inverse": lambda: sb.derive(sp.Trace(A.I * A.I), [A]),
    "layer norm": layer_norm,
    "attention": attention,
    "least squares": lambda: sb.derive(_squares(X * w - x) + 3 * _squares(w), [X, w]),
    "log of sums": lambda: sb.derive(Total(LogSumExp(X, 1)) + Total(LogSumExp(X, 0)), [X]),
    "sums": lambda: sb.derive(Total(sp.HadamardProduct(RowSums(X) * ColumnSums(X), Y)), [X, Y]),
    "total": lambda: sb.derive(Total(X) + 2 * Total(RowSums(X)), [X]),
    "softmax of columns": lambda: sb.derive(Total(sp.HadamardProduct(Softmax(X), Y)), [X]),
    "entries": lambda: sb.derive(M[0, 1] ** 2 * M[2, 2], [M]),
    "part": lambda: sb.derive(Total(sp.HadamardPower(M[0:2, 1:3], 3)), [M]),
    "columns": lambda: sb.derive(Total(sp.HadamardPower(M[:, 1:3], 2)), [M]),
    "parts that overlap": lambda: sb.derive(Total(sp.HadamardPower(M[0:2, :], 2)) + Total(M[1:3, 1:2]), [M]),
    "blocks": lambda: sb.derive(sp.Trace(sp.BlockMatrix([[B, C], [C.T, B]]) ** 2), [B, C]),
    "one row of blocks": lambda: sb.derive(B[0, 1] ** 2 + Total(B[:, 0]), [B]),
    "entries of a column": lambda: sb.derive(p[0] ** 2 + p[2, 0] * p[1, 0] + Total(p[0:2, :]), [p]),
    "entries of a row": lambda: sb.derive(p.T[0, 0] ** 2 * _squares(o[:, 1:3]) * o[0, 3], [p, o]),
    "like terms": lambda: sb.derive(sp.Trace((B * C - C).T * (B * C - C)) + k * sp.Trace(B.T * B), [B, C, k]),
    "like terms with numbers": lambda: sb.derive(Total(X) + Total(RowSums(X)) - 3 * Total(X) + 4 * Total(X.T), [X]),
    "a matrix called I": lambda: sb.derive(sp.Trace(B) + sp.Trace(J) ** 2, [B, J]),
    "a product over a matrix": lambda: sb.derive(_squares(sp.HadamardProduct(B * C, sp.HadamardPower(E, -1))), [B, E]),
}


@pytest.mark.parametrize("name", EXPRESSIONS)
def test_printed_gradients_of_expressions(name: str) -> None:
    derivation = EXPRESSIONS[name]()
    values = random_values(derivation, SIZES, A=SQUARE, epsilon=0.1) | {"Id": np.eye(2)}
    told = wide(derivation)
    if "placed(" not in told:
        assert check(derivation, values, told, 1e-5) >= len(derivation.wrt)


ALL: dict[str, Callable[[], Any]] = {
    **EXPRESSIONS,
    **{"-".join(map(str, widths)): partial(network, widths, "tanh", "sigmoid", "bce") for widths in WIDTHS},
    **{"-".join(choices): partial(network, [3, 4, 2], *choices) for choices in CHOICES},
    "symbols": lambda: network([N0, N1, N2]),
    "deep symbols": lambda: network([N0, N1, N1, N1, N2], "gelu", "tanh", "huber"),
}


@slow_unless(lambda name: name in FEW)
@pytest.mark.parametrize("name", ALL)
def test_no_line_is_wider_than_asked_and_latex_is_balanced(name: str) -> None:
    derivation = ALL[name]()
    for parameter in (None, *derivation.wrt):
        told = derivation.formulas("text", parameter)
        assert max(map(len, told.splitlines())) <= 80, told
        assert not re.search(r"[^\S\n ]", told)
        _check_latex(derivation.formulas("latex", parameter))
        derivation.formulas("markdown", parameter)
    for quantity in derivation.quantities:
        _check_latex(derivation.formulas("latex", quantity))
    assert derivation.explain(derivation.wrt[0])._repr_latex_().count("$") == 2
    assert derivation._repr_latex_().count("$") == 2


def _check_latex(source: str) -> None:
    for row in source.split(r"\\" + "\n"):
        assert len(re.findall(r"\\left\b", row)) == len(re.findall(r"\\right\b", row)), row
        assert row.count("{") == row.count("}"), row
    assert not re.search(r"\}_\{[^{}]*\}_\{|\^\{[^{}]*\}\^\{", source), "a double index or exponent"
    assert source.isascii()
    for environment in ("bmatrix", "cases", "align*"):
        assert source.count(rf"\begin{{{environment}}}") == source.count(rf"\end{{{environment}}}")


def test_a_sum_beside_its_fraction_keeps_its_brackets() -> None:
    told = network([3, 3, 3, 3, 2], "tanh", "sigmoid", "bce").formulas("latex", "W1")
    assert re.search(r"\\frac\{1\}\{2\} (?:\\left|\\[bB]igl)\(\\sigma", told)


@pytest.mark.skipif(shutil.which("pdflatex") is None, reason="there is no pdflatex")
def test_latex_compiles(tmp_path: Path) -> None:
    told = [make().formulas("latex", parameter) for make in ALL.values() for parameter in (None, make().wrt[0])]
    body = "\n\n".join(told)
    article = rf"\documentclass{{article}}\usepackage{{amsmath}}\begin{{document}}{body}\end{{document}}"
    (tmp_path / "all.tex").write_text(article)
    command = ["pdflatex", "-interaction=nonstopmode", "-halt-on-error", "all.tex"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, check=False)
    assert done.returncode == 0, done.stdout.decode(errors="replace")[-2_000:]


@pytest.mark.parametrize("format", FORMATS)
def test_breaking_lines_cuts_nothing(format: str) -> None:
    derivation = network([30, 20, 10, 5], "gelu", "softmax", "mse")
    narrow = derivation.formulas("text", "W1")
    squeezed = [re.sub(r"[\s═─]+", "", told) for told in (narrow, wide(derivation, "W1"))]
    assert squeezed[0] == squeezed[1]
    assert derivation.formulas(format) == derivation.formulas(format)


# --- what is said ---

NET = """\
Shapes
──────

  x: 784 × 1; y: 10 × 1
  W¹: 256 × 784; b¹, z¹, a¹, δ¹: 256 × 1
  W²: 128 × 256; b², z², a², δ²: 128 × 1
  W³: 10 × 128; b³, z³, a³, δ³: 10 × 1

Forward pass
────────────

  z¹ = W¹ x + b¹
  a¹ = relu(z¹)
  z² = W² a¹ + b²
  a² = relu(z²)
  z³ = W³ a² + b³
  a³ = softmax(z³)
   L = ln Σ exp(z³) − yᵀ z³

  L is −yᵀ ln(a³), written on the weighted sums so that it stays finite.
"""
ERRORS = """\
Output error

  δ³ = ∂L/∂z³ = a³ − y

Error of a layer from the next

       ∂L/∂a² = ∂L/∂z³ · ∂z³/∂a²
              = (W³)ᵀ δ³
  δ² = ∂L/∂z² = ∂L/∂a² · ∂a²/∂z²
              = ∂L/∂a² ⊙ [z² > 0]
              = ((W³)ᵀ δ³) ⊙ [z² > 0]
"""


def test_the_four_equations_by_name() -> None:
    told = network([784, 256, 128, 10], "relu", "softmax", "cross_entropy").formulas()
    assert NET in told
    assert ERRORS in told
    assert "Gradient of a bias\n\n  ∂L/∂b¹ = ∂L/∂z¹ · ∂z¹/∂b¹\n         = δ¹\n" in told
    assert "  ∂L/∂W² = ∂L/∂z² · ∂z²/∂W²\n         = δ² (a¹)ᵀ\n" in told
    assert "A ⊙ B multiplies entry by entry." in told


def test_one_parameter_written_out() -> None:
    told = network([784, 256, 10], "relu", "softmax", "cross_entropy").formulas(parameter="W1")
    written = "(((W²)ᵀ (softmax(W² relu(W¹ x + b¹) + b²) − y)) ⊙ [W¹ x + b¹ > 0]) xᵀ"
    assert written in " ".join(told.split())


@pytest.mark.parametrize(
    ("name", "line"),
    [
        ("quadratic form", "∂L/∂x = A x + Aᵀ x"),
        ("log det", "∂L/∂A = (Aᵀ)⁻¹"),
        ("layer norm", "h = c/√(ε + v)"),
        ("attention", "= (∂L/∂S)ᵀ Q/√(d)"),
        ("attention", "= P ⊙ (∂L/∂P − rowsums(∂L/∂P ⊙ P))"),
        ("least squares", "∂L/∂X = 2 (X w − x) wᵀ"),
        ("total", "∂L/∂X = ones(n × m) + 2 ones(n × m)"),
        ("part", "∂L/∂M = [0, 3 M[1:2, 2:3]², 0; 0, 0, 0]"),
        ("blocks", "T₁ = [B, C; Cᵀ, B]"),
        ("entries of a column", "L = p[1]² + p[3] p[2] + Σ(p[1:2])"),
        ("like terms", "∂L/∂C = 2 Bᵀ (B C − C) − 2 (B C − C)"),
        ("like terms", "∂L/∂B = 2 (B C − C) Cᵀ + 2 k B"),
        ("a matrix called I", "∂L/∂B = Id"),
    ],
)
def test_expressions_read_like_a_textbook(name: str, line: str) -> None:
    assert line in EXPRESSIONS[name]().formulas()


def test_notation_explains_what_is_shown_and_nothing_else() -> None:
    plain = sb.derive(x.T * A * x, [A, x]).formulas()
    assert "Aᵀ is the transpose." in plain
    assert "⊙" not in plain
    assert "columns count" in EXPRESSIONS["part"]().formulas()
    assert "row by row" in EXPRESSIONS["blocks"]().formulas()


def notation(derivation: Any, parameter: Any = None) -> str:
    return wide(derivation, parameter).partition("Notation\n")[2]


def test_another_sign_for_the_identity_where_a_symbol_has_its_letter() -> None:
    derivation = EXPRESSIONS["a matrix called I"]()
    assert "∂L/∂I = 2 tr(I) · Id" in derivation.formulas()
    assert r"\frac{\partial L}{\partial B} &= \mathit{Id}" in derivation.formulas("latex")
    assert r"$\mathit{Id}$ is the identity matrix." in derivation.formulas("latex")
    assert "identity" not in notation(sb.derive(Total(sp.HadamardPower(J, 2)), [J]))
    assert "  I is the identity matrix." in notation(sb.derive(sp.Trace(B), [B]))
    both = sb.derive(sp.Trace(J) + sp.Trace(sp.MatrixSymbol("Id", 2, 2))).formulas()
    assert "∂L/∂I = Eye" in both


def test_brackets_around_a_product_over_or_beside_what_is_taken_entry_by_entry() -> None:
    told = network([3, 4, 2], "softsign", "identity", "half_sse")
    third = wide(told, "W1").partition("The derivative by W1")[2]
    assert "(((W²)ᵀ (W² ((W¹ x + b¹)/(|W¹ x + b¹| + 1)) + b² − y))/(|W¹ x + b¹| + 1) − " in third
    source = told.formulas("latex", "W1")
    assert r"\odot \left(W^{(2)}\right)^{\top}" not in source
    assert source.count(r"\odot \left(\left(W^{(2)}\right)^{\top}") == 2
    assert "= 2 (" in wide(EXPRESSIONS["least squares"]()), "no more brackets than before over a number"


@pytest.mark.parametrize(
    ("name", "shown", "hidden"),
    [
        ("one row of blocks", ["A[1, 2] is an entry", "A colon by itself", "row by row"], ["1:2", "u[2]"]),
        ("entries of a column", ["u[2] is an entry of a column", "1:2", "row by row"], ["A[1, 2]", "A colon"]),
        ("entries", ["A[1, 2] is an entry"], ["1:2", "A colon", "u[2]"]),
        ("columns", ["A[1, 2] is an entry", "1:2", "A colon"], ["u[2]"]),
        ("quadratic form", [], ["row by row", "entry:", "identity"]),
    ],
)
def test_notation_of_parts(name: str, shown: list[str], hidden: list[str]) -> None:
    told = notation(EXPRESSIONS[name]())
    assert [words for words in shown if words not in told] == []
    assert [words for words in hidden if words in told] == []


def test_a_condition_in_square_brackets_is_no_matrix() -> None:
    told = sb.derive(Total(sp.Max(0, sp.Symbol("s")) * X), [X]).formulas() + wide(network([3, 2, 1], "relu"), "W1")
    assert "row by row" not in told


def test_an_entry_of_a_column_in_latex() -> None:
    assert "L &= p_{1}^{2} + p_{3} p_{2}" in EXPRESSIONS["entries of a column"]().formulas("latex")


def test_like_terms_are_collected() -> None:
    told = wide(sb.derive(sp.Trace((X * W - Y).T * (X * W - Y)) + k * sp.Trace(W.T * W), [W, X]))
    assert "∂L/∂W = 2 Xᵀ (X W − Y) + 2 k W" in told
    assert "∂L/∂X = 2 (X W − Y) Wᵀ" in told


def test_paragraphs_of_latex_begin_alike() -> None:
    source = network([3, 2, 1], "tanh", "identity", "mse").formulas("latex")
    paragraphs = source.partition(r"\subsection*{Shapes}")[2].partition(r"\subsection")[0].strip().split("\n\n")
    assert len(paragraphs) == 3
    assert all(paragraph.startswith(r"\noindent $") for paragraph in paragraphs)


def test_a_notebook_explains_the_signs() -> None:
    maths, signs = network([3, 2, 1], "softplus", "sigmoid", "mse").explain("W1")._repr_latex_().split(r"\\[2ex]")
    assert "multiplies" not in maths
    assert r"&\sigma\left(x\right) = " in signs
    assert r"&\mathrm{softplus}\left(x\right) = " in signs
    assert r"&A \odot B\text{ multiplies entry by entry.}" in signs


@pytest.mark.parametrize("rows", [text.ROWS, latex.ROWS], ids=["text", "latex"])
def test_every_operation_of_matrices_has_a_row(rows: dict[ops.Op, Any]) -> None:
    assert not [op.name for op in ops.MATRIX if op not in rows]


def test_labels() -> None:
    shown = {name: text.label_text(matrix_label(name)) for name in ("W1", "b12", "z2", "a1", "delta3", "x", "n0", "T1")}
    assert shown == {"W1": "W¹", "b12": "b¹²", "z2": "z²", "a1": "a¹", "delta3": "δ³", "x": "x", "n0": "n₀", "T1": "T₁"}
    assert latex.label_latex(matrix_label("W2")) == "W^{(2)}"
    assert text.label_text(plain_label("W1")) == "W₁"


def test_telling_leaves_the_derivation_as_it_was() -> None:
    derivation = network([3, 2, 2])
    before = list(derivation.graph.symbols)
    derivation.formulas()
    derivation.formulas("latex", "W1")
    assert list(derivation.graph.symbols) == before


# --- the command line ---


def printed(capsys: Any, *argv: str) -> str:
    assert cli.main(["derive", *argv]) == 0
    return str(capsys.readouterr().out)


def test_commands(capsys: Any) -> None:
    told = printed(capsys, "784-256-128-10", "--form", "matrix", "--hidden", "relu", "--output", "softmax")
    assert NET in told
    named = printed(capsys, "--widths", "n0-n1-n2", "--hidden", "tanh")
    assert "W¹: n₁ × n₀" in named
    assert named == printed(capsys, "n0-n1-n2", "--form", "matrix")
    assert "w¹₁₁" in printed(capsys, "--widths", "2-2-1")


@pytest.mark.parametrize(
    ("argv", "message"),
    [
        (["n0-n1"], "only --form matrix takes names"),
        (["--widths", "n0-n1", "--form", "scalar"], "only --form matrix takes names"),
        (["2-1", "--form", "matrx"], "did you mean 'matrix'?"),
        (["2-1", "--widths", "2-1"], "widths are given twice"),
        ([], "widths are given nowhere"),
        (["--widths", "x-2"], "a width is called x"),
        (["--widths", "n0-__import__"], "are not positive integers or names"),
        (["--widths", "n0-f(1)"], "are not positive integers or names"),
        (["--widths", "n0-lambda"], "are not positive integers or names"),
        (["2-1", "--form", "matrix", "--method", "naive"], "method naive takes each weight by itself"),
        (["200-200"], "or --form matrix"),
    ],
)
def test_refusals(capsys: Any, argv: list[str], message: str) -> None:
    assert cli.main(["derive", *argv]) == 2
    error = capsys.readouterr().err
    assert message in error
    assert error.count("\n") == 1


_PROGRAM = """
import sys, symbackprop as sb
net = sb.Network([3, 4, 2], "gelu", "softmax", "mse", form="matrix")
sys.stdout.buffer.write(sb.derive(net).formulas().encode())
"""


@pytest.mark.slow
def test_the_same_text_whatever_the_hash_seed() -> None:
    command = [sys.executable, "-c", _PROGRAM]
    outputs = {
        subprocess.run(command, env={**os.environ, "PYTHONHASHSEED": seed}, capture_output=True, check=True).stdout
        for seed in ("1", "2")
    }
    assert len(outputs) == 1
