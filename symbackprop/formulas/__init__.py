"""What people read: one document of a derivation, and one file per format that writes it.

In goes a derivation; out comes text, LaTeX or Markdown. `document` decides what is said; a format in `FORMATS` decides
how it looks. It must not know of code, nor of files. Adding a format is one file and one row.
"""

from __future__ import annotations

from ..errors import unknown_name
from .article import Article
from .content import Document
from .documents import document
from .explanation import Evaluation, Explanation, PathExplanation, equations_latex
from .markdown import Markdown
from .path_document import MOST_PATHS, document_of_paths
from .text import Text
from .training_step import TrainingStep
from .walker import Walker

FORMATS: dict[str, type[Walker]] = {"text": Text, "latex": Article, "markdown": Markdown}


def rendered(shown: Document, format: str = "text") -> str:
    """A document in one of the formats.

    Raises:
        UnknownNameError: there is no such format.
    """
    if format not in FORMATS:
        raise unknown_name("format", format, FORMATS)
    return FORMATS[format](shown).written()


__all__ = [
    "FORMATS",
    "MOST_PATHS",
    "Document",
    "Evaluation",
    "Explanation",
    "PathExplanation",
    "TrainingStep",
    "document",
    "document_of_paths",
    "equations_latex",
    "rendered",
]
