# symbackprop module, format 3
"""The 64-32-10 network, hidden tanh, output softmax, loss cross_entropy: one backward sweep over whole layers.

Made by: symbackprop generate 64-32-10 --hidden tanh --output softmax --loss cross_entropy --form matrix --style readable
Every step makes its arrays anew; the gradients take 19,280 bytes in float64.
"""

import numpy as np

SHAPES = {"W1": (32, 64), "b1": (32,), "W2": (10, 32), "b2": (10,)}
MODEL = {
    "title": "the 64-32-10 network, hidden tanh, output softmax, loss cross_entropy", "engine": "numpy",
    "style": "readable", "program": "34587fa441a8a1d5", "inputs": {"x": (64,)}, "targets": {"y": (10,)},
    "outputs": {"a2": (10,)}, "task": "classes", "target_range": (0, 1), "targets_sum_to_one": True,
    "standardize": ("X",),
    "start": {"W1": (0.0, 0.125), "b1": (0.0, 0.0), "W2": (0.0, 0.1767766952966369), "b2": (0.0, 0.0)},
}


def init(seed=0, dtype=np.float64):
    """Start values by name, of SHAPES: normal, with the means and deviations that MODEL has."""
    rng, start = np.random.default_rng(seed), MODEL["start"].items()
    return {name: np.array(m + s * rng.standard_normal(SHAPES[name]), dtype) for name, (m, s) in start}


def _checked(params, X, Y, targets=10):
    """X and Y in the dtype of params; a ValueError names what is of another shape or dtype."""
    for name in {**SHAPES, **params}:
        found = getattr(params[name], "shape", "no array") if name in params else "absent"
        if found != SHAPES.get(name, "absent"):
            raise ValueError(f"{name} should be {SHAPES.get(name, 'absent')}, is {found}")
    dtypes = {value.dtype for value in params.values()}
    if len(dtypes) > 1 or not all(dtype.kind == "f" and dtype.isnative for dtype in dtypes):
        raise ValueError(f"params should be of one dtype of floats, are {sorted(map(str, dtypes))}")
    X, Y = (np.atleast_1d(data) for data in (X, np.empty((*np.shape(X)[:1], 0)) if Y is None else Y))
    for name, data, columns in (("X", X, 64), ("Y", Y, targets)):
        if data.shape != (len(X) or 1, columns) or data.dtype.kind not in "fiub":
            wanted = f"numbers of {len(X) or 'samples', columns}"
            raise ValueError(f"{name} should be {wanted}, is {data.dtype} of {data.shape}")
    return np.asarray(X, *dtypes), np.asarray(Y, *dtypes)


def _forward(params, X):
    """The forward pass: what the backward pass remembers of it."""
    W1, b1 = params["W1"], params["b1"]
    W2, b2 = params["W2"], params["b2"]
    # forward: layer 1
    z1 = X @ W1.T + b1  # z1 = W1 @ x + b1
    a1 = np.tanh(z1)  # a1 = tanh(z1)
    # forward: layer 2
    z2 = a1 @ W2.T + b2  # z2 = W2 @ a1 + b2
    v1 = z2.max(axis=1)
    v2 = np.exp(z2 - v1[:, None])
    v3 = v2.sum(axis=1)
    a2 = v2 / v3[:, None]  # a2 = softmax(z2)
    return a1, z2, v1, v3, a2


def forward(params, X):
    """The outputs for each row of X: (samples, outputs)."""
    X, _ = _checked(params, X, None, targets=0)
    *_, a2 = _forward(params, X)
    return np.concatenate([a2], axis=1, dtype=X.dtype)


def loss(params, X, Y):
    """The mean over the samples of the loss."""
    X, Y = _checked(params, X, Y)
    _, z2, v1, v3, _ = _forward(params, X)
    return float(v1.sum() - np.vdot(z2, Y) + np.log(v3).sum()) / len(X)


def loss_and_grad(params, X, Y, scale=1.0, work=None):
    """(mean loss, its derivatives times scale: arrays of SHAPES, views of one new flat array)."""
    return _sweep(params, *_checked(params, X, Y), scale)


def _sweep(params, X, Y, scale, work=None):
    """loss_and_grad without checks."""
    a1, z2, v1, v3, a2 = _forward(params, X)
    W2 = params["W2"]
    scale = float(scale) / len(X)  # a factor of each derivative, for the mean over the samples
    # backward: layer 2
    delta2 = (a2 - Y) * scale  # dL/dz2 = a2 - y
    dL_dW2 = delta2.T @ a1  # dL/dW2 = delta2 @ a1.T
    dL_db2 = delta2.sum(axis=0)  # dL/db2 = delta2
    # backward: layer 1
    dL_da1 = delta2 @ W2  # dL/da1 = W2.T @ delta2
    delta1 = dL_da1 * (1 - a1 * a1)  # dL/dz1 = dL/da1 * (1 - a1 ** 2)
    dL_dW1 = delta1.T @ X  # dL/dW1 = delta1 @ x.T
    dL_db1 = delta1.sum(axis=0)  # dL/db1 = delta1
    flat = np.concatenate((dL_dW1, dL_db1, dL_dW2, dL_db2), axis=None, dtype=X.dtype)
    return float(v1.sum() - np.vdot(z2, Y) + np.log(v3).sum()) / len(X), {
        "W1": flat[0:2048].reshape(32, 64), "b1": flat[2048:2080], "W2": flat[2080:2400].reshape(10, 32),
        "b2": flat[2400:2410],
    }


def train(params, X, Y, epochs=200, batch_size=16, learning_rate=0.1, seed=0):
    """Gradient descent in mini-batches: (trained parameters, the mean loss of each epoch)."""
    X, Y = _checked(params, X, Y)
    rng, history = np.random.default_rng(seed), []
    for _ in range(epochs):
        total, order = 0.0, rng.permutation(len(X))
        for start in range(0, len(X), batch_size):
            rows = order[start : start + batch_size]
            value, steps = loss_and_grad(params, X[rows], Y[rows], scale=learning_rate)
            params = {name: params[name] - step for name, step in steps.items()}
            total += value * len(rows)
        history.append(total / len(X))
    return params, history


def check_grad(params, X, Y, step=1e-5):
    """The largest error of loss_and_grad by central differences, over the largest derivative."""
    (_, grads), errors = loss_and_grad(params, X, Y), []
    params = {name: np.array(params[name], np.float64) for name in SHAPES}
    for name, index in ((key, place) for key in SHAPES for place in np.ndindex(SHAPES[key])):
        move = np.zeros(SHAPES[name])
        move[index] = step
        above, below = (loss({**params, name: params[name] + side * move}, X, Y) for side in (1, -1))
        errors.append(abs((above - below) / (2 * step) - grads[name][index]))
    return max(errors) / max(1e-8, *(np.abs(grad).max() for grad in grads.values()))


if __name__ == "__main__":
    print(f"train it with: symbackprop train {__file__} DATA.csv")
