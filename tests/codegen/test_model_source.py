"""Modules of models: every kind has one, with the right gradients, outputs and digest."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
import sympy as sp

import symbackprop as sb

from ..example_models import PLACES, columns, drawn, example_model
from ..networks.model_support import LINE, matrix
from ..references.stored import stored
from ..support import slow_unless
from ..zoo import ZOO

a, b, c, x, y, p, q, L = sp.symbols("a b c x y p q L", real=True)


@slow_unless(lambda name, style: name == "residual" or (name, style) == ("recurrent", "fast"))
@pytest.mark.parametrize("style", ["fast", "readable"])
@pytest.mark.parametrize("name", PLACES)
def test_gradients_are_those_of_pytorch(name: str, style: str) -> None:
    params, X, Y = drawn(example_model(name))
    value, grads = sb.derive(example_model(name)).compile(style)(params, X, Y)
    assert abs(value - stored("models")[f"{name}/loss"]) <= 1e-10
    for key, grad in grads.items():
        assert grad.shape == example_model(name).shapes[key]
        assert np.abs(grad - stored("models")[f"{name}/{key}"]).max() <= 1e-10, key


OUTPUTS = {"deep_net": "a4", "residual": "h3", "layer_norm": "N", "rnn": "h5", "lstm": "h4", "attention": "A"}
OUTPUTS |= {"autoencoder": "r", "gaussian_mixture": "scores", "softmax_regression": "z"}


def zoo_model(name: str) -> sb.Model:
    found = ZOO[name]()
    targets = [symbol for symbol in found.data if symbol.name in ("y", "Y", "onehot")]
    inputs = [symbol for symbol in found.data if symbol not in targets]
    outputs = [symbol for symbol, _ in found.equations if symbol.name == OUTPUTS[name]]
    return sb.Model(found.equations, found.wrt, inputs, targets or inputs * (name == "autoencoder"), outputs)


@pytest.mark.parametrize("style", ["fast", "readable"])
@pytest.mark.parametrize("name", ZOO)
def test_every_kind_of_model_has_a_module(name: str, style: str) -> None:
    model = zoo_model(name)
    module, (params, X, Y) = sb.derive(model).module(style), drawn(model, seed=3)
    assert module.check_grad(params, X, Y) < 1e-7
    assert module.forward(params, X).shape == (len(X), columns(model.outputs))
    value, grads = module.loss_and_grad(params, X, Y)
    assert value == pytest.approx(module.loss(params, X, Y), rel=1e-12)
    single, found = module.loss_and_grad({key: array.astype(np.float32) for key, array in params.items()}, X, Y)
    assert single == pytest.approx(value, rel=1e-4)
    assert {array.dtype for array in found.values()} == {np.dtype(np.float32)}
    assert list(grads) == list(module.SHAPES) == list(model.shapes)


@slow_unless(lambda name: name == "curve")
@pytest.mark.parametrize("name", ["curve", "recurrent", "autoencoder"])
def test_central_differences_come_nearer_by_the_square_of_their_step(name: str) -> None:
    """So that it is no accident that they agree."""
    module, (params, X, Y) = sb.derive(example_model(name)).module(), drawn(example_model(name))
    coarse, fine = (module.check_grad(params, X, Y, step=step) for step in (4e-2, 2e-2))
    assert coarse / fine == pytest.approx(4, rel=0.1)


def test_inputs_are_cut_out_of_x_as_views() -> None:
    """Several inputs lie side by side, a matrix row by row: nothing is copied, whatever the rows lie in."""
    source = sb.derive(example_model("turned")).source("readable")
    assert "R = X[:, 0:9].reshape(-1, 3, 3)" in source
    assert "v = X[:, 9:12]" in source
    wide = np.arange(5 * 20.0).reshape(5, 20)[:, 3:15]
    assert np.shares_memory(wide[:, 0:9].reshape(-1, 3, 3), wide)
    module, (params, _, Y) = sb.derive(example_model("turned")).module(), drawn(example_model("turned"))
    value, _ = module.loss_and_grad(params, wide, Y)
    assert value == module.loss_and_grad(params, wide.copy(), Y)[0]


def test_a_parameter_in_several_places_has_the_sum_of_their_derivatives() -> None:
    model, (params, X, Y) = example_model("recurrent"), drawn(example_model("recurrent"))
    _, grads = sb.derive(model).compile()(params, X, Y)
    apart = []
    for place in range(3):
        copies = [matrix(f"W_{t}", 4, 2) for t in range(3)]
        equations = [
            (h, e.xreplace({matrix("W", 4, 2): copies[i]}) if i < 3 else e) for i, (h, e) in enumerate(model.equations)
        ]
        split = sb.Model(equations, inputs=model.inputs, targets=model.targets)
        given = {key: params["W" if key.startswith("W_") else key] for key in split.shapes}
        apart.append(sb.derive(split).compile()(given, X, Y)[1][f"W_{place}"])
    np.testing.assert_allclose(sum(apart), grads["W"], rtol=1e-12)


def test_neither_targets_nor_outputs_are_needed() -> None:
    module, (params, X, _) = sb.derive(example_model("mixture")).module(), drawn(example_model("mixture"))
    assert module.forward(params, X).shape == (5, 0)
    value, grads = module.loss_and_grad(params, X, None)
    assert value == module.loss(params, X, np.empty((5, 0)))
    assert all(grad.shape == () for grad in grads.values())
    trained, history = module.train(params, X, None, epochs=3, batch_size=2)
    assert len(history) == 3
    assert {np.shape(value) for value in trained.values()} == {()}


def test_a_penalty_in_the_loss_stays_what_it_is() -> None:
    """The batch loss is the mean: a term without data counts once, however many samples there are."""
    model = sb.Model([LINE[0], (L, (p - y) ** 2 / 2 + a**2)], inputs=[x], targets=[y])
    params = {"a": np.array(3.0), "b": np.array(0.0)}
    for rows in (1, 7):
        value, grads = sb.derive(model).compile()(params, np.zeros((rows, 1)), np.zeros((rows, 1)))
        assert (value, float(grads["a"])) == (9.0, 6.0)


def test_the_digest_tells_programs_apart_and_not_styles() -> None:
    def digest(model: sb.Model, style: str = "fast") -> str:
        return str(sb.derive(model).module(style).MODEL["program"])

    assert digest(example_model("residual")) == digest(example_model("residual"), "readable")
    other = sb.Model([LINE[0], (L, (p - y) ** 4)], inputs=[x], targets=[y])
    assert digest(sb.Model(LINE, inputs=[x], targets=[y])) != digest(other)
    swapped = sb.Model([(p, a * y + b), (L, (p - x) ** 2 / 2)], inputs=[y], targets=[x])
    assert digest(sb.Model(LINE, inputs=[x], targets=[y])) != digest(swapped)


@pytest.mark.parametrize("style", ["fast", "readable"])
def test_outputs_that_the_loss_does_not_need_are_predicted_all_the_same(style: str) -> None:
    W, u, z, t, h, r = matrix("W", 2, 3), matrix("u", 3), matrix("z", 2), matrix("t", 2), matrix("h", 2), matrix("r", 2)
    twice = matrix("twice", 1, 2)
    equations = [(h, W * u), (r, h.applyfunc(sp.sin)), (twice, 2 * h.T), (q, a + 1), (L, sb.half_sse(h, t) + a**2)]
    model = sb.Model(equations, [W, a], [u], [t], [r, q, twice])
    module, (params, X, _) = sb.derive(model).module(style), drawn(model)
    hidden = X @ params["W"].T
    expected = np.hstack([np.sin(hidden), np.full((5, 1), params["a"] + 1), 2 * hidden])
    np.testing.assert_allclose(module.forward(params, X), expected, rtol=1e-13)
    del z


@pytest.mark.parametrize("method", ["backprop", "forward", "naive", "naive+cse", "sympy-forward"])
def test_each_method_has_what_its_predictions_call(method: str) -> None:
    equations = [(p, a * x), (q, sb.sigmoid(p) + sp.erf(a)), (L, (p - y) ** 2)]
    model = sb.Model(equations, inputs=[x], targets=[y], outputs=[q, p])
    module, (params, X, Y) = sb.derive(model, method=method).module(), drawn(model)
    line = X * params["a"]
    expected = np.hstack([1 / (1 + np.exp(-line)) + math.erf(params["a"]), line])
    np.testing.assert_allclose(module.forward(params, X), expected, rtol=1e-13)
    assert module.check_grad(params, X, Y) < 1e-8


Z, A, U, T = (matrix(name, 2) for name in ("Z", "A", "U", "T"))
W2, B2 = matrix("W2", 2, 2), matrix("B2", 2)

PREDICTED: dict[str, tuple[Any, Any]] = {
    "twice": (2 * Z, lambda z, u: 2 * z),
    "sine": (Z.applyfunc(sp.sin), lambda z, u: np.sin(z)),
    "sum": (Z + U, lambda z, u: z + u),
    "itself": (Z, lambda z, u: z),
    "activation": (A, lambda z, u: np.tanh(z)),
    "softmax": (sb.Softmax(Z), lambda z, u: np.exp(z) / np.exp(z).sum(axis=1, keepdims=True)),
    "product": (sp.HadamardProduct(Z, A), lambda z, u: z * np.tanh(z)),
}


@pytest.mark.parametrize("name", PREDICTED)
def test_outputs_of_what_the_loss_writes_over_are_right(name: str) -> None:
    """The fast style's forward pass keeps what only predictions read."""
    own, expected = PREDICTED[name]
    out = matrix("out", 2)
    equations = [(Z, W2 * U + B2), (A, Z.applyfunc(sp.tanh)), (out, own), (L, sb.half_sse(A, T))]
    model = sb.Model(equations, [W2, B2], [U], [T], [out])
    params, X, _ = drawn(model)
    z = X @ params["W2"].T + params["B2"]
    for style in ("fast", "readable"):
        found = sb.derive(model).module(style).forward(params, X)
        np.testing.assert_allclose(found, expected(z, X), rtol=1e-12)


