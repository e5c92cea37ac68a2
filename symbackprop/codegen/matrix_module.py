"""The functions of a network in matrix form: for prediction in plain expressions, for training in place as well."""

from __future__ import annotations

import math
import re
from typing import Any

from ..derivation import Sweep
from ..errors import UnsupportedError, unknown_name
from ..networks import Network
from . import layout
from .arrays import BATCH, Dims, Step
from .buffers import Buffer, Plan, stored
from .functions import silenced
from .matrix_program import BACKWARD, FORWARD, MatrixProgram, layout_index
from .matrix_texts import (
    BATCH_FUNCTION,
    CHECKED,
    CHECKS,
    IN_PLACE,
    PACKED,
    READABLE_BATCH_FUNCTION,
    SGD_STEP,
    WORKSPACE,
)
from .module import MARK, assembled, check_trainable, constants, described, imports, reserved_names
from .steps import sizes

STYLES = ("fast", "readable")


class MatrixSource:
    """The functions of one network in matrix form as text.

    Args:
        derivation: of a network in matrix form, by all of its parameters.
        style: "fast" writes into arrays made beforehand, "readable" is plain expressions; both give equal results.

    Raises:
        UnsupportedError: the derivation is of no such network, or sizes are symbols.
        UnknownNameError: there is no such style.
    """

    def __init__(self, derivation: Sweep, style: str = "fast") -> None:
        if style not in STYLES:
            raise unknown_name("style", style, STYLES)
        assert derivation.network is not None
        self.derivation, self.network, self.style = derivation, derivation.network, style
        _check_sizes(self.network)
        check_trainable(derivation, self.network)
        self._reserved = [*reserved_names(), *self.network.shapes]
        self.plan: Plan | None = None
        self.transposed: tuple[str, ...] = ()

    # --- pieces ---

    def _program(self) -> MatrixProgram:
        net = self.network
        texts = {symbol: name + layout_index(net.shapes[name]) for symbol, (name, _) in net.entries.items()}
        data = {net.inputs[0]: ("X", net.widths[0]), net.targets[0]: ("Y", net.widths[-1])}
        texts |= {symbol: name + ("[:, 0]" if width == 1 else "") for symbol, (name, width) in data.items()}
        return MatrixProgram(self.derivation, texts, data, self._reserved)

    def _unpacked(self) -> list[str]:
        names = [f"{letter}{layer.number}" for layer in self.network.layers for letter in "Wb"]
        pairs = zip(names[::2], names[1::2], strict=True)
        return [f'    {weights}, {biases} = params["{weights}"], params["{biases}"]' for weights, biases in pairs]

    # --- prediction ---

    def forward(self) -> list[str]:
        """def forward(params, X)."""
        program = self._program()
        output = program.value(self.derivation.quantities[self.network.outputs[0]])
        code = program.readable([output], FORWARD)
        value = code.values[output] + ("[:, None]" if self.network.widths[-1] == 1 else "")
        if BATCH not in program.arrays.dims[output]:  # the outputs are the same whatever the inputs are
            value = f"np.full((len(X), WIDTHS[-1]), {code.values[output]}, dtype)"
        return [
            *silenced([*code.lines, value]),
            "def forward(params, X):",
            '    """The outputs for each row of X: (samples, inputs) to (samples, outputs)."""',
            "    dtype = check_params(params)",
            '    X = _rows(X, WIDTHS[0], "X", dtype)',
            *self._unpacked(),
            *code.lines,
            *layout.returned(value),
        ]

    def loss(self) -> list[str]:
        """def loss(params, X, Y)."""
        program = self._program()
        total = program.total(self.derivation.loss_node)
        code = program.readable([total], FORWARD)
        return [
            *silenced([*code.lines, code.values[total]]),
            "def loss(params, X, Y):",
            '    """The mean over the samples of the loss."""',
            *CHECKED,
            *self._unpacked(),
            f"    {BATCH} = len(X)",
            *code.lines,
            *layout.returned(f"float({code.values[total]}) / {BATCH}"),
        ]

    # --- training, in plain expressions ---

    def readable_sweep(self) -> list[str]:
        """def loss_and_grad(params, X, Y, scale=1.0)."""
        program = self._program()
        total, gradients = self._roots(program)
        code = program.readable([total, *gradients.values()], BACKWARD)
        return [
            *silenced(code.lines),
            "def loss_and_grad(params, X, Y, scale=1.0):",
            '    """(mean loss, its derivatives times scale: a dict of arrays shaped like params)."""',
            *CHECKED,
            *self._unpacked(),
            f"    {BATCH} = len(X)",
            f"    scale = float(scale) / {BATCH}  # the mean over the samples goes into the smallest adjoint",
            *code.lines,
            "    grads = {",
            *(
                f'        "{name}": {self._shaped(program, name, step, code.values[step])},'
                for name, step in gradients.items()
            ),
            "    }",
            *layout.returned(f"float({code.values[total]}) / {BATCH}, grads"),
        ]

    def _roots(self, program: MatrixProgram) -> tuple[Step, dict[str, Step]]:
        """The sum of the loss, and the gradients in the order of the backward pass."""
        total = program.total(self.derivation.loss_node)
        places = self.network.places
        order = sorted(self.network.parameters, key=places.__getitem__)
        names = self.network.entries
        gradients = {names[symbol][0]: program.gradient(self.derivation.gradient_nodes[symbol]) for symbol in order}
        return total, {name: gradients[name] for name in self.network.shapes}

    def _shaped(self, program: MatrixProgram, name: str, step: Step, text: str) -> str:
        shape = self.network.shapes[name]
        if stored(program.arrays, step) and program.arrays.dims[step] == shape:
            return text
        return f"np.full({shape}, np.reshape({text}, {_kept(program.arrays.dims[step], shape)}), dtype)"

    # --- training, in place ---

    def workspace_and_sweep(self) -> tuple[list[str], list[str]]:
        """class Workspace, and def _sweep(params, X, Y, scale, workspace)."""
        program = self._program()
        total, gradients = self._roots(program)
        made = program.in_place({"": total, **gradients}, BACKWARD, self.network.shapes)
        code, plan, writer, self.plan = made.code, made.plan, made.writer, made.plan
        copied = [f"    np.copyto(d{name}, {code.values[made.roots[name]]})" for name in made.copied()]
        body = [*code.lines, *copied]
        text = "\n".join([*body, *(buffer.name for buffer, _ in writer.views.values())])
        self.transposed = made.transposed
        gradients_at = [f"d{name}_T" if name in made.transposed else f"d{name}" for name in self.network.shapes]
        arrays = [*(buffer.name for buffer in plan.buffers), *writer.views, *gradients_at]
        words = set(re.findall(r"\w+", text))
        used = [name for name in arrays if name in words]
        workspace = self._workspace(plan, writer.views, dict(writer.constants), used)
        return workspace, [
            "def _sweep(params, X, Y, scale, workspace):",
            '    """The mean loss; its gradients times scale go into the workspace. Nothing is checked."""',
            *self._unpacked(),
            *layout.unpacked(used, "workspace.arrays"),
            f"    {BATCH} = len(X)",
            f"    scale = float(scale) / {BATCH}  # the mean over the samples goes into the smallest adjoint",
            *body,
            *layout.returned(f"float({code.values[made.roots['']]}) / {BATCH}"),
        ]

    def _workspace(
        self, plan: Plan, views: dict[str, tuple[Buffer, str]], constants: dict[Buffer, str], used: list[str]
    ) -> list[str]:
        lines = WORKSPACE.splitlines()
        for buffer in plan.buffers:
            kind = "bool" if buffer.boolean else "dtype"
            made = constants.get(buffer, f"np.empty({sizes(buffer.dims)}, {kind})")
            lines.append(f"        {buffer.name} = {made}")
        lines += ["        self.grads = _views(np.empty(NUMBERS, dtype))"]
        lines += [
            f'        d{name}_T = self.grads["{name}"].T'
            if name in self.transposed
            else f'        d{name} = self.grads["{name}"]' + _whole_view(shape)
            for name, shape in self.network.shapes.items()
        ]
        lines += [f"        {name} = {buffer.name}{suffix}" for name, (buffer, suffix) in views.items()]
        return [*lines, *layout.called("self.arrays = (", [*used, ""] if len(used) == 1 else used, ")", "        ")]


