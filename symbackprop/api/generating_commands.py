"""The command that generates a model's module, as the module says of itself."""

from __future__ import annotations

from ..derivation import DEFAULT
from ..networks import ACTIVATIONS, Model, Network


def command_of(model: Model, method: str, more: str = "") -> str:
    """What generates a model's module, written the same way whoever generated it; `more` options if a command does."""
    if not isinstance(model, Network):
        return "Derivation.write, of a Model"
    command = _command(model, method)
    return command + more if command.startswith("symbackprop") else command


def _command(network: Network, method: str) -> str:
    if not {network.hidden_name, network.output_name} <= {*ACTIVATIONS, "softmax"}:
        return "Derivation.write, in Python: no command knows its activation"
    widths = "-".join(str(width) for width in network.widths)
    options = f"--hidden {network.hidden_name} --output {network.output_name} --loss {network.loss_name}"
    form = "" if network.form == "scalar" else " --form matrix"
    return f"symbackprop generate {widths} {options}{form}" + ("" if method == DEFAULT else f" --method {method}")
