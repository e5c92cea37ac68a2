"""Shared helpers of the tests: oracles that share no code with the library they judge.

Three of them: `evaluated` computes a SymPy expression with SymPy's `evalf`; `computed` computes nodes of a graph, in
mpmath or in floats; `loss_value` computes a network's loss from its textbook definition, without SymPy or graph.
"""

from __future__ import annotations

import ast
import functools
import math
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import mpmath as mp
import numpy as np
import sympy as sp
from hypothesis import HealthCheck, settings

WORKING = 70
"""Digits that the oracles compute with."""

DIGITS = 40
"""Digits that have to agree."""


def deterministic(examples: int) -> settings:
    """Hypothesis settings that give the same examples on every run, and set no clock."""
    return settings(
        max_examples=examples,
        derandomize=True,
        deadline=None,
        database=None,
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
    )


def high_precision(test: Callable[..., None]) -> Callable[..., None]:
    """Run a test with mpmath at `WORKING` digits."""

    @functools.wraps(test)
    def precise(*args: Any, **kwargs: Any) -> None:
        with mp.workdps(WORKING):
            test(*args, **kwargs)

    return precise


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
        return result.evalf(digits) if part.args and isinstance(result, sp.Expr) else result

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
    return {symbol.name: value._to_mpmath(mp.mp.prec) for symbol, value in values.items()}


# --- nodes of a graph ---


def _stable_softplus(x: Any) -> Any:
    return max(x, 0.0) + math.log1p(math.exp(-abs(x)))


def _stable_sigmoid(x: Any) -> Any:
    return 1 / (1 + math.exp(-x)) if x > 0 else math.exp(x) / (1 + math.exp(x))


def _stable_logsumexp(*xs: Any) -> Any:
    return max(xs) + math.log(sum(math.exp(x - max(xs)) for x in xs))


def _sign(x: Any) -> Any:
    return int(x > 0) - int(x < 0)


ARITHMETIC: dict[str, Callable[..., Any]] = {
    "add": lambda *xs: functools.reduce(lambda x, y: x + y, xs),
    "sub": lambda x, y: x - y,
    "neg": lambda x: -x,
    "mul": lambda x, y: x * y,
    "div": lambda x, y: x / y,
    "pow": lambda x, y: x**y,
    "copy": lambda x: x,
    "abs": abs,
    "max": lambda *xs: max(xs),
    "min": lambda *xs: min(xs),
    "sign": _sign,
    "heaviside": lambda x, half: half if x == 0 else (_sign(x) + 1) / 2,
    "relu": lambda x: max(x, 0 * x),
    "leaky_relu": lambda x, slope: x if x > 0 else slope * x,
    "lt": lambda x, y: x < y,
    "le": lambda x, y: x <= y,
    "gt": lambda x, y: x > y,
    "ge": lambda x, y: x >= y,
    "eq": lambda x, y: x == y,
    "ne": lambda x, y: x != y,
    "and": lambda *xs: all(xs),
    "or": lambda *xs: any(xs),
    "not": lambda x: not x,
}
"""What an operation means on numbers of any kind."""

R = sp.Rational
ANYWHERE = (R(-7, 3), R(-2, 5), R(3, 7), R(19, 9))
POSITIVE = (R(1, 9), R(3, 7), R(2), R(17, 3))
INSIDE_ONE = (R(-9, 10), R(-1, 3), R(1, 7), R(4, 5))
BEYOND_ONE = (R(-7, 2), R(-11, 10), R(8, 5), R(9))


class Oracle(NamedTuple):
    """What a smooth function of one number is, in mpmath; where it is tried exactly, and between which floats.

    analytic: whether mpmath has it for complex numbers.
    """

    function: Callable[[Any], Any]
    points: tuple[sp.Rational, ...] = ANYWHERE
    interval: tuple[float, float] = (0.2, 0.8)
    analytic: bool = True


def _named(*names: str, points: tuple[sp.Rational, ...] = ANYWHERE, interval: tuple[float, float] = (0.2, 0.8)) -> Any:
    return {name: Oracle(getattr(mp, name), points, interval) for name in names}


