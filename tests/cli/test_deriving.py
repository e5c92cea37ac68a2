"""`symbackprop derive` of networks: forms, widths that are names, and what is refused in one line."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from symbackprop import cli

from ..cli_support import refusal
from ..formulas.matrix_cases import NET


def printed(capsys: Any, *argv: str) -> str:
    assert cli.main(["derive", *argv]) == 0
    return str(capsys.readouterr().out)


def test_forms_and_names_of_widths(capsys: Any) -> None:
    told = printed(capsys, "784-256-128-10", "--form", "matrix", "--hidden", "relu", "--output", "softmax")
    assert NET in told
    named = printed(capsys, "--widths", "n0-n1-n2", "--hidden", "tanh")
    assert "W¹: n₁ × n₀" in named
    assert named == printed(capsys, "n0-n1-n2", "--form", "matrix")
    assert "w¹₁₁" in printed(capsys, "--widths", "2-2-1")


@pytest.mark.parametrize(
    ("argv", "message"),
    [
        (["n0-n1"], "only --form matrix takes names"),
        (["--widths", "n0-n1", "--form", "scalar"], "only --form matrix takes names"),
        (["2-1", "--form", "matrx"], "did you mean 'matrix'?"),
        (["2-1", "--widths", "2-1"], "widths are given twice"),
        ([], "widths are given nowhere"),
        (["--widths", "x-2"], "a width is called x"),
        (["--widths", "n0-__import__"], "are not positive integers or names"),
        (["--widths", "n0-f(1)"], "are not positive integers or names"),
        (["--widths", "n0-lambda"], "are not positive integers or names"),
        (["2-1", "--form", "matrix", "--method", "naive"], "method naive takes each weight by itself"),
        (["200-200"], "or --form matrix"),
    ],
)
def test_widths_and_forms_that_do_not_fit(capsys: Any, tmp_path: Path, argv: list[str], message: str) -> None:
    assert message in refusal(["derive", *argv], tmp_path, capsys)
