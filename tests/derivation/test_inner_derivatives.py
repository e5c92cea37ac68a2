"""Derivatives inside expressions and losses are those of SymPy's `diff` of everything written out, and of JAX."""

from __future__ import annotations

import itertools
import pickle
from typing import Any

import numpy as np
import pytest
import sympy as sp

import symbackprop as sb
from symbackprop.derivation import inner_of
from symbackprop.errors import ParameterError, SymbackpropError, UnsupportedError

E, F, L, u, v, z, x, y, k = sp.symbols("E F L u v z x y k", real=True)
POINTS = (
    {x: sp.Rational(3, 7), y: sp.Rational(-5, 4), k: sp.Rational(7, 5)},
    {x: sp.Rational(9, 8), y: sp.Rational(2, 3), k: sp.Rational(-1, 3)},
)


def at(point: Any, replacements: Any, outputs: Any) -> list[Any]:
    """The numbers of outputs, to 40 digits: line after line, as nothing is ever written out."""
    values = dict(point)
    for symbol, expression in replacements:
        values[symbol] = expression.subs(values).evalf(45)
    return [sp.sympify(output).subs(values).evalf(45) for output in outputs]


def agree(derived: Any, meant: Any) -> bool:
    """Whether (replacements, outputs) have the values of expressions at a few points."""
    others = [(at(point, *derived), at(point, *sp.cse(meant))) for point in POINTS]
    return all(
        abs(one - other) < sp.Float(10) ** -35 * (1 + abs(other))
        for found, wanted in others
        for one, other in zip(found, wanted, strict=True)
    )


def with_slopes(meant: Any) -> list[Any]:
    return [meant, meant.diff(x), meant.diff(y)]


def smooth(a: Any, b: Any) -> Any:
    return sp.exp(a * b) / (1 + b**2)


def of_two(of: Any, a: Any, b: Any) -> Any:
    return sp.sin(of * a) * b + of**3


E_Z = of_two(z, x, y)  # of z and x, with z = z(x, y)
Z_XY = sp.tanh(x * y)

CASES: dict[str, tuple[list[tuple[Any, Any]], Any]] = {
    "first": ([(u, smooth(x, y)), (L, sb.d(u, x) ** 2 + u)], smooth(x, y).diff(x) ** 2 + smooth(x, y)),
    "second": ([(u, smooth(x, y)), (L, sb.d(u, x, 2) * y)], smooth(x, y).diff(x, 2) * y),
    "third": ([(u, smooth(x, y)), (L, sb.d(u, x, 3) - sb.d(u, x))], smooth(x, y).diff(x, 3) - smooth(x, y).diff(x)),
    "mixed": ([(u, smooth(x, y)), (L, sb.d(u, x, y) * sb.d(u, y))], smooth(x, y).diff(x, y) * smooth(x, y).diff(y)),
    "Laplacian": (
        [(u, smooth(x, y)), (L, (sb.d(u, x, 2) + sb.d(u, y, 2)) ** 2)],
        (smooth(x, y).diff(x, 2) + smooth(x, y).diff(y, 2)) ** 2,
    ),
    "of a derivative": (
        [(u, smooth(x, y)), (v, sb.d(u, x) ** 2 * y), (L, sb.d(v, y) + v)],
        (smooth(x, y).diff(x) ** 2 * y).diff(y) + smooth(x, y).diff(x) ** 2 * y,
    ),
    "in one expression": (
        [(u, smooth(x, y)), (L, sb.d(x * sb.d(u, x), x, 2))],
        (x * smooth(x, y).diff(x)).diff(x, 2),
    ),
    "of an expression": ([(u, smooth(x, y)), (L, sb.d(u**2 * y, y))], (smooth(x, y) ** 2 * y).diff(y)),
    "of a plain expression": ([(L, sb.d(x**3 * y, x, 2) * k)], 6 * x * y * k),
    "through several": (
        [(z, Z_XY), (u, of_two(z, x, y)), (L, sb.d(u, x, 2) * sb.d(u, y))],
        E_Z.subs(z, Z_XY).diff(x, 2) * E_Z.subs(z, Z_XY).diff(y),
    ),
    "by a quantity": ([(z, Z_XY), (u, E_Z), (L, sb.d(u, z) * y)], E_Z.diff(z).subs(z, Z_XY) * y),
    "by a quantity twice": ([(z, Z_XY), (u, E_Z), (L, sb.d(u, z, 2))], E_Z.diff(z, 2).subs(z, Z_XY)),
    "by a quantity and a symbol": (
        [(z, Z_XY), (u, E_Z), (L, sb.d(u, x, z))],
        E_Z.diff(z).subs(z, Z_XY).diff(x),
    ),
    "by two quantities": (
        [(z, Z_XY), (v, z**2 * x), (u, v * sp.sin(z) + v**3), (L, sb.d(u, v, z))],
        (sp.sin(z) + 3 * (z**2 * x) ** 2).diff(z).subs(z, Z_XY),
    ),
    "a derivative as an equation": (
        [(u, smooth(x, y)), (v, sb.d(u, x)), (F, sb.d(u, x) + v), (L, v * F)],
        2 * smooth(x, y).diff(x) ** 2,
    ),
    "equal to a part of the forward pass": (
        [(u, sp.exp(x) * y), (L, sb.d(u, x) * u + sb.d(u, y))],
        (sp.exp(x) * y) ** 2 + sp.exp(x),
    ),
    "of what does not depend on it": ([(u, sp.sin(y)), (L, sb.d(u, x) + sb.d(u, k) + u * x)], sp.sin(y) * x),
}


