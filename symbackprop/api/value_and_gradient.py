"""A loss and its derivatives as SciPy's minimisers want them: `sb.value_and_grad`."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import sympy as sp

from .. import codegen, cost, ops
from ..errors import ParameterError
from .argument_structure import Arguments
from .arranged_calls import on_floats
from .given_outputs import one_output
from .lambdified import Lambdified
from .public_derivation import derive_plain
from .user_leaves import takes_leaves


@takes_leaves
def value_and_grad(
    args: Any,
    loss: Any,
    wrt: Any,
    *,
    batch: Iterable[Any] | None = None,
    stable: bool = True,
    accurate: bool | None = None,
) -> Lambdified:
    """A function of `args` that returns (value, array of derivatives in the order of `wrt`).

    If any symbol of `wrt` is a matrix, the array is a flat one: the entries of each derivative, row by row, one
    derivative behind the other. Numbers broadcast: of arrays, the derivatives stand along the first axis.

    Args:
        args: the function's arguments, as for `lambdify`; a nested list of symbols takes one array, so that
            `value_and_grad([[a, b]], loss, [a, b])` is what `scipy.optimize.minimize` wants with `jac=True`; of
            matrices that array is flat as well.
        loss: as for `derive`.
        wrt: the symbols to differentiate by.
        batch: of `args`, the symbols, or their names, that have a value for each sample, along a first axis; value and
            derivatives are then those of the mean loss. Where `wrt` holds one of them they are those of each sample,
            (samples,) and (samples, n) for the n derivatives, or the n entries of all.
        stable: as for `derive`.
        accurate: as for `derive`.

    Raises:
        ParameterError: `args` lacks a symbol of the loss, has one twice, or something that is none. And what
            `derive` raises.
        ShapeError, UnsupportedError: there are several outputs.
        UnknownNameError: the batch names none of the arguments.
    """
    one_output(loss, "sb.value_and_grad")
    given = Arguments(args, batch, around=(loss, wrt))
    derived: Any = derive_plain(loss, wrt, stable=stable, accurate=accurate)
    graph, roots = derived.sweep.graph, derived.sweep.roots
    needed = [graph.value(node) for node in graph.reachable(roots) if graph.op(node) is ops.SYMBOL]
    given.require(needed, "the loss")
    given.require(derived.sweep.wrt, "wrt")
    read = dict.fromkeys([*derived.sweep.wrt, *needed])
    batched = [symbol for symbol in read if symbol.name in (given.batch or ())]
    made: Any = codegen.evaluation(derived.sweep, batched or None)
    function = made.function()
    places = [number for number, symbol in enumerate(given.symbols) if symbol.name in function.arguments]
    names = [given.symbols[number].name for number in places]
    others = [number for number in range(len(given.symbols)) if number not in places]
    is_flat = any(isinstance(symbol, sp.MatrixSymbol) for symbol in derived.sweep.wrt)
    spreads = bool(others) and not (given.has_matrices or given.batch)
    gradient = {(place,): place + 1 for place in range(len(derived.sweep.wrt))}
    results = [("value", (), {(): 0}), ("gradient", (len(gradient),), gradient)]
    program = on_floats(made, given, (0, 1), results)

    wanted = [symbol.name for symbol in derived.sweep.wrt]
    form = _of_each_sample if given.has_samples_of(derived.sweep.wrt) else _flat if is_flat else np.array
    call = _Joined(function, dict(zip(names, places, strict=True)), wanted, form, others if spreads else [])
    return Lambdified(given, call, tuple, made, cost.counted(graph, roots), program)


@dataclass
class _Joined:
    """A function whose derivatives stand in one array.

    function: by the names of `places`, in which its arguments stand. wrt: the names of the derivatives. form: what
    makes one array of them. others: the places of what the results spread over as well.
    """

    function: Callable[..., Any]
    places: Mapping[str, int]
    wrt: Sequence[str]
    form: Callable[[Sequence[Any]], Any]
    others: Sequence[int]

    def __call__(self, *found: Any) -> tuple[Any, Any]:
        value, gradients = self.function(**{name: found[place] for name, place in self.places.items()})
        parts = [gradients[name] for name in self.wrt]
        if self.others:
            value, *parts = _spread([value, *parts], [found[place] for place in self.others])
        return value, self.form(parts)


def _flat(parts: Sequence[Any]) -> Any:
    """Entry by entry."""
    return np.concatenate([np.ravel(part) for part in parts])


def _of_each_sample(parts: Sequence[Any]) -> Any:
    """Entry by entry, behind the samples."""
    return np.concatenate([np.reshape(part, (len(part), -1)) for part in parts], axis=1)


def _spread(results: Sequence[Any], others: Sequence[Any]) -> list[Any]:
    """Results in the shape that they have together with arguments that the loss does not contain."""
    try:
        shape = np.broadcast_shapes(np.shape(results[0]), *map(np.shape, others))
    except ValueError as error:
        raise ParameterError(f"the arguments do not broadcast: {error}") from None
    return [np.array(np.broadcast_to(one, shape)) if shape else one for one in results]
