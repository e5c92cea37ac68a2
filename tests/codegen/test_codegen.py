"""Generated code: right in value and gradient, flat, minimal, the same on every run, and counted honestly."""

from __future__ import annotations

import ast
import io
import operator
import re
import subprocess
import sys
import time
import tokenize
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import mpmath as mp
import numpy as np
import pytest
import sympy as sp
from hypothesis import assume, given
from hypothesis import strategies as st

import symbackprop as sb
from symbackprop import ops
from symbackprop.codegen.precedence import Text
from symbackprop.codegen.targets.numpy.elementwise_source import SOURCES, number
from symbackprop.networks import ACTIVATIONS, LOSSES

from ..operations import OPERATIONS
from ..support import deterministic, operations, printed_by, slow_unless, swept

OWN = ("sigmoid", "softplus", "relu", "leaky_relu", "elu", "logsumexp", "sign")
MEANINGS = {**{name: OPERATIONS[name].exact for name in OWN}, "Heaviside": OPERATIONS["heaviside"].exact}
"""What our own functions are, in mpmath: the oracle shares no code with the library."""

NETWORKS = {
    **{f"hidden {name}": ([2, 2, 1], name, "identity", "half_sse") for name in ACTIVATIONS},
    **{f"output {name}": ([2, 1, 2], "tanh", name, "mse") for name in ACTIVATIONS},
    **{f"loss {name}": ([2, 2, 2], "tanh", "identity", name) for name in set(LOSSES) - {"bce", "cross_entropy"}},
    "bce": ([2, 2, 2], "tanh", "sigmoid", "bce"),
    "cross_entropy": ([2, 2, 3], "tanh", "softmax", "cross_entropy"),
    "softmax mse": ([2, 2, 2], "sigmoid", "softmax", "mse"),
    "no hidden layer": ([3, 2], "tanh", "identity", "mae"),
    "lambda": ([2, 1, 1], sp.Lambda(sp.Symbol("u"), sp.atan(sp.Symbol("u")) + sp.Symbol("u") / 3), "tanh", "half_sse"),
}


def loaded(source: str) -> ModuleType:
    """The module of a source text."""
    module = ModuleType("generated_for_a_test")
    exec(compile(source, "<generated>", "exec"), module.__dict__)
    return module


def drawn(net: sb.Network, samples: int, seed: int = 0) -> tuple[dict[str, Any], Any, Any]:
    """Random parameters, inputs and targets; the targets of a cross-entropy sum to 1."""
    rng = np.random.default_rng(seed)
    params = {name: rng.normal(size=shape) for name, shape in net.shapes.items()}
    targets = rng.random((samples, net.widths[-1]))
    if net.loss_name == "cross_entropy":
        targets /= targets.sum(axis=1, keepdims=True)
    return params, rng.normal(size=(samples, net.widths[0])), targets


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


# --- the naive twin ---


@pytest.mark.parametrize("name", ["hidden gelu", "hidden relu", "loss huber", "bce", "cross_entropy", "output elu"])
def test_naive_twin_agrees(name: str) -> None:
    net = sb.Network(*NETWORKS[name])
    naive = sb.derive(net, method="naive")
    twin, shared = loaded(naive.source()), loaded(sb.derive(net).source())
    sample = drawn(net, 5)
    value, grads = shared.loss_and_grad(*sample)
    for other_value, other_grads in (twin.loss_and_grad(*sample), naive.compile()(*sample)):
        assert other_value == pytest.approx(value, rel=1e-12)
        for key, grad in grads.items():
            np.testing.assert_allclose(other_grads[key], grad, rtol=1e-10, atol=1e-12)
    np.testing.assert_allclose(twin.forward(*sample[:2]), shared.forward(*sample[:2]), rtol=1e-14)


# --- operations in the header, against the syntax tree ---


COUNTED = {
    "xor": ([2, 3, 1], "tanh", "sigmoid", "bce"),
    "relu": ([2, 3, 2], "relu", "identity", "mse"),
    "gelu": ([2, 2, 1], "gelu", "identity", "half_sse"),
    "huber": ([3, 2, 2], "softplus", "identity", "huber"),
    "softmax": ([3, 3, 3], "silu", "softmax", "cross_entropy"),
    "elu": ([2, 2, 2], "elu", "elu", "mae"),
    "leaky": ([1, 2, 1], "leaky_relu", "softsign", "mse"),
}


