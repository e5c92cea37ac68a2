"""Whole documents: what a caller can get wrong, what is too long to print, and that nothing depends on the run."""

from __future__ import annotations

import re

import pytest
import sympy as sp

from symbackprop.errors import ParameterError, UnknownNameError
from symbackprop.formulas import FORMATS, document, rendered
from symbackprop.formulas.wording import amount

from .matrix_cases import MATRICES
from .scalar_cases import of_expression, of_network

x, y = sp.symbols("x y", real=True)


def test_refusals() -> None:
    derivation = of_network([1, 1])
    with pytest.raises(UnknownNameError, match=r"unknown format 'latx': did you mean 'latex'\?"):
        rendered(document(derivation), "latx")
    with pytest.raises(ParameterError, match="'w9' is neither a parameter nor a named quantity"):
        document(derivation, "w9")


def test_a_formula_that_is_too_long_is_counted_instead() -> None:
    derivation = of_network([3] * 30 + [1], "tanh", "identity", "half_sse")
    told = rendered(document(derivation, "w1_1_1"), "text")
    assert re.search(r"= \(about 10\^\d+ operations, too long to print\)", told)


@pytest.mark.slow
def test_depth_is_no_limit() -> None:
    expression = x
    for _ in range(2_000):
        expression = sp.sin(expression, evaluate=False)
    derivation = of_expression(expression, wrt=[x])
    for told in (document(derivation), document(derivation, "x")):
        for format in FORMATS:
            assert "3,999 operations, too long to print" in rendered(told, format)


def test_counts_beyond_what_python_prints() -> None:
    assert [amount(count) for count in (1, 12_345, 10**6000)] == ["1", "12,345", "about 10^6000"]


@pytest.mark.every_row
@pytest.mark.parametrize("format", FORMATS)
def test_a_document_is_the_same_every_time(format: str) -> None:
    derivation = MATRICES["narrowing"]()
    assert derivation.formulas(format) == derivation.formulas(format)
