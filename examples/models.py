"""Models that are no dense networks, each of a few equations: `symbackprop generate` and `train` take them by name.

    python examples/models.py --tables tables
    symbackprop generate examples/models.py:curve -o curve.py
    symbackprop train curve.py tables/curve.csv --optimizer adam --learning-rate 0.01

Without --tables, this trains all of them in Python, on samples of which the truth is known, and says how near each
comes.
"""

import argparse
import csv
from pathlib import Path

import numpy as np
import sympy as sp

import symbackprop as sb

L = sp.Symbol("L", real=True)


def matrix(name, rows, columns=1):
    return sp.MatrixSymbol(name, rows, columns)


def _residual():
    """Two blocks h + V tanh(W h), each with weights of its own: the identity path carries the error back whole."""
    x, y, equations, parameters = matrix("x", 3), matrix("y", 3), [], []
    h = x
    for number in (1, 2):
        W, V, new = matrix(f"W{number}", 4, 3), matrix(f"V{number}", 3, 4), matrix(f"h{number}", 3)
        equations.append((new, h + V * (W * h).applyfunc(sp.tanh)))
        parameters += [W, V]
        h = new
    loss = (L, sb.half_sse(h, y))
    return sb.Model([*equations, loss], parameters=parameters, inputs=[x], targets=[y], outputs=[h])


def _layer_norm():
    """A hidden layer whose sums are brought to mean 0 and variance 1, then scaled by a gain and shifted."""
    units, eps = 5, sp.Rational(1, 100000)
    W, b, V, c = matrix("W", units, 2), matrix("b", units), matrix("V", 2, units), matrix("c", 2)
    gain, shift, x, y = matrix("gain", units), matrix("shift", units), matrix("x", 2), matrix("y", 2)
    z, centred, normal, a = (matrix(name, units) for name in ("z", "centred", "normal", "a"))
    p = matrix("p", 2)
    v = sp.Symbol("v", real=True)  # the variance over the units
    ones = sp.OneMatrix(units, 1)
    equations = [
        (z, W * x + b),
        (centred, z - sb.Total(z) / units * ones),
        (v, sb.Total(sp.HadamardPower(centred, 2)) / units),
        (normal, centred / sp.sqrt(v + eps)),
        (a, (sp.HadamardProduct(gain, normal) + shift).applyfunc(sb.relu)),
        (p, V * a + c),
        (L, sb.half_sse(p, y)),
    ]
    start = {
        gain: 1,
        W: (0, 0.7),
        V: (0, 0.5),
    }  # a gain of 0, a column's usual start, would stop every weight before it
    return sb.Model(equations, [W, b, gain, shift, V, c], [x], [y], [p], start=start)


def _curve():
    """A decay a exp(-b x) + c through measured points."""
    a, b, c, x, y, p = sp.symbols("a b c x y p", real=True)
    equations = [(p, a * sp.exp(-b * x) + c), (L, (p - y) ** 2 / 2)]
    return sb.Model(equations, parameters=[a, b, c], inputs=[x], targets=[y], outputs=[p], start={a: 1, b: 1, c: 0})


def _mixture():
    """A mixture of two normals: there is nothing to predict, the loss is minus the logarithm of the density."""
    x, m1, m2, w = sp.symbols("x m1 m2 w", real=True)
    s1, s2 = sp.symbols("s1 s2", positive=True)

    def log_normal(m, s):
        return -((x - m) ** 2) / (2 * s**2) - sp.log(s) - sp.log(2 * sp.pi) / 2

    terms = [log_normal(m1, s1) - sb.softplus(-w), log_normal(m2, s2) - sb.softplus(w)]  # w is the logit of the first
    return sb.Model(-sb.logsumexp(*terms), parameters=[m1, m2, s1, s2, w], inputs=[x], start={m1: -1, m2: 1, w: 0})


def _recurrent():
    """tanh(W x + U h + b), three times with the same weights, then a readout: each parameter acts in three places."""
    W, U, b, V, y = matrix("W", 4, 2), matrix("U", 4, 4), matrix("b", 4), matrix("V", 1, 4), matrix("y", 1)
    xs = [matrix(f"x{t}", 2) for t in (1, 2, 3)]
    p, equations, h = matrix("p", 1), [], sp.ZeroMatrix(4, 1)
    for t, x in enumerate(xs, start=1):
        new = matrix(f"h{t}", 4)
        equations.append((new, (W * x + U * h + b).applyfunc(sp.tanh)))
        h = new
    return sb.Model([*equations, (p, V * h), (L, sb.half_sse(p, y))], [W, U, b, V], xs, [y], [p])


