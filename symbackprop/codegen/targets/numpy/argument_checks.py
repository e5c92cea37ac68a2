"""What generated functions of arrays do with their arguments and results; a generated module carries all of it."""

from __future__ import annotations

from typing import Any

import numpy as np


def _checked(given: Any, shapes: Any, batched: Any) -> Any:
    """The arguments as arrays of one dtype without axes of one entry, what each size is, and that dtype."""
    arrays = {name: _real(name, value) for name, value in given.items()}
    dtype = _dtype(arrays)
    expected = {name: _expected(array, shapes[name], name in batched) for name, array in arrays.items()}
    sizes = dict(pair for name in reversed(arrays) for pair in zip(expected[name], arrays[name].shape, strict=False))
    for name, array in arrays.items():
        if array.shape != tuple(size if isinstance(size, int) else sizes.get(size) for size in expected[name]):
            raise ValueError(_misshapen(name, array, expected[name], sizes))
    if sizes.get(None) == 0:
        raise ValueError("the batch has no samples: a mean needs at least one")
    return [_compact(arrays[name].astype(dtype, copy=False), expected[name]) for name in arrays], sizes, dtype


def _real(name: Any, value: Any) -> Any:
    array = np.asarray(value)
    if array.dtype.kind not in "fiub":
        raise ValueError(f"{name} must hold real numbers, holds {array.dtype}")
    return array if array.dtype.kind == "f" else array.astype(np.float64)


def _dtype(arrays: Any) -> Any:
    """The one dtype of all arrays; numbers follow it."""
    whole = {name: array.dtype.type for name, array in arrays.items() if array.ndim}
    if len(set(whole.values())) > 1:
        listed = ", ".join(f"{name} is {np.dtype(kind)}" for name, kind in whole.items())
        raise ValueError(f"arrays of different dtypes: {listed}; convert them to one")
    return np.result_type(*(whole.values() or [array.dtype for array in arrays.values()]))


def _expected(array: Any, shape: Any, batched: Any) -> Any:
    """The shape that an array should have: with its axes of one entry or, if it has fewer axes, without them."""
    if array.ndim != len(shape) + batched:
        shape = tuple(size for size in shape if size != 1)
    return (None, *shape) if batched else shape


def _compact(array: Any, expected: Any) -> Any:
    return array.reshape([length for length, size in zip(array.shape, expected, strict=False) if size != 1])


def _misshapen(name: Any, array: Any, expected: Any, sizes: Any) -> Any:
    listed = ", ".join("samples" if size is None else str(size) for size in expected)
    wanted = f"({listed},)" if len(expected) == 1 else f"({listed})"
    known = [
        f"{size or 'samples'} = {sizes[size]}"
        for size in dict.fromkeys(expected)
        if not isinstance(size, int) and size in sizes
    ]
    where = f" with {', '.join(known)}" if known and array.ndim == len(expected) else ""
    return f"{name} has shape {array.shape}, expected {wanted}{where}"


def _shaped(gradients: Any, given: Any, dtype: Any) -> Any:
    """Each derivative in the shape of what it was taken by: a number, or an array."""
    return {name: _alike(gradient, given.get(name, gradient), dtype) for name, gradient in gradients.items()}


def _alike(gradient: Any, like: Any, dtype: Any) -> Any:
    return np.asarray(gradient, dtype).reshape(np.shape(like)) if np.ndim(like) else float(gradient)
