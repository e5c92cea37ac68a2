"""A fully connected network and its loss as SymPy equations: weights as symbols of their own, or as matrices."""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import cached_property
from typing import Any

import sympy as sp

from ..errors import ArchitectureError, unknown_name
from ..named_quantities import DeclaredOrigin, Equation
from .activations import ACTIVATIONS, RANGES, RECTIFIERS, Activation, activation, name_of, plain_name, softmax
from .layer_equations import Layer, MatrixForm, ScalarForm
from .losses import LOSSES, OUTPUT_OF
from .model import Model, Start

FORMS: dict[str, type[ScalarForm | MatrixForm]] = {"scalar": ScalarForm, "matrix": MatrixForm}


class Network(Model):
    """Layers of widths n0, n1, ..., an activation for the hidden layers and one for the last, and a loss.

    Args:
        widths: the number of inputs, of units in each hidden layer, and of outputs; at least two numbers.
        hidden: a name in `ACTIVATIONS`, or a one-argument SymPy function or Lambda.
        output: the same, or "softmax".
        loss: a name in `LOSSES`; "bce" goes with output "sigmoid", "cross_entropy" with "softmax". By default the one
            that is made for the output, and "half_sse" for any other output.
        form: "scalar": each weight has a symbol of its own; "matrix": each layer has a matrix of weights, and widths
            may be SymPy symbols for formulas that hold for every width.

    Symbols: inputs x<i>, targets y<i>, weights w<layer>_<to>_<from>, biases b<layer>_<unit>, weighted sums
    z<layer>_<unit>, outputs a<layer>_<unit>, the loss L. All are real; all count from 1. In matrix form: columns x and
    y, matrices W<layer> of shape (units, fan-in), columns b<layer>, z<layer> and a<layer>, and the loss L. The outputs
    a<last layer> know their equations: an expression or loss with `net.outputs[0]` in it needs no others.

    Raises:
        ArchitectureError: widths that are no positive integers, a loss that does not fit the output.
        UnknownNameError: an activation, loss or form that is none of ours.
    """

    def __init__(
        self,
        widths: Sequence[Any],
        hidden: Any = "tanh",
        output: Any = "sigmoid",
        loss: str | None = None,
        form: str = "scalar",
    ) -> None:
        self.form = _known("form", form, FORMS)
        self.widths = _checked_widths(widths, symbolic=form == "matrix")
        self.hidden, self.output = hidden, output
        self.hidden_name, self.output_name = name_of(hidden), name_of(output)
        self.loss_name = _known("loss", _usual_loss(self.output_name) if loss is None else loss, LOSSES)
        self._hidden = activation(hidden, "hidden") if hidden != "softmax" else _no_hidden_softmax()
        self._output: Any = "softmax" if output in ("softmax", softmax) else _output_activation(output)
        _check_fit(self.loss_name, self._output, self.output_name, self.widths[-1])
        self._written = FORMS[form](self.widths, self._hidden, self._output, _origin(form, self.widths, hidden, output))
        self.inputs, self.targets = self._written.inputs, self._written.targets
        self.parameters = tuple(self.entries)
        self.outputs = self.layers[-1].outputs
        self.task = "classes" if self.loss_name in OUTPUT_OF else "numbers"
        self.target_range = RANGES.get(self.output_name)
        self.targets_sum_to_one = self.loss_name == "cross_entropy"
        self.standardize = ("X", "Y") if self.output_name == "identity" else ("X",)

    def __repr__(self) -> str:
        widths = "-".join(str(width) for width in self.widths)
        form = "" if self.form == "scalar" else f", form={self.form}"
        return f"Network({widths}, hidden={self.hidden_name}, output={self.output_name}, loss={self.loss_name}{form})"

    # --- symbols ---

    @property
    def layers(self) -> tuple[Layer, ...]:
        """The symbols of every layer, from the first hidden one to the last."""
        return self._written.layers

    @cached_property
    def entries(self) -> dict[Any, tuple[str, tuple[int, ...]]]:
        """Where each parameter stands in the arrays W1, b1, W2, b2, ...: the array's name and the index from 0.

        In matrix form a parameter is a whole array, and its index is empty.
        """
        return {symbol: entry for layer in self.layers for symbol, entry in self._written.entries(layer)}

    @cached_property
    def shapes(self) -> dict[str, tuple[Any, ...]]:
        """The shape of each parameter array: (units, fan-in) for W<layer>, (units,) for b<layer>."""
        shapes: dict[str, tuple[Any, ...]] = {}
        for number, (fan_in, units) in enumerate(zip(self.widths, self.widths[1:], strict=False), start=1):
            shapes[f"W{number}"] = (units, fan_in)
            shapes[f"b{number}"] = (units,)
        return shapes

    @cached_property
    def places(self) -> dict[Any, int]:
        """The order of the backward pass: from the last layer down, outputs and sums before weights and biases."""
        order = [
            symbol
            for layer in reversed(self.layers)
            for symbol in (*layer.outputs, *layer.sums, *(w for row in layer.weights for w in row), *layer.biases)
        ]
        return {symbol: place for place, symbol in enumerate(order)}

    @cached_property
    def layer_numbers(self) -> dict[Any, int]:
        """By symbol of a layer: its number, from 1."""
        return {
            symbol: layer.number
            for layer in self.layers
            for symbol in (*layer.sums, *layer.outputs, *layer.biases, *(w for row in layer.weights for w in row))
        }

    @property
    def loss_symbol(self) -> sp.Symbol:
        """L."""
        return sp.Symbol("L", real=True)

    # --- equations ---

    @cached_property
    def equations(self) -> list[Equation]:
        """The forward pass as (symbol, expression), the loss last."""
        return [*self._written.forward(), (self.loss_symbol, self._written.loss(self.loss_name))]

    @cached_property
    def textbook_equations(self) -> list[Equation]:
        """The outputs, and the loss written in them, where `equations` have it written on the weighted sums; else none.

        Weighted sums are symbols here.
        """
        if self.loss_name not in OUTPUT_OF:
            return []
        last_sum = [symbol for symbol, _ in self.equations].index(self.layers[-1].sums[-1])
        a, y = (given[0] if self.form == "matrix" else given for given in (self.outputs, self.targets))
        return [*self.equations[last_sum + 1 : -1], (self.loss_symbol, LOSSES[self.loss_name](a, y))]

    # --- what training needs to know ---

    @property
    def title(self) -> str:
        """The network by its widths, activations and loss."""
        names = f"output {plain_name(self.output_name)}, loss {self.loss_name}"
        return f"the {shown_widths(self.widths)} network, hidden {plain_name(self.hidden_name)}, {names}"

    @cached_property
    def start(self) -> dict[str, Start]:
        """Weights of variance 1 / fan-in, or 2 / fan-in behind a rectifier; biases of 0.

        LeCun et al. 1998, "Efficient BackProp", section 4.6; He et al. 2015, eq. 10, for rectifiers.
        """
        variance = 2.0 if self.hidden_name in RECTIFIERS else 1.0
        return {
            name: (0.0, math.sqrt(variance / shape[-1]) if len(shape) == 2 else 0.0)
            for name, shape in self.shapes.items()
        }


