"""Paths: as many as an enumeration finds, with products that add up to the derivative."""

from __future__ import annotations

from collections import Counter
from functools import cache, reduce
from itertools import islice, pairwise
from typing import Any

import mpmath as mp
import pytest
import sympy as sp
from hypothesis import given
from hypothesis import strategies as st

import symbackprop as sb
from symbackprop.derivation import Paths, Routes, Sweep, derive_equations
from symbackprop.networks import Network

from ..support import as_sympy, check_close, deterministic, evaluated, high_precision, rationals, sample_of, slow_unless
from .counting_support import architectures, derived, users
from .gradient_support import computed_at

a, b, c, e, f, g, h, L = sp.symbols("a b c e f g h L", real=True)


def ways(symbol: Any, loss: Any, uses: dict[Any, list[Any]]) -> list[tuple[Any, ...]]:
    """Every path to the loss, by recursion over what SymPy finds in the equations."""
    if symbol == loss:
        return [(loss,)]
    return [(symbol, *rest) for user in uses[symbol] for rest in ways(user, loss, uses)]


def check_paths(derivation: Sweep) -> None:
    """Each path of each symbol, and each count, against an enumeration."""
    routes, uses, loss = Routes(derivation), users(derivation), derivation.loss
    everything = [way for symbol in derivation.wrt for way in ways(symbol, loss, uses)]
    for start in uses:
        expected = ways(start, loss, uses)
        found = Paths(routes, [start])
        listed = [path.symbols for path in found]
        assert len(set(listed)) == len(listed) == found.count
        assert set(listed) == set(expected)
        assert set(found.way) == {symbol for way in expected for symbol in way}
        places = {symbol: place for place, symbol in enumerate(found.way)}
        assert all(places[below] > places[above] for way in expected for below, above in pairwise(way))
        for symbol in uses:
            assert found.through(symbol) == sum(symbol in way for way in expected)
    all_paths = Paths(routes, derivation.wrt)
    assert all_paths.count == len(everything) == derivation.cost.paths
    assert routes.edges == derivation.cost.edges
    for symbol in uses:
        assert all_paths.through(symbol) == sum(symbol in way for way in everything)


@deterministic(25)
@given(architectures(depth=3, width=2))
def test_paths_of_a_network_equal_an_enumeration(architecture: Any) -> None:
    check_paths(derived(*architecture))


OPERATIONS = [
    lambda p, q: p * q,
    lambda p, q: p + q,
    lambda p, q: p - q * p,
    lambda p, q: sp.sin(p) * q,
    lambda p, q: sp.tanh(p + q),
    lambda p, q: p + sp.exp(q / 3),
    lambda p, q: p**2 + 2 * q,
]


@st.composite
def equation_lists(draw: Any) -> list[tuple[Any, Any]]:
    """Up to seven equations, each in symbols and quantities before it; the last is the loss."""
    names = [e, f, g, h, *sp.symbols("p q", real=True)][: draw(st.integers(0, 6))]
    known = [a, b, c]
    equations = []
    for name in [*names, L]:
        pair = draw(st.sampled_from(known)), draw(st.sampled_from(known[-4:]))
        right = draw(st.sampled_from(OPERATIONS))(*pair)
        equations.append((name, right + 2 if right.is_number else right))
        known.append(name)
    return equations


def free_below(equations: list[tuple[Any, Any]]) -> list[Any]:
    """The symbols that the loss depends on, by SymPy."""
    return sorted(written_out(equations).free_symbols & {a, b, c}, key=str)


def written_out(equations: list[tuple[Any, Any]]) -> Any:
    """The loss in a, b and c alone."""
    return reduce(lambda value, line: value.subs(*line), reversed(equations[:-1]), equations[-1][1])


@deterministic(80)
@given(equation_lists())
def test_paths_of_equations_equal_an_enumeration(equations: list[tuple[Any, Any]]) -> None:
    wrt = free_below(equations)
    if wrt:
        check_paths(derive_equations(equations, wrt))


def check_sums(derivation: Sweep, expected: Any, values: Any) -> None:
    """The products along the paths of each parameter add up to its derivative."""
    routes = Routes(derivation)
    for symbol in derivation.wrt:
        paths = list(Paths(routes, [symbol]))
        products = computed_at(derivation, [path.product for path in paths], values)
        check_close(mp.fsum(products), evaluated(expected(symbol), values), what=symbol)
        for path, product in zip(paths, products, strict=True):
            factors = computed_at(derivation, list(path.locals), values)
            check_close(product, mp.fprod(factors), what=path.symbols)
        [adjoint] = computed_at(derivation, [routes.adjoints[symbol]], values)
        check_close(adjoint, mp.fsum(products), what=symbol)


@deterministic(60)
@given(equation_lists(), st.integers(0, 10**6))
@high_precision
def test_products_along_the_paths_add_up_to_the_derivative(equations: list[tuple[Any, Any]], seed: int) -> None:
    wrt, loss = free_below(equations), written_out(equations)
    if wrt:
        derivation = derive_equations(equations, wrt)
        check_sums(derivation, lambda symbol: sp.diff(loss, symbol), rationals([a, b, c], seed))


@slow_unless(lambda network: network[0] == [2, 2, 2])
@pytest.mark.parametrize(
    "network",
    [
        ([2, 2, 2, 1], "tanh", "sigmoid", "bce"),
        ([2, 3, 2], "gelu", "softmax", "cross_entropy"),
        ([1, 2, 2, 2], "silu", "identity", "half_sse"),
        ([2, 2, 2], "sigmoid", "softplus", "mse"),
    ],
    ids=str,
)
@high_precision
def test_products_of_a_network_add_up_to_what_sympy_derives(network: Any) -> None:
    net = Network(*network)
    derivation = derive_equations(net.equations, net.parameters, model=net)
    loss = net.loss
    check_sums(derivation, lambda symbol: sp.diff(loss, symbol), sample_of(net, seed=7))


