"""A NumPy evaluator of graphs with matrices, and the oracles that judge derivatives of matrices with it.

Every node becomes an array of two dimensions, a scalar one of 1 x 1, so that NumPy's own repetition to fit is the
meaning of the elementwise operations. Conditions look at real parts alone: a complex step goes through all of it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from functools import cache
from typing import Any

import numpy as np
import pytest
import sympy as sp
from sympy.matrices.expressions.matexpr import MatrixElement
from sympy.matrices.expressions.slice import MatrixSlice

from symbackprop import rules

from .operations import OPERATIONS

Array = Any
Values = Mapping[Any, Array]

STEP = 1e-30


@cache
def _leaf(value: Any, sizes: tuple[tuple[Any, int], ...], kind: type) -> Any:
    """The array of a leaf, made once: a complex step computes a graph for each entry of each matrix."""
    value = value.subs(dict(sizes))
    if getattr(value, "is_Matrix", False):
        return np.array(value.as_explicit().tolist(), dtype=kind)
    if isinstance(value, sp.Tuple):
        return tuple(slice(*map(int, span)) for span in value)
    return np.array([[bool(value) if value.is_Boolean else kind(value)]])


def arrays_of(
    graph: Any, roots: Sequence[int], values: Values, sizes: Mapping[Any, int] | None = None, real: bool = False
) -> list[Array]:
    """The arrays of some nodes; `values` by symbol, `sizes` where widths are symbols. Every shape is checked.

    real: whether operations may come up that no complex step goes through.
    """
    sizes = sizes or {}
    done: dict[int, Any] = {}
    with np.errstate(all="ignore"):
        for node in graph.reachable(roots):
            op, *args = graph.keys[node]
            if op.name == "symbol":
                done[node] = np.array([[sizes[args[0]]]]) if args[0] in sizes else as_array(values[args[0]])
            elif op.leaf:
                done[node] = _leaf(args[0], tuple(sizes.items()), float if real else complex)
            else:
                row = OPERATIONS[op.name]
                assert real or row.complex_safe, f"{op} is no function of complex arrays"
                done[node] = row.arrays(*(done[arg] for arg in args))
            _check_shape(graph, node, done[node], sizes)
    return [done[root] for root in roots]


def _check_shape(graph: Any, node: int, array: Any, sizes: Mapping[Any, int]) -> None:
    if not isinstance(array, tuple):
        expected = tuple(
            size if isinstance(size, int) else int(sp.S(size).subs(sizes)) for size in graph.shape(node) or (1, 1)
        )
        assert array.shape == expected, f"{graph.op(node)} has shape {array.shape}, the graph says {expected}"


def as_array(value: Any) -> Array:
    """Numbers as an array of two dimensions."""
    array = np.asarray(value)
    return array.reshape(1, 1) if array.ndim == 0 else array


def shape_of(symbol: Any, sizes: Mapping[Any, int] | None = None) -> tuple[int, int]:
    """The shape of a symbol as numbers; a scalar is 1 x 1."""
    rows, columns = getattr(symbol, "shape", (1, 1))
    return int(sp.S(rows).subs(sizes or {})), int(sp.S(columns).subs(sizes or {}))


def random_values(symbols: Sequence[Any], seed: int, sizes: Mapping[Any, int] | None = None) -> dict[Any, Array]:
    """Normal numbers for each symbol; square matrices are kept well away from singular ones."""
    random = np.random.default_rng(seed)
    values = {}
    for symbol in symbols:
        rows, columns = shape_of(symbol, sizes)
        values[symbol] = random.normal(size=(rows, columns))
        if rows == columns > 1:
            values[symbol] += 3 * np.eye(rows)
    return values


def numbers_of(
    derivation: Any, values: Values, sizes: Mapping[Any, int] | None = None
) -> tuple[float, dict[Any, Array]]:
    """The loss and every derivative of a derivation, as real arrays."""
    nodes = [derivation.loss_node, *derivation.gradient_nodes.values()]
    loss, *gradients = arrays_of(derivation.graph, nodes, values, sizes)
    return loss.real.item(), {symbol: array.real for symbol, array in zip(derivation.wrt, gradients, strict=True)}


def loss_at(derivation: Any, values: Values, sizes: Mapping[Any, int] | None = None) -> Any:
    """The loss alone, complex if a value is."""
    [loss] = arrays_of(derivation.graph, [derivation.loss_node], values, sizes)
    return loss.item()


def stepped(values: Values, symbol: Any, index: tuple[int, int], step: Any) -> dict[Any, Array]:
    """The values with one entry moved."""
    moved = np.array(values[symbol], dtype=type(step + 0.0))
    moved[index] += step
    return {**values, symbol: moved}


def complex_step_gradient(
    derivation: Any, values: Values, symbol: Any, sizes: Mapping[Any, int] | None = None
) -> Array:
    """The derivative by one symbol from the loss alone: Im L(x + ih) / h for each entry."""
    result = np.empty(values[symbol].shape)
    for index in np.ndindex(result.shape):
        result[index] = loss_at(derivation, stepped(values, symbol, index, 1j * STEP), sizes).imag / STEP
    return result


def check_gradients(
    derivation: Any, values: Values, sizes: Mapping[Any, int] | None = None, within: float = 1e-9
) -> None:
    """Every derivative has its symbol's shape and equals the complex step."""
    _, gradients = numbers_of(derivation, values, sizes)
    for symbol in derivation.wrt:
        assert gradients[symbol].shape == values[symbol].shape, symbol
        expected = complex_step_gradient(derivation, values, symbol, sizes)
        error = np.abs(gradients[symbol] - expected).max()
        assert error <= within * max(1.0, np.abs(expected).max()), f"{symbol}: {gradients[symbol]} is not {expected}"


