"""Deriving equations: what it answers, how it names it, and what it refuses."""

from __future__ import annotations

from typing import Any

import pytest
import sympy as sp

from symbackprop.derivation import METHODS, derive_equations
from symbackprop.errors import ParameterError, SymbackpropError, UnknownNameError, UnsupportedError
from symbackprop.networks import Network
from symbackprop.sympy_functions.scalar_functions import sigmoid

from ..support import check_close, evaluated, high_precision, sample_of, slow_unless
from .sweep_support import NETS, derived, known_values

a, b, c, d, e, f, g, x, y, L = sp.symbols("a b c d e f g x y L", real=True)
SPELLED_OUT = [(e, a * b), (d, e + c), (L, d * f)]


def test_equations_spelled_out() -> None:
    found = derive_equations(SPELLED_OUT, [a, b, c, f])
    assert {q: found.expand(q) for q in (a, b, c, d, e)} == {a: b * f, b: a * f, c: f, d: f, e: f}
    assert sp.expand(found.expand(f) - (a * b + c)) == 0
    assert found.adjoint(f) == d
    assert found.adjoint(L) == found.expand(L) == 1
    assert found.loss == L
    assert tuple(found.gradients) == found.wrt == (a, b, c, f)


def test_a_quantity_is_asked_for_by_symbol_or_by_name() -> None:
    found = derive_equations(SPELLED_OUT, [a, b, c, f])
    assert found.adjoint("d") == found.adjoint(d) == f
    assert found.expand("a") == found.expand(a)
    assert found.chain("a") == found.chain(a)
    assert found.resolve("e") == e


@pytest.mark.parametrize(
    "which", ["nothing", "", x, sp.Symbol("q"), 3, None, "a*b", a * b, ("a",), "delta1_1"], ids=str
)
@pytest.mark.parametrize("question", ["adjoint", "expand", "chain", "resolve"])
def test_an_unknown_quantity_is_refused(question: str, which: Any) -> None:
    found = derive_equations(SPELLED_OUT, [a, b, c, f])
    with pytest.raises(ParameterError, match="neither a parameter nor a named quantity"):
        getattr(found, question)(which)


def test_a_quantity_that_the_loss_does_not_use_has_adjoint_zero() -> None:
    found = derive_equations([(e, a * b), (g, sp.sin(a)), (L, e**2)], [a, b])
    assert found.adjoint(g) == found.expand(g) == 0
    assert found.chain(g) == []


def test_a_parameter_in_a_condition_alone_has_gradient_zero() -> None:
    found = derive_equations([(L, sp.Piecewise((b, a > 0), (b**2, True)))], [a, b])
    assert found.gradients[a] == 0


@pytest.mark.parametrize("net", NETS.values(), ids=NETS)
def test_gradients_speak_of_what_is_defined_above(net: Network) -> None:
    found = derived(net)
    known = {*net.parameters, *net.inputs, *net.targets}
    for line in found.definitions:
        assert found.sympy(line.node).free_symbols <= known, line
        known.add(line.symbol)
    for expression in found.gradients.values():
        assert expression.free_symbols <= known
    for symbol in found.quantities:
        assert found.adjoint(symbol).free_symbols <= known


@pytest.mark.parametrize("net", NETS.values(), ids=NETS)
def test_written_out_speaks_of_parameters_and_data_alone(net: Network) -> None:
    found = derived(net)
    outside = {*net.parameters, *net.inputs, *net.targets}
    assert all(found.expand(symbol).free_symbols <= outside for symbol in [*found.quantities, *net.parameters])


@pytest.mark.parametrize("net", NETS.values(), ids=NETS)
def test_every_line_is_defined_once_under_its_own_name(net: Network) -> None:
    found = derived(net)
    names = [line.symbol.name for line in found.definitions]
    taken = {symbol.name for symbol in [*net.parameters, *net.inputs, *net.targets]}
    assert len(set(names)) == len(names)
    assert not taken & set(names)
    gradients = [line.of for line in found.definitions if line.kind == "gradient"]
    assert sorted(gradients, key=str) == sorted(net.parameters, key=str)
    kinds = [line.kind for line in found.definitions]
    assert "quantity" not in kinds[kinds.index("adjoint") :]


