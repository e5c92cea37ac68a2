"""What each way to derive says and generates: forward mode, SymPy's own ways, the direction of a jvp."""

from __future__ import annotations

import ast
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import sympy as sp

import symbackprop as sb
from symbackprop.codegen.targets.python_arrays import line_breaking as lines_of_code
from symbackprop.derivation import METHODS
from symbackprop.derivation import WAYS as TABLE
from symbackprop.errors import ParameterError, UnsupportedError

from ..support import printed_by, slow_unless

a, b, e, f, x, L = sp.symbols("a b e f x L", real=True)
WAYS = ("forward", "naive", "naive+cse", "sympy-forward")
SKIPPING = [(e, a * b), (f, sp.sin(e) * a), (L, f * e + a)]
"""a goes into every equation, by itself and through what stands above."""


def net(method: str, widths: tuple[int, ...] = (2, 2, 1)) -> sb.Derivation:
    return sb.derive(sb.Network(widths), method=method)


# --- the table of ways ---


def answers(ask: Any) -> bool:
    """Whether a question has an answer, or is refused."""
    try:
        ask()
    except UnsupportedError:
        return False
    return True


@pytest.mark.parametrize("method", METHODS)
def test_a_way_is_what_its_row_says(method: str) -> None:
    derived, way = net(method), TABLE[method]
    assert (way.name, derived.sweep.way, derived.method) == (method, way, method)
    assert answers(lambda: derived.tangent(derived.loss, "w1_1_1")) == way.has_tangents
    assert bool(derived.sweep.adjoint_nodes) == way.forms_adjoints
    assert bool(derived.sweep.trees) == derived.sweep.written_out == way.writes_out
    assert (derived.sweep.tangents is not None) == way.has_tangents
    has_own = "a1_1" in {symbol.name for symbol in derived.quantities}
    assert has_own != (way.replaces or way.writes_out)
    assert not has_own or answers(lambda: derived.adjoint("a1_1")) == way.forms_adjoints
    matrix = sb.Network([2, 1], form="matrix")
    assert answers(lambda: sb.derive(matrix, method=method)) == way.takes_matrices
    assert not way.is_directional


def test_each_method_has_a_row() -> None:
    assert list(TABLE) == list(METHODS)


def test_along_a_direction_is_a_way_of_its_own() -> None:
    way = sb.jvp(SKIPPING).derivation.sweep.way
    assert way.is_directional
    assert way.has_tangents
    assert way.name == "forward"


def test_a_derivation_has_a_sweep_and_says_what_it_says() -> None:
    derived = net("backprop")
    assert isinstance(derived, sb.Derivation)
    assert not isinstance(derived.sweep, sb.Derivation)
    offered = {name for name in dir(sb.Derivation) if isinstance(getattr(sb.Derivation, name), property)}
    assert derived.gradients == derived.sweep.gradients
    assert {"loss", "wrt", "cost", "definitions", "names", "quantities", "path_counts"} < offered
    for name in offered:
        assert getattr(derived, name) == getattr(derived.sweep, name)
    for name in ("adjoint", "expand", "chain", "adjoint_node", "adjoint_symbol"):
        symbol = derived.wrt[0]
        assert getattr(derived, name)(symbol) == getattr(derived.sweep, name)(symbol)
    assert derived.as_cse() == derived.sweep.as_cse()


# --- forward mode in print ---


def told(text: str, heading: str) -> list[str]:
    """The lines below a heading, without those of the ruler and empty ones."""
    lines = text.splitlines()
    start = lines.index(heading) + 2
    rest = lines[start:]
    end = next((i for i, line in enumerate(rest[:-1]) if set(rest[i + 1]) == {"─"}), len(rest))
    return [line.strip() for line in rest[:end] if line.strip()]


