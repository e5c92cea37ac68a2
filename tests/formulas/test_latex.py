"""LaTeX: balanced, broken where it is long, and taken by a compiler."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest
import sympy as sp

from symbackprop.derivation import derive_equations
from symbackprop.formulas import document, latex, rendered

from ..programs import needs
from .cases import ALL, asked
from .matrix_cases import EXPRESSIONS as OF_MATRICES
from .matrix_cases import MATRICES, network
from .scalar_cases import of_network

L, x, y = sp.symbols("L x y", real=True)


def stack_of(opening: str, closing: str, source: str) -> int:
    """How many are open at the end; none is closed that was not opened."""
    depth = 0
    for match in re.finditer(f"({opening})|({closing})", source):
        depth += 1 if match[1] else -1
        assert depth >= 0
    return depth


def check_balanced(source: str) -> None:
    assert stack_of(r"(?<!\\)\{", r"(?<!\\)\}", source) == 0
    assert stack_of(r"\\[bB]igl", r"\\[bB]igr", source) == 0
    for environment in (r"align\*", "aligned", "cases", "bmatrix"):
        assert stack_of(rf"\\begin\{{{environment}\}}", rf"\\end\{{{environment}\}}", source) == 0
    assert source.count("$$") % 2 == 0
    for row in re.findall(r"\\begin\{align(?:ed|\*)\}\n(.*?)\n\\end", source, re.DOTALL):
        for line in row.split(" \\\\\n"):
            outside = re.sub(r"\\begin\{(cases|bmatrix)\}.*?\\end\{\1\}", "", line)
            assert stack_of(r"\\left\b", r"\\right\b", line) == 0
            assert stack_of(r"\{", r"\}", line) == 0
            assert outside.count("&") == 1
    assert not re.search(r"\}_\{[^{}]*\}_\{|\^\{[^{}]*\}\^\{", source), "a double index or exponent"


@pytest.mark.parametrize("format", ["latex", "markdown"])
@pytest.mark.parametrize("name", ALL)
def test_latex_is_balanced(name: str, format: str) -> None:
    derivation = ALL[name]()
    for which in asked(derivation):
        source = rendered(document(derivation, which), format)
        check_balanced(source)
        assert format == "markdown" or source.isascii()


@pytest.mark.parametrize("name", MATRICES)
def test_latex_of_a_quantity_of_matrices_is_balanced(name: str) -> None:
    derivation = MATRICES[name]()
    for quantity in derivation.quantities:
        check_balanced(derivation.formulas("latex", quantity))
    assert derivation.explain(derivation.wrt[0])._repr_latex_().count("$") == 2
    assert derivation._repr_latex_().count("$") == 2


@pytest.mark.slow
@needs("pdflatex")
def test_latex_compiles(tmp_path: Path) -> None:
    told = [make().formulas("latex", parameter) for make in MATRICES.values() for parameter in (None, make().wrt[0])]
    body = "\n\n".join(told)
    article = rf"\documentclass{{article}}\usepackage{{amsmath}}\begin{{document}}{body}\end{{document}}"
    (tmp_path / "all.tex").write_text(article)
    command = ["pdflatex", "-interaction=nonstopmode", "-halt-on-error", "all.tex"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, check=False)
    assert done.returncode == 0, done.stdout.decode(errors="replace")[-2_000:]


def test_latex_breaks_long_formulas() -> None:
    source = rendered(document(of_network([12, 11, 1])), "latex")
    assert r"&\quad +" in source
    assert max(latex.width(line) for line in source.splitlines() if "&" in line) <= latex.WIDE + 12


def test_names_are_escaped() -> None:
    rate, hot = sp.symbols("learning_rate hot_spot_1")
    told = document(derive_equations([(L, sp.sin(rate) * hot)], [rate, hot]))
    assert r"\mathit{learning\_rate}" in rendered(told, "latex")
    assert r"\mathit{hot\_spot}_{1}" in rendered(told, "markdown")
    title = document(of_network([1, 1], "tanh", "identity", "half_sse"))
    assert r"loss half\_sse" in rendered(title, "latex")
    assert r"loss half\_sse" in rendered(title, "markdown")


def test_a_sum_beside_its_fraction_keeps_its_brackets() -> None:
    told = network([3, 3, 3, 3, 2], "tanh", "sigmoid", "bce").formulas("latex", "W1")
    assert re.search(r"\\frac\{1\}\{2\} (?:\\left|\\[bB]igl)\(\\sigma", told)


def test_an_entry_of_a_column_in_latex() -> None:
    assert "L &= p_{1}^{2} + p_{3} p_{2}" in OF_MATRICES["entries of a column"]().formulas("latex")


def test_paragraphs_of_latex_begin_alike() -> None:
    source = network([3, 2, 1], "tanh", "identity", "mse").formulas("latex")
    paragraphs = source.partition(r"\subsection*{Shapes}")[2].partition(r"\subsection")[0].strip().split("\n\n")
    assert len(paragraphs) == 3
    assert all(paragraph.startswith(r"\noindent $") for paragraph in paragraphs)
