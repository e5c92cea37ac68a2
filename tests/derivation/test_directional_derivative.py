"""Derivatives along one direction: what they are, and what a direction may be."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

import mpmath as mp
import numpy as np
import pytest
import sympy as sp
from hypothesis import assume, given

import symbackprop as sb
from symbackprop.errors import ParameterError, ShapeError, SymbackpropError, UnsupportedError

from ..matrix_support import STEP, arrays_of, numbers_of, random_values
from ..operations import precise
from ..support import check_close, deterministic, evaluated, high_precision
from ..zoo import ENTRY, ZOO, entrywise
from .gradient_support import computed_at, rational_point, seeds, systems, tail

R = sp.Rational
x, y, z, L = sp.symbols("x y z L", real=True)
n = sp.Symbol("n", integer=True, positive=True)


@cache
def directed(name: str) -> tuple[Any, sb.Jvp, sb.Derivation]:
    model = ZOO[name]()
    return model, sb.jvp(model.equations, model.wrt), sb.derive(model.equations, model.wrt)


def direction_of(jvp: sb.Jvp, seed: int) -> dict[Any, Any]:
    """Numbers for the symbols that the tangents are."""
    found = {symbol for symbol in jvp.derivation.graph.symbols if symbol.name.startswith("v_")}
    return random_values(sorted(found, key=str), seed)


def along(jvp: sb.Jvp, values: Any) -> tuple[Any, Any]:
    """The value and its derivative along the direction, as arrays, by the evaluator of the tests."""
    nodes = [jvp.derivation.loss_node, *jvp.derivation.gradient_nodes.values()]
    value, tangent = arrays_of(jvp.derivation.graph, nodes, values)
    return value, tangent


@pytest.mark.parametrize("name", ZOO)
def test_along_a_direction_is_the_gradient_times_it(name: str) -> None:
    model, jvp, backward = directed(name)
    values = model.values(seed=2)
    loss, gradients = numbers_of(backward, values)
    directions = direction_of(jvp, seed=5)
    by_name = {symbol.name: value for symbol, value in directions.items()}
    expected = sum((gradients[symbol] * by_name[f"v_{symbol.name}"]).sum() for symbol in model.wrt)
    value, tangent = along(jvp, values | directions)
    assert value.real.item() == pytest.approx(loss, rel=1e-12)
    assert tangent.item() == pytest.approx(expected, rel=1e-10)
    ahead = {s: values[s] + 1j * STEP * by_name[f"v_{s.name}"] for s in model.wrt}
    [moved] = arrays_of(jvp.derivation.graph, [jvp.derivation.loss_node], {**values, **ahead})
    assert tangent.item() == pytest.approx(moved.imag.item() / STEP, rel=1e-9)


@pytest.mark.parametrize("name", ZOO)
def test_compiled_directions_are_limits_of_differences(name: str) -> None:
    """The error of the central difference falls to a quarter when the step is halved."""
    model, jvp, _ = directed(name)
    values = {s.name: v for s, v in model.values(seed=2).items()}
    directions = {s.name: v / 10 for s, v in direction_of(jvp, seed=6).items()}
    function = jvp.compile()
    value, tangent = function(**values, **directions)

    def moved(step: float) -> float:
        ahead = {s.name: values[s.name] + step * directions[f"v_{s.name}"] for s in model.wrt}
        return float(function(**{**values, **ahead}, **directions)[0])

    assert value == moved(0.0)
    errors = [(moved(step) - moved(-step)) / (2 * step) - tangent for step in (0.02, 0.01)]
    assert abs(errors[1]) < 1e-3 * max(1, abs(tangent))
    if abs(errors[1]) > 1e-10:
        assert errors[0] / errors[1] == pytest.approx(4, rel=0.1)


A, B = sp.MatrixSymbol("A", 3, 3), sp.MatrixSymbol("B", 3, 2)
w = sp.MatrixSymbol("w", 3, 1)

MAPS = {
    "product": A * B,
    "solved": A.inv() * B,
    "entrywise": entrywise(sp.tanh(ENTRY) * ENTRY, A * B),
    "softmax": sb.Softmax(A * B, 0),
    "scaled": sb.Total(A) * B + sp.Determinant(A) * sp.OneMatrix(3, 2),
    "column": A * (A.T * w) / sp.Trace(A),
    "row": w.T * A,
    "log-sum-exp": sb.LogSumExp(A, 1),
    "hadamard": sp.HadamardProduct(A, A.T) * B,
    "choice": entrywise(sp.Piecewise((sp.log(ENTRY), ENTRY > 0), (ENTRY**2, True)), B),
}


@pytest.mark.parametrize("name", MAPS)
def test_matrices_along_a_direction(name: str) -> None:
    """Against the complex step of the value, and in compiled code."""
    jvp = sb.jvp(MAPS[name])
    symbols = [s for s in (A, B, w) if MAPS[name].has(s)]
    values, directions = random_values(symbols, 1), direction_of(jvp, 2)
    by_name = {symbol.name: value for symbol, value in directions.items()}
    value, tangent = along(jvp, values | directions)
    ahead = {s: values[s] + 1j * STEP * by_name[f"v_{s.name}"] for s in symbols}
    [moved] = arrays_of(jvp.derivation.graph, [jvp.derivation.loss_node], ahead)
    np.testing.assert_allclose(tangent.real, moved.imag / STEP, rtol=1e-10, atol=1e-12)
    named = {s.name: v for s, v in values.items()} | by_name
    found = jvp.compile()(**named)
    for one, other in zip(found, (value, tangent), strict=True):
        np.testing.assert_allclose(as_matrix(one, other.shape), other.real, rtol=1e-12, atol=1e-13)


def as_matrix(value: Any, shape: Any) -> Any:
    """A compiled result, which has no axes of one entry, as the matrix that it stands for."""
    assert np.squeeze(value).shape == np.squeeze(np.empty(shape)).shape
    return np.reshape(value, shape)


@pytest.mark.slow
@deterministic(25)
@given(systems(), seeds)
@high_precision
def test_hessian_times_a_vector(equations: list[Any], seed: int) -> None:
    """`derive` of what `jvp` gives, against SymPy's Hessian of the whole loss."""
    loss = tail(equations, -1)
    wrt = sorted(loss.free_symbols, key=str)
    values = rational_point(seed)
    assume(wrt)  # all may cancel
    vector = {symbol: R(place + 2, 3 * place + 5) for place, symbol in enumerate(wrt)}
    along = sb.jvp(equations, vector).equations
    bent = [symbol for symbol in wrt if symbol in tail(along, -1).free_symbols]  # the loss is linear in the others
    derivation = sb.derive(along, bent) if bent else None
    found = computed_at(derivation, list(derivation.gradient_nodes.values()), values) if derivation else []
    numbers = dict(zip(bent, found, strict=True))
    for symbol in wrt:
        slope = sp.diff(loss, symbol)
        row = [evaluated(_smooth(sp.diff(slope, other)), values) for other in wrt]
        expected = mp.fsum(precise(v) * r for v, r in zip(vector.values(), row, strict=True))
        check_close(numbers.get(symbol, mp.mpf(0)), expected, digits=30, what=(equations, symbol))


