"""Steps of numbers as lines for Python floats: what costs nothing once is not done in every call."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from .... import ops
from ...batching import Input
from ...lifetimes import needed
from ...line_comments import Remarks
from ...passes.accurate_steps import Accurate
from ...passes.step_rewriting import Rewriting
from ...precedence import ATOM, SIGN, Text
from ...program import SINGLE, Program
from ...steps import NUMBER, Step, Steps
from ..numpy.compiled_functions import executed
from ..python_arrays.identifiers import Identifiers
from ..python_arrays.readable_style import Code, Readable, moved_labels
from ..python_arrays.step_expressions import PLAIN_STYLE, Expressions
from .dialect_of_floats import FLOATS, POWER_BELOW
from .scalar_helpers import NOT_PLAIN, OWN


def float_code(
    program: Program, roots: Sequence[Step], inputs: Mapping[Input, str], names: Identifiers
) -> tuple[Code, list[bool]]:
    """The lines of a program, and of each root whether it may be a whole number."""
    accurate = Accurate(program.steps, roots)
    cheaper = Cheaper(accurate.steps, [accurate.moved[root] for root in roots])
    moved = {step: cheaper.moved[new] for step, new in accurate.moved.items() if new in cheaper.moved}
    steps, ends = cheaper.steps, [moved[root] for root in roots]
    labels = moved_labels(program.labels(SINGLE), moved)
    writer = FloatWriter(Expressions(FLOATS, steps, inputs, PLAIN_STYLE), labels, names, Remarks())
    code, whole = writer.written(needed(steps, ends), ends), _whole_numbers(steps)
    code.texts = {root: code.texts[moved[root]] for root in roots}
    return code, [end in whole for end in ends]


class FloatWriter(Readable):
    """What is made of numbers alone stands there as the number that it is; what a choice needs, where it needs it."""

    def written(self, order: Sequence[Step], roots: Iterable[Step]) -> Code:
        roots = list(roots)
        self._chosen = {*order} - _needed_in_any_case(self.steps, roots)
        return super().written(order, roots)

    def _text(self, step: Step) -> Text:
        return self._of_numbers(step) if step in self.steps.constants else super()._text(step)

    def _needs_line(self, step: Step, text: Text) -> bool:
        is_short = text.depth <= 1 and len(text.source) < 40
        stays = is_short and (step in self._chosen or self.steps.types[step] is bool)
        return not stays and super()._needs_line(step, text)

    def _of_numbers(self, step: Step) -> Text:
        text = self.expressions.text(step, self._operands(step))
        return _computed(text) if "(" in text.source or len(text.source) > 20 else text


def _needed_in_any_case(steps: Steps, roots: Iterable[Step]) -> set[Step]:
    """The steps that are computed whichever branches are chosen."""
    found: set[Step] = set()
    stack = list(roots)
    while stack:
        step = stack.pop()
        if step not in found:
            found.add(step)
            operands = steps.operands(step)
            stack += operands[:1] if steps.maps(step, ops.SELECT) else operands
    return found


def _computed(text: Text) -> Text:
    try:
        value = executed(f"def number():\n    return {text.source}\n", "number", OWN)()
    except NOT_PLAIN:
        return text
    return Text(repr(value), SIGN if value < 0 else ATOM, fixed=True) if math.isfinite(value) else text


class Cheaper(Rewriting):
    """|x| + |y| == 0, the guard of a power, as x == 0 and y == 0; x**(n - 1) as x**n / x where there is x**n."""

    def __init__(self, source: Steps, roots: Sequence[Step]) -> None:
        super().__init__(source, roots)
        self._known: dict[tuple[Step, Any, bool], Step] = {}  # a step is a number, too
        always = _needed_in_any_case(source, roots)
        for step in self.order:
            rule = self._rules.get(source.what(step))
            found = None if rule is None else rule(self, step)
            self.moved[step] = self.same(step) if found is None else found
            if source.maps(step, ops.POW) and step in always:
                x, n = source.operands(step)
                number = self._number(n)
                self._known[(x, n, False) if number is None else (x, number, True)] = step

    def _number(self, step: Step) -> Any:
        """The number that a step is, or None."""
        return self.source.what(step) if self.source.kind(step) == NUMBER else None

    def _test(self, step: Step) -> Step | None:
        source, steps = self.source, self.steps
        total, zero = source.operands(step)
        terms = source.operands(total) if source.maps(total, ops.ADD) else (total,)
        if self._number(zero) != 0 or not all(source.maps(x, ops.ABS) for x in terms):
            return None
        tests = [steps.map(ops.EQ, self.moved[source.operands(x)[0]], self.moved[zero]) for x in terms]
        return tests[0] if len(tests) == 1 else steps.map(ops.AND, *tests)

    def _power(self, step: Step) -> Step | None:
        x, exponent = self.source.operands(step)
        number = self._number(exponent)
        if number is not None:
            above = self._known.get((x, number + 1, True))
        elif self.source.maps(exponent, ops.SUB) and self._number(self.source.operands(exponent)[1]) == 1:
            above = self._known.get((x, self.source.operands(exponent)[0], False))
        else:
            return None
        return (
            None if above is None else self.steps.map(POWER_BELOW, *(self.moved[one] for one in (above, x, exponent)))
        )

    _rules: Mapping[Any, Callable[[Cheaper, Step], Step | None]] = {ops.EQ: _test, ops.POW: _power}


_KEEPING = (ops.ADD, ops.SUB, ops.MUL, ops.NEG, ops.ABS, ops.COPY)
"""The operations that make whole numbers of whole numbers."""


def _whole_numbers(steps: Steps) -> set[Step]:
    """The steps whose values may be Python's whole numbers: numbers, and what is chosen of them."""
    found: set[Step] = set()
    for number, (_, what, *operands) in enumerate(steps.keys):
        are = [operand in found for operand in operands]
        keeps = any(are[1:]) if what is ops.SELECT else what in _KEEPING and all(are)
        if keeps or getattr(what, "is_Integer", False):
            found.add(Step(number))
    return found
