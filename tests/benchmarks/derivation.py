"""What a derivation costs beside CasADi, SymEngine, SymPy, JAX and PyTensor, as ratios from one run on one machine.

    pip install ".[bench]"
    OPENBLAS_NUM_THREADS=1 OMP_NUM_THREADS=1 taskset -c 1 python tests/benchmarks/derivation.py

Only the derivation is timed: the net, or its loss as one expression, is written beforehand. Each time is the best of
several turns, the libraries taking turns in one process. SymPy and SymEngine can take for ever, so they have processes
of their own, and --budget seconds for each piece of work: what takes longer, or fails, is not asked for the nets after
that. What takes long there has one turn; SymEngine joins the turns of the others where it is quick.

A ratio of 1/8 says that symbackprop takes an eighth of the time. Operations are those of the loss and all derivatives
as each library hands them over, all by one rule: see derivation_others.py. All takes some minutes; --quick leaves out
what takes longer than seconds.
"""

from __future__ import annotations

import argparse
import gc
import os
import platform
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

import sympy as sp
from derivation_child import Child, Figure
from derivation_others import CASADI, IN_CHILDREN, JAX, PYTENSOR, SHORT, SYMENGINE, SYMPY, Library, Widths, taking_turns
from rich.console import Console
from rich.table import Table

import symbackprop as sb

CONSOLE = Console(width=120)
PACKAGES = ("symbackprop", "sympy", "symengine", "casadi", "jax", "pytensor")
SMALL = ((3, 3), (2, 3, 1), (4, 8, 3))
GIVEN = ((3,) * 3, (3,) * 5, (8, 8, 8, 1), (3,) * 7, (3,) * 17, (3,) * 65, (3,) * 129, (3,) * 513)
WHOLE_LAYERS = (*((8,) * (depth + 1) for depth in (4, 8, 32, 64)), (64,) * 33)
LENGTHS = (64, 128, 256, 512, 1000, 2000)
GROWING = ((8, 8, 8, 1), (16, 16, 16, 1), (32, 32, 32, 1), (64, 64, 64, 1), *((8,) * n + (1,) for n in (6, 12, 24, 48)))


@dataclass
class Options:
    """How long everything may take."""

    budget: float
    turns: int
    limit: float  # seconds, for all turns of one row
    nets: tuple[Widths, ...]
    lengths: tuple[int, ...]


QUICK = Options(budget=2.0, turns=5, limit=2.0, nets=(*SMALL, *GIVEN[:-1]), lengths=LENGTHS[:4])


@dataclass
class Row:
    """One net: our seconds and cost, and what is known of each other way."""

    widths: Widths
    seconds: float
    cost: Any
    others: dict[str, Figure]

    def ratio(self, name: str) -> float | None:
        """Our time beside theirs, or the most that it can be; None where nothing is known of theirs."""
        other = self.others.get(name, Figure())
        theirs = other.seconds or other.over
        return None if theirs is None else self.seconds / theirs


Rows = list[Row]
Verdict = tuple[str, str, bool]


def tanh_net(widths: Widths, form: str = "scalar") -> sb.Network:
    """A tanh network with half the sum of squared errors: what the others are given as well."""
    return sb.Network(widths, hidden="tanh", output="tanh", loss="half_sse", form=form)


def derivation(widths: Widths, form: str = "scalar") -> Callable[[], Any]:
    """Our work: from the equations of a net to all its derivatives."""
    net = tanh_net(widths, form)
    equations, parameters = net.equations, net.parameters
    return lambda: sb.derive(equations, parameters)


def work_of(library: Library, net: Any) -> Callable[[], Any]:
    """The work of a library that has one way."""
    [way] = library.ways
    return lambda: way.derived(net, None)


def in_turns(widths: Widths, form: str, libraries: Iterable[Library], options: Options) -> Row:
    """Ours and libraries of one way each, taking turns; who cannot do the net at all is left out."""
    others, works = {}, {}
    for library in libraries:
        net = library.written(widths)
        work = work_of(library, net)
        try:
            others[library.name] = Figure(operations=library.ways[0].counted(net, work()))
            works[library.name] = work
        except RecursionError:
            others[library.name] = Figure(why="recursion")
    ours = derivation(widths, form)
    seconds, *theirs = taking_turns(ours, *works.values(), turns=options.turns, limit=options.limit)
    for name, best in zip(works, theirs, strict=True):
        others[name].seconds = best
    return Row(widths, seconds, ours().cost, others)


