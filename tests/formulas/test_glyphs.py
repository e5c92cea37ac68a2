"""The tables of signs: a row for each operation, in text and in LaTeX."""

from __future__ import annotations

from typing import Any

import pytest
import sympy as sp

from symbackprop import ops
from symbackprop.formulas import document, latex, rendered, text

from .scalar_cases import of_expression

x, y = sp.symbols("x y", real=True)


@pytest.mark.parametrize("rows", [text.ROWS, latex.ROWS], ids=["text", "latex"])
def test_every_operation_has_a_row(rows: dict[ops.Op, Any]) -> None:
    """A special function may go without one: then it is a function by its own name, as the next test has it."""
    missing = [op.name for op in ops.OPS.values() if not (op.leaf or op.special) and op not in rows]
    assert not missing, f"no row for {', '.join(missing)}"


def test_a_function_without_a_row_goes_by_its_name() -> None:
    assert "erfinv(x)" in rendered(document(of_expression(sp.erfinv(x))), "text")
    told = document(of_expression(sp.besselj(0, x) * sp.zeta(3)))
    assert "besselj(0, x)" in rendered(told, "text")
    assert r"\mathrm{besselj}\left(0, x\right)" in rendered(told, "latex")
