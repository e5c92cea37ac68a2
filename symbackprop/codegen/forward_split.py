"""Which steps are the forward pass, what of it the backward pass remembers, and what tells programs apart."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable, Sequence
from typing import Any

import sympy as sp

from .. import ops
from .lifetimes import needed
from .program import is_work
from .steps import BATCH, INPUT, SCALE, TARGET, Step, Steps


def forward_pass(
    steps: Steps, order: Sequence[Step], quantities: Iterable[Step], with_numbers: bool = False
) -> list[Step]:
    """The steps among `order` that are done before any target is known.

    Args:
        steps: of a program, as a target has rewritten them.
        order: what the loss and its derivatives need.
        quantities: the named quantities of the forward pass but the loss. Where none of them is there, the forward
            pass is all that can be computed for each sample without a target.
        with_numbers: whether what is made of numbers alone is done there too, sqrt(2) say.
    """
    late = _late(steps, order)
    wanted = [step for step in quantities if step not in late]
    early = set(needed(steps, wanted)) if wanted else {*order} - late
    done = [step for step in order if step in early and steps.operands(step)]
    found = [step for step in done if is_work(steps, step) or (with_numbers and step in steps.constants)]
    return found if wanted else [step for step in found if steps.axes[step][:1] == (BATCH,)]


def _late(steps: Steps, order: Sequence[Step]) -> set[Step]:
    """The steps that depend on a target or on the scale of the gradients."""
    late: set[Step] = set()
    for step in order:
        kind, what, *operands = steps.keys[step]
        if (kind == INPUT and what[0] in (TARGET, SCALE)) or not late.isdisjoint(operands):
            late.add(step)
    return late


def remembered(steps: Steps, ahead: Collection[Step], rest: Iterable[Step], roots: Iterable[Step]) -> list[Step]:
    """The steps of the forward pass that others read, in order; `roots` are read when all is done."""
    ahead = set(ahead)
    read = {operand for step in rest for operand in steps.keys[step][2:]}
    return sorted(ahead & (read | set(map(steps.base, roots))))


def behind(steps: Steps, roots: Iterable[Step], ahead: Collection[Step]) -> list[Step]:
    """The steps that `roots` need beside those of the forward pass, which are done."""
    done = set(ahead)
    seen, stack = set(), [root for root in roots if root not in done]
    while stack:
        step = stack.pop()
        if step not in seen:
            seen.add(step)
            stack += [operand for operand in steps.keys[step][2:] if operand not in done]
    return sorted(seen)


# --- telling programs apart ---


def digest(steps: Steps, roots: Sequence[Step], face: str) -> str:
    """Tells a program from others by what it computes, whoever writes it in which language: 16 hexadecimal digits.

    Args:
        steps, roots: of the program.
        face: how parameters, inputs, targets and outputs lie side by side.
    """
    order = needed(steps, roots)
    places = {step: place for place, step in enumerate(order)}
    known: dict[Any, str] = {}
    rows = []
    for step in order:
        kind, what, *operands = steps.keys[step]
        text = known.get(what) or known.setdefault(what, _plain(what))
        rows.append((kind, text, *[places[operand] for operand in operands]))
    told = repr((face, rows, [places[root] for root in roots]))
    return hashlib.sha256(told.encode()).hexdigest()[:16]


def _plain(what: Any) -> str:
    """What a step's kind leaves open, without anything that differs from run to run."""
    if isinstance(what, tuple):
        return f"({','.join(map(_plain, what))})"
    if isinstance(what, sp.Symbol | sp.MatrixSymbol):
        return str(what.name)  # the face has the shapes
    return what.name if isinstance(what, ops.Op) else sp.srepr(what) if isinstance(what, sp.Basic) else str(what)
