"""Models of any equations: what they refuse, their start values, modules against PyTorch, and the command line."""

from __future__ import annotations

import csv
import math
import types
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import sympy as sp

import symbackprop as sb
from symbackprop import cli, runtime

from ..cli_support import refusal
from ..example_models import EXAMPLES, MODELS, PLACES, columns, drawn
from ..references.stored import stored
from ..support import check_side_by_side, slow_unless
from ..zoo import ZOO

a, b, c, x, y, p, q, L = sp.symbols("a b c x y p q L", real=True)
s = sp.Symbol("s", positive=True)
LINE = [(p, a * x + b), (L, (p - y) ** 2 / 2)]


def matrix(name: str, rows: int, columns: int = 1) -> Any:
    return sp.MatrixSymbol(name, rows, columns)


def run(*arguments: Any) -> int:
    return cli.main([str(argument) for argument in arguments])


# --- what a model is ---


def test_a_model_tells_what_training_needs() -> None:
    W, u, row, one = matrix("W", 2, 3), matrix("u", 3), matrix("row", 1, 3), matrix("one", 1, 1)
    loss = sb.Total(W * u) * a + (row * u)[0, 0] * s + sp.Trace(one) - y
    model = sb.Model(loss, parameters=[W, row, one, a, s], inputs=[u], targets=[y])
    assert model.shapes == {"W": (2, 3), "row": (1, 3), "one": (1,), "a": (), "s": ()}
    assert model.start == {
        "W": (0.0, 1 / math.sqrt(3)),
        "row": (0.0, 1 / math.sqrt(3)),
        "one": (0.0, 0.0),
        "a": (0.0, 1.0),
        "s": (1.0, 0.0),
    }
    assert (model.form, model.task, model.target_range, model.standardize) == ("matrix", "numbers", None, ())
    assert model.loss_symbol == L.func("L")
    given = sb.Model(loss, [W, row, one, a, s], [u], [y], start={W: (0, 0.1), "a": 2}, task="classes")
    assert (given.start["W"], given.start["a"], given.task) == ((0.0, 0.1), (2.0, 0.0), "classes")


def test_parameters_are_by_default_all_that_is_nothing_else() -> None:
    model = sb.Model(LINE, inputs=[x], targets=[y], outputs=[p])
    assert model.parameters == (a, b)
    assert sb.derive(model).wrt == (a, b)
    assert sb.derive(model).expand(a).subs({x: 2, a: 1, b: 1, y: 1}) == 4


def test_the_loss_is_the_last_equation_or_the_one_that_is_named() -> None:
    by_order = sb.Model(LINE, inputs=[x], targets=[y])
    by_name = sb.Model(
        [(p, a * x + b), (L, (p - y) ** 2 / 2), (q, p + 1)], inputs=[x], targets=[y], loss=L, outputs=[q]
    )
    as_expression = sb.Model([LINE[0]], inputs=[x], targets=[y], loss=(p - y) ** 2 / 2)
    for model in (by_order, by_name, as_expression):
        assert sb.derive(model).expand(a).equals(x * (a * x + b - y))
    assert sb.derive(by_name).module().forward({"a": np.array(2.0), "b": np.array(1.0)}, [[3.0]]).tolist() == [[8.0]]


def test_a_network_is_a_model() -> None:
    net = sb.Network([2, 3, 1])
    assert isinstance(net, sb.Model)
    assert (net.task, net.target_range, net.standardize) == ("classes", (0, 1), ("X",))
    regression = sb.Network([2, 3, 1], output="identity", form="matrix")
    assert (regression.task, regression.target_range, regression.standardize) == ("numbers", None, ("X", "Y"))
    assert sb.Network([2, 3], "relu", "softmax").targets_sum_to_one


