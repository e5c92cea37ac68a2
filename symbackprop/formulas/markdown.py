"""Markdown with formulas between dollar signs, as GitHub and Jupyter show it."""

from __future__ import annotations

import re

from .aligned import Markup, written
from .content import Document

_SPECIAL = re.compile(r"([\\`*_{}\[\]<>#|$~])")


def escaped(words: str) -> str:
    """Words as Markdown shows them."""
    return _SPECIAL.sub(r"\\\1", words)


_MARKUP = Markup(
    heading=lambda depth, title: f"{'#' * depth}# {title}",
    equations="$$\n\\begin{{aligned}}\n{}\n\\end{{aligned}}\n$$".format,
    table="$$\n{}\n$$".format,
    paragraphs=lambda sentences, is_first: "\n\n".join(sentences),
    escaped=escaped,
)


def as_markdown(document: Document) -> str:
    """The document as Markdown."""
    return written(document, _MARKUP)
