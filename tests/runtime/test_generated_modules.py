"""Modules in files: what is not ours, or no longer whole, is refused before it is run; and how each kind trains."""

from __future__ import annotations

import warnings
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import symbackprop as sb
from symbackprop import cli, runtime
from symbackprop.runtime.generated_modules import count, own_targets

from .. import runtime_modules
from ..runtime_modules import model, network_text, written
from ..support import check_side_by_side
from .support import XOR, options, table

GOOD = network_text([2, 3, 1])
FIRST = "# symbackprop module, format 3"
RAN: list[str] = []
"""What modules leave behind that must not run."""


def test_a_module_is_loaded_by_its_text(tmp_path: Path) -> None:
    module = model(tmp_path, GOOD)
    assert sb.load is runtime.load_module
    assert module.__file__ == str(tmp_path / "model.py")
    assert (
        module.SHAPES == runtime.module_of(GOOD, "text").SHAPES == {"W1": (3, 2), "b1": (3,), "W2": (1, 3), "b2": (1,)}
    )


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        (FIRST, FIRST.replace("3", "2"), r"\(format 2\) was written by another version: generate it again"),
        (FIRST, FIRST.replace("3", "44"), "was written by another version"),
        (FIRST, f"{FIRST} ", "is no module that symbackprop wrote: name a file that generate wrote"),
        (FIRST, "#!/usr/bin/env python", "is no module that symbackprop wrote"),
        ("SHAPES = ", "SHAPES = 3 # ", "its SHAPES are none"),
        ("SHAPES = ", "SIZES = ", "its SHAPES are none"),
        ("SHAPES = ", "SHAPES = {} # ", "its SHAPES are none"),
        ("'W1': (3, 2)", "'W1': (3, -2)", "its SHAPES are none"),
        ("'W1': (3, 2)", "'W1': [3, 2]", "its SHAPES are none"),
        ("MODEL = ", "MODEL = dict() or ", "ValueError"),
        ("MODEL = ", f"MODEL = __import__('{__name__}', fromlist='RAN').RAN.append('it ran') or ", "ValueError"),
        ("MODEL = ", "MODEL = (", "SyntaxError"),
        ("MODEL = ", "PARTS = ", "its MODEL has no 'title'"),
        ("'task': 'classes'", "'task': 'letters'", "its MODEL has no 'task', or one that cannot be"),
        ("'task'", "'tusk'", "its MODEL has no 'task'"),
        ("'inputs': {", "'inputs': {3: (), ", "'inputs'"),
        ("'target_range': (0, 1)", "'target_range': (0, 1, 2)", "'target_range'"),
        ("'targets_sum_to_one': False", "'targets_sum_to_one': 'no'", "'targets_sum_to_one'"),
        ("'standardize': ('X',)", "'standardize': ('Z',)", "'standardize'"),
        ("'standardize': ('X',)", "'standardize': ([],)", "'standardize'"),
        ("'b1': (0.0, 0.0)", "'b1': (0.0,)", "'start'"),
        ("'b1': (0.0, 0.0)", "'b1': (0.0, None)", "'start'"),
        ("'b1': (0.0, 0.0)", "'c1': (0.0, 0.0)", "start values for others than its SHAPES"),
        ("def forward(", "def backward(", "a part of it is missing"),
        ("import numpy as np", "raise SystemExit", "SystemExit"),
        ("import numpy as np", "import numpy as np\n1 / 0", "ZeroDivisionError"),
        ("import numpy as np", "import no_such_engine", "needs no_such_engine, which is not installed here"),
    ],
)
def test_a_file_that_is_no_module_of_this_version_is_refused(tmp_path: Path, old: str, new: str, says: str) -> None:
    assert old in GOOD
    with pytest.raises(sb.ModuleError, match=says) as caught:
        model(tmp_path, GOOD.replace(old, new, 1))
    assert str(caught.value).startswith(f"'{tmp_path / 'model.py'}' ")
    assert "\n" not in str(caught.value)
    assert RAN == []


@pytest.mark.parametrize(
    ("content", "says"), [(None, "No such file"), (b"\xff\xfe", "no text file"), (b"", "is no mod")]
)
def test_a_file_that_cannot_be_read_is_refused(tmp_path: Path, content: bytes | None, says: str) -> None:
    if content is not None:
        (tmp_path / "net.py").write_bytes(content)
    with pytest.raises(sb.ModuleError, match=says):
        sb.load(tmp_path / "net.py")


