"""Functions that are something else written short: what each one is in operations of the vocabulary.

Those of `sympy.codegen` are C's and NumPy's: by their definitions they get the derivatives, the signs and the code of
what they stand for, and code takes `log1p` and `expm1` where it finds them. `cosm1` and `powm1` are defined so that
they keep the digits that they are there for. Source of the gamma rows: Abramowitz and Stegun, Handbook of Mathematical
Functions, 6.1.15, 6.1.21, 6.1.22, 7.1.2.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

import sympy as sp
from sympy.codegen import cfunctions, numpy_nodes, scipy_nodes
from sympy.functions.elementary.miscellaneous import Rem

from ..sympy_functions.scalar_functions import hypot, logsumexp

DEFINITIONS: dict[type, Callable[..., Any]] = {
    # remainders
    sp.frac: lambda x: x - sp.floor(x),
    Rem: lambda x, y: x - y * sp.sign(x / y) * sp.floor(sp.Abs(x / y)),
    # C's and NumPy's
    cfunctions.expm1: lambda x: sp.exp(x) - 1,
    cfunctions.log1p: lambda x: sp.log(1 + x),
    cfunctions.exp2: lambda x: 2**x,
    cfunctions.log2: lambda x: sp.log(x) / sp.log(2),
    cfunctions.log10: lambda x: sp.log(x) / sp.log(10),
    cfunctions.Sqrt: sp.sqrt,
    cfunctions.hypot: hypot,
    cfunctions.fma: lambda x, y, z: x * y + z,
    numpy_nodes.maximum: sp.Max,
    numpy_nodes.minimum: sp.Min,
    numpy_nodes.logaddexp: logsumexp,
    numpy_nodes.logaddexp2: lambda x, y: logsumexp(x * sp.log(2), y * sp.log(2)) / sp.log(2),
    scipy_nodes.cosm1: lambda x: -2 * sp.sin(x / 2) ** 2,
    scipy_nodes.powm1: lambda x, y: sp.exp(y * sp.log(x)) - 1,
    # of gamma
    sp.RisingFactorial: lambda x, k: sp.binomial(x + k - 1, k) * sp.factorial(k),
    sp.FallingFactorial: lambda x, k: sp.binomial(x, k) * sp.factorial(k),
    sp.catalan: lambda n: sp.binomial(2 * n, n) / (n + 1),
    # of the error function
    sp.erf2: lambda x, y: sp.erf(y) - sp.erf(x),
}
"""By class: the same of the same arguments."""


MOST_FACTORS = 20


@cache
def chosen(count: int) -> Any:
    """The binomial of x and a whole number: a polynomial, which has a derivative also where gamma has poles."""
    x = sp.Dummy("x", real=True)
    return sp.Lambda(x, sp.Mul(*(x - i for i in range(count))) / sp.factorial(count))


@cache
def singular(exponent: int) -> Any:
    """Macaulay's brackets: a power of x - a where x >= a, 0 before."""
    x, a = sp.symbols("x a", real=True, cls=sp.Dummy)
    return sp.Lambda((x, a), sp.Piecewise(((x - a) ** exponent, x >= a), (0, True)))


@cache
def definition(kind: type, count: int) -> Any:
    """What a function is, as a Lambda of so many arguments."""
    variables = tuple(sp.Dummy(f"x{place}", real=True) for place in range(1, count + 1))
    return sp.Lambda(variables, DEFINITIONS[kind](*variables))
