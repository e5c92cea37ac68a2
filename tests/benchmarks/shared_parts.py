"""What sharing the parts of sums and products saves: operations and times with it and without, beside `sympy.cse`.

    OPENBLAS_NUM_THREADS=1 OMP_NUM_THREADS=1 taskset -c 1 python -m tests.benchmarks.shared_parts

Operations are those of the values and all first derivatives, by one counter, with neither stable forms nor accurate
derivatives; times go from the expression to the callable, best of several turns taken in one process.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from time import perf_counter
from typing import Any
from unittest import mock

import sympy as sp
from rich.console import Console
from rich.table import Table

import symbackprop as sb
from symbackprop import cost
from symbackprop.derivation import methods, named_lines
from symbackprop.derivation.shared_parts import shared
from symbackprop.graph import Graph
from symbackprop.lowering import Lowering

from .. import physics

TURNS = 7
LINKS = (2, 3, 5)
LARGE = 40


@contextmanager
def nothing_shared() -> Iterator[None]:
    """`derive` as it is without the pass."""
    with (
        mock.patch.object(methods, "with_shared_parts", lambda lowering, nodes, care: (lowering, nodes)),
        mock.patch.object(named_lines, "shared", return_value={}),
    ):
        yield


def counted(expressions: Any, equations: Any = (), shares: bool = False) -> int:
    lowering = Lowering(Graph())
    lowering.equations(equations)
    roots = [lowering.expression(one) for one in expressions]
    moved = shared(lowering.graph, roots) if shares else {}
    total: int = cost.counted(lowering.graph, [moved.get(root, root) for root in roots]).total()
    return total


def by_cse(expressions: Any) -> int:
    replacements, reduced = sp.cse(expressions)
    return counted(reduced, replacements)


def derived(expression: Any, wrt: Any) -> Any:
    return sb.derive(expression, wrt, stable=False, accurate=False)


def seconds(work: Callable[[], Any]) -> float:
    start = perf_counter()
    work()
    return perf_counter() - start


def times(expression: Any, wrt: Any) -> tuple[float, float]:
    """Without and with the pass, taking turns."""
    found: tuple[list[float], list[float]] = ([], [])
    for _ in range(TURNS):
        with nothing_shared():
            found[0].append(seconds(lambda: derived(expression, wrt).compile()))
        found[1].append(seconds(lambda: derived(expression, wrt).compile()))
    return min(found[0]), min(found[1])


def derivative_row(expression: Any, wrt: Any, with_cse: bool = True) -> list[str]:
    with nothing_shared():
        before = derived(expression, wrt).cost.total
    after = derived(expression, wrt).cost.total
    theirs = by_cse([expression, *(sp.diff(expression, one) for one in wrt)]) if with_cse else None
    without, now = times(expression, wrt)
    return [*map(_shown, (before, after, theirs)), f"{without * 1e3:.0f}", f"{now * 1e3:.0f}", f"{now / without:.2f}"]


def _shown(count: int | None) -> str:
    return "-" if count is None else f"{count:,}"


def main() -> None:
    table = Table("", "before", "after", "sympy.cse", "ms before", "ms after", "ratio")
    for links in LINKS:
        sides = physics.pendulum_right_sides(links)
        counts = counted(sides), counted(sides, shares=True), by_cse(sides)
        table.add_row(f"{links}-link pendulum, right-hand sides", *map(_shown, counts))
    table.add_row(f"{LARGE}-link pendulum, energy", *derivative_row(*physics.pendulum_energy(LARGE), with_cse=False))
    for name, made in physics.FUNCTIONALS.items():
        table.add_row(name, *derivative_row(*made()))
    Console(width=120).print(table)


if __name__ == "__main__":
    main()
