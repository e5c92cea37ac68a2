"""Every derivative in the table, against SymPy's own, against differences and against the complex step."""

from __future__ import annotations

from typing import Any

import mpmath as mp
import pytest
import sympy as sp

import symbackprop as sb
from symbackprop import ops, rules
from symbackprop.derivation import derive_equations
from symbackprop.derivation.pullbacks import partials
from symbackprop.networks import ACTIVATIONS, LOSSES, softmax
from symbackprop.sympy_functions.scalar_functions import (
    DefinedFunction,
    elu,
    leaky_relu,
    logsumexp,
    relu,
    sigmoid,
    softplus,
)

from .operations import ANYWHERE, OPERATIONS, R, precise
from .support import (
    ACTIVATION_VALUES,
    LOSS_VALUES,
    SMOOTH_ACTIVATIONS,
    as_sympy,
    check_close,
    check_second_order,
    complex_step,
    evaluated,
    high_precision,
    in_floats,
    softmax_values,
)

pytestmark = pytest.mark.every_row

L = sp.Symbol("L", real=True)
XS = sp.symbols("x1:4", real=True)
OPERANDS = sp.symbols("x1:7", real=True)

DIFFERENTIABLE = [op for op in ops.OPS.values() if not op.leaf and op not in ops.CONDITIONS]
JUMPS = ("sign", "heaviside", "floor", "ceiling")
ROWS = [op for op in DIFFERENTIABLE if op.name not in (*JUMPS, "mod") and op not in ops.MATRIX]
"""SymPy knows no derivative of a remainder: that is tried by differences alone."""
WITHOUT_FORMULA = {ops.SPREAD, ops.SLICE, ops.PLACE}  # undone by sums, a placement, a slice


def meaning(op: ops.Op, operands: tuple[Any, ...]) -> Any:
    """What an operation stands for, in functions whose derivatives SymPy knows by itself."""
    value = op.sympy(*operands)
    return value.definition() if isinstance(value, DefinedFunction) else value


def operand_symbols(op: ops.Op, count: int) -> tuple[Any, ...]:
    """A real symbol for each operand, or a number for the order of polygamma, which is whole."""
    symbols = tuple(sp.Dummy(f"x{i}", real=True) for i in range(count))
    return (sp.Dummy("c"), *symbols[1:]) if op is ops.SELECT else symbols


def check_row(op: ops.Op, operands: tuple[Any, ...], accurate: bool = False) -> None:
    """Each partial of a row equals SymPy's derivative of the operation's meaning at the given operands."""
    symbols, result = operand_symbols(op, len(operands)), sp.Dummy("z", real=True)
    expression = meaning(op, symbols)
    values = dict(zip(symbols, operands, strict=True))
    remembered = {**values, result: as_sympy(evaluated(expression, values))}
    row = rules.row(op, symbols, result, accurate)
    assert len(row or ()) == len(operands), f"the row of {op} does not fit {len(operands)} operands"
    for symbol, partial in zip(symbols, row, strict=True):
        if partial is not None:
            what = f"d {op.name}{operands} / d {symbol}"
            check_close(evaluated(partial, remembered), evaluated(expression.diff(symbol), values), what=what)


def check_rows(op: ops.Op, accurate: bool = False) -> None:
    """The row of an operation at every one of its points."""
    for operands in OPERATIONS[op.name].points:
        check_row(op, operands, accurate)


@pytest.mark.parametrize("op", ROWS, ids=repr)
def test_row_equals_the_derivative_that_sympy_finds(op: ops.Op) -> None:
    check_rows(op)


@pytest.mark.parametrize("op", rules.ACCURATE, ids=repr)
def test_the_second_row_equals_the_derivative_that_sympy_finds(op: ops.Op) -> None:
    check_rows(op, accurate=True)


@pytest.mark.parametrize("op", rules.ACCURATE, ids=repr)
def test_a_corrupted_second_row_is_caught(op: ops.Op, monkeypatch: pytest.MonkeyPatch) -> None:
    row = rules.ACCURATE[op]
    monkeypatch.setitem(rules.ACCURATE, op, (*row[:-1], row[-1] + R(1, 10**20)))
    with pytest.raises(AssertionError):
        check_rows(op, accurate=True)


