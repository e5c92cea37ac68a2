"""A fitted model as code over the rows of data: values and derivatives of the parameters, filled into arrays."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from .. import codegen, derivation
from ..completed_equations import completed
from ..errors import DataError, ParameterError
from ..lowering import symbols_of
from .checked_care import care_for
from .data_columns import Table
from .fitted_model import FittedModel
from .given_outputs import Given, several_outputs


@dataclass(frozen=True)
class Rows:
    """The numbers of all columns, and what a fit takes off and divides by.

    Attributes:
        numbers: for each column, an entry of a matrix being one: an array (count,), or a number.
        count: how many rows there are.
        observed: (count, residuals); None for a curve.
        sigma: (count, residuals), or None.
        xdata: what `scipy.optimize.curve_fit` passes to its curve, which nobody can change.
    """

    numbers: Sequence[Any]
    count: int
    observed: Any = None
    sigma: Any = None
    xdata: Any = None

    @property
    def is_fit(self) -> bool:
        """Whether there is something observed."""
        return self.observed is not None


class RowsProgram:
    """Code of a model; copies of it are the text.

    Attributes:
        count: of the residuals of each row.
        names: of the columns, an entry of a matrix being one, and which of them the model itself contains.
        operations: for each row, of value and derivatives together.
        source: the generated text.
    """

    def __init__(
        self, parts: FittedModel, sigma: Any, fitted: Sequence[Any], columns: Sequence[Any], stable: bool, accurate: Any
    ) -> None:
        self.count = len(parts.computed)
        given, outputs = _outputs(parts, sigma, fitted, columns)
        own = {*parts.needed}
        subject = given.equations if parts.definitions else parts.computed[0]
        given, flat = given.by_entries(list(columns))
        matrices = given.matrices
        given, wrt = given.by_entries(list(fitted))
        care = care_for(subject, stable, accurate)
        found = derivation.derive_outputs(given.equations, outputs, wrt, care, letter="J")
        self.width, self.operations = len(wrt), found.operations
        self._places = [place for place in found.nodes if place[0] < self.count]
        roots = {place: len(outputs) + number for number, place in enumerate(found.nodes)}
        derivatives = [roots[place] for place in self._places]

        def compiled(entries: Sequence[int]) -> Any:
            arrays = [(f"entry{number}", (), {(): root}) for number, root in enumerate(entries)]
            return codegen.outputs_evaluation(
                found, arrays, "Residuals", [*wrt, *flat], flat, told=False, copied=False
            ).function()

        self._values = compiled(range(self.count))
        self._both = compiled([*range(self.count), *derivatives])
        self._beside = compiled(range(self.count, len(outputs)))
        self.source = self._both.source
        entries = {symbol: list(matrices.get(symbol, [symbol])) for symbol in columns}
        self.names = {one.name: symbol in own for symbol in columns for one in entries[symbol]}

    def rows(self, table: Table, sigma: Any = None) -> Rows:
        """The rows of a table, with what was observed; sigma is an array, where it is no expression of columns."""
        numbers = [one for symbol in table.values for one in table.entries(symbol)]
        with np.errstate(all="ignore"):  # what is nan is told
            *observed, spread = self._beside.of_rows([np.nan] * self.width + numbers, table.rows)
        taken = np.empty((table.rows, self.count))
        for place, one in enumerate(observed):
            taken[:, place] = one
        _refuse_nan("what is observed", taken)
        divisor = self._divisor(spread if sigma is None else sigma, table.rows)
        return Rows(numbers, table.rows, taken, divisor, self._xdata(numbers, table.rows))

    def _divisor(self, sigma: Any, rows: int) -> Any:
        sigma = np.asarray(sigma)
        if sigma.ndim == 0 and sigma == 1:
            return None
        if sigma.shape == (rows,):
            sigma = sigma[:, np.newaxis]
        wanted = (rows, self.count)
        if sigma.ndim and sigma.shape not in (wanted, (rows, 1)):
            told = f"({rows},)" + (f" or {wanted}" if self.count > 1 else "")
            raise DataError(f"sigma or weights have shape {sigma.shape}, expected {told}")
        if not (sigma > 0).all():
            row = f" in row {int(np.argwhere(~(sigma > 0))[0][0])}, counted from 0" if sigma.ndim else ""
            raise DataError(f"sigma is not above 0{row}: it divides the residuals; a weight may be 0")
        return np.ascontiguousarray(np.broadcast_to(sigma, wanted))

    def _xdata(self, numbers: Sequence[Any], rows: int) -> Any:
        """What `scipy.optimize.curve_fit` passes to its curve; nobody changes it."""
        own = [one for one, is_own in zip(numbers, self.names.values(), strict=True) if is_own and np.ndim(one)]
        found = np.zeros(rows) if not own else own[0].copy() if len(own) == 1 else np.array(own)
        found.flags.writeable = False
        return found

    def curve_rows(self, xdata: Any, held: Rows | None) -> Rows:
        """Rows of the columns of a curve alone; a number that is held stays."""
        numbers = [np.nan] * len(self.names) if held is None else list(held.numbers)
        own = [k for k, is_own in enumerate(self.names.values()) if is_own and (held is None or np.ndim(numbers[k]))]
        array = codegen.floating("xdata", xdata).astype(np.float64, copy=False)
        parts = array[np.newaxis] if len(own) < 2 else array
        if parts.ndim != 2 or len(parts) != max(len(own), 1):
            names = [name for k, name in enumerate(self.names) if k in own]
            wanted = "(rows,)" if len(own) < 2 else f"({len(own)}, rows)"
            raise ParameterError(f"xdata has shape {array.shape}, expected {wanted}: {', '.join(names)}")
        for place, one in zip(own, parts, strict=False):
            numbers[place] = one
        return Rows([one if k in own or not np.ndim(one) else np.nan for k, one in enumerate(numbers)], parts.shape[1])

    def values(self, x: Any, rows: Rows) -> Any:
        """Of all residuals, (rows * residuals,), row by row: a new array."""
        return self._filled(self._values.of_rows([*x, *rows.numbers], rows.count), rows)

    def values_and_jacobian(self, x: Any, rows: Rows) -> tuple[Any, Any]:
        """The same with the derivatives, (rows * residuals, parameters)."""
        found = self._both.of_rows([*x, *rows.numbers], rows.count)
        made = np.empty if len(self._places) == self.count * self.width else np.zeros
        jacobian = made((rows.count, self.count, self.width))
        for (row, column), one in zip(self._places, found[self.count :], strict=True):
            jacobian[:, row, column] = one
        if rows.sigma is not None:
            jacobian /= rows.sigma[:, :, np.newaxis]
        return self._filled(found[: self.count], rows), jacobian.reshape(-1, self.width)

    def _filled(self, found: Sequence[Any], rows: Rows) -> Any:
        """What is computed, less what was observed, divided by sigma."""
        if self.count == 1:
            return self._one(found[0], rows)
        values = np.empty((rows.count, self.count))
        for place, one in enumerate(found):
            values[:, place] = one
        if rows.is_fit:
            values -= rows.observed
        return (values if rows.sigma is None else values / rows.sigma).ravel()

    def _one(self, found: Any, rows: Rows) -> Any:
        """The same of one residual, in as few passes over the rows as can be."""
        if rows.is_fit:
            found = np.subtract(found, rows.observed[:, 0])
        elif np.shape(found) != (rows.count,) or any(found is one for one in rows.numbers):  # not an array of its own
            found = np.array(np.broadcast_to(found, rows.count))
        return found if rows.sigma is None else found / rows.sigma[:, 0]


def _outputs(parts: FittedModel, sigma: Any, fitted: Sequence[Any], columns: Sequence[Any]) -> tuple[Given, list[Any]]:
    """Equations of what is computed, what was observed and sigma, with the symbols of these."""
    asked = [*parts.computed, *parts.observed, sigma]
    defined = [symbol for pair in parts.definitions for side in pair for symbol in symbols_of(side)]
    named = several_outputs(asked, fitted, columns, defined)
    equations = completed([*parts.definitions, *named.equations], fitted)  # before matrices become entries
    given = Given(equations, named.outputs, None, is_chained=True)
    return given, list(named.outputs)


def _refuse_nan(what: str, values: Any) -> None:
    if np.isnan(values).any():
        row = int(np.argwhere(np.isnan(values))[0][0])
        raise DataError(f"{what} is nan in row {row}, counted from 0: leave such rows out of all columns")


__all__ = ["Rows", "RowsProgram"]
