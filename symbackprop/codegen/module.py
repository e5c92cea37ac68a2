"""A network's derivation as a standalone module: its own functions first, then the part that all modules share."""

from __future__ import annotations

import hashlib
import inspect
import re
from collections.abc import Callable, Iterable, Sequence
from types import ModuleType
from typing import Any

from ..derivation import Sweep
from ..errors import UnsupportedError
from ..graph import Node
from ..networks import RECTIFIERS, Network
from . import layout, runtime, special
from .functions import helper_source, helpers, quietly
from .names import Identifiers
from .program import Program, shared_program, symbols_in, written_out
from .remarks import SWEPT, Remarks

MARK = "# symbackprop module, format 2"
"""The first line of every generated module; what lacks it is not run."""

_LOCALS = ("params", "X", "Y", "n", "forward", "loss", "loss_and_grad", "batch_function", "packed", "check_params")
_RULER = "# " + "-" * 106
_TYPING = "from typing import "


class NetworkSource:
    """The functions of one network as text."""

    def __init__(self, derivation: Sweep) -> None:
        if derivation.network is None:
            raise UnsupportedError(
                "only a network can be written as a training module: for an expression, use compile() and its .source"
            )
        self.derivation = derivation
        self.network: Network = derivation.network
        check_trainable(derivation, self.network)
        self._remarks = Remarks(derivation)
        self._reserved = [*_LOCALS, *reserved_names(), *self.network.shapes]

    # --- shared functions ---

    def forward(self) -> list[str]:
        """def forward(params, X)."""
        outputs = [self.derivation.quantities[symbol] for symbol in self.network.outputs]
        program, names = self._program(outputs)
        values = ", ".join(program.values[node] for node in outputs)
        return [
            *quietly(program),
            "def forward(params, X):",
            '    """The outputs for each row of X: (samples, inputs) to (samples, outputs)."""',
            *self._unpacked(outputs, names),
            *self._body(program),
            *layout.returned(f"np.stack(np.broadcast_arrays({values}), axis=1)"),
        ]

    def loss(self) -> list[str]:
        """def loss(params, X, Y)."""
        root = self.derivation.loss_node
        program, names = self._program([root])
        return [
            *quietly(program),
            "def loss(params, X, Y):",
            '    """The mean over the samples of the loss."""',
            *self._unpacked([root], names),
            *self._body(program),
            f"    return float(np.mean({program.values[root]}))",
        ]

    def loss_and_grad(self) -> list[str]:
        """def loss_and_grad(params, X, Y): the forward pass, then the sweep back."""
        roots = [self.derivation.loss_node, *self.derivation.gradient_nodes.values()]
        program, names = self._program(roots)
        return [
            *quietly(program),
            "def loss_and_grad(params, X, Y):",
            '    """(mean loss, its derivative by every parameter: a dict of arrays shaped like params)."""',
            *self._unpacked(roots, names),
            *self._body(program),
            "    # the mean over the samples, put where each parameter stands",
            *self._packed(lambda symbol: program.values[self.derivation.gradient_nodes[symbol]]),
            f"    return float(np.mean({program.values[roots[0]]})), grads",
        ]

    def _program(self, roots: Iterable[Node]) -> tuple[Program, Identifiers]:
        names = Identifiers(self._reserved)
        return shared_program(self.derivation, roots, names), names

    # --- pieces ---

    def _unpacked(self, roots: Iterable[Node], names: Identifiers) -> list[str]:
        """Data as one array per input over the samples; parameters as one number each."""
        used = set(symbols_in(self.derivation.graph, roots))
        lines = ["    check_params(params)"]
        lines += layout.unpacked([names.of(symbol) for symbol in self.network.inputs], _COLUMNS_OF["X"])
        if used & set(self.network.targets):
            lines += layout.unpacked([names.of(symbol) for symbol in self.network.targets], _COLUMNS_OF["Y"])
        for layer in self.network.layers:
            for i, row in enumerate(layer.weights):
                lines += layout.unpacked([names.of(symbol) for symbol in row], f'params["W{layer.number}"][{i}]')
            lines += layout.unpacked([names.of(symbol) for symbol in layer.biases], f'params["b{layer.number}"]')
        return lines

    def _body(self, program: Program) -> list[str]:
        lines: list[str] = []
        section = ""
        for line in program.lines:
            heading = self._remarks.heading(line.definition) or section
            if heading != section:
                lines.append(f"    # {heading}")
                section = heading
            lines += layout.assignment(line.target, line.source, comment=self._remarks.comment(line))
        return lines

    def _packed(self, value: Callable[[Any], str]) -> list[str]:
        """The gradients as arrays under the names of the parameters."""
        lines = ["    grads = {"]
        for layer in self.network.layers:
            rows = [f"[{', '.join(value(symbol) for symbol in row)}]" for row in layer.weights]
            lines += _array_lines(f"W{layer.number}", rows)
            lines += _array_lines(f"b{layer.number}", [value(symbol) for symbol in layer.biases])
        return [*lines, "    }"]

    # --- the naive twin ---

    def naive_functions(self) -> list[str]:
        """One function per derivative, each written out and computed from scratch; then loss_and_grad calls all."""
        lines: list[str] = []
        for symbol, node in self.derivation.gradient_nodes.items():
            lines += [*self._naive_function(f"dL_d{symbol}", f"dL/d{symbol} of each sample.", node), "", ""]
        loss = self.derivation.loss_node
        lines += [*self._naive_function("loss_per_sample", "The loss of each sample.", loss), "", ""]
        lines += [
            "def loss(params, X, Y):",
            '    """The mean over the samples of the loss."""',
            "    check_params(params)",
            "    return float(np.mean(loss_per_sample(params, X, Y)))",
            "",
            "",
            "def loss_and_grad(params, X, Y):",
            '    """(mean loss, its derivative by every parameter), each derivative on its own."""',
            "    check_params(params)",
            *self._packed(lambda symbol: f"dL_d{symbol}(params, X, Y)"),
            "    return loss(params, X, Y), grads",
        ]
        return lines

    def _naive_function(self, name: str, says: str, node: Node) -> list[str]:
        names = Identifiers(self._reserved)
        used = set(symbols_in(self.derivation.graph, [node]))
        lines = [f"def {name}(params, X, Y):", f'    """{says}"""']
        for what, symbols in (("X", self.network.inputs), ("Y", self.network.targets)):
            if used & set(symbols):
                lines += layout.unpacked([names.of(symbol) for symbol in symbols], _COLUMNS_OF[what])
        for symbol, (array, index) in self.network.entries.items():
            if symbol in used:
                place = ", ".join(map(str, index))
                lines.append(f'    {names.of(symbol)} = params["{array}"][{place}]')
        return [*lines, *layout.returned(written_out(self.derivation.graph, node, names))]


