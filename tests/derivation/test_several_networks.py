"""Outputs of several networks in one expression: each is computed with its own layers, the parameters are shared."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import sympy as sp

import symbackprop as sb
from symbackprop.errors import ParameterError, SymbolNameError

L = sp.Symbol("L", real=True)
TANH = sb.Network([2, 3, 1], hidden="tanh", output="identity")
SIGMOID = sb.Network([2, 3, 1], hidden="sigmoid", output="identity")
DEEP = sb.Network([2, 3, 1, 1], hidden="tanh", output="tanh")
POINT = {symbol: 0.1 * place - 0.7 for place, symbol in enumerate([*DEEP.parameters, *TANH.inputs])}
HIDDEN = {TANH: np.tanh, SIGMOID: lambda z: 1 / (1 + np.exp(-z)), DEEP: np.tanh}


def output_of(net: sb.Network, at: dict[Any, float]) -> float:
    """The network's output by NumPy, from its widths alone."""
    below, values = np.array([at[x] for x in net.inputs]), dict(at)
    for number, (fan_in, units) in enumerate(zip(net.widths, net.widths[1:], strict=False), start=1):
        by_name = {symbol.name: value for symbol, value in values.items()}
        rows, columns = range(1, units + 1), range(1, fan_in + 1)
        weights = np.array([[by_name[f"w{number}_{i}_{j}"] for j in columns] for i in rows])
        sums = weights @ below + np.array([by_name[f"b{number}_{i}"] for i in rows])
        is_last = number == len(net.widths) - 1
        below = sums if is_last and net.output == "identity" else HIDDEN[net](sums)
    return float(below[0])


def slope(loss: Any, symbol: Any, step: float = 1e-6) -> float:
    ahead, behind = ({**POINT, symbol: POINT[symbol] + sign * step} for sign in (1, -1))
    return float((loss(ahead) - loss(behind)) / (2 * step))


def arguments_of(symbols: Any) -> list[float]:
    return [POINT[symbol] for symbol in symbols]


@pytest.mark.parametrize("nets", [(TANH, SIGMOID), (SIGMOID, TANH), (TANH, DEEP), (SIGMOID, DEEP, TANH)])
def test_each_network_has_its_own_layers(nets: tuple[sb.Network, ...]) -> None:
    expression = sum(sp.Integer(place) * net.outputs[0] ** 2 for place, net in enumerate(nets, start=1))
    derived = sb.derive(expression, [*TANH.parameters])

    def loss(at: dict[Any, float]) -> float:
        return sum(place * output_of(net, at) ** 2 for place, net in enumerate(nets, start=1))

    for symbol in TANH.parameters[:4]:
        found = derived.expand(symbol).subs(POINT)
        assert float(found) == pytest.approx(slope(loss, symbol), rel=1e-6)


def test_the_difference_of_two_networks_is_none_of_one() -> None:
    symbols = [*TANH.parameters, *TANH.inputs]
    outputs = [TANH.outputs[0], SIGMOID.outputs[0], TANH.outputs[0] - SIGMOID.outputs[0]]
    first, second = output_of(TANH, POINT), output_of(SIGMOID, POINT)
    assert sb.lambdify(symbols, outputs)(*arguments_of(symbols)) == pytest.approx([first, second, first - second])


def test_in_matrix_form_too() -> None:
    nets = [sb.Network([2, 3, 1], hidden=net.hidden, output="identity", form="matrix") for net in (TANH, SIGMOID)]
    symbols = [*nets[0].parameters, *nets[0].inputs]
    at = [[[0.3, -0.2], [0.1, 0.4], [-0.5, 0.7]], [[0.1], [0.2], [0.3]], [[0.4, -0.6, 0.9]], [[0.2]], [[0.6], [-0.3]]]
    W1, b1, W2, b2, x = (np.array(value) for value in at)
    expected = [W2 @ HIDDEN[net](W1 @ x + b1) + b2 for net in (TANH, SIGMOID)]
    difference = sb.lambdify(symbols, nets[0].outputs[0][0, 0] - nets[1].outputs[0][0, 0])
    assert np.squeeze(difference(W1, b1[:, 0], W2, b2[:, 0], x[:, 0])) == pytest.approx(
        (expected[0] - expected[1])[0, 0]
    )


def test_derivatives_of_two_networks_inside_of_a_loss() -> None:
    x = TANH.inputs[0]
    loss = sb.d(TANH.outputs[0], x) - sb.d(SIGMOID.outputs[0] ** 2, x)
    symbols = [*TANH.parameters, *TANH.inputs]
    expected = slope(lambda at: output_of(TANH, at) - output_of(SIGMOID, at) ** 2, x)
    assert float(sb.lambdify(symbols, loss)(*arguments_of(symbols))) == pytest.approx(expected, rel=1e-6)


def test_what_networks_compute_alike_is_one_quantity() -> None:
    names = {str(symbol) for symbol in sb.derive(TANH.outputs[0] - SIGMOID.outputs[0]).quantities}
    assert {"z1_1", "a1_1_"} <= names
    assert "z1_1_" not in names
    same = sb.Network([2, 3, 1], hidden="tanh", output="identity")
    assert sb.derive(TANH.outputs[0] - same.outputs[0] + L, [L]).expand(L) == 1


def test_a_name_that_could_be_of_either_is_refused() -> None:
    one, other = TANH.outputs[0], SIGMOID.outputs[0]
    unit = sp.Symbol("a1_1", real=True)
    for call in (
        lambda: sb.derive([*TANH.equations[:-1], (L, other)]),
        lambda: sb.derive([*TANH.equations[:-1], (L, one - other)]),
        lambda: sb.derive([*SIGMOID.equations[:-1], (L, one)]),
        lambda: sb.derive(one - other + unit),
        lambda: sb.derive(one - other, [unit]),
        lambda: sb.derive(sb.d(one - other, unit)),
    ):
        with pytest.raises(ParameterError, match="a1_1 stands for two things"):
            call()
    assert sb.derive([*TANH.equations[:-1], (L, one**2)]).expand("b2_1") != 0
    assert sb.derive(one**2, [unit]).expand(unit) != 0


def test_parameters_of_one_name_have_one_shape() -> None:
    one, other = (sb.Network([2, width, 1], output="identity", form="matrix").outputs[0] for width in (3, 4))
    with pytest.raises(SymbolNameError, match="two symbols are called"):
        sb.derive((one - other)[0, 0])
