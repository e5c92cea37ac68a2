"""The table of stable forms: pattern, stable form, when it holds. A form of any number of parts is shown with two.

Where both sides are the same formula, the stable form is an operation that is written like the pattern and computed
by itself: `ops` has it, `rules` its derivative. What overflows for one sign of x is right for both in the stable form.
Sources: Maechler, "Accurately computing log(1 - exp(-|a|))" (2012), for softplus and log(1 - exp(x)); Blanchard, Higham
and Higham, "Accurately computing the log-sum-exp and softmax functions", IMA J. Numer. Anal. 41 (2021), for sums of
exponentials; Abramowitz and Stegun, Handbook of Mathematical Functions, 6.1.21, 6.2.2 (factorials, binomials, beta by
gamma), 4.5.26 (tanh), 7.1.2 (erfc), 26.2.29 (the normal distribution function by erf).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import sympy as sp

from .. import ops
from ..ops import Op
from ..sympy_functions.row_functions import bose, weighted_logsumexp
from ..sympy_functions.scalar_functions import logsumexp, relu, sigmoid, softplus

ALWAYS = "always"


@dataclass(frozen=True)
class Form:
    """One row.

    Attributes:
        pattern: what is written.
        stable: what is put in its place.
        holds: when both are equal, or both undefined.
        nonnegative: the symbols of the pattern that must be known not to be negative, wherever it is met.
        said: what the form does, in the words of a document: the logarithm of ... as ...
        more: how many operations the value and all derivatives take more than those of the pattern.
        general: whether it stands for one of any number of parts, which `patterns` does not match.
    """

    pattern: Any
    stable: Any
    said: str
    holds: str = ALWAYS
    nonnegative: tuple[Any, ...] = ()
    more: int = 0
    general: bool = False


x, y = sp.symbols("x y", real=True)
a, b = sp.symbols("a b", positive=True)
u, v = sp.symbols("u v", real=True)
n = sp.Symbol("n", integer=True, positive=True)
_log = sp.log

LOGISTIC = "a quotient with exponentials as a sigmoid"
LOG_LOGISTIC = "the logarithm of a sigmoid as a softplus"
LARGEST = "the largest exponent taken out of the logarithm of a sum of exponentials"
APART = "the logarithm of a product as a sum of logarithms"
FACTOR = "the logarithm of a difference of exponentials with the larger taken out"
GAMMA = "the logarithm of a gamma function as a function of its own"
ERROR = "the logarithm of an error function as a function of its own"
COSH = "the logarithm of a hyperbolic function as a function of its own"
OCCUPATION = "1/(exp(x) - 1) as a function of its own"
HYPERBOLIC = "a quotient with exponentials as a hyperbolic function"
SHARE = "a quotient with exponentials as exponentials of differences"

SEEN: dict[str, tuple[Op, ...]] = {
    LOGISTIC: (ops.SIGMOID,),
    LOG_LOGISTIC: (ops.SOFTPLUS,),
    LARGEST: (ops.LOGSUMEXP, ops.WEIGHTED_LOGSUMEXP, ops.SOFTPLUS, ops.LSE_ROWS, ops.LSE_COLUMNS),
    FACTOR: (ops.LOG1MEXP,),
    OCCUPATION: (ops.BOSE, ops.LOG1MEXP),
    HYPERBOLIC: (ops.TANH, ops.COTH, ops.SECH, ops.CSCH),
}
"""The operations by which a form shows, where another may take its place later on: one of them is there."""

TABLE: tuple[Form, ...] = (
    # logarithms of one function
    Form(_log(sp.exp(x), evaluate=False), x, "the logarithm of an exponential as its exponent"),
    Form(_log(sigmoid(x)), -softplus(-x), LOG_LOGISTIC, more=1),
    Form(_log(1 - sigmoid(x)), -softplus(x), LOG_LOGISTIC),
    Form(_log(sp.cosh(x)), _log(sp.cosh(x)), COSH),
    Form(_log(sp.sinh(x)), x + _log(1 - sp.exp(-2 * x)) - _log(2), COSH, "x > 0; else undefined on both sides", more=5),
    Form(_log(sp.sech(x)), -_log(sp.cosh(x)), COSH),
    Form(
        _log(sp.csch(x)),
        _log(2) - x - _log(1 - sp.exp(-2 * x)),
        COSH,
        "x > 0; else undefined on both sides",
        more=5,
    ),
    Form(
        _log(sp.sinh(x) ** 2),
        2 * sp.Abs(x) + 2 * _log(1 - sp.exp(-2 * sp.Abs(x))) - 2 * _log(2),
        COSH,
        "the exponent is even, and the sign of x is not known; likewise csch",
        more=7,
        general=True,
    ),
    Form(
        _log(a + a * sp.tanh(x)),
        _log(2 * a) - softplus(-2 * x),
        LOG_LOGISTIC,
        "a > 0 is known; likewise a - a*tanh(x)",
        general=True,
    ),
    Form(_log(1 - sp.tanh(x) ** 2), -2 * _log(sp.cosh(x)), COSH),
    Form(_log(sp.erfc(x)), _log(sp.erfc(x)), ERROR),
    Form(_log(bose(x)), -x - _log(1 - sp.exp(-x)), OCCUPATION, "x > 0; else undefined on both sides", more=2),
    Form(
        _log(bose(x) ** 2),
        -2 * relu(x) - 2 * _log(1 - sp.exp(-sp.Abs(x))),
        OCCUPATION,
        "the exponent is even, and the sign of x is not known",
        more=6,
        general=True,
    ),
    Form(_log(sp.gamma(a)), sp.loggamma(a), GAMMA, "a > 0 is known", (a,)),
    Form(_log(sp.gamma(x)), _log(sp.gamma(x)), GAMMA),
    Form(_log(sp.factorial(a)), sp.loggamma(a + 1), GAMMA, "a >= 0 is known; else log(gamma(a + 1))", general=True),
    Form(
        _log(sp.beta(a, b)),
        sp.loggamma(a) + sp.loggamma(b) - sp.loggamma(a + b),
        GAMMA,
        "all arguments of gamma but one are known to be positive",
        more=3,
        general=True,
    ),
    Form(
        _log(sp.binomial(a + b, b)),
        sp.loggamma(a + b + 1) - sp.loggamma(b + 1) - sp.loggamma(a + 1),
        GAMMA,
        "all arguments of gamma but one are known to be positive",
        more=2,
        general=True,
    ),
    # logarithms of sums
    Form(_log(1 + sp.exp(x)), softplus(x), LARGEST),
    Form(_log(1 - sp.exp(x)), _log(1 - sp.exp(x)), FACTOR, "x < 0; else undefined on both sides"),
    Form(
        _log(sp.exp(u) - sp.exp(v)),
        u + _log(1 - sp.exp(v - u)),
        FACTOR,
        "u > v; else undefined on both sides; either exponent may be 0",
        general=True,
    ),
    Form(
        _log((sp.exp(u) - sp.exp(v)) ** 2),
        2 * sp.Max(u, v) + 2 * _log(1 - sp.exp(-sp.Abs(u - v))),
        FACTOR,
        "the exponent is even; either exponential may be 1",
        more=13,
        general=True,
    ),
    Form(_log(sp.exp(u) + sp.exp(v)), logsumexp(u, v), LARGEST, general=True),
    Form(
        _log(x * sp.exp(u) + y * sp.exp(v)),
        weighted_logsumexp(x, u, y, v),
        LARGEST,
        "always, whatever the signs; an exponent may be 0; where a weight is 0, its exponent is -inf",
        general=True,
    ),
    Form(
        _log(a + a * sp.erf(x)),
        _log(a) + _log(sp.erfc(-x)),
        ERROR,
        "a > 0 is known; likewise a - a*erf(x)",
        general=True,
    ),
    # logarithms of products and powers in which one of the above stands, or an exponential, or b**x
    Form(
        _log(x * a * sp.exp(u)),
        u + _log(a) + _log(x),
        APART,
        "all factors but one are known not to be negative; those of which it is not known stay together",
        general=True,
    ),
    Form(_log(a**x), x * _log(a), APART, "a >= 0 is known", general=True),
    Form(_log(x**3 * sp.exp(u)), u + 3 * _log(x), APART, "the exponent of x is odd", general=True),
    Form(_log(x**2 * sp.exp(u)), u + 2 * _log(sp.Abs(x)), APART, "the exponent of x is even", more=2, general=True),
    # quotients with exponentials
    Form(1 / (1 + sp.exp(x)), sigmoid(-x), LOGISTIC),
    Form(sp.exp(x) / (1 + sp.exp(x)), sigmoid(x), LOGISTIC),
    Form(sp.exp(x) * sigmoid(-x), sigmoid(x), LOGISTIC, general=True),
    Form(
        1 / (2 + 3 * sp.exp(x)),
        sigmoid(_log(sp.Rational(2, 3)) - x) / 2,
        LOGISTIC,
        "of positive numbers",
        general=True,
    ),
    Form(1 / (sp.exp(x) + sp.exp(-x)), sp.sech(x) / 2, HYPERBOLIC),
    Form(1 / (sp.exp(x) - sp.exp(-x)), sp.csch(x) / 2, HYPERBOLIC),
    Form(1 / sp.cosh(x), sp.sech(x), HYPERBOLIC),
    Form(1 / sp.sinh(x), sp.csch(x), HYPERBOLIC),
    Form(sp.sinh(x) / sp.cosh(x), sp.tanh(x), HYPERBOLIC, "always; upside down it is coth", general=True),
    Form(1 / (sp.exp(x) - 1), bose(x), OCCUPATION),
    Form(1 / (1 - sp.exp(x)), -bose(x), OCCUPATION, more=1),
    Form(sp.exp(x) * bose(x), -bose(-x), OCCUPATION, general=True),
    Form(
        (sp.exp(u) - sp.exp(v)) / (sp.exp(u) + sp.exp(v)),
        sp.tanh((u - v) / 2),
        HYPERBOLIC,
        "either exponent may be 0; upside down it is coth",
        general=True,
    ),
    Form(
        (x * sp.exp(u) + y * sp.exp(v)) / (a * sp.exp(u) + b * sp.exp(v)),
        x * sp.exp(u - weighted_logsumexp(a, u, b, v)) + y * sp.exp(v - weighted_logsumexp(a, u, b, v)),
        SHARE,
        "a, b >= 0 is known",
        general=True,
    ),
)
"""One row each; `_log(sp.cosh(x))` on both sides is an operation of its own that is written like its meaning."""