@pytest.mark.parametrize("name", COUNTED)
def test_operations_in_the_header_are_those_of_the_code(name: str) -> None:
    source = sb.derive(sb.Network(*COUNTED[name])).source()
    found = int(re.search(r"^(\d+) operations for the loss", source, re.MULTILINE)[1])
    assert found == swept(source)


@slow_unless(lambda name: name in ("xor", "gelu"))
@pytest.mark.parametrize("name", ["xor", "relu", "gelu", "huber", "elu", "leaky"])
def test_operations_of_the_twin_are_those_of_its_code(name: str) -> None:
    source = sb.derive(sb.Network(*COUNTED[name]), method="naive").source()
    found = int(re.search(r"^(\d+) operations for the loss .*; \d+ in one backward sweep", source, re.MULTILINE)[1])
    functions = [node for node in ast.parse(source).body if isinstance(node, ast.FunctionDef)]
    written = [node for node in functions if node.name.startswith("dL_d") or node.name == "loss_per_sample"]
    assert found == sum(operations(node.body[-1].value) for node in written)


# --- compiled expressions ---

a, b, c, x, y = sp.symbols("a b c x y", real=True)


def test_compiled_expression_takes_positions_names_arrays_and_whole_numbers() -> None:
    compiled = sb.derive(a**2 * x + sp.exp(b * x), wrt=[b, a]).compile()
    assert compiled.arguments == ("b", "a", "x")
    for value, gradients in (compiled(0, 3, 2), compiled(0.0, a=3, x=2), compiled(x=2, a=3, b=0)):
        assert (value, gradients) == (19.0, {"b": 2.0, "a": 12.0})
        assert type(value) is float
        assert all(type(gradient) is float for gradient in gradients.values())


def test_compiled_expression_broadcasts() -> None:
    compiled = sb.derive(a * x + b, wrt=[a, b]).compile()
    value, gradients = compiled(np.array([[1], [2]]), 1.5, np.array([0, 1, 2]))
    assert value.tolist() == [[1.5, 2.5, 3.5], [1.5, 3.5, 5.5]]
    assert gradients["a"].tolist() == [[0, 1, 2], [0, 1, 2]]
    assert gradients["b"].tolist() == [[1, 1, 1], [1, 1, 1]]
    gradients["b"][0, 0] = 7.0  # its own memory, and writable
    assert gradients["b"][0, 1] == 1.0


def test_compiled_expression_keeps_float32() -> None:
    expression = sp.sqrt(2 * sp.pi) * a**2 + sp.log(2) * sb.gelu(a) + sp.Rational(1, 3) * sb.logsumexp(0, a) + sp.erf(1)
    compiled = sb.derive(expression, wrt=[a]).compile()
    value, gradients = compiled(np.array([0.5, 2.0], np.float32))
    assert (value.dtype, gradients["a"].dtype) == (np.float32, np.float32)
    exact, exact_gradients = compiled(np.array([0.5, 2.0]))
    np.testing.assert_allclose(value, exact, rtol=1e-6)
    np.testing.assert_allclose(gradients["a"], exact_gradients["a"], rtol=1e-6)


AWKWARD = ("np", "sum", "list", "evaluate", "params", "print", "_sigmoid", "shape", "value", "gradients", "dict", "zip")
AWKWARD += ("math", "t1", "v1", "dL_da", "float", "match", "self", "_", "L", "X", "αβ")


@pytest.mark.parametrize("name", AWKWARD)
def test_any_identifier_may_name_a_symbol(name: str) -> None:
    symbol = sp.Symbol(name, real=True)
    other = sp.Symbol("other", real=True)
    expression = symbol * sb.sigmoid(symbol * other) + sp.sin(symbol) ** 2 * sp.exp(sp.sin(symbol)) * other
    compiled = sb.derive(expression, wrt=[symbol, other]).compile()
    value, gradients = compiled(**{name: 0.75, "other": -1.25})
    point = {symbol: sp.Float(0.75, 30), other: sp.Float(-1.25, 30)}
    assert value == pytest.approx(float(expression.doit().subs(point)), rel=1e-14)
    for by in (symbol, other):
        exact = sp.diff(expression.doit(), by).subs(point)
        assert gradients[by.name] == pytest.approx(float(exact), rel=1e-13)


