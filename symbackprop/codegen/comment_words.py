"""What a line stands for, in the words of whoever reads it: the formula or the chain rule beside the code.

The formulas are those of one sample, down to the quantities that have names, in the notation that array libraries
share. A program in any language says the same.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import sympy as sp

from .. import ops
from ..graph import Graph, Node
from ..notation.glyphs import GLYPHS
from .precedence import ATOM, OPERATORS, PRODUCT, SIGN, Call, Fold, Infix, Text, turned

WORDS: dict[ops.Op, Any] = {
    **{op: Call(glyph.ascii) for op, glyph in GLYPHS.items()},
    **OPERATORS,
    ops.MAX: Fold(GLYPHS[ops.MAX].ascii),
    ops.MIN: Fold(GLYPHS[ops.MIN].ascii),
    ops.SELECT: Call("where"),
    ops.HEAVISIDE: lambda args: Text(f"[{args[0].source} {'>=' if args[1].source == '1' else '>'} 0]"),
    ops.MATMUL: Infix("@", PRODUCT),
    ops.TRANSPOSE: turned,
    ops.TOTAL: Call("sum"),
    ops.LSE_ROWS: Call("logsumexp_of_rows"),
    ops.LSE_COLUMNS: Call("logsumexp"),
    ops.SPREAD: lambda args: args[0],
    ops.SLICE: lambda args: Text(f"{args[0].within(ATOM).source}[...]"),
    ops.PLACE: lambda args: Text(f"placed({args[0].source})"),
}
"""How an operation is written in a comment, by its glyph in ASCII; what has no row is a function by its own name."""


def formula(graph: Graph, root: Node, names: Mapping[Node, str]) -> str:
    """The formula of one sample, down to the named nodes."""
    texts: dict[Node, Text] = {}
    for node in graph.reachable([root], names):
        if node in names and node != root:
            texts[node] = Text(names[node])
        else:
            texts[node] = _text(graph, node, texts)
    return texts[root].source


def _text(graph: Graph, node: Node, texts: Mapping[Node, Text]) -> Text:
    op, *args = graph.keys[node]
    if op is ops.SYMBOL:
        return Text(args[0].name)
    if op.leaf:
        return _leaf(args[0])
    if op.copies:
        return texts[args[0]]
    text: Text = (WORDS.get(op) or Call(op.name))([texts[arg] for arg in args])
    return text


def _leaf(value: Any) -> Text:
    if isinstance(value, sp.MatrixExpr):
        return Text(type(value).__name__)
    known = getattr(value, "is_number", False) or isinstance(value, sp.logic.boolalg.BooleanAtom)
    return number(value) if known else Text("_")


def number(value: Any) -> Text:
    """A SymPy number or constant as people write it."""
    if value in _CONSTANTS:
        return Text(_CONSTANTS[value])
    if value.is_Rational and max(abs(value.p), value.q) < 2**53:
        over = "" if value.q == 1 else f" / {value.q}"
        return Text(f"{value.p}{over}", PRODUCT if over else SIGN if value.p < 0 else ATOM)
    return Text(repr(float(value)), SIGN if value < 0 else ATOM)


_CONSTANTS = {sp.pi: "pi", sp.E: "e", sp.S.NaN: "nan", sp.true: "True", sp.false: "False"}
