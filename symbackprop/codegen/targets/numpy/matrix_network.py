"""The functions of a network in matrix form: each layer an array."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, ClassVar

from ....derivation import Sweep
from ....graph import Node
from ...batching import Input
from ...lifetimes import stored
from ...program import Forms, Program
from ...steps import BATCH, DATA, PARAMETER, TARGET, Axes, Step
from .network import NetworkSource, check_sizes
from .readable import Code, array_code
from .texts import AS_THEY_ARE, CHECKED, CHECKS, READABLE_BATCH_FUNCTION


class MatrixSource(NetworkSource):
    """Each layer an array.

    Raises:
        UnsupportedError: a width is a symbol.
    """

    before = (CHECKS,)
    after: ClassVar[tuple[str, ...]] = (READABLE_BATCH_FUNCTION, AS_THEY_ARE)

    def __init__(self, derivation: Sweep) -> None:
        if derivation.network is not None:
            check_sizes(derivation.network)
        super().__init__(derivation)
        [x], [y] = self.network.inputs, self.network.targets
        self._given: dict[Any, Input] = {symbol: (PARAMETER, symbol, None) for symbol in self.network.parameters}
        self._given |= {x: (DATA, x, None), y: (TARGET, y, None)}

    def alone(self) -> list[list[str]]:
        """The whole, as the styles call one another."""
        return self.functions(self)

    def program(self) -> Program:
        return Program(self.derivation, self._given, (*self.network.inputs, *self.network.targets))

    def roots(self, program: Program) -> tuple[Step, dict[Any, Step]]:
        total = program.total(self.derivation.loss_node)
        order = sorted(self.network.parameters, key=self.network.places.__getitem__)
        names = self.network.entries
        gradients = {names[symbol][0]: program.gradient(self.derivation.gradient_nodes[symbol]) for symbol in order}
        return total, {name: gradients[name] for name in self.network.shapes}

    def _code(self, program: Program, roots: Sequence[Step], forms: Forms) -> Code:
        return array_code(program, roots, forms, self.texts(), self.names.copy())

    # --- arguments and results ---

    def texts(self) -> dict[Input, str]:
        """What each given thing is called: an array, or the view of it without axes of one entry."""
        net, given = self.network, self._given
        texts = {given[symbol]: name + layout_index(net.shapes[name]) for symbol, (name, _) in net.entries.items()}
        for symbol, name, width in ((net.inputs[0], "X", net.widths[0]), (net.targets[0], "Y", net.widths[-1])):
            texts[given[symbol]] = name + layout_index((None, width))
        return texts

    def taken(self, targeted: Iterable[Node] = ()) -> list[str]:
        return [*(CHECKED if list(targeted) else CHECKED[:2]), *self.unpacked()]

    def unpacked(self) -> list[str]:
        """The arrays of the parameters by their names."""
        names = [f"{letter}{layer.number}" for layer in self.network.layers for letter in "Wb"]
        pairs = zip(names[::2], names[1::2], strict=True)
        return [f'    {weights}, {biases} = params["{weights}"], params["{biases}"]' for weights, biases in pairs]

    def outputs(self, program: Program, values: Sequence[str], ends: Sequence[Step]) -> str:
        if BATCH not in program.steps.axes[ends[0]]:  # the outputs are the same whatever the inputs are
            return f"np.full((len(X), WIDTHS[-1]), {values[0]}, dtype)"
        return values[0] + ("[:, None]" if self.network.widths[-1] == 1 else "")

    def packed(self, program: Program, gradients: Mapping[Any, Step], code: Code) -> list[str]:
        entries = (f'        "{name}": {self._shaped(program, name, step, code)},' for name, step in gradients.items())
        return ["    grads = {", *entries, "    }"]

    def _shaped(self, program: Program, name: str, step: Step, code: Code) -> str:
        shape, text, steps = self.network.shapes[name], code.values[step], program.steps
        if stored(steps, step) and steps.axes[step] == shape:
            return text
        return f"np.full({shape}, np.reshape({text}, {_kept(steps.axes[step], shape)}), dtype)"


def _kept(axes: Axes, shape: tuple[Any, ...]) -> str:
    """The shape that an array of fewer axes is given before it is repeated to its whole shape."""
    if not axes:
        return tuple_of(1 for _ in shape)
    return tuple_of(shape if len(axes) == sum(size != 1 for size in shape) else axes)


def tuple_of(sizes: Iterable[Any]) -> str:
    """Numbers as a tuple in source."""
    return str(tuple(map(int, sizes)))


def layout_index(shape: Sequence[Any]) -> str:
    """What makes the array of a program of an array of this shape: axes of one entry go."""
    if 1 not in shape:
        return ""
    return f"[{', '.join('0' if size == 1 else ':' for size in shape)}]"
