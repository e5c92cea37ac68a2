"""`symbackprop diagram`: what it takes, and what it refuses in one line."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from symbackprop import cli

from ..cli_support import refusal

MAZUR = ["--at", "examples/mazur.json", "--inputs", "0.05,0.10", "--targets", "0.01,0.99"]
MODEL = """
import sympy as sp, symbackprop as sb
w, b, x, y = sp.symbols("w b x y", real=True)
line = sb.Model((w * x + b - y) ** 2 / 2, inputs=[x], targets=[y])
"""


def listed(capsys: Any, *argv: str) -> str:
    assert cli.main(["diagram", *argv]) == 0
    return str(capsys.readouterr().out)


def test_numbers_of_a_file(capsys: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(Path(__file__).resolve().parents[2])
    net = ["2-2-2", "--hidden", "sigmoid", "--output", "sigmoid", "--loss", "half_sse"]
    told = listed(capsys, *net, *MAZUR, "--digits", "9")
    assert "w²₁₁ = 0.4; ∂L/∂w²₁₁ = 0.0821670406" in told  # as Mazur has it
    assert "= 0.298371109" in told
    assert "0.0821670406" not in listed(capsys, *net, *MAZUR)


def test_models_of_ones_own_and_layers_of_any_size(capsys: Any, tmp_path: Path) -> None:
    (tmp_path / "model.py").write_text(MODEL, encoding="utf-8")
    assert "w → u: x" in listed(capsys, f"{tmp_path / 'model.py'}:line")
    assert "W¹; 4000 × 3000" in listed(capsys, "3000-4000-1", "--layers")
    assert "W¹; n₁ × n₀" in listed(capsys, "n0-n1-n2", "--layers")


@pytest.mark.parametrize(
    ("argv", "message"),
    [
        (["2-2-1", "-o", "xor.png"], "unknown format 'png': choose one of dot, gv, svg, tex, tikz"),
        (["2-2-1", "-o", "xor"], "unknown format ''"),
        (["2-2-1", "-o", "nowhere/xor.svg"], "choose a path in a folder that exists"),
        (["2-2-1", "--parameter", "w9"], "choose one of w1_1_1"),
        (["2-2-1", "--layers", "--parameter", "w1_1_1"], "choose one of W1"),
        (["2-2-1", "--inputs", "1,2"], "--inputs goes with --at FILE"),
        (["2-2-1", "--digits", "3"], "--digits goes with --at FILE"),
        (["--widths", "n-2", "--at", "x.json"], "here are names: write 2-2-1"),
        (["2-2-2", "--at", "nowhere.json"], "cannot read nowhere.json"),
        (["20-20-20-1"], "draw whole layers (layers=True, --layers)"),
        (["200-200"], "or --form matrix"),
        (["2-2-1", "--layres"], "did you mean --layers?"),
    ],
)
def test_what_is_refused(
    argv: list[str], message: str, capsys: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert message in refusal(["diagram", *argv], tmp_path, capsys)
