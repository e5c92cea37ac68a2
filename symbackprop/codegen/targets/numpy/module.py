"""A network's derivation as a standalone module: its own functions first, then the part that all modules share."""

from __future__ import annotations

import hashlib
import inspect
import math
import re
from collections.abc import Iterable
from functools import cache
from types import ModuleType

from ....derivation import Sweep
from ....derivation.collector import collector_paused
from ....errors import unknown_name
from ....networks import RECTIFIERS, Network
from ... import runtime
from ...remarks import SWEPT
from . import lines
from .helpers import helper_source, with_needed
from .matrix_network import MatrixSource
from .network import NetworkSource
from .scalar_network import NaiveSource, ScalarSource
from .workspace import WorkspaceSource

MARK = "# symbackprop module, format 2"
"""The first line of every generated module; what lacks it is not run."""

STYLES = ("fast", "readable")
"""Of a network in matrix form: into arrays made beforehand, or plain expressions; both give equal results."""

_RULER = "# " + "-" * 106
_TYPING = "from typing import "


def source_of(derivation: Sweep, style: str) -> NetworkSource:
    """What writes the functions of a network.

    Raises:
        UnknownNameError: there is no such style.
    """
    if style not in STYLES:
        raise unknown_name("style", style, STYLES)
    if derivation.network is not None and derivation.network.form == "matrix":
        return (WorkspaceSource if style == "fast" else MatrixSource)(derivation)
    return (NaiveSource if derivation.way.writes_out else ScalarSource)(derivation)


@collector_paused()
def network_text(derivation: Sweep, shared: Sweep, command: str, style: str = "fast") -> str:
    """The whole text of a standalone module.

    Args:
        derivation: of a network, by any method.
        shared: of the same network, by backprop.
        command: what made it, for the header.
        style: a name in `STYLES`, of a network in matrix form.

    Raises:
        UnsupportedError: a width is a symbol, or an operation has no NumPy source.
        UnknownNameError: there is no such style.
    """
    source = source_of(derivation, style)
    plain = source if shared is derivation else source_of(shared, style)
    made = source.functions(plain)
    return _assembled(header(source, command, shared), made, with_needed(source.helpers | plain.helpers))


@collector_paused()
def network_source(derivation: Sweep, style: str = "fast") -> str:
    """The text of loss_and_grad(params, X, Y) of a network in either form, by any method, and of what it calls."""
    source = source_of(derivation, style)
    made, network = source.alone(), source.network
    constants = [f"WIDTHS = {network.widths!r}", f"SHAPES = {network.shapes!r}"]
    layout = memory_layout(source) if network.form == "matrix" else []
    return "\n".join([*constants, *layout, "", "", "\n\n\n".join("\n".join(part) for part in made), ""])


# --- the header ---


def header(source: NetworkSource, command: str, shared: Sweep) -> str:
    """What stands above the functions: what this is, what made it, imports, constants."""
    network = source.network
    shapes = ", ".join(f"{name} {shape}" for name, shape in network.shapes.items())
    params = "\n".join(lines.filled(f"params is a dict of arrays: {shapes}.", ""))
    is_matrix = network.form == "matrix"
    says = "one backward sweep over whole layers" if is_matrix else SWEPT[source.derivation.method]
    about = _memory(source) if is_matrix else _operations(source.derivation, shared)
    below = memory_layout(source) if is_matrix and isinstance(source, WorkspaceSource) else []
    more = "\n" + "\n".join(below) if is_matrix else ""
    return f'''{MARK}
"""{described(network)}: {says}.

Made by: {command}
Needs NumPy alone. {about}

{params}
"""

{_imports()}

{constants(network, scaled=not isinstance(source, NaiveSource))}{more}'''


def _operations(derivation: Sweep, shared: Sweep) -> str:
    swept = f"{shared.cost.total} in one backward sweep"
    if derivation.way.forms_adjoints:
        counted = f"{swept}, {shared.cost.naive} if each derivative were derived on its own."
    else:
        counted = f"{derivation.cost.total} here, {swept}."
    return f"Operations for the loss and all {len(derivation.wrt)} derivatives of one sample:\n{counted}"


