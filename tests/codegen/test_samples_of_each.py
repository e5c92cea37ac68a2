"""A batch of what is differentiated by: values and derivatives of each sample, at every door that takes a batch."""

from __future__ import annotations

import runpy
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import sympy as sp

import symbackprop as sb
from symbackprop.codegen.targets.numpy import matrix_helpers
from symbackprop.errors import ParameterError, UnsupportedError

from ..zoo import ZOO

x, y, c = sp.symbols("x y c", real=True)
F, A, B = sp.MatrixSymbol("F", 3, 3), sp.MatrixSymbol("A", 2, 3), sp.MatrixSymbol("B", 3, 2)
v, n = sp.MatrixSymbol("v", 3, 1), sp.Symbol("n", integer=True, positive=True)
mu, K = sp.symbols("mu K", positive=True)
J = sp.Determinant(F)
ENERGY = mu / 2 * (J ** sp.Rational(-2, 3) * sp.Trace(F.T * F) - 3) + K / 2 * (J - 1) ** 2

RANDOM = np.random.default_rng(0)
GIVEN: dict[str, Any] = {
    "F": np.eye(3) + 0.1 * RANDOM.normal(size=(5, 3, 3)),
    "A": RANDOM.normal(size=(5, 2, 3)),
    "B": RANDOM.normal(size=(3, 2)),
    "v": RANDOM.normal(size=(5, 3)),
    "x": RANDOM.uniform(0.5, 2, size=5),
    "y": 0.7,
    "c": RANDOM.uniform(1, 2, size=5),
    "mu": 1.3,
    "K": 20.0,
}

LOSSES: dict[str, tuple[Any, list[Any], list[Any]]] = {
    "a stress": (ENERGY, [F], [F]),
    "a stress and its parameters": (ENERGY, [F, mu, K], [F]),
    "inverses": (sp.Trace(sp.Inverse(F)) * x + sp.Trace(F * F), [F, x], [F, x]),
    "numbers": (sp.exp(x * y) * c, [x, y], [x, c]),
    "constant derivatives": (2 * x + y * 3 + c, [x, y, c], [x]),
    "nothing of the batch": (y**2 + 0 * x, [y, x], [x]),
    "rows and columns": (sb.Total(A * v) ** 2 * x, [A, v, x], [A, v]),
    "a matrix of all": (sp.Trace(A * B) ** 2 * y, [A, B, y], [A]),
    "linear": (sp.Trace(A * B) + sb.Total(v), [A, v], [A, v]),
}


def one_of(given: Any, place: int, batch: list[Any]) -> dict[str, Any]:
    names = {symbol.name for symbol in batch}
    return {name: value[place] if name in names else value for name, value in given.items()}


def given_to(function: Any, batch: list[Any]) -> dict[str, Any]:
    """What a function takes: of what is no batch there is one."""
    names = {symbol.name for symbol in batch}
    single = {"F", "A", "v", "x", "c"}.difference(names)
    return {name: GIVEN[name][0] if name in single else GIVEN[name] for name in function.arguments}


@pytest.mark.parametrize("name", LOSSES)
def test_each_sample_has_the_derivatives_that_it_has_alone(name: str, tmp_path: Path) -> None:
    loss, wrt, batch = LOSSES[name]
    d = sb.derive(loss, wrt)
    alone, together = d.compile(), d.compile(batch=batch)
    given = given_to(together, batch)
    module = runpy.run_path(str(d.write(tmp_path / "module.py", batch=batch)))["evaluate"]
    for function in (together, module):
        value, gradients = function(**given)
        assert np.shape(value) == (5,)
        for place in range(5):
            at = one_of(given, place, batch)
            first, others = alone(**at)
            assert value[place] == pytest.approx(first, rel=1e-12)
            for symbol in wrt:
                assert gradients[symbol.name].shape == (5, *np.shape(at[symbol.name]))
                np.testing.assert_allclose(gradients[symbol.name][place], others[symbol.name], rtol=1e-11, atol=1e-13)


