"""Exact counts: of the naive way by brute force and against SymPy's own trees, of paths by walking them, and bounds."""

from __future__ import annotations

import random
from collections.abc import Callable
from time import perf_counter
from typing import Any

import pytest
import sympy as sp
from hypothesis import given
from hypothesis import strategies as st

import symbackprop as sb
from symbackprop import ops
from symbackprop.derivation import derivation_cost, derive_equations
from symbackprop.derivation.pullbacks import locals_of
from symbackprop.graph import Graph
from symbackprop.networks import Network

from ..support import deterministic, slow_unless
from ..zoo import ZOO
from .counting_support import architectures, derived, paths_from, tree_cost, users

a, b, c, L = sp.symbols("a b c L", real=True)


# --- the naive way ---


def derivative(graph: Graph, node: int, by: int) -> int | str | None:
    """The derivative of a node by one parameter, at every occurrence of it anew.

    "1" if it is 1, None if it is 0, otherwise how many operations it takes when it is written out.
    """
    op, args = graph.op(node), graph.args(node)
    if node == by:
        return "1"
    if op.leaf or op in ops.CONDITIONS:
        return None
    if op is ops.SELECT:
        branches = [derivative(graph, branch, by) for branch in args[1:]]
        chosen = sum(_size(branch) for branch in branches if branch is not None)
        return None if branches == [None, None] else tree_cost(graph, args[0]) + 1 + chosen
    terms = [_term(graph, node, position, by) for position in range(len(args))]
    kept = [(position, term) for position, term in enumerate(terms) if term is not None]
    if not kept:
        return None
    if len(kept) == 1 and kept[0][1] == "1":
        return "1"
    signs = int(op is ops.SUB and len(kept) == 2 and terms[1] != "-1")  # a subtraction has the sign already
    return sum(_size(term) for _, term in kept) + len(kept) - 1 - signs


def _term(graph: Graph, node: int, position: int, by: int) -> int | str | None:
    """Local partial times the derivative of one operand; "1" and "-1" where that is all."""
    op, args = graph.op(node), graph.args(node)
    inner = derivative(graph, args[position], by)
    local = None if inner is None else locals_of(graph, op, len(args))[position](node)
    if inner is None or local is None or local == graph.zero:
        return None
    if local == graph.one:
        return inner
    if inner == "1":
        return "-1" if local == graph.constant(sp.Integer(-1)) else tree_cost(graph, local)
    return tree_cost(graph, local) + 1 + _size(inner)


def _size(term: int | str) -> int:
    return 0 if isinstance(term, str) else term


VARIADIC = [ops.ADD, ops.MAX, ops.LOGSUMEXP]
BINARY = [ops.SUB, ops.MUL, ops.DIV, ops.POW, ops.LEAKY_RELU, ops.ATAN2]
UNARY = [ops.NEG, ops.SIN, ops.EXP, ops.COPY, ops.ABS, ops.SIGN, ops.FLOOR, ops.TANH, ops.RELU]


@st.composite
def graphs(draw: Any) -> tuple[Graph, list[int], int]:
    """A random graph of few nodes, made without folding: its parameters and its last node."""
    graph = Graph()
    wrt = [graph.symbol(a), graph.symbol(b)]
    nodes = [*wrt, graph.symbol(c), graph.constant(sp.Integer(3)), graph.one]
    for _ in range(draw(st.integers(1, 8))):
        op = draw(st.sampled_from([*VARIADIC, *BINARY, *UNARY, ops.SELECT]))
        operands = [draw(st.sampled_from(nodes[-5:])) for _ in range(op.arity or draw(st.integers(2, 3)))]
        if op is ops.SELECT:
            compared = graph.make((draw(st.sampled_from([ops.LT, ops.EQ])), *operands[:2]))
            operands[0] = draw(st.sampled_from([compared, graph.make((ops.NOT, compared))]))
        nodes.append(graph.make((op, *operands)))
    return graph, wrt, nodes[-1]