def _smooth(expression: Any) -> Any:
    """Away from kinks: no impulse."""
    return expression.replace(sp.DiracDelta, lambda *args: sp.S.Zero)


def test_hessian_of_a_function_as_sympy_writes_it() -> None:
    loss = sp.exp(x * y) * sp.sin(z) + x**3 / y + sp.log(x**2 + z**2)
    wrt = [x, y, z]
    jvp = sb.jvp(loss, wrt)
    vector = list(sp.symbols("v_x v_y v_z", real=True))
    expected = sp.hessian(loss, wrt) * sp.Matrix(vector)
    derivation = sb.derive(jvp.equations, wrt)
    values = dict(zip([*wrt, *vector], [R(1, 3), R(5, 7), R(2, 9), R(3, 4), R(-1, 6), R(4, 5)], strict=True))
    for symbol, entry in zip(wrt, expected, strict=True):
        check_close(evaluated(derivation.expand(symbol), values), evaluated(entry, values), 30)


def test_hessian_times_a_matrix() -> None:
    """Of a matrix model: the gradient's own derivative along the direction, by a complex step of the gradient."""
    model = ZOO["autoencoder"]()
    jvp, backward = sb.jvp(model.equations, model.wrt), sb.derive(model.equations, model.wrt)
    again = sb.derive(jvp.equations, model.wrt)
    values, directions = model.values(seed=3), direction_of(jvp, 4)
    by_name = {symbol.name: value for symbol, value in directions.items()}
    ahead = {s: values[s] + 1j * STEP * by_name[f"v_{s.name}"] for s in model.wrt}
    expected = arrays_of(backward.graph, list(backward.gradient_nodes.values()), {**values, **ahead})
    for found, array in zip(numbers_of(again, values | directions)[1].values(), expected, strict=True):
        np.testing.assert_allclose(found, array.imag / STEP, rtol=1e-9, atol=1e-12)