def test_gradient_that_is_an_argument_itself() -> None:
    shape = sp.Symbol("shape")
    assert sb.derive(shape * a, wrt=[a, shape]).compile()(a=2, shape=3) == (6.0, {"a": 3.0, "shape": 2.0})


@pytest.mark.parametrize(
    ("values", "named"),
    [((1,), {}), ((1, 2, 3), {}), ((1, 2), {"a": 1}), ((1,), {"z": 2}), (("1", 2), {}), ((1j, 2), {}), ((1, None), {})],
)
def test_wrong_arguments_are_refused(values: Any, named: Any) -> None:
    compiled = sb.derive(a * b, wrt=[a, b]).compile()
    with pytest.raises(sb.ParameterError):
        compiled(*values, **named)


def test_equations_compile_to_the_derivatives_by_leaves() -> None:
    e, d, L = sp.symbols("e d L", real=True)
    compiled = sb.derive([(e, a * b), (d, e + c), (L, d * x)], wrt=[a, b, c, x]).compile()
    assert compiled(2.0, -3.0, 10.0, -2.0) == (-8.0, {"a": 6.0, "b": -4.0, "c": -2.0, "x": 4.0})


def test_expression_module_stands_alone(tmp_path: Path) -> None:
    path = sb.derive(sp.gamma(a) * sb.softplus(b) + sp.Max(a, b, c), wrt=[a, b]).write(tmp_path / "f.py")
    module = loaded(path.read_text())
    value, gradients = module.evaluate(3.0, 1.0, 0.5)
    assert value == pytest.approx(2 * np.log1p(np.e) + 3)
    assert gradients["a"] == pytest.approx(2 * (1.5 - np.euler_gamma) * np.log1p(np.e) + 1)
    assert gradients["b"] == pytest.approx(2 / (1 + np.exp(-1)))


@pytest.mark.slow
def test_value_and_grad_is_what_scipy_minimize_wants() -> None:
    rosenbrock = (1 - x) ** 2 + 100 * (y - x**2) ** 2
    function_of_a_point = sb.value_and_grad([[x, y]], rosenbrock, [x, y])
    point = np.array([-1.2, 1.0])
    value, gradient = function_of_a_point(point)
    assert (value, gradient.tolist()) == (pytest.approx(24.2), pytest.approx([-215.6, -88.0]))
    for _ in range(20_000):
        point = point - 0.0015 * function_of_a_point(point)[1]
    assert point == pytest.approx([1, 1], abs=1e-3)


def test_value_and_grad_keeps_the_order_of_args_and_of_wrt() -> None:
    f = sb.value_and_grad([x, (a, b), y], a * x + b * y, [b, a])
    value, gradient = f(2.0, [3.0, 5.0], 7.0)
    assert (value, gradient.tolist()) == (41.0, [7.0, 2.0])
    value, gradient = f(np.array([1.0, 2.0]), [3.0, 5.0], 7.0)
    assert (value.tolist(), gradient.tolist()) == ([38.0, 41.0], [[7.0, 7.0], [1.0, 2.0]])


@pytest.mark.parametrize("args", [[x], [x, x, a, b, y], ["x", a, b, y], [[x, 1], a, b, y]])
def test_value_and_grad_refuses_arguments_that_do_not_fit(args: Any) -> None:
    with pytest.raises(sb.ParameterError):
        sb.value_and_grad(args, a * x + b * y, [a])


@pytest.mark.parametrize("values", [(1.0,), (1.0, [1.0, 2.0, 3.0], 1.0), (1.0, 2.0, 1.0)])
def test_value_and_grad_refuses_values_that_do_not_fit(values: Any) -> None:
    f = sb.value_and_grad([x, (a, b), y], a * x + b * y, [a])
    with pytest.raises(sb.ParameterError):
        f(*values)


# --- precedence ---

