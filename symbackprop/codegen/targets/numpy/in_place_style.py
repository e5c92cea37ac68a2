"""Steps as calls that write into arrays made beforehand."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence

from .... import ops
from ... import views
from ...lifetimes import stored
from ...line_comments import Remarks
from ...precedence import Text
from ...program import Label
from ...steps import CONTRACT, FILL, INPUT, MAP, PLACE, REDUCE, RESHAPE, VIEW, Step
from ..python_arrays.identifiers import Identifiers
from ..python_arrays.readable_style import Code, Writer
from ..python_arrays.step_expressions import DOT, MATMUL, VECDOT, Expressions, product
from .buffer_plan import CONSTANT, Buffer, Plan, is_ufunc
from .elementwise_source import UFUNCS


class InPlace(Writer):
    """One call for each step, into the array that the plan gives it.

    Args:
        plan: that of all parts together.
        reads: the steps that some step of any part reads.
    """

    def __init__(
        self,
        expressions: Expressions,
        labels: Mapping[Step, Label],
        names: Identifiers,
        remarks: Remarks,
        *,
        plan: Plan,
        reads: Collection[Step],
    ) -> None:
        super().__init__(expressions, labels, names, remarks)
        self.plan, self._read = plan, reads
        self.made = Expressions(expressions.dialect, expressions.steps, {})  # what is made once, in the workspace
        self._buffers = frozenset(plan.buffers)
        self.views: dict[str, tuple[Buffer, str]] = {}
        self.constants: dict[Buffer, str] = {}
        self.read: set[Step] = set()  # the steps whose own names the lines of this part read
        self.used: set[str] = set()  # the buffers, views and places of gradients that the lines of this part name

    def part(self, order: Sequence[Step], roots: Iterable[Step], known: Mapping[Step, str]) -> Code:
        """The lines of one function, of which there are several; what others have done is known by a name."""
        self.code, self.used, self.read, self._heading = Code(), set(), set(), ""
        self._texts = {step: Text(name) for step, name in known.items()}
        return self.written(order, roots)

    def _text(self, step: Step) -> Text:
        if self.steps.kind(step) in (VIEW, RESHAPE):
            return self._view(step)
        if not stored(self.steps, step):
            return self._number(step)
        place = self.plan.places[step]
        if self.steps.kind(step) in CONSTANT:
            self.constants[place] = self.made.text(step, ()).source
            return self._named(place.name)
        return self._assigned(step, place)

    def _operands(self, step: Step) -> list[Text]:
        self.read.update(self.steps.operands(step))
        return super()._operands(step)

    def _named(self, name: str) -> Text:
        """The text of an array of the workspace."""
        self.used.add(name)
        return Text(name)

    def _number(self, step: Step) -> Text:
        text = self.expressions.text(step, self._operands(step))
        if self.steps.kind(step) == INPUT or step in self.steps.constants:
            return text
        source = text.source
        if self.steps.kind(step) == REDUCE:
            op, _ = self.steps.what(step)
            source = f"{UFUNCS[op]}.reduce({self._operands(step)[0].source}, axis=None)"
        if self._product(step) == DOT:
            x, y = self._operands(step)
            source = f"{x.source}.dot({y.source})"
        return Text(self._assign(step, source))

    def _product(self, step: Step) -> str:
        """Which product of NumPy's a step is; nothing for another step."""
        return product(*self.steps.what(step)) if self.steps.kind(step) == CONTRACT else ""

    def _view(self, step: Step) -> Text:
        """A view of an array of ours is made once, with the workspace; one of the caller's has to be made each time."""
        place = self.plan.places.get(self.steps.operands(step)[0])
        if place is None or not self.steps.axes[step]:  # a single entry would be read before it is written
            return self.expressions.text(step, self._operands(step))
        suffix = self.expressions.text(step, [Text("")]).source
        name = f"{place.name}_{self._view_name(step)}"
        self.views[name] = (place, suffix)
        return self._named(name)

    def _view_name(self, step: Step) -> str:
        """T for a transpose, column for [:, None], and so on: what stands behind the name of the buffer."""
        if self.steps.kind(step) == RESHAPE:
            return "flat"
        parts, dropped = view = self.steps.what(step)
        if views.is_turned(view):
            return "T"
        if view in _VIEWS:
            return _VIEWS[view]
        return _spelled(parts, dropped)

    def _assigned(self, step: Step, place: Buffer) -> Text:
        self.used.add(place.name)
        before, call = self._call(step, place.name)
        self.code.lines += [f"    {line}" for line in before]
        is_read = step in self._read or place in self._buffers  # a gradient that nobody reads is where it belongs
        name = self._assign(step, call, named=is_read)
        return Text(name if is_read else place.name)

    def _call(self, step: Step, place: str) -> Call:
        """The lines that come before, and the expression whose value is the place."""
        if self._product(step) in _PRODUCTS:
            return [], _PRODUCTS[self._product(step)](self._operands(step), place)
        if self.steps.maps(step, ops.SELECT):
            return _chosen(self, step, place)
        if self.steps.kind(step) == MAP and not is_ufunc(self.steps, step):
            return _copied(self, step, place)
        return _CALLS.get(self.steps.kind(step), _copied)(self, step, place)


