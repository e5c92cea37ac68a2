"""What one call on plain numbers takes: ours, and `sympy.lambdify(cse=True)` with math and with NumPy, of the same.

    OPENBLAS_NUM_THREADS=1 OMP_NUM_THREADS=1 taskset -c 1 python -m tests.benchmarks.calls [--only hill] [--turns 200]

Value and all first derivatives, at one point. The functions of a row are called in turns, so that whatever else the
machine does meets all of them; a time is the shortest of all turns, in microseconds. Ours is called by position, by
name, on whole numbers, as f(vector) of a list and of an array; `unchecked` is the generated code alone, which neither
looks at its arguments nor knows of NumPy. The table is that of docs/speed.md; SymPy takes minutes for a row.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from timeit import Timer
from typing import Any

import numpy as np
import sympy as sp

import symbackprop as sb
from symbackprop.codegen.targets.numpy.compiled_functions import executed
from symbackprop.codegen.targets.plain.float_programs import ON_FLOATS, FloatProgram
from symbackprop.codegen.targets.plain.scalar_helpers import OWN

from ..derivation.jacobian_support import arm
from ..physics import pendulum_energy

Function = Callable[..., Any]

COLUMNS = ("ours", "lambdify, math", "lambdify, NumPy", "unchecked", "by name", "whole numbers", "f(list)", "f(array)")


@dataclass
class Case:
    """A function of numbers with its derivatives.

    args: what it takes, in order. exprs: what SymPy's returns. ours: makes ours, of `args` as `compile` has them.
    """

    name: str
    args: Sequence[Any]
    exprs: Callable[[], Any]
    ours: Callable[[Any], Any]

    def point(self) -> list[float]:
        """Values of the arguments, between 0.1 and 0.9."""
        drawn: list[float] = np.random.default_rng(2).uniform(0.1, 0.9, len(self.args)).tolist()
        return drawn


def others_of(exprs: Sequence[Any], wrt: Sequence[Any]) -> list[Any]:
    """What else the expressions contain, in the order in which ours takes them."""
    return sorted(set().union(*(one.free_symbols for one in exprs)) - {*wrt}, key=str)


def gradient(name: str, value: Any, wrt: Sequence[Any]) -> Case:
    derived = sb.derive(value, wrt)
    args = [*wrt, *others_of([value], wrt)]
    exprs: Callable[[], Any] = lambda: [value, *(value.diff(one) for one in wrt)]  # noqa: E731
    return Case(name, args, exprs, lambda args: derived.compile(args=args))


def hill() -> Case:
    x, top, half, n = sp.symbols("x top half n", positive=True)
    return gradient("Hill curve, 4 arguments", top * x**n / (half**n + x**n), [x, top, half, n])


def black_scholes() -> Case:
    S, K, r, v, T = sp.symbols("S K r v T", positive=True)
    d1 = (sp.log(S / K) + (r + v**2 / 2) * T) / (v * sp.sqrt(T))
    below, last = ((1 + sp.erf(d / sp.sqrt(2))) / 2 for d in (d1, d1 - v * sp.sqrt(T)))
    return gradient("Black-Scholes call, 5", S * below - K * sp.exp(-r * T) * last, [S, K, r, v, T])


def chain() -> Case:
    xs = sp.symbols("x1:51", real=True)
    terms = (100 * (b - a**2) ** 2 + (1 - a) ** 2 for a, b in pairwise(xs))
    return gradient("chain of 50 (Rosenbrock), 50", sp.Add(*terms), xs)


def pendulum() -> Case:
    return gradient("energy of a 40-link pendulum, 161", *pendulum_energy(40))


def arm_jacobian() -> Case:
    exprs, wrt = arm()
    derived = sb.jacobian(exprs, wrt)
    args = [*wrt, *others_of(exprs, wrt)]
    matrix: Callable[[], Any] = lambda: sp.Matrix(exprs).jacobian(wrt)  # noqa: E731
    return Case("7-joint arm, 12 x 7 Jacobian, 21", args, matrix, lambda args: derived.compile(args=args))


CASES = {"hill": hill, "black-scholes": black_scholes, "chain": chain, "arm": arm_jacobian, "pendulum": pendulum}


class Unchecked(FloatProgram):
    """The generated code of floats alone."""

    def _checks(self) -> list[str]:
        return []


def unchecked(ours: Any) -> Function:
    """The code that a function of ours runs, without the check of its arguments."""
    source = ours._program.__self__
    made: Function = executed(Unchecked(source, *source.returned()).text, ON_FLOATS, OWN)
    return made


def sympys(case: Case) -> list[Function]:
    """SymPy's, with math and with NumPy; with math a matrix is a list of its entries."""
    exprs = case.exprs()
    listed = list(exprs) if isinstance(exprs, sp.MatrixBase) else exprs
    return [sp.lambdify(case.args, of, module, cse=True) for of, module in ((listed, "math"), (exprs, "numpy"))]