INFIX = {
    ops.ADD: operator.add,
    ops.SUB: operator.sub,
    ops.MUL: operator.mul,
    ops.DIV: operator.truediv,
    ops.POW: operator.pow,
    ops.NEG: operator.neg,
    ops.LT: operator.lt,
    ops.GE: operator.ge,
}
VALUES = {"a": 1.5, "b": -0.75, "c": 2.25}
NUMBERS = [sp.Float("2.5"), sp.Integer(-1), sp.Rational(1, 3), sp.Rational(-5, 4), sp.Float("0.3"), sp.Float("-1e-3")]

leaves = st.one_of(st.sampled_from(sorted(VALUES)), st.sampled_from(NUMBERS))


def trees(below: Any) -> Any:
    pair = st.tuples(st.sampled_from([op for op in INFIX if op is not ops.NEG]), below, below)
    triple = st.tuples(st.just(ops.ADD), below, below, below)
    return st.one_of(pair, triple, st.tuples(st.just(ops.NEG), below))


def text_of(tree: Any) -> Text:
    if isinstance(tree, str):
        return Text(tree)
    return SOURCES[tree[0]](list(map(text_of, tree[1:]))) if isinstance(tree, tuple) else number(tree)


def value_of(tree: Any) -> Any:
    if isinstance(tree, str):
        return VALUES[tree]
    if not isinstance(tree, tuple):
        return int(tree) if tree.is_Integer else float(tree)
    first, *rest = map(value_of, tree[1:])
    if tree[0] is ops.NEG:
        return -first
    for value in rest:
        first = INFIX[tree[0]](first, value)
    return first


@deterministic(400)
@given(st.recursive(leaves, trees, max_leaves=12))
def test_text_keeps_the_order_of_its_tree_to_the_last_bit(tree: Any) -> None:
    try:
        expected = value_of(tree)
    except (ZeroDivisionError, OverflowError, TypeError):  # TypeError: complex numbers have no order
        assume(False)
    found = eval(text_of(tree).source, {}, dict(VALUES))
    assert repr(found) == repr(expected)  # nan equals nan here


expressions = st.recursive(
    st.sampled_from([a, b, c, sp.Integer(2), sp.Integer(-3), sp.Rational(2, 7), sp.pi]),
    lambda below: st.one_of(
        st.builds(lambda p, q: p + q, below, below),
        st.builds(lambda p, q: p - q, below, below),
        st.builds(lambda p, q: p * q, below, below),
        st.builds(lambda p, q: p / (1 + q**2), below, below),
        st.builds(lambda p, n: p**n, below, st.sampled_from([2, 3])),
        st.builds(
            lambda p, n: (1 + p**2) ** n, below, st.sampled_from([-2, -1, sp.Rational(1, 2), sp.Rational(-2, 3)])
        ),
        st.builds(sp.sin, below),
        st.builds(sp.atan, below),
        st.builds(lambda p: sb.sigmoid(p / 10), below),
        st.builds(lambda p, q: sp.Piecewise((p, a > b), (q, True)), below, below),
    ),
    max_leaves=10,
)


@deterministic(60)
@given(expressions)
def test_compiled_expressions_equal_evalf(expression: Any) -> None:
    expression = expression + a * b * c
    point = {a: sp.Rational(7, 5), b: sp.Rational(-2, 3), c: sp.Rational(11, 7)}
    value, gradients = sb.derive(expression, wrt=[a, b, c]).compile()(*map(float, point.values()))
    exact = [part.doit().xreplace(point).evalf(30) for part in (expression, *(sp.diff(expression, s) for s in point))]
    assume(all(abs(part) < 1e12 for part in exact))
    for found, true in zip([value, *gradients.values()], map(float, exact), strict=True):
        assert found == pytest.approx(true, rel=1e-9, abs=1e-9 * max(1.0, abs(value)))


def test_branch_not_taken_spoils_nothing_and_warns_of_nothing() -> None:
    compiled = sb.derive(sp.Piecewise((sp.log(a), a > 0), (sp.Integer(0), True)) + a * b, wrt=[a, b]).compile()
    with np.errstate(all="raise"):
        value, gradients = compiled(np.array([-1.0, 0.0, 2.0]), 3.0)
    assert value.tolist() == pytest.approx([-3.0, 0.0, 6.0 + np.log(2)])
    assert gradients["a"].tolist() == [3.0, 3.0, 3.5]


