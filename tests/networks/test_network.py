"""Networks as SymPy equations: their symbols, what they refuse, and that nothing overflows far out."""

from __future__ import annotations

import math
from fractions import Fraction
from typing import Any

import mpmath as mp
import numpy as np
import pytest
import sympy as sp

import symbackprop as sb
from symbackprop.derivation import Sweep, derive_equations
from symbackprop.errors import ArchitectureError, SymbackpropError, UnknownNameError
from symbackprop.networks import ACTIVATIONS, LOSSES, Network, softmax
from symbackprop.networks.losses import OUTPUT_OF
from symbackprop.sympy_functions.scalar_functions import relu, sigmoid

from ..support import (
    by_name,
    central_difference,
    check_close,
    evaluated,
    high_precision,
    in_floats,
    loss_value,
    outputs_of,
    sample_of,
    slow_unless,
)

# --- symbols, shapes and equations ---


def test_symbols_are_named_by_layer_and_unit() -> None:
    net = Network([2, 3, 1])
    names = [str(symbol) for symbol in net.parameters]
    first = [f"w1_{i}_{j}" for i in (1, 2, 3) for j in (1, 2)] + ["b1_1", "b1_2", "b1_3"]
    assert names == [*first, "w2_1_1", "w2_1_2", "w2_1_3", "b2_1"]
    assert [str(symbol) for symbol in net.inputs] == ["x1", "x2"]
    assert [str(symbol) for symbol in net.targets] == ["y1"]
    assert [str(symbol) for symbol in net.outputs] == ["a2_1"]
    assert str(net.loss_symbol) == "L"


def test_every_symbol_is_real() -> None:
    net = Network([2, 3, 2], output="softmax", loss="cross_entropy")
    symbols = set(net.parameters) | {symbol for symbol, _ in net.equations}
    symbols |= set().union(*(expression.free_symbols for _, expression in net.equations))
    assert all(symbol.is_real for symbol in symbols)


def test_equations_of_a_small_network() -> None:
    net = Network([2, 2, 1], hidden="tanh", output="sigmoid", loss="bce")
    s = {str(symbol): symbol for symbol in [*net.parameters, *net.inputs, *net.targets]}
    z = sp.symbols("z1_1 z1_2 z2_1", real=True)
    a = *sp.symbols("a1_1 a1_2", real=True), *net.outputs
    assert dict(net.equations[:-1]) == {
        z[0]: s["b1_1"] + s["w1_1_1"] * s["x1"] + s["w1_1_2"] * s["x2"],
        z[1]: s["b1_2"] + s["w1_2_1"] * s["x1"] + s["w1_2_2"] * s["x2"],
        a[0]: sp.tanh(z[0]),
        a[1]: sp.tanh(z[1]),
        z[2]: s["b2_1"] + s["w2_1_1"] * a[0] + s["w2_1_2"] * a[1],
        a[2]: sigmoid(z[2]),
    }
    assert net.equations[-1][0] == net.loss_symbol


def test_entries_fill_the_arrays_of_the_given_shapes() -> None:
    net = Network([4, 3, 2, 2], output="softmax", loss="cross_entropy")
    filled = {name: np.zeros(shape) for name, shape in net.shapes.items()}
    for array, index in net.entries.values():
        filled[array][index] += 1
    assert list(net.shapes.items()) == [
        ("W1", (3, 4)), ("b1", (3,)), ("W2", (2, 3)), ("b2", (2,)), ("W3", (2, 2)), ("b3", (2,))
    ]  # fmt: skip
    assert all((array == 1).all() for array in filled.values())
    assert tuple(net.entries) == net.parameters
    for symbol, (array, index) in net.entries.items():
        assert symbol.name == f"{array.lower()}_{'_'.join(str(i + 1) for i in index)}"


def test_equations_use_only_what_is_defined_above() -> None:
    net = Network([3, 2, 2], output="softmax", loss="mse")
    known = {*net.parameters, *net.inputs, *net.targets}
    for symbol, expression in net.equations:
        assert expression.free_symbols <= known
        assert symbol not in known
        known.add(symbol)


