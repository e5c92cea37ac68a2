"""What one training step costs beside JAX, PyTorch, autograd and hand-written NumPy, as ratios from one run.

    pip install jax torch autograd
    taskset -c 1 python tests/benchmarks/training_step.py
    python tests/benchmarks/training_step.py --threads default

The first command compares on one core, where the script gives every library one thread; the second sets nothing and
leaves the number of threads to each library. A step is the loss as a Python float, the gradients, and SGD's update of
all weights in place, of a tanh network with softmax and cross-entropy. "hand" is the fastest of a hundred hand-written
arrangements in NumPy, "plain" the fastest of those that leave weights, biases and samples where the textbook has them;
"floor" is the step's bare matrix products. "ours_jax" is the module for JAX beside hand-written JAX under the same jit,
and "first call" what tracing and compiling takes of each, in a process that has compiled nothing of that size.
Each contestant has a process of its own and they take turns, so that all see the same machine; before anything is
timed, all must agree on the losses of the first steps and on the weights after them. Times are medians. What is not
installed is shown as missing.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Column, Table

CONSOLE = Console(width=120)
NAMES = ("hand", "plain", "jax", "ours_jax", "torch", "autograd", "floor", "torch_floor", "ours")
SIZES = {
    "2-3-2 b4": ([2, 3, 2], 4),
    "2-8-8-2 b32": ([2, 8, 8, 2], 32),
    "64-32-10 b32": ([64, 32, 10], 32),
    "64-32-10 b256": ([64, 32, 10], 256),
    "784-30-10 b10": ([784, 30, 10], 10),
    "784-256-128-10 b128": ([784, 256, 128, 10], 128),
    "784-1024-1024-10 b256": ([784, 1024, 1024, 10], 256),
}
RATIOS = (
    ("ours", "hand"),
    ("ours", "plain"),
    ("ours", "jax"),
    ("ours", "torch"),
    ("ours", "autograd"),
    ("ours", "floor"),
    ("ours_jax", "jax"),
    ("torch", "torch_floor"),
)
ONE_THREAD = ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS")
XLA_ONE_THREAD = "--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1"
CHECKED = 5
TOLERANCES = {"float64": (1e-9, 1e-12), "float32": (1e-4, 1e-4)}  # for anyone's losses; for hand beside jax
Times = dict[str, float]


class Process:
    """A contestant's process."""

    def __init__(self, name: str, environment: dict[str, str]):
        self.name = name
        worker = Path(__file__).with_name("training_step_workers.py")
        command = [sys.executable, str(worker), name]
        self.process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment
        )

    def ask(self, do: str, **details: Any) -> dict[str, Any]:
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(json.dumps({"do": do, **details}) + "\n")
        self.process.stdin.flush()
        line = self.process.stdout.readline()
        if not line:
            raise SystemExit(f"the process of {self.name} ended: see its message above")
        answer: dict[str, Any] = json.loads(line)
        return answer

    def end(self) -> None:
        assert self.process.stdin is not None
        self.process.stdin.close()
        self.process.wait()


def environment(threads: str) -> dict[str, str]:
    """The variables for the processes: one thread everywhere, or as they are."""
    variables = dict(os.environ)
    variables["PYTHONPATH"] = os.pathsep.join(filter(None, (str(Path.cwd()), variables.get("PYTHONPATH"))))
    if threads == "one":
        variables |= dict.fromkeys(ONE_THREAD, "1") | {"XLA_FLAGS": XLA_ONE_THREAD}
    return variables


def compared(processes: list[Process], size: str, dtype: str, options: argparse.Namespace) -> dict[str, Any]:
    """All contestants on one size: checked, then timed in rounds of one turn each."""
    widths, batch = SIZES[size]
    answers = {
        process.name: process.ask("prepare", widths=widths, batch=batch, dtype=dtype, checked=CHECKED)
        for process in processes
    }
    missing = {name: answer["missing"] for name, answer in answers.items() if "missing" in answer}
    check({name: answer for name, answer in answers.items() if "losses" in answer}, size, dtype)
    live = [process for process in processes if process.name not in missing]
    for process in live:
        process.ask("calibrate", target=options.turn)
    rounds: dict[str, list[float]] = {process.name: [] for process in live}
    for turn in range(options.rounds):
        for process in live if turn % 2 else reversed(live):
            time.sleep(options.pause)
            rounds[process.name].append(process.ask("measure")["seconds"] * 1e6)
    remarks = {name: answer["remark"] for name, answer in answers.items() if answer.get("remark")}
    times = {name: statistics.median(values) for name, values in rounds.items()}
    firsts = {name: answer["first"] * 1e6 for name, answer in answers.items() if "first" in answer}
    return {
        **{"size": size, "dtype": dtype, "us": times, "first": firsts, "rounds": rounds},
        **{"remarks": remarks, "missing": missing},
    }