@deterministic(400)
@given(graphs())
def test_naive_operations_are_those_of_a_derivation_that_remembers_nothing(made: tuple[Graph, list[int], int]) -> None:
    graph, wrt, root = made
    found = derivation_cost.naive_operations(graph, root, wrt)
    assert found == tree_cost(graph, root) + sum(_size(derivative(graph, root, by) or 0) for by in wrt)


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        (a * b, 1),  # b and a
        (sp.sin(a), 2),  # sin(a); cos(a)
        (sp.sin(a + b), 2 + 2 + 2),  # cos(a + b) twice
        (sp.sin(a * b), 2 + 3 + 3),  # cos(a*b)*b and cos(a*b)*a
        (a - b, 1),  # 1 and -1
        (c - sp.sin(a), 2 + 2),  # -cos(a)
        (sp.sin(a) - sp.cos(a), 3 + 4),  # cos(a) - (-sin(a)): the rule's own sign is not merged
        (sp.exp(sp.exp(a)), 2 + 4),  # exp(exp(a))*exp(a)
        (sp.Piecewise((sp.sin(a), b > 0), (c, True)), 3 + 3),  # cos(a) if b > 0 else 0
    ],
)
def test_naive_operations_of_worked_examples(expression: Any, expected: int) -> None:
    derivation = derive_equations([(L, expression)], [a, b] if expression.has(b) else [a])
    assert derivation.cost.naive == expected


@slow_unless(lambda widths: widths == (2, 2, 1))
@pytest.mark.parametrize(
    ("widths", "choices"),
    [
        ((2, 2, 1), ("tanh", "sigmoid", "bce")),
        ((3, 3, 3), ("tanh", "tanh", "half_sse")),
        ((3, 3, 3, 3), ("tanh", "tanh", "half_sse")),
    ],
)
def test_naive_operations_are_those_of_the_trees_that_sympy_makes(
    widths: tuple[int, ...], choices: tuple[str, str, str]
) -> None:
    """Within 2%: SymPy merges numeric factors here and there."""
    net = Network(widths, *choices)
    written = derive_equations(net.equations, net.parameters, "naive", model=net).cost.written_out
    assert derived(widths, *choices).cost.naive == pytest.approx(written, rel=0.02)


@deterministic(25)
@given(architectures(depth=3, width=3))
def test_naive_operations_are_those_of_forward_mode_written_out(architecture: Any) -> None:
    net = Network(*architecture)
    forward = derive_equations(net.equations, net.parameters, "forward", model=net)
    assert forward.cost.naive == derived(*architecture).cost.naive
    spare = 3 * len(net.parameters)  # a factor or two of each derivative, which tell on tiny nets alone
    assert forward.cost.naive == pytest.approx(forward.cost.written_out, rel=0.02, abs=spare)


@pytest.mark.slow
def test_naive_operations_where_they_could_never_be_written_out() -> None:
    start = perf_counter()
    found = derived((3,) * 201, "tanh", "tanh", "half_sse").cost.naive
    assert found is not None
    assert len(str(found)) == 102
    assert perf_counter() - start < 60


@pytest.mark.slow
def test_naive_operations_grow_as_theory_says() -> None:
    """The last layer's derivatives cost 3 times as much with every layer, and so do those that lead through it."""
    costs = [derived((3,) * depth, "tanh", "tanh", "half_sse").cost.naive or 0 for depth in (40, 41, 42)]
    assert costs[2] / costs[1] == pytest.approx(costs[1] / costs[0], rel=1e-2)
    assert costs[1] / costs[0] > 3


def test_matrices_have_no_naive_count() -> None:
    assert derive_equations(ZOO["rnn"]().equations, ZOO["rnn"]().wrt).cost.naive is None


# --- paths ---


@st.composite
def drawn_networks(draw: Any) -> tuple[list[Any], list[Any], dict[Any, list[Any]]]:
    """Equations in parts that no two of them share, their parameters, and by symbol the equations that use it."""
    parameters = list(sp.symbols("p1:4", real=True))
    known, equations = list(parameters), []
    uses: dict[Any, list[Any]] = {symbol: [] for symbol in parameters}
    for number in range(1, draw(st.integers(1, 8)) + 1):
        symbol = sp.Symbol(f"e{number}", real=True)
        used = draw(st.lists(st.sampled_from(known), min_size=1, max_size=4, unique=True))
        equations.append((symbol, sp.sin(sp.Add(*(part * (7 * number + place) for place, part in enumerate(used, 2))))))
        for part in used:
            uses[part].append(symbol)
        known.append(symbol)
        uses[symbol] = []
    mentioned = [symbol for symbol in parameters if uses[symbol] and paths_from(symbol, symbol, uses)]
    return equations, mentioned, uses