def _whole_view(shape: tuple[Any, ...]) -> str:
    """The view of a gradient that a program writes into; of a single number, an array of no axes."""
    return ".reshape(())" if all(size == 1 for size in shape) else layout_index(shape)


def _kept(dims: Dims, shape: tuple[Any, ...]) -> str:
    """The shape that an array of fewer axes is given before it is repeated to its whole shape."""
    if not dims:
        return sizes(tuple(1 for _ in shape))
    return sizes(shape) if len(dims) == sum(size != 1 for size in shape) else sizes(dims)


def _check_sizes(network: Network) -> None:
    named = [width for width in network.widths if not isinstance(width, int)]
    if named:
        raise UnsupportedError(f"the width {named[0]} is a symbol: code needs numbers for all widths, formulas do not")


def functions(source: MatrixSource) -> list[list[str]]:
    """All functions of a module, in the order in which data passes."""
    before = [CHECKS.splitlines(), source.forward(), source.loss()]
    if source.style == "readable":
        return [*before, source.readable_sweep(), READABLE_BATCH_FUNCTION.splitlines()]
    workspace, sweep = source.workspace_and_sweep()
    after = (IN_PLACE, SGD_STEP, BATCH_FUNCTION)
    return [*before, PACKED.splitlines(), workspace, sweep, *(text.splitlines() for text in after)]


