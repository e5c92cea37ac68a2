# symbackprop module, format 3
"""The 2-3-1 network, hidden tanh, output sigmoid, loss bce: one backward sweep, every factor once.

Made by: symbackprop generate 2-3-1 --hidden tanh --output sigmoid --loss bce
47 operations for the loss and all 13 derivatives of one sample; 554 if each were derived alone.
"""

import numpy as np

SHAPES = {"W1": (3, 2), "b1": (3,), "W2": (1, 3), "b2": (1,)}
MODEL = {
    "title": "the 2-3-1 network, hidden tanh, output sigmoid, loss bce", "engine": "numpy", "style": "readable",
    "program": "1f5ff871710d533e", "inputs": {"x1": (), "x2": ()}, "targets": {"y1": ()}, "outputs": {"a2_1": ()},
    "task": "classes", "target_range": (0, 1), "targets_sum_to_one": False, "standardize": ("X",),
    "start": {"W1": (0.0, 0.7071067811865476), "b1": (0.0, 0.0), "W2": (0.0, 0.5773502691896257), "b2": (0.0, 0.0)},
}


def _sigmoid(x):
    """1 / (1 + exp(-x)) without overflow on either side."""
    small = np.exp(-np.abs(x))
    return np.where(x >= 0, 1.0, small) / (1.0 + small)


def init(seed=0, dtype=np.float64):
    """Start values by name, of SHAPES: normal, with the means and deviations that MODEL has."""
    rng, start = np.random.default_rng(seed), MODEL["start"].items()
    return {name: np.array(m + s * rng.standard_normal(SHAPES[name]), dtype) for name, (m, s) in start}


def _checked(params, X, Y, targets=1):
    """X and Y in the dtype of params; a ValueError names what is of another shape or dtype."""
    for name in {**SHAPES, **params}:
        found = getattr(params[name], "shape", "no array") if name in params else "absent"
        if found != SHAPES.get(name, "absent"):
            raise ValueError(f"{name} should be {SHAPES.get(name, 'absent')}, is {found}")
    dtypes = {value.dtype for value in params.values()}
    if len(dtypes) > 1 or not all(dtype.kind == "f" and dtype.isnative for dtype in dtypes):
        raise ValueError(f"params should be of one dtype of floats, are {sorted(map(str, dtypes))}")
    X, Y = (np.atleast_1d(data) for data in (X, np.empty((*np.shape(X)[:1], 0)) if Y is None else Y))
    for name, data, columns in (("X", X, 2), ("Y", Y, targets)):
        if data.shape != (len(X) or 1, columns) or data.dtype.kind not in "fiub":
            wanted = f"numbers of {len(X) or 'samples', columns}"
            raise ValueError(f"{name} should be {wanted}, is {data.dtype} of {data.shape}")
    return np.asarray(X, *dtypes), np.asarray(Y, *dtypes)


def _forward(params, X):
    """The forward pass: what the backward pass remembers of it."""
    x1, x2 = X.T
    (w1_1_1, w1_1_2), (w1_2_1, w1_2_2), (w1_3_1, w1_3_2) = params["W1"]
    b1_1, b1_2, b1_3 = params["b1"]
    ((w2_1_1, w2_1_2, w2_1_3),) = params["W2"]
    (b2_1,) = params["b2"]
    # forward: layer 1
    z1_1 = w1_1_1 * x1 + w1_1_2 * x2 + b1_1
    z1_2 = w1_2_1 * x1 + w1_2_2 * x2 + b1_2
    z1_3 = w1_3_1 * x1 + w1_3_2 * x2 + b1_3
    a1_1 = np.tanh(z1_1)
    a1_2 = np.tanh(z1_2)
    a1_3 = np.tanh(z1_3)
    # forward: layer 2
    z2_1 = w2_1_1 * a1_1 + w2_1_2 * a1_2 + w2_1_3 * a1_3 + b2_1
    a2_1 = _sigmoid(z2_1)
    return x1, x2, a1_1, a1_2, a1_3, z2_1, a2_1


def forward(params, X):
    """The outputs for each row of X: (samples, outputs)."""
    X, _ = _checked(params, X, None, targets=0)
    *_, a2_1 = _forward(params, X)
    return np.stack([a2_1], axis=1, dtype=X.dtype)