def test_a_module_of_an_expression_is_loaded_and_not_trained(tmp_path: Path, capsys: Any) -> None:
    """A refusal that says that a module of equations has no training, and what does."""
    module = model(tmp_path, runtime_modules.EXPRESSION)
    assert module.evaluate(3.0) == (9.0, {"x": 6.0})
    says = "is a module of an expression, without inputs and targets: sb.Model says which"
    data = str(table(tmp_path / "d.csv", [["x", "y"], [1, 2]]))
    for use in (
        lambda: runtime.train(module, {"x": 1.0}, [[1.0]]),
        lambda: runtime.start_values(module),
        lambda: runtime.fit(module, options(data)),
        lambda: runtime.read_csv(data, module),
        lambda: runtime.load("w.npz", module),
    ):
        with pytest.raises(sb.ModuleError, match=says):
            use()
    for command in (
        ["train", str(tmp_path / "model.py"), data],
        ["predict", str(tmp_path / "model.py"), "w.npz", data],
    ):
        assert cli.main(command) == 2
        error = capsys.readouterr().err
        assert says in error
        assert error.count("\n") == 1


def test_a_module_of_another_engine_names_the_command_that_trains_it(tmp_path: Path) -> None:
    module = model(tmp_path, GOOD.replace("'engine': 'numpy'", "'engine': 'jax'"))
    with pytest.raises(sb.ModuleError, match="runs on jax, not on NumPy: 'symbackprop train MODULE DATA' trains it"):
        runtime.train(module, runtime.start_values(module), *XOR)


# --- what the modules here compute ---


SOURCES = {
    "sigmoid": GOOD,
    "fast": network_text([3, 4, 2], "relu", "softmax", style="fast"),
    **{loss: network_text([2, 3, 2], "tanh", "softplus", loss) for loss in ("half_sse", "mse", "mae", "huber")},
    "shares": network_text([2, 3, 2], "leaky_relu", "softmax", "mse"),
    **{
        name: getattr(runtime_modules, name.upper())
        for name in ("curve", "form", "autoencoder", "mixture", "told_loss")
    },
}


@pytest.mark.parametrize("source", SOURCES)
def test_modules_by_hand_are_right_by_central_differences(tmp_path: Path, source: str) -> None:
    module, rng = model(tmp_path, SOURCES[source]), np.random.default_rng(2)
    params = {key: np.array(value + 0.1) for key, value in runtime.start_values(module, 1).items()}
    X = rng.normal(size=(7, count(module.MODEL["inputs"])))
    Y = rng.uniform(0.1, 1, size=(7, count(own_targets(module))))
    _, grads = module.loss_and_grad(params, X, Y)
    for key, index in [(name, index) for name, grad in grads.items() for index in np.ndindex(grad.shape)]:
        sides = []
        for step in (1e-5, -1e-5):
            moved = {**params, key: params[key].copy()}
            moved[key][index] += step
            sides.append(module.loss(moved, X, Y))
        assert grads[key][index] == pytest.approx((sides[0] - sides[1]) / 2e-5, rel=1e-6, abs=1e-8)


# --- styles, and the naive way ---


@pytest.mark.parametrize("optimizer", runtime.OPTIMIZERS)
def test_styles_and_ways_train_alike(tmp_path: Path, optimizer: str) -> None:
    texts = {"readable": GOOD, "fast": network_text([2, 3, 1], style="fast"), "naive": runtime_modules.NAIVE}
    found = {}
    for name, source in texts.items():
        module = model(tmp_path, source)
        assert hasattr(module, "_sweep") == (name != "naive")
        trained, history = runtime.train(
            module, runtime.start_values(module), *XOR, epochs=5, batch_size=3, optimizer=optimizer, weight_decay=0.01
        )
        found[name] = (history, trained)
    for history, trained in found.values():
        np.testing.assert_allclose(history, found["readable"][0], rtol=1e-13)
        for name, value in trained.items():
            np.testing.assert_allclose(value, found["readable"][1][name], rtol=1e-12)


def test_a_checkpoint_of_another_style_or_program_is_refused(tmp_path: Path) -> None:
    first, second = model(tmp_path, GOOD), model(tmp_path, network_text([2, 3, 1], style="fast"))
    place = tmp_path / "c.npz"
    runtime.train(first, first.init(), *XOR, epochs=2, checkpoints=runtime.Checkpoints(place))
    other = model(tmp_path, GOOD.replace(first.MODEL["program"], "ca87"))
    for module, says in (
        (second, "style readable there and fast here"),
        (other, "program [0-9a-f]+ there and ca87 here"),
    ):
        with pytest.raises(sb.DataError, match=says):
            runtime.train(module, module.init(), *XOR, epochs=2, checkpoints=runtime.Checkpoints(resume=place))


