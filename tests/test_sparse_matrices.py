"""Sparse Jacobians and Hessians, entry by entry and by products with vectors, against whole arrays and JAX."""

from __future__ import annotations

import random
from collections import Counter
from typing import Any

import numpy as np
import pytest
import sympy as sp

import symbackprop as sb
from symbackprop import derivation
from symbackprop.api import sparse_results

from .derivation.jacobian_support import banded, ring

x, y, z, a = sp.symbols("x y z a", real=True)
WAYS: dict[str, dict[str, Any]] = {
    "sparse": {"sparse": True, "compressed": False},
    "compressed": {"compressed": True},
    "both": {"sparse": True, "compressed": True},
}


def scattered(seed: int, rows: int, columns: int) -> tuple[list[Any], list[Any]]:
    """Outputs of a few symbols each, some of constants alone."""
    draw = random.Random(seed)
    symbols = [sp.Symbol(f"x{place}", real=True) for place in range(columns)]
    found = []
    for row in range(rows):
        chosen = draw.sample(symbols, draw.randint(0, 3))
        found.append(sp.sin(sp.Mul(*chosen)) * a + sp.Add(*(s**2 for s in chosen)) + row)
    return found, symbols


def partly_separable(seed: int, size: int) -> tuple[Any, list[Any]]:
    draw = random.Random(seed)
    symbols = [sp.Symbol(f"x{place}", real=True) for place in range(size)]
    terms = [sp.exp(sp.sin(sp.Add(*draw.sample(symbols, 2))) * a) for _ in range(size)]
    return sp.Add(*terms), symbols


JACOBIANS = {
    "banded": banded(18, 12),
    "transposed": ([sp.Add(*(s * (k + 1) for k, s in enumerate(sp.symbols("x:30")))) ** 2], list(sp.symbols("x:30"))),
    "arrow": ([x * y, x * z, y * z * a, x], [x, y, z]),
    "constants": ([sp.Integer(3), a, x], [x, y]),
    "nothing": ([a, sp.Integer(1)], [x, y]),
    "choice": ([sp.Piecewise((x**2, x > y), (y**3, True)), sp.Max(x, y) * z, z], [x, y, z]),
    **{f"scattered {seed}": scattered(seed, 9, 7) for seed in range(4)},
}
HESSIANS = {
    "ring": ring(6),
    "arrow": (x * sp.exp(y) + x * z**3 + x**2 * a, [x, y, z]),
    "linear": (x * a + 2 * y, [x, y]),
    "diagonal": (x**3 + sp.sin(y) + sp.exp(z), [x, y, z]),
    **{f"separable {seed}": partly_separable(seed, 8) for seed in range(4)},
}


def full(matrix: Any) -> Any:
    if hasattr(matrix, "toarray"):
        return matrix.toarray()
    return matrix.dense() if isinstance(matrix, sparse_results.SparseValues) else matrix


def inputs(function: Any, shape: tuple[int, ...] = ()) -> list[Any]:
    draw = np.random.default_rng(len(function.arguments))
    return [draw.uniform(0.3, 1.4, shape) for _ in function.arguments]


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("name", JACOBIANS)
def test_jacobians(name: str, way: str) -> None:
    exprs, wrt = JACOBIANS[name]
    found = sb.jacobian(exprs, wrt)
    whole, function = found.compile(values=True), found.compile(values=True, **WAYS[way])
    assert function.arguments == whole.arguments
    for shape in ((), (4,), (2, 3)):
        values = inputs(whole, shape)
        for mine, theirs in zip(function(*values), whole(*values), strict=True):
            np.testing.assert_allclose(full(mine), theirs, rtol=1e-13, atol=1e-14)
    alone = found.compile(**WAYS[way])
    np.testing.assert_array_equal(full(alone(*values)), full(function(*values)[-1]))
    assert found.sparsity == sorted(zip(*map(list, _places(found, alone)), strict=True))


