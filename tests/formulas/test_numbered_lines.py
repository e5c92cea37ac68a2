"""Numbers put into formulas: those of a published example, and of random nets and expressions against mpmath."""

from __future__ import annotations

import json
import pickle
import re
from pathlib import Path
from typing import Any

import mpmath
import numpy as np
import pytest
import sympy as sp

import symbackprop as sb
from symbackprop import cli
from symbackprop.errors import SymbackpropError

from ..expression_maker import case_of
from ..operations import EXACT

MAZUR: dict[str, Any] = {
    **{"W1": [[0.15, 0.20], [0.25, 0.30]], "b1": [0.35, 0.35]},
    **{"W2": [[0.40, 0.45], [0.50, 0.55]], "b2": [0.60, 0.60]},
}
"""Matt Mazur, "A step by step backpropagation example" (2015): a 2-2-2 network of sigmoids."""
OPTIONS = [
    "--hidden",
    "sigmoid",
    "--output",
    "sigmoid",
    "--loss",
    "half_sse",
    "--inputs",
    "0.05,0.10",
    "--targets",
    "0.01,0.99",
    "--digits",
    "9",
]
PRINTED = {
    "net_h1": "= 0.15 · 0.05 + 0.2 · 0.1 + 0.35\n      = 0.3775",
    "out_h1": "= 0.593269992",
    "out_h2": "= 0.596884378",
    "net_o1": "= 1.10590597",
    "out_o1": "= 0.75136507",
    "out_o2": "= 0.772928465",
    "the error": "= 0.298371109",
    "its derivative by out_o1": "= 0.74136507",
    "delta_o1": "= 0.138498562",
}
"""What he printed, to nine digits."""


@pytest.fixture
def told(tmp_path: Path, capsys: Any) -> str:
    place = tmp_path / "mazur.json"
    place.write_text(json.dumps(MAZUR), encoding="utf-8")
    assert cli.main(["derive", "2-2-2", "--at", str(place), *OPTIONS]) == 0
    return str(capsys.readouterr().out)


@pytest.mark.parametrize("name", PRINTED)
def test_a_published_example_by_one_command(name: str, told: str) -> None:
    assert PRINTED[name] in told


def test_its_gradients(told: str) -> None:
    lines = told[told.index("∂L/∂w²₁₁") :].splitlines()
    results = [line for place, line in enumerate(lines) if line.strip().startswith("= 0.138498562 · 0.5932")]
    assert results
    assert round(float(re.findall(r"= (0\.0821\d+)", told)[0]), 9) == 0.082167041
    derivation = sb.derive(sb.Network([2, 2, 2], "sigmoid", "sigmoid", "half_sse"))
    found = derivation.at({**MAZUR, "x1": 0.05, "x2": 0.1, "y1": 0.01, "y2": 0.99})
    assert found.value == pytest.approx(0.298371109, abs=5e-10)
    gradients = {symbol.name: value for symbol, value in found.gradients.items()}
    assert gradients["w2_1_1"] == pytest.approx(0.082167041, abs=5e-10)
    assert gradients["w1_1_1"] == pytest.approx(0.000438568, abs=5e-10)


def exact(graph: Any, root: Any, point: dict[str, Any]) -> Any:
    values: dict[Any, Any] = {}
    for node in graph.reachable([root]):
        op = graph.op(node)
        if op.leaf:
            leaf = graph.value(node)
            values[node] = point[leaf.name] if isinstance(leaf, sp.Symbol) else EXACT[op.name](leaf)
        else:
            values[node] = EXACT[op.name](*(values[arg] for arg in graph.args(node)))
    return values[root]


def judged(seed: int) -> int:
    """How many numbers of an expression there are to compare, all of which are alike."""
    case = case_of(seed)
    derivation = sb.derive(case.what)
    sweep = derivation.sweep
    point = {symbol.name: 0.25 + seed / 97 + place / 7 for place, symbol in enumerate(sweep.graph.symbols)}
    try:
        found = derivation.at(point)
        numbers = {"L": found.value, **{str(symbol): value for symbol, value in found.gradients.items()}}
    except (SymbackpropError, TypeError, ValueError):  # it has no real value there
        return 0
    nodes = {"L": sweep.loss_node, **{str(symbol): node for symbol, node in sweep.gradient_nodes.items()}}
    count = 0
    with mpmath.workdps(40):
        values = {name: mpmath.mpf(str(value)) for name, value in point.items()}
        for name, node in nodes.items():
            try:
                wanted = exact(sweep.graph, node, values)
            except (KeyError, TypeError, ValueError, ZeroDivisionError, OverflowError):
                continue
            if isinstance(wanted, mpmath.mpf) and mpmath.isfinite(wanted):
                assert numbers[name] == pytest.approx(float(wanted), rel=1e-12, abs=1e-25), (seed, name)
                count += 1
    return count


@pytest.mark.slow
def test_every_number_of_an_expression_is_that_of_mpmath() -> None:
    assert sum(map(judged, range(20, 60))) >= COMPARED


COMPARED = 60
"""Numbers of 40 expressions: some have no real value at their point."""


