"""Everything that can be asked of a node, in one table."""

from __future__ import annotations

from collections.abc import Callable

from ...graph import Node
from .driver import PLAIN, SCALED, SCALED_SUM, SUM, Batching, Rule
from .scaling import scaled
from .summing import scaled_total, total
from .values import plain

FORMS: dict[str, Callable[[Batching, Node], Rule]] = {
    PLAIN: plain,
    SCALED: scaled,
    SUM: total,
    SCALED_SUM: scaled_total,
}
