"""Expressions on the command line: derived, told, drawn, written, compared; and what is no expression."""

from __future__ import annotations

import io
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import sympy as sp

import symbackprop as sb
from symbackprop import cli
from symbackprop.model_names import is_expression

from ..cli_support import refusal

TEXT = "log(1 + exp(x*y))/x"
x, y = sp.symbols("x y", real=True)


def told(capsys: Any, *arguments: str) -> str:
    assert cli.main(list(arguments)) == 0
    return str(capsys.readouterr().out)


@pytest.mark.parametrize("format", ["text", "latex", "markdown", "mathml", "html"])
def test_derive_prints_what_python_prints(format: str, capsys: Any) -> None:
    wanted = sb.derive(sp.log(1 + sp.exp(x * y)) / x, [y, x]).formulas(format)
    assert told(capsys, "derive", TEXT, "--wrt", "y, x", "--format", format).rstrip("\n") == wanted.rstrip("\n")


def test_without_wrt_it_is_by_all_symbols(capsys: Any) -> None:
    assert told(capsys, "derive", TEXT) == told(capsys, "derive", TEXT, "--wrt", "x,y")


def test_standard_input(capsys: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO("log(1 +\n\texp(x*y))/x\n"))
    assert told(capsys, "derive", "-") == told(capsys, "derive", TEXT)


def test_a_minus_in_front(capsys: Any) -> None:
    assert told(capsys, "derive", "-x**2") == told(capsys, "derive", "(-x**2)")
    assert told(capsys, "derive", "-(x + y)*2", "--wrt", "x") == told(capsys, "derive", "--wrt", "x", "(-(x + y)*2)")


@pytest.mark.parametrize("text", ["-omega*t", "-h*v", "-hypot(x, y)", "-h/v", "-o + t"])
def test_a_minus_in_front_of_the_letter_of_an_option(text: str, capsys: Any) -> None:
    assert told(capsys, "derive", text) == told(capsys, "derive", f"({text})")


def test_a_path_right_behind_the_letter_of_an_option(capsys: Any, tmp_path: Path) -> None:
    told(capsys, "generate", "-x*y", f"-o{tmp_path}/a-b.py")
    assert (tmp_path / "a-b.py").exists()


def test_one_parameter_with_numbers(capsys: Any, tmp_path: Path) -> None:
    file = tmp_path / "at.json"
    file.write_text('{"x": 1, "y": 2}')
    shown = told(capsys, "derive", "exp(-x**2)*sin(y)", "--parameter", "x", "--at", "x=1, y=2", "--check")
    assert shown == told(capsys, "derive", "exp(-x**2)*sin(y)", "--parameter", "x", "--at", str(file), "--check")
    assert f"{-2 * np.exp(-1) * np.sin(2):.6g}".replace("-", "−") in shown


@pytest.mark.parametrize("target", ["numpy", "jax"])
@pytest.mark.parametrize("method", ["backprop", "naive"])
def test_generate(target: str, method: str, capsys: Any, tmp_path: Path) -> None:
    path = tmp_path / "made.py"
    told(capsys, "generate", TEXT, "--wrt", "x", "--target", target, "--method", method, "-o", str(path))
    if target == "jax":
        pytest.importorskip("jax")
    module: dict[str, Any] = {"__name__": "made"}
    exec(compile(path.read_text(), str(path), "exec"), module)
    value, slopes = module["evaluate"](0.5, -2.0)
    expression = sp.log(1 + sp.exp(x * y)) / x
    point = {x: sp.Rational(1, 2), y: -2}
    assert float(value) == pytest.approx(float(expression.subs(point)), rel=1e-6)
    assert float(slopes["x"]) == pytest.approx(float(expression.diff(x).subs(point)), rel=1e-6)
    assert list(slopes) == ["x"]


def test_paths(capsys: Any) -> None:
    assert "3 paths lead from the 2 parameters to L" in told(capsys, "paths", "x*sin(x*y)")
    assert "2 paths" in told(capsys, "paths", "x*sin(x*y)", "--parameter", "x")


def test_diagram(capsys: Any, tmp_path: Path) -> None:
    told(capsys, "diagram", "x*sin(x*y)", "--at", "x=1,y=2", "-o", str(tmp_path / "drawn.svg"))
    assert "<svg" in (tmp_path / "drawn.svg").read_text(encoding="utf-8")


