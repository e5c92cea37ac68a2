"""The parts that all generated modules share, one file each; what stands below a part's dashes is copied.

A module's own part stands before them and defines what their headers declare: NETWORK, WIDTHS, SHAPES, HIDDEN,
OUTPUT, LOSS, VARIANCE, SCALED_GRADIENTS, forward, loss, loss_and_grad and batch_function.
"""

from . import commands, files, loop, optimizers, start, tables

PARTS = (start, optimizers, files, tables, loop, commands)
"""In the order in which they are copied."""
