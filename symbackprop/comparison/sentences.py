"""A comparison in one sentence: what grows and why, with its figures."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from fractions import Fraction
from itertools import pairwise

from ..cost import amount
from .results import Results
from .rows import DEPTH, WIDTH, Row


def sentence(results: Results) -> str:
    """What the naive way does and what backprop does; of matrices, what backprop derives."""
    if not results.rows:
        return ""
    if results.first.form == "matrix":
        return _of_matrices(results)
    naive, swept = ({row.of: row.derived for row in results.rows_of(way)} for way in ("naive", "backprop"))
    both = [row for row in results.rows if naive.get(row.of) and swept.get(row.of)]
    last = (both or results.rows)[-1]  # the largest network that both have a row of
    told = f"The naive way multiplies along {_paths(results, last)}, backprop visits {_edges(results, last)}"
    return told + (_saved(naive[last.of] or 0, swept[last.of] or 1) if both else ".")


def _saved(many: int, few: int) -> str:
    """Operations of the one against those of the other."""
    times = f"{many / few:.2g}" if many < 10 * few else amount(many // few)
    return f": {amount(many)} operations against {amount(few)}, {times} times as many."


def _paths(results: Results, last: Row) -> str:
    told, growth = amount(last.paths or 0), _growth_of_paths(results, last)
    return f"paths whose number grows {growth} ({told} at depth {last.size})" if growth else f"{told} paths"


def _growth_of_paths(results: Results, last: Row) -> str:
    """With depth: in networks a power of the width, which is what paths grow like; else as the law says."""
    if results.over != DEPTH or last.size == results.first.size:
        return ""
    if last.widths:
        return f"like {last.widths[0]}^L" if last.widths[0] > 1 else ""
    law = results.law(last.method, "paths")
    if law is None or law.kind == "constant":
        return ""
    exponential = law.kind == "exponential"
    return f"×{law.factor:.3g}{law.more(results.step, 'L')}" if exponential else f"like L^{law.degree:.2g}"


def _edges(results: Results, last: Row) -> str:
    told, known = amount(last.edges or 0), {row.size: row.edges or 0 for row in results.rows if row.size <= last.size}
    step = _step(known.items()) if results.over == DEPTH else None
    return f"{told} edges" if step is None else f"{amount(step)} edges a {results.step} ({told})"


def _step(points: Iterable[tuple[int, int]]) -> int | None:
    """What a count gains with each step, where that is the same at all sizes."""
    steps = {Fraction(more - fewer, two - one) for (one, fewer), (two, more) in pairwise(sorted(points))}
    return int(step) if len(steps) == 1 and (step := steps.pop()).denominator == 1 else None


def _of_matrices(results: Results) -> str:
    derived = [(row.size, row.derived) for row in results.rows_of("backprop") if row.derived is not None]
    if not derived:
        return ""
    says = _of_networks if results.first.widths else _of_models
    return f"In matrix form backprop derives {says(results.over, derived)}."


def _of_networks(over: str, derived: Sequence[tuple[int, int]]) -> str:
    """Where matrices have one row or column some operations are none: the first size may differ."""
    (first, fewest), (last, most) = derived[0], derived[-1]
    same = [size for size, count in derived if count == most]
    if over == WIDTH and len(same) > 1 and same == [size for size, _ in derived][-len(same) :]:
        from_one = f"at every width from {same[0]} on: only the sizes of the matrices grow"
        return f"the same {amount(most)} operations {from_one}"
    if over == DEPTH and last > first:
        return f"{(most - fewest) / (last - first):.3g} operations more for each layer, whatever its width"
    return f"{amount(most)} operations for the last of these networks"


def _of_models(over: str, derived: Sequence[tuple[int, int]]) -> str:
    last, most = derived[-1]
    step = _step(derived)
    more = f"{amount(step)} operations more for each step of depth: " if step is not None else ""
    return more + f"{amount(most)} operations" + (f" at depth {last}" if over == DEPTH else "")