@pytest.mark.parametrize("style", ["fast", "readable"])
def test_results_are_new_memory_in_the_dtype_of_the_parameters(style: str) -> None:
    constant, sign = sb.softplus(sp.Integer(2)), sp.Piecewise((2, x > 0), (1, True))
    models = [
        sb.Model([(Z, U), (L, sb.half_sse(B2, Z))], [B2], [U], [], [Z]),
        sb.Model([(p, x + constant), (q, sign), (L, (a * p - q) ** 2)], [a], [x], [], [p, q]),
        sb.Model([(L, sb.Total(W2 * U) * sb.relu(sp.Integer(2)))], [W2], [U]),
        sb.Model([(c, sp.Integer(0)), (L, sp.Piecewise((a, c > 0), (c, True)) + sb.Total(W2) + a)], [a, W2], []),
    ]
    for model in models:
        module, (params, X, _) = sb.derive(model).module(style), drawn(model)
        for dtype in (np.float32, np.float64):
            given = {key: array.astype(dtype) for key, array in params.items()}
            data = X.astype(dtype)
            _, grads = module.loss_and_grad(given, data, None)
            outputs = module.forward(given, data)
            assert {array.dtype for array in (outputs, *grads.values())} == {np.dtype(dtype)}
            assert not any(np.shares_memory(outputs, array) for array in (data, *given.values()))
            assert not any(np.shares_memory(grad, array) for grad in grads.values() for array in given.values())


def test_the_digest_knows_the_columns_and_every_digit() -> None:
    def digest(equations: Any, inputs: Any, outputs: Any = ()) -> str:
        return str(sb.derive(sb.Model(equations, [a, b], inputs, [y], outputs)).module().MODEL["program"])

    line = [(p, a * x + b * q), (L, (p - y) ** 2)]
    assert digest(line, [x, q], [p]) != digest(line, [q, x], [p]) != digest(line, [q, x])
    near = [[(L, (a * x + b * value * x - y) ** 2)] for value in (sp.Float(0.1), sp.Float(0.1000000000000002))]
    assert digest(near[0], [x]) != digest(near[1], [x])


def test_a_direct_part_of_the_loss_is_called_so_in_the_code() -> None:
    model = sb.Model([(p, a * x), (L, (p - y) ** 2 / 2 + a**2)], inputs=[x], targets=[y])
    assert "# dL/da = dL/dp * dp/da + dL/da|direct" in sb.derive(model).source()
