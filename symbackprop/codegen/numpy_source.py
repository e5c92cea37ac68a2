"""The NumPy text of every operation, and of whole expressions, with as few parentheses as precedence allows."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import sympy as sp

from .. import ops
from ..errors import UnsupportedError
from ..graph import Graph, Node

# Python's precedence, from loose to tight.
COMPARE, BIT_OR, BIT_AND, SUM, PRODUCT, SIGN, POWER, ATOM = range(8)


MOST_TERMS = 100
"""How many operands stand in one row before they are bracketed in groups."""


@dataclass(frozen=True)
class Text:
    """A piece of source: how tightly its outermost operator binds, how deep its brackets nest, is it a plain number."""

    source: str
    binds: int = ATOM
    depth: int = 0
    fixed: bool = False

    def within(self, least: int) -> Text:
        """The same in parentheses, if it binds less tightly than its place needs."""
        return self if self.binds >= least else Text(f"({self.source})", ATOM, self.depth + 1)


@dataclass(frozen=True)
class Infix:
    """An operator between operands; those after the first bind tighter, so that order is kept (a < b < c has none)."""

    sign: str
    binds: int

    def __call__(self, args: list[Text]) -> Text:
        if len(args) > MOST_TERMS:  # Python's compiler recurses once for each operator of a row
            groups = [args[start : start + MOST_TERMS] for start in range(0, len(args), MOST_TERMS)]
            return self([self(group).within(ATOM) for group in groups])
        first, *rest = args
        parts = [first.within(self.binds + (self.binds == COMPARE)), *(arg.within(self.binds + 1) for arg in rest)]
        return Text(f" {self.sign} ".join(part.source for part in parts), self.binds, _deepest(parts))


@dataclass(frozen=True)
class Call:
    """A function of all its operands."""

    function: str

    def __call__(self, args: list[Text]) -> Text:
        return Text(f"{self.function}({', '.join(arg.source for arg in args)})", ATOM, _deepest(args) + 1)


@dataclass(frozen=True)
class Fold:
    """A function of two operands, applied to any number of them."""

    function: str

    def __call__(self, args: list[Text]) -> Text:
        if len(args) == 1:
            return args[0]
        half = (len(args) + 1) // 2  # in halves, so that brackets nest as little as can be
        return Call(self.function)([self(args[:half]), self(args[half:])])


def _negated(args: list[Text]) -> Text:
    part = args[0].within(SIGN)
    return Text(f"-{part.source}", SIGN, part.depth)


def _power(args: list[Text]) -> Text:
    base, exponent = args[0].within(ATOM), args[1].within(SIGN)
    return Text(f"{base.source} ** {exponent.source}", POWER, max(base.depth, exponent.depth))


def _turned(args: list[Text]) -> Text:
    return Text(f"{args[0].within(ATOM).source}.T")


def _deepest(parts: list[Text]) -> int:
    return max((part.depth for part in parts), default=0)


SOURCES: dict[ops.Op, Any] = {
    ops.ADD: Infix("+", SUM),
    ops.SUB: Infix("-", SUM),
    ops.MUL: Infix("*", PRODUCT),
    ops.DIV: Infix("/", PRODUCT),
    ops.NEG: _negated,
    ops.POW: _power,
    ops.COPY: lambda args: args[0],
    ops.SQRT: Call("np.sqrt"),
    ops.EXP: Call("np.exp"),
    ops.LOG: Call("np.log"),
    ops.SIN: Call("np.sin"),
    ops.COS: Call("np.cos"),
    ops.TAN: Call("np.tan"),
    ops.COT: Call("_cot"),
    ops.SEC: Call("_sec"),
    ops.CSC: Call("_csc"),
    ops.ASIN: Call("np.arcsin"),
    ops.ACOS: Call("np.arccos"),
    ops.ATAN: Call("np.arctan"),
    ops.ACOT: Call("_acot"),
    ops.ASEC: Call("_asec"),
    ops.ACSC: Call("_acsc"),
    ops.ATAN2: Call("np.arctan2"),
    ops.SINH: Call("np.sinh"),
    ops.COSH: Call("np.cosh"),
    ops.TANH: Call("np.tanh"),
    ops.COTH: Call("_coth"),
    ops.SECH: Call("_sech"),
    ops.CSCH: Call("_csch"),
    ops.ASINH: Call("np.arcsinh"),
    ops.ACOSH: Call("np.arccosh"),
    ops.ATANH: Call("np.arctanh"),
    ops.ACOTH: Call("_acoth"),
    ops.ASECH: Call("_asech"),
    ops.ACSCH: Call("_acsch"),
    ops.ERF: Call("_erf"),
    ops.ERFC: Call("_erfc"),
    ops.GAMMA: Call("_gamma"),
    ops.LOGGAMMA: Call("_loggamma"),
    ops.POLYGAMMA: Call("_polygamma"),
    ops.ABS: Call("np.abs"),
    ops.SIGN: Call("np.sign"),
    ops.HEAVISIDE: Call("np.heaviside"),
    ops.FLOOR: Call("np.floor"),
    ops.CEILING: Call("np.ceil"),
    ops.MAX: Fold("np.maximum"),
    ops.MIN: Fold("np.minimum"),
    ops.SIGMOID: Call("_sigmoid"),
    ops.SOFTPLUS: Call("_softplus"),
    ops.RELU: Call("_relu"),
    ops.LEAKY_RELU: Call("_leaky_relu"),
    ops.ELU: Call("_elu"),
    ops.LOGSUMEXP: Call("_logsumexp"),
    ops.LT: Infix("<", COMPARE),
    ops.LE: Infix("<=", COMPARE),
    ops.GT: Infix(">", COMPARE),
    ops.GE: Infix(">=", COMPARE),
    ops.EQ: Infix("==", COMPARE),
    ops.NE: Infix("!=", COMPARE),
    ops.AND: Infix("&", BIT_AND),
    ops.OR: Infix("|", BIT_OR),
    ops.NOT: Call("np.logical_not"),
    ops.SELECT: Call("np.where"),
    # Matrix operations: what comments say of one sample; what is computed is decided in `batching`.
    ops.MATMUL: Infix("@", PRODUCT),
    ops.TRANSPOSE: _turned,
    ops.INVERSE: Call("inv"),
    ops.DETERMINANT: Call("det"),
    ops.TRACE: Call("trace"),
    ops.TOTAL: Call("sum"),
    ops.ROW_SUMS: Call("row_sums"),
    ops.COLUMN_SUMS: Call("column_sums"),
    ops.SOFTMAX_ROWS: Call("softmax_of_rows"),
    ops.SOFTMAX_COLUMNS: Call("softmax"),
    ops.LSE_ROWS: Call("logsumexp_of_rows"),
    ops.LSE_COLUMNS: Call("logsumexp"),
    ops.SPREAD: lambda args: args[0],
    ops.SLICE: lambda args: Text(f"{args[0].within(ATOM).source}[...]"),
    ops.PLACE: lambda args: Text(f"placed({args[0].source})"),
}
"""One row per operation: operand texts to text."""

_CONSTANTS = {sp.pi: "np.pi", sp.E: "np.e", sp.S.NaN: "np.nan", sp.true: "True", sp.false: "False"}


def applied(graph: Graph, node: Node, args: list[Text]) -> Text:
    """The text of one operation on operands that are text already.

    Raises:
        UnsupportedError: NumPy has no such function, nor have we.
    """
    op = graph.op(node)
    row = SOURCES.get(op)
    if row is None:
        raise UnsupportedError(
            f"{op.name} has no NumPy source, so no code can be generated for it: "
            "use the formulas, or write the function out in elementary functions"
        )
    text: Text = row(args)
    if not all(arg.fixed for arg in args):
        return text
    # Computed from numbers alone: a Python float, since one of NumPy's own would turn float32 arrays into float64.
    if isinstance(row, Call | Fold) and op not in ops.CONDITIONS:
        text = Call("float")([text])
    return replace(text, fixed=True)


def number(value: Any) -> Text:
    """The text of a SymPy number or constant."""
    if value in _CONSTANTS:
        return Text(_CONSTANTS[value], fixed=True)
    if value.is_Rational and value.q != 1 and max(abs(value.p), value.q) < 2**53:
        return Text(f"{value.p} / {value.q}", PRODUCT, fixed=True)
    if value.is_Integer and abs(value.p) < 2**53:
        return Text(str(value.p), SIGN if value.p < 0 else ATOM, fixed=True)
    return _floating(float(value))


def _floating(value: float) -> Text:
    finite = repr(value) if abs(value) < float("inf") else ("np.inf" if value > 0 else "-np.inf")
    return Text(finite, SIGN if value < 0 else ATOM, fixed=True)


def constant_text(graph: Graph, root: Node) -> Text:
    """The text of a number, or of a function of numbers alone: a Python float, which changes no array's dtype."""
    texts: dict[Node, Text] = {}
    for node in graph.reachable([root]):
        op, *args = graph.keys[node]
        if op is ops.SQRT:
            texts[node] = _power([texts[args[0]], Text("0.5", fixed=True)])
        else:
            texts[node] = number(args[0]) if op.leaf else applied(graph, node, [texts[arg] for arg in args])
    return replace(texts[root], fixed=True)
