"""The signs of an expression that is given as text: what stands there at all, and which sign behind which.

They are looked at one by one before Python's parser sees them, so that nothing reaches it that would take it minutes,
or its own stack, to read; and so that what is wrong is told in words about formulas, with its place.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from itertools import pairwise
from keyword import iskeyword
from typing import NamedTuple, NoReturn

from .errors import ExpressionError

MOST_CHARACTERS = 10_000
MOST_DEPTH = 100
"""Brackets within brackets, signs in a row, powers of powers."""
MOST_DIGITS = 100
"""Digits of a number, as it is written."""


class Token(NamedTuple):
    """A piece of the text. kind: number, name or sign."""

    kind: str
    text: str
    at: int


_TOKEN = re.compile(
    r"(?P<number>(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?)"
    r"|(?P<name>[A-Za-z_][A-Za-z0-9_]*)"
    r"|(?P<sign>\*\*|<=|>=|==|!=|[-+*/(),<>])"
)
_ADVICE = {
    "^": "write ** for a power",
    "=": "an expression is one side of an equation; two numbers are compared by ==",
    ".": "a name has no attributes here",
    "−": "write - for minus",
    "–": "write - for minus",
    "×": "write * for times",
    "·": "write * for times",
    "÷": "write / for divided by",
    "[": "write round brackets",
    "{": "write round brackets",
    "²": "write **2 for a square",
    "|": "write abs(x)",
    "!": "write gamma(n + 1)",
}


class Source:
    """A text, and what is told of places in it."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.plain = re.sub(r"[ \t\r\n]", " ", text)  # of one line, each sign where it was
        self.blanks = len(self.plain) - len(self.plain.lstrip())

    def refuse(self, at: int, why: str) -> NoReturn:
        line, column = self.text.count("\n", 0, at), at - self.text.rfind("\n", 0, at)
        lines = "\n" in self.text.strip("\n")
        raise ExpressionError(f"expression, {f'line {line + 1}, ' if lines else ''}column {column}: {why}")

    def check(self, functions: Collection[str] = ()) -> None:
        """Look at the signs, and at which stands behind which; functions are names that need brackets."""
        if len(self.text) > MOST_CHARACTERS:
            raise ExpressionError(
                f"the expression has more than {MOST_CHARACTERS:,} characters: derive it in Python, by sb.derive"
            )
        tokens = list(self._tokens())
        if not tokens:
            raise ExpressionError("the expression is empty: write log(1 + exp(x*y))/x, say")
        self._check_depth(tokens)
        self._check_operand(None, tokens[0])
        for token, after in pairwise(tokens):
            if token.text in functions and after.kind != "sign":
                self.refuse(token.at, f"{token.text} is a function: write {token.text}({after.text[:40]})")
            self._check_pair(token, after)
            self._check_operand(token, after)
        self._check_operand(tokens[-1], Token("sign", "the end", len(self.plain.rstrip())))

    def _tokens(self) -> Iterator[Token]:
        at = 0
        while at < len(self.plain):
            if self.plain[at] == " ":
                at += 1
                continue
            found = _TOKEN.match(self.plain, at)
            if found is None:
                self._refuse_sign(at)
            token = Token(str(found.lastgroup), found[0], at)
            self._check_token(token)
            yield token
            at = found.end()

    def _refuse_sign(self, at: int) -> NoReturn:
        sign = self.plain[at]
        shown = repr(sign) if sign.isprintable() else f"character {ord(sign)}"
        letter = "spell names in the letters a to z" if sign.isalpha() else "it has no meaning in an expression"
        self.refuse(at, f"{shown}: {_ADVICE.get(sign, letter)}")

    def _check_token(self, token: Token) -> None:
        if token.kind == "number" and len(token.text) > MOST_DIGITS:
            self.refuse(token.at, f"a number of more than {MOST_DIGITS} digits")
        if token.kind == "number" and re.fullmatch(r"0[0-9]+", token.text):
            self.refuse(token.at, f"write {int(token.text)} for {token.text[:40]}")
        if token.kind == "name" and len(token.text) > MOST_DIGITS:
            self.refuse(token.at, f"a name of more than {MOST_DIGITS} letters")
        if token.kind == "name" and iskeyword(token.text):
            self.refuse(token.at, f"{token.text} is a word of Python's, no name: choose another one")

    def _check_depth(self, tokens: list[Token]) -> None:
        depth = signs = powers = 0
        for token in tokens:
            depth += {"(": 1, ")": -1}.get(token.text, 0)
            signs = signs + 1 if token.text in "+-" else 0
            powers = powers + 1 if token.text == "**" else 0 if token.text in "+,)" else powers
            if max(depth, signs, powers) > MOST_DEPTH:
                self.refuse(token.at, f"the expression is more than {MOST_DEPTH} deep: give parts of it")
            if depth < 0:
                self.refuse(token.at, "this bracket closes none")
        if depth:
            self.refuse(len(self.plain.rstrip()), f"{depth} bracket{'s are' if depth > 1 else ' is'} not closed")

    def _check_pair(self, token: Token, after: Token) -> None:
        """Refuse what schools write without a sign between."""
        ends = token.kind != "sign" or token.text == ")"
        begins = after.kind != "sign" or (after.text == "(" and token.kind != "name")
        if ends and begins:
            both = f"{token.text}*{after.text}" if "(" not in token.text + after.text and token.text != ")" else "a*(b)"
            self.refuse(after.at, f"a factor follows a factor: write {both[:60]}")

    def _check_operand(self, before: Token | None, token: Token) -> None:
        """Refuse two operators in a row, and one that has nothing before or behind it."""
        opens = before is None or (before.kind == "sign" and before.text != ")")
        calls = before is not None and before.text == "(" and token.text == ")"
        if opens and token.kind == "sign" and token.text not in ("(", "+", "-") and not calls:
            self.refuse(token.at, f"a number or a name is missing before {token.text}")