@pytest.mark.parametrize("name", CASES)
def test_it_is_the_derivative_of_what_is_written_out(name: str) -> None:
    equations, meant = CASES[name]
    assert agree(sb.derive(equations, [x, y]).as_cse(), with_slopes(meant))


@pytest.mark.parametrize("method", ["forward", "naive", "naive+cse"])
def test_every_method_takes_it(method: str) -> None:
    equations, meant = CASES["by a quantity"]
    assert agree(sb.derive(equations, [x, y], method=method).as_cse(), with_slopes(meant))


def test_the_doors_for_several_take_it() -> None:
    equations, meant = CASES["mixed"]
    wrt = [x, y]
    outputs = [smooth(x, y), meant, smooth(x, y).diff(x)]
    jacobian = sb.jacobian([*equations, (v, sb.d(u, x))], wrt)
    assert agree(jacobian.as_cse(), [*outputs, *(output.diff(by) for output in outputs for by in wrt)])
    second = [meant.diff(x, 2), meant.diff(x, y), meant.diff(y, 2)]
    assert agree(sb.hessian(equations, wrt).as_cse(), [*with_slopes(meant), *second])
    along = sb.jvp(equations, {x: 2, y: k}).equations
    assert agree((along, [along[-1][0]]), [2 * meant.diff(x) + k * meant.diff(y)])


def test_what_comes_of_it_is_derived_again() -> None:
    equations, meant = CASES["second"]
    d = sb.derive(equations, [x, y])
    for first in (x, y):
        again = sb.derive(d.equations_of(first), [x, y])
        assert agree(again.as_cse(), with_slopes(meant.diff(first)))


def test_kinks_are_those_of_other_derivatives() -> None:
    inner = sb.derive([(u, sb.relu(x) + sp.Abs(x)), (L, sb.d(u, x) * y)], [y]).compile()
    assert [inner(1.0, at)[1]["y"] for at in (-2.0, 0.0, 2.0)] == [-1, 0, 2]
    piece = sp.Piecewise((sp.sqrt(x), x > 0), (y * x**2, True))
    spoilt = sb.derive([(u, piece), (L, sb.d(u, x) ** 2)], [y]).compile()
    assert spoilt(y=3.0, x=-1.0)[1]["y"] == 2 * (2 * 3.0 * -1) * (2 * -1)


# --- equal derivatives are one node, and a gradient is one sweep ---


