"""Optimizers, schedules and settings: each against PyTorch's numbers, and each refusal."""

from __future__ import annotations

import importlib
import json
import tracemalloc
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest

import symbackprop as sb
from symbackprop import runtime
from symbackprop.runtime.optimizers import completed
from symbackprop.runtime.training_loop import begun, finish

from .. import runtime_modules
from ..runtime_modules import written

REFERENCE = json.loads((Path(__file__).parents[1] / "data" / "optimizers.json").read_text(encoding="utf-8"))
X, Y = np.array(REFERENCE["X"]), np.array(REFERENCE["Y"])
START = {name: np.array(value) for name, value in REFERENCE["start"].items()}
NAMES = ("sgd", "momentum", "nesterov", "rmsprop", "adam", "adamw")


@pytest.fixture(scope="module", params=["readable", "fast"])
def net(request: Any, tmp_path_factory: pytest.TempPathFactory) -> ModuleType:
    return written(tmp_path_factory.mktemp("net"), [2, 3, 1], style=request.param)


def label(case: dict[str, Any]) -> str:
    return " ".join(map(str, case["settings"].values()))


# --- against PyTorch ---


@pytest.mark.parametrize("case", REFERENCE["runs"], ids=label)
def test_fifty_steps_are_those_of_pytorch(net: ModuleType, case: dict[str, Any]) -> None:
    trained, _ = runtime.train(net, START, X, Y, epochs=REFERENCE["steps"], batch_size=len(X), **case["settings"])
    for name, value in case["params"].items():
        np.testing.assert_allclose(trained[name], value, rtol=1e-10, atol=1e-12)


@pytest.mark.parametrize("case", REFERENCE["runs"], ids=label)
def test_float32_stays_float32_and_close(net: ModuleType, case: dict[str, Any]) -> None:
    start = {name: value.astype(np.float32) for name, value in START.items()}
    seen: set[Any] = set()
    settings = runtime.Settings(epochs=REFERENCE["steps"], batch_size=len(X), **case["settings"])
    run, keeper = begun(net, start, (X, Y), settings)
    finish(run, keeper)
    stepper = run.stepper
    seen |= {value.dtype for value in (*stepper.params.values(), *stepper.kept().values())}
    assert seen == {np.dtype(np.float32)}
    for name, value in case["params"].items():
        np.testing.assert_allclose(stepper.params[name], value, rtol=5e-3, atol=5e-3)


@pytest.mark.parametrize("case", REFERENCE["schedules"], ids=label)
def test_learning_rates_are_those_of_pytorch(net: ModuleType, case: dict[str, Any]) -> None:
    settings = completed(runtime.Settings(epochs=REFERENCE["steps"], **case["settings"]))
    rate = runtime.SCHEDULES[settings.schedule].rate
    found = [rate(settings, epoch) for epoch in range(1, REFERENCE["steps"] + 1)]
    np.testing.assert_allclose(found, case["rates"], rtol=1e-10, atol=1e-14)


@pytest.mark.slow
def test_pytorch_still_gives_the_numbers_that_are_kept() -> None:
    pytest.importorskip("torch")
    reference = importlib.import_module("..references.optimizers", __package__)
    computed = reference.computed()
    assert computed["runs"][0]["settings"] == REFERENCE["runs"][0]["settings"]
    for part, result in (("runs", "params"), ("schedules", "rates")):
        assert [case["settings"] for case in computed[part]] == [case["settings"] for case in REFERENCE[part]]
        for case, kept in zip(computed[part], REFERENCE[part], strict=True):
            np.testing.assert_allclose(flat(case[result]), flat(kept[result]), rtol=1e-11, atol=1e-13)


def flat(numbers: Any) -> list[float]:
    values = numbers.values() if isinstance(numbers, dict) else numbers
    return [number for value in values for number in np.ravel(value)]


def test_every_optimizer_and_schedule_is_held_to_pytorch(net: ModuleType) -> None:
    assert {case["settings"]["optimizer"] for case in REFERENCE["runs"]} == set(runtime.OPTIMIZERS) == set(NAMES)
    assert {case["settings"]["schedule"] for case in REFERENCE["schedules"]} == set(runtime.SCHEDULES)


