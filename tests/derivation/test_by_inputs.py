"""The derivative of a model by its data: in formulas, and as a function of its equations."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import sympy as sp

import symbackprop as sb


def test_formulas_by_the_inputs_of_a_network() -> None:
    net = sb.Network([2, 2, 1])
    derivation = sb.derive(net, wrt=net.inputs)
    point = {
        symbol: sp.Rational(7 + place, 11 + 3 * place) for place, symbol in enumerate((*net.parameters, *net.inputs))
    }
    point[net.targets[0]] = sp.S.One
    for symbol in net.inputs:
        found = derivation.expand(symbol).subs(point).evalf(40)
        assert abs(found - net.loss.diff(symbol).subs(point).evalf(40)) < sp.Float("1e-35", 40)
    assert "= δ¹₁ · w¹₁₁ + δ¹₂ · w¹₂₁" in str(derivation.explain("x1"))
    matrix = sb.Network([2, 2, 1], form="matrix")
    assert "(W¹)ᵀ δ¹" in sb.derive(matrix, wrt=matrix.inputs).formulas()


def test_what_code_by_inputs_is_refused_with_works() -> None:
    net = sb.Network([2, 2, 1])
    with pytest.raises(sb.UnsupportedError, match=r"derive\(model.equations, wrt=...\)"):
        sb.derive(net, wrt=net.inputs).compile()
    function: Any = sb.derive(net.equations, wrt=net.inputs).compile()
    values = {symbol.name: 0.1 * place for place, symbol in enumerate((*net.parameters, *net.inputs, *net.targets))}
    step, (_, gradients) = 1e-6, function(**values)
    for name in ("x1", "x2"):
        above, below = (function(**{**values, name: values[name] + sign * step})[0] for sign in (1, -1))
        np.testing.assert_allclose(gradients[name], (above - below) / (2 * step), rtol=1e-6)
