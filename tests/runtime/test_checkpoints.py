"""Checkpoints: a run that is killed goes on to the same weights, bit for bit; what does not fit is refused."""

from __future__ import annotations

import argparse
import contextlib
import csv
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest

import symbackprop as sb
from symbackprop import runtime

from ..forked import forked
from ..runtime_modules import ROOT, written

KILLED = """
import os, signal, sys
import numpy
from symbackprop import cli

owner, name, last = {"savez": numpy, "fsync": os, "replace": os}[sys.argv[1]], sys.argv[1], int(sys.argv[2])
real, count = getattr(owner, name), 0


def deadly(*arguments, **others):
    global count
    count += 1
    if count == last and name == "savez":
        arguments[0].write(b"half a file")
        arguments[0].flush()
    if count == last:
        os.kill(os.getpid(), signal.SIGKILL)
    return real(*arguments, **others)


setattr(owner, name, deadly)
sys.exit(cli.main(sys.argv[3:]))
"""
"""Trains, and dies by a real SIGKILL just as a file is being written, put on the disk, or put in its place."""

HERE = {**os.environ, "PYTHONPATH": str(ROOT)}
RUNS = {
    "sgd": ["--optimizer", "sgd", "--learning-rate", "0.5"],
    "momentum": ["--optimizer", "momentum", "--schedule", "step", "--step-every", "3", "--weight-decay", "0.01"],
    "nesterov": ["--optimizer", "nesterov", "--dtype", "float32"],
    "rmsprop": ["--optimizer", "rmsprop", "--validation-fraction", "0.2", "--patience", "9"],
    "adam": ["--optimizer", "adam", "--schedule", "cosine", "--learning-rate", "0.05"],
    "adamw": ["--optimizer", "adamw", "--dtype", "float32", "--validation-fraction", "0.3", "--learning-rate", "0.1"],
}
MOMENTS = {"half written": ("savez", 3), "not yet on the disk": ("fsync", 7), "not yet in place": ("replace", 6)}


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: Any) -> Path:
    """A working folder with a module, a table and another table with the same columns."""
    written(tmp_path, [2, 3, 1])
    rng = np.random.default_rng(5)
    for name in ("data.csv", "other.csv"):
        rows = [[f"{a:.3f}", f"{b:.3f}", int(a * b > 0)] for a, b in rng.normal(size=(43, 2))]
        with (tmp_path / name).open("w", newline="", encoding="utf-8") as file:
            csv.writer(file).writerows([["p", "q", "same"], *rows])
    monkeypatch.chdir(tmp_path)
    return tmp_path


def loaded(folder: Path) -> ModuleType:
    return runtime.load_module(folder / "net.py")


def fitted(module: ModuleType, *arguments: str) -> list[str]:
    """Train in this process; returns the report."""
    parser = argparse.ArgumentParser()
    runtime.add_options(parser)
    return runtime.fit(module, parser.parse_args(["data.csv", *arguments]))


def same_weights(module: ModuleType, first: str, second: str) -> None:
    """Both files hold the very same bits, and the same notes."""
    (params, notes), (others, other_notes) = runtime.load(first, module), runtime.load(second, module)
    for name, value in params.items():
        assert value.dtype == others[name].dtype
        assert value.tobytes() == others[name].tobytes(), name
    assert all(np.array_equal(notes[name], other_notes[name]) for name in notes)


# --- kills ---


@pytest.mark.slow
@pytest.mark.parametrize("moment", MOMENTS)
@pytest.mark.parametrize("optimizer", RUNS)
def test_a_killed_run_goes_on_to_the_same_bits(optimizer: str, moment: str, folder: Path) -> None:
    module, arguments = loaded(folder), [*RUNS[optimizer], "--epochs", "12", "--batch-size", "7"]
    report = fitted(module, *arguments, "--weights", "whole.npz")
    kept = ["--checkpoint", "c.npz", "--checkpoint-every", "2", "--weights", "parts.npz"]
    what, count = MOMENTS[moment]
    done = forked(KILLED, folder, what, str(count), "train", "net.py", "data.csv", *arguments, *kept)
    assert done.returncode == -signal.SIGKILL, done.stderr
    assert not Path("parts.npz").exists()
    assert Path("c.npz").exists()
    resumed = fitted(module, *arguments, "--resume", "c.npz", "--weights", "parts.npz")
    assert resumed[:-1] == report[:-1]
    same_weights(module, "whole.npz", "parts.npz")


