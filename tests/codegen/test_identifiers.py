"""Names of users and of the code never meet."""

from __future__ import annotations

import pytest
import sympy as sp

import symbackprop as sb

from ..example_models import columns, drawn
from ..networks.model_support import matrix
from ..support import slow_unless

a, b, x, y, p, L = sp.symbols("a b x y p L", real=True)

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
