"""Everything that can be asked of a node, in one table."""

from __future__ import annotations

from collections.abc import Callable

from ...graph import Node
from .batch_sums import scaled_total, total
from .driver import PLAIN, SCALED, SCALED_SUM, SUM, Batching, Rule
from .node_values import plain
from .scaling import scaled

FORMS: dict[str, Callable[[Batching, Node], Rule]] = {
    PLAIN: plain,
    SCALED: scaled,
    SUM: total,
    SCALED_SUM: scaled_total,
}
