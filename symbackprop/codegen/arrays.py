"""Array programs: what NumPy is to do, step by step, before any of it is text.

A step is a whole number, its place in `Arrays.keys`, where its key stands: (kind, detail, operand, operand, ...).
Equal steps are one, and the order of their making is an order in which they can be done. `Arrays.dims` holds the
dimensions of each, which are integers, symbols, or `BATCH` for the axis of the samples.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

Step = int
Dims = tuple[Any, ...]

BATCH = "n"
"""The axis of the samples; it always comes first. Generated code calls its length so."""

INPUT, NUMBER, UFUNC, FUNCTION, DOT, MATMUL, VDOT, VECDOT = (
    *("input", "number", "ufunc", "function", "dot", "matmul", "vdot", "vecdot"),
)
TENSORDOT, REDUCE, VIEW, WHERE, LINALG, TRACE, SPREAD, EYE, PLACED, ONES = (
    *("tensordot", "reduce", "view", "where", "linalg", "trace", "spread", "eye", "placed", "ones"),
)
"""The kinds of steps. Their details: a name, NumPy's function, (function, axes), a view's suffix, a window's index."""

SIZED = frozenset({SPREAD, PLACED, EYE, ONES})
"""The kinds whose operands do not tell their dimensions: these are part of the detail, behind what is its own."""

_TURNED = frozenset({".T", ".swapaxes(1, 2)"})
"""The views that are their own inverses: rows and columns exchanged."""


class Arrays:
    """The steps of one program."""

    def __init__(self) -> None:
        self.keys: list[tuple[Any, ...]] = []
        self.dims: list[Dims] = []
        self.booleans: set[Step] = set()
        self._table: dict[tuple[Any, ...], Step] = {}

    def make(self, kind: str, detail: Any, operands: Sequence[Step], dims: Dims, boolean: bool = False) -> Step:
        """The step of a key."""
        key = (kind, detail, *operands)
        if kind in SIZED:
            key = (kind, (detail, dims), *operands)
        step = self._table.get(key)
        if step is None:
            step = self._table[key] = len(self.keys)
            self.keys.append(key)
            self.dims.append(dims)
            if boolean:
                self.booleans.add(step)
        return step

    def operands(self, step: Step) -> tuple[Step, ...]:
        """What a step is computed from."""
        return self.keys[step][2:]

    def kind(self, step: Step) -> str:
        """What kind of step it is."""
        kind: str = self.keys[step][0]
        return kind

    def detail(self, step: Step) -> Any:
        """What the step's kind leaves open."""
        return self.keys[step][1]

    # --- making steps ---

    def ufunc(self, name: str, *operands: Step, boolean: bool = False) -> Step:
        """A function of single entries, applied to operands that broadcast."""
        return self.make(UFUNC, name, operands, self.broadcast(operands), boolean)

    def broadcast(self, operands: Sequence[Step]) -> Dims:
        """The dimensions that operands have in common, aligned at the last one, as NumPy aligns them."""
        all_dims = [self.dims[operand] for operand in operands]
        longest = max(all_dims, key=len)
        result = list(longest)
        for dims in all_dims:
            for place, size in enumerate(dims, len(longest) - len(dims)):
                if size != 1:
                    result[place] = size
        return tuple(result)

    def reduce(self, name: str, x: Step, axes: tuple[int, ...]) -> Step:
        """The sum (np.add) or largest (np.maximum) along some axes."""
        dims = self.dims[x]
        return self.make(REDUCE, (name, axes), (x,), tuple(d for i, d in enumerate(dims) if i not in axes))

    def view(self, x: Step, suffix: str, dims: Dims) -> Step:
        """The same memory with other axes: no work."""
        if suffix in _TURNED and self.is_turned(x):
            return self.operands(x)[0]
        return self.make(VIEW, suffix, (x,), dims) if suffix else x

    def is_turned(self, x: Step) -> bool:
        """Whether a step is the transpose of another."""
        return self.kind(x) == VIEW and self.detail(x) in _TURNED

    def transposed(self, x: Step) -> Step:
        """Rows and columns exchanged; a vector has only one axis and stays as it is."""
        dims = self.dims[x]
        matrix = dims[1:] if dims[:1] == (BATCH,) else dims
        if len(matrix) < 2:
            return x
        if dims[:1] == (BATCH,) and len(dims) == 3:
            return self.view(x, ".swapaxes(1, 2)", (dims[0], dims[2], dims[1]))
        return self.view(x, ".T", dims[::-1])

    def dot(self, x: Step, y: Step) -> Step:
        """The product of two arrays of at most two axes, over the last of x and the first of y."""
        dims = (*self.dims[x][:-1], *self.dims[y][1:])
        return self.make(DOT, None, (x, y), dims)

    def base(self, step: Step) -> Step:
        """The step whose memory a view shows."""
        while self.kind(step) == VIEW:
            step = self.operands(step)[0]
        return step
