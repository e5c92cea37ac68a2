"""Two layers without an activation are worth no more than one.

Put the first layer's equations into the second's, and what comes out is again weights times inputs plus a bias: the
collapsed weights are the product of the two weight matrices. Only an activation in between keeps layers apart.
"""

import sympy as sp

import symbackprop as sb


def written_out_output(net):
    """The network's only output in parameters and inputs, by putting each equation into the next."""
    values = {}
    for symbol, expression in net.equations:
        values[symbol] = expression.xreplace(values)
    return values[net.outputs[0]]


def collapsed(net):
    """The weights and the bias of the one layer that does the same: W2 W1, and W2 b1 + b2."""
    first, second = ((sp.Matrix(layer.weights), sp.Matrix(layer.biases)) for layer in net.layers)
    return second[0] * first[0], (second[0] * first[1] + second[1])[0]


def slopes(output, net):
    """The derivatives of the output by the inputs: constants, if the output is a straight line in them."""
    derivation = sb.derive(output, wrt=net.inputs)
    return [derivation.expand(x) for x in net.inputs]


def tell_whether_straight(hidden):
    net = sb.Network([2, 3, 1], hidden=hidden, output="identity", loss="half_sse")
    used = {symbol for slope in slopes(written_out_output(net), net) for symbol in slope.free_symbols}
    verdict = "changes from input to input" if used & set(net.inputs) else "is the same everywhere"
    print(f"  hidden {hidden}: the slope of the output {verdict}")


def print_equations(equations):
    for name, expression in equations:
        print(f"  {name!s:>4} = {expression}")


def main():
    net = sb.Network([2, 3, 1], hidden="identity", output="identity", loss="half_sse")
    weights, bias = collapsed(net)
    print(f"Two layers, {len(net.parameters)} parameters, output {net.outputs[0]}:")
    print_equations(net.equations[:-1])  # all but the loss, which plays no part here
    print(f"\nOne layer, {len(weights) + 1} parameters, output v1*x1 + v2*x2 + c with")
    print_equations(zip(("v1", "v2", "c"), [*weights, bias], strict=True))
    one_layer = sum(weight * x for weight, x in zip(weights, net.inputs, strict=True)) + bias
    print(f"\nTwo layers minus one layer, multiplied out: {sp.expand(written_out_output(net) - one_layer)}")
    print("\nAn activation in between changes that:")
    tell_whether_straight("identity")
    tell_whether_straight("tanh")


if __name__ == "__main__":
    main()
