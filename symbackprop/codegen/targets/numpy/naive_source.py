"""The functions of a model whose derivatives share nothing: one for each, written out and computed from scratch."""

from __future__ import annotations

import hashlib

from ....derivation import Sweep
from ....graph import Node
from ...forward_split import digest
from ...program import Program, symbols_in
from ..python_arrays import line_breaking
from ..python_arrays.model_source import Function
from ..python_arrays.readable_style import one_expression
from .model_functions import ED, LOSS_HEAD, NumpyScalar


class NaiveSource(NumpyScalar):
    """One function per derivative; then `loss_and_grad` calls all of them."""

    def __init__(self, derivation: Sweep, plain: Sweep | None = None) -> None:
        super().__init__(derivation, plain)
        self._digests: list[str] = []

    def functions(self) -> list[Function]:
        return [self._predict(), *self.alone()]

    def alone(self) -> list[Function]:
        made = [
            self._written(f"dL_d{symbol}", f"dL/d{symbol} of each sample.", node)
            for symbol, node in self.derivation.gradient_nodes.items()
        ]
        return [
            *made,
            self._written("loss_per_sample", "The loss of each sample.", self.derivation.loss_node),
            [*LOSS_HEAD, "    return float(np.mean(loss_per_sample(params, X, Y)))"],
            self._loss_and_grad(),
        ]

    def _asked(self) -> Program:
        """One that shares nothing."""
        return Program(self.derivation, self.given, self.data, interned=False)

    def _predict(self) -> Function:
        return self._predicted_by(NumpyScalar(self.plain))

    def _written(self, name: str, says: str, node: Node) -> Function:
        program = self._asked()
        root = program.value(node)
        self._digests.append(digest(program.steps, [root], self.face))
        inputs = {what: self.names.of(symbol) for symbol, what in self.given.items()}
        code = one_expression(self.dialect, program, root, inputs, self.names.copy())
        self.helpers |= code.helpers
        used = [self.given[symbol] for symbol in symbols_in(self.derivation.graph, [node])]
        return [
            f"def {name}(params, X, Y):",
            f'    """{says}"""',
            *self.unpacked(used),
            *line_breaking.returned(code.value(root)),
        ]

    def _loss_and_grad(self) -> Function:
        means = self.gathered({symbol: f"np.mean(dL_d{symbol}(params, X, Y))" for symbol in self.derivation.wrt})
        return [
            "def loss_and_grad(params, X, Y, scale=1.0, work=None):",
            '    """(mean loss, its derivatives times scale), each derivative on its own."""',
            "    X, Y = _checked(params, X, Y)",
            *line_breaking.called("flat = float(scale) * np.array([", means, ED),
            *line_breaking.called("return loss(params, X, Y), {", self.views(), "}"),
        ]

    @property
    def digest(self) -> str:
        """Of all functions that have been written out, one after the other."""
        return hashlib.sha256(" ".join(self._digests).encode()).hexdigest()[:16]
