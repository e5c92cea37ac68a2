"""The tables of signs: a row for each operation, in text and in LaTeX."""

from __future__ import annotations

import pytest
import sympy as sp

from symbackprop import ops
from symbackprop.formulas import document, latex, rendered, text
from symbackprop.formulas.writing import Notation
from symbackprop.notation.operations import ROWS

from .scalar_cases import of_expression

BY_SHAPES = (ops.SPREAD, ops.SLICE, ops.PLACE)
"""What looks as its shape asks."""

x, y = sp.symbols("x y", real=True)


@pytest.mark.parametrize("notation", [text.NOTATION, latex.NOTATION], ids=["text", "latex"])
def test_every_operation_has_a_row(notation: Notation) -> None:
    """A special function may go without one: then it is a function by its own name, as the next test has it."""
    written = {*notation.calls, *ROWS, *BY_SHAPES, ops.ELU}  # elu goes by its name
    missing = [op.name for op in ops.OPS.values() if not (op.leaf or op.special) and op not in written]
    assert not missing, f"no row for {', '.join(missing)}"


def test_a_function_without_a_row_goes_by_its_name() -> None:
    assert "erfinv(x)" in rendered(document(of_expression(sp.erfinv(x))), "text")
    told = document(of_expression(sp.besselj(0, x) * sp.zeta(3)))
    assert "besselj(0, x)" in rendered(told, "text")
    assert r"\mathrm{besselj}\left(0, x\right)" in rendered(told, "latex")