def test_a_direction_of_numbers_expressions_and_matrices() -> None:
    assert sb.jvp(x**2 * y, {x: 1}).expand() == 2 * x * y
    assert sb.jvp(x**2 * y, {x: 0.5, y: z}).expand() == sp.Float(1.0) * x * y + x**2 * z
    assert sb.jvp(x**2 * y, {x: np.int64(3)}).expand() == 6 * x * y
    assert sb.jvp(x**2 * y, {x: np.float32(3)}).expand() == 6.0 * x * y
    assert sb.jvp(x**2 * y, {x: x}).expand() == 2 * x**2 * y  # the direction of the point itself
    product = sb.jvp(A * w, {w: sp.Matrix([1, 0, 2])}).compile()
    matrix, column = np.arange(9.0).reshape(3, 3), np.array([[1.0], [2.0], [4.0]])
    np.testing.assert_array_equal(product(w=column, A=matrix)[1].ravel(), matrix @ [1, 0, 2])
    own = sb.jvp(A * w, {w: A * w, A: 2 * A}).compile()
    found = np.ravel(own(w=column, A=matrix)[1])
    np.testing.assert_allclose(found, np.ravel(matrix @ matrix @ column + 2 * matrix @ column))


def test_a_direction_that_leads_nowhere_is_zero() -> None:
    assert sb.jvp(sp.floor(x) * y, {x: 1}).tangent == 0
    assert sb.jvp(A * w, {w: sp.ZeroMatrix(3, 1)}).expand() == sp.ZeroMatrix(3, 1)
    chosen = sp.Piecewise((y, x > 0), (y**2, True))
    assert sb.jvp(chosen, {x: 1}).tangent == 0


def test_names_of_a_direction_clash_with_nothing() -> None:
    t, t0, t1, v_x, big = sp.symbols("t t0 t1 v_x L", real=True)
    loss = sp.sin(t * t0) * t1 + v_x * x * big + sp.cos(t * t0)
    for made in (sb.jvp(loss), sb.jvp(loss, [x, t])):
        names = [symbol.name for symbol in made.derivation.graph.symbols]
        defined = [line.symbol.name for line in made.derivation.definitions]
        assert len({*names, *defined}) == len(names) + len(defined)
    values = {symbol.name: 0.1 * place for place, symbol in enumerate((t, t0, t1, v_x, big, x), 3)}
    value, tangent = sb.jvp(loss, {x: 2, t: 1}).compile()(**values)
    point = {symbol: values[symbol.name] for symbol in loss.free_symbols}
    assert value == pytest.approx(float(loss.subs(point)))
    assert tangent == pytest.approx(float((2 * sp.diff(loss, x) + sp.diff(loss, t)).subs(point)))


