"""What `curve_fit` of 3 parameters to 10,000 points takes with our Jacobian, and without.

    OPENBLAS_NUM_THREADS=1 OMP_NUM_THREADS=1 taskset -c 1 python -m tests.benchmarks.curve_fitting [--turns 100]

Without it SciPy takes differences of the model, written by hand in NumPy. Beside it stand the model and its Jacobian by
hand, and `sympy.lambdify(cse=True)` of both with the lines that make an array of its list. The fits of a row are made
in turns, so that whatever else the machine does meets all of them; a time is the shortest of all turns. The table is
that of docs/speed.md.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from time import perf_counter
from typing import Any

import numpy as np
import sympy as sp
from scipy.optimize import curve_fit

import symbackprop as sb

POINTS = 10_000
a, b, c, t, y = sp.symbols("a b c t y", positive=True)
PARAMS = [a, b, c]

Curve = Callable[..., Any]


@dataclass(frozen=True)
class Case:
    """A model of the parameters a, b, c.

    curve, jacobian: the same by hand. truth, start: values of the parameters.
    """

    name: str
    model: Any
    curve: Curve
    jacobian: Curve
    truth: Sequence[float]
    start: Sequence[float]

    def data(self) -> tuple[Any, Any]:
        """Times, and what was observed then."""
        times = np.linspace(0.05, 4, POINTS)
        return times, self.curve(times, *self.truth) + 0.05 * np.random.default_rng(0).normal(size=POINTS)


def columns(*found: Any) -> Any:
    """An array (points, columns)."""
    made = np.empty((POINTS, len(found)))
    for place, one in enumerate(found):
        made[:, place] = one
    return made


def decay(t: Any, a: float, b: float, c: float) -> Any:
    return a * np.exp(-b * t) + c


def decay_jacobian(t: Any, a: float, b: float, c: float) -> Any:
    e = np.exp(-b * t)
    return columns(e, -a * t * e, 1.0)


def hill(t: Any, a: float, b: float, c: float) -> Any:
    return a * t**c / (b**c + t**c)


def hill_jacobian(t: Any, a: float, b: float, c: float) -> Any:
    h = 1 / (1 + (b / t) ** c)
    slope = a * h * (1 - h)
    return columns(h, -slope * c / b, slope * np.log(t / b))


def peak(t: Any, a: float, b: float, c: float) -> Any:
    return a * np.exp(-((t - b) ** 2) / (2 * c**2))


def peak_jacobian(t: Any, a: float, b: float, c: float) -> Any:
    z = (t - b) / c
    e = np.exp(-(z**2) / 2)
    slope = a * e * z / c
    return columns(e, slope, slope * z)


CASES = {
    "decay": Case("a exp(-b t) + c", a * sp.exp(-b * t) + c, decay, decay_jacobian, [2.5, 1.3, 0.5], [1, 1, 1]),
    "hill": Case("Hill curve", a * t**c / (b**c + t**c), hill, hill_jacobian, [2.5, 1.3, 2.0], [1, 1, 1]),
    "peak": Case(
        "Gaussian peak", a * sp.exp(-((t - b) ** 2) / (2 * c**2)), peak, peak_jacobian, [2.5, 1.8, 0.6], [1, 2, 1]
    ),
}


def lambdified(case: Case) -> dict[str, Any]:
    """SymPy's function and Jacobian, with the lines between them and SciPy."""
    derivatives = [case.model.diff(one) for one in PARAMS]
    curve = sp.lambdify([t, *PARAMS], case.model, cse=True)
    entries = sp.lambdify([t, *PARAMS], derivatives, cse=True)
    return {"f": curve, "jac": lambda *given: columns(*entries(*given))}


def fits(case: Case, method: str) -> list[Callable[[], Any]]:
    """What is timed, column by column; they find the same."""
    times, values = case.data()
    ours = sb.residuals(sp.Eq(y, case.model), PARAMS, {t: times, y: values})
    given = {"xdata": times, "ydata": values}
    ways = [
        ours.curve_fit,
        {**given, "f": case.curve},
        {**given, "f": case.curve, "jac": case.jacobian},
        {**given, **lambdified(case)},
    ]
    made = [lambda way=way: curve_fit(p0=case.start, method=method, **way) for way in ways]
    found = [one()[0] for one in made]
    for one in found:
        np.testing.assert_allclose(one, found[0], rtol=1e-4)
    return made


def milliseconds(timed: Sequence[Callable[[], Any]], turns: int) -> list[float]:
    """The shortest time of each, called in turns."""
    best = [float("inf")] * len(timed)
    for _ in range(turns):
        for place, one in enumerate(timed):
            start = perf_counter()
            one()
            best[place] = min(best[place], perf_counter() - start)
    return [1e3 * seconds for seconds in best]


def row(case: Case, method: str, turns: int) -> str:
    ours, *others = milliseconds(fits(case, method), turns)
    return f"| {case.name} | {method} | {ours:.2f} | {' | '.join(f'{ours / one:.2f}' for one in others)} |"


def main() -> None:
    """Measure, and print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--turns", type=int, default=100)
    given = parser.parse_args()
    np.ones(
        4_000_000
    )  # once a large array is freed, glibc keeps small ones: to fetch them anew costs a tenth, by chance
    print(
        "| model | method | ours ms | / without a Jacobian | / by hand | / `lambdify` |\n|---|---|---:|---:|---:|---:|"
    )
    for case in CASES.values():
        for method in ("lm", "trf"):
            print(row(case, method, given.turns), flush=True)


if __name__ == "__main__":
    main()