MORE = {ops.SIGMOID: 1, ops.TANH: 0, ops.COTH: 1, ops.ELU: 1}
"""How many operations the value and the derivative take more by the second row."""


@pytest.mark.parametrize("op", rules.ACCURATE, ids=repr)
def test_the_second_row_takes_no_more_operations_than_said(op: ops.Op) -> None:
    x = XS[0]
    expression = op.sympy(x, *[R(3, 2)] * (op.arity - 1))
    second, first = (sb.derive(expression, [x], accurate=accurate).cost.total for accurate in (True, False))
    assert second - first == MORE[op]


def test_every_operation_has_a_row() -> None:
    known = {*rules.RULES, *rules.VARIADIC, *rules.MATRIX_RULES, *WITHOUT_FORMULA}
    missing = [op.name for op in DIFFERENTIABLE if op not in known]
    assert not missing, f"no row in the table of derivatives for {', '.join(missing)}"


def test_no_operation_without_a_derivative_has_a_row() -> None:
    extra = [op.name for op in (*rules.RULES, *rules.VARIADIC) if op.leaf or op in ops.CONDITIONS]
    assert not extra
    assert set(rules.MATRIX_RULES) == ops.MATRIX - WITHOUT_FORMULA


def test_only_a_condition_and_an_order_have_no_partial() -> None:
    empty = {(op.name, position) for op, row in rules.RULES.items() for position, p in enumerate(row) if p is None}
    assert empty == {("spherical_jn", 0), ("polygamma", 0), ("erfc_quotient", 0), ("select", 0)}


@pytest.mark.parametrize("op", [op for op in ROWS if op in rules.RULES], ids=repr)
def test_a_corrupted_row_is_caught(op: ops.Op, monkeypatch: pytest.MonkeyPatch) -> None:
    row = rules.RULES[op]
    monkeypatch.setitem(rules.RULES, op, (*row[:-1], row[-1] + R(1, 10**20)))
    with pytest.raises(AssertionError):
        check_rows(op)


@pytest.mark.parametrize("op", rules.VARIADIC, ids=repr)
def test_a_corrupted_variadic_row_is_caught(op: ops.Op, monkeypatch: pytest.MonkeyPatch) -> None:
    row = rules.VARIADIC[op]
    monkeypatch.setitem(rules.VARIADIC, op, lambda xs, z: tuple(p + R(1, 10**20) for p in row(xs, z)))
    with pytest.raises(AssertionError):
        check_rows(op)


def test_a_corrupted_row_reaches_the_gradients(monkeypatch: pytest.MonkeyPatch) -> None:
    x = XS[0]
    monkeypatch.setitem(rules.RULES, ops.TANH, (1 + rules.z**2,))
    partials.cache_clear()
    try:
        found = evaluated(derivative(sp.tanh(x), x), {x: R(1, 3)})
        with pytest.raises(AssertionError):
            check_close(found, evaluated(1 - sp.tanh(x) ** 2, {x: R(1, 3)}))
    finally:
        partials.cache_clear()


# --- jumps and kinks ---


def test_jumps_are_level_on_both_sides() -> None:
    for name in JUMPS:
        op = ops.OPS[name]
        operands = (R(7, 5), R(1, 2))[: op.arity]
        step = R(1, 1000)
        difference = op.sympy(operands[0] + step, *operands[1:]) - op.sympy(operands[0] - step, *operands[1:])
        assert rules.RULES[op][0] == difference == 0


def derivative(expression: Any, x: sp.Symbol) -> Any:
    """The library's derivative of one expression, written out."""
    return derive_equations([(L, expression)], [x]).expand(x)


def slope_at(expression: Any, value: float, *others: float) -> list[float]:
    """The library's partial derivatives of an expression in x1, x2, x3, in floats."""
    used = XS[: 1 + len(others)]
    found = derive_equations([(L, expression)], list(used))
    nodes = [found.gradient_nodes[x] for x in used]
    return in_floats(found.graph, nodes, dict(zip(used, (value, *others), strict=True)))


