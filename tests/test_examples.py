"""Each example runs from any folder, complains about nothing, and what it claims is what it prints."""

import math
import re
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from .forked import forked

ROOT = Path(__file__).resolve().parents[1]
NUMBER = r"[-+]?\d+(?:\.\d+)?(?:e[-+]?\d+)?"


def figures(pattern: str, text: str) -> list[float]:
    """The numbers that stand where `pattern` has a #, in the order of the text; at least one."""
    found = re.findall(re.escape(pattern).replace(r"\#", f"({NUMBER})"), text)
    assert found, f"{pattern!r} is nowhere in:\n{text}"
    return [float(number) for match in found for number in (match if isinstance(match, tuple) else (match,))]


def check_xor(text: str) -> None:
    one_layer, two_layers = text.split("Network 2-3-1")
    right, samples, loss = figures("# of # right, loss #", one_layer)
    assert right <= 3
    assert samples == 4
    assert abs(loss - figures("ln 2 = #", one_layer)[0]) <= 1e-6
    assert figures("the difference is #, so at most 3 of 4 can be right", one_layer) == [0]
    right, samples, loss = figures("# of # right, loss #", two_layers)
    assert right == samples == 4
    assert loss < 0.01
    truth = {(0, 0): 0, (0, 1): 1, (1, 0): 1, (1, 1): 0}
    outputs = figures("# xor # -> #", two_layers)
    assert {(x1, x2): round(y) for x1, x2, y in zip(*[iter(outputs)] * 3, strict=True)} == truth


def check_iris(text: str) -> None:
    assert figures("largest relative error #", text)[0] <= 1e-6
    before, train, test = figures("accuracy: #%", text)
    assert before < 70
    assert train >= 95
    assert test >= 95
    trained_on, tested_on = figures("train accuracy: #% of # flowers", text), figures("\ntest accuracy: #% of #", text)
    assert trained_on[1] + tested_on[1] == 150
    first, last, epochs = figures("loss: # in the first epoch, # in epoch #", text)
    assert last < first / 5
    assert epochs == 200


def check_digits(text: str) -> None:
    accuracy, images = figures("test accuracy: #% of # images", text)
    assert accuracy >= 97
    assert images == 359
    assert len(re.findall(r"  a \d taken for a \d", text)) == round(images * (100 - accuracy) / 100)
    assert figures("weights and biases: #", text.replace(",", ""))[0] == 64 * 32 + 32 + 32 * 10 + 10


def check_linear_regression(text: str) -> None:
    rows = [line.split() for line in text.splitlines() if re.match(r"(w\d|b) ", line)]
    assert [row[0] for row in rows] == ["w1", "w2", "w3", "b"]
    for true, closed, descended in (map(float, row[1:]) for row in rows):
        assert abs(closed - descended) <= 1e-6
        assert 1e-3 < abs(closed - true) < 0.1  # the noise is felt, and does not hide the truth
    assert figures("largest difference between the last two columns: #", text)[0] <= 1e-6


def check_symmetry(text: str) -> None:
    symbols, equal, random = re.split(r"In numbers: .*\n", text)
    differences = re.findall(r"dL/d(\w+) - dL/d(\w+) = (.*)", symbols)
    names = [("w1_1_1", "w1_2_1"), ("w1_1_2", "w1_2_2"), ("b1_1", "b1_2"), ("w2_1_1", "w2_1_2")]
    assert differences == [(*pair, "0") for pair in names]
    assert "the two units are equal bit for bit" in equal
    assert _units(equal)[0] == _units(equal)[1]
    assert figures("# of # right", equal)[0] <= 3
    assert "the two units are different" in random
    assert all(abs(one - other) > 0.1 for one, other in zip(*_units(random), strict=True))
    assert figures("# of # right", random) == [4, 4]


def _units(text: str) -> list[list[float]]:
    return [figures(f"weights into hidden unit {unit}: # #", text) for unit in (1, 2)]


