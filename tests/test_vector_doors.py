"""Gradients, and Jacobians and Hessians times vectors, against SymPy at 40 digits, JAX, and one another."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
import sympy as sp

import symbackprop as sb
from symbackprop import derivation

x, y, z, a = sp.symbols("x y z a", real=True)
POINT = {x: sp.Rational(3, 7), y: sp.Rational(-5, 3), z: sp.Rational(2, 9), a: sp.Rational(11, 8)}
WRT = [x, y, z]
OUTPUTS: dict[str, list[Any]] = {
    "shared": [sp.sin(x * y) * a, sp.exp(x * y) + x**2, x * y],
    "constant": [sp.Integer(3), a, x],
    "choice": [sp.Piecewise((x**2, x > y), (y**3, True)), sp.Max(x, y) * z],
    "one": [sp.log(1 + sp.exp(x * y)) / (z**2 + 1)],
    "the same twice": [x * y, x * y],
    "one in another": [x * y * z, sp.sin(x * y * z) + x * y],
}
VALUES: dict[str, Any] = {
    "product": sp.exp(x * y) * sp.sin(x) + a * y**3,
    "quotient": x * y / (1 + z**2 + x**2),
    "linear": a * x + 2 * y,
    "logistic": sp.log(1 + sp.exp(x * y - z)),
    "choice": sp.Piecewise((x**3 * z, x > y), (y, True)),
}


def near(found: Any, wanted: Any, point: dict[Any, Any] = POINT) -> None:
    difference = sp.N(sp.S(found).subs(point) - sp.S(wanted).subs(point), 40)
    assert abs(difference) < sp.Float("1e-35"), (found, wanted)


def all_near(found: Any, wanted: Any, point: dict[Any, Any] = POINT) -> None:
    for one, other in zip(found, wanted, strict=True):
        near(one, other, point)


def numbers(function: Any, point: dict[Any, Any] = POINT) -> dict[str, float]:
    named = {symbol.name: float(value) for symbol, value in point.items()}
    return {name: named[name] for name in function.arguments}


def written_out(replacements: Any, outputs: Any) -> list[Any]:
    for symbol, expression in reversed(replacements):
        outputs = [sp.S(one).xreplace({symbol: expression}) for one in outputs]
    return list(outputs)


@pytest.mark.parametrize("name", VALUES)
def test_gradients(name: str) -> None:
    value = VALUES[name]
    exact = [value.diff(symbol) for symbol in WRT]
    found = sb.gradient(value, WRT)
    all_near(found.expand(), exact)
    all_near(written_out(*found.as_cse()), [value, *exact])
    near(found.expand(y), exact[1])
    assert list(found) == found.entries == [found[place] for place in range(3)] == [found[one] for one in WRT]
    assert found[-1] == found["z"]
    assert found[:2] == found.entries[:2]
    function = found.compile(values=True)
    given, gradient = function(**numbers(function))
    assert given == pytest.approx(float(value.subs(POINT)), rel=1e-13)
    np.testing.assert_allclose(gradient, [float(one.subs(POINT)) for one in exact], rtol=1e-12)
    assert found.cost.total <= min(found.cost.counts.values())


SEEDS: dict[str, Any] = {
    "symbols": None,
    "numbers": lambda m: [sp.Rational(7, 3), -2, 0.5][:m],
    "ones and zeros": lambda m: [1, 0, 0][:m],
    "of data": lambda m: [a, a**2, 1 / a][:m],
    "of what is differentiated by": lambda m: [x * y, sp.sin(z), x][:m],
}


@pytest.mark.parametrize("seeds", SEEDS)
@pytest.mark.parametrize("name", OUTPUTS)
def test_vjps(name: str, seeds: str) -> None:
    exprs = OUTPUTS[name]
    upstream = SEEDS[seeds] and SEEDS[seeds](len(exprs))
    found = sb.vjp(exprs, WRT, upstream)
    held = [sp.Symbol(f"u_f{place}", real=True) for place in range(1, len(exprs) + 1)] if upstream is None else upstream
    point = {**POINT, **{one: sp.Rational(place + 2, 5) for place, one in enumerate(held) if upstream is None}}
    exact = [sum(seed * one.diff(symbol) for seed, one in zip(held, exprs, strict=True)) for symbol in WRT]
    all_near(found.expand(), exact, point)
    all_near(written_out(*found.as_cse()), [*exprs, *exact], point)
    function = found.compile(values=True)
    values, product = function(**numbers(function, point))
    np.testing.assert_allclose(values, [float(one.subs(point)) for one in exprs], rtol=1e-13)
    np.testing.assert_allclose(product, [float(sp.S(one).subs(point)) for one in exact], rtol=1e-12, atol=1e-15)
    alone = found.compile()
    np.testing.assert_array_equal(alone(**numbers(alone, point)), product)


@pytest.mark.parametrize("along", ["symbols", "numbers", "of what is differentiated by", "some"])
@pytest.mark.parametrize("name", VALUES)
def test_hvps(name: str, along: str) -> None:
    value = VALUES[name]
    v = sp.symbols("v_x v_y v_z", real=True)
    choices: dict[str, Any] = {
        "symbols": (None, v),
        "numbers": ([2, -1, sp.Rational(1, 4)], [2, -1, sp.Rational(1, 4)]),
        "of what is differentiated by": ([y, x * z, a], [y, x * z, a]),
        "some": ({"y": 3}, [0, 3, 0]),
    }
    given, vector = choices[along]
    found = sb.hvp(value, WRT, given)
    point = {**POINT, **dict(zip(v, map(sp.Rational, ("1/3", "-2/5", "7/4")), strict=True))}
    exact = list(sp.hessian(value, WRT) * sp.Matrix(vector))
    all_near(found.expand(), exact, point)
    all_near(sb.hessian(value, WRT).expand() * sp.Matrix(vector), exact, point)
    function = found.compile(values=True)
    given_value, product = function(**numbers(function, point))
    assert given_value == pytest.approx(float(value.subs(point)), rel=1e-13)
    np.testing.assert_allclose(product, [float(sp.S(one).subs(point)) for one in exact], rtol=1e-11, atol=1e-14)


@pytest.mark.parametrize("name", OUTPUTS)
def test_jvps_of_several_outputs(name: str) -> None:
    exprs, along = OUTPUTS[name], {x: y * 2, z: sp.Symbol("s", real=True)}
    point = {**POINT, sp.Symbol("s", real=True): sp.Rational(5, 4)}
    exact = [sum(one.diff(symbol) * tangent for symbol, tangent in along.items()) for one in exprs]
    found = sb.jvp(exprs, along)
    all_near(found.expand(), exact, point)
    all_near(written_out(*found.as_cse()), [*exprs, *exact], point)
    function = found.compile()
    values, tangents = function(**numbers(function, point))
    np.testing.assert_allclose(values, [float(one.subs(point)) for one in exprs], rtol=1e-13)
    np.testing.assert_allclose(tangents, [float(sp.S(one).subs(point)) for one in exact], rtol=1e-12, atol=1e-15)


@pytest.fixture
def jax() -> Iterator[Any]:
    """JAX in double precision."""
    library = pytest.importorskip("jax")
    with library.enable_x64(True):
        yield library


def test_jax_says_the_same_of_many_points(jax: Any) -> None:
    jnp = jax.numpy

    def outputs(p: Any) -> Any:
        return jnp.array([jnp.sin(p[0] * p[1]) * p[2], jnp.exp(p[0]) / (1 + p[1] ** 2), jnp.log(2 + p[2] ** 2 * p[0])])

    exprs = [sp.sin(x * y) * z, sp.exp(x) / (1 + y**2), sp.log(2 + z**2 * x)]
    at, seed = np.random.default_rng(0).uniform(0.2, 1.5, (2, 5, 3))
    pulled = sb.vjp(exprs, WRT).compile()(*at.T, *seed.T)
    pushed = sb.jvp(exprs, WRT).compile()(*at.T, *seed.T)
    curved = sb.hvp(sp.Add(*(one * other for one, other in pairwise(exprs))), WRT).compile()

    def total(p: Any) -> Any:
        f = outputs(p)
        return f[0] * f[1] + f[1] * f[2]

    assert pulled.shape == pushed[1].shape == (5, 3)
    for row, (point, vector) in enumerate(zip(at, seed, strict=True)):
        np.testing.assert_allclose(pulled[row], jax.vjp(outputs, point)[1](vector)[0], rtol=1e-12)
        np.testing.assert_allclose(pushed[1][row], jax.jvp(outputs, (point,), (vector,))[1], rtol=1e-12)
    wanted = [jax.jvp(jax.grad(total), (p,), (v,))[1] for p, v in zip(at, seed, strict=True)]
    np.testing.assert_allclose(curved(*at.T, *seed.T), wanted, rtol=1e-11)


def test_both_ways_of_each_product_are_equal() -> None:
    """Whichever way is the cheapest: the others are made of the same graph, and give the same numbers."""
    exprs = OUTPUTS["one in another"]
    wide = sb.vjp(exprs, WRT).cost.counts
    assert wide.keys() == {"reverse", "eliminated"}
    assert sb.hvp(exprs[1], WRT).cost.counts.keys() == {"forward over reverse", "reverse over forward"}
    assert sb.hvp(exprs[1], WRT, WRT).cost.counts.keys() == {"forward over reverse"}  # others would differentiate it


def test_matrices() -> None:
    A, b = sp.MatrixSymbol("A", 2, 3), sp.MatrixSymbol("b", 3, 1)
    u = sp.MatrixSymbol("u_f1", 2, 1)
    found = sb.vjp([A * b, sp.Trace(A.T * A)], [A, b], [u, 3])
    by_A, by_b = found.expand()
    values = {A: sp.Matrix(2, 3, range(1, 7)), b: sp.Matrix([2, 0, -1]), u: sp.Matrix([5, -7])}
    assert by_A.subs(values).doit() == values[u] * values[b].T + 6 * values[A]
    assert by_b.subs(values).doit() == values[A].T * values[u]
    curved = sb.hvp(sp.Trace(A.T * A) * sp.Symbol("c"), [A])
    v = sp.MatrixSymbol("v_A", 2, 3)
    assert curved.expand(A).subs({v: values[A], sp.Symbol("c"): 4}).doit() == 8 * values[A]


def test_code_of_matrices_against_jax(jax: Any) -> None:
    jnp = jax.numpy
    A, b, s = sp.MatrixSymbol("A", 2, 3), sp.MatrixSymbol("b", 3, 1), sp.Symbol("s")
    energy = sp.Trace(b.T * A.T * A * b) * s
    draw = np.random.default_rng(0)
    at, column, u = draw.normal(size=(2, 3)), draw.normal(size=(3, 1)), draw.normal(size=(2, 1))

    def same(A: Any, b: Any, s: Any) -> Any:
        return s * jnp.sum((A @ b) ** 2)

    def flat(parts: Any) -> Any:
        return np.concatenate([np.ravel(part) for part in parts])

    value, gradient = sb.gradient(energy, [A, b, s]).compile(values=True)(at, column, 1.3)
    np.testing.assert_allclose(value, same(at, column, 1.3), rtol=1e-13)
    np.testing.assert_allclose(gradient, flat(jax.grad(same, (0, 1, 2))(at, column, 1.3)), rtol=1e-12)
    pulled = sb.vjp([A * b, energy], [A, b]).compile()(at, column, s=1.3, u_f1=u, u_f2=3.0)
    back = jax.vjp(lambda A, b: (A @ b, same(A, b, 1.3)), at, column)[1]
    np.testing.assert_allclose(pulled, flat(back((u, jnp.float64(3)))), rtol=1e-12)
    curved = sb.hvp(energy, [A]).compile()(at, b=column, s=1.3, v_A=at + 1)
    wanted = jax.jvp(lambda A: jax.grad(same)(A, column, 1.3), (at,), (at + 1,))[1]
    np.testing.assert_allclose(curved, flat([wanted]), rtol=1e-12)
    _, pushed = sb.jvp([A * b, energy], [A, s]).compile()(at, 1.3, b=column, v_A=at - 1, v_s=2.0)
    along = jax.jvp(lambda A, s: (A @ column, same(A, column, s)), (at, 1.3), (at - 1, 2.0))[1]
    np.testing.assert_allclose(pushed, flat(along), rtol=1e-12)
    rows = sb.jacobian([energy, sp.Trace(A * A.T)], [A, s]).compile()(at, 1.3, b=column)
    np.testing.assert_allclose(rows, [gradient[[0, 1, 2, 3, 4, 5, 9]], [*flat([2 * at]), 0]], rtol=1e-12)
    columns = sb.jacobian([s * A * b, A * b * s**2], [s]).compile()(1.3, A=at, b=column)
    np.testing.assert_allclose(columns, np.concatenate([at @ column, 2.6 * at @ column]), rtol=1e-12)
    values, slopes = sb.derive([energy, sp.Trace(A * A.T)], [A, s]).compile()(at, 1.3, b=column)
    assert (values.shape, slopes["A"].shape, slopes["s"].shape) == ((2,), (2, 2, 3), (2,))
    np.testing.assert_allclose(slopes["A"][1], 2 * at, rtol=1e-13)
    np.testing.assert_allclose(slopes["A"][0].ravel(), gradient[:6], rtol=1e-12)


def test_matrices_whose_size_is_a_symbol_and_modules_of_matrices(tmp_path: Any) -> None:
    B = sp.MatrixSymbol("B", sp.Symbol("n"), 2)
    found = sb.gradient(sp.Trace(B.T * B), [B])
    values = np.arange(6.0).reshape(3, 2)
    np.testing.assert_array_equal(found.compile()(values), 2 * values.ravel())
    namespace: dict[str, Any] = {}
    exec(compile(found.write(tmp_path / "B.py").read_text(), "B.py", "exec"), namespace)
    np.testing.assert_array_equal(namespace["evaluate"](values), 2 * values.ravel())
    _, slopes = sb.derive([sp.Trace(B.T * B), sp.Trace(B.T * B) ** 2], [B]).compile()(values)
    np.testing.assert_array_equal(slopes["B"], [2 * values, 4 * 55 * values])


def test_of_equations_the_later_ones_go_through_those_before() -> None:
    u, v = sp.symbols("u v", real=True)
    equations = [(u, x * y), (v, sp.sin(u) + x)]
    found = sb.vjp(equations, [x, y], {v: 2, "u": u})  # a seed may be what an output is
    all_near(found.expand(), [2 * (y * sp.cos(x * y) + 1) + x * y * y, 2 * x * sp.cos(x * y) + x * y * x])
    all_near(sb.gradient(equations, [x]).expand(), [y * sp.cos(x * y) + 1])
    all_near(sb.hvp(equations, [x], [1]).expand(), [-(y**2) * sp.sin(x * y)])
    tangents = sb.jvp([sp.Integer(2) * x, x * y], [x])
    assert tangents.expand() == [2 * sp.Symbol("v_x", real=True), y * sp.Symbol("v_x", real=True)]


def test_an_entry_of_a_gradient_is_no_data() -> None:
    """A shared part stands in it, which depends on x and y: the trap of second derivatives by hand."""
    first = sb.gradient(sp.exp(x * y) + x**3, [x, y])[x]
    again = sb.gradient(first, [x, y])
    all_near(again.expand(), [y**2 * sp.exp(x * y) + 6 * x, (1 + x * y) * sp.exp(x * y)])


def test_a_model_is_derived_by_its_parameters() -> None:
    net = sb.Network([2, 2, 1], output="sigmoid", loss="bce")
    found = sb.gradient(net)
    assert found.wrt == tuple(net.parameters)
    point = {symbol: sp.Rational(place + 3, 11) for place, symbol in enumerate([*net.parameters, *net.inputs])}
    point |= dict.fromkeys(net.targets, 1)
    all_near(found.expand(), [net.loss.diff(symbol) for symbol in net.parameters], point)
    assert "= δ¹₂ · x₁" in str(found.explain("w1_2_1"))


def test_explanations_are_those_of_the_chain_rule() -> None:
    told = str(sb.vjp([x * y, sp.sin(x)], [x, y]).explain(x))
    assert "∂L/∂x = ∂L/∂f₁ · ∂f₁/∂x + ∂L/∂f₂ · ∂f₂/∂x" in told
    held = str(sb.vjp([x * y, sp.sin(x)], [x, y], [x, 1]).explain(x))
    assert "u_f₁" in held  # a seed that is made of x is a symbol there: nothing is derived of it
    assert "∂L/∂x = ∂L/∂u · ∂u/∂x" in str(sb.gradient(sp.sin(x**2 * y), [x]).explain("x"))
    assert "= −v_x · sin(x)" in str(sb.hvp(sp.sin(x), [x]).explain(x))
    assert "∂x/∂t = v_x" in str(sb.jvp([x * y, sp.sin(x)], [x, y]).explain("f2"))
    assert "∂f₂/∂y" in str(sb.jacobian([x, sp.exp(x * y)], [x, y]).explain(1, y))
    assert "= cos(x y) − x y sin(x y)" in str(sb.hessian(sp.sin(x * y), [x, y]).explain(y, x))
    third = sb.derivatives(x**3 * y, [x, y], 3)
    assert "= 6 x" in str(third.explain(x, y, x))
    assert "= 0" in str(third.explain(y, y))


def test_prints_and_modules(tmp_path: Any) -> None:
    for found in (
        sb.gradient(VALUES["product"], WRT),
        sb.vjp(OUTPUTS["shared"], WRT),
        sb.hvp(VALUES["product"], WRT),
        sb.jvp(OUTPUTS["shared"], WRT),
    ):
        assert str(found).startswith("The ")
        assert found._repr_mimebundle_()["text/latex"].startswith("$")
        path = found.write(tmp_path / "module.py")
        namespace: dict[str, Any] = {}
        exec(compile(path.read_text(), str(path), "exec"), namespace)
        function = found.compile()
        values = [0.3 + 0.1 * place for place in range(len(function.arguments))]
        for mine, theirs in zip(namespace["evaluate"](*values), function(*values), strict=True):
            np.testing.assert_array_equal(mine, theirs)


def test_one_direction_of_one_output_has_what_others_have(tmp_path: Any) -> None:
    found = sb.jvp(sp.sin(x * y), {x: 2})
    all_near(written_out(*found.as_cse()), [sp.sin(x * y), 2 * y * sp.cos(x * y)])
    assert "∂L/∂x · ∂x/∂t" in str(found.explain())
    assert found.cost.total > 0
    assert found.write(tmp_path / "along.py").read_text() == found.source()
    assert found._repr_mimebundle_().keys() == {"text/plain", "text/latex"}


MANY = [x * y, y]
REFUSED = {
    "a list": (lambda: sb.gradient(MANY, [x]), sb.UnsupportedError, "sb.gradient takes one output, not a list of 2"),
    "a list of one": (lambda: sb.hvp([x * y], [x]), sb.UnsupportedError, "sb.jacobian and sb.derive take lists"),
    "a matrix": (lambda: sb.gradient(sp.Matrix(MANY), [x]), sb.ShapeError, "not a 2 x 1 matrix"),
    "a hessian": (lambda: sb.hessian(MANY, [x]), sb.UnsupportedError, "sb.hessian takes one output"),
    "derivatives": (lambda: sb.derivatives(MANY, [x]), sb.UnsupportedError, "sb.derivatives takes one output"),
    "text": (lambda: sb.gradient("x*y", [x]), sb.UnsupportedError, "cannot derive str"),
    "None": (lambda: sb.gradient(None, [x]), sb.UnsupportedError, "cannot derive NoneType"),
    "None of outputs": (lambda: sb.vjp(None, [x]), sb.UnsupportedError, "the outputs are NoneType"),
    "None in a list": (lambda: sb.vjp([None], [x]), sb.UnsupportedError, "output 1 is NoneType"),
    "no outputs": (lambda: sb.vjp([], [x]), sb.ParameterError, "there are no outputs"),
    "a set": (lambda: sb.vjp({x, y}, [x]), sb.UnsupportedError, "give a list, which has an order"),
    "a dict": (lambda: sb.vjp({x: y}, [x]), sb.UnsupportedError, "give a list, which has an order"),
    "nested": (lambda: sb.vjp([[x * y, y], [y, x]], [x]), sb.UnsupportedError, "equation 1 is no"),
    "a list in a list": (lambda: sb.vjp([x * y, [y]], [x]), sb.UnsupportedError, "output 2 is list"),
    "few seeds": (lambda: sb.vjp(MANY, [x], [1]), sb.ParameterError, "upstream has 1 values: give one seed for each"),
    "a seed for two": (lambda: sb.vjp(MANY, [x], 1), sb.ParameterError, "upstream must be a list with one seed"),
    "seeds as text": (lambda: sb.vjp(MANY, [x], "ab"), sb.ParameterError, "upstream must be a list with one seed"),
    "text for a seed": (lambda: sb.vjp(MANY, [x], ["1", 1]), sb.UnsupportedError, "the seed of f1 is str"),
    "a seed of what": (lambda: sb.vjp(MANY, [x], {"g": 1}), sb.ParameterError, "which is none of f1, f2"),
    "a seed is missing": (lambda: sb.vjp(MANY, [x], {"f1": 1}), sb.ParameterError, "upstream lacks f2"),
    "a matrix for a seed": (lambda: sb.vjp(MANY, [x], [sp.eye(2), 1]), sb.ShapeError, "the seed of f1 is 2 x 2"),
    "few entries": (lambda: sb.hvp(x * y, [x, y], [1]), sb.ParameterError, "along has 1 values: give one entry"),
    "an entry of what": (lambda: sb.hvp(x * y, [x], {y: 1}), sb.ParameterError, "along has 'y', which is none of x"),
    "no entry": (lambda: sb.hvp(x * y, [x], {}), sb.ParameterError, "along is empty"),
    "twice": (lambda: sb.gradient(x, [x, x]), sb.ParameterError, "twice"),
    "by text": (lambda: sb.gradient(x, ["x"]), sb.ParameterError, "pass the symbol itself"),
    "by nothing": (lambda: sb.gradient(x, []), sb.ParameterError, "wrt is empty"),
    "by an output": (
        lambda: sb.vjp([(a, x), (z, a * x)], [a]),
        sb.ParameterError,
        "a is defined by an equation",
    ),
    "no entry of that name": (lambda: sb.gradient(x * y, [x])["q"], sb.ParameterError, "q is none of what there is: x"),
    "two for one": (lambda: sb.jacobian([x], [x])[0], sb.ParameterError, "an output and a symbol"),
    "a pair for a vector": (lambda: sb.gradient(x * y, [x]).explain(x, y), sb.ParameterError, "one symbol"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_refusals(case: str) -> None:
    call, error, message = REFUSED[case]
    with pytest.raises(error) as caught:
        call()
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)


def test_numbers_may_be_floats_and_a_single_seed_no_list() -> None:
    assert sb.vjp([x * y], [x], 0.5).compile()(1.0, 3.0) == 1.5
    assert sb.hvp(x**2 * y, [x], np.array([0.5])).compile()(1.0, 3.0) == 3.0


def test_an_entry_beyond_the_last_is_an_index_error() -> None:
    with pytest.raises(IndexError):
        sb.gradient(x * y, [x, y])[2]


def test_seeds_of_outputs_that_are_one_node_add_up() -> None:
    made = derivation.derive_pulled_back(
        [(sp.Symbol("p"), x * y), (sp.Symbol("q"), x * y)], list(sp.symbols("p q")), [sp.S(2), a], [x], sp.Symbol("L")
    )
    near(made.expand((0,)), (2 + a) * y)