@pytest.mark.parametrize("style", ["readable", "fast"])
def test_two_threads_train_two_nets_as_one_after_the_other_would(tmp_path: Path, style: str) -> None:
    module = written(tmp_path, [2, 3, 1], style=style)
    X, Y = np.random.default_rng(0).normal(size=(200, 2)), np.arange(200.0)[:, None] % 2
    check_side_by_side(
        [partial(runtime.train, module, module.init(seed), X, Y, epochs=20, seed=seed) for seed in range(2)]
    )


def test_parameters_are_not_changed_and_may_be_of_another_byte_order(tmp_path: Path) -> None:
    module = written(tmp_path, [2, 3, 1], style="fast")
    start = {name: value.astype(">f8") for name, value in module.init().items()}
    swapped, _ = runtime.train(module, start, *XOR, epochs=2)
    plain, _ = runtime.train(module, module.init(), *XOR, epochs=2)
    assert all(np.array_equal(swapped[name], plain[name]) for name in plain)
    assert {value.dtype.isnative for value in swapped.values()} == {True}


# --- parameters that do not move ---


def test_a_parameter_without_a_derivative_at_the_start_is_told_of(tmp_path: Path) -> None:
    module = model(tmp_path, runtime_modules.CURVE)
    X = np.linspace(0, 1, 700)[:, None]
    Y = 2 * np.exp(-3 * X)
    line = (
        "all derivatives by b are 0 at the start, and training moves nothing whose derivatives are 0: try other start "
    )
    with pytest.warns(UserWarning, match=f"^{line}") as caught:
        _, history = runtime.train(module, runtime.start_values(module), X, Y, epochs=2)
    assert len(caught) == 1
    assert caught[0].filename == __file__
    assert history[1] < history[0]  # it goes on
    data = table(tmp_path / "d.csv", [["x", "y"], *np.column_stack([X, Y]).tolist()])
    lines = runtime.fit(module, options(str(data), "--weights", str(tmp_path / "w.npz"), "--epochs", "2"))
    assert lines[1].startswith(f"note: {line}")
    assert sum(line.startswith("note") for line in lines) == 1
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        runtime.train(module, {"a": np.array(0.5), "b": np.array(0.0)}, X, Y, epochs=2)


def test_more_rows_are_looked_at_only_if_the_first_have_no_derivative(tmp_path: Path) -> None:
    module = model(tmp_path, runtime_modules.CURVE)
    looks: list[int] = []
    sweep = module._sweep
    module._sweep = lambda params, X, *others: looks.append(len(X)) or sweep(params, X, *others)
    X, Y = np.zeros((1000, 1)), np.ones((1000, 1))
    params = {"a": np.array(0.5), "b": np.array(0.0)}
    assert "by b are" in runtime.idle(module, params, X, Y)
    assert (looks[0], sum(looks)) == (256, 1256)
    X[999] = 1.0
    assert runtime.idle(module, params, X, Y) == ""
    looks.clear()
    X[5] = 1.0
    assert runtime.idle(module, params, X, Y) == ""
    assert looks == [256]


def test_derivatives_that_cancel_out_over_a_table_are_none_that_are_0(tmp_path: Path) -> None:
    """Over XOR's four rows, with means taken off, the derivatives by b2 sum to 0."""
    module = written(tmp_path, [2, 3, 1])
    X, Y = 2 * XOR[0] - 1, XOR[1]
    assert abs(module.loss_and_grad(module.init(), X, Y)[1]["b2"]) < 1e-15
    assert runtime.idle(module, module.init(), X, Y) == ""


def test_targets_that_are_missing_are_named(tmp_path: Path) -> None:
    module = written(tmp_path, [2, 3, 1])
    with pytest.raises(sb.DataError, match=r"^Y is missing: the 2-3-1 network, .* has targets beside its inputs"):
        runtime.train(module, module.init(), XOR[0])
    mixture = model(tmp_path, runtime_modules.MIXTURE)
    with pytest.raises(sb.DataError, match=r"^Y should be \(4, 0\), is \(4, 1\)"):
        runtime.train(mixture, mixture.init(), XOR[0][:, :1], XOR[1])


@pytest.mark.parametrize(
    ("path", "weights"), [("xor.py", "xor.npz"), ("a/b/net.py", "net.npz"), ("models.py:curve", "curve.npz")]
)
def test_weights_go_under_the_name_of_the_model(path: str, weights: str) -> None:
    assert runtime.default_weights(path) == weights


def test_module_is_run_from_its_text_and_leaves_no_bytecode(tmp_path: Path) -> None:
    first = written(tmp_path, [2, 2], "tanh", "identity", "mse")
    second = written(tmp_path, [2, 2], "tanh", "identity", "mae")  # the same name, size and second
    assert ["mse" in first.MODEL["title"], "mae" in second.MODEL["title"]] == [True, True]
    assert [path.name for path in tmp_path.iterdir()] == ["net.py"]
