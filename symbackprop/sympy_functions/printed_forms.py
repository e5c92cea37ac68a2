"""What SymPy's own code printers make of our functions: forms that stay finite wherever the value is.

log(1 + exp(x)) is inf from x = 710 in C; larger(x, 0) + log1p(exp(-|x|)) is not. Sources: Blanchard, Higham and Higham,
"Accurately computing the log-sum-exp and softmax functions" (IMA J. Numer. Anal. 2021) for sums of exponentials;
Abramowitz and Stegun, Handbook of Mathematical Functions, 7.2.5, for the continued fraction of erfc_quotient.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import reduce
from typing import Any

import sympy as sp

from ..errors import UnsupportedError
from .printed_languages import (
    HOOKS,
    LANGUAGES,
    PYTHON,
    Primitive,
    below,
    erfc,
    expm1,
    hypotenuse,
    language,
    larger,
    largest,
    log1p,
    numbers_last,
    smaller,
    unless_zero,
)

FAR_BELOW = sp.Float("-1e30")
"""Stands for -inf as an exponent, in languages that have no -inf or make nan of the difference of two."""
TAIL = 4
"""From where on erfc_quotient is a continued fraction."""
LEVELS = 20
"""How many levels of it have all digits from there on."""
HIGHEST_BESSEL, BESSEL_TERMS = 6, 24
"""The highest order of a spherical Bessel function, and how many terms of its series have all digits."""
HIGHEST_ORDER = 2
"""Of a repeated integral that the recurrence upwards reaches with 12 digits."""


class _shifted(Primitive):
    """Of m, c1, x1, c2, x2, ...: m + log(c1*exp(x1 - m) + c2*exp(x2 - m) + ...)."""


def _sum_of_exponentials(*xs: Any) -> Any:
    if len(xs) == 2:
        return largest(xs) + log1p(sp.exp(-sp.Abs(xs[0] - xs[1])))
    return _shifted(largest(xs), *(part for x in xs for part in (sp.S.One, x)))


def _weighted_sum(*parts: Any) -> Any:
    weights, powers = parts[::2], parts[1::2]
    kept = [u if c.is_nonzero else unless_zero(c, FAR_BELOW, u) for c, u in zip(weights, powers, strict=True)]
    return _shifted(largest(kept), *(part for pair in zip(weights, kept, strict=True) for part in pair))


def _log_of_sum(m: Any, *parts: Any) -> Any:
    return m + sp.log(sp.Add(*[c * sp.exp(u - m) for c, u in zip(parts[::2], parts[1::2], strict=True)]))


def _quotient_of_erfc(order: Any, x: Any) -> Any:
    if not order.is_Integer or not 0 <= order <= HIGHEST_ORDER:
        raise UnsupportedError(f"erfc_quotient of order {order} is not printed by SymPy: compile it by derive")
    near, far = smaller(x, TAIL), larger(x, TAIL)
    before: Any = 2 / sp.sqrt(sp.pi) * sp.exp(-(near**2))
    value: Any = erfc(near)
    for n in range(1, order + 1):
        before, value = value, (before - 2 * near * value) / (2 * n)
    start = far + sp.sqrt(far**2 + 2 * (order + LEVELS))
    tail = reduce(lambda found, n: 2 * far + 2 * n / found, range(order + LEVELS - 1, order, -1), start)
    return below(x, TAIL, before / value, tail)


def _spherical_bessel(order: Any, x: Any) -> Any:
    """Up to order + 1 the power series, in which nothing cancels; from there on sines and cosines."""
    if not order.is_Integer or not 0 <= order <= HIGHEST_BESSEL:
        raise UnsupportedError(f"spherical_jn of order {order} is not printed by SymPy: compile it by derive")
    near, far = smaller(larger(x, -order - 1), order + 1), larger(sp.Abs(x), order + 1)
    square = near**2 / 2
    series = reduce(lambda found, k: 1 - square * found / (k * (2 * order + 2 * k + 1)), range(BESSEL_TERMS, 0, -1), 1)
    series *= near**order / sp.factorial2(2 * order + 1)
    value, after = sp.sin(far) / far, (sp.sin(far) / far - sp.cos(far)) / far
    for n in range(1, order + 1):
        value, after = after, sp.Float(2 * n + 1) / far * after - value
    return below(sp.Abs(x), order + 1, series, value * (x / far) ** (order % 2))


FORMS: dict[str, Callable[..., Any]] = {
    "sigmoid": lambda x: sp.exp(smaller(x, 0)) / (1 + sp.exp(-sp.Abs(x))),
    "softplus": lambda x: larger(x, 0) + log1p(sp.exp(-sp.Abs(x))),
    "relu": lambda x: larger(x, 0),
    "leaky_relu": lambda x, slope: larger(x, 0) + slope * smaller(x, 0),
    "elu": lambda x, alpha: larger(x, 0) + alpha * expm1(smaller(x, 0)),
    "hypot": lambda *xs: hypotenuse(*numbers_last(xs)),
    "logsumexp": _sum_of_exponentials,
    "weighted_logsumexp": _weighted_sum,
    "weighted_exp": lambda c, x: c * sp.exp(unless_zero(c, 0, x)),
    "bose": lambda x: sp.exp(-larger(x, 0)) / (sp.tanh(x / 2) * (1 + sp.exp(-sp.Abs(x)))),
    "erfc_quotient": _quotient_of_erfc,
    "spherical_jn": _spherical_bessel,
    "_shifted": _log_of_sum,
}
"""The finite form of each function, of its arguments."""

SILENT: dict[str, Callable[..., Any]] = {"sigmoid": lambda x: 1 / (1 + sp.exp(-x))}
"""Shorter forms where an exponential that overflows is inf and nothing more: 1/inf is the 0 that is wanted."""


LACKING = {("Rust", "spherical_jn")}
"""Forms that a printer gets wrong: SymPy's for Rust loses brackets around sums in products with floats."""
ONCE = {"relu", "hypot"}
"""Functions whose form has each argument once."""


def printed(function: Any, printer: Any) -> str:
    """The finite form in a printer's language; the definition in one that has no row; what a user put in its place.

    An argument that is more than a name is given one in Python, where a lambda can: it is written and computed once.
    """
    name, spoken = type(function).__name__, language(printer)
    if name in (printer._settings.get("user_functions") or ()):
        return str(printer._print_Function(function))
    if spoken not in LANGUAGES:
        return f"({printer._print(function.definition())})"
    if (spoken, name) in LACKING:
        raise NotImplementedError(f"{name} is not printed in {spoken}: compile it by derive")
    names = _parameters(function.args) if spoken in PYTHON and name not in ONCE else {}
    forms = FORMS if spoken in PYTHON else FORMS | SILENT
    form = forms[name](*(names.get(arg, arg) for arg in function.args))
    body = str(printer._print(form))
    if names:
        return f"(lambda {', '.join(map(str, names.values()))}: {body})({', '.join(map(printer._print, names))})"
    return body if isinstance(form, Primitive) else f"({body})"


def _parameters(args: Sequence[Any]) -> dict[Any, sp.Symbol]:
    """A name for each argument that is no number, if one of them is more than a name."""
    if all(arg.is_Atom for arg in args):
        return {}
    given = dict.fromkeys(arg for arg in args if not arg.is_Number)
    return {arg: sp.Symbol(f"z{count}", real=True) for count, arg in enumerate(given, 1)}


for _hook in HOOKS:
    setattr(_shifted, _hook, printed)
