"""What a comparison consists of: the networks in question, and a row of figures for each network and method."""

from __future__ import annotations

from dataclasses import dataclass, fields
from itertools import pairwise

DEPTH, WIDTH, PARAMETERS = "depth", "width", "parameters"
"""What may grow."""
RUN, COUNTED, UNKNOWN, SKIPPED = "run", "counted", "not run", "skipped"
"""What became of a method at a network: run; stopped or not started, and counted, or not even that; not there."""


def name_of(widths: tuple[int, ...]) -> str:
    """A network by its widths, or by what they come to where there are many."""
    if len(widths) <= 8:
        return "-".join(map(str, widths))
    wide = f"{widths[0]} wide" if len(set(widths)) == 1 else f"{widths[0]}-…-{widths[-1]}"
    return f"{wide}, {len(widths) - 1} deep"


@dataclass(frozen=True)
class Subject:
    """One network of a comparison. size: what grows from one to the next, on the axis of all tables and plots."""

    widths: tuple[int, ...]
    size: int
    hidden: str
    output: str
    loss: str | None
    form: str

    @property
    def parameters(self) -> int:
        """Weights and biases."""
        return sum(above * (below + 1) for below, above in pairwise(self.widths))

    @property
    def name(self) -> str:
        """The widths, or what they come to where there are many."""
        return name_of(self.widths)


@dataclass(frozen=True)
class Row:
    """What one method takes for one network; None where a figure is not known.

    size: depth, width or number of parameters, whichever grows. paths: from all parameters to the loss, along named
    quantities. edges: between named quantities. derived: operations of the loss and all derivatives as the method
    derives them; exact whether run or not, and not known for sympy-forward if not run. evaluated: operations that one
    gradient takes in the code that comes of it; of naive, which shares nothing, all that it derives. sympy: operations
    of SymPy's own results, counted as they come: with the naive way a few less than it derives, as `diff` puts factors
    together here and there. seconds: of the derivation. source_bytes: of the function that was generated.
    gradient_seconds: of one call of it, with one sample. peak_bytes: of memory that the derivation took at most.
    status: `RUN`, `COUNTED`, `UNKNOWN` or `SKIPPED`. note: what happened.
    """

    method: str
    form: str
    widths: tuple[int, ...]
    size: int
    parameters: int
    paths: int | None = None
    edges: int | None = None
    derived: int | None = None
    evaluated: int | None = None
    sympy: int | None = None
    seconds: float | None = None
    source_bytes: int | None = None
    gradient_seconds: float | None = None
    peak_bytes: int | None = None
    status: str = RUN
    note: str = ""


COLUMNS = tuple(field.name for field in fields(Row))
"""The names of a row's figures, in order."""