def check_linear_layers_collapse(text: str) -> None:
    assert figures("Two layers, # parameters", text) + figures("One layer, # parameters", text) == [13, 3]
    products = {name: set(terms.split(" + ")) for name, terms in re.findall(r"^ +(v1|v2|c) = (.*)$", text, re.M)}
    assert products["v1"] == {f"w1_{unit}_1*w2_1_{unit}" for unit in (1, 2, 3)}
    assert products["v2"] == {f"w1_{unit}_2*w2_1_{unit}" for unit in (1, 2, 3)}
    assert products["c"] == {"b2_1"} | {f"b1_{unit}*w2_1_{unit}" for unit in (1, 2, 3)}
    assert "Two layers minus one layer, multiplied out: 0\n" in text
    assert "hidden identity: the slope of the output is the same everywhere" in text
    assert "hidden tanh: the slope of the output changes from input to input" in text


def check_local_minima(text: str) -> None:
    better, worse, ridge = text.strip().split("\n\n")
    losses = [figures("loss #", part)[0] for part in (better, worse, ridge)]
    assert losses[0] + 0.1 < losses[1] < losses[2]
    for part in (better, worse):
        assert figures("gradient norm #", part)[0] <= 1e-9
        assert min(figures("eigenvalues of the Hessian: # #", part)) > 1e-3
        assert "a local minimum" in part
    assert min(figures("eigenvalues of the Hessian: # #", ridge)) < -1e-3
    assert "the loss is not convex" in ridge


def check_spelled_out(text: str) -> None:
    told, table = text.split("Every intermediate and every leaf")
    assert re.sub(r"\s+", "", told).endswith("∂L/∂a=∂L/∂e·∂e/∂a=∂L/∂e·b=bf")
    rows = re.findall(rf"^  (\w) +({NUMBER}) +(\S.*?) +({NUMBER}) +({NUMBER})$", table, re.M)
    derivatives = {name: (formula, float(number)) for name, _, formula, number, _ in rows}
    assert derivatives == {
        "L": ("1", 1),
        "d": ("f", -2),
        "f": ("a*b + c", 4),
        "e": ("f", -2),
        "c": ("f", -2),
        "b": ("a*f", -4),
        "a": ("b*f", 6),
    }
    assert all(float(number) == float(felt) for *_, number, felt in rows)
    compiled = dict(re.findall(rf"'(\w)': ({NUMBER})", table))
    assert {name: float(value) for name, value in compiled.items()} == {"a": 6, "b": -4, "c": -2, "f": 4}


def check_models(text: str) -> None:
    parts = dict(re.findall(r"^(\w+): (loss .*\n  .*)$", text, re.MULTILINE))
    assert list(parts) == ["residual", "layer_norm", "curve", "mixture", "recurrent", "turned"]
    for told in parts.values():
        first, last = figures("loss # -> #", told)
        assert last < first
    for name, within in {"curve": 0.02, "mixture": 0.15}.items():
        found = re.findall(rf"\w+ ({NUMBER}) \((?:true )?({NUMBER})\)", parts[name])
        assert len(found) == {"curve": 3, "mixture": 5}[name]
        assert all(abs(float(value) - float(true)) <= within for value, true in found)
    assert figures("found up to #", parts["turned"])[0] <= 0.01
    for name in ("residual", "layer_norm", "recurrent"):
        off, mean = figures("off by #, where the mean is off by #", parts[name])
        assert off < mean / 5


def check_autoencoder(text: str) -> None:
    assert figures("# pixels through # numbers", text) == [64, 10]
    back, mean = (figures(f"{name}: off by #", text)[0] for name in ("what it gives back", "the mean image"))
    assert back < 0.6 * mean
    pictures = re.findall(r"^  (.{16})  \|  (.{16})$", text, re.MULTILINE)
    assert len(pictures) == 3 * 8
    inked = [(one != " ", other != " ") for pair in pictures for one, other in zip(*pair, strict=True)]
    assert sum(one == other for one, other in inked) / len(inked) > 0.85


def check_recurrent(text: str) -> None:
    derivative = re.findall(r"dL/du1 = (.*)", text)[0]
    assert [len(re.findall(rf"\bx{step}\b", derivative)) for step in (1, 2, 3)] == [1, 1, 1]
    rows = [list(map(int, line.split())) for line in text.splitlines() if re.fullmatch(r"[ 0-9]+", line)]
    steps, parameters, paths, swept, naive = zip(*rows, strict=True)
    assert (steps, set(parameters)) == (tuple(range(2, 9)), {10})
    assert paths == tuple(6 * (2**step - 1) for step in steps)
    assert {after - before for before, after in pairwise(swept)} == {40}  # backprop is linear, naive is not
    assert all(after > 2 * before for before, after in pairwise(naive))


