"""What SciPy computes, in SymPy's order of arguments and as SymPy normalises it; a module that calls one imports it.

Each computes in float64, keeps the dtype of what it is given, and is nan where SymPy's function is no real number:
some of SciPy's give the real part there. Formulas by number are those of the Digital Library of Mathematical Functions.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ....lazy_imports import Deferred

special: Any = Deferred("scipy.special")
"""SciPy is imported by the first call of a function here."""


def _of_scipy(function: Any, *given: Any) -> Any:
    """A function of float64, in the dtype of what it is given."""
    dtype = np.result_type(*given)
    with np.errstate(all="ignore"):
        value = function(*(np.asarray(x, np.float64) for x in given))
    return np.asarray(value, dtype if dtype.kind == "f" else np.float64)


def _besselj(order: Any, x: Any) -> Any:
    return _of_scipy(special.jv, order, x)


def _bessely(order: Any, x: Any) -> Any:
    return _of_scipy(special.yv, order, x)


def _besseli(order: Any, x: Any) -> Any:
    return _of_scipy(special.iv, order, x)


def _besselk(order: Any, x: Any) -> Any:
    return _of_scipy(special.kv, order, x)


def _airyai(x: Any) -> Any:
    return _of_scipy(_airy_of, 0, x)


def _airyaiprime(x: Any) -> Any:
    return _of_scipy(_airy_of, 1, x)


def _airybi(x: Any) -> Any:
    return _of_scipy(_airy_of, 2, x)


def _airybiprime(x: Any) -> Any:
    return _of_scipy(_airy_of, 3, x)


def _airy_of(which: Any, x: Any) -> Any:
    """One of Ai, Ai', Bi, Bi'; far out, where airy knows no more, what airye has without its power of e (9.7.7)."""
    far, power = np.maximum(x, 100.0), 2.0 / 3.0 * np.maximum(x, 100.0) ** 1.5
    scaled = special.airye(far)[int(which)] * np.exp(-power if which < 2 else power)
    return np.where(x > 100, scaled, special.airy(np.minimum(x, 100.0))[int(which)])


def _zeta(s: Any, a: Any = 1.0) -> Any:
    return _of_scipy(_zeta_of, s, a)


def _zeta_of(s: Any, a: Any) -> Any:
    """Riemann's zeta function where a is 1, and Hurwitz's: where s < 1, of which SciPy knows nothing, by 25.11.5."""
    hurwitz = np.where(s < 1, _low_zeta_of(s, a), special.zeta(np.maximum(s, 1.0), a))
    return np.where(a == 1, special.zeta(s), hurwitz)


def _low_zeta_of(s: Any, a: Any) -> Any:
    """Hurwitz's zeta function of a > 0, by Euler and Maclaurin; nan where too few digits would be left (s < -3)."""
    last, rising = a + 6.0, s + 0.0
    total = sum((a + k) ** -s for k in range(6)) + last ** (1.0 - s) / (s - 1.0) + 0.5 * last**-s
    power = last ** (-s - 1.0)
    for k, b in enumerate(special.bernoulli(24)[2::2], start=1):
        total = total + b * rising * power / special.gamma(2.0 * k + 1.0)
        rising, power = rising * (s + 2.0 * k - 1.0) * (s + 2.0 * k), power / last**2
    return np.where((a > 0) & (s > -3), total, np.nan)


def _lambertw(x: Any, branch: Any = 0) -> Any:
    return _of_scipy(_lambertw_of, x, branch)


def _lambertw_of(x: Any, branch: Any) -> Any:
    """The real branches, 0 and -1, of W; SciPy's is complex, and takes whole numbers for its branches."""
    value = special.lambertw(x, np.asarray(branch, int))
    return np.where((value.imag == 0) & (branch % 1 == 0), value.real, np.nan)


def _elliptic_k(m: Any) -> Any:
    return _of_scipy(special.ellipk, m)


def _elliptic_e(*given: Any) -> Any:
    """Of m, SciPy's ellipe, or of phi and m, as in SciPy: m is the parameter, the square of the modulus k."""
    return _of_scipy(special.ellipe if len(given) == 1 else _incomplete_e_of, *given)


def _incomplete_e_of(phi: Any, m: Any) -> Any:
    """By Carlson's integrals (19.25.9), since ellipeinc knows no m > 1."""
    turns = np.round(phi / np.pi)
    s, c = np.sin(phi - np.pi * turns), np.cos(phi - np.pi * turns)
    rest = 1.0 - m * s * s
    part = s * special.elliprf(c * c, rest, 1.0) - m / 3.0 * s**3 * special.elliprd(c * c, rest, 1.0)
    return np.where(turns == 0, 0.0, 2.0 * turns * special.ellipe(m)) + part


