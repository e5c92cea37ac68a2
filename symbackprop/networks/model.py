"""A model: equations, and what training needs to know of them."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cached_property
from numbers import Real
from typing import Any, ClassVar

import sympy as sp

from ..completed_equations import completed
from ..equation_list import SYMBOLS, equations_of, held, loss_symbol, matrix_shape, mentioned_in, needed_by
from ..errors import ModelError, ShapeError, unknown_name
from ..leaf_exchange import LeafExchange
from ..leaf_symbols import user_name
from ..lowering import sizes_of, symbols_of
from ..named_quantities import Equation

TASKS = ("numbers", "classes")
"""What a model learns: to give numbers, which are scored by their error, or to tell classes apart."""

Start = tuple[float, float]
"""The mean and the standard deviation of a parameter's start values."""


class Model:
    """Equations, which of their symbols are parameters, inputs and targets, and which quantity is the loss.

    Args:
        equations: (symbol, expression) pairs, scalar or matrix; a symbol may be used in the equations after its own.
            An expression alone is a loss.
        parameters: the symbols that training changes; by default every symbol that is neither defined by an equation
            nor an input or target.
        inputs: the data of one sample, in the order of X's columns; a matrix takes its columns row by row.
        targets: what the outputs should be, in the order of Y's columns; one that is an input too is taken from X.
        outputs: what the model predicts: symbols that equations define, in the order of `forward`'s columns.
        loss: the symbol of the loss of one sample, or the loss as an expression; by default that of the last equation.
            The loss of a batch is the mean over its samples, so that a penalty in the loss stays what it is.
        start: by parameter, or its name: its start value, or (mean, standard deviation) of normal ones. By default a
            matrix is drawn from N(0, 1/columns), a column is 0, a scalar drawn from N(0, 1), or 1 if it is positive.
        task: "numbers" or "classes", how labels are read from a file and what is scored.

    Raises:
        ModelError: a symbol that no equation mentions, that is two things at once, or that nobody named; an output
            that depends on targets; start values that are none.
        ShapeError: the loss is no scalar.
        UnknownNameError: there is no such task.
        UnsupportedError: the equations are none.
    """

    maths: ClassVar[Callable[[Model], str] | None] = None
    """Writes the equations as a notebook shows them. Formulas are made above here, so `api` puts it in its place."""

    form: str
    exchange: LeafExchange | None = None
    """What stands for leaves, q(t), and names that are no identifiers; None where all are names of ours."""
    targets_sum_to_one = False
    target_range: tuple[float | None, float | None] | None = None
    standardize: tuple[str, ...] = ()
    """What is brought to mean 0 and spread 1 on its way from a file: a model's numbers mean what they are."""

    def __init__(
        self,
        equations: Any,
        parameters: Iterable[Any] | None = None,
        inputs: Iterable[Any] = (),
        targets: Iterable[Any] = (),
        outputs: Iterable[Any] = (),
        loss: Any = None,
        start: Mapping[Any, Any] | None = None,
        task: str = "numbers",
    ) -> None:
        self.exchange = LeafExchange([equations, parameters, inputs, targets, outputs, loss, start], of_model=True)
        if self.exchange:
            parts = equations, parameters, inputs, targets, outputs, loss, start
            equations, parameters, inputs, targets, outputs, loss, start = self.exchange.into(parts)
        given = _with_loss(equations_of(equations), loss)
        self.inputs, self.targets = _symbols("inputs", inputs), _symbols("targets", targets)
        self.outputs = _symbols("outputs", outputs)
        data = {*self.inputs, *self.targets}
        named = parameters if parameters is not None else _others(given, data)
        self.parameters: tuple[Any, ...] = _symbols("parameters", named)
        self._equations = completed(given, {*self.parameters, *data})
        if task not in TASKS:
            raise unknown_name("task", task, TASKS)
        self.task = task
        _check(self)
        every = [symbol for equation in self._equations for symbol in (equation[0], *symbols_of(equation[1]))]
        self.form = "matrix" if any(isinstance(symbol, sp.MatrixSymbol) for symbol in every) else "scalar"
        self._start = _given_start(self.parameters, {} if start is None else start)

    def __repr__(self) -> str:
        return f"Model({', '.join(symbol.name for symbol in self.parameters)}; loss {self.loss_symbol.name})"

    @property
    def title(self) -> str:
        """What the model is called in messages and in generated files."""
        return f"the model of {_shortened([symbol.name for symbol in self.parameters])}"

    # --- equations ---

    @cached_property
    def equations(self) -> list[Equation]:
        """The forward pass as (symbol, expression), the loss last."""
        return self._equations

    @property
    def loss_symbol(self) -> Any:
        """The symbol of the loss."""
        return self.equations[-1][0]

    @cached_property
    def loss(self) -> Any:
        """The loss as one SymPy expression in parameters and data: every named quantity written out."""
        values: dict[Any, Any] = {}
        for symbol, expression in self.equations:
            values[symbol] = expression.xreplace(values)
        return values[self.loss_symbol]

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, str]:
        """What a notebook shows: the equations as maths, if `maths` is there to say how they look."""
        maths = {} if Model.maths is None else {"text/latex": Model.maths(self)}
        return {"text/plain": repr(self), **maths}

    # --- how its numbers travel ---

    @cached_property
    def entries(self) -> dict[Any, tuple[str, tuple[int, ...]]]:
        """Where each parameter stands in the arrays that training changes: the array's name and the index from 0.

        A parameter that is a whole array has an empty index.
        """
        return {symbol: (symbol.name, ()) for symbol in self.parameters}

    @cached_property
    def shapes(self) -> dict[str, tuple[Any, ...]]:
        """The shape of each parameter array: () of a scalar, (n,) of a column, (rows, columns) of a matrix."""
        return {symbol.name: shape_of(symbol) for symbol in self.parameters}

    @cached_property
    def start(self) -> dict[str, Start]:
        """By name of a parameter array: the mean and the standard deviation of its start values."""
        return {symbol.name: self._start.get(symbol) or _usual_start(symbol) for symbol in self.parameters}

    # --- how its formulas are read ---

    @cached_property
    def places(self) -> dict[Any, int]:
        """The order of the backward pass, where there is one that is read better than that of the sweep."""
        return {}

    @cached_property
    def layer_numbers(self) -> dict[Any, int]:
        """By symbol of a layer: its number, from 1."""
        return {}


