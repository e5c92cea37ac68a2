# symbackprop module, format 3
"""The 4-8-3 network, hidden tanh, output softmax, loss cross_entropy: one backward sweep, every factor once.

Made by: symbackprop generate 4-8-3 --hidden tanh --output softmax --loss cross_entropy
256 operations for the loss and all 67 derivatives of one sample; 56739 if each were derived alone.
"""

import numpy as np

SHAPES = {"W1": (8, 4), "b1": (8,), "W2": (3, 8), "b2": (3,)}
MODEL = {
    "title": "the 4-8-3 network, hidden tanh, output softmax, loss cross_entropy", "engine": "numpy",
    "style": "readable", "program": "17baa5f4ca3af5cb", "inputs": {"x1": (), "x2": (), "x3": (), "x4": ()},
    "targets": {"y1": (), "y2": (), "y3": ()}, "outputs": {"a2_1": (), "a2_2": (), "a2_3": ()}, "task": "classes",
    "target_range": (0, 1), "targets_sum_to_one": True, "standardize": ("X",),
    "start": {"W1": (0.0, 0.5), "b1": (0.0, 0.0), "W2": (0.0, 0.3535533905932738), "b2": (0.0, 0.0)},
}


def _top(*xs):
    """The largest, or 0 where that is infinite: what exponents are measured from."""
    top = xs[0]
    for x in xs[1:]:
        top = np.maximum(top, x)
    return np.where(np.isfinite(top), top, 0.0)


def init(seed=0, dtype=np.float64):
    """Start values by name, of SHAPES: normal, with the means and deviations that MODEL has."""
    rng, start = np.random.default_rng(seed), MODEL["start"].items()
    return {name: np.array(m + s * rng.standard_normal(SHAPES[name]), dtype) for name, (m, s) in start}


def _checked(params, X, Y, targets=3):
    """X and Y in the dtype of params; a ValueError names what is of another shape or dtype."""
    for name in {**SHAPES, **params}:
        found = getattr(params[name], "shape", "no array") if name in params else "absent"
        if found != SHAPES.get(name, "absent"):
            raise ValueError(f"{name} should be {SHAPES.get(name, 'absent')}, is {found}")
    dtypes = {value.dtype for value in params.values()}
    if len(dtypes) > 1 or not all(dtype.kind == "f" and dtype.isnative for dtype in dtypes):
        raise ValueError(f"params should be of one dtype of floats, are {sorted(map(str, dtypes))}")
    X, Y = (np.atleast_1d(data) for data in (X, np.empty((*np.shape(X)[:1], 0)) if Y is None else Y))
    for name, data, columns in (("X", X, 4), ("Y", Y, targets)):
        if data.shape != (len(X) or 1, columns) or data.dtype.kind not in "fiub":
            wanted = f"numbers of {len(X) or 'samples', columns}"
            raise ValueError(f"{name} should be {wanted}, is {data.dtype} of {data.shape}")
    return np.asarray(X, *dtypes), np.asarray(Y, *dtypes)


