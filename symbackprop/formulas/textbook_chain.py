"""Why the error of an output is so short: the chain rule through the outputs, as textbooks have it, and what cancels.

The loss of a sigmoid or a softmax is written on the weighted sums, so that the backward pass never meets the factors
that cancel. Here the last layer is derived once more, with the loss in its outputs. Source: Bishop, "Pattern
Recognition and Machine Learning" (2006), sections 4.3.2 and 4.3.4.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import cached_property
from typing import Any

from .. import ops
from ..derivation import Care, ChainRule, ChainStep, Sweep, derive_equations, extended
from ..graph import Graph, Node
from ..graph.matrix_arithmetic import total
from ..lowering import Lowering, raised
from ..networks import Network
from ..notation.quantities import Formula, Name, Ratio
from .content import Equation, Line, Note, Product, Section, Sum, note, single
from .equations import Equations

MOST_OUTPUTS = 8
"""Outputs of a softmax between which the chain rule is spelled out number by number."""
HEADING = "Why the output error is so short"


def why(derivation: Sweep, symbol: Any = None) -> Iterator[Section]:
    """The section about a network whose loss is written on its weighted sums, or about one of these; else nothing."""
    network = derivation.network
    if network is None or not network.textbook_equations or not derivation.way.forms_adjoints:
        return
    sums = network.layers[-1].sums
    z = sums[0] if symbol is None else symbol
    if z in sums and derivation.adjoint_node(z) is not None and (network.form == "matrix" or len(sums) <= MOST_OUTPUTS):
        lines = tuple(_LINES[network.loss_name](_Chain(derivation, network, z)))
        yield Section(HEADING, lines, is_aside=True)


class _Chain:
    """The last layer with the loss in its outputs, derived beside what is printed.

    Attributes:
        z, a, y: a weighted sum, its output and its target.
        textbook: the derivation of the last layer; its symbols are called as those of the network are.
        sheet: where the two meet: the graph of the printed derivation, gone on with.
    """

    def __init__(self, derivation: Sweep, network: Network, z: Any) -> None:
        self.derivation, self.network, self.z = derivation, network, z
        place = network.layers[-1].sums.index(z)
        self.a, self.y = network.outputs[place], network.targets[place]
        self.textbook = derive_equations(network.textbook_equations, network.layers[-1].sums, care=Care(stable=False))
        self.sheet = extended(derivation.graph)
        self._equations = Equations(self.textbook)

    @cached_property
    def error(self) -> Node:
        """What the derivation has for the derivative by z."""
        return self._adjoint(self.derivation, self.z)

    def written(self, node: Node) -> Formula:
        """A node of the sheet in named quantities."""
        return Formula(self.sheet, node, {node: symbol for symbol, node in self.derivation.quantities.items()})

    def side(self, node: Node) -> Sum:
        """A node of the sheet as a side of an equation."""
        return single(self.written(node))

    def copied(self, node: Node, graph: Graph | None = None) -> Node:
        """A node of the textbook's chain, in outputs and targets, on the sheet."""
        named = self._named.get(node)
        expression = raised(graph or self.textbook.graph, node, self._named) if named is None else named
        return Lowering(self.sheet).expression(expression)

    def found(self, symbol: Any) -> Node:
        """The textbook's derivative by a quantity, in outputs and targets: what SymPy cancels is gone."""
        return self.copied(self._adjoint(self.textbook, symbol))

    @cached_property
    def _named(self) -> Mapping[Node, Any]:
        return {node: symbol for symbol, node in self.textbook.quantities.items() if symbol != self.textbook.loss}

    @staticmethod
    def _adjoint(derivation: Sweep, symbol: Any) -> Node:
        node = derivation.adjoint_node(symbol)
        if node is None:
            raise TypeError(f"{symbol} has no adjoint")
        return node

    def line(self, symbol: Any, *sides: Sum) -> Line:
        """The textbook's line of one derivative, with more sides."""
        [line] = self._equations.derivative(symbol)
        return Equation(line.left, (*line.sides, *sides)) if isinstance(line, Equation) else line

    def put_in(self, symbol: Any) -> Sum:
        """The textbook's chain rule of one symbol with the upstream derivatives put in, nothing cancelled."""
        steps = self.textbook.chain(symbol)
        if self.textbook.graph.shapes:
            return single(Formula(self.textbook.graph, steps[0].contribution, self._named))
        pairs = [(self.found(step.consumer), self._local(step)) for step in steps]
        return Sum(tuple(Product(tuple(map(self.written, pair))) for pair in pairs))

    def _local(self, step: ChainStep) -> Node:
        return self.sheet.one if step.local is None else self.copied(step.local)

    def slope(self) -> Node:
        """The derivative of the output by the weighted sum, entry by entry where they are matrices."""
        if not self.textbook.graph.shapes:
            return self._local(self.textbook.chain(self.z)[0])
        beside = extended(self.textbook.graph)
        ones = beside.spread(beside.one, beside.shape(self.textbook.quantities[self.a]))
        [step] = self.textbook.chain(self.z, ChainRule(beside, self.textbook, lambda consumer: ones))
        return self.copied(step.contribution, beside)

    def computed(self, *why: str | Name) -> Note:
        """That no chain is computed, and why not."""
        error = self.written(self.error)
        return note("Computed is ", error, " itself: ", *why, ", and the chain would divide by 0.")


