"""What people read: one document of a derivation, and one file per format that writes it.

In goes a derivation; out comes text, LaTeX, Markdown, MathML or HTML. `document` decides what is said; a format in
`FORMATS`, a subclass of `Walker`, how it looks. It must not know of code, nor of files. Adding a format is one file and
one row.
"""

from __future__ import annotations

from ..errors import unknown_name
from ..notation.notation_sets import NOTATIONS
from .appearance import HEADINGS, Appearance
from .article import Article
from .content import Document
from .documents import document
from .explanation import Evaluation, Explanation, PathExplanation, equations_latex
from .gradient_table import Gradients
from .gradients_of_outputs import OutputGradients
from .labels import USUAL
from .markdown import Markdown
from .model_equations import ModelEquations, model_latex
from .named_lines_document import NamedLines
from .path_document import MOST_PATHS, document_of_paths
from .text import Text
from .training_step import TrainingStep
from .walker import Walker
from .web import Fragment, Page

FORMATS: dict[str, type[Walker]] = {
    "text": Text,
    "latex": Article,
    "markdown": Markdown,
    "mathml": Fragment,
    "html": Page,
}


def rendered(
    shown: Document,
    format: str = "text",
    *,
    width: int | None = None,
    headings: str = "section",
    labels: str | None = None,
    equations_only: bool = False,
) -> str:
    """A document in one of the formats.

    Args:
        shown: what is said: `document` of an explanation, say.
        format: "text", "latex", "markdown", "mathml" or "html".
        width: of a line. Characters in text (usually 80), MathML and HTML; em in LaTeX and Markdown, 34 for an article,
            22 for one of two columns: then nothing is wider that can be broken.
        headings: in LaTeX, the level of the title: "section", "subsection", "subsubsection", "paragraph"; or "none".
        labels: in LaTeX, a number and a \\label for each equation, which begins with this: "eq:" makes eq:dL_dw1_2_1.
        equations_only: without sentences and tables.

    Raises:
        ParameterError: what is chosen is no width, or cannot begin a label, or means nothing in this format.
        UnknownNameError: there is no such format or level of headings.
    """
    if format not in FORMATS:
        raise unknown_name("format", format, FORMATS)
    appearance = Appearance(width, headings, labels, equations_only)
    appearance.check(format, FORMATS[format].takes)
    return FORMATS[format](shown, appearance).written()


__all__ = [
    "FORMATS",
    "HEADINGS",
    "MOST_PATHS",
    "NOTATIONS",
    "USUAL",
    "Document",
    "Evaluation",
    "Explanation",
    "Gradients",
    "ModelEquations",
    "NamedLines",
    "OutputGradients",
    "PathExplanation",
    "TrainingStep",
    "document",
    "document_of_paths",
    "equations_latex",
    "model_latex",
    "rendered",
]