@slow_unless(lambda loss: loss in ("mse", "cross_entropy", "bce"))
@pytest.mark.parametrize("loss", LOSSES)
@high_precision
def test_loss_equals_the_textbook_definition(loss: str) -> None:
    for output in outputs_of(loss):
        for hidden in ("tanh", "relu"):
            net = Network([2, 2, 2], hidden, output, loss)
            values = sample_of(net, seed=3)
            check_close(evaluated(net.loss, values), loss_value(net, by_name(values)), what=net)


@pytest.mark.slow
@pytest.mark.parametrize("output", ["tanh", "softmax"])
def test_loss_is_the_equations_substituted(output: str) -> None:
    net = Network([2, 2, 2], "sigmoid", output, "huber")
    expression = net.loss_symbol
    for symbol, value in reversed(net.equations):
        expression = expression.xreplace({symbol: value})
    assert net.loss == expression
    assert net.loss.free_symbols == {*net.parameters, *net.inputs, *net.targets}


def test_repr_and_latex_show_the_network() -> None:
    net = Network([2, 2, 1])
    assert repr(net) == "Network(2-2-1, hidden=tanh, output=sigmoid, loss=bce)"


# --- what an activation may be ---

v = sp.Symbol("v", real=True)


class swish(sp.Function):
    """A user's activation as a SymPy function: z*sigmoid(2*z)."""

    def fdiff(self, argindex: int = 1) -> Any:
        z = self.args[0]
        return sigmoid(2 * z) + 2 * z * sigmoid(2 * z) * (1 - sigmoid(2 * z))

    def _eval_evalf(self, prec: int) -> Any:
        return (self.args[0] * sigmoid(2 * self.args[0]))._eval_evalf(prec)


CALLABLES = {
    "lambda": (lambda z: z * sigmoid(2 * z)),
    "Lambda": sp.Lambda(v, v * sigmoid(2 * v)),
    "class": swish,
}


@pytest.mark.slow
@pytest.mark.parametrize("kind", CALLABLES)
def test_an_activation_may_be_any_callable(kind: str) -> None:
    choice = CALLABLES[kind]
    net = Network([2, 2, 1], hidden=choice, output=choice, loss="mse")
    derivation = derive_equations(net.equations, net.parameters, model=net)
    values = sample_of(net, seed=5)
    reference = net.loss.replace(swish, lambda z: z * sigmoid(2 * z)).doit()
    for parameter in (net.parameters[0], net.parameters[-1]):
        expected = evaluated(sp.diff(reference, parameter), values)
        check_close(evaluated(derivation.expand(parameter), values), expected, what=(kind, parameter))


def test_a_sympy_function_class_is_an_activation() -> None:
    assert dict(Network([1, 1, 1], hidden=sp.atan).equations)[sp.Symbol("a1_1", real=True)] == sp.atan(
        sp.Symbol("z1_1", real=True)
    )


# --- refusals ---


NO_WIDTHS = [
    [], [2], [2, 0, 1], [2, -3, 1], [2, 2.0, 1], [2, "2", 1], [2, True, 1], 5, None, [2, None], "21", [2, Fraction(2)],
    [2, float("nan")],
]  # fmt: skip


@pytest.mark.parametrize("widths", NO_WIDTHS)
def test_widths_must_be_positive_integers(widths: Any) -> None:
    with pytest.raises(ArchitectureError, match="integer"):
        Network(widths)


def test_a_width_is_a_symbol_in_matrix_form_alone() -> None:
    n = sp.Symbol("n", integer=True, positive=True)
    with pytest.raises(ArchitectureError, match="width 2 is the symbol n: only form='matrix' takes symbols"):
        Network([2, n])
    assert Network([2, n], form="matrix").widths == (2, n)


@pytest.mark.parametrize(
    "widths", [(2, 3, 1), np.array([2, 3, 1]), [sp.Integer(2), sp.Integer(3), sp.Integer(1)], range(1, 4)]
)
def test_widths_may_be_any_sequence_of_integers(widths: Any) -> None:
    net = Network(widths)
    assert net.widths == tuple(int(width) for width in widths)
    assert all(type(width) is int for width in net.widths)


