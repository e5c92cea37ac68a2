"""The functions of a network in scalar form: each weight a number by its own name, each quantity a line."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cached_property
from typing import Any

import sympy as sp

from ....derivation import Sweep
from ....graph import Node
from ....networks import Network
from ...batching import Input
from ...program import TRAINED, Forms, Program, symbols_in
from ...remarks import ChainRules
from ...steps import DATA, PARAMETER, TARGET, Step
from . import lines
from .network import LOSS_HEAD, NetworkSource
from .readable import Code, one_expression, plain_code
from .texts import AS_THEY_ARE, COLUMN_CHECKS, GATHERED, MEANS, READABLE_BATCH_FUNCTION, UNSCALED_BATCH_FUNCTION


class ScalarSource(NetworkSource):
    """Each weight a number, each quantity a line, in the order in which a person would write them."""

    before = (COLUMN_CHECKS, GATHERED)
    after = (READABLE_BATCH_FUNCTION, AS_THEY_ARE)

    def __init__(self, derivation: Sweep) -> None:
        super().__init__(derivation)
        self._remarks = ChainRules(derivation)
        self._inputs = {what: self.names.of(symbol) for symbol, what in self._given.items()}

    @cached_property
    def _given(self) -> dict[Any, Input]:
        arrays = {name: sp.MatrixSymbol(name, *(*shape, 1)[:2]) for name, shape in self.network.shapes.items()}
        given = {symbol: (PARAMETER, arrays[name], index) for symbol, (name, index) in self.network.entries.items()}
        data: dict[Any, Input] = {symbol: (DATA, symbol, None) for symbol in self.network.inputs}
        return {**given, **data, **{symbol: (TARGET, symbol, None) for symbol in self.network.targets}}

    @property
    def _data(self) -> tuple[Any, ...]:
        return *self.network.inputs, *self.network.targets

    @cached_property
    def _program(self) -> Program:
        program = Program(self.derivation, self._given, self._data, follows=True)
        program.read(self.derivation.roots, TRAINED)
        return program

    def program(self) -> Program:
        """One for all functions: each is a part of the sweep."""
        return self._program

    def roots(self, program: Program) -> tuple[Step, dict[Any, Step]]:
        gradients = {symbol: program.gradient(node) for symbol, node in self.derivation.gradient_nodes.items()}
        return program.total(self.derivation.loss_node), gradients

    def _code(self, program: Program, roots: Sequence[Step], forms: Forms) -> Code:
        return plain_code(program, roots, forms, self._inputs, self.names.copy(), remarks=self._remarks)

    # --- arguments and results ---

    def taken(self, targeted: Iterable[Node] = ()) -> list[str]:
        """Data as one array per input over the samples; parameters as one number each."""
        known = not set(symbols_in(self.derivation.graph, targeted)).isdisjoint(self.network.targets)
        targets = self._columns("Y", self.network.targets) if known else []
        return ["    check_params(params)", *self._columns("X", self.network.inputs), *targets, *self._weights]

    def _columns(self, data: str, symbols: Iterable[Any]) -> list[str]:
        return lines.unpacked(list(map(self.names.of, symbols)), _COLUMNS_OF[data])

    @cached_property
    def _weights(self) -> list[str]:
        taken, of = [], self.names.of
        for layer in self.network.layers:
            for i, row in enumerate(layer.weights):
                taken += lines.unpacked(list(map(of, row)), f'params["W{layer.number}"][{i}]')
            taken += lines.unpacked(list(map(of, layer.biases)), f'params["b{layer.number}"]')
        return taken

    def outputs(self, program: Program, values: Sequence[str], ends: Sequence[Step]) -> str:
        return f"np.stack(np.broadcast_arrays({', '.join(values)}), axis=1)"

    def packed(self, program: Program, gradients: Mapping[Any, Step], code: Code) -> list[str]:
        return [
            "    # each sum over the samples, put where its parameter stands",
            *packed(self.network, "_gathered", lambda symbol: code.values[gradients[symbol]]),
        ]


def packed(network: Network, function: str, value: Callable[[Any], str]) -> list[str]:
    """The gradients of a network of numbers as arrays under the names of the parameters."""
    found = ["    grads = {"]
    for layer in network.layers:
        rows = [f"[{', '.join(value(symbol) for symbol in row)}]" for row in layer.weights]
        found += _array_lines(function, f"W{layer.number}", rows)
        found += _array_lines(function, f"b{layer.number}", [value(symbol) for symbol in layer.biases])
    return [*found, "    }"]


def _array_lines(function: str, name: str, values: Sequence[str]) -> list[str]:
    """An entry of the dict of gradients: on one line if it fits there."""
    indent = " " * 8
    line = f'{indent}"{name}": {function}([{", ".join(values)}], params["{name}"]),'
    if len(line) <= lines.WIDTH:
        return [line]
    rows = [text for value in values for text in lines.filled(f"{value},", indent + "    ")]
    return [f'{indent}"{name}": {function}([', *rows, f'{indent}], params["{name}"]),']


_COLUMNS_OF = {"X": '_columns(X, WIDTHS[0], "X")', "Y": '_columns(Y, WIDTHS[-1], "Y", len(X))'}
"""What unpacks the data."""


class NaiveSource(ScalarSource):
    """One function per derivative, each written out and computed from scratch; then loss_and_grad calls all."""

    before = (COLUMN_CHECKS, MEANS)
    after = (UNSCALED_BATCH_FUNCTION, AS_THEY_ARE)

    def losses(self, plain: NetworkSource) -> list[list[str]]:
        return [self._functions()]

    def alone(self) -> list[list[str]]:
        return [*(text.splitlines() for text in self.before), self._functions()]

    def program(self) -> Program:
        """One that shares nothing, for one derivative."""
        return Program(self.derivation, self._given, self._data, interned=False)

    def _functions(self) -> list[str]:
        """All functions but forward."""
        made: list[str] = []
        for symbol, node in self.derivation.gradient_nodes.items():
            made += [*self._alone(f"dL_d{symbol}", f"dL/d{symbol} of each sample.", node), "", ""]
        made += [*self._alone("loss_per_sample", "The loss of each sample.", self.derivation.loss_node), "", ""]
        made += [
            *LOSS_HEAD,
            "    check_params(params)",
            "    return float(np.mean(loss_per_sample(params, X, Y)))",
            "",
            "",
            "def loss_and_grad(params, X, Y):",
            '    """(mean loss, its derivative by every parameter), each derivative on its own."""',
            "    check_params(params)",
            *packed(self.network, "_means", lambda symbol: f"dL_d{symbol}(params, X, Y)"),
            "    return loss(params, X, Y), grads",
        ]
        return made

    def _alone(self, name: str, says: str, node: Node) -> list[str]:
        program = self.program()
        root = program.value(node)
        code = one_expression(program, root, self._inputs, self.names.copy())
        self.helpers |= code.helpers
        used = self._used(set(symbols_in(self.derivation.graph, [node])))
        return [f"def {name}(params, X, Y):", f'    """{says}"""', *used, *lines.returned(code.values[root])]

    def _used(self, used: set[Any]) -> list[str]:
        taken: list[str] = []
        for what, symbols in (("X", self.network.inputs), ("Y", self.network.targets)):
            taken += self._columns(what, symbols) if used & set(symbols) else []
        for symbol, (array, index) in self.network.entries.items():
            if symbol in used:
                taken.append(f'    {self.names.of(symbol)} = params["{array}"][{", ".join(map(str, index))}]')
        return taken
