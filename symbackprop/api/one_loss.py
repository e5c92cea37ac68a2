"""What is differentiated by doors for one output: several are sent to those that take several."""

from __future__ import annotations

from typing import Any

import sympy as sp

from ..errors import ParameterError


def one_loss(loss: Any, door: str) -> Any:
    """The loss as it is.

    Raises:
        ParameterError: it is a list of outputs, or a matrix of several entries.
    """
    is_list = isinstance(loss, list | tuple) and loss and not all(map(_is_equation, loss))
    if is_list or (isinstance(loss, sp.MatrixBase) and tuple(loss.shape) != (1, 1)):
        raise ParameterError(
            f"{door} takes one loss, and there are {len(loss)} outputs: for several of them and their derivatives, "
            "lambdify(args, [outputs, jacobian(outputs, wrt)])"
        )
    return loss


def _is_equation(one: Any) -> bool:
    return isinstance(one, tuple | list | sp.Equality)
