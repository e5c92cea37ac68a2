"""Modules of networks of scalars: the loss, its gradients and what is refused."""

from __future__ import annotations

from typing import Any

import mpmath as mp
import numpy as np
import pytest
import sympy as sp

import symbackprop as sb

from ..support import slow_unless
from .scalar_support import MEANINGS, NETWORKS, drawn, loaded


def exact_mean(net: sb.Network, params: dict[str, Any], X: Any, Y: Any) -> tuple[Any, dict[str, Any]]:
    """The mean loss and gradient by SymPy's own diff, computed by mpmath."""
    places = net.entries
    expressions = [net.loss, *(sp.diff(net.loss, symbol) for symbol in places)]
    arguments = [*places, *net.inputs, *net.targets]
    function = sp.lambdify(arguments, expressions, modules=[MEANINGS, "mpmath"])
    weights = [params[name][index] for name, index in places.values()]
    with mp.workdps(30):
        rows = [function(*map(mp.mpf, [*weights, *x, *y])) for x, y in zip(X, Y, strict=True)]
        means = [float(mp.fsum(column) / len(rows)) for column in zip(*rows, strict=True)]
    grads = {name: np.zeros(shape) for name, shape in net.shapes.items()}
    for (name, index), value in zip(places.values(), means[1:], strict=True):
        grads[name][index] = value
    return means[0], grads


@slow_unless(lambda name: name in ("bce", "hidden relu", "hidden tanh", "loss mae", "output identity"))
@pytest.mark.parametrize("name", NETWORKS)
def test_loss_and_gradient_of_a_batch_equal_sympys(name: str) -> None:
    net = sb.Network(*NETWORKS[name])
    module = loaded(sb.derive(net).source())
    params, X, Y = drawn(net, 3)
    value, grads = module.loss_and_grad(params, X, Y)
    exact_value, exact_grads = exact_mean(net, params, X, Y)
    assert value == pytest.approx(exact_value, rel=1e-13)
    assert module.loss(params, X, Y) == pytest.approx(exact_value, rel=1e-13)
    assert list(grads) == list(net.shapes)
    for key, grad in grads.items():
        np.testing.assert_allclose(grad, exact_grads[key], rtol=1e-11, atol=1e-14)


@pytest.mark.parametrize("name", NETWORKS)
def test_whole_batch_is_the_mean_of_its_samples_and_passes_central_differences(name: str) -> None:
    net = sb.Network(*NETWORKS[name])
    derived = sb.derive(net)
    module, compiled = loaded(derived.source()), derived.compile()
    params, X, Y = drawn(net, 7, seed=5)
    value, grads = module.loss_and_grad(params, X, Y)
    singles = [compiled(params, X[i : i + 1], Y[i : i + 1]) for i in range(7)]
    assert value == pytest.approx(np.mean([single for single, _ in singles]), rel=1e-13)
    for key, grad in grads.items():
        assert grad.shape == net.shapes[key]
        np.testing.assert_allclose(
            grad, np.mean([single[key] for _, single in singles], axis=0), rtol=1e-12, atol=1e-15
        )
    assert module.check_grad(params, X, Y) < 1e-6
    outputs = module.forward(params, X)
    assert outputs.shape == (7, net.widths[-1])


@pytest.mark.parametrize("seed", range(3))
def test_larger_networks_pass_central_differences(seed: int) -> None:
    rng = np.random.default_rng(seed)
    widths = [int(width) for width in rng.integers(1, 6, size=4)] + [3]
    net = sb.Network(widths, ["tanh", "softplus", "silu"][seed], "softmax", "cross_entropy")
    module = loaded(sb.derive(net).source())
    params, X, Y = drawn(net, 11, seed)
    assert module.check_grad(params, X, Y) < 1e-7
    changed = {**params, "W2": params["W2"] + 1.0}
    assert module.check_grad(changed, X, Y) < 1e-7


def test_check_grad_sees_a_wrong_gradient() -> None:
    net = sb.Network([2, 2, 1])
    source = sb.derive(net).source()
    assert source.count("1 - a1_1 ** 2") == 1
    sound, wrong = loaded(source), loaded(source.replace("1 - a1_1 ** 2", "1 + a1_1 ** 2"))
    sample = drawn(net, 4)
    assert sound.check_grad(*sample) < 1e-8
    assert wrong.check_grad(*sample) > 1e-3


