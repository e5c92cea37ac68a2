"""The tree of each operation, from those of its operands: a row where it is more than a call by its sign.

Products of matrices keep their order, and what is written in another way than it is computed looks as its author wrote
it. What a row cannot tell, as it needs the graph, is in `formula_tree`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import sympy as sp

from .. import ops
from ..ops import Shape
from .entrywise import Factored, assembled, divided, factored, has_matrix, multiple, multiplied, subtracted, summed
from .forest import Forest
from .levels import Level, fits
from .sums_and_products import ordered, place_of, product, quotient, total
from .tree import Kind, Tree, are_odd, is_negative, is_whole, shaped, unsigned

Row = Callable[[Forest, Sequence[Tree]], Tree]
"""From the trees of the operands to that of the operation."""


def applied(forest: Forest, op: ops.Op, trees: Sequence[Tree]) -> Tree:
    """An operation as its row has it; one without a row is a call."""
    row = ROWS.get(ops.COPY if op.copies else op)
    return called(forest, op, *trees) if row is None else row(forest, trees)


def called(forest: Forest, what: ops.Op | str, *trees: Tree) -> Tree:
    """A function by its sign, or by its name."""
    return forest.make(Kind.CALL, *trees, value=what)


def linked(forest: Forest, trees: Sequence[Tree]) -> Tree:
    """A product of the chain rule: factors in their order, with a sign between them; a factor 1 says nothing.

    Matrices are multiplied entry by entry.
    """
    if len(trees) == 1:
        return trees[0]
    plain = list(map(unsigned, trees))
    telling = [tree for tree in plain if not is_whole(tree, 1)] or plain[:1]
    return forest.signed(telling[0] if len(telling) == 1 else _side_by_side(forest, telling), are_odd(trees))


def _side_by_side(forest: Forest, trees: Sequence[Tree]) -> Tree:
    if not has_matrix(trees):
        return forest.make(Kind.LINKED, *trees)
    factors = [part for tree in trees for part in (tree.parts if tree.kind is Kind.ENTRYWISE else (tree,))]
    return forest.make(Kind.ENTRYWISE, *factors, shape=trees[0].shape)


# --- products of matrices and their transposes ---


def chain(forest: Forest, trees: Sequence[Tree]) -> Tree:
    """A product of matrices, in its order."""
    plain = map(unsigned, trees)
    factors = [part for tree in plain for part in (tree.parts if tree.kind is Kind.MATRIX_PRODUCT else (tree,))]
    return forest.signed(forest.make(Kind.MATRIX_PRODUCT, *factors), are_odd(trees))


def transposed(forest: Forest, trees: Sequence[Tree]) -> Tree:
    """xᵀ; of what holds a transpose itself, its parts transposed: (Qᵀ S)ᵀ is Sᵀ Q, (n + vᵀ)ᵀ is n + v."""
    (tree,) = trees
    if not tree.shape:
        return tree
    plain, shape = unsigned(tree), tree.shape[::-1]
    found = _turned(forest, plain) if _turns(plain) else forest.make(Kind.TRANSPOSED, plain)
    return forest.signed(shaped(found, shape), is_negative(tree) != is_negative(found))


def _turns(tree: Tree) -> bool:
    """Whether a transpose in a tree would be undone."""
    if tree.kind in (Kind.TRANSPOSED, Kind.IDENTITY):
        return True
    if tree.kind is Kind.SUM:
        return any(map(_turns, tree.parts))
    if tree.kind is Kind.MATRIX_PRODUCT:
        return any(_turns(part) for part in tree.parts if fits(part, Level.POWER))
    if is_negative(tree):
        return _turns(unsigned(tree))
    if tree.kind in (Kind.MULTIPLE, Kind.QUOTIENT):
        parts = factored(tree)
        return not parts.under and len(parts.over) == 1 and _turns(parts.over[0])
    return False


def _turned(forest: Forest, tree: Tree) -> Tree:
    """The transpose of a tree in which one is undone, without its sign."""
    if tree.kind is Kind.IDENTITY:
        return tree
    if tree.kind is Kind.TRANSPOSED:
        return tree.parts[0]
    if tree.kind in (Kind.MULTIPLE, Kind.QUOTIENT):
        parts = factored(tree)
        return assembled(forest, replace(parts, over=(transposed(forest, parts.over),)))
    if tree.kind is Kind.SUM:
        return total(forest, [transposed(forest, [part]) for part in tree.parts])
    return chain(forest, [_turned_factor(forest, part) for part in reversed(tree.parts)])


def _turned_factor(forest: Forest, tree: Tree) -> Tree:
    """The transpose of a factor of a product; one in brackets is turned as a whole."""
    if fits(tree, Level.POWER):
        return transposed(forest, [tree])
    return shaped(forest.make(Kind.TRANSPOSED, tree), tree.shape[::-1])


# --- sums of entries ---


def all_entries(forest: Forest, trees: Sequence[Tree]) -> Tree:
    """The sum of all entries: ‖x‖² of squares, xᵀ y of the products of two columns."""
    (tree,) = trees
    parts = factored(tree)
    core = _sum_of(forest, parts, tree.shape)
    if core.kind is not Kind.MATRIX_PRODUCT:
        whole = quotient(forest, product(forest, [*parts.above, core]), product(forest, parts.below))
        return forest.signed(whole, is_negative(tree))
    top, bottom = multiple(forest, parts.above, core), ordered(forest, parts.below)
    whole = top if is_whole(bottom, 1) else forest.make(Kind.QUOTIENT, top, bottom)
    return forest.signed(whole, is_negative(tree))


def _sum_of(forest: Forest, parts: Factored, shape: Shape) -> Tree:
    over = sorted(parts.over, key=_by_name)
    if not parts.under and len(over) == 1 and over[0].kind is Kind.POWER and is_whole(over[0].parts[1], 2):
        return forest.make(Kind.NORM, unsigned(over[0].parts[0]))
    if not parts.under and len(over) == 2 and shape[1:] == (1,):
        return chain(forest, [transposed(forest, over[:1]), over[1]])
    return forest.make(Kind.TOTAL, assembled(forest, Factored(over=parts.over, under=parts.under)))


def _by_name(tree: Tree) -> tuple[bool, str]:
    name = place_of(tree)[1]
    return not name, name


def _along(name: str) -> Row:
    """Sums along one axis; of a column or row, one number, they are the sum of all entries."""
    return lambda forest, trees: all_entries(forest, trees) if 1 in trees[0].shape else called(forest, name, *trees)


def _log_of_sums(name: str) -> Row:
    """ln of the sums of the exponentials."""

    def row(forest: Forest, trees: Sequence[Tree]) -> Tree:
        powers = called(forest, ops.EXP, *trees)
        if 1 in trees[0].shape:
            return forest.make(Kind.LOG_TOTAL, powers)
        return called(forest, ops.LOG, called(forest, name, powers))

    return row


# --- choices ---


def _select(forest: Forest, trees: Sequence[Tree]) -> Tree:
    """One choice after another is one list of cases: conditions and values by turns, and what holds otherwise."""
    *pairs, other = trees
    cases = [part for pair in zip(pairs[1::2], pairs[::2], strict=True) for part in pair]
    rest = other.parts if other.kind is Kind.CASES else (other,)
    return forest.make(Kind.CASES, *cases, *rest)


def _elu(forest: Forest, trees: Sequence[Tree]) -> Tree:
    return called(forest, ops.ELU, *(trees[:1] if is_whole(trees[1], 1) else trees))


# --- what is computed by an operation of its own, and looks as its author wrote it ---


def _one(forest: Forest) -> Tree:
    return forest.number(sp.S.One)


def _exp(forest: Forest, power: Tree) -> Tree:
    return _one(forest) if is_whole(power, 0) else called(forest, ops.EXP, power)


def _weighted(forest: Forest, trees: Sequence[Tree]) -> Tree:
    weight, power = trees
    if is_whole(power, 0):
        return weight
    return _exp(forest, power) if is_whole(weight, 1) else multiplied(forest, [weight, _exp(forest, power)])


def _powers(forest: Forest, trees: Sequence[Tree]) -> Tree:
    return total(forest, [_exp(forest, power) for power in trees])


def _weighted_powers(forest: Forest, trees: Sequence[Tree]) -> Tree:
    return total(forest, [_weighted(forest, pair) for pair in zip(trees[::2], trees[1::2], strict=True)])


def _one_less_exp(forest: Forest, trees: Sequence[Tree]) -> Tree:
    return total(forest, [_one(forest), forest.negative(_exp(forest, trees[0]))])


def _bose(forest: Forest, trees: Sequence[Tree]) -> Tree:
    return quotient(forest, _one(forest), total(forest, [_exp(forest, trees[0]), forest.negative(_one(forest))]))


def _log_of(inner: Row) -> Row:
    return lambda forest, trees: called(forest, ops.LOG, inner(forest, trees))


def _by_sign(op: ops.Op) -> Row:
    return lambda forest, trees: called(forest, op, *trees)


def _erfc_quotient(forest: Forest, trees: Sequence[Tree]) -> Tree:
    return called(forest, "erfcq", *(trees[1:] if is_whole(trees[0], 0) else trees))


ROWS: dict[ops.Op, Row] = {
    ops.COPY: lambda forest, trees: trees[0],
    ops.NEG: lambda forest, trees: forest.negative(trees[0]),
    ops.ADD: summed,
    ops.SUB: subtracted,
    ops.MUL: multiplied,
    ops.DIV: divided,
    ops.POW: lambda forest, trees: forest.make(Kind.POWER, *trees),
    ops.SELECT: _select,
    ops.ELU: _elu,
    ops.LOGSUMEXP: _log_of(_powers),
    ops.WEIGHTED_LOGSUMEXP: _log_of(_weighted_powers),
    ops.WEIGHTED_EXP: _weighted,
    ops.LOG1MEXP: _log_of(_one_less_exp),
    ops.LOG_COSH: _log_of(_by_sign(ops.COSH)),
    ops.LOG_GAMMA: _log_of(_by_sign(ops.GAMMA)),
    ops.LOG_ERFC: _log_of(_by_sign(ops.ERFC)),
    ops.ERFC_QUOTIENT: _erfc_quotient,
    ops.BOSE: _bose,
    ops.MATMUL: chain,
    ops.TRANSPOSE: transposed,
    ops.TOTAL: all_entries,
    ops.ROW_SUMS: _along("rowsums"),
    ops.COLUMN_SUMS: _along("colsums"),
    ops.LSE_ROWS: _log_of_sums("rowsums"),
    ops.LSE_COLUMNS: _log_of_sums("colsums"),
}
"""The operations that are more than a call."""