def walked(symbol: Any, loss: Any, uses: dict[Any, list[Any]]) -> list[list[Any]]:
    """Every path to the loss as a list of symbols."""
    if symbol == loss:
        return [[symbol]]
    return [[symbol, *rest] for user in uses[symbol] for rest in walked(user, loss, uses)]


@deterministic(150)
@given(drawn_networks())
def test_path_counts_are_those_of_an_enumeration(made: tuple[list[Any], list[Any], dict[Any, list[Any]]]) -> None:
    equations, mentioned, uses = made
    loss = equations[-1][0]
    reached = [symbol for symbol in mentioned if walked(symbol, loss, uses)]
    if not reached:
        return
    derivation = derive_equations(equations, reached)
    for symbol in (*reached, *(name for name, _ in equations)):
        assert derivation.path_counts.get(symbol, 0) == len(walked(symbol, loss, uses)), symbol
    assert derivation.cost.paths == sum(len(walked(symbol, loss, uses)) for symbol in reached)


@deterministic(30)
@given(architectures(depth=3, width=3))
def test_path_counts_of_every_quantity_of_a_network(architecture: Any) -> None:
    derivation = derived(*architecture)
    uses = users(derivation)
    for symbol in (*derivation.wrt, *derivation.quantities):
        assert derivation.path_counts.get(symbol, 0) == paths_from(symbol, derivation.loss, uses), symbol


@pytest.mark.slow
def test_path_counts_beyond_enumeration() -> None:
    """3 wide and 200 deep: a weight of the first layer has 3**198 paths through each of the 3 outputs."""
    derivation = derived((3,) * 201, "tanh", "tanh", "half_sse")
    first = derivation.wrt[0]
    assert derivation.path_counts[first] == 3**199


# --- the bound of Baur and Strassen ---

# Source: Baur and Strassen, "The complexity of partial derivatives" (1983): +, -, * and / take at most 5 times their
# number for the value and all partials. Griewank and Walther (2008), section 3.3: with other functions the factor is
# that of the worst of them, one operation being counted together with its partials, products and additions.

x, y, z = sp.symbols("x y z", real=True)
HALF = sp.Rational(1, 2)

CHEAP: list[Callable[[Any, Any, Any], Any]] = [
    lambda u, v, w: u + v,
    lambda u, v, w: u + v + w,
    lambda u, v, w: u - v,
    lambda u, v, w: u * v,
    lambda u, v, w: -u,
    lambda u, v, w: u**2,
    lambda u, v, w: u**3,
    lambda u, v, w: 3 * u,
    lambda u, v, w: 1 / u,
    *(
        lambda u, v, w, function=function: function(u)
        for function in (sp.sqrt, sp.exp, sp.log, sp.sin, sp.cos, sp.sinh, sp.cosh, sp.tan, sp.tanh, sp.atan)
    ),
    *(
        lambda u, v, w, function=function: function(u)
        for function in (sp.gamma, sp.loggamma, sp.Abs, sp.sign, sp.floor, sb.sigmoid, sb.softplus, sb.relu)
    ),
    lambda u, v, w: sb.leaky_relu(u, HALF),
    lambda u, v, w: sb.elu(u, HALF),
    lambda u, v, w: sp.Piecewise((sp.log(u), sp.And(u > 0, w > 0)), (u * v, True)),
]
"""Operations whose partials are few operations: all together keep the bound of 5."""

DEAR: dict[str, tuple[Callable[[Any, Any, Any], Any], float]] = {
    "division": (lambda u, v, w: u / v, 6),
    "power": (lambda u, v, w: u**v, 18),  # by both with a choice, what they are at 0
    "atan2": (lambda u, v, w: sp.atan2(u, v), 9),
    "asin": (lambda u, v, w: sp.asin(u), 6),
    "acos": (lambda u, v, w: sp.acos(u), 6),
    "asec": (lambda u, v, w: sp.asec(u), 8),
    "acosh": (lambda u, v, w: sp.acosh(u), 8),
    "asech": (lambda u, v, w: sp.asech(u), 7),
    "asinh": (lambda u, v, w: sp.asinh(u), 6),
    "erf": (lambda u, v, w: sp.erf(u), 8),
    "max": (lambda u, v, w: sp.Max(u, v), 10),
    "max of three": (sp.Max, 8),
    "logsumexp": (lambda u, v, w: sb.logsumexp(u, v), 7),
}
"""Operations counted as one (a comparison, for Max) whose partials are many: each has a bound of its own."""


