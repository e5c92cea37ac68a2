"""What every JAX module of a model offers beside its own functions, as text: start values, the vjp, a step, a loop."""

from __future__ import annotations

INIT = '''def init(seed=0, dtype=float):
    """Start values by name, of SHAPES: normal, with the means and deviations that MODEL has."""
    rng, start = np.random.default_rng(seed), MODEL["start"].items()
    return {name: jnp.asarray(m + s * rng.standard_normal(SHAPES[name]), dtype) for name, (m, s) in start}'''

VJP = '''def _loss_forward(params, X, Y):
    """The loss, and the derivatives that its vjp multiplies; by X or Y there are none."""
    if any(leaf.perturbed for leaf in jax.tree.leaves((X, Y))):
        raise ValueError("loss has derivatives by params alone: for those by X or Y differentiate forward(params, X)")
    values = jax.tree.map(lambda leaf: leaf.value, (params, X, Y))
    return loss_and_grad(*values)


def _loss_backward(grads, upstream):
    return {name: upstream * grad for name, grad in grads.items()}, None, None


_loss.defvjp(_loss_forward, _loss_backward, symbolic_zeros=True)'''

_TRAIN = '''def train_step(params, X, Y, learning_rate):
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
    return params, history'''

_JITTED = "    step = jax.jit(train_step)\n"
_WITH_OPTIONS = """    options = COMPILER_OPTIONS if jax.default_backend() == "cpu" else {}
    step = jax.jit(train_step, compiler_options=options)
"""


def train(with_options: bool) -> str:
    """A step and a loop, which gives the compiler the options that the module has."""
    return _TRAIN.replace(_JITTED, _WITH_OPTIONS) if with_options else _TRAIN


MAIN = """if __name__ == "__main__":
    print(f"train it with: symbackprop train {__file__} DATA.csv")"""
