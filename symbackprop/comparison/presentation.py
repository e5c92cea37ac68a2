"""A comparison, and every way to show it."""

from __future__ import annotations

import csv
import importlib
import io
import json
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any

from rich.console import Console, Group

from ..atomic_writes import write_text
from ..errors import UnsupportedError
from . import plot, report, sentences
from .results import Results
from .rows import COLUMNS


class Comparison(Results):
    """What each method took for each network; made by `compare`.

    `rows` has the figures, `laws` how they grow, `sentence` says it in words; print it, or show it in a notebook.

    Attributes:
        rows: one `Row` for each network and method, networks by size.
        over: what grows: "depth", "width" or "parameters".
        budget: seconds that a method had at one network.
        first: the smallest network or model.
        finished: False if it was interrupted, and later rows are missing.
    """

    # --- for people ---

    @property
    def sentence(self) -> str:
        """The law in one sentence: the naive way's paths, the sweep's edges."""
        return sentences.sentence(self)

    def __rich__(self) -> Group:
        return report.whole(self)

    def __str__(self) -> str:
        return "\n".join(map(str.rstrip, self._printed().export_text().splitlines()))

    __repr__ = __str__

    def _repr_html_(self) -> str:
        style = "font-family: monospace; line-height: 1.2; white-space: pre; overflow-x: auto"
        return self._printed().export_html(inline_styles=True, code_format=f'<pre style="{style}">{{code}}</pre>')

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, str]:
        """The table, and below it the picture where matplotlib is installed."""
        try:
            picture = plot.as_svg(plot.drawn(self))
        except UnsupportedError:
            picture = ""
        return {"text/plain": str(self), "text/html": self._repr_html_() + picture}

    def _printed(self) -> Console:
        console = Console(width=report.PAGE, record=True, file=io.StringIO(), force_jupyter=False)
        console.print(self)
        return console

    # --- for machines ---

    def to_csv(self, path: str | Path | None = None) -> str:
        """One line for each row, as text; written to a file as well if there is a path.

        Raises:
            OutputError: the path cannot be written.
        """
        text = io.StringIO()
        writer = csv.DictWriter(text, COLUMNS, lineterminator="\n")
        writer.writeheader()
        with _long_numbers():
            writer.writerows({**asdict(row), "widths": "-".join(map(str, row.widths))} for row in self.rows)
        return _written(text.getvalue(), path)

    def to_json(self, path: str | Path | None = None) -> str:
        """Everything, as text; written to a file as well if there is a path.

        Raises:
            OutputError: the path cannot be written.
        """
        laws = {method: {figure: asdict(law) for figure, law in found.items()} for method, found in self.laws.items()}
        told = {"over": self.over, "budget": self.budget, "finished": self.finished, "sentence": self.sentence}
        whole = {**told, "rows": [asdict(row) for row in self.rows], "laws": laws}
        with _long_numbers():
            text = json.dumps(whole, indent=1)
        return _written(f"{text}\n", path)

    def to_pandas(self) -> Any:
        """The rows as a pandas DataFrame.

        Raises:
            UnsupportedError: pandas is not installed.
        """
        try:
            pandas = importlib.import_module("pandas")
        except ImportError:
            raise UnsupportedError("to_pandas needs pandas: pip install pandas, or take rows or to_csv()") from None
        columns = {name: [getattr(row, name) for row in self.rows] for name in COLUMNS}
        return pandas.DataFrame({name: pandas.Series(each, dtype=_dtype(each)) for name, each in columns.items()})

    def plot(self, path: str | Path | None = None) -> Any:
        """Operations, time, source size and memory over what grows, on logarithmic scales: a matplotlib figure.

        What was only counted is drawn hollow.

        Args:
            path: where to write it, .png or .svg; None to have the figure only.

        Raises:
            OutputError: the path cannot be written.
            UnsupportedError: matplotlib is not installed, or cannot write such a file.
        """
        figure = plot.drawn(self)
        if path is not None:
            plot.written(figure, path)
        return figure


def _dtype(values: Sequence[Any]) -> str:
    """What pandas is to keep a column as, so that no whole number becomes a float for want of another."""
    kinds = {type(value) for value in values if value is not None}
    if kinds == {int} and all(value is None or abs(value) < 2**63 for value in values):
        return "Int64"
    return "float64" if kinds <= {float} else "object"


@contextmanager
def _long_numbers() -> Iterator[None]:
    """Let Python write whole numbers of more than 4,300 digits, for which it would give up to save time."""
    most = sys.get_int_max_str_digits()
    sys.set_int_max_str_digits(0)
    try:
        yield
    finally:
        sys.set_int_max_str_digits(most)


def _written(text: str, path: str | Path | None) -> str:
    if path is not None:
        write_text(path, text)
    return text