def check_residual(text: str) -> None:
    rows = [list(map(float, line.split())) for line in text.splitlines()[2:]]
    layers, without, with_skip = zip(*rows, strict=True)
    assert layers == (1, 2, 4, 8, 16)
    assert without[-1] < 1e-9
    assert list(with_skip) == sorted(with_skip)
    assert with_skip[0] > 1


def check_mechanics(text: str) -> None:
    pole, pendulum = text.split("Double pendulum")
    for told in (pole, pendulum):
        assert figures("# operations for all four", told)[0] <= figures("jacobian and cse leave #", told)[0]
        assert figures("at 20 points: #", told)[0] <= 1e-13
        after, before = figures("energy after 5 s: #, at the start #", told)
        assert abs(after - before) <= 1e-5
    growths = [figures("exp(# t)", told)[0] for told in (pole, pendulum)]
    mass = np.array([[1.7 * 0.5**2, 0.7 * 0.5 * 0.4], [0.7 * 0.5 * 0.4, 0.7 * 0.4**2]])
    upright = np.linalg.eigvals(np.linalg.solve(mass, np.diag([1.7 * 9.81 * 0.5, 0.7 * 9.81 * 0.4])))
    assert growths == pytest.approx([np.sqrt(9.81 / 0.5 * 1.3), np.sqrt(upright.max())], abs=1e-4)


def check_forces(text: str) -> None:
    energies, forces = figures("spread of the energies #, of the forces #", text)
    errors = figures("not trained: energy #, force #", text)
    alone, together = errors[:2], errors[2:]
    assert together[0] < energies / 5  # of the energy: what a constant would miss it by, and what training did
    assert together[1] < forces / 5
    assert all(with_forces < without / 3 for without, with_forces in zip(alone, together, strict=True))
    assert max(figures("forces against central differences of the energy: #", text)) < 1e-7


def check_oscillator(text: str) -> None:
    assert figures("gradient against central differences: #", text)[0] < 1e-7
    errors = figures("largest error of u from 0 to 3: #", text)
    assert errors == sorted(errors, reverse=True)
    assert errors[0] > 1
    assert errors[-1] < 0.005
    rows = [list(map(float, line.split())) for line in text.splitlines() if re.fullmatch(r"[-. 0-9]+", line)]
    for t, network, exact in rows:
        swing = math.sqrt(4 - 0.04)
        assert exact == pytest.approx(
            math.exp(-0.2 * t) * (math.cos(swing * t) + 0.2 / swing * math.sin(swing * t)), abs=2e-5
        )
        assert network == pytest.approx(exact, abs=0.01)
    assert len(rows) == 7


CHECKS: dict[str, Callable[[str], None]] = {
    "digits.py": check_digits,
    "forces.py": check_forces,
    "iris.py": check_iris,
    "autoencoder.py": check_autoencoder,
    "linear_layers_collapse.py": check_linear_layers_collapse,
    "linear_regression.py": check_linear_regression,
    "local_minima.py": check_local_minima,
    "mechanics.py": check_mechanics,
    "models.py": check_models,
    "oscillator.py": check_oscillator,
    "recurrent.py": check_recurrent,
    "residual.py": check_residual,
    "spelled_out.py": check_spelled_out,
    "symmetry.py": check_symmetry,
    "xor.py": check_xor,
}


def test_every_example_is_checked():
    assert {path.name for path in (ROOT / "examples").rglob("*.py")} == set(CHECKS)


RUN = """
import os, runpy, sys
path = sys.argv[1]
sys.argv, sys.path[0] = [path], os.path.dirname(path)
runpy.run_path(path, run_name="__main__")
"""
"""As Python runs a file that it is given."""


@pytest.mark.slow
@pytest.mark.parametrize("name", CHECKS)
def test_example(name, tmp_path):
    ran = forked(RUN, tmp_path, str(ROOT / "examples" / name))
    assert ran.stderr == ""
    assert ran.returncode == 0
    CHECKS[name](ran.stdout)
    assert max(map(len, ran.stdout.splitlines())) <= 100
    assert list(tmp_path.iterdir()) == []  # an example leaves nothing behind where it is run
