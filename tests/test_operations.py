"""The table of operations itself: no row is missing, and the columns of a row agree with each other and with SymPy."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import sympy as sp

from symbackprop import ops
from symbackprop.sympy_functions.scalar_functions import DefinedFunction

from .operations import OPERATIONS, Operation, precise
from .support import check_close, evaluated, high_precision

pytestmark = pytest.mark.every_row

STEP = 1e-30
ENTRYWISE = [name for name in OPERATIONS if ops.OPS[name] not in ops.MATRIX]
OF_MATRICES = [op.name for op in ops.MATRIX]


def test_every_operation_has_a_row() -> None:
    expected = {op.name for op in ops.OPS.values() if not op.leaf}
    assert sorted(expected - set(OPERATIONS)) == []
    assert sorted(set(OPERATIONS) - expected) == []
    assert [name for name in OF_MATRICES if OPERATIONS[name].example is None] == []
    assert [name for name, row in OPERATIONS.items() if not row.points] == []


def everywhere(row: Operation) -> tuple[tuple[Any, ...], ...]:
    return row.points + row.kinks


def as_array(operand: Any) -> Any:
    if isinstance(operand, tuple):
        return operand
    if operand.is_Matrix:
        return np.array(operand.tolist(), dtype=float)
    return np.array([[bool(operand) if operand.is_Boolean else float(operand)]])


@pytest.mark.parametrize("name", ENTRYWISE)
@high_precision
def test_exact_meaning_is_that_of_sympy(name: str) -> None:
    row = OPERATIONS[name]
    for operands in everywhere(row):
        value = ops.OPS[name].sympy(*operands)
        value = value.definition() if isinstance(value, DefinedFunction) else value
        found = row.exact(*map(precise, operands))
        if isinstance(found, bool):
            assert found == bool(value), operands
        else:
            check_close(found, evaluated(sp.S(value), {}), what=(name, operands))


@pytest.mark.parametrize("name", ENTRYWISE)
def test_meanings_in_floats_and_on_arrays_are_the_exact_one(name: str) -> None:
    row = OPERATIONS[name]
    for operands in everywhere(row):
        expected = float(row.exact(*map(precise, operands)))
        numbers = [bool(x) if x.is_Boolean else np.float64(float(x)) for x in operands]
        assert float(row.floats(*numbers)) == pytest.approx(expected, rel=1e-13), operands
        assert row.arrays(*map(as_array, operands)).item() == pytest.approx(expected, rel=1e-13), operands


@pytest.mark.parametrize("name", OF_MATRICES)
def test_meaning_on_arrays_is_that_on_matrices(name: str) -> None:
    row = OPERATIONS[name]
    for operands in row.points:
        expected = np.array(sp.Matrix(row.exact(*operands)).evalf(30).tolist(), dtype=float)
        found = row.arrays(*map(as_array, operands))
        assert found.shape == expected.shape
        np.testing.assert_allclose(found, expected, rtol=1e-13)


VARIED = [name for name, row in OPERATIONS.items() if row.complex_safe and ops.OPS[name] not in ops.CONDITIONS]


@pytest.mark.parametrize("name", VARIED)
def test_a_complex_step_goes_through_what_is_complex_safe(name: str) -> None:
    """In every operand that holds numbers; as far as a central difference can tell."""
    row = OPERATIONS[name]
    for operands in row.points:
        arrays = [as_array(operand) for operand in operands]
        for place, array in enumerate(arrays):
            if isinstance(array, tuple) or array.dtype == bool:
                continue

            def moved(step: Any, at: int = place, given: Any = arrays) -> Any:
                return row.arrays(*given[:at], given[at] + step, *given[at + 1 :])

            difference = (moved(1e-6) - moved(-1e-6)) / 2e-6
            np.testing.assert_allclose(np.imag(moved(1j * STEP)) / STEP, difference, rtol=1e-6, atol=1e-8)
