"""Sparse Jacobians and Hessians of numbers by few products with vectors, which add up what colours tell apart.

The code of one product, with symbols for the vector, is run on an array of as many vectors as there are colours. It is
as short as that of one derivative along a direction, whatever the number of entries. Its operations are counted as
they are run: those that the vector goes into, once for each colour, all others once.

Elimination in the order of forward mode forms no product for a zero, so it seldom takes more operations than columns
in groups, and that of reverse mode no more than rows in groups; of a symmetric matrix it makes one side only. What is
counted decides all the same.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from .. import cost
from ..named_quantities import Equation
from .colouring import Place, column_colours, row_colours, star_colours, star_readings
from .directional_derivative import default_direction
from .lowered_equations import USUAL, Care
from .several_outputs import SeveralOutputs
from .vector_products import default_seeds, derive_hessian_times, derive_pulled_back, derive_pushed_forward

COLUMNS, ROWS, SYMMETRIC = "columns", "rows", "rows and columns"


@dataclass(frozen=True)
class Colours:
    """Which entries go together.

    Attributes:
        kind: whose colours they are: "columns", "rows", or "rows and columns" of a symmetric matrix.
        of: the colour of each, from 0.
        readings: by row and column of an entry that is not 0: at which place of the product with which colour it
            stands by itself.
    """

    kind: str
    of: Sequence[int]
    readings: Mapping[Place, Place]

    @property
    def count(self) -> int:
        """How many colours there are."""
        return max(self.of, default=-1) + 1


@dataclass(frozen=True)
class Compression:
    """Products that all entries can be read from.

    Attributes:
        colours: which entries go together.
        product: what is computed for each colour.
        seeds: the symbols of the vector that it multiplies by.
        operations: for each point: what the vector goes into once for each colour, all else once.
    """

    colours: Colours
    product: SeveralOutputs
    seeds: Sequence[Any]
    operations: int

    def __str__(self) -> str:
        each = "one product" if self.colours.count == 1 else f"{self.colours.count} products"
        return f"{each} by colours of {self.colours.kind}: {self.operations} operations for each point"


def colours_of_jacobian(places: Sequence[Place], shape: tuple[int, int]) -> Colours:
    """Colours of columns or of rows, whichever are fewer; of columns where they are as many."""
    rows, columns = shape
    by_column = Colours(
        COLUMNS,
        of := column_colours(places, columns),
        {(row, column): (row, of[column]) for row, column in places},
    )
    if by_column.count <= 1:
        return by_column
    by_row = row_colours(places, rows)
    if max(by_row, default=-1) + 1 >= by_column.count:
        return by_column
    return Colours(ROWS, by_row, {(row, column): (column, by_row[row]) for row, column in places})


def colours_of_hessian(places: Sequence[Place], size: int) -> Colours:
    """Colours of rows and columns at once."""
    of = star_colours(places, size)
    return Colours(SYMMETRIC, of, star_readings(places, of))


def compressed(
    colours: Colours, equations: Sequence[Equation], outputs: Sequence[Any], wrt: Sequence[Any], care: Care = USUAL
) -> Compression:
    """The product that a matrix of derivatives is read from.

    Args:
        colours: of the matrix.
        equations: that define the outputs; of a Hessian the last one counts.
        outputs: a row each.
        wrt: a column each.
        care: what is done so that floats keep their digits.
    """
    if colours.kind == ROWS:
        seeds = default_seeds(outputs, equations)
        product = derive_pulled_back(equations, outputs, seeds, wrt, outputs[0], care)
    else:
        along = default_direction(list(wrt), equations)
        seeds = list(along.values())
        product = (
            derive_hessian_times(equations, along, wrt, care)
            if colours.kind == SYMMETRIC
            else derive_pushed_forward(equations, outputs, along, care)
        )
    return Compression(colours, product, seeds, _operations(product, seeds, colours.count))


def _operations(product: SeveralOutputs, seeds: Sequence[Any], times: int) -> int:
    """Operations for each point, where those that a seed goes into are run so many times."""
    graph = product.graph
    varied = {graph.symbols[seed] for seed in seeds if seed in graph.symbols}
    found = 0
    for node in graph.reachable(product.roots):
        is_seeded = not varied.isdisjoint(graph.args(node))
        if is_seeded:
            varied.add(node)
        found += int(cost.price(graph, node)) * (times if is_seeded else 1)
    return found
