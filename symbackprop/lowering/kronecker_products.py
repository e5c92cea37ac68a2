"""Kronecker products: under a trace or a sum the product of those of the factors, elsewhere a matrix of blocks.

tr(A x B) = tr(A) tr(B), whatever the sizes, likewise the sum of all entries; (A x B)(C x D) = AC x BD where sizes fit
(Horn and Johnson, "Topics in Matrix Analysis", 1991, section 4.2).
"""

from __future__ import annotations

from functools import reduce
from itertools import pairwise
from typing import Any

import sympy as sp

from ..errors import UnsupportedError
from .symbol_search import parts_of


def of_factors(function: Any) -> Any | None:
    """A trace or total of Kronecker products by those of their factors; None where there are none, or others."""
    matrix = function.args[0]
    if not _has_kronecker(matrix):
        return None
    found = [_of_term(function.func, term) for term in sp.MatAdd.make_args(matrix)]
    return None if None in found else sp.Add(*found)


def _of_term(of: Any, term: Any) -> Any | None:
    """The same of a product: that of each factor of the only Kronecker product that it comes to."""
    if not _has_kronecker(term):
        return of(term)
    parts = sp.MatMul.make_args(term)
    numbers = [part for part in parts if not part.is_Matrix]
    products = [_factors(part) for part in parts if part.is_Matrix]
    known = [own for own in products if own is not None]
    if len(known) < len(products) or len({len(own) for own in known}) > 1:
        return None
    columns = list(zip(*known, strict=True))
    if not all(map(_fits, columns)) or (of is sp.Trace and not all(own[0].rows == own[-1].cols for own in columns)):
        return None
    return sp.Mul(*numbers, *(of(sp.MatMul(*own)) for own in columns))


def _factors(matrix: Any) -> list[Any] | None:
    """The factors of a Kronecker product, of its transpose or a power; None of anything else."""
    if isinstance(matrix, sp.KroneckerProduct):
        return list(matrix.args)
    inner = _factors(matrix.args[0]) if isinstance(matrix, sp.Transpose | sp.MatPow) else None
    if inner is None or isinstance(matrix, sp.Transpose):
        return None if inner is None else [part.T for part in inner]
    exponent = -1 if isinstance(matrix, sp.Inverse) else matrix.args[1]
    return [part**exponent for part in inner] if all(part.is_square for part in inner) else None


def _fits(matrices: Any) -> bool:
    """Whether matrices can be multiplied."""
    return all(left.cols == right.rows for left, right in pairwise(matrices))


def _has_kronecker(matrix: Any) -> bool:
    return any(isinstance(part, sp.KroneckerProduct) for part in parts_of(matrix))


def in_blocks(product: sp.KroneckerProduct) -> Any:
    """The matrix of a Kronecker product: the entries of the first factor, each over a block, times the second in each.

    Raises:
        UnsupportedError: a factor but the last has a size that is no number.
    """
    return reduce(_pair, product.args)


def _pair(first: Any, second: Any) -> Any:
    if not all(sp.S(size).is_Integer for size in first.shape):
        raise UnsupportedError(
            f"a Kronecker product with a first factor of {first.shape[0]} x {first.shape[1]} is taken where its trace "
            "or sb.Total is that of its factors: sizes that are numbers, .subs({...}), make it a matrix of blocks"
        )
    tall, wide = (_spread(int(own), size) for own, size in zip(first.shape, second.shape, strict=True))
    down, along = (_repeated(int(own), size) for own, size in zip(first.shape, second.shape, strict=True))
    return sp.HadamardProduct(tall * first * wide.T, down * second * along.T)


def _spread(count: int, size: Any) -> Any:
    """What repeats each of some rows, `size` times."""
    return sp.BlockDiagMatrix(*[sp.OneMatrix(size, 1)] * count) if count > 1 else sp.OneMatrix(size, 1)


def _repeated(count: int, size: Any) -> Any:
    """What repeats all rows, one after the other, `count` times."""
    return sp.BlockMatrix([[sp.Identity(size)]] * count) if count > 1 else sp.Identity(size)
