"""Graphs of single operations with batched operands, and what generated code makes of them in both styles."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import reduce
from typing import Any

import mpmath as mp
import numpy as np
import sympy as sp

from symbackprop import ops
from symbackprop.codegen.program import symbols_in
from symbackprop.codegen.targets.numpy.compiled_functions import executed
from symbackprop.codegen.targets.numpy.expression_source import ArraySource
from symbackprop.codegen.targets.numpy.module_text import sweep_text
from symbackprop.derivation import WAYS, Sweep, backprop
from symbackprop.graph import Graph, matrix_arithmetic
from symbackprop.networks import Model

from ..matrix_support import OPERATIONS
from ..support import ORACLES

LOSS = sp.Symbol("L", real=True)


def _each(function: Any) -> Any:
    return np.vectorize(lambda x: float(function(x)), otypes=[float])


def _scaled_erfc(order: int, x: float) -> Any:
    """exp(x**2) times the repeated integral of erfc, by its integral (Abramowitz and Stegun 7.2.3)."""
    whole = mp.quad(lambda t: t**order * mp.exp(-(t**2) - 2 * x * t), [0, 1, mp.inf])
    return 2 / mp.sqrt(mp.pi) / mp.factorial(order) * whole


EVALUATED: dict[str, Callable[..., Any]] = {
    **{name: _each(oracle.function) for name, oracle in ORACLES.items()},
    **OPERATIONS,
    "atan2": np.arctan2,
    "floor": np.floor,
    "ceiling": np.ceil,
    "scaled_erfc": np.vectorize(lambda n, x: float(_scaled_erfc(int(n), x)), otypes=[float]),
    "polygamma": np.vectorize(lambda order, x: float(sp.polygamma(int(order), x)), otypes=[float]),
}
"""What each operation does to real arrays of two dimensions."""


def evaluated(graph: Graph, roots: Sequence[int], values: Mapping[Any, Any]) -> list[Any]:
    """The arrays of some nodes for one sample, node by node."""
    done: dict[int, Any] = {}
    with np.errstate(all="ignore"):
        for node in graph.reachable(roots):
            op, *args = graph.keys[node]
            if op is ops.SYMBOL:
                done[node] = values[args[0]]
            elif op.leaf:
                done[node] = _leaf(args[0])
            else:
                done[node] = EVALUATED[op.name](*(done[arg] for arg in args))
    return [done[root] for root in roots]


def _leaf(value: Any) -> Any:
    if getattr(value, "is_Matrix", False):
        return np.array(value.as_explicit().tolist(), dtype=float)
    if isinstance(value, sp.Tuple):
        return tuple(slice(*map(int, span)) for span in value)
    return np.array([[bool(value) if value.is_Boolean else float(value)]])


@dataclass
class Case:
    """A graph that is being built: operands are a parameter, times data with a value for each sample if batched."""

    low: float = 0.2
    high: float = 0.8
    graph: Graph = field(default_factory=Graph)
    wrt: list[Any] = field(default_factory=list)
    data: list[Any] = field(default_factory=list)

    def symbol(self, letter: str, shape: ops.Shape, into: list[Any]) -> int:
        name = f"{letter}{len(into)}"
        into.append(sp.MatrixSymbol(name, *shape) if shape else sp.Symbol(name, real=True))
        return self.graph.symbol(into[-1], shape)

    def operand(self, shape: ops.Shape, batched: bool) -> int:
        parameter = self.symbol("P", shape, self.wrt)
        return self.graph.mul(parameter, self.symbol("D", shape, self.data)) if batched else parameter

    def operands(self, shapes: Sequence[ops.Shape], flags: Sequence[bool]) -> list[int]:
        return [self.operand(shape, flag) for shape, flag in zip(shapes, flags, strict=True)]

    def derived(self, out: int, kind: str = "square") -> Sweep:
        """The derivation of a loss of a result, with one more term that has a value for each sample."""
        graph = self.graph
        weighted = {
            "plain": lambda: out,
            "square": lambda: graph.mul(out, out),
            "weighted": lambda: graph.mul(out, self.symbol("P", graph.shape(out), self.wrt)),
            "observed": lambda: graph.mul(out, self.symbol("D", graph.shape(out), self.data)),
        }[kind]()
        beside = graph.mul(self.operand((), True), self.operand((), False))
        root = graph.claim(graph.sum([matrix_arithmetic.total(graph, weighted), beside]), 0)
        graph.release([root])
        nodes = [graph.symbol(symbol) for symbol in self.wrt]
        adjoints = backprop.adjoints(graph, root, nodes)
        gradients = [
            graph.spread(graph.zero, graph.shape(node)) if adjoints[node] is None else adjoints[node] for node in nodes
        ]
        return Sweep(
            graph=graph,
            named={LOSS: root},
            wrt=tuple(self.wrt),
            gradient_nodes=gradients,
            adjoints=adjoints,
            way=WAYS["backprop"],
            seconds=0.0,
        )

    def values(self, samples: int, seed: int = 0) -> dict[Any, Any]:
        """Parameters as they are; data with a first axis of samples, near 1."""
        random = np.random.default_rng(seed)
        drawn = {symbol: self._drawn(random, _shape(symbol)) for symbol in self.wrt}
        return drawn | {symbol: random.uniform(0.9, 1.1, (samples, *_shape(symbol))) for symbol in self.data}

    def _drawn(self, random: np.random.Generator, shape: tuple[int, ...]) -> Any:
        values = random.uniform(self.low, self.high, shape)
        return values + 2 * np.eye(shape[0]) if len(shape) == 2 and shape[0] == shape[1] else values


def _shape(symbol: Any) -> tuple[int, ...]:
    return tuple(map(int, getattr(symbol, "shape", ())))


def expected(derivation: Sweep, data: Sequence[Any], values: Mapping[Any, Any], samples: int) -> list[Any]:
    """The means over the samples, each computed by itself."""
    roots = [derivation.loss_node, *derivation.gradient_nodes.values()]
    found = []
    for sample in range(samples):
        one = {s: np.reshape(v[sample] if s in data else v, _shape(s) or (1, 1)) for s, v in values.items()}
        found.append(evaluated(derivation.graph, roots, one))
    return [sum(parts[1:], parts[0]) / samples for parts in zip(*found, strict=True)]


class GraphModel(Model):
    """What training needs to know of a graph that no equations stand for: all data are inputs, side by side in X."""

    def __init__(self, parameters: Sequence[Any], inputs: Sequence[Any]) -> None:
        self.parameters, self.inputs = tuple(parameters), tuple(inputs)
        self.targets = self.outputs = ()
        self.form, self.task = "matrix", "numbers"


POISONED = """
def _poisoned(shape, dtype=float):
    return np.full(shape, True if dtype is bool else np.nan, dtype)


