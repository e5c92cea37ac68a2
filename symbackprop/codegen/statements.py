"""Steps as lines of code, in two styles: plain expressions, or calls that write into arrays made beforehand."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from . import layout
from .arrays import (
    DOT,
    INPUT,
    MATMUL,
    NUMBER,
    PLACED,
    REDUCE,
    SPREAD,
    UFUNC,
    VECDOT,
    VIEW,
    WHERE,
    Arrays,
    Step,
)
from .buffers import CONSTANT, Buffer, Plan, stored
from .names import Identifiers
from .numpy_source import Text
from .steps import expression

DEEPEST, LONGEST = 3, 90
"""How far brackets nest, and how long a text gets, before it becomes a line of its own."""


@dataclass(frozen=True)
class Label:
    """What a step is called in the code, what it stands for, and the heading that it opens."""

    name: str
    comment: str = ""
    heading: str = ""


@dataclass
class Code:
    """Lines of code, and the text that each root has after them."""

    lines: list[str] = field(default_factory=list)
    values: dict[Step, str] = field(default_factory=dict)


class Writer:
    """What both styles have in common: the texts of steps, and their names."""

    def __init__(self, arrays: Arrays, steps: Sequence[Step], labels: Mapping[Step, Label], names: Identifiers) -> None:
        self.arrays, self.steps, self.labels, self.names = arrays, steps, labels, names
        self.code = Code()
        self._texts: dict[Step, Text] = {}
        self._heading = ""

    def written(self, roots: Iterable[Step]) -> Code:
        """All lines, and the texts of the roots."""
        for step in self.steps:
            self._texts[step] = self._text(step)
        self.code.values = {root: self._texts[root].source for root in roots}
        return self.code

    def _text(self, step: Step) -> Text:
        raise NotImplementedError

    def _operands(self, step: Step) -> list[Text]:
        return [self._texts[operand] for operand in self.arrays.operands(step)]

    def _label(self, step: Step) -> Label:
        label = self.labels.get(step) or Label("")
        return label if label.name else replace(label, name=self.names.temporary())

    def _announced(self, label: Label) -> None:
        """The heading of a new part of the program."""
        if label.heading and label.heading != self._heading:
            self.code.lines.append(f"    # {label.heading}")
            self._heading = label.heading


class Readable(Writer):
    """Plain expressions: what has a name, is used twice or would be hard to read inside another gets a line."""

    def __init__(self, arrays: Arrays, steps: Sequence[Step], labels: Mapping[Step, Label], names: Identifiers) -> None:
        super().__init__(arrays, steps, labels, names)
        self._uses = Counter(operand for step in steps for operand in arrays.operands(step))

    def _text(self, step: Step) -> Text:
        text = expression(self.arrays, step, self._operands(step))
        if not self._needs_line(step, text):
            return text
        label = self._label(step)
        self._announced(label)
        self.code.lines += layout.assignment(label.name, text.source, comment=label.comment)
        return Text(label.name, fixed=text.fixed)

    def _needs_line(self, step: Step, text: Text) -> bool:
        if self.arrays.kind(step) in (INPUT, NUMBER):
            return False
        if step in self.labels and self.labels[step].name:
            return True
        if self.arrays.kind(step) == VIEW:  # free of an array that has a name, not of an expression
            return self._uses[step] > 1 and not self._texts[self.arrays.operands(step)[0]].source.isidentifier()
        return self._uses[step] > 1 or text.depth > DEEPEST or len(text.source) > LONGEST


class InPlace(Writer):
    """One call for each step, into the array that the plan gives it."""

    def __init__(
        self, arrays: Arrays, steps: Sequence[Step], labels: Mapping[Step, Label], names: Identifiers, plan: Plan
    ) -> None:
        super().__init__(arrays, steps, labels, names)
        self.plan = plan
        self._read = {operand for step in steps for operand in arrays.operands(step)}
        self.views: dict[str, tuple[Buffer, str]] = {}
        self.constants: list[tuple[Buffer, str]] = []

    def _text(self, step: Step) -> Text:
        if self.arrays.kind(step) == VIEW:
            return self._view(step)
        if not stored(self.arrays, step):
            return self._number(step)
        place = self.plan.places[step]
        if self.arrays.kind(step) in CONSTANT:
            self.constants.append((place, expression(self.arrays, step, ()).source))
            return Text(place.name)
        label = self._label(step)
        self._announced(label)
        return self._assigned(label, step, place)

    def _number(self, step: Step) -> Text:
        text = expression(self.arrays, step, self._operands(step))
        if self.arrays.kind(step) in (INPUT, NUMBER):
            return text
        if self.arrays.kind(step) == REDUCE:
            name, _ = self.arrays.detail(step)
            text = Text(f"{name}.reduce({self._operands(step)[0].source}, axis=None)")
        if self.arrays.kind(step) == DOT:
            x, y = self._operands(step)
            text = Text(f"{x.source}.dot({y.source})")
        label = self._label(step)
        self._announced(label)
        self.code.lines += layout.assignment(label.name, text.source, comment=label.comment)
        return Text(label.name)

    def _view(self, step: Step) -> Text:
        """A view of an array of ours is made once, with the workspace; one of the caller's has to be made each time."""
        text = expression(self.arrays, step, self._operands(step))
        place = self.plan.places.get(self.arrays.operands(step)[0])
        if place is None or not self.arrays.dims[step]:  # a single entry would be read before it is written
            return text
        name = _view_name(place.name, self.arrays.detail(step))
        self.views[name] = (place, self.arrays.detail(step))
        return Text(name)

    def _assigned(self, label: Label, step: Step, place: Buffer) -> Text:
        before, call = _CALLS.get(self.arrays.kind(step), _copied)(self, step, place.name)
        self.code.lines += [f"    {line}" for line in before]
        is_read = step in self._read or place in self.plan.buffers  # a gradient that nobody reads is where it belongs
        self.code.lines += layout.assignment(label.name if is_read else "", call, comment=label.comment)
        return Text(label.name if is_read else place.name)