Call = tuple[list[str], str]

_VIEWS: dict[views.View, str] = {
    views.widened((True, False)): "column",
    views.picked(2, 1): "first",
    views.picked(2, 0): "first",
}


def _spelled(parts: Sequence[views.Part], dropped: Sequence[tuple[int, object]]) -> str:
    """sn for [:, None], 0s for [0, :]: a letter or number for each axis."""
    marks = []
    picks = list(dropped)
    for part in parts:
        axis = part if isinstance(part, int) else part[0]
        while picks and part != views.NEW and picks[0][0] < axis:
            marks.append(str(picks.pop(0)[1]))
        marks.append("n" if part == views.NEW else "s" if isinstance(part, int) else "_".join(map(str, part[1])))
    return "_".join([*marks, *(str(place) for _, place in picks)])


def _ufunc(writer: InPlace, step: Step, place: str) -> Call:
    operands = ", ".join(text.source for text in writer._operands(step))
    return [], f"{UFUNCS[writer.steps.what(step)]}({operands}, out={place})"


def _reduced(writer: InPlace, step: Step, place: str) -> Call:
    op, axes = writer.steps.what(step)
    [x] = writer._operands(step)
    axis = axes[0] if len(axes) == 1 else axes
    return [], f"{UFUNCS[op]}.reduce({x.source}, axis={axis}, out={place})"


def _chosen(writer: InPlace, step: Step, place: str) -> Call:
    condition, yes, no = writer._operands(step)
    other = writer.steps.operands(step)[2]
    lies_there = writer.plan.places.get(other) == writer.plan.places[step]
    before = [] if lies_there else [f"np.copyto({place}, {no.source})"]
    return [*before, f"np.copyto({place}, {yes.source}, where={condition.source})"], place


def _placed(writer: InPlace, step: Step, place: str) -> Call:
    [x] = writer._operands(step)
    index = writer.expressions.index(writer.steps.what(step))
    return [f"{place}[...] = 0.0", f"{place}{index} = {x.source}"], place


def _filled(writer: InPlace, step: Step, place: str) -> Call:
    return [f"np.copyto({place}, {writer._operands(step)[0].source})"], place


def _copied(writer: InPlace, step: Step, place: str) -> Call:
    """What NumPy cannot write into a given array."""
    return [f"np.copyto({place}, {writer.expressions.text(step, writer._operands(step)).source})"], place


_PRODUCTS: dict[str, Callable[[Sequence[Text], str], str]] = {
    # the method of the array takes half as long to call as the function
    DOT: lambda xs, place: f"{xs[0].source}.dot({xs[1].source}, out={place})",
    MATMUL: lambda xs, place: f"np.matmul({xs[0].source}, {xs[1].source}, out={place})",
    VECDOT: lambda xs, place: f"np.vecdot({xs[0].source}, {xs[1].source}, out={place})",
}

_CALLS: dict[str, Callable[[InPlace, Step, str], Call]] = {
    MAP: _ufunc,
    REDUCE: _reduced,
    PLACE: _placed,
    FILL: _filled,
}
"""How each kind of step is told where to write."""
