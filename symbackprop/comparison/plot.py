"""A comparison as a figure: operations, time, source size and memory over what grows, on logarithmic scales."""

from __future__ import annotations

import importlib
import io
from pathlib import Path
from typing import Any

from ..atomic_writes import check_writable, write_bytes
from ..errors import UnsupportedError, unknown_name
from .report import WRITTEN
from .results import Results
from .rows import COUNTED, DEPTH, PARAMETERS, RUN, Row

STYLES = {
    "naive": ("#D55E00", "o", 120, "-"),
    "naive+cse": ("#E69F00", "s", 30, (0, (4, 4))),  # it derives what naive derives, and lies upon it
    "sympy-forward": ("#CC79A7", "D", 55, "-"),
    "forward": ("#0072B2", "^", 60, "-"),
    "backprop": ("#009E73", "v", 60, "-"),
}
"""Colour, marker, its area, and line of each method; the colours of Okabe and Ito (2008), which all can tell apart."""
PANELS = {
    "derived": "operations derived",
    "seconds": "time to derive",
    "source_bytes": "generated source",
    "peak_bytes": "peak memory of the derivation",
}
"""What each panel shows."""
FORMATS = ("png", "svg", "pdf")
_LARGEST = 10**300
"""What a logarithmic axis can still show."""


def check(path: str | Path) -> str:
    """The format that a path asks for; refused is one that no figure could be written to, before there is a figure.

    Raises:
        OutputError: the path cannot be written.
        UnknownNameError: there is no such format.
        UnsupportedError: matplotlib is not installed.
    """
    _matplotlib()
    suffix = Path(path).suffix.lstrip(".").lower()
    if suffix not in FORMATS:
        raise unknown_name("format of a plot", suffix, FORMATS)
    check_writable(path)
    return suffix


def _matplotlib() -> Any:
    """The part of matplotlib that draws without a screen; loaded when it is asked for, as it takes its time."""
    try:
        return importlib.import_module("matplotlib.figure")
    except ImportError:
        raise UnsupportedError("a plot needs matplotlib: pip install matplotlib, or the extra 'plot'") from None


def drawn(results: Results) -> Any:
    """The figure: a panel for each of `PANELS`, one line for each method; what was only counted is hollow.

    Raises:
        UnsupportedError: matplotlib is not installed.
    """
    figure = _shown(_matplotlib().Figure)(figsize=(12, 8.4), layout="constrained")
    panels = figure.subplots(2, 2, sharex=True).flat
    for axes, (name, label) in zip(panels, PANELS.items(), strict=True):
        _panel(axes, results, name)
        axes.set_title(label, fontsize=14, loc="left", pad=10)
        if name in WRITTEN:
            axes.yaxis.set_major_formatter(lambda value, place, write=WRITTEN[name]: write(value))
    for axes in figure.axes[2:]:
        axes.set_xlabel(results.first.words.axes[results.over], fontsize=13)
    figure.suptitle(results.title, fontsize=16, x=0.02, ha="left")
    handles, labels = figure.axes[0].get_legend_handles_labels()
    if handles:
        figure.legend(handles, labels, loc="outside lower center", ncols=len(labels), fontsize=13, frameon=False)
    if any(row.status == COUNTED for row in results.rows):
        figure.text(0.99, 0.985, "hollow: counted, not run", ha="right", va="top", fontsize=12, color="0.35")
    return figure


def _shown(figure: Any) -> Any:
    """The class of figures that a notebook shows, whatever `%matplotlib` says there."""
    return type("Figure", (figure,), {"_repr_svg_": as_svg})


def as_svg(figure: Any) -> str:
    """A figure as the SVG element that stands in a page."""
    data = io.BytesIO()
    figure.savefig(data, format="svg", metadata={"Date": None})
    whole = data.getvalue().decode("utf-8")
    return whole[whole.index("<svg") :]


def _panel(axes: Any, results: Results, name: str) -> None:
    for method in results.methods:
        points = [(row.size, value, row) for row in results.rows_of(method) if (value := _value(row, name)) is not None]
        if points:
            _line(axes, method, points)
        colour, marker, area, line = STYLES[method]
        size = {"color": colour, "marker": marker, "markersize": area**0.5, "linewidth": 1.6}
        axes.plot([], [], linestyle=line, label=method, **size)
    axes.set_yscale("log")
    if results.over != DEPTH:
        axes.set_xscale("log", base=10 if results.over == PARAMETERS else 2)
    axes.xaxis.set_major_formatter("{x:g}")
    sizes = sorted({row.size for row in results.rows})
    axes.set_xticks(sizes if len(sizes) <= 10 else sizes[:: len(sizes) // 8], minor=False)
    axes.minorticks_off()
    if axes.collections:
        _label_powers(axes)
    else:  # every method was stopped before it came to this figure
        axes.set_yticks([])
        axes.text(0.5, 0.5, "nothing was run so far", transform=axes.transAxes, ha="center", fontsize=13, color="0.35")
    axes.grid(visible=True, color="0.9")
    axes.tick_params(labelsize=12)
    axes.spines[["top", "right"]].set_visible(False)


def _label_powers(axes: Any) -> None:
    """Where a panel spans less than two powers of ten, label 2 and 5 times them as well."""
    low, high = axes.get_ylim()
    if high < 100 * low:
        axes.yaxis.set_major_locator(importlib.import_module("matplotlib.ticker").LogLocator(subs=(1, 2, 5)))


def _line(axes: Any, method: str, points: list[tuple[int, float, Row]]) -> None:
    colour, marker, area, line = STYLES[method]
    sizes, values = [size for size, _, _ in points], [value for _, value, _ in points]
    axes.plot(sizes, values, color=colour, linestyle=line, linewidth=1.6, zorder=2)
    faces = [colour if row.status == RUN else "white" for _, _, row in points]
    axes.scatter(sizes, values, c=faces, edgecolors=colour, marker=marker, s=area, linewidths=1.6, zorder=3)


def _value(row: Row, name: str) -> float | None:
    """A figure that a logarithmic axis can show."""
    value = getattr(row, name)
    return float(value) if value is not None and 0 < value < _LARGEST else None


def written(figure: Any, path: str | Path) -> None:
    """Write a figure whole or not at all.

    Raises:
        OutputError: the path cannot be written.
        UnknownNameError: there is no such format.
    """
    data, suffix = io.BytesIO(), check(path)
    figure.savefig(data, format=suffix, dpi=150, metadata={"Date": None} if suffix == "svg" else None)
    write_bytes(path, data.getvalue())
