"""A recurrent net of any number of steps: the same few weights at each, so that a derivative is a sum over the steps.

Unrolled over more steps the net has no more parameters, but ever more paths from each of them to the loss: the naive
way follows every one, and backprop forms each factor once. The same in detail, by five methods and by the clock:

    symbackprop compare examples/recurrent.py:recurrent --depths 1-8
"""

import sympy as sp

import symbackprop as sb

UNITS = 2


def row(name):
    """Symbols of all units: name1, name2."""
    return [sp.Symbol(f"{name}{unit}", real=True) for unit in range(1, UNITS + 1)]


def recurrent(depth):
    """h = tanh(u x + W h + b) for each of so many numbers x, then an output v h; Elman 1990, on one number a time."""
    inputs = [sp.Symbol(f"x{step}", real=True) for step in range(1, depth + 1)]
    u, b, v, w = row("u"), row("b"), row("v"), [row(f"w{unit}_") for unit in range(1, UNITS + 1)]
    output, target, loss = sp.symbols("a y L", real=True)
    equations, before = [], [0] * UNITS
    for step, x in enumerate(inputs, start=1):
        after = row(f"h{step}_")
        for unit in range(UNITS):
            recalled = sum(weight * old for weight, old in zip(w[unit], before, strict=True))
            equations.append((after[unit], sp.tanh(u[unit] * x + recalled + b[unit])))
        before = after
    equations += [(output, sum(map(sp.Mul, v, before))), (loss, (output - target) ** 2 / 2)]
    return sb.Model(equations, inputs=inputs, targets=[target], outputs=[output])


def main():
    print("The derivative by one weight in three steps has a term for each:")
    print(f"  dL/du1 = {sb.derive(recurrent(3)).gradients[row('u')[0]]}")
    print(f"\n{'steps':>6}{'parameters':>12}{'paths':>8}{'backprop':>10}{'naive':>12}")
    for depth in range(2, 9):
        derivation = sb.derive(recurrent(depth))
        cost = derivation.cost
        print(f"{depth:>6}{len(derivation.wrt):>12}{cost.paths:>8}{cost.total:>10}{cost.naive:>12}")
    print("backprop and naive: operations of the loss and all derivatives.")


if __name__ == "__main__":
    main()