V = matrix("V", 3, 3)
WRONG: dict[str, tuple[Any, dict[str, Any], type[Exception], str]] = {
    "output nowhere": (LINE, {"outputs": [q]}, sb.ModelError, "the output q is defined by no equation"),
    "output an input": (LINE, {"outputs": [x]}, sb.ModelError, "the output x is defined by no equation"),
    "output of targets": ([(q, a * y), *LINE], {"outputs": [q]}, sb.ModelError, "output q depends on a target"),
    "input nowhere": (LINE, {"inputs": [x, q]}, sb.ModelError, "no equation mentions the input q"),
    "target nowhere": (LINE, {"targets": [y, q]}, sb.ModelError, "no equation mentions the target q"),
    "parameter nowhere": (LINE, {"parameters": [a, b, q]}, sb.ModelError, "no equation mentions the parameter q"),
    "parameter defined": (LINE, {"parameters": [a, b, p]}, sb.ModelError, "the parameter p is defined by an equation"),
    "input defined": (LINE, {"inputs": [x, p]}, sb.ModelError, "the input p is defined by an equation"),
    "parameter is data": (LINE, {"parameters": [a, b, x]}, sb.ModelError, "x is data and cannot be a parameter"),
    "nobody's symbol": (LINE, {"parameters": [a]}, sb.ModelError, "b is no parameter, input or target"),
    "no parameters": ([(L, x - y)], {"parameters": []}, sb.ModelError, "there are no parameters"),
    "named twice": (LINE, {"inputs": [x, x]}, sb.ModelError, "inputs names x twice"),
    "text": (LINE, {"inputs": "x"}, sb.ModelError, "inputs must be a list of SymPy symbols, got str"),
    "an expression": (LINE, {"outputs": [p + 1]}, sb.ModelError, r"outputs holds Add 'p \+ 1': pass a symbol"),
    "no scalar": ([(matrix("v", 3), V * matrix("u", 3))], {"inputs": [], "targets": []}, sb.ShapeError, "v is a 3 x 1"),
    "loss nowhere": (LINE, {"loss": q}, sb.ModelError, "the loss q is defined by no equation"),
    "start of nothing": (LINE, {"start": {"q": 1}}, sb.ModelError, r"start holds str 'q', which is no parameter.*a, b"),
    "start no number": (LINE, {"start": {a: "big"}}, sb.ModelError, "the start of a is big: give a number"),
    "start below 0": (LINE, {"start": {a: (0, -1)}}, sb.ModelError, "the start of a"),
    "task": (LINE, {"task": "class"}, sb.UnknownNameError, "unknown task 'class': did you mean 'classes'"),
    "equations": ("L = a*x", {}, sb.UnsupportedError, "cannot derive str"),
}  # fmt: skip


@pytest.mark.parametrize("name", WRONG)
def test_what_makes_no_model_is_refused_by_name(name: str) -> None:
    equations, changes, error, says = WRONG[name]
    given: dict[str, Any] = {"inputs": [x], "targets": [y], **changes}
    with pytest.raises(error, match=says) as caught:
        sb.Model(equations, **given)
    assert "\n" not in str(caught.value)


def test_an_expression_trains_by_a_model_only() -> None:
    derived = sb.derive(LINE, wrt=[a, b])
    for use in (derived.module, lambda: derived.train([[1.0]], [[1.0]])):
        with pytest.raises(sb.UnsupportedError, match=r"make an sb\.Model"):
            use()
    some = sb.derive(sb.Model(LINE, inputs=[x], targets=[y]), wrt=[a])
    with pytest.raises(sb.UnsupportedError, match="without wrt"):
        some.source()


# --- modules ---


@pytest.mark.parametrize("style", ["fast", "readable"])
@pytest.mark.parametrize("name", MODELS)
def test_gradients_are_those_of_pytorch(name: str, style: str) -> None:
    params, X, Y = drawn(MODELS[name])
    value, grads = sb.derive(MODELS[name]).compile(style)(params, X, Y)
    assert abs(value - stored("models")[f"{name}/loss"]) <= 1e-10
    for key, grad in grads.items():
        assert grad.shape == MODELS[name].shapes[key]
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