# --- flat, minimal, the same again ---


def deepest(source: str) -> int:
    """How deep brackets nest anywhere in a source text."""
    depth = most = 0
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type == tokenize.OP:
            depth += (token.string in "([{") - (token.string in ")]}")
            most = max(most, depth)
    return most


def own_part(source: str) -> str:
    """A generated module without its docstring and without the part that all modules share."""
    return source[source.index("\nimport ") :].split("# " + "-" * 106, maxsplit=1)[0]


@pytest.mark.parametrize("name", NETWORKS)
def test_generated_functions_are_flat(name: str) -> None:
    source = sb.derive(sb.Network(*NETWORKS[name])).source()
    assert deepest(source) <= 5
    assert max(map(len, source.splitlines())) <= 120


def test_wide_and_deep_networks_are_flat() -> None:
    for widths in ([30, 12, 10], [2] * 26):
        source = sb.derive(sb.Network(widths, "gelu", "softmax", "cross_entropy")).source()
        assert deepest(source) <= 5
        assert max(len(line) for line in source.splitlines() if not line.startswith("Made by")) <= 120


@pytest.mark.slow
def test_one_deep_expression_is_flat() -> None:
    expression: Any = a
    for level in range(2000):
        expression = sp.Mul(sp.sin(expression), b) if level % 2 else sp.Add(expression, c, evaluate=False)
    start = time.perf_counter()
    compiled = sb.derive(expression, wrt=[a, b, c]).compile()
    print(f"\n2,000 deep: {time.perf_counter() - start:.2f} s, {len(compiled.source.splitlines())} lines")
    assert deepest(compiled.source) <= 5
    assert max(map(len, compiled.source.splitlines())) <= 120
    value = deepest_value(0.5, 0.9, 0.3)
    found, gradients = compiled(0.5, 0.9, 0.3)
    assert found == pytest.approx(value, rel=1e-12)
    step = 1e-6
    slope = (deepest_value(0.5, 0.9, 0.3 + step) - deepest_value(0.5, 0.9, 0.3 - step)) / (2 * step)
    assert gradients["c"] == pytest.approx(slope, rel=1e-6)


def deepest_value(start: float, factor: float, shift: float) -> float:
    for level in range(2000):
        start = np.sin(start) * factor if level % 2 else start + shift
    return float(start)


@pytest.mark.slow
def test_long_chain_of_equations_is_flat_and_quick() -> None:
    weights = sp.symbols("w1:10001", real=True)
    equations, last = [], x
    for level, weight in enumerate(weights, start=1):
        quantity = sp.Symbol(f"h{level}", real=True)
        equations.append((quantity, sp.tanh(weight * last)))
        last = quantity
    start = time.perf_counter()
    compiled = sb.derive(equations, wrt=weights).compile()
    seconds = time.perf_counter() - start
    print(f"\n10,000 equations: {seconds:.2f} s, {len(compiled.source.splitlines())} lines")
    assert deepest(compiled.source) <= 5
    assert max(map(len, compiled.source.splitlines())) <= 120
    assert seconds < 60  # about 5 s on an idle core; what is quadratic takes minutes
    value, gradients = compiled(*[1.5] * 10_000, x=0.4)
    state = 0.4
    for _ in range(10_000):
        state = np.tanh(1.5 * state)
    assert value == pytest.approx(state, rel=1e-12)
    assert gradients["w10000"] == pytest.approx((1 - state**2) * state, rel=1e-9)


def test_brackets_of_a_chain_that_is_used_once_are_cut_too() -> None:
    expression: Any = x
    for _ in range(300):
        expression = sp.Mul(sp.Add(expression, a, evaluate=False), b, evaluate=False)
    compiled = sb.derive(expression, wrt=[x]).compile()
    assert deepest(compiled.source) <= 5
    assert max(map(len, compiled.source.splitlines())) <= 120
    value, gradients = compiled(2.0, 0.5, 0.99)
    exact = 2.0
    for _ in range(300):
        exact = (exact + 0.5) * 0.99
    assert value == pytest.approx(exact, rel=1e-12)
    assert gradients["x"] == pytest.approx(0.99**300, rel=1e-12)


