# symbackprop module, format 3
"""The 2-3-1 network, hidden tanh, output sigmoid, loss bce: one backward sweep, every factor once.

Made by: symbackprop generate 2-3-1 --hidden tanh --output sigmoid --loss bce --target jax
47 operations for the loss and all 13 derivatives of one sample; 554 if each were derived alone.
Pure functions, for jax.jit, vmap and scan: they check nothing, and keep the dtype of params.
"""

import jax
import jax.numpy as jnp
import numpy as np

SHAPES = {"W1": (3, 2), "b1": (3,), "W2": (1, 3), "b2": (1,)}
MODEL = {
    "title": "the 2-3-1 network, hidden tanh, output sigmoid, loss bce", "engine": "jax", "style": "readable",
    "program": "1f5ff871710d533e", "inputs": {"x1": (), "x2": ()}, "targets": {"y1": ()}, "outputs": {"a2_1": ()},
    "task": "classes", "target_range": (0, 1), "targets_sum_to_one": False, "standardize": ("X",), "split": {},
    "start": {"W1": (0.0, 0.7071067811865476), "b1": (0.0, 0.0), "W2": (0.0, 0.5773502691896257), "b2": (0.0, 0.0)},
}


def _arrays(shapes, params, *data):
    """The parameters and the data as arrays of one dtype, that of the parameters."""
    params = {name: jnp.asarray(params[name]) for name in shapes}
    dtype = jnp.result_type(*params.values())
    if not jnp.issubdtype(dtype, jnp.floating):
        raise ValueError(f"params should be floats, are {dtype}")
    return (params, *(None if array is None else jnp.asarray(array, dtype) for array in data))


def init(seed=0, dtype=float):
    """Start values by name, of SHAPES: normal, with the means and deviations that MODEL has."""
    rng, start = np.random.default_rng(seed), MODEL["start"].items()
    return {name: jnp.asarray(m + s * rng.standard_normal(SHAPES[name]), dtype) for name, (m, s) in start}


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
    a1_1 = jnp.tanh(z1_1)
    a1_2 = jnp.tanh(z1_2)
    a1_3 = jnp.tanh(z1_3)
    # forward: layer 2
    z2_1 = w2_1_1 * a1_1 + w2_1_2 * a1_2 + w2_1_3 * a1_3 + b2_1
    a2_1 = jax.nn.sigmoid(z2_1)
    return x1, x2, a1_1, a1_2, a1_3, z2_1, a2_1


def forward(params, X):
    """The outputs for each row of X: (samples, outputs)."""
    params, X = _arrays(SHAPES, params, X)
    *_, a2_1 = _forward(params, X)
    return jnp.stack([a2_1], axis=1, dtype=X.dtype)


@jax.custom_vjp
def _loss(params, X, Y):
    *_, z2_1, _ = _forward(params, X)
    (y1,) = Y.T
    L = jnp.maximum(z2_1, 0.0) - z2_1 * y1 + jnp.log1p(jnp.exp(-jnp.abs(z2_1)))  # L = softplus(z2_1) - z2_1 * y1
    return L.sum() / len(X)


def loss(params, X, Y):
    """The mean over the samples of the loss: an array without axes. jax.grad of it is the sweep below."""
    return _loss(*_arrays(SHAPES, params, X, Y))


def loss_and_grad(params, X, Y, scale=1.0):
    """(mean loss, its derivatives times scale: arrays of SHAPES by name)."""
    params, X, Y = _arrays(SHAPES, params, X, Y)
    x1, x2, a1_1, a1_2, a1_3, z2_1, a2_1 = _forward(params, X)
    (y1,) = Y.T
    ((w2_1_1, w2_1_2, w2_1_3),) = params["W2"]
    scale = jnp.asarray(scale, X.dtype) / len(X)  # a factor of each derivative, for the mean
    L = jnp.maximum(z2_1, 0.0) - z2_1 * y1 + jnp.log1p(jnp.exp(-jnp.abs(z2_1)))  # L = softplus(z2_1) - z2_1 * y1
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
    return L.sum() / len(X), {
        "W1": jnp.array([[dL_dw1_1_1, dL_dw1_1_2], [dL_dw1_2_1, dL_dw1_2_2], [dL_dw1_3_1, dL_dw1_3_2]], X.dtype), "b1":
        jnp.array([delta1_1.sum(), delta1_2.sum(), delta1_3.sum()], X.dtype), "W2": jnp.array([[dL_dw2_1_1, dL_dw2_1_2,
        dL_dw2_1_3]], X.dtype), "b2": jnp.array([delta2_1.sum()], X.dtype),
    }


def _loss_forward(params, X, Y):
    """The loss, and the derivatives that its vjp multiplies; by X or Y there are none."""
    if any(leaf.perturbed for leaf in jax.tree.leaves((X, Y))):
        raise ValueError("loss has derivatives by params alone: for those by X or Y differentiate forward(params, X)")
    values = jax.tree.map(lambda leaf: leaf.value, (params, X, Y))
    return loss_and_grad(*values)


def _loss_backward(grads, upstream):
    return {name: upstream * grad for name, grad in grads.items()}, None, None


_loss.defvjp(_loss_forward, _loss_backward, symbolic_zeros=True)


def train_step(params, X, Y, learning_rate):
    """One step of gradient descent: (new parameters, the mean loss before it)."""
    value, grads = loss_and_grad(params, X, Y)
    rate = jnp.asarray(learning_rate, value.dtype)
    return jax.tree.map(lambda param, grad: param - rate * grad, params, grads), value


def train(params, X, Y, epochs=200, batch_size=16, learning_rate=0.1, seed=0):
    """Gradient descent in mini-batches: (trained parameters, the mean loss of each epoch)."""
    rng, history = np.random.default_rng(seed), []
    step = jax.jit(train_step)
    for _ in range(epochs):
        total, order = 0.0, rng.permutation(len(X))
        for start in range(0, len(X), batch_size):
            rows = order[start : start + batch_size]
            params, value = step(params, X[rows], None if Y is None else Y[rows], learning_rate)
            total += value * len(rows)
        history.append(float(total) / len(X))
    return params, history


if __name__ == "__main__":
    print(f"train it with: symbackprop train {__file__} DATA.csv")