"""


def trained(derivation: Sweep, data: Sequence[Any], style: str) -> Callable[..., Any]:
    """f(values by name, samples): the function that trains, in one of the styles; what is read unwritten is nan."""
    derivation.model = GraphModel(derivation.wrt, data)
    text = sweep_text(derivation, style).replace("np.empty(", "_poisoned(")
    function = executed(POISONED + text, "loss_and_grad")

    def call(values: Mapping[str, Any], samples: int) -> Any:
        dtype = next(iter(values.values())).dtype
        params = {s.name: np.reshape(values[s.name], derivation.model.shapes[s.name]) for s in derivation.wrt}
        unread = {symbol.name: np.zeros((samples, *_shape(symbol))) for symbol in data}
        columns = [np.reshape((unread | dict(values))[symbol.name], (samples, -1)) for symbol in data]
        return function(params, np.concatenate(columns, axis=1).astype(dtype), None)

    return call


def check(case: Case, derivation: Sweep, samples: Sequence[int] = (1, 2, 7), what: Any = "") -> None:
    """Both styles give the means over single samples, in float64 and float32, and leave the arguments alone."""
    roots = [derivation.loss_node, *derivation.gradient_nodes.values()]
    batch = [symbol for symbol in symbols_in(derivation.graph, roots) if symbol in case.data]
    function = ArraySource(derivation, batch).function()
    trainers = [trained(derivation, case.data, style) for style in ("fast", "readable")]
    for count in samples:
        values = case.values(count, seed=count)
        wanted = expected(derivation, case.data, values, count)
        by_name = {symbol.name: value for symbol, value in values.items()}
        given = [np.array(by_name[name]) for name in function.arguments]
        for dtype, within in ((np.float64, 1e-12), (np.float32, 2e-4)):
            arrays = [array.astype(dtype) for array in given]
            before = [array.copy() for array in arrays]
            value, gradients = function(*arrays)
            _compare(derivation, wanted, value, gradients, dtype, within, what)
            for trainer in trainers:
                value, gradients = trainer(dict(zip(function.arguments, arrays, strict=True)), count)
                _compare(derivation, wanted, value, gradients, dtype, within, what)
            assert all(map(np.array_equal, arrays, before)), what


def _compare(
    derivation: Sweep, wanted: Sequence[Any], value: Any, gradients: Any, dtype: Any, within: float, what: Any
) -> None:
    loss, *others = wanted
    scale = max([1.0, *(np.abs(part).max() for part in wanted)])
    assert abs(value - loss.item()) <= within * scale, what
    for symbol, other in zip(derivation.wrt, others, strict=True):
        found = gradients[symbol.name]
        if _shape(symbol):
            assert found.dtype == dtype, (what, symbol)
        assert np.size(found) == np.size(other), (what, symbol)
        error = np.abs(np.reshape(found, np.shape(other)) - other).max()
        assert error <= within * scale, (what, symbol, found, other)


def made(case: Case, op: ops.Op, args: Sequence[int]) -> int:
    return matrix_arithmetic.maker(op)(case.graph, *args)


def folded(case: Case, op: ops.Op, args: Sequence[int]) -> int:
    return reduce(lambda x, y: made(case, op, [x, y]), args)
