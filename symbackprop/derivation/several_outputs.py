"""The named lines of several outputs, or of derivatives of several orders: what is shared is named once for all."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from time import perf_counter
from typing import Any

import sympy as sp

from .. import cost
from ..equation_list import needed_by
from ..errors import ParameterError
from ..graph import Graph, Node
from ..leaf_symbols import own
from ..lowering import Lowering, raised
from ..named_quantities import Equation
from .cancellation import Moved
from .elimination import DEGREES
from .fast_elimination import Degree
from .forward_pass import ForwardPass
from .garbage_collection import collector_paused
from .jacobians import Index, derivatives, jacobian
from .lowered_equations import USUAL, Care, loss_of, lowered
from .method_table import ELIMINATION
from .result_types import Definition
from .symbol_names import adjoint_name
from .tidy_derivatives import tidied
from .ways_to_derivatives import cheapest


@dataclass(frozen=True)
class Entry:
    """One derivative that is not 0: where it stands, its node, its name, and the symbol that it is by last.

    ratio: of which symbol it is the derivative, and by which; None if formulas know it by its name alone.
    """

    place: Index
    node: Node
    name: str
    by: Any
    ratio: tuple[Any, Any] | None = None


class SeveralOutputs(ForwardPass):
    """Outputs and their derivatives, every one a named line on one graph; what code is made of, like a `Sweep`.

    Attributes:
        wrt: the symbols that are differentiated by.
        outputs: the symbols of what is differentiated, in the order of rows.
        steps: what was made, a Jacobian for each order: which way was chosen, and what each takes.
        seconds: how long it took.
        step: what counts how far one has gone, if derivatives are along one direction; else None.
    """

    way = ELIMINATION
    model = network = along = None
    adjoint_nodes: Sequence[Node | None] = ()
    step: Any = None

    def __init__(
        self,
        graph: Graph,
        named: Mapping[sp.Symbol, Node],
        wrt: tuple[Any, ...],
        outputs: Sequence[Any],
        entries: Sequence[Entry],
        steps: Sequence[Any],
        seconds: float = 0.0,
    ) -> None:
        super().__init__(graph, named, wrt)
        self.wrt, self.outputs, self.steps, self.seconds = wrt, tuple(outputs), tuple(steps), seconds
        self._made = {entry.place: entry for entry in entries}

    @property
    def ends(self) -> list[Node]:
        return list(self.named.values())

    @cached_property
    def loss_node(self) -> Node:
        """The last node of the forward pass: derivatives come after it."""
        node: Node = max(self.named.values())
        return node

    # --- what elimination has left, made tidy before anything is read of it ---

    @cached_property
    def graph(self) -> Graph:
        self._moved  # noqa: B018  # makes the nodes
        return self._given

    @cached_property
    def _moved(self) -> Moved:
        nodes = [entry.node for entry in self._made.values()]
        return tidied(self._given, self.ends, nodes, self.steps[-1].operations if self.steps else 0)

    @cached_property
    def nodes(self) -> dict[Index, Node]:
        """By place: the node of a derivative; what is not in it is 0. A Jacobian's places are row and column."""
        return {place: self._moved.get(entry.node, entry.node) for place, entry in self._made.items()}

    @property
    def roots(self) -> list[Node]:
        """The nodes of all outputs, then of all derivatives by place: all that is asked for stands below them."""
        return [*(self.named[output] for output in self.outputs), *self.nodes.values()]

    # --- lines ---

    @cached_property
    def symbols(self) -> dict[Index, Any]:
        """By place: the name of a derivative."""
        return {place: self.namer.like(entry.name, entry.by) for place, entry in self._made.items()}

    @cached_property
    def ratios(self) -> dict[Any, tuple[Any, Any]]:
        """By name of a derivative: of which symbol it is one, and by which."""
        found = {place: entry.ratio for place, entry in self._made.items() if entry.ratio is not None}
        return {self.symbols[place]: ratio for place, ratio in found.items()}

    @cached_property
    def definitions(self) -> list[Definition]:
        """Every named line in an order that can be computed from top to bottom: forward, then the derivatives."""
        lines = [Definition(symbol, node, "quantity") for symbol, node in self.quantities.items()]
        for place, node in self.nodes.items():
            lines.append(Definition(self.symbols[place], node, "gradient", self._made[place].by))
        named = {line.node for line in lines if self._gives_name(line)}
        aliases = [line.node for line in lines if line.node not in named]
        extra = self.used_twice(named, {line.node for line in lines}, aliases)
        lines += [Definition(self.new_name(node), node, "shared") for node in extra]
        return sorted(lines, key=self._place)

    def _gives_name(self, line: Definition) -> bool:
        return line.of is None or line.node > self.loss_node

    def _place(self, line: Definition) -> tuple[Node, bool, str]:
        derived = line.of is not None
        return max(line.node, self.loss_node) if derived else line.node, derived, line.kind

    @cached_property
    def names(self) -> dict[Node, Any]:
        """The name of each named node: the first of `definitions` that has it."""
        names: dict[Node, Any] = {}
        for line in self.definitions:
            if self._gives_name(line) and not self.graph.op(line.node).leaf:
                names.setdefault(line.node, line.symbol)
        return names

    # --- what SymPy users ask for ---

    def entry(self, place: Index) -> Any:
        """A derivative as a SymPy expression in named quantities; 0 if it is none."""
        if place not in self.nodes:
            return sp.S.Zero
        node = self.nodes[place]
        name = self.names.get(node)
        return raised(self.graph, node, self.names) if name in (None, self.symbols[place]) else own(name)

    def expand(self, place: Index) -> Any:
        """A derivative as a SymPy expression in the symbols of `wrt` and data only."""
        return raised(self.graph, self.nodes[place], {}) if place in self.nodes else sp.S.Zero

    def told(self) -> Iterator[tuple[Any, Any]]:
        """Every named line as (symbol, expression in named quantities), to be computed from top to bottom."""
        for line in self.definitions:
            name = self.names.get(line.node)
            written = raised(self.graph, line.node, self.names) if name in (None, line.symbol) else own(name)
            yield own(line.symbol), written

    def equations_of(self, place: Index) -> list[Equation]:
        """A derivative that is not 0, and before it every named line that it is computed from."""
        name = self.symbols[place]
        lines = [*(line for line in self.told() if line[0] != name), (name, self.entry(place))]
        needed = needed_by(lines)
        return [line for line in lines if line[0] in needed]

    def as_cse(self) -> tuple[list[tuple[Any, Any]], list[Any]]:
        """(replacements, [outputs, then derivatives that are not 0, by place]), the form of `sympy.cse`."""
        lines = [line for line in self.definitions if self.names.get(line.node) == line.symbol]
        written = [(own(line.symbol), raised(self.graph, line.node, self.names)) for line in lines]
        ends = [self.named[output] for output in self.outputs]
        outputs = [own(self.names[node]) if node in self.names else raised(self.graph, node, {}) for node in ends]
        return written, [
            *outputs,
            *(own(self.names.get(node, self.entry(place))) for place, node in self.nodes.items()),
        ]

    # --- cost ---

    @cached_property
    def operations(self) -> Counter[str]:
        """By kind, of outputs and derivatives together, as they are read."""
        return cost.counted(self.graph, self.roots)


