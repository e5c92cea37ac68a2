"""What forward sweeps derive, of networks counted without sweeping along every parameter.

Where nothing is known of a model there is a sweep for each parameter, if that does not take minutes. In networks all
sweeps share the forward pass and the local partials. Besides, each has tangents of its own, of which the sweeps
along some parameters of one layer may share parts. Units of a layer are interchangeable, so that two units with two
weights and the bias of each tell what is shared by whom. What all sweeps share is what a sweep along all parameters at
once has that does not depend on how far it goes along any. Where all layers are alike the count is a polynomial of
degree 2 in their number: each sweep goes through all layers after its own.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import pairwise
from math import comb

import sympy as sp

from .. import cost
from ..derivation import derive_equations
from ..derivation.forward_mode import ForwardSweep
from ..derivation.garbage_collection import collector_paused
from ..derivation.lowered_equations import lowered
from ..graph import Graph, Node
from ..networks import Model, Network

_MOST = 5_000_000
"""Parameters times nodes that are swept along, in seconds."""
_FIRST = 4
"""Layers from which on one more changes nothing but their number."""

Place = tuple[int, int]
"""The unit of a parameter, 1 or 2, and the unit below of a weight, 1 or 2, or 0 for a bias."""


def forward_operations(model: Model) -> int | None:
    """Operations of the loss and all derivatives as forward sweeps derive them, each shared one once.

    Args:
        model: in scalar form.

    Returns:
        None where counting would take too long.

    Raises:
        UnsupportedError: an operation on the way has no rule.
    """
    if isinstance(model, Network) and _are_units_alike(model):
        return _of_network(model)
    nodes = len(derive_equations(model.equations, model.parameters, model=model).graph.keys)
    if nodes * len(model.parameters) > _MOST:
        return None
    count: int = derive_equations(model.equations, model.parameters, "forward", model).cost.total
    return count


def _of_network(network: Network) -> int:
    layers = len(network.widths) - 1
    if len(set(network.widths)) > 1 or layers <= _FIRST + 2:
        return _swept(network)
    one, two, three = (_swept(_of_depth(network, _FIRST + more)) for more in range(3))
    steps = layers - _FIRST  # Newton's forward differences
    return one + steps * (two - one) + comb(steps, 2) * (three - 2 * two + one)


def _are_units_alike(network: Network) -> bool:
    """Whether two units tell of all others: not where each output goes into the derivative of every other output."""
    return network.output_name != "softmax" or network.loss_name == "cross_entropy" or network.widths[-1] < 3


def _of_depth(network: Network, layers: int) -> Network:
    widths = (network.widths[0],) * (layers + 1)
    return Network(widths, network.hidden, network.output, network.loss_name)


def _swept(network: Network) -> int:
    with collector_paused():
        lowering, nodes = lowered(network.equations, network.parameters)
        graph, loss = lowering.graph, lowering.quantities[network.equations[-1][0]]
        sweep = ForwardSweep(graph, loss, nodes)
        shared = _shared(graph, loss, sweep, nodes)
        by_name = {symbol.name: node for symbol, node in zip(network.parameters, nodes, strict=True)}
        total: int = sum(cost.price(graph, node) for node in shared)
        counted = set(shared)
        for layer, (below, above) in enumerate(pairwise(network.widths), 1):
            users: dict[Node, set[Place]] = {}
            for place, name in _places(layer, below, above):
                found = sweep.along({by_name[name]: graph.one}).get(loss, graph.zero)
                for node in set(graph.reachable([found])) - counted:
                    users.setdefault(node, set()).add(place)
            counted.update(users)  # a layer may share with those before what holds for any layer
            total += sum(_alike(places, below, above) * cost.price(graph, node) for node, places in users.items())
    return total


def _shared(graph: Graph, loss: Node, sweep: ForwardSweep, nodes: Iterable[Node]) -> set[Node]:
    """The nodes of the forward pass, and of the local partials that sweeps use."""
    seeds = {node: graph.symbol(sp.Dummy(real=True)) for node in nodes}
    found = sweep.along(seeds).get(loss, graph.zero)
    varying = set(seeds.values())
    shared = set()
    for node in graph.reachable([loss, found]):
        leaf = graph.op(node).leaf
        if node in varying or (not leaf and not varying.isdisjoint(graph.args(node))):
            varying.add(node)
        else:
            shared.add(node)
    return shared


def _places(layer: int, below: int, above: int) -> Iterator[tuple[Place, str]]:
    """The parameters that stand for those of a layer, by name: those of two units, two weights and the bias of each."""
    for unit in range(1, min(above, 2) + 1):
        yield (unit, 0), f"b{layer}_{unit}"
        for other in range(1, min(below, 2) + 1):
            yield (unit, other), f"w{layer}_{unit}_{other}"


def _alike(places: set[Place], below: int, above: int) -> int:
    """How many nodes there are like one that the sweeps along these parameters use, itself included.

    What belongs to the first unit or weight alone is there for every one; what to the second alone has been counted.
    """
    units, others = {unit for unit, _ in places}, {other for _, other in places}
    if units == {2} or others == {2}:
        return 0
    return (above if units == {1} else 1) * (below if others == {1} else 1)
