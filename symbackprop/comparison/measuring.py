"""One method at one network, measured from the derivation to a call of the code that comes of it."""

from __future__ import annotations

import gc
import sys
from collections.abc import Callable, Iterator
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
from ..networks import Network
from .rows import Subject
from .subjects import missing

Figures = dict[str, Any]
"""Some of a row's figures by name."""

_ENOUGH, _MOST_TURNS = 0.2, 25
"""Seconds, and turns, that the best is taken of."""
_LONGEST = 10**9
"""Seconds, more than which no system needs to be told."""
_MOST_COMPILED = 4_000_000
"""Bytes of source that Python compiles in seconds and in gigabytes that are there."""


def measured(subject: Subject, method: str) -> Iterator[Figures]:
    """The figures as they come: first those of the derivation, then of the source, then of a call.

    The last come with "complete". A time may come again, improved.

    Raises:
        SymbackpropError: the method cannot derive this network.
    """
    network = Network(subject.widths, subject.hidden, subject.output, subject.loss, subject.form)
    equations, parameters = network.equations, network.parameters
    way = WAYS[method]
    if way.is_sympys:
        _ = network.loss  # SymPy's ways start from the written-out loss, which is no part of the derivation

    def derive() -> Sweep:
        return derive_equations(equations, parameters, method, network)

    before = _peak_memory()
    derived = derive()
    after = _peak_memory()
    peak = None if before is None or after is None else after - before
    yield {"seconds": derived.seconds, "peak_bytes": peak}
    yield _counts(derived)
    if not way.is_sympys:  # what SymPy keeps from one call to the next would make a second one look fast
        yield {"seconds": min(derived.seconds, _best(derive, lambda again: again.seconds))}
    source = codegen.network_source(derived)
    yield {"source_bytes": len(source.encode())}
    yield {**_called(source, network), "complete": True}


def warm_up() -> None:
    """Have every method do once what it does but once: load modules, lower the rule table."""
    small = Network((1, 1))
    for method in METHODS:
        if not missing(method):
            codegen.network_source(derive_equations(small.equations, small.parameters, method, small))


def _counts(derived: Sweep) -> Figures:
    roots = derived.roots
    if derived.way.writes_out:
        return {"sympy": cost.written_out(derived.graph, roots)}  # `Row` tells why this is not what is evaluated
    total = cost.counted(derived.graph, roots).total()
    if derived.graph.shapes:  # of matrices one operation is derived, whatever its size, and many are evaluated
        return {
            "derived": sum(not derived.graph.op(node).leaf for node in derived.graph.reachable(roots)),
            "evaluated": total,
        }
    if not derived.way.replaces:
        return {"derived": total, "evaluated": total}
    named = set(derived.named.values())
    as_they_come = cost.written_out(derived.graph, [*named, *derived.gradient_nodes.values()], named)
    # what naive+cse derives is what the naive way derives, and counted with it
    return {"evaluated": total, "sympy": as_they_come} | (
        {} if derived.way.derives_apart else {"derived": as_they_come}
    )


def _called(source: str, network: Network) -> Figures:
    if len(source) > _MOST_COMPILED:
        return {"note": "source too long to compile"}
    try:
        function = codegen.network_function(source)
    except (RecursionError, MemoryError):
        return {"note": "Python cannot compile the source"}
    random = np.random.default_rng(0)
    params = {name: random.normal(scale=0.5, size=shape) for name, shape in network.shapes.items()}
    x, y = random.normal(size=(1, network.widths[0])), _target(random, network)
    return {"gradient_seconds": _best(lambda: function(params, x, y))}


def _target(random: np.random.Generator, network: Network) -> Any:
    """Shares of 1, which every loss can take."""
    y = random.uniform(0.1, 0.9, size=(1, network.widths[-1]))
    return y / y.sum() if network.loss_name == "cross_entropy" else y


def _best(work: Callable[[], Any], seconds_of: Callable[[Any], float] | None = None) -> float:
    """The least of several turns, in seconds."""
    best, spent, turns = float("inf"), 0.0, 0
    while turns < 3 or (spent < _ENOUGH and turns < _MOST_TURNS):
        gc.collect() if turns == 0 else None
        start = perf_counter()
        made = work()
        taken = perf_counter() - start
        best = min(best, taken if seconds_of is None else seconds_of(made))
        spent, turns = spent + taken, turns + 1
        if spent > 10 * _ENOUGH:
            break
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


def figures_of(subject: Subject, method: str) -> Iterator[Figures]:
    """`measured`, where an error is the last figure: the method cannot derive this network."""
    try:
        yield from measured(subject, method)
    except SymbackpropError as error:
        yield {"error": str(error)}
    except Exception as error:  # SymPy's ways may fail in any way, and the others are to go on
        yield {"error": " ".join(f"{type(error).__name__}: {error}".split())[:200].rstrip(": ")}
