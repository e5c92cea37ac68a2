"""Expressions from physics whose sums and products share much: pendulums, and energy densities of electrons.

Written from the published formulas, as a user of SymPy writes them.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import sympy as sp


def reals(names: str) -> Any:
    return sp.symbols(names, real=True)


def positives(names: str) -> Any:
    return sp.symbols(names, positive=True)


# --- a chain of n point masses on massless rods ---


def pendulum_symbols(links: int) -> tuple[Any, Any, Any, Any, Any]:
    """Masses, lengths, angles from the vertical, their velocities, and gravity."""
    masses, lengths, angles, speeds = (reals(f"{name}1:{links + 1}") for name in ("m", "l", "theta", "omega"))
    return masses, lengths, angles, speeds, reals("g")


def pendulum_energies(links: int) -> tuple[Any, Any]:
    """Kinetic and potential energy (Goldstein, Poole and Safko, "Classical Mechanics" (2002), 1.4, for n masses)."""
    masses, lengths, angles, speeds, gravity = pendulum_symbols(links)
    across = along = height = kinetic = potential = sp.S.Zero
    for mass, length, angle, speed in zip(masses, lengths, angles, speeds, strict=True):
        across += length * sp.cos(angle) * speed
        along += length * sp.sin(angle) * speed
        height -= length * sp.cos(angle)
        kinetic += mass * (across**2 + along**2) / 2
        potential += mass * gravity * height
    return kinetic, potential


def pendulum_energy(links: int) -> tuple[Any, list[Any]]:
    """The whole energy, and the 4 n symbols beside gravity."""
    masses, lengths, angles, speeds, _ = pendulum_symbols(links)
    return sum(pendulum_energies(links)), [*masses, *lengths, *angles, *speeds]


def pendulum_right_sides(links: int) -> list[Any]:
    """The angular accelerations: Lagrange's equations as `sympy.diff` gives them, solved by LU."""
    _, _, angles, speeds, _ = pendulum_symbols(links)
    kinetic, potential = pendulum_energies(links)
    lagrangian = kinetic - potential
    masses = sp.Matrix([[sp.diff(lagrangian, one, other) for other in speeds] for one in speeds])
    forces = [
        sp.diff(lagrangian, angle)
        - sum(sp.diff(lagrangian, speed, other) * rate for other, rate in zip(angles, speeds, strict=True))
        for angle, speed in zip(angles, speeds, strict=True)
    ]
    return list(masses.LUsolve(sp.Matrix(forces)))


# --- exchange and correlation of electrons, in the densities of both spins and the squares of their gradients ---


def number(text: str) -> Any:
    """A published parameter, exactly as printed."""
    return sp.Rational(text)


def pw92(rs: Any, zeta: Any) -> Any:
    """Correlation energy per electron (Perdew and Wang, Physical Review B 45, 13244 (1992), equations 8 to 10)."""

    def fitted(A: str, *others: str) -> Any:
        a, b1, b2, b3, b4 = map(number, others)
        root = sp.sqrt(rs)
        below = 2 * number(A) * (b1 * root + b2 * rs + b3 * rs * root + b4 * rs**2)
        return -2 * number(A) * (1 + a * rs) * sp.log(1 + 1 / below)

    plain = fitted("0.031091", "0.21370", "7.5957", "3.5876", "1.6382", "0.49294")
    polarised = fitted("0.015545", "0.20548", "14.1189", "6.1977", "3.3662", "0.62517")
    stiffness = -fitted("0.016887", "0.11125", "10.357", "3.6231", "0.88026", "0.49671")
    third = sp.Rational(4, 3)
    f = ((1 + zeta) ** third + (1 - zeta) ** third - 2) / (2**third - 2)
    curvature = number("1.709921")
    return plain + stiffness * f / curvature * (1 - zeta**4) + (polarised - plain) * f * zeta**4


def _radius_and_polarisation(up: Any, down: Any) -> tuple[Any, Any]:
    density = up + down
    return (3 / (4 * sp.pi * density)) ** sp.Rational(1, 3), (up - down) / density


def pw92_density() -> tuple[Any, list[Any]]:
    """PW92 per volume, in both spin densities."""
    up, down = positives("rho_a rho_b")
    return (up + down) * pw92(*_radius_and_polarisation(up, down)), [up, down]


def pbe_correlation() -> tuple[Any, list[Any]]:
    """PBE correlation per volume (Perdew, Burke and Ernzerhof, PRL 77, 3865 (1996), equations 3, 7 and 8)."""
    up, down, aa, ab, bb = positives("rho_a rho_b sigma_aa sigma_ab sigma_bb")
    density, gradient = up + down, aa + 2 * ab + bb
    rs, zeta = _radius_and_polarisation(up, down)
    beta, gamma = number("0.066725"), number("0.031091")
    phi = ((1 + zeta) ** sp.Rational(2, 3) + (1 - zeta) ** sp.Rational(2, 3)) / 2
    wave = sp.sqrt(4 * (3 * sp.pi**2 * density) ** sp.Rational(1, 3) / sp.pi)
    t2 = gradient / (2 * phi * wave * density) ** 2
    local = pw92(rs, zeta)
    A = beta / gamma / (sp.exp(-local / (gamma * phi**3)) - 1)
    inside = 1 + beta / gamma * t2 * (1 + A * t2) / (1 + A * t2 + A**2 * t2**2)
    return density * (local + gamma * phi**3 * sp.log(inside)), [up, down, aa, ab, bb]


