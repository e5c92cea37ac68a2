"""The steps mean what their table says: who reads it alone, and knows no target, computes what generated code does."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import pytest
import sympy as sp

import symbackprop as sb
from symbackprop import ops
from symbackprop.codegen.lifetimes import needed
from symbackprop.codegen.program import Program
from symbackprop.codegen.steps import (
    BATCH,
    CALL,
    CONTRACT,
    COUNT,
    EYE,
    FILL,
    INPUT,
    LINALG,
    MAP,
    NUMBER,
    PLACE,
    REDUCE,
    SCALE,
    VIEW,
    Step,
    Steps,
)
from symbackprop.codegen.targets.numpy.expression_source import ArraySource
from symbackprop.codegen.targets.numpy.model_functions import NumpyMatrix, NumpyScalar

from ..operations import OPERATIONS
from ..support import one_of_each, slow_unless
from ..zoo import ZOO
from .batching_support import shown
from .network_support import NETS, drawn, network

REDUCED = {ops.ADD: np.add, ops.MAX: np.maximum, ops.MIN: np.minimum}
LINEAR: dict[ops.Op, Callable[[Any], Any]] = {
    ops.INVERSE: np.linalg.inv,
    ops.DETERMINANT: np.linalg.det,
    ops.TRACE: lambda x: np.trace(x, axis1=-2, axis2=-1),
}


def placed(axes: tuple[int, ...], view: Any, x: Any) -> Any:
    whole = np.zeros(axes)
    shown(whole, view)[...] = x
    return whole


MEANINGS: dict[str, Callable[[Any, tuple[int, ...], list[Any]], Any]] = {
    NUMBER: lambda value, axes, xs: np.bool_(bool(value)) if value.is_Boolean else np.float64(value),
    MAP: lambda op, axes, xs: OPERATIONS[op.name].arrays(*xs),
    CALL: lambda op, axes, xs: OPERATIONS[op.name].arrays(*xs),
    CONTRACT: lambda labels, axes, xs: np.einsum(xs[0], labels[0], xs[1], labels[1], labels[2]),
    REDUCE: lambda what, axes, xs: REDUCED[what[0]].reduce(xs[0], axis=what[1]),
    VIEW: lambda view, axes, xs: shown(xs[0], view),
    PLACE: lambda view, axes, xs: placed(axes, view, xs[0]),
    FILL: lambda what, axes, xs: np.broadcast_to(xs[0], axes),
    EYE: lambda what, axes, xs: np.eye(axes[0]),
    LINALG: lambda op, axes, xs: LINEAR[op](xs[0]),
}
"""What each kind of step is, from its `what`, its axes and its operands; the inputs are given."""


def computed(steps: Steps, roots: list[Step], given: Mapping[Any, Any], samples: int) -> list[Any]:
    """The values of some steps, and that each has the axes that it says."""
    done: dict[Step, Any] = {}
    for step in needed(steps, roots):
        kind, what = steps.kind(step), steps.what(step)
        axes = tuple(samples if size == BATCH else int(size) for size in steps.axes[step])
        xs = [done[operand] for operand in steps.operands(step)]
        done[step] = given[what] if kind == INPUT else MEANINGS[kind](what, axes, xs)
        assert np.shape(done[step]) == axes, (kind, what, axes, np.shape(done[step]))
    return [done[root] for root in roots]


def inputs(program: Program, values: Mapping[str, Any], samples: int) -> dict[Any, Any]:
    """By what an input is: its value, without axes of one entry."""
    given: dict[Any, Any] = {(COUNT, None, None): float(samples), (SCALE, None, None): 1.0 / samples}
    steps = program.steps
    for key, axes in zip(steps.keys, steps.axes, strict=True):
        if key[0] == INPUT and key[1] not in given:
            _, symbol, entry = key[1]
            array = np.asarray(values[symbol.name], dtype=float)
            shape = tuple(samples if size == BATCH else int(size) for size in axes)
            given[key[1]] = array[entry] if entry is not None else array.reshape(shape)
    return given


def swept(program: Program, values: Mapping[str, Any], samples: int) -> list[Any]:
    """The mean loss and the mean derivatives by the steps alone."""
    nodes = program.derivation.gradient_nodes.values()
    roots = [program.total(program.derivation.loss_node), *map(program.gradient, nodes)]
    total, *gradients = computed(program.steps, roots, inputs(program, values, samples), samples)
    return [total / samples, *gradients]


@pytest.mark.parametrize("name", ZOO)
def test_models_over_a_batch(name: str) -> None:
    model = ZOO[name]()
    derivation = sb.derive(model.equations, wrt=model.wrt)
    values = {symbol.name: value for symbol, value in model.values().items()}
    for symbol in model.data:
        values[symbol.name] = np.stack([values[symbol.name] * (1 + place / 10) for place in range(3)])
    value, gradients = derivation.compile(batch=model.data)(**values)
    found, *others = swept(ArraySource(derivation.sweep, model.data).program(), values, 3)
    assert found == pytest.approx(value, rel=1e-11)
    for gradient, other in zip(gradients.values(), others, strict=True):
        np.testing.assert_allclose(np.reshape(other, np.shape(gradient)), gradient, rtol=1e-9, atol=1e-11)


@slow_unless(one_of_each)
@pytest.mark.parametrize(("hidden", "loss"), NETS, ids=map("-".join, NETS))
def test_networks_in_both_forms(hidden: str, loss: str) -> None:
    for form, kind in (("scalar", NumpyScalar), ("matrix", NumpyMatrix)):
        net = network(hidden, loss, form)
        params, X, Y = drawn(net, 4)
        derivation = sb.derive(net)
        value, grads = derivation.compile()(params, X, Y)
        columns = {"x": X, "y": Y} if form == "matrix" else {f"x{i}": x for i, x in enumerate(X.T, 1)}
        columns |= {f"y{i}": y for i, y in enumerate(Y.T, 1)}
        found, *others = swept(kind(derivation.sweep).program, {**params, **columns}, 4)
        assert found == pytest.approx(value, rel=1e-12)
        for (array, index), other in zip(net.entries.values(), others, strict=True):
            np.testing.assert_allclose(np.reshape(other, grads[array][index].shape), grads[array][index], atol=1e-12)


M = sp.MatrixSymbol("M", 3, 4)
D = sp.MatrixSymbol("D", 3, 3)
PARTS = {
    "slice": sb.Total(sp.HadamardPower(M[0:2, 1:4:2], 2)),
    "row": sb.Total((M[1, :] * M.T).applyfunc(sp.exp)),
    "inverse": sp.Trace((D + 4 * sp.Identity(3)).I * M * M.T),
    "determinant": sp.log(sp.Determinant(M * M.T + sp.Identity(3))),
    "blocks": sb.Total(sp.HadamardPower(sp.BlockMatrix([[M, D]]), 3)),
    "softmax": sb.Total(sp.HadamardPower(sb.Softmax(D * M, 1), 2)) + sb.Total(sb.LogSumExp(M, 0)),
}


@pytest.mark.parametrize("name", PARTS)
def test_parts_of_matrices(name: str) -> None:
    derivation = sb.derive(PARTS[name], wrt=[M])
    rng = np.random.default_rng(2)
    values = {"M": rng.normal(size=(3, 4))}
    batch = [D] if PARTS[name].has(D) else None
    if batch:
        values["D"] = rng.normal(size=(5, 3, 3))
    value, gradients = derivation.compile(batch=batch)(**values)
    program = ArraySource(derivation.sweep, batch).program()
    if batch:
        found, other = swept(program, values, 5)
    else:
        roots = [program.value(derivation.loss_node), program.value(derivation.gradient_nodes[M])]
        found, other = computed(program.steps, roots, inputs(program, values, 1), 1)
    assert found == pytest.approx(value, rel=1e-11)
    np.testing.assert_allclose(other, gradients["M"], rtol=1e-9, atol=1e-11)
