"""What a Jacobian and a Hessian share in code: whole arrays, sparse matrices, and products that give either."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

from .. import codegen, derivation
from ..atomic_writes import write_text
from ..errors import ParameterError, UnsupportedError
from ..leaf_arrays import inner_arguments
from .arranged_calls import arranged
from .compile_choices import check_target, refuse_batch
from .compressed_entries import CompressedEntries
from .matrix_operators import MatrixOperators
from .shared_derivatives import Place, SeveralDerivatives, place_among
from .sparse_results import FORMS


class MatrixOfDerivatives(MatrixOperators, SeveralDerivatives):
    """Derivatives in rows and columns; see `Jacobian` and `Hessian`."""

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and columns."""
        raise NotImplementedError

    def _part(self, rows: Sequence[Any], which: Any) -> Any:
        """Of the matrix what slices, and symbols, names or places beside them, say."""
        if not isinstance(which, tuple) or len(which) != 2:
            raise ParameterError("a part of a matrix has rows and columns: write [0, :] for a row, [:, 0] for a column")
        found = (_slice(owners, one) for owners, one in zip((rows, self.sweep.wrt), which, strict=True))
        return self.matrix[tuple(found)]

    def _entries(self) -> Mapping[Place, int]:
        """By row and column of an entry that is not 0: which of the roots it is."""
        raise NotImplementedError

    def _colours(self) -> derivation.Colours:
        """Which entries go together in products."""
        raise NotImplementedError

    @property
    def sparsity(self) -> list[Place]:
        """The rows and columns of the entries that are not 0, counted from 0, row by row."""
        return sorted(self._entries())

    def compile(
        self,
        values: bool = False,
        *,
        sparse: bool = False,
        compressed: bool | None = None,
        args: Any = None,
        batch: Any = None,
        target: str = "numpy",
    ) -> Any:
        """f(*values) in the order of `wrt`, then the other symbols by name, or f(name=value, ...), on NumPy.

        Arguments that are numbers broadcast; their axes stand in front of those of the result. With matrices it is a
        function of one point, or of those of a batch, and the entries of a matrix stand in its place in the array, row
        by row.

        Args:
            values: whether what is differentiated is returned as well, in front of the derivatives.
            sparse: whether the matrix is a `scipy.sparse.csr_array` where SciPy is installed and the arguments are
                numbers, and otherwise a named tuple of values (..., entries), rows, columns and shape.
            compressed: whether entries are read from a few products with vectors, as `compression` has them, and not
                computed one by one: the code is as short as that of one product, and runs on an array for all colours.
                By default where a sparse matrix takes fewer operations so. Partial derivatives that are infinite
                are computed one by one.
            args: the arguments as `lambdify` has them: `args=[[x, y, z]]` makes f(vector) of f(x, y, z).
            batch: the symbols, or names, that have a value for each sample, along a first axis, matrices among them
                and what is differentiated by: all results then have the samples in front.
            target: "numpy"; another is of one output alone.

        Raises:
            ParameterError: one of the choices is none; `args` lacks a symbol, has one twice, or something that is none;
                or the batch is empty.
            UnknownNameError: the batch names none of the arguments.
            UnsupportedError: an operation has no NumPy source, or the size of a matrix is an expression; or there are
                matrices or a batch, and the result is to be sparse; or there is another target.
        """
        check_target(target)
        for name, choice in (("values", values), ("sparse", sparse), ("compressed", compressed)):
            if not isinstance(choice, bool) and (name != "compressed" or choice is not None):
                raise ParameterError(f"{name} is {choice!r}: it must be True or False")
        is_compressed = self._saves_by_products if compressed is None and sparse else bool(compressed)
        if not sparse and not is_compressed:
            return super().compile(values, args=args, batch=batch)
        refuse_batch(batch)
        places = list(self._entries())
        entries = self._by_products(places, values) if is_compressed else self._sparse_source(values).function()
        args = inner_arguments(args, self.sweep.graph.symbols)
        made = arranged(FORMS[sparse](entries, places, self.shape), args, matrices=self.asked.matrices)
        return self._by_user_names(made)

    def source(self, values: bool = False, *, sparse: bool = False) -> str:
        """The text of the standalone module that `write` writes."""
        return str(self._sparse_source(values).module()) if sparse else super().source(values)

    def write(self, path: str | Path, values: bool = False, *, sparse: bool = False) -> Path:
        """Write a standalone module with `evaluate`, which needs NumPy alone.

        Args:
            path: of the file.
            values: as for `compile`.
            sparse: whether `evaluate` gives the entries alone, (..., entries); the module says in ROWS, COLUMNS and
                SHAPE where they stand.

        Raises:
            OutputError: the path cannot be written; nothing is left behind.
            UnsupportedError: there are matrices and `sparse` is asked for, or an operation has no NumPy source.
        """
        return write_text(path, self.source(values, sparse=sparse))

    def _sparse_source(self, values: bool) -> Any:
        self._refuse_matrices("a sparse matrix has")
        before = self.arrays(values)[:-1]
        return codegen.sparse_outputs_evaluation(self.sweep, before, self._title(), self._entries(), self.shape)

    def _refuse_matrices(self, what: str) -> None:
        if self.sweep.graph.shapes:
            raise UnsupportedError(f"there are matrices in the expressions, and {what} numbers: leave sparse out")

    # --- by products ---

    @cached_property
    def compression(self) -> derivation.Compression:
        """The products with vectors that all entries can be read from: colours, operations for each point.

        Columns of one colour have no row in common, or rows no column (Curtis, Powell and Reid 1974); of a Hessian a
        star colouring (Gebremedhin, Manne and Pothen 2005). Each entry stands by itself in one of the products.

        Raises:
            UnsupportedError: there are matrices.
        """
        self._refuse_matrices("products are of")
        asked = self.asked
        return derivation.compressed(self._coloured, asked.equations, self.sweep.outputs, self.sweep.wrt, asked.care)

    @cached_property
    def _coloured(self) -> derivation.Colours:
        return self._colours()

    @property
    def _saves_by_products(self) -> bool:
        """Whether fewer operations are counted; where a product has but one for each of its entries, it is made."""
        if self.sweep.graph.shapes:
            return False
        total, colours = self.sweep.operations.total(), self._coloured
        length = self.shape[colours.kind == derivation.ROWS]
        return bool(colours.count * length < total and self.compression.operations < total)

    def _by_products(self, places: Sequence[Place], values: bool) -> Callable[..., Any]:
        exact = self._sparse_source(False)
        names = [symbol.name for symbol in exact.arguments]
        found = CompressedEntries(self.compression, places, self._title(), exact.function, names)
        if not values:
            return found
        before = codegen.outputs_evaluation(self.sweep, self.arrays(True)[:-1], self._title())
        return _Beside(before.function(), found)


def _slice(owners: Sequence[Any], which: Any) -> Any:
    return which if isinstance(which, slice) else place_among(owners, which)


class _Beside:
    """Two functions of the same arguments as one: what the first one gives, then what the second one does."""

    def __init__(self, first: Callable[..., Any], second: CompressedEntries) -> None:
        self._first, self._second = first, second
        self.arguments, self.source = second.arguments, second.source

    def __call__(self, /, *values: Any, **named: Any) -> Any:
        first = self._first(*values, **named)
        return (*(first if isinstance(first, tuple) else (first,)), self._second(*values, **named))