@pytest.mark.parametrize("name", ["curve", "recurrent", "autoencoder"])
def test_central_differences_come_nearer_by_the_square_of_their_step(name: str) -> None:
    """So that it is no accident that they agree."""
    module, (params, X, Y) = sb.derive(MODELS[name]).module(), drawn(MODELS[name])
    coarse, fine = (module.check_grad(params, X, Y, step=step) for step in (4e-2, 2e-2))
    assert coarse / fine == pytest.approx(4, rel=0.1)


def test_inputs_are_cut_out_of_x_as_views() -> None:
    """Several inputs lie side by side, a matrix row by row: nothing is copied, whatever the rows lie in."""
    source = sb.derive(MODELS["turned"]).source("readable")
    assert "R = X[:, 0:9].reshape(-1, 3, 3)" in source
    assert "v = X[:, 9:12]" in source
    wide = np.arange(5 * 20.0).reshape(5, 20)[:, 3:15]
    assert np.shares_memory(wide[:, 0:9].reshape(-1, 3, 3), wide)
    module, (params, _, Y) = sb.derive(MODELS["turned"]).module(), drawn(MODELS["turned"])
    value, _ = module.loss_and_grad(params, wide, Y)
    assert value == module.loss_and_grad(params, wide.copy(), Y)[0]


def test_a_parameter_in_several_places_has_the_sum_of_their_derivatives() -> None:
    model, (params, X, Y) = MODELS["recurrent"], drawn(MODELS["recurrent"])
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
    module, (params, X, _) = sb.derive(MODELS["mixture"]).module(), drawn(MODELS["mixture"])
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

    assert digest(MODELS["residual"]) == digest(MODELS["residual"], "readable")
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


@pytest.mark.slow
def test_a_model_of_many_symbols_takes_time_in_proportion() -> None:
    """Each symbol is looked up, not searched for: 20,000 of them would take a minute else."""
    weights = sp.symbols("w:20000", real=True)
    loss = sp.Add(*[weight * x for weight in weights], evaluate=False)
    model = sb.Model(loss, weights, [x], start=dict.fromkeys(weights, 1))
    assert len(model.start) == 20_000


MORE: dict[str, tuple[Any, dict[str, Any], type[Exception], str]] = {
    "start no dict": (LINE, {"start": [1]}, sb.ModelError, "start is list"),
    "start of text": (LINE, {"start": {a: "1"}}, sb.ModelError, "the start of a is 1: give a number"),
    "start too large": (LINE, {"start": {a: 10**400}}, sb.ModelError, "the start of a is 1000"),
    "start twice": (LINE, {"start": {a: 1, "a": 2}}, sb.ModelError, "start has two values for a"),
    "equal names": ([(L, a * x + sp.Symbol("a") * y)], {}, sb.ModelError, "two symbols are called a"),
    "used before": ([(L, p + y), (p, a * x)], {}, sb.ModelError, "p is used before the equation"),
    "behind the loss": ([*LINE, (q, 2 * L)], {"loss": L}, sb.ModelError, "q is computed from the loss L"),
    "no influence": (
        [*LINE[:1], (q, c * x), LINE[1]],
        {"outputs": [q]},
        sb.ModelError,
        "not depend on the parameter c",
    ),
}


@pytest.mark.parametrize("name", MORE)
def test_what_an_attack_found_is_refused_by_name(name: str) -> None:
    equations, changes, error, says = MORE[name]
    given: dict[str, Any] = {"inputs": [x], "targets": [y], **changes}
    with pytest.raises(error, match=says) as caught:
        sb.Model(equations, **given)
    assert "\n" not in str(caught.value)


