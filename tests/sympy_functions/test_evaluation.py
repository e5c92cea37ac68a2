"""Functions of ours evaluate to all the digits that are asked for, as SymPy's do."""

from __future__ import annotations

import mpmath as mp
import pytest
import sympy as sp

import symbackprop as sb

x, y = sp.symbols("x y", real=True)


@pytest.mark.parametrize("digits", [15, 40])
@pytest.mark.parametrize("at", [-3, -40, -100, -800, 40])
def test_softplus_of_a_negative_number_has_all_its_digits(at: int, digits: int) -> None:
    with mp.workdps(1000):
        exact = mp.log(1 + mp.exp(at))
        for found in (
            sb.softplus(x).evalf(digits, subs={x: at}),
            sb.logsumexp(x, 0).evalf(digits, subs={x: at}),
            sb.softplus(sp.Float(at, digits)),
        ):
            assert abs(mp.mpf(str(found)) - exact) < exact * mp.mpf(10) ** (2 - digits)


def test_what_is_made_of_it_has_them_too() -> None:
    mish = x * sp.tanh(sp.log(1 + sp.exp(x)))
    found = sb.derive(mish, [x]).expand(x).evalf(40, subs={x: -40})
    with mp.workdps(200):
        exact = mp.diff(lambda t: t * mp.tanh(mp.log(1 + mp.exp(t))), mp.mpf(-40))
        assert abs(mp.mpf(str(found)) - exact) < abs(exact) * mp.mpf(10) ** -35
    assert float(sb.derive(sp.log(sb.softplus(x)), [x]).expand(x).evalf(subs={x: -60})) == pytest.approx(1, rel=1e-14)


def test_what_is_zero_stays_zero() -> None:
    assert sb.relu(sp.Float(-1.5)) == 0
    assert sb.relu(x).evalf(30, subs={x: -2}) == 0
    assert sb.elu(sp.Integer(0)).evalf() == 0


def test_what_is_infinite_or_nothing_stays_so() -> None:
    assert sb.relu(sp.oo) == sp.oo
    assert sb.relu(-sp.oo) == 0
    assert sb.relu(sp.nan) is sp.nan
    assert sb.softplus(sp.oo).evalf() == sp.oo
    for function in (sb.softplus, sb.sigmoid):
        assert not function(sp.I * sp.pi).evalf().is_finite