@pytest.mark.slow
def test_a_run_killed_again_and_again_at_any_time_loses_nothing(folder: Path) -> None:
    module = loaded(folder)
    command = [
        sys.executable,
        "-B",
        "-m",
        "symbackprop",
        "train",
        "net.py",
        "data.csv",
        "--optimizer",
        "adam",
        "--epochs",
        "1000000",
    ]
    command += ["--checkpoint", "c.npz", "--checkpoint-every", "1"]
    for wait in (0.05, 0.13, 0.22, 0.31):
        again = ["--resume", "c.npz"] if Path("c.npz").exists() else []
        kill_later([*command, *again], folder, wait)
        reached = progress("c.npz")["epoch"]
    settings = ["--optimizer", "adam", "--epochs", str(reached + 3)]
    fitted(module, *settings, "--resume", "c.npz", "--weights", "parts.npz")
    fitted(module, *settings, "--weights", "whole.npz")
    same_weights(module, "whole.npz", "parts.npz")


def kill_later(command: list[str], folder: Path, wait: float) -> None:
    """Start a command, and kill it so many seconds after it has written its next checkpoint."""
    path = folder / "c.npz"
    before = path.stat().st_mtime_ns if path.exists() else 0
    running = subprocess.Popen(command, cwd=folder, env=HERE, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    try:
        limit = time.monotonic() + 60
        while not path.exists() or path.stat().st_mtime_ns == before:
            assert running.poll() is None, running.communicate()[1]
            assert time.monotonic() < limit
            time.sleep(0.01)
        time.sleep(wait)
    finally:
        running.kill()
        running.communicate()


def progress(path: str) -> dict[str, Any]:
    with np.load(path, allow_pickle=False) as file:
        found: dict[str, Any] = json.loads(str(file["progress"]))
    return found


def test_what_a_killed_process_left_aside_is_in_nobody_s_way(folder: Path) -> None:
    """In a container a process often has the number of the one that was killed before it."""
    module = loaded(folder)
    for name in ("c.npz", "w.npz"):
        Path(f"{name}.{os.getpid()}.part").write_bytes(b"half a file")
    fitted(module, "--epochs", "2", "--checkpoint", "c.npz", "--weights", "w.npz")
    assert not list(folder.glob("*.part"))


# --- in Python ---


def test_a_run_goes_on_in_python_and_may_be_made_longer(folder: Path) -> None:
    module = loaded(folder)
    X, Y = np.random.default_rng(0).normal(size=(20, 2)), np.eye(2)[np.arange(20) % 2][:, :1]
    settings = {"batch_size": 3, "optimizer": "rmsprop", "seed": 4}
    whole, history = runtime.train(module, module.init(), X, Y, epochs=9, **settings)
    runtime.train(module, module.init(), X, Y, epochs=4, **settings, checkpoints=runtime.Checkpoints("c.npz", 3))
    assert progress("c.npz")["epoch"] == 4  # every third, and the last
    told: list[int] = []
    go_on = runtime.Checkpoints(resume="c.npz")
    parts, other = runtime.train(
        module,
        module.init(),
        X,
        Y,
        epochs=9,
        **settings,
        checkpoints=go_on,
        on_epoch=lambda epoch, _: told.append(epoch),
    )
    assert told == [5, 6, 7, 8, 9]
    assert other == history
    assert all(np.array_equal(whole[name], parts[name]) for name in whole)
    assert progress("c.npz")["epoch"] == 4  # only read


def test_a_run_that_patience_ended_is_over_when_it_is_resumed(folder: Path) -> None:
    module = loaded(folder)
    arguments = ["--validation-fraction", "0.3", "--patience", "2", "--learning-rate", "3", "--epochs", "500"]
    report = fitted(module, *arguments, "--checkpoint", "c.npz", "--weights", "whole.npz")
    assert progress("c.npz")["epoch"] < 500
    assert report[2].startswith("best epoch")
    again = fitted(module, *arguments, "--resume", "c.npz", "--weights", "parts.npz")
    assert again[:-1] == report[:-1]
    same_weights(module, "whole.npz", "parts.npz")


def test_a_checkpoint_holds_how_the_data_were_standardised_and_no_pickle(folder: Path) -> None:
    module = loaded(folder)
    fitted(module, "--epochs", "2", "--checkpoint", "c.npz", "--weights", "w.npz")
    _, notes = runtime.load("w.npz", module)
    with np.load("c.npz", allow_pickle=False) as file:
        assert all(np.array_equal(file[f"note_{name}"], value) for name, value in notes.items())
        assert not [name for name in file.files if file[name].dtype.kind == "O"]


def test_an_older_checkpoint_is_replaced_and_python_refuses_other_files_too(folder: Path) -> None:
    module = loaded(folder)
    for epochs in ("1", "2"):
        report = fitted(module, "--epochs", epochs, "--checkpoint", "c.npz", "--weights", "w.npz")
        assert f"after {epochs} epoch{'s'[: int(epochs) - 1]} (" in report[1]
    assert progress("c.npz")["epoch"] == 2
    before = Path("w.npz").read_bytes()
    with pytest.raises(sb.DataError, match=r"w\.npz: it exists and is no checkpoint"):
        runtime.train(module, module.init(), np.ones((2, 2)), np.ones((2, 1)), checkpoints=runtime.Checkpoints("w.npz"))
    assert Path("w.npz").read_bytes() == before


# --- refusals ---


OTHERS = {
    "optimizer": (["--optimizer", "momentum"], "optimizer adam there and momentum here"),
    "batch size": (["--batch-size", "5"], "batch size 16 there and 5 here"),
    "seed": (["--seed", "3"], "seed 0 there and 3 here"),
    "rate": (["--learning-rate", "0.5"], "learning rate 0.001 there and 0.5 here"),
    "beta": (["--beta1", "0.5"], "beta1 0.9 there and 0.5 here"),
    "decay": (["--weight-decay", "0.5"], "weight decay 0.0 there and 0.5 here"),
    "schedule": (["--schedule", "cosine"], "schedule constant there and cosine here"),
    "dtype": (["--dtype", "float32"], "dtype float64 there and float32 here"),
    "start": (["--init", "equal"], "start values"),
    "split": (["--test-fraction", "0.5"], "data"),
}


@pytest.mark.parametrize("name", OTHERS)
def test_a_checkpoint_of_other_settings_is_refused(name: str, folder: Path) -> None:
    module = loaded(folder)
    same = ["--optimizer", "adam", "--epochs", "3"]
    fitted(module, *same, "--checkpoint", "c.npz", "--weights", "w.npz")
    before = Path("c.npz").read_bytes()
    arguments, says = OTHERS[name]
    with pytest.raises(sb.DataError, match=says) as caught:
        fitted(module, *same, *arguments, "--resume", "c.npz", "--weights", "w.npz")
    assert "c.npz is the checkpoint of another run, which differs in: " in str(caught.value)
    assert "\n" not in str(caught.value)
    assert Path("c.npz").read_bytes() == before


def test_a_checkpoint_of_other_data_or_of_more_epochs_is_refused(folder: Path) -> None:
    module = loaded(folder)
    fitted(module, "--epochs", "5", "--checkpoint", "c.npz", "--weights", "w.npz")
    os.replace("other.csv", "data.csv")
    with pytest.raises(sb.DataError, match=r"differs in: data$"):
        fitted(module, "--resume", "c.npz", "--weights", "w.npz")
    fitted(module, "--epochs", "5", "--checkpoint", "c.npz", "--weights", "w.npz")
    with pytest.raises(sb.DataError, match="5 epochs behind it: set --epochs"):
        fitted(module, "--epochs", "4", "--resume", "c.npz", "--weights", "w.npz")
    cosine = ["--schedule", "cosine", "--weights", "w.npz"]
    fitted(module, "--epochs", "5", *cosine, "--checkpoint", "c.npz")
    with pytest.raises(sb.DataError, match="epochs 5 there and 9 here"):
        fitted(module, "--epochs", "9", *cosine, "--resume", "c.npz")


@pytest.mark.parametrize(
    ("network", "says"),
    [
        (([2, 4, 1], "tanh", "sigmoid", "bce"), "model the 2-3-1 network"),
        (([2, 3, 1], "relu", "sigmoid", "bce"), "hidden tanh.*hidden relu"),
        (([2, 3, 1], "tanh", "sigmoid", "mse"), "loss bce.*loss mse"),
    ],
)
def test_a_checkpoint_of_another_network_is_refused(network: tuple[Any, ...], says: str, folder: Path) -> None:
    fitted(loaded(folder), "--epochs", "2", "--checkpoint", "c.npz", "--weights", "w.npz")
    other = written(folder, *network, name="other.py")
    with pytest.raises(sb.DataError, match=says):
        fitted(other, "--epochs", "2", "--resume", "c.npz", "--weights", "w.npz")
    with pytest.raises(sb.DataError, match=r"differs in: model the [^;]* there and the [^;]* here$"):
        fitted(other, "--epochs", "2", "--seed", "5", "--dtype", "float32", "--resume", "c.npz", "--weights", "w.npz")


def changed(name: str, value: Any) -> None:
    """Write c.npz with one array changed, or left out."""
    with np.load("c.npz", allow_pickle=False) as file:
        arrays = {key: file[key] for key in file.files}
    arrays[name] = value
    np.savez("bad.npz", **{key: array for key, array in arrays.items() if array is not None})


def test_a_damaged_checkpoint_is_refused(folder: Path) -> None:
    module = loaded(folder)
    arguments = ["--optimizer", "momentum", "--epochs", "4", "--weights", "w.npz"]
    fitted(module, *arguments, "--checkpoint", "c.npz")
    whole = Path("c.npz").read_bytes()
    good = progress("c.npz")
    for name, value in {
        "progress": np.array("{"),
        "identity": np.array("[1]"),
        "history": np.zeros(3),
        "param_W1": np.zeros((2, 2)),
        "param_b1": None,
        "kept_velocity_W1": np.zeros((3, 2), np.float32),
        "kept_surprise": np.zeros(3),
        "best_W1": np.zeros((3, 2)),
    }.items():
        changed(name, value)
        refused(module, [*arguments, "--resume", "bad.npz"], "bad.npz is a damaged checkpoint")
    for key, part in {"generator": {"bit_generator": "PCG64"}, "epoch": "many", "steps": None}.items():
        changed("progress", np.array(json.dumps({**good, key: part})))
        refused(module, [*arguments, "--resume", "bad.npz"], "bad.npz is a damaged checkpoint")
    changed("progress", None)
    refused(module, [*arguments, "--resume", "bad.npz"], "is no checkpoint")
    Path("cut.npz").write_bytes(whole[: len(whole) // 2])
    refused(module, [*arguments, "--resume", "cut.npz"], "damaged")
    Path("rotten.npz").write_bytes(whole[:700] + bytes([whole[700] ^ 255]) + whole[701:])
    refused(module, [*arguments, "--resume", "rotten.npz"], "damaged")
    refused(module, [*arguments, "--resume", "missing.npz"], "cannot read missing.npz: No such file")


def refused(module: ModuleType, arguments: list[str], says: str) -> None:
    with contextlib.suppress(FileNotFoundError):
        os.unlink("w.npz")
    with pytest.raises(sb.DataError, match=says) as caught:
        fitted(module, *arguments)
    assert "\n" not in str(caught.value)
    assert not Path("w.npz").exists()


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["--resume", "w2.npz"], "w2.npz is no checkpoint: name a file that --checkpoint wrote"),
        (["--checkpoint", "no/c.npz"], "cannot write no/c.npz: choose another --checkpoint path"),
        (
            ["--checkpoint", "data.csv"],
            "data.csv: it is the same file as the data file; choose another --checkpoint path",
        ),
        (["--resume", "data.csv"], "data.csv: it is the same file as the data file; choose another --resume path"),
        (["--checkpoint", "w.npz"], "w.npz: it is the same file as the --checkpoint file; choose another --weights"),
        (["--resume", "w.npz"], "w.npz: it is the same file as the --resume file; choose another --weights path"),
        (["--checkpoint", "net.py"], "net.py: it is the same file as this module; choose another --checkpoint path"),
        (
            ["--checkpoint", "w2.npz"],
            "cannot write w2.npz: it exists and is no checkpoint; choose another --checkpoint",
        ),
        (["--checkpoint", "other.csv"], "cannot write other.csv: it exists and is no checkpoint"),
        (["--checkpoint", "c.npz", "--checkpoint-every", "0"], "^--checkpoint-every must be a whole number"),
    ],
)
def test_places_that_make_no_sense_are_refused(arguments: list[str], says: str, folder: Path) -> None:
    module = loaded(folder)
    runtime.save("w2.npz", module.init())
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    refused(module, ["--epochs", "2", "--weights", "w.npz", *arguments], says)
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before
    assert Path("data.csv").read_text(encoding="utf-8").startswith("p,q,same")
