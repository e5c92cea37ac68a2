"""The functions that generated modules carry, as text: their own source without type annotations."""

from __future__ import annotations

import ast


def without_annotations(source: str) -> str:
    """A function's own text, with what its syntax tree says to be an annotation cut out."""
    [function] = ast.parse(source).body
    assert isinstance(function, ast.FunctionDef)
    nodes = list(ast.walk(function))
    annotations = [node.annotation for node in nodes if isinstance(node, ast.arg)]
    returns = [node.returns for node in nodes if isinstance(node, ast.FunctionDef)]
    parts = [(note, len(": ")) for note in annotations if note is not None]
    parts += [(note, len(" -> ")) for note in returns if note is not None]
    lines = source.splitlines(keepends=True)
    for note, before in sorted(parts, key=lambda part: (part[0].lineno, part[0].col_offset), reverse=True):
        line = lines[note.lineno - 1]
        lines[note.lineno - 1] = line[: note.col_offset - before] + line[note.end_col_offset :]
    return "".join(lines)