def test_a_sweep_reads_like_a_textbook() -> None:
    text = net("forward").formulas()
    assert told(text, "Forward again: how everything changes with w1_2_1") == [
        "∂z¹₂/∂w¹₂₁ = x₁",
        "∂a¹₂/∂w¹₂₁ = ∂a¹₂/∂z¹₂ · ∂z¹₂/∂w¹₂₁",
        "= (1 − (a¹₂)²) · ∂z¹₂/∂w¹₂₁",
        "∂z²₁/∂w¹₂₁ = ∂z²₁/∂a¹₂ · ∂a¹₂/∂w¹₂₁",
        "= w²₁₂ · ∂a¹₂/∂w¹₂₁",
        "∂L/∂w¹₂₁ = ∂L/∂z²₁ · ∂z²₁/∂w¹₂₁",
        "= (a²₁ − y₁) · ∂z²₁/∂w¹₂₁",
    ]
    assert text.count("Forward again: how everything changes with") == 9
    assert "Backward pass" not in text


def test_a_sweep_in_latex_and_markdown() -> None:
    latex = net("forward").formulas("latex")
    ratio = r"\frac{\partial a^{(1)}_{2}}{\partial w^{(1)}_{21}}"
    assert rf"{ratio} &= \frac{{\partial a^{{(1)}}_{{2}}}}{{\partial z^{{(1)}}_{{2}}}} \cdot" in latex
    assert r"\subsection*{Forward again: how everything changes with $w^{(1)}_{21}$}" in latex
    markdown = net("forward").formulas("markdown")
    assert r"## Forward again: how everything changes with $w^{(1)}_{21}$" in markdown
    assert ratio in markdown


def test_what_a_quantity_reads_directly_is_told_apart() -> None:
    text = sb.derive(SKIPPING, [a, b], "forward").formulas()
    assert told(text, "Forward again: how everything changes with a") == [
        "∂e/∂a = b",
        "∂f/∂a = ∂f/∂a|direct + ∂f/∂e · ∂e/∂a",
        "= sin(e) + a cos(e) · ∂e/∂a",
        "∂L/∂a = ∂L/∂a|direct + ∂L/∂e · ∂e/∂a + ∂L/∂f · ∂f/∂a",
        "= 1 + f · ∂e/∂a + e · ∂f/∂a",
    ]
    assert "|direct" not in "".join(told(text, "Forward again: how everything changes with b"))
    assert "all else in it held" in text
    latex = sb.derive(SKIPPING, [a, b], "forward").formulas("latex")
    assert r"\left.\frac{\partial f}{\partial a}\right|_{\text{direct}}" in latex


def test_tangents_as_expressions() -> None:
    derivation = sb.derive(SKIPPING, [a, b], "forward")
    names = {
        line.symbol: derivation.sympy(line.node) for line in derivation.definitions if line.symbol not in (e, f, L)
    }

    def plain(expression: Any) -> Any:
        """Without the names of tangents and shared parts."""
        while expression.free_symbols & set(names):
            expression = expression.xreplace(names)
        return sp.expand(expression)

    assert derivation.tangent(e, a) == derivation.tangent("e", "a") == b
    assert plain(derivation.tangent(f, b)) == a**2 * sp.cos(e)
    assert plain(derivation.tangent(f, a)) == sp.sin(e) + a * b * sp.cos(e)
    assert derivation.tangent(a, a) == 1
    assert derivation.tangent(a, b) == 0
    steps = derivation.tangent_chain(L, a)
    assert [step.part for step in steps] == [a, e, f]
    assert [step.local for step in steps] == [derivation.graph.one, derivation.quantities[f], derivation.quantities[e]]
    assert plain(derivation.sympy(steps[2].tangent)) == plain(derivation.tangent(f, a))


def test_one_derivative_of_forward_mode() -> None:
    text = str(net("forward").explain("w1_1_1"))
    assert text.count("Forward again") == 1
    assert told(text, "Written out")[0].startswith("∂L/∂w¹₁₁ = w²₁₁ x₁ σ(")
    assert net("forward").explain("w1_1_1").latex().startswith("\\begin{aligned}")


