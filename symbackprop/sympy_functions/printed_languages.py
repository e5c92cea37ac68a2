"""What the languages of SymPy's code printers call the few functions that finite forms are written with.

SymPy prints sums, products, powers, exp, log, tanh and Abs rightly in every language. The larger of two numbers,
log(1 + x), exp(x) - 1 and the hypotenuse it spells in some languages only, or so that it does not compile: C++'s
`std::max(0, x)` and Fortran's `max(0, x)` of an integer and a double, Rust's `max(0, x)`.

A row has the texts of one language: `{0}` is an operand between commas or brackets, `{p[0]}` one that is put into
brackets where it needs them, `math:log1p` a name of a module, which the printer writes as it was asked to.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

import sympy as sp
from sympy.printing.precedence import PRECEDENCE

Row = Mapping[str, str]

_CHOICES = {
    "unless_zero": "(({p[0]} == 0) ? ({1}) : ({2}))",
    "below": "(({p[0]} < {p[1]}) ? ({2}) : ({3}))",
}
_NAMED = {"log1p": "log1p({0})", "expm1": "expm1({0})", "hypotenuse": "hypot({0}, {1})"}
_EXTREMES = {"larger": "max({0}, {1})", "smaller": "min({0}, {1})"}
_C = _CHOICES | _NAMED | {"larger": "fmax({0}, {1})", "smaller": "fmin({0}, {1})"}
_OLD = _CHOICES | {
    "larger": "(({p[0]} > {p[1]}) ? ({0}) : ({1}))",
    "smaller": "(({p[0]} < {p[1]}) ? ({0}) : ({1}))",
    "log1p": "log(1.0 + {0})",
    "expm1": "(tanh({p[0]}/2.0)*(exp({0}) + 1.0))",
    "hypotenuse": "sqrt({p[0]}*{p[0]} + {p[1]}*{p[1]})",
}
"""C and C++ before they had log1p: what log(1 + x) loses there is absolute, less than 1e-16."""


def _scoped(scope: str, row: Row) -> Row:
    """A row with its functions in a scope."""
    return {name: re.sub(r"\b([a-z]\w*)\(", rf"{scope}\1(", text) for name, text in row.items()}


def _of_module(module: str, extremes: Row, choices: Row) -> Row:
    """The row of Python with the functions of a module."""
    return {**_scoped(f"{module}:", _NAMED), **extremes, **choices}


_OF_PYTHON = {
    "unless_zero": "(({1}) if {p[0]} == 0 else ({2}))",
    "below": "(({2}) if {p[0]} < {p[1]} else ({3}))",
}


def _of_arrays(module: str) -> Row:
    maxima = {"larger": f"{module}:maximum({{0}}, {{1}})", "smaller": f"{module}:minimum({{0}}, {{1}})"}
    choices = {
        "unless_zero": f"{module}:where({{p[0]}} == 0, {{1}}, {{2}})",
        "below": f"{module}:where({{p[0]}} < {{p[1]}}, {{2}}, {{3}})",
    }
    return _of_module(module, maxima, choices)


LANGUAGES: dict[str, Row] = {
    "C89": _OLD,
    "C": _C,
    "C++98": _scoped("std::", _OLD),
    "C++": _scoped("std::", _C),
    "Fortran": _NAMED
    | _EXTREMES
    | {
        "log1p": "(2.0d0*atanh({p[0]}/(2.0d0 + {0})))",
        "expm1": "(tanh({p[0]}/2.0d0)*(exp({0}) + 1.0d0))",
        "erfc": "erfc({0})",
        "unless_zero": "merge({1}, {2}, {p[0]} == 0)",
        "below": "merge({2}, {3}, {p[0]} < {p[1]})",
    },
    "JavaScript": {**_scoped("Math.", _NAMED | _EXTREMES), **_CHOICES},
    "Rust": {
        "larger": "{p[0]}.max({1})",
        "smaller": "{p[0]}.min({1})",
        "log1p": "{p[0]}.ln_1p()",
        "expm1": "{p[0]}.exp_m1()",
        "hypotenuse": "{p[0]}.hypot({1})",
        "unless_zero": "(if {p[0]} == 0.0 {{ {1} }} else {{ {2} }})",
        "below": "(if {p[0]} < {p[1]} {{ {2} }} else {{ {3} }})",
    },
    "Julia": _CHOICES | _NAMED | _EXTREMES,
    "Octave": _NAMED
    | _EXTREMES
    | {
        "unless_zero": "(({p[0]} == 0).*({1}) + ({p[0]} ~= 0).*({2}))",
        "below": "(({p[0]} < {p[1]}).*({2}) + ({p[0]} >= {p[1]}).*({3}))",
    },
    "Python": _of_module("math", _EXTREMES, _OF_PYTHON),
    "Python with mpmath": _of_module("mpmath", _EXTREMES, _OF_PYTHON),
    "Python with numpy": _of_arrays("numpy"),
    "Python with SciPy and NumPy": _of_arrays("numpy"),
    "Python with jax.numpy": _of_arrays("jax.numpy"),
    "Python with cupy": _of_arrays("cupy"),
}
"""The texts by what a printer calls its language, with its standard where an older one lacks something."""

PYTHON = frozenset(name for name in LANGUAGES if name.startswith("Python"))
"""Where overflow raises or warns; and what takes an argument by name, so that none need be written twice."""

HOOKS = (
    *("_ccode", "_cxxcode", "_fcode", "_javascript", "_rust_code", "_julia", "_octave"),
    *("_pythoncode", "_mpmathcode", "_numpycode", "_jaxcode", "_cupycode"),
)
"""The methods that SymPy's printers look for."""


