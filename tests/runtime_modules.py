"""Modules of format 3 for the tests of the runtime, written by hand: NumPy and textbook formulas, nothing derived.

`written` makes the module of a network; `model` one of other equations, of which the text of `_forward` and `_sweep`
is given. Both have the face of a generated module, so that the runtime can be judged without the generator.
"""

from __future__ import annotations

import math
from itertools import pairwise
from pathlib import Path
from types import ModuleType
from typing import Any

import symbackprop as sb
from symbackprop import runtime

ROOT = Path(__file__).resolve().parent.parent

FACE = '''# symbackprop module, format 3
"""{title}, by hand."""

import numpy as np

SHAPES = {shapes!r}
MODEL = {model!r}


def init(seed=0, dtype=np.float64):
    rng, start = np.random.default_rng(seed), MODEL["start"].items()
    draws = {{name: mean + spread * rng.standard_normal(SHAPES[name]) for name, (mean, spread) in start}}
    return {{name: np.array(value, dtype) for name, value in draws.items()}}


def _checked(params, X, Y, targets={targets}):
    found = {{name: getattr(value, "shape", type(value).__name__) for name, value in params.items()}}
    for name in {{**SHAPES, **found}}:
        if found.get(name) != SHAPES.get(name):
            raise ValueError(f"{{name}} should be {{SHAPES.get(name, 'absent')}}, is {{found.get(name, 'absent')}}")
    dtype = next(iter(params.values())).dtype
    X, Y = (np.asarray(data, dtype) for data in (X, np.empty((len(X), 0)) if Y is None else Y))
    for name, data, columns in (("X", X, {inputs}), ("Y", Y, targets)):
        if data.shape != (len(X) or 1, columns):
            raise ValueError(f"{{name}} should be ({{len(X) or 'samples'}}, {{columns}}), is {{data.shape}}")
    return X, Y


def forward(params, X):
    return _outputs(params, _checked(params, X, None, targets=0)[0])


def loss(params, X, Y):
    return _sweep(params, *_checked(params, X, Y), 1.0)[0]


def loss_and_grad(params, X, Y, scale=1.0, work=None):
    return _sweep(params, *_checked(params, X, Y), scale, work)


def _flat(params, **grads):
    """The derivatives as views of one flat array, in the order of SHAPES."""
    flat = np.concatenate([np.reshape(grads[name], -1) for name in SHAPES]).astype(next(iter(params.values())).dtype)
    ends = np.cumsum([int(np.prod(shape)) for shape in SHAPES.values()])
    return {{
        name: flat[end - int(np.prod(shape)) : end].reshape(shape)
        for end, (name, shape) in zip(ends, SHAPES.items())
    }}


'''

NETWORK = '''def _softmax(z):
    powers = np.exp(z - z.max(1, keepdims=True))
    return powers / powers.sum(1, keepdims=True)


def _huber(e):
    return np.where(abs(e) <= 1, e * e / 2, abs(e) - 0.5).mean(1)


ACTIVATIONS = {
    "identity": (lambda z: z, lambda z, a: np.ones_like(z)),
    "tanh": (np.tanh, lambda z, a: 1 - a * a),
    "sigmoid": (lambda z: 0.5 + 0.5 * np.tanh(0.5 * z), lambda z, a: a * (1 - a)),
    "relu": (lambda z: np.maximum(z, 0), lambda z, a: (z > 0).astype(z.dtype)),
    "leaky_relu": (lambda z: np.where(z > 0, z, z / 100), lambda z, a: np.where(z > 0, 1, 0.01).astype(z.dtype)),
    "softplus": (lambda z: np.logaddexp(z, 0), lambda z, a: 0.5 + 0.5 * np.tanh(0.5 * z)),
    "softmax": (_softmax, None),
}
LOSSES = {
    "half_sse": (lambda e: (e * e).sum(1) / 2, lambda e: e),
    "mse": (lambda e: (e * e).mean(1), lambda e: 2 * e / e.shape[1]),
    "mae": (lambda e: abs(e).mean(1), lambda e: np.sign(e) / e.shape[1]),
    "huber": (_huber, lambda e: np.clip(e, -1, 1) / e.shape[1]),
}


def _layers(params, X):
    values = [(X, X)]
    for layer in range(1, LAYERS + 1):
        z = values[-1][1] @ params[f"W{layer}"].T + params[f"b{layer}"]
        values.append((z, ACTIVATIONS[HIDDEN if layer < LAYERS else OUTPUT][0](z)))
    return values


def _outputs(params, X):
    return _layers(params, X)[-1][1]


def _last(z, a, Y):
    """The loss of each sample, and its derivative by the last z."""
    if LOSS == "bce":
        return (np.logaddexp(z, 0) - z * Y).mean(1), (a - Y) / Y.shape[1]
    if LOSS == "cross_entropy":
        top = z.max(1, keepdims=True)
        return (np.log(np.exp(z - top).sum(1)) + top[:, 0]) * Y.sum(1) - (z * Y).sum(1), a * Y.sum(1, keepdims=True) - Y
    value, slope = (part(a - Y) for part in LOSSES[LOSS])
    if OUTPUT == "softmax":
        return value, a * (slope - (slope * a).sum(1, keepdims=True))
    return value, slope * ACTIVATIONS[OUTPUT][1](z, a)


def _sweep(params, X, Y, scale, work=None):
    values, grads = _layers(params, X), {}
    L, delta = _last(*values[-1], Y)
    delta = delta * (scale / len(X))
    for layer in range(LAYERS, 0, -1):
        grads[f"W{layer}"], grads[f"b{layer}"] = delta.T @ values[layer - 1][1], delta.sum(0)
        if layer > 1:
            delta = delta @ params[f"W{layer}"] * ACTIVATIONS[HIDDEN][1](*values[layer - 1])
'''