def _memory(source: NetworkSource) -> str:
    """What a step takes beside the parameters and the data."""
    gradients = sum(math.prod(shape) for shape in source.network.shapes.values())
    if not isinstance(source, WorkspaceSource) or source.plan is None:
        return f"Every step makes its arrays anew; the gradients take {8 * gradients:,} bytes in float64."
    entries, beside, flags, more = source.plan.rows()
    doubles, singles = (f"n * {size * entries + flags:,} + {size * (gradients + beside) + more:,}" for size in (8, 4))
    return (
        f"A batch of n rows takes {doubles} bytes of workspace in float64,\n"
        f"{singles} in float32, the gradients among them."
    )


def memory_layout(source: NetworkSource) -> list[str]:
    """How the parameters lie in the memory of one array."""
    numbers = sum(math.prod(shape) for shape in source.network.shapes.values())
    transposed = source.transposed if isinstance(source, WorkspaceSource) else ()
    return [
        f"NUMBERS = {numbers}  # in all parameters together",
        f"TRANSPOSED = {transposed!r}  # what lies column by column: BLAS reads it best so",
    ]


def described(network: Network) -> str:
    """A network as the call that makes it."""
    names = f"hidden={_plain(network.hidden_name)}, output={_plain(network.output_name)}, loss={network.loss_name}"
    return f"Network({'-'.join(map(str, network.widths))}, {names})"


def _plain(name: str) -> str:
    """The name of an activation, which may be any function's: what is no plain name never enters a source text."""
    return name if re.fullmatch(r"[A-Za-z]\w{0,40}", name, re.ASCII) else "(a function)"


def constants(network: Network, scaled: bool) -> str:
    """What the shared part reads of this network."""
    variance = 2.0 if network.hidden_name in RECTIFIERS else 1.0
    return "\n".join(
        [
            f'NETWORK = "the {"-".join(map(str, network.widths))} network"',
            *lines.called("WIDTHS = (", [str(width) for width in network.widths], ")", ""),
            *lines.called("SHAPES = {", [f'"{name}": {shape}' for name, shape in network.shapes.items()], "}", ""),
            f'HIDDEN, OUTPUT = "{_plain(network.hidden_name)}", "{_plain(network.output_name)}"',
            f'LOSS = "{network.loss_name}"',
            f"VARIANCE = {variance}  # of the start weights, times fan-in",
            f"SCALED_GRADIENTS = {scaled}  # whether the function of batch_function takes scale=",
        ]
    )


# --- the part that all modules share ---


def _assembled(head: str, functions: Iterable[list[str]], used: list[str]) -> str:
    """A module of its header, its own functions, the helpers that these call, and the part that all modules share."""
    body = "\n\n\n".join("\n".join(function) for function in functions)
    digest = hashlib.sha256(body.encode()).hexdigest()[:16]
    program = f'PROGRAM = "{digest}"  # tells these functions from others: no run goes on with others'
    parts = [f"{head}\n{program}", helper_source(used), body, _RULER, _runtime()]
    return "\n\n\n".join(part for part in parts if part) + "\n"


@cache
def _imports() -> str:
    """The imports of the shared parts, which are all that a module needs, each once."""
    text = _runtime()
    heads = [line for part in runtime.PARTS for line in _header_of(part).splitlines()]
    plain = sorted({line for line in heads if line.startswith("import ")} - {"import numpy as np"})
    typed = sorted({name for line in heads if line.startswith(_TYPING) for name in line[len(_TYPING) :].split(", ")})
    used = ", ".join(name for name in typed if re.search(rf"\b{name}\b", text))
    return "\n".join([*plain, f"{_TYPING}{used}", "", "import numpy as np"])


def _header_of(part: ModuleType) -> str:
    return inspect.getsource(part).split(f"{_RULER}\n", 1)[0]


@cache
def _runtime() -> str:
    """What stands below the dashes of each shared part, one behind the other."""
    return "\n\n\n".join(inspect.getsource(part).split(f"{_RULER}\n", 1)[1].strip() for part in runtime.PARTS)
