"""The tables of signs: a row for each operation, in text and in LaTeX."""

from __future__ import annotations

import pytest
import sympy as sp

from symbackprop import ops
from symbackprop.formulas import document, latex, mathml, rendered, text, writing
from symbackprop.formulas.writing import Notation
from symbackprop.notation.glyphs import GLYPHS, Glyph, Way
from symbackprop.notation.operations import ROWS
from symbackprop.notation.tree import Kind

from .scalar_cases import of_expression

BY_SHAPES = (ops.SPREAD, ops.SLICE, ops.PLACE)
"""What looks as its shape asks."""

x, y = sp.symbols("x y", real=True)


NOTATIONS = {"text": text.NOTATION, "latex": latex.NOTATION, "mathml": mathml.NOTATION}
"""The notations of formats that do not take another's maths."""
each_notation = pytest.mark.parametrize("notation", NOTATIONS.values(), ids=NOTATIONS)


@pytest.mark.parametrize("column", [name for name in Glyph._fields if name != "way"])
def test_no_row_of_glyphs_lacks_a_column(column: str) -> None:
    missing = [op.name for op, glyph in GLYPHS.items() if not getattr(glyph, column)]
    assert not missing, f"no {column} of {', '.join(missing)}"
    around = [getattr(glyph, column) for glyph in GLYPHS.values() if glyph.way is Way.AROUND]
    assert column == "ascii" or all(sign.count("{}") == 1 for sign in around)


def test_every_column_of_glyphs_has_its_notation() -> None:
    assert {name for name in Glyph._fields if name not in ("way", "ascii")} == set(NOTATIONS)


@each_notation
def test_every_kind_of_tree_is_written(notation: Notation) -> None:
    missing = [kind.name for kind in Kind if kind not in notation.kinds and kind not in writing.SHARED]
    assert not missing, f"no row for {', '.join(missing)}"


@each_notation
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
