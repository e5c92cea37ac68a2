"""What it costs to get from a network to a function that trains it, beside JAX's first call of a jitted step.

    pip install jax
    OPENBLAS_NUM_THREADS=1 OMP_NUM_THREADS=1 taskset -c 1 python tests/benchmarks/compile_time.py

Each time is the median of several fresh processes, taken there after the libraries are imported, so that nothing is
cached; the two take turns. The nets are 32 units wide with softmax and cross-entropy; that the time for each layer
stays the same from depth 8 to 64 shows that it is linear in depth.
"""

# ruff: noqa: PLC0415 - each library is imported by the process that needs it, and by no other
from __future__ import annotations

import argparse
import contextlib
import itertools
import json
import os
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from time import perf_counter
from typing import Any

import numpy as np
from rich.console import Console
from rich.table import Table

CONSOLE = Console(width=120)
DEPTHS = (8, 16, 32, 64)
WIDTHS = (8, 64, 512, 4096)
BATCH = 32
Seconds = dict[str, float]
Answer = dict[str, Any]  # seconds, or the reason why something is missing


def deep(depth: int) -> list[int]:
    """The widths of a net of so many layers of weights."""
    return [32] * depth + [10]


# ---------------------------------------------------------------------------------------------- in the process


def ours(widths: list[int]) -> Answer:
    """Derive, generate and import, and the first step, since JAX's first call makes one as well."""
    import symbackprop as sb
    from symbackprop import runtime

    (X, Y), times = data(widths), Parts()
    with tempfile.TemporaryDirectory() as folder, times.as_far_as_it_goes(sb.SymbackpropError, AttributeError):
        net = sb.Network(tuple(widths), hidden="tanh", output="softmax", loss="cross_entropy", form="matrix")
        derivation = sb.derive(net)
        times.end("derive")
        path = derivation.write(Path(folder) / "net.py")
        times.end("generate")
        module = sb.load(path)
        times.end("import")
        stepper = runtime.Stepper(module, module.init(0, dtype=np.float32))
        workspace = stepper.workspace(BATCH)
        times.end("start values")
        stepper.step(X, Y, 0.01, workspace)
        times.end("first step")
    return times.answer


class Parts:
    """A watch: the time of each part ends where that of the next one starts."""

    def __init__(self) -> None:
        self.answer: Answer = {}
        self.started = perf_counter()

    @contextlib.contextmanager
    def as_far_as_it_goes(self, *errors: type[Exception]) -> Iterator[None]:
        """What does not exist yet ends the parts, and the answer says so."""
        try:
            yield
        except errors as error:
            self.answer["missing"] = f"{type(error).__name__}: {error}"

    def end(self, part: str) -> None:
        now = perf_counter()
        self.answer[part], self.started = now - self.started, now


def jax(widths: list[int]) -> Answer:
    """The first call: tracing, XLA's compilation, one step."""
    import jax as library
    import jax.numpy as jnp

    def loss(params: Any, X: Any, Y: Any) -> Any:
        A = X
        for W, b in params[:-1]:
            A = jnp.tanh(A @ W.T + b)
        W, b = params[-1]
        return -(Y * library.nn.log_softmax(A @ W.T + b)).sum() / len(X)

    def step(params: Any, X: Any, Y: Any) -> Any:
        value, grads = library.value_and_grad(loss)(params, X, Y)
        return [(W - 0.01 * dW, b - 0.01 * db) for (W, b), (dW, db) in zip(params, grads, strict=True)], value

    rng = np.random.default_rng(0)
    sizes = itertools.pairwise(widths)
    weights = [rng.standard_normal((out, into), np.float32) / np.float32(into**0.5) for into, out in sizes]
    params = [(jnp.array(W), jnp.zeros(len(W), jnp.float32)) for W in weights]
    X, Y = map(jnp.asarray, data(widths))
    library.block_until_ready((params, X, Y))
    start = perf_counter()
    library.block_until_ready(library.jit(step, donate_argnums=0)(params, X, Y))
    return {"first call": perf_counter() - start}


