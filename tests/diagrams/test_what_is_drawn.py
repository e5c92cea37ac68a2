"""A picture has the quantities of its derivation as boxes and its chain steps as arrows, with the right numbers."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
import pytest
import sympy as sp

import symbackprop as sb
from symbackprop.derivation import in_steps
from symbackprop.diagrams import MOST_NODES, Edge, Picture
from symbackprop.diagrams.line_text import line_text
from symbackprop.errors import OutputError, ParameterError, SizeError, UnknownNameError, UnsupportedError
from symbackprop.lowering import raised

from .support import CASES, OF_NUMBERS, L, a, b, drawn, e, expression, f, network, values_of, x, y


def names(symbols: Iterable[Any]) -> set[str]:
    return {symbol.name for symbol in symbols}


def said(picture: Picture) -> dict[str, list[str]]:
    """By name: the lines of its box."""
    return {node.symbol.name: list(map(line_text, node.lines)) for node in picture.nodes}


def on_arrow(picture: Picture, start: str, end: str) -> str | None:
    [found] = [edge for edge in picture.edges if (edge.start.name, edge.end.name) == (start, end)]
    return None if found.line is None else line_text(found.line)


def steps(picture: Picture) -> dict[tuple[Any, Any], Edge]:
    return {(edge.start, edge.end): edge for edge in picture.edges if edge.is_step}


# --- boxes and arrows ---


@pytest.mark.parametrize("name", CASES)
def test_boxes_are_the_symbols_and_arrows_the_steps_of_the_chain_rule(name: str) -> None:
    derivation = CASES[name]()
    picture, sweep = derivation.diagram().picture, in_steps(derivation.sweep)
    roles = {node.symbol.name: node.role for node in picture.nodes}
    assert len(roles) == len(picture.nodes)
    assert {name for name, role in roles.items() if role == "parameter"} == names(sweep.wrt)
    assert {name for name, role in roles.items() if role in ("quantity", "loss")} == names(sweep.quantities)
    assert {name for name, role in roles.items() if role == "data"} <= names(sweep.graph.symbols) - names(sweep.wrt)
    varying = [symbol for symbol, node in sweep.quantities.items() if node in sweep.varying]
    expected = {(symbol.name, step.consumer.name) for symbol in (*sweep.wrt, *varying) for step in sweep.chain(symbol)}
    assert {(start.name, end.name) for start, end in steps(picture)} == expected


@pytest.mark.parametrize("name", CASES)
def test_arrows_without_a_step_bring_in_the_rest_of_each_formula(name: str) -> None:
    derivation = CASES[name]()
    picture = derivation.diagram().picture
    sweep = in_steps(derivation.sweep)
    boxes = names(node.symbol for node in picture.nodes)
    for symbol, node in sweep.quantities.items():
        others = {place: other for other, place in sweep.quantities.items() if other != symbol}
        written = raised(sweep.graph, node, others)
        arriving = [edge for edge in picture.edges if edge.end.name == symbol.name]
        mentioned = names(written.free_symbols) & boxes
        assert mentioned == names(edge.start for edge in arriving)


def test_what_boxes_and_arrows_of_a_network_say() -> None:
    picture = network(2, 2, 1).diagram().picture
    lines = said(picture)
    assert lines["x1"] == ["x₁"]
    assert lines["w1_2_1"] == ["w¹₂₁"]
    assert lines["z1_1"] == ["z¹₁ = w¹₁₁ x₁ + w¹₁₂ x₂ + b¹₁"]
    assert lines["L"] == ["L = softplus(z²₁) − y₁ z²₁"]
    assert on_arrow(picture, "w1_2_1", "z1_2") == "x₁"
    assert on_arrow(picture, "z1_1", "a1_1") == "1 − (a¹₁)²"
    assert on_arrow(picture, "a1_2", "z2_1") == "w²₁₂"
    assert on_arrow(picture, "z2_1", "L") == "a²₁ − y₁"
    assert on_arrow(picture, "x1", "z1_1") is None  # nothing is derived by data


def test_what_they_say_with_numbers() -> None:
    picture = (
        network(2, 2, 1)
        .diagram({"W1": [[2, 2], [-2, -2]], "b1": [-1, 3], "W2": [[3, 3]], "b2": [-3], "x1": 1, "x2": 0, "y1": 1})
        .picture
    )
    lines = said(picture)
    assert lines["x1"] == ["x₁ = 1"]
    assert lines["w1_1_1"] == ["w¹₁₁ = 2", "∂L/∂w¹₁₁ = −0.2171"]
    assert lines["z1_1"] == ["z¹₁ = w¹₁₁ x₁ + w¹₁₂ x₂ + b¹₁", "z¹₁ = 1", "δ¹₁ = ∂L/∂z¹₁ = −0.2171"]
    assert lines["a2_1"] == ["a²₁ = σ(z²₁)", "a²₁ = 0.8277"]  # the loss is not made of it
    assert on_arrow(picture, "z1_1", "a1_1") == "1 − (a¹₁)² = 0.42"
    assert on_arrow(picture, "b1_1", "z1_1") == "1"


def test_what_layers_say() -> None:
    picture = network(64, 32, 10, output="softmax", form="matrix").diagram().picture
    assert said(picture)["W1"] == ["W¹", "32 × 64"]
    assert said(picture)["z1"] == ["z¹ = W¹ x + b¹", "32 × 1"]
    assert on_arrow(picture, "a1", "z2") == "(W²)ᵀ δ²"
    assert on_arrow(picture, "W2", "z2") == "δ² (a¹)ᵀ"
    assert on_arrow(picture, "z1", "a1") == "∂L/∂a¹ ⊙ (1 − (a¹)²)"


def test_an_expression_is_drawn_in_steps_and_by_names_of_ones_own() -> None:
    lines = said(expression().diagram().picture)
    assert lines == {
        "x": ["x"],
        "y": ["y"],
        "u": ["u = x²"],
        "v": ["v = sin(u)"],
        "w": ["w = exp(x y)"],
        "s": ["s = x + 1"],
        "L": ["L = v w/s"],
    }
    q = sp.Symbol("q", real=True)
    assert said(expression().diagram(names={q: x**2}).picture)["q"] == ["q = x²"]


def test_a_model_of_one_expression_is_drawn_in_steps_too() -> None:
    w, c = sp.symbols("w c", real=True)
    line = sb.derive(sb.Model((sp.tanh(w * x + c) - y) ** 2, inputs=[x], targets=[y]))
    picture = line.diagram({"w": 1, "c": 2, "x": 3, "y": 4}, "w").picture
    assert said(picture)["u"][0] == "u = w x + c"
    assert on_arrow(picture, "w", "u") == "x = 3"
    assert [node.symbol.name for node in picture.nodes if node.role == "data"] == ["x", "y"]
    assert line.at({"w": 1, "c": 2, "x": 3, "y": 4}).gradients[w] == pytest.approx(
        float(next(node.adjoint for node in picture.nodes if node.symbol == w))
    )


def test_long_formulas_are_shortened_and_told_in_full() -> None:
    picture = drawn("long sum").picture
    [node] = [node for node in picture.nodes if node.told is not None]
    [short] = said(picture)[node.symbol.name]
    told = line_text(node.told)
    assert short == "u = long_name₀ + … + long_name₉"
    assert told.startswith("u = long_name₀ + long_name₁ + ")
    assert told.count("+") == 11


def test_a_formula_of_thousands_of_operations_is_dots() -> None:
    deep = x
    for _ in range(2_000):
        deep = deep * y + y
    picture = sb.derive([(e, deep), (L, e**2)], wrt=[x]).diagram().picture
    assert said(picture)["e"] == ["e = …"]
    assert on_arrow(picture, "x", "e") in ("∂e/∂x", "y²⁰⁰⁰")


# --- numbers ---


@pytest.mark.parametrize("name", OF_NUMBERS)
def test_numbers_are_those_of_at_and_of_differences(name: str) -> None:
    derivation = CASES[name]()
    values = values_of(derivation)
    picture, at = derivation.diagram(values).picture, derivation.at(values, check=True)
    for node in picture.nodes:
        assert float(node.value) == pytest.approx(at.values[node.symbol.name], rel=1e-12)
        if node.role == "parameter":
            assert float(node.adjoint) == pytest.approx(at.gradients[node.symbol], rel=1e-12, abs=1e-14)
    function = derivation.compile() if derivation.model is None else None
    for symbol in derivation.wrt if function else ():
        step = 1e-6
        above, below = (function(**{**values, symbol.name: values[symbol.name] + sign * step})[0] for sign in (1, -1))
        [adjoint] = [node.adjoint for node in picture.nodes if node.symbol == symbol]
        assert float(adjoint) == pytest.approx((above - below) / (2 * step), rel=1e-5, abs=1e-7)


@pytest.mark.parametrize("name", OF_NUMBERS)
def test_an_adjoint_is_the_sum_over_its_arrows(name: str) -> None:
    """Each box by the boxes that its arrows lead to: the chain rule, read off the picture."""
    picture = drawn(name, with_values=True).picture
    adjoints = {node.symbol: node.adjoint for node in picture.nodes}
    adjoints[next(node.symbol for node in picture.nodes if node.role == "loss")] = 1
    for start in {start for start, _ in steps(picture)}:
        terms = [adjoints[end] * edge.local for (one, end), edge in steps(picture).items() if one == start]
        assert float(sum(terms)) == pytest.approx(float(adjoints[start]), rel=1e-12, abs=1e-14)


def test_numbers_have_as_many_digits_as_are_asked_for() -> None:
    values = values_of(expression())
    lines = said(expression().diagram(values, digits=9).picture)
    assert lines["L"][1] == f"L = {expression().at(values).value:.9g}"


# --- paths ---


@pytest.mark.parametrize(
    ("name", "start"), [("2-2-1", "w1_2_1"), ("2-3-2 softmax", "w1_1_2"), ("expression", "x"), ("skipping", "a")]
)
def test_the_sum_over_the_strong_paths_is_the_derivative(name: str, start: str) -> None:
    derivation = CASES[name]()
    values = values_of(derivation)
    picture = derivation.diagram(values, start).picture
    strong: dict[str, list[Edge]] = {}
    for edge in picture.edges:
        if edge.mark == "lit":
            strong.setdefault(edge.start.name, []).append(edge)
    total, count, waiting = 0.0, 0, [(start, 1.0)]
    while waiting:
        place, product = waiting.pop()
        if place == "L":
            total, count = total + product, count + 1
        waiting += [(edge.end.name, product * float(edge.local)) for edge in strong.get(place, ())]
    assert count == derivation.paths(start).count
    assert total == pytest.approx(derivation.at(values).values[f"dL_d{start}"], rel=1e-9)
    boxes = {node.symbol.name for node in picture.nodes if node.mark == "lit"}
    assert boxes == {symbol.name for path in derivation.paths(start) for symbol in path.symbols}
    assert {node.mark for node in picture.nodes} == {"lit", "faded"}
    assert {edge.mark for edge in picture.edges} <= {"lit", "faded"}


def test_paths_between_layers() -> None:
    picture = network(4, 3, 2, form="matrix").diagram(parameter="W1").picture
    strong = {node.symbol.name for node in picture.nodes if node.mark == "lit"}
    assert strong == {"W1", "z1", "a1", "z2", "L"}


# --- what is too large ---


def test_what_is_too_large_is_refused_and_the_advice_works() -> None:
    big = network(20, 20, 20, 1)
    with pytest.raises(SizeError, match=r"965 boxes, and 200 can be read: .*layers=True.* w1_1_1 say, which has 45"):
        big.diagram()
    assert {node.symbol.name for node in big.diagram(layers=True).picture.nodes} >= {"W1", "z1", "a3", "L"}
    part = big.diagram(parameter="w1_1_1").picture
    assert len(part.nodes) == 45
    assert {node.mark for node in part.nodes} == {"plain"}
    assert any("Drawn alone: the paths from w1_1_1 to L" in line for line in part.captions)
    assert big.diagram(values_of(big), "b3_1").picture.nodes[0].adjoint is not None


def test_what_has_no_part_that_is_small_enough_is_sent_to_the_formulas() -> None:
    chain: list[tuple[Any, Any]] = [(sp.Symbol("s0", real=True), x * y)]
    for number in range(1, MOST_NODES + 1):
        chain.append((sp.Symbol(f"s{number}", real=True), sp.sin(chain[-1][0])))
    long = sb.derive(chain)
    with pytest.raises(SizeError, match=r"203 boxes, and 200 can be read: read its formulas as text"):
        long.diagram()
    with pytest.raises(SizeError, match=r"even the paths of x would have 202 boxes"):
        long.diagram(parameter="x")
    assert len(long.diagram(parameter="s10").picture.nodes) == 191


def test_a_deep_expression_is_refused_at_once() -> None:
    deep = x
    for _ in range(2_000):
        deep = sp.sin(deep, evaluate=False)
    with pytest.raises(SizeError, match="boxes"):
        sb.derive(deep).diagram()


# --- what is refused ---


@pytest.mark.parametrize(
    ("given", "error", "message"),
    [
        ({"parameter": "w9"}, ParameterError, "choose one of"),
        ({"parameter": "x1"}, ParameterError, "x1 is data here"),
        ({"parameter": "L"}, ParameterError, "L is where the paths end"),
        ({"values": {"x1": 1}}, ParameterError, "there is no value for"),
        ({"values": 3}, ParameterError, "give {name: number}"),
        ({"digits": 0}, ParameterError, "from 1 to 15"),
        ({"digits": True}, ParameterError, "from 1 to 15"),
        ({"layers": True, "values": {}}, ParameterError, "there is no value for"),
        ({"layers": True, "parameter": "w1_1_1"}, ParameterError, "choose one of W1"),
    ],
)
def test_what_is_refused(given: dict[str, Any], error: type, message: str) -> None:
    with pytest.raises(error, match=message):
        network(2, 2, 1).diagram(**given)


def test_layers_are_of_networks_and_pictures_of_the_backward_sweep() -> None:
    with pytest.raises(UnsupportedError, match="layers are of a Network"):
        expression().diagram(layers=True)
    with pytest.raises(UnsupportedError, match="forms no adjoints to draw"):
        sb.derive(x * y, method="forward").diagram()


def test_paths_of_files_that_are_no_pictures(tmp_path: Any) -> None:
    diagram = expression().diagram()
    with pytest.raises(UnknownNameError, match="unknown format 'png'"):
        diagram.write(tmp_path / "x.png")
    with pytest.raises(OutputError, match="pass a path"):
        diagram.write(3)  # type: ignore[arg-type]
    with pytest.raises(OutputError, match="cannot write"):
        diagram.write(tmp_path / "nowhere" / "x.svg")
    assert list(tmp_path.iterdir()) == []


def test_equal_quantities_and_those_nobody_needs() -> None:
    picture = sb.derive([(e, a * b), (f, sp.cos(e)), (L, e**2)], wrt=[a, b]).diagram({"a": 2, "b": 3}).picture
    assert {node.symbol.name: node.adjoint is None for node in picture.nodes} == {
        "a": False,
        "b": False,
        "e": False,
        "f": True,
        "L": False,
    }
    assert on_arrow(picture, "e", "f") is None


def test_str_lists_boxes_and_steps() -> None:
    told = str(expression().diagram({"x": 0.5, "y": -2}, "y"))
    assert told.splitlines() == [
        "Expression",
        "",
        "y = −2; ∂L/∂y = 0.03034",
        "w = exp(x y) = 0.3679; ∂L/∂w = 0.1649",
        "L = v w/s = 0.06068",
        "",
        "y → w: w x = 0.1839",
        "w → L: v/s = 0.1649",
    ]
    assert repr(expression().diagram()) == "Diagram(Expression; 7 boxes)"


def test_whole_layers_have_their_numbers_where_they_are_short() -> None:
    net = sb.Network([2, 3, 1])
    rng = np.random.default_rng(4)
    values = {name: rng.normal(size=shape) for name, shape in net.shapes.items()} | {"x": [1, 2], "y": [1]}
    drawn = sb.derive(net).diagram(values, layers=True)
    found = sb.derive(sb.Network([2, 3, 1], form="matrix")).at(values)
    nodes = {node.symbol.name: node for node in drawn.picture.nodes}
    for symbol, gradient in found.gradients.items():
        np.testing.assert_allclose(np.asarray(nodes[symbol.name].adjoint, dtype=float), gradient, rtol=1e-12)
    assert all(edge.line is None or len(edge.line.sides) == 1 for edge in drawn.picture.edges if np.ndim(edge.local))
    assert "W¹ = [" in str(drawn)
    wide = sb.Network([12, 2, 1], form="matrix")
    told = str(sb.derive(wide).diagram({**{n: np.ones(s) for n, s in wide.shapes.items()}, "x": [1] * 12, "y": [1]}))
    assert "W¹; 2 × 12\n" in told
