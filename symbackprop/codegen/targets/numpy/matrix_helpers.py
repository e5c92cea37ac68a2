"""Functions of stacks of matrices that NumPy lacks, or that it does by a call of LAPACK for each of many small ones.

A generated module carries those that it calls. Source of the adjugate: Horn and Johnson, "Matrix Analysis" (2013),
0.8.2.
"""

from __future__ import annotations

from typing import Any

import numpy as np


def _cofactors(x: Any) -> Any:
    """det(x) times the transposed inverse; of what is nearly singular by its singular values, without an inverse."""
    try:
        inverse = np.linalg.inv(x)
        if np.all(abs(inverse).max((-2, -1)) * abs(x).max((-2, -1)) < np.finfo(x.dtype).eps ** -0.5):
            return np.linalg.det(x)[..., None, None] * np.swapaxes(inverse, -2, -1)
    except np.linalg.LinAlgError:
        pass
    u, s, v = np.linalg.svd(x)
    others = np.where(np.eye(s.shape[-1], dtype=bool), 1, s[..., None, :]).prod(-1)
    return (np.linalg.det(u) * np.linalg.det(v))[..., None, None] * (u * others[..., None, :]) @ v


def _small_cofactors(x: Any) -> Any:
    """The same of 2 x 2 or 3 x 3 matrices, by their entries."""
    with np.errstate(all="ignore"):
        found = _minors(x)
    return found if np.isfinite(found).all() else _cofactors(x)


def _small_determinant(x: Any) -> Any:
    """The determinants of 2 x 2 or 3 x 3 matrices, by their entries; LAPACK's where these lose digits."""
    with np.errstate(all="ignore"):
        found = np.asarray(_along_a_row(x, _minors(x)))
        lost = _lost(x, found)
    if lost.any():
        found[lost] = np.linalg.det(x[lost])
    return found


def _small_inverse(x: Any) -> Any:
    """The inverses of 2 x 2 or 3 x 3 matrices, by their entries; LAPACK's where these lose digits."""
    with np.errstate(all="ignore"):
        minors = _minors(x)
        determinant = np.asarray(_along_a_row(x, minors))
        lost, found = _lost(x, determinant), np.swapaxes(minors / determinant[..., None, None], -2, -1)
    if lost.any():
        found[lost] = np.linalg.inv(x[lost])
    return found


def _lost(x: Any, determinant: Any) -> Any:
    """Which determinants are small beside the largest that entries of that size can have, or out of range.

    They are differences of products, of errors of that size: Hadamard's inequality, with the mean of the squares.
    """
    squares = np.einsum("...ij,...ij->...", x, x) / x.shape[-1]
    most = squares if x.shape[-1] == 2 else squares * np.sqrt(squares)
    least = np.maximum(np.finfo(x.dtype).eps ** 0.2 * most, np.finfo(x.dtype).tiny / np.finfo(x.dtype).eps)
    return ~((abs(determinant) > least) & np.isfinite(determinant))


def _along_a_row(x: Any, minors: Any) -> Any:
    return sum(x[..., 0, place] * minors[..., 0, place] for place in range(x.shape[-1]))


def _minors(x: Any) -> Any:
    """The determinants of what is left without a row and a column, with their signs."""
    made = np.empty(x.shape, x.dtype)
    if x.shape[-1] == 2:
        made[..., 0, 0], made[..., 0, 1] = x[..., 1, 1], -x[..., 1, 0]
        made[..., 1, 0], made[..., 1, 1] = -x[..., 0, 1], x[..., 0, 0]
        return made
    after = ((1, 2), (2, 0), (0, 1))
    for row, (down, further) in enumerate(after):
        for column, (right, beyond) in enumerate(after):
            products = x[..., down, right] * x[..., further, beyond], x[..., down, beyond] * x[..., further, right]
            made[..., row, column] = products[0] - products[1]
    return made


NEEDS: dict[str, tuple[str, ...]] = {
    "_small_cofactors": ("_minors", "_cofactors"),
    "_small_determinant": ("_minors", "_along_a_row", "_lost"),
    "_small_inverse": ("_minors", "_along_a_row", "_lost"),
}
"""What a function here calls of the others."""
