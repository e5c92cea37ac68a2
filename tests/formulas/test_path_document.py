"""Paths in print, and what a caller can get wrong."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path as File
from typing import Any

import pytest
import sympy as sp

import symbackprop as sb
from symbackprop import cli
from symbackprop.errors import ParameterError, SizeError, UnsupportedError
from symbackprop.formulas import FORMATS, document_of_paths, rendered

from ..cli_support import refusal
from ..programs import needs

a, b, e, f, L = sp.symbols("a b e f L", real=True)


def squeezed(told: Any) -> str:
    return " ".join(str(told).split())


def test_what_is_printed_of_one_weight() -> None:
    told = str(sb.derive(sb.Network([2, 2, 2, 1])).paths("w1_1_1"))
    expected = """
  Path 2: w¹₁₁ → z¹₁ → a¹₁ → z²₂ → a²₂ → z³₁ → L

     ∂L/∂z³₁ · ∂z³₁/∂a²₂ · ∂a²₂/∂z²₂ · ∂z²₂/∂a¹₁ · ∂a¹₁/∂z¹₁ · ∂z¹₁/∂w¹₁₁
   = (a³₁ − y₁) · w³₁₂ · (1 − (a²₂)²) · w²₂₁ · (1 − (a¹₁)²) · x₁

The derivative by w1_1_1, summed over the paths
───────────────────────────────────────────────

  ∂L/∂w¹₁₁ = (a³₁ − y₁) · w³₁₁ · (1 − (a²₁)²) · w²₁₁ · (1 − (a¹₁)²) · x₁
             + (a³₁ − y₁) · w³₁₂ · (1 − (a²₂)²) · w²₂₁ · (1 − (a¹₁)²) · x₁