@pytest.mark.parametrize("size", [-1000.0, 1000.0])
@pytest.mark.parametrize("name", NETWORKS)
def test_far_out_everything_stays_finite(name: str, size: float) -> None:
    net = sb.Network(*NETWORKS[name])
    module = loaded(sb.derive(net).source())
    params, X, Y = drawn(net, 5)
    params[f"b{len(net.widths) - 1}"] += size
    with np.errstate(over="ignore", under="ignore"):
        value, grads = module.loss_and_grad(params, X, Y)
    assert np.isfinite(value)
    assert all(np.isfinite(grad).all() for grad in grads.values())


@pytest.mark.parametrize("name", NETWORKS)
def test_float32_in_float32_out(name: str) -> None:
    net = sb.Network(*NETWORKS[name])
    module = loaded(sb.derive(net).source())
    params, X, Y = drawn(net, 4)
    exact = module.loss_and_grad(params, X, Y)[1]
    small = {key: value.astype(np.float32) for key, value in params.items()}
    _, grads = module.loss_and_grad(small, X.astype(np.float32), Y.astype(np.float32))
    assert {grad.dtype for grad in grads.values()} == {np.dtype(np.float32)}
    assert module.forward(small, X.astype(np.float32)).dtype == np.float32
    for key, grad in grads.items():
        np.testing.assert_allclose(grad, exact[key], rtol=2e-4, atol=2e-6)


@pytest.mark.parametrize("kind", [">f8", int, complex, str])
def test_parameters_that_are_no_native_floats_are_refused(kind: Any) -> None:
    net = sb.Network([2, 2, 1])
    params, X, Y = drawn(net, 3)
    found = {key: np.zeros(value.shape).astype(kind) for key, value in params.items()}
    for form in ("scalar", "matrix"):
        function = sb.derive(sb.Network([2, 2, 1], form=form)).compile()
        for wrong in (found, {**params, "b1": found["b1"]}):
            with pytest.raises(ValueError, match="params should be of one dtype of floats"):
                function(wrong, X, Y)


@pytest.mark.parametrize("kind", [complex, str, object])
def test_data_that_are_no_real_numbers_are_refused_by_name(kind: Any) -> None:
    params, X, Y = drawn(sb.Network([2, 2, 1]), 3)
    for form in ("scalar", "matrix"):
        module = sb.derive(sb.Network([2, 2, 1], form=form)).module()
        with pytest.raises(ValueError, match=r"X should be numbers of \(3, 2\), is "):
            module.forward(params, X.astype(kind))
        with pytest.raises(ValueError, match=r"Y should be numbers of \(3, 1\), is "):
            module.loss_and_grad(params, X, Y.astype(kind))


def test_whole_numbers_as_data_are_taken() -> None:
    net = sb.Network([2, 1], output="identity", loss="half_sse")
    params = {"W1": np.array([[1.0, 2.0]]), "b1": np.array([0.0])}
    _, grads = loaded(sb.derive(net).source()).loss_and_grad(params, [[1, 0], [0, 1]], [[0], [0]])
    assert grads["W1"].tolist() == [[0.5, 1.0]]


def test_derivative_by_some_parameters_only_is_no_training_code() -> None:
    net = sb.Network([2, 1])
    derived = sb.derive(net, wrt=[net.parameters[0]])
    for use in (derived.compile, derived.source):
        with pytest.raises(sb.UnsupportedError, match="without wrt"):
            use()


def test_activation_with_a_symbol_of_its_own_is_no_training_code() -> None:
    free, z = sp.symbols("free z")
    derived = sb.derive(sb.Network([1, 1, 1], sp.Lambda(z, free * z)))
    for use in (derived.compile, derived.source):
        with pytest.raises(sb.UnsupportedError, match="free is neither a parameter nor data"):
            use()


@pytest.mark.parametrize("method", ["backprop", "naive"])
def test_inputs_and_targets_of_different_lengths_are_refused(method: str) -> None:
    net = sb.Network([2, 1])
    params, X, Y = drawn(net, 4)
    module = loaded(sb.derive(net, method=method).source())
    for use in (module.loss, module.loss_and_grad, sb.derive(net, method=method).compile()):
        for targets in (Y[:1], Y[:3], Y[:, 0]):
            with pytest.raises(ValueError, match=r"Y should be numbers of \(4, 1\)"):
                use(params, X, targets)
