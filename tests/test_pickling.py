"""What is derived and compiled can be sent to another process, with another hash seed, and be copied."""

from __future__ import annotations

import copy
import multiprocessing
import os
import pickle
import subprocess
import sys
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import sympy as sp

import symbackprop as sb

x, y, z = sp.symbols("x y z", real=True)
M, v = sp.MatrixSymbol("M", 2, 2), sp.MatrixSymbol("v", 2, 1)
E = sp.log(1 + sp.exp(x * y)) / x
OUTPUTS = [E, x * sb.softplus(y), sp.sin(x * y)]
POINT = (0.7, -1.2)
ROWS = (np.array([0.5, 1.5, 2.0]), -0.5)
ARRAYS = (np.array([[1.0, 2.0], [3.0, 4.0]]), np.array([[5.0], [6.0]]))


def network(form: str = "scalar") -> Any:
    return sb.Network([2, 3, 1], hidden="tanh", output="sigmoid", loss="bce", form=form)


def numbers_of(net: Any) -> tuple[Any, ...]:
    random = np.random.default_rng(1)
    params = {name: random.normal(size=shape) for name, shape in net.shapes.items()}
    return params, random.normal(size=(4, 2)), random.uniform(size=(4, 1))


FUNCTIONS: dict[str, Callable[[], tuple[Any, list[tuple[Any, ...]]]]] = {
    "derive": lambda: (sb.derive(E).compile(), [POINT, ROWS]),
    "nested": lambda: (sb.derive(E).compile(args=[[x, y]]), [(POINT,), (np.array(POINT),)]),
    "batch": lambda: (sb.derive(E, [x]).compile(batch=[y]), [(0.5, np.array([1.0, 2.0]))]),
    "outputs": lambda: (sb.derive(OUTPUTS).compile(), [POINT, ROWS]),
    "matrices": lambda: (sb.derive(v.T * M * v).compile(), [ARRAYS]),
    "jacobian": lambda: (sb.jacobian(OUTPUTS, [x, y]).compile(), [POINT, ROWS]),
    "sparse": lambda: (sb.jacobian([x * y, y * z, z], [x, y, z]).compile(sparse=True), [(1.0, 2.0, 3.0)]),
    "hessian": lambda: (sb.hessian(E, [x, y]).compile(), [POINT, ROWS]),
    "gradient": lambda: (sb.gradient(E, [x, y]).compile(), [POINT]),
    "derivatives": lambda: (sb.derivatives(E, [x, y], 3).compile(), [POINT]),
    "jvp": lambda: (sb.jvp(OUTPUTS, {x: 1}).compile(), [POINT]),
    "vjp": lambda: (sb.vjp(OUTPUTS, [x, y]).compile(), [(*POINT, 1.0, 2.0, 3.0)]),
    "hvp": lambda: (sb.hvp(E, [x, y]).compile(), [(*POINT, 1.0, 2.0)]),
    "lambdify": lambda: (sb.lambdify([[x, y]], [E, {"a": (x, sp.Matrix([[x, y]]))}]), [(POINT,), (np.array(POINT),)]),
    "lambdify of matrices": lambda: (sb.lambdify([M, v], [M * v, sp.Matrix([x, 1])[1]]), [ARRAYS]),
    "value_and_grad": lambda: (sb.value_and_grad([x, y], E, [x, y]), [POINT, ROWS]),
    "value_and_grad, more arguments": lambda: (sb.value_and_grad([x, y, z], E, [x]), [(*POINT, 1.0)]),
    "value_and_grad of matrices": lambda: (sb.value_and_grad([M, v], v.T * M * v, [M]), [ARRAYS]),
    "value_grad_hess": lambda: (sb.value_grad_hess([[x, y]], E, [x, y]), [(POINT,), (np.array(POINT),)]),
    "value_grad_hess, batch": lambda: (
        sb.value_grad_hess([x, y], E, [x], batch=[y]),
        [(0.5, np.array([1.0, 2.0]))],
    ),
    "network": lambda: (sb.derive(network()).compile(), [numbers_of(network())]),
    "network of matrices": lambda: (
        sb.derive(network("matrix")).compile(),
        [numbers_of(network("matrix"))],
    ),
}
"""By name: a compiled function, and what it is called with."""
JAX: dict[str, Callable[[], tuple[Any, list[tuple[Any, ...]]]]] = {
    "jax": lambda: (sb.derive(E).compile(target="jax"), [POINT]),
    "jax network": lambda: (sb.derive(network()).compile(target="jax"), [numbers_of(network())]),
}


