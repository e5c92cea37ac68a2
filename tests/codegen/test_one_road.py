"""A network's equations as a batched expression and the network itself: the same numbers, whichever door is taken."""

from __future__ import annotations

from itertools import product
from typing import Any

import numpy as np
import pytest

import symbackprop as sb
from symbackprop.networks import ACTIVATIONS, LOSSES

from ..support import one_of_each, slow_unless

OUTPUT_OF = {"bce": "sigmoid", "cross_entropy": "softmax"}
NETS = list(product(sorted(ACTIVATIONS), sorted(LOSSES)))


def network(hidden: str, loss: str, form: str = "scalar") -> sb.Network:
    return sb.Network([2, 3, 2], hidden, OUTPUT_OF.get(loss, hidden), loss, form=form)


def drawn(net: sb.Network, samples: int = 5) -> tuple[dict[str, Any], Any, Any]:
    """Random parameters, inputs and targets; the targets of a cross-entropy sum to 1."""
    rng = np.random.default_rng(3)
    params = {name: rng.normal(size=shape) for name, shape in net.shapes.items()}
    X, Y = rng.normal(size=(samples, net.widths[0])), rng.random((samples, net.widths[-1]))
    return params, X, Y / Y.sum(axis=1, keepdims=True)


@slow_unless(one_of_each)
@pytest.mark.parametrize(("hidden", "loss"), NETS, ids=map("-".join, NETS))
def test_equations_over_a_batch_give_what_the_network_gives(hidden: str, loss: str) -> None:
    net = network(hidden, loss)
    params, X, Y = drawn(net)
    value, grads = sb.derive(net).compile()(params, X, Y)
    function = sb.derive(net.equations, wrt=net.parameters).compile(batch=[*net.inputs, *net.targets])
    weights = [params[name][index] for name, index in net.entries.values()]
    columns = {symbol.name: column for symbol, column in zip((*net.inputs, *net.targets), (*X.T, *Y.T), strict=True)}
    other, derivatives = function(**dict(zip(map(str, net.parameters), weights, strict=True)), **columns)
    assert other == pytest.approx(value, rel=1e-14, abs=1e-14)
    for symbol, (name, index) in net.entries.items():
        assert derivatives[symbol.name] == pytest.approx(grads[name][index], rel=1e-12, abs=1e-14), symbol


@slow_unless(one_of_each)
@pytest.mark.parametrize(("hidden", "loss"), NETS, ids=map("-".join, NETS))
def test_both_forms_give_the_same(hidden: str, loss: str) -> None:
    scalar, matrix = network(hidden, loss), network(hidden, loss, "matrix")
    sample = drawn(scalar)
    value, grads = sb.derive(scalar).compile()(*sample)
    for style in ("fast", "readable"):
        other, others = sb.derive(matrix).compile(style)(*sample)
        assert other == pytest.approx(value, rel=1e-14, abs=1e-14)
        for name, grad in grads.items():
            np.testing.assert_allclose(others[name], grad, rtol=1e-11, atol=1e-14)