@pytest.mark.parametrize("name", ZOO)
@pytest.mark.parametrize("every", [2, 3])
def test_models_with_some_of_their_parameters_in_the_batch(name: str, every: int) -> None:
    model = ZOO[name]()
    d = sb.derive(model.equations, model.wrt)
    alone = d.compile()
    batch = [argument for place, argument in enumerate(alone.arguments) if place % every == 0]
    many = [{symbol.name: value for symbol, value in model.values(seed).items()} for seed in range(3)]
    given = {key: np.stack([one[key] for one in many]) if key in batch else many[0][key] for key in alone.arguments}
    value, gradients = d.compile(batch=batch)(**given)
    for place in range(3):
        first, others = alone(**{key: one[place] if key in batch else one for key, one in given.items()})
        assert value[place] == pytest.approx(first, rel=1e-10)
        for symbol in model.wrt:
            np.testing.assert_allclose(gradients[symbol.name][place], others[symbol.name], rtol=1e-9, atol=1e-11)


def test_a_stress_is_what_central_differences_say() -> None:
    value = sb.lambdify([F, mu, K], ENERGY, batch=[F])
    _, found = sb.derive(ENERGY, [F]).compile(batch=[F])(GIVEN["F"], mu=1.3, K=20.0)
    for row in range(3):
        for column in range(3):
            step = np.zeros((3, 3))
            step[row, column] = 1e-5
            slope = (value(GIVEN["F"] + step, 1.3, 20.0) - value(GIVEN["F"] - step, 1.3, 20.0)) / 2e-5
            np.testing.assert_allclose(found["F"][:, row, column], slope, rtol=1e-6, atol=1e-7)


def test_results_are_arrays_of_their_own_and_keep_the_dtype() -> None:
    given = {"x": np.array([1.0, 2.0], np.float32), "y": np.float32(3.0)}
    value, gradients = sb.derive(x * y, [x, y]).compile(batch=[x])(**given)
    assert value.dtype == gradients["x"].dtype == gradients["y"].dtype == np.float32
    gradients["y"] /= 3
    gradients["x"] += 1
    assert given["x"].tolist() == [1.0, 2.0]


# --- other doors ---

HESSIAN_OF = sp.Trace(A * B) ** 2 * x

DOORS: dict[str, tuple[Callable[..., Any], tuple[Any, ...]]] = {
    "jacobian": (lambda **b: sb.jacobian([HESSIAN_OF, x * sb.Total(A)], [x, A]).compile(values=True, **b), (2, 7)),
    "hessian": (lambda **b: sb.hessian(HESSIAN_OF, [x, A]).compile(values=True, **b), (7, 7)),
    "gradient": (lambda **b: sb.gradient(HESSIAN_OF, [x, A]).compile(**b), (7,)),
    "derivatives": (lambda **b: sb.derivatives(sp.sin(x * y), [x, y], 3).compile(**b), (2, 2, 2)),
    "jvp": (lambda **b: sb.jvp(HESSIAN_OF, {x: y, A: A}).compile(**b), ()),
    "vjp": (lambda **b: sb.vjp([HESSIAN_OF, x * sb.Total(A)], [x, A], [y, 2]).compile(**b), (7,)),
    "hvp": (lambda **b: sb.hvp(HESSIAN_OF, [x, A], [y, A]).compile(**b), (7,)),
    "outputs": (lambda **b: sb.derive([HESSIAN_OF, x * sb.Total(A)], [x, A]).compile(**b), ()),
    "outputs of numbers": (lambda **b: sb.derive([x * y, x**2], [x, y]).compile(**b), ()),
}


def flat(found: Any) -> list[Any]:
    """All arrays of a result, in order."""
    if isinstance(found, dict):
        found = list(found.values())
    return [one for part in found for one in flat(part)] if isinstance(found, list | tuple) else [np.asarray(found)]


@pytest.mark.parametrize("door", DOORS)
def test_other_doors_have_the_samples_in_front(door: str) -> None:
    made, shape = DOORS[door]
    batch = [x, A] if "A" in made().arguments else [x]
    alone, together = made(), made(batch=batch)
    given = given_to(together, batch)
    found = flat(together(**given))
    assert not shape or found[-1].shape == (5, *shape)
    for place in range(5):
        single = alone(**one_of(given, place, batch))
        for one, expected in zip(found, flat(single), strict=True):
            np.testing.assert_allclose(one[place], expected, rtol=1e-11, atol=1e-12)


