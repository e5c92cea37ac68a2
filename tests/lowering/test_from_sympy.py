"""SymPy into the graph and back: nothing is lost on the way, and what has no place is refused by name."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

import pytest
import sympy as sp

from symbackprop.derivation import derive_equations
from symbackprop.graph import Graph
from symbackprop.lowering import Lowering, raised
from symbackprop.stable_forms import RECOGNISERS
from symbackprop.sympy_functions.scalar_functions import elu, leaky_relu, logsumexp, relu, sigmoid, softplus

from ..support import check_close, evaluated

R = sp.Rational
L = sp.Symbol("L", real=True)
x, y = sp.symbols("x y", real=True)
u = sp.Symbol("u")  # with no assumption at all
p = sp.Symbol("p", positive=True)


class cubed(sp.Function):
    """A user's function that knows its derivative by `fdiff`."""

    def fdiff(self, argindex: int = 1) -> Any:
        return 3 * self.args[0] ** 2

    def _eval_evalf(self, prec: int) -> Any:
        return (self.args[0] ** 3)._eval_evalf(prec)


class squared(sp.Function):
    """A user's function that knows its derivative by `_eval_derivative` alone."""

    def _eval_derivative(self, s: Any) -> Any:
        return 2 * self.args[0] * self.args[0].diff(s)

    def _eval_evalf(self, prec: int) -> Any:
        return (self.args[0] ** 2)._eval_evalf(prec)


class weighted(sp.Function):
    """A user's function of two arguments: a*b**2."""

    def fdiff(self, argindex: int = 1) -> Any:
        a, b = self.args
        return b**2 if argindex == 1 else 2 * a * b

    def _eval_evalf(self, prec: int) -> Any:
        return (self.args[0] * self.args[1] ** 2)._eval_evalf(prec)


HERE = {x: R(7, 10), y: R(13, 10), u: R(3, 7), p: R(5, 3)}
NEGATIVE = {x: R(-7, 10), y: R(13, 10), u: R(-3, 7), p: R(5, 3)}
LARGE = {x: R(27, 10), y: R(-13, 10), u: R(19, 7), p: R(5, 3)}

EVERYWHERE = [
    x + y, x - y, 3 * x - 2 * y + 1, x * y, -x, x / y, x / 3, -x / 3, 2 * x / (3 * y), 1 / x, x**2, x**-3, y * x**5 - x,
    (x + y) ** 2 * (x - y), x * y / (x + 3) / (y + 4), (x - y) / (y - x - 1), R(22, 7) * x, sp.Float("0.1") * x + y,
    sp.Float("1e-30") + x, sp.pi * x, sp.E * x, sp.E**x, sp.pi**x, sp.GoldenRatio * x, sp.EulerGamma + x, 2**x, p**x,
    p**y, (x**2 + 1) ** R(2, 3), (x**2 + 1) ** R(-3, 2), sp.sqrt(x**2 + 1), 1 / sp.sqrt(x**2 + 1), sp.cbrt(x**2 + 1),
    sp.root(x**2 + 1, 5), sp.exp(x), sp.exp(-(x**2)), sp.log(p), sp.log(x**2), sp.log(x**2 + 1, 2),
    sp.exp(x + sp.log(p)), sp.sin(x), sp.cos(x), sp.tan(x), sp.cot(x), sp.sec(x), sp.csc(x), sp.atan(x), sp.acot(x),
    sp.atan2(x, y), sp.atan2(y, x), sp.sinc(x), sp.sinh(x), sp.cosh(x), sp.tanh(x), sp.coth(x), sp.sech(x), sp.csch(x),
    sp.asinh(x), sp.acsch(x), sp.acosh(x**2 + 2), sp.acoth(x**2 + 2), sp.asech(1 / (x**2 + 2)), sp.asec(x**2 + 2),
    sp.acsc(x**2 + 2), sp.asin(sp.sin(x) / 2), sp.acos(sp.cos(y) / 2), sp.atanh(sp.tanh(x)), sp.erf(x), sp.erfc(x),
    sp.erfi(x), sp.gamma(x), sp.gamma(x + y) / sp.gamma(y), sp.loggamma(p), sp.polygamma(1, p), sp.digamma(p),
    sp.factorial(x), sp.Abs(x), sp.Abs(x - y), sp.sign(x) * x, sp.Max(x, y), sp.Max(x, y, 1), sp.Min(x, y),
    sp.Min(x**2, y, 2), sp.Max(x * y, sp.sin(x)), sp.Heaviside(x) * x**2, sp.Heaviside(x - y, 0) * x,
    x * sp.Heaviside(y, R(1, 4)), sp.besselj(0, x), sp.besselj(2, p), sp.bessely(1, p), sp.besseli(1, x),
    sp.besselk(0, p), sp.Si(x), sp.Ci(p), sp.Shi(x), sp.LambertW(p), sp.LambertW(x**2), sp.airyai(x), sp.fresnels(x),
    sp.expint(2, p), sp.Ei(p), sp.li(p + 1), sp.beta(p, p + 1), sp.uppergamma(R(1, 3), p), sp.lowergamma(R(1, 3), p),
    sp.elliptic_k(sp.sin(x) ** 2 / 2), sigmoid(x), softplus(x), relu(x), leaky_relu(x), leaky_relu(x, y), elu(x),
    elu(x * y, 2), logsumexp(x, y), logsumexp(x, y, x * y), logsumexp(x, x, y), cubed(x), cubed(x * y) * x, squared(x),
    squared(sp.sin(x) + y), weighted(x, y), weighted(x * y, x - y), u**3 - sp.sin(u), sp.tanh(u * x),
    sp.UnevaluatedExpr(x + y) * x, sp.Mul(2, x + y, evaluate=False), sp.sin(sp.cos(sp.tan(sp.exp(-(x**2))))),
    sp.log(1 + sp.log(1 + sp.log(1 + x**2))), sp.exp(sp.sin(x) * sp.cos(x * y)) / (1 + x**2), sp.Integer(3), sp.pi, x,
]  # fmt: skip

