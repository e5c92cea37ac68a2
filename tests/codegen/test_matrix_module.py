"""Modules of networks in matrix form: both styles, workspaces, threads, and what they say about themselves."""

from __future__ import annotations

import ast
import itertools
import re
from functools import partial
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest
import sympy as sp

import symbackprop as sb
from symbackprop import runtime
from symbackprop.networks import ACTIVATIONS, LOSSES

from ..support import check_side_by_side, one_of_each, output_for, slow_unless


def derived(widths: list[int], hidden: str = "tanh", loss: str = "cross_entropy") -> sb.Derivation:
    output = output_for(loss, hidden)
    return sb.derive(sb.Network(widths, hidden, output, loss, form="matrix"))


def written(folder: Path, widths: list[int], style: str = "fast", name: str = "net.py") -> ModuleType:
    return runtime.load_module(derived(widths).write(folder / name, style))


def sample(widths: list[int], rows: int, dtype: Any = np.float64, seed: int = 0) -> tuple[dict[str, Any], Any, Any]:
    """Parameters, inputs, and targets that sum to 1."""
    random = np.random.default_rng(seed)
    params = {}
    for number, (fan_in, units) in enumerate(itertools.pairwise(widths), start=1):
        params[f"W{number}"] = random.normal(size=(units, fan_in)).astype(dtype)
        params[f"b{number}"] = random.normal(size=units).astype(dtype)
    Y = random.uniform(0.1, 1, size=(rows, widths[-1]))
    Y /= Y.sum(axis=1, keepdims=True)
    return params, random.normal(size=(rows, widths[0])).astype(dtype), Y.astype(dtype)


@slow_unless(one_of_each)
@pytest.mark.parametrize("hidden", ACTIVATIONS)
@pytest.mark.parametrize("loss", LOSSES)
@pytest.mark.parametrize("style", ["fast", "readable"])
def test_float32_stays_float32(hidden: str, loss: str, style: str) -> None:
    widths = [3, 4, 2]
    params, X, Y = sample(widths, rows=6, dtype=np.float32)
    value, grads = derived(widths, hidden, loss).compile(style)(params, X.astype(np.float64), Y)
    doubles = {name: array.astype(np.float64) for name, array in params.items()}
    expected, exact = derived(widths, hidden, loss).compile(style)(doubles, X, Y)
    assert value == pytest.approx(expected, rel=1e-4)
    for name, grad in grads.items():
        assert grad.dtype == np.float32
        np.testing.assert_allclose(grad, exact[name], rtol=1e-3, atol=1e-4)


@pytest.mark.parametrize("style", ["fast", "readable"])
def test_nothing_that_was_passed_in_is_changed_and_every_result_is_new(style: str) -> None:
    widths = [3, 5, 4, 2]
    params, X, Y = sample(widths, rows=7)
    kept = {name: array.copy() for name, array in params.items()}, X.copy(), Y.copy()
    for array in (*params.values(), X, Y):
        array.flags.writeable = False
    function = derived(widths).compile(style)
    _, first = function(params, X, Y)
    copies = {name: grad.copy() for name, grad in first.items()}
    function(params, X + 1, Y)
    assert all(np.array_equal(first[name], copies[name]) for name in first)
    assert all(np.array_equal(params[name], kept[0][name]) for name in params)
    assert np.array_equal(X, kept[1])
    assert np.array_equal(Y, kept[2])


def test_a_workspace_is_used_again_and_gives_the_same(tmp_path: Path) -> None:
    module = written(tmp_path, [3, 5, 2])
    params, X, Y = sample([3, 5, 2], rows=6)
    workspace = module.Workspace(6)
    value, fresh = module.loss_and_grad(params, X, Y)
    for _ in range(3):
        again, grads = module.loss_and_grad(params, X, Y, work=workspace)
        assert again == value
        assert grads is workspace.grads
        assert all(np.array_equal(grads[name], fresh[name]) for name in fresh)
    _, scaled = module.loss_and_grad(params, X, Y, scale=0.25)
    for name, grad in fresh.items():
        np.testing.assert_allclose(scaled[name], 0.25 * grad, rtol=1e-13)
    with pytest.raises(ValueError, match="for 6 samples of float64, X has 5 of float64"):
        module.loss_and_grad(params, X[:5], Y[:5], work=workspace)
    with pytest.raises(ValueError, match="at least one sample, got 0"):
        module.Workspace(0)


