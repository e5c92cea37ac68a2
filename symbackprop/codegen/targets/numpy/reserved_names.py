"""The names that generated modules use themselves, which nothing else in them may bear."""

from __future__ import annotations

LOCALS = (
    *("n", "params", "X", "Y", "scale", "work", "flat", "samples", "dtype", "self"),
    *("init", "forward", "loss", "loss_and_grad", "loss_per_sample", "train", "check_grad", "Workspace"),
    *("SHAPES", "MODEL", "_checked", "_forward", "_sweep", "_"),
)
"""Names that the functions of a model use."""

OF_NUMBERS = ("given", "shape", "dtype", "evaluate", "ARGUMENTS", "SHAPES", "BATCHED")
"""Names that the function of an expression of numbers uses: few, since its arguments are called by name."""

EVALUATED = (
    *("n", "dtype", "scale", "given", "arrays", "sizes", "value", "gradients"),
    *("evaluate", "_sweep", "ARGUMENTS", "SHAPES", "BATCHED"),
)
"""Names that the functions of an expression with arrays use."""