# --- what is shown ---


def name_of(widths: Widths) -> str:
    shown = "-".join(map(str, widths))
    if len(set(widths)) == 1 and len(widths) > 2:
        return f"{widths[0]} wide, {len(widths) - 1} deep"
    return shown if len(widths) < 6 else f"{widths[0]} wide, {len(widths) - 1} deep, to {widths[-1]}"


def in_ms(seconds: float) -> str:
    """Milliseconds; so many seconds where there are any."""
    if seconds >= 1:
        return f"{seconds:.1f} s"
    return f"{seconds * 1e3:.2f}" if seconds < 0.1 else f"{seconds * 1e3:.0f}"


def shown_ratio(ratio: float | None) -> str:
    if ratio is None:
        return ""
    return f"{ratio:.2f}" if ratio >= 0.2 else f"1/{1 / ratio:,.0f}" if ratio < 0.05 else f"1/{1 / ratio:.1f}"


def shown_time(row: Row, name: str) -> tuple[str, str]:
    """A way's time, or why there is none, and the ratio."""
    figure, ratio = row.others.get(name, Figure()), shown_ratio(row.ratio(name))
    if figure.seconds is not None:
        return in_ms(figure.seconds), ratio
    return (figure.why, "") if figure.over is None else (f"> {in_ms(figure.over)}", f"< {ratio}")


def joined(time: str, ratio: str) -> str:
    return f"{time} ({ratio})" if ratio else time


def shown_operations(row: Row, name: str) -> str:
    operations = row.others.get(name, Figure()).operations
    return "-" if operations is None else f"{operations:,}"


def table_of(*columns: str) -> Table:
    """A table whose first column stands left and whose numbers stand right."""
    table = Table(padding=(0, 0), pad_edge=False)
    for column in columns:
        table.add_column(column, justify="right" if column != columns[0] else "left", no_wrap=column == columns[0])
    return table


def titled(title: str, table: Table) -> None:
    CONSOLE.print(f"\n{title}", highlight=False)
    CONSOLE.print(table)


def progress(done: str) -> None:
    CONSOLE.print(f"{done} done", style="dim", highlight=False)


# --- a symbol for each weight ---


def scalar_rows(options: Options) -> Rows:
    """Every net by all who take one symbol for each weight."""
    children = [Child(library, options.budget) for library in IN_CHILDREN.values()]
    rows = []
    for widths in options.nets:
        figures = {name: figure for child in children for name, figure in child.ask(widths).items()}
        quick = [SYMENGINE] if is_quick(figures.get(SYMENGINE.name)) else []
        row = in_turns(widths, "scalar", [CASADI, *quick], options)
        row.others = figures | row.others
        rows.append(row)
        progress(name_of(widths))
    for child in children:
        child.end()
    return rows


def is_quick(figure: Figure | None) -> bool:
    return figure is not None and figure.seconds is not None and figure.seconds < SHORT


def beside_casadi(rows: Rows) -> Table:
    """`derive` beside CasADi's gradient and Function, and beside the cost of a forward pass."""
    columns = ("net", "derive ms", "CasADi ms", "/ CasADi", "operations", "CasADi's", "/ forward", "<= 4")
    table = table_of(*columns)
    for row in rows:
        total, forward = row.cost.total, row.cost.forward
        counts = f"{total:,}", shown_operations(row, "CasADi"), f"{total / forward:.2f}"
        within = "yes" if total <= 4 * forward else "NO"
        table.add_row(name_of(row.widths), in_ms(row.seconds), *shown_time(row, "CasADi"), *counts, within)
    return table


def beside_symbolic(rows: Rows) -> Table:
    """`derive` beside SymEngine's diff and cse, and SymPy's ways, in ms (ours / it); "-": given up earlier."""
    names = ("SymEngine", *(way.name for way in SYMPY.ways))
    table = table_of("net", "derive", *names)
    for row in rows:
        others = (joined(*shown_time(row, name)) for name in names)
        table.add_row(name_of(row.widths), in_ms(row.seconds), *others)
    return table


def operations_of(rows: Rows) -> Table:
    """Operations of the loss and all derivatives, as handed over."""
    names = ("CasADi", "SymEngine", *(way.name for way in SYMPY.ways if way.name != "diff + lambdify"))
    table = table_of("net", "derive", *names)
    for row in rows:
        table.add_row(name_of(row.widths), f"{row.cost.total:,}", *(shown_operations(row, name) for name in names))
    return table


