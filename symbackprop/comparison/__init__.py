"""Naive against shared: what a derivation costs as layers grow, by count and by clock."""

from .growth_laws import Law
from .presentation import Comparison
from .report import PAGE
from .rows import Row
from .running import compare

__all__ = ["PAGE", "Comparison", "Law", "Row", "compare"]