def test_gradients_lie_one_behind_the_other_in_one_array(tmp_path: Path) -> None:
    module = written(tmp_path, [3, 5, 4, 2])
    params, X, Y = sample([3, 5, 4, 2], rows=6)
    workspace = module.Workspace(6)
    assert workspace.flat.size == sum(array.size for array in params.values())
    assert list(workspace.grads) == list(module.SHAPES)
    workspace.flat[:] = np.arange(workspace.flat.size)
    assert sorted(value for grad in workspace.grads.values() for value in grad.ravel()) == list(workspace.flat)
    _, grads = module.loss_and_grad(params, X, Y, work=workspace)
    _, fresh = module.loss_and_grad(params, X, Y)
    assert all(np.shares_memory(grad, workspace.flat) for grad in grads.values())
    for found in (fresh, written(tmp_path, [3, 5, 4, 2], "readable").loss_and_grad(params, X, Y)[1]):
        [flat] = {id(_owner(grad)): _owner(grad) for grad in found.values()}.values()
        assert flat.size == workspace.flat.size


def test_two_threads_train_two_nets(tmp_path: Path) -> None:
    """Each has a workspace of its own: the results are those of training one after the other."""
    modules = [(written(tmp_path, widths, name=f"net{widths[1]}.py"), widths) for widths in ([4, 16, 8, 3], [4, 12, 3])]
    samples = [(module, *sample(widths, rows=64, seed=seed)) for seed, (module, widths) in enumerate(modules * 2)]
    settings = {"epochs": 60, "batch_size": 16}
    check_side_by_side([partial(runtime.train, *given, seed=seed, **settings) for seed, given in enumerate(samples)])


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_the_header_tells_how_many_bytes_a_batch_takes(tmp_path: Path, dtype: Any) -> None:
    module = written(tmp_path, [20, 12, 6, 4])
    text = (tmp_path / "net.py").read_text(encoding="utf-8").replace("\n", " ")
    doubles, singles = re.findall(r"n \* ([0-9,]+) \+ ([0-9,]+)", text)
    per_row, beside = (int(number.replace(",", "")) for number in (doubles if dtype == np.float64 else singles))
    for rows in (1, 9):
        work = module.Workspace(rows, dtype)
        arrays = [*work.ahead, *work.back]
        owners = {id(_owner(array)): _owner(array) for array in arrays}
        assert sum(array.nbytes for array in owners.values()) == per_row * rows + beside


def _owner(array: Any) -> Any:
    while array.base is not None:
        array = array.base
    return array


def test_all_that_a_module_makes_for_a_step_is_written_in_place(tmp_path: Path) -> None:
    """In the sweep, every call of NumPy that makes an array names the array that it goes to."""
    written(tmp_path, [5, 4, 3])
    tree = ast.parse((tmp_path / "net.py").read_text(encoding="utf-8"))
    parts = [node for node in tree.body if isinstance(node, ast.FunctionDef) and node.name in ("_forward", "_sweep")]
    assert len(parts) == 2
    for node in (node for part in parts for node in ast.walk(part)):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            makes_none = node.func.attr in ("copyto", "reshape", "vdot")
            inner = node.func.attr == "dot" and not node.keywords  # of two rows: a number
            assert makes_none or inner or any(keyword.arg == "out" for keyword in node.keywords), ast.unparse(node)