def compiled(rows: Rows) -> Table:
    """From the 3-wide 6-deep net to a function: derive and compile beside SymPy's diff and lambdify(cse=True)."""
    [row] = [row for row in rows if row.widths == (3,) * 7]
    net = tanh_net(row.widths)
    (ours,) = taking_turns(lambda: sb.derive(net).compile(), turns=10)
    theirs = row.others.get("diff + lambdify", Figure())
    table = table_of("3 wide, 6 deep, 72 parameters", "ms", "ours/it")
    table.add_row("derive + compile", in_ms(ours), "")
    table.add_row("diff + lambdify", *shown_time(Row(row.widths, ours, row.cost, {"": theirs}), ""))
    return table


# --- whole layers ---


def matrix_rows(options: Options) -> Rows:
    """The same nets and wider ones by all who take whole layers."""
    rows = []
    for widths in (*(widths for widths in options.nets if widths in GIVEN), *WHOLE_LAYERS):
        rows.append(in_turns(widths, "matrix", [JAX, PYTENSOR], options))
        progress(f"{name_of(widths)}, whole layers,")
    return rows


def beside_traces(rows: Rows) -> Table:
    """Whole layers: `derive` beside JAX's make_jaxpr of value_and_grad and PyTensor's grad."""
    times = ("derive ms", "JAX ms", "ours/it", "PyTensor ms", "ours/it")
    table = table_of("net", *times, "operations", "JAX's", "PyTensor's")
    for row in rows:
        cells = (cell for name in ("JAX", "PyTensor") for cell in shown_time(row, name))
        counts = (shown_operations(row, name) for name in ("JAX", "PyTensor"))
        table.add_row(name_of(row.widths), in_ms(row.seconds), *cells, f"{row.cost.total:,}", *counts)
    return table


# --- growth ---


def layer_times(options: Options) -> dict[int, tuple[float, float]]:
    """Seconds for one layer of nets of each length, 3 wide: ours and CasADi's, all lengths taking turns."""
    ours = [derivation((3,) * (length + 1)) for length in options.lengths]
    theirs = [work_of(CASADI, CASADI.written((3,) * (length + 1))) for length in options.lengths]
    best = taking_turns(*ours, *theirs, turns=2 * options.turns, limit=6 * options.limit)
    halves = zip(best[: len(ours)], best[len(ours) :], strict=True)
    return {n: (mine / n, other / n) for n, (mine, other) in zip(options.lengths, halves, strict=True)}


def by_layer(times: dict[int, tuple[float, float]]) -> Table:
    """Time for each layer, 3 wide."""
    table = table_of("layers", "derive, microseconds for each", "CasADi", "/ CasADi")
    for length, (ours, theirs) in times.items():
        table.add_row(f"{length}", f"{ours * 1e6:.1f}", f"{theirs * 1e6:.1f}", shown_ratio(ours / theirs))
    table.add_row("most / least", *(f"{spread(times, column):.2f}" for column in (0, 1)), "")
    return table


def spread(times: dict[int, tuple[float, float]], column: int) -> float:
    """The most beside the least of one column."""
    values = [pair[column] for pair in times.values()]
    return max(values) / min(values)


def growth(options: Options) -> Table:
    """What widths and layers add to 8-8-8-1."""
    table = table_of("net", "parameters", "derive ms", "x", "/ parameter", "CasADi ms", "/ CasADi", "operations", "x")
    rows = [in_turns(widths, "scalar", [CASADI], options) for widths in GROWING]
    first = rows[0]
    for row in rows:
        parameters = sum(units * (fan_in + 1) for fan_in, units in zip(row.widths, row.widths[1:], strict=False))
        ours = in_ms(row.seconds), f"{row.seconds / first.seconds:.1f}", f"{row.seconds / parameters * 1e6:.1f} us"
        counts = f"{row.cost.total:,}", f"{row.cost.total / first.cost.total:.1f}"
        table.add_row(name_of(row.widths), f"{parameters:,}", *ours, *shown_time(row, "CasADi"), *counts)
    return table