def chosen_at_random(pieces: list[Any], seed: int, length: int) -> list[Any]:
    """Equations, each a random piece of what stands above it; the loss adds up what nothing else uses."""
    draw = random.Random(seed)
    known, equations, unused = [x, y, z], [], {x, y, z}
    for number in range(length):
        operands = [draw.choice(known[-4:]) for _ in range(3)]
        expression = draw.choice(pieces)(*operands)
        symbol = sp.Symbol(f"e{number}", real=True)
        if expression.free_symbols:
            equations.append((symbol, expression))
            unused = (unused - expression.free_symbols) | {symbol}
            known.append(symbol)
    return [*equations, (L, sp.Add(*sorted(unused & set(known[3:]), key=str)))]


def ratio(equations: list[Any]) -> float:
    """Operations of the loss and all derivatives, by those of the loss."""
    defined = {symbol for symbol, _ in equations}
    wrt = sorted(set().union(*(expression.free_symbols for _, expression in equations)) - defined, key=str)
    cost = derive_equations(equations, wrt).cost
    return float(cost.total / cost.forward) if cost.forward else 1.0


def worst(pieces: list[Any], length: int, many: int) -> tuple[float, list[Any]]:
    found = (chosen_at_random(pieces, seed, length) for seed in range(many))
    return max(((ratio(equations), equations) for equations in found), key=lambda pair: pair[0])


def chain(piece: Any, length: int, summed: bool) -> list[Any]:
    """One operation after the other, with other operands of its own each time; the loss is the last, or their sum."""
    known, equations = x, []
    for number in range(length):
        symbol = sp.Symbol(f"e{number}", real=True)
        equations.append((symbol, piece(known, *sp.symbols(f"v{number} w{number}", real=True))))
        known = symbol
    return [*equations, (L, sp.Add(*(symbol for symbol, _ in equations)) if summed else known)]


def worst_chain(piece: Any) -> float:
    return max(ratio(chain(piece, length, summed)) for length in (1, 2, 3, 8, 30) for summed in (False, True))


@slow_unless(lambda length: length == 2)
@pytest.mark.parametrize(("length", "many"), [(2, 300), (4, 300), (12, 150), (40, 30)])
def test_no_expression_of_cheap_operations_breaks_the_bound(
    length: int, many: int, record_property: Callable[[str, object], None]
) -> None:
    found, equations = worst(CHEAP, length, many)
    record_property("worst ratio", found)
    record_property("worst expression", str(equations))
    assert found <= 5, f"{found:.2f} times the loss: {equations}"


@slow_unless(lambda piece: piece != 29)
@pytest.mark.parametrize("piece", range(len(CHEAP)))
def test_no_chain_of_one_cheap_operation_breaks_the_bound(piece: int) -> None:
    assert worst_chain(CHEAP[piece]) <= 5


def test_choices_one_in_the_other_keep_the_bound() -> None:
    assert worst_chain(lambda u, v, w: sp.Piecewise((u, w > 0), (v, True))) <= 5


@slow_unless(lambda name: name in ("division", "power", "logsumexp"))
@pytest.mark.parametrize("name", DEAR)
def test_every_dear_operation_keeps_its_own_bound(name: str, record_property: Callable[[str, object], None]) -> None:
    piece, most = DEAR[name]
    alone = worst_chain(piece)
    mixed, equations = worst([piece, *CHEAP[:6]], 8, 60)
    record_property("worst ratio", max(alone, mixed))
    assert max(alone, mixed) <= most, f"{alone:.2f} in a chain, {mixed:.2f} in {equations}"
    assert max(alone, mixed) > 5, f"{max(alone, mixed):.2f}: this one is not dear any more"


@pytest.mark.parametrize("name", ZOO)
def test_models_of_matrices_keep_the_bound(name: str, record_property: Callable[[str, object], None]) -> None:
    model = ZOO[name]()
    cost = derive_equations(model.equations, model.wrt).cost
    record_property("ratio", float(cost.total / cost.forward))
    assert cost.total <= 4 * cost.forward, f"{float(cost.total / cost.forward):.2f}"


def test_a_direction_has_no_naive_count_and_counting_adds_no_symbol() -> None:
    derivation = sb.jvp(a * b).derivation
    before = set(derivation.graph.symbols)
    assert derivation.cost.naive is None
    assert derivation.cost.total == 1 + 3  # a*b; a*v_b + b*v_a
    assert set(derivation.graph.symbols) == before
