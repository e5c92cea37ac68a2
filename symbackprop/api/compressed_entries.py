"""The entries of a sparse matrix of derivatives, read from a few products with vectors of zeros and ones."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from .. import codegen, derivation

Place = tuple[int, ...]


class CompressedEntries:
    """f(*values) or f(name=value, ...) -> (..., entries), as what is eliminated gives them, in the order of places.

    A partial derivative that is infinite times a zero of the vector is nan, and would stand in entries that are
    finite: where anything is not finite, the entries are those of the eliminated code.

    Args:
        compression: what the entries are read from.
        places: of the entries.
        title: of the code.
        exact: makes the function that elimination gives, of the same entries.
        arguments: the names of the arguments, in order.
    """

    def __init__(
        self,
        compression: derivation.Compression,
        places: Sequence[Place],
        title: str,
        exact: Callable[[], Callable[..., Any]],
        arguments: Sequence[str],
    ) -> None:
        colours, product = compression.colours, compression.product
        first, length = len(product.outputs), _length(compression)
        found = {place: first + number for number, place in enumerate(product.nodes)}
        made = codegen.outputs_evaluation(product, [("product", (length,), found)], title)
        self._function = made.function()
        self.arguments, self.source, self._make_exact = tuple(arguments), self._function.source, exact
        readings = [colours.readings[place] for place in places]
        self._at = np.array([place for place, _ in readings], int)
        self._colour = np.array([colour for _, colour in readings], int)
        vectors = np.eye(max(colours.count, 1))[list(colours.of)] if colours.of else np.zeros((0, 1))
        self._vectors = {seed.name: vector for seed, vector in zip(compression.seeds, vectors, strict=True)}
        self._exact: Callable[..., Any] | None = None

    def __call__(self, /, *values: Any, **named: Any) -> Any:
        """The entries; what it raises is what the eliminated code raises."""
        given = list(map(codegen.floating, self.arguments, codegen.in_order(self.arguments, values, named)))
        dtype = np.result_type(*([array for array in given if array.ndim] or given), np.float16)
        arrays = {name: array.astype(dtype)[..., None] for name, array in zip(self.arguments, given, strict=True)}
        taken = {name: arrays[name] for name in self._function.arguments if name in arrays}
        asked = self._vectors.keys() & set(self._function.arguments)
        product: Any = self._function(**taken, **{name: self._vectors[name].astype(dtype) for name in asked})
        return product[..., self._colour, self._at] if np.isfinite(product).all() else self._exactly(given)

    def _exactly(self, given: Sequence[Any]) -> Any:
        if self._exact is None:
            self._exact = self._make_exact()
        return self._exact(*given)


def _length(compression: derivation.Compression) -> int:
    """How many entries a product has."""
    product = compression.product
    return len(product.outputs) if compression.colours.kind == derivation.COLUMNS else len(product.wrt)
