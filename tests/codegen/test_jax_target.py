"""JAX modules: what NumPy's give, to the last digits; pure functions under jit, vmap and scan; the sweep as the vjp."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterator
from functools import cache
from types import ModuleType, SimpleNamespace
from typing import Any

import numpy as np
import pytest
import sympy as sp

import symbackprop as sb
from symbackprop import ops
from symbackprop.codegen.batching.node_values import UNARY
from symbackprop.codegen.precedence import Text
from symbackprop.codegen.targets.jax.jax_operations import JAX, SOURCES
from symbackprop.errors import UnsupportedError

from ..example_models import PLACES, example_model
from ..example_models import drawn as drawn_for
from ..operations import OPERATIONS
from ..support import slow_unless
from ..zoo import ZOO
from .network_support import NETS, drawn, network
from .test_model_source import zoo_model
from .test_special_functions import ENTRYWISE, alike

jax = pytest.importorskip("jax")

RELATIVE, ABSOLUTE = 1e-12, 2.3e-308  # what is smaller is flushed to 0
SINGLE = 3e-4


@pytest.fixture(autouse=True)
def doubles() -> Iterator[None]:
    """Floats of 64 bits, for as long as a test takes."""
    with jax.enable_x64(True):
        yield


def assert_alike(found: Any, expected: Any, relative: float = RELATIVE) -> None:
    """Entry by entry; of single floats against the largest of an array, as a sum that cancels has no more digits."""
    expected = np.asarray(expected)
    size = np.abs(expected).max(initial=0.0) if relative == SINGLE else 0.0
    np.testing.assert_allclose(np.asarray(found), expected, rtol=relative, atol=relative * size + ABSOLUTE)


def assert_equal_training(derivation: sb.Derivation, params: Any, X: Any, Y: Any) -> None:
    """The loss, the gradients and the outputs, of both kinds of floats, with the names and shapes of NumPy's."""
    ours, theirs = derivation.module(target="jax"), derivation.module("readable")
    for dtype, relative in ((np.float64, RELATIVE), (np.float32, SINGLE)):
        given = {name: value.astype(dtype) for name, value in params.items()}
        value, grads = ours.loss_and_grad(given, X, Y)
        expected, others = theirs.loss_and_grad(given, X, Y)
        assert value.shape == ()
        assert list(grads) == list(others)
        assert {grad.dtype for grad in (value, *grads.values())} == {np.dtype(dtype)}
        assert_alike(value, expected, relative)
        assert_alike(ours.loss(given, X, Y), expected, relative)
        assert_alike(ours.forward(given, X), theirs.forward(given, X), relative)
        for name, other in others.items():
            assert grads[name].shape == other.shape
            assert_alike(grads[name], other, relative)


@slow_unless(lambda hidden, loss: (hidden, loss) in (("tanh", "bce"), ("relu", "half_sse")))
@pytest.mark.parametrize(("hidden", "loss"), NETS, ids=map("-".join, NETS))
def test_networks_in_both_forms(hidden: str, loss: str) -> None:
    for form in ("scalar", "matrix"):
        net = network(hidden, loss, form)
        assert_equal_training(sb.derive(net), *drawn(net))


@slow_unless(lambda name: name == "rnn")
@pytest.mark.parametrize("name", ZOO)
def test_models_of_matrices(name: str) -> None:
    model = zoo_model(name)
    assert_equal_training(sb.derive(model), *drawn_for(model, seed=3))


@slow_unless(lambda name: name == "curve")
@pytest.mark.parametrize("name", PLACES)
def test_models_of_ones_own(name: str) -> None:
    assert_equal_training(sb.derive(example_model(name)), *drawn_for(example_model(name)))


# --- operations and expressions ---


def test_every_operation_has_jax_source() -> None:
    assert [op.name for op in ops.OPS.values() if not op.leaf and op not in {*SOURCES, *UNARY, ops.MATMUL}] == []


@cache
def carried() -> SimpleNamespace:
    from symbackprop.codegen.targets.jax import carried_functions, carried_gamma_functions  # noqa: PLC0415  # need JAX

    return SimpleNamespace(**vars(carried_functions), **_own(carried_gamma_functions))


