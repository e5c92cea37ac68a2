"""SymPy's own code printers know our functions: what they print is run, and compared with mpmath far out."""

from __future__ import annotations

import math
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterable
from functools import cache
from pathlib import Path
from typing import Any

import mpmath as mp
import numpy as np
import pytest
import sympy as sp

import symbackprop as sb
from symbackprop.sympy_functions.printed_forms import FORMS
from symbackprop.sympy_functions.row_functions import (
    bose,
    erfc_quotient,
    spherical_jn,
    weighted_exp,
    weighted_logsumexp,
)
from symbackprop.sympy_functions.scalar_functions import DefinedFunction

x, y = sp.symbols("x y", real=True)
HUGE = sys.float_info.max
FAR = [-HUGE, -1e4, -1000.0, -745.0, -710.0, -89.0, -40.0, -1.5, -1e-8, 0.0, 1e-8, 1.5, 36.0, 89.0, 710.0, 1e4, HUGE]

CASES: dict[str, tuple[Any, Callable[..., Any]]] = {
    "sigmoid": (sb.sigmoid(x), lambda x, y: 1 / (1 + mp.exp(-x))),
    "softplus": (sb.softplus(x), lambda x, y: mp.log1p(mp.exp(x)) if x < 1e6 else x),
    "softplus of a sum": (2 * sb.softplus(x - y) + 1, lambda x, y: 2 * (mp.log1p(mp.exp(x - y))) + 1),
    "relu": (sb.relu(x), lambda x, y: max(x, 0)),
    "twice relu": (1 - 2 * sb.relu(x * y), lambda x, y: 1 - 2 * max(x * y, 0)),
    "leaky_relu": (sb.leaky_relu(x), lambda x, y: x if x > 0 else x / 100),
    "slope": (sb.leaky_relu(x, y), lambda x, y: x if x > 0 else y * x),
    "elu": (sb.elu(x, 3), lambda x, y: x if x > 0 else 3 * mp.expm1(x)),
    "hypot": (sb.hypot(x, y), mp.hypot),
    "logsumexp of two": (sb.logsumexp(x, y), lambda x, y: max(x, y) + mp.log1p(mp.exp(-abs(x - y)))),
    "logsumexp": (
        sb.logsumexp(x, y, 0, x - y),
        lambda x, y: mp.log(mp.exp(x) + mp.exp(y) + 1 + mp.exp(x - y)),
    ),
    "weighted_logsumexp": (
        weighted_logsumexp(2, x, 3, y),
        lambda x, y: mp.log(2 * mp.exp(x) + 3 * mp.exp(y)),
    ),
    "weighted_exp": (weighted_exp(y, x), lambda x, y: y * mp.exp(x) if y else mp.mpf(0)),
    "bose": (bose(x), lambda x, y: 1 / mp.expm1(x)),
    "erfc_quotient": (
        erfc_quotient(0, x),
        lambda x, y: 2 * mp.exp(-x * x) / mp.sqrt(mp.pi) / mp.erfc(x),
    ),
    "spherical_jn": (spherical_jn(1, x), lambda x, y: _bessel(1, x)),
    "spherical_jn of order 2": (spherical_jn(2, x), lambda x, y: _bessel(2, x)),
    "erfc_quotient of order 1": (erfc_quotient(1, x), lambda x, y: mp.erfc(x) / _integral(x)),
}
"""By name: an expression, and its value by mpmath."""


def _bessel(order: int, x: Any) -> Any:
    if not x:
        return mp.mpf(0)
    return mp.sign(x) ** order * mp.sqrt(mp.pi / (2 * abs(x))) * mp.besselj(order + mp.mpf(1) / 2, abs(x))


def _integral(x: Any) -> Any:
    return mp.exp(-x * x) / mp.sqrt(mp.pi) - x * mp.erfc(x)


