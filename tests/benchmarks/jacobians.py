"""What Jacobians, Hessians and derivatives of higher order take: operations and times, beside CasADi and SymPy.

    pip install ".[bench]"
    OPENBLAS_NUM_THREADS=1 OMP_NUM_THREADS=1 taskset -c 1 python -m tests.benchmarks.jacobians [--turns 5] [--sympy]

Operations are those of values and all derivatives by the rule of `symbackprop.cost`, as the doors give them, without
stable forms and accurate derivatives, and beside them with both. CasADi's are the instructions of its function, inputs
and outputs left out; of a Hessian it has the lower triangle, with value and gradient. Each has the expression in its
own symbols at the start; `derive` ends with the derivatives on one graph, `callable` with a function. Times are
of the processor, the best of several turns, taking turns in one process. --sympy: `diff` and `cse` as well, once, whose
result is counted by the same rule, where that takes minutes at most.
"""

from __future__ import annotations

import argparse
import gc
import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations_with_replacement
from time import process_time
from typing import Any

import sympy as sp
from rich.console import Console
from rich.table import Table
from sympy.core.cache import clear_cache

import symbackprop as sb
from symbackprop import cost
from symbackprop.derivation.shared_parts import shared
from symbackprop.graph import Graph
from symbackprop.lowering import Lowering

from .. import physics
from ..derivation.bicycle_support import bicycle
from ..derivation.jacobian_support import arm, banded, pbe, ring

try:
    import casadi as ca
except ImportError:
    ca = None

LINKS = (2, 3, 5)
FUNCTIONS = ("sin", "cos", "tan", "exp", "log", "sqrt", "asinh")


@dataclass
class Case:
    """Expressions, what they are differentiated by, how often, and how many operations were asked for.

    Of order 0 they are computed as they are.
    """

    name: str
    exprs: Sequence[Any]
    wrt: Sequence[Any]
    order: int = 1
    asked: str = ""
    by_sympy: bool = True
    by_casadi: bool = True

    def derived(self, **care: Any) -> Any:
        """The derivatives, by the door for them."""
        if self.order > 1:
            return (sb.hessian if self.order == 2 else _derivatives(self.order))(self.exprs[0], self.wrt, **care)
        if len(self.exprs) == 1:
            return sb.derive(self.exprs[0], self.wrt, **care)
        return sb.jacobian(self.exprs, self.wrt, **care)

    def operations(self, **care: Any) -> int:
        """Of all that is asked for."""
        return _total(self.derived(**care)) if self.order else counted(self.exprs, shares=True)

    # --- the others ---

    def casadis(self) -> Callable[[], Any] | None:
        """What makes the same with CasADi, of an expression of its own."""
        if ca is None or not self.by_casadi or self.order not in (1, 2):
            return None
        data = sorted(set().union(*(one.free_symbols for one in self.exprs)) - set(self.wrt), key=str)
        x, given = ca.SX.sym("x", len(self.wrt)), [ca.SX.sym(str(symbol)) for symbol in data]
        modules = [{name: getattr(ca, name) for name in FUNCTIONS} | {"Abs": ca.fabs}, "math"]
        function = sp.lambdify([*self.wrt, *data], list(self.exprs), modules, cse=True)
        value = ca.vertcat(*function(*ca.vertsplit(x), *given))
        derive = _casadis_hessian if self.order == 2 else lambda value, x: [ca.jacobian(value, x)]
        return lambda: ca.Function("f", [x, *given], [value, *derive(value, x)])

    def sympys(self) -> tuple[float, int]:
        """Seconds of `diff` and `cse`, and the operations that are left."""
        clear_cache()
        start = process_time()
        found = list(self.exprs)
        for order in range(1, self.order + 1):
            found += [sp.diff(one, *by) for one in self.exprs for by in combinations_with_replacement(self.wrt, order)]
        replacements, ends = sp.cse(found)
        return process_time() - start, counted(ends, replacements)


def _total(derived: Any) -> int:
    """The operations; `cost` would make all orders of elimination, to count them."""
    found = derived.sweep.operations
    return int(found if isinstance(found, int) else found.total())


def _derivatives(order: int) -> Callable[..., Any]:
    return lambda expression, wrt, **care: sb.derivatives(expression, wrt, order, **care)


def _casadis_hessian(value: Any, x: Any) -> list[Any]:
    hessian, gradient = ca.hessian(value, x)
    return [gradient, ca.tril(hessian)]


