"""A fully connected network and its loss as SymPy equations, each weight a symbol of its own (the scalar form)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import sympy as sp

from ..errors import ArchitectureError, unknown_name
from ..functions import logsumexp, sigmoid
from .activations import ACTIVATIONS, Activation, activation, name_of, softmax
from .losses import LOSSES, OUTPUT_OF

Equation = tuple[sp.Symbol, Any]
FORMS = ("scalar",)


@dataclass(frozen=True)
class Layer:
    """One layer's symbols: `weights[i][j]` leads from unit j of the layer below to unit i."""

    number: int
    weights: tuple[tuple[sp.Symbol, ...], ...]
    biases: tuple[sp.Symbol, ...]
    sums: tuple[sp.Symbol, ...]
    outputs: tuple[sp.Symbol, ...]


class Network:
    """Layers of widths n0, n1, ..., an activation for the hidden layers and one for the last, and a loss.

    Args:
        widths: the number of inputs, of units in each hidden layer, and of outputs; at least two numbers.
        hidden: a name in `ACTIVATIONS`, or a one-argument SymPy function or Lambda.
        output: the same, or "softmax".
        loss: a name in `LOSSES`; "bce" goes with output "sigmoid", "cross_entropy" with "softmax". By default the one
            that is made for the output, and "half_sse" for any other output.
        form: "scalar": each weight has a symbol of its own.

    Symbols: inputs x<i>, targets y<i>, weights w<layer>_<to>_<from>, biases b<layer>_<unit>, weighted sums
    z<layer>_<unit>, outputs a<layer>_<unit>, the loss L. All are real; all count from 1.

    Raises:
        ArchitectureError: widths that are no positive integers, a loss that does not fit the output.
        UnknownNameError: an activation, loss or form that is none of ours.
    """

    def __init__(
        self,
        widths: Sequence[int],
        hidden: Any = "tanh",
        output: Any = "sigmoid",
        loss: str | None = None,
        form: str = "scalar",
    ) -> None:
        self.widths = _checked_widths(widths)
        self.form = _known("form", form, FORMS)
        self.hidden_name, self.output_name = name_of(hidden), name_of(output)
        self.loss_name = _known("loss", _usual_loss(self.output_name) if loss is None else loss, LOSSES)
        self._hidden = activation(hidden, "hidden") if hidden != "softmax" else _no_hidden_softmax()
        self._output: Any = "softmax" if output in ("softmax", softmax) else _output_activation(output)
        _check_fit(self.loss_name, self._output, self.output_name, self.widths[-1])

    def __repr__(self) -> str:
        widths = "-".join(str(width) for width in self.widths)
        return f"Network({widths}, hidden={self.hidden_name}, output={self.output_name}, loss={self.loss_name})"

    # --- symbols ---

    @cached_property
    def inputs(self) -> tuple[sp.Symbol, ...]:
        """x1, x2, ...: the data of one sample."""
        return _symbols("x", self.widths[0])

    @cached_property
    def targets(self) -> tuple[sp.Symbol, ...]:
        """y1, y2, ...: what the outputs should be for that sample."""
        return _symbols("y", self.widths[-1])

    @cached_property
    def layers(self) -> tuple[Layer, ...]:
        """The symbols of every layer, from the first hidden one to the last."""
        sizes = zip(self.widths, self.widths[1:], strict=False)
        return tuple(_layer(number, fan_in, units) for number, (fan_in, units) in enumerate(sizes, start=1))

    @cached_property
    def outputs(self) -> tuple[sp.Symbol, ...]:
        """The outputs of the last layer: what the network predicts."""
        return self.layers[-1].outputs

    @cached_property
    def parameters(self) -> tuple[sp.Symbol, ...]:
        """Every weight and bias, layer by layer: the weights row by row, then the biases."""
        return tuple(self.entries)

    @cached_property
    def entries(self) -> dict[sp.Symbol, tuple[str, tuple[int, ...]]]:
        """Where each parameter stands in the arrays W1, b1, W2, b2, ...: the array's name and the index from 0."""
        return {symbol: entry for layer in self.layers for symbol, entry in _entries(layer)}

    @cached_property
    def shapes(self) -> dict[str, tuple[int, ...]]:
        """The shape of each parameter array: (units, fan-in) for W<layer>, (units,) for b<layer>."""
        shapes: dict[str, tuple[int, ...]] = {}
        for layer in self.layers:
            shapes[f"W{layer.number}"] = (len(layer.biases), len(layer.weights[0]))
            shapes[f"b{layer.number}"] = (len(layer.biases),)
        return shapes

    @cached_property
    def places(self) -> dict[sp.Symbol, int]:
        """The order of the backward pass: from the last layer down, outputs and sums before weights and biases."""
        order = [
            symbol
            for layer in reversed(self.layers)
            for symbol in (*layer.outputs, *layer.sums, *(w for row in layer.weights for w in row), *layer.biases)
        ]
        return {symbol: place for place, symbol in enumerate(order)}

    @cached_property
    def loss_symbol(self) -> sp.Symbol:
        """L."""
        return sp.Symbol("L", real=True)

    # --- equations ---

    @cached_property
    def equations(self) -> list[Equation]:
        """The forward pass as (symbol, expression), the loss last."""
        return [*self._forward(), (self.loss_symbol, self._loss_expression())]

    @cached_property
    def loss(self) -> Any:
        """The loss as one SymPy expression in parameters and data: every named quantity written out."""
        values: dict[sp.Symbol, Any] = {}
        for symbol, expression in self.equations:
            values[symbol] = expression.xreplace(values)
        return values[self.loss_symbol]

    def _forward(self) -> Iterator[Equation]:
        below: tuple[sp.Symbol, ...] = self.inputs
        for layer in self.layers[:-1]:
            yield from _weighted_sums(layer, below)
            yield from zip(layer.outputs, map(self._hidden, layer.sums), strict=True)
            below = layer.outputs
        yield from _weighted_sums(self.layers[-1], below)
        yield from self._outputs(self.layers[-1])

    def _outputs(self, layer: Layer) -> Iterator[Equation]:
        if self._output != "softmax":
            yield from zip(layer.outputs, map(self._output, layer.sums), strict=True)
            return
        total = _total(layer)
        yield total, logsumexp(*layer.sums)
        yield from ((a, sp.exp(z - total)) for a, z in zip(layer.outputs, layer.sums, strict=True))

    def _loss_expression(self) -> Any:
        last = self.layers[-1]
        if self.loss_name == "cross_entropy":  # on the logits, as losses.cross_entropy has it
            return _total(last) - sp.Add(*[y * z for y, z in zip(self.targets, last.sums, strict=True)])
        outputs = [sigmoid(z) for z in last.sums] if self.loss_name == "bce" else last.outputs
        return LOSSES[self.loss_name](outputs, self.targets)

    def _repr_latex_(self) -> str:
        lines = [rf"{sp.latex(symbol)} &= {sp.latex(expression)}" for symbol, expression in self.equations]
        return r"$\displaystyle \begin{aligned}" + r" \\ ".join(lines) + r"\end{aligned}$"


