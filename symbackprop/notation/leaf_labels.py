"""What stands in the place of a leaf or of a name that is no identifier is called in print: q'(t), x', theta with 1.

Names are read by a grammar of a few lines; what it does not know is printed letter by letter, so that nothing in a name
is a command of LaTeX's or a tag.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import replace
from typing import Any

import sympy as sp
from sympy.core.function import AppliedUndef
from sympy.matrices.expressions.matexpr import MatrixElement

from ..leaf_symbols import LeafSymbol, is_leaf, of_coordinates, user_name
from .symbol_labels import GREEK, SPELLINGS, Label, plain_label

LONGEST = 60
"""The characters of a name, or of what a function is taken of, that are shown."""

_NAME = re.compile(r"(?P<base>\\?[^\W\d_]+)(?:_(?:(?P<one>\w)|\{(?P<more>[\w, ]+)\}|(?P<rest>\w+)))?(?P<primes>'*)")


def leaf_label(symbol: LeafSymbol) -> Label:
    """The label of what a symbol of ours stands for."""
    own = symbol.own
    if isinstance(own, sp.Symbol):
        return name_label(own.name)
    if isinstance(own, sp.Indexed | MatrixElement):
        return _of_entry(own)
    found = _of_coordinate(own) if of_coordinates(own) else _of_function(own)
    return Label(shown(str(own)), literal=True) if found is None else found


def name_label(name: str) -> Label:
    """\\theta_1 and x_{1} with an index, x' with a prime; any other name letter by letter."""
    match = _NAME.fullmatch(name)
    if match is None or (match["base"].startswith("\\") and _spelled(match["base"][1:]) not in GREEK):
        return Label(shown(name), literal=True)
    index = match["one"] or match["more"] or match["rest"]
    base = _spelled(match["base"].removeprefix("\\"))
    found = plain_label(base) if index is None and not match["base"].startswith("\\") else Label(base)
    inner = () if index is None else tuple(re.split(r"[, _]+", index.strip(", _")))
    return replace(found, subscripts=(*found.subscripts, *inner), primes=len(match["primes"]))


def _spelled(name: str) -> str:
    return SPELLINGS.get(name, name)


def spoken(symbol: Any) -> str:
    """A symbol in words: what the user calls it, on one line."""
    return shown(user_name(symbol)) if isinstance(symbol, LeafSymbol) else str(symbol.name)


def shown(name: str) -> str:
    """A name on one line, without what terminals obey."""
    cut = name if len(name) <= LONGEST else f"{name[: LONGEST - 3]}..."
    kinds = ("C", "Zl", "Zp")
    return "".join("�" if unicodedata.category(one).startswith(kinds) else one for one in cut).strip() or "�"


def _of_entry(own: Any) -> Label:
    """x[0], M[0, 1]: the name of the array with the places."""
    array, *places = own.args
    found = name_label(str(getattr(array, "label", array)))
    return replace(found, subscripts=(*found.subscripts, *(shown(str(place)) for place in places)))


def _of_coordinate(own: Any) -> Label | None:
    """N.x: x with the index N."""
    system, _, letter = str(own).partition(".")
    return Label(letter, "", (system,)) if letter.isidentifier() and system.isidentifier() else None


def _of_function(own: Any) -> Label | None:
    """q(t), q'(t), and of a function of several variables u_x(x, y)."""
    if isinstance(own, sp.Subs):
        inner = _of_function(own.expr)
        return None if inner is None or len(own.point) > 1 else replace(inner, arguments=_arguments(own.point))
    if not isinstance(own, sp.Derivative):
        return _called(own)
    found = _called(own.expr)
    if found is None:
        return None
    count = own.derivative_count
    if len(own.expr.args) == 1:
        return replace(found, primes=found.primes + int(count)) if count.is_Integer and count < 5 else None
    if not all(isinstance(by, sp.Symbol) and times.is_Integer for by, times in own.variable_count):
        return None
    times = [(shown(by.name), int(times)) for by, times in own.variable_count]
    return replace(found, subscripts=(*found.subscripts, "".join(name * count for name, count in times)))


def _called(function: Any) -> Label | None:
    if not isinstance(function, AppliedUndef):
        return None
    return replace(name_label(str(function.func.__name__)), arguments=_arguments(function.args))


def _arguments(args: Any) -> tuple[Label, ...]:
    return tuple(map(_argument, args))


def _argument(one: Any) -> Label:
    if isinstance(one, sp.Symbol):
        return name_label(one.name)
    found = _of_function(one) if is_leaf(one) and not of_coordinates(one) else None
    return Label(shown(str(one).replace("*", " ")), literal=True) if found is None else found
