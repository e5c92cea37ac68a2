"""What a derivation costs beside CasADi and SymPy, as ratios from one run on one machine.

    pip install ".[bench]"
    OPENBLAS_NUM_THREADS=1 OMP_NUM_THREADS=1 taskset -c 1 python tests/benchmarks/derivation.py

Each time is the best of several turns, the libraries taking turns in one process. SymPy's own way takes about a
minute; --quick leaves it out.
"""

from __future__ import annotations

import argparse
import gc
from collections.abc import Callable, Iterator
from time import perf_counter
from typing import Any

import casadi as ca
import sympy as sp
from rich.console import Console
from rich.table import Table

import symbackprop as sb

CONSOLE = Console(width=100)
NETS = ((3, 3), (2, 3, 1), (4, 8, 3), (8, 8, 8, 1), (3,) * 7, (3,) * 17, (3,) * 129)


def tanh_net(widths: tuple[int, ...]) -> sb.Network:
    """A tanh network with half the sum of squared errors: what CasADi is given as well."""
    return sb.Network(widths, hidden="tanh", output="tanh", loss="half_sse")


def casadi_net(widths: tuple[int, ...]) -> tuple[Any, Any, Any]:
    """The same network in CasADi's SX: (loss, parameters, data)."""
    values = inputs = [ca.SX.sym(f"x{i}") for i in range(widths[0])]
    parameters = []
    for units in widths[1:]:
        layer = [([ca.SX.sym("w") for _ in values], ca.SX.sym("b")) for _ in range(units)]
        parameters += [symbol for weights, bias in layer for symbol in (*weights, bias)]
        values = [ca.tanh(sum((w * a for w, a in zip(ws, values, strict=True)), b)) for ws, b in layer]
    targets = [ca.SX.sym(f"y{i}") for i in range(widths[-1])]
    loss = sum((a - y) ** 2 for a, y in zip(values, targets, strict=True)) / 2
    return loss, ca.vertcat(*parameters), ca.vertcat(*inputs, *targets)


def casadi_function(loss: Any, parameters: Any, data: Any) -> Any:
    """CasADi's gradient, and the Function that evaluates it with the loss."""
    return ca.Function("f", [parameters, data], [loss, ca.gradient(loss, parameters)])


def casadi_operations(function: Any) -> int:
    """Instructions that compute: not those that read inputs and constants or write outputs."""
    idle = (ca.OP_INPUT, ca.OP_OUTPUT, ca.OP_CONST)
    return sum(function.instruction_id(i) not in idle for i in range(function.n_instructions()))


def taking_turns(*works: Callable[[], Any], turns: int = 25) -> list[float]:
    """The best time of each, in seconds, with the collector off as in `timeit`; freeing happens between the turns."""
    best = [float("inf")] * len(works)
    for _ in range(turns):
        for position, work in enumerate(works):
            gc.collect()
            gc.disable()
            start = perf_counter()
            made = work()
            best[position] = min(best[position], perf_counter() - start)
            gc.enable()
            del made
    return best


def beside_casadi() -> Iterator[Table]:
    """Time and operations of derive, on the same nets as CasADi's gradient + Function."""
    table = Table("net", "derive ms", "CasADi ms", "time ratio", "operations", "CasADi's", "/ forward", "<= 4")
    for widths in NETS:
        net, loss = tanh_net(widths), casadi_net(widths)
        equations, parameters = net.equations, net.parameters
        ours, theirs = taking_turns(
            lambda e=equations, p=parameters: sb.derive(e, p), lambda c=loss: casadi_function(*c)
        )
        cost = sb.derive(net).cost
        name = "-".join(map(str, widths)) if len(widths) < 8 else f"3 wide, {len(widths) - 1} deep"
        times = (f"{ours * 1e3:.2f}", f"{theirs * 1e3:.2f}", f"{ours / theirs:.2f}")
        counts = (str(cost.total), str(casadi_operations(casadi_function(*loss))), f"{cost.total / cost.forward:.2f}")
        table.add_row(name, *times, *counts, "yes" if cost.total <= 4 * cost.forward else "NO")
    yield table


def in_depth() -> Iterator[Table]:
    """Time for each equation of a chain, and for each distinct node where everything is used twice."""
    table = Table("expression", "ms", "microseconds for each")
    x, w = sp.symbols("x w", real=True)
    for length in (1000, 2000, 5000, 10000):
        names = sp.symbols(f"e1:{length + 1}", real=True)
        chain = [(name, sp.sin(w * below)) for name, below in zip(names, (x, *names), strict=False)]
        (seconds,) = taking_turns(lambda c=chain: sb.derive(c, [w]), turns=5)
        table.add_row(f"{length} equations e = sin(w*e)", f"{seconds * 1e3:.1f}", f"{seconds / length * 1e6:.2f}")
    for nested in (15, 30, 60):
        value = x
        for _ in range(nested):
            value = sp.sin(value) * sp.cos(value)
        (seconds,) = taking_turns(lambda e=value: sb.derive(e, [x]), turns=5)
        table.add_row(f"e = sin(e)*cos(e) {nested} times", f"{seconds * 1e3:.2f}", f"{seconds / nested * 1e6:.2f}")
    yield table


def beside_sympy() -> Iterator[Table]:
    """derive + compile of the 3-wide 6-deep net beside diff for each parameter + lambdify(cse=True)."""
    net = tanh_net((3,) * 7)
    loss, symbols = net.loss, [*net.parameters, *net.inputs, *net.targets]
    (ours,) = taking_turns(lambda: sb.derive(net).compile(), turns=10)
    start = perf_counter()
    gradients = [sp.diff(loss, symbol) for symbol in net.parameters]
    middle = perf_counter()
    sp.lambdify(symbols, [loss, *gradients], cse=True)
    end = perf_counter()
    table = Table("3 wide, 6 deep, 72 parameters", "seconds", "ratio")
    table.add_row("derive + compile", f"{ours:.4f}", "1")
    table.add_row("sympy.diff for each parameter", f"{middle - start:.1f}", f"{(middle - start) / ours:.0f}")
    table.add_row("  + lambdify(cse=True)", f"{end - start:.1f}", f"{(end - start) / ours:.0f}")
    yield table


def main() -> None:
    """Print every table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="leave SymPy's own way out")
    options = parser.parse_args()
    for part in (beside_casadi, in_depth, *(() if options.quick else (beside_sympy,))):
        CONSOLE.print(f"\n{part.__doc__.splitlines()[0]}")
        for table in part():
            CONSOLE.print(table)


if __name__ == "__main__":
    main()
