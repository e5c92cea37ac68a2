"""SymPy functions that SymPy lacks: the activations that need a stable form of their own.

Each class knows its derivative (`fdiff`, so that SymPy's own `diff` works on it) and its definition in
elementary functions (`.doit()`), which is what `evalf` computes with. Sources: Nair and Hinton,
"Rectified linear units improve restricted Boltzmann machines" (ICML 2010) for relu; Maas, Hannun and Ng,
"Rectifier nonlinearities improve neural network acoustic models" (2013) for leaky_relu; Clevert, Unterthiner
and Hochreiter, "Fast and accurate deep network learning by exponential linear units" (2016), eq. 15, for elu;
Dugas et al., "Incorporating second-order functional knowledge" (NIPS 2000) for softplus.

Given a matrix, each is taken of every entry. `eval` looks for one, and not `__new__`, because SymPy asks `eval` only
about arguments that it has not seen before: scalars pay nothing for it.
"""

from __future__ import annotations

from typing import Any

import sympy as sp
from sympy.core.function import ArgumentIndexError

from ..errors import ShapeError
from .matrix_functions import LogSumExp, entrywise
from .printed_forms import printed
from .printed_languages import HOOKS

BITS_A_DIGIT = 3.33
GUARD_BITS = 32
WORKING_BITS = (64, 128, 256, 512, 1024, 2048, 4096, 8192, 16384)
"""How many bits more than asked for a definition is evaluated with."""


class DefinedFunction(sp.Function):  # type: ignore[misc]
    """A SymPy function with a definition in elementary functions."""

    latex_name = ""

    def definition(self) -> sp.Expr:
        """The same value in elementary functions."""
        raise NotImplementedError(type(self).__name__)

    def partials(self) -> tuple[sp.Expr, ...]:
        """The derivative with respect to each argument, in order."""
        raise NotImplementedError(type(self).__name__)

    def fdiff(self, argindex: int = 1) -> sp.Expr:
        """The derivative with respect to argument `argindex`, counted from 1, as SymPy asks for it."""
        if not 1 <= argindex <= len(self.args):
            raise ArgumentIndexError(self, argindex)
        return self.partials()[argindex - 1]

    def doit(self, **hints: Any) -> sp.Expr:
        """The definition, with its arguments done as well unless `deep=False`."""
        return self.definition().doit(**hints) if hints.get("deep", True) else self.definition()

    def _eval_rewrite(self, rule: Any, args: Any, **hints: Any) -> sp.Expr | None:
        return self.func(*args).definition() if rule is not None else None

    def _eval_evalf(self, prec: int) -> sp.Expr:
        """The definition's value to `prec` bits: with twice as many until two agree, as 1 may swallow what is small."""
        exact = self.func(*(arg.xreplace({x: sp.Rational(x) for x in arg.atoms(sp.Float)}) for arg in self.args))
        definition = exact.definition() if isinstance(exact, DefinedFunction) else exact
        if definition.free_symbols:
            return self.definition()._eval_evalf(prec)
        found = definition._eval_evalf(prec + GUARD_BITS)
        if definition.is_Number or found is None or not (found.is_Float or found == 0):
            return self.definition().evalf(max(1, int(prec / BITS_A_DIGIT)))
        for bits in WORKING_BITS:
            before, found = found, definition._eval_evalf(prec + bits)
            if found != 0 and abs(found - before) <= abs(found) * sp.Float(2) ** -prec:
                break
        return sp.Float(found, precision=prec)

    def _eval_is_extended_real(self) -> bool | None:
        return True if all(argument.is_extended_real for argument in self.args) else None

    def _eval_is_finite(self) -> bool | None:
        return True if all(argument.is_extended_real and argument.is_finite for argument in self.args) else None

    def _latex(self, printer: Any, exp: str | None = None) -> str:
        arguments = ", ".join(printer._print(argument) for argument in self.args)
        power = f"^{{{exp}}}" if exp else ""
        return rf"{self.latex_name}{power}\left({arguments}\right)"


for _hook in HOOKS:
    setattr(DefinedFunction, _hook, printed)


class sigmoid(DefinedFunction):
    """The logistic function 1 / (1 + exp(-x))."""

    nargs = 1
    latex_name = r"\sigma"

    @classmethod
    def eval(cls, x: sp.Expr) -> sp.Expr | None:
        if x.is_Matrix:
            return entrywise(cls, x)
        return sp.Rational(1, 2) if x.is_zero else None

    def definition(self) -> sp.Expr:
        return 1 / (1 + sp.exp(-self.args[0]))

    def partials(self) -> tuple[sp.Expr, ...]:
        return (self * (1 - self),)

    def _eval_is_positive(self) -> bool | None:
        return True if self.args[0].is_extended_real else None


class softplus(DefinedFunction):
    """log(1 + exp(x)), finite however large x is."""

    nargs = 1
    latex_name = r"\operatorname{softplus}"

    @classmethod
    def eval(cls, x: sp.Expr) -> sp.Expr | None:
        if x.is_Matrix:
            return entrywise(cls, x)
        return sp.log(2) if x.is_zero else None

    def definition(self) -> sp.Expr:
        return sp.log(1 + sp.exp(self.args[0]))

    def partials(self) -> tuple[sp.Expr, ...]:
        return (sigmoid(self.args[0]),)

    _eval_is_positive = sigmoid._eval_is_positive


