"""Kane's and Lagrange's equations of a pendulum of links, as sympy.physics.mechanics gives them: their Jacobians.

    OPENBLAS_NUM_THREADS=1 OMP_NUM_THREADS=1 taskset -c 1 python -m tests.benchmarks.mechanics [--links 5] [--turns 5]

Nothing is put in the place of q(t) and its derivatives. Ours is `sb.jacobian` of all variables at once, the best of
several turns; SymPy's its `jacobian`, once, with an empty cache. Both are held against each other at one point.
"""

from __future__ import annotations

import argparse
import gc
import math
from collections.abc import Callable
from time import process_time
from typing import Any

import numpy as np
import sympy as sp
from sympy.core.cache import clear_cache
from sympy.core.function import AppliedUndef
from sympy.physics.mechanics import LagrangesMethod, Particle, Point, ReferenceFrame, dynamicsymbols
from sympy.physics.mechanics.models import n_link_pendulum_on_cart

import symbackprop as sb


def kane(links: int) -> tuple[Any, list[Any]]:
    """Kane's equations on a cart, Fr + Fr*, and all coordinates, speeds and accelerations."""
    method = n_link_pendulum_on_cart(links, cart_force=False)
    return method._fr + method._frstar, [*method.q, *method.u, *method.u.diff(dynamicsymbols._t)]


def lagrange(links: int) -> tuple[Any, list[Any]]:
    """Lagrange's equations of particles on rods, and all coordinates with their first and second derivatives."""
    frame, before = ReferenceFrame("N"), Point("O")
    before.set_vel(frame, 0)
    top, particles, height = before, [], sp.S.Zero
    angles = dynamicsymbols(f"q1:{links + 1}")
    for place, angle in enumerate(angles, start=1):
        length, mass = sp.symbols(f"l{place} m{place}")
        body = frame.orientnew(f"B{place}", "Axis", [angle, frame.z])
        end = before.locatenew(f"P{place}", -length * body.y)
        end.v2pt_theory(before, frame, body)
        particles.append(Particle(f"p{place}", end, mass))
        height += mass * end.pos_from(top).dot(frame.y)
        before = end
    kinetic = sum(particle.kinetic_energy(frame) for particle in particles)
    equations = LagrangesMethod(kinetic - sp.Symbol("g") * height, angles).form_lagranges_equations()
    time = dynamicsymbols._t
    return equations, [angle.diff(time, order) for order in range(3) for angle in angles]


def seconds(work: Callable[[], Any], turns: int, before: Callable[[], None]) -> tuple[float, Any]:
    """The best time of several turns, and what is found."""
    best, found = math.inf, None
    for _ in range(turns):
        before()
        gc.collect()
        start = process_time()
        found = work()
        best = min(best, process_time() - start)
    return best, found


def assert_same(ours: Any, theirs: Any, wrt: list[Any]) -> None:
    """Refuse numbers that differ."""
    symbols = sorted(theirs.free_symbols - {dynamicsymbols._t}, key=str)
    random = np.random.default_rng(3).uniform(0.2, 1.2, len(wrt) + len(symbols))
    names = {leaf: sp.Symbol(f"y{place}") for place, leaf in enumerate(wrt)}
    leaves = sorted(names, key=lambda leaf: isinstance(leaf, AppliedUndef))  # derivatives first
    for leaf in leaves:
        theirs = theirs.xreplace({leaf: names[leaf]})
    args = [*(names[leaf] for leaf in wrt), *symbols]
    wanted = np.array(sp.lambdify(args, theirs, cse=True)(*random), float)
    function = ours.compile(args=[*wrt, *symbols])
    np.testing.assert_allclose(function(*random), wanted, rtol=1e-8, atol=1e-9)


def row(name: str, equations: Any, wrt: list[Any], turns: int) -> str:
    """What the Jacobian of some equations takes."""
    own, found = seconds(lambda: _derived(equations, wrt), turns, lambda: None)
    theirs, true = seconds(lambda: equations.jacobian(wrt), 1, clear_cache)
    assert_same(found, true, wrt)
    cells = [name, len(wrt), f"{own * 1e3:,.1f} ms", f"{theirs * 1e3:,.0f} ms", f"{theirs / own:.0f}"]
    return f"| {' | '.join(map(str, cells))} |"


def _derived(equations: Any, wrt: list[Any]) -> Any:
    found = sb.jacobian(equations, wrt)
    assert found.sweep.graph is not None  # the nodes are made when they are asked for
    return found


def main() -> None:
    """Measure, and print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--links", type=int, default=5)
    parser.add_argument("--turns", type=int, default=5)
    given = parser.parse_args()
    print("| equations | by | ours | SymPy | times |")
    print("|---|---:|---:|---:|---:|")
    for name, make in (("Kane", kane), ("Lagrange", lagrange)):
        print(row(name, *make(given.links), given.turns), flush=True)


if __name__ == "__main__":
    main()
