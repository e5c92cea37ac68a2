"""The rows as files, tables, text and HTML, with every number whole."""

from __future__ import annotations

import csv
import io
import json
import re
from collections import Counter
from dataclasses import asdict
from functools import cache
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pandas
import pytest
from rich.console import Console

import symbackprop as sb
from symbackprop.comparison import Comparison, Row, report, running
from symbackprop.comparison.rows import COLUMNS, Subject

from ..support import slow_unless
from .support import FIGURES, Replies, made


def read_back(text: str) -> Row | None:
    return None if text == "" else json.loads(text) if re.fullmatch(r"-?[0-9.e+-]+", text) else text  # type: ignore[return-value]


@slow_unless(lambda which: which == "found")
@pytest.mark.parametrize("which", ["found", "counted"])
def test_csv_json_and_pandas_hold_the_same_rows(which: str, request: Any, tmp_path: Path) -> None:
    rows = request.getfixturevalue(which)
    expected = [asdict(row) for row in rows.rows]
    text = rows.to_csv(tmp_path / "rows.csv")
    assert (tmp_path / "rows.csv").read_text(encoding="utf-8") == text
    for read, row in zip(csv.DictReader(io.StringIO(text)), expected, strict=True):
        widths = tuple(map(int, read.pop("widths").split("-")))
        assert {name: read_back(cell) for name, cell in read.items()} | {"widths": widths} == {
            name: value if value != "" else None for name, value in row.items()
        }
    whole = json.loads(rows.to_json(tmp_path / "rows.json"))
    assert json.loads((tmp_path / "rows.json").read_text(encoding="utf-8")) == whole
    assert [{**row, "widths": tuple(row["widths"])} for row in whole["rows"]] == expected
    assert (whole["over"], whole["finished"], whole["sentence"]) == ("depth", True, rows.sentence)
    frame = rows.to_pandas()
    assert list(frame.columns) == list(COLUMNS)
    for name in COLUMNS:
        for cell, row in zip(frame[name], expected, strict=True):
            assert pandas.isna(cell) if row[name] is None else cell == row[name]


@pytest.mark.slow
def test_whole_numbers_stay_whole_beside_missing_ones(tmp_path: Path) -> None:
    """2^60 + 1 is no float, and 10^5000 has more digits than Python writes by itself."""
    row = Row("naive", "scalar", (2, 2), 1, 6)
    rows = made([row, Row("naive", "scalar", (2, 2), 2, 6, derived=2**60 + 1, evaluated=10**5000)])
    frame = rows.to_pandas()
    assert frame["derived"][1] == 2**60 + 1
    assert frame["evaluated"][1] == 10**5000
    assert str(frame["derived"].dtype) == "Int64"
    assert f",{2**60 + 1},1{'0' * 5000}," in rows.to_csv()
    assert f'"evaluated": 1{"0" * 5000},' in rows.to_json()
    assert "about 10^5000" in str(rows)
    assert rows.plot()


@cache
def numbers_of(comparison: Comparison) -> list[str]:
    cells = [report.short(value) for row in comparison.rows for value in (row.parameters, row.derived) if value]
    return cells + [row.method for row in comparison.rows]


@slow_unless(lambda which, width: which == "found" and width in (50, 110))
@pytest.mark.parametrize("width", [50, 60, 80, 110, 200])
@pytest.mark.parametrize("which", ["found", "counted"])
def test_no_number_is_cut_off(which: str, width: int, request: Any) -> None:
    comparison = request.getfixturevalue(which)
    console = Console(width=width, file=io.StringIO(), record=True)
    console.print(comparison)
    text = console.export_text()
    assert max(map(len, text.splitlines())) <= width
    assert "…" not in text
    words = text.split()
    for number in numbers_of(comparison):
        assert number in words


def test_a_very_narrow_page_loses_nothing(found: Comparison) -> None:
    console = Console(width=12, file=io.StringIO(), record=True)
    console.print(found)
    text = console.export_text()
    assert "…" not in text
    assert not Counter(filter(str.isdigit, str(found))) - Counter(filter(str.isdigit, text))


@pytest.mark.slow
def test_text_has_table_laws_and_sentence(found: Comparison, counted: Comparison) -> None:
    text = str(found)
    assert text.startswith("Networks 2 wide, deeper and deeper: hidden tanh, output tanh, loss half_sse\n")
    assert "No law: that takes 4 sizes at least." in text
    assert "Growth with depth" in str(counted)
    assert text.replace("\n", " ").endswith(" ".join(found.sentence.split()))
    assert repr(found) == text
    assert max(map(len, text.splitlines())) <= report.PAGE
    assert found.rows_of("naive")[1].derived == 3384 or found.sentence.count("3,384") == 0
    naive, swept = (found.rows_of(method)[1].derived or 0 for method in ("naive", "backprop"))
    assert found.sentence == (
        "The naive way multiplies along paths whose number grows like 2^L (18 at depth 2), backprop visits "
        f"12 edges a layer (22): {naive:,} operations against {swept}, {naive // swept} times as many."
    )


def test_html_is_sound_and_says_the_same(found: Comparison) -> None:
    html = found._repr_html_()
    tree = ElementTree.fromstring(html)
    words = "".join(tree.itertext()).split()
    assert words == str(found).split()


def test_growth_over_widths_and_networks(quick: None) -> None:
    wide = sb.compare(widths=[1, 2, 4, 8], depth=2, methods=["backprop"])
    assert wide.over == "width"
    assert [row.size for row in wide.rows] == [1, 2, 4, 8]
    assert (wide.laws["backprop"]["derived"].kind, wide.laws["backprop"]["derived"].degree) == ("polynomial", 2) or (
        wide.laws["backprop"]["derived"].error < 0.2
    )
    some = sb.compare(architectures=[(8, 8, 1), (2, 1), (2, 1), [4, 1, 4]])
    assert some.over == "parameters"
    assert [row.widths for row in some.rows_of("naive")] == [(2, 1), (4, 1, 4), (8, 8, 1)]
    assert [row.size for row in some.rows_of("naive")] == [3, 13, 81]
    assert "8-8-1" in str(some)
    assert "Networks, smallest first" in str(some)


def test_ctrl_c_in_a_notebook_keeps_the_rows(monkeypatch: Any) -> None:
    def answer(subject: Subject, method: str) -> dict[str, Any]:
        if subject.size == 2:
            raise KeyboardInterrupt
        return {**FIGURES}

    monkeypatch.setattr(running, "Measurer", Replies(answer))
    found = sb.compare(width=2, depths=[1, 2], methods=["backprop", "forward"])
    assert not found.finished
    assert [row.method for row in found.rows] == ["forward", "backprop"]
    empty = sb.compare(width=2, depths=[2])
    assert (empty.rows, empty.sentence, empty.laws) == ((), "", {})
    assert "Interrupted" in str(empty)
    assert len(empty.to_csv().splitlines()) == 1
    assert len(empty.plot().axes) == 4
