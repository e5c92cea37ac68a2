"""Shared parts of sums and products: the same values in fewer operations, and nothing moved where nothing is shared."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

import pytest
import sympy as sp

import symbackprop as sb
from symbackprop import cost
from symbackprop.derivation import methods, named_lines
from symbackprop.derivation.shared_loss import as_written
from symbackprop.derivation.shared_parts import shared
from symbackprop.graph import Graph
from symbackprop.lowering import Lowering
from symbackprop.ops import ADD, DIV, MUL, SUB

from .. import physics
from ..expression_maker import case_of
from ..support import slow_unless

x, y, z, u, v, w = SYMBOLS = sp.symbols("x y z u v w", real=True)
AS_IT_IS = {"stable": False, "accurate": False}


def lowered(expressions: Any, equations: Any = ()) -> tuple[Graph, list[Any]]:
    lowering = Lowering(Graph())
    lowering.equations(equations)
    return lowering.graph, [lowering.expression(one) for one in expressions]


def operations(graph: Graph, roots: Any) -> int:
    total: int = cost.counted(graph, roots).total()
    return total


def by_sympys_cse(expressions: Any) -> int:
    """What is left after `sympy.cse`, by the counter for ours."""
    replacements, reduced = sp.cse(expressions)
    return operations(*lowered(reduced, replacements))


def after_sharing(expressions: Any) -> int:
    graph, roots = lowered(expressions)
    moved = shared(graph, roots)
    return operations(graph, [moved.get(root, root) for root in roots])


@pytest.fixture
def without(monkeypatch: pytest.MonkeyPatch) -> Callable[..., Any]:
    """`derive` without this pass."""

    def derived(*args: Any, **kwargs: Any) -> Any:
        with monkeypatch.context() as patched:
            patched.setattr(methods, "with_shared_parts", lambda lowering, nodes, care: (lowering, nodes))
            patched.setattr(named_lines, "shared", lambda *args: {})
            found = sb.derive(*args, **kwargs)
            assert found.graph  # which is made when it is asked for
            return found

    return derived


# --- what is shared ---


@pytest.mark.parametrize(
    ("expressions", "count"),
    [
        ((x + y + z, x + y), 2),
        ((x + y + z, x + y + u), 3),
        ((x - y + z, y - x + u), 3),
        ((x * y * z, x * y), 2),
        ((x * y * z, x * z), 2),
        ((x * y / z, y * u / z), 3),
        ((u / (x * y), v / (x * y * z)), 4),
        ((sp.sin(x + y), sp.cos(x + y + z)), 4),
        ((2 * x * y, 2 * x * z), 3),
        ((x + y + z, x + z + u, x + z, y + u + w), 5),
    ],
    ids=str,
)
def test_what_two_have_is_computed_once(expressions: Any, count: int) -> None:
    assert after_sharing(expressions) == count


def test_numbers_stay_where_they_are_in_a_sum() -> None:
    """log(1 + x + y) keeps the digits of a small x + y, whatever else has 1 + x."""
    d = sb.derive(sp.log(1 + x + y) + sp.sin(1 + x + z) + sp.exp(x + y), [x])
    assert "np.log1p(" in d.source()
    value, _ = d.compile()(x=1e-20, y=2e-20, z=0.0)
    assert sb.derive(sp.log(1 + x + y) * (x + y + z), [z]).compile()(x=1e-20, y=1e-20, z=1.0)[1]["z"] == 2e-20
    assert value == pytest.approx(1 + sp.sin(1).evalf(), rel=1e-15)


def test_what_is_there_anyway_stays_and_is_used() -> None:
    graph = Graph()
    a, b, c, d = (graph.symbol(sp.Symbol(name)) for name in "abcd")
    there = graph.make((MUL, graph.make((ADD, a, b)), c))
    root = graph.make((ADD, a, d, b))
    moved = shared(graph, [root], [there])[root]
    assert graph.keys[moved] == (ADD, graph.make((ADD, a, b)), d)
    quotient = graph.make((DIV, graph.make((MUL, a, graph.make((SUB, b, c)))), d))
    assert shared(graph, [quotient], [there]) == {}


def test_what_others_use_is_not_taken_apart() -> None:
    graph, [root, inner] = lowered([sp.sin(x + y + z) * (x + y + z), x + y + z])
    assert shared(graph, [root, inner]) == {}


# --- the same values, in no more operations ---


def drawn(seed: int) -> Any:
    """Sums and products of few symbols, nested: they share parts everywhere."""
    source = random.Random(seed)
    pool: list[Any] = [*SYMBOLS, sp.Integer(2), sp.Rational(1, 3)]

    def some() -> list[Any]:
        return source.sample(pool[-9:] if len(pool) > 12 else pool, source.randint(2, 4))

    makers = (
        lambda: sp.Add(*(source.choice((1, 1, -1)) * one for one in some())),
        lambda: sp.Mul(*some()),
        lambda: sp.Mul(*some()) / (3 + source.choice(SYMBOLS) ** 2),
        lambda: source.choice((sp.sin, sp.tanh, sp.exp))(sp.Add(*some()) / 20),
    )
    for _ in range(source.randint(4, 14)):
        pool.append(source.choice(makers)())
    return sp.Add(*source.sample(pool, 3)) * pool[-1] + pool[-2] + x


@slow_unless(lambda seed: seed < 10)
@pytest.mark.parametrize("seed", range(24))
def test_values_to_40_digits_and_counts(seed: int, without: Callable[..., Any]) -> None:
    expression = drawn(seed)
    wrt = sorted(expression.free_symbols, key=str)
    point = {symbol: sp.Rational(3 * place + 2, 7) for place, symbol in enumerate(wrt)}
    for options in ({}, AS_IT_IS, {"method": "forward"}):
        d = sb.derive(expression, wrt, **options)
        assert d.cost.total <= without(expression, wrt, **options).cost.total
        replacements, outputs = d.as_cse()
        values: dict[Any, Any] = dict(point)
        for name, line in replacements:
            values[name] = line.xreplace(values).evalf(60)
        for found, expected in zip(outputs, [expression, *(sp.diff(expression, one) for one in wrt)], strict=True):
            exact = expected.xreplace(point).evalf(60)
            assert abs(found.xreplace(values).evalf(60) - exact) <= sp.Float("1e-40") * (1 + abs(exact))


@slow_unless(lambda seed: 20 <= seed < 36 or seed == 517)
@pytest.mark.parametrize("seed", [*range(20, 80), 517, 662])  # of the last two, sharing before the sweep is no good
def test_no_expression_takes_more_operations(seed: int, without: Callable[..., Any]) -> None:
    case = case_of(seed)
    for options in ({}, AS_IT_IS):
        try:
            before = without(case.what, [*case.point], **options).cost.total
        except sb.SymbackpropError:
            continue
        assert sb.derive(case.what, [*case.point], **options).cost.total <= before


# --- nothing moves where nothing is shared, or names are followed ---


@pytest.mark.parametrize(
    "expression",
    [sp.sin(x + y + z) * x, (x + y) * sp.exp(x * y), sp.log(x * y + z), sp.sqrt(x**2 + y**2)],
    ids=str,
)
def test_what_is_printed_stays_where_nothing_is_shared(expression: Any, without: Callable[..., Any]) -> None:
    d, plain = sb.derive(expression), without(expression)
    assert as_written(d.graph) is None
    assert d.formulas() == plain.formulas()
    assert [str(d.explain(one)) for one in d.wrt] == [str(plain.explain(one)) for one in plain.wrt]


def test_names_do_not_move(without: Callable[..., Any]) -> None:
    a, b, L = sp.symbols("a b L", real=True)
    equations = [(a, x + y + z), (b, x + y + u), (L, a * b * (x + y))]
    assert sb.derive(equations).formulas() == without(equations).formulas()
    assert sb.derive(equations).source() == without(equations).source()


def test_a_part_is_found_as_it_is_written() -> None:
    expression = sp.sin(x + y + z) * sp.exp(x + y + u)
    d = sb.derive(expression)
    assert as_written(d.graph) is not None
    parts = sp.cos(x + y + z) * sp.exp(x + y + u)
    steps = dict(d.as_cse()[0])
    found = d.adjoint(x + y + z)
    while found.free_symbols & steps.keys():
        found = found.xreplace(steps)
    assert found == parts
    with pytest.raises(sb.ParameterError, match="no part of the expression"):
        d.adjoint(x + z)


def test_deep_and_wide() -> None:
    deep, wide = x + y, sp.Add(*sp.symbols("a:5000"))
    for _ in range(2000):
        deep = sp.sin(deep + x + y, evaluate=False) * x * y
    d = sb.derive(deep, [x, y])
    assert as_written(d.graph) is not None
    assert d.cost.total <= 9 * 2000 + 10
    assert after_sharing([wide, wide - sp.Symbol("a0")]) == 4999


# --- figures ---


@pytest.mark.parametrize("links", [2, 3, 5])
def test_right_sides_of_a_pendulum(links: int) -> None:
    sides = physics.pendulum_right_sides(links)
    assert after_sharing(sides) < by_sympys_cse(sides) < operations(*lowered(sides))


def test_energy_of_a_pendulum() -> None:
    d = sb.derive(*physics.pendulum_energy(40), **AS_IT_IS)
    assert d.cost.total <= 1571


@pytest.mark.parametrize(
    ("name", "most"), [("PW92", 188), ("PBE correlation", 292), ("B88", 84), ("LYP", 153), ("SCAN exchange", 131)]
)
def test_energies_of_electrons(name: str, most: int) -> None:
    energy, wrt = physics.FUNCTIONALS[name]()
    assert sb.derive(energy, wrt, **AS_IT_IS).cost.total <= most
    assert most < by_sympys_cse([energy, *(sp.diff(energy, one) for one in wrt)])