def test_adjoints_of_a_network_are_named_as_in_textbooks() -> None:
    found = derived(NETS["tanh"])
    names = {line.of.name: line.symbol.name for line in found.definitions if line.of is not None}
    assert names["z1_2"] == "delta1_2"
    assert names["a1_1"] == "dL_da1_1"
    assert names["w1_2_1"] == "dL_dw1_2_1"


@pytest.mark.parametrize("net", NETS.values(), ids=NETS)
@high_precision
def test_chain_steps_add_up_to_the_adjoint(net: Network) -> None:
    found, values = derived(net), sample_of(net, seed=2)
    symbols = [symbol for symbol in [*found.quantities, *net.parameters] if symbol != found.loss]
    answers = {symbol: evaluated(found.expand(symbol), values) for symbol in symbols}
    answers[found.loss] = evaluated(sp.S.One, values)
    known = known_values(found, values)
    for symbol in symbols:
        total = 0
        for step in found.chain(symbol):
            local, contribution, upstream = (
                evaluated(found.sympy(node), known) for node in (step.local, step.contribution, step.upstream)
            )
            check_close(upstream, answers[step.consumer], what=step)
            check_close(contribution, upstream * local, what=step)
            total += contribution
        check_close(total, answers[symbol], what=(net, symbol))


def test_local_partial_is_that_of_the_consumers_own_equation() -> None:
    net, values = NETS["silu"], sample_of(NETS["silu"], seed=4)
    found = derived(net)
    known, equations = known_values(found, values), dict(net.equations)
    checked = 0
    for symbol in [*equations, *net.parameters]:
        for step in found.chain(symbol):
            if step.consumer in equations:
                own = evaluated(sp.diff(equations[step.consumer], symbol), known)
                check_close(evaluated(found.sympy(step.local), known), own, what=step)
                checked += 1
    assert checked > len(net.parameters)


def test_chain_goes_through_the_consumers_alone() -> None:
    found = derive_equations([(e, a * b), (f, sp.sin(e)), (L, f * e + a)], [a, b])
    assert [step.consumer for step in found.chain(a)] == [e, L]
    assert [step.consumer for step in found.chain(e)] == [f, L]
    assert [step.consumer for step in found.chain(b)] == [e]
    assert found.chain(L) == []


@slow_unless(lambda net: net.loss_name != "huber")
@pytest.mark.parametrize("net", NETS.values(), ids=NETS)
def test_cse_form_is_in_order_and_gives_the_gradients_back(net: Network) -> None:
    found, values = derived(net), sample_of(net, seed=6)
    replacements, expressions = found.as_cse()
    known = {*net.parameters, *net.inputs, *net.targets}
    for symbol, expression in replacements:
        assert expression.free_symbols <= known, symbol
        assert symbol not in known
        known.add(symbol)
    written = [substituted(expression, replacements) for expression in expressions]
    expected = [net.loss, *(found.expand(parameter) for parameter in net.parameters)]
    assert len(written) == len(expected)
    for one, other in zip(written, expected, strict=True):
        assert one.free_symbols <= {*net.parameters, *net.inputs, *net.targets}
        check_close(evaluated(one, values), evaluated(other, values))


def substituted(expression: Any, replacements: list[Any]) -> Any:
    for symbol, value in reversed(replacements):
        expression = expression.xreplace({symbol: value})
    return expression


def test_cse_form_is_what_lambdify_takes() -> None:
    net = NETS["tanh"]
    found, values = derived(net), sample_of(net, seed=8)
    symbols = list(values)
    function = sp.lambdify(symbols, found.as_cse()[1], "mpmath", cse=lambda exprs: (found.as_cse()[0], exprs))
    function.__globals__["sigmoid"] = lambda z: 1 / (1 + function.__globals__["exp"](-z))
    function.__globals__["softplus"] = lambda z: function.__globals__["log"](1 + function.__globals__["exp"](z))
    answers = function(*(value._to_mpmath(200) for value in values.values()))
    for answer, parameter in zip(answers[1:], net.parameters, strict=True):
        check_close(answer, evaluated(found.expand(parameter), values), digits=13)


