"""The files of generated/ are what the library writes today, to the byte, and they run."""

from __future__ import annotations

import ast
import math
import re
import subprocess
import sys
from types import ModuleType

import numpy as np
import pytest

import symbackprop as sb
from symbackprop import cli, runtime

from ..goldens import FOLDER, GOLDENS
from ..support import operations, slow_unless
from ..support import swept as operations_of_the_sweep

COMMANDED = sorted(name for name in GOLDENS if name.endswith(".py"))
MODULES = [name for name in COMMANDED if not name.endswith("_jax.py")]  # those: test_jax_target.py
ADVICE = "run 'python tests/goldens.py' and look at the difference"


def test_folder_holds_these_files_and_no_other() -> None:
    assert {path.name for path in FOLDER.iterdir() if path.name != "__pycache__"} == set(GOLDENS), ADVICE


@pytest.mark.every_row
@pytest.mark.parametrize("name", GOLDENS)
def test_file_is_what_is_generated_now(name: str) -> None:
    assert (FOLDER / name).read_bytes() == GOLDENS[name]().encode(), ADVICE


@pytest.mark.every_row
@pytest.mark.parametrize("name", COMMANDED)
def test_file_is_what_the_command_in_its_header_writes(name: str, tmp_path, capsys) -> None:  # type: ignore[no-untyped-def]
    command = re.search(r"^Made by: symbackprop (.*)$", (FOLDER / name).read_text(encoding="utf-8"), re.MULTILINE)
    assert command is not None
    assert cli.main([*command[1].split(), "-o", str(tmp_path / name)]) == 0
    assert capsys.readouterr().out == f"wrote {tmp_path / name}\n"
    assert (tmp_path / name).read_bytes() == (FOLDER / name).read_bytes()


def golden(name: str) -> ModuleType:
    return sb.load(FOLDER / name)


@pytest.mark.parametrize("name", MODULES)
def test_module_runs_and_its_gradient_is_right(name: str) -> None:
    module = golden(name)
    rng = np.random.default_rng(1)
    inputs, outputs = (sum(map(math.prod, module.MODEL[part].values())) for part in ("inputs", "targets"))
    X = rng.normal(size=(6, inputs))
    Y = np.eye(outputs)[rng.integers(outputs, size=6)]
    params = module.init(seed=3)
    assert {key: value.shape for key, value in params.items()} == module.SHAPES
    assert module.check_grad(params, X, Y) < 1e-8
    trained, history = module.train(params, X, Y, epochs=60, batch_size=6, learning_rate=0.3)
    assert history[-1] < 0.8 * history[0]
    assert module.loss(trained, X, Y) < history[-1]
    library, same = runtime.train(module, params, X, Y, epochs=60, batch_size=6, learning_rate=0.3)
    assert same == pytest.approx(history, rel=1e-9)
    for key, value in library.items():
        np.testing.assert_allclose(value, trained[key], rtol=1e-8)


def test_naive_module_is_the_twin_of_the_shared_one() -> None:
    shared, naive = golden("xor.py"), golden("xor_naive.py")
    X, Y = np.random.default_rng(0).normal(size=(2, 9, 2))[0], np.random.default_rng(0).random((9, 1))
    params = shared.init(seed=8)
    value, grads = shared.loss_and_grad(params, X, Y)
    other_value, other_grads = naive.loss_and_grad(params, X, Y)
    assert other_value == pytest.approx(value, rel=1e-12)
    for key, grad in grads.items():
        np.testing.assert_allclose(other_grads[key], grad, rtol=1e-12, atol=1e-15)
    assert sum(len(value.ravel()) for value in params.values()) == sum(name.startswith("dL_d") for name in vars(naive))


def test_the_twin_computes_as_many_times_more_as_the_counts_say() -> None:
    """Operators and calls in the text of both files, against the counts on the graph."""
    shared, naive = ((FOLDER / name).read_text(encoding="utf-8") for name in ("xor.py", "xor_naive.py"))
    swept = operations_of_the_sweep(shared)
    functions = [node for node in ast.parse(naive).body if isinstance(node, ast.FunctionDef)]
    written = [node for node in functions if node.name.startswith("dL_d") or node.name == "loss_per_sample"]
    one_by_one = sum(operations(node.body[-1].value) for node in written)  # type: ignore[attr-defined]
    net = sb.Network([2, 3, 1])
    counted, twin = sb.derive(net).cost, sb.derive(net, method="naive").cost
    assert (swept, one_by_one) == (counted.total, twin.total)
    assert counted.naive is not None
    assert one_by_one / swept == pytest.approx(counted.naive / counted.total, rel=0.05)
    assert one_by_one > 10 * swept


def test_files_are_the_maths_and_nothing_else() -> None:
    lines = {name: (FOLDER / name).read_text(encoding="utf-8").splitlines() for name in MODULES}
    assert len(lines["xor.py"]) <= 150
    assert sum(map(len, lines.values())) <= 1_700
    for text in lines.values():
        assert text[0] == "# symbackprop module, format 3"
        assert [line for line in text if line.startswith(("import", "from"))] == ["import numpy as np"]
        assert max(len(line) for line in text if not line.startswith("Made by")) <= 120


@slow_unless(lambda name: name == "xor.py")
@pytest.mark.parametrize("name", MODULES)
def test_a_module_run_by_itself_says_how_to_train_it(name: str) -> None:
    done = subprocess.run([sys.executable, str(FOLDER / name)], capture_output=True, text=True, check=True)
    assert done.stdout == f"train it with: symbackprop train {FOLDER / name} DATA.csv\n"


def test_one_program_has_one_digest_in_every_style() -> None:
    digests = {name: golden(name).MODEL["program"] for name in MODULES}
    assert digests["digits.py"] == digests["digits_readable.py"]
    assert len(set(digests.values())) == 4
