"""An expression as a model, so that it is compared as networks are: its symbols of interest are the parameters."""

from __future__ import annotations

from collections.abc import Sequence

from ..expression_text import expression_and_symbols
from ..networks import Model

START = (0.5, 0.1)
"""Mean and standard deviation of the numbers that the code is timed with."""


def expression_model(text: str, wrt: Sequence[str] | None) -> Model:
    """The model whose loss is an expression, given as text.

    Raises:
        ExpressionError: the text is no expression.
        UnknownNameError: it has no symbol of a name in `wrt`.
    """
    expression, symbols = expression_and_symbols(text, wrt)
    others = sorted(expression.free_symbols - {*symbols}, key=str)
    return Model(expression, parameters=symbols, inputs=others, start=dict.fromkeys(symbols, START))