def calls(case: Case) -> list[Timer]:
    """What is called, column by column; what they return is held against each other."""
    point = case.point()
    ours, of_vector, (with_math, with_numpy) = case.ours(None), case.ours([case.args]), sympys(case)
    wanted = flat(with_numpy(*point))
    for found in (ours(*point), with_math(*point), of_vector(point), of_vector(np.array(point))):
        np.testing.assert_allclose(flat(found), wanted, rtol=1e-9, atol=1e-12)
    listed = ", ".join(map(repr, point))
    named = ", ".join(f"{name}={value!r}" for name, value in zip(ours.arguments, point, strict=True))
    made = [(function, listed) for function in (ours, with_math, with_numpy, unchecked(ours))]
    made += [(ours, named), (ours, ", ".join("1" * len(point))), (of_vector, f"[{listed}]"), (of_vector, "array")]
    return [Timer(f"f({given})", globals={"f": function, "array": np.array(point)}) for function, given in made]


def flat(result: Any) -> list[float]:
    """All numbers of a result, in order."""
    if isinstance(result, dict):
        result = list(result.values())
    if isinstance(result, list | tuple):
        return [number for part in result for number in flat(part)]
    found: list[float] = np.ravel(np.asarray(result, float)).tolist()
    return found


def microseconds(timers: Sequence[Timer], turns: int) -> list[float]:
    """The shortest time of each, called in turns."""
    numbers = [max(1, round(2e-4 / max(timer.timeit(5) / 5, 1e-7))) for timer in timers]
    best = [float("inf")] * len(timers)
    for _ in range(turns):
        for place, (timer, number) in enumerate(zip(timers, numbers, strict=True)):
            best[place] = min(best[place], timer.timeit(number) / number)
    return [seconds * 1e6 for seconds in best]


def row(case: Case, turns: int) -> str:
    ours, with_math, with_numpy, *rest = microseconds(calls(case), turns)
    ratios = [f"{ours / with_math:.2f}", f"{ours / with_numpy:.2f}"]
    times = [f"{time:.2f}" if time < 10 else f"{time:.0f}" for time in (ours, with_math, with_numpy)]
    return f"| {' | '.join([case.name, *times, *ratios, *(f'{time / ours:.2f}' for time in rest)])} |"


def main() -> None:
    """Measure, and print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--turns", type=int, default=200)
    parser.add_argument("--only", choices=CASES)
    given = parser.parse_args()
    heads = ["value and derivatives", *(f"{name} us" for name in COLUMNS[:3]), "/ math", "/ NumPy", *COLUMNS[3:]]
    print(f"| {' | '.join(heads)} |\n|---|{'---:|' * (len(heads) - 1)}")
    for name in [given.only] if given.only else CASES:
        print(row(CASES[name](), given.turns), flush=True)


if __name__ == "__main__":
    main()
