"""Backpropagation on three equations, spelled out: e = a*b, d = e + c, L = d*f.

The chain rule goes from L back to the leaves, and each derivative is made of the one before it. What each derivative
says can be felt: nudge the quantity a little, compute the equations again, and see how far L moves.
"""

import sympy as sp

import symbackprop as sb

a, b, c, d, e, f, L = sp.symbols("a b c d e f L", real=True)
EQUATIONS = [(e, a * b), (d, e + c), (L, d * f)]
LEAVES = {a: sp.Integer(2), b: sp.Integer(-3), c: sp.Integer(10), f: sp.Integer(-2)}
NUDGE = sp.Rational(1, 1000)


def computed(nudged=None):
    """The value of every quantity, from the leaves to L; what is nudged is a little larger than it would be."""
    values = {}
    for symbol, expression in [*LEAVES.items(), *EQUATIONS]:
        values[symbol] = expression.xreplace(values) + (NUDGE if symbol == nudged else 0)
    return values


def row(derivation, quantity, values):
    derivative = derivation.expand(quantity)
    felt = (computed(quantity)[L] - values[L]) / NUDGE
    cells = (quantity, values[quantity], derivative, derivative.xreplace(values), felt)
    return "  {:<10}{:>8}{:>14}{:>10}{:>14}".format(*map(str, cells))


def main():
    derivation = sb.derive(EQUATIONS, wrt=list(LEAVES))
    values = computed()
    print(derivation.explain(a))
    print("\nEvery intermediate and every leaf, from the loss back")
    print("  {:<10}{:>8}{:>14}{:>10}{:>14}".format("quantity", "value", "dL/dquantity", "number", "by nudging"))
    for quantity in (L, d, f, e, c, b, a):
        print(row(derivation, quantity, values))
    loss, gradients = derivation.compile()(*map(float, LEAVES.values()))
    print(f"\nThe compiled function says: L = {loss}, derivatives {gradients}")


if __name__ == "__main__":
    main()
