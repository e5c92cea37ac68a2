"""The story in under a minute: formulas, code, XOR, iris, and what sharing saves."""

from __future__ import annotations

import argparse
from importlib.resources import files
from pathlib import Path

import numpy as np
from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table

from . import runtime, training
from .api import derive
from .atomic_writes import write_text
from .errors import OutputError
from .networks import Network

XOR_INPUTS = np.array([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]])
XOR_TARGETS = np.array([[0.0], [1.0], [1.0], [0.0]])


def run(folder: Path, console: Console) -> None:
    """Tell the whole story; everything that is written goes into `folder`.

    Raises:
        OutputError: the folder cannot be made or written.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OutputError(
            f"cannot make the folder {str(folder)!r}: {error.strerror}; choose another --folder"
        ) from error
    for number, (title, chapter) in enumerate(CHAPTERS, start=1):
        console.print()
        console.rule(f"{number}. {title}", align="left", characters="─")
        chapter(folder, console)


def _formulas(folder: Path, console: Console) -> None:
    _say(console, derive(Network([2, 2, 1])).formulas())


def _module(folder: Path, console: Console) -> None:
    path = derive(Network([2, 3, 1])).write(folder / "xor.py")
    lines = path.read_text(encoding="utf-8").splitlines()
    start = lines.index("    # backward: from the loss to the inputs, each adjoint once")
    _say(console, f"{path} has {len(lines)} lines and imports NumPy alone. Its backward pass begins:\n")
    _say(console, "\n".join(lines[start : start + 10]))


def _xor(folder: Path, console: Console) -> None:
    module = runtime.load_module(folder / "xor.py")
    params, history = runtime.train(
        module, module.init(seed=0), XOR_INPUTS, XOR_TARGETS, epochs=2000, batch_size=4, learning_rate=1.0
    )
    outputs = module.forward(params, XOR_INPUTS)[:, 0]
    right = int(np.sum((outputs > 0.5) == (XOR_TARGETS[:, 0] > 0.5)))
    for (x1, x2), output in zip(XOR_INPUTS, outputs, strict=True):
        _say(console, f"{x1:.0f} xor {x2:.0f} -> {output:.3f}")
    _say(console, f"{right} of 4 right, loss {history[0]:.4f} -> {history[-1]:.4f}")


def _iris(folder: Path, console: Console) -> None:
    data = write_text(folder / "iris.csv", iris_csv())
    derive(Network([4, 8, 3], "tanh", "softmax", "cross_entropy")).write(folder / "iris.py")
    module = runtime.load_module(folder / "iris.py")
    parser = argparse.ArgumentParser()
    runtime.add_options(parser)
    options = parser.parse_args(["iris.csv", "--target", "species"])
    options.data, options.weights = str(data), str(folder / "iris.npz")
    _say(console, "\n".join(training.fit(module, options, Console(stderr=True))))


def _counts(folder: Path, console: Console) -> None:
    columns = ("network", "parameters", "paths", "loss", "backprop", "naive", "ratio")
    table = Table(*columns, box=SIMPLE_HEAD, pad_edge=False)
    for column in table.columns[1:]:
        column.justify = "right"
    for layers in range(1, 7):
        derivation = derive(Network([3] * (layers + 1), "tanh", "tanh", "half_sse"))
        cost, naive = derivation.cost, derivation.cost.naive or 0
        figures = (len(derivation.wrt), cost.paths, cost.forward, cost.total, naive, naive // cost.total)
        table.add_row("-".join("3" * (layers + 1)), *(f"{figure:,}" for figure in figures))
    console.print(table)
    _say(
        console,
        "Operations of the loss, and of the loss with all derivatives: backprop forms every factor once, the naive\n"
        "way derives each derivative on its own. Counted exactly on the graph; nothing had to be written out.\n"
        "'symbackprop compare' runs both, by the clock.",
    )


def _say(console: Console, text: str) -> None:
    """Print a text as it stands: a folder's name may look like markup."""
    console.print(text, markup=False, highlight=False, soft_wrap=True)


def iris_csv() -> str:
    """Fisher's iris data (1936), 150 flowers, as it travels inside the package."""
    return files(__package__).joinpath("data/iris.csv").read_text(encoding="utf-8")


CHAPTERS = (
    ("Every derivative of a 2-2-1 network", _formulas),
    ("The generated module", _module),
    ("XOR, which one layer cannot learn", _xor),
    ("Iris", _iris),
    ("What sharing saves", _counts),
)
