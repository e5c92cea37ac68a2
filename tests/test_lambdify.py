"""`lambdify`, `value_and_grad` and `value_grad_hess`: against SymPy at 40 digits, its own lambdify, and JAX."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import sympy as sp

import symbackprop as sb

x, y, z, a, b = sp.symbols("x y z a b", real=True)
t = sp.Symbol("t")
q = sp.Function("q")
POINT = {x: sp.Rational(3, 7), y: sp.Rational(-5, 3), z: sp.Rational(2, 9), a: sp.Rational(11, 8), b: sp.Rational(1, 6)}
FLOATS = {symbol: float(value) for symbol, value in POINT.items()}
A, c = sp.MatrixSymbol("A", 2, 3), sp.MatrixSymbol("c", 3, 1)
SHARED = sp.exp(sp.sin(x * y) + z)
SAMPLES = np.linspace(-1, 1, 5)


def exactly(expression: Any) -> Any:
    """The value at the point, of 40 digits, as a float or an array of them."""
    if isinstance(expression, sp.MatrixBase):
        if 0 in expression.shape:
            return np.zeros(expression.shape)
        return np.array([[float(sp.N(one.subs(POINT), 40)) for one in row] for row in expression.tolist()])
    return float(sp.N(sp.S(expression).subs(POINT), 40))


def same(found: Any, wanted: Any) -> None:
    """Of one structure, type by type, and equal."""
    if isinstance(wanted, dict):
        assert list(found) == list(wanted)
        found, wanted = list(found.values()), list(wanted.values())
    if isinstance(wanted, list | tuple):
        assert (type(found), len(found)) == (type(wanted), len(wanted))
        for one, other in zip(found, wanted, strict=True):
            same(one, other)
    else:
        assert np.shape(found) == np.shape(wanted)
        np.testing.assert_allclose(found, wanted, rtol=1e-13, atol=1e-15)


def structured(exprs: Any) -> Any:
    """What should be returned for `exprs`, by SymPy."""
    if isinstance(exprs, dict):
        return {key: structured(value) for key, value in exprs.items()}
    if isinstance(exprs, list | tuple):
        return type(exprs)(structured(one) for one in exprs)
    return exactly(exprs)


STRUCTURES: dict[str, Any] = {
    "one": SHARED / (1 + a**2),
    "a number": 3,
    "a list": [SHARED, x * SHARED, b],
    "a tuple": (SHARED, sp.Integer(2), sp.pi),
    "nested": [x, [SHARED, (y, [z])], []],
    "a dict": {"first": x * y, "second": [x + y, 1]},
    "a matrix": sp.Matrix([[SHARED, 0], [1, x + y]]),
    "matrices": [sp.eye(3), sp.Matrix([x, y]), sp.Matrix([[x, 2]]), sp.zeros(2, 2)],
    "zeros alone": sp.zeros(2, 3),
    "an empty matrix": [sp.zeros(0, 3), x],
    "a sparse one": sp.SparseMatrix(3, 3, {(0, 1): x, (2, 2): 5}),
    "choices": [sp.Piecewise((x, x > y), (1, True)), sp.Piecewise((2, x < y), (z, x > 0))],
    "the same twice": [x * y, x * y, sp.Matrix([x * y])],
}


@pytest.mark.parametrize("name", STRUCTURES)
def test_results_have_the_structure_of_what_is_asked_for(name: str) -> None:
    exprs = STRUCTURES[name]
    function = sb.lambdify([x, y, z, a, b], exprs)
    same(function(*FLOATS.values()), structured(exprs))
    same(function(b=FLOATS[b], a=FLOATS[a], **{str(one): FLOATS[one] for one in (x, y, z)}), structured(exprs))


@pytest.mark.parametrize("name", STRUCTURES)
def test_entries_that_are_constant_have_the_shape_of_the_others(name: str) -> None:
    exprs = STRUCTURES[name]
    function = sb.lambdify([x, y, z, a, b], exprs)
    found = function(FLOATS[x], np.full((4, 1), FLOATS[y]), *(FLOATS[one] for one in (z, a)), np.full(3, FLOATS[b]))

    def broadcast(wanted: Any) -> Any:
        if isinstance(wanted, dict):
            return {key: broadcast(one) for key, one in wanted.items()}
        if isinstance(wanted, list | tuple):
            return type(wanted)(map(broadcast, wanted))
        return np.broadcast_to(wanted, (4, 3, *np.shape(wanted)))

    same(found, broadcast(structured(exprs)))


ARGUMENTS: dict[str, tuple[Any, tuple[Any, ...]]] = {
    "flat": ([x, y, z], (1.5, 2.0, 0.25)),
    "one list": ([[x, y, z]], ([1.5, 2.0, 0.25],)),
    "one array": ([[x, y, z]], (np.array([1.5, 2.0, 0.25]),)),
    "a list and a symbol": ([[x, y], z], ([1.5, 2.0], 0.25)),
    "lists of arrays": ([[x, y], z], ([np.array([1.5, 1.0]), np.array([2.0, 1.0])], 0.25)),
    "an array of columns": ([[x, y], z], (np.array([[1.5, 1.0], [2.0, 1.0]]), np.array([0.25, 1.0]))),
    "parts that differ in shape": ([[x, y], z], ([np.ones(3), 2.0], 0.25)),
    "deeper": ([[x, [y, (z,)]]], ([1.5, [2.0, [0.25]]],)),
    "tuples": ((x, (y, z)), (1.5, (2.0, 0.25))),
    "a column": ([sp.Matrix([x, y]), z], ([1.5, 2.0], 0.25)),
    "a row": ([sp.Matrix([[x, y, z]])], ([1.5, 2.0, 0.25],)),
    "by a matrix": (sp.Matrix([x, y, z]), (1.5, 2.0, 0.25)),
    "integers": ([x, y, z], (1, 2, 3)),
    "integer arrays": ([x, y, z], (np.arange(3), 2, 3)),
}


@pytest.mark.parametrize("name", ARGUMENTS)
def test_arguments_are_those_of_sympy(name: str) -> None:
    args, values = ARGUMENTS[name]
    exprs = [x * y + z, sp.sin(x) / (2 + y), x - z]
    wanted = sp.lambdify(args, exprs)(*values)
    for found, one in zip(sb.lambdify(args, exprs)(*values), wanted, strict=True):
        np.testing.assert_allclose(found, np.broadcast_to(np.asarray(one, float), np.shape(found)), rtol=1e-14)


def test_arrays_of_expressions() -> None:
    same(sb.lambdify([x, y], sp.Array([[[x, 1], [y, 0]]]))(2.0, 3.0), np.array([[[2.0, 1.0], [3.0, 0.0]]]))
    found = sb.lambdify([x, y], np.array([x, 1, y], dtype=object))(2.0, SAMPLES)
    same(found, np.stack([np.full(5, 2.0), np.ones(5), SAMPLES], axis=1))
    same(sb.lambdify([x, y], sp.Tuple(x, y))(2.0, 3.0), (2.0, 3.0))


@pytest.mark.parametrize("form", ["scalar", "matrix"])
def test_a_network_is_an_expression(form: str) -> None:
    net = sb.Network([2, 3, 1], hidden="tanh", output="sigmoid", loss="bce", form=form)
    data = [*net.inputs, *net.targets]
    compiled = sb.derive(net).compile()
    params = sb.derive(net).module().init(0)
    rows, targets = np.random.default_rng(2).normal(size=(5, 2)), np.array([[0.0], [1.0], [1.0], [0.0], [1.0]])
    columns = [rows, targets] if form == "matrix" else [*rows.T, *targets.T]
    numbers = (
        params
        if form == "matrix"
        else {
            f"{name[0].lower()}{name[1:]}_" + "_".join(str(one + 1) for one in index): float(value[index])
            for name, value in params.items()
            for index in np.ndindex(value.shape)
        }
    )
    given = [numbers[symbol.name] for symbol in net.parameters]
    losses = sb.lambdify([list(net.parameters), data], net.loss, batch=data)(given, columns)
    assert losses.shape == (5,)
    assert losses.mean() == pytest.approx(compiled(params, rows, targets)[0], rel=1e-12)


def test_a_symbol_by_itself() -> None:
    assert sb.lambdify(x, x**2)(3) == 9.0
    assert sb.lambdify([], 3)() == 3.0
    assert sb.lambdify([[x, y]], x - y)(sp.Matrix([3, 1])) == 2.0
    np.testing.assert_array_equal(sb.lambdify(A, A.T * A)(np.ones((2, 3))), np.full((3, 3), 2.0))


def test_matrices_of_symbols_have_their_shape_last() -> None:
    square = sp.Matrix([[x, y], [z, a]])
    function = sb.lambdify([square, b], [square.det() + b, square.T])
    many = np.random.default_rng(3).normal(size=(5, 2, 2))
    determinants, turned = function(many, 1.0)
    np.testing.assert_allclose(determinants, np.linalg.det(many) + 1, rtol=1e-12)
    np.testing.assert_array_equal(turned, many.swapaxes(1, 2))
    same(function(many[0].ravel(), 1.0), [float(np.linalg.det(many[0]) + 1), many[0].T])
    same(function(many[0].tolist(), 1.0), [float(np.linalg.det(many[0]) + 1), many[0].T])


MATRIX_OUTPUTS = [A * c, sp.Trace(A * A.T) * x, c.T * c, sb.softmax(c), A[1, 2] + x, sp.eye(2) * x, A, x, 1]


def numpys(A: Any, c: Any, x: Any) -> list[Any]:
    """The same in NumPy, by hand."""
    exponentials = np.exp(c - c.max())
    return [
        A @ c,
        np.trace(A @ A.T) * x,
        c.T @ c,
        exponentials / exponentials.sum(),
        A[1, 2] + x,
        np.eye(2) * x,
        A,
        x,
        1.0,
    ]


def test_matrix_expressions() -> None:
    random = np.random.default_rng(5)
    some, column = random.normal(size=(2, 3)), random.normal(size=(3, 1))
    function = sb.lambdify([A, c, x], MATRIX_OUTPUTS)
    same(function(some, column, 0.5), numpys(some, column, 0.5))
    same(function(some, column[:, 0], 0.5), numpys(some, column, 0.5))
    same(function(some, c=column, x=0.5), numpys(some, column, 0.5))
    changed = function(some, column, 0.5)
    changed[6][:] = 0
    assert some.any()  # results share no memory with arguments


@pytest.mark.parametrize("batch", [["c"], [c, x], ["A", "c", "x"], "x", A], ids=str)
def test_samples_stand_in_front(batch: Any) -> None:
    random = np.random.default_rng(7)
    names = [getattr(one, "name", one) for one in ([batch] if isinstance(batch, str | sp.Basic) else batch)]
    given: dict[str, Any] = {"A": random.normal(size=(4, 2, 3)), "c": random.normal(size=(4, 3, 1)), "x": SAMPLES[:4]}
    of = [{name: value[k if name in names else 0] for name, value in given.items()} for k in range(4)]
    passed = {name: value if name in names else value[0] for name, value in given.items()}
    found = sb.lambdify([A, c, x], MATRIX_OUTPUTS, batch=batch)(**passed)
    wanted = [np.stack(rows) for rows in zip(*(numpys(**one) for one in of), strict=True)]
    same(found, wanted)


def test_samples_of_lists() -> None:
    function = sb.lambdify([[x, y], z], [x + 2 * y + z, sp.Matrix([x, 1])], batch=[x, y])
    rows = np.array([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]])
    same(function(rows, 0.5), [rows @ [1, 2] + 0.5, np.stack([rows[:, :1], np.ones((3, 1))], axis=1)])
    same(function([rows[:, 0], rows[:, 1]], 0.5), function(rows, 0.5))
    mixed = sb.lambdify([[x, y]], x + y, batch=[x])
    same(mixed([SAMPLES, 2.0]), SAMPLES + 2)


def test_float32_stays_what_it_is() -> None:
    assert sb.lambdify([x, y], sp.sin(x) * y)(np.ones(3, np.float32), 2.0).dtype == np.float32
    assert sb.lambdify([A, x], A * x)(np.ones((2, 3), np.float32), 2.0).dtype == np.float32


def test_what_expressions_share_is_computed_once() -> None:
    function = sb.lambdify([x, y, z, a], [sp.sin(x + y + z), (x + y + a) ** 2, sp.sin(x + y + z) * a])
    assert function.operations.total() == 6  # x + y, + z, sin, + a, square, product
    assert function.source.count("np.sin(") == 1
    assert sb.lambdify([x, y], [x * y, sp.sin(x * y), sp.exp(sp.sin(x * y))]).operations.total() == 3
    assert sb.lambdify([x], sp.log(1 + sp.exp(x)))(800.0) == 800.0
    with np.errstate(over="ignore"):
        assert sb.lambdify([x], sp.log(1 + sp.exp(x)), stable=False)(800.0) == np.inf


# --- derivatives ---


def test_derivatives_stand_among_other_results() -> None:
    outputs = sp.Matrix([x * y * a, sp.exp(x * y) + a])
    function = sb.lambdify([[x, y], a], [outputs, sb.jacobian(outputs, [x, y]), sb.hessian(outputs[1], [x, y])])
    exact = [outputs, outputs.jacobian([x, y]), sp.hessian(outputs[1], [x, y])]
    same(function([FLOATS[x], FLOATS[y]], FLOATS[a]), structured(exact))
    assert function.source.count("np.exp(") == 1
    by_one = sb.lambdify([x, y, a], [sb.jacobian(outputs, [x]), sb.jacobian([outputs[1]], [y, a]), outputs])
    exact = [outputs.jacobian([x]), sp.Matrix([outputs[1]]).jacobian([y, a]), outputs]
    same(by_one(*(FLOATS[one] for one in (x, y, a))), structured(exact))
    assert by_one.operations.total() == 7  # x y, x y a, exp, + a; y a, y exp, x exp
    named = sb.jacobian([(z, x * y), (b, sp.sin(z))], [x, y])
    same(sb.lambdify([x, y], [named])(0.5, 2.0), [np.array([[2.0, 0.5], [2 * np.cos(1.0), 0.5 * np.cos(1.0)]])])
    same(sb.lambdify([x, y], sb.jacobian([x, 1], [y]))(SAMPLES, 1.0), np.zeros((5, 2, 1)))
    derived = sb.derive(outputs[1], [x, y])
    same(
        sb.lambdify([x, y, a], [derived.loss, derived.gradients])(*(FLOATS[one] for one in (x, y, a))),
        [exactly(outputs[1]), {one: exactly(outputs[1].diff(one)) for one in (x, y)}],
    )


def test_equations_are_outputs_and_pairs_of_arguments_are_pairs() -> None:
    same(sb.lambdify([x, y], [(z, x * y), (a, sp.sin(z))])(0.5, 2.0), [1.0, float(np.sin(1.0))])
    same(sb.lambdify([x, y], [(x, x * y), (y, sp.sin(x))])(0.5, 2.0), [(0.5, 1.0), (2.0, float(np.sin(0.5)))])


LOSS = sp.exp(x * y) * a + sp.sin(x) * b**2


def test_value_gradient_and_hessian() -> None:
    function = sb.value_grad_hess([[x, y], a, b], LOSS, [x, y])
    value, gradient, hessian = function([FLOATS[x], FLOATS[y]], FLOATS[a], FLOATS[b])
    same(value, exactly(LOSS))
    same(gradient, exactly(sp.Matrix([LOSS.diff(x), LOSS.diff(y)]))[:, 0])
    same(hessian, exactly(sp.hessian(LOSS, [x, y])))
    many = function([SAMPLES, SAMPLES[:, None]], 1.0, np.ones((3, 1, 1)))
    assert [np.shape(part) for part in many] == [(3, 5, 5), (3, 5, 5, 2), (3, 5, 5, 2, 2)]
    one = function([SAMPLES[3], SAMPLES[1]], 1.0, 1.0)
    same([part[2, 1, 3] for part in many], [*map(np.asarray, one)])
    constant = sb.value_grad_hess([x, y], sp.Integer(2), [x, y])(SAMPLES, 1.0)
    same(list(constant), [np.full(5, 2.0), np.zeros((5, 2)), np.zeros((5, 2, 2))])


def test_a_batch_is_a_mean_as_jax_has_it() -> None:
    jax = pytest.importorskip("jax")
    jnp = jax.numpy
    s, w1, w2 = sp.symbols("s w1 w2")
    weights = sp.Matrix([w1, w2, s])
    data, target = sp.MatrixSymbol("d", 2, 1), sp.Symbol("target")
    loss = sb.softplus(sp.tanh(w1 * data[0, 0] + w2 * data[1, 0]) * s - target) ** 2

    def of_jax(weights: Any, rows: Any, targets: Any) -> Any:
        inner = jnp.tanh(rows @ weights[:2]) * weights[2] - targets
        return jnp.mean(jax.nn.softplus(inner) ** 2)

    random = np.random.default_rng(11)
    rows, targets, start = random.normal(size=(6, 2)), random.normal(size=6), random.normal(size=3)
    with jax.enable_x64(True):
        wanted = [float(of_jax(start, rows, targets))]
        wanted += [np.asarray(kind(of_jax)(start, rows, targets)) for kind in (jax.grad, jax.hessian)]
    second = sb.value_grad_hess([weights, data, target], loss, weights, batch=["d", target])
    for found, one in zip(second(start, rows, targets), wanted, strict=True):
        np.testing.assert_allclose(found, one, rtol=1e-11, atol=1e-14)
    first = sb.value_and_grad([list(weights), data, target], loss, list(weights), batch=["d", target])
    for found, one in zip(first(start, rows, targets), wanted[:2], strict=True):
        np.testing.assert_allclose(found, one, rtol=1e-11, atol=1e-14)


def test_value_and_grad_takes_what_the_loss_does_not_contain() -> None:
    value, gradient = sb.value_and_grad([x, y], x**2, [x])(SAMPLES, np.ones((2, 1)))
    same([value, gradient], [np.stack([SAMPLES**2] * 2), np.stack([2 * SAMPLES] * 2)[None]])
    same(sb.value_and_grad([x, y], x**2, [x])(3.0, y=1.0)[0], 9.0)
    column = sp.Matrix([x, y])
    by_column = sb.value_and_grad([column], x**2 * y, column)
    same(list(by_column([2.0, 3.0])), [12.0, np.array([12.0, 4.0])])
    assert by_column.operations.total() == 4  # x**2, its product with y, x y, and twice that
    assert "def evaluate(x, y):" in by_column.source


def test_jacobians_with_matrices_as_data() -> None:
    found = sb.jacobian([sp.Trace(A.T * A) * x, y * x], [x, y])
    matrix = np.arange(6.0).reshape(2, 3)
    np.testing.assert_array_equal(found.compile()(2.0, 3.0, matrix), [[55.0, 0.0], [3.0, 2.0]])
    by_entries = sb.jacobian([sp.Trace(A.T * A) * x], [A]).compile()(matrix, 2.0)
    np.testing.assert_array_equal(by_entries, [4 * matrix.ravel()])


WAYS = {
    "Jacobian": (lambda: sb.jacobian([3, a * x, x * y, y**2], [x, y]), [(4,), (4, 2)]),
    "Jacobian of numbers": (lambda: sb.jacobian([3, sp.pi], [x, y]), [(2,), (2, 2)]),
    "Hessian": (lambda: sb.hessian(x * y + a, [x, y]), [(), (2,), (2, 2)]),
    "Hessian of a number": (lambda: sb.hessian(sp.Integer(3), [x, y]), [(), (2,), (2, 2)]),
    "third order": (lambda: sb.derivatives(x**3 * y + a, [x, y], 3), [(), (2,), (2, 2), (2, 2, 2)]),
}
POINTS = {
    "one point": (2.0, 3.0, 5.0),
    "along the first": (SAMPLES, 3.0, 5.0),
    "along what is not differentiated by": (2.0, 3.0, SAMPLES),
    "crossed": (SAMPLES, SAMPLES[:3, None], 5.0),
    "three axes": (SAMPLES, SAMPLES[:3, None], np.ones((2, 1, 1))),
    "one entry": (np.array([2.0]), 3.0, np.array([[5.0]])),
    "none": (np.zeros((0,)), 3.0, 5.0),
}


@pytest.mark.parametrize("points", POINTS)
@pytest.mark.parametrize("way", WAYS)
def test_the_axes_of_points_stand_in_front_of_those_of_derivatives(way: str, points: str) -> None:
    made, shapes = WAYS[way]
    function = made().compile(values=True)
    given = dict(zip("xya", POINTS[points], strict=True))
    given = {name: given[name] for name in function.arguments}
    front = np.broadcast_shapes(*map(np.shape, given.values()))
    found = function(**given)
    assert [np.shape(part) for part in found] == [(*front, *shape) for shape in shapes]
    spread = {name: np.broadcast_to(value, front) for name, value in given.items()}
    for index in np.ndindex(front):
        for part, one in zip(found, function(**{name: value[index] for name, value in spread.items()}), strict=True):
            np.testing.assert_allclose(part[index] if front else part, one, rtol=1e-15)


# --- questions that people have asked ---


def test_constants_in_arrays() -> None:
    """SymPy #5642 and many since: `lambdify(x, [1, x])` of an array is ragged, and of a Matrix fails."""
    vector = sp.Matrix([1, x, x**2])
    same(sb.lambdify(x, vector)(SAMPLES), np.stack([np.ones(5), SAMPLES, SAMPLES**2], axis=1)[:, :, None])
    same(sb.lambdify(x, sp.diff(2 * x, x))(SAMPLES), np.full(5, 2.0))