def test_equal_derivatives_are_one_node() -> None:
    once = sb.derive([(u, smooth(x, y)), (L, sb.d(u, x, y))], [x])
    twice = sb.derive([(u, smooth(x, y)), (v, sb.d(u, x)), (L, sb.d(v, y) + sb.d(sb.d(u, y), x))], [x])
    assert twice.cost.forward <= once.cost.forward + 2  # the sum, and what v costs by itself: nothing
    by_name = {symbol.name for symbol in inner_of(twice.graph)}
    assert len([name for name in by_name if name.startswith("d2u")]) <= 2


def test_a_gradient_is_one_backward_sweep() -> None:
    """Energy of a chain: all derivatives together cost a small multiple of the energy, however many there are."""
    costs = []
    for count in (10, 20, 40):
        xs = sp.symbols(f"x1:{count + 1}", real=True)
        energy = sum(sp.sin(a - b) ** 2 for a, b in itertools.pairwise(xs))
        forces = sb.gradient(E, xs)
        d = sb.derive([(E, sp.log(1 + energy)), (L, sum(force**2 for force in forces))], [*xs])
        costs.append((d.cost.forward, d.cost.total))
    for before, after in itertools.pairwise(costs):
        assert all(large <= 2.2 * small for small, large in zip(before, after, strict=True))


# --- networks ---


def jax_loss(network: sb.Network) -> Any:
    """(u'' by the first input + u - y)**2 + (du by the last input)**2, by JAX alone."""
    jax = pytest.importorskip("jax")
    jax.config.update("jax_enable_x64", True)
    jnp, layers = jax.numpy, len(network.widths) - 1

    def output(params: Any, inputs: Any) -> Any:
        for layer in range(1, layers + 1):
            inputs = params[f"W{layer}"] @ inputs + params[f"b{layer}"]
            inputs = jnp.tanh(inputs) if layer < layers else inputs
        return inputs[0]

    def one(params: Any, inputs: Any, target: Any) -> Any:
        first = jax.grad(output, 1)
        second = jax.grad(lambda at: first(params, at)[0])(inputs)[0]
        return (second + output(params, inputs) - target[0]) ** 2 + first(params, inputs)[-1] ** 2

    return jax.jit(jax.value_and_grad(lambda params, X, Y: jax.vmap(one, (None, 0, 0))(params, X, Y).mean()))


def physics(network: sb.Network) -> Any:
    """The same as a loss of ours."""
    output, first, last = network.outputs[0], *by_entries(network.inputs)
    target = by_entries(network.targets)[0]
    if network.form == "matrix":
        output = output[0, 0]
    return (sb.d(output, first, 2) + output - target) ** 2 + sb.d(output, last) ** 2


def by_entries(symbols: Any) -> list[Any]:
    if isinstance(symbols[0], sp.MatrixSymbol):
        return [symbols[0][row, 0] for row in range(symbols[0].shape[0])]
    return list(symbols)


@pytest.mark.parametrize("form", ["scalar", "matrix"])
def test_second_derivatives_in_the_loss_of_a_network_are_those_of_jax(form: str) -> None:
    network = sb.Network([2, 5, 4, 1], output="identity", form=form)
    rng = np.random.default_rng(3)
    params = {name: rng.normal(size=shape) for name, shape in network.shapes.items()}
    X, Y = rng.normal(size=(7, 2)), rng.normal(size=(7, 1))
    value, gradients = jax_loss(network)(params, X, Y)
    d = sb.derive(physics(network), network.parameters)
    if form == "scalar":
        given = {symbol.name: params[array][place] for symbol, (array, place) in network.entries.items()}
        columns = {symbol.name: column for symbol, column in zip(network.inputs, X.T, strict=True)}
        batch = [*network.inputs, *network.targets]
        found, slopes = d.compile(batch=batch)(**given, **columns, y1=Y[:, 0])
        slopes = {symbol: slopes[symbol.name] for symbol in network.parameters}
        expected = {symbol: gradients[array][place] for symbol, (array, place) in network.entries.items()}
    else:
        found, slopes = d.compile(batch=[*network.inputs, *network.targets])(**params, x=X, y=Y)
        expected = gradients
    assert found == pytest.approx(float(value), rel=1e-12)
    for name, slope in expected.items():
        np.testing.assert_allclose(slopes[name], slope, rtol=1e-9, atol=1e-11)