def test_every_number_of_a_net_and_the_difference_beside_it() -> None:
    rng, net = np.random.default_rng(0), sb.Network([2, 3, 2], "tanh", "softmax", "cross_entropy")
    derivation = sb.derive(net)
    params = {name: rng.normal(size=shape) for name, shape in net.shapes.items()}
    found = derivation.at({**params, "x1": 0.3, "x2": -0.7, "y1": 1, "y2": 0}, check=True)
    value, grads = derivation.compile()(params, np.array([[0.3, -0.7]]), np.array([[1.0, 0.0]]))
    assert found.value == pytest.approx(value, rel=1e-13)
    for symbol, gradient in found.gradients.items():
        name, index = net.entries[symbol]
        assert gradient == pytest.approx(grads[name][index], rel=1e-12)
    blocks = re.findall(r"= ([-−][^ \n]+|[0-9][^ \n]*)\n +\S* *= (\S+) by a central difference", str(found))
    assert len(blocks) == len(derivation.wrt)
    for shown, difference in blocks:
        numbers = (float(told.replace("−", "-")) for told in (shown, difference))
        assert next(numbers) == pytest.approx(next(numbers), rel=1e-5)


def test_numbers_keep_their_brackets_in_every_format() -> None:
    x, y = sp.symbols("x y")
    found = sb.derive(sp.exp(x * y) * x**2).at({x: -0.5, y: -2}, digits=3)
    assert "exp((−0.5) · (−2))" in str(found)
    assert "(−0.5)²" in str(found)
    assert r"\left(-0.5\right)^{2}" in found.latex()
    assert found._repr_latex_().startswith("$")


x1 = sp.Symbol("x1")
WRONG: dict[str, tuple[dict[Any, Any], str]] = {
    "missing": ({}, "there is no value for w1_1_1: give one, by its name, or the array W1"),
    "unknown": ({**MAZUR, "x1": 1, "x2": 1, "y1": 1, "y2": 1, "q": 1}, "q is no symbol here"),
    "no number": ({**MAZUR, "x1": "a", "x2": 1, "y1": 1, "y2": 1}, "x1 is no number: a"),
    "not finite": ({**MAZUR, "x1": np.nan, "x2": 1, "y1": 1, "y2": 1}, "x1 is nan"),
    "a symbol": ({**MAZUR, "x1": sp.Symbol("q", real=True), "x2": 1, "y1": 1, "y2": 1}, "x1 is q: give a finite"),
    "too large": ({**MAZUR, "x1": 10**400, "x2": 1, "y1": 1, "y2": 1}, "x1 is oo: give a finite"),
    "given twice": (
        {**MAZUR, "x1": 1, x1: 2, "x2": 1, "y1": 1, "y2": 1},
        "a symbol and its name: give each value once",
    ),
    "of another shape": ({**MAZUR, "W1": [[1.0, 2.0]]}, r"W1\[1, 0\] is no number|W1 should be \(2, 2\), is \(1, 2\)"),
}


@pytest.mark.parametrize("name", WRONG)
def test_values_that_do_not_fit(name: str) -> None:
    values, message = WRONG[name]
    with pytest.raises(sb.ParameterError, match=message):
        sb.derive(sb.Network([2, 2, 2])).at(values)


COMMANDS = {
    "--inputs 1,2": "--inputs goes with --at FILE",
    "--at nothing.json --inputs 1,2 --targets 1": "cannot read nothing.json",
    "--at list.json --inputs 1,2 --targets 1": "list.json holds no parameters by name",
    "--at half.json --inputs 1,2 --targets 1": "half.json is no JSON",
    "--at text.npz --inputs 1,2 --targets 1": "text.npz is no .npz file",
    "--at good.json --inputs 1 --targets 1": "--inputs has 1 number: give a number for each of x1, x2",
    "--at good.json --inputs 1,b --targets 1": "--inputs: 'b' is no number",
    "--at good.json --inputs 1,2 --targets 1 --digits 16": "digits is 16: give a whole number from 1 to 15",
    "--at good.json --inputs 1 --targets 1 --form matrix": "give a number for each of x[1], x[2]",
    "--at good.json --inputs 1,2 --targets 1 --method naive": "forms no adjoints",
}


@pytest.mark.parametrize("arguments", COMMANDS)
def test_bad_input_is_one_line(arguments: str, tmp_path: Path, monkeypatch: Any, capsys: Any) -> None:
    monkeypatch.chdir(tmp_path)
    good = {"W1": [[1, 2], [3, 4]], "b1": [0, 0], "W2": [[1, 2]], "b2": [0]}
    for name, text in {
        "good.json": json.dumps(good),
        "list.json": "[1]",
        "half.json": '{"W1": [',
        "text.npz": "x",
    }.items():
        Path(name).write_text(text, encoding="utf-8")
    assert cli.main(["derive", "2-2-1", *arguments.split()]) == 2
    told = capsys.readouterr()
    assert (told.out, told.err.count("\n")) == ("", 1)
    assert COMMANDS[arguments] in told.err


# --- where there is no number, and where there are many digits ---