def _checked_widths(widths: Any) -> tuple[int, ...]:
    advice = "give at least two positive integers, as in [2, 2, 1]"
    try:
        given = tuple(widths)
    except TypeError:
        raise ArchitectureError(f"widths must be a sequence, got {type(widths).__name__}: {advice}") from None
    if len(given) < 2:
        raise ArchitectureError(f"a network needs inputs and outputs, got {len(given)} width(s): {advice}")
    for position, width in enumerate(given, start=1):
        if isinstance(width, bool) or not hasattr(width, "__index__") or width.__index__() < 1:
            raise ArchitectureError(f"width {position} is {width!r}: {advice}")
    return tuple(width.__index__() for width in given)


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


def _symbols(base: str, count: int) -> tuple[sp.Symbol, ...]:
    return tuple(sp.Symbol(f"{base}{i}", real=True) for i in range(1, count + 1))


def _layer(number: int, fan_in: int, units: int) -> Layer:
    def column(base: str) -> tuple[sp.Symbol, ...]:
        return _symbols(f"{base}{number}_", units)

    weights = tuple(_symbols(f"w{number}_{unit}_", fan_in) for unit in range(1, units + 1))
    return Layer(number, weights, column("b"), column("z"), column("a"))


def _entries(layer: Layer) -> Iterator[tuple[sp.Symbol, tuple[str, tuple[int, ...]]]]:
    for i, row in enumerate(layer.weights):
        for j, weight in enumerate(row):
            yield weight, (f"W{layer.number}", (i, j))
    for i, bias in enumerate(layer.biases):
        yield bias, (f"b{layer.number}", (i,))


def _weighted_sums(layer: Layer, below: tuple[sp.Symbol, ...]) -> Iterator[Equation]:
    for z, row, b in zip(layer.sums, layer.weights, layer.biases, strict=True):
        yield z, sp.Add(*[w * a for w, a in zip(row, below, strict=True)], b)


def _total(layer: Layer) -> sp.Symbol:
    """The logarithm of the sum of the exponentials of the last layer's weighted sums."""
    return sp.Symbol(f"lse{layer.number}", real=True)
