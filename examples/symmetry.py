"""Hidden units that start equal stay equal, so the start has to be random.

If two hidden units have the same weights, the derivatives of their weights are the same expression, so a step of
training moves both in the same way: two units do the work of one. A random start breaks the tie.
"""

import tempfile
from pathlib import Path

import numpy as np

import symbackprop as sb
from symbackprop import runtime

X = np.array([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]])
Y = np.array([[0.0], [1.0], [1.0], [0.0]])


def parameters_of_unit(net, unit):
    """What leads into a hidden unit and out of it, in an order that is the same for every unit."""
    hidden, output = net.layers
    return [*hidden.weights[unit], hidden.biases[unit], *(row[unit] for row in output.weights)]


def show_equal_derivatives(derivation):
    pairs = list(zip(*(parameters_of_unit(derivation.network, unit) for unit in (0, 1)), strict=True))
    equal_units = {second: first for first, second in pairs}
    print("In symbols: give unit 2 the weights of unit 1, and compare their derivatives")
    for first, second in pairs:
        one, other = (derivation.expand(symbol).xreplace(equal_units) for symbol in (first, second))
        print(f"  dL/d{first} - dL/d{second} = {one - other}")


def train_from(module, scheme):
    params, history = runtime.train(
        module, runtime.start_values(module, scheme=scheme), X, Y, epochs=2000, batch_size=4, learning_rate=1.0
    )
    right = int(np.sum((module.forward(params, X) > 0.5) == (Y > 0.5)))
    print(f"\nIn numbers: XOR from the {scheme} start, after {len(history)} epochs")
    for unit, weights in enumerate(params["W1"], start=1):
        print(f"  weights into hidden unit {unit}: {weights[0]:+.16f} {weights[1]:+.16f}")
    tie = "equal bit for bit" if np.array_equal(*params["W1"]) else "different"
    print(f"  the two units are {tie}; {right} of {len(X)} right, loss {history[-1]:.4f}")


def main():
    derivation = sb.derive(sb.Network([2, 2, 1], hidden="tanh", output="sigmoid", loss="bce"))
    show_equal_derivatives(derivation)
    with tempfile.TemporaryDirectory() as folder:
        module = sb.load(derivation.write(Path(folder) / "symmetry.py"))
    train_from(module, "equal")
    train_from(module, "random")


if __name__ == "__main__":
    main()