@cache
def exact(name: str, at: tuple[float, float]) -> float | None:
    """The value to many digits; None where it is out of range or mpmath would need too many."""
    if name == "weighted_exp" and at[0] > 709:
        return None
    if max(map(abs, at)) > 1e5 and name not in ("sigmoid", "softplus", "relu", "leaky_relu", "elu"):
        return None
    with mp.workdps(60):
        try:
            value = float(CASES[name][1](*map(mp.mpf, at))) if max(map(abs, at)) < 1e5 else _limit(name, at[0])
        except ZeroDivisionError:
            return None
    return value if math.isfinite(value) else None


def _limit(name: str, x: float) -> float:
    below = {"sigmoid": 0.0, "softplus": 0.0, "relu": 0.0, "leaky_relu": x / 100, "elu": -3.0}
    return below[name] if x < 0 else 1.0 if name == "sigmoid" else x


def places() -> Iterable[tuple[float, float]]:
    return [(one, 0.75) for one in FAR] + [(-3.0, 0.0), (600.0, -2.0), (800.0, 0.0)]


POINTS = list(places())


def check(printed: dict[str, list[float]], tolerance: float = 4e-14) -> None:
    for name, values in printed.items():
        for at, found in zip(POINTS, values, strict=True):
            wanted = exact(name, at)
            if wanted is not None:
                assert found == pytest.approx(wanted, rel=tolerance, abs=1e-305), (name, at)


def known(printer: Callable[[Any], str], *unknown: str) -> dict[str, str]:
    """The texts; what the language has no function for is refused by the printer itself."""
    texts = {}
    for name, (expression, _) in CASES.items():
        try:
            texts[name] = printer(expression)
        except NotImplementedError:
            assert name.split()[0] in unknown, name
    assert {name for name in CASES if name.split()[0] in unknown} == set(CASES) - set(texts)
    return texts


def run(command: list[str], folder: Path) -> str:
    done = subprocess.run(command, cwd=folder, check=False, capture_output=True, text=True)
    assert not done.returncode, done.stderr
    return done.stdout


def read(printed: str, names: Iterable[str]) -> dict[str, list[float]]:
    values = iter([float(line.replace("Infinity", "inf")) for line in printed.split()])
    return {name: [next(values) for _ in POINTS] for name in names}


needs = {tool: pytest.mark.skipif(shutil.which(tool) is None, reason=tool) for tool in ("gcc", "g++", "node", "rustc")}

C = """#include <%s>
#include <stdio.h>
%s
int main(void) {
    double points[][2] = {%s};
    double (*functions[])(double, double) = {%s};
    for (unsigned f = 0; f < sizeof functions / sizeof *functions; f++)
        for (unsigned i = 0; i < sizeof points / sizeof *points; i++)
            printf("%%.17g\\n", functions[f](points[i][0], points[i][1]));
}
"""


def c_program(header: str, texts: dict[str, str]) -> str:
    functions = "\n".join(
        f"double f{count}(double x, double y) {{ (void) x, (void) y; return {text}; }}"
        for count, text in enumerate(texts.values())
    )
    points = ", ".join(f"{{{a!r}, {b!r}}}" for a, b in POINTS)
    return C % (header, functions, points, ", ".join(f"f{count}" for count in range(len(texts))))


@needs["gcc"]
@pytest.mark.parametrize(("standard", "unknown"), [("c99", ()), ("c89", ("erfc_quotient",))])
def test_c(standard: str, unknown: tuple[str, ...], tmp_path: Path) -> None:
    texts = known(lambda e: sp.ccode(e, standard=standard), *unknown)
    (tmp_path / "printed.c").write_text(c_program("math.h", texts))
    run(["gcc", "-Wall", "-Werror", "printed.c", "-o", "printed", "-lm"], tmp_path)
    found = read(run(["./printed"], tmp_path), texts)
    if standard == "c89":  # without log1p what is far below 1 is lost, in absolute terms
        for name, values in found.items():
            wanted = [exact(name, at) for at in POINTS]
            near = [(a, b) for a, b in zip(values, wanted, strict=True) if b is not None and "hypot" not in name]
            assert all(a == pytest.approx(b, rel=4e-14, abs=4e-16) for a, b in near), name
    else:
        check(found)