def test_minimisers_doors_give_those_of_each_sample() -> None:
    together = sb.value_and_grad([A, B, x], HESSIAN_OF, [x, A], batch=[x, A])
    second = sb.value_grad_hess([A, B, x], HESSIAN_OF, [x, A], batch=[A])
    value, gradient = together(GIVEN["A"], GIVEN["B"], GIVEN["x"])
    assert (value.shape, gradient.shape) == ((5,), (5, 7))
    alone = sb.value_grad_hess([A, B, x], HESSIAN_OF, [x, A])
    for place in range(5):
        one = alone(GIVEN["A"][place], GIVEN["B"], GIVEN["x"][place])
        np.testing.assert_allclose(value[place], one[0], rtol=1e-12)
        np.testing.assert_allclose(gradient[place], one[1], rtol=1e-12, atol=1e-13)
        again = alone(GIVEN["A"][place], GIVEN["B"], 0.8)
        for found, expected in zip(second(GIVEN["A"], GIVEN["B"], 0.8), again, strict=True):
            np.testing.assert_allclose(found[place], expected, rtol=1e-12, atol=1e-13)


def test_a_jacobian_by_a_whole_matrix_in_a_function_of_many(tmp_path: Path) -> None:
    outputs = [HESSIAN_OF, x * sb.Total(A)]
    jacobian = sb.jacobian(outputs, [x, A])
    together = sb.lambdify([x, A, B], [jacobian, A * B, sp.Matrix([x, y * x]).subs(y, 2)], batch=[x, A])
    found = together(GIVEN["x"], GIVEN["A"], GIVEN["B"])
    assert [one.shape for one in found] == [(5, 2, 7), (5, 2, 2), (5, 2, 1)]
    alone = jacobian.compile()
    for place in range(5):
        np.testing.assert_allclose(
            found[0][place], alone(x=GIVEN["x"][place], A=GIVEN["A"][place], B=GIVEN["B"]), rtol=1e-12, atol=1e-13
        )
    np.testing.assert_allclose(found[1], GIVEN["A"] @ GIVEN["B"], rtol=1e-13)
    written = runpy.run_path(str(together.write(tmp_path / "several.py")))["evaluate"]
    for one, again in zip(found, written(GIVEN["x"], GIVEN["A"], GIVEN["B"]), strict=True):
        np.testing.assert_array_equal(one, again)


def test_sizes_that_are_symbols_and_samples() -> None:
    S = sp.MatrixSymbol("S", n, 2)
    d = sb.derive(sb.Total(sp.HadamardProduct(S, S)) * x, [S, x])
    many = RANDOM.normal(size=(4, 3, 2))
    value, gradients = d.compile(batch=[S])(S=many, x=1.5)
    np.testing.assert_allclose(value, 1.5 * (many**2).sum((1, 2)), rtol=1e-13)
    np.testing.assert_allclose(gradients["S"], 3 * many, rtol=1e-13)
    np.testing.assert_allclose(gradients["x"], (many**2).sum((1, 2)), rtol=1e-13)


# --- small matrices ---


def exactly(matrix: Any) -> Any:
    return sp.Matrix([[sp.Rational(float(entry)) for entry in row] for row in matrix])


@pytest.mark.parametrize("size", [2, 3])
def test_small_matrices_by_their_entries(size: int) -> None:
    many = RANDOM.normal(size=(6, size, size))
    for place, one in enumerate(many):
        exact = exactly(one)
        for found, expected in (
            (matrix_helpers._small_determinant(many), exact.det()),
            (matrix_helpers._small_inverse(many), exact.inv()),
            (matrix_helpers._small_cofactors(many), exact.adjugate().T),
        ):
            wanted = np.array(sp.Matrix([expected]).evalf(20).tolist(), float).reshape(found[place].shape)
            np.testing.assert_allclose(found[place], wanted, rtol=1e-12, atol=1e-14 * abs(wanted).max())


@pytest.mark.parametrize("size", [2, 3])
def test_what_leaves_the_range_of_floats_on_the_way_does_not_in_the_end(size: int) -> None:
    many = np.stack([1e-160 * (np.eye(size) + 0.1), 1e160 * (np.eye(size) + 0.2), np.eye(size)])
    np.testing.assert_allclose(matrix_helpers._small_inverse(many), np.linalg.inv(many), rtol=1e-13)
    wide = np.stack([np.diag([1e-300, 1e200, 1e200][:size]), np.diag([1e200, 1e-200, 1e-200][:size])])
    np.testing.assert_allclose(matrix_helpers._small_determinant(wide), np.linalg.det(wide), rtol=1e-13)


