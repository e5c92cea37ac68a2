"""Models built as ordinary SymPy matrix expressions: each by name, as equations, what to differentiate by, and shapes.

Every model takes the sizes it needs as arguments, so that the same one is a small test here and a large one elsewhere.
The numbers that PyTorch gives for them stand in tests/data/zoo.json; tests/references/zoo.py writes that file.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
import sympy as sp

import symbackprop as sb

Equation = tuple[Any, Any]
L = sp.Symbol("L", real=True)
ENTRY = sp.Symbol("entry", real=True)


@dataclass(frozen=True)
class Model:
    """A loss: its equations, the symbols that it is differentiated by, and those that are data."""

    equations: list[Equation]
    wrt: list[Any]
    data: list[Any]

    @property
    def shapes(self) -> dict[str, tuple[Any, ...]]:
        """The shape of each parameter and of all data."""
        return {symbol.name: tuple(getattr(symbol, "shape", ())) for symbol in (*self.wrt, *self.data)}

    def values(self, seed: int = 0) -> dict[Any, Any]:
        """Reproducible numbers for all of it: parameters and data small and normal, targets as they must be."""
        random = np.random.default_rng(seed)
        drawn = {}
        for symbol in (*self.wrt, *self.data):
            shape = tuple(map(int, getattr(symbol, "shape", (1, 1))))
            drawn[symbol] = random.normal(scale=0.7, size=shape)
            if symbol.name.startswith("onehot"):
                drawn[symbol] = np.eye(shape[0])[:, random.integers(0, shape[0], size=shape[1])]
        return drawn


def matrix(name: str, rows: Any, columns: Any = 1) -> Any:
    return sp.MatrixSymbol(name, rows, columns)


def ones(rows: Any, columns: Any) -> Any:
    return sp.OneMatrix(rows, columns)


def entrywise(body: Any, x: Any) -> Any:
    """A function, given as an expression of ENTRY, of each entry of a matrix."""
    return x.applyfunc(sp.Lambda(ENTRY, body))


def had(*factors: Any) -> Any:
    return sp.HadamardProduct(*factors)


def softmax_regression(inputs: Any = 4, classes: Any = 3, samples: Any = 5) -> Model:
    """Cross-entropy of all samples at once, one column for each."""
    W, b = matrix("W", classes, inputs), matrix("b", classes)
    X, Y, z = matrix("X", inputs, samples), matrix("onehot", classes, samples), matrix("z", classes, samples)
    mean = (sb.Total(sb.LogSumExp(z)) - sb.Total(had(Y, z))) / samples
    penalty = sb.Total(sp.HadamardPower(W, 2)) / 100
    return Model([(z, W * X + b * ones(1, samples)), (L, mean + penalty)], [W, b], [X, Y])


def deep_net(widths: tuple[Any, ...] = (3, 5, 4, 4, 2)) -> Model:
    """Column by column: tanh, relu, softplus, and a linear output with half the sum of squares."""
    x, y = matrix("x", widths[0]), matrix("y", widths[-1])
    functions = (sp.tanh, sb.relu, sb.softplus)
    equations: list[Equation] = []
    wrt: list[Any] = []
    below = x
    for number, (fan_in, units) in enumerate(pairwise(widths), start=1):
        W, b = matrix(f"W{number}", units, fan_in), matrix(f"b{number}", units)
        z, a = matrix(f"z{number}", units), matrix(f"a{number}", units)
        last = number == len(widths) - 1
        equations += [(z, W * below + b), (a, z if last else z.applyfunc(functions[(number - 1) % 3]))]
        wrt, below = [*wrt, W, b], a
    return Model([*equations, (L, sb.half_sse(below, y))], wrt, [x, y])


def residual(width: Any = 4, blocks: int = 3) -> Model:
    """h + V tanh(W h), several times, the same in every block."""
    W, V, x, y = matrix("W", width, width), matrix("V", width, width), matrix("x", width), matrix("y", width)
    equations, h = [], x
    for number in range(1, blocks + 1):
        new = matrix(f"h{number}", width)
        equations.append((new, h + V * (W * h).applyfunc(sp.tanh)))
        h = new
    return Model([*equations, (L, sb.half_sse(h, y))], [W, V], [x, y])


def layer_norm(features: Any = 5, samples: Any = 4) -> Model:
    """Rows brought to mean 0 and variance 1, scaled and shifted, against targets."""
    X, Y, W = matrix("X", samples, features), matrix("Y", samples, features), matrix("W", features, features)
    gain, shift = matrix("gain", 1, features), matrix("shift", 1, features)
    H, C, S, N = (matrix(name, samples, features) for name in ("H", "C", "S", "N"))
    wide, tall = ones(1, features), ones(samples, 1)
    equations = [
        (H, X * W),
        (C, H - sb.RowSums(H) * wide / features),
        (S, sb.RowSums(sp.HadamardPower(C, 2)) * wide / features),
        (N, had(C, sp.HadamardPower(S + ones(samples, features) / 1000, sp.Rational(-1, 2)))),
        (L, sb.mse(had(N, tall * gain) + tall * shift, Y)),
    ]
    return Model(equations, [W, gain, shift], [X, Y])


def rnn(inputs: Any = 2, hidden: Any = 3, steps: int = 5) -> Model:
    """tanh(W x + U h + b), unrolled, a readout at the end."""
    W, U, b = matrix("W", hidden, inputs), matrix("U", hidden, hidden), matrix("b", hidden)
    V, y = matrix("V", 1, hidden), matrix("y", 1)
    xs = [matrix(f"x{t}", inputs) for t in range(1, steps + 1)]
    equations: list[Equation] = []
    h = sp.ZeroMatrix(hidden, 1)
    for t, x in enumerate(xs, start=1):
        new = matrix(f"h{t}", hidden)
        equations.append((new, (W * x + U * h + b).applyfunc(sp.tanh)))
        h = new
    return Model([*equations, (L, sb.half_sse(V * h, y))], [W, U, b, V], [*xs, y])


def lstm(inputs: Any = 2, hidden: Any = 3, steps: int = 4) -> Model:
    """Four gates with weights of their own, shared by all steps; the last state is read by a column."""
    names = ("i", "f", "g", "o")
    W = {name: matrix(f"W{name}", hidden, inputs) for name in names}
    U = {name: matrix(f"U{name}", hidden, hidden) for name in names}
    b = {name: matrix(f"b{name}", hidden) for name in names}
    y, xs = matrix("y", hidden), [matrix(f"x{t}", inputs) for t in range(1, steps + 1)]
    equations: list[Equation] = []
    h, c = sp.ZeroMatrix(hidden, 1), sp.ZeroMatrix(hidden, 1)
    for t, x in enumerate(xs, start=1):
        gates = {name: matrix(f"{name}{t}", hidden) for name in names}
        for name in names:
            function = sp.tanh if name == "g" else sb.sigmoid
            equations.append((gates[name], (W[name] * x + U[name] * h + b[name]).applyfunc(function)))
        new_c, new_h = matrix(f"c{t}", hidden), matrix(f"h{t}", hidden)
        equations.append((new_c, had(gates["f"], c) + had(gates["i"], gates["g"])))
        equations.append((new_h, had(gates["o"], new_c.applyfunc(sp.tanh))))
        h, c = new_h, new_c
    return Model([*equations, (L, sb.half_sse(h, y))], [*W.values(), *U.values(), *b.values()], [*xs, y])


def attention(tokens: Any = 4, width: Any = 3, keys: Any = 2) -> Model:
    """One head: softmax of the rows of Q K^T / sqrt(keys), times V."""
    X, Y = matrix("X", tokens, width), matrix("Y", tokens, width)
    Wq, Wk, Wv = matrix("Wq", width, keys), matrix("Wk", width, keys), matrix("Wv", width, width)
    Q, K, V, A = (
        matrix("Q", tokens, keys),
        matrix("K", tokens, keys),
        matrix("V", tokens, width),
        matrix("A", tokens, tokens),
    )
    equations = [
        (Q, X * Wq),
        (K, X * Wk),
        (V, X * Wv),
        (A, sb.Softmax(Q * K.T / sp.sqrt(keys), 1)),
        (L, sb.mse(A * V, Y)),
    ]
    return Model(equations, [Wq, Wk, Wv], [X, Y])


def autoencoder(inputs: Any = 5, code: Any = 2) -> Model:
    """Tied weights: the decoder is the encoder's transpose."""
    W, b, c, x = matrix("W", code, inputs), matrix("b", code), matrix("c", inputs), matrix("x", inputs)
    h, r = matrix("h", code), matrix("r", inputs)
    equations = [(h, (W * x + b).applyfunc(sb.sigmoid)), (r, W.T * h + c), (L, sb.mse(r, x))]
    return Model(equations, [W, b, c], [x])