def test_choices_that_are_not_defined_everywhere() -> None:
    function = sb.lambdify(x, [sp.Piecewise((0, x <= 0), (sp.log(x), True)), sp.Piecewise((x, x > 0))])
    with np.errstate(all="raise"):
        found = function(np.array([-1.0, 2.0]))
    same(found, [np.array([0.0, np.log(2.0)]), np.array([np.nan, 2.0])])


def test_rotations_of_many_angles() -> None:
    turn = sp.Matrix([[sp.cos(t), -sp.sin(t), 0], [sp.sin(t), sp.cos(t), 0], [0, 0, 1]])
    angles = np.linspace(0, 3, 7)
    found = sb.lambdify(t, turn)(angles)
    assert found.shape == (7, 3, 3)
    np.testing.assert_allclose(found @ found.swapaxes(1, 2), np.broadcast_to(np.eye(3), (7, 3, 3)), atol=1e-15)


def test_a_gradient_at_a_point() -> None:
    """The right values stand in a collection of public cases: [-3, 0, 1] at the origin."""
    parameters = sp.symbols("p1:4")
    objective = sum((one - sp.exp(v)) ** 2 for one, v in zip(parameters, (x, y, z), strict=True)) / 2
    exact = [
        float(objective.diff(v).subs({x: 0, y: 0, z: 0, **dict(zip(parameters, (1, 2, 3), strict=True))}))
        for v in (x, y, z)
    ]
    _, gradient = sb.value_and_grad([[x, y, z], parameters], objective, [x, y, z])([0.0, 0.0, 0.0], [1.0, 2.0, 3.0])
    np.testing.assert_allclose(gradient, exact, atol=1e-15)