def reserved_names() -> list[str]:
    """What a module calls its helpers and all that its shared part defines."""
    return [*vars(special), *(name for part in runtime.PARTS for name in vars(part))]


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


def _array_lines(name: str, values: Sequence[str]) -> list[str]:
    """An entry of the dict of gradients: on one line if it fits there."""
    indent = " " * 8
    line = f'{indent}"{name}": _means([{", ".join(values)}], params["{name}"]),'
    if len(line) <= layout.WIDTH:
        return [line]
    rows = [text for value in values for text in layout.filled(f"{value},", indent + "    ")]
    return [f'{indent}"{name}": _means([', *rows, f'{indent}], params["{name}"]),']


_COLUMNS_OF = {"X": '_columns(X, WIDTHS[0], "X")', "Y": '_columns(Y, WIDTHS[-1], "Y", len(X))'}
"""What unpacks the data."""

_BATCH_FUNCTION = '''def batch_function(batch, dtype):
    """f(params, X, Y) -> (mean loss, grads) for training on batches of exactly `batch` rows of `dtype`.

    The arrays in grads belong to f, which may write over them in its next call; X and Y are the caller's, who fills
    them anew for each call. Where SCALED_GRADIENTS is true, f takes scale=1.0 too and multiplies grads by it.
    """
    return loss_and_grad


def packed(params):
    """The parameters as training wants them: as they are."""
    return params'''

_COLUMNS = '''def check_params(params):
    """Refuse parameters that are not of the shapes of SHAPES; anything else is not looked at."""
    for name, shape in SHAPES.items():
        found = np.shape(params[name]) if name in params else "absent"
        if found != shape:
            raise ValueError(f"{name} should be {shape}, is {found}")


def _columns(data, width, name, rows=None):
    """One array over the samples for each of the columns of `data`."""
    data = np.asarray(data)
    if data.ndim != 2 or data.shape[1] != width or rows not in (None, len(data)):
        raise ValueError(f"{name} must have shape ({rows or 'samples'}, {width}), has {data.shape}")
    if rows == 0:
        raise ValueError("X and Y have no rows: a mean over the samples needs at least one")
    return data.T


def _means(values, like):
    """Each entry's mean over the samples, as one array of floats of the kind of `like`."""
    if isinstance(values[0], list):
        return np.array([_means(row, like) for row in values])
    dtype = np.asarray(like).dtype
    return np.array([np.mean(value) for value in values], dtype=dtype if dtype.kind == "f" else float)'''


def module_text(derivation: Sweep, command: str, shared: Sweep) -> str:
    """The whole text of a standalone module.

    Args:
        derivation: of a network, by any method; the naive one makes the twin, one function per derivative.
        command: what made it, for the header.
        shared: of the same network, by backprop, which has the network's own quantities: predicting takes these.

    Raises:
        UnsupportedError: the derivation is of no network, or an operation has no NumPy source.
    """
    source, plain = NetworkSource(derivation), NetworkSource(shared)
    functions = [plain.forward(), *_losses(source, plain), batch_function()]
    return _whole(source.network, functions, _header(derivation, source.network, command, shared))


