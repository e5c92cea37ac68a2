"""Why the output error is so short: every side of every line is the derivative, by SymPy's diff at 40 digits."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import sympy as sp

import symbackprop as sb
from symbackprop.formulas.content import Equation, Sum
from symbackprop.formulas.textbook_chain import HEADING, MOST_OUTPUTS, why
from symbackprop.lowering import raised
from symbackprop.notation.quantities import Formula, Ratio

KINDS = [("sigmoid", 1), ("sigmoid", 2), ("sigmoid", 3), ("softmax", 2), ("softmax", 3), ("softmax", 5)]
DIGITS = 40


def section_of(outputs: int, output: str, form: str, number: int = 0) -> tuple[Any, Any]:
    network = sb.Network([2, 3, outputs], output=output, form=form)
    z = network.layers[-1].sums[number]
    [section] = why(sb.derive(network).sweep, z)
    assert section.title == HEADING
    return network, section


def formula_sides(section: Any) -> Iterator[tuple[Any, list[list[Any]]]]:
    """By the symbol that a line derives by: each side that is written in formulas alone, as terms of factors."""
    for line in section.lines:
        if isinstance(line, Equation):
            [*_, left] = line.left
            ratio = left.terms[0].factors[0]
            assert isinstance(ratio, Ratio)
            for side in line.sides:
                assert isinstance(side, Sum)
                factors = [term.factors for term in side.terms]
                if all(isinstance(factor, Formula) for term in factors for factor in term):
                    yield (
                        ratio.bottom,
                        [[raised(f.graph, f.node, _symbols(f)) for f in term] for term in factors],  # type: ignore[union-attr]
                    )


def _symbols(formula: Formula) -> dict[Any, Any]:
    return {node: name for node, name in formula.names.items() if isinstance(name, sp.Basic)}


def point_of(count: int, output: str) -> tuple[list[Any], list[Any], list[Any]]:
    """Weighted sums, outputs by the textbook, and targets that sum to 1 where outputs do."""
    sums = [sp.Rational(7 * place - 5, 11) for place in range(count)]
    if output == "sigmoid":
        return sums, [1 / (1 + sp.exp(-z)) for z in sums], [sp.Rational(place + 1, count + 3) for place in range(count)]
    total = sum(map(sp.exp, sums))
    return (
        sums,
        [sp.exp(z) / total for z in sums],
        [sp.Rational(2 * (place + 1), count * (count + 1)) for place in range(count)],
    )


def oracle(count: int, output: str) -> tuple[list[Any], list[Any], Any]:
    """Derivatives of the textbook's loss by each output and by each weighted sum, all else in the loss held fixed."""
    z, a, y = (sp.symbols(f"{letter}:{count}") for letter in "zay")
    if output == "sigmoid":
        loss = -sum(t * sp.log(p) + (1 - t) * sp.log(1 - p) for p, t in zip(a, y, strict=True)) / count
        of_z = [1 / (1 + sp.exp(-one)) for one in z]
    else:
        loss = -sum(t * sp.log(p) for p, t in zip(a, y, strict=True))
        of_z = [sp.exp(one) / sum(map(sp.exp, z)) for one in z]
    sums, outputs, targets = point_of(count, output)
    whole = loss.subs(dict(zip(a, of_z, strict=True)))
    at = dict(zip((*z, *a, *y), (*sums, *outputs, *targets), strict=True))
    by_a = [sp.N(loss.diff(one).subs(at), DIGITS) for one in a]
    by_z = [sp.N(whole.diff(one).subs(at), DIGITS) for one in z]
    return by_a, by_z, at


def assert_equal(found: Any, wanted: Any, why_: Any) -> None:
    assert abs(sp.N(found, DIGITS) - wanted) < 1e-35, (found, wanted, why_)


@pytest.mark.parametrize(("output", "count"), KINDS)
def test_every_side_is_the_derivative_by_number(output: str, count: int) -> None:
    by_a, by_z, _ = oracle(count, output)
    sums, outputs, targets = point_of(count, output)
    for number in range(count):
        network, section = section_of(count, output, "scalar", number)
        names = (*network.layers[-1].sums, *network.outputs, *network.targets)
        at = dict(zip(names, (*sums, *outputs, *targets), strict=True))
        wanted = dict(zip(network.outputs, by_a, strict=True)) | dict(zip(network.layers[-1].sums, by_z, strict=True))
        sides = list(formula_sides(section))
        assert len(sides) >= 4
        for symbol, terms in sides:
            found = sum((sp.prod([factor.subs(at) for factor in term]) for term in terms), sp.S.Zero)
            assert_equal(found, wanted.get(symbol, sp.S.One), (symbol, terms))  # by lse it is the sum of the targets


@pytest.mark.parametrize(("output", "count"), KINDS)
def test_every_side_is_the_derivative_by_column(output: str, count: int) -> None:
    by_a, by_z, _ = oracle(count, output)
    network, section = section_of(count, output, "matrix")
    [z], [a], [y] = network.layers[-1].sums, network.outputs, network.targets
    columns = (*point_of(count, output), by_a)
    numbers = dict(zip((z.name, a.name, y.name, f"dL_d{a.name}"), map(sp.ImmutableMatrix, columns), strict=True))
    sides = list(formula_sides(section))
    assert len(sides) >= 3
    for symbol, terms in sides:
        found = sp.zeros(count, 1)
        for term in terms:
            factors = [as_column(factor, numbers, count) for factor in term]
            found += sp.Matrix([sp.prod([factor[row] for factor in factors]) for row in range(count)])
        for row, wanted in enumerate(by_a if symbol == a else by_z):
            assert_equal(found[row], wanted, (symbol, terms))


def as_column(expression: Any, numbers: Any, count: int) -> Any:
    values = expression.subs({symbol: numbers[symbol.name] for symbol in expression.atoms(sp.MatrixSymbol)})
    if count == 1 and not isinstance(values, sp.MatrixBase | sp.MatrixExpr):
        return sp.Matrix([values.doit()])
    return sp.Matrix(values.doit())


@pytest.mark.parametrize("form", ["scalar", "matrix"])
def test_the_last_side_is_what_the_derivation_prints(form: str) -> None:
    derived = sb.derive(sb.Network([2, 2, 1], form=form))
    told = derived.formulas()
    section = told[told.index(HEADING) :]
    error = "a²₁ − y₁" if form == "scalar" else "a² − y"
    slope = error.split(maxsplit=1)[0]
    assert f"({error})/({slope} (1 − {slope})) · {slope} (1 − {slope})" in section
    assert f"= {error}\n" in section
    assert f"Computed is {error} itself: from " in section
    for format in ("latex", "markdown"):
        assert HEADING in derived.formulas(format)


def test_where_nothing_cancels_nothing_is_said() -> None:
    for network in (
        sb.Network([2, 2, 1], loss="half_sse"),
        sb.Network([2, 2], output="identity"),
        sb.Network([2, MOST_OUTPUTS + 1], output="softmax"),
    ):
        assert HEADING not in sb.derive(network).formulas()
    net = sb.Network([2, 2, 1])
    derived = sb.derive(net)
    assert HEADING not in str(derived.explain("w1_1_1"))
    assert HEADING in str(derived.explain("z2_1"))
    assert HEADING not in sb.derive(net, method="forward").formulas()
    assert HEADING not in sb.derive(net, method="naive").formulas()