def _turned():
    """A vector that a 3 x 3 matrix turns, another one for each sample, and a layer behind it: two inputs."""
    R, v, y, p = matrix("R", 3, 3), matrix("v", 3), matrix("y", 2), matrix("p", 2)
    W, b = matrix("W", 2, 3), matrix("b", 2)
    return sb.Model([(p, W * R * v + b), (L, sb.half_sse(p, y))], [W, b], [R, v], [y], [p])


residual, layer_norm, curve = _residual(), _layer_norm(), _curve()
mixture, recurrent, turned = _mixture(), _recurrent(), _turned()
MODELS = {
    "residual": residual,
    "layer_norm": layer_norm,
    "curve": curve,
    "mixture": mixture,
    "recurrent": recurrent,
    "turned": turned,
}

CURVE = {"a": 2.0, "b": 1.5, "c": 0.5}
NORMALS = {"m1": -2.0, "m2": 1.0, "s1": 0.5, "s2": 1.0, "share": 0.3}
LAYER = np.array([[1.0, -2.0, 0.5], [0.0, 1.0, 3.0]]), np.array([0.5, -1.0])
ROWS = 400


def samples(name, seed=0):
    """X and Y (None where there are no targets), made by a known rule with a little noise."""
    random = np.random.default_rng(seed)

    def noisy(values):
        return values + 0.02 * random.normal(size=values.shape)

    if name == "curve":
        x = random.uniform(0, 3, (ROWS, 1))
        return x, noisy(CURVE["a"] * np.exp(-CURVE["b"] * x) + CURVE["c"])
    if name == "mixture":
        first = random.random((ROWS, 1)) < NORMALS["share"]
        one, other = (random.normal(NORMALS[f"m{k}"], NORMALS[f"s{k}"], (ROWS, 1)) for k in "12")
        return np.where(first, one, other), None
    if name == "recurrent":  # the first of three pairs is asked for at the end: it has to be kept
        x = random.uniform(-1, 1, (ROWS, 6))
        return x, noisy(x[:, :1] * x[:, 1:2])
    if name == "turned":
        turns = np.linalg.qr(random.normal(size=(ROWS, 3, 3)))[0]
        v = random.normal(size=(ROWS, 3, 1))
        return np.hstack([turns.reshape(ROWS, 9), v[:, :, 0]]), noisy((turns @ v)[:, :, 0] @ LAYER[0].T + LAYER[1])
    if name == "residual":
        x = random.uniform(-2, 2, (ROWS, 3))
        return x, noisy(x + np.sin(2 * x[:, ::-1]))
    x = random.uniform(-2, 2, (ROWS, 2))
    return x, noisy(np.sin(x) + 0.3 * x**2)


def write_tables(folder):
    """A table for each model, the columns of its inputs first."""
    folder.mkdir(parents=True, exist_ok=True)
    for name in MODELS:
        X, Y = samples(name)
        header = [f"x{i}" for i in range(1, X.shape[1] + 1)] if X.shape[1] > 1 else ["x"]
        header += [f"y{i}" for i in range(1, Y.shape[1] + 1)] if Y is not None else []
        with open(folder / f"{name}.csv", "w", newline="", encoding="utf-8") as file:
            table = csv.writer(file)
            table.writerow(header)
            table.writerows((X if Y is None else np.hstack([X, Y])).round(6).tolist())


def trained(name):
    """The trained parameters, and the losses of the epochs."""
    X, Y = samples(name)
    settings = {"epochs": 300, "batch_size": 20, "optimizer": "adam", "learning_rate": 0.01, "schedule": "cosine"}
    return sb.derive(MODELS[name]).train(X, Y, **settings)


def tell(name, params, history):
    print(f"{name}: loss {history[0]:.4f} -> {history[-1]:.4f}")
    if name == "curve":
        print("  " + ", ".join(f"{key} {params[key]:.3f} (true {value})" for key, value in CURVE.items()))
    elif name == "mixture":  # the true ones in brackets
        found = {**params, "share": 1 / (1 + np.exp(-params["w"]))}
        print("  " + ", ".join(f"{key} {found[key]:.2f} ({value})" for key, value in NORMALS.items()))
    elif name == "turned":
        errors = [abs(params[key] - value).max() for key, value in zip("Wb", LAYER, strict=True)]
        print(f"  the layer is found up to {max(errors):.3f}")
    else:
        X, Y = samples(name, seed=1)
        rest = np.sqrt(np.mean((sb.derive(MODELS[name]).predict(params, X) - Y) ** 2))
        print(f"  on new samples off by {rest:.3f}, where the mean is off by {Y.std():.3f}")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument(
        "--tables", type=Path, help="write a table for each model into this folder, and do nothing else"
    )
    options = parser.parse_args()
    if options.tables:
        write_tables(options.tables)
        return
    for name in MODELS:
        tell(name, *trained(name))


if __name__ == "__main__":
    main()
