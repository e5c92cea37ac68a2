"""Comparing: every method at every network, each in its own process and within its time; all else is counted."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from typing import Any

from ..derivation import METHODS, WAYS, derive_equations
from ..errors import ArchitectureError
from ..networks import Model
from .compared_models import expression_subjects, model_subjects
from .compared_networks import checked_methods, missing, subjects_of
from .forward_count import forward_operations
from .presentation import Comparison
from .processes import Measurer
from .rows import COUNTED, RUN, SKIPPED, UNKNOWN, AnySubject, Row

Progress = Callable[[int, int, str], None]
"""Called before each row with (rows done, rows in all, what comes next)."""


def compare(
    width: int | None = None,
    depths: Iterable[int] | None = None,
    *,
    widths: Iterable[int] | None = None,
    depth: int | None = None,
    architectures: Iterable[Sequence[int]] | None = None,
    models: str | Callable[[int], Model] | None = None,
    expression: str | None = None,
    wrt: Sequence[str] | None = None,
    methods: Iterable[str] | None = None,
    hidden: str | None = None,
    output: str | None = None,
    loss: str | None = None,
    form: str | None = None,
    budget: float = 10.0,
    progress: Progress | None = None,
) -> Comparison:
    """What each method takes to derive a network's gradient, as layers or units are added.

    Either depth grows (`width`, `depths`), or width (`widths`, `depth`), or networks are given one by one, or a file
    has the models (`models`, `depths`). Each method runs at each network in a process of its own. One that takes more
    than `budget` seconds is stopped there, and from there on only counted: exactly, on the graph, with nothing written
    out. (Of sympy-forward there is no such count: its operations are then not known.) Ctrl-C ends the comparison with
    the rows that are there.

    Args:
        width, depths: units in each layer, inputs and outputs too, and numbers of layers; by default 3 and 1 to 8.
        widths, depth: the same the other way round.
        architectures: widths layer by layer, (2, 2, 1) or "2-2-1", of each network; then the number of parameters
            grows.
        models: "FILE.py:FUNCTION", a function of that file that makes a `Model` or `Network` of each of `depths`, or
            the function itself; or "FILE.py:NAME", one model. The file is run, here and in each process that measures.
        expression, wrt: an expression as text, "log(1 + exp(x*y))/x", as the command line reads it, and the names of
            the symbols that it is differentiated by, by default all.
        methods: "naive", "naive+cse", "sympy-forward", "forward", "backprop"; by default all that the form has.
        hidden, output, loss: as for `Network`, by default tanh twice and what goes with it; activations that have a
            name, as another process derives them.
        form: "scalar", the default, or "matrix", which only backprop has.
        budget: seconds for one method at one network: derivation, generating code and running it.
        progress: told before each row.

    Raises:
        ArchitectureError: sizes are not whole numbers from 1 up, or the budget is not a positive number; models are
            given, and what describes networks of layers as well.
        ExpressionError: the text is no expression.
        ModelError: the file of the models does not run, or has something else under the name; its function fails, or
            returns something else.
        SizeError: a network has more than 100,000 parameters (in matrix form 100,000,000), or sizes are over 1,000.
        SymbackpropError: the process that measures cannot be started.
        UnknownNameError: there is no such method, activation, loss or form, or no such name in the file.
        UnsupportedError: a model has an operation that there is no derivative of.
    """
    budget = _checked_budget(budget)
    sizes = {"width": width, "depths": depths, "widths": widths, "depth": depth}
    subjects: Sequence[AnySubject]
    options = {"hidden": hidden, "output": output, "loss": loss, "form": form}
    if expression is not None:
        others = {**sizes, "architectures": architectures, "models": models, **options}
        over, subjects = expression_subjects(expression, wrt, others)
    elif models is None:
        over, subjects = subjects_of(sizes, architectures, options)
    else:
        over, subjects = model_subjects(models, sizes, {"architectures": architectures, **options})
    ways = checked_methods(methods, subjects[0].form)
    if progress is not None and not callable(progress):
        raise ArchitectureError(f"progress is {type(progress).__name__}: give a function of three arguments, or None")
    rows: list[Row] = []
    finished = True
    try:
        rows.extend(_rows(subjects, ways, budget, progress or (lambda *_: None)))
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


def _rows(subjects: Sequence[AnySubject], methods: Sequence[str], budget: float, progress: Progress) -> Iterator[Row]:
    """One row after the other; a method that has been stopped is not started again, the networks only grow."""
    stopped: set[str] = set()
    jobs = [(subject, method) for subject in subjects for method in methods]
    with Measurer() as measurer:
        for done, (subject, method) in enumerate(jobs):
            progress(done, len(jobs), f"{subject.name}: {method}")
            if method == methods[0]:
                counts = _exact(subject)
            row = _known(counts[method], method in stopped) or _measured(counts[method], subject, budget, measurer)
            if row.status == COUNTED or row.note.startswith(STOPPED):
                stopped.add(method)
            row = _with_forward_count(row, subject)
            yield replace(row, status=UNKNOWN) if row.status == COUNTED and row.derived is None else row
    progress(len(jobs), len(jobs), "")


STOPPED = "stopped"
"""How the note of a row begins that took too long."""


def _known(counted: Row, stopped: bool) -> Row | None:
    """The row of a method that is not run any more, or cannot be."""
    if missing(counted.method):
        return replace(counted, status=SKIPPED, derived=None, evaluated=None, note=missing(counted.method))
    return replace(counted, status=COUNTED) if stopped else None


def _measured(counted: Row, subject: AnySubject, budget: float, measurer: Measurer) -> Row:
    """The exact counts, with what could be measured beside them."""
    figures, finished = measurer.figures(subject, counted.method, budget)
    told = [figures.pop(name, "") for name in ("error", "note", "complete")]
    note = told[0] or told[1] or ("" if finished else f"{STOPPED} after {budget:g} s of deriving, writing and running")
    status = RUN if "seconds" in figures else COUNTED
    return replace(counted, **{"derived": counted.derived, **figures}, status=status, note=note)


def _with_forward_count(row: Row, subject: AnySubject) -> Row:
    """Counting forward sweeps takes its time: it is done only where the method has not told."""
    if not WAYS[row.method].has_tangents or row.derived is not None:
        return row
    count = forward_operations(subject.model())
    return replace(row, derived=count, evaluated=count)


def _exact(subject: AnySubject) -> dict[str, Row]:
    """By method: the row that is known without running it."""
    model = subject.model()
    sweep = derive_equations(model.equations, model.parameters, model=model)
    cost = sweep.cost
    of = (subject.form, subject.widths, subject.size, subject.parameters)
    row = Row("", *of, cost.paths, cost.edges, model=subject.text)
    known = {
        "naive": {"derived": cost.naive, "evaluated": cost.naive},
        "naive+cse": {"derived": cost.naive},
        "backprop": {} if sweep.graph.shapes else {"derived": cost.total, "evaluated": cost.total},
    }
    return {method: replace(row, method=method, **known.get(method, {})) for method in METHODS}
