"""Steps as lines of plain expressions: what has a name, is used twice or would be hard to read inside another."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from ...batching import Input
from ...lifetimes import needed
from ...line_comments import Formulas, Remarks
from ...passes.accurate_steps import Accurate
from ...passes.expanding import expanded
from ...passes.sign_steps import Signed
from ...precedence import Text
from ...program import Forms, Label, Program, in_parts, names_in
from ...steps import CALL, INPUT, LINALG, MAP, NUMBER, PLACE, VIEW, Step
from . import line_breaking
from .dialect import Dialect
from .identifiers import Identifiers
from .step_expressions import ONE_EXPRESSION, PLAIN_STYLE, Expressions


@dataclass
class Code:
    """Lines of code, the text that each root has after them, the helpers that these call, and a decorator or none."""

    lines: list[str] = field(default_factory=list)
    texts: dict[Step, Text] = field(default_factory=dict)
    helpers: set[str] = field(default_factory=set)
    silenced: list[str] = field(default_factory=list)

    @property
    def values(self) -> dict[Step, str]:
        """The source of each root, made anew: for one of them there is `value`."""
        return {root: text.source for root, text in self.texts.items()}

    def value(self, root: Step) -> str:
        """The source of a root."""
        return self.texts[root].source


PLACED = "_placed"
"""The helper that puts an array into zeros, where a library has no call for it."""


class Writer:
    """What all styles have in common: the texts of steps, their names, headings and comments."""

    def __init__(
        self, expressions: Expressions, labels: Mapping[Step, Label], names: Identifiers, remarks: Remarks
    ) -> None:
        self.expressions, self.steps = expressions, expressions.steps
        self.labels, self.names, self.remarks = labels, names, remarks
        self.code = Code()
        self._texts: dict[Step, Text] = {}
        self._heading = ""
        for symbol in names_in(labels):  # before any other name is given away
            names.of(symbol)

    def written(self, order: Sequence[Step], roots: Iterable[Step]) -> Code:
        """All lines, and the texts of the roots."""
        for step in order:
            if step not in self._texts:
                self._texts[step] = self._text(step)
        self.code.helpers = self._called(order)
        self.code.texts = {root: self._texts[root] for root in roots}
        return self.code

    def _text(self, step: Step) -> Text:
        raise NotImplementedError

    def _called(self, order: Sequence[Step]) -> set[str]:
        """The helpers that some steps call."""
        found = {self.steps.what(step) for step in order if self.steps.kind(step) in (MAP, CALL, LINALG)}
        return {helper for op in found if (helper := self.expressions.dialect.helper_of(op)) is not None}

    def _operands(self, step: Step) -> list[Text]:
        texts = self._texts
        return [texts[operand] for operand in self.steps.operands(step)]

    def _assign(self, step: Step, source: str, named: bool = True) -> str:
        """A line for a step, under the heading of its part if that is new; what it is called from then on."""
        label = self.labels.get(step, _UNNAMED)
        heading = self.remarks.heading(label.part)
        if heading and heading != self._heading:
            self.code.lines.append(f"    # {heading}")
            self._heading = heading
        name = self.names.temporary() if label.symbol is None else self.names.of(label.symbol)
        self.code.lines += line_breaking.assignment(name if named else "", source, comment=self.remarks.comment(label))
        return name


_UNNAMED = Label()


class Readable(Writer):
    """Plain expressions in one of the styles.

    Args:
        known: by step that is done elsewhere: what its result is called.
        lined: steps that get a line, and so a name, in any case.
    """

    def __init__(
        self,
        expressions: Expressions,
        labels: Mapping[Step, Label],
        names: Identifiers,
        remarks: Remarks,
        *,
        known: Mapping[Step, str] | None = None,
        lined: Collection[Step] = (),
    ) -> None:
        super().__init__(expressions, labels, names, remarks)
        self._texts = {step: Text(name) for step, name in (known or {}).items()}
        self._lined, self._forced = set(self._texts), frozenset(lined)

    def written(self, order: Sequence[Step], roots: Iterable[Step]) -> Code:
        roots, keys, self._style = list(roots), self.steps.keys, self.expressions.style
        self._uses = Counter(operand for step in order for operand in keys[step][2:])
        if not self._style.inlines_numbers:
            self._uses.update(roots)
        return super().written(order, roots)

    def _text(self, step: Step) -> Text:
        text = self.expressions.text(step, self._operands(step))
        if not self._needs_line(step, text):
            return text
        self._lined.add(step)
        return Text(self._assign(step, text.source), fixed=text.fixed, positive=text.positive)

    def _has_name(self, step: Step) -> bool:
        """Whether an array is called by a name: it has a line, or was given under one."""
        is_given = self.steps.kind(step) == INPUT
        return self.expressions.given(self.steps.what(step)).isidentifier() if is_given else step in self._lined

    def _needs_line(self, step: Step, text: Text) -> bool:
        kind = self.steps.keys[step][0]
        if kind in (INPUT, NUMBER) or (text.fixed and self._style.inlines_numbers):
            return False
        if step in self._forced:
            return True
        label = self.labels.get(step)
        if label is not None and label.symbol is not None:
            return True
        if kind == VIEW:  # free of an array that has a name, not of an expression
            return self._uses[step] > 1 and not self._has_name(self.steps.operands(step)[0])
        return self._uses[step] > 1 or text.depth > self._style.deepest or len(text.source) > self._style.longest

    def _called(self, order: Sequence[Step]) -> set[str]:
        places = any(self.steps.kind(step) == PLACE for step in order)
        return super()._called(order) | ({PLACED} & {*self.expressions.dialect.helpers} if places else set())


# --- whole programs ---


def plain_code(
    dialect: Dialect,
    program: Program,
    roots: Sequence[Step],
    forms: Forms,
    inputs: Mapping[Input, str],
    names: Identifiers,
    *,
    remarks: Remarks,
) -> Code:
    """A program of numbers, each named quantity on a line of its own, every operation as the formula has it."""
    accurate = Accurate(program.steps, roots)
    steps, ends = accurate.steps, [accurate.moved[root] for root in roots]
    order = needed(steps, ends)
    labels = moved_labels(program.labels(forms), accurate.moved)
    code = Readable(Expressions(dialect, steps, inputs, PLAIN_STYLE), labels, names, remarks).written(order, ends)
    code.texts = {root: code.texts[accurate.moved[root]] for root in roots}
    code.silenced = dialect.silenced(steps, order, True)
    return code


def one_expression(
    dialect: Dialect, program: Program, root: Step, inputs: Mapping[Input, str], names: Identifiers
) -> Code:
    """A program of numbers as one expression."""
    writer = Readable(Expressions(dialect, program.steps, inputs, ONE_EXPRESSION), {}, names, Remarks())
    return writer.written(needed(program.steps, [root]), [root])


def array_code(
    dialect: Dialect,
    program: Program,
    roots: Sequence[Step],
    forms: Forms,
    inputs: Mapping[Input, str],
    names: Identifiers,
    *,
    sizes: Mapping[Any, str] | None = None,
    remarks: Remarks | None = None,
    told_by: type[Formulas] = Formulas,
) -> Code:
    """A program of arrays, operations as libraries have them; its lines say their formulas by default."""
    rewriting = expanded(program.steps, roots, Accurate, dialect.expansion)
    labels = moved_labels(program.labels(forms), rewriting.moved)
    signed = Signed(rewriting.steps, [rewriting.moved[root] for root in roots], labels)
    moved = {step: signed.moved[new] for step, new in rewriting.moved.items() if new in signed.moved}
    steps, labels = signed.steps, moved_labels(labels, signed.moved)
    ends = [moved[root] for root in roots]
    order = needed(steps, ends)
    remarks = remarks or told_by(program.derivation, labels.values())
    placed = in_parts(steps, order, ends[0] if ends else None, labels)
    code = Readable(Expressions(dialect, steps, inputs, sizes=sizes), placed, names, remarks).written(order, ends)
    code.texts = {root: code.texts[moved[root]] for root in roots}
    code.silenced = dialect.silenced(rewriting.source, rewriting.order, False)
    return code


def moved_labels(labels: Mapping[Step, Label], moved: Mapping[Step, Step]) -> dict[Step, Label]:
    """The labels of steps where these went; of two that became one, the first."""
    found: dict[Step, Label] = {}
    for step, label in labels.items():
        if step in moved:  # a line may have been made and then found to be needed in another form
            found.setdefault(moved[step], label)
    return found
