"""What `derivation.py` measures beside ours: how each library is given the net, derives, and is counted.

One rule counts for all, that of `symbackprop.cost`: n - 1 for a sum of n terms, 1 for a product, quotient, power, sign
or function, 0 for what computes nothing; of arrays, so many for each entry. The loss and all derivatives are counted
as the library hands them over. A net has tanh throughout and half the sum of squared errors.
"""

from __future__ import annotations

import gc
import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from importlib import import_module
from itertools import pairwise
from time import perf_counter
from typing import Any

import casadi as ca
import jax
import jax.numpy as jnp
import pytensor
import pytensor.tensor as pt
import symengine
import sympy as sp
from pytensor.graph.traversal import ancestors
from pytensor.tensor.elemwise import DimShuffle, Elemwise
from pytensor.tensor.math import Dot, Sum
from sympy.core.cache import clear_cache

import symbackprop as sb
from symbackprop.cost import written_out
from symbackprop.graph import Graph
from symbackprop.lowering import Lowering

Widths = tuple[int, ...]
SHORT = 0.2  # seconds: what takes less has more turns than one

# sympy.simplify is a function as well as a package, so that this module cannot be reached by its dotted name
_cse_diff = import_module("sympy.simplify._cse_diff")


@dataclass(frozen=True)
class Way:
    """One way to derive.

    Fields:
        derived: the work that is timed, of the written net and of what the way `after` made of it.
        counted: the operations of the net's loss and of that work's result; None where nothing can be counted.
        after: the way it goes on from, whose time counts as well.
    """

    name: str
    derived: Callable[[Any, Any], Any]
    counted: Callable[[Any, Any], int | None]
    after: str = ""


@dataclass(frozen=True)
class Library:
    """How a library writes a net, which is not timed, and its ways to derive, the quickest first."""

    name: str
    written: Callable[[Widths], Any]
    ways: tuple[Way, ...]
    forget: Callable[[], None] = lambda: None


def one_turn(work: Callable[[], Any]) -> tuple[float, Any]:
    """Seconds, with the collector off as in `timeit`, and what was made, so that freeing it is not timed."""
    gc.collect()
    gc.disable()
    try:
        start = perf_counter()
        made = work()
        return perf_counter() - start, made
    finally:
        gc.enable()


def taking_turns(*works: Callable[[], Any], turns: int = 25, limit: float = 15.0) -> list[float]:
    """The best time of each in seconds, works taking turns; from `limit` seconds on there are no more, but 3 in all."""
    best = [math.inf] * len(works)
    start = perf_counter()
    for turn in range(turns):
        if turn >= 3 and perf_counter() - start > limit:
            break
        for position, work in enumerate(works):
            best[position] = min(best[position], one_turn(work)[0])
    return best


# --- one symbol for each weight ---


def scalar_net(widths: Widths, symbol: Callable[[str], Any], tanh: Callable[[Any], Any]) -> tuple[Any, Any, Any]:
    """The loss as one expression of a library's symbols, the parameters, and the data."""
    inputs = values = [symbol(f"x{i}") for i in range(widths[0])]
    parameters = []
    for number, units in enumerate(widths[1:]):
        layer = [
            ([symbol(f"w{number}_{to}_{i}") for i in range(len(values))], symbol(f"b{number}_{to}"))
            for to in range(units)
        ]
        parameters += [one for weights, bias in layer for one in (*weights, bias)]
        values = [tanh(sum((w * a for w, a in zip(weights, values, strict=True)), bias)) for weights, bias in layer]
    targets = [symbol(f"y{i}") for i in range(widths[-1])]
    return sum((a - y) ** 2 for a, y in zip(values, targets, strict=True)) / 2, parameters, [*inputs, *targets]


def counted(expressions: Iterable[Any]) -> int:
    """The operations of SymPy expressions, each a tree of its own."""
    graph = Graph()
    lowering = Lowering(graph)
    count: int = written_out(graph, [lowering.expression(expression) for expression in expressions])
    return count


def counted_shared(replacements: Iterable[tuple[Any, Any]], reduced: Iterable[Any]) -> int:
    """The operations of what `cse` gives."""
    return counted([*(expression for _, expression in replacements), *reduced])