"""
    assert expected in told
    assert "2 paths lead from w¹₁₁ to L, 21 from the 15 parameters. The backward sweep visits 26 edges" in squeezed(
        told
    )
    assert re.search(r"^ *∂L/∂a¹₁ +2 of 2 +6 of 21$", told, re.MULTILINE)
    assert re.search(r"^ *δ²₂ = ∂L/∂z²₂ +1 of 2 +9 of 21$", told, re.MULTILINE)
    assert "∂L/∂a¹₁ = δ²₁ · w²₁₁ + δ²₂ · w²₂₁" in told
    assert re.search(r"^ *∂L/∂w¹₁₁ +10 +8$", told, re.MULTILINE)
    assert re.search(r"^ *the 15 parameters +74 +20$", told, re.MULTILINE)


def test_what_is_printed_of_all_parameters() -> None:
    told = str(sb.derive(sb.Network([2, 2, 2, 1])).paths())
    assert re.search(r"^ *w¹₁₁ to b¹₂ +6 +2 +12$", told, re.MULTILINE)
    assert re.search(r"^ *w²₁₁ to b³₁ +9 +1 +9$", told, re.MULTILINE)
    assert re.search(r"^ *δ³₁ = ∂L/∂z³₁ +21 of 21$", told, re.MULTILINE)
    assert "Path 1" not in told


def test_most_says_how_many_are_listed() -> None:
    derivation = sb.derive(sb.Network([2, 3, 3, 3, 2], "tanh", "tanh", "half_sse"))
    paths = derivation.paths("w1_1_1")
    assert paths.count == 18
    assert str(paths).count("Path ") == 18
    for most, more in ((1, "And 17 more paths."), (17, "And 1 more path."), (18, ""), (10**40, "")):
        told = str(derivation.paths("w1_1_1", most=most))
        assert told.count("Path ") == min(most, 18)
        assert (re.findall(r"And \d+ more paths?\.", told) or [""]) == [more]
        assert "∂L/∂w¹₁₁ is the sum of all 18 products." in told


PRINTED = {
    "tanh": lambda: (sb.derive(sb.Network([2, 2, 2, 1])), "w1_1_1"),
    "softmax": lambda: (sb.derive(sb.Network([2, 3, 3], "gelu", "softmax", "cross_entropy")), "b1_2"),
    "relu": lambda: (sb.derive(sb.Network([2, 3, 3, 2], "relu", "identity", "huber")), "z1_1"),
    "deep": lambda: (sb.derive(sb.Network([2] * 16, "silu", "tanh", "mae")), "w1_1_1"),
    "one path": lambda: (sb.derive(sb.Network([1, 1, 1])), "w1_1_1"),
    "equations": lambda: (sb.derive([(e, sp.sin(a)), (f, e * b + a), (L, f * e + b * a)], wrt=[a, b]), a),
    "piecewise": lambda: (sb.derive(sp.Piecewise((sp.log(a), a > 1), (a * b, True)), wrt=[a, b]), a),
}


@pytest.mark.parametrize("name", list(PRINTED))
def test_no_line_is_wider_than_a_terminal(name: str) -> None:
    derivation, symbol = PRINTED[name]()
    for told in (derivation.paths(symbol), derivation.paths()):
        assert max(map(len, str(told).splitlines())) <= 80


def test_a_table_with_long_names_is_told_in_sentences() -> None:
    long, longer = sp.Symbol("inner_" * 4 + "quantity", real=True), sp.Symbol("weight_" * 3 + "w", real=True)
    told = str(sb.derive([(long, sp.sin(longer * a)), (L, long**2)], wrt=[longer, a]).paths(longer))
    assert max(map(len, told.splitlines())) <= 80
    assert f"formed once: ∂L/∂{long}; paths from {longer}: 1 of 1; paths from all parameters: 2 of 2" in squeezed(told)


def balance(source: str, opening: str, closing: str) -> int:
    return len(re.findall(opening, source)) - len(re.findall(closing, source))


@pytest.mark.parametrize("name", list(PRINTED))
def test_latex_is_balanced(name: str) -> None:
    derivation, symbol = PRINTED[name]()
    for told in (derivation.paths(symbol), derivation.paths()):
        sources = [rendered(told.document, "latex"), rendered(told.document, "markdown"), told.latex()]
        for source in sources:
            assert balance(source, r"(?<!\\)\{", r"(?<!\\)\}") == 0
            assert balance(source, r"\\left\b", r"\\right\b") == 0
            for environment in (r"align\*", "aligned", "array", "cases"):
                assert balance(source, rf"\\begin\{{{environment}\}}", rf"\\end\{{{environment}\}}") == 0
        assert told._repr_latex_().startswith(r"$\displaystyle \begin{aligned}")
        assert r"\text{multiplications}" in told.latex()


@pytest.mark.slow
@needs("pdflatex")
def test_latex_compiles_in_a_plain_article(tmp_path: File) -> None:
    shown = [PRINTED[name]() for name in PRINTED]
    told = [one for derivation, symbol in shown for one in (derivation.paths(symbol), derivation.paths())]
    bodies = [rendered(one.document, "latex") + "\n$" + one.latex() + "$\n" for one in told]
    source = "\\documentclass{article}\\usepackage{amsmath}\\begin{document}\n%s\\end{document}\n"
    (tmp_path / "paths.tex").write_text(source % "\n".join(bodies), encoding="utf-8")
    done = subprocess.run(
        ["pdflatex", "-halt-on-error", "-interaction=nonstopmode", "paths.tex"],
        cwd=tmp_path, capture_output=True, text=True, errors="replace", check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout[-800:]


def test_every_format_tells_the_same_paths() -> None:
    told = document_of_paths(sb.derive(sb.Network([2, 2, 2, 1])).sweep, "w1_1_1")
    written = {format: rendered(told, format) for format in FORMATS}
    assert {text.count("Path ") for text in written.values()} == {2}
    assert written["latex"].count(r"\to") == written["markdown"].count(r"\to") == written["text"].count("→") == 12
    assert r"\begin{array}{rrr}" in written["latex"]
    assert "&\\phantom{=}\\; \\frac{\\partial L}{\\partial z^{(3)}_{1}} \\cdot" in written["markdown"]


def test_telling_paths_changes_nothing_else_that_is_told() -> None:
    before, after = (sb.derive(sb.Network([2, 3, 3], "elu", "softmax", "cross_entropy")) for _ in range(2))
    str(after.paths("w1_1_1"))
    assert after.formulas() == before.formulas()
    assert after.source() == before.source()
    assert after.cost.operations == before.cost.operations


def test_refusals_in_python() -> None:
    derivation = sb.derive(sb.Network([2, 1]))
    with pytest.raises(ParameterError, match="'w9' is neither a parameter nor a named quantity"):
        derivation.paths("w9")
    for most in (0, -3, True, 2.5, "4", None):
        with pytest.raises(SizeError, match=f"most is {most}, the number of paths"):
            derivation.paths("w1_1_1", most=most)
    with pytest.raises(UnsupportedError, match="here are matrices: derive the scalar form"):
        sb.derive(sb.Network([2, 1], form="matrix")).paths()


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["2-2-1", "--most", "0"], "most is 0"),
        (["2-2-1", "--most", "-1"], "most is -1"),
        (["2-2-1", "--most", "few"], "--most"),
        (["2-2-1", "--form", "matrix"], "leave --form matrix"),
        (["--widths", "n0-n1"], "leave --form matrix and names"),
        (["2-2-1", "--parameter", "w1_9_9"], "'w1_9_9' is neither a parameter"),
        (["2-2-1", "--parameter", ""], "neither a parameter"),
        (["2-2-1", "--format", "latx"], "did you mean 'latex'"),
        (["2-2-1", "--method", "naive"], "--method"),
        (["2-0-1"], "width 2 is 0"),
        ([], "widths"),
        (["2-2-1", "--output-file", "no/such/place.txt"], "'no/such/place.txt'"),
    ],
    ids=str,
)
def test_refusals_on_the_command_line(
    arguments: list[str], says: str, tmp_path: File, monkeypatch: Any, capsys: Any
) -> None:
    monkeypatch.chdir(tmp_path)
    assert says in refusal(["paths", *arguments], tmp_path, capsys)


def test_the_command_prints_or_writes_what_python_says(tmp_path: File, capsys: Any) -> None:
    derivation = sb.derive(sb.Network([2, 2, 1], "relu", "identity", "mse"))
    options = ["2-2-1", "--hidden", "relu", "--output", "identity", "--loss", "mse"]
    assert cli.main(["paths", *options, "--parameter", "z1_1"]) == 0
    assert capsys.readouterr().out == f"{derivation.paths('z1_1')}\n"
    assert cli.main(["paths", *options, "--most", "1"]) == 0
    assert capsys.readouterr().out == f"{derivation.paths(most=1)}\n"
    target = tmp_path / "paths.tex"
    assert cli.main(["paths", *options, "--parameter", "b1_2", "--format", "latex", "-o", str(target)]) == 0
    assert target.read_text(encoding="utf-8") == rendered(derivation.paths("b1_2").document, "latex")