X1, X2, X3 = XS


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        (relu(X1), 0),
        (sp.Abs(X1), 0),
        (sp.sign(X1), 0),
        (sp.Heaviside(X1), 0),
        (sp.Heaviside(X1, 0), 0),
        (sp.floor(X1), 0),
        (sp.ceiling(X1), 0),
        (leaky_relu(X1), 0.01),
        (leaky_relu(X1, R(1, 5)), 0.2),
        (elu(X1), 1),
        (elu(X1, 2), 2),
        (sp.Max(X1, 0), 0.5),
        (sp.Min(X1, 0), 0.5),
        (ACTIVATIONS["softsign"](X1), 1),
    ],
    ids=str,
)
def test_convention_at_zero(expression: Any, expected: float) -> None:
    assert slope_at(expression, 0.0) == [expected]


@pytest.mark.parametrize("choice", [sp.Max, sp.Min])
def test_ties_share_evenly(choice: Any) -> None:
    assert slope_at(choice(X1, X2), 2.0, 2.0) == [1 / 2, 1 / 2]
    assert slope_at(choice(X1, X2, X3), 2.0, 2.0, 2.0) == [1 / 3, 1 / 3, 1 / 3]


def test_a_tie_below_the_top_shares_nothing() -> None:
    assert slope_at(sp.Max(X1, X2, X3), 2.0, 2.0, 5.0) == [0, 0, 1]
    assert slope_at(sp.Max(X1, X2, X3), 2.0, 5.0, 5.0) == [0, 1 / 2, 1 / 2]
    assert slope_at(sp.Min(X1, X2, X3), 2.0, 5.0, 5.0) == [1, 0, 0]


def test_the_value_of_heaviside_at_zero_counts_there_alone() -> None:
    step = sp.Heaviside(X1, X2)
    assert slope_at(step, 0.0, 0.25) == [0, 1]
    assert slope_at(step, 1.5, 0.25) == [0, 0]


# --- every function by differences and by the complex step ---


def exactly(operands: tuple[Any, ...]) -> tuple[Any, ...]:
    return tuple(map(precise, operands))


def check_partials(expression: Any, function: Any, point: tuple[Any, ...], analytic: Any) -> None:
    """All partial derivatives of an expression in x1, x2, ... against numbers alone.

    analytic: the function of complex numbers, True if it is `function` itself.
    """
    of_complex = function if analytic is True else analytic
    used = OPERANDS[: len(point)]
    derivation = derive_equations([(L, expression)], list(used))
    values = {x: as_sympy(value) for x, value in zip(used, point, strict=True)}
    for position, x in enumerate(used):
        found = evaluated(derivation.expand(x), values)
        check_second_order(found, function, point, position)
        if of_complex:
            check_close(found, complex_step(of_complex, point, position), what=(expression, x, point))


OF_AN_ORDER = (ops.POLYGAMMA, ops.SPHERICAL_JN, ops.ERFC_QUOTIENT)
BY_DIFFERENCES = [op for op in (*ROWS, ops.MOD) if op is not ops.SELECT and op not in OF_AN_ORDER]


@pytest.mark.parametrize("op", BY_DIFFERENCES, ids=lambda op: op.name)
@high_precision
def test_function_by_differences(op: ops.Op) -> None:
    row = OPERATIONS[op.name]
    for point in row.points:
        check_partials(op.sympy(*OPERANDS[: len(point)]), row.exact, exactly(point), row.analytic)


@high_precision
def test_product_of_three_by_differences() -> None:
    point = (mp.mpf("0.3"), mp.mpf("-2.5"), mp.mpf(7))
    check_partials(X1 * X2 * X3, lambda x, y, z: x * y * z, point, True)


@pytest.mark.parametrize("order", [0, 1, 3])
@high_precision
def test_spherical_bessel_functions_by_differences(order: int) -> None:
    for point in [(sp.Rational(2, 7),), (sp.Rational(-9, 4),), (sp.Rational(31, 3),)]:
        exact = lambda x: OPERATIONS["spherical_jn"].exact(order, x)  # noqa: E731
        check_partials(ops.SPHERICAL_JN.sympy(order, X1), exact, exactly(point), False)