# --- refusals ---

PLANE = sb.lambdify([[x, y], z, sp.Matrix([a, b])], x * y + z * a * b)
MIXED = sb.lambdify([A, c, x], A * c * x)

CALLS: dict[str, tuple[Callable[[], Any], str]] = {
    "too few": (lambda: PLANE([1, 2], 3), r"takes \[x, y\], z, Matrix of a, b: got no value for Matrix of a, b"),
    "none": (PLANE, r"got no value for \[x, y\], z, Matrix of a, b"),
    "too many": (lambda: PLANE([1, 2], 3, [4, 5], 6), "got 4 values by position, 1 too many"),
    "unknown": (lambda: PLANE([1, 2], w=3), "got w by name, which is none of them"),
    "a name in a list": (lambda: PLANE(x=1, y=2, z=3), "got x by name, which is none of them"),
    "twice": (lambda: PLANE([1, 2], 3, z=3), "got z twice, by position and by name"),
    "a short list": (lambda: PLANE([1], 3, [4, 5]), r"args\[0\], \[x, y\], takes 2 values, got 1"),
    "a long array": (
        lambda: PLANE(np.ones(3), 3, [4, 5]),
        r"args\[0\], \[x, y\], has shape \(3,\), expected \(2, ...\)",
    ),
    "a number for a list": (lambda: PLANE(1.0, 3, [4, 5]), r"args\[0\], \[x, y\], has shape \(\), expected \(2, ...\)"),
    "another matrix": (lambda: PLANE([1, 2], 3, np.ones((2, 2))), r"args\[2\], Matrix of a, b, has shape \(2, 2\)"),
    "text": (lambda: PLANE(["1", 2], 3, [4, 5]), "x must be a real number"),
    "shapes apart": (
        lambda: PLANE([np.ones(2), 1], np.ones(3), [4, 5]),
        r"z has shape \(3,\) and x \(2,\): arguments have one shape, or broadcast",
    ),
    "deep inside": (
        lambda: sb.lambdify([x, [y, [z, a]]], x + y + z + a)(1, [2, [3]]),
        r"args\[1\]\[1\], \[z, a\], takes 2 values, got 1",
    ),
    "a matrix of another shape": (
        lambda: MIXED(np.ones((3, 3)), np.ones(3), 1),
        r"A has shape \(3, 3\), expected \(2, 3\)",
    ),
    "an array for a number": (
        lambda: MIXED(np.ones((2, 3)), np.ones(3), np.ones(2)),
        r"x has shape \(2,\), expected \(\)",
    ),
    "samples apart": (
        lambda: sb.lambdify([x, y], x * y, batch=[x, y])(np.ones(2), np.ones(3)),
        r"y has shape \(3,\), expected \(samples,\) with samples = 2",
    ),
    "a flat array": (
        lambda: sb.value_and_grad([[A, x]], sp.Trace(A * A.T) * x, [A, x])(np.ones(6)),
        r"args\[0\], \[A, x\], takes 7 values, got shape \(6,\)",
    ),
    "a Jacobian": (lambda: sb.jacobian([x * y], [x]).compile()(1.0), "takes x, y: got no value for y"),
    "a derivative": (lambda: sb.derive(x * y).compile()(1.0, z=2.0), "takes x, y: got z by name"),
}