def casadi_net(widths: Widths) -> tuple[Any, Any, Any]:
    loss, parameters, data = scalar_net(widths, ca.SX.sym, ca.tanh)
    return loss, ca.vertcat(*parameters), ca.vertcat(*data)


def casadi_function(net: Any, _: Any = None) -> Any:
    """CasADi's gradient, and the Function that evaluates it with the loss."""
    loss, parameters, data = net
    return ca.Function("f", [parameters, data], [loss, ca.gradient(loss, parameters)])


def casadi_operations(_: Any, function: Any) -> int:
    """Instructions that compute: not those that read inputs and constants or write outputs."""
    idle = (ca.OP_INPUT, ca.OP_OUTPUT, ca.OP_CONST)
    return sum(function.instruction_id(i) not in idle for i in range(function.n_instructions()))


def symengine_net(widths: Widths) -> tuple[Any, Any]:
    return scalar_net(widths, symengine.Symbol, symengine.tanh)[:2]


def symengine_shared(net: Any, _: Any = None) -> Any:
    """SymEngine's diff by each parameter, then its cse of the loss and all of them."""
    loss, parameters = net
    return symengine.cse([loss, *(loss.diff(parameter) for parameter in parameters)])


def symengine_operations(_: Any, made: Any) -> int:
    replacements, reduced = made
    return counted_shared(((name, value._sympy_()) for name, value in replacements), (e._sympy_() for e in reduced))


def sympy_net(widths: Widths) -> tuple[Any, Any]:
    """Our own equations put together: SymPy has this loss sooner than that of `scalar_net`, and its diff is faster."""
    net = sb.Network(widths, hidden="tanh", output="tanh", loss="half_sse")
    return net.loss, net.parameters


def _jacobian_shared(net: Any, _: Any) -> tuple[Any, Any]:
    """What `_forward_jacobian` does before it puts what is shared back into every entry."""
    loss, parameters = net
    replacements, reduced = sp.cse(sp.Matrix([loss]))
    replacements, [jacobian], _ = _cse_diff._forward_jacobian_cse(replacements, reduced, sp.Matrix(parameters))
    return replacements, [*reduced[0], *jacobian]


def _jacobian(net: Any, _: Any) -> Any:
    loss, parameters = net
    return _cse_diff._forward_jacobian(sp.Matrix([loss]), sp.Matrix(parameters))


def _diff(net: Any, _: Any) -> list[Any]:
    loss, parameters = net
    return [sp.diff(loss, parameter) for parameter in parameters]


def _lambdified(net: Any, gradients: Any) -> Any:
    loss, parameters = net
    data = sorted(loss.free_symbols.difference(parameters), key=str)
    return sp.lambdify([*parameters, *data], [loss, *gradients], cse=True)


SYMPY = Library(
    "SymPy",
    sympy_net,
    (
        Way("Jacobian, shared", _jacobian_shared, lambda _, made: counted_shared(*made)),
        Way("Jacobian", _jacobian, lambda net, jacobian: counted([net[0], *jacobian])),
        Way("diff", _diff, lambda net, gradients: counted([net[0], *gradients])),
        Way("diff + cse", lambda net, made: sp.cse([net[0], *made]), lambda _, made: counted_shared(*made), "diff"),
        Way("diff + lambdify", _lambdified, lambda _, made: None, "diff"),
    ),
    clear_cache,
)
CASADI = Library("CasADi", casadi_net, (Way("CasADi", casadi_function, casadi_operations),))
SYMENGINE = Library("SymEngine", symengine_net, (Way("SymEngine", symengine_shared, symengine_operations),))
IN_CHILDREN = {library.name: library for library in (SYMPY, SYMENGINE)}


# --- whole layers ---


def jax_net(widths: Widths) -> tuple[Any, ...]:
    """(weights and biases, input, target): shapes without values, vectors, of which JAX makes the shortest trace."""

    def shaped(*shape: int) -> Any:
        return jax.ShapeDtypeStruct(shape, jnp.float32)

    parameters = [(shaped(units, fan_in), shaped(units)) for fan_in, units in pairwise(widths)]
    return parameters, shaped(widths[0]), shaped(widths[-1])