def _own(module: ModuleType) -> dict[str, Any]:
    return {name: value for name, value in vars(module).items() if getattr(value, "__module__", "") == module.__name__}


@pytest.mark.parametrize("name", ENTRYWISE)
def test_text_of_an_operation_means_what_sympy_means(name: str) -> None:
    op, row = ops.OPS[name], OPERATIONS[name]
    for points in alike(op, row.points + row.kinks):
        columns = [
            np.array([bool(x) if x.is_Boolean else float(x) for x in column]) for column in zip(*points, strict=True)
        ]
        texts = [Text(f"x{place}") for place in range(len(columns))]
        if JAX.helper_of(op) in ("_polygamma", "_erfc_quotient", "_spherical_jn"):
            texts[0] = Text(str(points[0][0]))
        operands = {f"x{place}": jax.numpy.asarray(column) for place, column in enumerate(columns)}
        names = {**vars(carried()), "jnp": jax.numpy, "jax": jax, "np": np}
        found = np.broadcast_to(eval(SOURCES[op](texts).source, names, operands), len(points))
        for place, point in enumerate(points):
            exact = op.sympy(*(x if x.is_Boolean or x.is_Integer else sp.Float(float(x)) for x in point))
            expected = bool(exact) if exact in (sp.true, sp.false) else float(exact.evalf(30))
            assert found[place] == pytest.approx(expected, rel=RELATIVE, abs=1e-14), f"{name} at {point}"


x, y, z = sp.symbols("x y z", real=True)
FAR = (-800.0, -37.0, -1.5, 0.0, 1e-9, 0.3, 2.0, 40.0, 800.0)
EXPRESSIONS: dict[str, Any] = {
    "softplus": sp.log(1 + sp.exp(x)) + y * x,
    "logsumexp": sp.log(sp.exp(x) + sp.exp(2 * y) + 3),
    "sigmoid": 1 / (1 + sp.exp(-x)) * y,
    "bce": sb.bce(sb.sigmoid(x), y),
    "kinks": sb.relu(x) + sp.Abs(y) * x + sp.Max(x, y, 1),
    "branch": sp.Piecewise((sp.log(x), x > 0), (x * y, True)),
    "normal": sp.log(sp.erfc(-x / sp.sqrt(2)) / 2) * y,
    "density": sp.exp(-(x**2) / 2) * y / sp.sqrt(2 * sp.pi),
    "small": sp.exp(x) - 1 + sp.log(1 + y**2),
    "cosh": sp.log(sp.cosh(x)) + y / sp.cosh(x),
    "gamma": sp.loggamma(1 + x**2) + sp.gamma(2 + sp.tanh(y)),
    "power": (1 + x**2) ** sp.Rational(1, 3) * sp.Rational(-8) ** sp.Rational(1, 3) ** 2 + y,
    "constant": sp.sqrt(2) * y + sp.Integer(3) * x,
}


@slow_unless(lambda name: name in ("softplus", "branch"))
@pytest.mark.parametrize("name", EXPRESSIONS)
def test_expressions_near_and_far_out(name: str) -> None:
    derivation = sb.derive(EXPRESSIONS[name], wrt=[x, y])
    ours, theirs = derivation.compile(target="jax"), derivation.compile()
    assert ours.arguments == theirs.arguments
    for other in (0.25, 0.75 if name == "bce" else -3.0):
        value, grads = ours(np.array(FAR), y=other)
        with np.errstate(all="ignore"):
            expected, others = theirs(np.array(FAR), y=other)
        np.testing.assert_allclose(value, expected, rtol=RELATIVE, atol=ABSOLUTE)
        for key, grad in grads.items():
            np.testing.assert_allclose(grad, others[key], rtol=RELATIVE, atol=ABSOLUTE, err_msg=key)
            assert grad.dtype == np.float64
    single, singles = ours(np.array(FAR, np.float32), np.float32(0.25))
    assert {single.dtype, *(grad.dtype for grad in singles.values())} == {np.dtype(np.float32)}


