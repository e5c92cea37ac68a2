# symbackprop module, format 3
"""The 2-3-1 network, hidden tanh, output sigmoid, loss bce: each derivative on its own, written out.

Made by: symbackprop generate 2-3-1 --hidden tanh --output sigmoid --loss bce --method naive
554 operations for the loss and all 13 derivatives of one sample; 47 in one backward sweep.
"""

import numpy as np

SHAPES = {"W1": (3, 2), "b1": (3,), "W2": (1, 3), "b2": (1,)}
MODEL = {
    "title": "the 2-3-1 network, hidden tanh, output sigmoid, loss bce", "engine": "numpy", "style": "readable",
    "program": "42b6e4c81d115077", "inputs": {"x1": (), "x2": ()}, "targets": {"y1": ()}, "outputs": {"a2_1": ()},
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


def forward(params, X):
    """The outputs for each row of X: (samples, outputs)."""
    X, _ = _checked(params, X, None, targets=0)
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
    return np.stack([a2_1], axis=1, dtype=X.dtype)


def dL_dw1_1_1(params, X, Y):
    """dL/dw1_1_1 of each sample."""
    x1, x2 = X.T
    (y1,) = Y.T
    (w1_1_1, w1_1_2), (w1_2_1, w1_2_2), (w1_3_1, w1_3_2) = params["W1"]
    b1_1, b1_2, b1_3 = params["b1"]
    ((w2_1_1, w2_1_2, w2_1_3),) = params["W2"]
    (b2_1,) = params["b2"]
    return (
        _sigmoid(w2_1_1 * np.tanh(w1_1_1 * x1 + w1_1_2 * x2 + b1_1) + w2_1_2 * np.tanh(w1_2_1 * x1 + w1_2_2 * x2 + b1_2)
        + w2_1_3 * np.tanh(w1_3_1 * x1 + w1_3_2 * x2 + b1_3) + b2_1) * ((1 - np.tanh(w1_1_1 * x1 + w1_1_2 * x2 + b1_1)
        ** 2) * (w2_1_1 * x1)) - (1 - np.tanh(w1_1_1 * x1 + w1_1_2 * x2 + b1_1) ** 2) * (y1 * (w2_1_1 * x1))
    )


def dL_dw1_1_2(params, X, Y):
    """dL/dw1_1_2 of each sample."""
    x1, x2 = X.T
    (y1,) = Y.T
    (w1_1_1, w1_1_2), (w1_2_1, w1_2_2), (w1_3_1, w1_3_2) = params["W1"]
    b1_1, b1_2, b1_3 = params["b1"]
    ((w2_1_1, w2_1_2, w2_1_3),) = params["W2"]
    (b2_1,) = params["b2"]
    return (
        _sigmoid(w2_1_1 * np.tanh(w1_1_1 * x1 + w1_1_2 * x2 + b1_1) + w2_1_2 * np.tanh(w1_2_1 * x1 + w1_2_2 * x2 + b1_2)
        + w2_1_3 * np.tanh(w1_3_1 * x1 + w1_3_2 * x2 + b1_3) + b2_1) * ((1 - np.tanh(w1_1_1 * x1 + w1_1_2 * x2 + b1_1)
        ** 2) * (w2_1_1 * x2)) - (1 - np.tanh(w1_1_1 * x1 + w1_1_2 * x2 + b1_1) ** 2) * (y1 * (w2_1_1 * x2))
    )


def dL_dw1_2_1(params, X, Y):
    """dL/dw1_2_1 of each sample."""
    x1, x2 = X.T
    (y1,) = Y.T
    (w1_1_1, w1_1_2), (w1_2_1, w1_2_2), (w1_3_1, w1_3_2) = params["W1"]
    b1_1, b1_2, b1_3 = params["b1"]
    ((w2_1_1, w2_1_2, w2_1_3),) = params["W2"]
    (b2_1,) = params["b2"]
    return (
        _sigmoid(w2_1_1 * np.tanh(w1_1_1 * x1 + w1_1_2 * x2 + b1_1) + w2_1_2 * np.tanh(w1_2_1 * x1 + w1_2_2 * x2 + b1_2)
        + w2_1_3 * np.tanh(w1_3_1 * x1 + w1_3_2 * x2 + b1_3) + b2_1) * ((1 - np.tanh(w1_2_1 * x1 + w1_2_2 * x2 + b1_2)
        ** 2) * (w2_1_2 * x1)) - (1 - np.tanh(w1_2_1 * x1 + w1_2_2 * x2 + b1_2) ** 2) * (y1 * (w2_1_2 * x1))
    )


def dL_dw1_2_2(params, X, Y):
    """dL/dw1_2_2 of each sample."""
    x1, x2 = X.T
    (y1,) = Y.T
    (w1_1_1, w1_1_2), (w1_2_1, w1_2_2), (w1_3_1, w1_3_2) = params["W1"]
    b1_1, b1_2, b1_3 = params["b1"]
    ((w2_1_1, w2_1_2, w2_1_3),) = params["W2"]
    (b2_1,) = params["b2"]
    return (
        _sigmoid(w2_1_1 * np.tanh(w1_1_1 * x1 + w1_1_2 * x2 + b1_1) + w2_1_2 * np.tanh(w1_2_1 * x1 + w1_2_2 * x2 + b1_2)
        + w2_1_3 * np.tanh(w1_3_1 * x1 + w1_3_2 * x2 + b1_3) + b2_1) * ((1 - np.tanh(w1_2_1 * x1 + w1_2_2 * x2 + b1_2)
        ** 2) * (w2_1_2 * x2)) - (1 - np.tanh(w1_2_1 * x1 + w1_2_2 * x2 + b1_2) ** 2) * (y1 * (w2_1_2 * x2))
    )


def dL_dw1_3_1(params, X, Y):
    """dL/dw1_3_1 of each sample."""
    x1, x2 = X.T
    (y1,) = Y.T
    (w1_1_1, w1_1_2), (w1_2_1, w1_2_2), (w1_3_1, w1_3_2) = params["W1"]
    b1_1, b1_2, b1_3 = params["b1"]
    ((w2_1_1, w2_1_2, w2_1_3),) = params["W2"]
    (b2_1,) = params["b2"]
    return (
        _sigmoid(w2_1_1 * np.tanh(w1_1_1 * x1 + w1_1_2 * x2 + b1_1) + w2_1_2 * np.tanh(w1_2_1 * x1 + w1_2_2 * x2 + b1_2)
        + w2_1_3 * np.tanh(w1_3_1 * x1 + w1_3_2 * x2 + b1_3) + b2_1) * ((1 - np.tanh(w1_3_1 * x1 + w1_3_2 * x2 + b1_3)
        ** 2) * (w2_1_3 * x1)) - (1 - np.tanh(w1_3_1 * x1 + w1_3_2 * x2 + b1_3) ** 2) * (y1 * (w2_1_3 * x1))
    )


def dL_dw1_3_2(params, X, Y):
    """dL/dw1_3_2 of each sample."""
    x1, x2 = X.T
    (y1,) = Y.T
    (w1_1_1, w1_1_2), (w1_2_1, w1_2_2), (w1_3_1, w1_3_2) = params["W1"]
    b1_1, b1_2, b1_3 = params["b1"]
    ((w2_1_1, w2_1_2, w2_1_3),) = params["W2"]
    (b2_1,) = params["b2"]
    return (
        _sigmoid(w2_1_1 * np.tanh(w1_1_1 * x1 + w1_1_2 * x2 + b1_1) + w2_1_2 * np.tanh(w1_2_1 * x1 + w1_2_2 * x2 + b1_2)
        + w2_1_3 * np.tanh(w1_3_1 * x1 + w1_3_2 * x2 + b1_3) + b2_1) * ((1 - np.tanh(w1_3_1 * x1 + w1_3_2 * x2 + b1_3)
        ** 2) * (w2_1_3 * x2)) - (1 - np.tanh(w1_3_1 * x1 + w1_3_2 * x2 + b1_3) ** 2) * (y1 * (w2_1_3 * x2))
    )


def dL_db1_1(params, X, Y):
    """dL/db1_1 of each sample."""
    x1, x2 = X.T
    (y1,) = Y.T
    (w1_1_1, w1_1_2), (w1_2_1, w1_2_2), (w1_3_1, w1_3_2) = params["W1"]
    b1_1, b1_2, b1_3 = params["b1"]
    ((w2_1_1, w2_1_2, w2_1_3),) = params["W2"]
    (b2_1,) = params["b2"]
    return (
        _sigmoid(w2_1_1 * np.tanh(w1_1_1 * x1 + w1_1_2 * x2 + b1_1) + w2_1_2 * np.tanh(w1_2_1 * x1 + w1_2_2 * x2 + b1_2)
        + w2_1_3 * np.tanh(w1_3_1 * x1 + w1_3_2 * x2 + b1_3) + b2_1) * (w2_1_1 * (1 - np.tanh(w1_1_1 * x1 + w1_1_2 * x2
        + b1_1) ** 2)) - (1 - np.tanh(w1_1_1 * x1 + w1_1_2 * x2 + b1_1) ** 2) * (w2_1_1 * y1)
    )


def dL_db1_2(params, X, Y):
    """dL/db1_2 of each sample."""
    x1, x2 = X.T
    (y1,) = Y.T
    (w1_1_1, w1_1_2), (w1_2_1, w1_2_2), (w1_3_1, w1_3_2) = params["W1"]
    b1_1, b1_2, b1_3 = params["b1"]
    ((w2_1_1, w2_1_2, w2_1_3),) = params["W2"]
    (b2_1,) = params["b2"]
    return (
        _sigmoid(w2_1_1 * np.tanh(w1_1_1 * x1 + w1_1_2 * x2 + b1_1) + w2_1_2 * np.tanh(w1_2_1 * x1 + w1_2_2 * x2 + b1_2)
        + w2_1_3 * np.tanh(w1_3_1 * x1 + w1_3_2 * x2 + b1_3) + b2_1) * (w2_1_2 * (1 - np.tanh(w1_2_1 * x1 + w1_2_2 * x2
        + b1_2) ** 2)) - (1 - np.tanh(w1_2_1 * x1 + w1_2_2 * x2 + b1_2) ** 2) * (w2_1_2 * y1)
    )


def dL_db1_3(params, X, Y):
    """dL/db1_3 of each sample."""
    x1, x2 = X.T
    (y1,) = Y.T
    (w1_1_1, w1_1_2), (w1_2_1, w1_2_2), (w1_3_1, w1_3_2) = params["W1"]
    b1_1, b1_2, b1_3 = params["b1"]
    ((w2_1_1, w2_1_2, w2_1_3),) = params["W2"]
    (b2_1,) = params["b2"]
    return (
        _sigmoid(w2_1_1 * np.tanh(w1_1_1 * x1 + w1_1_2 * x2 + b1_1) + w2_1_2 * np.tanh(w1_2_1 * x1 + w1_2_2 * x2 + b1_2)
        + w2_1_3 * np.tanh(w1_3_1 * x1 + w1_3_2 * x2 + b1_3) + b2_1) * (w2_1_3 * (1 - np.tanh(w1_3_1 * x1 + w1_3_2 * x2
        + b1_3) ** 2)) - (1 - np.tanh(w1_3_1 * x1 + w1_3_2 * x2 + b1_3) ** 2) * (w2_1_3 * y1)
    )


def dL_dw2_1_1(params, X, Y):
    """dL/dw2_1_1 of each sample."""
    x1, x2 = X.T
    (y1,) = Y.T
    (w1_1_1, w1_1_2), (w1_2_1, w1_2_2), (w1_3_1, w1_3_2) = params["W1"]
    b1_1, b1_2, b1_3 = params["b1"]
    ((w2_1_1, w2_1_2, w2_1_3),) = params["W2"]
    (b2_1,) = params["b2"]
    return (
        np.tanh(w1_1_1 * x1 + w1_1_2 * x2 + b1_1) * _sigmoid(w2_1_1 * np.tanh(w1_1_1 * x1 + w1_1_2 * x2 + b1_1) + w2_1_2
        * np.tanh(w1_2_1 * x1 + w1_2_2 * x2 + b1_2) + w2_1_3 * np.tanh(w1_3_1 * x1 + w1_3_2 * x2 + b1_3) + b2_1)
        - np.tanh(w1_1_1 * x1 + w1_1_2 * x2 + b1_1) * y1
    )


def dL_dw2_1_2(params, X, Y):
    """dL/dw2_1_2 of each sample."""
    x1, x2 = X.T
    (y1,) = Y.T
    (w1_1_1, w1_1_2), (w1_2_1, w1_2_2), (w1_3_1, w1_3_2) = params["W1"]
    b1_1, b1_2, b1_3 = params["b1"]
    ((w2_1_1, w2_1_2, w2_1_3),) = params["W2"]
    (b2_1,) = params["b2"]
    return (
        np.tanh(w1_2_1 * x1 + w1_2_2 * x2 + b1_2) * _sigmoid(w2_1_1 * np.tanh(w1_1_1 * x1 + w1_1_2 * x2 + b1_1) + w2_1_2
        * np.tanh(w1_2_1 * x1 + w1_2_2 * x2 + b1_2) + w2_1_3 * np.tanh(w1_3_1 * x1 + w1_3_2 * x2 + b1_3) + b2_1)
        - np.tanh(w1_2_1 * x1 + w1_2_2 * x2 + b1_2) * y1
    )


def dL_dw2_1_3(params, X, Y):
    """dL/dw2_1_3 of each sample."""
    x1, x2 = X.T
    (y1,) = Y.T
    (w1_1_1, w1_1_2), (w1_2_1, w1_2_2), (w1_3_1, w1_3_2) = params["W1"]
    b1_1, b1_2, b1_3 = params["b1"]
    ((w2_1_1, w2_1_2, w2_1_3),) = params["W2"]
    (b2_1,) = params["b2"]
    return (
        np.tanh(w1_3_1 * x1 + w1_3_2 * x2 + b1_3) * _sigmoid(w2_1_1 * np.tanh(w1_1_1 * x1 + w1_1_2 * x2 + b1_1) + w2_1_2
        * np.tanh(w1_2_1 * x1 + w1_2_2 * x2 + b1_2) + w2_1_3 * np.tanh(w1_3_1 * x1 + w1_3_2 * x2 + b1_3) + b2_1)
        - np.tanh(w1_3_1 * x1 + w1_3_2 * x2 + b1_3) * y1
    )


def dL_db2_1(params, X, Y):
    """dL/db2_1 of each sample."""
    x1, x2 = X.T
    (y1,) = Y.T
    (w1_1_1, w1_1_2), (w1_2_1, w1_2_2), (w1_3_1, w1_3_2) = params["W1"]
    b1_1, b1_2, b1_3 = params["b1"]
    ((w2_1_1, w2_1_2, w2_1_3),) = params["W2"]
    (b2_1,) = params["b2"]
    return (
        _sigmoid(w2_1_1 * np.tanh(w1_1_1 * x1 + w1_1_2 * x2 + b1_1) + w2_1_2 * np.tanh(w1_2_1 * x1 + w1_2_2 * x2 + b1_2)
        + w2_1_3 * np.tanh(w1_3_1 * x1 + w1_3_2 * x2 + b1_3) + b2_1) - y1
    )


def loss_per_sample(params, X, Y):
    """The loss of each sample."""
    x1, x2 = X.T
    (y1,) = Y.T
    (w1_1_1, w1_1_2), (w1_2_1, w1_2_2), (w1_3_1, w1_3_2) = params["W1"]
    b1_1, b1_2, b1_3 = params["b1"]
    ((w2_1_1, w2_1_2, w2_1_3),) = params["W2"]
    (b2_1,) = params["b2"]
    return (
        np.logaddexp(w2_1_1 * np.tanh(w1_1_1 * x1 + w1_1_2 * x2 + b1_1) + w2_1_2 * np.tanh(w1_2_1 * x1 + w1_2_2 * x2
        + b1_2) + w2_1_3 * np.tanh(w1_3_1 * x1 + w1_3_2 * x2 + b1_3) + b2_1, 0.0) - (w2_1_1 * np.tanh(w1_1_1 * x1
        + w1_1_2 * x2 + b1_1) + w2_1_2 * np.tanh(w1_2_1 * x1 + w1_2_2 * x2 + b1_2) + w2_1_3 * np.tanh(w1_3_1 * x1
        + w1_3_2 * x2 + b1_3) + b2_1) * y1
    )


def loss(params, X, Y):
    """The mean over the samples of the loss."""
    X, Y = _checked(params, X, Y)
    return float(np.mean(loss_per_sample(params, X, Y)))


def loss_and_grad(params, X, Y, scale=1.0, work=None):
    """(mean loss, its derivatives times scale), each derivative on its own."""
    X, Y = _checked(params, X, Y)
    flat = float(scale) * np.array([
        np.mean(dL_dw1_1_1(params, X, Y)), np.mean(dL_dw1_1_2(params, X, Y)), np.mean(dL_dw1_2_1(params, X, Y)),
        np.mean(dL_dw1_2_2(params, X, Y)), np.mean(dL_dw1_3_1(params, X, Y)), np.mean(dL_dw1_3_2(params, X, Y)),
        np.mean(dL_db1_1(params, X, Y)), np.mean(dL_db1_2(params, X, Y)), np.mean(dL_db1_3(params, X, Y)),
        np.mean(dL_dw2_1_1(params, X, Y)), np.mean(dL_dw2_1_2(params, X, Y)), np.mean(dL_dw2_1_3(params, X, Y)),
        np.mean(dL_db2_1(params, X, Y)),
    ], X.dtype)
    return loss(params, X, Y), {
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