def b88_exchange() -> tuple[Any, list[Any]]:
    """B88 exchange per volume (Becke, Physical Review A 38, 3098 (1988), equation 8)."""
    up, down, aa, bb = positives("rho_a rho_b sigma_aa sigma_bb")
    beta, local = number("0.0042"), sp.Rational(3, 2) * (3 / (4 * sp.pi)) ** sp.Rational(1, 3)
    whole = sp.S.Zero
    for density, gradient in ((up, aa), (down, bb)):
        x = sp.sqrt(gradient) / density ** sp.Rational(4, 3)
        whole -= density ** sp.Rational(4, 3) * (local + beta * x**2 / (1 + 6 * beta * x * sp.asinh(x)))
    return whole, [up, down, aa, bb]


def lyp_correlation() -> tuple[Any, list[Any]]:
    """LYP correlation per volume (Miehlich, Savin, Stoll and Preuss, Chem. Phys. Letters 157, 200 (1989), eq 2)."""
    up, down, aa, ab, bb = positives("rho_a rho_b sigma_aa sigma_ab sigma_bb")
    a, b, c, d = map(number, ("0.04918", "0.132", "0.2533", "0.349"))
    density, third = up + down, sp.Rational(1, 3)
    gradient = aa + 2 * ab + bb
    root = density**-third
    omega = sp.exp(-c * root) / (1 + d * root) * density ** sp.Rational(-11, 3)
    delta = c * root + d * root / (1 + d * root)
    fermi = sp.Rational(3, 10) * (3 * sp.pi**2) ** sp.Rational(2, 3)
    powers = 2 ** sp.Rational(11, 3) * fermi * (up ** sp.Rational(8, 3) + down ** sp.Rational(8, 3))
    inner = (
        powers
        + (sp.Rational(47, 18) - sp.Rational(7, 18) * delta) * gradient
        - (sp.Rational(5, 2) - delta / 18) * (aa + bb)
        - (delta - 11) / 9 * (up / density * aa + down / density * bb)
    )
    outer = (
        -sp.Rational(2, 3) * density**2 * gradient
        + (sp.Rational(2, 3) * density**2 - up**2) * bb
        + (sp.Rational(2, 3) * density**2 - down**2) * aa
    )
    energy = -a * 4 / (1 + d * root) * up * down / density - a * b * omega * (up * down * inner + outer)
    return energy, [up, down, aa, ab, bb]


def scan_exchange() -> tuple[Any, list[Any]]:
    """SCAN exchange per volume without spin (Sun, Ruzsinszky and Perdew, PRL 115, 036402 (2015), supplement 1 to 8).

    For alpha < 1, where the interpolation is exp(-c1 alpha/(1 - alpha)).
    """
    density, gradient, kinetic = positives("rho sigma tau")
    k1, b3, c1, h0, a1 = number("0.065"), sp.Rational(1, 2), number("0.667"), number("1.174"), number("4.9479")
    mu = sp.Rational(10, 81)
    b2 = sp.sqrt(sp.Rational(5913, 405000))
    b1 = sp.Rational(511, 13500) / (2 * b2)
    b4 = mu**2 / k1 - sp.Rational(1606, 18225) - b1**2
    fermi = (3 * sp.pi**2) ** sp.Rational(1, 3)
    s2 = gradient / (4 * fermi**2 * density ** sp.Rational(8, 3))
    uniform = sp.Rational(3, 10) * fermi**2 * density ** sp.Rational(5, 3)
    alpha = (kinetic - gradient / (8 * density)) / uniform
    x = (
        mu * s2 * (1 + b4 * s2 / mu * sp.exp(-sp.Abs(b4) * s2 / mu))
        + (b1 * s2 + b2 * (1 - alpha) * sp.exp(-b3 * (1 - alpha) ** 2)) ** 2
    )
    h1 = 1 + k1 - k1 / (1 + x / k1)
    switched = sp.exp(-c1 * alpha / (1 - alpha))
    enhanced = (h1 + switched * (h0 - h1)) * (1 - sp.exp(-a1 / s2 ** sp.Rational(1, 4)))
    local = -sp.Rational(3, 4) * (3 / sp.pi) ** sp.Rational(1, 3) * density ** sp.Rational(4, 3)
    return local * enhanced, [density, gradient, kinetic]


FUNCTIONALS: dict[str, Callable[[], tuple[Any, list[Any]]]] = {
    "PW92": pw92_density,
    "PBE correlation": pbe_correlation,
    "B88": b88_exchange,
    "LYP": lyp_correlation,
    "SCAN exchange": scan_exchange,
}
"""By name: an energy density, and what it is differentiated by."""
