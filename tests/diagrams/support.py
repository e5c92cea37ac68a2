"""Derivations to draw, and what can be said of a picture without looking at it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import combinations, pairwise
from typing import Any

import numpy as np
import sympy as sp

import symbackprop as sb
from symbackprop.diagrams import Box, Diagram, Edge, Picture

x, y, a, b, e, f, L = sp.symbols("x y a b e f L", real=True)


def expression() -> sb.Derivation:
    return sb.derive(sp.sin(x**2) * sp.exp(x * y) / (x + 1))


def network(*widths: int, **choices: Any) -> sb.Derivation:
    return sb.derive(sb.Network(list(widths), **choices))


def shared_weight() -> sb.Derivation:
    """A model of one's own, where a weight is used twice."""
    w, c = sp.symbols("w c", real=True)
    equations = [(e, sp.tanh(w * x + c)), (f, sp.tanh(w * e + c)), (L, (f - y) ** 2)]
    return sb.derive(sb.Model(equations, inputs=[x], targets=[y], outputs=[f]))


def columns() -> sb.Derivation:
    A, c = sp.MatrixSymbol("A", 3, 3), sp.MatrixSymbol("c", 3, 1)
    return sb.derive(sb.Total(sb.sigmoid(A * c)) + (c.T * A.I * c)[0, 0], wrt=[A, c])


def long_sum() -> sb.Derivation:
    return sb.derive(sp.tanh(sum(sp.Symbol(f"long_name_{number}") for number in range(12))) ** 3)


def skipping() -> sb.Derivation:
    """Arrows that pass several columns."""
    steps = sp.symbols("s1:7", real=True)
    equations = [(steps[0], sp.sin(a * b))]
    equations += [(new, sp.sin(old) + a * steps[0]) for old, new in pairwise(steps)]
    return sb.derive([*equations, (L, steps[-1] * steps[0] * b)], wrt=[a, b])


CASES: dict[str, Callable[[], sb.Derivation]] = {
    "2-2-1": lambda: network(2, 2, 1),
    "2-3-2 softmax": lambda: network(2, 3, 2, output="softmax"),
    "1-1": lambda: network(1, 1, output="identity"),
    "3-2-2-3 gelu, huber": lambda: network(3, 2, 2, 3, hidden="gelu", output="identity", loss="huber"),
    "4-8-3": lambda: network(4, 8, 3, output="softmax"),
    "by the inputs": lambda: sb.derive(sb.Network([2, 2, 1]), wrt=sb.Network([2, 2, 1]).inputs),
    "by one weight": lambda: sb.derive(sb.Network([2, 2, 1]), wrt=sb.Network([2, 2, 1]).parameters[:1]),
    "matrices": lambda: network(64, 32, 10, output="softmax", form="matrix"),
    "matrices of any size": lambda: sb.derive(
        sb.Network(sp.symbols("n0 n1 n2", integer=True, positive=True), form="matrix")
    ),
    "expression": expression,
    "one symbol": lambda: sb.derive(x**2),
    "choices": lambda: sb.derive(sp.Max(x, y, x * y) + sp.Piecewise((x**2, x > y), (sp.sqrt(x + y), True))),
    "shared weight": shared_weight,
    "columns": columns,
    "long sum": long_sum,
    "skipping": skipping,
}


def values_of(derivation: sb.Derivation, seed: int = 0) -> dict[str, float]:
    """A value for each symbol, all of them positive."""
    numbers = np.random.default_rng(seed).uniform(0.1, 1.0, 1000)
    symbols = dict.fromkeys((*derivation.wrt, *derivation.sweep.graph.symbols))
    return {symbol.name: round(float(number), 3) for symbol, number in zip(symbols, numbers, strict=False)}


OF_NUMBERS = [name for name in CASES if not name.startswith("matrices") and name != "columns"]


def drawn(name: str, with_values: bool = False, parameter: Any = None) -> Diagram:
    derivation = CASES[name]()
    return derivation.diagram(values_of(derivation) if with_values else None, parameter)


# --- geometry ---


def touching(one: Box, other: Box, apart: float = 0) -> bool:
    return (
        one.x < other.right + apart
        and other.x < one.right + apart
        and one.y < other.bottom + apart
        and other.y < one.bottom + apart
    )


def labels(picture: Picture) -> list[tuple[Edge, Box]]:
    return [(edge, edge.box) for edge in picture.edges if edge.line is not None]


def overlaps(picture: Picture) -> Iterator[str]:
    """Pairs of boxes and labels of which one covers a part of the other."""
    placed = [(str(node.symbol), node.box) for node in picture.nodes]
    placed += [(f"{edge.start}->{edge.end}", box) for edge, box in labels(picture)]
    for (name, box), (other_name, other) in combinations(placed, 2):
        if touching(box, other):
            yield f"{name} and {other_name}"


def struck(picture: Picture) -> Iterator[str]:
    """Arrows that run through a box that they neither begin nor end at, or through the label of another arrow."""
    for edge in picture.edges:
        inside = [box for node in picture.nodes if node.symbol not in (edge.start, edge.end) for box in [node.box]]
        inside += [box for other, box in labels(picture) if other is not edge]
        for point in points(edge):
            for box in inside:
                if box.x < point[0] < box.right and box.y < point[1] < box.bottom:
                    yield f"{edge.start}->{edge.end} at {point} in {box}"


def points(edge: Edge, many: int = 24) -> Iterator[tuple[float, float]]:
    """Points along an arrow, curves by their definition as cubic ones whose middle points lie level with their ends."""
    for (x0, y0), (x1, y1) in pairwise(edge.track):
        is_bent = abs(x1 - x0) >= 24 and y0 != y1
        for number in range(many + 1):
            t = number / many
            if is_bent:
                s, middle = 1 - t, (x0 + x1) / 2
                across = s**3 * x0 + 3 * s * s * t * middle + 3 * s * t * t * middle + t**3 * x1
                down = (s**3 + 3 * s * s * t) * y0 + (3 * s * t * t + t**3) * y1
                yield across, down
            else:
                yield x0 + t * (x1 - x0), y0 + t * (y1 - y0)