def counted(expressions: Any, equations: Any = (), shares: bool = False) -> int:
    """The operations of expressions, as they are or after their sums and products share their parts."""
    lowering = Lowering(Graph())
    lowering.equations(equations)
    roots = [lowering.expression(one) for one in expressions]
    moved = shared(lowering.graph, roots) if shares else {}
    return int(cost.counted(lowering.graph, [moved.get(root, root) for root in roots]).total())


def cases() -> Iterator[Case]:
    """The rows of the table."""
    value, variables = ring(50)
    yield Case("Hessian of 50 variables in a ring", [value], variables, 2, "<= 7,500")
    yield Case("12 x 7, pose of an arm of 7 joints", *arm(), asked="<= 705")
    yield Case("6 x 10, Whipple bicycle", *bicycle(), asked="15 % below")
    for links in LINKS:
        yield Case(f"{links}-link pendulum, right-hand sides", physics.pendulum_right_sides(links), [], 0, "<= SymPy's")
    energy, symbols = physics.pendulum_energy(40)
    yield Case("40-link pendulum, 160 derivatives", [energy], symbols, asked="<= 2,000", by_sympy=False)
    energy, densities = pbe()
    yield Case("PBE correlation, order 2", [energy], densities, 2, "<= 1,900")
    for order, asked in ((3, "< 1 s"), (4, "reported")):
        yield Case(f"PBE correlation, order {order}", [energy], densities, order, asked, by_sympy=False)
    for name in ("B88", "LYP", "PW92", "SCAN exchange"):
        energy, densities = physics.FUNCTIONALS[name]()
        yield Case(f"{name}, order 2", [energy], densities, 2, "<= SymPy's")
    yield Case("10,000 x 160, banded", *banded(10_000, 160), asked="2 x CasADi", by_sympy=False)


def timed(works: Sequence[Callable[[], Any]], turns: int) -> list[float]:
    """The best time of each, taking turns."""
    best = [math.inf] * len(works)
    for _ in range(turns):
        for place, work in enumerate(works):
            gc.collect()
            gc.disable()
            start = process_time()
            work()
            best[place] = min(best[place], process_time() - start)
            gc.enable()
    return best


def instructions(function: Any) -> int:
    """What CasADi's function computes."""
    free = {ca.OP_INPUT, ca.OP_OUTPUT, ca.OP_PARAMETER, ca.OP_CONST}
    return sum(function.instruction_id(place) not in free for place in range(function.n_instructions()))


def row(case: Case, turns: int, by_sympy: bool) -> list[str]:
    """What a case takes, by column."""
    as_written = {"stable": False, "accurate": False}
    count, stable = case.operations(**as_written), case.operations() if case.order else None
    sympys = _sympys(case) if by_sympy and case.by_sympy else ["-", "-"]
    if not case.order:
        return [case.name, _shown(count), case.asked, "-", "", "-", *sympys, *["-"] * 4]
    casadis = case.casadis()
    works = [lambda: case.derived(**as_written).sweep.graph, lambda: case.derived(**as_written).compile()]
    derive, ready, *theirs = timed([*works, *([] if casadis is None else [casadis])], turns)
    beside = ["-"] * 2 if casadis is None else [_shown(instructions(casadis())), f"{derive / theirs[0]:.1f}"]
    orders = _orders(case.derived(**as_written).cost)
    times = [f"{derive * 1e3:.0f}", f"{ready * 1e3:.0f}"]
    return [case.name, _shown(count), case.asked, _shown(stable), orders, beside[0], *sympys, *times, beside[1]]


def _orders(found: Any) -> str:
    """The counts of the orders of elimination, where there are some, before anything is made tidy."""
    return ", ".join(f"{order[0]} {_shown(count)}" for order, count in getattr(found, "counts", {}).items())


def _sympys(case: Case) -> list[str]:
    seconds, count = case.sympys()
    return [_shown(count), f"{seconds:.1f}"]


def _shown(count: int | None) -> str:
    return "-" if count is None else f"{count:,}"


HEADS = ("", "operations", "asked", "stable", "by order", "CasADi's", "SymPy's", "its s", "derive ms", "callable ms")


def main() -> None:
    """Measure, and print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--turns", type=int, default=5)
    parser.add_argument("--sympy", action="store_true")
    given = parser.parse_args()
    table = Table(*HEADS, "/ CasADi", box=None)
    for case in cases():
        table.add_row(*row(case, given.turns, given.sympy))
    Console(width=190).print(table)
    print("by order: e eliminated, r reverse, f forward, before what they leave is made tidy")


if __name__ == "__main__":
    main()