def derive_outputs(
    equations: Sequence[Equation],
    outputs: Sequence[Any],
    wrt: Sequence[Any],
    care: Care = USUAL,
    *,
    letter: str | None = None,
    order: str | None = None,
) -> SeveralOutputs:
    """Differentiate several quantities by several symbols, on one graph.

    Args:
        equations: which define the outputs.
        outputs: symbols that the equations define, in the order of rows.
        wrt: the symbols that they are differentiated by, in the order of columns.
        care: what is done so that floats keep their digits.
        letter: of what the entries are called, J for J_1_2; by default they are called dL1_dx, after both symbols.
        order: of elimination; the cheapest by default.

    Raises:
        And what `derive_equations` raises.
    """

    def made(lowering: Lowering, columns: Sequence[Node], degree: Degree | None) -> SeveralOutputs:
        rows = [output_of(lowering, symbol) for symbol in outputs]
        found = jacobian(lowering.graph, rows, columns, order, degree=degree)
        entries = [
            Entry((i, j), node, _called(outputs[i], wrt[j], letter, (i, j)), wrt[j], (outputs[i], wrt[j]))
            for (i, j), node in found.entries.items()
        ]
        return SeveralOutputs(found.graph, lowering.quantities, tuple(wrt), outputs, entries, [found])

    return derive_cheapest(equations, wrt, care, len(outputs), made)


def derive_orders(
    equations: Sequence[Equation], wrt: Sequence[Any], order: int, care: Care = USUAL, letter: str = "D"
) -> SeveralOutputs:
    """Differentiate the last of `equations`, a number, up to some order: each mixed partial once, by rising places.

    Args:
        equations: of which the last is differentiated.
        wrt: the symbols that it is differentiated by.
        order: at least 1; 2 for value, gradient and Hessian.
        care: what is done so that floats keep their digits.
        letter: of what derivatives from order 2 on are called, H for H_1_2; those of order 1 are called dL_dx.

    Raises:
        And what `derive_equations` raises.
    """

    def made(lowering: Lowering, columns: Sequence[Node], degree: Degree | None) -> SeveralOutputs:
        found = derivatives(lowering.graph, loss_of(lowering), columns, order, degree)
        loss = list(lowering.quantities)[-1]
        entries = [
            Entry(
                place,
                node,
                _called(loss, wrt[place[0]], letter if len(place) > 1 else None, place),
                wrt[place[-1]],
                (loss, wrt[place[0]]) if len(place) == 1 else None,
            )
            for made in found.by_order[1:]
            for place, node in made.items()
        ]
        return SeveralOutputs(found.graph, lowering.quantities, tuple(wrt), [loss], entries, found.steps)

    return derive_cheapest(equations, wrt, care, 1, made)


def derive_cheapest(
    equations: Sequence[Equation],
    wrt: Sequence[Any],
    care: Care,
    outputs: int,
    made: Callable[[Lowering, Sequence[Node], Degree | None], SeveralOutputs],
    degrees: Sequence[Degree] = DEGREES[1:],
) -> SeveralOutputs:
    """The cheapest way from equations to derivatives, and how long it took to find."""
    start = perf_counter()
    with collector_paused():
        found = cheapest(*lowered(equations, wrt, care), care, outputs, made, degrees)
    found.seconds = perf_counter() - start
    return found


def _called(output: Any, by: Any, letter: str | None, place: Index) -> str:
    """dL_dx; or, where there is a letter, it and the place counted from 1: J_1_2."""
    return adjoint_name(output, by, None) if letter is None else "_".join([letter, *(str(one + 1) for one in place)])


def output_of(lowering: Lowering, symbol: Any) -> Node:
    if symbol not in lowering.quantities:
        raise ParameterError(f"{symbol.name} is no output: no equation defines it")
    node: Node = lowering.quantities[symbol]
    return node