def shape_of(symbol: Any) -> tuple[Any, ...]:
    """The shape of a symbol's array: () of a scalar, (n,) of a column, (rows, columns) of a matrix."""
    if not isinstance(symbol, sp.MatrixSymbol):
        return ()
    rows, columns = (int(size) if size.is_Integer else size for size in symbol.shape)
    return (rows,) if columns == 1 else (rows, columns)


def _shortened(names: Sequence[str], most: int = 6) -> str:
    return ", ".join(names[:most]) + (f" and {len(names) - most} more" if len(names) > most else "")


# --- the loss ---


def _with_loss(equations: list[Equation], loss: Any) -> list[Equation]:
    """The equations with that of the loss at the end."""
    loss = held(loss)
    if isinstance(loss, sp.Expr | sp.MatrixExpr) and not isinstance(loss, SYMBOLS):
        equations = [*equations, (loss_symbol(loss, [symbol for symbol, _ in equations]), loss)]
    elif loss is not None:
        own = [equation for equation in equations if equation[0] == loss]
        if not own:
            raise ModelError(
                f"the loss {_told(loss)} is defined by no equation: name the symbol of one, or leave loss out"
            )
        equations = [*(equation for equation in equations if equation[0] != loss), *own]
        _check_moved(equations)
    symbol, expression = equations[-1]
    shapes = [matrix_shape(side) for side in (symbol, expression)]
    if wrong := [shape for shape in shapes if shape != (1, 1)]:
        raise ShapeError(
            f"the loss {symbol.name} is a {wrong[0][0]} x {wrong[0][1]} matrix, it must be a scalar: "
            "take its Trace or Total, or name another equation as the loss"
        )
    return equations


def _check_moved(equations: Sequence[Equation]) -> None:
    """Refuse an equation that is computed from the loss, which stands behind all others."""
    loss = equations[-1][0]
    for symbol, expression in equations[:-1]:
        if loss in symbols_of(expression):
            raise ModelError(f"{symbol.name} is computed from the loss {loss.name}: leave its equation out")


# --- checks ---


def _symbols(what: str, given: Any) -> tuple[Any, ...]:
    """A list of symbols, each once."""
    given = [given] if isinstance(given, SYMBOLS) else given
    if isinstance(given, str) or not isinstance(given, Iterable):
        raise ModelError(f"{what} must be a list of SymPy symbols, got {type(given).__name__}")
    symbols, seen = tuple(given), set()
    for symbol in symbols:
        if not isinstance(symbol, SYMBOLS):
            raise ModelError(f"{what} holds {_told(symbol)}: pass a symbol")
        if symbol in seen:
            raise ModelError(f"{what} names {symbol.name} twice: name it once")
        seen.add(symbol)
    return symbols


def _told(value: Any) -> str:
    return value.name if isinstance(value, SYMBOLS) else f"{type(value).__name__} {str(value)[:40]!r}"