def check(answers: dict[str, Any], size: str, dtype: str) -> None:
    """All losses and weights must be those of JAX, or of the first there is; hand-written NumPy's nearly exactly."""
    if len(answers) < 2:
        return
    judge = "jax" if "jax" in answers else next(iter(answers))
    loose, strict = TOLERANCES[dtype]
    for name, answer in answers.items():
        allowed = strict if {name, judge} == {"hand", "jax"} else loose
        worst = max(abs(a - b) for a, b in zip(numbers(answer), numbers(answers[judge]), strict=True))
        if not worst <= allowed:
            raise SystemExit(f"{size} {dtype}: {name} and {judge} differ by {worst:.1e}, more than {allowed:.0e}")
        if len(set(answer["losses"])) < CHECKED:
            raise SystemExit(f"{size} {dtype}: the losses of {name} do not change: {answer['losses']}")


def numbers(answer: dict[str, Any]) -> list[float]:
    """The first losses, and what stands for the weights after them."""
    return [*answer["losses"], *(value for name in sorted(answer["weights"]) for value in answer["weights"][name])]


def ratio(times: Times, above: str, below: str) -> str:
    return f"{times[above] / times[below]:.2f}" if above in times and below in times else "missing"


def table(results: list[dict[str, Any]], dtype: str) -> Table:
    """The ratios that matter, a row for each size."""
    pairs = [f"{above}/{below}" for above, below in RATIOS]
    shown = Table(Column(dtype, no_wrap=True), "hand µs", *pairs, "first call")
    for result in results:
        times = result["us"]
        hand = f"{times['hand']:.1f}" if "hand" in times else "missing"
        first = ratio(result["first"], "ours_jax", "jax")
        shown.add_row(result["size"], hand, *(ratio(times, *pair) for pair in RATIOS), first)
    return shown


def detail(results: list[dict[str, Any]], dtype: str) -> Table:
    """All times in microseconds, and how hand-written NumPy stands."""
    shown = Table(Column(f"{dtype}, µs", no_wrap=True), *NAMES, "hand/jax", "hand/floor", padding=(0, 0))
    for result in results:
        times = result["us"]
        row = (f"{times[name]:.1f}" if name in times else "missing" for name in NAMES)
        hand = (ratio(times, *pair) for pair in (("hand", "jax"), ("hand", "floor")))
        shown.add_row(result["size"], *row, *hand)
    return shown


def remarks(results: list[dict[str, Any]]) -> None:
    """Which arrangement won, and why a contestant is missing."""
    for result in results:
        for name, remark in result["remarks"].items():
            CONSOLE.print(f"{result['dtype']} {result['size']}: {name}: {remark}", style="dim", highlight=False)
    for name, why in {name: why for result in results for name, why in result["missing"].items()}.items():
        CONSOLE.print(f"{name} is missing: {why}", style="yellow", highlight=False)


def parsed() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="fewer and shorter rounds, for a look")
    parser.add_argument("--threads", choices=("one", "default"), default="one", help="one each, or as they like")
    parser.add_argument("--sizes", nargs="+", choices=SIZES, default=list(SIZES), metavar="SIZE", help="by name")
    parser.add_argument("--dtypes", nargs="+", choices=tuple(TOLERANCES), default=["float32", "float64"])
    parser.add_argument("--contestants", nargs="+", choices=NAMES, default=list(NAMES))
    parser.add_argument("--rounds", type=int, help="turns of each contestant; 11, or 5 with --quick")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write every time of every round there")
    options = parser.parse_args()
    options.rounds = options.rounds or (5 if options.quick else 11)
    options.turn = 0.02 if options.quick else 0.06
    options.pause = 0.25 if options.threads == "default" else 0.0  # idle threads spin for a while after their turn
    return options


def main() -> None:
    """Compare, print a table for each precision, and write what was measured."""
    options = parsed()
    processes = [Process(name, environment(options.threads)) for name in options.contestants]
    results = []
    for dtype in options.dtypes:
        for size in options.sizes:
            results.append(compared(processes, size, dtype, options))
            CONSOLE.print(f"{dtype} {size} done", style="dim", highlight=False)
            if options.json:
                options.json.write_text(json.dumps(results, indent=1), encoding="utf-8")
    for process in processes:
        process.end()
    for dtype in options.dtypes:
        chosen = [result for result in results if result["dtype"] == dtype]
        CONSOLE.print(table(chosen, dtype), detail(chosen, dtype))
    remarks(results)


if __name__ == "__main__":
    main()
