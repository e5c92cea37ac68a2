"""Derivatives that are not worked out, as SymPy expressions: equality, what may be put into them, print, refusals."""

from __future__ import annotations

import pickle
from typing import Any

import numpy as np
import pytest
import sympy as sp

import symbackprop as sb
from symbackprop.api.unevaluated_derivatives import hvp_nodes, vjp_nodes
from symbackprop.errors import ParameterError, ShapeError, SymbackpropError, UnsupportedError

E, F, x, y, z, L = sp.symbols("E F x y z L", real=True)
A, X = sp.MatrixSymbol("A", 2, 2), sp.MatrixSymbol("X", 3, 1)
n = sp.Symbol("n", integer=True)


# --- what it is ---


def test_symbols_have_one_order_and_equal_ones_stand_together() -> None:
    same = [sb.d(E, x, y, x), sb.d(E, y, x, 2), sb.d(E, (x, 2), y), sb.d(sb.d(E, x), y, x), sb.d(sb.d(E, y, x), x)]
    assert len(set(same)) == 1
    assert same[0].orders == {x: 2, y: 1}
    assert same[0] != sb.d(E, x, y)
    assert sb.d(E, x).diff(x) == sb.d(E, x, 2)


def test_it_is_an_expression_of_its_symbols() -> None:
    node = sb.d(E * z, x)
    assert node.free_symbols == {E, x, z}
    assert node.is_real
    assert sb.d(sp.Symbol("c"), x).is_real is None
    assert sb.d(3, x) == sb.d(sp.pi, x) == 0
    assert pickle.loads(pickle.dumps(node)) == node
    assert node.func(*node.args) == node
    assert sp.expand((node + 1) ** 2) == node**2 + 2 * node + 1
    assert node.evalf() == node


def test_doit_is_what_sympy_says_of_independent_symbols() -> None:
    for expression in (x**3 * y, sp.sin(x * y) / z, sp.exp(-(x**2)) * E):
        assert sb.d(expression, x, 2).doit(independent=True) == expression.diff(x, 2)
        assert sb.d(expression, x, y).doit(independent=True) == expression.diff(x, y)
    assert sb.d(x, x).doit() == 1
    assert sb.d(x * sb.d(x**3, x), x).doit() == 9 * x**2


def test_simplify_keeps_the_derivative_of_a_name() -> None:
    node = sb.d(E, x)
    assert sp.simplify(node * node + node**2) == 2 * node**2
    output = sb.Network([1, 1], output="identity").outputs[0]
    assert sb.d(output**2 * x, x).doit() == sb.d(output**2 * x, x)


# --- something in the place of its symbols ---


def test_names_are_replaced_by_what_they_stand_for() -> None:
    node = sb.d(E, x)
    assert node.subs(E, x**3).doit() == 3 * x**2
    assert node.xreplace({E: x**3}).doit() == 3 * x**2
    assert (y * node).subs({E: x * y, y: 2}) in (2 * sb.d(2 * x, x), 2 * sb.d(x * y, x))
    assert node.subs(z, 3) == node
    assert node.subs(F, 3) == node
    assert sb.d(E * z, x).subs(z, 3) == sb.d(3 * E, x)


def test_counts_are_no_numbers_to_replace() -> None:
    node = sb.d(E, x, 2)
    assert node.subs(2, 5) == node
    assert node.xreplace({sp.Integer(2): sp.Integer(5)}) == node


def test_a_point_is_put_into_what_is_worked_out() -> None:
    assert sb.d(x**3, x).subs(x, 2) == 12
    assert sb.d(x**3, x).subs(x, y) == 3 * y**2
    assert sb.d(x**2 * y, x).xreplace({x: 3, y: 2}) == 12
    assert sb.d(x**2 * y, x, y).subs(x, 5) == 10
    assert sb.d(x**2 * y, x, y).xreplace({x: y, y: x}) == 2 * y
    assert sb.d(A[0, 0] ** 2, A[0, 0]).subs(A[0, 0], 3) == 6


