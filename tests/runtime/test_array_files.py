"""Weights survive a round trip; damaged, foreign and pickled ones are refused."""

from __future__ import annotations

import pickle
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest

import symbackprop as sb
from symbackprop import runtime

from ..runtime_modules import written
from .support import options, table


def test_weights_survive_a_round_trip(tmp_path: Path, xor: ModuleType) -> None:
    params = xor.init(seed=9)
    path = tmp_path / "weights.npz"
    runtime.save(path, params, mean=np.array([1.0, 2.0]), classes=["a", "b"])
    found, notes = runtime.load(path, xor)
    assert list(found) == list(params)
    assert all(np.array_equal(found[name], params[name]) for name in params)
    assert (notes["mean"].tolist(), notes["classes"].tolist()) == ([1.0, 2.0], ["a", "b"])
    assert b"pickle" not in path.read_bytes()
    assert not [other for other in tmp_path.iterdir() if other.suffix == ".part"]


def test_weights_that_would_need_pickle_are_not_saved(tmp_path: Path, xor: ModuleType) -> None:
    before = sorted(tmp_path.iterdir())
    with pytest.raises(sb.DataError, match="pickle"):
        runtime.save(tmp_path / "w.npz", xor.init(), note=None)
    assert sorted(tmp_path.iterdir()) == before


class Trap:
    """An object that would act when unpickled."""

    sprung = False

    def __reduce__(self) -> Any:
        return setattr, (Trap, "sprung", True)


def test_weights_that_do_not_fit_or_are_damaged_or_pickled_are_refused(tmp_path: Path, xor: ModuleType) -> None:
    other = written(tmp_path, [2, 4, 1], name="other.py")
    runtime.save(tmp_path / "other.npz", other.init())
    runtime.save(tmp_path / "short.npz", {"W1": np.zeros((3, 2))})
    runtime.save(tmp_path / "text.npz", {name: np.full(shape, "7") for name, shape in xor.SHAPES.items()})
    runtime.save(tmp_path / "good.npz", xor.init())
    whole = (tmp_path / "good.npz").read_bytes()
    (tmp_path / "cut.npz").write_bytes(whole[: len(whole) // 2])
    (tmp_path / "empty.npz").write_bytes(b"")
    (tmp_path / "noise.npz").write_bytes(bytes(range(256)))
    (tmp_path / "pickle.npz").write_bytes(pickle.dumps(Trap()))
    np.savez(tmp_path / "object.npz", W1=np.array([Trap()], dtype=object))
    np.save(tmp_path / "plain.npy", np.zeros(3))
    for name, what in {
        "other.npz": r"W1 should be \(3, 2\), is \(4, 2\)",
        "short.npz": r"b1 should be \(3,\), is absent",
        "text.npz": "should hold floats",
        "cut.npz": "damaged",
        "empty.npz": "damaged",
        "noise.npz": "damaged",
        "pickle.npz": "damaged",
        "object.npz": "damaged",
        "plain.npy": "damaged",
        "missing.npz": "No such file",
        ".": "directory",
    }.items():
        with pytest.raises(sb.DataError, match=what) as caught:
            runtime.load(tmp_path / name, xor)
        assert name.removesuffix(".") in str(caught.value)
    assert not Trap.sprung


def test_weights_path_is_refused_before_training(tmp_path: Path, xor: ModuleType) -> None:
    data = table(tmp_path / "d.csv", [["p", "q", "y"], *([n, -n, n % 2] for n in range(20))])
    (tmp_path / "folder").mkdir()
    for path in (tmp_path / "no" / "w.npz", tmp_path / "folder", data, data / "w.npz", Path("/dev/null")):
        told: list[int] = []
        chosen = options(str(data), "--weights", str(path))
        with pytest.raises(sb.DataError, match="cannot write"):
            runtime.fit(xor, chosen, lambda epoch, _, told=told: told.append(epoch))
        assert told == []
    assert data.read_text(encoding="utf-8").startswith("p,q,y")
