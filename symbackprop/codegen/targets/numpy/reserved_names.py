"""What generated modules begin with, and the names that they use themselves, which nothing else in them may bear."""

from __future__ import annotations

MARK = "# symbackprop module, format 3"
"""The first line of every generated module, of a model or of an expression."""

LOCALS = (
    *("n", "params", "X", "Y", "scale", "work", "flat", "samples", "dtype", "self"),
    *("init", "forward", "loss", "loss_and_grad", "loss_per_sample", "train", "check_grad", "Workspace"),
    *("SHAPES", "MODEL", "_checked", "_forward", "_sweep", "_"),
)
"""Names that the functions of a model use."""

EVALUATED = (
    *("n", "dtype", "scale", "given", "arrays", "sizes", "value", "gradients"),
    *("evaluate", "_sweep", "ARGUMENTS", "SHAPES", "BATCHED"),
)
"""Names that the functions of an expression with arrays use."""