READABLE = """    return float(L.mean()), _flat(params, **grads)
"""

FAST = """    work = Workspace(len(X), X.dtype) if work is None else work
    assert (work.samples, work.dtype) == (len(X), X.dtype)
    for name, grad in grads.items():
        work.grads[name][...] = grad
    return float(L.mean()), work.grads


class Workspace:
    def __init__(self, samples, dtype=np.float64):
        self.samples, self.dtype, self.grads, start = samples, np.dtype(dtype), {}, 0
        self.flat = np.empty(sum(int(np.prod(shape)) for shape in SHAPES.values()), dtype)
        for name, shape in SHAPES.items():
            part = self.flat[start : start + int(np.prod(shape))]
            self.grads[name] = part.reshape(shape[::-1]).T  # column by column
            start += len(part)
"""

RANGES = {"tanh": (-1, 1), "sigmoid": (0, 1), "softmax": (0, 1), "relu": (0, None), "softplus": (0, None)}


def text(title: str, shapes: Any, body: str, **parts: Any) -> str:
    """A module's source: its face, and what is its own."""
    model = {
        "title": title,
        "engine": "numpy",
        "style": "readable",
        "program": f"{len(body):016x}",
        "inputs": {},
        "targets": {},
        "outputs": {},
        "task": "numbers",
        "target_range": None,
        "targets_sum_to_one": False,
        "standardize": (),
        "start": dict.fromkeys(shapes, (0.0, 1.0)),
        **parts,
    }
    own = {name: shape for name, shape in model["targets"].items() if name not in model["inputs"]}
    inputs, targets = (sum(map(math.prod, kind.values())) for kind in (model["inputs"], own))
    return FACE.format(title=title, shapes=shapes, model=model, inputs=inputs, targets=targets) + body


def network_text(
    widths: list[int],
    hidden: str = "tanh",
    output: str = "sigmoid",
    loss: str | None = None,
    style: str = "readable",
) -> str:
    """The module of a dense network."""
    loss = loss or {"sigmoid": "bce", "softmax": "cross_entropy"}.get(output, "half_sse")
    shapes: dict[str, tuple[int, ...]] = {}
    for layer, (below, above) in enumerate(pairwise(widths), 1):
        shapes |= {f"W{layer}": (above, below), f"b{layer}": (above,)}
    variance = 2.0 if hidden in ("relu", "leaky_relu", "gelu") and len(widths) > 2 else 1.0
    spreads = {name: math.sqrt(variance / shape[1]) if len(shape) == 2 else 0.0 for name, shape in shapes.items()}
    sizes = {"x": widths[0], "y": widths[-1], f"a{len(widths) - 1}": widths[-1]}
    if style == "fast":
        columns = [{name: (size,)} for name, size in sizes.items()]
    else:
        columns = [
            {f"{name}{'_' if name[0] == 'a' else ''}{i}": () for i in range(1, size + 1)}
            for name, size in sizes.items()
        ]
    known = f"LAYERS, HIDDEN, OUTPUT, LOSS = {len(widths) - 1}, {hidden!r}, {output!r}, {loss!r}\n"
    classes = loss in ("bce", "cross_entropy")
    title = f"the {'-'.join(map(str, widths))} network, hidden {hidden}, output {output}, loss {loss}"
    return text(
        title,
        shapes,
        known + NETWORK + (FAST if style == "fast" else READABLE),
        style=style,
        inputs=columns[0],
        targets=columns[1],
        outputs=columns[2],
        task="classes" if classes else "numbers",
        target_range=RANGES.get(output),
        targets_sum_to_one=loss == "cross_entropy",
        standardize=("X",) if classes or output != "identity" else ("X", "Y"),
        start={name: (0.0, spread) for name, spread in spreads.items()},
    )


