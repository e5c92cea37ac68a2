"""The command line: every command, its help, its formats and its files."""

from __future__ import annotations

import io
import os
import re
import shlex
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

import symbackprop as sb
from symbackprop import cli, runtime
from symbackprop.cli import progress

from ..runtime_modules import written
from ..support import slow_unless

ROOT = Path(__file__).resolve().parents[2]
COMMANDS = sorted(cli.EXAMPLES)


def started(folder: Path, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """`symbackprop` in a process of its own, from another working directory."""
    return subprocess.run(
        [sys.executable, "-B", "-m", "symbackprop", *arguments],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(ROOT), **environment},
        capture_output=True,
        encoding="utf-8",
        check=False,
    )


def printed(capsys: Any, *arguments: str) -> str:
    """What a command prints, if it ends well."""
    assert cli.main(arguments) == 0
    captured = capsys.readouterr()
    assert captured.err == ""
    return str(captured.out)


@pytest.mark.every_row
@pytest.mark.parametrize("command", COMMANDS)
def test_help_shows_the_example(command: str, capsys: Any) -> None:
    with pytest.raises(SystemExit) as left:
        cli.main([command, "--help"])
    assert left.value.code == 0
    assert cli.EXAMPLES[command] in " ".join(capsys.readouterr().out.split()).replace("- ", "-")


SHORTER = {"compare": ["--budget", "0.5"]}
"""Options that make an example take seconds where it takes a minute."""


@slow_unless(lambda command: command != "compare")
@pytest.mark.parametrize("command", COMMANDS)
def test_example_works(command: str, tmp_path: Path, capsys: Any, monkeypatch: Any) -> None:
    for name in ("generated", "examples"):
        (tmp_path / name).symlink_to(ROOT / name)
    monkeypatch.chdir(tmp_path)
    for example in ["train", command] if command == "predict" else [command]:  # what predicts was trained first
        name, *arguments = shlex.split(cli.EXAMPLES[example])
        assert name == "symbackprop"
        assert cli.main([*arguments, *SHORTER.get(example, ())]) == 0
    assert capsys.readouterr().out


def test_help_of_the_whole_names_every_command(capsys: Any) -> None:
    with pytest.raises(SystemExit):
        cli.main(["--help"])
    out = capsys.readouterr().out
    assert all(re.search(rf"^ +{command} ", out, re.MULTILINE) for command in COMMANDS)
    with pytest.raises(SystemExit):
        cli.main(["--version"])
    assert capsys.readouterr().out == f"symbackprop {sb.__version__}\n"


@pytest.mark.parametrize("format", ["text", "latex", "markdown"])
def test_derive_prints_what_python_gives(format: str, capsys: Any) -> None:
    derived = sb.derive(sb.Network([2, 2, 1]))
    assert printed(capsys, "derive", "2-2-1", "--format", format).rstrip() == derived.formulas(format).rstrip()
    one = printed(capsys, "derive", "2-2-1", "--format", format, "--parameter", "w1_2_1")
    assert one.rstrip() == derived.formulas(format, "w1_2_1").rstrip()


def test_derive_passes_every_option_on(capsys: Any) -> None:
    options = ["--hidden", "relu", "--output", "softmax", "--loss", "cross_entropy"]
    net = sb.Network([2, 2, 2], "relu", "softmax", "cross_entropy")
    assert printed(capsys, "derive", "2-2-2", *options).rstrip() == sb.derive(net).formulas().rstrip()


def test_derive_text_fits_a_terminal_of_80_columns(capsys: Any) -> None:
    for arguments in (["2-2-1"], ["3-4-2", "--hidden", "gelu"], ["2-2-1", "--parameter", "w1_1_1"]):
        lines = printed(capsys, "derive", *arguments).splitlines()
        assert max(map(len, lines)) <= 80, arguments


def test_derive_naive_prints_each_derivative_in_parameters_and_data_only(capsys: Any) -> None:
    naive = printed(capsys, "derive", "2-2-1", "--method", "naive")
    shared = printed(capsys, "derive", "2-2-1")
    assert "δ" in shared
    assert "δ" not in naive
    assert naive.count("tanh") > shared.count("tanh")


def test_output_file_holds_what_would_be_printed(tmp_path: Path, capsys: Any) -> None:
    path = tmp_path / "out.tex"
    path.write_text("what stood there", encoding="utf-8")
    text = printed(capsys, "derive", "2-1", "--format", "latex")
    assert printed(capsys, "derive", "2-1", "--format", "latex", "--output-file", str(path)) == f"wrote {path}\n"
    assert path.read_bytes().decode() == text.rstrip("\n") + "\n"
    assert [other.name for other in tmp_path.iterdir()] == ["out.tex"]


