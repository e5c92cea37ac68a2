"""Names that generated modules use themselves, which nothing else in them may bear."""

from __future__ import annotations

from ... import runtime
from . import special

LOCALS = (
    *("n", "dtype", "scale", "params", "X", "Y", "workspace", "grads", "value", "batch", "rate"),
    *("forward", "loss", "loss_and_grad", "batch_function", "packed", "check_params"),
)
"""Names that the functions of a network use."""

EVALUATED = (
    *("n", "dtype", "scale", "given", "arrays", "sizes", "value", "gradients"),
    *("evaluate", "_sweep", "SHAPES", "BATCHED"),
)
"""Names that the functions of an expression with arrays use."""


def reserved_names() -> list[str]:
    """What a module calls its helpers and all that its shared part defines."""
    return [*vars(special), *(name for part in runtime.PARTS for name in vars(part))]