def _losses(source: NetworkSource, plain: NetworkSource) -> list[list[str]]:
    """The loss, and the loss with its derivatives."""
    if source.derivation.written_out:
        return [source.naive_functions()]
    return [plain.loss(), source.loss_and_grad()]


def batch_function() -> list[str]:
    """def batch_function(batch, dtype), which training calls: here it is loss_and_grad, whatever the batch."""
    return _BATCH_FUNCTION.splitlines()


def _whole(network: Network, functions: list[list[str]], header: str) -> str:
    return assembled(f"{header}\n\n{constants(network)}", [_COLUMNS.splitlines(), *functions])


def assembled(header: str, functions: list[list[str]]) -> str:
    """A module of its header, its own functions, the helpers that these call, and the part that all modules share."""
    body = "\n\n\n".join("\n".join(lines) for lines in functions)
    digest = hashlib.sha256(body.encode()).hexdigest()[:16]
    program = f'PROGRAM = "{digest}"  # tells these functions from others: no run goes on with others'
    parts = [f"{header}\n{program}", helper_source(helpers(body)), body, _RULER, _runtime()]
    return "\n\n\n".join(part for part in parts if part) + "\n"


def _header(derivation: Sweep, network: Network, command: str, shared: Sweep) -> str:
    shapes = ", ".join(f"{name} {shape}" for name, shape in network.shapes.items())
    params = "\n".join(layout.filled(f"params is a dict of arrays: {shapes}.", ""))
    return f'''{MARK}
"""{described(network)}: {SWEPT[derivation.method]}.

Made by: {command}
Needs NumPy alone. Operations for the loss and all {len(network.parameters)} derivatives of one sample:
{_operations(derivation, shared)}

{params}
"""

{imports()}'''


def _operations(derivation: Sweep, shared: Sweep) -> str:
    swept = f"{shared.cost.total} in one backward sweep"
    if derivation.method == "backprop":
        return f"{swept}, {shared.cost.naive} if each derivative were derived on its own."
    return f"{derivation.cost.total} here, {swept}."


def described(network: Network) -> str:
    names = f"hidden={_plain(network.hidden_name)}, output={_plain(network.output_name)}, loss={network.loss_name}"
    return f"Network({'-'.join(map(str, network.widths))}, {names})"


def _plain(name: str) -> str:
    """The name of an activation, which may be any function's: what is no plain name never enters a source text."""
    return name if re.fullmatch(r"[A-Za-z]\w{0,40}", name, re.ASCII) else "(a function)"


def imports() -> str:
    """The imports of the shared parts, which are all that a module needs, each once."""
    text = _runtime()
    lines = [line for part in runtime.PARTS for line in _header_of(part).splitlines()]
    plain = sorted({line for line in lines if line.startswith("import ")} - {"import numpy as np"})
    typed = sorted({name for line in lines if line.startswith(_TYPING) for name in line[len(_TYPING) :].split(", ")})
    used = ", ".join(name for name in typed if re.search(rf"\b{name}\b", text))
    return "\n".join([*plain, f"{_TYPING}{used}", "", "import numpy as np"])


def _header_of(part: ModuleType) -> str:
    return inspect.getsource(part).split(f"{_RULER}\n", 1)[0]


def constants(network: Network, scaled: bool = False) -> str:
    variance = 2.0 if network.hidden_name in RECTIFIERS else 1.0
    return "\n".join(
        [
            f'NETWORK = "{_title(network)}"',
            *layout.called("WIDTHS = (", [str(width) for width in network.widths], ")", ""),
            *layout.called("SHAPES = {", [f'"{name}": {shape}' for name, shape in network.shapes.items()], "}", ""),
            f'HIDDEN, OUTPUT = "{_plain(network.hidden_name)}", "{_plain(network.output_name)}"',
            f'LOSS = "{network.loss_name}"',
            f"VARIANCE = {variance}  # of the start weights, times fan-in",
            f"SCALED_GRADIENTS = {scaled}  # whether the function of batch_function takes scale=",
        ]
    )


def _title(network: Network) -> str:
    return f"the {'-'.join(map(str, network.widths))} network"


def _runtime() -> str:
    """What stands below the dashes of each shared part, one behind the other."""
    return "\n\n\n".join(inspect.getsource(part).split(f"{_RULER}\n", 1)[1].strip() for part in runtime.PARTS)


def network_source(derivation: Sweep) -> str:
    """The text of loss_and_grad(params, X, Y) and of what it calls, for any method."""
    source = NetworkSource(derivation)
    lines = source.naive_functions() if derivation.written_out else source.loss_and_grad()
    constants = [f"WIDTHS = {source.network.widths!r}", f"SHAPES = {source.network.shapes!r}"]
    return "\n".join([*constants, "", "", _COLUMNS, "", "", *lines]) + "\n"