def _forward(params, X):
    """The forward pass: what the backward pass remembers of it."""
    x1, x2, x3, x4 = X.T
    (
        (w1_1_1, w1_1_2, w1_1_3, w1_1_4), (w1_2_1, w1_2_2, w1_2_3, w1_2_4), (w1_3_1, w1_3_2, w1_3_3, w1_3_4), (w1_4_1,
        w1_4_2, w1_4_3, w1_4_4), (w1_5_1, w1_5_2, w1_5_3, w1_5_4), (w1_6_1, w1_6_2, w1_6_3, w1_6_4), (w1_7_1, w1_7_2,
        w1_7_3, w1_7_4), (w1_8_1, w1_8_2, w1_8_3, w1_8_4)
    ) = params["W1"]
    b1_1, b1_2, b1_3, b1_4, b1_5, b1_6, b1_7, b1_8 = params["b1"]
    (
        (w2_1_1, w2_1_2, w2_1_3, w2_1_4, w2_1_5, w2_1_6, w2_1_7, w2_1_8), (w2_2_1, w2_2_2, w2_2_3, w2_2_4, w2_2_5,
        w2_2_6, w2_2_7, w2_2_8), (w2_3_1, w2_3_2, w2_3_3, w2_3_4, w2_3_5, w2_3_6, w2_3_7, w2_3_8)
    ) = params["W2"]
    b2_1, b2_2, b2_3 = params["b2"]
    # forward: layer 1
    z1_1 = w1_1_1 * x1 + w1_1_2 * x2 + w1_1_3 * x3 + w1_1_4 * x4 + b1_1
    z1_2 = w1_2_1 * x1 + w1_2_2 * x2 + w1_2_3 * x3 + w1_2_4 * x4 + b1_2
    z1_3 = w1_3_1 * x1 + w1_3_2 * x2 + w1_3_3 * x3 + w1_3_4 * x4 + b1_3
    z1_4 = w1_4_1 * x1 + w1_4_2 * x2 + w1_4_3 * x3 + w1_4_4 * x4 + b1_4
    z1_5 = w1_5_1 * x1 + w1_5_2 * x2 + w1_5_3 * x3 + w1_5_4 * x4 + b1_5
    z1_6 = w1_6_1 * x1 + w1_6_2 * x2 + w1_6_3 * x3 + w1_6_4 * x4 + b1_6
    z1_7 = w1_7_1 * x1 + w1_7_2 * x2 + w1_7_3 * x3 + w1_7_4 * x4 + b1_7
    z1_8 = w1_8_1 * x1 + w1_8_2 * x2 + w1_8_3 * x3 + w1_8_4 * x4 + b1_8
    a1_1 = np.tanh(z1_1)
    a1_2 = np.tanh(z1_2)
    a1_3 = np.tanh(z1_3)
    a1_4 = np.tanh(z1_4)
    a1_5 = np.tanh(z1_5)
    a1_6 = np.tanh(z1_6)
    a1_7 = np.tanh(z1_7)
    a1_8 = np.tanh(z1_8)
    # forward: layer 2
    z2_1 = (
        w2_1_1 * a1_1 + w2_1_2 * a1_2 + w2_1_3 * a1_3 + w2_1_4 * a1_4 + w2_1_5 * a1_5 + w2_1_6 * a1_6 + w2_1_7 * a1_7
        + w2_1_8 * a1_8 + b2_1
    )
    z2_2 = (
        w2_2_1 * a1_1 + w2_2_2 * a1_2 + w2_2_3 * a1_3 + w2_2_4 * a1_4 + w2_2_5 * a1_5 + w2_2_6 * a1_6 + w2_2_7 * a1_7
        + w2_2_8 * a1_8 + b2_2
    )
    z2_3 = (
        w2_3_1 * a1_1 + w2_3_2 * a1_2 + w2_3_3 * a1_3 + w2_3_4 * a1_4 + w2_3_5 * a1_5 + w2_3_6 * a1_6 + w2_3_7 * a1_7
        + w2_3_8 * a1_8 + b2_3
    )
    v1 = _top(z2_1, z2_2, z2_3)
    v2 = np.exp(z2_1 - v1)
    v3 = np.exp(z2_2 - v1)
    v4 = np.exp(z2_3 - v1)
    v5 = v2 + v3 + v4
    a2_1 = v2 / v5  # a2_1 = exp(z2_1 - lse2), lse2 = logsumexp(z2_1, z2_2, z2_3)
    a2_2 = v3 / v5  # a2_2 = exp(z2_2 - lse2), lse2 = logsumexp(z2_1, z2_2, z2_3)
    a2_3 = v4 / v5  # a2_3 = exp(z2_3 - lse2), lse2 = logsumexp(z2_1, z2_2, z2_3)
    return x1, x2, x3, x4, a1_1, a1_2, a1_3, a1_4, a1_5, a1_6, a1_7, a1_8, z2_1, z2_2, z2_3, v1, v5, a2_1, a2_2, a2_3


def forward(params, X):
    """The outputs for each row of X: (samples, outputs)."""
    X, _ = _checked(params, X, None, targets=0)
    *_, a2_1, a2_2, a2_3 = _forward(params, X)
    return np.stack([a2_1, a2_2, a2_3], axis=1, dtype=X.dtype)


