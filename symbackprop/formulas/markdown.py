"""Markdown with formulas between dollar signs, as GitHub and Jupyter show it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from itertools import groupby

from .aligned import rows, side_latex, table_latex
from .content import Document, Equation, Line, Note, Section, Table, Words
from .labels import Labels

_SPECIAL = re.compile(r"([\\`*_{}\[\]<>#|$~])")


def as_markdown(document: Document) -> str:
    """The document as Markdown."""
    blocks = [f"# {escaped(document.title)}"]
    for section in document.sections:
        blocks += _section(document.labels, section)
    return "\n\n".join(blocks) + "\n"


def escaped(words: str) -> str:
    """Words as Markdown shows them."""
    return _SPECIAL.sub(r"\\\1", words)


def _section(labels: Labels, section: Section) -> Iterator[str]:
    yield f"{'#' * section.depth}# {escaped(section.title)}"
    for kind, group in groupby(section.lines, type):
        lines = list(group)
        yield _WRITERS[kind](labels, lines)


def _aligned(labels: Labels, lines: Iterable[Line]) -> str:
    return "$$\n\\begin{aligned}\n" + rows(labels, lines) + "\n\\end{aligned}\n$$"


def _tables(labels: Labels, lines: Iterable[Line]) -> str:
    return "\n\n".join(f"$$\n{table_latex(labels, line)}\n$$" for line in lines if isinstance(line, Table))


def _notes(labels: Labels, lines: Iterable[Line]) -> str:
    return "\n\n".join(_sentence(labels, line) for line in lines if isinstance(line, Note))


def _sentence(labels: Labels, sentence: Note) -> str:
    parts = (
        escaped(part.words) if isinstance(part, Words) else f"${side_latex(labels, part)}$" for part in sentence.parts
    )
    return "".join(parts)


_WRITERS: dict[type, Callable[[Labels, list[Line]], str]] = {Equation: _aligned, Note: _notes, Table: _tables}