x, y = sp.symbols("x y")
WITHOUT = {
    "a logarithm": (sp.log(x) * y, {x: -1, y: 2}, {x: -2, y: np.nan}),
    "a pole": (y / x, {x: 0, y: 1}, {x: np.nan, y: np.nan}),
    "an infinite slope": (sp.sqrt(x), {x: 0}, {x: np.nan}),
    "a missing piece": (sp.Piecewise((x**2, x > 0)) + y, {x: -1, y: 1}, {x: np.nan, y: 1}),
    "nothing divided by nothing": (sp.sin(x) / x, {x: 0}, {x: np.nan}),
    "one derivative of two": (x**y, {x: -2, y: 2}, {x: -4, y: np.nan}),
}


@pytest.mark.parametrize("name", WITHOUT)
def test_what_has_no_value_is_said_line_by_line(name: str) -> None:
    what, point, gradients = WITHOUT[name]
    found = sb.derive(what).at(point, check=True)
    np.testing.assert_equal({symbol: float(value) for symbol, value in found.gradients.items()}, gradients)
    assert "= undefined here" in str(found)
    assert "undefined here" in sb.formulas.rendered(found.document, "latex")
    assert "nan" not in str(found)
    assert "<svg" in sb.derive(what).diagram(point).svg()


def test_a_branch_that_is_not_taken_needs_no_value() -> None:
    found = sb.derive(sp.Piecewise((sp.log(x), x > 0), (x**2, True))).at({x: -2})
    assert found.value == 4
    assert found.gradients[x] == -4


def test_an_inverse_that_there_is_none_of() -> None:
    A, v = sp.MatrixSymbol("A", 2, 2), sp.MatrixSymbol("v", 2, 1)
    found = sb.derive(v.T * A.I * v).at({"A": np.zeros((2, 2)), "v": [1, 2]})
    assert "= undefined here" in str(found)
    assert np.isnan(found.value)


def test_an_operation_of_many_operands() -> None:
    a = sp.MatrixSymbol("a", 70, 1)
    assert sb.derive((a.T * a)[0, 0]).at({a: np.ones((70, 1))}).value == 70


def test_a_derivation_that_was_read_can_be_pickled() -> None:
    derivation = sb.derive(x**2 * y + sp.sin(x))
    str(derivation.explain("x")), str(derivation.at({x: 1, y: 2})), str(derivation.diagram())
    assert str(pickle.loads(pickle.dumps(derivation)).gradients) == str(derivation.gradients)


def test_large_and_small_numbers_are_as_long_as_asked_for() -> None:
    told = str(sb.derive(x * y + x**2).at({x: 1234567, y: 2e-7}))
    assert "= (1.23457e6)² + 1.23457e6 · 2e-7" in told
    assert "= 1.52416e12\n" in told
    assert "= exp(1000)\n    = 1.97007e434" in str(sb.derive(sp.exp(x)).at({x: 1000}))
    assert "= 485165195\n" not in str(sb.derive(sp.exp(x)).at({x: 20}, digits=3))
    assert r"4.85 \cdot 10^{8}" in sb.formulas.rendered(sb.derive(sp.exp(x)).at({x: 20}, digits=3).document, "latex")


def test_a_difference_has_the_minus_and_the_digits_of_the_rest() -> None:
    found = sb.derive(sp.exp(-x)).at({x: 1}, check=True, digits=4).document
    assert "= −0.3679 by a central difference" in sb.formulas.rendered(found, "text")
    assert r"&= -0.3679\text{ by a central difference}" in sb.formulas.rendered(found, "latex")
    assert "−0.3679 by a central difference" in sb.formulas.rendered(found, "html")


def test_narrow_lines_of_matrices_of_numbers_stay_formulas() -> None:
    net = sb.Network([2, 2, 2], "sigmoid", "sigmoid", "half_sse", form="matrix")
    values = {**MAZUR, "x": [0.05, 0.1], "y": [0.01, 0.99]}
    told = sb.formulas.rendered(sb.derive(net).at(values).document, "latex", width=22)
    assert r"\lVert \cdot" not in told
    assert r"\Bigl\lVert \begin{bmatrix} 0.751365 \\ 0.772928 \end{bmatrix} - \begin{bmatrix}" in told
    steps = sb.derive(sp.sin(x**2) * sp.exp(x * y) / (x + 1)).at({x: 0.5, y: -2}).document
    assert not re.search(r"\\frac\{1\}\{[\d.]+\} \d", sb.formulas.rendered(steps, "latex", width=12))


def test_arrays_of_the_wrong_shape_are_told_by_their_shape(tmp_path: Path, capsys: Any) -> None:
    place = tmp_path / "two.json"
    place.write_text(json.dumps({"W1": [[2, 2], [-2, -2]], "b1": [-1, 3], "W2": [[3, 3]], "b2": [-3]}))
    assert cli.main(["derive", "3-2-1", "--at", str(place), "--inputs", "1,0,0", "--targets", "1"]) == 2
    assert "W1 should be (2, 3), is (2, 2)" in capsys.readouterr().err