def data(widths: list[int]) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(1)
    X = rng.standard_normal((BATCH, widths[0]), np.float32)
    return X, np.eye(widths[-1], dtype=np.float32)[rng.integers(0, widths[-1], BATCH)]


def report(name: str, widths: list[int]) -> None:
    """Print what this process measured, or why it cannot."""
    try:
        answer = {"ours": ours, "jax": jax}[name](widths)
    except (ImportError, TypeError, ValueError) as error:
        answer = {"missing": f"{type(error).__name__}: {error}"}
    print(json.dumps(answer))


# ---------------------------------------------------------------------------------------------- beside each other


def taking_turns(widths: list[int], names: tuple[str, ...], turns: int) -> list[Seconds]:
    """The medians of fresh processes for each name; a part that is missing has none."""
    found: list[list[Answer]] = [[] for _ in names]
    for _ in range(turns):
        for name, answers in zip(names, found, strict=True):
            answers.append(in_a_fresh_process(name, widths))
    for name, answers in zip(names, found, strict=True):
        missing = {answer.pop("missing", None) for answer in answers} - {None}
        for reason in missing:
            CONSOLE.print(f"{name} is not complete: {reason}", style="yellow", highlight=False)
    return [{part: statistics.median(each[part] for each in answers) for part in answers[0]} for answers in found]


def in_a_fresh_process(name: str, widths: list[int]) -> Answer:
    """What `report` prints there; the package is found from where this process found it."""
    command = [sys.executable, __file__, "--report", name, *map(str, widths)]
    path = os.pathsep.join(filter(None, (str(Path.cwd()), os.environ.get("PYTHONPATH"))))
    done = subprocess.run(command, env={**os.environ, "PYTHONPATH": path}, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(done.stderr)
    answer: Answer = json.loads(done.stdout.splitlines()[-1])
    return answer


def milliseconds(times: Seconds, *parts: str, share: int = 1) -> str:
    """The sum of parts, divided by a number of layers."""
    return f"{sum(times[part] for part in parts) * 1e3 / share:.2f}" if set(parts) <= times.keys() else "missing"


def in_depth(turns: int) -> Table:
    """From the network to the imported module, and JAX's first call of the jitted step, ms."""
    parts = ("derive", "generate", "import")
    table = Table("depth", *parts, "total", "per layer", "first step", "JAX's first call", "JAX / total")
    for depth in DEPTHS:
        mine, theirs = taking_turns(deep(depth), ("ours", "jax"), turns)
        sums = (milliseconds(mine, *parts), milliseconds(mine, *parts, share=depth), milliseconds(mine, "first step"))
        ratio = "missing"
        if {*parts} <= mine.keys() and theirs:
            ratio = f"{theirs['first call'] / sum(mine[part] for part in parts):.1f}"
        each = (milliseconds(mine, part) for part in parts)
        table.add_row(str(depth), *each, *sums, milliseconds(theirs, "first call"), ratio)
    return table


def in_width(turns: int) -> Table:
    """Three layers of growing width, ms: the time does not depend on the width."""
    parts = ("derive", "generate", "import")
    table = Table("width", *parts)
    for width in WIDTHS:
        (mine,) = taking_turns([width] * 3 + [10], ("ours",), turns)
        table.add_row(str(width), *(milliseconds(mine, part) for part in parts))
    return table


def main() -> None:
    """Print both tables; with --report, measure in this process."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--turns", type=int, default=7, help="fresh processes for each time")
    parser.add_argument("--report", nargs="+", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.report:
        report(options.report[0], [int(width) for width in options.report[1:]])
        return
    for part in (in_depth, in_width):
        table = part(options.turns)
        CONSOLE.print(f"\n{part.__doc__}", table, sep="\n")


if __name__ == "__main__":
    main()