NEVER_WRONG: dict[str, tuple[Any, str]] = {
    "a point of a name": (lambda: sb.d(E, x).subs(x, 3), r"x cannot be replaced in ∂E/∂x: E may be defined by it"),
    "another name": (lambda: sb.d(E, x).subs(x, y), "E may be defined by it"),
    "of two": (lambda: sb.d(x**2 * y, x).subs(x, 3), "y may be defined by it"),
    "at once": (lambda: sb.d(E, x).xreplace({E: x**2, x: 3}), "x may be defined by it"),
    "a part": (lambda: sb.d(x**2 * E, x).subs(x**2, y), r"x\*\*2 cannot be replaced in .*, which is a derivative by x"),
    "a part at once": (lambda: sb.d(x**2 * E, x).xreplace({x**2: y}), r"x\*\*2 cannot be replaced"),
    "a quantity written out": (lambda: sb.d(E, z).xreplace({z: x**2, E: x**4}), "z cannot be replaced"),
}


@pytest.mark.parametrize("name", NEVER_WRONG)
def test_what_would_be_wrong_is_refused(name: str) -> None:
    call, message = NEVER_WRONG[name]
    with pytest.raises(ParameterError, match=message):
        call()


def test_the_advice_works() -> None:
    assert sb.d(x**2 * y, x).doit(independent=True).subs(x, 3) == 6 * y
    assert sb.d(x**2 * z, x).doit(independent=True).subs(x**2, y) == 2 * x * z
    assert sb.derive([(E, x**2), (L, sb.d(E, x))], [x]).expand("E") == 0
    assert sb.derive([(E, x**2), (L, sb.d(E, x) * y)], [y]).expand(y).subs(x, 3) == 6


# --- print ---


PRINTED = {
    "∂E/∂x": (sb.d(E, x), r"\frac{\partial E}{\partial x}"),
    "∂²E/∂x²": (sb.d(E, x, 2), r"\frac{\partial^{2} E}{\partial x^{2}}"),
    "∂³E/∂x∂y²": (sb.d(E, x, y, 2), r"\frac{\partial^{3} E}{\partial x \partial y^{2}}"),
    "(∂E/∂x)**2": (sb.d(E, x) ** 2, r"\left(\frac{\partial E}{\partial x}\right)^{2}"),
    "∂(E*x)/∂x": (sb.d(E * x, x), r"\frac{\partial \left(E x\right)}{\partial x}"),
    "∂E/∂A[1, 0]": (sb.d(E, A[1, 0]), r"\frac{\partial E}{\partial {A}_{1,0}}"),
}


@pytest.mark.parametrize("text", PRINTED)
def test_print(text: str) -> None:
    node, latex = PRINTED[text]
    assert str(node) == text
    assert sp.latex(node) == latex
    assert "∂" in sp.pretty(node)


def test_formulas_show_the_fraction_in_every_format() -> None:
    u = sp.Symbol("u", real=True)
    d = sb.derive([(u, sp.sin(x * y)), (L, sb.d(u, x, 2) ** 2 / sb.d(u, y))], [x])
    explained = d.explain(x)
    assert "∂²u/∂x² = −u y²" in str(explained)
    assert "L = (∂²u/∂x²)²/(∂u/∂y)" in str(explained)
    assert "∂L/∂(∂²u/∂x²) = 2 ∂²u/∂x²/(∂u/∂y)" in str(explained).replace("(∂²u/∂x²)/", "∂²u/∂x²/")
    assert r"\frac{\partial^{2} u}{\partial x^{2}}" in explained.latex()
    mathml = d.formulas(format="mathml")
    assert "<mfrac><mrow><msup><mi>∂</mi><mn>2</mn></msup><mi>u</mi></mrow>" in mathml
    assert r"\frac{\partial^{2} u}{\partial x^{2}}" in d.formulas(format="markdown")


def test_comments_show_it_too() -> None:
    net = sb.Network([2, 2, 1], output="identity")
    [a], [first, _] = net.outputs, net.inputs
    source = sb.derive(
        sb.Model([*net.equations[:-1]], net.parameters, net.inputs, [], [], (sb.d(a, first) - a) ** 2)
    ).source()
    assert "# da2_1/dx1" in source
    assert "dL/d(da2_1/dx1)" in source


