"""Derivatives that stand inside expressions and losses, turned into nodes of the graph that these are lowered to.

Lowering comes to the innermost one first, when what is differentiated and all equations before it are nodes already,
and calls `InnerDerivatives`. One backward sweep gives the derivatives of a quantity by all symbols that anyone asks
for. What is differentiated by one symbol twice or more often is swept forward, along that symbol: with its derivatives
by the parameters that takes a quarter fewer operations (counted, tanh nets), and the steps between are derivatives of
the same kind, ∂²a/∂x² of ∂²z/∂x². Nothing is written out, and equal derivatives are one node.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from functools import cached_property
from typing import Any

from sympy.matrices.expressions.matexpr import MatrixElement

from ..errors import ParameterError, UnsupportedError
from ..graph import Node, matrix_arithmetic
from ..lowering import Lowering, parts_of, symbols_of
from ..named_quantities import Equation, made_among
from ..partial_derivatives import PartialDerivative
from .backprop import adjoints
from .forward_mode import ForwardSweep, Tangents
from .inner_names import InnerNames
from .result_types import Adjoints, Inner


class InnerDerivatives:
    """What a lowering asks for the node of each derivative in its equations.

    Args:
        lowering: of the equations.
        equations: all that are lowered.
        wrt: the symbols of the outer derivation.
    """

    def __init__(self, lowering: Lowering, equations: Sequence[Equation], wrt: Sequence[Any]) -> None:
        self.lowering, self.graph = lowering, lowering.graph
        self._equations, self._wrt = equations, wrt
        self._adjoints: dict[Node, Adjoints] = {}
        self._found: dict[tuple[Node, Any], Node] = {}  # by what is differentiated, and by what
        self._missing: dict[Any, None] = {}  # symbols that nothing stood for when they were differentiated by
        self._through: dict[Node, frozenset[Node]] = {}  # by derivative: what it is a derivative by

    def __call__(self, lowering: Lowering, partial: PartialDerivative, node: Node) -> Node:
        """The node of a derivative, from that of what is differentiated.

        Raises:
            ParameterError: a name that only equations of ours can define has none here.
            UnsupportedError: an operation has no rule; or it is a derivative by a quantity of a derivative that goes
                through this.
        """
        self._check_known(partial.expr)
        for variable, count in self._latest_first(partial):
            for _ in range(count):
                node = self._derived(node, variable)
        return node

    # --- what is asked for ---

    @property
    def is_used(self) -> bool:
        """Whether there was any derivative that is not 0."""
        return bool(self._found)

    @property
    def absent(self) -> list[Any]:
        """The symbols that anything is differentiated by and that stand nowhere else."""
        return [one for one in self._missing if self._place(one) is None]

    @cached_property
    def _parts(self) -> list[Any]:
        """Everything that stands in the equations."""
        return [part for pair in self._equations for side in pair for part in parts_of(side)]

    @cached_property
    def _asked(self) -> dict[Any, int]:
        """By symbol, or entry of a matrix, that anything is differentiated by: the highest order of that."""
        found: dict[Any, int] = {}
        for part in self._parts:
            if isinstance(part, PartialDerivative):
                found.update({one: max(count, found.get(one, 0)) for one, count in part.orders.items()})
        return found

    @property
    def variables(self) -> set[Any]:
        """The symbols that anything inside is differentiated by."""
        return {_whole(one) for one in self._asked}

    @cached_property
    def _ahead(self) -> set[Any]:
        """What is swept along: symbols that something is differentiated by twice, and one that is the only other.

        Of the others those by which more is differentiated than there are such symbols: a sweep along each of them is
        less than one back from each quantity.
        """
        once = [one for one, order in self._asked.items() if order == 1]
        pairs = {(part.expr, one) for part in self._parts if isinstance(part, PartialDerivative) for one in part.orders}
        counts = Counter(one for _, one in pairs)
        return {one for one, order in self._asked.items() if order > 1 or len(once) == 1 or counts[one] > len(once)}

    @cached_property
    def names(self) -> InnerNames:
        """What gives names that nothing in the equations has."""
        return InnerNames(self.lowering, (str(part.name) for part in (*self._parts, *self._wrt) if _is_named(part)))

    def _check_known(self, expr: Any) -> None:
        """Refuse a name of ours that no equation defines; where it has lines of its own they are put in later."""
        for symbol in made_among(symbols_of(expr)):
            has_lines = not symbol.origin.is_open and symbol in symbol.origin.lines and symbol not in self._wrt
            if self.lowering.known(symbol) is None and not has_lines:
                raise ParameterError(
                    f"{symbol.name} is differentiated, and nothing here defines it: put its equation before this"
                )

    def _latest_first(self, partial: PartialDerivative) -> list[tuple[Any, int]]:
        """By quantities before symbols: what z = f(x) leaves of u(x, z) by z has to be there when it varies with x."""
        orders = partial.orders.items()
        return sorted(orders, key=lambda pair: self.lowering.known(_whole(pair[0])) or -1, reverse=True)

    # --- one derivative ---

    def _derived(self, node: Node, variable: Any) -> Node:
        """The derivative of a node by a symbol, a quantity or an entry of either."""
        by = self._place(_whole(variable))
        if by is None:
            self._missing[_whole(variable)] = None
        if by is None or by > node:
            return self.graph.zero
        self._check_apart(node, by, variable)
        if (node, variable) not in self._found:
            found = self._along(node, by, variable) if variable in self._ahead else self._back(node, by, variable)
            self._found[node, variable] = found
        return self._found[node, variable]

    def _place(self, symbol: Any) -> Node | None:
        known = self.lowering.known(symbol)
        return self.graph.symbols.get(symbol) if known is None else known

    def _check_apart(self, node: Node, by: Node, variable: Any) -> None:
        """Refuse to vary z alone in a derivative by x of what goes through z = f(x): f' may be written in z as well."""
        if self.graph.op(by).leaf:
            return
        below = set(self.graph.reachable([by])) - {by}
        inner = [part for part, through in self._through.items() if part <= node and not below.isdisjoint(through)]
        inside = set(self.graph.reachable([node]))
        if any(part in inside and by in self.graph.reachable([part]) for part in inner):
            raise UnsupportedError(
                f"a derivative by {variable} of what holds a derivative by something that {variable} is made of: "
                f"differentiate by {variable} first, as in sb.d(sb.d(u, {variable}), x)"
            )

    def _keep(self, derivative: Node, inner: Inner, node: Node, by: Node) -> Node:
        """A derivative of a node by another one, from now on with a name."""
        found = self.names.give(derivative, inner, node)
        self._through[found] = self._through.get(node, frozenset()) | {by}
        return found

    # --- by a backward sweep ---

    def _back(self, node: Node, by: Node, variable: Any) -> Node:
        found = self._swept_back(node)
        if found[by] is None:
            return self.graph.zero
        of, whole = self.names.of(node), _whole(variable)
        self._name_adjoints(node, by, of)
        if (node, whole) not in self._found:
            self._found[node, whole] = self._keep(found[by], self.names.one_more(of, whole), node, by)
        return self._entry(self._found[node, whole], variable, self.names.one_more(of, variable))

    def _swept_back(self, node: Node) -> Any:
        """The adjoints of all that `node` is made of and anything is differentiated by: one sweep for all of them."""
        if node not in self._adjoints:
            places = {self._place(_whole(one)) for one in self._asked if one not in self._ahead}
            with self.graph.released(self.lowering.quantities.values()):
                wanted = [one for one in places if one is not None and one <= node]
                self._adjoints[node] = adjoints(self.graph, node, wanted)
        return self._adjoints[node]

    def _name_adjoints(self, node: Node, by: Node, of: Any) -> None:
        """Name the derivatives by the quantities between, in which that by a symbol is written: ∂E/∂a, ∂E/∂z."""
        if self.names.made.get(of) is None:
            found = self._adjoints[node]
            for symbol, place in self._between(by, node, [found[by]]):
                derivative = found[place]
                if derivative is not None and self._is_to_name(node, symbol, derivative):
                    self._found[node, symbol] = self._keep(derivative, Inner(of, (symbol,)), node, place)

    def _entry(self, matrix: Node, variable: Any, inner: Inner) -> Node:
        """The entry of a derivative by a matrix, where it is an entry that is differentiated by."""
        if not self.graph.shape(matrix):
            return matrix
        entry: Node = matrix_arithmetic.part(self.graph, matrix, *_windows(variable), ())
        self.names.expect(entry, inner)
        return entry

    # --- by a forward sweep ---

    def _along(self, node: Node, by: Node, variable: Any) -> Node:
        found = self._swept_along(node, by, variable)
        if node not in found:
            return self.graph.zero
        of = self.names.of(node)
        for symbol, place in self._between(by, node, [found[node]]):
            if place in found and self._is_to_name(place, variable, found[place], node):
                inner = self.names.one_more(symbol, variable)
                self._found[place, variable] = self._keep(found[place], inner, place, by)
        return self._keep(found[node], self.names.one_more(of, variable), node, by)

    def _swept_along(self, node: Node, by: Node, variable: Any) -> Tangents:
        """The derivatives of all that `node` is made of."""
        graph, shape = self.graph, self.graph.shape(by)
        seed = matrix_arithmetic.placed(graph, graph.one, *_windows(variable), shape) if shape else graph.one
        with graph.released(self.lowering.quantities.values()):
            return ForwardSweep(graph, node, [by]).along({by: seed})

    # --- what lies between ---

    def _between(self, by: Node, node: Node, derivatives: Iterable[Node | None]) -> list[tuple[Any, Node]]:
        """The quantities between two nodes; `derivatives` are what others have to be part of to be named."""
        self._used = set(self.graph.reachable([one for one in derivatives if one is not None]))
        return [(symbol, place) for symbol, place in self.lowering.quantities.items() if by < place < node]

    def _is_to_name(self, node: Node, by: Any, derivative: Node, behind: Node | None = None) -> bool:
        is_free = self.names.is_free(derivative, node if behind is None else behind)
        return is_free and derivative in self._used and (node, by) not in self._found


def _is_named(part: Any) -> bool:
    return isinstance(getattr(part, "name", None), str)


def _whole(variable: Any) -> Any:
    """A symbol; of an entry the matrix."""
    return variable.parent if isinstance(variable, MatrixElement) else variable


def _windows(entry: Any) -> tuple[Any, Any]:
    row, column = map(int, entry.indices)
    return (row, row + 1, 1), (column, column + 1, 1)
