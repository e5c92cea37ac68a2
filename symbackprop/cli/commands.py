"""The commands, a row each: what is said of it, an example that works, and the module that does it."""

from __future__ import annotations

from typing import NamedTuple


class Command(NamedTuple):
    """A command. module: of this folder, imported when the command runs, which has a function run_COMMAND(options)."""

    says: str
    example: str
    module: str


COMMANDS = {
    "derive": Command(
        "print every derivative with its chain rule",
        "symbackprop derive 2-2-1 --hidden tanh --output sigmoid --loss bce --parameter w1_2_1",
        "deriving",
    ),
    "paths": Command(
        "list the paths from a weight to the loss, and what they share",
        "symbackprop paths 2-2-2-1 --parameter w1_1_1",
        "deriving",
    ),
    "step": Command(
        "take one training step, and show old weights, gradient and new weights",
        "symbackprop step 2-2-1 --inputs 0,1 --targets 1 --rate 0.5",
        "stepping",
    ),
    "diagram": Command(
        "draw the steps of the chain rule, as SVG, DOT or TikZ",
        "symbackprop diagram 2-2-1 --parameter w1_2_1 -o xor.svg",
        "drawing",
    ),
    "generate": Command(
        "write a standalone module, for NumPy or for JAX, that trains the network",
        "symbackprop generate 2-3-1 --hidden tanh --output sigmoid --loss bce -o xor.py",
        "generating",
    ),
    "train": Command(
        "train a generated module on a CSV file",
        "symbackprop train generated/iris.py examples/data/iris.csv --target species --epochs 200",
        "training",
    ),
    "predict": Command(
        "say what a trained module makes of a CSV file",
        "symbackprop predict generated/iris.py iris.npz examples/data/iris.csv",
        "training",
    ),
    "compare": Command(
        "measure what sharing saves as layers grow",
        "symbackprop compare --width 3 --depths 1-8 --plot cost.svg",
        "comparing",
    ),
    "demo": Command(
        "the whole story in under a minute",
        "symbackprop demo --folder symbackprop-demo",
        "demo",
    ),
}
EXAMPLES = {name: command.example for name, command in COMMANDS.items()}
