r"""LaTeX for an article: headings, \label, equations alone, and lines of a given width that TeX finds wide enough."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
import sympy as sp

import symbackprop as sb
from symbackprop import cli
from symbackprop.errors import ParameterError, UnknownNameError
from symbackprop.formulas import FORMATS, document, rendered

from ..cli_support import refusal
from ..programs import needs
from .cases import ALL, asked
from .test_latex import check_balanced

NET = sb.derive(sb.Network([2, 2, 1]))
needs_latex = needs("pdflatex")


def compiled(body: str, folder: Path, options: str = "") -> str:
    """The log of pdflatex, which has found no error."""
    source = rf"\documentclass{options}{{article}}\usepackage{{amsmath}}\begin{{document}}{body}\end{{document}}"
    (folder / "article.tex").write_text(source)
    command = ["pdflatex", "-interaction=nonstopmode", "-halt-on-error", "article.tex"]
    done = subprocess.run(command, cwd=folder, capture_output=True, check=False)
    assert done.returncode == 0, done.stdout.decode(errors="replace")[-2_000:]
    return (folder / "article.log").read_text(errors="replace")


# --- headings ---


@pytest.mark.parametrize(
    ("level", "title", "part", "below"),
    [
        ("section", "section", "subsection", "subsubsection"),
        ("subsection", "subsection", "subsubsection", "paragraph"),
        ("subsubsection", "subsubsection", "paragraph", "subparagraph"),
        ("paragraph", "paragraph", "subparagraph", "subparagraph"),
    ],
)
def test_levels_of_headings(level: str, title: str, part: str, below: str) -> None:
    told = sb.derive(sb.Network([2, 2, 1], form="matrix")).formulas("latex", headings=level)
    assert re.search(rf"\\{title}\*\{{Network 2-2-1", told)
    assert rf"\{part}*{{Forward pass}}" in told
    assert rf"\{below}*{{Output error}}" in told


def test_no_headings() -> None:
    told = NET.formulas("latex", headings="none")
    assert r"section" not in told
    assert told.startswith("\\allowdisplaybreaks\n\n\\begin{align*}")


@pytest.mark.parametrize(("format", "heading"), [("latex", "$w^{(1)}_{21}$"), ("markdown", "$w^{(1)}_{21}$")])
def test_a_heading_has_its_symbol_as_formulas_have_it(format: str, heading: str) -> None:
    assert f"The derivative by {heading}" in NET.formulas(format, "w1_2_1")
    assert f"The derivative by {heading}, summed" in rendered(NET.paths("w1_2_1").document, format)
    assert "The derivative by w1_2_1\n" in NET.formulas("text", "w1_2_1")


# --- labels ---


def test_each_equation_has_a_label_and_a_number() -> None:
    told = NET.formulas("latex", labels="eq:")
    assert r"z^{(1)}_{1} &= w^{(1)}_{11} x_{1} + w^{(1)}_{12} x_{2} + b^{(1)}_{1} \label{eq:z1_1}" in told
    assert r"\label{eq:dL_dw1_2_1}" in told
    assert r"\label{eq:delta1_1}" in told
    assert r"\label{eq:sigmoid}" in told
    assert "align*" not in told
    for row in re.findall(r"\\begin\{align\}\n(.*?)\n\\end\{align\}", told, re.DOTALL):
        lines = row.split(" \\\\\n")
        assert all((r"\label{" in line) != (r"\notag" in line) for line in lines)


@pytest.mark.parametrize("name", ALL)
def test_labels_are_legal_and_of_one_equation_each(name: str) -> None:
    derivation = ALL[name]()
    for which in asked(derivation)[:2]:
        plain, told = (rendered(document(derivation, which), "latex", labels=prefix) for prefix in (None, "net:"))
        labels = re.findall(r"\\label\{(.*?)\}", told)
        assert len(labels) == len(set(labels)) > 0
        assert all(re.fullmatch(r"net:[A-Za-z0-9_-]+", label) for label in labels)
        assert re.sub(r" \\(label\{.*?\}|notag)", "", told).replace("{align}", "{align*}") == plain


def test_labels_of_names_that_latex_does_not_take() -> None:
    a, b = sp.symbols("α_ß b", real=True)
    told = sb.derive(a**2 * b).formulas("latex", labels="")
    assert r"\label{dL_du03b1_u00df}" in told


def test_equations_of_one_name_are_told_apart() -> None:
    told = rendered(NET.paths("w1_1_1").document, "latex", labels="eq:")
    labels = re.findall(r"\\label\{(.*?)\}", told)
    assert {"eq:dL_dw1_1_1", "eq:dL_dw1_1_1-2"} <= set(labels)
    assert len(labels) == len(set(labels))


# --- equations alone ---


@pytest.mark.parametrize("format", FORMATS)
def test_equations_alone(format: str) -> None:
    shown = document(sb.derive(sb.Network([2, 2, 1], form="matrix")).sweep)
    told = rendered(shown, format, equations_only=True)
    assert "operations" in rendered(shown, format)
    for words in ("operations", "Backpropagation", "Cost", "Shapes", "multiplies"):
        assert words not in told
    assert "Forward pass" in told


# --- widths ---


@pytest.mark.slow
@needs_latex
@pytest.mark.parametrize(("width", "options"), [(34, ""), (22, "[twocolumn]")])
def test_no_line_is_wider_than_its_column(width: int, options: str, tmp_path: Path) -> None:
    told = [(make(), asked(make())[:2]) for make in ALL.values()]
    parts = [rendered(document(d, which), "latex", width=width) for d, asked_of in told for which in asked_of]
    log = compiled("\n\n".join(parts), tmp_path, options)
    assert [line for line in log.splitlines() if line.startswith("Overfull")] == []


@pytest.mark.slow
@needs_latex
def test_labels_can_be_referred_to(tmp_path: Path) -> None:
    told = NET.formulas("latex", labels="eq:", headings="paragraph", width=22, equations_only=True)
    references = " ".join(rf"\eqref{{{label}}}" for label in re.findall(r"\\label\{(.*?)\}", told))
    for log in (compiled(told + references, tmp_path, "[twocolumn]") for _ in range(2)):
        assert "multiply" not in log
    assert "undefined" not in log


@pytest.mark.parametrize("width", [34, 22, 12])
@pytest.mark.parametrize("name", ["tanh", "elu", "wide", "relu", "2-3-3-2-2", "attention"])
def test_narrow_lines_are_balanced(name: str, width: int) -> None:
    derivation = ALL[name]()
    for which in asked(derivation)[:2]:
        for format in ("latex", "markdown"):
            check_balanced(rendered(document(derivation, which), format, width=width))


def test_what_is_broken_between_two_factors_gets_a_sign() -> None:
    told = sb.derive(sb.Network([2, 2, 1])).formulas("latex", "w1_1_1", width=20)
    lines = [line for line in told.splitlines() if line.startswith(r"&\quad")]
    assert any(line.startswith(r"&\quad \cdot ") for line in lines)
    assert all(re.match(r"&\\quad (\+|-|/|\\cdot|\\text|\\odot|\\,|\\to) ", line) for line in lines)


# --- refusals, and the command ---


@pytest.mark.parametrize(
    ("looks", "error", "message"),
    [
        ({"headings": "sektion"}, UnknownNameError, "did you mean 'section'"),
        ({"width": 3}, ParameterError, "width is 3: give a whole number from 12"),
        ({"width": True}, ParameterError, "width is True"),
        ({"labels": "eq{"}, ParameterError, "labels begin with 'eq{'"),
    ],
)
def test_what_cannot_be_chosen(looks: dict[str, Any], error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=re.escape(message)):
        NET.formulas("latex", **looks)


@pytest.mark.parametrize("looks", [{"labels": "eq:"}, {"headings": "paragraph"}])
@pytest.mark.parametrize("format", [format for format in FORMATS if format != "latex"])
def test_what_is_of_latex_alone(format: str, looks: dict[str, Any]) -> None:
    with pytest.raises(ParameterError, match=f"{next(iter(looks))} goes with other formats than {format}"):
        NET.formulas(format, **looks)


def test_the_command(capsys: Any, tmp_path: Path) -> None:
    looks = ["--format", "latex", "--headings", "none", "--labels", "eq:", "--equations-only", "--width", "22"]
    assert cli.main(["derive", "2-2-1", *looks]) == 0
    chosen = {"headings": "none", "labels": "eq:", "equations_only": True, "width": 22}
    assert capsys.readouterr().out == NET.formulas("latex", **chosen)
    assert cli.main(["paths", "2-2-1", "--parameter", "w1_1_1", *looks]) == 0
    assert r"\label{eq:product}" in capsys.readouterr().out
    assert "labels goes with other formats than text" in refusal(["derive", "1-1", "--labels", "eq:"], tmp_path, capsys)