@pytest.mark.parametrize("order", [0, 1, 3])
@high_precision
def test_polygamma_by_differences(order: int) -> None:
    for point in OPERATIONS["loggamma"].points:
        check_partials(sp.polygamma(order, X1), lambda x: mp.polygamma(order, x), exactly(point), False)


def test_every_activation_and_loss_is_tried() -> None:
    assert set(ACTIVATION_VALUES) == set(ACTIVATIONS)
    assert set(LOSS_VALUES) == set(LOSSES)


@pytest.mark.parametrize("name", ACTIVATIONS)
@high_precision
def test_activation_by_differences(name: str) -> None:
    for value in ANYWHERE:
        check_partials(ACTIVATIONS[name](X1), ACTIVATION_VALUES[name], exactly((value,)), name in SMOOTH_ACTIVATIONS)


@pytest.mark.parametrize("unit", range(3))
@high_precision
def test_softmax_by_differences(unit: int) -> None:
    for point in ((mp.mpf("0.3"), mp.mpf("-2.5"), mp.mpf(1)), (mp.mpf(4), mp.mpf(3), mp.mpf(5))):
        check_partials(softmax(XS)[unit], lambda *zs: softmax_values(zs)[unit], point, True)


TARGETS = (R(1, 7), R(2, 3), R(4, 21))
ANALYTIC_LOSSES = ("half_sse", "mse", "bce", "cross_entropy")
OUTPUTS = (("0.3", "0.9", "0.55"), ("0.05", "0.2", "0.7"))


@pytest.mark.parametrize("name", LOSSES)
@high_precision
def test_loss_by_differences(name: str) -> None:
    targets = exactly(TARGETS)
    for point in OUTPUTS:
        expression = LOSSES[name](XS, TARGETS)
        where = tuple(map(mp.mpf, point))
        check_partials(expression, lambda *a: LOSS_VALUES[name](a, targets), where, name in ANALYTIC_LOSSES)


@pytest.mark.parametrize("wide", ["half_sse", "mse", "mae", "huber"])
@high_precision
def test_loss_of_large_errors_by_differences(wide: str) -> None:
    targets = exactly(TARGETS)
    where = (mp.mpf(-3), mp.mpf(7), mp.mpf("0.2"))
    check_partials(LOSSES[wide](XS, TARGETS), lambda *a: LOSS_VALUES[wide](a, targets), where, False)


@high_precision
def test_losses_on_logits_by_differences() -> None:
    targets = exactly(TARGETS)
    point = (mp.mpf("0.3"), mp.mpf("-2.5"), mp.mpf(1))

    def binary(*zs: Any) -> Any:
        return LOSS_VALUES["bce"](list(map(ACTIVATION_VALUES["sigmoid"], zs)), targets)

    def categorical(*zs: Any) -> Any:
        return LOSS_VALUES["cross_entropy"](softmax_values(zs), targets)

    check_partials(LOSSES["bce"](list(map(sigmoid, XS)), TARGETS), binary, point, True)
    check_partials(LOSSES["cross_entropy"](softmax(XS), TARGETS), categorical, point, True)


# --- the functions of the package as SymPy functions ---


@pytest.mark.parametrize("function", [sigmoid, softplus, relu, leaky_relu, elu])
def test_own_function_evaluates_as_its_definition(function: Any) -> None:
    for value in (*ANYWHERE, R(0)):
        expected = evaluated(function(X1).definition(), {X1: value})
        check_close(sp.N(function(value), 50)._to_mpmath(170), expected, what=(function, value))


@pytest.mark.parametrize("function", [sigmoid, softplus, relu, leaky_relu, elu, logsumexp])
def test_own_function_differentiates_under_sympy(function: Any) -> None:
    arguments = (X1 * X2, X2) if function is logsumexp else (X1 * X2,)
    value = function(*arguments)
    for at in ({X1: R(3, 7), X2: R(2)}, {X1: R(-3, 7), X2: R(2)}):
        expected = evaluated(value.doit().diff(X1), at)
        check_close(evaluated(sp.diff(value, X1), at), expected, what=(value, at))


def test_own_functions_refuse_an_argument_they_do_not_have() -> None:
    with pytest.raises(sp.core.function.ArgumentIndexError):
        sigmoid(X1).fdiff(2)
