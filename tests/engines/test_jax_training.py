"""Training on JAX comes to the weights of NumPy, on one device and on many; what does not fit is refused."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from symbackprop import cli, runtime
from symbackprop.errors import SymbackpropError
from symbackprop.runtime import options

from .support import ADVICE, files, outcome, started

pytest.importorskip("jax")
pytest.importorskip("optax")

ON_MANY = """
import json, re, sys
import jax, numpy as np
jax.config.update("jax_num_cpu_devices", 8)
jax.config.update("jax_enable_x64", True)
from symbackprop import runtime
from symbackprop.engines import jax as engine
from symbackprop.engines.jax_mesh import mesh_of
from symbackprop.engines.jax_places import places
from symbackprop.engines.jax_run import JaxRun
from symbackprop.runtime.optimizers import completed

module, numpy_module = (runtime.load_module(f"net_{name}.py") for name in ("jax", "numpy"))
rng, start = np.random.default_rng(0), runtime.start_values(module)
X, Y = rng.normal(size=(116, 4)), np.eye(3)[rng.integers(0, 3, 116)]
RUNS = [
    {}, {"optimizer": "momentum", "schedule": "step", "step_every": 2}, {"optimizer": "nesterov", "weight_decay": 0.1},
    {"optimizer": "rmsprop"}, {"optimizer": "adam", "schedule": "cosine", "weight_decay": 0.01}, {"optimizer": "adamw"},
]
KINDS = r"\\b(all-reduce|all-gather|reduce-scatter|collective-permute|all-to-all)(?:-start)?\\("
told = {"far": [], "collectives": {}}
for settings in RUNS:
    wanted, history = runtime.train(numpy_module, start, X, Y, 7, validation=(X[:9], Y[:9]), **settings)
    for mesh in ("data=1", "data=8", "data=4,model=2"):
        found, losses = engine.train(module, start, X, Y, 7, validation=(X[:9], Y[:9]), mesh=mesh, **settings)
        pairs = [(losses, history), *((found[name], wanted[name]) for name in wanted)]
        told["far"] += [float(np.max(np.abs(np.subtract(*two)) / (1e-9 + np.abs(two[1])))) for two in pairs]
for mesh in ("data=8", "data=4,model=2", "model=8"):
    run = JaxRun(module, start, completed(runtime.Settings(optimizer="adam")), (X, Y), mesh=mesh_of(places(mesh=mesh)))
    batch = [run.layout.batch(data, np.arange(16)) for data in (X, Y)]
    step = run.step.lower(run.params, run.state, *batch, np.float64(0.1)).compile().as_text()
    forward = jax.jit(module.forward).lower(run.params, batch[0]).compile().as_text()
    told["collectives"][mesh] = [re.findall(KINDS, text) for text in (step, forward)]
for wrong in ({"mesh": "data=3"}, {"devices": 9}, {"mesh": "model=3"}, {"mesh": "data=x"}):
    try:
        engine.train(module, start, X, Y, 1, **wrong)
    except Exception as error:
        told.setdefault("refused", []).append(f"{type(error).__name__}: {error}")
print(json.dumps(told))
"""


@pytest.fixture(scope="session")
def many(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """What was found on 8 devices, in a process of its own: their number is fixed when JAX starts."""
    status, out, err = outcome(started(files(tmp_path_factory.mktemp("many")), "-c", ON_MANY))
    assert status == 0, err
    return json.loads(out.splitlines()[-1])


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: Any) -> Path:
    monkeypatch.chdir(files(tmp_path))
    return tmp_path


@pytest.mark.slow
def test_every_optimizer_comes_to_the_weights_of_numpy_on_every_mesh(many: Any) -> None:
    assert max(many["far"]) < 1e-12


@pytest.mark.slow
def test_there_are_no_more_collectives_than_there_must_be(many: Any) -> None:
    assert many["collectives"] == {
        "data=8": [["all-reduce"], []],
        "data=4,model=2": [["all-reduce"] * 2, ["all-reduce"]],
        "model=8": [["all-reduce"], ["all-reduce"]],
    }


@pytest.mark.slow
def test_what_does_not_fit_the_devices_is_refused(many: Any) -> None:
    wanted = (
        "split it 2 or 4 ways, or set the batch size to 15 or 18",
        "9 devices are more than there are: 8",
        "nothing of",
        "must be like data=4",
    )
    for found, said in zip(many["refused"], wanted, strict=True):
        assert found.startswith("DataError")
        assert said in found


def test_the_command_trains_and_predicts_in_float32(folder: Path, capsys: Any) -> None:
    shared = ["data.csv", "--epochs", "2", "--dtype", "float32", "--weights"]
    assert cli.main(["train", "net_jax.py", *shared, "jax.npz"]) == 0
    assert cli.main(["train", "net_numpy.py", *shared, "numpy.npz"]) == 0
    reports = capsys.readouterr().out.splitlines()
    assert [line[:27] for line in reports[:4]] == [line[:27] for line in reports[5:9]]
    (found, _), (wanted, _) = (
        runtime.load(name, runtime.load_module("net_jax.py")) for name in ("jax.npz", "numpy.npz")
    )
    for name, value in wanted.items():
        np.testing.assert_allclose(found[name], value, rtol=2e-5, atol=2e-6)
    assert cli.main(["predict", "net_jax.py", "jax.npz", "data.csv"]) == 0
    assert len(capsys.readouterr().out.splitlines()) == 146


def test_float64_is_refused_while_jax_has_it_switched_off(folder: Path) -> None:
    from symbackprop.engines import jax as engine  # noqa: PLC0415  # after the check that JAX is there

    module = runtime.load_module("net_jax.py")
    with pytest.raises(SymbackpropError, match="jax_enable_x64"):
        engine.train(module, runtime.start_values(module), np.ones((2, 4)), np.eye(3)[:2])


BAD = {
    "--devices 0": "the number of devices must be a whole number",
    "--mesh data=4,data=2": "the mesh must be like data=4",
    "--mesh data=4 --devices 3": "the mesh is of 4 devices, which are not those of 1 process with 3 each",
    "--process 1": "go together",
    "--wait 3": "--wait goes with --coordinator",
    "--coordinator here --process 0 --processes 2": "must be HOST:PORT",
    "--coordinator here:80 --process 2 --processes 2": "--process must be from 0",
    "--dtype float32 --resume other.npz": "cannot read other.npz",
}


@pytest.mark.parametrize("arguments", BAD)
def test_bad_input_is_one_line(arguments: str, folder: Path, capsys: Any) -> None:
    assert cli.main(["train", "net_jax.py", "data.csv", *("--dtype float32 " + arguments).split()]) == 2
    told = capsys.readouterr()
    assert told.out == ""
    assert told.err.startswith("error: ")
    assert told.err.count("\n") == 1
    assert BAD[arguments] in told.err


def test_a_module_for_numpy_has_no_use_for_devices(folder: Path, capsys: Any) -> None:
    assert cli.main(["train", "net_numpy.py", "data.csv", "--devices", "2"]) == 2
    assert "--devices is for modules that run on JAX" in capsys.readouterr().err
    assert {f"--{name}" for name in options.PLACES} <= {name for group in options.OPTIONS.values() for name in group}


@pytest.mark.slow
def test_without_jax_one_line_says_what_to_install(folder: Path) -> None:
    hidden = "import sys; sys.modules['jax'] = None; from symbackprop import cli; sys.exit(cli.main(sys.argv[1:]))"
    status, _, err = outcome(started(folder, "-c", hidden, "train", "net_jax.py", "data.csv"))
    assert (status, err.count("\n")) == (2, 1)
    assert ADVICE in err
