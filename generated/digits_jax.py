# symbackprop module, format 3
"""The 64-32-10 network, hidden tanh, output softmax, loss cross_entropy: one backward sweep over whole layers.

Made by: symbackprop generate 64-32-10 --hidden tanh --output softmax --loss cross_entropy --form matrix --target jax
Pure functions, for jax.jit, vmap and scan: they check nothing, and keep the dtype of params.
"""

import jax
import jax.numpy as jnp
import numpy as np

SHAPES = {"W1": (32, 64), "b1": (32,), "W2": (10, 32), "b2": (10,)}
MODEL = {
    "title": "the 64-32-10 network, hidden tanh, output softmax, loss cross_entropy", "engine": "jax",
    "style": "readable", "program": "34587fa441a8a1d5", "inputs": {"x": (64,)}, "targets": {"y": (10,)},
    "outputs": {"a2": (10,)}, "task": "classes", "target_range": (0, 1), "targets_sum_to_one": True,
    "standardize": ("X",), "split": {"W1": 0, "b1": 0, "W2": 1},
    "start": {"W1": (0.0, 0.125), "b1": (0.0, 0.0), "W2": (0.0, 0.1767766952966369), "b2": (0.0, 0.0)},
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
    W1, b1 = params["W1"], params["b1"]
    W2, b2 = params["W2"], params["b2"]
    # forward: layer 1
    z1 = X @ W1.T + b1  # z1 = W1 @ x + b1
    a1 = jnp.tanh(z1)  # a1 = tanh(z1)
    # forward: layer 2
    z2 = a1 @ W2.T + b2  # z2 = W2 @ a1 + b2
    v1 = z2.max(axis=1)
    v2 = jnp.exp(z2 - v1[:, None])
    v3 = v2.sum(axis=1)
    a2 = v2 / v3[:, None]  # a2 = softmax(z2)
    return a1, z2, v1, v3, a2


def forward(params, X):
    """The outputs for each row of X: (samples, outputs)."""
    params, X = _arrays(SHAPES, params, X)
    *_, a2 = _forward(params, X)
    return jnp.concatenate([a2], axis=1, dtype=X.dtype)


@jax.custom_vjp
def _loss(params, X, Y):
    _, z2, v1, v3, _ = _forward(params, X)
    return (v1.sum() - (z2 * Y).sum() + jnp.log(v3).sum()) / len(X)


def loss(params, X, Y):
    """The mean over the samples of the loss: an array without axes. jax.grad of it is the sweep below."""
    return _loss(*_arrays(SHAPES, params, X, Y))


def loss_and_grad(params, X, Y, scale=1.0):
    """(mean loss, its derivatives times scale: arrays of SHAPES by name)."""
    params, X, Y = _arrays(SHAPES, params, X, Y)
    a1, z2, v1, v3, a2 = _forward(params, X)
    W2 = params["W2"]
    scale = jnp.asarray(scale, X.dtype) / len(X)  # a factor of each derivative, for the mean
    # backward: layer 2
    delta2 = (a2 - Y) * scale  # dL/dz2 = a2 - y
    dL_dW2 = jnp.tensordot(delta2, a1, axes=(0, 0))  # dL/dW2 = delta2 @ a1.T
    dL_db2 = delta2.sum(axis=0)  # dL/db2 = delta2
    # backward: layer 1
    dL_da1 = delta2 @ W2  # dL/da1 = W2.T @ delta2
    delta1 = dL_da1 * (1 - a1 * a1)  # dL/dz1 = dL/da1 * (1 - a1 ** 2)
    dL_dW1 = jnp.tensordot(delta1, X, axes=(0, 0))  # dL/dW1 = delta1 @ x.T
    dL_db1 = delta1.sum(axis=0)  # dL/db1 = delta1
    return (v1.sum() - (z2 * Y).sum() + jnp.log(v3).sum()) / len(X), {
        "W1": dL_dW1, "b1": dL_db1, "W2": dL_dW2, "b2": dL_db2,
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