def _view_name(buffer: str, suffix: str) -> str:
    """buffer1_T for buffer1.T, buffer1_column for buffer1[:, None], and so on."""
    if suffix in _VIEWS:
        return f"{buffer}_{_VIEWS[suffix]}"
    letters = {":": "s", "None": "n", ",": "_"}
    return f"{buffer}_{''.join(letters.get(part, part) for part in re.findall('[0-9]+|None|:|,', suffix))}"


_VIEWS = {
    ".T": "T",
    ".reshape(-1)": "flat",
    "[:, 0]": "first",
    "[0]": "first",
    ".swapaxes(1, 2)": "T",
    "[:, None]": "column",
}


Call = tuple[list[str], str]
"""Lines that come before, and the expression whose value is the place."""


def _ufunc(writer: InPlace, step: Step, place: str) -> Call:
    operands = ", ".join(text.source for text in writer._operands(step))
    return [], f"{writer.arrays.detail(step)}({operands}, out={place})"


def _product(function: str) -> Callable[[InPlace, Step, str], Call]:
    def call(writer: InPlace, step: Step, place: str) -> Call:
        x, y = writer._operands(step)
        return [], f"{function}({x.source}, {y.source}, out={place})"

    return call


def _dot(writer: InPlace, step: Step, place: str) -> Call:
    """The method of the array, which takes half as long to call as the function."""
    x, y = writer._operands(step)
    return [], f"{x.source}.dot({y.source}, out={place})"


def _reduced(writer: InPlace, step: Step, place: str) -> Call:
    name, axes = writer.arrays.detail(step)
    [x] = writer._operands(step)
    axis = axes[0] if len(axes) == 1 else axes
    return [], f"{name}.reduce({x.source}, axis={axis}, out={place})"


def _where(writer: InPlace, step: Step, place: str) -> Call:
    condition, yes, no = writer._operands(step)
    other = writer.arrays.operands(step)[2]
    lies_there = writer.plan.places.get(other) == writer.plan.places[step]
    before = [] if lies_there else [f"np.copyto({place}, {no.source})"]
    return [*before, f"np.copyto({place}, {yes.source}, where={condition.source})"], place


def _placed(writer: InPlace, step: Step, place: str) -> Call:
    [x] = writer._operands(step)
    index = writer.arrays.detail(step)[0]
    return [f"{place}[...] = 0.0", f"{place}{index} = {x.source}"], place


def _spread(writer: InPlace, step: Step, place: str) -> Call:
    return [f"np.copyto({place}, {writer._operands(step)[0].source})"], place


def _copied(writer: InPlace, step: Step, place: str) -> Call:
    """What NumPy cannot write into a given array."""
    return [f"np.copyto({place}, {expression(writer.arrays, step, writer._operands(step)).source})"], place


_CALLS: dict[str, Callable[[InPlace, Step, str], Call]] = {
    UFUNC: _ufunc,
    DOT: _dot,
    MATMUL: _product("np.matmul"),
    VECDOT: _product("np.vecdot"),
    REDUCE: _reduced,
    WHERE: _where,
    PLACED: _placed,
    SPREAD: _spread,
}
"""How each kind of step is told where to write."""