def test_generate_writes_what_python_writes(tmp_path: Path, capsys: Any) -> None:
    for method in ("backprop", "naive"):
        path = tmp_path / f"{method}.py"
        assert printed(capsys, "generate", "2-2-1", "--method", method, "-o", str(path)) == f"wrote {path}\n"
        assert path.read_text(encoding="utf-8") == sb.derive(sb.Network([2, 2, 1]), method=method).source()


def test_output_goes_through_a_link_and_into_a_device(tmp_path: Path, capsys: Any) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "link.py").symlink_to(tmp_path / "real" / "net.py")
    printed(capsys, "generate", "1-1", "-o", str(tmp_path / "link.py"))
    assert (tmp_path / "link.py").is_symlink()
    assert (tmp_path / "real" / "net.py").is_file()
    printed(capsys, "generate", "1-1", "-o", os.devnull)
    assert not Path(os.devnull).is_file()


@pytest.mark.slow
def test_training_prints_its_report_on_stdout_and_nothing_on_a_stderr_that_is_no_terminal(tmp_path: Path) -> None:
    assert (
        started(tmp_path, "generate", "4-3", "--output", "softmax", "--loss", "cross_entropy", "-o", "n.py").returncode
        == 0
    )
    iris = str(ROOT / "examples" / "data" / "iris.csv")
    done = started(tmp_path, "train", "n.py", iris, "--epochs", "3", "--seed", "4")
    assert (done.returncode, done.stderr) == (0, "")
    assert [line.split()[0] for line in done.stdout.splitlines()] == ["columns", "loss", "train", "test", "weights"]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["n.npz", "n.py"]


def test_progress_bar_shows_epochs_and_loss_on_a_terminal(tmp_path: Path) -> None:
    module = written(tmp_path, [1, 1], "tanh", "identity", "mse")
    (tmp_path / "d.csv").write_text("x,y\n1,2\n2,4\n3,6\n4,8\n", encoding="utf-8")
    parser = cli.Parser()
    runtime.add_options(parser)
    options = parser.parse_args([str(tmp_path / "d.csv"), "--epochs", "7", "--weights", str(tmp_path / "w.npz")])
    screen = io.StringIO()
    progress.fit(module, options, Console(file=screen, force_terminal=True, width=100))
    shown = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", screen.getvalue())
    assert "7/7" in shown
    assert re.search(r"loss \d+\.\d{6}", shown)


@pytest.mark.slow
def test_output_is_readable_where_the_locale_is_not_unicode(tmp_path: Path) -> None:
    done = started(tmp_path, "derive", "1-1", PYTHONIOENCODING="ascii", LC_ALL="C")
    assert done.returncode == 0, done.stderr
    assert "∂L/∂w" in done.stdout


@pytest.mark.slow
def test_reader_that_stops_early_is_no_error(tmp_path: Path) -> None:
    command = f"{shlex.quote(sys.executable)} -B -m symbackprop derive 6-6-6 --output tanh --loss mse | head -n 1"
    done = subprocess.run(
        ["bash", "-o", "pipefail", "-c", command],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("Network 6-6-6")


@pytest.mark.slow
def test_demo_tells_its_story_in_a_folder_that_it_names(tmp_path: Path) -> None:
    done = started(tmp_path, "demo", "--folder", "told here")
    assert (done.returncode, done.stderr) == (0, "")
    assert "4 of 4 right" in done.stdout
    accuracy = re.search(r"test accuracy +([\d.]+)%", done.stdout)
    assert accuracy is not None
    assert float(accuracy[1]) >= 95
    assert "told here" in done.stdout
    assert [path.name for path in tmp_path.iterdir()] == ["told here"]
    names = {path.name for path in (tmp_path / "told here").iterdir()}
    assert names >= {"xor.py", "iris.py", "iris.csv", "iris.npz"}
    assert "∂L/∂" in done.stdout
    assert re.search(r"3-3-3-3-3-3-3 .*72 .*4,368 .*318 .*2,101,914", done.stdout)


@pytest.mark.slow
def test_demo_takes_folders_that_look_like_markup_or_options(tmp_path: Path, capsys: Any, monkeypatch: Any) -> None:
    monkeypatch.chdir(tmp_path)
    assert cli.main(["demo", "--folder=-[/red]"]) == 0
    assert "-[/red]" in capsys.readouterr().out
    assert (tmp_path / "-[" / "red]" / "iris.npz").is_file()