@pytest.mark.parametrize(
    ("method", "heading"),
    [("naive", "Derivatives, each by itself"), ("naive+cse", "Derivatives"), ("sympy-forward", "Derivatives")],
)
def test_one_derivative_of_sympys_ways(method: str, heading: str) -> None:
    derivation = net(method)
    text = str(derivation.explain("b2_1"))
    lines = told(text, heading)
    assert lines[0].startswith("∂L/∂b²₁ = ")
    assert sum(line.startswith("∂L/∂") for line in lines) == 1
    assert sum(line.startswith("∂L/∂") for line in told(derivation.formulas(), heading)) == 9
    assert ("What SymPy shares, and the loss" in text) == (method != "naive")


@pytest.mark.parametrize("method", WAYS)
def test_what_a_way_does_not_have_is_refused_in_one_line(method: str) -> None:
    derivation = net(method)
    quantity = "z1_1" if method == "forward" else derivation.loss
    asked = [lambda: derivation.tangent(quantity, "x1"), lambda: derivation.tangent("nothing", "w1_1_1")]
    if method == "forward":
        asked += [lambda: derivation.adjoint("z1_1"), lambda: derivation.expand("z1_1")]
        asked += [lambda: str(derivation.explain("z1_1"))]
    else:
        asked += [lambda: derivation.tangent(quantity, "w1_1_1"), lambda: derivation.tangent_chain(quantity, "w1_1_1")]
    if method != "naive":
        asked.append(lambda: derivation.chain("w1_1_1"))
    for ask in asked:
        with pytest.raises((UnsupportedError, ParameterError)) as caught:
            ask()
        assert "\n" not in str(caught.value)
    if method == "forward":
        with pytest.raises(UnsupportedError, match=r"use method='backprop', or tangent\(quantity, parameter\)"):
            derivation.adjoint("z1_1")
        with pytest.raises(UnsupportedError, match=r"use method='backprop', or tangent_chain\(quantity, parameter\)"):
            derivation.chain("w1_1_1")


# --- modules ---

RUN = """
import json, sys
import numpy as np
sys.path.insert(0, ".")
import xor as module
X = np.array([[0, 0], [0, 1], [1, 0], [1, 1]], dtype=float)
Y = np.array([[0], [1], [1], [0]], dtype=float)
params = module.init(seed=2)
worst = module.check_grad(params, X, Y)
trained, history = module.train(params, X, Y, epochs=2500, batch_size=4, learning_rate=1.0)
outputs = module.forward(trained, X).ravel().tolist()
value, grads = module.loss_and_grad(params, X, Y)
foreign = [name for name in sys.modules if name.split(".")[0] in ("sympy", "symbackprop")]
print(json.dumps([worst, history[-1], outputs, value, {k: v.tolist() for k, v in grads.items()}, foreign]))
"""


@slow_unless(lambda method: method == "forward")
@pytest.mark.parametrize("method", WAYS)
def test_a_module_of_each_way_learns_xor(method: str, tmp_path: Path) -> None:
    net(method, (2, 3, 1)).write(tmp_path / "xor.py")
    worst, last, outputs, value, grads, foreign = json.loads(printed_by(RUN, tmp_path))
    assert worst < 1e-8
    assert last < 0.05
    assert np.round(outputs).tolist() == [0, 1, 1, 0]
    assert not foreign
    module = sb.load(net("backprop", (2, 3, 1)).write(tmp_path / "shared.py"))
    X, Y = np.array([[0, 0], [0, 1], [1, 0], [1, 1.0]]), np.array([[0], [1], [1], [0.0]])
    expected, expected_grads = module.loss_and_grad(module.init(seed=2), X, Y)
    assert value == pytest.approx(expected, rel=1e-12)
    for name, array in expected_grads.items():
        np.testing.assert_allclose(grads[name], array, rtol=1e-10, atol=1e-14)


def remarks(source: str, function: str = "_sweep") -> list[str]:
    """The headings of one function of a module."""
    lines = source[source.index(f"def {function}(") :].splitlines()
    inside = lines[: next((i for i, line in enumerate(lines[1:], 1) if line and line[0] != " "), len(lines))]
    return [line.strip("# ") for line in inside if line.startswith("    # ")]


