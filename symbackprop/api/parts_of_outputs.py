"""Names of one's own for parts of several outputs: in each output those whose parts stand in it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import sympy as sp

from ..derivation import Sweep, in_steps, node_of
from ..errors import ParameterError


def names_by_output(sweeps: Sequence[Sweep], names: Mapping[Any, Any] | None) -> list[dict[Any, Any]]:
    """For each output, given as its derivation, the names whose parts stand in it and can be differentiated by.

    Raises:
        ParameterError: a name is taken by a symbol of any output, or its part stands in none of them.
    """
    if not names:
        return [{} for _ in sweeps]
    if not isinstance(names, Mapping) or not all(isinstance(part, sp.Expr | sp.MatrixExpr) for part in names.values()):
        in_steps(sweeps[0], names)  # which says what is wrong
        return []
    parts: dict[Any, Any] = {}
    for symbol, part in names.items():
        parts[symbol] = part.xreplace(parts)
    _refuse_taken(sweeps, names)
    found = [{symbol: part for symbol, part in parts.items() if _is_part(sweep, part)} for sweep in sweeps]
    for symbol in names:
        if not any(symbol in held for held in found):
            in_steps(sweeps[0], {symbol: parts[symbol]})
    return found


def _refuse_taken(sweeps: Sequence[Sweep], names: Mapping[Any, Any]) -> None:
    taken = {symbol.name for sweep in sweeps for symbol in (*sweep.graph.symbols, sweep.loss)}
    for symbol in names:
        if getattr(symbol, "name", None) in taken:
            raise ParameterError(f"{symbol.name} is taken: choose another name")


def _is_part(sweep: Sweep, part: Any) -> bool:
    """Whether something stands in an output, and is neither all of it nor made of data alone."""
    try:
        node = node_of(sweep, part)
    except ParameterError:
        return False
    return node != sweep.loss_node and node in sweep.varying and not sweep.graph.op(node).leaf
