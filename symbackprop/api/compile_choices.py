"""What `compile` of one output takes and that of several does not, with what to do about it."""

from __future__ import annotations

from typing import Any

from ..errors import UnsupportedError


def check_choices(batch: Any, target: Any) -> None:
    """Refuse a batch, and any target but NumPy.

    Raises:
        UnsupportedError: there is one.
    """
    if batch is not None:
        raise UnsupportedError(
            "compile of several outputs has no batch: leave it out where arguments are numbers, as arrays of them "
            "broadcast; with matrices use sb.lambdify(args, sb.derive(outputs, wrt).gradients, batch=batch)"
        )
    if target != "numpy":
        raise UnsupportedError(
            f"code of several derivatives is for NumPy, not {str(target)[:20]}: leave target out, or compile each "
            'output, sb.derive(output, wrt).compile(target="jax")'
        )
