"""What the doors of several outputs refuse, in a line of our own, and the advice that the line gives, taken."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import sympy as sp

import symbackprop as sb
from symbackprop.errors import ShapeError

x, y = sp.symbols("x y", real=True)
A, F = sp.MatrixSymbol("A", 2, 2), sp.MatrixSymbol("F", 2, 2)
ONE_OUTPUT: dict[str, Callable[..., Any]] = {
    "gradient": sb.gradient,
    "hvp": sb.hvp,
    "hessian": sb.hessian,
    "derivatives": sb.derivatives,
    "derive": sb.derive,
    "value_grad_hess": lambda e, wrt: sb.value_grad_hess([x, A], e, wrt),
    "value_and_grad": lambda e, wrt: sb.value_and_grad([x, A], e, wrt),
}


@pytest.mark.parametrize("door", ONE_OUTPUT)
@pytest.mark.parametrize("whole", [A * A, x * A, A.T, sp.Trace(A) * A, A[0, 0] * A], ids=str)
@pytest.mark.parametrize("by", [A, x], ids=str)
def test_a_matrix_is_no_loss_and_its_trace_is(door: str, whole: Any, by: Any) -> None:
    for given in (whole, [(F, whole)]):
        with pytest.raises(ShapeError, match="take its Trace or Total") as caught:
            ONE_OUTPUT[door](given, [by])
        assert "\n" not in str(caught.value)
    assert ONE_OUTPUT[door](sp.Trace(whole), [by]) is not None
    assert ONE_OUTPUT[door](sb.Total(whole), [by]) is not None
