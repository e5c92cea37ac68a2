"""Equations of matrices: each printed gradient, read back, against central differences of the printed loss."""

from __future__ import annotations

import math
import re
from typing import Any

import numpy as np
import pytest
import sympy as sp

from symbackprop.formulas import text
from symbackprop.formulas.labels import Labels
from symbackprop.formulas.textbook_chain import HEADING

from ..operations import OPERATIONS
from ..support import slow_unless
from .matrix_cases import CHOICES, EXPRESSIONS, FEW, N0, N1, N2, SIZES, SQUARE, WIDTHS, network, wide
from .reader import Reader, plain

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
    parts.pop(HEADING, None)  # of the textbook's loss, and of targets that sum to 1
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
            ends.append(run(forward, {**values, name: plain(moved)}, name))
        slope[place] = (ends[0] - ends[1]) / (2 * step)
    return plain(slope)


def random_values(derivation: Any, sizes: dict[Any, int], **given: Any) -> dict[str, Any]:
    rng = np.random.default_rng(3)
    labels = Labels(derivation)
    found: dict[str, Any] = {text.label_text(labels.of(symbol)): size for symbol, size in sizes.items()}
    for symbol in derivation.graph.symbols:
        if symbol in sizes:
            continue
        shape = tuple(int(sp.S(size).subs(sizes)) for size in getattr(symbol, "shape", ()))
        found[text.label_text(labels.of(symbol))] = plain(given.get(symbol.name, rng.normal(size=shape) * 0.8))
    return found


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
    output = OPERATIONS["softmax_columns"].arrays(values["W²"] @ hidden + values["b²"])
    assert math.isclose(found, float(-(values["y"] * np.log(output)).sum()))
    sentence = next(line for line in told["Forward pass"] if "written on the weighted sums" in line)
    textbook = sentence.strip().removeprefix("L is ").partition(", written")[0]
    assert math.isclose(Reader(textbook, values).whole(), found)


@pytest.mark.parametrize("name", EXPRESSIONS)
def test_printed_gradients_of_expressions(name: str) -> None:
    derivation = EXPRESSIONS[name]()
    values = random_values(derivation, SIZES, A=SQUARE, epsilon=0.1) | {"Id": np.eye(2)}
    told = wide(derivation)
    if "placed(" not in told:
        assert check(derivation, values, told, 1e-5) >= len(derivation.wrt)
