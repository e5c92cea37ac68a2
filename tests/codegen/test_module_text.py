"""Text of modules: flat, minimal, standing alone, the same again."""

from __future__ import annotations

import ast
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import sympy as sp

import symbackprop as sb

from ..support import printed_by, slow_unless
from .scalar_support import NETWORKS, a, b, c, deepest, x


@pytest.mark.parametrize("name", NETWORKS)
def test_generated_functions_are_flat(name: str) -> None:
    source = sb.derive(sb.Network(*NETWORKS[name])).source()
    assert deepest(source) <= 5
    assert max(map(len, source.splitlines())) <= 120


@pytest.mark.slow
def test_wide_and_deep_networks_are_flat() -> None:
    for widths in ([30, 12, 10], [2] * 26):
        source = sb.derive(sb.Network(widths, "gelu", "softmax", "cross_entropy")).source()
        assert deepest(source) <= 5
        assert max(len(line) for line in source.splitlines() if not line.startswith("Made by")) <= 120


@pytest.mark.slow
def test_one_deep_expression_is_flat() -> None:
    expression: Any = a
    for level in range(2000):
        expression = sp.Mul(sp.sin(expression), b) if level % 2 else sp.Add(expression, c, evaluate=False)
    start = time.perf_counter()
    compiled = sb.derive(expression, wrt=[a, b, c]).compile()
    print(f"\n2,000 deep: {time.perf_counter() - start:.2f} s, {len(compiled.source.splitlines())} lines")
    assert deepest(compiled.source) <= 5
    assert max(map(len, compiled.source.splitlines())) <= 120
    value = deepest_value(0.5, 0.9, 0.3)
    found, gradients = compiled(0.5, 0.9, 0.3)
    assert found == pytest.approx(value, rel=1e-12)
    step = 1e-6
    slope = (deepest_value(0.5, 0.9, 0.3 + step) - deepest_value(0.5, 0.9, 0.3 - step)) / (2 * step)
    assert gradients["c"] == pytest.approx(slope, rel=1e-6)


def deepest_value(start: float, factor: float, shift: float) -> float:
    for level in range(2000):
        start = np.sin(start) * factor if level % 2 else start + shift
    return float(start)


@pytest.mark.slow
def test_long_chain_of_equations_is_flat_and_quick() -> None:
    weights = sp.symbols("w1:5001", real=True)
    equations, last = [], x
    for level, weight in enumerate(weights, start=1):
        quantity = sp.Symbol(f"h{level}", real=True)
        equations.append((quantity, sp.tanh(weight * last, evaluate=False)))  # SymPy would look for signs
        last = quantity
    start = time.perf_counter()
    compiled = sb.derive(equations, wrt=weights).compile()
    seconds = time.perf_counter() - start
    print(f"\n5,000 equations: {seconds:.2f} s, {len(compiled.source.splitlines())} lines")
    assert deepest(compiled.source) <= 5
    assert max(map(len, compiled.source.splitlines())) <= 120
    assert seconds < 60  # about 2 s on an idle core; what is quadratic takes minutes
    value, gradients = compiled(*[1.5] * 5_000, x=0.4)
    state = 0.4
    for _ in range(5_000):
        state = np.tanh(1.5 * state)
    assert value == pytest.approx(state, rel=1e-12)
    assert gradients["w5000"] == pytest.approx((1 - state**2) * state, rel=1e-9)


def test_brackets_of_a_chain_that_is_used_once_are_cut_too() -> None:
    expression: Any = x
    for _ in range(300):
        expression = sp.Mul(sp.Add(expression, a, evaluate=False), b, evaluate=False)
    compiled = sb.derive(expression, wrt=[x]).compile()
    assert deepest(compiled.source) <= 5
    assert max(map(len, compiled.source.splitlines())) <= 120
    value, gradients = compiled(2.0, 0.5, 0.99)
    exact = 2.0
    for _ in range(300):
        exact = (exact + 0.5) * 0.99
    assert value == pytest.approx(exact, rel=1e-12)
    assert gradients["x"] == pytest.approx(0.99**300, rel=1e-12)


