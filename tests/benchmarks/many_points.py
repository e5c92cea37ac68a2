"""Stresses of a neo-Hookean solid at many points: ours of a batch, NumPy by hand, and ours in a loop over the points.

    OPENBLAS_NUM_THREADS=1 OMP_NUM_THREADS=1 taskset -c 1 python -m tests.benchmarks.many_points [--points 4000]

The energy is mu/2 (J^(-2/3) tr(F'F) - 3) + K/2 (J - 1)^2 with J = det F, the stress its derivative by F (3 x 3).
By hand it is written as a textbook has it, for all points at once, with `np.linalg`. All are called in turns; a time is
the shortest, in microseconds.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Sequence
from timeit import Timer
from typing import Any

import numpy as np
import sympy as sp

import symbackprop as sb

F, mu, K = sp.MatrixSymbol("F", 3, 3), *sp.symbols("mu K", positive=True)
J = sp.Determinant(F)
ENERGY = mu / 2 * (J ** sp.Rational(-2, 3) * sp.Trace(F.T * F) - 3) + K / 2 * (J - 1) ** 2


def by_hand(f: Any, mu: float, bulk: float) -> tuple[Any, Any]:
    """Energies (n,) and stresses (n, 3, 3) at n points."""
    det, inverse = np.linalg.det(f), np.swapaxes(np.linalg.inv(f), 1, 2)
    factor, trace = det ** (-2 / 3), np.einsum("nij,nij->n", f, f)
    energy = mu / 2 * (factor * trace - 3) + bulk / 2 * (det - 1) ** 2
    first = (mu * factor)[:, None, None] * (f - (trace / 3)[:, None, None] * inverse)
    return energy, first + (bulk * (det - 1) * det)[:, None, None] * inverse


def shortest(functions: Sequence[Callable[[], Any]], turns: int) -> list[float]:
    """The time of each in microseconds, called in turns."""
    timers = [Timer(function) for function in functions]
    rounds = [[timer.timeit(1) * 1e6 for timer in timers] for _ in range(turns)]
    return [min(times) for times in zip(*rounds, strict=True)]


def main(argv: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--points", type=int, default=4000)
    parser.add_argument("--turns", type=int, default=15)
    options = parser.parse_args(argv)
    many = np.eye(3) + 0.1 * np.random.default_rng(0).normal(size=(options.points, 3, 3))
    derived = sb.derive(ENERGY, [F])
    together, single = derived.compile(batch=[F]), derived.compile()

    value, found = together(many, mu=1.3, K=20.0)
    energies, stresses = by_hand(many, 1.3, 20.0)
    np.testing.assert_allclose(value, energies, rtol=1e-10, atol=1e-12)
    np.testing.assert_allclose(found["F"], stresses, rtol=1e-10, atol=1e-12)

    times = shortest(
        [
            lambda: together(many, mu=1.3, K=20.0),
            lambda: by_hand(many, 1.3, 20.0),
            lambda: [single(one, mu=1.3, K=20.0) for one in many],
        ],
        options.turns,
    )
    ours, hand, loop = times
    print("| points | ours µs | NumPy by hand µs | ours / by hand | a loop / by hand |")
    print("|---:|---:|---:|---:|---:|")
    print(f"| {options.points:,} | {ours:,.0f} | {hand:,.0f} | {ours / hand:.2f} | {loop / hand:.0f} |")


if __name__ == "__main__":
    main()