@pytest.mark.parametrize(
    ("arguments", "near"),
    [
        ({"hidden": "tahn"}, "'tanh'"),
        ({"hidden": "rellu"}, "'relu'"),
        ({"output": "sigmoyd"}, "'sigmoid'"),
        ({"output": "soft_max"}, "'softmax'"),
        ({"loss": "crossentropy"}, "'cross_entropy'"),
        ({"loss": "mes"}, "'mse'"),
        ({"form": "scaler"}, "'scalar'"),
    ],
)
def test_an_unknown_name_is_answered_with_the_nearest(arguments: dict[str, str], near: str) -> None:
    with pytest.raises(UnknownNameError, match=f"unknown .*{next(iter(arguments.values()))}.*did you mean {near}"):
        Network([2, 2, 1], **arguments)


def test_a_name_that_is_near_none_lists_them_all() -> None:
    with pytest.raises(UnknownNameError) as caught:
        Network([2, 2, 1], hidden="zzzzzz")
    assert "did you mean" not in str(caught.value)
    assert all(name in str(caught.value) for name in ACTIVATIONS)


@pytest.mark.parametrize(
    "arguments",
    [
        {"output": "tanh", "loss": "bce"},
        {"output": "softmax", "loss": "bce"},
        {"output": "sigmoid", "loss": "cross_entropy"},
        {"output": "softmax", "loss": "cross_entropy", "widths": [2, 2, 1]},
        {"hidden": "softmax"},
    ],
)
def test_parts_that_do_not_fit_are_refused(arguments: dict[str, Any]) -> None:
    with pytest.raises(ArchitectureError, match=r"softmax|sigmoid"):
        Network(**{"widths": [2, 2, 2], **arguments})


@pytest.mark.parametrize("choice", [3, None, lambda z: "z", lambda: 0, lambda z: [z], sp.atan2, lambda z: z.nothing])
@pytest.mark.parametrize("place", ["hidden", "output"])
def test_what_is_no_activation_is_refused(choice: Any, place: str) -> None:
    with pytest.raises(SymbackpropError, match=place):
        Network([2, 2, 1], loss="mse", **{place: choice})


@pytest.mark.parametrize("loss", [3, ["mse"], LOSSES["mse"]])
def test_a_loss_must_be_a_known_name(loss: Any) -> None:
    with pytest.raises(UnknownNameError, match="loss"):
        Network([2, 2, 1], loss=loss)


@pytest.mark.parametrize("loss", LOSSES.values())
def test_a_loss_needs_a_target_for_every_output(loss: Any) -> None:
    with pytest.raises(ArchitectureError, match="targets"):
        loss(sp.symbols("a1:3"), sp.symbols("y1:4"))
    with pytest.raises(ArchitectureError, match="at least one"):
        loss([], [])


def test_a_loss_takes_single_expressions_too() -> None:
    a, y = sp.symbols("a y")
    for name, loss in LOSSES.items():
        assert loss(a, y) == loss([a], [y]), name


def test_an_output_fit_names_real_activations_and_losses() -> None:
    assert set(OUTPUT_OF) <= set(LOSSES)
    assert set(OUTPUT_OF.values()) <= {*ACTIVATIONS, "softmax"}


# --- far out ---

FAR = (1000.0, -1000.0, 40.0, -40.0)
FINE = 1e-12


def check_far(derivation: Sweep, function: Any, point: dict[Any, float]) -> None:
    """Value and derivatives in floats are finite, and right as digits without end have them."""
    found = in_floats(derivation.graph, [derivation.loss_node, *derivation.gradient_nodes.values()], point)
    assert all(map(math.isfinite, found)), found
    with mp.workdps(1000):
        here = [mp.mpf(point[symbol]) for symbol in derivation.wrt]
        slopes = [central_difference(function, here, i, mp.mpf(10) ** -30) for i in range(len(here))]
        expected = [float(function(*here)), *map(float, slopes)]
    assert found == pytest.approx(expected, rel=FINE, abs=FINE), derivation.network or derivation.loss


def with_values(net: Network, values: dict[str, float], names: list[str]) -> Any:
    """The textbook loss as a function of some of the network's symbols."""
    return lambda *numbers: loss_value(
        net, {**{name: mp.mpf(value) for name, value in values.items()}, **dict(zip(names, numbers, strict=True))}
    )