CHOICES = [
    sp.Piecewise((x**2, x > 0), (sp.sin(x), True)),
    sp.Piecewise((x, x > y), (y, x < y), (x * y, True)),
    sp.Piecewise((x, x >= y), (x**3, True)),
    sp.Piecewise((x, x <= 0), (x**3, True)),
    sp.Piecewise((x**2, sp.Eq(x, y)), (x**3, True)),
    sp.Piecewise((x**2, sp.Ne(x, y)), (x**3, True)),
    sp.Piecewise((x**2, sp.And(x > 0, y > 0)), (x**3, True)),
    sp.Piecewise((x**2, sp.Or(x > 1, y > 2)), (x**3, True)),
    sp.Piecewise((x**2, sp.Not(sp.And(x > 0, y > 0))), (x**3, True)),
    sp.Piecewise((x**2, sp.And(x > -1, sp.Or(y < 0, sp.Not(sp.And(x < 2, y < 1))))), (x**3, True)),
    sp.Piecewise((sp.Piecewise((x, y > 0), (x**2, True)), x > 0), (sp.Piecewise((x**3, y > 1), (x**4, True)), True)),
    sp.Piecewise((sp.log(x), x > 0), (0, True)) * sp.Piecewise((x, x > 0), (sp.sqrt(-x), True)),
    y * sp.Piecewise((1, x > 0), (0, True)) + sp.exp(sp.Piecewise((x, x < 1), (2 - x, True))),
    sp.Piecewise((sp.Max(x, y), x * y > 0), (sp.Min(x, y), True)),
]

UNDEFINED_FOR_NEGATIVE = {sp.gamma(x + y) / sp.gamma(y), sp.factorial(x)}


def lowered(expression: Any) -> tuple[Graph, int]:
    graph = Graph()
    return graph, Lowering(graph, RECOGNISERS).expression(expression)


def check_value_and_derivatives(expression: Any, point: dict[Any, Any]) -> None:
    graph, node = lowered(expression)
    check_close(evaluated(raised(graph, node, {}), point), evaluated(expression, point), what=expression)
    derivation = derive_equations([(L, expression)], symbols_of(expression))
    for symbol in derivation.wrt:
        expected = evaluated(sp.diff(expression.doit(), symbol), point)
        check_close(evaluated(derivation.expand(symbol), point), expected, what=(expression, symbol, point))


def symbols_of(expression: Any) -> list[Any]:
    return sorted(expression.free_symbols, key=str)


@pytest.mark.parametrize("expression", EVERYWHERE, ids=str)
def test_value_and_derivatives_survive_lowering(expression: Any) -> None:
    check_value_and_derivatives(expression, HERE)
    check_value_and_derivatives(expression, LARGE)


@pytest.mark.parametrize("expression", CHOICES, ids=str)
@pytest.mark.parametrize("point", [HERE, NEGATIVE, LARGE], ids=["here", "negative", "large"])
def test_choices_survive_lowering(expression: Any, point: dict[Any, Any]) -> None:
    check_value_and_derivatives(expression, point)