@pytest.mark.parametrize("optimizer", NAMES)
def test_every_optimizer_learns_in_mini_batches_with_its_usual_settings(net: ModuleType, optimizer: str) -> None:
    _, history = runtime.train(net, START, X, Y, epochs=300, batch_size=5, optimizer=optimizer)
    assert history[-1] < 0.8 * history[0]


# --- the cost of a step ---


WIDE = runtime_modules.text(
    "the wide model",
    {"W1": (300, 400), "b1": (300,)},
    """FLAT, SCALES = np.empty(300 * 400 + 300, np.float32), []
GRADS = {"W1": FLAT[:-300].reshape(300, 400), "b1": FLAT[-300:]}


def _sweep(params, X, Y, scale, work=None):
    SCALES.append(scale)
    for name, grad in GRADS.items():
        np.multiply(params[name], 0.5 * scale, out=grad)
    return 1.0, GRADS
""",
    inputs={"x": (400,)},
    targets={"y": (300,)},
)
"""A module with large arrays, which keeps the scales that it was given."""


@pytest.mark.parametrize("decay", [0.0, 0.1])
@pytest.mark.parametrize("optimizer", NAMES)
def test_a_step_makes_no_array_of_the_size_of_the_weights(optimizer: str, decay: float) -> None:
    module = runtime.module_of(WIDE, "wide.py")
    params = module.init(dtype=np.float32)
    stepper = runtime.Stepper(module, params, runtime.Settings(optimizer=optimizer, weight_decay=decay))
    stepper.step(X, Y, 0.1)
    tracemalloc.start()
    try:
        stepper.step(X, Y, 0.1)
        _, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert most < params["W1"].nbytes / 10


@pytest.mark.parametrize(
    ("settings", "used"),
    [({}, True), ({"schedule": "cosine"}, True), ({"weight_decay": 0.1}, False), ({"optimizer": "momentum"}, False)],
)
def test_plain_sgd_leaves_the_rate_to_the_sweep(settings: dict[str, Any], used: bool) -> None:
    module = runtime.module_of(WIDE, "wide.py")
    data, start = (np.ones((5, 400)), np.ones((5, 300))), module.init(dtype=np.float32)
    trained, _ = runtime.train(module, start, *data, epochs=2, batch_size=2, learning_rate=0.25, **settings)
    looked, *scales = module.SCALES
    assert (looked, len(scales)) == (1.0, 6)
    assert (scales[0] == 0.25) == used
    if not settings:
        np.testing.assert_allclose(trained["W1"], start["W1"] * (1 - 0.125) ** 6, rtol=1e-5)


def test_one_step_is_one_sweep_and_one_subtraction(net: ModuleType) -> None:
    stepper = runtime.Stepper(net, START)
    value, grads = net.loss_and_grad(START, X, Y, 0.5)
    assert stepper.step(X, Y, 0.5, stepper.workspace(len(X))) == value
    for name, array in stepper.params.items():
        assert array.base is stepper.flat
        assert np.array_equal(array, START[name] - grads[name])


def test_the_last_batch_may_be_smaller_and_each_size_has_its_workspace(tmp_path: Path, monkeypatch: Any) -> None:
    module = written(tmp_path, [2, 3, 1], style="fast")
    asked: list[tuple[int, str]] = []
    made = module.Workspace
    monkeypatch.setattr(
        module, "Workspace", lambda rows, dtype: asked.append((rows, str(np.dtype(dtype)))) or made(rows, dtype)
    )
    for rows, sizes in ((10, [2, 4]), (8, [4]), (3, [3])):
        asked.clear()
        runtime.train(module, module.init(dtype=np.float32), X[:rows], Y[:rows], epochs=2, batch_size=4)
        layout, *batches, looked = asked
        assert (layout[0], looked[0]) == (1, rows)
        assert sorted(batches) == [(size, "float32") for size in sizes]


# --- what makes no sense ---


