"""Signs where they cost nothing: -(k*x) of a number k and an array x is (-k)*x, one pass over the array less.

A sign is exact in binary floats wherever it stands in a product or quotient, also of zeros and infinities.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence

from ... import ops
from ..steps import NUMBER, Step, Steps
from .step_rewriting import Rewriting


class Signed(Rewriting):
    """Rebuilds steps with the sign of an array at a number that it is made of.

    Args:
        source: as libraries have them.
        roots: that are computed.
        kept: steps that somebody reads: they stay as they are.
    """

    def __init__(self, source: Steps, roots: Sequence[Step], kept: Collection[Step]) -> None:
        super().__init__(source, roots)
        self._uses = Counter(operand for step in self.order for operand in source.operands(step))
        self._uses.update([*roots, *kept])
        self._kept = frozenset(kept)
        for step in self.order:
            found = self._negated(source.operands(step)[0]) if self._is_sign(step) else None
            self.moved[step] = self.same(step) if found is None else found

    def _is_sign(self, step: Step) -> bool:
        return bool(self.source.axes[step]) and self.source.maps(step, ops.NEG)

    def _negated(self, step: Step) -> Step | None:
        """The negative of a product or quotient that nothing else takes; None where it holds no number."""
        source = self.source
        path: list[tuple[Step, int]] = []
        while self._uses[step] == 1 and step not in self._kept and self._is_product(step):
            pair = source.operands(step)
            place = next((place for place, part in enumerate(pair) if self._is_number(part)), None)
            if place is not None:
                return self._rebuilt([*path, (step, place)])
            place = next((place for place, part in enumerate(pair) if self._is_product(part)), 0)
            path.append((step, place))
            step = pair[place]
        return None

    def _is_product(self, step: Step) -> bool:
        return self.source.maps(step, ops.MUL) or self.source.maps(step, ops.DIV)

    def _is_number(self, step: Step) -> bool:
        """Whether it is a number of which the negative is another one."""
        source = self.source
        return not source.axes[step] and not (source.kind(step) == NUMBER and source.what(step).is_zero)

    def _rebuilt(self, path: Sequence[tuple[Step, int]]) -> Step:
        """The products on a way down, with the negative of what stands at its end."""
        source, steps = self.source, self.steps
        last, place = path[-1]
        number = source.operands(last)[place]
        is_literal = source.kind(number) == NUMBER
        found = steps.number(-source.what(number)) if is_literal else steps.map(ops.NEG, self.moved[number])
        for step, place in reversed(path):
            operands = [self.moved[part] for part in source.operands(step)]
            operands[place] = found
            found = steps.map(source.what(step), *operands)
        return found