def language(printer: Any) -> str:
    """The language of a printer, as `LANGUAGES` has it, or else as the printer has it."""
    old = f"{printer.language}{str(getattr(printer, 'standard', ''))[-2:]}"
    return old if old in LANGUAGES else str(printer.language)


class Primitive(sp.Function):  # type: ignore[misc]
    """A function of a row, which SymPy never evaluates or sees elsewhere."""

    def _eval_is_real(self) -> bool:
        return True  # what its user wrote is taken for real, so that Rust's printer makes 2.0 of a factor 2

    def _printed(self, printer: Any) -> str:
        spoken = language(printer)
        text = LANGUAGES[spoken].get(type(self).__name__)
        if text is None:  # of erfc alone: only Fortran's has to be told, which is 1 - erf(x) for SymPy
            return str(printer._print(sp.erfc(*self.args)))
        named = re.sub(r"\b([\w.]+):(\w+)", lambda found: printer._module_format(".".join(found.groups())), text)
        is_exact = spoken == "Python with mpmath"
        operands = [sp.Float(x) if x.is_Integer and not is_exact else x for x in self.args]
        inside = [printer.parenthesize(x, PRECEDENCE["Func"]) for x in operands]
        return named.format(*map(printer._print, operands), p=inside)


for _hook in HOOKS:
    setattr(Primitive, _hook, Primitive._printed)


class larger(Primitive):
    """The larger of two numbers."""


class smaller(Primitive):
    """The smaller of two numbers."""


class log1p(Primitive):
    """log(1 + x), for x from 0 to 1."""


class expm1(Primitive):
    """exp(x) - 1, for x up to 0."""


class hypotenuse(Primitive):
    """sqrt(x**2 + y**2)."""


class erfc(Primitive):
    """1 - erf(x)."""


class unless_zero(Primitive):
    """Of c, a, b: a where c is 0, else b."""


class below(Primitive):
    """Of x, edge, a, b: a where x < edge, else b."""


def numbers_last(xs: Sequence[Any]) -> list[Any]:
    """What has an order of its own: Rust has no method of a number that stands there."""
    return sorted(xs, key=lambda x: bool(x.is_Number))


def largest(xs: Sequence[Any]) -> Any:
    """The largest of some numbers."""
    *before, found = numbers_last(xs)
    for x in reversed(before):
        found = sp.Max(x, found) if x.is_Number else larger(x, found)
    return found