def _places(found: Any, function: Any) -> tuple[Any, Any]:
    """Rows and columns, as a sparse function tells them of many points."""
    made = found.compile(sparse=True)(*inputs(function, (3,)))
    return [int(row) for row in made.rows], [int(column) for column in made.columns]


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("name", HESSIANS)
def test_hessians(name: str, way: str) -> None:
    value, wrt = HESSIANS[name]
    found = sb.hessian(value, wrt)
    whole, function = found.compile(values=True), found.compile(values=True, **WAYS[way])
    for shape in ((), (4,)):
        values = inputs(whole, shape)
        for mine, theirs in zip(function(*values), whole(*values), strict=True):
            np.testing.assert_allclose(full(mine), theirs, rtol=1e-12, atol=1e-13)
    exact = sp.hessian(value, wrt)
    assert found.sparsity == [(i, j) for i in range(len(wrt)) for j in range(len(wrt)) if exact[i, j] != 0]


def test_arguments_by_name_and_dtypes() -> None:
    found = sb.jacobian([x * y, z * a], [x, y, z])
    many = np.linspace(1, 2, 5, dtype=np.float32)
    for way in WAYS.values():
        function = found.compile(**way)
        made = function(many, a=np.float32(2), y=np.float32(3), z=np.float32(1))
        dtype = made.dtype if isinstance(made, np.ndarray) else made.values.dtype
        assert dtype == np.float32
        np.testing.assert_allclose(full(made)[:, 0, 1], many)
        np.testing.assert_allclose(full(function(many, 3.0, 1, a=2))[:, 1, 2], 2)
        with pytest.raises(sb.ParameterError, match="no value for z"):
            function(1.0, 2.0, a=1.0)
        with pytest.raises(sb.ParameterError, match="must be a real number"):
            function("1", 2.0, 3.0, 4.0)


def test_scipys_matrix_at_one_point() -> None:
    scipy = pytest.importorskip("scipy.sparse")
    made = sb.jacobian([x * y, z * a], [x, y, z]).compile(sparse=True)(1.0, 2.0, 3.0, 4.0)
    assert isinstance(made, scipy.csr_array)
    assert made.has_canonical_format
    assert made.nnz == 3
    np.testing.assert_array_equal(made @ np.ones(3), [3.0, 4.0])


def test_without_scipy_there_are_values_rows_and_columns(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sparse_results, "library", lambda name: None)
    made = sb.jacobian([z * a, x * y], [x, y, z]).compile(sparse=True)(1.0, 2.0, 3.0, 4.0)
    values, rows, columns, shape = made
    assert (list(values), list(rows), list(columns), shape) == ([4.0, 2.0, 1.0], [0, 1, 1], [2, 0, 1], (2, 3))
    np.testing.assert_array_equal(made.dense(), [[0, 0, 4], [2, 1, 0]])


def test_a_library_that_is_absent_is_none() -> None:
    assert sparse_results.library("no_such_library_here") is None
    assert sparse_results.library("numpy") is np


def test_an_infinite_slope_leaves_its_neighbours_alone() -> None:
    """Columns of one colour are added up: infinity times 0 would be nan in an entry that is 1."""
    found = sb.jacobian([sp.sqrt(x) + y, y * z, z + sp.sqrt(x) * 0], [x, y, z])
    one_by_one, together = found.compile(), found.compile(compressed=True)
    with np.errstate(divide="ignore", invalid="ignore"):
        np.testing.assert_array_equal(together(0.0, 1.0, 2.0), one_by_one(0.0, 1.0, 2.0))
        assert one_by_one(0.0, 1.0, 2.0)[0, 0] == np.inf


def test_colours_and_operations_are_told() -> None:
    rows, symbols = banded(30, 34)
    band = sb.jacobian(rows, symbols)
    assert band.compression.colours.count == 4
    assert str(band.compression).startswith("4 products by colours of columns: ")
    wide = sb.jacobian([x * y * z * a], [x, y, z, a]).compression
    assert (wide.colours.kind, wide.colours.count) == ("rows", 1)
    assert str(wide).startswith("one product by colours of rows")
    arrow = sb.hessian(sp.Add(*(x * s**2 for s in sp.symbols("s:9"))) + x**2, [x, *sp.symbols("s:9")])
    assert (arrow.compression.colours.kind, arrow.compression.colours.count) == ("rows and columns", 2)


