"""Marks: every factor of the chain rule says of which step it is, and a format may write it."""

from __future__ import annotations

import re
from dataclasses import replace
from itertools import pairwise
from typing import Any

import pytest
import sympy as sp

import symbackprop as sb
from symbackprop.formulas import document, text
from symbackprop.formulas.content import Equation, Product, Sum
from symbackprop.notation.quantities import Ratio

from .cases import ALL

WRITTEN = "⟦({0.lower}, {0.upper}) {0.role}: {1}⟧"
"""Brackets that no formula has."""


def unmarked(source: str) -> str:
    return re.sub(r"⟦.*?: |⟧", "", source)


class Marked(text.Text):
    notation = replace(text.NOTATION, marked=lambda body, mark: WRITTEN.format(mark, body))

    def told(self, side: Any, written: str) -> str:
        return unmarked(written)


def products(told: Any) -> list[Product]:
    lines = [line for section in told.sections for line in section.lines if isinstance(line, Equation)]
    return [term for line in lines for side in line.sides if isinstance(side, Sum) for term in side.terms]


def test_each_factor_says_its_step() -> None:
    told = Marked(document(sb.derive(sb.Network([2, 2, 1])).sweep, "w1_2_1", width=200)).written()
    rule, worked = (line.strip() for line in told.splitlines() if "(w1_2_1, z1_2)" in line)
    assert rule.endswith("= ⟦(w1_2_1, z1_2) upstream: ∂L/∂z¹₂⟧ · ⟦(w1_2_1, z1_2) local: ∂z¹₂/∂w¹₂₁⟧")
    assert worked.endswith("= ⟦(w1_2_1, z1_2) upstream: δ¹₂⟧ · ⟦(w1_2_1, z1_2) local: x₁⟧")


@pytest.mark.parametrize("name", ALL)
def test_marks_change_nothing_else(name: str) -> None:
    """On lines without end: otherwise the marks themselves make lines break."""
    derivation = ALL[name]()
    for which in (None, derivation.wrt[0]):
        told = document(derivation, which, width=1_000_000)
        marked, plain = (re.sub("[═─]+", "", kind(told).written()) for kind in (Marked, text.Text))
        assert derivation.method != "backprop" or "⟦" in marked
        assert unmarked(marked) == plain


@pytest.mark.parametrize("name", ALL)
def test_ratios_are_those_of_their_step(name: str) -> None:
    """The local one is of the upper end by the lower, what comes from the loss by the upper, a tangent of the lower."""
    for product in products(document(ALL[name]())):
        assert len(product.marks) in (0, len(product.factors))
        for factor, mark in zip(product.factors, product.marks, strict=False):
            if isinstance(factor, Ratio):
                ends = {"local": (mark.upper, mark.lower), **dict.fromkeys(("upstream", "term"), ("L", mark.upper))}
                names = (factor.top.name, factor.bottom.name)
                assert names == ends.get(mark.role, (mark.lower, names[1]))


def test_factors_along_a_path_are_those_of_its_edges() -> None:
    x = sp.Symbol("x", real=True)
    paths = sb.derive(sp.sin(x**2) * sp.exp(x) / (1 + x)).paths(x)
    listed = [product for product in products(paths.document) if len(product.marks) > 1][:2]
    names = [symbol.name for symbol in next(iter(paths)).symbols]
    for product in listed:
        assert [(mark.lower, mark.upper) for mark in product.marks] == list(pairwise(names))[::-1]
