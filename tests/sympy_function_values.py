"""What SymPy's functions are worth, by mpmath alone: the judge of tests/test_sympy_functions_walk.py.

A function that mpmath has under SymPy's name, with SymPy's arguments, needs no row here.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import mpmath as mp

Value = Callable[..., Any]


def value_of(name: str) -> Value | None:
    """The function in mpmath; None where neither mpmath nor this file has it."""
    return VALUES.get(name) or getattr(mp, name, None)


def in_mpmath(names: Any) -> dict[str, Value]:
    """All of these functions that have a value."""
    return {name: found for name in names if (found := value_of(name)) is not None}


# --- sums and recurrences ---


def _recurrent(count: int) -> Value:
    """Polynomials each made of the last ones: p_n = x^(k-1) p_(n-1) + ... + x p_(n-k+1) + p_(n-k), of 0, ..., 0, 1."""

    def polynomial(n: Any, x: Any = 1) -> Any:
        last = [mp.mpf(0)] * (count - 1) + [mp.mpf(1)]
        for _ in range(1, int(n)):
            last = [*last[1:], mp.fsum(x**power * term for power, term in enumerate(last))]
        return last[-1]

    return polynomial


def _bell(n: Any, x: Any, several: Any = None) -> Any:
    """Touchard's polynomial, or with several numbers Bell's partial one."""
    if several is None:
        return mp.bell(n, x)
    if n == 0 or x == 0:
        return mp.mpf(n == x)
    first = range(1, int(n - x) + 2)
    return mp.fsum(mp.binomial(n - 1, m - 1) * several[m - 1] * _bell(n - m, x - 1, several) for m in first)


def _harmonic(n: Any, order: Any = 1) -> Any:
    return mp.harmonic(n) if order == 1 else mp.zeta(order) - mp.zeta(order, n + 1)


def _lerchphi(z: Any, s: Any, a: Any) -> Any:
    """The series itself, for |z| < 1: mpmath has an integral, which takes a hundred times as long."""
    count = int(mp.mp.dps / -mp.log10(abs(z))) + 10
    return mp.fsum(z**k / (a + k) ** s for k in range(count))


def _marcumq(m: Any, a: Any, b: Any) -> Any:
    """The tail of a noncentral chi distribution: tails of gamma distributions, in the shares of a Poisson one."""
    half, k, terms = a**2 / 2, 0, []
    share = mp.exp(-half)
    while share > mp.eps**2:
        terms.append(share * mp.gammainc(m + k, b**2 / 2, regularized=True))
        k += 1
        share *= half / k
    return mp.fsum(terms)


def _mathieu(start: tuple[int, int], derivative: bool) -> Value:
    """The solution of y'' = (2 q cos 2z - a) y with these y and y' at 0, by its power series."""

    def solution(a: Any, q: Any, z: Any) -> Any:
        terms = [mp.mpf(start[0]), mp.mpf(start[1])]
        cosine = [(-4) ** (n // 2) / mp.factorial(n) if n % 2 == 0 else 0 for n in range(2 * int(mp.mp.dps))]
        for n in range(len(cosine)):
            product = mp.fsum(cosine[j] * terms[n - j] for j in range(0, n + 1, 2))
            terms.append((2 * q * product - a * terms[n]) / ((n + 1) * (n + 2)))
        return mp.polyval([n * term for n, term in enumerate(terms)][:0:-1] if derivative else terms[::-1], z)

    return solution


# --- functions written in others ---


def _multigamma(x: Any, p: Any) -> Any:
    return mp.pi ** (p * (p - 1) / 4) * mp.fprod(mp.gamma(x - mp.mpf(k) / 2) for k in range(int(p)))


def _spherical(cylinder: Value) -> Value:
    return lambda n, z: mp.sqrt(mp.pi / (2 * z)) * cylinder(n + mp.mpf(1) / 2, z)


def _of_sine(n: Any, z: Any) -> Any:
    """Of a whole order by its parity, of which the formula with a root knows nothing."""
    first = _spherical(mp.besselj)
    return (-1) ** int(n) * first(n, -z) if z < 0 and n == int(n) else first(n, z)


def _piecewise(x: Any) -> Any:
    return x**2 if x < 1 else mp.exp(-x)


VALUES: dict[str, Value] = {
    # elementary
    "Abs": abs,
    "Max": max,
    "Min": min,
    "Piecewise": _piecewise,
    "ceiling": mp.ceil,
    "Mod": lambda x, y: x - y * mp.floor(x / y),
    "Rem": lambda x, y: mp.sign(x) * (abs(x) - abs(y) * mp.floor(abs(x) / abs(y))),
    "frac": lambda x: x - mp.floor(x),
    "SingularityFunction": lambda x, a, n: (x - a) ** n if x >= a else x * 0,
    "Heaviside": lambda x, at_zero=0.5: mp.mpf(x > 0) if x else at_zero,
    "ln": lambda x, base=mp.e: mp.log(x, base),
    "DiracDelta": lambda x, order=0: x * 0,
    # integrals
    "Chi": mp.chi,
    "Ci": mp.ci,
    "Ei": mp.ei,
    "Li": lambda x: mp.li(x, offset=True),
    "Shi": mp.shi,
    "Si": mp.si,
    "elliptic_e": mp.ellipe,
    "elliptic_f": mp.ellipf,
    "elliptic_k": mp.ellipk,
    "elliptic_pi": mp.ellippi,
    "erf2": lambda x, y: mp.erf(y) - mp.erf(x),
    "erf2inv": lambda x, y: mp.erfinv(mp.erf(x) + y),
    "erfcinv": lambda x: mp.erfinv(1 - x),
    "lowergamma": lambda s, x: mp.gammainc(s, 0, x),
    "uppergamma": mp.gammainc,
    "betainc_regularized": lambda a, b, x, y: mp.betainc(a, b, x, y, regularized=True),
    "marcumq": _marcumq,
    # gamma functions and their kin
    "LambertW": mp.lambertw,
    "beta": lambda x, y=None: mp.beta(x, x if y is None else y),
    "catalan": lambda n: mp.gamma(n + mp.mpf(1) / 2) * 4**n / (mp.sqrt(mp.pi) * mp.gamma(n + 2)),
    "digamma": lambda x: mp.psi(0, x),
    "trigamma": lambda x: mp.psi(1, x),
    "polygamma": mp.psi,
    "multigamma": _multigamma,
    "RisingFactorial": mp.rf,
    "FallingFactorial": mp.ff,
    "hyper": mp.hyper,
    "meijerg": mp.meijerg,
    "harmonic": _harmonic,
    "divisor_sigma": lambda n, k: mp.fsum(mp.mpf(d) ** k for d in range(1, int(n) + 1) if n % d == 0),
    "lerchphi": _lerchphi,
    # of Bessel's and Airy's kind
    "airyaiprime": lambda x: mp.airyai(x, derivative=1),
    "airybiprime": lambda x: mp.airybi(x, derivative=1),
    "jn": _of_sine,
    "spherical_jn": _of_sine,
    "yn": _spherical(mp.bessely),
    "hn1": _spherical(mp.hankel1),
    "hn2": _spherical(mp.hankel2),
    # polynomials, and what they are for a degree that is no whole number
    "assoc_laguerre": mp.laguerre,
    "assoc_legendre": mp.legenp,
    "bell": _bell,
    "bernoulli": mp.bernpoly,
    "chebyshevt": mp.chebyt,
    "chebyshevt_root": lambda n, k: mp.cos(mp.pi * (2 * k + 1) / (2 * n)),
    "chebyshevu": mp.chebyu,
    "chebyshevu_root": lambda n, k: mp.cos(mp.pi * (k + 1) / (n + 1)),
    "euler": mp.eulerpoly,
    "fibonacci": _recurrent(2),
    "genocchi": lambda n, x: -n * mp.eulerpoly(n - 1, x),
    "hermite_prob": lambda n, x: mp.hermite(n, x / mp.sqrt(2)) / mp.sqrt(2) ** n,
    "laguerre": lambda n, x: mp.laguerre(n, 0, x),
    "tribonacci": _recurrent(3),
    # Mathieu's
    "mathieuc": _mathieu((1, 0), derivative=False),
    "mathieucprime": _mathieu((1, 0), derivative=True),
    "mathieus": _mathieu((0, 1), derivative=False),
    "mathieusprime": _mathieu((0, 1), derivative=True),
}
"""By SymPy's names; where no source is told, SymPy's own docstring has the definition."""
