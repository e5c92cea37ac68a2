"""A LaTeX fragment that goes into a plain article with amsmath."""

from __future__ import annotations

from collections.abc import Sequence

from .aligned import Markup, written
from .content import Document
from .latex import escaped


def _paragraphs(sentences: Sequence[str], is_first: bool) -> str:
    """One paragraph each; all begin alike, where LaTeX would indent all but the first below a heading."""
    start = r"\noindent " if is_first and len(sentences) > 1 else ""
    return "\n\n".join(start + sentence for sentence in sentences)


_MARKUP = Markup(
    heading=lambda depth, title: (
        rf"\{'sub' * depth}section*{{{title}}}" + ("" if depth else "\n\n\\allowdisplaybreaks")
    ),
    equations="\\begin{{align*}}\n{}\n\\end{{align*}}".format,
    table="\\[\n{}\n\\]".format,
    paragraphs=_paragraphs,
    escaped=escaped,
)


def as_latex(document: Document) -> str:
    """The document as LaTeX; equations may be broken over pages."""
    return written(document, _MARKUP)
