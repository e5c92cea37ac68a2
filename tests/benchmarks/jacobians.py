"""What Jacobians, Hessians and derivatives of higher order take, by order of elimination, and beside CasADi and SymPy.

    pip install ".[bench]"
    OPENBLAS_NUM_THREADS=1 OMP_NUM_THREADS=1 taskset -c 1 python -m tests.benchmarks.jacobians [--turns 7] [--sympy]

Each has the expression in its own symbols at the start and the derivatives as its own graph at the end; the best of
several turns, taking turns in one process. Operations are those of values and all derivatives, by the rule of
`symbackprop.cost`, as written: without stable forms. CasADi's are the instructions of its function, inputs and outputs
left out. --sympy: `diff` and `cse` as well, which take minutes.
"""

from __future__ import annotations

import argparse
import gc
import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations_with_replacement
from time import perf_counter
from typing import Any

import casadi as ca
import sympy as sp
from sympy.core.cache import clear_cache

from symbackprop import cost
from symbackprop.derivation import derivatives, jacobian
from symbackprop.derivation.lowered_equations import Care, lowered
from symbackprop.graph import Graph
from symbackprop.lowering import Lowering

from ..derivation.bicycle_support import bicycle
from ..derivation.jacobian_support import arm, banded, pbe, ring

CASADI = {name: getattr(ca, name) for name in ("sin", "cos", "tan", "exp", "log", "sqrt")}
FREE = {ca.OP_INPUT, ca.OP_OUTPUT, ca.OP_PARAMETER, ca.OP_CONST}


@dataclass
class Case:
    """Expressions, what they are differentiated by, and how often: once for a Jacobian, else one expression."""

    name: str
    exprs: Sequence[Any]
    wrt: Sequence[Any]
    order: int = 1

    def ours(self) -> Any:
        """The derivatives, from the expressions on."""
        names = [sp.Symbol(f"out{place}") for place in range(len(self.exprs))]
        lowering, places = lowered(list(zip(names, self.exprs, strict=True)), self.wrt, Care(stable=False))
        outputs = [lowering.quantities[name] for name in names]
        if len(outputs) > 1:
            return jacobian(lowering.graph, outputs, places)
        return derivatives(lowering.graph, outputs[0], places, self.order)

    def casadis(self) -> Callable[[], Any] | None:
        """What makes the same with CasADi, of an expression of its own."""
        if self.order > 2:
            return None
        data = sorted(set().union(*(one.free_symbols for one in self.exprs)) - set(self.wrt), key=str)
        x, given = ca.SX.sym("x", len(self.wrt)), [ca.SX.sym(str(symbol)) for symbol in data]
        function = sp.lambdify([*self.wrt, *data], list(self.exprs), [CASADI, "math"], cse=True)
        value = ca.vertcat(*function(*ca.vertsplit(x), *given))
        derive = self._hessian if self.order == 2 else lambda value, x: [ca.jacobian(value, x)]
        return lambda: ca.Function("f", [x, *given], [value, *derive(value, x)])

    @staticmethod
    def _hessian(value: Any, x: Any) -> list[Any]:
        hessian, gradient = ca.hessian(value, x)
        return [gradient, ca.tril(hessian)]

    def sympys(self) -> tuple[float, int]:
        """Seconds of `diff` and `cse`, and the operations that are left."""
        clear_cache()
        start = perf_counter()
        found = list(self.exprs)
        if len(self.exprs) > 1:
            found += [sp.diff(one, symbol) for one in self.exprs for symbol in self.wrt]
        for order in range(1, self.order + 1 if len(self.exprs) == 1 else 1):
            found += [sp.diff(self.exprs[0], *by) for by in combinations_with_replacement(self.wrt, order)]
        replacements, ends = sp.cse(found)
        seconds = perf_counter() - start
        lowering = Lowering(Graph())
        lowering.equations(replacements)
        nodes = [lowering.expression(end) for end in ends]
        return seconds, cost.counted(lowering.graph, nodes).total()


def cases() -> Iterator[Case]:
    """The rows of the table."""
    value, variables = ring(50)
    yield Case("Hessian of 50 variables in a ring", [value], variables, 2)
    yield Case("12 x 7, pose of an arm", *arm())
    yield Case("6 x 10, Whipple bicycle", *bicycle())
    energy, densities = pbe()
    for order, name in ((2, "second"), (3, "third"), (4, "fourth")):
        yield Case(f"PBE correlation, up to {name} order", [energy], densities, order)
    yield Case("10000 x 160, banded", *banded(10_000, 160))


def timed(works: Sequence[Callable[[], Any]], turns: int) -> list[float]:
    """The best time of each, taking turns."""
    best = [math.inf] * len(works)
    for _ in range(turns):
        for place, work in enumerate(works):
            gc.collect()
            gc.disable()
            start = perf_counter()
            work()
            best[place] = min(best[place], perf_counter() - start)
            gc.enable()
    return best


def instructions(function: Any) -> int:
    """What CasADi's function computes."""
    return sum(function.instruction_id(place) not in FREE for place in range(function.n_instructions()))


def main() -> None:
    """Measure, and print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--turns", type=int, default=7)
    parser.add_argument("--sympy", action="store_true")
    given = parser.parse_args()
    print(f"{'':36}{'ms':>9}{'operations':>12}  by order; beside CasADi: time, its ms, its instructions")
    for case in cases():
        casadis = case.casadis()
        seconds, *theirs = timed([case.ours, *([] if casadis is None else [casadis])], given.turns)
        found = case.ours()
        last = found.steps[-1] if case.order > 1 else found
        beside = ""
        if casadis is not None:
            beside = f"; {seconds / theirs[0]:.2f}, {theirs[0] * 1e3:.1f}, {instructions(casadis())}"
        counts = ", ".join(f"{order} {count}" for order, count in last.counts.items())
        print(f"{case.name:36}{seconds * 1e3:9.1f}{last.operations:12}  {counts}{beside}", flush=True)
        if given.sympy:
            print("{:36}{:9.1f}{:12}  SymPy's diff and cse".format("", *_in_milliseconds(*case.sympys())), flush=True)


def _in_milliseconds(seconds: float, count: int) -> tuple[float, int]:
    return seconds * 1e3, count


if __name__ == "__main__":
    main()
