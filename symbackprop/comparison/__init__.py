"""Naive against shared: what a derivation costs as layers grow, by count and by clock.

In go depths and widths, or models; out comes a `Comparison`: a row of figures for each of them and each method, the
growth laws of these, and ways to show both. Each method runs in a process of its own (`processes`, `worker`), which
`measuring` fills; `running` leads them. It must not know how any of the methods works.
"""

from .growth_laws import Law
from .presentation import Comparison
from .report import PAGE
from .rows import Row
from .running import compare

__all__ = ["PAGE", "Comparison", "Law", "Row", "compare"]