def _elliptic_f(phi: Any, m: Any) -> Any:
    return _of_scipy(_incomplete_f_of, phi, m)


def _incomplete_f_of(phi: Any, m: Any) -> Any:
    """By Carlson's integral (19.25.5), since ellipkinc knows no m > 1."""
    turns = np.round(phi / np.pi)
    s, c = np.sin(phi - np.pi * turns), np.cos(phi - np.pi * turns)
    whole = np.where(turns == 0, 0.0, 2.0 * turns * special.ellipk(m))
    return whole + s * special.elliprf(c * c, 1.0 - m * s * s, 1.0)


def _ei(x: Any) -> Any:
    return _of_scipy(special.expi, x)


def _li(x: Any) -> Any:
    """li(x) = Ei(log(x))"""
    return _of_scipy(_li_of, x)


def _li_of(x: Any) -> Any:
    return special.expi(np.log(x))


def _expint(order: Any, x: Any) -> Any:
    return _of_scipy(_expint_of, order, x)


def _expint_of(order: Any, x: Any) -> Any:
    """E of any order, of x > 0: expn knows the whole orders, gammaincc (8.19.1) those below 1."""
    order, x = np.broadcast_arrays(order, x)
    below = np.minimum(order, 0.5)
    low = x ** (below - 1.0) * special.gamma(1.0 - below) * special.gammaincc(1.0 - below, x)
    is_near = (x < 1) & (order < 10)
    near = _near_expint_of(np.clip(order, 0.5, 10.0), np.clip(x, 0.0, 1.0))
    broken = np.where(is_near, near, _far_expint_of(order, np.where(is_near, 1.0, x)))
    whole = special.expn(np.maximum(np.round(order), 1.0).astype(int), x)
    found = np.where(order < 0.5, low, np.where(order % 1 == 0, whole, broken))
    at_zero = np.where(order > 1, 1.0 / (order - 1.0), np.inf)
    return np.where(x > 0, found, np.where(x == 0, at_zero, np.nan))


def _near_expint_of(order: Any, x: Any) -> Any:
    """Of x < 1 and an order from 1/2 to 10: from the order between 1/2 and 3/2 (8.19.10, 5.7.3) up by 8.19.12."""
    more = np.ceil(order - 1.5)
    e = order - more - 1.0
    log = np.log(x) + np.euler_gamma + sum(special.zeta(k) * e ** (k - 1.0) / k for k in range(2, 50))
    value = -np.where(e == 0, log, np.expm1(e * log) / np.where(e == 0, 1.0, e))
    value = value - sum((-x) ** k / (special.gamma(k + 1.0) * (k - e)) for k in range(1, 20))
    for k in range(9):
        value = np.where(k < more, (np.exp(-x) - x * value) / (e + 1.0 + k), value)
    return value


def _far_expint_of(order: Any, x: Any) -> Any:
    """The even part of the continued fraction 8.19.17, of x >= 1, or of an order from 10."""
    tail = 0.0 * x
    for n in range(120, 0, -1):
        tail = n * (n + order - 1.0) / (x + order + 2.0 * n - tail)
    return np.exp(-x) / (x + order - tail)


def _si(x: Any) -> Any:
    return _of_scipy(_si_of, x)


def _si_of(x: Any) -> Any:
    """The first of the two that sici gives."""
    return special.sici(x)[0]


def _ci(x: Any) -> Any:
    return _of_scipy(_ci_of, x)


def _ci_of(x: Any) -> Any:
    """The second of the two, whose real part alone SciPy gives where x < 0."""
    return np.where(x >= 0, special.sici(x)[1], np.nan)


def _shi(x: Any) -> Any:
    return _of_scipy(_shi_of, x)


def _shi_of(x: Any) -> Any:
    return special.shichi(x)[0]


def _chi(x: Any) -> Any:
    return _of_scipy(_chi_of, x)


def _chi_of(x: Any) -> Any:
    """The second of the two, whose real part alone SciPy gives where x < 0."""
    return np.where(x >= 0, special.shichi(x)[1], np.nan)


def _erfi(x: Any) -> Any:
    return _of_scipy(special.erfi, x)


def _erfcinv(x: Any) -> Any:
    return _of_scipy(special.erfcinv, x)