@pytest.mark.parametrize("depth", [1, 2, 5])
def test_a_step_makes_no_more_products_than_it_must(depth: int) -> None:
    """Forward one for each layer; backward one for each gradient of weights, and one for each error but the first."""
    for hidden in ACTIVATIONS:
        text = derived([5] * depth + [4], hidden).source("readable")
        body = "".join(text[text.index(f"def {name}") :].split("\ndef ", 1)[0] for name in ("_forward", "_sweep"))
        code = "\n".join(line.split("  #")[0] for line in body.splitlines() if not line.strip().startswith("#"))
        assert code.count(" @ ") == 3 * depth - 1, hidden


def test_wrong_parameters_and_data_are_refused_by_name(tmp_path: Path) -> None:
    module = written(tmp_path, [3, 4, 2])
    params, X, Y = sample([3, 4, 2], rows=5)
    with pytest.raises(ValueError, match=r"W1 should be \(4, 3\), is \(5, 3\)"):
        module.loss_and_grad(params | {"W1": np.zeros((5, 3))}, X, Y)
    with pytest.raises(ValueError, match=r"b1 should be \(4,\), is no array"):
        module.loss(params | {"b1": list(params["b1"])}, X, Y)
    with pytest.raises(ValueError, match="one dtype of floats, are \\['float32', 'float64'\\]"):
        module.loss_and_grad(params | {"b1": params["b1"].astype(np.float32)}, X, Y)
    with pytest.raises(ValueError, match=r"X should be numbers of \(5, 3\), is float64 of \(5, 2\)"):
        module.forward(params, X[:, :2])
    with pytest.raises(ValueError, match=r"Y should be numbers of \(5, 2\), is float64 of \(4, 2\)"):
        module.loss(params, X, Y[:4])
    with pytest.raises(ValueError, match=r"X should be numbers of \('samples', 3\), is float64"):
        module.loss_and_grad(params, X[:0], Y[:0])
    for derivation in (derived([3, 2]), sb.derive(sp.Symbol("x") ** 2)):
        with pytest.raises(sb.UnknownNameError, match="did you mean 'readable'"):
            derivation.source("readible")


def test_symbolic_widths_have_formulas_but_no_code() -> None:
    widths = sp.symbols("n0 n1 n2", integer=True, positive=True)
    net = sb.Network(widths, form="matrix")
    assert "W¹: n₁ × n₀" in sb.derive(net).formulas()
    with pytest.raises(sb.UnsupportedError, match="the width n0 is a symbol"):
        sb.derive(net).source()


@pytest.mark.parametrize("optimizer", ["sgd", "momentum", "adam"])
def test_training_is_that_of_the_scalar_form(tmp_path: Path, optimizer: str) -> None:
    scalar = runtime.load_module(sb.derive(sb.Network([3, 4, 2], "tanh", "softmax")).write(tmp_path / "scalar.py"))
    matrix = written(tmp_path, [3, 4, 2])
    params, X, Y = sample([3, 4, 2], rows=20)
    settings = {"epochs": 15, "batch_size": 6, "seed": 3, "optimizer": optimizer}
    expected, history = runtime.train(scalar, params, X, Y, **settings)
    found, found_history = runtime.train(matrix, params, X, Y, **settings)
    np.testing.assert_allclose(found_history, history, rtol=1e-10)
    for name, array in expected.items():
        np.testing.assert_allclose(found[name], array, rtol=1e-9, atol=1e-12)


def test_a_run_resumes_to_the_same_weights_bit_for_bit(tmp_path: Path) -> None:
    module = written(tmp_path, [3, 6, 5, 2])
    params, X, Y = sample([3, 6, 5, 2], rows=40)
    settings = {"batch_size": 7, "seed": 2}
    whole, history = runtime.train(module, params, X, Y, epochs=12, **settings)
    path = tmp_path / "run.npz"
    runtime.train(module, params, X, Y, epochs=5, checkpoints=runtime.Checkpoints(path), **settings)
    resumed, later = runtime.train(
        module, params, X, Y, epochs=12, checkpoints=runtime.Checkpoints(resume=path), **settings
    )
    assert later == history
    assert all(np.array_equal(resumed[name], whole[name]) for name in whole)


