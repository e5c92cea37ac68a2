"""An expression in named steps, as a teacher splits it: a view for reading, which changes nothing of the derivation.

The inner functions get names, u = x**2, v = sin(u), shared parts one name, the outermost none but that of the loss; a
product of names gets none. `DESERVING` is the table of what does.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cached_property
from typing import Any

import sympy as sp

from .. import ops
from ..errors import ParameterError
from ..graph import Graph, Node
from ..lowering import Lowering
from ..stable_forms import RECOGNISERS
from . import backprop
from .chain_rule import extended
from .result_types import Adjoints, Cost
from .shared_loss import as_written
from .sweep import Sweep
from .symbol_names import Namer, check_names

LETTERS = "uvwsrqph"
"""Names of steps, if there are no more of them; else they are counted."""

_PLAIN = frozenset(
    {ops.ADD, ops.SUB, ops.MUL, ops.DIV, ops.NEG, ops.POW, ops.COPY, ops.SELECT, ops.HEAVISIDE}
    | {ops.MATMUL, ops.TRANSPOSE, ops.SPREAD, ops.SLICE, ops.PLACE}
    | {ops.TOTAL, ops.TRACE, ops.ROW_SUMS, ops.COLUMN_SUMS}
    | ops.CONDITIONS
)
"""What is no function: arithmetic, choices, and the sums and parts of matrices."""
_PRODUCTS = frozenset({ops.MUL, ops.DIV, ops.NEG, ops.COPY, ops.MATMUL, ops.TRANSPOSE, ops.SPREAD, ops.SLICE})


class Steps(Sweep):
    """The derivation of an expression, with names for its steps.

    Attributes:
        whole: the derivation that this is a view of.
    """

    def __init__(self, whole: Sweep, sheet: Graph, named: Mapping[Any, Node]) -> None:
        self.whole = whole
        places = [sheet.symbol(symbol) for symbol in whole.wrt]
        adjoints = backprop.adjoints(sheet, whole.loss_node, [*places, *named.values()])
        super().__init__(
            graph=sheet,
            named=named,
            wrt=whole.wrt,
            gradient_nodes=[_found(sheet, adjoints, place) for place in places],
            way=whole.way,
            seconds=whole.seconds,
            adjoints=adjoints,
        )

    @property
    def is_expression(self) -> bool:
        return True

    @cached_property
    def cost(self) -> Cost:
        """That of the whole: a view costs nothing; but its paths are those along the names that are shown."""
        edges = sum(map(len, self.consumers.values()))
        return replace(self.whole.cost, paths=sum(self.path_counts.get(one, 0) for one in self.wrt), edges=edges)


def _found(graph: Graph, adjoints: Adjoints, place: Node) -> Node:
    found = adjoints[place] if place < len(adjoints) else None
    return graph.spread(graph.zero, graph.shape(place)) if found is None else found


def in_steps(sweep: Sweep, names: Mapping[Any, Any] | None = None) -> Sweep:
    """The same derivation with a name for each step of its expression; one that has names of its own as it is.

    Args:
        sweep: made in any way; only a backward sweep of one expression is split.
        names: further names: by symbol, a part of the expression.

    Raises:
        ParameterError: a name is taken, or names what is no part of the expression.
    """
    if not (sweep.way.forms_adjoints and sweep.is_expression):
        if names:
            raise ParameterError(
                "names are for the parts of one expression that is derived by backprop: leave names out here, where "
                "every line has one"
            )
        return sweep
    sheet = extended(sweep.graph)
    sheet.remembered.update(sweep.graph.remembered)  # what was rewritten to stay finite is said of the steps, too
    given = _given(sweep, names or {})
    found = steps_of(sheet, sweep.loss_node)  # what is made of data alone has no place in the chain rule
    chosen = [node for node in found if node in sweep.varying and node not in given.values()]
    taken = {symbol.name for symbol in [*sheet.symbols, *given, sweep.loss]}
    named = {**dict(zip(_symbols(sheet, chosen, taken), chosen, strict=True)), **given}
    return Steps(sweep, sheet, {**dict(sorted(named.items(), key=lambda one: one[1])), sweep.loss: sweep.loss_node})


def _given(sweep: Sweep, names: Any) -> dict[Any, Node]:
    """The nodes of the parts that have been named; a part may be written in the names before it."""
    if not isinstance(names, Mapping):
        raise ParameterError(f"names is a {type(names).__name__}: give {{symbol: part of the expression}}")
    found: dict[Any, Node] = {}
    parts: dict[Any, Any] = {}
    for symbol, part in names.items():
        _check_name(sweep, symbol)
        if not isinstance(part, sp.Expr | sp.MatrixExpr) or not part.args:
            raise ParameterError(f"{symbol.name}: {str(part)[:60]} is no part to name: give a SymPy expression, x**2")
        parts[symbol] = part.xreplace(parts)
        node = node_of(sweep, parts[symbol])
        if node == sweep.loss_node:
            raise ParameterError(f"{symbol.name}: {str(part)[:60]} is {sweep.loss.name} itself: name a part of it")
        if node in found.values():
            raise ParameterError(f"{symbol.name}: {str(part)[:60]} has a name already")
        if node not in sweep.varying or sweep.graph.op(node).leaf:
            raise ParameterError(f"{symbol.name}: {str(part)[:60]} is made of data alone, nothing is derived by it")
        if sweep.graph.shape(node) != tuple(getattr(symbol, "shape", ())):
            raise ParameterError(f"{symbol.name} has not the shape of {str(part)[:60]}")
        found[symbol] = node
    return found


def _check_name(sweep: Sweep, symbol: Any) -> None:
    if not isinstance(symbol, sp.Symbol | sp.MatrixSymbol):
        raise ParameterError(f"{str(symbol)[:60]!r} is no symbol: names is {{symbol: part of the expression}}")
    if any(symbol.name == other.name for other in [*sweep.graph.symbols, sweep.loss]):
        raise ParameterError(f"{symbol.name} is taken: choose another name")
    check_names([symbol.name])


def node_of(sweep: Sweep, part: Any) -> Node:
    """The node of a part of the loss, as it is written.

    Raises:
        ParameterError: there is no such part.
    """
    region = {*sweep.graph.reachable([sweep.loss_node])}
    written = as_written(sweep.graph)
    graph, moved = (sweep.graph, {node: node for node in region}) if written is None else (written.graph, written.moved)
    for recognisers in ({}, RECOGNISERS):
        found = moved.get(Lowering(extended(graph), recognisers).expression(part))
        if found is not None and found in region:
            return found
    where = "choose one that stands in it, with symbols of the same assumptions"
    raise ParameterError(f"{str(part)[:60]} is no part of the expression as it is computed: {where}")


def _symbols(sheet: Graph, nodes: Sequence[Node], taken: Collection[str]) -> list[Any]:
    """A symbol for each node: letters where they suffice, else counted; a capital where there are several columns."""
    letters = [letter for letter in LETTERS if not {letter, letter.upper()} & {*taken}]
    names = letters if len(nodes) <= len(letters) else [f"u{number}" for number in range(1, len(nodes) + 1)]
    namer, shapes = Namer(taken), map(sheet.shape, nodes)
    return [
        namer.symbol(name.upper() if shape and shape[1] != 1 else name, shape, real=True)
        for name, shape in zip(names, shapes, strict=False)
    ]


# --- what deserves a name ---


def steps_of(graph: Graph, loss: Node) -> list[Node]:
    """The nodes below the loss that deserve a name, in an order that can be computed."""
    region = graph.reachable([loss])
    uses = Counter(arg for node in region for arg in graph.args(node))
    simple = _products_of_names(graph, region)
    found = {node for reason in DESERVING for node in reason(graph, region, uses, simple)}
    return sorted(found - simple - {loss})


def _products_of_names(graph: Graph, region: Collection[Node]) -> set[Node]:
    """Leaves, and products and quotients of them."""
    found: set[Node] = set()
    for node in region:
        op, args = graph.op(node), graph.args(node)
        if op.leaf or op.is_tie or (op in _PRODUCTS and found.issuperset(args)):
            found.add(node)
    return found


def _is_multiple(graph: Graph, node: Node, simple: set[Node]) -> bool:
    """Whether a node is a name, or a number times one."""
    args = graph.args(node)
    return (
        node in simple
        and sum(graph.op(arg) is not ops.NUMBER for arg in args) <= 1
        and all(graph.op(arg).leaf or graph.op(arg).is_tie for arg in args)
    )


def _functions(graph: Graph, region: Collection[Node]) -> Iterator[Node]:
    """Where functions are taken; ln det A is one."""
    inner = {graph.args(node)[0] for node in region if graph.op(node) is ops.LOG}
    for node in region:
        is_inner = graph.op(node) is ops.DETERMINANT and node in inner
        if not (graph.op(node).leaf or graph.op(node).is_tie or graph.op(node) in _PLAIN or is_inner):
            yield node


def _taken_of(graph: Graph, node: Node) -> Sequence[Node]:
    """What a function is taken of: of ln det A it is A."""
    args = graph.args(node)
    is_one = graph.op(node) is ops.LOG and graph.op(args[0]) is ops.DETERMINANT
    return graph.args(args[0]) if is_one else args


def _arguments(graph: Graph, region: Collection[Node], uses: Counter[Node], simple: set[Node]) -> Iterator[Node]:
    """The argument of a function, that is more than a product of names; and what is raised to a power."""
    for node in _functions(graph, region):
        yield from _taken_of(graph, node)
    for node in region:
        if graph.op(node) is ops.POW:
            yield graph.args(node)[0]


def _of_more(graph: Graph, region: Collection[Node], uses: Counter[Node], simple: set[Node]) -> Iterator[Node]:
    """A function of more than a name or a number times a name."""
    for node in _functions(graph, region):
        if not all(_is_multiple(graph, arg, simple) for arg in _taken_of(graph, node)):
            yield node


def _powers(graph: Graph, region: Collection[Node], uses: Counter[Node], simple: set[Node]) -> Iterator[Node]:
    """A power other than the square of a name; squares of all entries are what norms are made of."""
    for node in region:
        if graph.op(node) is ops.POW:
            base, exponent = graph.args(node)
            is_named = (graph.op(base) in (ops.SYMBOL, ops.SLICE) or graph.op(base).is_tie) and base in simple
            if exponent != graph.two or not (is_named or graph.shape(base)):
                yield node


def _shared(graph: Graph, region: Collection[Node], uses: Counter[Node], simple: set[Node]) -> Iterator[Node]:
    """What is used twice."""
    return (node for node in region if uses[node] > 1 and graph.op(node) not in ops.CONDITIONS)


def _denominators(graph: Graph, region: Collection[Node], uses: Counter[Node], simple: set[Node]) -> Iterator[Node]:
    """A quotient's denominator that is a sum."""
    for node in region:
        if graph.op(node) is ops.DIV and graph.op(graph.args(node)[1]) in (ops.ADD, ops.SUB):
            yield graph.args(node)[1]


DESERVING: tuple[Callable[[Graph, Collection[Node], Counter[Node], set[Node]], Iterator[Node]], ...] = (
    _arguments,
    _of_more,
    _powers,
    _shared,
    _denominators,
)
"""The reasons for a name; a product of names, what is no variable and the loss itself get none whatever the reason."""