@pytest.mark.parametrize(
    ("bad", "says"),
    [
        ({"optimizer": "adman"}, "unknown optimizer 'adman': choose one of sgd, momentum"),
        ({"schedule": "linear"}, "unknown schedule 'linear'"),
        ({"epochs": 0}, "the epochs must be a whole number, at least 1, got 0"),
        ({"epochs": 2.5}, "the epochs"),
        ({"epochs": True}, "the epochs"),
        ({"batch_size": 0}, "the batch size must be a whole number, at least 1, got 0"),
        ({"batch_size": -3}, "the batch size"),
        ({"learning_rate": 0.0}, "the learning rate must be a positive number, got 0.0"),
        ({"learning_rate": float("inf")}, "the learning rate"),
        ({"learning_rate": "fast"}, "the learning rate must be a positive number, got 'fast'"),
        ({"seed": -1}, "the seed must be a whole number, 0 or more, got -1"),
        ({"optimizer": "momentum", "momentum": 1.0}, "the momentum must be at least 0 and below 1"),
        ({"optimizer": "adam", "beta1": -0.1}, "the beta1"),
        ({"optimizer": "adam", "beta2": 1.0}, "the beta2"),
        ({"optimizer": "adam", "epsilon": 0.0}, "the epsilon"),
        ({"optimizer": "rmsprop", "decay": float("nan")}, "the decay"),
        ({"weight_decay": -0.1}, "the weight decay must be a number, 0 or more"),
        ({"momentum": 0.9}, "sgd has no momentum: that goes with momentum or nesterov"),
        ({"optimizer": "momentum", "beta1": 0.9}, "momentum has no beta1: that goes with adam or adamw"),
        ({"step_every": 5}, "constant has no --step-every: that goes with step"),
        ({"schedule": "step", "step_every": 0}, "^--step-every must be a whole number"),
        ({"epoch": 3}, "unknown setting 'epoch': did you mean 'epochs'\\? choose from epochs, batch_size"),
        ({"zzz": 3}, "unknown setting 'zzz': choose from epochs"),
        ({"schedule": "step", "lowest_rate": 0.0}, "step has no lowest rate: that goes with cosine"),
        ({"schedule": "cosine", "lowest_rate": 0.2}, "lowest rate must not be above the learning rate"),
        ({"patience": 3}, "patience goes with validation rows"),
        ({"patience": 0, "validation": (X, Y)}, "the patience"),
    ],
    ids=str,
)
def test_setting_that_makes_no_sense_is_refused(net: ModuleType, bad: dict[str, Any], says: str) -> None:
    with pytest.raises(sb.DataError, match=says) as caught:
        runtime.train(net, net.init(), X, Y, **bad)
    assert "\n" not in str(caught.value)


def test_numpy_numbers_are_settings_too(net: ModuleType) -> None:
    plain, _ = runtime.train(net, START, X, Y, epochs=3, batch_size=4, learning_rate=0.5)
    other, _ = runtime.train(
        net, START, X, Y, epochs=np.int64(3), batch_size=np.int32(4), learning_rate=np.float32(0.5)
    )
    assert all(np.array_equal(plain[name], other[name]) for name in plain)


# --- validation ---


@pytest.mark.slow
def test_the_best_epoch_is_kept_and_patience_ends_the_run(net: ModuleType) -> None:
    rng = np.random.default_rng(3)
    data, noise = (rng.normal(size=(20, 2)), rng.integers(2, size=(20, 1)).astype(float)), rng.normal(size=(10, 2))
    held = noise, rng.integers(2, size=(10, 1)).astype(float)
    losses: list[float] = []
    for epochs in range(1, 41):
        params, _ = runtime.train(net, net.init(), *data, epochs=epochs, learning_rate=1.0)
        losses.append(net.loss(params, *held))
    best = int(np.argmin(losses))
    chosen, history = runtime.train(net, net.init(), *data, epochs=40, learning_rate=1.0, validation=held)
    assert len(history) == 40
    assert net.loss(chosen, *held) == losses[best]
    stops = next(n for n in range(40) if n - int(np.argmin(losses[: n + 1])) == 4)
    assert stops < 39  # the noise must make it stop, or this shows nothing
    patient, history = runtime.train(net, net.init(), *data, epochs=40, learning_rate=1.0, validation=held, patience=4)
    assert len(history) == stops + 1
    assert net.loss(patient, *held) == min(losses[: stops + 1])