@slow_unless(lambda hidden: hidden != "gelu")
@pytest.mark.parametrize("hidden", ACTIVATIONS)
@pytest.mark.parametrize("far", FAR)
def test_hidden_activation_is_right_far_out(hidden: str, far: float) -> None:
    net = Network([1, 1, 1], hidden, "identity", "half_sse")
    values = {"w1_1_1": far, "x1": 1.0, "b1_1": 0.0, "w2_1_1": 0.5, "b2_1": 0.25, "y1": 1.0}
    check_network(net, values)


def check_network(net: Network, values: dict[str, float]) -> None:
    derivation = derive_equations(net.equations, net.parameters, model=net)
    symbols = {symbol.name: symbol for symbol in [*net.parameters, *net.inputs, *net.targets]}
    point = {symbols[name]: value for name, value in values.items()}
    names = [symbol.name for symbol in net.parameters]
    check_far(derivation, with_values(net, values, names), point)


LOGITS = ((1000.0, -1000.0), (-1000.0, 1000.0), (1000.0, 999.0), (-1000.0, -1000.5), (40.0, -3.0))
TARGETS = ((1.0, 0.0), (0.25, 0.75))


@slow_unless(lambda loss, logits: loss in ("bce", "cross_entropy") and logits[0] == 1000.0)
@pytest.mark.parametrize("loss", LOSSES)
@pytest.mark.parametrize("logits", LOGITS, ids=str)
def test_loss_is_right_far_out(loss: str, logits: tuple[float, float]) -> None:
    for output in outputs_of(loss):
        net = Network([1, 2], "identity", output, loss)
        for targets in TARGETS:
            values = {"w1_1_1": logits[0], "w1_2_1": logits[1], "x1": 1.0, "b1_1": 0.0, "b1_2": 0.0}
            check_network(net, {**values, "y1": targets[0], "y2": targets[1]})


@pytest.mark.slow
@pytest.mark.parametrize("name", ["bce", "cross_entropy"])
def test_a_loss_written_by_hand_is_right_far_out(name: str) -> None:
    """A user who builds the loss from the package's functions gets the stable form too."""
    z, L = sp.symbols("z1:3", real=True), sp.Symbol("L", real=True)
    outputs = softmax(z) if name == "cross_entropy" else [sigmoid(value) for value in z]
    net = Network([1, 2], "identity", {"bce": "sigmoid"}.get(name, "softmax"), name)
    derivation = derive_equations([(L, LOSSES[name](outputs, (1, 0)))], z)
    for logits in LOGITS:
        values = {"w1_1_1": 0.0, "w1_2_1": 0.0, "x1": 1.0, "y1": 1.0, "y2": 0.0}
        check_far(derivation, with_values(net, values, ["b1_1", "b1_2"]), dict(zip(z, logits, strict=True)))


def test_relu_of_zero_passes_nothing_back() -> None:
    net = Network([1, 1], "relu", relu, "half_sse")
    derivation = derive_equations(net.equations, net.parameters, model=net)
    point = dict.fromkeys([*net.parameters, *net.inputs, *net.targets], 0.0) | {net.inputs[0]: 1.0, net.targets[0]: 5.0}
    assert in_floats(derivation.graph, list(derivation.gradient_nodes.values()), point) == [0.0, 0.0]


@pytest.mark.parametrize(
    ("output", "loss"),
    [("sigmoid", "bce"), ("softmax", "cross_entropy"), ("identity", "half_sse"), ("tanh", "half_sse")],
)
def test_the_usual_loss_fits_the_output(output: str, loss: str) -> None:
    assert Network([2, 2], output=output).loss_name == loss


@pytest.mark.parametrize("function", [sb.sigmoid, sb.softplus, sb.relu, sb.elu, sb.leaky_relu, sb.silu, sb.gelu])
def test_sympys_printers_put_our_functions_where_a_call_would_stand(function: Any) -> None:
    """lambdify and ccode are given a definition: as a base, an exponent, a factor or a divisor it must stay whole."""
    p = sp.Symbol("p", positive=True)
    for wrap in (lambda z: 1 / z, lambda z: z**2, lambda z: 2 * z, lambda z: 2**z, lambda z: p - z, lambda z: p / z):
        expression = wrap(function(p + 1))
        expected = float(expression.subs(p, sp.Rational(19, 10)).doit().evalf(20))
        for modules in ("math", "numpy", "mpmath"):
            assert float(sp.lambdify(p, expression, modules)(1.9)) == pytest.approx(expected, rel=1e-12), modules