def test_a_module_is_the_same_text_whenever_it_is_written() -> None:
    for style in ("fast", "readable"):
        assert derived([6, 5, 4]).source(style) == derived([6, 5, 4]).source(style)


def test_gradients_of_a_workspace_are_no_parameters_for_it(tmp_path: Path) -> None:
    module = written(tmp_path, [3, 5, 2])
    params, X, Y = sample([3, 5, 2], rows=6)
    workspace = module.Workspace(6)
    _, grads = module.loss_and_grad(params, X, Y, work=workspace)
    with pytest.raises(ValueError, match="written over: pass copies"):
        module.loss_and_grad(grads, X, Y, work=workspace)


@pytest.mark.parametrize("style", ["fast", "readable"])
@pytest.mark.parametrize(("widths", "hidden", "output"), [([2, 3, 2], "tanh", None), ([5, 1, 1], None, "identity")])
def test_outputs_that_do_not_depend_on_the_inputs_have_a_row_for_each_sample(
    tmp_path: Path, style: str, widths: list[int], hidden: Any, output: Any
) -> None:
    constant = sp.Lambda(sp.Symbol("z"), sp.Integer(1))
    net = sb.Network(widths, hidden or constant, output or constant, "half_sse", form="matrix")
    module = runtime.load_module(sb.derive(net).write(tmp_path / "net.py", style))
    outputs = module.forward(module.init(), np.ones((5, widths[0])))
    assert outputs.shape == (5, widths[-1])
    assert np.ptp(outputs) == 0


@pytest.mark.parametrize("style", ["fast", "readable"])
def test_the_scale_changes_no_dtype(style: str) -> None:
    params, X, Y = sample([3, 4, 2], rows=6, dtype=np.float32)
    _, grads = derived([3, 4, 2]).compile(style)(params, X, Y, scale=np.float64(2))
    assert {grad.dtype for grad in grads.values()} == {np.dtype(np.float32)}


def test_a_matrix_of_one_entry_is_an_array_of_one_entry() -> None:
    s, u = sp.Symbol("s"), sp.MatrixSymbol("u", 1, 1)
    function = sb.derive(s * sp.Trace(u**2)).compile()
    value, grads = function(2.0, np.array([[3.0]]))
    assert (value, grads["s"], grads["u"].tolist()) == (18, 9, [[12]])
    with pytest.raises(sb.ParameterError, match="u"):
        function(2.0, np.ones((2, 2)))
    value, flat = sb.value_and_grad([s, u], s * sp.Trace(u**2), [s, u])(2.0, np.array([[3.0]]))
    assert (value, flat.tolist()) == (18, [9, 12])


def test_a_checkpoint_of_other_functions_is_refused(tmp_path: Path) -> None:
    """Activations of one name, the two styles, the two forms: the same shapes, and not the same run."""
    z = sp.Symbol("z")
    params, X, Y = sample([3, 4, 2], rows=12)
    made = {}
    for number, (power, form, style) in enumerate(
        [(2, "matrix", "fast"), (3, "matrix", "fast"), (2, "matrix", "readable"), (2, "scalar", "fast")]
    ):
        net = sb.Network([3, 4, 2], sp.Lambda(z, z**power), "identity", "mse", form=form)
        made[number] = runtime.load_module(sb.derive(net).write(tmp_path / f"net{number}.py", style))
    path = tmp_path / "run.npz"
    runtime.train(made[0], params, X, Y, epochs=2, checkpoints=runtime.Checkpoints(path))
    runtime.train(made[0], params, X, Y, epochs=3, checkpoints=runtime.Checkpoints(resume=path))
    for number in (1, 2, 3):
        with pytest.raises(sb.DataError, match=r"program|style"):
            runtime.train(made[number], params, X, Y, epochs=3, checkpoints=runtime.Checkpoints(resume=path))
