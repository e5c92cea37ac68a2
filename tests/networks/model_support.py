"""A line that is learnt, and matrices by name."""

from __future__ import annotations

from typing import Any

import sympy as sp

from symbackprop import cli

a, b, x, y, p, L = sp.symbols("a b x y p L", real=True)
LINE = [(p, a * x + b), (L, (p - y) ** 2 / 2)]


def matrix(name: str, rows: int, columns: int = 1) -> Any:
    return sp.MatrixSymbol(name, rows, columns)


def run(*arguments: Any) -> int:
    return cli.main([str(argument) for argument in arguments])
