"""Comparing: every method at every network, each in its own process and within its time; all else is counted."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from typing import Any

from ..derivation import METHODS, WAYS, Cost, derive_equations
from ..errors import ArchitectureError
from ..networks import Network, name_of
from .comparison import Comparison
from .forward_count import are_units_alike, forward_operations
from .processes import Measurer
from .rows import COUNTED, RUN, SKIPPED, UNKNOWN, Row, Subject
from .subjects import checked_methods, missing, subjects_of

Progress = Callable[[int, int, str], None]
"""Called before each row with (rows done, rows in all, what comes next)."""


def compare(
    width: int | None = None,
    depths: Iterable[int] | None = None,
    *,
    widths: Iterable[int] | None = None,
    depth: int | None = None,
    architectures: Iterable[Sequence[int]] | None = None,
    methods: Iterable[str] | None = None,
    hidden: str = "tanh",
    output: str = "tanh",
    loss: str | None = None,
    form: str = "scalar",
    budget: float = 10.0,
    progress: Progress | None = None,
) -> Comparison:
    """What each method takes to derive a network's gradient, as layers or units are added.

    Either depth grows (`width`, `depths`), or width (`widths`, `depth`), or networks are given one by one. Each method
    runs at each network in a process of its own. One that takes more than `budget` seconds is stopped there, and from
    there on only counted: exactly, on the graph, with nothing written out. (Of sympy-forward there is no such
    count: its operations are then not known.) Ctrl-C ends the comparison with the rows that are there.

    Args:
        width, depths: units in each layer, inputs and outputs too, and numbers of layers; by default 3 and 1 to 8.
        widths, depth: the same the other way round.
        architectures: widths layer by layer, (2, 2, 1) or "2-2-1", of each network; then the number of parameters
            grows.
        methods: "naive", "naive+cse", "sympy-forward", "forward", "backprop"; by default all that the form has.
        hidden, output, loss: as for `Network`; activations that have a name, as another process derives them.
        form: "scalar", or "matrix", which only backprop has.
        budget: seconds for one method at one network: derivation, generating code and running it.
        progress: told before each row.

    Raises:
        ArchitectureError: sizes are not whole numbers from 1 up, or the budget is not a positive number.
        SizeError: a network has more than 100,000 parameters (in matrix form 100,000,000), or sizes are over 1,000.
        SymbackpropError: the process that measures cannot be started.
        UnknownNameError: there is no such method, activation, loss or form.
    """
    budget = _checked_budget(budget)
    options = {"hidden": name_of(hidden), "output": name_of(output), "loss": loss, "form": form}
    layers, units = _sizes(width, depths, widths, depth, given=architectures is not None)
    over, subjects = subjects_of(layers, units, architectures, options)
    ways = checked_methods(methods, form)
    if progress is not None and not callable(progress):
        raise ArchitectureError(f"progress is {type(progress).__name__}: give a function of three arguments, or None")
    rows: list[Row] = []
    finished = True
    try:
        for row in _rows(subjects, ways, budget, progress or _silent):
            rows.append(row)
    except KeyboardInterrupt:
        finished = False
    return Comparison(rows, over, budget, subjects[0], finished)


def _checked_budget(budget: Any) -> float:
    """Seconds as a float, whatever number they came as; more than a month is no limit anyway."""
    try:
        seconds = 0.0 if isinstance(budget, bool | str) else float(budget)
    except (TypeError, ValueError, OverflowError):
        seconds = 0.0
    if not 0 < seconds < _LONGEST:
        raise ArchitectureError(f"budget {str(budget)[:40]} is not a number of seconds from 0 to a month: 10, say")
    return seconds


_LONGEST = 31 * 24 * 3600.0


def _silent(done: int, total: int, what: str) -> None:
    pass


def _sizes(width: Any, depths: Any, widths: Any, depth: Any, *, given: bool) -> tuple[Any, Any]:
    """Numbers of layers and of units: by default 1 to 8 layers of 3 units, or widths at 3 layers."""
    if given and any(sizes is not None for sizes in (width, depths, widths, depth)):
        raise ArchitectureError("networks and sizes are both given: leave width, depths, widths and depth out")
    if (width is not None and widths is not None) or (depth is not None and depths is not None):
        raise ArchitectureError("one number and a list of them are both given: leave one out")
    layers = depths if depth is None else depth
    units = widths if width is None else width
    if layers is None:
        layers = range(1, 9) if widths is None else 3
    return layers, 3 if units is None else units


def _rows(subjects: Sequence[Subject], methods: Sequence[str], budget: float, progress: Progress) -> Iterator[Row]:
    """One row after the other; a method that has been stopped is not started again, the networks only grow."""
    stopped: set[str] = set()
    total = len(subjects) * len(methods)
    with Measurer() as measurer:
        for number, subject in enumerate(subjects):
            for place, method in enumerate(methods):
                progress(number * len(methods) + place, total, f"{subject.name}: {method}")
                if place == 0:
                    counts = _exact(subject)
                row = _known(counts[method], method in stopped) or _measured(counts[method], subject, budget, measurer)
                if row.status == COUNTED or row.note.startswith(STOPPED):
                    stopped.add(method)
                row = _with_forward_count(row, subject)
                yield replace(row, status=UNKNOWN) if row.status == COUNTED and row.derived is None else row
    progress(total, total, "")


STOPPED = "stopped"
"""How the note of a row begins that took too long."""


def _known(counted: Row, stopped: bool) -> Row | None:
    """The row of a method that is not run any more, or cannot be."""
    if missing(counted.method):
        return replace(counted, status=SKIPPED, derived=None, evaluated=None, note=missing(counted.method))
    return replace(counted, status=COUNTED) if stopped else None


def _measured(counted: Row, subject: Subject, budget: float, measurer: Measurer) -> Row:
    """The exact counts, with what could be measured beside them."""
    figures, finished = measurer.figures(subject, counted.method, budget)
    told = [figures.pop(name, "") for name in ("error", "note", "complete")]
    note = told[0] or told[1] or ("" if finished else f"{STOPPED} after {budget:g} s of deriving, writing and running")
    status = RUN if "seconds" in figures else COUNTED
    return replace(counted, **{"derived": counted.derived, **figures}, status=status, note=note)


def _with_forward_count(row: Row, subject: Subject) -> Row:
    """Counting forward sweeps takes its time: it is done only where the method has not told."""
    if not WAYS[row.method].has_tangents or row.derived is not None:
        return row
    network = _network(subject)
    if not are_units_alike(network):
        return row
    count = forward_operations(network)
    return replace(row, derived=count, evaluated=count)


def _network(subject: Subject) -> Network:
    return Network(subject.widths, subject.hidden, subject.output, subject.loss, subject.form)


def _exact(subject: Subject) -> dict[str, Row]:
    """By method: the row that is known without running it."""
    network = _network(subject)
    cost: Cost = derive_equations(network.equations, network.parameters, network=network).cost
    row = Row("", subject.form, subject.widths, subject.size, subject.parameters, cost.paths, cost.edges)
    known = {
        "naive": {"derived": cost.naive, "evaluated": cost.naive},
        "naive+cse": {"derived": cost.naive},
        "backprop": {} if subject.form == "matrix" else {"derived": cost.total, "evaluated": cost.total},
    }
    return {method: replace(row, method=method, **known.get(method, {})) for method in METHODS}