def model() -> Any:
    return sb.Model((x * y - z) ** 2, parameters=[x], inputs=[y], targets=[z], start={x: 0.5})


DOORS: dict[str, tuple[Callable[[], Any], Callable[[Any], Any]]] = {
    "network": (network, lambda net: sb.derive(net).source()),
    "network of matrices": (lambda: network("matrix"), lambda net: sb.derive(net).source()),
    "network of one's own activation": (
        lambda: sb.Network([2, 2, 1], hidden=sp.Lambda(x, sp.sin(x) * sb.softplus(x))),
        lambda net: (net.equations, net.parameters),
    ),
    "model": (model, lambda one: (sb.derive(one).source(), one.start)),
    "derivation": (lambda: sb.derive(E), lambda d: (d.formulas(), d.source(), d.expand(x), d.as_cse())),
    "derivation of a network": (lambda: sb.derive(network()), lambda d: (d.formulas(), d.source())),
    "derivation of a model": (lambda: sb.derive(model()), lambda d: (d.formulas(), d.source())),
    "outputs": (lambda: sb.derive(OUTPUTS), lambda d: (str(d), d.expand(x), d.sparsity)),
    "jacobian": (lambda: sb.jacobian(OUTPUTS, [x, y]), lambda d: (d.matrix, d.expand(), d.as_cse())),
    "hessian": (lambda: sb.hessian(E, [x, y]), lambda d: (d.matrix, d.expand(), d.as_cse())),
    "gradient": (lambda: sb.gradient(E, [x, y]), lambda d: d.expand()),
    "derivatives": (lambda: sb.derivatives(E, [x, y], 2), lambda d: d.expand(x, y)),
    "jvp": (lambda: sb.jvp(OUTPUTS, {x: 1}), lambda d: d.expand()),
    "vjp": (lambda: sb.vjp(OUTPUTS, [x, y]), lambda d: d.expand()),
    "hvp": (lambda: sb.hvp(E, [x, y]), lambda d: d.expand()),
    "residuals": (
        lambda: sb.residuals(sp.Eq(y, z * sp.exp(-x)), [z], {x: [0.5, 1.5], y: [1.0, 2.0]}, bounds={z: (0, 9)}),
        lambda fit: (repr(fit), fit([0.3]).tolist(), fit.jac([0.3]).tolist(), fit.bounds, fit.source),
    ),
    "explanation": (lambda: sb.derive(E).explain(x), str),
    "paths": (lambda: sb.derive(E).paths(), str),
    "numbers": (lambda: sb.derive(E).at({x: 1, y: 2}), str),
    "diagram": (lambda: sb.derive(E).diagram(), lambda d: d.svg()),
    "a derivative that waits": (lambda: sb.d(x * y, x), str),
}
"""By name: what makes it, and what is asked of it."""


def called(function: Any, points: list[tuple[Any, ...]]) -> list[Any]:
    """The results of all calls, in plain arrays; twice, as the first call may make something."""
    return [plain(function(*point)) for point in [*points, *points]]


def plain(result: Any) -> Any:
    if isinstance(result, dict):
        return {key: plain(value) for key, value in result.items()}
    if isinstance(result, tuple | list):
        return [plain(value) for value in result]
    if hasattr(result, "toarray"):
        return result.toarray()
    return np.asarray(result)


def same(first: Any, second: Any) -> bool:
    if isinstance(first, dict):
        return list(first) == list(second) and all(same(first[key], second[key]) for key in first)
    if isinstance(first, list):
        return len(first) == len(second) and all(map(same, first, second))
    return first.dtype == second.dtype and np.array_equal(first, second)


CHILD = """
import pickle, sys
from tests.test_pickling import DOORS, called
functions, doors = pickle.load(sys.stdin.buffer)
found = {name: called(*one) for name, one in functions.items()}
asked = {name: str(DOORS[name][1](one)) for name, one in doors.items()}
pickle.dump((found, asked), sys.stdout.buffer)
"""


