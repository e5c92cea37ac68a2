"""The rows of the rule table, each lowered once into a template and from then on only instantiated.

The commonest partials need no template: those of a sum are 1, those of a product are the other factor, that of an
exponential is its result. They are kept as whole numbers, which the sweep reads without a call.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache, partial
from operator import itemgetter
from typing import Any

import sympy as sp

from .. import ops, rules
from ..errors import UnsupportedError
from ..graph import FOLDING, Graph, Node
from ..lowering import Lowering, OfTuples, symbols_of
from .leaf_derivatives import leaf_partials

BARRIERS = ops.CONDITIONS | {ops.CONSTANT, ops.NUMBER, ops.SYMBOL}
"""The operations that no derivative passes through, and which have no row."""

ONE = -1
"""The partial that is 1."""

Local = Callable[[Node], Node]
"""From a node to its local partial derivative, in one graph."""


@dataclass(frozen=True)
class Template:
    """The steps that compute a local partial derivative, on slots that each step adds one to.

    The first slots are the node that is differentiated, its operands, the operations of the steps and the constants:
    with the operations among them, one `itemgetter` picks the whole key of a step.
    """

    operations: tuple[ops.Op, ...]
    constants: tuple[Any, ...]
    steps: tuple[tuple[Callable[[list[Any]], Any], bool], ...]  # what picks the key; whether it may fold

    def bound(self, graph: Graph) -> Local:
        """The template for the nodes of one graph."""
        keys, instance = graph.keys, self.instance(graph)
        return lambda node: instance([node, *keys[node][1:]])

    def instance(self, graph: Graph) -> Callable[[list[Any]], Node]:
        """The same for a list of the result and its operands, which it extends."""
        make, apply = graph.make, graph.apply
        fixed: list[Any] = []

        def made(slots: list[Any]) -> Node:
            if not fixed:
                fixed.extend((*self.operations, *map(graph.constant, self.constants)))
            slots += fixed
            for pick, folds in self.steps:
                key = pick(slots)
                slots.append(apply(key[0], key[1:]) if folds else make(key))
            result: Node = slots[-1]
            return result

        return made


Partial = int | Template | str | None
"""ONE; the slot of an operand (0: the result); a template; why there is none; or None where nothing is
differentiated."""


Row = tuple[Local, ...]

PASSED: Row = (lambda node: node,)
"""The row of a sum: every operand gets the adjoint as it is."""

CROSSED: Row = (lambda node: node,) * 2
"""The row of a product of two: each operand gets the adjoint times the other one."""


def row_of(graph: Graph, op: ops.Op, count: int) -> Row:
    """The local partials of an operation in one graph: `PASSED`, `CROSSED`, or one function for each operand."""
    if op.is_tie:
        return leaf_partials(graph, op)
    if op in rules.VARIADIC:
        return PASSED if op is ops.ADD else locals_of(graph, op, count)
    row = partials(op, count, graph.accurate)
    if row == (2, 1):
        return CROSSED
    return PASSED if all(partial == ONE for partial in row) else locals_of(graph, op, count)


def locals_of(graph: Graph, op: ops.Op, count: int) -> Row:
    """The local partials of an operation in one graph, one function for each operand."""
    if op.is_tie:
        return leaf_partials(graph, op)
    if op in rules.VARIADIC:
        return _of_each(graph, op, count)
    return tuple(
        _local(graph, op, place, partial) for place, partial in enumerate(partials(op, count, graph.accurate), 1)
    )


def _of_each(graph: Graph, op: ops.Op, count: int) -> Row:
    """The same of operands that all stand alike: of each by itself, so that their number does not come in twice."""
    if op is ops.ADD:
        return (lambda node: graph.one,) * count
    row, shared = _alike(op)
    size, made = len(row), [template.instance(graph) for template in row]
    total = None if shared is None else cache(partial(_total, graph, shared.instance(graph), size))

    def local(place: int, node: Node) -> Node:
        first = place - place % size + 1
        whole = () if total is None else (total(node),)
        return made[place % size]([node, *graph.keys[node][first : first + size], *whole])

    return tuple(partial(local, place) for place in range(count))


def _total(graph: Graph, shared: Callable[[list[Any]], Node], size: int, node: Node) -> Node:
    """What the partials of all operands share: a sum with a term of each group."""
    args = graph.args(node)
    return graph.sum([shared([node, *args[first : first + size]]) for first in range(0, len(args), size)])


@cache
def _alike(op: ops.Op) -> tuple[tuple[Template, ...], Template | None]:
    """The partials by one group of operands, on the slots of the result, the group and what is shared."""
    row = rules.VARIADIC[op]
    operands, result = _placeholders(len(row.partials) + (row.shared is not None))
    swap = {**dict(zip((*(rules.x, rules.y)[: len(row.partials)], rules.s), operands, strict=False)), rules.z: result}
    own = operands[: len(row.partials)]
    shared = None if row.shared is None else _stepwise(op, row.shared.xreplace(swap), own, result)
    return tuple(_stepwise(op, part.xreplace(swap), operands, result) for part in row.partials), shared


def _stepwise(op: ops.Op, partial: Any, operands: tuple[Any, ...], result: Any) -> Template:
    found = _template(op, partial, operands, result)
    assert isinstance(found, Template)
    return found


def _local(graph: Graph, op: ops.Op, place: int, partial: Partial) -> Local:
    if isinstance(partial, Template):
        return _either(graph, op, place, partial.bound(graph))
    if partial is None or isinstance(partial, str):
        return _refusing(op, place, partial or _OF_AN_ORDER)
    return (lambda node: graph.one) if partial == ONE else (lambda node: (node, *graph.args(node))[partial])


def _either(graph: Graph, op: ops.Op, place: int, general: Local) -> Local:
    """A partial, or the shorter one that takes its place where another operand is a constant."""
    found = _with_constant(op, place)
    if found is None:
        return general
    other, short = found[0], found[1].bound(graph)
    return lambda node: (short if is_constant(graph, graph.args(node)[other]) else general)(node)


@cache
def _with_constant(op: ops.Op, place: int) -> tuple[int, Template] | None:
    if (op, place - 1) not in rules.WITH_CONSTANT:
        return None
    other, partial = rules.WITH_CONSTANT[op, place - 1]
    operands, result = _placeholders(2)
    template = _template(op, rules.written(partial, op, operands, result), operands, result)
    assert isinstance(template, Template)
    return other, template


def is_constant(graph: Graph, node: Node) -> bool:
    """Whether no symbol goes into a node, and it is not 0: 2, pi, sqrt(2)/3."""
    if graph.op(node) is ops.NUMBER:
        return node != graph.zero
    stack = [node]
    while stack:
        part = stack.pop()
        if graph.op(part) is ops.SYMBOL:
            return False
        stack.extend(graph.args(part))
    return True


def _refusing(op: ops.Op, place: int, advice: str) -> Local:
    """What stands for a missing rule: it is never 0, but it is no error before it is asked for."""

    def local(node: Node) -> Node:
        raise UnsupportedError(
            f"{op.name} has no derivative that can be used here with respect to argument {place}: {advice}"
        )

    return local


@cache
def partials(op: ops.Op, count: int, accurate: bool = False) -> tuple[Partial, ...]:
    """The local partial of each of the `count` operands of an operation, by its second row if there is one.

    Raises:
        UnsupportedError: the operation has no rule and no derivative of its own.
    """
    operands, result = _placeholders(count)
    row = rules.row(op, operands, result, accurate)
    if row is None:
        return tuple(_own_partial(op, operands, position) for position in range(count))
    return tuple(_template(op, partial, operands, result) for partial in row)


def _own_partial(op: ops.Op, operands: tuple[Any, ...], position: int) -> Partial:
    """The derivative that a SymPy function without a row knows of itself.

    An operand that it cannot be differentiated by gets none of ours either: that is refused by name if it is ever
    asked for, which for the order of a Bessel function it is not.
    """
    if isinstance(op.sympy, OfTuples) and position < op.sympy.parameters:
        return _why(op, "SymPy knows none that is right")  # of a G-function it gives one by a parameter, which is not
    try:
        derivative = op.sympy(*operands).diff(operands[position])
    except Exception:  # whatever a class, a user's too, says to symbols in the place of its arguments
        return _why(op, "its class fails where symbols are its arguments")
    if not isinstance(derivative, sp.Expr) or derivative.is_Matrix or derivative.has(sp.Derivative, sp.Subs):
        return _why(op, "SymPy knows none")
    unevaluated = next(iter(derivative.atoms(sp.Sum, sp.Integral, sp.Product)), None)
    if unevaluated is not None:
        return _why(op, f"SymPy writes it with a {type(unevaluated).__name__}, which has no place here")
    foreign = [str(symbol) for symbol in symbols_of(derivative) if symbol not in operands]
    if foreign:  # nobody could tell that the function depends on it
        return f"it contains {foreign[0]}, which is no argument of {op.name}: make it one"
    try:
        return _template(op, derivative, operands, sp.Dummy("z", real=True))
    except UnsupportedError as error:  # a sum over an index, say
        return _why(op, f"SymPy writes it with {str(error).split()[0]}, which has no place here")


_ADVICE = "leave the symbols of that argument out of wrt"
_OTHERWISE = "or write the function out in others"
_OF_AN_ORDER = f"it is a whole number; {_ADVICE}, {_OTHERWISE}"


def _why(op: ops.Op, reason: str) -> str:
    """A reason, and what to do: of a class of one's own, and of SymPy's."""
    is_own = not str(getattr(op.sympy, "__module__", "")).startswith(("sympy.", "symbackprop."))
    advice = "give its class an fdiff" if is_own else _ADVICE
    return f"{reason}; {advice}, {_OTHERWISE}"


@cache
def _placeholders(count: int) -> tuple[tuple[sp.Dummy, ...], sp.Dummy]:
    """Stand-ins for operands and result."""
    return tuple(sp.Dummy(f"x{i}", real=True) for i in range(1, count + 1)), sp.Dummy("z", real=True)


@cache
def _places(operands: tuple[Any, ...]) -> dict[Any, int]:
    """The slot of each operand; that of the result is 0."""
    return {operand: place for place, operand in enumerate(operands, 1)}


def _template(op: ops.Op, partial: Any, operands: tuple[Any, ...], result: Any) -> Partial:
    if partial is None:
        return None
    if partial == 1:  # at once: a sum of thousands of terms asks thousands of times
        return ONE
    graph = Graph()
    root = Lowering(graph).expression(partial)
    places = _places(operands)
    slots = {node: places.get(symbol, 0) for symbol, node in graph.symbols.items()}
    if root in slots or root == graph.one:
        return slots.get(root, ONE)
    nodes = [node for node in graph.reachable([root]) if node not in slots]
    steps = [node for node in nodes if not graph.op(node).leaf]
    constants = [node for node in nodes if graph.op(node).leaf]
    first = 1 + len(operands)
    slots |= {node: slot for slot, node in enumerate((*constants, *steps), first + len(steps))}
    settled = _settled(graph, steps, [*constants, graph.symbol(result)] if op not in _INSPECTED else constants)
    return Template(
        operations=tuple(graph.op(node) for node in steps),
        constants=tuple(graph.value(node) for node in constants),
        steps=tuple(
            (itemgetter(slot, *(slots[arg] for arg in graph.args(node))), node not in settled)
            for slot, node in enumerate(steps, first)
        ),
    )


_INSPECTED = FOLDING | {ops.SELECT}
"""The operations whose operands decide whether arithmetic on them folds."""


def _settled(graph: Graph, steps: list[Node], known: list[Node]) -> set[Node]:
    """The steps that do not fold, whatever the operands are; of the nodes in `known` the same is sure."""
    settled = set(known)
    for node in steps:
        op, args = graph.op(node), graph.args(node)
        ordered = op is not ops.MUL or graph.op(args[0]) is ops.NUMBER  # other factors are put in order each time
        if op not in FOLDING or (ordered and settled.issuperset(args) and graph.apply(op, args) == node):
            settled.add(node)
    return settled
