"""Random networks and systems of equations whose gradients are checked, and the numbers that they are checked by."""

from __future__ import annotations

from typing import Any

import mpmath as mp
import sympy as sp
from hypothesis import strategies as st

from symbackprop.derivation import Sweep, derive_equations
from symbackprop.networks import ACTIVATIONS, LOSSES, Network

from ..operations import EXACT, precise
from ..support import check_close, computed, outputs_of


@st.composite
def networks(draw: Any, depth: int, width: int) -> Network:
    """A network of up to `depth` layers, none wider than `width`."""
    loss = draw(st.sampled_from(sorted(LOSSES)))
    output = draw(st.sampled_from(sorted(outputs_of(loss))))
    widths = draw(st.lists(st.integers(1, width), min_size=2, max_size=depth + 1))
    if output == "softmax":
        widths[-1] = max(widths[-1], 2)
    return Network(widths, draw(st.sampled_from(sorted(ACTIVATIONS))), output, loss)


def derived(net: Network, method: str = "backprop") -> Sweep:
    return derive_equations(net.equations, net.parameters, method, model=net)


def elementary(net: Network) -> Any:
    """The loss in functions whose derivatives are SymPy's own."""
    return net.loss.doit()


seeds = st.integers(0, 10**6)


def computed_at(derivation: Sweep, nodes: list[int], values: dict[Any, Any]) -> list[Any]:
    with mp.workdps(70):
        exact = {symbol: precise(value) for symbol, value in values.items()}
        return computed(derivation.graph, nodes, exact, EXACT)


def check_all(found: list[Any], expected: list[Any]) -> None:
    for one, other in zip(found, expected, strict=True):
        check_close(one, other)


def tail(equations: list[Any], position: int) -> Any:
    """The loss as a function of everything up to and including the equation at `position`."""
    values: dict[Any, Any] = {}
    for symbol, expression in equations[position + 1 :]:
        values[symbol] = expression.xreplace(values)
    return values[equations[-1][0]]


letters = sp.symbols("p q r", real=True)


names = sp.symbols("e1:6", real=True)


L = sp.Symbol("L", real=True)


PIECES = [
    lambda u, v: u + v,
    lambda u, v: u - v,
    lambda u, v: u * v,
    lambda u, v: u / (v**2 + 1),
    lambda u, v: 2 * u,
    lambda u, v: -u,
    lambda u, v: u,
    lambda u, v: 3 * u - v / 2,
    lambda u, v: sp.sin(u) * v,
    lambda u, v: sp.exp(-(u**2)) + v,
    lambda u, v: sp.log(1 + sp.exp(u)) - v,
    lambda u, v: 1 / (1 + sp.exp(-u)),
    lambda u, v: sp.sqrt(u**2 + v**2 + 1),
    sp.Max,
    lambda u, v: sp.Abs(u) + v**2,
    lambda u, v: sp.Piecewise((u, u > v), (v**2, True)),
    lambda u, v: sp.Piecewise((sp.log(u + 3), u > 0), (u * v, True)) * v,
]


@st.composite
def systems(draw: Any) -> list[Any]:
    """A few equations, each in what stands above it; the loss uses them all, so that each has an adjoint."""
    known, equations = list(letters), []
    for name in names[: draw(st.integers(1, len(names)))]:
        piece = draw(st.sampled_from(PIECES))
        equations.append((name, piece(draw(st.sampled_from(known)), draw(st.sampled_from(known)))))
        known.append(name)
    used = [piece(*pair) for piece, pair in draw(uses(known))]
    return [*equations, (L, sp.Add(*used) + sp.Add(*[name * letters[0] for name, _ in equations]))]


def uses(known: list[Any]) -> Any:
    return st.lists(
        st.tuples(st.sampled_from(PIECES), st.tuples(*[st.sampled_from(known)] * 2)), min_size=1, max_size=3
    )


def rational_point(seed: int) -> dict[Any, Any]:
    return {
        symbol: sp.Rational(seed % (17 + 6 * i) - 9, 13 + i) + sp.Rational(1, 101) for i, symbol in enumerate(letters)
    }