@pytest.mark.parametrize("condition", [1e4, 1e8, 1e12])
@pytest.mark.parametrize("size", [2, 3])
def test_nearly_singular_matrices_have_the_digits_that_lapack_leaves_them(size: int, condition: float) -> None:
    """Of three singular values 1, 1e-6 and 1e-12 cofactors lose eighteen digits, elimination twelve."""
    turns = np.linalg.qr(RANDOM.normal(size=(2, 8, size, size)))[0]
    many = np.concatenate([turns[0] * np.geomspace(1, 1 / condition, size) @ turns[1], turns[0]])
    inverses, determinants = matrix_helpers._small_inverse(many), matrix_helpers._small_determinant(many)
    for one, inverse, determinant in zip(many, inverses, determinants, strict=True):
        exact = np.array(exactly(one).inv().evalf(20).tolist(), float)
        assert abs(inverse - exact).max() <= 1e-15 * condition * abs(exact).max()
        assert determinant == pytest.approx(float(exactly(one).det()), rel=1e-15 * condition)


def test_what_is_below_the_smallest_normal_number_on_the_way_is_no_loss() -> None:
    for size in (2, 3):
        for power in np.arange(-170, 170, 2.5):
            one = 10.0**power * (np.eye(size) + 0.25)[np.newaxis]
            np.testing.assert_allclose((matrix_helpers._small_inverse(one) @ one)[0], np.eye(size), atol=1e-14)


def test_a_singular_sample_is_named_as_one_alone_is() -> None:
    many = np.stack([np.eye(3), np.ones((3, 3))])
    function = sb.derive(sp.Trace(sp.Inverse(F)), [F]).compile(batch=[F])
    with pytest.raises(np.linalg.LinAlgError) as caught:
        function(many)
    assert any("inv(F)" in note for note in caught.value.__notes__)
    value, gradients = sb.derive(sp.Determinant(F), [F]).compile(batch=[F])(many)  # which needs no inverse
    np.testing.assert_allclose(value, [1, 0], atol=1e-15)
    np.testing.assert_allclose(gradients["F"][1], 0, atol=1e-15)


def test_no_call_of_lapack_for_each_sample() -> None:
    source = sb.derive(ENERGY, [F]).compile(batch=[F]).source
    code = [line.partition("#")[0] for line in source.splitlines()]
    assert not any("np.linalg" in line or "@" in line for line in code)  # nor a product for the trace of one
    assert "np.linalg.det(F)" in sb.derive(ENERGY, [F]).compile().source


@pytest.mark.parametrize("size", [2, 3])
def test_jax_has_the_same(size: int) -> None:
    jax = pytest.importorskip("jax")
    M = sp.MatrixSymbol("M", size, size)
    d = sb.derive(sp.Determinant(M) ** 2 * x + sp.Trace(sp.Inverse(M)), [M, x])
    many = np.eye(size) + 0.1 * RANDOM.normal(size=(4, size, size))
    with jax.enable_x64(True):
        by_jax = flat(d.compile(batch=[M], target="jax")(M=many, x=0.7))
    for found, expected in zip(by_jax, flat(d.compile(batch=[M])(M=many, x=0.7)), strict=True):
        np.testing.assert_allclose(found, expected, rtol=1e-11)


# --- refusals ---


def test_what_a_batch_is_refused_for() -> None:
    with pytest.raises(UnsupportedError, match="a sparse or compressed matrix has no batch: leave it out"):
        sb.jacobian([x * y, y], [x, y]).compile(sparse=True, batch=[x])
    assert sb.jacobian([x * y, y], [x, y]).compile(sparse=True)(GIVEN["x"], 2.0) is not None  # the advice, taken
    with pytest.raises(ParameterError, match=r"A has shape \(5, 2, 3\), expected \(2, 3\): .*batch=\[A\]"):
        sb.hessian(HESSIAN_OF, [x, A]).compile()(x=1.0, A=GIVEN["A"], B=GIVEN["B"])
    with pytest.raises(ParameterError, match="the batch has no samples"):
        sb.derive(x * y, [x]).compile(batch=[x])([], 2.0)
    with pytest.raises(sb.UnknownNameError, match="unknown batched symbol 'z'"):
        sb.hessian(x * y, [x]).compile(batch=["z"])