def in_depth() -> Table:
    """Time for each equation of a chain, and for each distinct node where everything is used twice."""
    table = table_of("expression", "ms", "microseconds for each")
    x, w = sp.symbols("x w", real=True)
    for length in (1000, 2000, 5000, 10000):
        names = sp.symbols(f"e1:{length + 1}", real=True)
        chain = [(name, sp.sin(w * below)) for name, below in zip(names, (x, *names), strict=False)]
        (seconds,) = taking_turns(lambda c=chain: sb.derive(c, [w]), turns=5)
        table.add_row(f"{length} equations e = sin(w*e)", f"{seconds * 1e3:.1f}", f"{seconds / length * 1e6:.2f}")
    for nested in (15, 30, 60):
        value = x
        for _ in range(nested):
            value = sp.sin(value) * sp.cos(value)
        (seconds,) = taking_turns(lambda e=value: sb.derive(e, [x]), turns=5)
        table.add_row(f"e = sin(e)*cos(e) {nested} times", f"{seconds * 1e3:.2f}", f"{seconds / nested * 1e6:.2f}")
    return table


# --- targets ---


def verdicts(scalar: Rows, matrix: Rows, times: dict[int, tuple[float, float]]) -> Iterator[Verdict]:
    """What is asked for, what was measured, and whether that is it."""
    deep = [ratio for row in scalar if len(row.widths) > 16 and (ratio := row.ratio("CasADi")) is not None]
    yield "CasADi's time from 16 layers up, at most 1.0", ", ".join(f"{r:.2f}" for r in deep), max(deep) <= 1.0
    more = [row for row in scalar if row.cost.total > (row.others["CasADi"].operations or 0)]
    yield "never more operations than CasADi", ", ".join(name_of(row.widths) for row in more) or "none", not more
    most = spread(times, 0)
    yield (
        f"time for each layer from {min(times)} to {max(times)}, most / least, at most 1.20",
        f"{most:.2f}",
        most <= 1.2,
    )
    for widths, name, rows, limit in (((3,) * 7, "diff", scalar, 1e-3), ((8,) * 33, "JAX", matrix, 0.1)):
        [row] = [row for row in rows if row.widths == widths]
        if (ratio := row.ratio(name)) is not None:
            target = f"{name}'s time, {name_of(widths)}, at most 1/{1 / limit:,.0f}"
            yield target, shown_time(row, name)[1], ratio <= limit


def judged(found: Iterable[Verdict]) -> Table:
    table = table_of("target", "measured", "holds")
    for target, measured, holds in found:
        table.add_row(target, measured, "yes" if holds else "NO")
    return table


# --- the run ---


def conditions() -> Iterator[str]:
    """Versions, the processor, and what else the machine was doing."""
    yield f"Python {platform.python_version()}, " + ", ".join(f"{name} {version(name)}" for name in PACKAGES)
    cpus = Path("/proc/cpuinfo")
    models = [line.split(":", 1)[1].strip() for line in cpus.read_text().splitlines() if line.startswith("model name")]
    model = models[0] if models else platform.machine()
    allowed = len(os.sched_getaffinity(0))
    load = ", ".join(f"{value:.2f}" for value in os.getloadavg())
    yield f"{platform.system()}, {model}, {allowed} of {os.cpu_count()} cores, load average at the start {load}"


def parsed() -> Options:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="leave out what takes longer than seconds; fewer turns")
    parser.add_argument("--budget", type=float, help="seconds for each piece of others' work; 60, or 2 with --quick")
    given = parser.parse_args()
    options = QUICK if given.quick else Options(60.0, 25, 6.0, (*SMALL, *GIVEN), LENGTHS)
    options.budget = given.budget or options.budget
    return options


def main() -> None:
    """Measure, print every table, and judge."""
    options = parsed()
    gc.freeze()  # or each collection between the turns looks through all of JAX and PyTensor
    for line in conditions():
        CONSOLE.print(line, highlight=False)
    scalar = scalar_rows(options)
    for shown in (beside_casadi, beside_symbolic, operations_of, compiled):
        titled(headline(shown), shown(scalar))
    matrix = matrix_rows(options)
    titled(headline(beside_traces), beside_traces(matrix))
    times = layer_times(options)
    titled(headline(by_layer), by_layer(times))
    titled(headline(growth), growth(options))
    titled(headline(in_depth), in_depth())
    titled("Targets", judged(verdicts(scalar, matrix, times)))


def headline(shown: Callable[..., Table]) -> str:
    return (shown.__doc__ or "").splitlines()[0]


if __name__ == "__main__":
    main()
