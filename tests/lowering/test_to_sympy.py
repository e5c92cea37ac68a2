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
