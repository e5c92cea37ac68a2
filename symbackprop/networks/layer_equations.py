"""How a network is written: each weight a symbol of its own (the scalar form), or one matrix for each layer."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import sympy as sp

from ..named_quantities import DeclaredOrigin, Equation, quantity
from ..sympy_functions.matrix_functions import Softmax, entrywise
from ..sympy_functions.scalar_functions import logsumexp, sigmoid
from .activations import Activation
from .losses import LOSSES


@dataclass(frozen=True)
class Layer:
    """One layer's symbols: `weights[i][j]` leads from unit j of the layer below to unit i.

    In matrix form each tuple holds one matrix symbol, that of the whole layer.
    """

    number: int
    weights: tuple[tuple[Any, ...], ...]
    biases: tuple[Any, ...]
    sums: tuple[Any, ...]
    outputs: tuple[Any, ...]


class ScalarForm:
    """Inputs x<i>, targets y<i>, weights w<layer>_<to>_<from>, biases b<layer>_<unit>, and so on: all real symbols."""

    def __init__(self, widths: Sequence[int], hidden: Activation, output: Any, origin: DeclaredOrigin) -> None:
        self._widths, self._hidden, self._output, self._origin = widths, hidden, output, origin
        origin.told = self.forward

    @cached_property
    def inputs(self) -> tuple[sp.Symbol, ...]:
        """x1, x2, ..."""
        return _symbols("x", self._widths[0])

    @cached_property
    def targets(self) -> tuple[sp.Symbol, ...]:
        """y1, y2, ..."""
        return _symbols("y", self._widths[-1])

    @cached_property
    def layers(self) -> tuple[Layer, ...]:
        """The symbols of every layer."""
        sizes = zip(self._widths, self._widths[1:], strict=False)
        layers = [_layer(number, fan_in, units) for number, (fan_in, units) in enumerate(sizes, start=1)]
        return _with_outputs(layers, self._origin)

    def entries(self, layer: Layer) -> Iterator[tuple[sp.Symbol, tuple[str, tuple[int, ...]]]]:
        """The array and the index of each of a layer's parameters."""
        for i, row in enumerate(layer.weights):
            for j, weight in enumerate(row):
                yield weight, (f"W{layer.number}", (i, j))
        for i, bias in enumerate(layer.biases):
            yield bias, (f"b{layer.number}", (i,))

    def forward(self) -> Iterator[Equation]:
        """The equations of the forward pass."""
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

    def loss(self, name: str) -> Any:
        """The loss of one sample."""
        last = self.layers[-1]
        if name == "cross_entropy":  # on the logits, as losses.cross_entropy has it
            return _total(last) - sp.Add(*[y * z for y, z in zip(self.targets, last.sums, strict=True)])
        outputs = [sigmoid(z) for z in last.sums] if name == "bce" else last.outputs
        return LOSSES[name](outputs, self.targets)


def _with_outputs(layers: list[Layer], origin: DeclaredOrigin) -> tuple[Layer, ...]:
    """The layers, where the outputs of the last one know what they stand for: anyone may put them into a loss."""
    last = layers[-1]
    outputs = tuple(_known(one, origin) for one in last.outputs)
    return (*layers[:-1], replace(last, outputs=outputs))


def _known(symbol: Any, origin: DeclaredOrigin) -> Any:
    if symbol.is_Matrix:
        return quantity(symbol.name, origin, tuple(symbol.shape))
    return quantity(symbol.name, origin, real=True)


def _symbols(base: str, count: int) -> tuple[sp.Symbol, ...]:
    return tuple(sp.Symbol(f"{base}{i}", real=True) for i in range(1, count + 1))


def _layer(number: int, fan_in: int, units: int) -> Layer:
    def column(base: str) -> tuple[sp.Symbol, ...]:
        return _symbols(f"{base}{number}_", units)

    weights = tuple(_symbols(f"w{number}_{unit}_", fan_in) for unit in range(1, units + 1))
    return Layer(number, weights, column("b"), column("z"), column("a"))


def _weighted_sums(layer: Layer, below: tuple[sp.Symbol, ...]) -> Iterator[Equation]:
    for z, row, b in zip(layer.sums, layer.weights, layer.biases, strict=True):
        yield z, sp.Add(*[w * a for w, a in zip(row, below, strict=True)], b)


def _total(layer: Layer) -> sp.Symbol:
    """The logarithm of the sum of the exponentials of the last layer's weighted sums."""
    return sp.Symbol(f"lse{layer.number}", real=True)


class MatrixForm:
    """Columns x and y, and for each layer a matrix W<layer>, (units, fan-in), and columns b, z and a<layer>."""

    def __init__(self, widths: Sequence[Any], hidden: Activation, output: Any, origin: DeclaredOrigin) -> None:
        self._widths, self._hidden, self._output, self._origin = widths, hidden, output, origin
        origin.told = self.forward

    @cached_property
    def inputs(self) -> tuple[sp.MatrixSymbol, ...]:
        """x, (inputs, 1)."""
        return (sp.MatrixSymbol("x", self._widths[0], 1),)

    @cached_property
    def targets(self) -> tuple[sp.MatrixSymbol, ...]:
        """y, (outputs, 1)."""
        return (sp.MatrixSymbol("y", self._widths[-1], 1),)

    @cached_property
    def layers(self) -> tuple[Layer, ...]:
        """The symbols of every layer."""
        sizes = zip(self._widths, self._widths[1:], strict=False)
        layers = [_matrix_layer(number, fan_in, units) for number, (fan_in, units) in enumerate(sizes, start=1)]
        return _with_outputs(layers, self._origin)

    def entries(self, layer: Layer) -> Iterator[tuple[sp.MatrixSymbol, tuple[str, tuple[int, ...]]]]:
        """The arrays that a layer's parameters are."""
        yield layer.weights[0][0], (f"W{layer.number}", ())
        yield layer.biases[0], (f"b{layer.number}", ())

    def forward(self) -> Iterator[Equation]:
        """The equations of the forward pass."""
        below, last = self.inputs[0], self.layers[-1]
        for layer in self.layers:
            [[weights]], [bias], [z], [a] = layer.weights, layer.biases, layer.sums, layer.outputs
            yield z, sp.MatAdd(sp.MatMul(weights, below), bias)
            yield a, self._activated(z) if layer is not last else self._output_of(z)
            below = a

    def _activated(self, z: sp.MatrixSymbol) -> Any:
        return entrywise(self._hidden, z)

    def _output_of(self, z: sp.MatrixSymbol) -> Any:
        return Softmax(z) if self._output == "softmax" else entrywise(self._output, z)

    def loss(self, name: str) -> Any:
        """The loss of one sample."""
        [z], [a] = self.layers[-1].sums, self.layers[-1].outputs
        on_logits = name in ("bce", "cross_entropy")
        return LOSSES[name](self._output_of(z) if on_logits else a, self.targets[0])


def _matrix_layer(number: int, fan_in: Any, units: Any) -> Layer:
    def column(base: str) -> tuple[sp.MatrixSymbol, ...]:
        return (sp.MatrixSymbol(f"{base}{number}", units, 1),)

    weights = sp.MatrixSymbol(f"W{number}", units, fan_in)
    return Layer(number, ((weights,),), column("b"), column("z"), column("a"))