def _others(equations: list[Equation], data: set[Any]) -> list[Any]:
    return [symbol for symbol in mentioned_in(equations) if symbol not in data]


def _check(model: Model) -> None:
    """Refuse symbols that are nothing, or two things at once."""
    defined = {symbol for symbol, _ in model.equations}
    mentioned = {symbol for _, expression in model.equations for symbol in symbols_of(expression)}
    sizes = {size for equation in model.equations for part in equation for size in sizes_of(part)}
    if not model.parameters:
        raise ModelError("there are no parameters: name at least one symbol that training changes")
    for what, symbols in (("parameter", model.parameters), ("input", model.inputs), ("target", model.targets)):
        for symbol in symbols:
            if symbol in defined:
                raise ModelError(f"the {what} {symbol.name} is defined by an equation: it must be given from outside")
            if symbol not in mentioned:
                raise ModelError(f"no equation mentions the {what} {symbol.name}: leave it out")
    data = {*model.inputs, *model.targets}
    every = {symbol.name: symbol for symbol in (*defined, *mentioned)}
    for symbol in (*defined, *mentioned):
        if every[symbol.name] != symbol:
            raise ModelError(f"two symbols are called {symbol.name}: rename one, or give both the same assumptions")
    for symbol in model.parameters:
        if symbol in data:
            raise ModelError(f"{symbol.name} is data and cannot be a parameter as well: rename one")
    _check_order(model.equations)
    needed = needed_by(model.equations)
    for symbol in model.parameters:
        if symbol not in needed:
            raise ModelError(f"the loss does not depend on the parameter {symbol.name}: leave it out")
    for symbol in mentioned - defined - sizes - data - {*model.parameters}:
        raise ModelError(f"{symbol.name} is no parameter, input or target: name it as one of them")
    _check_outputs(model, defined)


def _check_order(equations: Sequence[Equation]) -> None:
    """Refuse a quantity that is used before its own equation."""
    later = {symbol for symbol, _ in equations}
    for symbol, expression in equations:
        for used in symbols_of(expression):
            if used in later:
                raise ModelError(f"{used.name} is used before the equation that defines it: put that one first")
        later.discard(symbol)


def _check_outputs(model: Model, defined: set[Any]) -> None:
    """Refuse an output that is nowhere computed, or not from the inputs alone."""
    known_later = {target for target in model.targets if target not in model.inputs}
    for symbol, expression in model.equations:
        if not known_later.isdisjoint(symbols_of(expression)):
            known_later.add(symbol)
    for output in model.outputs:
        if output not in defined:
            raise ModelError(f"the output {output.name} is defined by no equation: name a quantity that one defines")
        if output in known_later:
            raise ModelError(f"the output {output.name} depends on a target: predictions are made from inputs alone")


# --- start values ---


def _usual_start(symbol: Any) -> Start:
    if isinstance(symbol, sp.MatrixSymbol):
        columns = symbol.shape[1]
        return 0.0, 0.0 if columns == 1 else 1 / math.sqrt(columns)
    return (1.0, 0.0) if symbol.is_positive else (0.0, 1.0)


def _given_start(parameters: Sequence[Any], start: Any) -> dict[Any, Start]:
    """By parameter: what the user gave under it or its name, as (mean, standard deviation)."""
    if not isinstance(start, Mapping):
        raise ModelError(f"start is {_told(start)}: give a dict of start values by parameter")
    known = {**{symbol: symbol for symbol in parameters}, **{user_name(symbol): symbol for symbol in parameters}}
    known |= {symbol.name: symbol for symbol in parameters}
    found: dict[Any, Start] = {}
    for which, value in start.items():
        symbol = known.get(which)
        if symbol is None:
            names = _shortened([symbol.name for symbol in parameters])
            raise ModelError(f"start holds {_told(which)}, which is no parameter: choose from {names}")
        if symbol in found:
            raise ModelError(f"start has two values for {symbol.name}: give one")
        found[symbol] = _moments(symbol.name, value)
    return found


def _moments(name: str, value: Any) -> Start:
    pair = tuple(value) if isinstance(value, tuple | list) else (value, 0)
    mean, spread = map(_number, pair) if len(pair) == 2 else (math.nan, math.nan)
    if not (math.isfinite(mean) and 0 <= spread < math.inf):
        raise ModelError(
            f"the start of {name} is {str(value)[:40]}: give a number, or a mean and a standard deviation of 0 or more"
        )
    return mean, spread


def _number(value: Any) -> float:
    """A real number as a float; nan for anything else, text among it."""
    is_real = isinstance(value, Real) or (isinstance(value, sp.Expr) and value.is_number and value.is_real)
    try:
        return float(value) if is_real else math.nan
    except OverflowError:
        return math.nan