@pytest.mark.parametrize("name", CALLS)
def test_calls_that_do_not_fit_name_the_argument(name: str) -> None:
    call, message = CALLS[name]
    with pytest.raises(sb.ParameterError, match=message) as caught:
        call()
    assert "\n" not in str(caught.value)


REFUSED: dict[str, tuple[Callable[[], Any], type[Exception], str]] = {
    "a symbol too few": (lambda: sb.lambdify([x], x * y), sb.ParameterError, "args lacks y, which exprs contains"),
    "another of that name": (
        lambda: sb.lambdify([sp.Symbol("x")], x),
        sb.ParameterError,
        "args has another symbol called x than exprs: their assumptions differ",
    ),
    "twice": (lambda: sb.lambdify([x, [y, x]], x), sb.ParameterError, "args names x twice"),
    "names": (lambda: sb.lambdify("x y", x), sb.ParameterError, "args is str 'x y': pass symbols"),
    "a name inside": (lambda: sb.lambdify([x, ["y"]], x), sb.ParameterError, r"args\[1\]\[0\] is str 'y'"),
    "an expression": (lambda: sb.lambdify([x + 1], x), sb.ParameterError, r"args\[0\] is Add 'x \+ 1'"),
    "a set": (lambda: sb.lambdify({x}, x), sb.ParameterError, "args is set"),
    "text": (lambda: sb.lambdify([x], "__import__('os')"), sb.UnsupportedError, "exprs is str"),
    "text inside": (lambda: sb.lambdify([x], [x, {"k": "x"}]), sb.UnsupportedError, r"exprs\[1\]\[k\] is str"),
    "nothing": (lambda: sb.lambdify([x], []), sb.ParameterError, "exprs is empty"),
    "None": (lambda: sb.lambdify([x], [None]), sb.UnsupportedError, r"exprs\[0\] is NoneType"),
    "a condition": (
        lambda: sb.lambdify([x], x > 0),
        sb.UnsupportedError,
        r"write Piecewise\(\(1, condition\), \(0, True\)\)",
    ),
    "modules": (lambda: sb.lambdify([x], x, "numpy"), sb.UnknownNameError, "modules is an option of sympy.lambdify"),
    "modules by name": (lambda: sb.lambdify([x], x, modules="jax"), sb.UnknownNameError, "compile\\(target='jax'\\)"),
    "cse": (lambda: sb.lambdify([x], x, cse=True), sb.UnknownNameError, "what is used twice is computed once anyway"),
    "another option": (lambda: sb.lambdify([x], x, order=2), sb.UnknownNameError, "lambdify has no option 'order'"),
    "an unknown batch": (lambda: sb.lambdify([x], x, batch=["w"]), sb.UnknownNameError, "unknown batched symbol 'w'"),
    "an empty batch": (lambda: sb.lambdify([x], x, batch=[]), sb.ParameterError, "batch is empty"),
    "a size": (
        lambda: sb.lambdify([t, sp.MatrixSymbol("M", t, t)], t),
        sb.ParameterError,
        "t is a size of a matrix, which its array tells: leave it out of args",
    ),
    "its derivative": (
        lambda: sb.lambdify([x], q(t).diff(t) * x),
        sb.ParameterError,
        r"args lacks Derivative\(q\(t\), t\), which exprs contains",
    ),
    "a derivation": (lambda: sb.lambdify([x], sb.derive(x**2)), sb.UnsupportedError, r"pass d.gradients, a dict"),
    "derivatives of several orders": (
        lambda: sb.lambdify([x], sb.derivatives(x**3, [x], 3)),
        sb.UnsupportedError,
        r"pass single ones, d.entry\(x, x, y\)",
    ),
    "several losses": (
        lambda: sb.value_and_grad([x, y], [x, y], [x]),
        sb.UnsupportedError,
        r"sb\.value_and_grad takes one output, not a list of 2: .* sb.jacobian and sb.derive take lists",
    ),
    "several values": (
        lambda: sb.value_grad_hess([x, y], sp.Matrix([x, y]), [x]),
        sb.ShapeError,
        "sb.value_grad_hess takes one output, not a 2 x 1 matrix",
    ),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_refused(name: str) -> None:
    call, error, message = REFUSED[name]
    with pytest.raises(error, match=message) as caught:
        call()
    assert "\n" not in str(caught.value)


def test_the_advice_of_refusals_works() -> None:
    rate = q(t).diff(t)
    angle, speed = sp.symbols("q u")
    replaced = (sp.sin(q(t)) * rate**2).subs({rate: speed, q(t): angle})
    same(sb.lambdify([angle, speed], replaced)(0.5, 2.0), float(4 * np.sin(0.5)))
    same(sb.lambdify([x], sp.Piecewise((1, x > 0), (0, True)))(np.array([-1.0, 1.0])), np.array([0.0, 1.0]))
    outputs, wrt = [x * y, x + y], [x, y]
    same(
        sb.lambdify([x, y], [outputs, sb.jacobian(outputs, wrt)])(2.0, 3.0),
        [[6.0, 5.0], np.array([[3.0, 2.0], [1.0, 1.0]])],
    )
    column = sp.Matrix(sp.symbols("c1:4"))
    value, gradient, hessian = sb.value_grad_hess([column], (c.T * c).subs(c, column), column)([1.0, 2.0, 3.0])
    same([value, gradient, hessian], [14.0, np.array([2.0, 4.0, 6.0]), 2 * np.eye(3)])
    third = sb.derivatives(x**3 * y, [x, y], 3)
    same(sb.lambdify([x, y], third.entry(x, x, y))(2.0, 3.0), 12.0)