@pytest.mark.parametrize("name", ["softmax_regression", "layer_norm"])
def test_expressions_of_arrays_with_and_without_a_batch(name: str) -> None:
    model = ZOO[name]()
    derivation = sb.derive(model.equations, wrt=model.wrt)
    values = {symbol.name: value for symbol, value in model.values().items()}
    many = values | {s.name: np.stack([values[s.name] * (1 + place / 10) for place in range(3)]) for s in model.data}
    for given, batch in ((values, None), (many, model.data)):
        value, grads = derivation.compile(batch=batch, target="jax")(**given)
        expected, others = derivation.compile(batch=batch)(**given)
        assert_alike(value, expected)
        for key, grad in grads.items():
            assert_alike(grad, others[key])


def test_matrices_that_are_inverted_placed_and_singular() -> None:
    A, b = sp.MatrixSymbol("A", 3, 3), sp.MatrixSymbol("b", 3, 1)
    loss = sb.Total(A.I * b) + sp.log(sp.Determinant(A)) + sb.Total(sp.HadamardPower(A[0:2, 1:3], 2))
    rng = np.random.default_rng(1)
    regular = rng.normal(size=(3, 3)) + 3 * np.eye(3)
    derivation, singular = sb.derive(loss, wrt=[A, b]), sb.derive(sp.Determinant(A), wrt=[A])
    for got, want in zip(
        jax.tree.leaves(derivation.compile(target="jax")(regular, rng.normal(size=3) * 0 + 1)),
        jax.tree.leaves(derivation.compile()(regular, np.ones(3))),
        strict=True,
    ):
        assert_alike(got, want)
    flat = np.outer([1.0, 2.0, 3.0], [1.0, -1.0, 2.0]) + np.outer([1.0, 0.0, 1.0], [0.0, 1.0, 1.0])
    assert_alike(singular.compile(target="jax")(flat)[1]["A"], singular.compile()(flat)[1]["A"], 1e-11)


def test_what_is_not_of_jax_is_refused_by_name() -> None:
    with pytest.raises(UnsupportedError, match=r"polygamma .* compile it for NumPy"):
        sb.derive(sp.polygamma(y, x), wrt=[x]).source(target="jax")
    with pytest.raises(UnsupportedError, match="method naive is written for NumPy alone"):
        sb.derive(sb.Network([2, 2, 1]), method="naive").source(target="jax")
    with pytest.raises(sb.UnknownNameError, match=r"unknown target 'jx': did you mean 'jax'\?"):
        sb.derive(x * y).source(target="jx")


FINER = {
    "a product is not rounded with the difference": (sb.logsumexp(x**2, y, x), {"x": 8460161166.141956, "y": -7.9e9}),
    "the same with weights": (sp.log(0.3 * sp.exp(x) + 0.7 * sp.exp(x**2)), {"x": 9.87654321e9}),
    "a quotient of a quotient": (x / y, {"x": 1e-300, "y": 1e-200}),
    "a logarithm of a power": (sp.log(x**y), {"x": -2.0, "y": 3.0}),
    "numbers below": (x / sp.log(3) + sp.exp(y / sp.sin(1)) / sp.sin(1), {"x": 0.3, "y": 0.2}),
    "numbers to a power": (x * (sp.log(3) - 2) ** 3 + 2 ** (sp.sqrt(3) / 2) * y, {"x": 0.3, "y": 0.2}),
    "special numbers": (x * sp.erf(1) / sp.gamma(sp.Rational(1, 3)) + y * sb.sigmoid(2), {"x": 0.3, "y": 0.2}),
}
"""What XLA would compute otherwise, and what is made of numbers alone."""


@pytest.mark.parametrize("name", FINER)
def test_what_a_compiler_must_leave_as_it_is(name: str) -> None:
    expression, point = FINER[name]
    derivation = sb.derive(expression)
    with np.errstate(all="ignore"):
        expected, others = derivation.compile()(**point)
    value, grads = derivation.compile(target="jax")(**point)
    assert_alike(value, expected)
    assert list(grads) == list(others)
    for key, other in others.items():
        assert_alike(grads[key], other)


