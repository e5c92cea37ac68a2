"""Expressions in named steps: what gets a name, and that the steps put together are the expression again."""

from __future__ import annotations

from typing import Any

import mpmath
import pytest
import sympy as sp

import symbackprop as sb
from symbackprop.derivation import in_steps

from ..expression_maker import case_of
from ..operations import EXACT

x, y, z, u, v, w, q = sp.symbols("x y z u v w q")

STEPS: dict[str, tuple[Any, list[Any]]] = {
    "an argument and its function": (sp.sin(x**2) * sp.exp(x * y) / (x + 1), [x**2, sp.sin(u), sp.exp(x * y), x + 1]),
    "no product of names": (x * y + z, []),
    "no multiple of a name": (sp.sin(2 * x) + sp.tanh(x / 3), []),
    "an inner function": (sp.sin(sp.cos(x)), [sp.cos(x)]),
    "a power": (x**3 * y**2, [x**3]),
    "what is raised to a power": ((x**2 + y**2) ** sp.Rational(3, 2), [x**2 + y**2]),
    "what is used twice": (sp.sin(x) * y + z / sp.sin(x), [sp.sin(x)]),
    "a sum in a denominator": (x / (y + z), [y + z]),
    "not a product in a denominator": (x / (y * z), []),
    "no quotient of names": ((x / y) ** z, []),
}


@pytest.mark.parametrize("name", STEPS)
def test_what_gets_a_name(name: str) -> None:
    expression, wanted = STEPS[name]
    view = in_steps(sb.derive(expression).sweep)
    assert [str(view.sympy(node)) for symbol, node in view.named.items() if symbol != view.loss] == list(
        map(str, wanted)
    )


def test_more_steps_than_letters_are_counted() -> None:
    nested: Any = x
    for _ in range(12):
        nested = sp.sin(nested) + 1
    names = [symbol.name for symbol in in_steps(sb.derive(nested).sweep).named]
    assert names[:3] == ["u1", "u2", "u3"]
    taken = [symbol.name for symbol in in_steps(sb.derive(sp.sin(u**2)).sweep).named]
    assert taken == ["v", "L"]


def _value(graph: Any, node: Any, stops: dict[Any, Any], point: dict[Any, Any]) -> Any:
    """The value of a node, of those of the named ones that it is written in."""
    values: dict[Any, Any] = dict(stops)
    for one in graph.reachable([node], stops):
        if one in stops and one != node:
            continue
        op = graph.op(one)
        if op.leaf:
            leaf = graph.value(one)
            values[one] = point[leaf] if leaf in point else EXACT[op.name](leaf)
        else:
            values[one] = EXACT[op.name](*(values[arg] for arg in graph.args(one)))
    return values[node]


UNDEFINED = (ValueError, ZeroDivisionError, OverflowError, TypeError)
"""What mpmath raises where a value is none, or is complex where an order is asked for."""


def _judged(seed: int) -> bool:
    """Whether there is something to compare, and it is alike."""
    case = case_of(seed)
    unknown = any(isinstance(case.what, list) or case.what.has(name) for name in (sp.binomial, sp.beta, sp.factorial))
    if unknown:
        return False
    sweep = sb.derive(case.what).sweep
    view = in_steps(sweep)
    with mpmath.workdps(40):
        point = {symbol: mpmath.mpf(str(sp.N(value, 40))) for symbol, value in case.point.items()}
        try:
            whole = _value(sweep.graph, sweep.loss_node, {}, point)
            slopes = {symbol: _value(sweep.graph, node, {}, point) for symbol, node in sweep.gradient_nodes.items()}
            done: dict[Any, Any] = {}
            for node in view.quantities.values():
                done[node] = _value(view.graph, node, {**done}, point)
            by_steps = _by_chain(view, point)
        except UNDEFINED:
            return False
        assert _alike(done[view.loss_node], whole), seed
        for symbol, slope in slopes.items():
            assert _alike(by_steps[symbol], slope), (seed, symbol)
    return True


