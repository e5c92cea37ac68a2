"""What generated functions of arrays do with their arguments and results; a generated module carries all of it."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..python_arrays.shape_checks import _arranged, _unlike


def _checked(given: Any, shapes: Any, batched: Any) -> Any:
    """The arguments as arrays of one dtype without axes of one entry, what each size is, and that dtype."""
    arrays = {name: _real(name, value) for name, value in given.items()}
    dtype = _dtype(arrays)
    return *_arranged({name: array.astype(dtype, copy=False) for name, array in arrays.items()}, shapes, batched), dtype


def _broadcast(given: Any) -> Any:
    """The arguments as arrays or numbers, their shape together, and the dtype of the results: that of the arrays."""
    arrays, shape = {name: _real(name, value) for name, value in given.items()}, ()
    try:
        shape = np.broadcast_shapes(*(array.shape for array in arrays.values() if array.ndim))
    except ValueError:
        raise ValueError(_unlike(arrays)) from None
    dtype = np.result_type(*([array for array in arrays.values() if array.ndim] or arrays.values() or [float]))
    return [array.astype(dtype, copy=False)[()] for array in arrays.values()], shape, dtype  # numbers are quicker


def _full(value: Any, shape: Any, dtype: Any) -> Any:
    """A result in the shape of the arguments: an array of its own, or a number, which is Python's if it is a double."""
    if shape:
        return np.array(np.broadcast_to(value, shape), dtype)
    return float(value) if dtype == np.float64 else dtype.type(value)


def _real(name: Any, value: Any) -> Any:
    if hasattr(value, "mask") and np.ma.is_masked(value):
        raise ValueError(f"{name} has masked values: fill them, {name}.astype(float).filled(np.nan), or leave them out")
    try:
        array = np.asarray(value)
        if array.dtype.kind == "O" and all(hasattr(one, "__float__") for one in array.flat):  # fractions
            array = array.astype(np.float64)
    except (TypeError, ValueError, OverflowError):  # rows of different lengths, no numbers, or too large for a float
        raise ValueError(f"{name} must hold real numbers, holds {type(value).__name__}") from None
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


def _shaped(gradients: Any, given: Any, dtype: Any) -> Any:
    """Each derivative in the shape of what it was taken by: a number, or an array."""
    return {name: _alike(gradient, given.get(name, gradient), dtype) for name, gradient in gradients.items()}


def _shaped_samples(gradients: Any, given: Any, dtype: Any, batched: Any) -> Any:
    """Each derivative with the samples in front and then in the shape of what it was taken by."""
    return {name: _of_each(name, gradient, given, dtype, batched) for name, gradient in gradients.items()}


def _of_each(name: Any, gradient: Any, given: Any, dtype: Any, batched: Any) -> Any:
    front = () if name in batched else (len(gradient),)
    shape = (*front, *np.shape(given[name])) if name in given else np.shape(gradient)
    return np.asarray(gradient, dtype).reshape(shape)


def _alike(gradient: Any, like: Any, dtype: Any) -> Any:
    return np.asarray(gradient, dtype).reshape(np.shape(like)) if np.ndim(like) else float(gradient)
