"""Stable forms: what would overflow, or be 0, on the way to a value that is finite, before anything is differentiated.

In goes a graph with a new node; out comes the node, or one of equal value in its place. `table` has a row for each
form: pattern, stable form, when it holds. Forms of one shape are matched as they stand there (`patterns`); products,
powers and sums of any length under a logarithm are taken apart in `logarithms`, products and quotients with
exponentials in them are merged in `quotients`. Each visits a node once, in the order in which an expression is read.
It must not know what a derivative is.
"""

from .patterns import SAID, is_rewritten, said
from .recognisers import RECOGNISERS
from .table import TABLE, Form

__all__ = ["RECOGNISERS", "SAID", "TABLE", "Form", "is_rewritten", "said"]
