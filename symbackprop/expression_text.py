"""An expression as text: a whitelist over `ast`, behind a reader of our own that says where something is wrong.

No text is ever evaluated. Its signs are looked at first, by `text_signs`; then each node of the tree that Python's
parser makes of it is one of a few kinds, or refused.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple, NoReturn

import sympy as sp

from .errors import ExpressionError, unknown_name
from .networks import gelu, silu, softsign
from .sympy_functions import elu, hypot, leaky_relu, logsumexp, relu, sigmoid, softplus
from .text_functions import FUNCTIONS_OF_SYMPY, GROWING, OF_TWO, nearest_function
from .text_signs import Source

MOST_BITS = 4_000
"""Binary digits of a number that arithmetic makes."""
HIGHEST_POWER = 1_000
LARGEST_ARGUMENT = 1_000
"""Of gamma and the like, which are whole numbers of many digits at whole numbers."""


class Function(NamedTuple):
    """What a name in front of brackets stands for. most: None for any number of arguments."""

    of: Callable[..., Any]
    least: int = 1
    most: int | None = 1

    @property
    def takes(self) -> str:
        """How many arguments, in words."""
        if self.most is None:
            return f"at least {self.least} argument{'s' * (self.least > 1)}"
        counts = f"{self.least}" if self.most == self.least else f"{self.least} to {self.most}"
        return f"{counts} argument{'s' * (self.most > 1)}"


FUNCTIONS: dict[str, Function] = {
    **{name: Function(of) for name, of in FUNCTIONS_OF_SYMPY.items()},
    **{of.__name__: Function(of) for of in (sigmoid, softplus, relu, silu, gelu, softsign)},
    "log": Function(sp.log, 1, 2),
    **{name: Function(of, 2, 2) for name, of in OF_TWO.items()},
    "hypot": Function(hypot, 2, 2),
    "leaky_relu": Function(leaky_relu, 1, 2),
    "elu": Function(elu, 1, 2),
    "logsumexp": Function(logsumexp, 1, None),
    "max": Function(sp.Max, 1, None),
    "min": Function(sp.Min, 1, None),
    "Max": Function(sp.Max, 1, None),
    "Min": Function(sp.Min, 1, None),
    "where": Function(lambda c, a, b: sp.Piecewise((a, c), (b, True)), 3, 3),
}
"""The functions of the vocabulary, by the names that a text may call."""
CONSTANTS = {"pi": sp.pi}
COMPARISONS: dict[type[ast.cmpop], Callable[[Any, Any], Any]] = {
    ast.Lt: sp.Lt,
    ast.LtE: sp.Le,
    ast.Gt: sp.Gt,
    ast.GtE: sp.Ge,
    ast.Eq: sp.Eq,
    ast.NotEq: sp.Ne,
}
OPERATORS: dict[type[ast.operator], Callable[[Any, Any], Any]] = {
    ast.Add: lambda a, b: a + b,
    ast.Sub: lambda a, b: a - b,
    ast.Mult: lambda a, b: a * b,
    ast.Div: lambda a, b: a / b,
    ast.Pow: lambda a, b: a**b,
}


def expression_of(text: str) -> Any:
    """The SymPy expression that a text stands for; its names are real symbols.

    Numbers, names, + - * / **, brackets, the constant pi, and calls of `FUNCTIONS`; comparisons and the words and, or,
    not have no meaning but in the first argument of where(c, a, b), and there a comparison alone.

    Raises:
        ExpressionError: anything else, with the column; or the text or a number in it is too long, or too deep.
    """
    source = Source(text)
    source.check(FUNCTIONS)
    try:
        tree = ast.parse(source.plain.lstrip(), mode="eval").body  # a blank in front would be an indent
    except SyntaxError as error:
        source.refuse(
            (error.offset or 1) - 1 + source.blanks, "this is no expression: a sign or a bracket is missing or too many"
        )
    except (RecursionError, MemoryError, ValueError):
        source.refuse(0, "the expression is too deep: give parts of it, or derive it in Python")
    return _Reader(source).value(tree)


def expression_and_symbols(text: str, wrt: Sequence[str] | None = None) -> tuple[Any, list[Any]]:
    """The expression, and the symbols of these names in it, by default all in the order of the alphabet.

    Raises:
        ExpressionError: the text is no expression, or has no symbols.
        UnknownNameError: it has no symbol of that name.
    """
    expression = expression_of(text)
    known = {symbol.name: symbol for symbol in sorted(expression.free_symbols, key=str)}
    if not known:
        raise ExpressionError("the expression has no symbol to differentiate by: write log(1 + exp(x*y))/x, say")
    for name in wrt or ():
        if name not in known:
            raise unknown_name("symbol in --wrt", name[:40], known)
    return expression, [known[name] for name in (known if wrt is None else wrt)]


class _Reader:
    """The tree of a text to SymPy; each kind of node has its method, and there are no others."""

    def __init__(self, source: Source) -> None:
        self.source = source

    def value(self, tree: ast.expr) -> Any:
        """The value of a tree, operands first, without recursion."""
        values: list[Any] = []
        stack: list[tuple[ast.expr, bool]] = [(tree, False)]
        while stack:
            node, done = stack.pop()
            parts = self._parts(node)
            if done or not parts:
                operands = [values.pop() for _ in parts][::-1]
                values.append(self._checked(node, self._tried(node, operands)))
            else:
                stack.append((node, True))
                stack.extend((part, False) for part in reversed(parts))
        (found,) = values
        if not isinstance(found, sp.Expr):
            self._refuse(tree, "a comparison is no number: it goes into where(c, a, b)")
        return found

    def _parts(self, node: ast.expr) -> list[ast.expr]:
        if isinstance(node, ast.BinOp) and type(node.op) in OPERATORS:
            return [node.left, node.right]
        if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub | ast.UAdd):
            return [node.operand]
        if isinstance(node, ast.Call):
            self._check_call(node)
            return node.args
        if isinstance(node, ast.Compare):
            if len(node.ops) > 1:
                self._refuse(node, "one comparison at a time: where(a < b, where(b < c, x, y), y)")
            return [node.left, *node.comparators]
        if not isinstance(node, ast.Constant | ast.Name):
            self._refuse(node, "this has no meaning in an expression")
        return []

    def _check_call(self, node: ast.Call) -> None:
        if not isinstance(node.func, ast.Name):
            self._refuse(node, "only a function can be called: write * between factors")
        name = node.func.id
        if name not in FUNCTIONS:
            near = nearest_function(name, FUNCTIONS)
            hint = f"did you mean {near}? " if near else ""
            self._refuse(node, f"unknown function {name[:40]}: {hint}for a product write {name[:40]}*(...)")
        given, function = len(node.args), FUNCTIONS[name]
        if node.keywords or any(isinstance(arg, ast.Starred) for arg in node.args):
            self._refuse(node, f"{name} takes plain arguments")
        if given < function.least or (function.most is not None and given > function.most):
            self._refuse(node, f"{name} takes {function.takes}, got {given}")
        for count, arg in enumerate(node.args):
            if isinstance(arg, ast.Compare) != (name == "where" and count == 0):
                self._refuse(arg, "where(c, a, b) takes a comparison, a < b say, as c, and numbers else")

    def _tried(self, node: ast.expr, operands: list[Any]) -> Any:
        """The value of a node, or a refusal where SymPy fails, of exp(exp(1000)) < 2 with an OverflowError."""
        try:
            return self._made(node, operands)
        except (ArithmeticError, AttributeError, MemoryError, RecursionError, TypeError, NotImplementedError) as error:
            self._refuse(node, f"SymPy cannot make this, for a {type(error).__name__}: write it in other words")

    def _made(self, node: ast.expr, operands: list[Any]) -> Any:
        if isinstance(node, ast.Constant):
            return self._number(node)
        if isinstance(node, ast.Name):
            return self._name(node)
        if isinstance(node, ast.UnaryOp):
            return -operands[0] if isinstance(node.op, ast.USub) else operands[0]
        if not all(isinstance(operand, sp.Expr) for operand in operands[1 if self._is_where(node) else 0 :]):
            self._refuse(node, "a comparison is no number: it goes into where(c, a, b)")
        if isinstance(node, ast.BinOp):
            return self._combined(node, *operands)
        return self._compared(node, operands) if isinstance(node, ast.Compare) else self._called(node, operands)

    def _is_where(self, node: ast.expr) -> bool:
        return isinstance(node, ast.Call) and getattr(node.func, "id", "") == "where"

    def _number(self, node: ast.Constant) -> Any:
        if type(node.value) is int:
            return sp.Integer(node.value)
        if type(node.value) is not float or node.value == float("inf"):
            self._refuse(node, "this number is too large")
        return sp.Float(node.value)

    def _name(self, node: ast.Name) -> Any:
        if node.id in FUNCTIONS:
            self._refuse(node, f"{node.id} is a function: write {node.id}(...)")
        return CONSTANTS.get(node.id) or sp.Symbol(node.id, real=True)

    def _combined(self, node: ast.BinOp, a: Any, b: Any) -> Any:
        if isinstance(node.op, ast.Pow):
            self._check_power(node, a, b)
        if isinstance(node.op, ast.Div) and b.is_zero:
            self._refuse(node.right, "a division by 0")
        return OPERATORS[type(node.op)](a, b)

    def _check_power(self, node: ast.BinOp, a: Any, b: Any) -> None:
        if b.is_Rational and abs(b) > HIGHEST_POWER:
            self._refuse(node.right, f"an exponent of more than {HIGHEST_POWER:,}")
        if a.is_Rational and b.is_Rational and max(a.p.bit_length(), a.q.bit_length()) * abs(b) > MOST_BITS:
            self._refuse(node.right, "this power is a number of more than a thousand digits")

    def _compared(self, node: ast.Compare, operands: list[Any]) -> Any:
        return COMPARISONS[type(node.ops[0])](*operands)

    def _called(self, node: ast.expr, operands: list[Any]) -> Any:
        assert isinstance(node, ast.Call)
        name = getattr(node.func, "id", "")
        if name in GROWING:
            for operand, arg in zip(operands, node.args, strict=True):
                if operand.is_number and not abs(operand) <= LARGEST_ARGUMENT:
                    self._refuse(arg, f"{name} of a number beyond {LARGEST_ARGUMENT:,}")
        return FUNCTIONS[name].of(*operands)

    def _checked(self, node: ast.expr, value: Any) -> Any:
        """A value, unless it is none: 1/0 and log(0) are, or the root of -1, or a number without end."""
        if isinstance(value, sp.Expr) and value.is_number:
            if value.is_finite is False or value is sp.nan or value.is_extended_real is False:
                self._refuse(node, "this is no finite real number")
            if value.is_Rational and max(value.p.bit_length(), value.q.bit_length()) > MOST_BITS:
                self._refuse(node, "this is a number of more than a thousand digits")
        return value

    def _refuse(self, node: ast.expr, why: str) -> NoReturn:
        self.source.refuse(node.col_offset + self.source.blanks, why)
