"""Equations of motion from sympy.physics.mechanics: one program for mass matrix, forcing, and both of its Jacobians.

A cart with a pole by Kane's method and a double pendulum by Lagrange's. SymPy writes angles and speeds as functions of
time, theta(t); symbols take their place before anything is compiled. The program runs inside an integrator, its energy
stays what it was, its values are those of SymPy's own jacobian and lambdify, and its Jacobians tell where the upright
position is unstable, and how fast a small push grows there.
"""

import numpy as np
import sympy as sp
from sympy.physics.mechanics import (
    KanesMethod,
    LagrangesMethod,
    Lagrangian,
    Particle,
    Point,
    ReferenceFrame,
    dynamicsymbols,
)

import symbackprop as sb

GRAVITY = 9.81


def cart_pole():
    """A point mass on a massless pole on a cart, by Kane's method: coordinates, speeds, constants and equations."""
    x, theta, v, omega = dynamicsymbols("x theta v omega")
    m_cart, m_pole, length, g = constants = sp.symbols("m_cart m_pole l g", positive=True)
    ground, pole = ReferenceFrame("N"), ReferenceFrame("P")
    pole.orient_axis(ground, theta, ground.z)
    pole.set_ang_vel(ground, omega * ground.z)
    origin = Point("O")
    origin.set_vel(ground, 0)
    pivot = origin.locatenew("C", x * ground.x)
    pivot.set_vel(ground, v * ground.x)
    tip = pivot.locatenew("T", length * pole.y)  # theta is 0 where the pole stands upright
    tip.v2pt_theory(pivot, ground, pole)
    bodies = [Particle("cart", pivot, m_cart), Particle("pole", tip, m_pole)]
    bodies[1].potential_energy = m_pole * g * tip.pos_from(origin).dot(ground.y)
    rates = [x.diff() - v, theta.diff() - omega]
    kane = KanesMethod(ground, q_ind=[x, theta], u_ind=[v, omega], kd_eqs=rates)
    kane.kanes_equations(bodies, [(tip, -m_pole * g * ground.y)])
    energy = sum(body.kinetic_energy(ground) + body.potential_energy for body in bodies)
    return kane.q, kane.u, constants, kane.mass_matrix, kane.forcing, energy


def double_pendulum():
    """Two point masses on massless rods, by Lagrange's method; the speeds are the derivatives of the angles."""
    angles = sp.Matrix(dynamicsymbols("theta1 theta2"))
    masses, lengths, g = sp.symbols("m1:3", positive=True), sp.symbols("l1:3", positive=True), sp.Symbol("g")
    ground = ReferenceFrame("N")
    last = Point("O")
    last.set_vel(ground, 0)
    bodies, across, height = [], 0, 0
    for number, (angle, mass, length) in enumerate(zip(angles, masses, lengths, strict=True), start=1):
        across, height = across + length * sp.sin(angle), height - length * sp.cos(angle)
        end = Point(f"P{number}")
        end.set_vel(ground, sp.diff(across, "t") * ground.x + sp.diff(height, "t") * ground.y)
        bodies.append(Particle(f"mass{number}", end, mass))
        bodies[-1].potential_energy = mass * g * height
    method = LagrangesMethod(Lagrangian(ground, *bodies), angles)
    method.form_lagranges_equations()
    energy = sum(body.kinetic_energy(ground) + body.potential_energy for body in bodies)
    return angles, angles.diff("t"), (*masses, *lengths, g), method.mass_matrix, method.forcing, energy


def in_symbols(coordinates, speeds, *expressions):
    """The same with a symbol for each theta(t) and each speed; SymPy's subs replaces derivatives first."""
    q = [sp.Symbol(one.func.__name__) for one in coordinates]
    u = [sp.Symbol(f"u{number}") for number in range(1, len(q) + 1)]
    replaced = dict(zip([*coordinates, *speeds], [*q, *u], strict=True))
    return q, u, [expression.subs(replaced) for expression in expressions]


def integrated(motion, state, seconds, steps):
    """The way from a state, by the classical rule of Runge and Kutta."""
    step, way = seconds / steps, [state]
    for _ in range(steps):
        k1 = motion(state)
        k2 = motion(state + step / 2 * k1)
        k3 = motion(state + step / 2 * k2)
        k4 = motion(state + step * k3)
        state = state + step / 6 * (k1 + 2 * k2 + 2 * k3 + k4)
        way.append(state)
    return np.array(way)


def tell(name, made, values, start, upright):
    coordinates, speeds, constants, *equations = made
    mass, forcing, energy = equations
    q, u = list(coordinates), list(speeds)
    args = [q, u, constants]
    program = sb.lambdify(args, [mass, forcing, sb.jacobian(forcing, q), sb.jacobian(forcing, u)])

    q, u, (mass, forcing) = in_symbols(coordinates, speeds, mass, forcing)  # as SymPy's lambdify wants them
    jacobians = [forcing.jacobian(q), forcing.jacobian(u)]
    theirs = sp.lambdify([q, u, constants], [mass, forcing, *jacobians], cse=True)
    replacements, left = sp.cse([mass, forcing, *jacobians])
    found = sp.count_ops([expression for _, expression in replacements] + left)
    print(f"{name}: {len(q)} coordinates, {program.operations.total()} operations for all four")
    print(f"  SymPy's jacobian and cse leave {found} by its own count")
    far = max(
        np.abs(one - other).max()
        for point in np.random.default_rng(1).normal(size=(20, 2, len(q)))
        for one, other in zip(program(*point, values), theirs(*point, values), strict=True)
    )
    print(f"  largest difference from SymPy at 20 points: {far:.1e}")

    def motion(state):
        position, speed = np.split(state, 2)
        mass, forcing, *_ = program(position, speed, values)
        return np.concatenate([speed, np.linalg.solve(mass, forcing)[:, 0]])

    way = integrated(motion, np.array(start), 5.0, 2000)
    energies = sb.lambdify(args, energy)(*np.split(way.T, 2), values)  # of all points at once
    print(f"  energy after 5 s: {energies[-1]:.6f}, at the start {energies[0]:.6f}")

    mass, _, by_q, by_u = program(upright, np.zeros(len(q)), values)
    zero = np.zeros((len(q), len(q)))
    linear = np.block([[zero, np.eye(len(q))], [np.linalg.solve(mass, by_q), np.linalg.solve(mass, by_u)]])
    growth = np.linalg.eigvals(linear).real.max()
    print(f"  upright, a small push grows by exp({growth:.4f} t)")


tell("Cart with a pole, by Kane", cart_pole(), [1.0, 0.3, 0.5, GRAVITY], [0.0, 0.4, 0.0, 0.0], [0.0, 0.0])
tell(
    "Double pendulum, by Lagrange", double_pendulum(), [1.0, 0.7, 0.5, 0.4, GRAVITY], [2.0, 1.0, 0.0, 0.0], [np.pi] * 2
)