@pytest.mark.filterwarnings("ignore:all derivatives by b2_1 are 0 at the start")  # forces alone do not depend on it
@pytest.mark.parametrize("target", ["numpy", "jax"])
def test_a_model_trains_on_derivatives_of_a_network(target: str) -> None:
    """Forces -dE/dx as outputs and in the loss: the gradients are those of differences, and the loss falls."""
    network = sb.Network([2, 4, 1], output="identity")
    energy, inputs = network.outputs[0], network.inputs
    forces, wanted = sp.symbols("F1:3", real=True), sp.symbols("f1:3", real=True)
    equations = [*network.equations[:-1], *zip(forces, (-one for one in sb.gradient(energy, inputs)), strict=True)]
    loss = sum((force - one) ** 2 for force, one in zip(forces, wanted, strict=True))
    model = sb.Model(equations, network.parameters, inputs, wanted, [energy, *forces], loss)
    d = sb.derive(model)
    module = d.module(target=target)
    rng = np.random.default_rng(0)
    X = rng.normal(size=(40, 2))
    Y = -np.cos(X)
    start = module.init(0)
    if target == "numpy":
        assert module.check_grad(start, X[:5], Y[:5]) < 1e-7
    params, history = d.train(X, Y, epochs=60, learning_rate=0.05, optimizer="adam", target=target)
    assert history[-1] < history[0] / 3
    predicted = np.asarray(module.forward(params, X[:3]))
    step = 1e-3
    for column in (0, 1):
        move = np.eye(2)[column] * step
        above, below = (np.asarray(module.forward(params, X[:3] + sign * move))[:, 0] for sign in (1, -1))
        np.testing.assert_allclose(predicted[:, 1 + column], -(above - below) / (2 * step), rtol=1e-2, atol=2e-3)


def test_outputs_carry_the_equations_of_their_network() -> None:
    network = sb.Network([2, 3, 1], output="sigmoid")
    [output], [first, second] = network.outputs, network.inputs
    bare = sb.derive((sb.d(output, first) - y) ** 2 + output, network.parameters)
    listed = sb.derive([*network.equations[:-1], (L, (sb.d(output, first) - y) ** 2 + output)], network.parameters)
    values = {symbol.name: 0.1 * place for place, symbol in enumerate([*network.parameters, first, second, y])}
    assert bare.compile()(**values) == listed.compile()(**values)
    assert bare.cost.total == listed.cost.total
    written = dict(network.equations)
    while inner := {one: written[one] for one in written[output].free_symbols if one in written}:
        written[output] = written[output].xreplace(inner)
    meant = ((written[output].diff(first) - y) ** 2 + written[output]).diff(network.parameters[0])
    given = {symbol: values[symbol.name] for symbol in meant.free_symbols}
    assert bare.compile()(**values)[1]["w1_1_1"] == pytest.approx(float(meant.subs(given)), rel=1e-12)


def test_outputs_of_equal_networks_are_equal_and_survive_pickling() -> None:
    one, other = (sb.Network([2, 3, 1], output="identity") for _ in range(2))
    assert one.outputs == other.outputs
    assert one.equations == other.equations
    assert one.outputs != sb.Network([2, 4, 1], output="identity").outputs
    node = sb.d(one.outputs[0], one.inputs[0])
    again = pickle.loads(pickle.dumps(node))
    assert again == node
    assert sb.derive(again, one.parameters).cost.total == sb.derive(node, one.parameters).cost.total
    restored = pickle.loads(pickle.dumps(one))
    assert restored.outputs == one.outputs


