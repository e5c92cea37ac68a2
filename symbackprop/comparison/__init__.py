"""Naive against shared: what a derivation costs as layers grow, by count and by clock."""

from .comparison import Comparison
from .laws import Law
from .report import PAGE
from .rows import Row
from .running import compare

__all__ = ["PAGE", "Comparison", "Law", "Row", "compare"]