def test_headings_and_comments_of_forward_mode() -> None:
    source = net("forward").source()
    headings = remarks(source)
    assert remarks(source, "_forward") == ["forward: layer 1", "forward: layer 2"]
    for symbol in net("forward").wrt:
        assert f"forward again: how everything changes with {symbol}" in headings
    assert not any("backward" in heading for heading in headings)
    assert "  # dz2_1/dw1_1_1 = dz2_1/da1_1 * da1_1/dw1_1_1" in source
    assert "forward mode, one sweep for each parameter." in source


@pytest.mark.parametrize("method", ["naive+cse", "sympy-forward"])
def test_headings_of_sympys_ways(method: str) -> None:
    source = net(method).source()
    assert remarks(source, "_forward") == ["what SymPy shares, and the loss"]
    assert remarks(source) == ["what SymPy shares, and the loss", "the derivatives"]
    assert remarks(source, "forward") == ["forward: layer 1", "forward: layer 2"]
    swept = source[source.index("def _sweep") : source.index("def train")].split("scale = float")[1].split("\n", 1)[1]
    assert "  # " not in swept.replace("    # ", "")


@pytest.mark.parametrize("method", WAYS)
def test_headings_of_modules_of_expressions(method: str) -> None:
    source = sb.derive(sp.sin(a * b) + a**2, [a, b], method).source()
    first = ast.get_docstring(ast.parse(source)) or ""
    assert first.startswith("L and its derivatives by a, b, ")
    assert "backward" not in first


def test_heading_of_a_direction() -> None:
    source = sb.jvp(sp.sin(a * b), {a: 1}).derivation.source()
    assert ast.get_docstring(ast.parse(source)) == "L and its derivative along a direction, in one forward sweep."


@slow_unless(lambda method, choices: choices[0] == "tanh")
@pytest.mark.parametrize("method", WAYS)
@pytest.mark.parametrize(
    "choices", [("tanh", "sigmoid", "bce"), ("gelu", "softmax", "cross_entropy"), ("elu", "identity", "huber")]
)
def test_generated_lines_are_no_wider_than_the_layout(method: str, choices: tuple[str, str, str]) -> None:
    source = sb.derive(sb.Network([3, 4, 2 if choices[1] == "softmax" else 1], *choices), method=method).source()
    tree = ast.parse(source)
    lines = source.splitlines()
    assert max(map(len, lines)) <= 120
    generated = ("forward", "loss", "loss_and_grad", "loss_per_sample")
    for node in tree.body:
        if isinstance(node, ast.FunctionDef) and (node.name in generated or node.name.startswith("dL_d")):
            wide = [line for line in lines[node.lineno - 1 : node.end_lineno] if len(line) > lines_of_code.WIDTH]
            assert not wide, wide[0]


@pytest.mark.parametrize("method", WAYS)
def test_names_of_the_user_clash_with_none_of_ours(method: str) -> None:
    t, t0, t1, v_x, big, d = sp.symbols("t t0 t1 v_x L dL_dt", real=True)
    loss = sp.sin(t * t0) * t1 + sp.sin(t * t0) ** 2 * v_x + sp.exp(t1 * v_x) * big * d + sp.cos(t0) * sp.cos(t1)
    wrt = sorted(loss.free_symbols, key=str)
    derivation = sb.derive(loss, wrt, method)
    defined = [line.symbol.name for line in derivation.definitions if line.symbol not in wrt]
    assert not {symbol.name for symbol in wrt} & set(defined)
    point = {symbol: 0.1 * place + 0.2 for place, symbol in enumerate(wrt)}
    value, gradients = derivation.compile()(**{symbol.name: number for symbol, number in point.items()})
    assert value == pytest.approx(float(loss.subs(point)))
    for symbol in wrt:
        assert gradients[symbol.name] == pytest.approx(float(sp.diff(loss, symbol).subs(point)), rel=1e-12)
