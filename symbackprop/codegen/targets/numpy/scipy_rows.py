"""SymPy's functions that code leaves to SciPy: a row each, and what is said where SciPy is not installed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import sympy as sp

from .... import ops
from ....errors import UnsupportedError
from ....lazy_imports import library
from ...precedence import Row, Text
from ..python_arrays.dialect import Helper


@dataclass(frozen=True)
class OfSciPy(Helper):
    """A function of ours that calls SciPy's.

    name: of the function, in messages.
    """

    name: str

    def __call__(self, args: Sequence[Text]) -> Text:
        if library("scipy.special") is None:
            found = f"code of {self.name} calls SciPy, which is not installed here"
            raise UnsupportedError(f'{found}: pip install "symbackprop[scipy]", or use the formulas')
        return super().__call__(args)


_FUNCTIONS = {
    sp.besselj: "_besselj",  # jv(order, x)
    sp.bessely: "_bessely",  # yv(order, x)
    sp.besseli: "_besseli",  # iv(order, x)
    sp.besselk: "_besselk",  # kv(order, x)
    sp.airyai: "_airyai",  # airy(x)[0]
    sp.airyaiprime: "_airyaiprime",  # airy(x)[1]
    sp.airybi: "_airybi",  # airy(x)[2]
    sp.airybiprime: "_airybiprime",  # airy(x)[3]
    sp.zeta: "_zeta",  # zeta(s, a), and below s = 1 a series
    sp.LambertW: "_lambertw",  # lambertw(x, branch).real
    sp.elliptic_k: "_elliptic_k",  # ellipk(m)
    sp.elliptic_e: "_elliptic_e",  # ellipe(m), or of (phi, m) by elliprf and elliprd
    sp.elliptic_f: "_elliptic_f",  # of (phi, m) by elliprf
    sp.Ei: "_ei",  # expi(x)
    sp.li: "_li",  # expi(log(x))
    sp.expint: "_expint",  # expn(order, x), or x**(order - 1)*gamma(1 - order)*gammaincc(1 - order, x); E1: order 1
    sp.Si: "_si",  # sici(x)[0]
    sp.Ci: "_ci",  # sici(x)[1]
    sp.Shi: "_shi",  # shichi(x)[0]
    sp.Chi: "_chi",  # shichi(x)[1]
    sp.erfi: "_erfi",  # erfi(x)
    sp.erfcinv: "_erfcinv",  # erfcinv(x)
    sp.fresnels: "_fresnels",  # fresnel(x)[0]
    sp.fresnelc: "_fresnelc",  # fresnel(x)[1]
    sp.betainc: "_betainc",  # beta(a, b)*(betainc(a, b, high) - betainc(a, b, low))
    sp.betainc_regularized: "_betainc_regularized",  # betainc(a, b, high) - betainc(a, b, low)
    sp.lowergamma: "_lowergamma",  # gamma(a)*gammainc(a, x)
    sp.uppergamma: "_uppergamma",  # gamma(a)*gammaincc(a, x)
}
"""By SymPy's class the function of `scipy_functions`, and what that is in SciPy; erfinv needs no SciPy."""

OF_SCIPY: dict[ops.Op, Row] = {ops.function(kind): OfSciPy(name, kind.__name__) for kind, name in _FUNCTIONS.items()}
"""One row per operation: operand texts to text."""
