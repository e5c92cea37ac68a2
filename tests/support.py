"""Shared helpers of the tests: oracles that share no code with the library they judge.

Three of them: `evaluated` computes a SymPy expression with SymPy's `evalf`; `computed` computes nodes of a graph, in
mpmath or in floats; `loss_value` computes a network's loss from its textbook definition, without SymPy or graph.
"""

from __future__ import annotations

import ast
import functools
import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import mpmath as mp
import numpy as np
import pytest
import sympy as sp
from hypothesis import HealthCheck, settings

from .operations import FLOATS, OPERATIONS, precise

ROOT = Path(__file__).resolve().parents[1]

WORKING = 70
"""Digits that the oracles compute with."""

DIGITS = 40
"""Digits that have to agree."""


def deterministic(examples: int) -> settings:
    """Hypothesis settings that give the same examples on every run, and set no clock.

    Of every hundred examples as many are tried as the profile says that tests/conftest.py chose.
    """
    return settings(
        max_examples=max(1, examples * settings().max_examples // 100),
        derandomize=True,
        deadline=None,
        database=None,
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
    )


def slow_unless(fast: Callable[..., bool]) -> Any:
    """Mark the rows of a table of tests slow, but those that `fast` is true of; it is asked by parameters' names."""
    return pytest.mark.slow_unless.with_args(fast)


def one_of_each(hidden: str, loss: str) -> bool:
    """Of a table of activations and losses: a row for each of both."""
    return hidden == "tanh" or loss == "half_sse"


def shown_as(value: Any, length: int = 60) -> str:
    """The id of a test by what it is given, the same in every process: without addresses in memory."""
    return re.sub(r" at 0x\w+", "", str(value))[:length]


def high_precision(test: Callable[..., None]) -> Callable[..., None]:
    """Run a test with mpmath at `WORKING` digits."""

    @functools.wraps(test)
    def run(*args: Any, **kwargs: Any) -> None:
        with mp.workdps(WORKING):
            test(*args, **kwargs)

    return run


# --- comparing ---


def close(found: Any, expected: Any, digits: int = DIGITS) -> bool:
    """Whether two numbers agree to so many digits (after the point where they are below 1)."""
    with mp.workdps(WORKING):
        return bool(abs(found - expected) <= mp.mpf(10) ** -digits * max(1, abs(expected)))


def check_close(found: Any, expected: Any, digits: int = DIGITS, what: Any = "") -> None:
    """Fail with both numbers if they do not agree."""
    assert close(found, expected, digits), f"{what}: found {mp.nstr(found, 30)}, expected {mp.nstr(expected, 30)}"


# --- SymPy expressions, by evalf ---


def evaluated(expression: Any, values: Mapping[sp.Symbol, Any], digits: int = WORKING) -> Any:
    """The mpmath number of a SymPy expression, each distinct part computed once; a branch not taken is not computed."""
    memo: dict[Any, Any] = {}

    def number(part: Any) -> Any:
        if part not in memo:
            memo[part] = compute(part)
        return memo[part]

    def compute(part: Any) -> Any:
        if part.is_Symbol:
            return values[part]
        if isinstance(part, sp.Piecewise):
            return next((number(value) for value, condition in part.args if number(condition) == sp.true), sp.nan)
        if isinstance(part, sp.UnevaluatedExpr):  # which evalf does not look into
            return number(part.args[0])
        result = part.func(*map(number, part.args)) if part.args else part
        rounded = part.args and isinstance(result, sp.Expr) and not isinstance(part, sp.Max | sp.Min)
        return result.evalf(digits) if rounded else result  # the largest of some numbers is one of them, to the digit

    with mp.workdps(digits):
        return number(expression).evalf(digits)._to_mpmath(mp.mp.prec)


def as_sympy(value: Any) -> sp.Expr:
    """An mpmath number as a SymPy Float of the working precision."""
    return sp.Float(value, WORKING)


def rationals(symbols: Iterable[Any], seed: int, low: int = -12, high: int = 12) -> dict[Any, sp.Rational]:
    """A random rational number for each symbol, none of them 0 and none of them on a kink."""
    random = np.random.default_rng(seed)
    return {symbol: sp.Rational(8 * int(random.integers(low, high)) + 3, 83) for symbol in symbols}


def sample_of(net: Any, seed: int) -> dict[Any, sp.Rational]:
    """A random rational number for every parameter, input and target of a network.

    The targets lie between 0 and 1; those of a cross-entropy sum to 1, as a distribution does.
    """
    values = rationals([*net.parameters, *net.inputs], seed)
    shares = [abs(value) for value in rationals(net.targets, seed + 1).values()]
    total = sum(shares) if net.loss_name == "cross_entropy" else 2
    return values | {symbol: share / total for symbol, share in zip(net.targets, shares, strict=True)}


def by_name(values: Mapping[Any, Any]) -> dict[str, Any]:
    """Exact numbers by the names of their symbols, for mpmath."""
    return {symbol.name: precise(value) for symbol, value in values.items()}


# --- nodes of a graph ---


def computed(
    graph: Any, roots: Sequence[int], values: Mapping[Any, Any], table: Mapping[str, Callable[..., Any]]
) -> list[Any]:
    """The numbers of some nodes; like generated code, it does not compute a branch that is not taken."""
    done: dict[int, Any] = {}
    stack = list(roots)
    while stack:
        op, *args = graph.keys[stack[-1]]
        needed = _needed(op, args, done)
        waiting = [arg for arg in needed if arg not in done]
        stack.extend(waiting)
        if not waiting:
            done[stack.pop()] = _result(op, args, done, values, table)
    return [done[root] for root in roots]


def _needed(op: Any, args: list[Any], done: Mapping[int, Any]) -> list[Any]:
    if op.leaf:
        return []
    if op.name != "select":
        return args
    condition = args[0]
    return [condition] if condition not in done else [args[1 if done[condition] else 2]]


def _result(op: Any, args: list[Any], done: Mapping[int, Any], values: Any, table: Any) -> Any:
    if op.name == "symbol":
        return values[args[0]]
    if op.leaf:
        return table[op.name](args[0])
    if op.name == "select":
        return done[args[1 if done[args[0]] else 2]]
    return table[op.name](*(done[arg] for arg in args))


def in_floats(graph: Any, roots: Sequence[int], values: Mapping[Any, float]) -> list[float]:
    """Nodes in floats, as generated code would compute them; overflow gives inf and says nothing."""
    with np.errstate(all="ignore"):
        values = {symbol: np.float64(value) for symbol, value in values.items()}
        return [float(value) for value in computed(graph, roots, values, FLOATS)]


# --- networks from their textbook definitions ---

ACTIVATION_VALUES: dict[str, Callable[[Any], Any]] = {
    **{name: OPERATIONS[name].exact for name in ("tanh", "sigmoid", "relu", "softplus")},
    "identity": lambda z: z,
    "leaky_relu": lambda z: z if z > 0 else z / 100,
    "elu": lambda z: z if z > 0 else mp.exp(z) - 1,
    "silu": lambda z: z / (1 + mp.exp(-z)),
    "gelu": lambda z: z * (1 + mp.erf(z / mp.sqrt(2))) / 2,
    "softsign": lambda z: z / (1 + abs(z)),
}

SMOOTH_ACTIVATIONS = ("identity", "tanh", "sigmoid", "softplus", "silu", "gelu")


def softmax_values(zs: Sequence[Any]) -> list[Any]:
    """The exponentials over their sum."""
    return [mp.exp(z) / mp.fsum(map(mp.exp, zs)) for z in zs]


def _huber(error: Any) -> Any:
    return error**2 / 2 if abs(error) <= 1 else abs(error) - mp.mpf(1) / 2


def _mean(terms: Iterable[Any]) -> Any:
    terms = list(terms)
    return mp.fsum(terms) / len(terms)


LOSS_VALUES: dict[str, Callable[[Any, Any], Any]] = {
    "half_sse": lambda a, y: mp.fsum((p - t) ** 2 for p, t in zip(a, y, strict=True)) / 2,
    "mse": lambda a, y: _mean((p - t) ** 2 for p, t in zip(a, y, strict=True)),
    "mae": lambda a, y: _mean(abs(p - t) for p, t in zip(a, y, strict=True)),
    "huber": lambda a, y: _mean(_huber(p - t) for p, t in zip(a, y, strict=True)),
    "bce": lambda a, y: _mean(-t * mp.log(p) - (1 - t) * mp.log(1 - p) for p, t in zip(a, y, strict=True)),
    "cross_entropy": lambda a, y: -mp.fsum(t * mp.log(p) for p, t in zip(a, y, strict=True)),
}

OUTPUTS = {"bce": ("sigmoid",), "cross_entropy": ("softmax",)}
"""The output activations that a loss takes, where it does not take every one."""


def outputs_of(loss: str) -> tuple[str, ...]:
    """The output activations that go with a loss."""
    return OUTPUTS.get(loss, (*ACTIVATION_VALUES, "softmax"))


def output_for(loss: str, otherwise: str) -> str:
    """The output activation of a network with that loss: the one that it must be, or another one's name."""
    return OUTPUTS[loss][0] if loss in OUTPUTS else otherwise


def loss_value(net: Any, values: Mapping[str, Any]) -> Any:
    """The loss of a network at numbers given by name, in mpmath, from the definitions alone."""
    layers = list(zip(net.widths, net.widths[1:], strict=False))
    below = [values[f"x{i}"] for i in range(1, net.widths[0] + 1)]
    for number, (fan_in, units) in enumerate(layers, start=1):
        sums = [
            mp.fsum(values[f"w{number}_{i}_{j}"] * below[j - 1] for j in range(1, fan_in + 1))
            + values[f"b{number}_{i}"]
            for i in range(1, units + 1)
        ]
        below = _layer_outputs(sums, net.hidden_name if number < len(layers) else net.output_name)
    return LOSS_VALUES[net.loss_name](below, [values[f"y{i}"] for i in range(1, net.widths[-1] + 1)])


def _layer_outputs(sums: list[Any], activation: str) -> list[Any]:
    return softmax_values(sums) if activation == "softmax" else [ACTIVATION_VALUES[activation](z) for z in sums]


# --- derivatives by numbers ---


def central_difference(function: Callable[..., Any], point: Sequence[Any], position: int, step: Any) -> Any:
    """(f(x + h) - f(x - h)) / 2h in one of the arguments."""
    ahead, behind = list(point), list(point)
    ahead[position] += step
    behind[position] -= step
    return (function(*ahead) - function(*behind)) / (2 * step)


def check_second_order(found: Any, function: Callable[..., Any], point: Sequence[Any], position: int = 0) -> None:
    """The central difference tends to `found`, and its error falls to a quarter when the step is halved.

    Where the third derivative is 0 there is no error to fall: then the difference itself has to be right.
    """
    step = mp.mpf(10) ** -8
    errors = [central_difference(function, point, position, step / halving) - found for halving in (1, 2)]
    assert abs(errors[1]) <= 1e-9 * max(1, abs(found)), f"found {found}, the difference is {errors[1] + found}"
    if abs(errors[0]) > 1e-45:
        ratio = errors[0] / errors[1]
        assert abs(ratio - 4) < 0.01, f"error falls by {mp.nstr(ratio)}, found {mp.nstr(found, 20)} at {point}"


def complex_step(function: Callable[..., Any], point: Sequence[Any], position: int) -> Any:
    """Im f(x + ih) / h, which loses no digits however small h is."""
    step = mp.mpf(10) ** -30
    ahead = list(point)
    ahead[position] = mp.mpc(ahead[position], step)
    return mp.im(function(*ahead)) / step


# --- counting in generated code ---


def function_in(source: str, name: str) -> Any:
    """A function of a module as a syntax tree."""
    return next(node for node in ast.parse(source).body if isinstance(node, ast.FunctionDef) and node.name == name)


def named_quantities(tree: Any) -> Iterator[Any]:
    """The right sides of the assignments to one name each; unpacking has several, and packing makes the dict.

    How many samples there are, and what the mean over them multiplies by, is no quantity of one sample.
    """
    for line in tree.body:
        name = getattr(line.targets[0], "id", "") if isinstance(line, ast.Assign) else ""
        if name and name not in ("scale", "flat"):
            yield line.value


def swept(source: str) -> int:
    """The operations of the forward pass and of the sweep that goes on from it."""
    parts = [function_in(source, name) for name in ("_forward", "_sweep")]
    return sum(operations(value) for part in parts for value in named_quantities(part))


def operations(tree: Any) -> int:
    """Operators, comparisons and calls, as one sample has them; the arithmetic of a literal (-1, 1 / 3) is none.

    Nor is float(...), a sum over the samples or the factor that makes a mean of it; a product of two arrays over the
    samples is one multiplication. A softplus whose small part comes last is one, as any other function.
    """
    if is_literal(tree):
        return 0
    if isinstance(tree, ast.BinOp) and re.fullmatch(
        r"np\.log1p\(np\.exp\(-np\.abs\(\w+\)\)\)", ast.unparse(tree.right)
    ):
        return operations(tree.left)
    own = len(tree.ops) if isinstance(tree, ast.Compare) else isinstance(tree, ast.BinOp | ast.UnaryOp | ast.Call)
    own = 0 if _is_of_samples(tree) else own
    return own + sum(map(operations, ast.iter_child_nodes(tree)))


def _is_of_samples(tree: Any) -> bool:
    """float(x), x.sum() or x * scale."""
    if isinstance(tree, ast.Call):
        return getattr(tree.func, "id", "") == "float" or getattr(tree.func, "attr", "") == "sum"
    return isinstance(tree, ast.BinOp) and isinstance(tree.op, ast.Mult) and getattr(tree.right, "id", "") == "scale"


def is_literal(tree: Any) -> bool:
    """5, -5, 5 / 3 or -5 / 3."""
    if isinstance(tree, ast.BinOp) and isinstance(tree.op, ast.Div):
        return is_literal(tree.left) and is_literal(tree.right)
    if isinstance(tree, ast.UnaryOp) and isinstance(tree.op, ast.USub):
        return is_literal(tree.operand)
    return isinstance(tree, ast.Constant)


# --- programs of their own ---


def printed_by(code: str, cwd: Path | None = None, **environment: str) -> str:
    """What a Python program prints, in a process of its own."""
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=cwd,
        env={**os.environ, "PYTHONPATH": str(ROOT), "PYTHONIOENCODING": "utf-8", **environment},
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


# --- side by side ---


def check_side_by_side(tasks: Sequence[Callable[[], Any]]) -> None:
    """Each gives the parameters and the history in a thread beside the others that it gives alone."""
    alone = [task() for task in tasks]
    with ThreadPoolExecutor(len(tasks)) as threads:
        found = [future.result() for future in [threads.submit(task) for task in tasks]]
    for (params, history), (others, other_history) in zip(alone, found, strict=True):
        assert other_history == history
        assert all(np.array_equal(others[name], value) for name, value in params.items())