_NUMBERS: dict[Any, int] = {}
"""By what a network is: the number of where its outputs come from."""


def _origin(*what: Any) -> DeclaredOrigin:
    """Where the outputs of a network come from: those of equal networks are equal symbols."""
    return DeclaredOrigin(_NUMBERS.setdefault(what, DeclaredOrigin().number))


def shown_widths(widths: Sequence[Any], most: int = 24) -> str:
    """2-2-1; the first two and the last, where there are many."""
    if len(widths) <= most:
        return "-".join(map(str, widths))
    return f"{widths[0]}-{widths[1]}-...-{widths[-1]} ({len(widths) - 1} layers)"


def scalar_form(network: Network) -> Network:
    """The same network with a symbol for each weight.

    Its `entries` tell which entry of which matrix each of its parameters is: w2_1_3 is ("W2", (0, 2)).

    Raises:
        ArchitectureError: a width of the network is a symbol, so that there is no saying how many weights it has.
    """
    return Network(network.widths, network.hidden, network.output, network.loss_name, "scalar")


def matrix_form(network: Network) -> Network:
    """The same network with a matrix for the weights of each layer, a column for its biases."""
    return Network(network.widths, network.hidden, network.output, network.loss_name, "matrix")


def _checked_widths(widths: Any, symbolic: bool) -> tuple[Any, ...]:
    advice = "give at least two positive integers, as in [2, 2, 1]"
    try:
        given = tuple(widths)
    except TypeError:
        raise ArchitectureError(f"widths must be a sequence, got {type(widths).__name__}: {advice}") from None
    if len(given) < 2:
        raise ArchitectureError(f"a network needs inputs and outputs, got {len(given)} width(s): {advice}")
    return tuple(_checked_width(position, width, symbolic, advice) for position, width in enumerate(given, start=1))


def _checked_width(position: int, width: Any, symbolic: bool, advice: str) -> Any:
    if isinstance(width, sp.Symbol):
        if not (width.name.isascii() and width.name.isidentifier()):
            raise ArchitectureError(f"width {position} is called {width.name[:40]!r}: use letters, digits, underscores")
        if symbolic:
            return width
        raise ArchitectureError(f"width {position} is the symbol {width.name[:40]}: only form='matrix' takes symbols")
    if isinstance(width, bool) or not hasattr(width, "__index__") or not _is_positive(width):
        raise ArchitectureError(f"width {position} is {width!r}: {advice}")
    return width.__index__()


def _is_positive(width: Any) -> bool:
    try:
        return bool(width.__index__() >= 1)
    except TypeError:  # a SymPy expression that is no number
        return False


def _known(kind: str, name: Any, known: Any) -> str:
    if not isinstance(name, str) or name not in known:
        raise unknown_name(kind, name, known)
    return name


def _usual_loss(output: str) -> str:
    return next((loss for loss, needed in OUTPUT_OF.items() if needed == output), "half_sse")


def _no_hidden_softmax() -> Activation:
    raise ArchitectureError("softmax takes a whole layer: use it as the output activation, not as a hidden one")


def _output_activation(output: Any) -> Activation:
    if isinstance(output, str) and output not in ACTIVATIONS:
        raise unknown_name("output activation", output, [*ACTIVATIONS, "softmax"])
    return activation(output, "output")


def _check_fit(loss: str, output: Any, name: str, units: int) -> None:
    needed = OUTPUT_OF.get(loss)
    if (
        needed and output is not ACTIVATIONS.get(needed) and output != needed
    ):  # not by name: anyone can have a "sigmoid"
        raise ArchitectureError(f"loss {loss!r} needs output {needed!r}, got {name!r}: change one of the two")
    if output == "softmax" and units == 1:
        raise ArchitectureError("softmax of one output is always 1: use at least two outputs, or output 'sigmoid'")
