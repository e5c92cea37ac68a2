"""Doors that open at once: what each imports, said by sys.modules, and what is answered before anything heavy is there.

No clock is read here: tests/benchmarks/start_up.py does that.
"""

from __future__ import annotations

import ast
import inspect
import io
import json
import os
import pickle
import re
import subprocess
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from rich.console import Console

import symbackprop as sb
from symbackprop import cli, codegen, derivation, diagrams, formulas, networks, runtime
from symbackprop.cli import choices, progress
from symbackprop.cli.commands import COMMANDS
from symbackprop.comparison import compared_networks, rows
from symbackprop.lazy_imports import imported
from symbackprop.runtime import options, parameters

ROOT = Path(sb.__file__).resolve().parents[1]
HEAVY = {"sympy", "numpy", "rich", "matplotlib", "pandas"}


def python(code: str, folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Python, running a text in a process of its own; or a module, where the text is -m."""
    return subprocess.run(
        [sys.executable, *(["-c", code] if code != "-m" else [code]), *arguments],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        encoding="utf-8",
        check=False,
    )


def run(code: str, folder: Path) -> str:
    """What Python prints that runs a text, which must end well."""
    done = python(code, folder)
    assert done.returncode == 0, done.stderr
    return done.stdout


def loaded(code: str, folder: Path) -> set[str]:
    """The modules that a text has imported when it has run, beside what Python starts with."""
    before = "import sys; START = {*sys.modules}\n"
    told = run(f"{before}{code}\nimport json; print(); print(json.dumps(sorted({{*sys.modules}} - START)))", folder)
    return set(json.loads(told.splitlines()[-1]))


COMMAND = """
from symbackprop import cli
try:
    status = cli.main({arguments!r})
except SystemExit as left:
    status = left.code or 0
assert status == {status}, status
"""


# --- the package ---


def test_importing_the_package_imports_nothing_else(tmp_path: Path) -> None:
    found = loaded("import symbackprop", tmp_path)
    assert {name for name in found if name.partition(".")[0] == "symbackprop"} == {
        "symbackprop",
        "symbackprop.lazy_imports",
    }
    assert not found & {*HEAVY, "argparse", "dataclasses", "pathlib", "typing_extensions"}


@pytest.mark.slow
def test_importing_the_runtime_imports_nothing_else(tmp_path: Path) -> None:
    assert not loaded("import symbackprop.runtime", tmp_path) & {*HEAVY, "argparse"}
    assert not loaded("from symbackprop.runtime import options", tmp_path) & HEAVY
    found = loaded("from symbackprop.runtime import train, read_csv, load_module", tmp_path)
    assert "numpy" in found
    assert not found & {"sympy", "rich", "argparse"}


USE = """
import sympy as sp
import symbackprop as sb
x, y = sp.symbols("x y")
e = sb.derive(x * sb.sigmoid(y), wrt=[x, y])
e.compile()(x=1.0, y=2.0), e.explain(x), e.formulas("latex")
d = sb.derive(sb.Network([1, 2, 1]))
d.write("net.py"), d.paths("w1_1_1"), d.formulas()
params, history = d.train([[0.0], [1.0]], [[0.0], [1.0]], epochs=2)
d.predict(params, [[0.0]]), sb.load("net.py"), sb.jvp(x * y, [x]), sb.value_and_grad([x, y], x * y, [x])
"""


@pytest.mark.slow
def test_deriving_and_training_import_no_terminal_library_and_no_comparison(tmp_path: Path) -> None:
    found = loaded(USE, tmp_path)
    assert not {
        name for name in found if name.split(".")[:2] in (["symbackprop", "comparison"], ["symbackprop", "cli"])
    }
    assert not found & {"rich", "argparse", "matplotlib", "pandas"}
    assert "symbackprop.comparison" in loaded("import symbackprop as sb; sb.compare", tmp_path)


PACKAGES = {"symbackprop": sb, "symbackprop.runtime": runtime}


def typed(package: ModuleType) -> dict[str, tuple[str, str]]:
    """What the imports that type checkers read say of each name: (module, name there)."""
    tree = ast.parse(Path(str(package.__file__)).read_text(encoding="utf-8"))
    blocks = [node for node in tree.body if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING"]
    imports = [line for block in blocks for line in block.body if isinstance(line, ast.ImportFrom) and line.module]
    return {alias.asname or alias.name: (str(line.module), alias.name) for line in imports for alias in line.names}


@pytest.mark.parametrize("package", PACKAGES.values(), ids=PACKAGES)
def test_each_name_is_in_the_table_in_all_and_among_the_typed_imports(package: ModuleType) -> None:
    table = {}
    for name, where in package._WHERE.items():
        module, _, other = where.partition(":")
        table[name] = (module, other or name)
    assert table == typed(package)
    assert set(table) == set(package.__all__)
    assert len(package.__all__) == len(set(package.__all__))
    for name, (module, other) in table.items():
        assert getattr(package, name) is getattr(imported(package.__name__, module), other)


@pytest.mark.slow
@pytest.mark.parametrize("package", PACKAGES)
def test_names_are_there_before_they_are_used(package: str, tmp_path: Path) -> None:
    """dir, which completion asks; import *; and every module as an attribute, as when all of them were imported."""
    code = f"import {package} as p; names = dir(p); assert {{*p.__all__}} <= {{*names}}; assert names == sorted(names)"
    assert not loaded(code, tmp_path) & HEAVY
    others = "{*dir(p)} - {*p.__all__} - {'runtime'}"
    run(f"import {package} as p; p.load; assert all(name[:2] == '__' for name in {others}), {others}", tmp_path)
    run(f"from {package} import *; import {package} as p; assert {{*p.__all__}} <= {{*globals()}}", tmp_path)


@pytest.mark.slow
def test_modules_are_attributes_as_before(tmp_path: Path) -> None:
    run("import symbackprop as sb; assert 'runtime' in dir(sb); sb.runtime.train, sb.errors.DataError", tmp_path)
    run("import symbackprop as sb; sb.networks.ACTIVATIONS; sb.runtime.training_loop.train", tmp_path)
    run("from symbackprop import cli, runtime; import symbackprop.cli; symbackprop.cli.main", tmp_path)
    run("import symbackprop as sb; assert not hasattr(sb, '__main__'); assert not hasattr(sb, 'a.b')", tmp_path)


@pytest.mark.parametrize(("package", "wrong", "right"), [(sb, "derivee", "derive"), (runtime, "trainn", "train")])
def test_an_unknown_name_is_an_attribute_error_with_a_near_match(
    package: ModuleType, wrong: str, right: str, tmp_path: Path
) -> None:
    with pytest.raises(AttributeError, match=f"module '{package.__name__}' has no attribute '{wrong}'") as error:
        getattr(package, wrong)
    assert (error.value.name, error.value.obj) == (wrong, package)
    told = python(f"import {package.__name__} as p; p.{wrong}", tmp_path)
    assert f"has no attribute '{wrong}'. Did you mean: '{right}'?" in told.stderr
    told = python(f"from {package.__name__} import {wrong}", tmp_path)
    assert f"ImportError: cannot import name '{wrong}'" in told.stderr


def test_names_are_the_things_themselves() -> None:
    for name in sb.__all__:
        value = getattr(sb, name)
        assert value.__module__.startswith("symbackprop."), name
        assert pickle.loads(pickle.dumps(value)) is value, name


THREADS = """
import threading
import symbackprop as sb
start, found = threading.Barrier(8), []
def ask(names):
    start.wait()
    found.append([getattr(sb, name) for name in names])
names = [*sb.__all__, "runtime"]
threads = [threading.Thread(target=ask, args=(names[k * 5:] + names[:k * 5],)) for k in range(8)]
[thread.start() for thread in threads]
[thread.join(60) for thread in threads]
assert len(found) == 8
assert len({id(value) for values in found for value in values}) == len(names)
"""


@pytest.mark.slow
def test_threads_may_ask_at_once(tmp_path: Path) -> None:
    run(THREADS, tmp_path)


# --- the command line ---


SAID_AT_ONCE: dict[str, int] = {
    "": 2,
    "--help": 0,
    "--version": 0,
    "deriv 2-2-1": 2,
    "--verson": 2,
    "derive 2-2-1 --hiden tanh": 2,
    "derive 2-2-1 --out tanh": 2,
    "derive 2-2-1 --frobnicate": 2,
    "derive 2-2-1 --hidden": 2,
    "generate 2-2-1": 2,
    "paths 2-2-1 --most many": 2,
    "train": 2,
    "train net.py data.csv --epochs ten": 2,
    "train net.py data.csv --optimizer adm": 2,
    **{f"{command} --help": 0 for command in COMMANDS},
}


@pytest.mark.parametrize("arguments", SAID_AT_ONCE)
def test_what_the_parser_can_say_is_said_without_sympy(arguments: str, tmp_path: Path) -> None:
    found = loaded(COMMAND.format(arguments=arguments.split(), status=SAID_AT_ONCE[arguments]), tmp_path)
    assert not found & {*HEAVY, "importlib.metadata", "dataclasses", "inspect", "symbackprop.networks"}
    assert "argparse" in found


@pytest.mark.slow
def test_a_generated_module_is_trained_and_asked_without_sympy(tmp_path: Path) -> None:
    (tmp_path / "d.csv").write_text("x,y\n" + "0,1\n1,0\n" * 5, encoding="utf-8")
    assert cli.main(["generate", "1-2-1", "-o", str(tmp_path / "net.py")]) == 0
    for arguments in (["train", "net.py", "d.csv", "--epochs", "2"], ["predict", "net.py", "net.npz", "d.csv"]):
        found = loaded(COMMAND.format(arguments=arguments, status=0), tmp_path)
        assert "numpy" in found
        assert not found & {"sympy", "rich"}


@pytest.mark.slow
def test_formulas_need_no_terminal_library_and_no_comparison(tmp_path: Path) -> None:
    for command in ("derive 2-2-1", "paths 2-2-1", "generate 2-2-1 -o net.py"):
        found = loaded(COMMAND.format(arguments=command.split(), status=0), tmp_path)
        assert "sympy" in found
        assert not found & {"rich", "symbackprop.comparison"}


def test_python_m_is_the_same_door(tmp_path: Path) -> None:
    told = [python("-m", tmp_path, "symbackprop", *arguments) for arguments in ([], ["--version"])]
    assert (told[0].returncode, told[0].stdout) == (2, "")
    assert told[0].stderr == "error: the following arguments are required: command; see 'symbackprop --help'\n"
    assert (told[1].returncode, told[1].stdout) == (0, f"symbackprop {sb.__version__}\n")


def refused(arguments: list[str], capsys: Any) -> str:
    """The one line that refuses a command line."""
    with pytest.raises(SystemExit) as left:
        cli.main(arguments)
    captured = capsys.readouterr()
    assert (left.value.code, captured.out) == (2, "")
    assert captured.err.startswith("error: ")
    assert captured.err.endswith(" --help'\n")
    assert captured.err.count("\n") == 1
    return str(captured.err)


NEAR = {
    "deriv 2-2-1": ("invalid choice: 'deriv' (did you mean 'derive'?", "symbackprop"),
    "predcit": ("(did you mean 'predict'?", "symbackprop"),
    "--verson": ("unrecognized arguments: --verson (did you mean --version?)", "symbackprop"),
    "derive 2-2-1 --hiden tanh": ("unrecognized arguments: --hiden (did you mean --hidden?)", "symbackprop derive"),
    "derive --hiden=tanh 2-2-1": ("unrecognized arguments: --hiden (did you mean --hidden?)", "symbackprop derive"),
    "derive 2-2-1 --frmat latex": ("(did you mean --format?)", "symbackprop derive"),
    "generate 2-2-1 --outptu-file x.py": ("(did you mean --output-file?)", "symbackprop generate"),
    "train a.py b.csv --epoch-s 3": ("(did you mean --epochs?)", "symbackprop train"),
    "train a.py b.csv --optimizer adm": (
        "argument --optimizer: invalid choice: 'adm' (did you mean 'adam'?",
        "symbackprop train",
    ),
    "train a.py b.csv --schedule cosin": ("(did you mean 'cosine'?", "symbackprop train"),
    "compare --dephts 1-3": ("(did you mean --depths?)", "symbackprop compare"),
    "demo --fodler x": ("(did you mean --folder?)", "symbackprop demo"),
}


@pytest.mark.parametrize("arguments", NEAR)
def test_what_is_nearly_right_is_told_what_was_meant(arguments: str, capsys: Any) -> None:
    told, who = NEAR[arguments]
    line = refused(arguments.split(), capsys)
    assert told in line
    assert line.endswith(f"; see '{who} --help'\n")


FAR = {
    "": ("the following arguments are required: command", "symbackprop"),
    "frobnicate": ("invalid choice: 'frobnicate' (choose from", "symbackprop"),
    "derive 2-2-1 --frobnicate 3": ("unrecognized arguments: --frobnicate 3", "symbackprop derive"),
    "derive 2-2-1 more": ("unrecognized arguments: more", "symbackprop derive"),
    "derive 2 2 1": ("unrecognized arguments: 2 1 (write the network as 2-2-1)", "symbackprop derive"),
    "derive 2-2-1 --out relu": ("ambiguous option: --out could match --output, --output-file", "symbackprop derive"),
    "derive 2-2-1 --hidden": ("argument --hidden: expected one argument", "symbackprop derive"),
    "generate 2-2-1": ("the following arguments are required: -o/--output-file", "symbackprop generate"),
    "train a.py": ("the following arguments are required: data", "symbackprop train"),
    "train a.py b.csv --epochs ten": ("argument --epochs: invalid int value: 'ten'", "symbackprop train"),
    "train a.py b.csv --init zero": ("argument --init: invalid choice: 'zero' (choose from", "symbackprop train"),
}


@pytest.mark.parametrize("arguments", FAR)
def test_what_is_near_nothing_is_told_what_there_is(arguments: str, capsys: Any) -> None:
    told, who = FAR[arguments]
    line = refused(arguments.split(), capsys)
    assert told in line
    assert "did you mean" not in line
    assert line.endswith(f"; see '{who} --help'\n")


def test_a_start_of_an_option_still_does_and_what_follows_two_dashes_is_none(capsys: Any) -> None:
    assert cli.main(["derive", "2-1", "--hid", "relu", "--form", "scalar"]) == 0
    assert capsys.readouterr().out
    assert cli.main(["derive", "--", "--hiden"]) == 2
    assert "did you mean" not in capsys.readouterr().err


def test_names_of_choices_are_those_of_the_tables() -> None:
    """A row that is added to a table wants its name here, in the same place."""
    assert tuple(networks.ACTIVATIONS) == choices.ACTIVATIONS
    assert tuple(networks.LOSSES) == choices.LOSSES
    assert tuple(networks.FORMS) == choices.FORMS
    assert tuple(derivation.METHODS) == choices.METHODS
    assert choices.DEFAULT_METHOD == derivation.DEFAULT
    assert tuple(formulas.FORMATS) == choices.FORMATS
    assert formulas.HEADINGS == choices.HEADINGS
    assert tuple(diagrams.FORMATS) == choices.PICTURES
    assert tuple(formulas.NOTATIONS) == choices.NOTATIONS
    assert choices.MOST_PATHS == formulas.MOST_PATHS
    assert choices.STYLES == codegen.STYLES
    assert compared_networks.METHODS_OF["scalar"] == choices.COMPARED
    assert tuple(rows.NETWORKS.steps) == choices.GROWING
    assert tuple(runtime.OPTIMIZERS) == options.OPTIMIZERS
    assert tuple(runtime.SCHEDULES) == options.SCHEDULES
    assert options.SCHEMES == parameters.SCHEMES


@pytest.mark.parametrize("command", COMMANDS)
def test_each_command_has_a_module_that_runs_it(command: str) -> None:
    assert callable(getattr(imported("symbackprop.cli", COMMANDS[command].module), f"run_{command}"))


# --- progress ---


def test_progress_says_nothing_to_a_file() -> None:
    """rich 13.0 ended even a bar that was disabled with an empty line, which then stood before the error."""
    file = io.StringIO()
    with progress.rows_shown(Console(file=file)) as told:
        assert told is None
    assert file.getvalue() == ""
    screen = io.StringIO()
    with progress.rows_shown(Console(file=screen, force_terminal=True, width=80)) as told:
        assert told is not None
        told(1, 2, "3-3: naive")
    assert "3-3: naive" in screen.getvalue()


# --- streams, signals, and what help says ---


def shell(command: str, folder: Path) -> subprocess.CompletedProcess[str]:
    """A line of sh with the command line as $DOOR."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "DOOR": f"{sys.executable} -m symbackprop"}
    return subprocess.run(
        ["sh", "-c", command], cwd=folder, env=environment, capture_output=True, encoding="utf-8", check=False
    )


@pytest.mark.slow
def test_closed_streams_are_no_error(tmp_path: Path) -> None:
    made = shell("$DOOR generate 1-1 -o net.py >&- && printf 'a,y\\n0,0\\n1,1\\n0,0\\n1,1\\n' > data.csv", tmp_path)
    assert (made.returncode, made.stderr) == (0, "")
    trained = shell("$DOOR train net.py data.csv --epochs 2 2>&-", tmp_path)
    assert trained.returncode == 0
    assert "test accuracy" in trained.stdout
    assert (tmp_path / "net.npz").exists()
    assert shell("$DOOR derive 1-1 >&-; exit $?", tmp_path).returncode == 0


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no device that is full")
@pytest.mark.slow_unless.with_args(lambda asked: asked == "--help")
@pytest.mark.parametrize("asked", ["derive 1-1", "--help", "derive --help", "--version"])
def test_output_that_cannot_be_written_is_an_error(asked: str, tmp_path: Path) -> None:
    done = shell(f"$DOOR {asked} > /dev/full", tmp_path)
    assert done.returncode == 2
    assert done.stderr.startswith("error: cannot write the output: ")
    assert done.stderr.count("\n") == 1


@pytest.mark.parametrize("place", ["parser", "_run_of"])
def test_an_interrupt_is_one_line_and_status_130(place: str, monkeypatch: Any, capsys: Any) -> None:
    def interrupted(*_: Any) -> Any:
        raise KeyboardInterrupt

    monkeypatch.setattr(f"symbackprop.cli.entry.{place}", interrupted)
    assert cli.main(["derive", "1-1"]) == 130
    assert capsys.readouterr().err == "error: interrupted\n"


def test_options_before_the_command_are_told_where_they_go(capsys: Any) -> None:
    with pytest.raises(SystemExit):
        cli.main(["--hidden", "tanh", "derive", "2-1"])
    assert "--hidden (the options of a command go behind its name)" in capsys.readouterr().err


def test_a_folder_of_data_is_no_module(tmp_path: Path) -> None:
    run("import symbackprop as sb; assert not hasattr(sb, 'data') and not hasattr(sb, 'runtime.data')", tmp_path)


def told_defaults(command: str) -> dict[str, str]:
    """By option: what help says is taken where it is not given."""
    [commands] = [action for action in cli.parser()._actions if isinstance(action.choices, dict)]
    told = {
        action.dest: re.search(r"\(default: (.*)\)$", action.help or "")
        for action in commands.choices[command]._actions
    }
    return {name: found[1] for name, found in told.items() if found}


@pytest.mark.slow
def test_help_says_the_defaults_that_are_taken() -> None:
    derived = told_defaults("derive")
    net = sb.Network([1, 1, 1])
    assert (derived["hidden"], derived["output"], derived["form"]) == (net.hidden_name, net.output_name, net.form)
    compared = told_defaults("compare")
    shown = str(sb.compare(width=1, depths=[1], methods=["backprop"]))
    assert f"hidden {compared['hidden']}, output {compared['output']}" in shown
    assert float(compared["budget"]) == inspect.signature(sb.compare).parameters["budget"].default
    rates = told_defaults("train")["learning_rate"]
    for name, optimizer in runtime.OPTIMIZERS.items():
        said = re.search(rf"\b{name}\b[a-z ]* ([\d.]+)", rates) or re.search(r"others ([\d.]+)", rates)
        assert said is not None
        assert float(said[1]) == optimizer.rate, name
