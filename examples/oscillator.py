"""A network that solves a differential equation: the damped oscillator u'' + 2 d u' + w^2 u = 0.

Nobody gives it a value of u but at the start. The loss asks, at points in time, that the equation holds: the first and
the second derivative of the network by its input stand in it, as SymPy symbols that the library works out (Raissi,
Perdikaris and Karniadakis, "Physics-informed neural networks", Journal of Computational Physics 378, 2019). The start,
u = 1 and u' = 0, is built in: u = 1 + t^2 times the network.
"""

import numpy as np
import sympy as sp

import symbackprop as sb

DAMPING, FREQUENCY, END = 0.2, 2.0, 3.0


def exact(t):
    """The solution that starts at 1 and at rest."""
    swing = np.sqrt(FREQUENCY**2 - DAMPING**2)
    return np.exp(-DAMPING * t) * (np.cos(swing * t) + DAMPING / swing * np.sin(swing * t))


def oscillator():
    """A Model whose only input is the time, and whose loss is the square of what is left of the equation."""
    net = sb.Network([1, 16, 1], hidden="tanh", output="identity")
    [t], [a] = net.inputs, net.outputs
    u, residual = sp.symbols("u residual", real=True)
    equations = [
        *net.equations[:-1],
        (u, 1 + t**2 * a),
        (residual, sb.d(u, t, 2) + 2 * DAMPING * sb.d(u, t) + FREQUENCY**2 * u),
    ]
    start = dict.fromkeys(net.parameters, (0.0, 1.0))
    return sb.Model(equations, net.parameters, inputs=[t], outputs=[u], loss=residual**2, start=start)


def told(d, params, times):
    error = np.abs(d.predict(params, times)[:, 0] - exact(times[:, 0])).max()
    print(f"  largest error of u from 0 to {END:g}: {error:.5f}")


def main():
    model = oscillator()
    d = sb.derive(model)
    times = np.linspace(0, END, 61)[:, None]
    print(f"{d.cost.total} operations: the residual with u' and u'', and its {len(d.wrt)} derivatives")
    module = d.module()
    params = module.init(1)
    print(f"gradient against central differences: {module.check_grad(params, times, None):.0e}")
    told(d, params, times)
    for epochs, rate in ((500, 0.02), (2000, 0.01), (2000, 0.003)):
        params, history = d.train(
            times, params=params, epochs=epochs, batch_size=61, learning_rate=rate, optimizer="adam"
        )
        print(f"{epochs} epochs at rate {rate}: loss {history[-1]:.1e}")
        told(d, params, times)
    print("\n   t   network     exact")
    for t, u in zip(times[::10, 0], d.predict(params, times[::10])[:, 0], strict=True):
        print(f"{t:4.1f}  {u:8.5f}  {exact(t):8.5f}")


if __name__ == "__main__":
    main()
