"""A LaTeX fragment that goes into a plain article with amsmath."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import groupby

from .aligned import rows, side_latex, table_latex
from .content import Document, Equation, Line, Note, Section, Table, Words
from .labels import Labels
from .latex import escaped


def as_latex(document: Document) -> str:
    """The document as LaTeX; equations may be broken over pages."""
    blocks = [rf"\section*{{{escaped(document.title)}}}", r"\allowdisplaybreaks"]
    for section in document.sections:
        blocks += _section(document.labels, section)
    return "\n\n".join(blocks) + "\n"


def _section(labels: Labels, section: Section) -> Iterator[str]:
    yield rf"\{'sub' * section.depth}section*{{{escaped(section.title)}}}"
    for number, (kind, group) in enumerate(groupby(section.lines, type)):
        lines = list(group)
        if kind is Note:
            yield _notes(labels, lines, below_heading=number == 0)
        else:
            yield _align(labels, lines) if kind is Equation else _tables(labels, lines)


def _align(labels: Labels, lines: Iterable[Line]) -> str:
    return "\\begin{align*}\n" + rows(labels, lines) + "\n\\end{align*}"


def _tables(labels: Labels, lines: Iterable[Line]) -> str:
    return "\n\n".join(f"\\[\n{table_latex(labels, line)}\n\\]" for line in lines if isinstance(line, Table))


def _notes(labels: Labels, lines: Iterable[Line], below_heading: bool) -> str:
    """One paragraph each; all begin alike, where LaTeX would indent all but the first below a heading."""
    sentences = [_sentence(labels, line) for line in lines if isinstance(line, Note)]
    start = r"\noindent " if below_heading and len(sentences) > 1 else ""
    return "\n\n".join(start + sentence for sentence in sentences)


def _sentence(labels: Labels, sentence: Note) -> str:
    parts = (
        escaped(part.words) if isinstance(part, Words) else f"${side_latex(labels, part)}$" for part in sentence.parts
    )
    return "".join(parts)
