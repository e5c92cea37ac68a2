"""Generated modules: checked before anything of them runs, and what training knows of them."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Mapping
from math import prod
from pathlib import Path
from types import ModuleType, NoneType
from typing import Any, Protocol, cast

import numpy as np
import numpy.typing as npt

from ..errors import DataError, ModuleError

FORMAT = 3
FIRST_LINE = "# symbackprop module, format "
LITERALS = ("SHAPES", "MODEL", "ARGUMENTS", "BATCHED")

Array = npt.NDArray[Any]
Params = dict[str, Array]
Shapes = Mapping[str, tuple[int, ...]]


class Trainable(Protocol):
    """What training needs of a module; X is (samples, columns of the inputs), Y (samples, columns of the targets).

    One in NumPy may also have `_sweep(params, X, Y, scale, work)`, loss_and_grad without checks, and a class
    `Workspace(samples, dtype)` of the arrays that it writes into.
    """

    SHAPES: Shapes
    MODEL: Mapping[str, Any]
    forward: Callable[[Params, Array], Array]  # the outputs for each row
    loss: Callable[[Params, Array, Array | None], float]  # the mean over the samples
    loss_and_grad: Callable[..., tuple[float, Params]]  # and its derivatives times scale: views of one flat array


def load_module(path: str | Path) -> ModuleType:
    """The module that symbackprop wrote into a file. It is run, after its first line, SHAPES and MODEL were checked.

    Raises:
        ModuleError: there is no such file, symbackprop did not write it or wrote it in another format, or it is
            damaged.
    """
    try:
        source = Path(path).read_text(encoding="utf-8")
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or "it is no text file"
        raise ModuleError(f"cannot read {str(path)!r}: {reason}; name a file that generate wrote") from error
    known = re.fullmatch(re.escape(FIRST_LINE) + r"(\d{1,9})", source.partition("\n")[0])
    if not known:
        raise ModuleError(f"{str(path)!r} is no module that symbackprop wrote: name a file that generate wrote")
    if known[1] != str(FORMAT):
        raise ModuleError(f"{str(path)!r} (format {known[1]}) was written by another version: generate it again")
    literals = _literals(source, path)
    _check_literals(literals, path)
    module = module_of(source, path)
    if any(getattr(module, name, None) != value for name, value in literals.items()):
        raise _damaged(path, "its SHAPES or MODEL is not what its head says")
    return module


def module_of(source: str, name: str | Path) -> ModuleType:
    """The module of a source text: of this very text, with no file or cached bytecode in between.

    Raises:
        ModuleError: it does not run, or a part of it is missing.
    """
    module = ModuleType("symbackprop_generated")
    module.__file__ = str(name)
    try:
        exec(compile(source, str(name), "exec"), module.__dict__)
    except ModuleNotFoundError as error:
        needed = str(error.name).partition(".")[0]
        advice = f': pip install "symbackprop[{needed}]"' if needed in ("jax", "scipy") else ""
        subject = "the code" if str(name).startswith("<") else repr(str(name))
        raise ModuleError(f"{subject} needs {needed}, which is not installed here{advice}") from error
    except (Exception, SystemExit) as error:
        raise _damaged(name, type(error).__name__) from error
    expected = ("forward", "loss", "loss_and_grad") if hasattr(module, "MODEL") else ("evaluate",)
    if not all(callable(getattr(module, part, None)) for part in expected):
        raise _damaged(name, "a part of it is missing")
    return module


def trainable(module: ModuleType) -> Trainable:
    """The module as training knows it; one of an expression is refused by a ModuleError."""
    if not hasattr(module, "MODEL"):
        found = f"{str(getattr(module, '__file__', module))!r} is a module of an expression, without inputs and targets"
        raise ModuleError(f"{found}: sb.Model says which symbols are inputs and targets, and that can be trained")
    return cast(Trainable, module)


def _damaged(path: str | Path, what: str) -> ModuleError:
    return ModuleError(f"{str(path)!r} is damaged ({what}): generate it again")


def _literals(source: str, path: str | Path) -> dict[str, Any]:
    """What the head of a module says of itself: the constants above its first function."""
    try:
        body = ast.parse(source.partition("\n\n\n")[0]).body
        assigned = [(node.targets[0], node.value) for node in body if isinstance(node, ast.Assign)]
        named = [(name.id, value) for name, value in assigned if isinstance(name, ast.Name)]
        return {name: ast.literal_eval(value) for name, value in named if name in LITERALS}
    except (ValueError, SyntaxError, TypeError, MemoryError, RecursionError) as error:
        raise _damaged(path, type(error).__name__) from error


def _check_literals(found: dict[str, Any], path: str | Path) -> None:
    """Refuse SHAPES, or a MODEL, that no generator wrote."""
    shapes, model = found.get("SHAPES"), found.get("MODEL")
    if not shapes or not _are_shapes(shapes):
        raise _damaged(path, "its SHAPES are none")
    if "MODEL" not in found and {"ARGUMENTS", "BATCHED"} <= set(found):
        return
    wrong = [name for name, fits in MODEL_PARTS.items() if not isinstance(model, dict) or not fits(model.get(name))]
    if wrong:
        raise _damaged(path, f"its MODEL has no {wrong[0]!r}, or one that cannot be")
    if set(found["MODEL"]["start"]) != set(shapes):
        raise _damaged(path, "its MODEL has start values for others than its SHAPES")


def _are_shapes(found: Any) -> bool:
    return isinstance(found, dict) and all(
        isinstance(name, str) and isinstance(shape, tuple) and all(type(size) is int and size > 0 for size in shape)
        for name, shape in found.items()
    )


def _is_pair(found: Any, *kinds: type) -> bool:
    return isinstance(found, tuple) and len(found) == 2 and all(isinstance(part, kinds) for part in found)


MODEL_PARTS: dict[str, Callable[[Any], bool]] = {
    **dict.fromkeys(("title", "engine", "style", "program"), lambda found: isinstance(found, str)),
    **dict.fromkeys(("inputs", "targets", "outputs"), _are_shapes),
    "task": lambda found: found in ("classes", "numbers"),
    "target_range": lambda found: found is None or _is_pair(found, int, float, NoneType),
    "targets_sum_to_one": lambda found: isinstance(found, bool),
    "standardize": lambda found: isinstance(found, tuple) and all(part in ("X", "Y") for part in found),
    "start": lambda found: isinstance(found, dict) and all(_is_pair(pair, int, float) for pair in found.values()),
}
"""What MODEL holds, and what each part of it must be."""


def count(shapes: Shapes) -> int:
    """How many columns they have, side by side in X, in Y or in the outputs."""
    return sum(map(prod, shapes.values()))


def parts(shapes: Shapes, columns: Array) -> Params:
    """The columns of each, which lie side by side along the last axis."""
    ends = np.cumsum([prod(shape) for shape in shapes.values()], dtype=int)
    return dict(zip(shapes, np.split(columns, ends, axis=-1), strict=False))


def own_targets(module: Trainable) -> Shapes:
    """The targets that have columns in Y: one that is an input too is taken from X."""
    return {name: shape for name, shape in module.MODEL["targets"].items() if name not in module.MODEL["inputs"]}


def all_targets(module: Trainable, of_inputs: Array, of_targets: Array) -> Array:
    """The columns of every target in the model's order, from something said of X's columns and of Y's."""
    known = {**parts(module.MODEL["inputs"], of_inputs), **parts(own_targets(module), of_targets)}
    return np.concatenate([of_targets[..., :0], *(known[name] for name in module.MODEL["targets"])], axis=-1)


def array_of(values: Any, name: str) -> Array:
    """As an array of real numbers; what is none is refused by a DataError that names it."""
    try:
        array = np.asarray(values)
    except ValueError as error:  # rows of different lengths
        raise DataError(f"{name} is no array: {error}") from error
    if array.dtype.kind not in "fiub":
        raise DataError(f"{name} should hold numbers, holds {array.dtype}")
    return array