@high_precision
def test_each_factor_is_the_derivative_of_one_equation() -> None:
    equations = [(e, sp.sin(a * b)), (f, e**2 * c + a), (g, sp.exp(f) / e), (L, g * f + sp.tanh(e) * a)]
    derivation = derive_equations(equations, [a, b, c])
    values = rationals([a, b, c], seed=3, low=1)
    named = dict(values)
    for symbol, right in equations:
        named[symbol] = as_sympy(evaluated(right, named))
    checked = 0
    for path in Paths(Routes(derivation), [a, b, c]):
        found = computed_at(derivation, list(path.locals), values)
        for (below, above), factor in zip(pairwise(path.symbols), found, strict=True):
            check_close(factor, evaluated(sp.diff(dict(equations)[above], below), named), what=(above, below))
            checked += 1
    assert checked > 30


@deterministic(60)
@given(equation_lists())
def test_multiplications_equal_a_count_over_the_paths(equations: list[tuple[Any, Any]]) -> None:
    wrt = free_below(equations)
    if not wrt:
        return
    derivation = derive_equations(equations, wrt)
    routes = Routes(derivation)
    for starts in ([wrt[0]], wrt):
        paths = Paths(routes, starts)
        factors = [[local for local in path.locals if derivation.sympy(local) != 1] for path in paths]
        assert paths.multiplications_apart == sum(max(len(each) - 1, 0) for each in factors)
        steps = {step for path in paths for step in zip(pairwise(path.symbols), path.locals, strict=True)}
        assert paths.multiplications_shared == sum(
            derivation.sympy(local) != 1 and consumer != L and derivation.adjoint(consumer) != 1
            for (_, consumer), local in steps
        )


def test_counts_of_a_worked_example() -> None:
    """Two paths of six factors; the sweep multiplies at every edge but the first, and once more where they meet."""
    routes = Routes(derived((2, 2, 2, 1), "tanh", "sigmoid", "bce"))
    one = Paths(routes, [routes.derivation.resolve("w1_1_1")])
    assert (one.count, one.multiplications_apart, one.multiplications_shared) == (2, 10, 8)
    every = Paths(routes, routes.derivation.wrt)
    through = Counter({symbol.name: every.through(symbol) for symbol in every.way})
    assert (every.count, through["z3_1"], through["a2_1"], through["z1_2"], through["a3_1"]) == (21, 21, 9, 6, 0)


@cache
def deep() -> Sweep:
    return derived((3,) * 201, "tanh", "tanh", "half_sse")


@pytest.mark.slow
def test_paths_of_a_deep_network_are_counted_exactly() -> None:
    routes = Routes(deep())
    for layer in (1, 100, 200):
        for name in (f"w{layer}_2_3", f"b{layer}_2"):
            assert Paths(routes, [routes.derivation.resolve(name)]).count == 3 ** (200 - layer)
    every = Paths(routes, routes.derivation.wrt)
    assert every.count == sum(12 * 3 ** (200 - layer) for layer in range(1, 201)) == deep().cost.paths
    assert every.through(routes.loss) == every.count
    assert every.through(routes.derivation.resolve("z100_1")) == 3**100 * sum(4 * 3**layer for layer in range(100))


@pytest.mark.slow
def test_the_first_paths_of_very_many_are_there_at_once() -> None:
    paths = sb.derive(sb.Network([3] * 201, "tanh", "tanh", "half_sse")).paths("w1_1_1")
    first = list(islice(paths, 50))
    assert len({path.symbols for path in first}) == 50
    assert {len(path.symbols) for path in first} == {402}
    assert "about 10^94 paths lead from w¹₁₁ to L, about 10^96 from the 2,400 parameters" in " ".join(
        str(paths).split()
    )
    assert paths.count == 3**199


@pytest.mark.slow
def test_depth_is_no_limit() -> None:
    names = sp.symbols("k:2000", real=True)
    equations = [(names[0], sp.sin(a)), *((above, sp.sin(below)) for below, above in pairwise(names))]
    paths = sb.derive([*equations, (L, names[-1] * 2)], wrt=[a]).paths("a")
    assert [len(path.locals) for path in paths] == [2001]
    assert "(2,001 factors, too many to print)" in str(paths)


def test_paths_to_the_loss_itself_from_nowhere_and_at_once() -> None:
    derivation = sb.derive([(e, a * b), (L, sp.Piecewise((e * b, c > 0), (b, True)))], wrt=[a, b, c])
    with pytest.raises(sb.ParameterError, match="L is where the paths end"):
        derivation.paths("L")
    assert [repr(path) for path in derivation.paths("a")] == ["a -> e -> L: b*Piecewise((b, c > 0), (0, True))"]
    assert (derivation.paths("c").count, list(derivation.paths("c"))) == (0, [])
    assert "No path leads from c to L" in str(derivation.paths(c))
    assert "∂L/∂c = 0" in str(derivation.paths(c))
    assert [path.symbols for path in derivation.paths(b)] == [(b, e, L), (b, L)]
    assert "∂L/∂b|direct" in str(derivation.paths(b))


def test_data_whose_function_has_no_derivative_is_in_no_ones_way() -> None:
    derivation = sb.derive([(e, sp.polygamma(c, c)), (L, a * e)], wrt=[a])
    assert [path.symbols for path in derivation.paths("a")] == [(a, L)]


def test_the_naive_way_has_one_path_for_each_parameter() -> None:
    paths = sb.derive(sb.Network([2, 2, 1]), method="naive").paths()
    assert paths.count == 9
    assert {len(path.symbols) for path in paths} == {2}
