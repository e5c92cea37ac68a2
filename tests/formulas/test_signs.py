"""Each sign of matrices is explained exactly where it is shown: a scanner of the printed text looks by itself."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from functools import partial
from itertools import pairwise
from typing import Any

import pytest
import sympy as sp

import symbackprop as sb
from symbackprop.formulas import document, rendered
from symbackprop.formulas.signs import Sign
from symbackprop.sympy_functions.matrix_functions import LogSumExp, RowSums, Softmax, Total

from ..support import slow_unless
from ..zoo import ZOO
from .matrix_cases import MATRICES

SENTENCES = {
    Sign.ENTRYWISE: " multiplies entry by entry.",
    Sign.TRANSPOSE: " is the transpose.",
    Sign.INVERSE: " is the inverse.",
    Sign.TOTAL: "Σ(A) is the sum of all entries.",
    Sign.LOG_TOTAL: " is the logarithm of the sum of all exponentials.",
    Sign.NORM: " is the sum of the squares of all entries.",
    Sign.ROW_SUMS: " is the column of the sums along each row.",
    Sign.COLUMN_SUMS: " is the row of the sums down each column.",
    Sign.SOFTMAX_COLUMNS: " over the sum of those in its column.",
    Sign.SOFTMAX_ROWS: " over the sum of those in its row.",
    Sign.DETERMINANT: " is the determinant.",
    Sign.TRACE: " is the sum of the diagonal.",
    Sign.ENTRY: " is an entry: rows and columns count from 1.",
    Sign.ENTRY_OF_LINE: " is an entry of a column or row: ",
    Sign.RANGE: " is the range from 1 to 2, ",
    Sign.ALL: "A colon by itself ",
    Sign.TABLE: "A matrix in square brackets is written row by row",
    Sign.IDENTITY: " is the identity matrix.",
    Sign.SHAPED: "A matrix of ones or zeros shows its shape.",
    Sign.PLACED: "What is placed stands in ",
}
"""A part of the sentence that explains each sign."""

WORDS = {
    "Σ": Sign.TOTAL,
    "rowsums": Sign.ROW_SUMS,
    "colsums": Sign.COLUMN_SUMS,
    "softmax": Sign.SOFTMAX_COLUMNS,
    "softmax_rows": Sign.SOFTMAX_ROWS,
    "det": Sign.DETERMINANT,
    "tr": Sign.TRACE,
    "ones": Sign.SHAPED,
    "zeros": Sign.SHAPED,
    "placed": Sign.PLACED,
}
CHARACTERS = {"⊙": Sign.ENTRYWISE, "ᵀ": Sign.TRANSPOSE, "‖": Sign.NORM}


# --- a scanner of one printed formula ---


def shown(side: str, identity: str) -> set[Sign]:
    """The signs in a formula: characters, words before brackets, and what stands in square brackets."""
    found = {sign for character, sign in CHARACTERS.items() if character in side}
    found |= {WORDS[word] for word in re.findall(r"([^\W\d]\w*)\(", side) if word in WORDS}
    found |= {Sign.INVERSE} if "⁻¹" in side else set()
    found |= {Sign.LOG_TOTAL} if "ln Σ " in side else set()
    found |= {Sign.IDENTITY} if identity in re.findall(r"[^\W⁰¹²³⁴⁵⁶⁷⁸⁹ᵀ]+(?!\w*\()", side) else set()
    return found | {sign for sort in bracketed(side) for sign in sort}


def bracketed(side: str) -> Iterator[set[Sign]]:
    """What every pair of square brackets, and of those around something placed, shows."""
    for start, character in enumerate(side):
        if character == "[":
            inside = side[start + 1 : closing(side, start)]
            if start and side[start - 1] not in " ([":
                spans = apart(inside, ",")
                yield counted(spans) | {Sign.ENTRY_OF_LINE if len(spans) == 1 else Sign.ENTRY}
            elif len(apart(inside, ",;")) > 1:
                yield {Sign.TABLE}
        elif character == "(" and side.endswith("placed", 0, start):
            yield counted(apart(apart(side[start + 1 : closing(side, start)], ";")[-1], ","))


def closing(side: str, start: int) -> int:
    depth = 0
    for place in range(start, len(side)):
        depth += (side[place] in "([{") - (side[place] in ")]}")
        if not depth:
            return place
    raise AssertionError(f"a bracket is open in {side}")


def apart(inside: str, marks: str) -> list[str]:
    """What stands between marks that are in no brackets themselves."""
    parts, depth = [""], 0
    for character in inside:
        depth += (character in "([{") - (character in ")]}")
        if character in marks and not depth:
            parts.append("")
        else:
            parts[-1] += character
    return [part.strip() for part in parts]


def counted(spans: list[str]) -> set[Sign]:
    """The signs in rows and columns that are counted."""
    return {Sign.ALL if span == ":" else Sign.RANGE for span in spans if ":" in span}


@pytest.mark.parametrize(
    ("side", "signs"),
    [
        ("(A + B)[1, 2] C", {Sign.ENTRY}),
        ("tanh(2 (A + B))[1:2, :]", {Sign.ENTRY, Sign.RANGE, Sign.ALL}),
        ("|X|[1:n]", {Sign.ENTRY_OF_LINE, Sign.RANGE}),
        ("[B, p[2]; 0, zeros(2 × 2)][1, 1]", {Sign.TABLE, Sign.ENTRY, Sign.ENTRY_OF_LINE, Sign.SHAPED}),
        ("∂L/∂a ⊙ [z > 0]", {Sign.ENTRYWISE}),
        ("placed(A; 1:2, :)", {Sign.PLACED, Sign.RANGE, Sign.ALL}),
        ("ln Σ exp(z) + mytr(x) + I(x)", {Sign.LOG_TOTAL}),
        ("2 I + Iᵀ", {Sign.IDENTITY, Sign.TRANSPOSE}),
        ("I¹ + (A)⁻¹", {Sign.INVERSE, Sign.IDENTITY}),
        ("Ix + det2", set()),
    ],
)
def test_the_scanner(side: str, signs: set[Sign]) -> None:
    assert shown(side, "I") == signs


# --- what is shown is explained, and nothing else is ---

n, m = sp.symbols("n m", integer=True, positive=True)
A, X, Y = sp.MatrixSymbol("A", n, n), sp.MatrixSymbol("X", n, m), sp.MatrixSymbol("Y", n, m)
M, P = sp.MatrixSymbol("M", 3, 4), sp.MatrixSymbol("P", 3, 4)
B, C, D = sp.MatrixSymbol("B", 2, 2), sp.MatrixSymbol("C", 2, 2), sp.MatrixSymbol("D", 2, 2)
G, p, r = sp.MatrixSymbol("G", 3, 3), sp.MatrixSymbol("p", 3, 1), sp.MatrixSymbol("r", 1, 2)
H, s = sp.MatrixSymbol("H", 2, 2), sp.Symbol("s")


def squares(x: Any) -> Any:
    return Total(sp.HadamardPower(x, 2))


class mytr(sp.Function):  # type: ignore[misc]
    """A function whose name ends like one that is explained."""

    def fdiff(self, argindex: int = 1) -> Any:
        return sp.cos(self.args[0])


def of_zoo(name: str) -> Any:
    model = ZOO[name]()
    return sb.derive(model.equations, model.wrt)


def long() -> Any:
    """A part at the end of a way so long that one derivative is told without the definition of the part."""
    names = [sp.MatrixSymbol(f"E{number}", 3, 2) for number in range(45)]
    steps = [(name, below * B) for below, name in pairwise(names)]
    return sb.derive([(names[0], M[:, 0:4:2]), *steps, (sp.Symbol("L"), Total(names[-1]))], [M])


CASES: dict[str, Callable[[], Any]] = {
    **MATRICES,
    **{f"zoo {name}": partial(of_zoo, name) for name in ZOO},
    "a part of a function of a sum": lambda: sb.derive(squares((M.applyfunc(sp.exp) + P).applyfunc(sp.tanh)[0:2, 1:3])),
    "a part of sizes": lambda: sb.derive(Total(M.applyfunc(sp.Abs)[0:2, 1:3])),
    "a part of blocks": lambda: sb.derive(squares(sp.BlockMatrix([[X, Y], [Y, sp.ZeroMatrix(n, m)]]))),
    "blocks": lambda: sb.derive(
        squares(sp.BlockMatrix([[B, sp.ZeroMatrix(2, 2)], [sp.Identity(2), C]]) * sp.BlockMatrix([[D], [B]]))
    ),
    "every other row": lambda: sb.derive(squares(G[0:3:2, :])),
    "every other row and column": lambda: sb.derive(Total(sp.HadamardPower(P[::2, 1::2], 3)) + P[1, 1]),
    "a range that is only placed": long,
    "a diagonal": lambda: sb.derive(Total(sp.DiagMatrix(p) * G), [p, G]),
    "a transpose that is undone": lambda: sb.derive(sp.Trace((B.T * C).T * (D * B.T).T), [B, C, D]),
    "a product that becomes a square": lambda: sb.derive(Total(sp.HadamardProduct(X, Y, X)), [X, Y]),
    "a quotient": lambda: sb.derive(Total(sp.HadamardProduct(X, sp.HadamardPower(Y, -2))) / s, [X, Y, s]),
    "an inner product": lambda: sb.derive(Total(sp.HadamardProduct(p, G * p)) * Total(p), [p, G]),
    "ones that are not shown": lambda: sb.derive(Total(sp.HadamardProduct(sp.OneMatrix(2, 2) + B, C)), [B, C]),
    "a column of ones": lambda: sb.derive(Total((sp.OneMatrix(2, 1) * r).applyfunc(sp.sin)), [r]),
    "identity": lambda: sb.derive(sp.Trace((sp.Identity(n) + A).I) * sp.Determinant(A), [A]),
    "sums": lambda: sb.derive(Total(LogSumExp(X, 1)) * Total(Softmax(X, 1)) + Total(RowSums(X).applyfunc(sp.exp)), [X]),
    "one of two": lambda: sb.derive(sp.Piecewise((M[0, 0], M[0, 1] > 0), (M[1, 1], True)) ** 2, [M]),
    "names like signs": lambda: sb.derive(mytr(Total(X)) * sp.Symbol("tr") * sp.Symbol("Sigma") + sp.Symbol("I"), [X]),
    "along a direction": lambda: sb.jvp([(D, B * C), (H, D.I + D.T)]).derivation,
    "a direction of parts": lambda: sb.jvp(M[0:2, :] * M[0:2, :].T, [M]).derivation,
}

SOME = [name for name in CASES if name not in MATRICES and not name.startswith("zoo")]
"""Those of the fast lane: each shows a sign of its own."""


def parameters(derivation: Any) -> tuple[Any, ...]:
    return (None, *derivation.wrt) if derivation.method == "backprop" else (None,)


@slow_unless(lambda name: name in SOME)
@pytest.mark.parametrize("name", CASES)
def test_each_sign_is_explained_exactly_where_it_is_shown(name: str) -> None:
    derivation = CASES[name]().sweep
    for parameter in parameters(derivation):
        told = document(derivation, parameter, width=1_000_000)
        plain = rendered(told)
        body, _, notation = plain.partition("\nNotation\n")
        sides = [side for line in body.splitlines() for side in re.split(r"(?:^| )= ", line)[1:]]
        found = set().union(*(shown(side, told.labels.identity) for side in sides))
        explained = {sign for sign, words in SENTENCES.items() if words in notation}
        assert explained == found, parameter


@pytest.mark.slow
def test_every_sign_is_shown_somewhere() -> None:
    told = [rendered(document(make().sweep, width=1_000_000)).partition("\nNotation\n")[2] for make in CASES.values()]
    missing = [sign for sign, words in SENTENCES.items() if not any(words in notation for notation in told)]
    assert missing == []
    assert list(SENTENCES) == list(Sign)
