"""What the graph takes and SymPy refuses to write is refused by name, and has code all the same."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import sympy as sp

import symbackprop as sb

x, e, L = sp.symbols("x e L", real=True)
ROOT = e ** sp.Rational(1, 3)


@pytest.mark.every_row
@pytest.mark.parametrize("factor", [sp.Heaviside(ROOT, 1), sp.Max(ROOT, x)], ids=["a step", "a maximum"])
def test_a_root_of_a_negative_number(factor: Any) -> None:
    d = sb.derive([(e, sp.Integer(-2)), (L, x * factor)], [x])
    with pytest.raises(sb.UnsupportedError, match=r"^SymPy writes no (heaviside|max) of .*-2.*: [^\n]*$"):
        d.expand(x)
    with np.errstate(all="ignore"):
        assert np.isnan(d.compile()(1.5)[0])


def test_a_product_of_one_entry_is_written_as_its_entry() -> None:
    d = sb.derive(sb.Network([1, 2, 1], form="matrix"))
    replacements = {str(name): value for name, value in d.as_cse()[0]}
    assert str(replacements["z2"]) == "(W2*a1)[0, 0] + b2[0, 0]"
    W, a, b = sp.MatrixSymbol("W2", 1, 2), sp.MatrixSymbol("a1", 2, 1), sp.MatrixSymbol("b2", 1, 1)
    assert replacements["z2"].doit() == W[0, 0] * a[0, 0] + W[0, 1] * a[1, 0] + b[0, 0]
