"""The ways to derive a loss, a row each: what differs by method, for all who would otherwise ask which one it was."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace


@dataclass(frozen=True)
class Way:
    """What differs by method.

    Attributes:
        name: of the method.
        forms_adjoints: each quantity has an adjoint. The chain rule goes back from the loss: dL/dq is a sum over the
            quantities that q goes into.
        has_tangents: each quantity has a tangent along each symbol of wrt. The chain rule goes forward: dq/dw is a sum
            over the parts of the equation of q.
        writes_out: each derivative stands for itself, in parameters and data, and shares nothing.
        replaces: the named quantities are replacements that SymPy made up, not those of the equations.
        derives_apart: each derivative is derived by itself, if something is shared afterwards.
        is_sympys: SymPy differentiates, and starts from the loss written out.
        is_private: it is a part of SymPy that is private, and that not every SymPy has.
        takes_matrices: a symbol of wrt may be a matrix, so that networks in matrix form can be derived.
        is_directional: the one symbol of wrt counts how far all symbols have gone along a direction.
    """

    name: str
    forms_adjoints: bool = False
    has_tangents: bool = False
    writes_out: bool = False
    replaces: bool = False
    derives_apart: bool = False
    is_sympys: bool = False
    is_private: bool = False
    takes_matrices: bool = False
    is_directional: bool = False


BACKPROP = Way("backprop", forms_adjoints=True, takes_matrices=True)
FORWARD = Way("forward", has_tangents=True)
NAIVE = Way("naive", writes_out=True, derives_apart=True, is_sympys=True)
NAIVE_CSE = Way("naive+cse", replaces=True, derives_apart=True, is_sympys=True)
SYMPY_FORWARD = Way("sympy-forward", replaces=True, is_sympys=True, is_private=True)

WAYS: Mapping[str, Way] = {way.name: way for way in (BACKPROP, FORWARD, NAIVE, NAIVE_CSE, SYMPY_FORWARD)}
"""By the name of the method."""

ALONG = replace(FORWARD, takes_matrices=True, is_directional=True)
"""Forward mode along one direction, by `derive_along`: no method, as it takes another question."""

ELIMINATION = Way("elimination", takes_matrices=True)
"""Vertices taken out of the graph of partials, by `derive_outputs`: no method, as it is asked for several outputs."""

DEFAULT = BACKPROP.name
"""The method that is taken where none is named."""
