"""Functions that stable forms and the rows of derivatives are written in.

What would be unstable again where it is read a second time goes out by its name: a weighted sum under a logarithm, of
which SymPy would merge the exponential, and the slope of log(erfc). The others go out as what they stand for.
"""

from __future__ import annotations

from typing import Any

import sympy as sp

from .scalar_functions import DefinedFunction


class weighted_logsumexp(DefinedFunction):
    """log(c1*exp(u1) + c2*exp(u2) + ...) of c1, u1, c2, u2, ...; a term of weight 0 has the exponent -inf."""

    latex_name = r"\operatorname{weighted\_logsumexp}"

    def definition(self) -> sp.Expr:
        pairs = zip(self.args[::2], self.args[1::2], strict=True)
        return sp.log(sp.Add(*(weight * sp.exp(power) for weight, power in pairs)))

    def partials(self) -> tuple[sp.Expr, ...]:
        pairs = zip(self.args[::2], self.args[1::2], strict=True)
        return tuple(one for c, u in pairs for one in (sp.exp(u - self), c * sp.exp(u - self)))

    def _eval_is_extended_real(self) -> bool | None:
        return None

    _eval_is_finite = _eval_is_extended_real


class weighted_exp(DefinedFunction):
    """c*exp(x), which is 0 where c is, whatever exp(x)."""

    nargs = 2
    latex_name = r"\operatorname{weighted\_exp}"

    @staticmethod
    def written(c: Any, x: Any) -> Any:
        """The same in elementary functions."""
        return c * sp.exp(x)

    def definition(self) -> sp.Expr:
        return self.written(*self.args)

    def partials(self) -> tuple[sp.Expr, ...]:
        return sp.exp(self.args[1]), self


class bose(DefinedFunction):
    """1/(exp(x) - 1), the occupation number of Bose and Einstein."""

    nargs = 1
    latex_name = r"n_{\mathrm{B}}"

    @staticmethod
    def written(x: Any) -> Any:
        """The same in elementary functions."""
        return 1 / (sp.exp(x) - 1)

    def definition(self) -> sp.Expr:
        return self.written(*self.args)

    def partials(self) -> tuple[sp.Expr, ...]:
        return (self * self.func(-self.args[0]),)

    def _eval_is_finite(self) -> bool | None:
        return None if self.args[0].is_zero is not False else super()._eval_is_finite()


class erfc_quotient(DefinedFunction):
    """The repeated integral of erfc of order n - 1 over that of order n: 2*exp(-x**2)/(sqrt(pi)*erfc(x)) where n = 0.

    The derivative of log(erfc(x)) is -1 times that; its own is written in the next order, so that nothing overflows on
    either side. Source: Abramowitz and Stegun, Handbook of Mathematical Functions, 7.2.5 (recurrence), 7.2.8.
    """

    nargs = 2
    latex_name = r"\operatorname{erfcq}"

    def definition(self) -> sp.Expr:
        n, x = self.args
        if not n.is_number:
            return self
        before, value = 2 / sp.sqrt(sp.pi) * sp.exp(-(x**2)), sp.erfc(x)
        for order in range(1, int(n) + 1):
            before, value = value, (before - 2 * x * value) / (2 * order)
        return before / value

    def partials(self) -> tuple[sp.Expr, ...]:
        n, x = self.args
        return sp.nan, 2 * (n + 1) * self / self.func(n + 1, x) - 2 * n


class spherical_jn(DefinedFunction):
    """The spherical Bessel function of the first kind: of order 0 it is sin(x)/x, whose derivative is -1 times order 1.

    Its derivative is written in the orders beside, so that nothing is divided by x. (SymPy's own `jn` has the
    wrong sign where x < 0.) Source: Abramowitz and Stegun, Handbook of Mathematical Functions, 10.1.11, 10.1.19,
    10.1.20.
    """

    nargs = 2
    latex_name = "j"

    @classmethod
    def eval(cls, n: sp.Expr, x: sp.Expr) -> sp.Expr | None:
        return sp.S(int(n == 0)) if x.is_zero and n.is_Integer and n >= 0 else None

    def definition(self) -> sp.Expr:
        n, x = self.args
        if not n.is_Integer:
            return self
        value, after = sp.sin(x) / x, (sp.sin(x) / x - sp.cos(x)) / x
        for order in range(1, int(n) + 1):
            value, after = after, (2 * order + 1) / x * after - value
        return value

    def partials(self) -> tuple[sp.Expr, ...]:
        n, x = self.args
        return sp.nan, (n * self.func(n - 1, x) - (n + 1) * self.func(n + 1, x)) / (2 * n + 1)


__all__ = ["bose", "erfc_quotient", "spherical_jn", "weighted_exp", "weighted_logsumexp"]
