"""One method at one model, measured from the derivation to a call of the code that comes of it."""

from __future__ import annotations

import gc
import math
import sys
from collections.abc import Callable, Iterable, Iterator
from time import perf_counter
from typing import Any

import numpy as np

try:
    import resource as system
except ImportError:  # Windows, which keeps no such count
    system = None  # type: ignore[assignment]

from .. import codegen, cost
from ..derivation import METHODS, WAYS, Sweep, derive_equations
from ..errors import SymbackpropError
from ..networks import Model, Network, shape_of
from .compared_networks import missing

Figures = dict[str, Any]
"""Some of a row's figures by name."""

_ENOUGH, _MOST_TURNS = 0.2, 25
"""Seconds, and turns, that the best is taken of."""
_LONGEST = 10**9
"""Seconds, more than which no system needs to be told."""
_MOST_COMPILED = 4_000_000
"""Bytes of source that Python compiles in seconds and in gigabytes that are there."""


def measured(build: Callable[[], Model], method: str) -> Iterator[Figures]:
    """The figures as they come: first those of the derivation, then of the source, then of a call.

    The last come with "complete". A time may come again, improved.

    Raises:
        SymbackpropError: the method cannot derive this model, or there is none.
    """
    model = build()
    equations, parameters = model.equations, model.parameters
    way = WAYS[method]
    if way.is_sympys:
        _ = model.loss  # SymPy's ways start from the written-out loss, which is no part of the derivation

    def derive() -> Sweep:
        return derive_equations(equations, parameters, method, model)

    before = _peak_memory()
    derived = derive()
    after = _peak_memory()
    peak = None if before is None or after is None else after - before
    yield {"seconds": derived.seconds, "peak_bytes": peak}
    yield _counts(derived)
    if not way.is_sympys:  # what SymPy keeps from one call to the next would make a second one look fast
        yield {"seconds": min(derived.seconds, _best(derive, lambda again: again.seconds))}
    source = codegen.sweep_text(derived)
    yield {"source_bytes": len(source.encode())}
    yield {**_called(source, model), "complete": True}


def warm_up() -> None:
    """Have every method do once what it does but once: load modules, lower the rule table."""
    small = Network((1, 1))
    for method in METHODS:
        if not missing(method):
            codegen.sweep_text(derive_equations(small.equations, small.parameters, method, small))


def _counts(derived: Sweep) -> Figures:
    roots = derived.roots
    if derived.way.writes_out:
        return {"sympy": cost.written_out(derived.graph, roots)}  # `Row` tells why this is not what is evaluated
    total = cost.counted(derived.graph, roots).total()
    if derived.graph.shapes:  # of matrices one operation is derived, whatever its size, and many are evaluated
        made = sum(not derived.graph.op(node).leaf for node in derived.graph.reachable(roots))
        return {"derived": made, "evaluated": total}
    if not derived.way.replaces:
        return {"derived": total, "evaluated": total}
    named = set(derived.named.values())
    as_they_come = cost.written_out(derived.graph, [*named, *derived.gradient_nodes.values()], named)
    # what naive+cse derives is what the naive way derives, and counted with it
    found = {"evaluated": total, "sympy": as_they_come}
    return found if derived.way.derives_apart else {**found, "derived": as_they_come}


def _called(source: str, model: Model) -> Figures:
    if len(source) > _MOST_COMPILED:
        return {"note": "source too long to compile"}
    try:
        function = codegen.model_function(source)
    except (RecursionError, MemoryError):
        return {"note": "Python cannot compile the source"}
    random = np.random.default_rng(0)
    params = {name: random.normal(*model.start[name], shape) for name, shape in model.shapes.items()}
    x, y = random.uniform(0.1, 0.9, (1, _columns(model.inputs))), _targets(random, model)
    return {"gradient_seconds": _best(lambda: function(params, x, y))}


def _targets(random: np.random.Generator, model: Model) -> Any:
    """One row that the loss can take: within the range of the targets, and with sum 1 if that is asked for."""
    columns = _columns(symbol for symbol in model.targets if symbol not in model.inputs)
    low, high = model.target_range or (0, 1)
    low = high - 1 if low is None and high is not None else low or 0
    y = low + ((low + 1 if high is None else high) - low) * random.uniform(0.1, 0.9, (1, columns))
    return y / y.sum() if model.targets_sum_to_one else y


def _columns(symbols: Iterable[Any]) -> int:
    return sum(math.prod(shape_of(symbol)) for symbol in symbols)


def _best(work: Callable[[], Any], seconds_of: Callable[[Any], float] | None = None) -> float:
    """The least of several turns, in seconds."""
    best, spent, turns = float("inf"), 0.0, 0
    gc.collect()
    while spent <= 10 * _ENOUGH and (turns < 3 or (spent < _ENOUGH and turns < _MOST_TURNS)):
        start = perf_counter()
        made = work()
        taken = perf_counter() - start
        best = min(best, taken if seconds_of is None else seconds_of(made))
        spent, turns = spent + taken, turns + 1
    return best


def limit_seconds(seconds: float) -> None:
    """End this process after so much of the processor's time, where the system can."""
    if system is not None:
        _, most = system.getrlimit(system.RLIMIT_CPU)
        wanted = int(min(seconds, _LONGEST))
        limit = wanted if most == system.RLIM_INFINITY else min(wanted, most)
        system.setrlimit(system.RLIMIT_CPU, (limit, limit))


def _peak_memory() -> int | None:
    """Bytes that this process has held at most, so far; None where the system does not say."""
    if system is None:
        return None
    kilobytes = system.getrusage(system.RUSAGE_SELF).ru_maxrss
    return kilobytes * (1 if sys.platform == "darwin" else 1024)


def figures_of(build: Callable[[], Model], method: str) -> Iterator[Figures]:
    """`measured`, where an error is the last figure: the method cannot derive this model."""
    try:
        yield from measured(build, method)
    except SymbackpropError as error:
        yield {"error": str(error)}
    except Exception as error:  # SymPy's ways may fail in any way, and the others are to go on
        yield {"error": " ".join(f"{type(error).__name__}: {error}".split())[:200].rstrip(": ")}
