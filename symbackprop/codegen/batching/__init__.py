"""From formulas of one sample to steps on all samples: a rule for each operation and each form that is asked for.

In goes a graph and which of its leaves have a value for each sample; out come steps. `driver` walks the graph,
`dispatch` says which file has the rule for what is asked. Nothing here may know a language.
"""

from .dispatch import FORMS
from .driver import PLAIN, SCALED, SCALED_SUM, SUM, Batching, Input

__all__ = ["FORMS", "PLAIN", "SCALED", "SCALED_SUM", "SUM", "Batching", "Input"]