def written(folder: Path, *network: Any, name: str = "net.py", style: str = "readable") -> ModuleType:
    """The module that is generated for a network, from its file; the fast style is that of its matrix form."""
    net = sb.Network(*network, form="matrix" if style == "fast" else "scalar")
    return runtime.load_module(sb.derive(net).write(folder / name, style))


def model(folder: Path, source: str, name: str = "model.py") -> ModuleType:
    """The module of a text, from its file."""
    (folder / name).write_text(source, encoding="utf-8")
    return runtime.load_module(folder / name)


CURVE = text(
    "the model of L",
    {"a": (), "b": ()},
    """def _outputs(params, X):
    return params["a"] * np.exp(-params["b"] * X)


def _sweep(params, X, Y, scale, work=None):
    x, y, decay = X[:, 0], Y[:, 0], np.exp(-params["b"] * X[:, 0])
    error = params["a"] * decay - y
    delta = 2 * error * (scale / len(X))
    db = -(delta * params["a"] * x * decay).sum()
    return float((error * error).mean()), _flat(params, a=delta @ decay, b=db)
""",
    inputs={"x": ()},
    targets={"y": ()},
    outputs={"f": ()},
    start={"a": (0.0, 0.0), "b": (0.0, 0.0)},
)
"""a exp(-b x), from zeros: then b stands still."""

FORM = text(
    "the model of L",
    {"w": (3,), "c": ()},
    """def _outputs(params, X):
    M = X[:, 1:].reshape(-1, 3, 3)
    return (np.einsum("i,nij,j->n", params["w"], M, params["w"]) + params["c"] * X[:, 0])[:, None]


def _sweep(params, X, Y, scale, work=None):
    M, w = X[:, 1:].reshape(-1, 3, 3), params["w"]
    error = _outputs(params, X)[:, 0] - Y[:, 0]
    delta = error * (scale / len(X))
    dw = np.einsum("n,nij,j->i", delta, M + M.transpose(0, 2, 1), w)
    return float((error * error).mean() / 2), _flat(params, w=dw, c=delta @ X[:, 0])
""",
    inputs={"t": (), "M": (3, 3)},
    targets={"y": ()},
    outputs={"q": ()},
    start={"w": (0.0, 1.0), "c": (0.5, 0.0)},
)
"""w' M w + c t: two inputs, one of them 3 x 3."""

AUTOENCODER = text(
    "the model of L",
    {"U": (1, 3), "V": (3, 1)},
    """def _outputs(params, X):
    return X @ params["U"].T @ params["V"].T


def _sweep(params, X, Y, scale, work=None):
    assert Y.shape == (len(X), 0)
    code, error = X @ params["U"].T, _outputs(params, X) - X
    delta = error * (scale / len(X))
    L = float((error * error).sum(1).mean() / 2)
    return L, _flat(params, V=delta.T @ code, U=(delta @ params["V"]).T @ X)
""",
    inputs={"x": (3,)},
    targets={"x": (3,)},
    outputs={"r": (3,)},
    standardize=("X",),
    start={"U": (0.0, 0.5), "V": (0.0, 0.5)},
)
"""Three numbers through one: the input is the target, too."""

MIXTURE = text(
    "the model of L",
    {"m": (), "n": ()},
    """def _outputs(params, X):
    return np.empty((len(X), 0), X.dtype)


def _sweep(params, X, Y, scale, work=None):
    p, q = (np.exp(-((X[:, 0] - params[name]) ** 2) / 2) for name in ("m", "n"))
    share, scale = p / (p + q), scale / len(X)
    L = float(np.log(8 * np.pi) / 2 - np.log(p + q).mean())
    dm, dn = -(share * (X[:, 0] - params["m"])).sum() * scale, -((1 - share) * (X[:, 0] - params["n"])).sum() * scale
    return L, _flat(params, m=dm, n=dn)
""",
    inputs={"x": ()},
    start={"m": (1.0, 0.1), "n": (-1.0, 0.1)},
)
"""Two normals of spread 1 in equal shares: neither targets nor outputs."""

TOLD_LOSS = text(
    "the model of L",
    {"a": ()},
    """def _outputs(params, X):
    return np.empty((len(X), 0), X.dtype)


def _sweep(params, X, Y, scale, work=None):
    error = params["a"] * X[:, 0] - Y[:, 0]
    return float((error * error).mean()), _flat(params, a=2 * error @ X[:, 0] * (scale / len(X)))
""",
    inputs={"x": ()},
    targets={"y": ()},
)
"""Targets, but no outputs."""

EXPRESSION = '''# symbackprop module, format 3
"""x squared, by hand."""

ARGUMENTS = ("x",)
SHAPES = {"x": ()}
BATCHED = ()


def evaluate(x):
    return x * x, {"x": 2 * x}
'''
NAIVE = network_text([2, 3, 1]).replace("_sweep", "_each")
"""A module without a sweep, as the naive way writes them."""
