"""Residuals of a model over the rows of data, with their Jacobian, as SciPy's least squares want them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import sympy as sp

from ..codegen import in_order
from ..equation_list import checked_wrt
from ..errors import DataError, ParameterError, listed
from ..lowering import symbols_of
from .data_columns import Table, columns_of, finite_floats, name_of, symbols_for
from .fitted_model import fitted_model
from .given_outputs import entries_of
from .parameter_vectors import ParameterVector
from .rows_program import Rows, RowsProgram


class Residuals:
    """f(x): the residuals of a model at parameters x, (rows * residuals,), row by row; made by `residuals`.

    It is called as SciPy calls it, and so is `jac`. Values and Jacobian at one point are computed together where both
    are asked for; each array is the caller's, and nothing changes it afterwards.

    Attributes:
        names: of the parameters, in the order of x, a matrix symbol standing for its entries, row by row.
        bounds: (lower, upper), arrays in the order of x, infinite where there is none.
        operations: how many each row takes for value and derivatives, shared ones once.
        source: the generated text of the function of all symbols, one by one.
    """

    def __init__(
        self,
        program: RowsProgram,
        params: ParameterVector,
        columns: Sequence[Any],
        values: Any,
        sigma: Any,
        bounds: Any,
    ) -> None:
        self._program, self._params, self._columns, self._sigma = program, params, tuple(columns), sigma
        self.names, self.bounds = tuple(params.names), params.limits(bounds)
        self.operations, self.source = program.operations, program.source
        self._held: Rows | None = None if values is None else program.rows(Table(columns, values), sigma)
        self._bare = None if self._held is None else Rows(self._held.numbers, self._held.count)
        self._kept: dict[Any, Any] = {}
        self._asks_both = False  # whether a Jacobian was asked for where the last values were

    # --- least_squares ---

    def __call__(self, x: Any, *columns: Any) -> Any:
        """The residuals at x, divided by sigma.

        Args:
            x: the parameters, (parameters,).
            columns: where data is a list of symbols: their values.

        Raises:
            DataError: the columns have different numbers of rows, or hold nan.
            ParameterError: x has another shape or holds no real numbers, or there are columns too many or too few.
        """
        return self._values(self._params.checked(x), self._rows(x, columns))

    def jac(self, x: Any, *columns: Any) -> Any:
        """Their derivatives, (rows * residuals, parameters), for the same arguments."""
        return self._jacobian(self._params.checked(x), self._rows(x, columns))

    @property
    def least_squares(self) -> dict[str, Any]:
        """What `scipy.optimize.least_squares` is given: `least_squares(x0=x0, **fit.least_squares)`."""
        return {"fun": self, "jac": self.jac, "bounds": self.bounds}

    # --- curve_fit ---

    def curve(self, xdata: Any, *params: Any) -> Any:
        """The model alone, (rows * residuals,), as `scipy.optimize.curve_fit` calls it.

        Args:
            xdata: the columns that the model contains: one, (rows,), or several, (columns, rows), in the order of data.
            params: a number for each entry of x.

        Raises:
            ParameterError: a shape is another one, or it holds no real numbers.
        """
        return self._values(self._params.checked(params), self._curve_rows(xdata))

    def curve_jac(self, xdata: Any, *params: Any) -> Any:
        """Its derivatives, (rows * residuals, parameters), for the same arguments."""
        return self._jacobian(self._params.checked(params), self._curve_rows(xdata))

    @property
    def curve_fit(self) -> dict[str, Any]:
        """What `scipy.optimize.curve_fit` is given, sigma and bounds too: `curve_fit(p0=x0, **fit.curve_fit)`.

        Raises:
            ParameterError: the data comes with each call.
        """
        if self._held is None:
            raise ParameterError(
                "data is a list of columns, which come with each call: write curve_fit(fit.curve, xdata, ydata, p0, "
                "jac=fit.curve_jac), or give residuals a dict of arrays"
            )
        rows = self._held
        given = {"f": self.curve, "xdata": rows.xdata, "ydata": rows.observed.ravel(), "jac": self.curve_jac}
        return {**given, "sigma": None if rows.sigma is None else rows.sigma.ravel(), "bounds": self.bounds}

    # --- by name ---

    def by_name(self, x: Any) -> dict[str, Any]:
        """The parameters in x by name: floats, of a matrix symbol an array.

        Raises:
            ParameterError: x has another shape, or holds no real numbers.
        """
        return self._params.by_name(x)

    def vector(self, values: Mapping[Any, Any]) -> Any:
        """x, of the parameters by symbol or name: where a fit starts.

        Raises:
            ParameterError: one is missing, or has another shape.
            UnknownNameError: a name is none of the parameters.
        """
        return self._params.joined(values, "the vector")

    def __repr__(self) -> str:
        rows = "" if self._held is None else f"{self._held.count} rows of "
        return f"Residuals({listed(self.names)}; {rows}{listed([one.name for one in self._columns])})"

    # --- rows ---

    def _rows(self, x: Any, columns: Sequence[Any]) -> Rows:
        names = [one.name for one in self._columns]
        if self._held is None:
            return self._program.rows(Table(self._columns, in_order(["x", *names], (x, *columns), {})[1:]), self._sigma)
        if columns:
            raise ParameterError(
                f"the function takes x: its data is held; to pass columns with each call, give data as a list, {names}"
            )
        return self._held

    def _curve_rows(self, xdata: Any) -> Rows:
        """Those that are held, where they are passed: nobody can have changed them."""
        if self._held is not None and self._bare is not None and xdata is self._held.xdata:
            return self._bare
        return self._program.curve_rows(xdata, self._held)

    # --- what two calls at one point share ---

    def _values(self, x: Any, rows: Rows) -> Any:
        key = x.tobytes()  # which tell 0.0 from -0.0
        kept = self._kept.pop((0, id(rows), key), None)
        if kept is not None:
            return kept
        if not self._asks_both:
            return self._program.values(x, rows)
        self._asks_both = False  # until somebody has asked for the Jacobian of these values
        values, jacobian = self._program.values_and_jacobian(x, rows)
        self._keep((1, id(rows), key), jacobian, rows)
        return values

    def _jacobian(self, x: Any, rows: Rows) -> Any:
        key = x.tobytes()
        kept = self._kept.pop((1, id(rows), key), None)
        self._asks_both = True
        if kept is not None:
            return kept
        values, jacobian = self._program.values_and_jacobian(x, rows)
        self._keep((0, id(rows), key), values, rows)
        return jacobian

    def _keep(self, key: Any, array: Any, rows: Rows) -> None:
        """Keep what the next call may ask for, to be given away once, as it may be written into; of held data alone."""
        self._kept = {key: array} if rows is self._held or rows is self._bare else {}

    def __getstate__(self) -> dict[str, Any]:
        """Without what is kept for the next call."""
        return {**vars(self), "_kept": {}, "_asks_both": False}


def residuals(
    model: Any,
    params: Any,
    data: Any,
    *,
    sigma: Any = None,
    weights: Any = None,
    bounds: Mapping[Any, Any] | None = None,
    stable: bool = True,
    accurate: bool | None = None,
) -> Residuals:
    """What a model computes less what was observed, for each row of data, with its Jacobian by the parameters.

    `fit = residuals(sp.Eq(y, model), [a, b], {t: times, y: values})` is what SciPy takes as it is, in
    `least_squares(fit, x0, jac=fit.jac, bounds=fit.bounds)` and `curve_fit(p0=x0, **fit.curve_fit)`.

    Args:
        model: an equation, sp.Eq(y, f), with what was observed, in columns of data alone, on the left; or the residual
            itself, an expression; or a list of these, several residuals for each row, in which (u, expression) defines
            a name u for the others. Of matrices each entry is a residual.
        params: the symbols that are fitted, a list or a matrix of them; x has their values in that order, the entries
            of a matrix symbol row by row.
        data: by symbol or name, a dict or a data frame: arrays (rows,), of a matrix symbol (rows, r, c), of a column
            also (rows, r); a number is the same in all rows. They are copied, to float64. Or a list of the symbols,
            whose values come with each call: `least_squares(fit, x0, jac=fit.jac, args=(times, values))`.
        sigma: standard deviations, which residuals are divided by: a number, an array (rows,) or (rows, residuals), the
            name of a column, or an expression in columns, 0.05*y.
        weights: of the squares, 1/sigma**2, in its place.
        bounds: by parameter, symbol or name, (lower, upper): numbers or None, or arrays of a matrix symbol's shape.
        stable: as for `derive`.
        accurate: as for `derive`.

    Raises:
        DataError: columns have different numbers of rows, or hold nan; sigma is not positive, or of another shape.
        ParameterError: a parameter is a column too, or the model lacks it; a symbol of the model is neither, or a
            column stands nowhere in it; data, params or bounds are none, or hold no real numbers.
        ShapeError: the sides of an equation are of two shapes.
        UnknownNameError: bounds name no parameter.
        UnsupportedError: a piece of the model cannot be differentiated; the message names it.
    """
    (columns, values), fitted = columns_of(data), checked_wrt(entries_of(params), "params")
    twice = [one.name for one in fitted if [other.name for other in fitted].count(one.name) > 1]
    if twice:
        raise ParameterError(f"params names {twice[0]} twice: name each once")
    parts = fitted_model(model, {name_of(one) for one in columns}, {one.name for one in fitted})
    spread, numbers = _deviation(sigma, weights, columns)
    beside = [symbol for one in (*parts.observed, spread) for symbol in symbols_of(one)]
    wrong = [one.name for one in symbols_of(spread) if one in fitted]
    if wrong:
        raise ParameterError(f"sigma or weights contain {wrong[0]}, which is fitted: they are of columns alone")
    symbols = symbols_for(columns, fitted, parts.needed, beside)
    program = RowsProgram(parts, spread, fitted, symbols, stable, accurate)
    return Residuals(program, ParameterVector(fitted), symbols, values, numbers, bounds)


def _deviation(sigma: Any, weights: Any, columns: Sequence[Any]) -> tuple[Any, Any]:
    """Standard deviations as an expression in columns, 1 where they are numbers; and these numbers, or None."""
    if sigma is not None and weights is not None:
        raise ParameterError("sigma and weights are both given: give one of them, weights are 1/sigma**2")
    name, given = ("weights", weights) if sigma is None else ("sigma", sigma)
    if given is None:
        return sp.S.One, None
    if isinstance(given, str):
        found = [one for one in columns if name_of(one) == given]
        if not found:
            raise ParameterError(f"{name} is {given[:40]!r}, no column of data: {listed(list(map(name_of, columns)))}")
        given = sp.Symbol(given, real=True) if isinstance(found[0], str) else found[0]
    if isinstance(given, sp.Expr):
        return (given if name == "sigma" else 1 / sp.sqrt(given)), None
    array = finite_floats(name, given)
    if name == "sigma":
        return sp.S.One, array
    if (array < 0).any():
        raise DataError("weights are of squares, and cannot be negative")
    with np.errstate(divide="ignore"):
        return sp.S.One, 1 / np.sqrt(array)