def _fresnels(x: Any) -> Any:
    """The first of the two: of sin(pi*t**2/2), as in SymPy."""
    return _of_scipy(_fresnel_of, 0, x)


def _fresnelc(x: Any) -> Any:
    """The second of the two: of cos(pi*t**2/2)."""
    return _of_scipy(_fresnel_of, 1, x)


def _fresnel_of(which: Any, x: Any) -> Any:
    return special.fresnel(x)[int(which)]


def _betainc(a: Any, b: Any, low: Any, high: Any) -> Any:
    """SciPy's is regularised, and begins at 0."""
    return _of_scipy(_betainc_of, a, b, low, high)


def _betainc_of(a: Any, b: Any, low: Any, high: Any) -> Any:
    return special.beta(a, b) * _regularized_of(a, b, low, high)


def _betainc_regularized(a: Any, b: Any, low: Any, high: Any) -> Any:
    return _of_scipy(_regularized_of, a, b, low, high)


def _regularized_of(a: Any, b: Any, low: Any, high: Any) -> Any:
    """I(high) - I(low), of the complements where these are the smaller ones."""
    below = special.betainc(a, b, high) - special.betainc(a, b, low)
    above = special.betaincc(a, b, low) - special.betaincc(a, b, high)
    return np.where(special.betainc(a, b, np.minimum(low, high)) > 0.5, above, below)


def _lowergamma(a: Any, x: Any) -> Any:
    return _of_scipy(_lowergamma_of, a, x)


def _lowergamma_of(a: Any, x: Any) -> Any:
    """gamma(a) * gammainc(a, x), since SciPy's is regularised; where a < 0 or x < 0 by 8.5.1."""
    known = (a > 0) & (x >= 0)
    other = x**a / a * special.hyp1f1(a, a + 1.0, -np.where(known, 0.0, x))
    return np.where(known, _times_gamma(a, special.gammainc(a, x)), other)


def _uppergamma(a: Any, x: Any) -> Any:
    return _of_scipy(_uppergamma_of, a, x)


def _uppergamma_of(a: Any, x: Any) -> Any:
    """gamma(a) * gammaincc(a, x), since SciPy's is regularised; by 8.19.1 where a <= 0, by 8.2.3 where x < 0."""
    low = x**a * _expint_of(1.0 - np.minimum(a, 0.0), x)
    known = np.where(a > 0, _times_gamma(a, special.gammaincc(a, x)), low)
    return np.where((x < 0) & (a > 0), special.gamma(a) - _lowergamma_of(a, x), known)


def _times_gamma(a: Any, part: Any) -> Any:
    """A part of gamma(a), which may be finite where gamma(a) is not."""
    return np.where(a > 170, np.exp(special.gammaln(a) + np.log(part)), special.gamma(a) * part)


NEEDS: dict[str, tuple[str, ...]] = {
    **dict.fromkeys(("_besselj", "_bessely", "_besseli", "_besselk", "_elliptic_k", "_ei", "_erfi"), ("_of_scipy",)),
    **dict.fromkeys(("_airyai", "_airyaiprime", "_airybi", "_airybiprime"), ("_of_scipy", "_airy_of")),
    **dict.fromkeys(("_fresnels", "_fresnelc"), ("_of_scipy", "_fresnel_of")),
    "_erfcinv": ("_of_scipy",),
    "_zeta": ("_of_scipy", "_zeta_of", "_low_zeta_of"),
    "_lambertw": ("_of_scipy", "_lambertw_of"),
    "_elliptic_e": ("_of_scipy", "_incomplete_e_of"),
    "_elliptic_f": ("_of_scipy", "_incomplete_f_of"),
    "_li": ("_of_scipy", "_li_of"),
    "_si": ("_of_scipy", "_si_of"),
    "_ci": ("_of_scipy", "_ci_of"),
    "_shi": ("_of_scipy", "_shi_of"),
    "_chi": ("_of_scipy", "_chi_of"),
    "_expint": ("_of_scipy", "_expint_of", "_near_expint_of", "_far_expint_of"),
    "_betainc": ("_of_scipy", "_betainc_of", "_regularized_of"),
    "_betainc_regularized": ("_of_scipy", "_regularized_of"),
    "_lowergamma": ("_of_scipy", "_lowergamma_of", "_times_gamma"),
    "_uppergamma": (
        *("_of_scipy", "_uppergamma_of", "_lowergamma_of", "_times_gamma"),
        *("_expint_of", "_near_expint_of", "_far_expint_of"),
    ),
}
"""What a function here calls of the others."""
