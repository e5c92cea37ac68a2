"""The plot: its panels and markers, its files, and that it is the one thing that needs matplotlib."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

import symbackprop as sb
from symbackprop import cli
from symbackprop.comparison import Comparison, plot, running
from symbackprop.comparison.rows import COUNTED

from ..support import slow_unless
from .support import FIGURES, SCALAR, Replies, nothing_is_measured


def hollow(panel: Any) -> list[bool]:
    return [bool((face == 1).all()) for collection in panel.collections for face in collection.get_facecolors()]


def test_the_plot_has_four_panels_and_hollow_markers(monkeypatch: Any) -> None:
    monkeypatch.setattr(running, "Measurer", Replies(lambda subject, _: {**FIGURES} if subject.size < 3 else {}))
    rows = sb.compare(width=2, depths=[1, 2, 3, 4])
    figure = rows.plot()
    assert [axes.get_title(loc="left") for axes in figure.axes] == list(plot.PANELS.values())
    assert {axes.get_yscale() for axes in figure.axes} == {"log"}
    assert [axes.get_xlabel() for axes in figure.axes[2:]] == ["layers", "layers"]
    assert figure.get_suptitle().startswith("Networks 2 wide")
    assert "hollow: counted, not run" in [text.get_text() for text in figure.texts]
    for axes, name in zip(figure.axes, plot.PANELS, strict=True):
        shown = [row for method in rows.methods for row in rows.rows_of(method) if getattr(row, name) is not None]
        assert hollow(axes) == [row.status == COUNTED for row in shown]
        points = [tuple(point) for collection in axes.collections for point in collection.get_offsets()]
        assert points == [(row.size, getattr(row, name)) for row in shown]
    assert hollow(figure.axes[0]).count(True) == 8  # four methods have exact counts where they were not run
    assert [text.get_text() for text in figure.legends[0].get_texts()] == list(SCALAR)


def test_nothing_is_hollow_where_all_was_run(found: Comparison) -> None:
    figure = found.plot()
    assert not any(any(hollow(axes)) for axes in figure.axes)
    assert not any("hollow" in text.get_text() for text in figure.texts)


@slow_unless(lambda which, suffix: (which, suffix) == ("found", "SVG"))
@pytest.mark.parametrize("which", ["found", "counted"])
@pytest.mark.parametrize("suffix", ["png", "SVG", "pdf"])
@pytest.mark.filterwarnings("error")
def test_a_plot_is_written_whole(which: str, suffix: str, request: Any, tmp_path: Path) -> None:
    rows = request.getfixturevalue(which)
    path = tmp_path / f"cost.{suffix}"
    rows.plot(path)
    begins = {"png": b"\x89PNG", "SVG": b"<?xml", "pdf": b"%PDF"}[suffix]
    assert path.read_bytes().startswith(begins)
    assert os.listdir(tmp_path) == [path.name]
    if suffix == "SVG":
        assert ElementTree.parse(path).getroot().tag.endswith("svg")


def test_without_matplotlib_and_pandas(without: None, found: Comparison, monkeypatch: Any, capsys: Any) -> None:
    monkeypatch.setattr(running, "Measurer", nothing_is_measured)
    with pytest.raises(sb.errors.UnsupportedError, match="pip install matplotlib"):
        found.plot()
    with pytest.raises(sb.errors.UnsupportedError, match="pip install pandas"):
        found.to_pandas()
    assert cli.main(["compare", "2-1", "--plot", "cost.png"]) == 2
    assert capsys.readouterr().err == "error: a plot needs matplotlib: pip install matplotlib, or the extra 'plot'\n"
