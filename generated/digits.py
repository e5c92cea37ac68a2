# symbackprop module, format 3
"""The 64-32-10 network, hidden tanh, output softmax, loss cross_entropy: one backward sweep over whole layers.

Made by: symbackprop generate 64-32-10 --hidden tanh --output softmax --loss cross_entropy --form matrix
A batch of n samples takes n * 776 + 20,080 bytes of workspace in float64, n * 388 + 10,040 in float32.
"""

import numpy as np

SHAPES = {"W1": (32, 64), "b1": (32,), "W2": (10, 32), "b2": (10,)}
MODEL = {
    "title": "the 64-32-10 network, hidden tanh, output softmax, loss cross_entropy", "engine": "numpy",
    "style": "fast", "program": "34587fa441a8a1d5", "inputs": {"x": (64,)}, "targets": {"y": (10,)},
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


class Workspace:
    """The arrays that a step writes into, for so many samples of one dtype; each loop needs its own."""

    def __init__(self, samples, dtype=np.float64):
        if samples < 1:
            raise ValueError(f"a batch needs at least one sample, got {samples}")
        self.samples, self.dtype = samples, np.dtype(dtype)
        n = samples
        self.flat = flat = np.empty(2410, dtype)
        self.grads = {
            "W1": flat[0:2048].reshape(64, 32).T, "b1": flat[2048:2080], "W2": flat[2080:2400].reshape(10, 32),
            "b2": flat[2400:2410],
        }
        buffer1 = np.empty((n, 32), dtype)
        buffer2 = np.empty((10, n), dtype)
        buffer3 = np.empty((n,), dtype)
        buffer4 = np.empty((10, n), dtype)
        ones_10_10 = np.ones((10, 10), dtype)
        buffer6 = np.empty((10, n), dtype)
        buffer7 = np.empty((n,), dtype)
        ones_n = np.ones((n,), dtype)
        buffer9 = np.empty((n, 32), dtype)
        grad_W1, grad_b1, grad_W2, grad_b2 = self.grads.values()
        grad_W1_T = grad_W1.T
        buffer1_T = buffer1.T
        buffer6_first = buffer6[0]
        buffer2_flat = buffer2.reshape(-1)
        buffer6_flat = buffer6.reshape(-1)
        buffer4_T = buffer4.T
        self.ahead = (buffer1, buffer2, buffer3, buffer4, ones_10_10, buffer6, buffer1_T)
        self.back = (
            buffer1, buffer4, buffer6, buffer7, ones_n, buffer9, buffer6_first, buffer2_flat, buffer6_flat, buffer4_T,
            grad_W1_T, grad_b1, grad_W2, grad_b2,
        )


def _forward(params, X, work):
    """The forward pass: what the backward pass remembers of it."""
    W1, b1 = params["W1"], params["b1"]
    W2, b2 = params["W2"], params["b2"]
    buffer1, buffer2, buffer3, buffer4, ones_10_10, buffer6, buffer1_T = work.ahead
    # forward: layer 1
    v1 = X.dot(W1.T, out=buffer1)
    z1 = np.add(v1, b1, out=buffer1)  # z1 = W1 @ x + b1
    a1 = np.tanh(z1, out=buffer1)  # a1 = tanh(z1)
    # forward: layer 2
    v2 = W2.dot(buffer1_T, out=buffer2)
    z2 = np.add(v2, b2[:, None], out=buffer2)  # z2 = W2 @ a1 + b2, transposed
    v3 = np.maximum.reduce(z2, axis=0, out=buffer3)
    v4 = np.subtract(z2, v3, out=buffer4)
    v5 = np.exp(v4, out=buffer4)
    v6 = ones_10_10.dot(v5, out=buffer6)
    a2 = np.divide(v5, v6, out=buffer4)  # a2 = softmax(z2), transposed
    return a1, z2, v3, v6, a2


def forward(params, X):
    """The outputs for each row of X: (samples, outputs)."""
    X, _ = _checked(params, X, None, targets=0)
    *_, a2 = _forward(params, X, Workspace(len(X), X.dtype))
    return np.concatenate([a2.T], axis=1, dtype=X.dtype)


def loss(params, X, Y):
    """The mean over the samples of the loss."""
    X, Y = _checked(params, X, Y)
    _, z2, v3, v6, _ = _forward(params, X, Workspace(len(X), X.dtype))
    # forward: loss
    v17 = np.ones((len(X),), X.dtype)
    v18 = v3 @ v17 - z2.reshape(-1) @ np.broadcast_to(Y.T, (10, len(X))).reshape(-1) + np.log(v6[0]) @ v17
    return float(v18) / len(X)


def loss_and_grad(params, X, Y, scale=1.0, work=None):
    """(mean loss, its derivatives times scale: arrays of SHAPES, views of one flat array).

    With work they lie there, and are written over by the next call; without they are new.
    """
    X, Y = _checked(params, X, Y)
    work = Workspace(len(X), X.dtype) if work is None else work
    if (work.samples, work.dtype) != (len(X), X.dtype):
        made_for = f"{work.samples} samples of {work.dtype}"
        raise ValueError(f"work is for {made_for}, X has {len(X)} of {X.dtype}: make another")
    if any(np.may_share_memory(value, work.flat) for value in params.values()):
        raise ValueError("params lie in the arrays of work, which are written over: pass copies")
    with np.errstate(all="ignore"):
        return _sweep(params, X, Y, scale, work)


def _sweep(params, X, Y, scale, work):
    """loss_and_grad without checks; the derivatives lie in work.grads."""
    a1, _, v3, _, a2 = _forward(params, X, work)
    W2 = params["W2"]
    (
        buffer1, buffer4, buffer6, buffer7, ones_n, buffer9, buffer6_first, buffer2_flat, buffer6_flat, buffer4_T,
        grad_W1_T, grad_b1, grad_W2, grad_b2
    ) = work.back
    scale = float(scale) / len(X)  # a factor of each derivative, for the mean over the samples
    # forward: loss
    v7 = np.log(buffer6_first, out=buffer7)
    np.copyto(buffer6, Y.T)
    v8 = buffer6
    v9 = buffer2_flat.dot(buffer6_flat)
    v10 = v3.dot(ones_n)
    v11 = v7.dot(ones_n)
    v12 = v10 - v9
    v13 = v12 + v11
    # backward: layer 2
    v14 = np.subtract(a2, v8, out=buffer4)
    delta2 = np.multiply(v14, scale, out=buffer4)  # dL/dz2 = a2 - y, transposed
    delta2.dot(a1, out=grad_W2)  # dL/dW2 = delta2 @ a1.T
    delta2.dot(ones_n, out=grad_b2)  # dL/db2 = delta2
    # backward: layer 1
    dL_da1 = buffer4_T.dot(W2, out=buffer9)  # dL/da1 = W2.T @ delta2
    v15 = np.square(a1, out=buffer1)
    v16 = np.multiply(v15, dL_da1, out=buffer1)
    delta1 = np.subtract(dL_da1, v16, out=buffer9)  # dL/dz1 = dL/da1 * (1 - a1 ** 2)
    ones_n.dot(delta1, out=grad_b1)  # dL/db1 = delta1
    X.T.dot(delta1, out=grad_W1_T)  # dL/dW1 = delta1 @ x.T
    return float(v13) / len(X), work.grads


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