def expanded(jvp: sb.Jvp, expression: Any) -> Any:
    """Without any named quantity, tangent or shared part."""
    lines = {line.symbol: jvp.derivation.sympy(line.node) for line in jvp.derivation.definitions}
    while expression.free_symbols & set(lines):
        expression = expression.xreplace(lines)
    return expression


def test_quantities_along_a_direction() -> None:
    e, f = sp.symbols("e f", real=True)
    jvp = sb.jvp([(e, x * y), (f, sp.sin(e)), (L, f * e)], {x: 1})
    assert (jvp.value, jvp.tangent_of(e)) == (L, y)
    assert sp.simplify(expanded(jvp, jvp.tangent_of("f")) - y * sp.cos(x * y)) == 0
    assert sp.simplify(jvp.expand() - sp.diff(sp.sin(x * y) * x * y, x)) == 0
    assert str(jvp.equations[-1][0]) == "dL_dt"
    assert "The direction" in repr(jvp)
    assert r"\frac{\partial L}{\partial t}" in jvp._repr_latex_()


e = sp.Symbol("e", real=True)

REFUSED: dict[str, tuple[Callable[[], Any], type[SymbackpropError], str]] = {
    "shape": (
        lambda: sb.jvp(A * w, {w: A}),
        ShapeError,
        "the tangent of w is 3 x 3, it must have the symbol's shape, 3 x 1",
    ),
    "number for a matrix": (lambda: sb.jvp(A * w, {w: 1}), ShapeError, "the tangent of w is 1 x 1, it must have"),
    "matrix for a number": (lambda: sb.jvp(x * y, {x: w}), ShapeError, "the tangent of x is 3 x 1, it must have"),
    "empty": (lambda: sb.jvp(x * y, {}), ParameterError, "along is empty: name at least one symbol"),
    "empty list": (lambda: sb.jvp(x * y, []), ParameterError, "along is empty"),
    "text": (lambda: sb.jvp(x * y, {x: "1/0"}), UnsupportedError, "the tangent of x is str, it must be a SymPy"),
    "text for a symbol": (
        lambda: sb.jvp(x * y, {"x": 1}),
        ParameterError,
        "along holds str 'x': pass the symbol itself",
    ),
    "text for all": (lambda: sb.jvp(x * y, "x"), ParameterError, "along must be a list of SymPy symbols, got str"),
    "text to derive": (lambda: sb.jvp("x*y", {x: 1}), UnsupportedError, "cannot derive str 'x\\*y'"),
    "a truth": (lambda: sb.jvp(x * y, {x: True}), UnsupportedError, "the tangent of x is bool"),
    "a list": (lambda: sb.jvp(A * w, {w: [1, 2, 3]}), UnsupportedError, "the tangent of w is list"),
    "a quantity": (
        lambda: sb.jvp([(e, x), (L, e * y)], {x: e}),
        ParameterError,
        "mentions e, which an equation defines",
    ),
    "along a quantity": (lambda: sb.jvp([(e, x), (L, e * y)], {e: 1}), ParameterError, "e is defined by an equation"),
    "nothing to vary": (lambda: sb.jvp(sp.Integer(3)), ParameterError, "there is nothing to differentiate by"),
    "a size": (
        lambda: sb.jvp(sb.Total(sp.MatrixSymbol("M", n, n)) * n, {n: 1}),
        ParameterError,
        "n is a size of a matrix",
    ),
    "twice": (lambda: sb.jvp(x * y, [x, x]), ParameterError, "along names a symbol twice"),
    "a chain of matrices": (
        lambda: sb.jvp([(w, A * B * sp.OneMatrix(2, 1)), (L, sb.Total(w))]).derivation.tangent_chain(w, "t"),
        UnsupportedError,
        "steps between scalars only",
    ),
    "matrices": (lambda: sb.derive(sb.Total(A * w), method="forward"), UnsupportedError, "wrt holds a matrix"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_refused_in_one_line(name: str) -> None:
    use, kind, message = REFUSED[name]
    with pytest.raises(kind, match=message) as caught:
        use()
    assert "\n" not in str(caught.value)


def test_no_text_reaches_an_evaluator(monkeypatch: pytest.MonkeyPatch) -> None:
    """Wherever a direction or a quantity is asked for, text is a name or refused."""
    text = "__import__('os').abort()"
    jvp = sb.jvp(x * y, {x: 1})
    for use in (
        lambda: sb.jvp(x * y, {x: text}),
        lambda: sb.jvp(x * y, {text: 1}),
        lambda: sb.jvp(x * y, text),
        lambda: sb.jvp(text),
        lambda: sb.jvp([(L, text)], {x: 1}),
        lambda: jvp.tangent_of(text),
        lambda: sb.derive(x * y, method="forward").tangent(text, x),
        lambda: sb.derive(x * y, method="forward").tangent(L, text),
    ):
        with pytest.raises(SymbackpropError) as caught:
            use()
        assert "\n" not in str(caught.value)


def test_a_batch_along_a_direction() -> None:
    """The mean over the samples of the value and of its derivative; what varies has one value for all."""
    M, v = sp.MatrixSymbol("M", 2, 3), sp.MatrixSymbol("v", 3, 1)
    for what in (sb.Total(entrywise(sp.sin(ENTRY), M * v)), entrywise(sp.sin(ENTRY), M * v)):
        jvp = sb.jvp(what, [v])
        random = np.random.default_rng(1)
        many, column, direction = random.normal(size=(5, 2, 3)), random.normal(size=(3, 1)), random.normal(size=(3, 1))
        value, found = jvp.derivation.compile(batch=[M])(M=many, v=column, v_v=direction)
        each = [jvp.compile()(M=one, v=column, v_v=direction) for one in many]
        np.testing.assert_allclose(value, np.mean([one for one, _ in each], axis=0), rtol=1e-12)
        np.testing.assert_allclose(found["t"], np.mean([one for _, one in each], axis=0), rtol=1e-12)
        columns = random.normal(size=(5, 3))
        values, tangents = jvp.compile(batch=[M, v])(M=many, v=columns, v_v=direction)  # of each sample its own
        for place, one in enumerate(many):
            first, second = jvp.compile()(M=one, v=columns[place], v_v=direction.ravel())
            np.testing.assert_allclose(values[place], np.squeeze(first), rtol=1e-12)
            np.testing.assert_allclose(tangents[place], np.squeeze(second), rtol=1e-12)


def test_compiled_directions_of_networks() -> None:
    """Of one sample: every parameter an argument, and so is its tangent."""
    for form in ("scalar", "matrix"):
        network = sb.Network([2, 3, 1], form=form)
        jvp, backward = sb.jvp(network), sb.derive(network.equations, network.parameters)
        values = random_values([*network.parameters, *network.inputs, *network.targets], 3)
        directions = direction_of(jvp, 4)
        loss, gradients = numbers_of(backward, values)
        by_name = {symbol.name: value for symbol, value in directions.items()}
        expected = sum((gradients[s] * by_name[f"v_{s.name}"]).sum() for s in network.parameters)
        named = {s.name: v if s.is_Matrix else v.item() for s, v in (values | directions).items()}
        value, tangent = jvp.compile()(**named)
        assert (value, tangent) == (pytest.approx(loss, rel=1e-12), pytest.approx(expected, rel=1e-12))


def test_a_direction_of_what_the_quantity_does_not_contain() -> None:
    assert sb.jvp(x * y, {z: 1}).expand() == 0
    assert sb.jvp(x * y, {x: 1, z: 5}).expand() == y
