"""The functions of a network: `forward`, `loss` and `loss_and_grad`, in plain expressions.

Both forms are one program of steps; what differs is how parameters and data come in and how gradients go out. In the
scalar form each weight is a number by its own name, and each named quantity has its line; in the matrix form each
layer is an array.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property
from typing import Any, ClassVar

from ....derivation import Sweep
from ....errors import UnsupportedError
from ....graph import Node
from ....networks import Network
from ...program import PREDICTED, TRAINED, Forms, Program
from ...steps import Step
from . import lines
from .identifiers import Identifiers
from .readable import Code
from .reserved import LOCALS, reserved_names

_SWEEP_HEAD = (
    "def loss_and_grad(params, X, Y, scale=1.0):",
    '    """(mean loss, its derivatives times scale: a dict of arrays shaped like params)."""',
)
_FORWARD_HEAD = (
    "def forward(params, X):",
    '    """The outputs for each row of X: (samples, inputs) to (samples, outputs)."""',
)
LOSS_HEAD = ("def loss(params, X, Y):", '    """The mean over the samples of the loss."""')
SCALE_LINES = (
    "    n = len(X)",
    "    scale = float(scale) / n  # the mean over the samples goes into the smallest adjoint",
)
"""What every sweep begins with."""


class NetworkSource(ABC):
    """The functions of one network as text.

    Args:
        derivation: of a network, by all of its parameters.

    Attributes:
        helpers: what the functions made so far call.

    Raises:
        UnsupportedError: the derivation is of no network, by some of its parameters, or has symbols that are neither
            parameters nor data.
    """

    def __init__(self, derivation: Sweep) -> None:
        if derivation.network is None:
            raise UnsupportedError(
                "only a network can be written as a training module: for an expression, use compile() and its .source"
            )
        self.derivation, self.network = derivation, derivation.network
        check_trainable(derivation, self.network)
        self.names = Identifiers([*LOCALS, *reserved_names(), *self.network.shapes])
        self.helpers: set[str] = set()

    # --- a module ---

    before: ClassVar[tuple[str, ...]]
    after: ClassVar[tuple[str, ...]]
    """The functions that are the same for every network: what checks arguments; what training calls."""

    def functions(self, plain: NetworkSource) -> list[list[str]]:
        """All functions in the order in which data passes; predicting is left to `plain`, which may be this one."""
        return [*_split(self.before), plain.forward(), *self.losses(plain), *_split(self.after)]

    def losses(self, plain: NetworkSource) -> list[list[str]]:
        """The loss, and the loss with its derivatives."""
        return [plain.loss(), self.sweep()]

    def alone(self) -> list[list[str]]:
        """loss_and_grad, and the functions that it calls."""
        return [*_split(self.before), self.sweep()]

    # --- the functions ---

    def forward(self) -> list[str]:
        """def forward(params, X)."""
        program = self.predicting
        ends = [program.value(self.derivation.quantities[symbol]) for symbol in self.network.outputs]
        code = self.code(program, ends, PREDICTED)
        value = self.outputs(program, [code.values[end] for end in ends], ends)
        return [*code.silenced, *_FORWARD_HEAD, *self.taken(), *code.lines, *lines.returned(value)]

    def loss(self) -> list[str]:
        """def loss(params, X, Y)."""
        program = self.predicting
        total = program.total(self.derivation.loss_node)
        code = self.code(program, [total], PREDICTED)
        taken = [*self.taken([self.derivation.loss_node]), "    n = len(X)"]
        value = lines.returned(f"float({code.values[total]}) / n")
        return [*code.silenced, *LOSS_HEAD, *taken, *code.lines, *value]

    def sweep(self) -> list[str]:
        """def loss_and_grad(params, X, Y, scale=1.0)."""
        program = self.program()
        total, gradients = self.roots(program)
        code = self.code(program, [total, *gradients.values()], TRAINED)
        taken = [*self.taken(self.derivation.roots), *SCALE_LINES]
        packed = self.packed(program, gradients, code)
        value = lines.returned(f"float({code.values[total]}) / n, grads")
        return [*code.silenced, *_SWEEP_HEAD, *taken, *code.lines, *packed, *value]

    def code(self, program: Program, roots: Sequence[Step], forms: Forms) -> Code:
        """The body that computes some roots."""
        code = self._code(program, roots, forms)
        self.helpers |= code.helpers
        return code

    @cached_property
    def predicting(self) -> Program:
        """The program of `forward` and of `loss`, which are much the same."""
        return self.program()

    # --- what the forms differ by ---

    @abstractmethod
    def program(self) -> Program:
        """A program of which nothing has been asked yet, or all that can be."""

    @abstractmethod
    def roots(self, program: Program) -> tuple[Step, dict[Any, Step]]:
        """The sum of the loss, and the gradients in the order of the backward pass."""

    @abstractmethod
    def _code(self, program: Program, roots: Sequence[Step], forms: Forms) -> Code:
        """The body that computes some roots."""

    @abstractmethod
    def taken(self, targeted: Iterable[Node] = ()) -> list[str]:
        """The lines that check the arguments and take out what is needed, for the nodes that may know targets."""

    @abstractmethod
    def outputs(self, program: Program, values: Sequence[str], ends: Sequence[Step]) -> str:
        """The outputs of the network as one array."""

    @abstractmethod
    def packed(self, program: Program, gradients: Mapping[Any, Step], code: Code) -> list[str]:
        """The gradients as arrays under the names of the parameters."""


def _split(texts: Iterable[str]) -> list[list[str]]:
    return [text.splitlines() for text in texts]


def check_sizes(network: Network) -> None:
    """Refuse a network in whose widths there are symbols."""
    named = [width for width in network.widths if not isinstance(width, int)]
    if named:
        raise UnsupportedError(f"the width {named[0]} is a symbol: code needs numbers for all widths, formulas do not")


def check_trainable(derivation: Sweep, network: Network) -> None:
    """Refuse a derivation whose code would lack a derivative, or need a symbol that is neither weight nor data."""
    if set(derivation.wrt) != set(network.parameters):
        raise UnsupportedError(
            "code that trains a network needs the derivative by every parameter: call derive(network) without wrt"
        )
    strange = set(derivation.graph.symbols) - {*network.parameters, *network.inputs, *network.targets}
    if strange:
        raise UnsupportedError(
            f"{', '.join(sorted(symbol.name for symbol in strange))} is neither a parameter nor data of the network: "
            "give the activation a number in its place"
        )
