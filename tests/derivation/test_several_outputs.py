"""The named lines of several outputs: what they mean, what they are called, what code is made of them."""

from __future__ import annotations

from typing import Any

import pytest
import sympy as sp
from hypothesis import given

import symbackprop as sb
from symbackprop import cost
from symbackprop.codegen.program import SINGLE, Program
from symbackprop.derivation.lowered_equations import Care
from symbackprop.derivation.several_outputs import SeveralOutputs, derive_orders, derive_outputs

from ..support import as_sympy, check_close, deterministic, evaluated
from .gradient_support import letters, rational_point, seeds, systems
from .jacobian_support import arm

R = sp.Rational
x, y, z, u, L, M = sp.symbols("x y z u L M", real=True)
PLAIN = Care(stable=False, accurate=False)
SHARED = [(u, sp.sin(x * y)), (L, u * x + sp.exp(z)), (M, u**2 * sp.exp(z) + L)]
VALUES = {x: R(2, 3), y: R(5, 7), z: R(1, 4)}


def known_lines(found: SeveralOutputs, values: dict[Any, Any]) -> dict[Any, Any]:
    """The number of every line, top to bottom: each is written in what stands above it."""
    known = dict(values)
    for symbol, expression in found.told():
        known[symbol] = as_sympy(evaluated(expression, known))
    return known


def test_entries_are_named_after_both_symbols_and_share_named_parts() -> None:
    found = derive_outputs(SHARED, [L, M], [x, y], PLAIN)
    assert [symbol.name for symbol in found.symbols.values()] == ["dL_dx", "dL_dy", "dM_dx", "dM_dy"]
    lines = dict(found.told())
    assert len(lines) == len(list(found.told()))
    t3, t4, t5 = (next(symbol for symbol in lines if symbol.name == name) for name in ("t3", "t4", "t5"))
    assert lines[t4] == t3 * x
    assert found.entry((0, 1)) == t4 * x
    assert found.entry((1, 1)) == t5 * x
    assert found.expand((0, 1)) == x**2 * sp.cos(x * y)


def test_entries_are_numbered_where_a_letter_is_given_and_make_way_for_names_of_users() -> None:
    taken = sp.Symbol("J_1_2", real=True)
    found = derive_outputs([(L, x * taken**2), (M, sp.sin(x) * y)], [L, M], [x, taken, y], PLAIN, letter="J")
    assert {place: symbol.name for place, symbol in found.symbols.items()} == {
        (0, 0): "J_1_1",
        (0, 1): "J_1_2_",
        (1, 0): "J_2_1",
        (1, 2): "J_2_3",
    }


@deterministic(25)
@given(systems(), seeds)
def test_lines_of_random_systems_mean_the_derivatives(equations: list[Any], seed: int) -> None:
    values, outputs = rational_point(seed), [symbol for symbol, _ in equations]
    found = derive_outputs(equations, outputs, letters, PLAIN)
    known, written = known_lines(found, values), {}
    for row, (symbol, expression) in enumerate(equations):
        written[symbol] = expression.xreplace(written)
        for column, letter in enumerate(letters):
            expected = evaluated(sp.diff(written[symbol], letter), values)
            check_close(evaluated(sp.S(found.entry((row, column))), known), expected, what=(symbol, letter))


def test_the_form_of_cse_means_the_same() -> None:
    found = derive_outputs(SHARED, [L, M], [x, y, z], PLAIN)
    replacements, (first, second, *entries) = found.as_cse()
    known = dict(VALUES)
    for symbol, expression in replacements:
        known[symbol] = as_sympy(evaluated(expression, known))
    assert (first, second) == (L, M)
    written = [expression.xreplace({u: SHARED[0][1]}) for _, expression in SHARED[1:]]
    written[1] = written[1].xreplace({L: written[0]})
    for place, entry in zip(found.nodes, entries, strict=True):
        expected = sp.diff(written[place[0]], [x, y, z][place[1]])
        check_close(evaluated(entry, known), evaluated(expected, VALUES), what=place)


def test_orders_have_one_line_for_each_mixed_partial() -> None:
    expression = sp.sin(x * y) * sp.exp(z) + x**3
    found = derive_orders([(L, expression)], [x, y, z], 2, PLAIN, letter="H")
    names = [symbol.name for symbol in found.symbols.values()]
    assert names == ["dL_dx", "dL_dy", "dL_dz", "H_1_1", "H_1_2", "H_1_3", "H_2_2", "H_2_3", "H_3_3"]
    known = known_lines(found, VALUES)
    for place in found.nodes:
        expected = evaluated(sp.diff(expression, *([x, y, z][one] for one in place)), VALUES)
        check_close(evaluated(found.entry(place), known), expected, what=place)
    assert found.entry((0, 0, 0)) == 0


def test_a_symbol_that_stands_nowhere_has_derivative_0() -> None:
    found = derive_outputs([(L, x**2), (M, sp.Integer(3))], [L, M], [x, y], PLAIN)
    assert set(found.nodes) == {(0, 0)}
    assert [found.entry(place) for place in ((0, 1), (1, 0))] == [0, 0]
    assert found.expand((1, 1)) == 0


def test_derivatives_are_made_tidy_and_take_no_more_operations_than_were_counted() -> None:
    pose, joints = arm()
    names = [sp.Symbol(f"p{place}", real=True) for place in range(12)]
    found = derive_outputs(list(zip(names, pose, strict=True)), names, joints, PLAIN, letter="J")
    assert found.steps[0].operations == 813
    assert found.operations.total() == 777
    assert found.operations == cost.counted(found.graph, found.roots)


def test_the_equations_of_an_entry_can_be_derived() -> None:
    found = derive_outputs(SHARED, [L, M], [x, y], PLAIN)
    equations = found.equations_of((1, 1))
    again = sb.derive(equations, [x, y])
    expected = sp.diff(found.expand((1, 1)), x)
    check_close(evaluated(again.expand(x), VALUES), evaluated(expected, VALUES))
    assert len(equations) < len(list(found.told()))


def test_code_computes_every_output_and_every_entry() -> None:
    """A program of steps takes it as it takes a sweep: what codegen asks for is there."""
    found = derive_outputs(SHARED, [L, M], [x, y], PLAIN)
    program = Program(found, {symbol: ("argument", symbol, None) for symbol in (x, y, z)}, follows=True)
    program.read(found.roots, SINGLE)
    assert len({program.value(root) for root in found.roots}) == 6
    labels = {label.symbol.name for label in program.labels(SINGLE).values() if label.symbol is not None}
    assert {"L", "M", "u"} <= labels


def test_an_output_without_an_equation_is_refused() -> None:
    with pytest.raises(sb.ParameterError, match="y is no output: no equation defines it"):
        derive_outputs([(L, x * y)], [y], [x])
