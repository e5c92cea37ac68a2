"""From an expression to a NumPy function of it and its derivatives: our doors, and SymPy's diff, cse and lambdify.

    OPENBLAS_NUM_THREADS=1 OMP_NUM_THREADS=1 taskset -c 1 python -m tests.benchmarks.sympy_users [--limit 200]

The expression is in hand at the start, the function ready at the end. Ours: the best of several turns; SymPy's: one,
with an empty cache, in a process that is ended after the limit. Then what one call takes at one point, the best of
several hundred. Where both return the same arrays, these are held against each other. The table is that of
docs/sympy_users.md.
"""

from __future__ import annotations

import argparse
import gc
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations_with_replacement
from multiprocessing import get_context
from time import perf_counter
from timeit import repeat
from typing import Any

import numpy as np
import sympy as sp
from sympy.core.cache import clear_cache
from sympy.physics.mechanics.models import n_link_pendulum_on_cart

import symbackprop as sb

from ..derivation.bicycle_support import bicycle
from ..derivation.jacobian_support import arm, pbe, ring
from ..physics import pendulum_energy

Function = Callable[..., Any]


@dataclass
class Case:
    """What is asked for, in both ways: functions of lists of numbers, in the order of `args`.

    args: lists of symbols. ours, sympys: make the function.
    """

    name: str
    args: Sequence[Sequence[Any]]
    ours: Callable[[], Function]
    sympys: Callable[[], Function]

    def point(self) -> list[Any]:
        """Values of the arguments, between 0.1 and 0.9."""
        random = np.random.default_rng(2)
        return [random.uniform(0.1, 0.9, len(group)).tolist() for group in self.args]


def others_of(exprs: Sequence[Any], wrt: Sequence[Any]) -> list[Any]:
    """What else the expressions contain."""
    return sorted(set().union(*(one.free_symbols for one in exprs)) - set(wrt), key=str)


def first_order(name: str, value: Any, wrt: Sequence[Any]) -> Case:
    args = [wrt, others_of([value], wrt)]
    return Case(
        name,
        args,
        lambda: sb.value_and_grad(args, value, wrt),
        lambda: sp.lambdify(args, [value, [value.diff(one) for one in wrt]], cse=True),
    )


def second_order(name: str, value: Any, wrt: Sequence[Any]) -> Case:
    args = [wrt, others_of([value], wrt)]

    def sympys() -> Function:
        gradient = [value.diff(one) for one in wrt]
        return sp.lambdify(args, [value, gradient, sp.hessian(value, wrt)], cse=True)

    return Case(name, args, lambda: sb.value_grad_hess(args, value, wrt), sympys)


def third_order(name: str, value: Any, wrt: Sequence[Any]) -> Case:
    args = [wrt, others_of([value], wrt)]

    def sympys() -> Function:
        found = [value.diff(*by) for order in (1, 2, 3) for by in combinations_with_replacement(wrt, order)]
        return sp.lambdify(args, [value, *found], cse=True)

    def ours() -> Function:
        made = sb.derivatives(value, wrt, 3).compile(values=True)
        return lambda first, others: made(*first, *others)

    return Case(name, args, ours, sympys)


def jacobian(name: str, exprs: Sequence[Any], wrt: Sequence[Any]) -> Case:
    args = [wrt, others_of(exprs, wrt)]

    def ours() -> Function:
        made = sb.jacobian(exprs, wrt).compile(values=True)
        return lambda first, others: made(*first, *others)

    return Case(name, args, ours, lambda: sp.lambdify(args, [list(exprs), sp.Matrix(exprs).jacobian(wrt)], cse=True))


def mechanics(links: int) -> Case:
    kane = n_link_pendulum_on_cart(links, cart_force=False)
    q, u = ([sp.Symbol(one.func.__name__) for one in symbols] for symbols in (kane.q, kane.u))
    replaced = dict(zip([*kane.q, *kane.u], [*q, *u], strict=True))
    mass, forcing = (one.xreplace(replaced) for one in (kane.mass_matrix, kane.forcing))
    args = [q, u, others_of([mass, forcing], [*q, *u])]
    return Case(
        f"{links} links on a cart, Kane: mass, forcing, 2 Jacobians",
        args,
        lambda: sb.lambdify(args, [mass, forcing, sb.jacobian(forcing, q), sb.jacobian(forcing, u)]),
        lambda: sp.lambdify(args, [mass, forcing, forcing.jacobian(q), forcing.jacobian(u)], cse=True),
    )