def test_compare(capsys: Any) -> None:
    shown = told(capsys, "compare", TEXT, "--wrt", "x,y", "--methods", "naive,backprop")
    found = sb.compare(expression=TEXT, wrt=["x", "y"], methods=["naive", "backprop"])
    derived = {row.method: row.derived for row in found.rows}
    cost = sb.derive(sp.log(1 + sp.exp(x * y)) / x, [x, y]).cost
    assert derived["naive"] == cost.naive
    assert f"{derived['naive']} operations against {derived['backprop']}" in shown
    assert all(row.status == "run" and row.gradient_seconds for row in found.rows)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["derive", "x^2"], "column 2: '^': write ** for a power"),
        (["derive", "2*3"], "no symbol to differentiate by"),
        (["derive", "x*y", "--wrt", "z"], "unknown symbol in --wrt 'z'"),
        (["derive", "x*y", "--wrt", ""], "unknown symbol in --wrt ''"),
        (["derive", "x*y", "--wrt", "x,x"], "names a symbol twice"),
        (["derive", "2-2-1", "--wrt", "x"], "no symbol"),
        (["derive", "x*y", "--hidden", "tanh"], "--hidden describes a network: leave it out with an expression"),
        (["derive", "x*y", "--widths", "2-2-1"], "--widths describes a network"),
        (["derive", "x*y", "--at", "x=1,y=2", "--inputs", "1"], "--inputs describes a network"),
        (["derive", "x*y", "--at", "x=1"], "no value for y"),
        (["derive", "x*y", "--at", "x=one,y=2"], "'x=one' is no name=number"),
        (["derive", "x*y", "--at", "x=1,y=2,z=3"], "z"),
        (["derive", "x*y", "--parameter", "z"], "z"),
        (["derive", "x*y", "--form", "matrix"], "--form describes a network"),
        (["derive", "x-y"], "an expression has --wrt"),
        (["derive", "__import__('os').system('touch owned')"], "column 12"),
        (["derive", "x.__class__", "--wrt", "x"], "column 2"),
        (["generate", "lambda*x", "-o", "made.py"], "lambda is a word of Python's"),
        (["generate", "10**10**10*x", "-o", "made.py"], "column 5: an exponent"),
        (["paths", "x*", "--wrt", "x"], "missing before the end"),
        (["diagram", "x*y", "--layers"], "layers"),
        (["step", "x*y"], "an expression has no data: make an sb.Model of it"),
        (["compare", "x*y", "2-2-1"], "is compared by itself"),
        (["compare", "x*y", "--depths", "1-8"], "leave depths out"),
        (["compare", "x*y", "--form", "scalar"], "leave form out"),
        (["compare", "--wrt", "x"], "--wrt goes with an expression"),
        (["compare", "x*y^2"], "column 4"),
        (["train", "x*y", "data.csv"], "x*y"),
    ],
)
def test_refusals(
    arguments: list[str], message: str, tmp_path: Path, capsys: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert message in refusal(arguments, tmp_path, capsys)


@pytest.mark.parametrize("text", ["\udcff", "x" * 20_000, "", "x\0y"])
def test_refusals_from_standard_input(text: str, tmp_path: Path, capsys: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO(text))
    assert "expression" in refusal(["derive", "-"], tmp_path, capsys)


def test_no_text_at_all(tmp_path: Path, capsys: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"x*\xff\xfe"), encoding="utf-8"))
    assert "standard input" in refusal(["derive", "-"], tmp_path, capsys)
    monkeypatch.setattr(sys, "stdin", None)
    assert "standard input" in refusal(["derive", "-"], tmp_path, capsys)


def test_what_is_an_expression() -> None:
    assert not any(
        map(
            is_expression,
            ["2-2-1", "784-128-10", "n0-n1-n2", "2-2-x", "models.py", "m.py:NET", "2,2", "2 2", "--hiden", ""],
        )
    )
    assert all(map(is_expression, ["-", "x*y", "exp(x)", "x - y", "1/x", "x^2", "α + 1", "2.5*x"]))
    assert is_expression("x-y", symbols_given=True)