def test_compiled_functions_refuse_what_jax_would_broadcast_or_cut() -> None:
    function, (params, X, Y) = sb.derive(network("tanh", "cross_entropy", "matrix")).compile(target="jax"), given()
    wrong: list[tuple[Any, ...]] = [
        (params, X, Y[:1]),
        (params, X, Y[:, :1]),
        (params, X),
        (params, X[0], Y),
        ({**params, "b1": 1.0}, X, Y),
        ({"W1": params["W1"]}, X, Y),
        ({**params, "more": 1.0}, X, Y),
    ]
    for arguments in wrong:
        with pytest.raises(sb.ParameterError, match=r"should be .*, is "):
            function(*arguments)
    assert list(function(params, X, Y)[1]) == ["W1", "b1", "W2", "b2"]
    assert "on JAX" in repr(function)
    of_numbers = sb.derive(y * x**2, wrt=[y, x]).compile(target="jax")
    for value in (1 + 2j, "1", None):
        with pytest.raises(sb.ParameterError, match="y must be a real number"):
            of_numbers(value, 1.0)
    assert of_numbers([1.0, 2.0], x=3)[0].tolist() == [9.0, 18.0]


def test_parameters_of_any_mapping_have_derivatives() -> None:
    module, (params, X, Y) = module_of(), given()
    wanted = module.loss_and_grad(params, X, Y)[1]["W1"]
    for others in (OrderedDict(params), {**params, "more": 1.0}):
        assert_alike(jax.grad(module.loss)(others, X, Y)["W1"], wanted)
    with pytest.raises(ValueError, match="params should be floats"):
        module.loss({name: value.astype(int) for name, value in params.items()}, X, Y)


# --- pure functions ---


@cache
def module_of(form: str = "matrix") -> ModuleType:
    return sb.derive(network("tanh", "cross_entropy", form)).module(target="jax")


def given() -> tuple[Any, Any, Any]:
    params, X, Y = drawn(network("tanh", "cross_entropy", "matrix"), 6)
    return {name: jax.numpy.asarray(value) for name, value in params.items()}, X, Y


@slow_unless(lambda form: form == "matrix")
@pytest.mark.parametrize("form", ["matrix", "scalar"])
def test_under_jit_vmap_and_scan(form: str) -> None:
    module, (params, X, Y) = module_of(form), given()
    plain, moved = module.train_step(params, X, Y, 0.1)[0], params

    compiled = jax.jit(module.train_step)(params, X, Y, 0.1)[0]
    each = jax.vmap(module.loss, (None, 0, 0))(params, X[:, None], Y[:, None])
    last, losses = jax.lax.scan(
        lambda state, batch: module.train_step(state, *batch, 0.1), params, (X.reshape(3, 2, 2), Y.reshape(3, 2, 2))
    )
    for start in (0, 2, 4):
        moved, _ = module.train_step(moved, X[start : start + 2], Y[start : start + 2], 0.1)
    for name in params:
        assert_alike(compiled[name], plain[name])
        assert_alike(last[name], moved[name])
    assert_alike(each.mean(), module.loss(params, X, Y))
    assert losses.shape == (3,)


def test_the_vjp_of_the_loss_is_the_sweep() -> None:
    module, (params, X, Y) = module_of(), given()
    _, grads = module.loss_and_grad(params, X, Y)
    for found in (jax.grad(module.loss)(params, X, Y), jax.jit(jax.grad(module.loss))(params, X, Y)):
        for name, grad in grads.items():
            assert_alike(found[name], grad)
    twice = jax.grad(lambda p: 3.0 * module.loss(p, X, Y) ** 2)(params)
    assert_alike(twice["W1"], 6.0 * module.loss(params, X, Y) * grads["W1"])
    _, pull = jax.vjp(lambda p: (module.loss(p, X, Y), 2.0 * p["b1"]), params)
    assert_alike(pull((0.0, np.ones(3)))[0]["b1"], np.full(3, 2.0))
    text = str(jax.make_jaxpr(module.loss_and_grad)(params, X, Y))
    assert "transpose(jvp" not in text