def cases() -> Iterator[Case]:
    """The rows of the table."""
    yield second_order("50 variables in a ring: Hessian", *ring(50))
    for links in (2, 4, 8):
        yield mechanics(links)
    yield first_order("energy of 40 links: 160 derivatives", *pendulum_energy(40))
    energy, densities = pbe()
    yield first_order("PBE correlation: gradient", energy, densities)
    yield second_order("PBE correlation: Hessian", energy, densities)
    yield third_order("PBE correlation: third order", energy, densities)
    yield jacobian("Whipple bicycle: 6 x 10 Jacobian", *bicycle())
    yield jacobian("pose of an arm: 12 x 7 Jacobian", *arm())


def flat(result: Any) -> np.ndarray[Any, Any]:
    """All numbers of a result, in order."""
    if isinstance(result, list | tuple):
        return np.concatenate([flat(part) for part in result])
    return np.ravel(np.asarray(result, float))


def seconds_of(work: Callable[[], Any]) -> tuple[float, Any]:
    clear_cache()
    gc.collect()
    start = perf_counter()
    found = work()
    return perf_counter() - start, found


def call_seconds(function: Function, point: Sequence[Any]) -> float:
    """What one call takes."""
    return min(repeat(lambda: function(*point), number=20, repeat=15)) / 20


def in_child(case: Case, pipe: Any) -> None:
    """SymPy's way, and what its function gives."""
    seconds, function = seconds_of(case.sympys)
    point = case.point()
    pipe.send((seconds, call_seconds(function, point), flat(function(*point))))


def of_sympy(case: Case, limit: float) -> tuple[float, float, Any] | None:
    """Seconds until SymPy's function is ready, seconds of a call, its numbers; None if it is not ready in time."""
    context = get_context("fork")
    here, there = context.Pipe()
    child = context.Process(target=in_child, args=(case, there))
    child.start()
    found = here.recv() if here.poll(limit) else None
    child.kill()
    child.join()
    return found


def row(case: Case, turns: int, limit: float) -> str:
    made = [seconds_of(case.ours) for _ in range(turns)]
    ours, function = min(made, key=lambda one: one[0])
    point = case.point()
    called = call_seconds(function, point)
    found = of_sympy(case, limit)
    numbers = flat(function(*point))
    if found is None:
        return cells(
            case.name, f"{ours * 1e3:,.0f} ms", f"over {limit:.0f} s", f"over {limit / ours:,.0f}", called, None
        )
    seconds, theirs, wanted = found
    if len(numbers) == len(wanted):
        np.testing.assert_allclose(numbers, wanted, rtol=1e-6, atol=1e-9)
    told = f"{seconds:.1f} s" if seconds >= 1 else f"{seconds * 1e3:.0f} ms"
    return cells(case.name, f"{ours * 1e3:,.0f} ms", told, f"{seconds / ours:,.0f}", called, theirs)


def cells(name: str, ours: str, theirs: str, times: str, *calls: float | None) -> str:
    told = ["-" if call is None else f"{call * 1e6:,.0f}" for call in calls]
    return f"| {' | '.join([name, ours, theirs, times, *told])} |"


def main() -> None:
    """Measure, and print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--turns", type=int, default=5)
    parser.add_argument("--limit", type=float, default=200)
    parser.add_argument("--only", default="")
    given = parser.parse_args()
    print("| from the expression to a function of | ours | SymPy | times | a call, µs | SymPy's |")
    print("|---|---:|---:|---:|---:|---:|")
    for case in cases():
        if given.only in case.name:
            print(row(case, given.turns, given.limit), flush=True)


if __name__ == "__main__":
    main()