class relu(DefinedFunction):
    """max(x, 0), with derivative 0 at 0, as PyTorch and JAX have it."""

    nargs = 1
    latex_name = r"\operatorname{relu}"

    @classmethod
    def eval(cls, x: sp.Expr) -> sp.Expr | None:
        if x.is_Matrix:
            return entrywise(cls, x)
        if not x.is_Number or x is sp.S.NaN:
            return x if x is sp.S.NaN else None
        return x if x.is_extended_positive else sp.S.Zero

    def definition(self) -> sp.Expr:
        return sp.Piecewise((self.args[0], self.args[0] > 0), (0, True))

    def partials(self) -> tuple[sp.Expr, ...]:
        return (sp.Heaviside(self.args[0], 0),)


class leaky_relu(DefinedFunction):
    """x where x > 0, slope*x elsewhere; the derivative at 0 is the slope, as PyTorch has it."""

    nargs = (1, 2)
    latex_name = r"\operatorname{leaky\_relu}"

    @classmethod
    def eval(cls, x: sp.Expr, slope: sp.Expr | None = None) -> sp.Expr | None:
        if slope is None:
            return cls(x, sp.Rational(1, 100))
        if x.is_Matrix:
            return entrywise(cls, x, slope)
        return (x if x.is_positive else slope * x) if x.is_Number else None

    def definition(self) -> sp.Expr:
        x, slope = self.args
        return sp.Piecewise((x, x > 0), (slope * x, True))

    def partials(self) -> tuple[sp.Expr, ...]:
        x, slope = self.args
        return sp.Piecewise((1, x > 0), (slope, True)), sp.Piecewise((0, x > 0), (x, True))


class elu(DefinedFunction):
    """x where x > 0, alpha*(exp(x) - 1) elsewhere."""

    nargs = (1, 2)
    latex_name = r"\operatorname{elu}"

    @classmethod
    def eval(cls, x: sp.Expr, alpha: sp.Expr | None = None) -> sp.Expr | None:
        if alpha is None:
            return cls(x, sp.S.One)
        if x.is_Matrix:
            return entrywise(cls, x, alpha)
        return x if x.is_Number and not x.is_negative else None

    def definition(self) -> sp.Expr:
        x, alpha = self.args
        return sp.Piecewise((x, x > 0), (alpha * (sp.exp(x) - 1), True))

    def partials(self) -> tuple[sp.Expr, ...]:
        x, alpha = self.args
        return (
            sp.Piecewise((1, x > 0), (self + alpha, True)),
            sp.Piecewise((0, x > 0), (sp.exp(x) - 1, True)),
        )


class hypot(DefinedFunction):
    """sqrt(x**2 + y**2) where the squares would overflow as well; it takes three times as long as the root."""

    nargs = 2
    latex_name = r"\operatorname{hypot}"

    @classmethod
    def eval(cls, x: sp.Expr, y: sp.Expr) -> sp.Expr | None:
        if x.is_Matrix or y.is_Matrix:
            raise ShapeError("hypot takes two numbers: of a matrix, write hypot of its entries")
        return sp.sqrt(x**2 + y**2) if x.is_Number and y.is_Number else None

    def definition(self) -> sp.Expr:
        x, y = self.args
        return sp.sqrt(x**2 + y**2)

    def partials(self) -> tuple[sp.Expr, ...]:
        return tuple(x / self for x in self.args)


class logsumexp(DefinedFunction):
    """log(exp(x1) + ... + exp(xn)), finite however large its arguments are."""

    latex_name = r"\operatorname{logsumexp}"

    def __new__(cls, *xs: Any, axis: int | None = None, **options: Any) -> Any:
        """Of numbers; or of one matrix, down each column (axis 0) or along each row (axis 1).

        Raises:
            ShapeError: an axis goes with something else than one matrix, or numbers come as a list.
        """
        if any(isinstance(x, list | tuple) for x in xs):
            raise ShapeError("logsumexp takes its numbers one by one: write logsumexp(*numbers)")
        if axis is not None and len(xs) == 1:
            return LogSumExp(xs[0], axis)
        if axis is not None:
            raise ShapeError(f"logsumexp along an axis takes one matrix, got {len(xs)} arguments")
        return super().__new__(cls, *xs, **options)

    @classmethod
    def eval(cls, *xs: sp.Expr) -> sp.Expr | None:
        if not xs:
            raise TypeError("logsumexp needs at least one argument")
        if not xs[0].is_Matrix:
            return xs[0] if len(xs) == 1 else None
        if len(xs) > 1:
            raise ShapeError(
                f"logsumexp takes one matrix, or numbers: got a matrix and {len(xs) - 1} further arguments"
            )
        return LogSumExp(xs[0])

    def definition(self) -> sp.Expr:
        return sp.log(sp.Add(*[sp.exp(x) for x in self.args]))

    def partials(self) -> tuple[sp.Expr, ...]:
        return tuple(sp.exp(x - self) for x in self.args)
