"""Derivatives of several outputs whose parts are shared, before they are derived and after: as by SymPy, cheaper."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from itertools import combinations_with_replacement
from typing import Any

import pytest
import sympy as sp
from hypothesis import given

import symbackprop as sb
from symbackprop import cost
from symbackprop.derivation import ways_to_derivatives
from symbackprop.derivation.elimination import DEGREES
from symbackprop.derivation.fast_elimination import Degree
from symbackprop.derivation.jacobians import derivatives
from symbackprop.derivation.several_outputs import SeveralOutputs, derive_orders, derive_outputs
from symbackprop.derivation.shared_loss import as_written
from symbackprop.derivation.tidy_derivatives import HUGE, LARGE
from symbackprop.lowering import Lowering
from symbackprop.named_quantities import Origin, quantity
from symbackprop.ops import EXP, LOG

from .. import physics
from ..support import check_close, deterministic, evaluated
from .gradient_support import letters, rational_point, seeds
from .jacobian_support import AS_WRITTEN, arm, nodes_of, numbers_at, pbe, ring
from .test_hessians import smooth
from .test_shared_parts import by_sympys_cse

SHARING = replace(AS_WRITTEN, shares=True)
AS_IT_IS = {"stable": False, "accurate": False}
x, y, z, u, v = sp.symbols("x y z u v", positive=True)
R = sp.Rational


def outputs_of(exprs: Sequence[Any]) -> tuple[list[Any], list[Any]]:
    """Equations of outputs that nobody named, and their symbols."""
    names = [quantity(f"f{place}", Origin()) for place in range(len(exprs))]
    return list(zip(names, exprs, strict=True)), names


def hessians(expression: Any, wrt: Sequence[Any]) -> list[SeveralOutputs]:
    """With parts shared before, if that is cheaper, and as written."""
    return [derive_orders([(sp.Symbol("L_"), expression)], wrt, 2, care) for care in (SHARING, AS_WRITTEN)]


def positive_point(symbols: Sequence[Any]) -> dict[Any, Any]:
    return {symbol: R(7 + 3 * place, 10 + place) for place, symbol in enumerate(symbols)}


@pytest.mark.parametrize("name", ["PW92", "B88", "SCAN exchange"])
def test_second_derivatives_of_energies_are_those_of_sympy(name: str) -> None:
    energy, wrt = physics.FUNCTIONALS[name]()
    if name == "SCAN exchange":  # where SymPy leaves derivatives of its Abs of a number times a positive symbol
        energy = energy.replace(sp.Abs, lambda inside: inside)
    found, _ = hessians(energy, wrt)
    values = positive_point(wrt)
    for place, node in found.nodes.items():
        expected = evaluated(sp.diff(energy, *(wrt[one] for one in place)), values)
        check_close(numbers_at(found.graph, [node], values)[0], expected, what=place)


def test_the_jacobian_of_an_arm_is_that_of_sympy() -> None:
    pose, joints = arm()
    found = derive_outputs(*outputs_of(pose), joints, SHARING)
    lengths = sorted(set().union(*(one.free_symbols for one in pose)), key=str)
    values = positive_point(lengths)
    for place in [(0, 0), (3, 6), (7, 2), (11, 4), (5, 5), (11, 5)]:
        expected = evaluated(sp.diff(pose[place[0]], joints[place[1]]), values)
        check_close(numbers_at(found.graph, [found.nodes[place]], values)[0], expected, what=place)


@deterministic(25)
@given(smooth(), seeds)
def test_hessians_of_random_expressions(expression: Any, seed: int) -> None:
    values, (found, plain) = rational_point(seed), hessians(expression, letters)
    assert found.operations.total() <= plain.operations.total() <= plain.steps[-1].operations
    assert found.operations == cost.counted(found.graph, found.roots)
    for pair in combinations_with_replacement(range(3), 2):
        expected = evaluated(sp.diff(expression, letters[pair[0]], letters[pair[1]]), values)
        node = found.nodes.get(pair, found.graph.zero)
        check_close(numbers_at(found.graph, [node], values)[0], expected, what=pair)


CASES: dict[str, tuple[Callable[[], Any], int]] = {
    "12 x 7, pose of an arm": (lambda: sb.jacobian(*arm(), **AS_IT_IS), 676),
    "Hessian of a ring of 50": (lambda: sb.hessian(*ring(50), **AS_IT_IS), 6532),
    "Hessian of PBE": (lambda: sb.hessian(*pbe(), **AS_IT_IS), 1182),
    "third order of PBE": (lambda: sb.derivatives(*pbe(), 3, **AS_IT_IS), 6061),
    "Hessian of PW92": (lambda: sb.hessian(*physics.pw92_density(), **AS_IT_IS), 463),
    "Hessian of B88": (lambda: sb.hessian(*physics.b88_exchange(), **AS_IT_IS), 244),
    "Hessian of LYP": (lambda: sb.hessian(*physics.lyp_correlation(), **AS_IT_IS), 427),
    "Hessian of SCAN": (lambda: sb.hessian(*physics.scan_exchange(), **AS_IT_IS), 384),
}
"""What is derived, and the operations that it takes with values and gradients."""


@pytest.mark.parametrize("name", CASES)
def test_operations_are_no_more_than_they_were(name: str) -> None:
    derived, most = CASES[name]
    assert derived().cost.total <= most


@pytest.mark.parametrize("name", ["B88", "LYP"])
def test_operations_are_fewer_than_what_cse_leaves(name: str) -> None:
    energy, wrt = physics.FUNCTIONALS[name]()
    whole = [energy, *(sp.diff(energy, *by) for order in (1, 2) for by in combinations_with_replacement(wrt, order))]
    assert sb.hessian(energy, wrt, **AS_IT_IS).cost.total < by_sympys_cse(whole)


@pytest.mark.parametrize("degree", DEGREES)
def test_every_degree_gives_the_same_derivatives(degree: Degree) -> None:
    energy, wrt = physics.b88_exchange()
    values = positive_point(wrt)
    graph, (value,), places = nodes_of([energy], wrt)
    found, usual = (derivatives(graph, value, places, 2, one) for one in (degree, None))
    assert {step.order for step in found.steps} == {"eliminated"}
    for place, node in usual.by_order[2].items():
        expected = numbers_at(usual.graph, [node], values)[0]
        check_close(numbers_at(found.graph, [found.entry(*place)], values)[0], expected, what=place)


def test_what_is_small_is_derived_by_every_degree() -> None:
    """Of LYP the gain of edges tells best what comes next, of the energy PW92 as well, of PBE the usual degree."""
    energy, wrt = physics.lyp_correlation()
    graph, (value,), places = nodes_of([energy], wrt)
    counts = [derivatives(graph, value, places, 2, degree).operations for degree in DEGREES]
    assert sb.hessian(energy, wrt, **AS_IT_IS).sweep.steps[-1].operations <= min(counts) < counts[0]


def test_outputs_that_users_named_are_derived_as_they_are_written() -> None:
    exprs = [sp.sin(x + y + z), sp.exp(x + y + u), (x + y) ** 3]
    named = sb.jacobian(list(zip(sp.symbols("L M N"), exprs, strict=True)), [x, y])
    unnamed = sb.jacobian(exprs, [x, y])
    assert as_written(named.sweep.graph) is None
    assert as_written(unnamed.sweep.graph) is not None
    assert unnamed.cost.total < named.cost.total


def test_what_costs_more_when_shared_is_derived_as_it_is_written(monkeypatch: pytest.MonkeyPatch) -> None:
    """Were sharing to make all dearer: the other way is taken."""

    def dearer(lowering: Lowering, wrt: Any, care: Any, outputs: int) -> Any:
        graph = lowering.graph
        named = {name: graph.make((LOG, graph.make((EXP, node)))) for name, node in lowering.quantities.items()}
        return lowering.onto(graph, named), wrt

    plain = sb.hessian(sp.sin(x * y) / z, [x, y, z]).cost.total
    monkeypatch.setattr(ways_to_derivatives, "with_shared_parts", dearer)
    assert sb.hessian(sp.sin(x * y) / z, [x, y, z]).cost.total == plain


def test_an_output_that_is_there_twice_is_computed_once() -> None:
    found = sb.jacobian([x, x * y, x * y, sp.S(3)], [x, y])
    replacements, ends = found.as_cse()
    assert found.cost.total == 1
    written = [sp.S(one).xreplace(dict(replacements)) for one in ends]
    assert written == [x, x * y, x * y, 3, 1, 0, y, x, y, x, 0, 0]


def test_what_is_large_is_made_tidy_if_expressions_shared_something_and_what_is_huge_stays() -> None:
    alone, huge = (sb.hessian(*ring(n), **AS_IT_IS).sweep for n in (50, 100))
    third = sb.derivatives(*pbe(), 3, **AS_IT_IS).sweep
    assert LARGE < alone.operations.total() == alone.steps[-1].operations < HUGE
    assert LARGE < third.operations.total() < third.steps[-1].operations < HUGE
    assert HUGE < huge.operations.total() == huge.steps[-1].operations