# --- training ---


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"X": [[1.0], [1.0, 2.0]]}, "X is no array"),
        ({"X": 3}, r"X should be \(1, 1\), is \(\)|must have a row"),
        ({"params": [1]}, "params should be a dict of arrays by name, is list"),
        ({"params": {"a": "x", "b": 1.0}}, "a should hold numbers"),
        ({"validation": 3}, r"validation should be a pair \(X, Y\), is int"),
        ({"optimizer": []}, r"unknown optimizer \[\]"),
        ({"Y": None}, "Y is missing"),
    ],
    ids=str,
)
def test_what_cannot_be_trained_on_is_one_line(changes: dict[str, Any], says: str) -> None:
    given: dict[str, Any] = {"X": [[1.0], [2.0]], "Y": [[1.0], [2.0]], **changes}
    with pytest.raises(sb.DataError, match=says):
        sb.derive(sb.Model(LINE, inputs=[x], targets=[y])).train(given.pop("X"), given.pop("Y"), **given)


def test_a_loss_that_never_was_finite_says_so() -> None:
    derived = sb.derive(sb.Model([(p, sp.log(a * x)), (L, (p - y) ** 2)], inputs=[x], targets=[y], start={a: 1}))
    with pytest.raises(sb.Diverged, match="the loss is not finite at the start: look at the data"):
        derived.train([[0.0], [1.0]], [[0.0], [0.0]], epochs=2)


def test_a_direct_part_of_the_loss_is_called_so_in_the_code() -> None:
    model = sb.Model([(p, a * x), (L, (p - y) ** 2 / 2 + a**2)], inputs=[x], targets=[y])
    assert "# dL/da = dL/dp * dp/da + dL/da|direct" in sb.derive(model).source()


def test_training_finds_the_line_and_the_start_is_left_alone() -> None:
    X = np.linspace(-1, 1, 40)[:, None]
    derived = sb.derive(sb.Model(LINE, inputs=[x], targets=[y], outputs=[p]))
    start = {"a": np.array(0.0), "b": np.array(0.0)}
    params, history = derived.train(X, 3 * X - 1, start, epochs=100, learning_rate=0.3)
    assert (float(params["a"]), float(params["b"])) == (pytest.approx(3, abs=1e-6), pytest.approx(-1, abs=1e-6))
    assert history[-1] < 1e-10 < history[0]
    assert not any(value.any() for value in start.values())
    np.testing.assert_allclose(derived.predict(params, X), 3 * X - 1, atol=1e-5)
    with pytest.raises(sb.DataError, match=r"X should be numbers of \(40, 1\), is float64 of \(40, 2\)"):
        derived.predict(params, np.hstack([X, X]))


def test_what_does_not_move_at_the_start_is_said_in_one_line() -> None:
    equations = [(p, a * sp.exp(-b * x)), (L, (p - y) ** 2)]
    still = sb.derive(sb.Model(equations, inputs=[x], targets=[y], start={a: 0, b: 0}))
    X = np.linspace(0, 1, 9)[:, None]
    with pytest.warns(UserWarning, match="all derivatives by b are 0 at the start") as told:
        still.train(X, np.exp(-X), epochs=2)
    assert len(told) == 1
    assert "\n" not in str(told[0].message)


def test_two_threads_train_two_models() -> None:
    models = [(sb.derive(MODELS[name]), drawn(MODELS[name], samples=30)) for name in ("residual", "recurrent")] * 2
    check_side_by_side(
        [
            partial(derived.train, X, Y, params, epochs=20, seed=seed)
            for seed, (derived, (params, X, Y)) in enumerate(models)
        ]
    )


# --- the command line ---


def tables(folder: Path) -> None:
    """The table of each example."""
    models = types.ModuleType("models")
    exec((EXAMPLES / "models.py").read_text(encoding="utf-8"), models.__dict__)
    models.write_tables(folder)
    digits = pytest.importorskip("sklearn.datasets").load_digits()
    with (folder / "autoencoder.csv").open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([digits.feature_names, *digits.data[:300].astype(int).tolist()])


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made: Path = tmp_path_factory.mktemp("models")
    tables(made)
    return made