# --- what the doors give ---


def test_a_name_gives_nodes_at_every_door() -> None:
    by = [x, y]
    assert sb.gradient(E, by) == [sb.d(E, x), sb.d(E, y)]
    assert sb.gradient(E, sp.Matrix(by)) == sp.Matrix([sb.d(E, x), sb.d(E, y)])
    assert sb.gradient(E, X) == sp.Matrix([sb.d(E, X[row, 0]) for row in range(3)])
    assert sb.hessian(E, by) == sp.Matrix([[sb.d(E, x, 2), sb.d(E, x, y)], [sb.d(E, x, y), sb.d(E, y, 2)]])
    assert sb.jacobian(E, by) == sp.Matrix([[sb.d(E, x), sb.d(E, y)]])
    assert sb.jvp(E, {x: z, y: 2}) == z * sb.d(E, x) + 2 * sb.d(E, y)
    assert sb.derivatives(E, by, 2)[x, y] == sb.d(E, x, y)
    assert len(sb.derivatives(E, by, 3)) == 2 + 3 + 4


def test_what_has_all_that_it_needs_is_worked_out_at_once() -> None:
    assert isinstance(sb.jacobian([x * y, y], [x, y]), sb.Jacobian)
    for outputs in ([x * y, E], [E], [E, F], sp.Matrix([E, F]), sp.ImmutableMatrix([[E, F]]), (E, F)):
        made = sb.jacobian(outputs, [x, z])  # in a list a symbol is an output like any other
        assert isinstance(made, sb.Jacobian)
        assert made.expand() == sp.Matrix(list(outputs)).jacobian([x, z])
    assert isinstance(sb.hessian(E * x**2, [x]), sb.Hessian)
    assert isinstance(sb.hessian(x, [x]), sb.Hessian)
    assert isinstance(sb.jvp([(E, x**2)], {x: 1}), sb.Jvp)


def test_an_output_of_a_network_or_a_derivative_in_it_makes_an_expression_wait() -> None:
    [a], [first, _] = (net := sb.Network([2, 2, 1])).outputs, net.inputs
    for expression in (a, a**2 + x, sb.d(E, x) * y):
        assert sb.hessian(expression, [first])[0, 0] == sb.d(expression, first, 2)
        for outputs in ([expression, x], sp.Matrix([expression, x]), sp.ImmutableMatrix([[expression, x]])):
            matrix = sb.jacobian(outputs, [first])
            assert matrix == sp.Matrix([sb.d(expression, first), sb.d(x, first)])
    square = sp.Matrix(2, 2, [a, x, y, a])
    with pytest.raises(ShapeError, match="the outputs are a 2 x 2 matrix: give a column of a known size, or a list"):
        sb.jacobian(square, [first])


def test_products_with_vectors_are_those_of_the_matrices() -> None:
    given = [(E, sp.sin(x * y) + x**3), (F, x * y**2)]
    v = sp.Matrix([2, z])
    matrix = sp.Matrix([list(sb.gradient(one, [x, y])) for one in (E, F)])
    along = sb.jvp(E, {x: 2, y: z})
    meant = dict(given)[E].diff(x) * 2 + dict(given)[E].diff(y) * z
    f = sb.derive([*given, (L, along)], [z]).compile()
    at = {"x": 0.3, "y": 0.7, "z": -1.2}
    assert f(**at)[0] == pytest.approx(float(meant.subs({x: 0.3, y: 0.7, z: -1.2})), rel=1e-13)
    assert (matrix * v)[0] == along


def test_vectors_times_derivatives_of_names() -> None:
    by = [x, y]
    assert vjp_nodes([E, F], by, [2, z]) == [2 * sb.d(E, one) + z * sb.d(F, one) for one in by]
    assert vjp_nodes([E, F], by, {F: z}) == [z * sb.d(F, one) for one in by]
    assert hvp_nodes(E, by, [2, z]) == [2 * sb.d(E, one, x) + z * sb.d(E, one, y) for one in by]
    assert hvp_nodes(E, by, {y: z}) == [z * sb.d(E, one, y) for one in by]
    for call in (lambda: vjp_nodes([E, F], by, [2]), lambda: hvp_nodes(E, by, "xy"), lambda: hvp_nodes(E, by, {z: 1})):
        with pytest.raises(ParameterError, match=r"must be a list of 2|names z: give an entry"):
            call()