def test_absolute_value_of_a_symbol_without_assumptions() -> None:
    """SymPy's own derivative is no number, for u may be complex."""
    derivation = derive_equations([(L, sp.Abs(u) * u)], [u])
    for value in (R(3, 7), R(-3, 7)):
        check_close(evaluated(derivation.expand(u), {u: value}), evaluated(2 * abs(value), {}))


def test_a_choice_that_nothing_holds_for_is_nan() -> None:
    graph, node = lowered(sp.Piecewise((x, x > 0)))
    back = raised(graph, node, {})
    assert back.xreplace({x: R(-1)}) is sp.nan
    assert back.xreplace({x: R(2)}) == 2


def test_an_equal_part_is_one_node() -> None:
    graph, _ = lowered(sp.sin(x * y + 1) * sp.cos(x * y + 1) + sp.exp(x * y + 1))
    assert [key[0].name for key in graph.keys[3:] if not key[0].leaf].count("mul") == 2  # x*y, sin*cos


def test_a_name_given_by_an_equation_stands_for_its_node() -> None:
    lowering = Lowering(Graph())
    a = sp.Symbol("a", real=True)
    node = lowering.equation(a, x * y)
    assert lowering.expression(a) == node
    assert raised(lowering.graph, lowering.expression(sp.sin(a)), {node: a}) == sp.sin(a)
    assert raised(lowering.graph, lowering.expression(sp.sin(a)), {}) == sp.sin(x * y)


# --- depth and size ---

DEEP = 10_000


class link(sp.Function):
    """A function that SymPy does not look into, so that a long chain of it is quick to build."""

    def fdiff(self, argindex: int = 1) -> Any:
        return sp.cos(self.args[0])


def chain(depth: int) -> Any:
    expression: Any = x
    for _ in range(depth):
        expression = link(expression)
    return expression


def fan(depth: int) -> Any:
    """sin(e)*cos(e), nested: three distinct parts more per level, and twice as many when written out."""
    expression: Any = x
    for _ in range(depth):
        expression = sp.Mul(sp.sin(expression, evaluate=False), sp.cos(expression, evaluate=False), evaluate=False)
    return expression


@pytest.mark.slow
def test_a_deep_chain_needs_no_recursion() -> None:
    assert sys.getrecursionlimit() < DEEP
    graph, node = lowered(chain(DEEP))
    assert node == DEEP + 3  # the graph starts with 0, 1 and 2
    below: list[int] = graph.reachable([node])
    assert len(below) == DEEP + 1


@pytest.mark.slow
def test_a_deep_chain_is_differentiated_without_recursion() -> None:
    derivation = derive_equations([(L, chain(DEEP))], [x])
    assert derivation.cost.operations == {"link": DEEP, "cos": DEEP, "mul": DEEP - 1}


@pytest.mark.slow
def test_a_long_list_of_equations_needs_no_recursion() -> None:
    names = sp.symbols(f"q1:{DEEP + 1}", real=True)
    equations = [(name, sp.sin(below)) for name, below in zip(names, (x, *names), strict=False)]
    derivation = derive_equations(equations, [x])
    assert derivation.cost.operations == {"sin": DEEP, "cos": DEEP, "mul": DEEP - 1}
    assert derivation.cost.paths == 1


@pytest.mark.parametrize("depth", [1, 7, 60])
def test_fan_out_is_lowered_once_per_distinct_part(depth: int) -> None:
    graph, node = lowered(fan(depth))
    assert len(graph.reachable([node])) == 3 * depth + 1


def test_fan_out_is_differentiated_in_linear_size() -> None:
    sizes = [derive_equations([(L, fan(depth))], [x]).cost.nodes for depth in (20, 40, 60)]
    assert sizes[2] - sizes[1] == sizes[1] - sizes[0] < 20 * 12


def calls(function: Callable[[], Any]) -> int:
    """How many calls of Python functions it takes: a clock that never varies."""
    count = 0

    def seen(frame: Any, event: str, argument: Any) -> None:
        nonlocal count
        count += event == "call"

    before = sys.getprofile()
    sys.setprofile(seen)
    try:
        function()
    finally:
        sys.setprofile(before)
    return count


@pytest.mark.parametrize("shape", [fan, chain])
def test_work_grows_with_distinct_parts_alone(shape: Callable[[int], Any]) -> None:
    small, large = shape(30), shape(60)
    for expression in (small, large):  # what SymPy and the rule table keep is kept before it is counted
        derive_equations([(L, expression)], [x])
    few, many = (calls(lambda e=e: derive_equations([(L, e)], [x])) for e in (small, large))
    assert many < 2.1 * few