@needs["g++"]
@pytest.mark.parametrize("standard", ["c++11", "c++17"])
def test_cxx(standard: str, tmp_path: Path) -> None:
    texts = known(lambda e: sp.cxxcode(e, standard=standard))
    (tmp_path / "printed.cpp").write_text(c_program("cmath", texts))
    run(["g++", f"-std={standard.replace('c++', 'gnu++')}", "-Wall", "-Werror", "printed.cpp", "-o", "out"], tmp_path)
    check(read(run(["./out"], tmp_path), texts))


@needs["node"]
def test_javascript(tmp_path: Path) -> None:
    texts = known(sp.jscode, "erfc_quotient")
    lines = [f"for (const [x, y] of {[list(at) for at in POINTS]}) console.log({text});" for text in texts.values()]
    (tmp_path / "printed.js").write_text("\n".join(lines))
    check(read(run(["node", "printed.js"], tmp_path), texts))


@needs["rustc"]
def test_rust(tmp_path: Path) -> None:
    texts = known(sp.rust_code, "erfc_quotient", "spherical_jn")
    points = ", ".join(f"({a!r}_f64, {b!r}_f64)" for a, b in POINTS)
    lines = [f'for (x, y) in [{points}] {{ let _ = y; println!("{{:e}}", {text}); }}' for text in texts.values()]
    (tmp_path / "printed.rs").write_text("\n".join(["fn main() {", *lines, "}"]))
    run(["rustc", "-A", "warnings", "printed.rs"], tmp_path)
    check(read(run(["./printed"], tmp_path), texts))


def fortran(expression: Any) -> str:
    lines = sp.fcode(expression, source_format="free", standard=2008).splitlines()
    text = " ".join(line.strip().rstrip("&") for line in lines if not line.startswith("parameter"))
    return re.sub(r"(\d)d0", r"\1e0", text).replace("/=", "!=")


def julia(expression: Any) -> str:
    return ternaries(re.sub(r" ?\.([*/^]) ?", lambda op: {"^": "**"}.get(op[1], op[1]), sp.julia_code(expression)))


def ternaries(text: str) -> str:
    """`((c) ? (a) : (b))` as Python has it; each stands in brackets of its own."""
    while "?" in text:
        mark = text.rindex("?")  # the last one holds no other
        start, end = _opening(text, mark), _closing(text, mark)
        split = next(at for at in range(mark, end) if text[at] == ":" and _opening(text, at) == start)
        condition, first, second = text[start + 1 : mark], text[mark + 1 : split], text[split + 1 : end]
        text = f"{text[:start]}({first.strip()} if {condition.strip()} else {second.strip()}){text[end + 1 :]}"
    return text


def _opening(text: str, at: int) -> int:
    depth = 0
    while depth >= 0:
        at -= 1
        depth += {")": 1, "(": -1}.get(text[at], 0)
    return at


def _closing(text: str, at: int) -> int:
    depth = 0
    while depth >= 0:
        at += 1
        depth += {"(": 1, ")": -1}.get(text[at], 0)
    return at


def octave(expression: Any) -> str:
    text = re.sub(r"\.([*/^])", lambda op: {"^": "**"}.get(op[1], op[1]), sp.octave_code(expression))
    return text.replace("~=", "!=")


LIBRARY = {
    **{
        name: getattr(np, name)
        for name in ("exp", "log", "log1p", "expm1", "tanh", "sqrt", "hypot", "abs", "pi", "sin", "cos")
    },
    **{"atanh": np.arctanh, "max": np.maximum, "min": np.minimum, "erfc": math.erfc},
    "merge": lambda first, second, condition: first if condition else second,
}


@pytest.mark.parametrize("translated", [fortran, julia, octave])
def test_languages_that_cannot_run_here(translated: Callable[[Any], str]) -> None:
    texts = {name: f"({translated(expression)})" for name, (expression, _) in CASES.items()}
    with np.errstate(all="ignore"):
        found = {
            name: [float(eval(text, {**LIBRARY, "x": np.float64(a), "y": np.float64(b)})) for a, b in POINTS]
            for name, text in texts.items()
        }
    check(found)


def finite(function: Callable[..., Any], name: str) -> list[float]:
    """The values, and nan where the true one is out of range and Python raises."""
    return [float(function(*at)) if exact(name, at) is not None else math.nan for at in POINTS]