def jax_trace(net: Any, _: Any = None) -> Any:
    """The trace of value_and_grad; of a function made anew, or JAX might look up what it traced before."""

    def loss(parameters: Any, x: Any, y: Any) -> Any:
        for weights, bias in parameters:
            x = jnp.tanh(weights @ x + bias)
        return jnp.sum((x - y) ** 2) / 2

    return jax.make_jaxpr(jax.value_and_grad(loss))(*net)


JAX_FREE = {"broadcast_in_dim", "convert_element_type", "copy", "expand_dims", "reshape", "squeeze", "transpose"}
JAX_BY_ENTRY = {"add", "add_any", "div", "integer_pow", "mul", "neg", "pow", "square", "sub", "tanh"}
JAX_INSIDE = ("jaxpr", "call_jaxpr")  # where an equation keeps the program that it calls


def jax_operations(_: Any, trace: Any) -> int:
    """The equations as traced, before any compiler takes out what is there twice."""
    return sum(_jax_equation(equation) for equation in trace.jaxpr.eqns)


def _jax_equation(equation: Any) -> int:
    name, entries = equation.primitive.name, math.prod(equation.outvars[0].aval.shape)
    shapes = [operand.aval.shape for operand in equation.invars]
    for inside in filter(equation.params.get, JAX_INSIDE):
        return jax_operations(None, equation.params[inside])
    if name == "dot_general":
        (contracted, _), _ = equation.params["dimension_numbers"]
        return _product(entries, math.prod(shapes[0][axis] for axis in contracted))
    if name == "reduce_sum":
        return math.prod(shapes[0]) - entries
    if name not in JAX_FREE | JAX_BY_ENTRY:
        raise ValueError(f"JAX's trace contains {name}, which has no count: give it one in {__name__}")
    return entries if name in JAX_BY_ENTRY else 0


def _product(entries: int, terms: int) -> int:
    """Each entry of a matrix product: `terms` products and their sum."""
    return entries * (2 * terms - 1)


def pytensor_net(widths: Widths) -> tuple[Any, list[Any]]:
    """The loss and the parameters, all columns: PyTensor is faster at those than at vectors."""

    def tensor(*shape: int) -> Any:
        return pt.tensor(shape=shape, dtype="float64")

    values, parameters = tensor(widths[0], 1), []
    for fan_in, units in pairwise(widths):
        weights, bias = tensor(units, fan_in), tensor(units, 1)
        parameters += [weights, bias]
        values = pt.tanh(pt.dot(weights, values) + bias)
    return ((values - tensor(widths[-1], 1)) ** 2).sum() / 2, parameters


def pytensor_graph(net: Any, _: Any = None) -> list[Any]:
    """The graph of the gradients: nothing is rewritten or compiled, so that no mode plays a part."""
    gradients: list[Any] = pytensor.grad(*net)
    return gradients


def pytensor_operations(net: Any, gradients: Any) -> int:
    """The graph as built, before any rewriting takes out what is there twice."""
    return sum(map(_pytensor_node, {variable.owner for variable in ancestors([net[0], *gradients]) if variable.owner}))


PYTENSOR_FREE = {"second", "cast", "identity"}


def _pytensor_node(node: Any) -> int:
    entries = math.prod(node.outputs[0].type.shape)
    shapes = [operand.type.shape for operand in node.inputs]
    match node.op:
        case DimShuffle():
            return 0
        case Dot():
            return _product(entries, shapes[0][-1])
        case Sum():
            return math.prod(shapes[0]) - entries
        case Elemwise(scalar_op=operation) if operation.name in {"add", "mul"}:
            return entries * (len(shapes) - 1)
        case Elemwise(scalar_op=operation):
            return 0 if operation.name in PYTENSOR_FREE else entries
    raise ValueError(f"PyTensor's graph contains {node.op}, which has no count: give it one in {__name__}")


JAX = Library("JAX", jax_net, (Way("JAX", jax_trace, jax_operations),))
PYTENSOR = Library("PyTensor", pytensor_net, (Way("PyTensor", pytensor_graph, pytensor_operations),))
