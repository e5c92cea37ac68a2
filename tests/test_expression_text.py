"""Expressions as text: what is read means what Python and SymPy mean by it, and everything else is one line."""

from __future__ import annotations

import math
import time
from typing import Any

import pytest
import sympy as sp
from hypothesis import given, settings
from hypothesis import strategies as st

import symbackprop as sb
from symbackprop.expression_text import FUNCTIONS, expression_of

x, y, z = sp.symbols("x y z", real=True)

READ = {
    "log(1 + exp(x*y))/x": sp.log(1 + sp.exp(x * y)) / x,
    "-x**2": -(x**2),
    "  -x**-2 ": -(x**-2),
    "x +\n\t y\r\n": x + y,
    "2**-3*x": x / 8,
    "1/3*x + .5e1": x / 3 + 5.0,
    "where(x < y, x, y**2)": sp.Piecewise((x, x < y), (y**2, True)),
    "max(x, y, 0) - Min(x, 2)": sp.Max(x, y, 0) - sp.Min(x, 2),
    "ln(x) + log(x, 10)": sp.log(x) + sp.log(x) / sp.log(10),
    "hypot(x, y)*atan2(y, x)": sb.hypot(x, y) * sp.atan2(y, x),
    "leaky_relu(x) + elu(x, 2)": sb.leaky_relu(x) + sb.elu(x, 2),
    "logsumexp(x, y, z)": sb.logsumexp(x, y, z),
    "pi*x + e*E": sp.pi * x + sp.Symbol("e", real=True) * sp.Symbol("E", real=True),
    "print + len*np": sp.Symbol("print", real=True) + sp.Symbol("len", real=True) * sp.Symbol("np", real=True),
    "x**y**2": x ** (y**2),
    "(((x)))": x,
    "gamma(5)*x": 24 * x,
    "where(1 < 2, x, y)": x,
}


@pytest.mark.parametrize("text", READ)
def test_what_is_read(text: str) -> None:
    assert expression_of(text) == READ[text]


def test_names_are_real_symbols() -> None:
    (symbol,) = expression_of("x").free_symbols
    assert symbol == x


@pytest.mark.parametrize("name", sorted(FUNCTIONS))
def test_every_function_can_be_called_and_derived(name: str) -> None:
    """What the text means can be derived, or SymPy decides it for numbers."""
    function = FUNCTIONS[name]
    count = function.least
    arguments = ", ".join(("x", "y", "z")[:count])
    text = {"where": "where(x < y, y, z)*x", "polygamma": "polygamma(2, x)"}.get(name, f"x*{name}({arguments})")
    assert x in sb.derive(expression_of(text)).wrt


