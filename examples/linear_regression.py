"""A network without hidden layer or activation is linear regression.

Gradient descent on the derived gradients walks to the same weights that the closed formula of least squares gives at
once: the loss is a bowl with one lowest point, so every start leads there.
"""

import numpy as np

import symbackprop as sb

TRUE_WEIGHTS, TRUE_BIAS = np.array([1.5, -2.0, 0.5]), 4.0


def noisy_samples(count, seed):
    """Samples on a plane, with noise: the weights to be found are close to the true ones, not equal to them."""
    rng = np.random.default_rng(seed)
    X = rng.standard_normal((count, len(TRUE_WEIGHTS)))
    Y = X @ TRUE_WEIGHTS + TRUE_BIAS + rng.normal(scale=0.3, size=count)
    return X, Y[:, None]


def by_gradient_descent(X, Y, steps=500, learning_rate=0.3):
    net = sb.Network([X.shape[1], 1], output="identity", loss="half_sse")
    loss_and_grads = sb.derive(net).compile()
    params = {name: np.zeros(shape) for name, shape in net.shapes.items()}
    for _ in range(steps):
        _, grads = loss_and_grads(params, X, Y)
        params = {name: value - learning_rate * grads[name] for name, value in params.items()}
    return np.append(params["W1"], params["b1"])


def by_least_squares(X, Y):
    """The closed form; the bias is the weight of an input that is always 1."""
    with_ones = np.column_stack([X, np.ones(len(X))])
    return np.linalg.lstsq(with_ones, Y[:, 0])[0]


def main():
    X, Y = noisy_samples(count=200, seed=0)
    descended, closed = by_gradient_descent(X, Y), by_least_squares(X, Y)
    print(f"{'':<6}{'true':>8}{'least squares':>18}{'gradient descent':>20}")
    for name, *row in zip(("w1", "w2", "w3", "b"), [*TRUE_WEIGHTS, TRUE_BIAS], closed, descended, strict=True):
        print("{:<6}{:>8.3f}{:>18.9f}{:>20.9f}".format(name, *row))
    print(f"\nlargest difference between the last two columns: {np.abs(descended - closed).max():.1e}")


if __name__ == "__main__":
    main()
