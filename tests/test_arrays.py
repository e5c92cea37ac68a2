"""Steps of array programs: equal ones are one, dimensions follow NumPy's, the texts compute what the steps say."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from symbackprop.codegen import arrays as kinds
from symbackprop.codegen import entrywise
from symbackprop.codegen.arrays import BATCH, INPUT, NUMBER, VIEW, Arrays
from symbackprop.codegen.functions import HELPERS
from symbackprop.codegen.numpy_source import SOURCES, Text
from symbackprop.codegen.steps import _ROWS, expression, sizes


def given(arrays: Arrays, name: str, *dims: Any) -> int:
    return arrays.make(INPUT, name, (), dims)


def test_equal_steps_are_one() -> None:
    arrays = Arrays()
    x, y = given(arrays, "x", BATCH, 3), given(arrays, "y", 3)
    assert arrays.ufunc("np.add", x, y) == arrays.ufunc("np.add", x, y)
    assert arrays.ufunc("np.add", x, y) != arrays.ufunc("np.add", y, x)
    assert given(arrays, "x", BATCH, 3) == x
    zero = arrays.make(NUMBER, Text("0", fixed=True), (), ())
    spread = [arrays.make(kinds.SPREAD, None, (zero,), dims) for dims in ((3,), (2,), (3,))]
    assert spread[0] == spread[2] != spread[1]


@pytest.mark.parametrize(
    ("left", "right", "whole"),
    [
        ((BATCH, 3), (3,), (BATCH, 3)),
        ((BATCH, 1), (BATCH, 3), (BATCH, 3)),
        ((3, 1), (2,), (3, 2)),
        ((), (BATCH,), (BATCH,)),
        ((), (), ()),
        ((BATCH, 1, 1), (3, 2), (BATCH, 3, 2)),
    ],
)
def test_dimensions_are_aligned_at_the_last(left: Any, right: Any, whole: Any) -> None:
    arrays = Arrays()
    assert arrays.broadcast((given(arrays, "x", *left), given(arrays, "y", *right))) == whole


def test_a_transpose_of_a_transpose_is_none() -> None:
    arrays = Arrays()
    for dims in ((3, 2), (BATCH, 3, 2)):
        x = given(arrays, f"x{len(dims)}", *dims)
        turned = arrays.transposed(x)
        assert arrays.dims[turned] == (*dims[:-2], 2, 3)
        assert arrays.transposed(turned) == x
    for dims in ((3,), (BATCH, 3), (BATCH,), ()):
        x = given(arrays, f"v{len(dims)}{dims[:1]}", *dims)
        assert arrays.transposed(x) == x


def test_the_base_of_views() -> None:
    arrays = Arrays()
    x = given(arrays, "x", 3, 2)
    view = arrays.view(arrays.transposed(x), "[:, None]", (2, 1, 3))
    assert arrays.kind(view) == VIEW
    assert arrays.base(view) == x


def test_every_kind_of_step_has_its_text() -> None:
    every = {
        value for name, value in vars(kinds).items() if name.isupper() and name != "BATCH" and isinstance(value, str)
    }
    assert every == set(_ROWS)


def test_every_operation_with_source_has_a_step() -> None:
    from symbackprop.codegen.values import UNARY  # noqa: PLC0415

    missing = [op for op in SOURCES if op not in entrywise.ENTRYWISE and op not in UNARY and op.name != "matmul"]
    assert missing == []


@pytest.mark.parametrize(
    ("name", "operands", "text"),
    [
        ("np.add", ("a + b", "c"), "a + b + c"),
        ("np.multiply", ("a + b", "c"), "(a + b) * c"),
        ("np.subtract", ("a", "b - c"), "a - (b - c)"),
        ("np.negative", ("a + b",), "-(a + b)"),
        ("np.power", ("-a", "b"), "(-a) ** b"),
        ("np.exp", ("a + b",), "np.exp(a + b)"),
    ],
)
def test_brackets_stand_where_they_must(name: str, operands: tuple[str, ...], text: str) -> None:
    binds = {"a + b": 3, "b - c": 3, "-a": 5}
    arrays = Arrays()
    steps = [given(arrays, operand) for operand in operands]
    step = arrays.ufunc(name, *steps)
    assert expression(arrays, step, [Text(operand, binds.get(operand, 7)) for operand in operands]).source == text


def test_tuples_of_sizes() -> None:
    assert [sizes(()), sizes((3,)), sizes((BATCH, 2))] == ["()", "(3,)", "(n, 2)"]


def test_what_is_placed_lies_among_zeros_of_its_dtype() -> None:
    found = HELPERS["_placed"](np.float32(3), (2, 2), np.s_[0, 1], np.float32)
    assert found.tolist() == [[0, 3], [0, 0]]
    assert found.dtype == np.float32