def test_a_chain_without_brackets_is_cut_into_statements() -> None:
    expression: Any = x
    for level in range(1000):
        expression = sp.Add(expression, a if level % 2 else b, evaluate=False)
    compiled = sb.derive(expression, wrt=[x]).compile()
    body = ast.parse(compiled.source).body[0].body  # type: ignore[attr-defined]
    assert max(line.end_lineno - line.lineno for line in body) <= 8
    assert compiled(2.0, 0.5, 2.0) == (1252.0, {"x": 1.0})


def test_the_maximum_of_many_is_flat() -> None:
    compiled = sb.derive(sp.Max(*sp.symbols("m1:17", real=True)), wrt=sp.symbols("m1:17", real=True)).compile()
    assert deepest(compiled.source) <= 6
    values = np.random.default_rng(0).permutation(16).astype(float)
    value, gradients = compiled(*values)
    assert value == 15.0
    assert list(gradients.values()) == (values == 15).astype(float).tolist()


def test_helpers_are_included_only_where_they_are_called() -> None:
    for settings_of, needed in {
        ("tanh", "tanh", "half_sse"): set(),
        ("tanh", "sigmoid", "bce"): {"_sigmoid"},
        ("elu", "softmax", "cross_entropy"): {"_elu", "_top"},
        ("gelu", "identity", "mse"): {"_each", "_erfc"},
    }.items():
        source = sb.derive(sb.Network([2, 2, 2], *settings_of)).source()
        defined = {node.name for node in ast.parse(source).body if isinstance(node, ast.FunctionDef)}
        assert {name for name in defined if name.startswith("_")} == needed | {"_checked", "_forward", "_sweep"}


@slow_unless(lambda name: name == "bce")
@pytest.mark.parametrize("name", ["bce", "hidden gelu", "cross_entropy"])
def test_every_name_in_a_module_is_defined(name: str) -> None:
    for method in ("backprop", "naive"):
        source = sb.derive(sb.Network(*NETWORKS[name]), method=method).source()
        done = (
            subprocess.run(
                [sys.executable, "-m", "ruff", "check", "--isolated", "--select", "F", "--stdin-filename", "m.py", "-"],
                input=source,
                capture_output=True,
                text=True,
                check=False,
            )
            if has_ruff()
            else None
        )
        compiled = compile(source, "m.py", "exec")
        assert done is None or done.returncode == 0, done.stdout
        assert compiled.co_names


def has_ruff() -> bool:
    return subprocess.run([sys.executable, "-m", "ruff", "--version"], capture_output=True, check=False).returncode == 0


ALONE: dict[str, Callable[[], sb.Derivation]] = {
    "network": lambda: sb.derive(sb.Network([2, 2, 1], "gelu")),
    "network of matrices": lambda: sb.derive(sb.Network([2, 2, 1], "gelu", form="matrix")),
    "expression": lambda: sb.derive(sp.gamma(a) * b),
    "expression of matrices": lambda: sb.derive(sp.Trace(sp.MatrixSymbol("A", 3, 3).I)),
}


@slow_unless(lambda name: name in ("network", "expression of matrices"))
@pytest.mark.parametrize("name", ALONE)
def test_module_imports_neither_sympy_nor_symbackprop(name: str, tmp_path: Path) -> None:
    ALONE[name]().write(tmp_path / "alone.py")
    code = "import sys; sys.path.insert(0, '.'); import alone; print(sorted(sys.modules))"
    modules = ast.literal_eval(printed_by(code, tmp_path))
    assert "alone" in modules
    assert "numpy" in modules
    assert not [name for name in modules if name.split(".")[0] in ("sympy", "symbackprop", "mpmath", "rich")]


@pytest.mark.slow
def test_a_sum_of_thousands_of_terms_compiles() -> None:
    xs = sp.symbols("x0:3000", real=True)
    loss = sp.Add(*[a * b**2 for a, b in zip(xs, xs[1:] + xs[:1], strict=True)])
    value, gradients = sb.derive(loss, wrt=xs).compile()(*[1.0] * len(xs))
    assert value == len(xs)
    assert set(gradients.values()) == {3.0}
