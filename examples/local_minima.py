"""Even one sigmoid neuron can have two valleys, and gradient descent ends in the one it starts above.

Four points rise from left to right but fall in the middle. A gentle rise fits them best; a steep fall is worse, and
yet every small step away from it is worse still: a local minimum. On the ridge between the two the Hessian has a
negative eigenvalue: the loss is not convex.
"""

import numpy as np

import symbackprop as sb

NET = sb.Network([1, 1], output="sigmoid", loss="mse")
X = np.array([-5.0, -1.0, 1.0, 5.0])
Y = np.array([0.1, 0.9, 0.2, 0.9])

DERIVATION = sb.derive(NET)
LOSS = sb.derive(NET.loss, wrt=NET.parameters).compile()
# A derivative is an expression like any other, so it can be derived again: row by row, that is the Hessian.
HESSIAN_ROWS = [sb.derive(DERIVATION.expand(p), wrt=NET.parameters).compile() for p in NET.parameters]


def value_and_gradient(compiled, point):
    """The mean over the four points of a function of weight, bias, x and y, and of its derivatives."""
    values, derivatives = compiled(*point, X, Y)
    return values.mean(), np.array([derivatives[p.name].mean() for p in NET.parameters])


def curvatures(point):
    """The eigenvalues of the Hessian, the smallest first."""
    return np.linalg.eigvalsh([value_and_gradient(row, point)[1] for row in HESSIAN_ROWS])


def descend(start, steps=5000, learning_rate=1.0):
    point = np.array(start)
    for _ in range(steps):
        point = point - learning_rate * value_and_gradient(LOSS, point)[1]
    return point


def tell(title, point):
    """Prints where we are, and returns the eigenvalues of the Hessian there."""
    loss, gradient = value_and_gradient(LOSS, point)
    eigenvalues = curvatures(point)
    print(f"{title} weight {point[0]:+.4f}, bias {point[1]:+.4f}")
    print(f"  loss {loss:.6f}, gradient norm {np.linalg.norm(gradient):.1e}")
    print(f"  eigenvalues of the Hessian: {eigenvalues[0]:+.6f} {eigenvalues[1]:+.6f}")
    return eigenvalues


def tell_descent(start):
    end = descend(start)
    smallest = tell(f"Descent from weight {start[0]:+.1f}, bias {start[1]:+.1f} ends at", end)[0]
    print(f"  {'a local minimum: the loss bends upwards in every direction' if smallest > 0 else 'no minimum'}\n")
    return end


def ridge(start, end, steps=1000):
    """The highest point of the straight way from start to end."""
    way = [start + share * (end - start) for share in np.linspace(0, 1, steps)]
    return max(way, key=lambda point: value_and_gradient(LOSS, point)[0])


def main():
    ends = [tell_descent((1.0, 0.5)), tell_descent((-3.0, 0.5))]
    smallest = tell("The highest point of the straight way between the two:", ridge(*ends))[0]
    print(f"  {'a negative eigenvalue: the loss is not convex' if smallest < 0 else 'no negative eigenvalue here'}")


if __name__ == "__main__":
    main()
