"""Normal densities and distribution functions in steps that take their argument as it is, not rounded.

exp(-x**2/2), exp(-x**2) and erfc(x/sqrt(2)) lose 2*u**2 units in the last place with the rounding of their argument u,
and what they are multiplied by is multiplied in before the product can be too small for all its digits.
"""

from __future__ import annotations

from typing import Any

import sympy as sp

from ... import ops
from ..steps import CALL, NUMBER, Step, Steps
from .further_operations import BELL, ERFC_OF_ROOT, TIMES_ERFC_OF_ROOT

SCALES = (sp.Integer(1), sp.S.Half, sp.Integer(2))
"""The c of exp(-c*x**2) that it is done for: to multiply by them rounds nothing."""


def bell(steps: Steps, power: Step) -> Step | None:
    """exp(power) where the power is -c*x**2."""
    factor, square = scaled(steps, power)
    if not steps.maps(square, ops.POW) or steps.keys[steps.operands(square)[1]] != (NUMBER, sp.Integer(2)):
        return None
    inner, x = scaled(steps, steps.operands(square)[0])
    c = -factor * inner**2
    return steps.map(BELL, steps.number(sp.S.One), x, steps.number(c)) if c in SCALES else None


def tail(steps: Steps, argument: Step) -> Step | None:
    """erfc(argument) where that is x/sqrt(2) or -x/sqrt(2)."""
    factor, x = scaled(steps, argument)
    if factor**2 != sp.S.Half:
        return None
    return steps.map(ERFC_OF_ROOT, x if factor > 0 else steps.map(ops.NEG, x))


def product(steps: Steps, k: Step, other: Step) -> Step | None:
    """k times a multiple of one of these, with k inside."""
    if steps.keys[other][:2] == (CALL, ERFC_OF_ROOT):
        return steps.map(TIMES_ERFC_OF_ROOT, k, other, steps.operands(other)[0])
    if steps.maps(other, BELL):
        own, x, c = steps.operands(other)
        is_one = steps.keys[own] == (NUMBER, sp.S.One)
        return steps.map(BELL, k if is_one else steps.map(ops.MUL, k, own), x, c)
    place = _place_of_rest(steps, other)
    found = None if place is None else product(steps, k, steps.operands(other)[place])
    if found is None:
        return None
    operands = [found if at == place else x for at, x in enumerate(steps.operands(other))]
    return steps.map(steps.what(other), *operands)


def _place_of_rest(steps: Steps, step: Step) -> int | None:
    """Which operand is left of a step when a number is taken out that it multiplies or divides by, or a sign."""
    if steps.maps(step, ops.NEG):
        return 0
    if not steps.maps(step, ops.MUL, ops.DIV):
        return None
    x, y = steps.operands(step)
    if y in steps.constants:
        return 0
    return 1 if x in steps.constants and steps.maps(step, ops.MUL) else None


def scaled(steps: Steps, step: Step) -> tuple[Any, Step]:
    """(number, rest): what a step is a multiple of, and the number exactly."""
    factor = sp.S.One
    while (place := _place_of_rest(steps, step)) is not None:
        operands = steps.operands(step)
        if len(operands) == 2:
            number = _value(steps, operands[1 - place])
            factor = factor * number if steps.maps(step, ops.MUL) else factor / number
        else:
            factor = -factor
        step = operands[place]
    return factor, step


def _value(steps: Steps, step: Step) -> Any:
    """The number that a step is which is made of numbers alone."""
    kind, what, *parts = steps.keys[step]
    return what if kind == NUMBER else what.sympy(*(_value(steps, part) for part in parts))