def loss(params, X, Y):
    """The mean over the samples of the loss."""
    X, Y = _checked(params, X, Y)
    *_, z2_1, z2_2, z2_3, v1, v5, _, _, _ = _forward(params, X)
    y1, y2, y3 = Y.T
    # L = lse2 - (z2_1 * y1 + z2_2 * y2 + z2_3 * y3), lse2 = logsumexp(z2_1, z2_2, z2_3)
    L = v1 - z2_1 * y1 - z2_2 * y2 - z2_3 * y3 + np.log(v5)
    return float(L.sum()) / len(X)


def loss_and_grad(params, X, Y, scale=1.0, work=None):
    """(mean loss, its derivatives times scale: arrays of SHAPES, views of one new flat array)."""
    return _sweep(params, *_checked(params, X, Y), scale)


def _sweep(params, X, Y, scale, work=None):
    """loss_and_grad without checks."""
    (
        x1, x2, x3, x4, a1_1, a1_2, a1_3, a1_4, a1_5, a1_6, a1_7, a1_8, z2_1, z2_2, z2_3, v1, v5, a2_1, a2_2, a2_3
    ) = _forward(params, X)
    y1, y2, y3 = Y.T
    (
        (w2_1_1, w2_1_2, w2_1_3, w2_1_4, w2_1_5, w2_1_6, w2_1_7, w2_1_8), (w2_2_1, w2_2_2, w2_2_3, w2_2_4, w2_2_5,
        w2_2_6, w2_2_7, w2_2_8), (w2_3_1, w2_3_2, w2_3_3, w2_3_4, w2_3_5, w2_3_6, w2_3_7, w2_3_8)
    ) = params["W2"]
    scale = float(scale) / len(X)  # a factor of each derivative, for the mean over the samples
    # L = lse2 - (z2_1 * y1 + z2_2 * y2 + z2_3 * y3), lse2 = logsumexp(z2_1, z2_2, z2_3)
    L = v1 - z2_1 * y1 - z2_2 * y2 - z2_3 * y3 + np.log(v5)
    # backward: from the loss to the inputs, each adjoint once
    delta2_1 = (a2_1 - y1) * scale  # dL/dz2_1 = dL/dlse2 * dlse2/dz2_1 + dL/dz2_1|direct
    delta2_2 = (a2_2 - y2) * scale  # dL/dz2_2 = dL/dlse2 * dlse2/dz2_2 + dL/dz2_2|direct
    delta2_3 = (a2_3 - y3) * scale  # dL/dz2_3 = dL/dlse2 * dlse2/dz2_3 + dL/dz2_3|direct
    dL_dw2_1_1 = a1_1 @ delta2_1  # dL/dw2_1_1 = dL/dz2_1 * dz2_1/dw2_1_1
    dL_dw2_1_2 = a1_2 @ delta2_1  # dL/dw2_1_2 = dL/dz2_1 * dz2_1/dw2_1_2
    dL_dw2_1_3 = a1_3 @ delta2_1  # dL/dw2_1_3 = dL/dz2_1 * dz2_1/dw2_1_3
    dL_dw2_1_4 = a1_4 @ delta2_1  # dL/dw2_1_4 = dL/dz2_1 * dz2_1/dw2_1_4
    dL_dw2_1_5 = a1_5 @ delta2_1  # dL/dw2_1_5 = dL/dz2_1 * dz2_1/dw2_1_5
    dL_dw2_1_6 = a1_6 @ delta2_1  # dL/dw2_1_6 = dL/dz2_1 * dz2_1/dw2_1_6
    dL_dw2_1_7 = a1_7 @ delta2_1  # dL/dw2_1_7 = dL/dz2_1 * dz2_1/dw2_1_7
    dL_dw2_1_8 = a1_8 @ delta2_1  # dL/dw2_1_8 = dL/dz2_1 * dz2_1/dw2_1_8
    dL_dw2_2_1 = a1_1 @ delta2_2  # dL/dw2_2_1 = dL/dz2_2 * dz2_2/dw2_2_1
    dL_dw2_2_2 = a1_2 @ delta2_2  # dL/dw2_2_2 = dL/dz2_2 * dz2_2/dw2_2_2
    dL_dw2_2_3 = a1_3 @ delta2_2  # dL/dw2_2_3 = dL/dz2_2 * dz2_2/dw2_2_3
    dL_dw2_2_4 = a1_4 @ delta2_2  # dL/dw2_2_4 = dL/dz2_2 * dz2_2/dw2_2_4
    dL_dw2_2_5 = a1_5 @ delta2_2  # dL/dw2_2_5 = dL/dz2_2 * dz2_2/dw2_2_5
    dL_dw2_2_6 = a1_6 @ delta2_2  # dL/dw2_2_6 = dL/dz2_2 * dz2_2/dw2_2_6
    dL_dw2_2_7 = a1_7 @ delta2_2  # dL/dw2_2_7 = dL/dz2_2 * dz2_2/dw2_2_7
    dL_dw2_2_8 = a1_8 @ delta2_2  # dL/dw2_2_8 = dL/dz2_2 * dz2_2/dw2_2_8
    dL_dw2_3_1 = a1_1 @ delta2_3  # dL/dw2_3_1 = dL/dz2_3 * dz2_3/dw2_3_1
    dL_dw2_3_2 = a1_2 @ delta2_3  # dL/dw2_3_2 = dL/dz2_3 * dz2_3/dw2_3_2
    dL_dw2_3_3 = a1_3 @ delta2_3  # dL/dw2_3_3 = dL/dz2_3 * dz2_3/dw2_3_3
    dL_dw2_3_4 = a1_4 @ delta2_3  # dL/dw2_3_4 = dL/dz2_3 * dz2_3/dw2_3_4
    dL_dw2_3_5 = a1_5 @ delta2_3  # dL/dw2_3_5 = dL/dz2_3 * dz2_3/dw2_3_5
    dL_dw2_3_6 = a1_6 @ delta2_3  # dL/dw2_3_6 = dL/dz2_3 * dz2_3/dw2_3_6
    dL_dw2_3_7 = a1_7 @ delta2_3  # dL/dw2_3_7 = dL/dz2_3 * dz2_3/dw2_3_7
    dL_dw2_3_8 = a1_8 @ delta2_3  # dL/dw2_3_8 = dL/dz2_3 * dz2_3/dw2_3_8
    # dL/da1_1 = dL/dz2_1 * dz2_1/da1_1 + dL/dz2_2 * dz2_2/da1_1 + dL/dz2_3 * dz2_3/da1_1
    dL_da1_1 = w2_1_1 * delta2_1 + w2_2_1 * delta2_2 + w2_3_1 * delta2_3
    # dL/da1_2 = dL/dz2_1 * dz2_1/da1_2 + dL/dz2_2 * dz2_2/da1_2 + dL/dz2_3 * dz2_3/da1_2
    dL_da1_2 = w2_1_2 * delta2_1 + w2_2_2 * delta2_2 + w2_3_2 * delta2_3
    # dL/da1_3 = dL/dz2_1 * dz2_1/da1_3 + dL/dz2_2 * dz2_2/da1_3 + dL/dz2_3 * dz2_3/da1_3
    dL_da1_3 = w2_1_3 * delta2_1 + w2_2_3 * delta2_2 + w2_3_3 * delta2_3
    # dL/da1_4 = dL/dz2_1 * dz2_1/da1_4 + dL/dz2_2 * dz2_2/da1_4 + dL/dz2_3 * dz2_3/da1_4
    dL_da1_4 = w2_1_4 * delta2_1 + w2_2_4 * delta2_2 + w2_3_4 * delta2_3
    # dL/da1_5 = dL/dz2_1 * dz2_1/da1_5 + dL/dz2_2 * dz2_2/da1_5 + dL/dz2_3 * dz2_3/da1_5
    dL_da1_5 = w2_1_5 * delta2_1 + w2_2_5 * delta2_2 + w2_3_5 * delta2_3
    # dL/da1_6 = dL/dz2_1 * dz2_1/da1_6 + dL/dz2_2 * dz2_2/da1_6 + dL/dz2_3 * dz2_3/da1_6
    dL_da1_6 = w2_1_6 * delta2_1 + w2_2_6 * delta2_2 + w2_3_6 * delta2_3
    # dL/da1_7 = dL/dz2_1 * dz2_1/da1_7 + dL/dz2_2 * dz2_2/da1_7 + dL/dz2_3 * dz2_3/da1_7
    dL_da1_7 = w2_1_7 * delta2_1 + w2_2_7 * delta2_2 + w2_3_7 * delta2_3
    # dL/da1_8 = dL/dz2_1 * dz2_1/da1_8 + dL/dz2_2 * dz2_2/da1_8 + dL/dz2_3 * dz2_3/da1_8
    dL_da1_8 = w2_1_8 * delta2_1 + w2_2_8 * delta2_2 + w2_3_8 * delta2_3
    delta1_1 = dL_da1_1 * (1 - a1_1 ** 2)  # dL/dz1_1 = dL/da1_1 * da1_1/dz1_1
    delta1_2 = dL_da1_2 * (1 - a1_2 ** 2)  # dL/dz1_2 = dL/da1_2 * da1_2/dz1_2
    delta1_3 = dL_da1_3 * (1 - a1_3 ** 2)  # dL/dz1_3 = dL/da1_3 * da1_3/dz1_3
    delta1_4 = dL_da1_4 * (1 - a1_4 ** 2)  # dL/dz1_4 = dL/da1_4 * da1_4/dz1_4
    delta1_5 = dL_da1_5 * (1 - a1_5 ** 2)  # dL/dz1_5 = dL/da1_5 * da1_5/dz1_5
    delta1_6 = dL_da1_6 * (1 - a1_6 ** 2)  # dL/dz1_6 = dL/da1_6 * da1_6/dz1_6
    delta1_7 = dL_da1_7 * (1 - a1_7 ** 2)  # dL/dz1_7 = dL/da1_7 * da1_7/dz1_7
    delta1_8 = dL_da1_8 * (1 - a1_8 ** 2)  # dL/dz1_8 = dL/da1_8 * da1_8/dz1_8
    dL_dw1_1_1 = x1 @ delta1_1  # dL/dw1_1_1 = dL/dz1_1 * dz1_1/dw1_1_1
    dL_dw1_1_2 = x2 @ delta1_1  # dL/dw1_1_2 = dL/dz1_1 * dz1_1/dw1_1_2
    dL_dw1_1_3 = x3 @ delta1_1  # dL/dw1_1_3 = dL/dz1_1 * dz1_1/dw1_1_3
    dL_dw1_1_4 = x4 @ delta1_1  # dL/dw1_1_4 = dL/dz1_1 * dz1_1/dw1_1_4
    dL_dw1_2_1 = x1 @ delta1_2  # dL/dw1_2_1 = dL/dz1_2 * dz1_2/dw1_2_1
    dL_dw1_2_2 = x2 @ delta1_2  # dL/dw1_2_2 = dL/dz1_2 * dz1_2/dw1_2_2
    dL_dw1_2_3 = x3 @ delta1_2  # dL/dw1_2_3 = dL/dz1_2 * dz1_2/dw1_2_3
    dL_dw1_2_4 = x4 @ delta1_2  # dL/dw1_2_4 = dL/dz1_2 * dz1_2/dw1_2_4
    dL_dw1_3_1 = x1 @ delta1_3  # dL/dw1_3_1 = dL/dz1_3 * dz1_3/dw1_3_1
    dL_dw1_3_2 = x2 @ delta1_3  # dL/dw1_3_2 = dL/dz1_3 * dz1_3/dw1_3_2
    dL_dw1_3_3 = x3 @ delta1_3  # dL/dw1_3_3 = dL/dz1_3 * dz1_3/dw1_3_3
    dL_dw1_3_4 = x4 @ delta1_3  # dL/dw1_3_4 = dL/dz1_3 * dz1_3/dw1_3_4
    dL_dw1_4_1 = x1 @ delta1_4  # dL/dw1_4_1 = dL/dz1_4 * dz1_4/dw1_4_1
    dL_dw1_4_2 = x2 @ delta1_4  # dL/dw1_4_2 = dL/dz1_4 * dz1_4/dw1_4_2
    dL_dw1_4_3 = x3 @ delta1_4  # dL/dw1_4_3 = dL/dz1_4 * dz1_4/dw1_4_3
    dL_dw1_4_4 = x4 @ delta1_4  # dL/dw1_4_4 = dL/dz1_4 * dz1_4/dw1_4_4
    dL_dw1_5_1 = x1 @ delta1_5  # dL/dw1_5_1 = dL/dz1_5 * dz1_5/dw1_5_1
    dL_dw1_5_2 = x2 @ delta1_5  # dL/dw1_5_2 = dL/dz1_5 * dz1_5/dw1_5_2
    dL_dw1_5_3 = x3 @ delta1_5  # dL/dw1_5_3 = dL/dz1_5 * dz1_5/dw1_5_3
    dL_dw1_5_4 = x4 @ delta1_5  # dL/dw1_5_4 = dL/dz1_5 * dz1_5/dw1_5_4
    dL_dw1_6_1 = x1 @ delta1_6  # dL/dw1_6_1 = dL/dz1_6 * dz1_6/dw1_6_1
    dL_dw1_6_2 = x2 @ delta1_6  # dL/dw1_6_2 = dL/dz1_6 * dz1_6/dw1_6_2
    dL_dw1_6_3 = x3 @ delta1_6  # dL/dw1_6_3 = dL/dz1_6 * dz1_6/dw1_6_3
    dL_dw1_6_4 = x4 @ delta1_6  # dL/dw1_6_4 = dL/dz1_6 * dz1_6/dw1_6_4
    dL_dw1_7_1 = x1 @ delta1_7  # dL/dw1_7_1 = dL/dz1_7 * dz1_7/dw1_7_1
    dL_dw1_7_2 = x2 @ delta1_7  # dL/dw1_7_2 = dL/dz1_7 * dz1_7/dw1_7_2
    dL_dw1_7_3 = x3 @ delta1_7  # dL/dw1_7_3 = dL/dz1_7 * dz1_7/dw1_7_3
    dL_dw1_7_4 = x4 @ delta1_7  # dL/dw1_7_4 = dL/dz1_7 * dz1_7/dw1_7_4
    dL_dw1_8_1 = x1 @ delta1_8  # dL/dw1_8_1 = dL/dz1_8 * dz1_8/dw1_8_1
    dL_dw1_8_2 = x2 @ delta1_8  # dL/dw1_8_2 = dL/dz1_8 * dz1_8/dw1_8_2
    dL_dw1_8_3 = x3 @ delta1_8  # dL/dw1_8_3 = dL/dz1_8 * dz1_8/dw1_8_3
    dL_dw1_8_4 = x4 @ delta1_8  # dL/dw1_8_4 = dL/dz1_8 * dz1_8/dw1_8_4
    flat = np.array([
        dL_dw1_1_1, dL_dw1_1_2, dL_dw1_1_3, dL_dw1_1_4, dL_dw1_2_1, dL_dw1_2_2, dL_dw1_2_3, dL_dw1_2_4, dL_dw1_3_1,
        dL_dw1_3_2, dL_dw1_3_3, dL_dw1_3_4, dL_dw1_4_1, dL_dw1_4_2, dL_dw1_4_3, dL_dw1_4_4, dL_dw1_5_1, dL_dw1_5_2,
        dL_dw1_5_3, dL_dw1_5_4, dL_dw1_6_1, dL_dw1_6_2, dL_dw1_6_3, dL_dw1_6_4, dL_dw1_7_1, dL_dw1_7_2, dL_dw1_7_3,
        dL_dw1_7_4, dL_dw1_8_1, dL_dw1_8_2, dL_dw1_8_3, dL_dw1_8_4, delta1_1.sum(), delta1_2.sum(), delta1_3.sum(),
        delta1_4.sum(), delta1_5.sum(), delta1_6.sum(), delta1_7.sum(), delta1_8.sum(), dL_dw2_1_1, dL_dw2_1_2,
        dL_dw2_1_3, dL_dw2_1_4, dL_dw2_1_5, dL_dw2_1_6, dL_dw2_1_7, dL_dw2_1_8, dL_dw2_2_1, dL_dw2_2_2, dL_dw2_2_3,
        dL_dw2_2_4, dL_dw2_2_5, dL_dw2_2_6, dL_dw2_2_7, dL_dw2_2_8, dL_dw2_3_1, dL_dw2_3_2, dL_dw2_3_3, dL_dw2_3_4,
        dL_dw2_3_5, dL_dw2_3_6, dL_dw2_3_7, dL_dw2_3_8, delta2_1.sum(), delta2_2.sum(), delta2_3.sum(),
    ], X.dtype)
    return float(L.sum()) / len(X), {
        "W1": flat[0:32].reshape(8, 4), "b1": flat[32:40], "W2": flat[40:64].reshape(3, 8), "b2": flat[64:67],
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
