"""A network's equations as a batched expression and the network itself: the same numbers, whichever door is taken."""

from __future__ import annotations

import numpy as np
import pytest

import symbackprop as sb

from ..support import one_of_each, slow_unless
from .network_support import NETS, drawn, network


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


WIDTHS = ([2, 3, 2], *([3, 4, 2], [2, 1], [1, 1, 1], [1, 3, 1, 2, 1], [4, 3, 3, 3], [2, 40]))


@slow_unless(lambda hidden, loss: (hidden, loss) in (("tanh", "cross_entropy"), ("relu", "mse"), ("sigmoid", "bce")))
@pytest.mark.parametrize(("hidden", "loss"), NETS, ids=map("-".join, NETS))
def test_both_forms_give_the_same(hidden: str, loss: str) -> None:
    for widths in WIDTHS:
        if loss == "cross_entropy" and widths[-1] == 1:
            continue
        scalar, matrix = (network(hidden, loss, form, widths) for form in ("scalar", "matrix"))
        params, X, Y = drawn(scalar)
        sample = params, X, Y * 0.9 if loss == "bce" else Y
        value, grads = sb.derive(scalar).compile()(*sample)
        for style in ("fast", "readable"):
            other, others = sb.derive(matrix).compile(style)(*sample)
            assert other == pytest.approx(value, rel=1e-14, abs=1e-14)
            for name, grad in grads.items():
                assert others[name].shape == grad.shape
                np.testing.assert_allclose(others[name], grad, rtol=1e-11, atol=1e-14, err_msg=f"{widths} {name}")