def test_a_model_is_derived_by_sympy_too() -> None:
    network = sb.Network([1, 2, 1], output="identity")
    [output], [t] = network.outputs, network.inputs
    loss = sb.d(output, t, 2) ** 2
    model = sb.Model(network.equations[:-1], network.parameters, network.inputs, loss=loss)
    point = {symbol: sp.Rational(place + 1, 7) for place, symbol in enumerate([*network.parameters, t])}
    one, other = (sb.derive(model, method=method).expand(network.parameters[0]) for method in ("backprop", "naive"))
    assert abs((one - other).subs(point).evalf(40)) < 1e-35
    assert abs(one.subs(point).evalf(40)) > 1e-5


def test_a_loss_is_derived_by_inputs() -> None:
    network = sb.Network([2, 3, 1])
    d = sb.derive(network, wrt=network.inputs)
    assert [symbol.name for symbol in d.gradients] == ["x1", "x2"]


# --- depth and size ---


def test_nothing_recurses_over_deep_expressions() -> None:
    start = deep = sp.Symbol("start", real=True)
    for _ in range(800):
        deep = sp.sin(deep, evaluate=False)
        assert deep.is_commutative  # SymPy goes all the way down if it is asked at the end
        hash(deep)
    assert sb.derive(sb.d(sp.Mul(deep, y, evaluate=False), start, 2), [y]).cost.total < 30_000


def test_shared_parts_stay_shared() -> None:
    """Nested 25 times SymPy's walks double with each level."""
    nested = x
    for _ in range(25):
        nested = sp.sin(nested) * sp.cos(nested)
    d = sb.derive([(u, nested), (L, sb.d(u, x) ** 2)], [x])
    assert d.cost.total < 1_500


# --- what is refused ---


REFUSED: dict[str, tuple[Any, type[SymbackpropError], str]] = {
    "not there yet": (
        lambda: sb.derive([(F, sb.d(E, x)), (E, x**2), (L, F + E)], [x]),
        ParameterError,
        "E is used before the equation that defines it: put that one first",
    ),
    "of itself": (
        lambda: sb.derive([(E, x**2 + sb.d(E, x)), (L, E)], [x]),
        ParameterError,
        "E is used before the equation",
    ),
    "in a circle": (
        lambda: sb.derive([(E, x * F), (F, sb.d(E, x)), (L, E)], [x]),
        ParameterError,
        "F is used before the equation",
    ),
    "by a quantity of what went through it": (
        lambda: sb.derive([(z, sp.tanh(x)), (E, z**3 * x), (F, x * sb.d(E, x)), (L, sb.d(F, z))], [x]),
        UnsupportedError,
        r"a derivative by z of what holds a derivative by something that z is made of: differentiate by z first",
    ),
    "in a Lambda": (
        lambda: sb.derive(sb.Total(sp.MatrixSymbol("A", 2, 2).applyfunc(sp.Lambda(x, sb.d(x**2 * y, x)))), [y]),
        UnsupportedError,
        "inside a Lambda there are no derivatives; write it outside",
    ),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_cannot_be_told_is_refused(name: str) -> None:
    call, kind, message = REFUSED[name]
    with pytest.raises(kind, match=message):
        call()


def test_a_declared_output_without_equations_is_refused_by_name() -> None:
    lost = sb.Network([1, 1], output="identity").outputs[0]
    with pytest.raises(ParameterError, match="a1_1 is differentiated, and nothing here defines it"):
        sb.derive(sb.d(lost, x) * y, [lost, y])


def test_a_name_without_equations_is_independent_as_in_sympy() -> None:
    assert sb.derive(sb.d(E, x) * y + y**2, [y]).expand(y) == sp.diff(E, x) + 2 * y
    assert sb.derive(sb.d(E * x, x) * y, [y]).expand(y) == E
    assert sb.derive([(E, x**2), (L, E + sb.d(E, v))], [x, v]).expand(v) == 0


def test_names_of_derivatives_clash_with_no_others() -> None:
    taken = sp.Symbol("du_dx", real=True)
    d = sb.derive([(u, smooth(x, y)), (taken, x * y), (L, sb.d(u, x) * taken)], [x])
    assert agree(d.as_cse(), with_slopes(smooth(x, y).diff(x) * x * y)[:2])