# --- SymPy expressions by numbers ---


def explicit(expression: Any, values: Values, sizes: Mapping[Any, int] | None = None) -> Array:
    """The array of a SymPy expression of matrices, each part of it written out entry by entry.

    SymPy's own `.doit()` leaves some of its classes as they are, `HadamardPower` and `BlockMatrix` among them.
    """
    swap = {
        symbol: sp.ImmutableDenseMatrix(as_array(value).tolist()) if symbol.is_Matrix else sp.S(as_array(value).item())
        for symbol, value in values.items()
    }
    result = entries_of(expression.subs(sizes or {}), {symbol.subs(sizes or {}): v for symbol, v in swap.items()})
    return np.array(sp.Matrix(result if getattr(result, "is_Matrix", False) else [[result]]).evalf(30), dtype=complex)


def entries_of(expression: Any, swap: Mapping[Any, Any]) -> Any:
    """A SymPy expression with matrices of numbers or symbols in it, each distinct part of it written out once."""
    memo: dict[Any, Any] = {}

    def written(part: Any) -> Any:
        part = part.as_immutable() if isinstance(part, sp.MatrixBase) else part
        if part not in memo:
            memo[part] = swap[part] if part in swap else _written_out(part, swap, written)
        return memo[part]

    return written(expression)


def _written_out(part: Any, swap: Mapping[Any, Any], written: Callable[[Any], Any]) -> Any:
    if isinstance(part, sp.Lambda):
        entries = {entry: written(entry) for entry in part.atoms(MatrixElement)}
        return part.subs(entries | {symbol: value for symbol, value in swap.items() if not symbol.is_Matrix})
    if isinstance(part, sp.MatrixBase):
        return part.applyfunc(written)
    if isinstance(part, sp.BlockMatrix):
        rows = [[written(part.blocks[i, j]) for j in range(part.blockshape[1])] for i in range(part.blockshape[0])]
        return sp.Matrix.vstack(*(sp.Matrix.hstack(*map(sp.Matrix, row)) for row in rows)).as_immutable()
    if not part.args:
        return part
    args = [written(arg) for arg in part.args]
    if isinstance(part, MatrixElement):
        return args[0][args[1], args[2]]
    result = _EXPLICIT.get(type(part), part.func)(*args)
    result = result if isinstance(result, sp.MatrixBase) else result.doit()
    return result.as_explicit() if getattr(result, "is_Matrix", False) else result


_EXPLICIT: dict[type, Callable[..., Any]] = {
    sp.Inverse: lambda x, *power: x.inv(),
    sp.MatPow: lambda x, power: x**power,
    sp.Determinant: lambda x: x.det(),
    sp.Trace: lambda x: x.trace(),
    sp.DiagonalOf: lambda x: x.diagonal().T.as_immutable(),
    sp.DiagonalMatrix: lambda x: sp.diag(*x.diagonal()).as_immutable(),
    MatrixSlice: lambda x, rows, columns: x.extract(_taken(*rows), _taken(*columns)),
}


def _taken(start: int, stop: int, step: int) -> list[int]:
    """What a slice takes by SymPy's count, which is of whole steps alone."""
    return [int(start + step * place) for place in range((stop - start) // step)]


# --- sabotage ---


@contextmanager
def corrupted_rule(op: Any, replays: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The rule of a matrix operation off by a millionth, and what was made of it before forgotten."""
    rule = rules.MATRIX_RULES[op]
    wrong = tuple(sp.MatMul(1 + sp.Rational(1, 10**6), adjoint) for adjoint in rule.adjoints)
    monkeypatch.setitem(rules.MATRIX_RULES, op, replace(rule, adjoints=wrong))
    replays.cache_clear()
    try:
        yield
    finally:
        replays.cache_clear()


def explicit_symbols(expression: Any, entries: Any) -> Any:
    """An expression of matrices with the entries given, as scalars or explicit matrices."""
    return entries_of(expression, {w: matrix.as_immutable() for w, matrix in entries.items()})