ADAM = ("--optimizer", "adam", "--learning-rate", "0.01", "--epochs", "40")


@slow_unless(lambda name: name in ("curve", "autoencoder"))
@pytest.mark.parametrize("name", PLACES)
def test_generate_train_and_predict(name: str, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    module, weights, data = folder / f"{name}.py", folder / f"{name}.npz", folder / f"{name}.csv"
    assert run("generate", PLACES[name], "-o", module) == 0
    assert run("train", module, data, "--weights", weights, *ADAM) == 0
    assert run("predict", module, weights, data) == 0
    _, columns_, loss, *rest = capsys.readouterr().out.splitlines()
    assert columns_.startswith("columns  ")
    last, first = (
        float(word.strip("()")) for word in loss.replace(":", "").split() if word.strip("()").count(".") == 1
    )
    assert last < first
    assert rest[2].startswith("weights")
    header, *rows = rest[3:]
    model = MODELS[name]
    assert len(rows) == len(data.read_text().splitlines()) - 1
    assert header.count(",") == max(1, columns(model.outputs)) - 1
    if name != "autoencoder":
        assert run("train", PLACES[name], data, "--weights", folder / "same.npz", *ADAM) == 0
        same, _ = runtime.load(folder / "same.npz", runtime.load_module(module))
        kept, _ = runtime.load(weights, runtime.load_module(module))
        assert all(np.array_equal(same[key], kept[key]) for key in kept)


def test_a_killed_run_of_a_model_goes_on_bit_for_bit(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    data, state, whole, resumed = (folder / name for name in ("residual.csv", "state.npz", "whole.npz", "resumed.npz"))
    place = PLACES["residual"]
    assert run("train", place, data, "--epochs", "12", "--weights", whole) == 0
    assert run("train", place, data, "--epochs", "5", "--weights", folder / "part.npz", "--checkpoint", state) == 0
    assert run("train", place, data, "--epochs", "12", "--weights", resumed, "--resume", state) == 0
    module = sb.derive(MODELS["residual"]).module()
    expected, found = (runtime.load(path, module)[0] for path in (whole, resumed))
    assert all(np.array_equal(expected[key], found[key]) for key in expected)
    capsys.readouterr()
    assert run("train", PLACES["layer_norm"], folder / "layer_norm.csv", "--resume", state) == 2
    assert "is the checkpoint of another run" in capsys.readouterr().err


def test_formulas_and_paths_of_a_model(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("derive", PLACES["curve"], "--parameter", "b") == 0
    assert "∂L/∂b = ∂L/∂p · ∂p/∂b" in capsys.readouterr().out
    assert run("paths", PLACES["curve"], "--parameter", "b") == 0
    assert "b → p → L" in capsys.readouterr().out
    assert run("derive", PLACES["recurrent"]) == 0
    assert "∂L/∂W" in capsys.readouterr().out
    assert run("paths", PLACES["recurrent"]) == 2
    assert run("derive", PLACES["recurrent"], "--method", "naive") == 2
    assert "method naive takes each weight by itself" in capsys.readouterr().err


NAMED = {
    "absent file": ("nowhere.py:model", "there is no file 'nowhere.py'"),
    "does not run": ("broken.py:model", "'broken.py' does not run: ZeroDivisionError in line 2"),
    "no Python": ("text.py:model", "'text.py' does not run: SyntaxError in line 1"),
    "exits": ("exits.py:model", "'exits.py' does not run: SystemExit"),
    "absent name": ("good.py:modle", "unknown name in good.py 'modle': did you mean 'model'"),
    "another kind": ("good.py:number", "'good.py:number' is of type int, it must be an sb.Model or sb.Network"),
    "a function": ("good.py:made", "'good.py:made' is a function, it must be an sb.Model or sb.Network"),
}


@pytest.mark.parametrize("name", NAMED)
@pytest.mark.parametrize("command", ["derive", "generate", "paths", "train"])
def test_names_that_are_none_are_refused_in_one_line(
    name: str, command: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("broken.py").write_text("x = 1\nx / 0\n")
    Path("text.py").write_text("no python here\n")
    Path("exits.py").write_text("raise SystemExit(3)\n")
    Path("good.py").write_text(
        "import sympy as sp, symbackprop as sb\nnumber = 3\na, x = sp.symbols('a x')\n"
        "model = sb.Model(a*x, inputs=[x])\ndef made(depth):\n    return model\n"
    )
    given, says = NAMED[name]
    rest = {"generate": ["-o", "out.py"], "train": ["data.csv"]}.get(command, [])
    assert says in refusal([command, given, *rest], tmp_path, capsys)


@pytest.mark.parametrize("command", ["derive", "generate", "paths", "compare"])
def test_a_model_is_not_written_over(
    command: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    text = "import sympy as sp, symbackprop as sb\na, x = sp.symbols('a x')\nmodel = sb.Model(a*x, inputs=[x])\n"
    Path("mine.py").write_text(text)
    option = "--csv" if command == "compare" else "-o"
    assert run(command, "mine.py:model", option, "./mine.py") == 2
    assert "the model stands in it" in capsys.readouterr().err
    assert Path("mine.py").read_text() == text


@pytest.mark.parametrize("option", ["--hidden=tanh", "--output=sigmoid", "--loss=bce", "--form=scalar", "--widths=2-1"])
def test_options_of_networks_are_none_of_models(option: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("derive", PLACES["curve"], option) == 2
    assert f"{option.partition('=')[0]} describes a network by its widths" in capsys.readouterr().err


HOSTILE = ["dW", "W_T", "grad_W", "grad_W_T", "buffer1", "buffer2_T", "ones_n", "the_buffer1", "flat", "work", "scale"]
HOSTILE += [
    "X",
    "Y",
    "n",
    "samples",
    "params",
    "loss",
    "init",
    "SHAPES",
    "MODEL",
    "Workspace",
    "forward",
    "train",
    "v1",
]
HOSTILE += ["T1", "t1", "self", "dtype", "np", "math", "float", "len", "print", "rows", "value", "grads", "dL_dW", "_x"]


@slow_unless(lambda name: name in ("params", "np", "W_T", "buffer2_T", "self"))
@pytest.mark.parametrize("name", HOSTILE)
def test_names_of_users_and_of_the_code_never_meet(name: str) -> None:
    W, u, t, h, own = matrix("W", 3, 3), matrix("u", 3), matrix("t", 3), matrix("h", 3), matrix(name, 3, 3)
    column, scalar = matrix(name, 3), sp.Symbol(name, real=True)
    models = [
        sb.Model([(h, own * (W * u).applyfunc(sp.tanh)), (L, sb.half_sse(h, t))], [own, W], [u], [t], [h]),
        sb.Model([(column, (W * u).applyfunc(sp.tanh)), (L, sb.half_sse(column, t))], [W], [u], [t], [column]),
        sb.Model([(h, (W * column).applyfunc(sp.tanh)), (L, sb.half_sse(h, t))], [W], [column], [t], [h]),
        sb.Model([(p, scalar * sp.tanh(b * x)), (L, (p - y) ** 2)], [scalar, b], [x], [y], [p]),
        sb.Model([(scalar, a * sp.tanh(b * x)), (L, (scalar - y) ** 2)], [a, b], [x], [y], [scalar]),
        sb.Model([(p, a * sp.tanh(b * scalar)), (L, (p - y) ** 2)], [a, b], [scalar], [y], [p]),
    ]
    for model in models:
        params, X, Y = drawn(model)
        for style in ("fast", "readable"):
            module = sb.derive(model).module(style)
            assert module.check_grad(params, X, Y) < 1e-7
            assert module.forward(params, X).shape == (5, columns(model.outputs))
