"""Steps into other steps of equal value: what all such passes have in common."""

from __future__ import annotations

from collections.abc import Sequence

from ..lifetimes import needed
from ..steps import SIZED, VIEW, Step, Steps


class Rewriting:
    """Rebuilds the steps for some roots in a program of their own; `moved` tells where each step went."""

    def __init__(self, source: Steps, roots: Sequence[Step]) -> None:
        self.source, self.steps = source, Steps()
        self.moved: dict[Step, Step] = {}
        self.order = needed(source, roots)

    def same(self, step: Step) -> Step:
        """The step as it is, on operands that may have changed."""
        source, moved = self.source, self.moved
        kind, what, *parts = source.keys[step]
        operands = [moved[part] for part in parts]
        if kind == VIEW:  # the transpose of a transpose is none
            return self.steps.view(operands[0], what, source.axes[step])
        what = what[0] if kind in SIZED else what
        return self.steps.make(kind, what, operands, source.axes[step])
