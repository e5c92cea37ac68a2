"""Functions of stacks of matrices that a generated JAX module may carry, as text: never imported."""

from __future__ import annotations

from typing import Any

import jax.numpy as jnp


def _cofactors(x: Any) -> Any:
    """det(x) times the transposed inverse, by its singular values: of a singular matrix as well."""
    u, s, v = jnp.linalg.svd(x)
    others = jnp.where(jnp.eye(s.shape[-1], dtype=bool), 1, s[..., None, :]).prod(-1)
    return (jnp.linalg.det(u) * jnp.linalg.det(v))[..., None, None] * (u * others[..., None, :]) @ v


def _small_cofactors(x: Any) -> Any:
    """The same of 2 x 2 or 3 x 3 matrices, by their entries."""
    if x.shape[-1] == 2:
        return jnp.flip(x, (-2, -1)) * jnp.array([[1, -1], [-1, 1]], x.dtype)
    turns = (1, 2, 0), (2, 0, 1)
    parts = [[x[..., rows, :][..., columns] for columns in map(jnp.array, turns)] for rows in map(jnp.array, turns)]
    return parts[0][0] * parts[1][1] - parts[0][1] * parts[1][0]


def _small_determinant(x: Any) -> Any:
    """The determinants of 2 x 2 or 3 x 3 matrices, by their entries."""
    return (x[..., 0, :] * _small_cofactors(x)[..., 0, :]).sum(-1)


def _small_inverse(x: Any) -> Any:
    """The inverses of 2 x 2 or 3 x 3 matrices, by their entries."""
    return jnp.swapaxes(_small_cofactors(x), -2, -1) / _small_determinant(x)[..., None, None]