def loss(params, X, Y):
    """The mean over the samples of the loss."""
    X, Y = _checked(params, X, Y)
    *_, z2_1, _ = _forward(params, X)
    (y1,) = Y.T
    L = np.maximum(z2_1, 0.0) - z2_1 * y1 + np.log1p(np.exp(-np.abs(z2_1)))  # L = softplus(z2_1) - z2_1 * y1
    return float(L.sum()) / len(X)


def loss_and_grad(params, X, Y, scale=1.0, work=None):
    """(mean loss, its derivatives times scale: arrays of SHAPES, views of one new flat array)."""
    return _sweep(params, *_checked(params, X, Y), scale)


def _sweep(params, X, Y, scale, work=None):
    """loss_and_grad without checks."""
    x1, x2, a1_1, a1_2, a1_3, z2_1, a2_1 = _forward(params, X)
    (y1,) = Y.T
    ((w2_1_1, w2_1_2, w2_1_3),) = params["W2"]
    scale = float(scale) / len(X)  # a factor of each derivative, for the mean over the samples
    L = np.maximum(z2_1, 0.0) - z2_1 * y1 + np.log1p(np.exp(-np.abs(z2_1)))  # L = softplus(z2_1) - z2_1 * y1
    # backward: from the loss to the inputs, each adjoint once
    delta2_1 = (a2_1 - y1) * scale  # dL/dz2_1
    dL_dw2_1_1 = a1_1 @ delta2_1  # dL/dw2_1_1 = dL/dz2_1 * dz2_1/dw2_1_1
    dL_dw2_1_2 = a1_2 @ delta2_1  # dL/dw2_1_2 = dL/dz2_1 * dz2_1/dw2_1_2
    dL_dw2_1_3 = a1_3 @ delta2_1  # dL/dw2_1_3 = dL/dz2_1 * dz2_1/dw2_1_3
    dL_da1_1 = w2_1_1 * delta2_1  # dL/da1_1 = dL/dz2_1 * dz2_1/da1_1
    dL_da1_2 = w2_1_2 * delta2_1  # dL/da1_2 = dL/dz2_1 * dz2_1/da1_2
    dL_da1_3 = w2_1_3 * delta2_1  # dL/da1_3 = dL/dz2_1 * dz2_1/da1_3
    delta1_1 = dL_da1_1 * (1 - a1_1 ** 2)  # dL/dz1_1 = dL/da1_1 * da1_1/dz1_1
    delta1_2 = dL_da1_2 * (1 - a1_2 ** 2)  # dL/dz1_2 = dL/da1_2 * da1_2/dz1_2
    delta1_3 = dL_da1_3 * (1 - a1_3 ** 2)  # dL/dz1_3 = dL/da1_3 * da1_3/dz1_3
    dL_dw1_1_1 = x1 @ delta1_1  # dL/dw1_1_1 = dL/dz1_1 * dz1_1/dw1_1_1
    dL_dw1_1_2 = x2 @ delta1_1  # dL/dw1_1_2 = dL/dz1_1 * dz1_1/dw1_1_2
    dL_dw1_2_1 = x1 @ delta1_2  # dL/dw1_2_1 = dL/dz1_2 * dz1_2/dw1_2_1
    dL_dw1_2_2 = x2 @ delta1_2  # dL/dw1_2_2 = dL/dz1_2 * dz1_2/dw1_2_2
    dL_dw1_3_1 = x1 @ delta1_3  # dL/dw1_3_1 = dL/dz1_3 * dz1_3/dw1_3_1
    dL_dw1_3_2 = x2 @ delta1_3  # dL/dw1_3_2 = dL/dz1_3 * dz1_3/dw1_3_2
    flat = np.array([
        dL_dw1_1_1, dL_dw1_1_2, dL_dw1_2_1, dL_dw1_2_2, dL_dw1_3_1, dL_dw1_3_2, delta1_1.sum(), delta1_2.sum(),
        delta1_3.sum(), dL_dw2_1_1, dL_dw2_1_2, dL_dw2_1_3, delta2_1.sum(),
    ], X.dtype)
    return float(L.sum()) / len(X), {
        "W1": flat[0:6].reshape(3, 2), "b1": flat[6:9], "W2": flat[9:12].reshape(1, 3), "b2": flat[12:13],
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
