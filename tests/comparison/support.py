"""What the tests of comparing share: a worker that answers at once, and where the examples are."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import symbackprop as sb
from symbackprop.comparison import Comparison, Row
from symbackprop.comparison.measuring import figures_of
from symbackprop.comparison.rows import Subject

ROOT = Path(__file__).resolve().parents[2]
SCALAR = ("naive", "naive+cse", "sympy-forward", "forward", "backprop")
COUNTS = ("parameters", "paths", "edges", "derived")


def derived(row: Row, method: str, output: str = "tanh") -> sb.Derivation:
    return sb.derive(sb.Network(row.widths, "tanh", output), method=method)


def figures(method: str, **options: Any) -> dict[str, Any]:
    given = {"hidden": "tanh", "output": "tanh", "loss": None, "form": "scalar"} | options
    whole: dict[str, Any] = {}
    for more in figures_of(Subject((2, 2, 2), 2, **given).model, method):
        whole |= more
    return whole


class Replies:
    """Stands for the worker: the figures that are expected of it, at once."""

    def __init__(self, answer: Callable[[Subject, str], dict[str, Any]]) -> None:
        self.answer = answer

    def __call__(self) -> Replies:
        return self

    def __enter__(self) -> Replies:
        return self

    def __exit__(self, *_: object) -> None:
        pass

    def figures(self, subject: Subject, method: str, budget: float) -> tuple[dict[str, Any], bool]:
        return self.answer(subject, method), True


FIGURES = {"seconds": 0.25, "source_bytes": 4321, "gradient_seconds": 2e-5, "peak_bytes": 10**6}


def made(rows: list[Row], over: str = "depth", finished: bool = True) -> Comparison:
    first = Subject((2, 2), 1, "tanh", "tanh", None, "scalar")
    return Comparison(rows, over, 10.0, first, finished)


def nothing_is_measured(*_: Any) -> Any:
    raise AssertionError("it came to measuring")


EXAMPLES = ROOT / "examples"
RESIDUAL, RECURRENT = (f"{EXAMPLES / name}.py:{name}" for name in ("residual", "recurrent"))