# --- what is refused ---


REFUSED: dict[str, tuple[Any, type[SymbackpropError], str]] = {
    "text": (lambda: sb.d("E", x), UnsupportedError, "what is differentiated is str, it must be a SymPy expression"),
    "text that runs": (lambda: sb.d("__import__('os')", x), UnsupportedError, "what is differentiated is str"),
    "by text": (lambda: sb.d(E, "x"), ParameterError, "cannot differentiate by str 'x': pass a SymPy symbol"),
    "by a sum": (lambda: sb.d(E, x + 1), ParameterError, r"cannot differentiate by Add 'x \+ 1'"),
    "by nothing": (lambda: sb.d(E), ParameterError, "nothing to differentiate by: name at least one symbol"),
    "order 0": (lambda: sb.d(E, x, 0), ParameterError, "is 0: give a whole number from 1 to 20"),
    "order -1": (lambda: sb.d(E, x, -1), ParameterError, "is -1: give a whole number"),
    "order 1.5": (lambda: sb.d(E, x, 1.5), ParameterError, "is 1.5: give a whole number"),
    "a huge order": (lambda: sb.d(E, x, 10**12), ParameterError, "is 1000000000000: give a whole number"),
    "a huge order in steps": (lambda: sb.d(sb.d(E, x, 15), y, 15), ParameterError, "is 30: give a whole number"),
    "a symbol as the order": (lambda: sb.d(E, (x, y)), ParameterError, "is y: give a whole number"),
    "a triple": (lambda: sb.d(E, (x, y, 2)), ParameterError, "is no pair of a symbol and an order"),
    "of a matrix": (lambda: sb.d(A, x), ShapeError, r"A is a 2 x 2 matrix: take the derivative of an entry, A\[0, 0\]"),
    "of a column": (lambda: sb.d(sp.Matrix([x, y]), x), ShapeError, "is a 2 x 1 matrix: take the derivative of an"),
    "by a matrix": (lambda: sb.d(E, A), ParameterError, r"A is a matrix: name an entry, A\[0, 0\], or use sb.gradient"),
    "by a symbolic entry": (lambda: sb.d(E, A[n, 0]), ParameterError, "give the place of an entry in numbers"),
    "a list": (lambda: sb.d([E], x), UnsupportedError, "what is differentiated is list"),
    "code": (lambda: sp.lambdify(x, sb.d(E, x)), UnsupportedError, "is not worked out, and has no code"),
    "gradient by nothing": (lambda: sb.gradient(E, []), ParameterError, "wrt is empty"),
    "gradient by text": (lambda: sb.gradient(E, "xy"), ParameterError, "wrt must be a list of SymPy symbols, got str"),
    "jvp along a list": (lambda: sb.jvp(E, [x]), ParameterError, "along must be a dict here"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_hostile_input_is_refused_in_one_line(name: str) -> None:
    call, kind, message = REFUSED[name]
    with pytest.raises(kind, match=message) as caught:
        call()
    assert "\n" not in str(caught.value)


def test_entries_of_matrices_are_differentiated_by() -> None:
    energy = sb.Total(A.T * A) ** 2
    d = sb.derive([(E, energy), (L, sb.d(E, A[0, 1]) * sb.d(E, A[1, 0], 2))], [A])
    at = np.array([[0.3, -0.7], [1.1, 0.4]])
    entries = sp.Matrix(2, 2, sp.symbols("a b c e", real=True))
    whole = sum(entries.T * entries) ** 2
    meant = whole.diff(entries[0, 1]) * whole.diff(entries[1, 0], 2)
    point = dict(zip(entries, at.ravel(), strict=True))
    value, slopes = d.compile()(A=at)
    assert value == pytest.approx(float(meant.subs(point)), rel=1e-12)
    expected = [float(meant.diff(entry).subs(point)) for entry in entries]
    np.testing.assert_allclose(slopes["A"].ravel(), expected, rtol=1e-11)
