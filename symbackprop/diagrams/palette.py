"""The colours of boxes by role, of lines of text and of arrows: for paper and light screens, and for dark ones."""

from __future__ import annotations

from typing import NamedTuple


class Shade(NamedTuple):
    """A box: its inside and its border."""

    fill: str
    border: str


BOXES = {
    "data": Shade("#f3f4f6", "#8b949e"),
    "parameter": Shade("#fff3dc", "#c98a1b"),
    "quantity": Shade("#eaf2fb", "#5b8dc9"),
    "loss": Shade("#fbeaf3", "#b8579a"),
    "label": Shade("#ffffff", "#c9d1d9"),
}
DARK_BOXES = {
    "data": Shade("#24292f", "#7d8590"),
    "parameter": Shade("#3a2e14", "#c98a1b"),
    "quantity": Shade("#172a41", "#5b8dc9"),
    "loss": Shade("#3a1c30", "#c46aa8"),
    "label": Shade("#161b22", "#484f58"),
}
LINES = {"name": "#1a1a1a", "value": "#0a4a8f", "adjoint": "#a61c00", "shape": "#57606a", "partial": "#1a1a1a"}
DARK_LINES = {"name": "#e6edf3", "value": "#8ec1ff", "adjoint": "#ff9e80", "shape": "#9ea7b3", "partial": "#e6edf3"}
PAGE, DARK_PAGE = "#6e7781", "#9ea7b3"
"""What stands on the page itself, which a picture does not paint: the title and the captions. The first can be read on
black as well, for pages that are dark without saying so.
"""
ARROW, STRONG = "#7d8590", "#d9480f"
"""Arrows, and those on the paths that are asked for: to be seen on white and on black."""
FADED, DARK_FADED = Shade("#f8f9fa", "#d8dee4"), Shade("#11161d", "#2d333b")
FADED_LINE, DARK_FADED_LINE = "#8c959f", "#6e7681"
"""Boxes and text beside these paths."""
FAINT = 0.35
"""How much is left of the arrows there."""