def test_no_derivative_by_data_is_ever_zero() -> None:
    module, (params, X, Y) = module_of(), given()
    for wrapped in (module.loss, jax.jit(module.loss), jax.checkpoint(module.loss)):
        for place in (1, 2):
            with pytest.raises(ValueError, match="loss has derivatives by params alone"):
                jax.grad(wrapped, argnums=place)(params, X, Y)
        assert_alike(jax.grad(wrapped)(params, X, Y)["b2"], module.loss_and_grad(params, X, Y)[1]["b2"])
    by_x = jax.grad(lambda X: module.forward(params, X).sum())(X)  # what the refusal advises
    assert by_x.shape == X.shape
    with pytest.raises(TypeError, match=r"forward-mode|jvp"):
        jax.jvp(lambda p: module.loss(p, X, Y), (params,), (params,))


def test_a_branch_that_is_not_taken_cannot_be_seen_by_grad() -> None:
    w, t = sp.symbols("w t", real=True)
    model = sb.Model(sp.Piecewise((sp.sqrt(w * t), w * t > 0), (w * t, True)) ** 2, inputs=[t], start={w: 1})
    module = sb.derive(model).module(target="jax")
    grad = jax.grad(module.loss)({"w": np.asarray(-2.0)}, np.array([[1.0], [0.5]]), None)
    assert float(grad["w"]) == pytest.approx(np.mean([-4.0, -1.0]))


def test_start_values_and_the_plain_loop_are_those_of_numpy() -> None:
    net = network("tanh", "cross_entropy", "matrix")
    ours, theirs = (sb.derive(net).module(target=target) for target in ("jax", "numpy"))
    _, X, Y = given()
    for seed in (0, 7):
        for name, value in theirs.init(seed).items():
            assert np.array_equal(ours.init(seed)[name], value)
    params, history = ours.train(ours.init(), X, Y, epochs=5, batch_size=4)
    others, expected = theirs.train(theirs.init(), X, Y, epochs=5, batch_size=4)
    assert_alike(history, expected)
    assert_alike(params["W1"], others["W1"])


@pytest.mark.slow
def test_long_programs_of_numbers_are_compiled_without_fusion() -> None:
    deep = sb.Network([3] * 12 + [1], form="scalar")
    short, derivation = (sb.derive(net) for net in (sb.Network([2, 3, 1], form="scalar"), deep))
    params, X, Y = drawn(deep, 5)
    module, plain = (derivation.module(target=target) for target in ("jax", "numpy"))
    assert [hasattr(one, "COMPILER_OPTIONS") for one in (module, short.module(target="jax"))] == [True, False]
    function, want = derivation.compile(target="jax"), plain.loss_and_grad(params, X, Y)
    for found in (function(params, X, Y), jax.jit(function, compiler_options=module.COMPILER_OPTIONS)(params, X, Y)):
        for got, other in zip(jax.tree.leaves(found), jax.tree.leaves(want), strict=True):
            assert_alike(got, other, 1e-11)
    _, losses = module.train(params, X, Y, epochs=3)
    assert_alike(losses, plain.train(params, X, Y, epochs=3)[1])
    _, losses = derivation.train(X, Y, target="jax", epochs=3)
    assert_alike(losses, derivation.train(X, Y, epochs=3)[1])

    product = sp.prod([sp.sin(x * place) + y for place in range(1, 99)])
    found, want = (sb.derive(product, wrt=[x, y]).compile(target=target)(0.3, 0.9) for target in ("jax", "numpy"))
    assert_alike(found[0], want[0])
    assert_alike(found[1]["x"], want[1]["x"], 1e-11)
    assert "COMPILER_OPTIONS" in sb.derive(product, wrt=[x, y]).source(target="jax")


def test_comments_and_order_are_those_of_numpy() -> None:
    derivation = sb.derive(network("tanh", "cross_entropy", "scalar"))
    texts = [derivation.source(target=target) for target in ("numpy", "jax")]
    ours, theirs = ([line.partition("  # ")[2] for line in text.splitlines() if "  # dL" in line] for text in texts)
    assert ours == theirs
    assert len(ours) > 10