ORACLES: dict[str, Oracle] = {
    **_named("exp", "sin", "cos", "tan", "cot", "sec", "csc", "atan", "acot", "sinh", "cosh", "tanh", "coth", "sech"),
    **_named("csch", "asinh", "acsch", "erf", "erfc"),
    **_named("sqrt", "log", "loggamma", points=POSITIVE),
    **_named("asin", "acos", "atanh", points=INSIDE_ONE),
    **_named("asec", "acsc", "acoth", points=BEYOND_ONE, interval=(1.3, 1.8)),
    **_named("acosh", points=(R(11, 10), R(2), R(17, 3)), interval=(1.3, 1.8)),
    **_named("asech", points=(R(1, 9), R(1, 2), R(9, 10))),
    **_named("gamma", points=(R(-5, 3), R(-1, 2), *POSITIVE)),
    "log1mexp": Oracle(lambda x: mp.log(1 - mp.exp(x)), (R(-9), R(-7, 3), R(-2, 5), R(-1, 9)), (-0.8, -0.2)),
    "log_cosh": Oracle(lambda x: mp.log(mp.cosh(x))),
    "log_gamma": Oracle(lambda x: mp.log(mp.gamma(x)), (R(-3, 2), R(-17, 5), *POSITIVE), analytic=False),
    "log_erfc": Oracle(lambda x: mp.log(mp.erfc(x))),
    "bose": Oracle(lambda x: 1 / mp.expm1(x)),
    "erfinv": Oracle(mp.erfinv, INSIDE_ONE, (0.1, 0.7), analytic=False),
}
"""One row for each: the rule, the code for numbers and for batches, and the derivatives are all judged by it."""

PRECISE: dict[str, Callable[..., Any]] = {
    **ARITHMETIC,
    **{name: oracle.function for name, oracle in ORACLES.items()},
    **{name: getattr(mp, name) for name in ("atan2", "polygamma", "floor")},
    "ceiling": mp.ceil,
    "sigmoid": lambda x: 1 / (1 + mp.exp(-x)),
    "softplus": lambda x: mp.log(1 + mp.exp(x)),
    "elu": lambda x, alpha: x if x > 0 else alpha * (mp.exp(x) - 1),
    "logsumexp": lambda *xs: mp.log(mp.fsum(map(mp.exp, xs))),
    "weighted_logsumexp": lambda *xs: mp.log(mp.fsum(c * mp.exp(u) for c, u in zip(xs[::2], xs[1::2], strict=True))),
    "weighted_exp": lambda c, x: c * mp.exp(x),
    "number": lambda value: value._to_mpmath(mp.mp.prec),
    "constant": lambda value: value == sp.true if value.is_Boolean else value._to_mpmath(mp.mp.prec),
}
"""Operations in mpmath, in their textbook form."""

FLOATS: dict[str, Callable[..., Any]] = {
    **ARITHMETIC,
    "sqrt": np.sqrt,
    "exp": np.exp,
    "log": np.log,
    "tanh": np.tanh,
    "erf": math.erf,
    "erfc": math.erfc,
    "sigmoid": _stable_sigmoid,
    "softplus": _stable_softplus,
    "elu": lambda x, alpha: x if x > 0 else alpha * np.expm1(x),
    "logsumexp": _stable_logsumexp,
    "number": lambda value: np.float64(float(value)),
    "constant": lambda value: bool(value) if value.is_Boolean else np.float64(float(value)),
}
"""Operations in floats, in a stable form."""


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
    "identity": lambda z: z,
    "tanh": mp.tanh,
    "sigmoid": lambda z: 1 / (1 + mp.exp(-z)),
    "relu": lambda z: z if z > 0 else mp.mpf(0),
    "leaky_relu": lambda z: z if z > 0 else z / 100,
    "elu": lambda z: z if z > 0 else mp.exp(z) - 1,
    "softplus": lambda z: mp.log(1 + mp.exp(z)),
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
    samples is one multiplication.
    """
    if is_literal(tree):
        return 0
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