@cache
def elsewhere(seed: str) -> Any:
    """What a process with this hash seed makes of all functions and results."""
    functions = {name: make() for name, make in FUNCTIONS.items()}
    doors = {name: make() for name, (make, _) in DOORS.items()}
    done = subprocess.run(
        [sys.executable, "-c", CHILD],
        input=pickle.dumps((functions, doors)),
        env={**os.environ, "PYTHONHASHSEED": seed},
        cwd=Path(__file__).parents[1],
        capture_output=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr.decode()
    return pickle.loads(done.stdout)


@pytest.mark.parametrize("name", FUNCTIONS)
def test_functions_in_another_process(name: str) -> None:
    assert same(called(*FUNCTIONS[name]()), elsewhere("7")[0][name])


@pytest.mark.parametrize("name", DOORS)
def test_results_in_another_process(name: str) -> None:
    make, ask = DOORS[name]
    assert elsewhere("7")[1][name] == str(ask(make()))


@pytest.mark.parametrize("copied", [copy.copy, copy.deepcopy, lambda one: pickle.loads(pickle.dumps(one))])
@pytest.mark.parametrize("name", [*FUNCTIONS, *JAX])
def test_copies_of_functions(name: str, copied: Callable[[Any], Any]) -> None:
    if name in JAX:
        pytest.importorskip("jax")
    function, points = {**FUNCTIONS, **JAX}[name]()
    before = copied(function)  # before a call has made anything
    wanted = called(function, points)
    for one in (before, copied(function), copied(copied(function))):
        assert type(one) is type(function)
        assert repr(one) == repr(function) or " at 0x" in repr(one)
        assert one.source == function.source
        assert same(called(one, points), wanted)


@pytest.mark.parametrize("copied", [copy.copy, copy.deepcopy, lambda one: pickle.loads(pickle.dumps(one))])
@pytest.mark.parametrize("name", DOORS)
def test_copies_of_results(name: str, copied: Callable[[Any], Any]) -> None:
    make, ask = DOORS[name]
    assert str(ask(copied(make()))) == str(ask(make()))


def test_names_of_a_copy_still_know_what_they_stand_for() -> None:
    again = pickle.loads(pickle.dumps(sb.derive(E, [x, y])))
    found = sb.derive(again.gradients[x], [x]).expand(x)
    wanted = E.diff(x, 2)
    assert float(found.subs({x: 0.7, y: -1.2})) == pytest.approx(float(wanted.subs({x: 0.7, y: -1.2})), rel=1e-12)


def test_what_a_copy_refuses_is_told_as_before() -> None:
    function = pickle.loads(pickle.dumps(sb.lambdify([[x, y], z], [E, z])))
    with pytest.raises(sb.ParameterError, match="got no value for z"):
        function([1.0, 2.0])
    with pytest.raises(sb.ParameterError, match="takes 2 values, got 1"):
        function([1.0], 2.0)


def test_a_copy_writes_the_same_module(tmp_path: Path) -> None:
    function = sb.lambdify([[x, y], z], [E, z])
    function.write(tmp_path / "first.py")
    pickle.loads(pickle.dumps(function)).write(tmp_path / "second.py")
    assert (tmp_path / "first.py").read_bytes() == (tmp_path / "second.py").read_bytes()


def test_what_is_sent_is_text_and_no_graph() -> None:
    """A minimiser sends its function with each piece of work."""
    chain = x
    for _ in range(30):
        chain = sp.sin(chain) + y
    for function in (sb.value_and_grad([[x, y]], chain, [x, y]), sb.derive(chain).compile()):
        sent = pickle.dumps(function)
        assert b"Sweep" not in sent
        assert b"Graph" not in sent


def test_a_pool_of_spawned_processes() -> None:
    function = sb.value_and_grad([[x, y]], E, [x, y])
    points = [np.array([0.5 + k, 1.0 - k]) for k in range(4)]
    with multiprocessing.get_context("spawn").Pool(2) as pool:
        found = pool.map(function, points)
    for (value, gradient), point in zip(found, points, strict=True):
        wanted, slopes = function(point)
        assert value == wanted
        assert np.array_equal(gradient, slopes)
