"""A network learns energies, and forces come out of it: minus its derivatives by coordinates.

Three particles on a plane, held together by springs and pushed apart when they are close. The network sees distances
alone, so that energies cannot change when all particles are moved or turned. The forces, -dE/dq,
stand in the loss beside the energy; the gradient by the weights goes through these derivatives. Each sample tells six
forces and one energy: with the forces a few dozen samples are enough.
"""

import itertools

import numpy as np
import sympy as sp

import symbackprop as sb

q = sp.symbols("q1:7", real=True)  # q1, q2 of the first particle, and so on
PAIRS = list(itertools.combinations(range(3), 2))


def distance(i, j):
    return sp.sqrt((q[2 * i] - q[2 * j]) ** 2 + (q[2 * i + 1] - q[2 * j + 1]) ** 2)


def measured(samples, seed):
    """Coordinates, and what stands for a measurement: the energy of each sample and its six forces."""
    energy = sum(2 * (distance(i, j) - 1) ** 2 + sp.exp(-2 * distance(i, j)) for i, j in PAIRS)
    derived = sb.derive(energy, q)
    rng = np.random.default_rng(seed)
    corners = np.array([0.0, 0.0, 1.0, 0.0, 0.5, 0.9])
    X = corners + 0.12 * rng.standard_normal((samples, 6))
    value, slopes = derived.compile()(*X.T)
    return X, np.column_stack([value, *(-slopes[symbol.name] for symbol in q)])


def model_of(with_forces):
    """Energies and forces as outputs, and a loss of the energy, or of both."""
    net = sb.Network([3, 16, 1], hidden="tanh", output="identity")
    E, target = sp.symbols("E target", real=True)
    forces, targets = sp.symbols("F1:7", real=True), sp.symbols("f1:7", real=True)
    equations = [
        *zip(net.inputs, itertools.starmap(distance, PAIRS), strict=True),
        *net.equations[:-1],
        (E, net.outputs[0]),
        *zip(forces, (-slope for slope in sb.gradient(E, q)), strict=True),
    ]
    loss, known = (E - target) ** 2, [target]
    if with_forces:
        loss += sum((F - f) ** 2 for F, f in zip(forces, targets, strict=True)) / 6
        known += targets
    return sb.Model(equations, net.parameters, q, known, [E, *forces], loss)


def errors(d, params, X, Y):
    """The root mean squares of the errors of energy and forces."""
    wrong = d.predict(params, X) - Y
    return np.sqrt(np.mean(wrong[:, 0] ** 2)), np.sqrt(np.mean(wrong[:, 1:] ** 2))


def differences(d, params, X, step=1e-5):
    """Minus the central differences of the energy by each coordinate."""
    moves = step * np.eye(6)
    return np.column_stack([(d.predict(params, X - m) - d.predict(params, X + m))[:, 0] / (2 * step) for m in moves])


def main():
    (X, Y), (unseen, truth) = measured(30, seed=0), measured(200, seed=1)
    print(f"spread of the energies {truth[:, 0].std():.3f}, of the forces {truth[:, 1:].std():.3f}")
    for with_forces in (False, True):
        d = sb.derive(model_of(with_forces))
        params, known = d.module().init(0), Y if with_forces else Y[:, :1]
        for rate in (0.01, 0.001):
            params, _ = d.train(
                X, known, params=params, epochs=800, batch_size=10, learning_rate=rate, optimizer="adam"
            )
        energy, force = errors(d, params, unseen, truth)
        print(f"\ntrained on energies{' and forces' if with_forces else ' alone'}: {d.cost.total} operations")
        print(f"  errors where it was not trained: energy {energy:.4f}, force {force:.4f}")
        wrong = np.abs(d.predict(params, unseen)[:, 1:] - differences(d, params, unseen)).max()
        print(f"  forces against central differences of the energy: {wrong:.0e}")


if __name__ == "__main__":
    main()
