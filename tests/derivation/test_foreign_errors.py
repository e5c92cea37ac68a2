"""Whatever a class of SymPy's or of a user's does, what comes out is a derivative or an error of ours, in one line."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from typing import Any

import pytest
import sympy as sp

import symbackprop as sb
from symbackprop.errors import SymbackpropError, UnsupportedError

x, y = sp.symbols("x y", real=True)
a, b, i, j = sp.IndexedBase("a"), sp.IndexedBase("b", shape=(4,)), sp.Idx("i"), sp.Idx("j", 4)
THIRD = sp.Rational(1, 3)
m, k, h = sp.IndexedBase("m"), sp.Idx("k", 5), sp.Idx("h", 3)


class Raises(sp.Function):
    """A user's function whose derivative fails."""

    def fdiff(self, argindex: int = 1) -> Any:
        raise RuntimeError("no idea\nand two lines of it")


class GivesText(sp.Function):
    """A user's function whose derivative is no expression."""

    def fdiff(self, argindex: int = 1) -> Any:
        return "cos(x)"


class GivesMatrix(sp.Function):
    """A user's function whose derivative is a matrix."""

    def fdiff(self, argindex: int = 1) -> Any:
        return sp.Matrix([[1]])


class Mentions(sp.Function):
    """A user's function that depends on what is no argument of it."""

    def fdiff(self, argindex: int = 1) -> Any:
        return y + 2 * x * self.args[0]


class Knows(sp.Function):
    """A user's function of two arguments that knows one of its derivatives."""

    def fdiff(self, argindex: int = 1) -> Any:
        if argindex == 1:
            return 2 * self.args[0] * self.args[1]
        raise sp.core.function.ArgumentIndexError(self, argindex)


REFUSED: dict[str, Callable[[], Any]] = {
    "a singularity function": lambda: sb.derive(sp.SingularityFunction(x, 1, -2), [x]),
    "of a symbol": lambda: sb.derive(sp.SingularityFunction(x, 1, y), [x]),
    "a derivative of Dirac's delta": lambda: sb.derive(sp.DiracDelta(x, 1) * y, [x]),
    "a second derivative of it": lambda: sb.derive(sb.derive(sp.DiracDelta(x) + x, [x]).expand(x), [x]),
    "a third one": lambda: sb.derive(sb.derive(sp.DiracDelta(x) + x, [x]).gradients[x], [x]),
    "along": lambda: sb.derive(sb.jvp(sp.DiracDelta(x), [x]).equations, [x]),
    "an IndexedBase": lambda: sb.derive(a, [sp.Symbol("a")]),
    "an Indexed in a model": lambda: sb.Model([(y, a[i] * x)], parameters=[x], loss=a[i]) and sb.derive(a[i]),
    "a user's function that fails": lambda: sb.derive(Raises(x) * y, [x]),
    "a user's text": lambda: sb.derive(GivesText(x) * y, [x]),
    "a user's matrix": lambda: sb.derive(GivesMatrix(x) * y, [x]),
    "a user's function of more than its arguments": lambda: sb.derive(Mentions(x) * y, [x]),
    "a polynomial of a degree that SymPy makes none of": lambda: sb.derive(sp.hermite(THIRD, x), [x]).gradients,
    "written out": lambda: sb.derive(sp.chebyshevt(THIRD, x), [x]).expand(x),
    "in replacements": lambda: sb.derive(sp.hermite(THIRD, x) * y, [x]).as_cse(),
    "what a user's function does not know": lambda: sb.derive(Knows(x, y), [y]),
    "an array expression": lambda: sb.derive(sp.tensor.array.expressions.ArraySymbol("A", (2, 2)), [x]),
}


@pytest.mark.parametrize("method", ["backprop", "forward", "naive"])
@pytest.mark.parametrize("what", REFUSED)
def test_it_is_refused_in_one_line(what: str, method: str, monkeypatch: Any) -> None:
    derive = sb.derive
    monkeypatch.setattr(sb, "derive", lambda *given: derive(*given, method=method))
    if method == "naive":  # SymPy's own diff may know
        with suppress(SymbackpropError):
            REFUSED[what]()
        return
    with pytest.raises(SymbackpropError) as caught:
        REFUSED[what]()
    assert "\n" not in str(caught.value)


def test_the_piece_is_named() -> None:
    for expression, says in (
        (sp.SingularityFunction(x, 1, y), "SingularityFunction cannot be lowered.* must be a whole number"),
        (Mentions(x), "argument 1: it contains [xy], which is no argument of Mentions: make it one"),
        (
            Raises(x),
            "Raises has no derivative that can be used here with respect to argument 1: .* give its class an fdiff",
        ),
        (sp.jacobi(y, x, 2, y), "jacobi has no .* argument 2: SymPy writes it with a Sum, which has no place here"),
    ):
        with pytest.raises(UnsupportedError, match=says):
            sb.derive(expression, [x])


def test_a_derivative_that_sympy_makes_no_expression_of_is_printed() -> None:
    d = sb.derive(sp.hermite(THIRD, x), [x])
    with pytest.raises(UnsupportedError, match=r"^hermite of '\(-2/3, x\)', in the derivative, .* ValueError: use"):
        d.expand(x)
    assert "∂L/∂x = 2 hermite(−2/3, x)/3" in d.formulas()


def test_what_a_class_knows_is_taken() -> None:
    assert sb.derive(Knows(x, y), [x]).gradients[x] == 2 * x * y
    assert sb.derive(sp.DiracDelta(x) * y, [y]).expand(y) == sp.DiracDelta(x)