def network_source(derivation: Sweep, style: str = "fast") -> str:
    """The text of loss_and_grad(params, X, Y) and of what it calls."""
    source = MatrixSource(derivation, style)
    body = "\n\n\n".join("\n".join(lines) for lines in functions(source))
    constants = [f"WIDTHS = {source.network.widths!r}", f"SHAPES = {source.network.shapes!r}", *_memory_layout(source)]
    return "\n".join([*constants, "", "", body, ""])


def matrix_text(derivation: Sweep, command: str, style: str = "fast") -> str:
    """The whole text of a standalone module of a network in matrix form.

    Args:
        derivation: of a network in matrix form.
        command: what made it, for the header.
        style: a name in `STYLES`.

    Raises:
        UnsupportedError: a width is a symbol, or an operation has no NumPy source.
        UnknownNameError: there is no such style.
    """
    source = MatrixSource(derivation, style)
    lines = functions(source)  # which makes the plan that the header tells of
    return assembled(_header(source, command), lines)


def _header(source: MatrixSource, command: str) -> str:
    network = source.network
    shapes = ", ".join(f"{name} {shape}" for name, shape in network.shapes.items())
    params = "\n".join(layout.filled(f"params is a dict of arrays: {shapes}.", ""))
    lines = "\n".join(_memory_layout(source) if source.plan is not None else [])
    return f'''{MARK}
"""{described(network)}: one backward sweep over whole layers.

Made by: {command}
Needs NumPy alone. {_memory(source)}

{params}
"""

{imports()}

{constants(network, scaled=True)}
{lines}'''


def _memory_layout(source: MatrixSource) -> list[str]:
    """How the parameters lie in the memory of one array."""
    numbers = sum(math.prod(shape) for shape in source.network.shapes.values())
    return [
        f"NUMBERS = {numbers}  # in all parameters together",
        f"TRANSPOSED = {source.transposed!r}  # what lies column by column: BLAS reads it best so",
    ]


def _memory(source: MatrixSource) -> str:
    """What a step takes beside the parameters and the data."""
    gradients = sum(math.prod(shape) for shape in source.network.shapes.values())
    if source.plan is None:
        return f"Every step makes its arrays anew; the gradients take {8 * gradients:,} bytes in float64."
    entries, beside, flags, more = source.plan.rows()
    doubles, singles = (f"n * {size * entries + flags:,} + {size * (gradients + beside) + more:,}" for size in (8, 4))
    return (
        f"A batch of n rows takes {doubles} bytes of workspace in float64,\n"
        f"{singles} in float32, the gradients among them."
    )
