"""What a notebook shows: maths for all that is told, pictures for what is drawn; and the example, executed."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import sympy as sp

import symbackprop as sb
from symbackprop.networks import Model

from .programs import module

EXAMPLE = Path(__file__).resolve().parents[1] / "examples" / "chain_rule.ipynb"
x, y = sp.symbols("x y")
NET = sb.Network([2, 2, 1])
POINT = {"W1": [[0.1, 0.2], [0.3, 0.4]], "b1": [0, 0], "W2": [[0.5, 0.6]], "b2": [0], "x1": 1, "x2": 2, "y1": 1}
SHOWN: dict[str, Any] = {
    "a network": lambda: NET,
    "matrices": lambda: sb.Network([2, 2, 1], form="matrix"),
    "a model": lambda: sb.Model((x * y - 1) ** 2, inputs=[y]),
    "a derivation": lambda: sb.derive(NET),
    "an expression": lambda: sb.derive(sp.exp(x * y)),
    "gradients": lambda: sb.derive(NET).gradients,
    "naive gradients": lambda: sb.derive(NET, method="naive").gradients,
    "an explanation": lambda: sb.derive(NET).explain("w1_1_1"),
    "paths": lambda: sb.derive(NET).paths("w1_1_1"),
    "numbers": lambda: sb.derive(NET).at(POINT),
    "a step": lambda: sb.derive(NET).step([[0, 1]], [[1]]),
}


@pytest.mark.parametrize("name", SHOWN)
def test_what_is_told_is_shown_as_maths(name: str) -> None:
    bundle = SHOWN[name]()._repr_mimebundle_()
    assert set(bundle) == {"text/plain", "text/latex"}
    maths = bundle["text/latex"]
    assert maths.startswith(r"$\displaystyle ")
    assert maths.endswith("$")
    assert maths.count("{") == maths.count("}")
    assert "&" in maths


def test_a_net_and_its_derivatives_have_one_notation() -> None:
    forward = NET._repr_mimebundle_()["text/latex"].partition(r"\end{aligned}")[0]
    lines = [line.strip().removesuffix(r" \\") for line in forward.splitlines() if "&=" in line]
    assert len(lines) == 7
    whole = sb.derive(NET)._repr_mimebundle_()["text/latex"]
    assert all(line in whole for line in lines)
    assert r"\mathrm{softplus}\left(x\right) = " in whole, "signs are explained below a derivation"


def test_without_formulas_a_model_is_shown_by_its_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Model, "maths", None)
    assert NET._repr_mimebundle_() == {"text/plain": repr(NET)}


def test_gradients_are_a_mapping_that_prints_as_formulas() -> None:
    derivation = sb.derive(NET)
    gradients = derivation.gradients
    assert gradients == derivation.sweep.gradients
    assert list(gradients) == list(NET.parameters)
    assert "∂L/∂w¹₁₁ = δ¹₁ x₁" in str(gradients).splitlines()
    assert len(str(gradients).splitlines()) == len(NET.parameters)
    assert gradients["w1_1_1"] == gradients[NET.parameters[0]]
    with pytest.raises(KeyError):
        gradients["w9"]
    assert "t" not in str(sb.derive((x / 2 - y / 2) ** 2).gradients)
    long = sum(sp.sin(x**k * y) * sp.exp(-x * y) / (1 + x**2 + y**2) ** k for k in range(1, 7))
    told = str(sb.derive(long).gradients)
    named = set(re.findall(r"t[₀-₉]+|∂L/∂t[₀-₉]+", told.partition("\n")[0]))
    lefts = {line.partition(" = ")[0].strip() for line in told.splitlines()}
    assert named
    assert named <= lefts
    assert r"\mathrm{softplus}" not in gradients._repr_latex_(), "of no sign that is not there"
    large = sb.derive(sb.Network([12, 12])).gradients
    assert len(str(large).splitlines()) == 101
    assert "56 more" in str(large)


def test_cost_is_a_table() -> None:
    cost = sb.derive(NET).cost
    rows = dict(cost.rows())
    assert rows["operations, shared"] == str(cost.total)
    assert rows["operations, derived each on its own"] == str(cost.naive)
    assert all(f"<td>{what}</td><td>{count}</td>" in cost._repr_html_() for what, count in rows.items())
    assert len(str(cost).splitlines()) == len(rows)
    n = sp.symbols("n", integer=True, positive=True)
    assert "n" in dict(sb.derive(sb.Network([n, 2], form="matrix")).cost.rows())["operations, shared"]


def test_a_comparison_is_shown_with_its_picture() -> None:
    found = sb.compare(width=2, depths=[1, 2], methods=["backprop"])
    bundle = found._repr_mimebundle_()
    assert bundle["text/plain"] == str(found)
    assert "<pre" in bundle["text/html"]
    assert "<svg" in bundle["text/html"]
    assert found.plot()._repr_svg_().startswith("<svg")


# --- the example ---


def executed(held: Any) -> Any:
    """The notebook, run from top to bottom."""
    nbformat, client, _ = (module(name, "notebook") for name in ("nbformat", "nbclient", "ipykernel"))
    found = nbformat.from_dict(held)
    client.NotebookClient(found, timeout=300, kernel_name="python3").execute()
    for cell in found.cells:
        cell.metadata = {}
    return found


def outputs(cell: Any) -> list[Any]:
    return [(one.get("text"), one.get("data", {}).get("text/plain")) for one in cell.outputs]


@pytest.mark.slow
def test_the_example_runs_and_shows_what_it_holds() -> None:
    nbformat = module("nbformat", "notebook")
    held = nbformat.read(EXAMPLE, as_version=4)
    nbformat.validate(held)
    found = executed(held)
    code = [(old, new) for old, new in zip(held.cells, found.cells, strict=True) if old.cell_type == "code"]
    assert 12 <= len(code) <= 18
    for old, new in code:
        assert [one.output_type for one in new.outputs] == [one.output_type for one in old.outputs]
        if "sb.compare" not in old.source:  # which measures time
            assert outputs(new) == outputs(old), old.source
    kinds = {kind for _, new in code for one in new.outputs for kind in one.get("data", {})}
    assert {"text/latex", "image/svg+xml", "text/html"} <= kinds


if __name__ == "__main__":  # python -m tests.test_notebook: write the outputs anew
    notebooks = module("nbformat", "notebook")
    notebooks.write(executed(notebooks.read(EXAMPLE, as_version=4)), EXAMPLE)