@pytest.mark.parametrize("modules", ["math", "numpy", "scipy", "mpmath"])
def test_lambdify(modules: str) -> None:
    for name, (expression, _) in CASES.items():
        if modules != "numpy" or not expression.has(erfc_quotient):  # SymPy itself takes math.erfc for arrays
            with np.errstate(all="ignore"):
                check({name: finite(sp.lambdify([x, y], expression, modules), name)})


def test_lambdify_for_jax() -> None:
    pytest.importorskip("jax")
    for function, wanted in ((sb.softplus, 800.0), (sb.relu, 800.0), (sb.elu, 800.0), (sb.sigmoid, 1.0)):
        f = sp.lambdify(x, function(x), "jax")
        assert float(f(800.0)) == wanted
        assert float(f(-1.5)) == pytest.approx(float(function(sp.Float(-1.5)).evalf()), rel=1e-6)


def test_lambdify_for_sympy_has_the_definition() -> None:
    assert sp.lambdify(x, sb.softplus(x), "sympy")(y) == sp.log(1 + sp.exp(y))


def test_pycode() -> None:
    for name, (expression, _) in CASES.items():
        text = sp.pycode(expression)
        check({name: finite(eval(f"lambda x, y: {text}", {"math": math}), name)})


def test_many_digits() -> None:
    with mp.workdps(30):
        for name, at in (("softplus", -40), ("sigmoid", -300), ("bose", 80), ("logsumexp of two", 50)):
            found = sp.lambdify([x, y], CASES[name][0], "mpmath")(mp.mpf(at), mp.mpf("0.75"))
            with mp.workdps(300):
                wanted = CASES[name][1](mp.mpf(at), mp.mpf("0.75"))
            assert abs(found - wanted) < abs(wanted) * mp.mpf(10) ** -28


def test_arrays() -> None:
    row = np.linspace(-800, 800, 5)
    for name, (expression, _) in CASES.items():
        if not name.startswith("erfc"):
            f = sp.lambdify([x, y], expression, "numpy")
            with np.errstate(all="ignore"):
                assert f(row, 0.75) == pytest.approx([float(f(one, 0.75)) for one in row], rel=1e-13, nan_ok=True)
                assert np.shape(f(row[:, None], row)) == (5, 5) or not expression.has(y)


def test_no_warning_far_out() -> None:
    with np.errstate(all="raise", under="ignore"):
        for function in (sb.sigmoid, sb.softplus, sb.relu, sb.elu, sb.leaky_relu):
            sp.lambdify(x, function(x), "numpy")(np.array(FAR))


def test_an_argument_is_written_once_in_python() -> None:
    nested = x
    for _ in range(10):
        nested = sb.softplus(sb.sigmoid(nested + 1) + 1)
    assert len(sp.pycode(nested)) < 10 * 250
    assert math.isfinite(sp.lambdify(x, nested, "math")(0.5))


def test_every_function_of_ours_has_a_form() -> None:
    kinds = {kind.__name__ for kind in DefinedFunction.__subclasses__()}
    assert kinds == {name for name in FORMS if not name.startswith("_")}
    assert {type(part).__name__ for e, _ in CASES.values() for part in e.atoms(DefinedFunction)} == kinds


def test_a_user_may_put_something_else_in_its_place() -> None:
    assert sp.ccode(sb.softplus(x), user_functions={"softplus": "my_softplus"}) == "my_softplus(x)"
    assert sp.lambdify(x, sb.relu(x) + 1, [{"relu": lambda z: 41}, "numpy"])(0.0) == 42


@pytest.mark.parametrize("printer", [sp.ccode, sp.jscode, sp.fcode, sp.julia_code, sp.octave_code, sp.rust_code])
def test_functions_of_matrices_are_refused(printer: Callable[[Any], str]) -> None:
    m = sp.MatrixSymbol("M", 2, 2)
    for function in (sb.Total(m), sb.Softmax(m), sb.LogSumExp(m), sb.RowSums(m)):
        with pytest.raises(NotImplementedError):
            printer(function)
