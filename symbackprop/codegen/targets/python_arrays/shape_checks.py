"""The shapes of what functions of arrays are given; generated modules carry this, whichever library they need."""

from __future__ import annotations

from typing import Any


def _arranged(arrays: Any, shapes: Any, batched: Any) -> Any:
    """The arrays without axes of one entry, and what each size is; a ValueError names what is of another shape."""
    expected = {name: _expected(array, shapes[name], name in batched) for name, array in arrays.items()}
    sizes = dict(pair for name in reversed(arrays) for pair in zip(expected[name], arrays[name].shape, strict=False))
    for name, array in arrays.items():
        if array.shape != tuple(size if isinstance(size, int) else sizes.get(size) for size in expected[name]):
            raise ValueError(_misshapen(name, array, expected[name], sizes))
    if sizes.get(None) == 0:
        raise ValueError("the batch has no samples: give at least one")
    return [_compact(arrays[name], expected[name]) for name in arrays], sizes


def _expected(array: Any, shape: Any, batched: Any) -> Any:
    """The shape that an array should have: with its axes of one entry or, if it has fewer axes, without the last."""
    while 1 in shape and len(shape) + batched > array.ndim:
        behind = shape[::-1].index(1)
        shape = shape[: len(shape) - behind - 1] + shape[len(shape) - behind :]
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
