"""What the doors of several outputs refuse, in a line of our own, and the advice that the line gives, taken."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import sympy as sp

import symbackprop as sb
from symbackprop.errors import ParameterError, ShapeError

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


u, v, w = sp.symbols("u v w", real=True)
CHAIN = [(u, x * y), (w, sp.sin(u)), (v, u * x + w)]
BY_U: dict[str, Callable[[Any], Any]] = {
    "jacobian": lambda equations: sb.jacobian(equations, [u]).expand()[-1],
    "derive": lambda equations: sb.derive(equations, [u]).expand(u),
    "gradient": lambda equations: sb.gradient(equations, [u]).expand(u),
    "hessian": lambda equations: sb.hessian(equations, [u]).expand(u),
    "derivatives": lambda equations: sb.derivatives(equations, [u], 2).expand(u),
    "vjp": lambda equations: sb.vjp(equations, [u], [0] * (len(equations) - 1) + [1]).expand(u),
    "jvp": lambda equations: sb.jvp(equations, {u: 1}).expand(),
    "model": lambda equations: sb.gradient(sb.Model(equations), [u]).expand(u),
}


@pytest.mark.parametrize("door", [*BY_U, "hvp"])
def test_by_a_quantity_that_an_equation_defines_both_advices_work(door: str) -> None:
    ask = BY_U.get(door, lambda equations: sb.hvp(equations, [u], [1]).expand(u))
    with pytest.raises(ParameterError, match="leave that equation out to differentiate by u, or ask") as caught:
        ask(CHAIN)
    assert "\n" not in str(caught.value)
    by_hand = x + sp.cos(u) if door != "hvp" else -sp.sin(u)
    assert sp.simplify(ask(CHAIN[1:]) - by_hand) == 0
    assert sp.simplify(sb.derive(CHAIN).adjoint("u") - (x + sp.cos(u))) == 0


BATCHED: dict[str, Callable[[Any], Any]] = {
    "lambdify": lambda batch: sb.lambdify([x, y], [x * y], batch=batch),
    "value_and_grad": lambda batch: sb.value_and_grad([x, y], x * y, [x], batch=batch),
    "value_grad_hess": lambda batch: sb.value_grad_hess([x, y], x * y, [x], batch=batch),
    "compile": lambda batch: sb.derive(x * y, [x]).compile(batch=batch),
    "source": lambda batch: sb.derive(x * y, [x]).source(batch=batch),
    "jax": lambda batch: sb.derive(x * y, [x]).source(batch=batch, target="jax"),
    "with matrices": lambda batch: sb.derive(sp.Trace(A) * y, [A]).compile(batch=batch),
}


@pytest.mark.parametrize("door", BATCHED)
def test_a_batch_is_a_list_of_symbols(door: str) -> None:
    for batch in (3, True, 2.5):
        with pytest.raises(ParameterError, match=r"as in batch=\[x\]"):
            BATCHED[door](batch)
    for taken in ([y], (y,), {y}, ["y"], "y", y):
        assert BATCHED[door](taken) is not None
