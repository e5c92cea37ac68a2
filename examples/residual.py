"""A residual net of any depth: each layer adds to what it gets, so that the first one is still heard at the end.

Where a layer replaces what it gets, its derivative has a factor for each layer behind it, and small weights make that
vanish. Where it adds, the way around it has a factor of 1. What such nets cost to derive as they grow is shown by

    symbackprop compare examples/residual.py:residual --depths 1-8
"""

import numpy as np
import sympy as sp

import symbackprop as sb

WIDTH = 2


def column(name):
    """Symbols of one layer: name_1, name_2."""
    return [sp.Symbol(f"{name}_{unit}", real=True) for unit in range(1, WIDTH + 1)]


def layers(depth, skip):
    """A net of so many layers h = tanh(W h + b), or h = h + tanh(W h + b) with the skip."""
    inputs, targets = column("x"), column("y")
    equations, before, parameters = [], inputs, []
    for layer in range(1, depth + 1):
        after = column(f"h{layer}")
        for number, (unit, bias, old) in enumerate(zip(after, column(f"b{layer}"), before, strict=True), start=1):
            weights = column(f"w{layer}_{number}")
            new = sp.tanh(sum(weight * part for weight, part in zip(weights, before, strict=True)) + bias)
            equations.append((unit, skip * old + new))
            parameters += [*weights, bias]
        before = after
    loss = sum((unit - target) ** 2 for unit, target in zip(before, targets, strict=True)) / 2
    return sb.Model([*equations, (sp.Symbol("L"), loss)], parameters, inputs, targets, before)


def residual(depth):
    """The net with the skip, as `symbackprop compare` asks for it."""
    return layers(depth, skip=1)


def felt_by_first(net):
    """The largest derivative by a bias of the first layer, all weights being 0.1."""
    params = {name: np.array(0.1 if name[0] == "w" else 0.0) for name in net.shapes}
    _, grads = sb.derive(net).compile()(params, np.array([[0.5, -0.5]]), np.array([[1.0, 1.0]]))
    return max(abs(grads[symbol.name]) for symbol in column("b1"))


def main():
    print("The largest derivative by a bias of the first layer, where all weights are 0.1")
    print(f"{'layers':>8}{'without skip':>16}{'with skip':>12}")
    for depth in (1, 2, 4, 8, 16):
        without, with_skip = (felt_by_first(layers(depth, skip)) for skip in (0, 1))
        print(f"{depth:>8}{without:>16.2g}{with_skip:>12.2g}")


if __name__ == "__main__":
    main()
