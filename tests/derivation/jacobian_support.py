"""Expressions whose Jacobians and Hessians are made, as nodes of one graph; and cases whose operations are pinned."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import mpmath as mp
import sympy as sp

from symbackprop.derivation.jacobians import Jacobian, jacobian
from symbackprop.derivation.lowered_equations import Care, lowered
from symbackprop.graph import Graph, Node

from ..operations import EXACT, precise
from ..support import computed

ORDERS = ("eliminated", "reverse", "forward")
AS_WRITTEN = Care(stable=False, accurate=False)
R = sp.Rational


def nodes_of(
    exprs: Sequence[Any], wrt: Sequence[Any], care: Care = AS_WRITTEN
) -> tuple[Graph, Sequence[Node], Sequence[Node]]:
    """The graph of some expressions, their nodes, and those of `wrt`."""
    names = [
        sp.MatrixSymbol(f"out{place}", *one.shape) if getattr(one, "is_Matrix", False) else sp.Symbol(f"out{place}")
        for place, one in enumerate(exprs)
    ]
    return equations_nodes(list(zip(names, exprs, strict=True)), wrt, care)


def equations_nodes(
    equations: Sequence[tuple[Any, Any]], wrt: Sequence[Any], care: Care = AS_WRITTEN
) -> tuple[Graph, Sequence[Node], Sequence[Node]]:
    """The graph of some equations, the nodes of what they define, and those of `wrt`."""
    lowering, places = lowered(list(equations), wrt, care)
    return lowering.graph, [lowering.quantities[symbol] for symbol, _ in equations], places


def jacobian_of(
    exprs: Sequence[Any], wrt: Sequence[Any], order: str | None = None, care: Care = AS_WRITTEN
) -> Jacobian:
    graph, outputs, places = nodes_of(exprs, wrt, care)
    return jacobian(graph, outputs, places, order)


def full(found: Jacobian) -> list[Node]:
    """Every entry by rows, also those that are 0."""
    rows, columns = found.shape
    return [found.entries.get((row, column), found.graph.zero) for row in range(rows) for column in range(columns)]


def numbers_at(graph: Graph, nodes: Sequence[Node], values: dict[Any, Any]) -> list[Any]:
    """Nodes in mpmath, to 70 digits."""
    with mp.workdps(70):
        return computed(graph, nodes, {symbol: precise(value) for symbol, value in values.items()}, EXACT)


# --- the cases of the tables ---


def ring(n: int) -> tuple[Any, list[Any]]:
    """A sum of terms of three neighbours each, times the length of all: every variable meets every other one."""
    x = [sp.Symbol(f"x{place}", real=True) for place in range(n)]
    terms = [sp.sin(x[i] * x[(i + 1) % n]) * sp.exp(-(x[(i + 2) % n] ** 2)) for i in range(n)]
    return sp.Add(*terms) * sp.sqrt(1 + sp.Add(*(v**2 for v in x))), x


def arm() -> tuple[list[Any], list[Any]]:
    """The pose of an arm of seven joints that turn, the axes at right angles one after the other: 12 x 7.

    Denavit, Hartenberg, "A kinematic notation for lower-pair mechanisms based on matrices" (1955).
    """
    joints = [sp.Symbol(f"q{place}", real=True) for place in range(1, 8)]
    pose = sp.eye(4)
    for place, turn in enumerate(joints):
        length, offset = (sp.Symbol(f"{name}{place + 1}", real=True) for name in "ad")
        side = (-1) ** place  # the sine of the angle between the axes, whose cosine is 0
        c, s = sp.cos(turn), sp.sin(turn)
        pose = pose * sp.Matrix(
            [[c, 0, side * s, length * c], [s, 0, -side * c, length * s], [0, side, 0, offset], [0, 0, 0, 1]]
        )
    return list(pose[:3, :4]), joints


def pbe() -> tuple[Any, list[Any]]:
    """The correlation energy of a gas of electrons by densities of both spins and their gradients.

    Perdew, Burke, Ernzerhof, "Generalized gradient approximation made simple" (1996); the uniform gas by Perdew, Wang,
    "Accurate and simple analytic representation of the electron-gas correlation energy" (1992).
    """
    a, b, aa, ab, bb = variables = sp.symbols("a b aa ab bb", positive=True)
    n, spin = a + b, (a - b) / (a + b)
    rs = (3 / (4 * sp.pi * n)) ** R(1, 3)
    zero, one, stiff = (_uniform(rs, row) for row in _UNIFORM)
    f = ((1 + spin) ** R(4, 3) + (1 - spin) ** R(4, 3) - 2) / (2 * (2 ** R(1, 3) - 1))
    uniform = zero - stiff * f / sp.Float("1.709921") * (1 - spin**4) + (one - zero) * f * spin**4
    phi = ((1 + spin) ** R(2, 3) + (1 - spin) ** R(2, 3)) / 2
    gamma, beta = (1 - sp.log(2)) / sp.pi**2, sp.Float("0.066725")
    t2 = (aa + 2 * ab + bb) / (2 * phi * sp.sqrt(4 * (3 * sp.pi**2 * n) ** R(1, 3) / sp.pi) * n) ** 2
    steep = beta / gamma / (sp.exp(-uniform / (gamma * phi**3)) - 1)
    inside = beta / gamma * t2 * (1 + steep * t2) / (1 + steep * t2 + steep**2 * t2**2)
    return n * (uniform + gamma * phi**3 * sp.log(1 + inside)), list(variables)


_UNIFORM = (
    ("0.0310907", "0.21370", "7.5957", "3.5876", "1.6382", "0.49294"),
    ("0.01554535", "0.20548", "14.1189", "6.1977", "3.3662", "0.62517"),
    ("0.0168869", "0.11125", "10.357", "3.6231", "0.88026", "0.49671"),
)


def _uniform(rs: Any, row: Sequence[str]) -> Any:
    scale, slope, *rest = map(sp.Float, row)
    powers = (sp.sqrt(rs), rs, rs ** R(3, 2), rs**2)
    below = 2 * scale * sp.Add(*(factor * power for factor, power in zip(rest, powers, strict=True)))
    return -2 * scale * (1 + slope * rs) * sp.log(1 + 1 / below)


def banded(rows: int, columns: int) -> tuple[list[Any], list[Any]]:
    """Residuals of four neighbouring variables each."""
    x = [sp.Symbol(f"x{place}", real=True) for place in range(columns)]
    found = []
    for row in range(rows):
        u, v, w, z = x[row * (columns - 4) // rows :][:4]
        found.append(sp.sin(u * v) + w**2 * sp.exp(-z) - (row + 1) * v)
    return found, x
