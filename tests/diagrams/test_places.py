"""Where boxes, arrows and labels stand: nothing covers anything, nothing sticks out, and in the order of the layers."""

from __future__ import annotations

import os
from collections.abc import Iterator
from itertools import product
from pathlib import Path

import matplotlib as mpl
import numpy as np
import pytest
from matplotlib.ft2font import FT2Font
from sklearn.isotonic import IsotonicRegression

from symbackprop.diagrams import Picture
from symbackprop.diagrams.label_lines import SIZES
from symbackprop.diagrams.layering import columns_of, fitted, ordered
from symbackprop.diagrams.line_text import line_text
from symbackprop.diagrams.placement import CAPTION_SIZE, MARGIN, TITLE_SIZE
from symbackprop.diagrams.text_width import text_width

from .support import CASES, OF_NUMBERS, drawn, network, overlaps, struck

EVERY = [*product(CASES, [False]), *product(OF_NUMBERS, [True])]


@pytest.fixture(scope="module")
def font() -> FT2Font:
    """A font that the estimates have to be wider than; matplotlib brings it."""
    return FT2Font(os.path.join(mpl.get_data_path(), "fonts", "ttf", "DejaVuSans.ttf"))


def real_width(font: FT2Font, text: str, size: float) -> float:
    font.set_size(size, 72)
    font.set_text(text, 0)
    return float(font.get_width_height()[0]) / 64


@pytest.mark.parametrize(("name", "with_values"), EVERY)
def test_nothing_covers_anything_else(name: str, with_values: bool) -> None:
    picture = drawn(name, with_values).picture
    assert list(overlaps(picture)) == []
    assert list(struck(picture)) == []


@pytest.mark.parametrize(("name", "with_values"), EVERY)
def test_text_stays_within_its_box_and_boxes_within_the_picture(name: str, with_values: bool, font: FT2Font) -> None:
    picture = drawn(name, with_values).picture
    for node in picture.nodes:
        box = node.box
        assert box.x >= MARGIN - 1
        assert box.right <= picture.width - MARGIN + 1
        assert box.bottom <= picture.height - MARGIN
        for line in node.lines:
            assert box.x < line.x
            assert line.x + real_width(font, line_text(line), SIZES[line.role]) < box.right
            assert box.y + SIZES[line.role] * 0.7 < line.y < box.bottom
    for edge in picture.edges:
        if edge.line is not None:
            half = real_width(font, line_text(edge.line), SIZES["partial"]) / 2
            assert edge.box.x < edge.line.x - half
            assert edge.line.x + half < edge.box.right
    for text, size in ((picture.title, TITLE_SIZE), *((caption, CAPTION_SIZE) for caption in picture.captions)):
        assert text_width(text, size) <= picture.width - 2 * MARGIN + 1


@pytest.mark.parametrize(("name", "with_values"), EVERY)
def test_lines_of_one_box_do_not_cover_each_other(name: str, with_values: bool, font: FT2Font) -> None:
    for node in drawn(name, with_values).picture.nodes:
        for one, other in zip(node.lines, node.lines[1:], strict=False):
            is_below = other.y - one.y >= SIZES[other.role]
            assert is_below or one.x + real_width(font, line_text(one), SIZES[one.role]) < other.x


@pytest.mark.parametrize("name", CASES)
def test_arrows_lead_from_box_to_box_and_forwards(name: str) -> None:
    picture = drawn(name).picture
    boxes = {node.symbol: node.box for node in picture.nodes}
    for edge in picture.edges:
        (x0, y0), (x1, y1) = edge.track[0], edge.track[-1]
        start, end = boxes[edge.start], boxes[edge.end]
        assert start.x - 0.1 <= x0 <= start.right + 0.1
        assert start.y - 0.1 <= y0 <= start.bottom + 0.1
        assert end.x - 0.1 <= x1 <= end.right + 0.1
        assert end.y - 0.1 <= y1 <= end.bottom + 0.1
        assert end.x >= start.right or end.y >= start.bottom  # to the right, or below it in one block


def lefts(picture: Picture, *names: str) -> Iterator[float]:
    boxes = {node.symbol.name: node.box for node in picture.nodes}
    return (boxes[name].x for name in names)


def test_a_network_stands_in_its_layers() -> None:
    picture = network(2, 3, 2, hidden="relu", output="identity").diagram().picture
    assert len(set(lefts(picture, "z1_1", "z1_2", "z1_3", "a1_1", "a1_2", "a1_3"))) == 1
    assert len(set(lefts(picture, "z2_1", "z2_2", "a2_1", "a2_2"))) == 1
    columns = list(lefts(picture, "x1", "z1_1", "z2_1", "L"))
    assert columns == sorted(set(columns))
    tops = {node.symbol.name: node.box.y for node in picture.nodes}
    order = ["w1_1_1", "w1_1_2", "b1_1", "z1_1", "a1_1", "w1_2_1", "z1_2", "a1_2", "z1_3", "a1_3"]
    assert [tops[name] for name in order] == sorted(tops[name] for name in order)
    assert tops["x1"] < tops["x2"]


def test_the_loss_stands_last() -> None:
    for name in CASES:
        picture = drawn(name).picture
        [loss] = [node.box for node in picture.nodes if node.role == "loss"]
        others = [
            node.box
            for node in picture.nodes
            if node.box.right > loss.x and node.role not in ("loss", "data", "parameter")
        ]
        assert others == [], name


# --- the layout by itself ---


def test_columns_are_longest_ways_and_leaves_stand_next_to_what_they_lead_to() -> None:
    assert columns_of(6, [(0, 2), (1, 4), (2, 3), (3, 4), (0, 4), (4, 5)], {0, 1}) == [0, 2, 1, 2, 3, 4]


def test_order_saves_crossings_and_else_stays() -> None:
    assert ordered([[0, 1, 2], [3, 4, 5]], [(0, 5), (1, 4), (2, 3)]) == [[0, 1, 2], [5, 4, 3]]
    full = [(start, end) for start in (0, 1, 2) for end in (3, 4, 5)]
    assert ordered([[0, 1, 2], [3, 4, 5]], full) == [[0, 1, 2], [3, 4, 5]]


def test_heights_are_the_least_squares_fit_under_the_order() -> None:
    random = np.random.default_rng(0)
    for size in (1, 2, 5, 12):
        wanted, gaps = random.normal(scale=50, size=size), random.uniform(5, 30, size=size - 1)
        offsets = np.concatenate([[0], np.cumsum(gaps)])
        expected = IsotonicRegression().fit_transform(np.arange(size), wanted - offsets) + offsets
        np.testing.assert_allclose(fitted(wanted, gaps), expected, rtol=1e-9)


def test_the_same_whatever_folder_it_is_made_in(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = drawn("2-3-2 softmax", with_values=True).svg()
    monkeypatch.chdir(tmp_path)
    assert drawn("2-3-2 softmax", with_values=True).svg() == first
