"""Lines of text: none is wider than asked, and breaking them cuts nothing."""

from __future__ import annotations

import re

import pytest

from symbackprop.formulas import document, rendered

from .cases import ALL, asked
from .scalar_cases import SCALARS


@pytest.mark.parametrize("width", [80, 60])
@pytest.mark.parametrize("name", ALL)
def test_no_line_is_wider_than_asked(name: str, width: int) -> None:
    """But for what nothing can break, which matrices have in very narrow lines alone."""
    derivation = ALL[name]()
    for which in asked(derivation):
        told = rendered(document(derivation, which, width), "text")
        assert not re.search(r"[^\S\n ]", told)
        for line in told.splitlines():
            unbroken = (name in SCALARS or width < 80) and " " not in line.rpartition("= ")[2].strip()
            assert len(line) <= width or unbroken, line


@pytest.mark.parametrize("name", ALL)
def test_breaking_lines_cuts_nothing(name: str) -> None:
    """A product that is broken may show its sign; where every factor is a matrix, there is none."""
    derivation, added = ALL[name](), r"[\s═─]+" if name == "narrowing" else r"[\s═─·]+"
    for which in asked(derivation)[:2]:
        broken, whole = (rendered(document(derivation, which, width), "text") for width in (60, 100_000))
        assert re.sub(added, "", broken) == re.sub(added, "", whole)
