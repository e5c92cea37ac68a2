"""Parameters: arrays by name, the flat array behind all of them, and what they start from."""

from __future__ import annotations

from collections.abc import Mapping
from types import ModuleType
from typing import Any

import numpy as np
import numpy.typing as npt

from ..errors import DataError
from .generated_modules import Array, Params, Trainable, array_of, count, parts, trainable
from .settings import checked

SCHEMES = ("random", "equal")


def start_values(
    module: ModuleType, seed: int = 0, scheme: str = "random", dtype: npt.DTypeLike = np.float64
) -> Params:
    """Start values for all parameters: arrays of the shapes in SHAPES, by name.

    scheme "random" draws them from normal distributions with the means and deviations that MODEL has, the numbers of
    the module's own `init` (for a network: LeCun et al. 1998, "Efficient BackProp", section 4.6; He et al. 2015,
    eq. 10, for rectifiers); "equal" gives all entries of a parameter one value, to show why that cannot work.

    Raises:
        DataError: a seed, a scheme or a dtype that there is none of.
    """
    if scheme not in SCHEMES:
        raise DataError(f"unknown init scheme {scheme!r}: choose {' or '.join(SCHEMES)}")
    rng, shapes, start = np.random.default_rng(checked("seed", seed)), trainable(module).SHAPES, module.MODEL["start"]
    draw = rng.standard_normal if scheme == "random" else np.ones
    kind = _kind(dtype)
    return {name: np.array(start[name][0] + start[name][1] * draw(shape), kind) for name, shape in shapes.items()}


def _kind(dtype: npt.DTypeLike) -> np.dtype[Any]:
    """The dtype that is meant, which must be one of floats."""
    try:
        kind: np.dtype[Any] = np.dtype(dtype)
    except TypeError:
        kind = np.dtype(object)
    if kind.kind != "f":
        raise DataError(f"the dtype must be one of floats, float32 or float64, got {dtype!r}")
    return kind


class FlatParameters:
    """Where each parameter lies in a flat array: as the derivatives lie in theirs, so that a step is one subtraction.

    A module with a Workspace says where by the arrays in it; in any other they lie one behind the other, row by row,
    in the order of SHAPES. `flat` is such an array, of zeros.
    """

    def __init__(self, module: Trainable, dtype: npt.DTypeLike) -> None:
        if hasattr(module, "Workspace"):
            work = module.Workspace(1, dtype)
            flat, grads = work.flat, work.grads
        else:
            flat = np.empty(count(module.SHAPES), dtype)
            grads = {name: part.reshape(module.SHAPES[name]) for name, part in parts(module.SHAPES, flat).items()}
        self.flat: Array = np.zeros_like(flat)
        start, lying = _address(flat), [(name, grads[name]) for name in module.SHAPES]
        self.places = {name: (grad.shape, _address(grad) - start, grad.strides) for name, grad in lying}

    def views(self, flat: Array) -> Params:
        """The parameters as parts of a flat array."""
        return {
            name: np.ndarray(shape, flat.dtype, flat, offset, strides)
            for name, (shape, offset, strides) in self.places.items()
        }


def _address(array: Array) -> int:
    address: int = array.__array_interface__["data"][0]
    return address


def copied(module: Trainable, params: Mapping[str, npt.ArrayLike]) -> Params:
    """The parameters in the order of SHAPES, all of one kind of floats; whole numbers become float64.

    Raises:
        DataError: a name or a shape is not of SHAPES, or the kinds differ.
    """
    if not isinstance(params, Mapping):
        raise DataError(f"params should be a dict of arrays by name, is {type(params).__name__}")
    arrays = {name: np.array(array_of(value, str(name))) for name, value in params.items()}
    for name, array in arrays.items():  # small steps would be lost in whole numbers
        arrays[name] = array.astype(array.dtype.newbyteorder("=") if array.dtype.kind == "f" else np.float64)
    check_shapes("params", module, arrays)
    kinds = sorted({str(value.dtype) for value in arrays.values()})
    if len(kinds) > 1:
        raise DataError(f"params mix {' and '.join(kinds)}: give all of them one dtype")
    return {name: arrays[name] for name in module.SHAPES}


def dtype_of(params: Mapping[str, Array]) -> np.dtype[Any]:
    """The one dtype of the parameters."""
    return next(iter(params.values())).dtype


def check_shapes(where: object, module: Trainable, params: Mapping[str, Array]) -> None:
    """Refuse parameters whose names, shapes or kind are not those of the module, by a DataError."""
    shapes = {name: value.shape for name, value in params.items()}
    for name in {**module.SHAPES, **shapes}:
        wanted, found = (known.get(name, "absent") for known in (module.SHAPES, shapes))
        wrong = f"{name} should be {wanted}, is {found}" if found != wanted else ""
        if not wrong and params[name].dtype.kind != "f":
            wrong = f"{name} should hold floats, holds {params[name].dtype}"
        if wrong:
            raise DataError(f"{where} does not fit {module.MODEL['title']}: {wrong}")