def test_a_chain_without_brackets_is_cut_into_statements() -> None:
    expression: Any = x
    for level in range(1000):
        expression = sp.Add(expression, a if level % 2 else b, evaluate=False)
    compiled = sb.derive(expression, wrt=[x]).compile()
    body = ast.parse(compiled.source).body[0].body  # type: ignore[attr-defined]
    assert max(line.end_lineno - line.lineno for line in body) <= 8
    assert compiled(2.0, 0.5, 2.0) == (1252.0, {"x": 1.0})


def test_the_maximum_of_many_is_flat() -> None:
    compiled = sb.derive(sp.Max(*sp.symbols("m1:17", real=True)), wrt=sp.symbols("m1:17", real=True)).compile()
    assert deepest(compiled.source) <= 6
    values = np.random.default_rng(0).permutation(16).astype(float)
    value, gradients = compiled(*values)
    assert value == 15.0
    assert list(gradients.values()) == (values == 15).astype(float).tolist()


def test_helpers_are_included_only_where_they_are_called() -> None:
    for settings_of, needed in {
        ("tanh", "tanh", "half_sse"): set(),
        ("tanh", "sigmoid", "bce"): {"_sigmoid"},
        ("elu", "softmax", "cross_entropy"): {"_elu", "_logsumexp"},
        ("gelu", "identity", "mse"): {"_each", "_erfc"},
    }.items():
        source = sb.derive(sb.Network([2, 2, 2], *settings_of)).source()
        defined = {node.name for node in ast.parse(source).body if isinstance(node, ast.FunctionDef)}
        assert {name for name in defined if name.startswith("_")} == needed | {"_checked", "_forward", "_sweep"}


@slow_unless(lambda name: name == "bce")
@pytest.mark.parametrize("name", ["bce", "hidden gelu", "cross_entropy"])
def test_every_name_in_a_module_is_defined(name: str) -> None:
    for method in ("backprop", "naive"):
        source = sb.derive(sb.Network(*NETWORKS[name]), method=method).source()
        done = (
            subprocess.run(
                [sys.executable, "-m", "ruff", "check", "--isolated", "--select", "F", "--stdin-filename", "m.py", "-"],
                input=source,
                capture_output=True,
                text=True,
                check=False,
            )
            if has_ruff()
            else None
        )
        compiled = compile(source, "m.py", "exec")
        assert done is None or done.returncode == 0, done.stdout
        assert compiled.co_names


def has_ruff() -> bool:
    return subprocess.run([sys.executable, "-m", "ruff", "--version"], capture_output=True, check=False).returncode == 0


ALONE: dict[str, Callable[[], sb.Derivation]] = {
    "network": lambda: sb.derive(sb.Network([2, 2, 1], "gelu")),
    "network of matrices": lambda: sb.derive(sb.Network([2, 2, 1], "gelu", form="matrix")),
    "expression": lambda: sb.derive(sp.gamma(a) * b),
    "expression of matrices": lambda: sb.derive(sp.Trace(sp.MatrixSymbol("A", 3, 3).I)),
}


@slow_unless(lambda name: name in ("network", "expression of matrices"))
@pytest.mark.parametrize("name", ALONE)
def test_module_imports_neither_sympy_nor_symbackprop(name: str, tmp_path: Path) -> None:
    ALONE[name]().write(tmp_path / "alone.py")
    code = "import sys; sys.path.insert(0, '.'); import alone; print(sorted(sys.modules))"
    modules = ast.literal_eval(printed_by(code, tmp_path))
    assert "alone" in modules
    assert "numpy" in modules
    assert not [name for name in modules if name.split(".")[0] in ("sympy", "symbackprop", "mpmath", "rich")]


@pytest.mark.slow
def test_a_sum_of_thousands_of_terms_compiles() -> None:
    xs = sp.symbols("x0:3000", real=True)
    loss = sp.Add(*[a * b**2 for a, b in zip(xs, xs[1:] + xs[:1], strict=True)])
    value, gradients = sb.derive(loss, wrt=xs).compile()(*[1.0] * len(xs))
    assert value == len(xs)
    assert set(gradients.values()) == {3.0}