NO_FACTOR = "a factor follows a factor"
REFUSED = {
    "": "the expression is empty",
    " \n ": "the expression is empty",
    "x^2": "column 2: '^': write ** for a power",
    "2x": f"column 2: {NO_FACTOR}: write 2*x",
    "2 x": "column 3",
    "x y": "column 3",
    "2*sin x": "column 3: sin is a function: write sin(x)",
    "x(y + 1)": "column 1: unknown function x: for a product write x*(...)",
    "(x)(y)": f"column 4: {NO_FACTOR}",
    "2(x)": f"column 2: {NO_FACTOR}",
    "0x1F": "column 2",
    "1_000": "column 2",
    "1j*x": "column 2",
    "007*x": "column 1: write 7 for 007",
    "x + \n y*?": "line 2, column 4",
    "10**10**10": "column 5: an exponent of more than 1,000",
    "x*9**9**9**9": "an exponent of more than 1,000",
    "(10**1000)**1000": "more than a thousand digits",
    "gamma(10**9)": "column 7: gamma of a number beyond 1,000",
    "gamma(-10**9)": "gamma of a number",
    "9" * 200: "more than 100 digits",
    "1e999": "too large",
    "x" * 200: "a name of more than 100 letters",
    "(" * 10_000 + "x" + ")" * 10_000: "more than 10,000 characters",
    "(" * 4_000 + "x" + ")" * 4_000: "column 101: the expression is more than 100 deep",
    "(" * 4_000: "more than 100 deep",
    "-" * 9_000 + "x": "more than 100 deep",
    "x" + "**x" * 3_000: "more than 100 deep",
    "+".join(["x"] * 4_999): "too deep",
    "sin(" * 101 + "x" + ")" * 101: "more than 100 deep",
    "x\0": "column 2: character 0",
    "x\x1b[31m": "column 2: character 27",
    "x.real": "column 2: '.': a name has no attributes",
    "x.__class__": "column 2",
    "__import__('os').system('true')": "column 12",
    "__import__(os)": "column 1: unknown function __import__",
    "eval(x)": "unknown function eval",
    "exec(x)": "unknown function exec",
    "open(x)": "unknown function open",
    "lambda: x": "column 1: lambda is a word of Python's",
    "x if y else z": "column 3: if is a word",
    "x and y": "column 3: and is a word",
    "not x": "not is a word",
    "None": "None is a word",
    "True*x": "True is a word",
    "[x]": "column 1: '[': write round brackets",
    "{x}": "column 1",
    "x[0]": "column 2",
    "x, y": "no meaning",
    "(x, y)": "no meaning",
    "x = 2": "column 3: '='",
    "x := 2": "column 3",
    "x < y": "a comparison is no number",
    "1 < 2": "a comparison is no number",
    "x*(y < 2)": "a comparison is no number",
    "sin(x < 2)": "column 5: where(c, a, b) takes a comparison",
    "where(x, 1, 2)": "column 7: where(c, a, b) takes a comparison",
    "where(x < y < z, 1, 2)": "column 7: one comparison at a time",
    "where(x < 1, y < 2, 3)": "column 14",
    "where(x < 1, 2)": "where takes 3 arguments, got 2",
    "where((x < y) < z, 1, 2)": "comparison",
    "sin": "column 1: sin is a function: write sin(...)",
    "sin*x": "column 1: sin is a function",
    "sin()": "sin takes 1 argument, got 0",
    "sin(x, y)": "sin takes 1 argument, got 2",
    "log(x, y, z)": "log takes 1 to 2 arguments, got 3",
    "max()": "max takes at least 1 argument, got 0",
    "sin(*x)": "column 5",
    "sin(x=1)": "column 6",
    "sine(x)": "did you mean sin",
    "Softplus(x)": "did you mean softplus",
    "x +": "column 4: a number or a name is missing before the end",
    "*x": "column 1: a number or a name is missing before *",
    "x*/y": "column 3: a number or a name is missing before /",
    "x // y": "column 4",
    "x % y": "column 3",
    "x @ y": "column 3",
    "()": "no meaning",
    "(x": "1 bracket is not closed",
    "x)": "column 2: this bracket closes none",
    ")x(": "column 1",
    "α*x": "column 1: 'α': spell names in the letters a to z",
    "x²": "column 2: '²': write **2",
    "x − y": "column 3: '−': write - for minus",
    "ｘ + 1": "column 1",
    "x; y": "column 2",
    "x # y": "column 3",
    "x\\\ny": "column 2",
    "1/0": "column 3: a division by 0",
    "x/(1 - 1)": "a division by 0",
    "0**-1*x": "no finite real number",
    "log(0)*x": "column 1: this is no finite real number",
    "sqrt(-1)": "no finite real number",
    "asin(2)*x": "no finite real number",
    "where(exp(exp(exp(1000))) < 2, x, 1)": "column 7: SymPy cannot make this",
}


@pytest.mark.parametrize("text", REFUSED, ids=lambda text: repr(text)[:40])
def test_what_is_refused(text: str) -> None:
    start = time.process_time()
    with pytest.raises(sb.ExpressionError) as told:
        expression_of(text)
    assert REFUSED[text] in str(told.value)
    assert len(str(told.value).splitlines()) == 1
    assert len(str(told.value)) < 200
    assert time.process_time() - start < 5


@settings(max_examples=300, deadline=None)
@given(st.text(alphabet="xyab019.+-*/(),<>= \n_esinlogwhere", max_size=40))
def test_any_text_is_read_or_refused_in_one_line(text: str) -> None:
    found: Any
    try:
        found = expression_of(text)
    except sb.ExpressionError as error:
        found = error
    assert isinstance(found, sp.Expr) or len(str(found).splitlines()) == 1


@settings(max_examples=100, deadline=None)
@given(st.recursive(
    st.sampled_from(["x", "y", "2", "0.5", "3"]),
    lambda part: st.tuples(part, st.sampled_from("+-*"), part).map(lambda three: f"({' '.join(three)})")
    | part.map(lambda one: f"-{one}") | part.map(lambda one: f"sin({one})") | part.map(lambda one: f"({one})**2"),
    max_leaves=8,
))  # fmt: skip
def test_it_means_what_python_means(text: str) -> None:
    """The oracle is Python's own arithmetic on the same text, which we made ourselves."""
    values: dict[str, Any] = {"x": 0.7, "y": -1.3}
    wanted = eval(text, {"sin": math.sin, **values})
    found = expression_of(text).subs({x: 0.7, y: -1.3})
    assert float(found) == pytest.approx(wanted, rel=1e-9, abs=1e-9)
