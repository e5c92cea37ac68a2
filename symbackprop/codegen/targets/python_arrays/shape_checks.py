"""The shapes of what functions of arrays are given; generated modules carry this, whichever library they need."""

from __future__ import annotations

from typing import Any


def _arranged(arrays: Any, shapes: Any, batched: Any) -> Any:
    """The arrays without axes of one entry, and what each size is; a ValueError names what is of another shape."""
    expected = {name: _expected(array, shapes[name], name in batched) for name, array in arrays.items()}
    sizes = dict(pair for name in reversed(arrays) for pair in zip(expected[name], arrays[name].shape, strict=False))
    for name, array in arrays.items():
        if array.shape != tuple(size if isinstance(size, int) else sizes.get(size) for size in expected[name]):
            raise ValueError(_misshapen(name, arrays, expected, sizes) + _unsampled(array, shapes[name], name, batched))
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


def _misshapen(name: Any, arrays: Any, expected: Any, sizes: Any) -> Any:
    listed = ", ".join("samples" if size is None else str(size) for size in expected[name])
    wanted = f"({listed},)" if len(expected[name]) == 1 else f"({listed})"
    fits = arrays[name].ndim == len(expected[name])
    told = ", ".join(_sizes_told(name, expected, sizes)) if fits else ""
    return f"{name} has shape {arrays[name].shape}, expected {wanted}{f' with {told}' if told else ''}"


def _sizes_told(name: Any, expected: Any, sizes: Any) -> Any:
    """What each size of an argument is, and the argument that says so."""
    for size in dict.fromkeys(expected[name]):
        if not isinstance(size, int) and size in sizes:
            owner = next(other for other in expected if size in expected[other])
            yield f"{size or 'samples'} = {sizes[size]}{f' as in {owner}' if owner != name else ''}"


def _unsampled(array: Any, shape: Any, name: Any, batched: Any) -> Any:
    """What to say of an argument that is given for each sample and is not of the batch."""
    if not batched or name in batched or array.ndim != len(shape) + 1:
        return ""
    names = sorted(batched)
    listed = ", ".join(names[:4]) + ", ..." * (len(names) > 4)
    return f": the batch is {listed}, so {name} has one value for all samples"


def _unlike(arrays: Any) -> Any:
    """Which two arguments do not broadcast, or all that do not do so together."""
    shapes = {name: array.shape for name, array in arrays.items() if array.ndim}
    for place, (name, shape) in enumerate(shapes.items()):
        for other in list(shapes)[:place]:
            pairs = zip(reversed(shape), reversed(shapes[other]), strict=False)
            if any(1 not in pair and pair[0] != pair[1] for pair in pairs):
                return f"{name} has shape {shape} and {other} {shapes[other]}: arguments have one shape, or broadcast"
    return f"the arguments do not broadcast: {shapes}"
