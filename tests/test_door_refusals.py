"""What the doors of several outputs refuse, in a line of our own, and the advice that the line gives, taken."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import sympy as sp

import symbackprop as sb
from symbackprop.errors import ParameterError, ShapeError, UnsupportedError

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


SEVERAL: dict[str, Callable[[], Any]] = {
    "derive": lambda: sb.derive([x * y, sp.sin(x)], [x, y]),
    "jacobian": lambda: sb.jacobian([x * y, sp.sin(x)], [x, y]),
    "hessian": lambda: sb.hessian(x * y, [x, y]),
    "derivatives": lambda: sb.derivatives(x * y, [x, y], 3),
    "gradient": lambda: sb.gradient(x * y, [x, y]),
    "vjp": lambda: sb.vjp([x * y], [x, y]),
    "jvp": lambda: sb.jvp([x * y], [x, y]),
}


@pytest.mark.parametrize("door", SEVERAL)
def test_code_of_several_outputs_is_for_numpy(door: str) -> None:
    with pytest.raises(UnsupportedError, match="is for NumPy, not jax"):
        SEVERAL[door]().compile(target="jax")
    assert SEVERAL[door]().compile(target="numpy", batch=None) is not None


def test_what_takes_a_batch_of_several_outputs() -> None:
    at, wholes = np.linspace(0.1, 1, 3), np.linspace(-1, 1, 12).reshape(3, 2, 2)
    slopes = sb.derive([x * y, sp.sin(x)], [x, y]).compile()(at, 2.0)[1]
    np.testing.assert_allclose(slopes["x"], np.transpose([np.full(3, 2.0), np.cos(at)]))
    outputs = [sp.Trace(A * A) * x, x * sp.Trace(A)]
    found = sb.lambdify([x, A], sb.derive(outputs, [x, A]).gradients, batch=[x, A])(at, wholes)
    np.testing.assert_allclose(found[A][0], 2 * at[:, None, None] * wholes.transpose(0, 2, 1))
    np.testing.assert_allclose(found[A][1], at[:, None, None] * np.eye(2))
    np.testing.assert_allclose(found[x][1], np.trace(wholes, axis1=1, axis2=2))


def test_a_jacobian_by_what_has_a_value_for_each_sample() -> None:
    at = np.linspace(0.1, 1, 3)
    found = sb.lambdify([x, y], sb.jacobian([x * y**2, sp.sin(x)], [x, y]), batch=[x])(at, 2.0)
    np.testing.assert_allclose(found, [[[4.0, 4 * one], [np.cos(one), 0]] for one in at])


TEXT = [b"x", bytearray(b"x"), memoryview(b"x"), "x"]


@pytest.mark.parametrize("text", TEXT, ids=lambda one: type(one).__name__)
def test_text_is_no_list_of_outputs_and_no_vector(text: Any) -> None:
    for door in (sb.jacobian, sb.vjp, sb.derive):
        with pytest.raises(UnsupportedError):
            door(text, [x])
    with pytest.raises(ParameterError, match="upstream must be a list"):
        sb.vjp([x * y], [x], text)
    with pytest.raises(ParameterError, match="along must be a list"):
        sb.hvp(x * y, [x], text)


@pytest.mark.parametrize("vector", [{1, 2}, frozenset({1, 2}), sp.FiniteSet(1, 2)], ids=lambda one: type(one).__name__)
def test_a_set_has_no_order(vector: Any) -> None:
    with pytest.raises(ParameterError, match=r"upstream is a .* give a list, which has an order"):
        sb.vjp([x * y, x], [x], vector)
    with pytest.raises(ParameterError, match=r"along is a .* give a list, which has an order"):
        sb.hvp(x * y, [x, y], vector)
    assert sb.vjp([x * y, x], [x], [1, 2]).expand() == [y + 2]
    assert sb.vjp([x * y, x], [x], {"f1": 1, "f2": 2}).expand() == [y + 2]


@pytest.mark.parametrize("infinite", [sp.oo, -sp.oo, sp.zoo, [sp.oo], [sp.oo, 1], sp.oo * x], ids=str)
@pytest.mark.parametrize("wrt", [None, [x]], ids=str)
def test_what_is_infinite_is_said_to_be_so(infinite: Any, wrt: Any) -> None:
    for door in (sb.jacobian, sb.vjp, sb.derive):
        with pytest.raises(UnsupportedError, match="only finite numbers can stand in an expression"):
            door(infinite, wrt)