def gaussian_mixture(dimensions: Any = 2, components: int = 3) -> Model:
    """Minus the log-likelihood of one point; each component has a full precision matrix P^T P."""
    x, weights, scores = matrix("x", dimensions), matrix("w", components), matrix("s", components)
    means = [matrix(f"mu{k}", dimensions) for k in range(1, components + 1)]
    roots = [matrix(f"P{k}", dimensions, dimensions) for k in range(1, components + 1)]
    identity = sp.Identity(dimensions)
    terms = []
    for mean, root in zip(means, roots, strict=True):
        precision = root.T * root + identity
        distance = sp.Trace((x - mean).T * precision * (x - mean))
        terms.append(sp.log(sp.Determinant(precision)) / 2 - distance / 2 - sp.log(2 * sp.pi) * dimensions / 2)
    equations = [
        (scores, sp.Matrix(terms) + weights),
        (L, sb.Total(sb.LogSumExp(weights)) - sb.Total(sb.LogSumExp(scores))),
    ]
    return Model(equations, [weights, *means, *roots], [x])


ZOO: dict[str, Callable[..., Model]] = {
    "softmax_regression": softmax_regression,
    "deep_net": deep_net,
    "residual": residual,
    "layer_norm": layer_norm,
    "rnn": rnn,
    "lstm": lstm,
    "attention": attention,
    "autoencoder": autoencoder,
    "gaussian_mixture": gaussian_mixture,
}
"""Every model, at sizes that a test can afford."""