def test_naive_way_stands_for_itself() -> None:
    found = derived(NETS["tanh"], "naive")
    outside = {*NETS["tanh"].parameters, *NETS["tanh"].inputs, *NETS["tanh"].targets}
    assert found.written_out
    assert found.gradients == {p: sp.diff(NETS["tanh"].loss, p) for p in NETS["tanh"].parameters}
    assert all(expression.free_symbols <= outside for expression in found.gradients.values())
    assert found.expand("w1_1_1") == found.gradients[NETS["tanh"].parameters[0]]


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize(
    "equations", [SPELLED_OUT, [(e, a * x), (L, a**2)], [(L, a + x - x)], [(L, a * x**0)]], ids=range(4)
)
def test_the_derivative_by_what_the_loss_does_not_contain_is_0(equations: Any, method: str) -> None:
    found = derive_equations(equations, [a, x], method)
    assert found.gradients[x] == 0
    assert found.gradients[a] != 0
    assert found.expand(x) == 0


def test_a_defined_quantity_cannot_be_differentiated_by() -> None:
    for method in METHODS:
        with pytest.raises(ParameterError, match="e is defined by an equation"):
            derive_equations(SPELLED_OUT, [a, e], method)


@pytest.mark.parametrize(
    "equations",
    [
        [(e, a * b), (e, a + b), (L, e)],
        [(L, a * e), (e, a * b)],
        [(e, e + a), (L, e)],
        [(e, a), (a, e), (L, a)],
    ],
)
def test_a_quantity_defined_twice_or_used_before_is_refused(equations: Any) -> None:
    for method in METHODS:
        with pytest.raises(ParameterError, match=r"^(a|e) is (defined|used)"):
            derive_equations(equations, [a], method)


def test_an_unknown_method_is_refused() -> None:
    with pytest.raises(UnknownNameError, match="did you mean 'backprop'"):
        derive_equations(SPELLED_OUT, [a], "backprob")


def test_naive_refuses_what_sympy_leaves_unevaluated() -> None:
    u = sp.Symbol("u")
    with pytest.raises(UnsupportedError, match="backprop"):
        derive_equations([(L, sp.Abs(u) * u)], [u], "naive")
    assert derive_equations([(L, sp.Abs(u) * u)], [u]).expand(u).free_symbols == {u}


def test_every_refusal_is_one_line() -> None:
    for equations, wrt in (
        (SPELLED_OUT, [a, e]),
        ([(L, sp.Derivative(sp.Abs(sp.Symbol("u")), sp.Symbol("u")) * a)], [a]),
    ):
        with pytest.raises(SymbackpropError) as caught:
            derive_equations(equations, wrt)
        assert "\n" not in str(caught.value)


def test_results_run_in_lambdify() -> None:
    """What comes back holds functions that SymPy lacks: its code printers must know what to write for them."""
    x, y = sp.symbols("x y", real=True)
    derivation = derive_equations([(L, sp.log(1 + sp.exp(x * y)) / x)], [x, y])
    expected = sp.diff(sp.log(1 + sp.exp(x * y)) / x, y).subs({x: 1, y: 2}).evalf(15)
    for modules in ("numpy", "math", "mpmath"):
        assert abs(sp.lambdify([x, y], derivation.expand(y), modules)(1.0, 2.0) - expected) < 1e-14
    assert not derivation.expand(y).rewrite(sp.exp).has(sigmoid)


def test_an_adjoint_inside_a_branch_holds_only_there() -> None:
    derivation = derive_equations([(e, x**2), (L, sp.Piecewise((e * y, x > 0), (3 * x, True)))], [x, y])
    for at, expected in ((2, 5), (-2, 0)):
        assert derivation.expand(e).subs({x: at, y: 5}) == expected


def test_a_part_that_a_quantity_is_rewritten_to_is_not_that_quantity() -> None:
    p, q = sp.symbols("p q")  # not real, so that SymPy leaves log(exp(s)) as it is
    s = sp.sin(p) + q
    derivation = derive_equations([(g, sp.log(sp.exp(s))), (L, g * s)], [p, q])
    assert sp.expand(derivation.expand(g) - s) == 0


def test_as_cse_defines_every_name_that_it_uses() -> None:
    replacements, outputs = derive_equations([(L, (x + y + 2) ** 4)], [x, y]).as_cse()
    values = dict(replacements)
    for symbol, output in zip((x, y), outputs[1:], strict=True):
        written = output
        while written.free_symbols - {x, y}:
            written = written.xreplace(values)
        assert sp.expand(written - sp.diff((x + y + 2) ** 4, symbol)) == 0