def test_operations_are_those_that_are_run() -> None:
    """Counted by hand: x*y is formed once, all that the vector goes into once for each of three colours."""
    product = sb.jacobian([x * y * z], [x, y, z]).compression
    assert product.colours.count == 1
    along = derivation.compressed(
        derivation.Colours("columns", [0, 1, 2], {}), [(a, x * y * z)], [a], [x, y, z], derivation.Care()
    )
    graph, roots = along.product.graph, along.product.roots
    kinds = {node for node in graph.reachable(roots) if not graph.op(node).leaf}
    seeds = {graph.symbol(seed) for seed in along.seeds}
    seeded = set()
    for node in sorted(kinds):
        if not (seeds | seeded).isdisjoint(graph.args(node)):
            seeded.add(node)
    once = sum(max(len(graph.args(node)) - 1, 1) for node in kinds - seeded)
    each = sum(max(len(graph.args(node)) - 1, 1) for node in seeded)
    assert along.operations == once + 3 * each


def test_the_cheaper_way_is_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    """By operations that are counted; whichever they favour, the entries are the same."""
    found = sb.jacobian(*JACOBIANS["banded"])
    assert found.cost.total < found.compression.operations  # elimination forms no product for a zero
    plain = found.compile(sparse=True)
    assert "v_x0" not in plain.source
    cheap = derivation.Compression(found.compression.colours, found.compression.product, found.compression.seeds, 1)
    monkeypatch.setitem(vars(found), "compression", cheap)
    monkeypatch.setitem(vars(found.sweep), "operations", Counter(mul=10**9))
    chosen = found.compile(sparse=True)
    assert "v_x0" in chosen.source
    values = inputs(plain)
    np.testing.assert_allclose(chosen(*values).toarray(), plain(*values).toarray(), rtol=1e-13)


def test_modules_say_where_entries_stand(tmp_path: Any) -> None:
    for found in (sb.jacobian(*JACOBIANS["arrow"]), sb.hessian(*HESSIANS["arrow"]), sb.jacobian([x], [x])):
        path = found.write(tmp_path / "sparse.py", sparse=True)
        module: dict[str, Any] = {}
        exec(compile(path.read_text(), str(path), "exec"), module)
        values = inputs(found.compile())
        made = np.zeros(module["SHAPE"])
        made[list(module["ROWS"]), list(module["COLUMNS"])] = module["evaluate"](*values)
        np.testing.assert_allclose(made, found.compile()(*values), rtol=1e-14)
        assert path.read_text() == found.source(sparse=True)


def test_sparsity_of_every_result() -> None:
    exprs = [x * y, z]
    assert sb.derive(exprs, [x, y, z]).sparsity == [(0, 0), (0, 1), (1, 2)]
    assert sb.derive(x * z, [x, y, z]).sparsity == [(0,), (2,)]
    assert sb.gradient(x * z, [x, y, z]).sparsity == [(0,), (2,)]
    assert sb.vjp(exprs, [x, y, z], [1, 0]).sparsity == [(0,), (1,)]
    assert sb.hvp(x * y + z, [x, y, z]).sparsity == [(0,), (1,)]
    assert sb.jvp([x * y, z], [x]).sparsity == [(0,)]
    assert sb.derivatives(x**2 * y, [x, y], 3).sparsity == [(0,), (0, 0), (0, 0, 1), (0, 1), (1,)]


def test_code_of_many_rows_takes_linear_room() -> None:
    texts = [len(sb.jacobian(*banded(rows, 40)).source(sparse=True)) for rows in (100, 200, 400)]
    assert texts[2] - texts[1] < 2.3 * (texts[1] - texts[0])


REFUSED = {
    "sparse": (lambda: sb.jacobian([x], [x]).compile(sparse="yes"), sb.ParameterError, "sparse is 'yes'"),
    "compressed": (lambda: sb.jacobian([x], [x]).compile(compressed=1), sb.ParameterError, "compressed is 1"),
    "values": (lambda: sb.hessian(x**2, [x]).compile([x]), sb.ParameterError, "values is [x]"),
    "matrices": (
        lambda: sb.jacobian([sp.Trace(sp.MatrixSymbol("A", 2, 2)) * x], [x]).compile(sparse=True),
        sb.UnsupportedError,
        "leave sparse out",
    ),
    "products of matrices": (
        lambda: sb.jacobian([sp.Trace(sp.MatrixSymbol("A", 2, 2)) * x], [x]).compression,
        sb.UnsupportedError,
        "there are matrices",
    ),
}


@pytest.mark.parametrize("case", REFUSED)
def test_refusals(case: str) -> None:
    call, error, message = REFUSED[case]
    with pytest.raises(error) as caught:
        call()
    assert message in str(caught.value)
