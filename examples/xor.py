"""One layer cannot learn XOR, two layers can.

A neuron without a hidden layer draws one straight line, and no line parts XOR's ones from its zeros: training ends
where it answers 0.5 every time, at a loss of ln 2. Three hidden units are enough to get all four right.
"""

import math
import tempfile
from pathlib import Path

import numpy as np
import sympy as sp

import symbackprop as sb
from symbackprop import runtime

X = np.array([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]])
Y = np.array([[0.0], [1.0], [1.0], [0.0]])


def network(widths):
    return sb.Network(widths, hidden="tanh", output="sigmoid", loss="bce")


def trained(widths):
    """The outputs for the four samples and the last loss, by NumPy code generated for this network."""
    with tempfile.TemporaryDirectory() as folder:
        module = sb.load(sb.derive(network(widths)).write(Path(folder) / "xor.py"))
    params, history = runtime.train(module, module.init(seed=0), X, Y, epochs=2000, batch_size=4, learning_rate=1.0)
    return module.forward(params, X)[:, 0], history[-1]


def tell(widths):
    outputs, loss = trained(widths)
    print(f"Network {'-'.join(map(str, widths))}")
    for (x1, x2), output in zip(X, outputs, strict=True):
        print(f"  {x1:.0f} xor {x2:.0f} -> {output:.3f}")
    # Rounded, because an output of 0.5 is an answer for nothing: its last bits must not decide.
    right = int(np.sum((outputs.round(6) > 0.5) == (Y[:, 0] > 0.5)))
    print(f"  {right} of {len(X)} right, loss {loss:.6f}")


def weighted_sum(sample):
    """What the single neuron feeds to its sigmoid for one sample, in symbols."""
    net = network([2, 1])
    z = dict(net.equations)[net.layers[0].sums[0]]
    return z.xreplace({x: sp.Integer(int(value)) for x, value in zip(net.inputs, sample, strict=True)})


def why_one_layer_fails():
    z = [weighted_sum(sample) for sample in X]
    print("\nWhy no weights help: to be right, the weighted sum z must be above 0 for 01")
    print("and 10, and not above 0 for 00 and 11. But whatever the weights are,")
    print(f"  z(01) + z(10) = {z[1] + z[2]}")
    print(f"  z(00) + z(11) = {z[0] + z[3]}")
    print(f"  the difference is {z[1] + z[2] - z[0] - z[3]}, so at most 3 of 4 can be right.\n")


def main():
    tell([2, 1])
    print(f"  ln 2 = {math.log(2):.6f} is the loss of answering 0.5 every time")
    why_one_layer_fails()
    tell([2, 3, 1])


if __name__ == "__main__":
    main()