# --- what cancels ---


def _binary(chain: _Chain) -> Iterator[Line]:
    """(a - y)/(a (1 - a)) times a (1 - a)."""
    graph, slope = chain.sheet, chain.slope()
    op, *args = graph.inside(chain.error)
    top, below = (args[0], graph.product(args[1], slope)) if op is ops.DIV else (chain.error, slope)
    factors = tuple(map(chain.written, (graph.make((ops.DIV, top, below)), slope)))
    yield Equation(
        (single(Ratio(chain.textbook.loss, chain.a)),), (chain.side(chain.found(chain.a)), single(factors[0]))
    )
    yield chain.line(chain.z, Sum((Product(factors),)), chain.side(chain.error))
    yield chain.computed("from ", Name(chain.z), " = 37 on ", Name(chain.a), " is 1 in double precision")


def _cross_entropy(chain: _Chain) -> Iterator[Line]:
    """-y/a times the derivatives of the softmax, where the targets sum to 1."""
    yield from (_cross_entropy_matrix if chain.textbook.graph.shapes else _cross_entropy_scalars)(chain)
    yield note("The targets sum to 1.")
    yield chain.computed("an output far below the others is 0 in double precision")


def _cross_entropy_matrix(chain: _Chain) -> Iterator[Line]:
    graph = chain.sheet
    a, y = map(Lowering(graph).expression, (chain.a, chain.y))
    times_the_total = graph.mul(graph.spread(total(graph, y), graph.shape(a)), a)
    left = graph.make((ops.SUB, times_the_total, y))
    yield chain.line(chain.a)
    yield chain.line(chain.z, chain.put_in(chain.z), *map(single, map(chain.written, (left, chain.error))))


def _cross_entropy_scalars(chain: _Chain) -> Iterator[Line]:
    """The outputs are exp(z - lse), and lse is a way of its own."""
    outputs = chain.network.outputs
    [lse] = [symbol for symbol in chain.textbook.quantities if symbol not in (*outputs, chain.textbook.loss)]
    summed = map(single, map(chain.written, (chain.found(lse), chain.sheet.one)))
    yield from map(chain.line, outputs)
    yield chain.line(lse, chain.put_in(lse), *summed)
    yield chain.line(chain.z, chain.put_in(chain.z), chain.side(chain.error))


_LINES: dict[str, Callable[[_Chain], Iterator[Line]]] = {"bce": _binary, "cross_entropy": _cross_entropy}
"""By loss: the textbook's chain and what is left of it."""
