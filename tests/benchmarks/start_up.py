"""How long the doors take: whole processes, beside `python -c pass`.

    python tests/benchmarks/start_up.py [--turns 20]

What stands in the table is the median over the turns, in each of which every command runs once, one after the other;
the last column is what a command takes beyond a Python that does nothing.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from statistics import median
from time import perf_counter

ROOT = Path(__file__).resolve().parents[2]
NOTHING = ["-c", "pass"]
DOOR = ["-m", "symbackprop"]
PREPARED = [
    [*DOOR, "generate", "2-3-1", "-o", "net.py"],
    [*DOOR, "train", "net.py", "data.csv", "--epochs", "1"],
]
TIMED = [
    NOTHING,
    ["-c", "import symbackprop"],
    DOOR,
    [*DOOR, "--help"],
    [*DOOR, "--version"],
    [*DOOR, "derive", "--help"],
    [*DOOR, "deriv"],
    [*DOOR, "derive", "--hiden", "tanh"],
    ["-c", "import sympy"],
    ["-c", "import numpy"],
    ["-c", "from symbackprop import derive"],
    [*DOOR, "derive", "2-2-1"],
    *PREPARED,
    [*DOOR, "predict", "net.py", "net.npz", "data.csv"],
]


def main() -> None:
    """Measure, and print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--turns", type=int, default=20)
    turns = parser.parse_args().turns
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "data.csv").write_text("a,b,y\n" + "0,0,0\n0,1,1\n1,0,1\n1,1,0\n" * 4, encoding="utf-8")
        for command in [*PREPARED, *TIMED]:  # the files that train needs, and all bytecode
            seconds(command, folder)
        taken = [[seconds(command, folder) for command in TIMED] for _ in range(turns)]
    medians = list(map(median, zip(*taken, strict=True)))
    for command, value in zip(TIMED, medians, strict=True):
        print(f"{value * 1e3:8.0f} ms {(value - medians[0]) * 1e3:+8.0f} ms  python {' '.join(command)}")


def seconds(command: list[str], folder: str) -> float:
    """How long a process takes, from its start to its end."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    start = perf_counter()
    subprocess.run([sys.executable, *command], cwd=folder, env=environment, capture_output=True, check=False)
    return perf_counter() - start


if __name__ == "__main__":
    main()