@pytest.mark.slow
def test_steps_put_together_are_the_expression_and_its_derivative() -> None:
    assert sum(map(_judged, range(20, 80))) >= JUDGED


JUDGED = 30
"""Of the 60 expressions: the others are lists of equations, or have no value at their point."""


def _by_chain(view: Any, point: dict[Any, Any]) -> dict[Any, Any]:
    """Each adjoint as the sum of the upstream ones times the local partials, from the loss back."""
    adjoints = {view.loss: mpmath.mpf(1)}
    for symbol in [*reversed(list(view.quantities)), *view.wrt]:
        if symbol not in adjoints and (symbol in view.wrt or view.quantities[symbol] in view.varying):
            steps = view.chain(symbol)
            locals_ = [(step.consumer, _value(view.graph, step.local, {}, point)) for step in steps]
            adjoints[symbol] = mpmath.fsum(adjoints[consumer] * local for consumer, local in locals_)
    return adjoints


def _alike(found: Any, wanted: Any) -> bool:
    if not mpmath.isfinite(wanted):
        return not mpmath.isfinite(found)
    return bool(abs(found - wanted) <= mpmath.mpf(10) ** -25 * (1 + abs(wanted)))


def test_a_view_changes_nothing_of_the_derivation() -> None:
    expression = sp.sin(x**2) * sp.exp(x * y) / (x + 1)
    seen, unseen = sb.derive(expression), sb.derive(expression)
    assert "u = x²" in str(seen.explain(x))
    assert "x → u → v → L" in str(seen.paths(x))
    assert str(seen.gradients) == str(unseen.gradients)
    assert str(seen.as_cse()) == str(unseen.as_cse())
    assert seen.source() == unseen.source()
    assert seen.cost.total == unseen.cost.total


def test_names_of_ones_own_and_adjoints_of_parts() -> None:
    derivation = sb.derive(sp.sin(x**2) * y)
    told = str(derivation.explain(q, names={q: x**2}))
    assert "q = x²" in told
    assert "The derivative by q" in told
    assert str(derivation.adjoint(x**2)) == "y*cos(t1)"  # t1 is x**2, which its derivative uses as well
    together = str(derivation.explain(v, names={q: x**2, v: sp.sin(q)}))
    assert "v = sin(q)" in together
    with pytest.raises(sb.ParameterError, match="is no part of the expression"):
        derivation.adjoint(x**7)
    with pytest.raises(sb.ParameterError, match="names are for the parts of one expression"):
        sb.derive(sb.Network([2, 2, 1])).explain("w1_1_1", names={q: x})


WRONG: dict[str, tuple[Any, str]] = {
    "taken": ({x: x**2}, "x is taken"),
    "no part": ({q: x**5}, "is no part of the expression"),
    "no symbol": ({"q": x**2}, "is no symbol"),
    "all of it": ({q: sp.sin(x**2) * y}, "is L itself"),
    "twice": ({q: x**2, v: x**2}, "has a name already"),
    "a symbol": ({q: x}, "is no part to name"),
    "a number": ({q: sp.Integer(2)}, "is no part to name"),
    "no expression": ({q: "x**2"}, "is no part to name"),
    "no mapping": ([(q, x**2)], "names is a list"),
    "of another shape": ({sp.MatrixSymbol("Q", 2, 2): x**2}, "has not the shape"),
    "other assumptions": ({q: sp.Symbol("x", real=True) ** 2}, "the same assumptions"),
}


@pytest.mark.parametrize("name", WRONG)
def test_names_that_do_not_fit(name: str) -> None:
    names, message = WRONG[name]
    with pytest.raises(sb.ParameterError, match=message):
        sb.derive(sp.sin(x**2) * y).explain(x, names=names)


def test_every_step_of_a_rule_has_its_line() -> None:
    told = str(sb.derive(sp.sin(x**2 + 1) + sp.sin(y**2 + 1)).explain(x))
    for line in ("w = x² + 1", "s = sin(w)", "L = s + v", "∂L/∂s = 1"):
        assert line in told
