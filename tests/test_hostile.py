"""No name, file or cell of a user ever becomes code: every door is tried, and the interpreter itself keeps watch.

The doors are tried in a process of its own, under an audit hook that notes what is compiled, run or written, and with
SymPy's parser (what `sympify` reads strings with) set to note every call.
"""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

import symbackprop as sb

from .forked import forked

ROOT = Path(__file__).resolve().parent.parent

PAYLOADS = [
    "x); import os; os.system('touch PWNED')",
    "__import__('os').system('touch PWNED')",
    "x\nimport os\nos.system('touch PWNED')\n",
    "x\r\nopen('PWNED', 'w')",
    '"""\nopen("PWNED", "w")\n"""',
    "'''+open('PWNED','w').name+'''",
    "lambda: open('PWNED', 'w')",
    'a"b; open("PWNED", "w")',
    "a'b",
    "a\\",
    "\\input{/etc/passwd}PWNED",
    "\\write18{touch PWNED}",
    "}\\end{aligned}\\immediate\\write18{touch PWNED}",
    "$(touch PWNED)",
    "`touch PWNED`",
    "nowhere/PWNED",
    "{0.__class__}PWNED",
    '"><script>open("PWNED")</script>&amp;]]>',
    "%(PWNED)s%n",
    "[bold red]PWNED[/link]",
    "\x1b]0;PWNED\x07",
    "PWNED\u202e\u2066",
    "\uff50\uff57\uff4e\uff45\uff44",
    "\u2102lass_PWNED",
    "very_long_" * 2000,
    "",
    " ",
    "exec",
    "class",
    "__builtins__",
    "__class__",
    "None",
]
"""The marker that may be seen in compiled text as a part of a safe name, or of a key, alone is PWNED; those without it
are tricks of other kinds."""

WATCHED = r'''
import io, json, os, pathlib, sys, tokenize, types

events = []
here = os.path.realpath(os.getcwd())
DANGEROUS = {"open", "os", "system", "__import__", "eval", "exec", "__class__", "compile"}


def does_more(text):
    """Whether a payload is more than a safe name, or a key, in what is compiled."""
    try:
        parts = list(tokenize.generate_tokens(io.StringIO(text).readline))
    except (SyntaxError, tokenize.TokenError):
        return True
    return not DANGEROUS.isdisjoint(part.string for part in parts if part.type == tokenize.NAME)


def watch(event, arguments):
    if event == "compile":
        source = arguments[0]
        text = source.decode("utf-8", "replace") if isinstance(source, bytes) else source
        if isinstance(text, str) and "PWNED" in text and does_more(text):
            events.append(["compile", text[:200]])
    elif event == "exec":
        code = arguments[0]
        names = [*getattr(code, "co_names", ()), *getattr(code, "co_consts", ())]
        told = any("PWNED" in name for name in names if isinstance(name, str))
        if told and DANGEROUS.intersection(getattr(code, "co_names", ())):
            events.append(["exec", names[:5]])
    elif event in ("os.system", "subprocess.Popen", "os.exec", "os.posix_spawn", "pickle.find_class", "os.putenv"):
        events.append([event, repr(arguments)[:200]])
    elif event == "open" and isinstance(arguments[1], str) and set(arguments[1]) & set("wax+"):
        path = os.path.realpath(os.fsdecode(arguments[0])) if not isinstance(arguments[0], int) else ""
        if path and not path.startswith(here + os.sep):
            events.append(["open", path[:200]])


import contextlib, io
import numpy as np
import sympy as sp
import sympy.core.sympify, sympy.parsing.sympy_parser as parser
import symbackprop as sb
from symbackprop import cli, runtime


def noted(*arguments, **_):
    events.append(["parse_expr", repr(arguments)[:200]])
    raise SyntaxError("a string reached SymPy's parser")


parser.parse_expr = noted
sys.addaudithook(watch)
outcomes = {}


def door(name):
    """Try one use; what is refused must be refused by an error of ours."""

    def tried(use):
        try:
            with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
                use()
            outcomes[name] = "done"
        except (sb.SymbackpropError, SystemExit) as refused:
            outcomes[name] = type(refused).__name__
        except Exception as error:
            outcomes[name] = f"CRASH {type(error).__name__}: {error}"[:300]

    return tried
'''


def outcomes(program: str, folder: Path, payload: str) -> dict[str, str]:
    """Run doors in a process of its own; returns what each came to, after the checks that hold for all."""
    script = f"{WATCHED}\npayload = json.loads(sys.argv[1])\n{program}\n"
    script += "print(json.dumps({'events': events, 'outcomes': outcomes}))\n"
    done = forked(script, folder, json.dumps(payload))
    assert done.returncode == 0, done.stderr[-2000:]
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    assert found["events"] == [], json.dumps(found["events"])
    crashed = {name: what for name, what in found["outcomes"].items() if what.startswith("CRASH")}
    assert crashed == {}
    assert not [path for path in (folder / "PWNED", folder.parent / "PWNED", ROOT / "PWNED") if path.exists()]
    return dict(found["outcomes"])


def each_payload(program: str, folder: Path) -> dict[str, dict[str, str]]:
    """The same doors for every payload, in one process."""
    loop = "for index, payload in enumerate(payload):\n" + "".join(f"    {line}\n" for line in program.splitlines())
    found = outcomes(loop, folder, PAYLOADS)  # type: ignore[arg-type]
    kinds: dict[str, dict[str, str]] = {}
    for name, what in found.items():
        index, _, use = name.partition(" ")
        kinds.setdefault(use, {})[PAYLOADS[int(index)]] = what
    return kinds


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "work").mkdir()
    return tmp_path / "work"


SYMBOLS = """
a, b = sp.symbols("a b")
s = sp.Symbol(payload)
net = sb.Network([2, 1])
d = sb.derive([(sp.Symbol("e"), a * b), (sp.Symbol("M"), sp.Symbol("e") ** 2)], wrt=[a, b])


def used(derived):
    derived.gradients, derived.cost, derived.as_cse(), derived.definitions, repr(derived), derived._repr_latex_()
    [derived.formulas(format) for format in sb.formulas.FORMATS]
    [str(derived.explain(symbol)) + derived.explain(symbol).latex() for symbol in derived.wrt]
    drawn = [derived.diagram()] if derived.method == "backprop" else []
    [(one.svg(), one.dot(), one.tikz(), str(one)) for one in drawn]
    derived.compile(), derived.source()


door(f"{index} wrt")(lambda: used(sb.derive(s * a + sp.sin(s), wrt=[s, a])))
door(f"{index} data")(lambda: used(sb.derive(s * a, wrt=[a])))
door(f"{index} naive")(lambda: used(sb.derive(s * a, wrt=[a], method="naive")))
door(f"{index} left side")(lambda: used(sb.derive([(s, a * b), (sp.Symbol("M"), s + b)], wrt=[a, b])))
door(f"{index} loss")(lambda: used(sb.derive([(s, a * b)], wrt=[a, b])))
door(f"{index} wrt of a network")(lambda: sb.derive(net, wrt=[s]))
door(f"{index} wrt as text")(lambda: sb.derive(a * b, wrt=[payload]))
door(f"{index} expression as text")(lambda: sb.derive(payload))
door(f"{index} equation as text")(lambda: sb.derive([(a, payload)]))
door(f"{index} left side as text")(lambda: sb.derive([(payload, a)]))
door(f"{index} method")(lambda: sb.derive(a * b, method=payload))
door(f"{index} format")(lambda: d.formulas(payload))
door(f"{index} notation")(lambda: d.formulas(notation=payload))
door(f"{index} headings")(lambda: d.formulas("latex", headings=payload))
door(f"{index} labels")(lambda: d.formulas("latex", labels=payload))
door(f"{index} width")(lambda: d.formulas(width=payload))
door(f"{index} parameter")(lambda: d.formulas("text", payload))
door(f"{index} parameter symbol")(lambda: d.formulas("text", s))
door(f"{index} diagram")(lambda: d.diagram(parameter=payload).svg())
door(f"{index} diagram values")(lambda: d.diagram({payload: 1, s: payload}).svg())
for use in (d.explain, d.adjoint, d.expand, d.resolve, d.chain):
    door(f"{index} {use.__name__} text")(lambda: use(payload))
    door(f"{index} {use.__name__} symbol")(lambda: use(s))
door(f"{index} key of a function")(lambda: d.compile()(**{payload: 1.0, "a": 1.0}))
door(f"{index} value of a function")(lambda: d.compile()(payload, 1.0))
door(f"{index} args")(lambda: sb.value_and_grad([payload, b], a * b, [a]))
door(f"{index} args symbol")(lambda: sb.value_and_grad([a, b, s], a * b, [a]))
"""

REFUSED_ALWAYS = (
    "wrt as text",
    "expression as text",
    "equation as text",
    "left side as text",
    "method",
    "format",
    "notation",
    "headings",
    "width",
    "explain text",
    "adjoint symbol",
    "diagram",
    "diagram values",
    "key of a function",
    "value of a function",
    "args",
)


@pytest.mark.slow
def test_symbols_names_and_strings_in_python(folder: Path) -> None:
    found = each_payload(SYMBOLS, folder)
    for use in REFUSED_ALWAYS:
        assert "done" not in found[use].values(), use
    for use in ("wrt", "data", "naive", "left side", "loss"):
        allowed = {payload for payload, what in found[use].items() if what == "done"}
        assert allowed == set(PAYLOADS), use  # each under a safe name
    assert list(folder.iterdir()) == []


NETWORKS = """
def named(z):
    return sp.tanh(z)


named.__name__ = payload
kind = type(payload, (sp.Function,), {"fdiff": lambda self, index=1: sp.cos(self.args[0])})
known = type(payload, (sp.Function,), {"eval": classmethod(lambda cls, z: sp.sin(z))})
door(f"{index} hidden text")(lambda: sb.Network([1, 1], payload))
door(f"{index} output text")(lambda: sb.Network([1, 1], "tanh", payload))
door(f"{index} loss text")(lambda: sb.Network([1, 1], "tanh", "sigmoid", payload))
door(f"{index} form")(lambda: sb.Network([1, 1], form=payload))
door(f"{index} widths")(lambda: sb.Network(payload))
door(f"{index} width")(lambda: sb.Network([1, payload]))
for name, hidden in {"function": named, "class": kind, "evaluated class": known}.items():
    for format in sb.formulas.FORMATS:
        door(f"{index} {name} {format}")(lambda: sb.derive(sb.Network([1, 1, 1], hidden)).formulas(format))
    door(f"{index} {name} repr")(lambda: repr(sb.Network([1, 1, 1], hidden)))
    door(f"{index} {name} compile")(lambda: sb.derive(sb.Network([1, 1, 1], hidden)).compile())
    door(f"{index} {name} naive")(lambda: sb.derive(sb.Network([1, 1, 1], hidden), method="naive").source())
    door(f"{index} {name} source")(lambda: compile(sb.derive(sb.Network([1, 1, 1], hidden)).source(), "m", "exec"))
    door(f"{index} {name} expression")(lambda: sb.derive(hidden(sp.Symbol("q"))).compile())
"""


@pytest.mark.slow
def test_network_options_and_names_of_functions(folder: Path) -> None:
    found = each_payload(NETWORKS, folder)
    for use in ("hidden text", "output text", "loss text", "form", "widths", "width"):
        assert "done" not in found[use].values(), use
    assert set(found["function source"].values()) == set(found["evaluated class source"].values()) == {"done"}
    assert set(found["class source"].values()) <= {"SymbolNameError", "UnsupportedError"}
    # So Network._repr_latex_ has no hostile name to print either.
    assert all(name.isidentifier() for name, outcome in found["class repr"].items() if outcome == "done")
    assert list(folder.iterdir()) == []


LATEX = r"""
import re
from xml.etree import ElementTree
kind = type(payload, (sp.Function,), {"fdiff": lambda self, index=1: sp.cos(self.args[0])})
d = sb.derive(kind(sp.Symbol("q")))
texts = [d.formulas("latex"), d.formulas("markdown"), d._repr_latex_(), d.explain("q").latex(), d.diagram().tikz()]
ElementTree.fromstring(d.diagram().svg())
outcomes[f"{index} commands"] = str(re.findall(r"(?<!\\)\\(input|write18|immediate)", " ".join(texts)))
"""


@pytest.mark.slow
def test_function_names_carry_no_command_into_latex(folder: Path) -> None:
    assert set(each_payload(LATEX, folder)["commands"].values()) == {"[]"}


WEB = r"""
from xml.etree import ElementTree
kind = type(payload, (sp.Function,), {"fdiff": lambda self, index=1: sp.cos(self.args[0])})
d = sb.derive(kind(sp.Symbol("q")))
found = {element.tag.rpartition("}")[2] for element in ElementTree.fromstring(d.formulas("mathml")).iter()}
outcomes[f"{index} elements"] = str(sorted(found & {"script", "style", "img", "a", "b", "iframe", "svg"}))
outcomes[f"{index} pages"] = str("<script" in d.formulas("html").lower())
"""


@pytest.mark.slow
def test_function_names_carry_no_element_into_a_page(folder: Path) -> None:
    found = each_payload(WEB, folder)
    assert set(found["elements"].values()) == {"[]"}
    assert set(found["pages"].values()) == {"False"}


COMMANDS = """
def tried(name, *arguments):
    door(f"{index} {name}")(lambda: cli.main(list(arguments)) and sys.exit(2))


looks = ("format", "notation", "headings", "width", "labels")
for option in ("hidden", "output", "loss", "method", "parameter", "output-file", *looks):
    tried(f"derive --{option}", "derive", "1-1", f"--{option}={payload}")
for option in ("hidden", "output", "loss", "method", "output-file"):
    tried(f"generate --{option}", "generate", "1-1", "-o", "fine.py", f"--{option}={payload}")
for command in ("derive", "generate", "train", "demo"):
    tried(f"{command} word", command, payload, payload)
tried("command word", payload)
for option in ("target", "epochs", "batch-size", "learning-rate", "seed", "test-fraction", "init", "weights"):
    tried(f"train --{option}", "train", "net.py", "good.csv", "--epochs", "1", f"--{option}={payload}")
"""


def prepared(folder: Path) -> None:
    sb.derive(sb.Network([1, 1])).write(folder / "net.py")
    (folder / "good.csv").write_text("x,y\n" + "".join(f"{n},{n % 2}\n" for n in range(9)), encoding="utf-8")


@pytest.mark.slow
def test_command_line(folder: Path) -> None:
    prepared(folder)
    found = each_payload(COMMANDS, folder)
    for use in (
        "derive --hidden",
        "derive --loss",
        "generate --method",
        "train word",
        "command word",
        "train --epochs",
    ):
        assert set(found[use].values()) == {"SystemExit"}, use
    written = {path.name for path in folder.iterdir()} - {"net.py", "good.csv", "fine.py", "net.npz"}
    asked = {payload for payload in PAYLOADS if payload and "/" not in payload}
    assert written <= asked  # the names that were asked for as output files, and no others


TABLES = """
import csv
module = runtime.load_module("net.py")
texts = runtime.load_module("real.py")


def wrote(name, rows):
    with open(name, "w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows(rows)
    return name


def ran(loaded, name, *arguments):
    source = "net.py" if loaded is module else "real.py"
    cli.main(["train", source, name, "--epochs", "1", "--weights", "w.npz", *arguments]) and sys.exit(2)


good = [[1, 0], [2, 1], [3, 0], [4, 1]]
door(f"{index} column")(lambda: ran(module, wrote("t.csv", [[payload, "y"], *good])))
door(f"{index} target column")(lambda: ran(module, wrote("t.csv", [["x", payload], *good]), f"--target={payload}"))
door(f"{index} cell")(lambda: ran(module, wrote("t.csv", [["x", "y"], *good, [payload, 1]])))
door(f"{index} target cell")(lambda: ran(texts, wrote("t.csv", [["x", "y"], *good, [5, payload]])))
rows = [[n, payload if n % 2 else "other"] for n in range(8)]
door(f"{index} class")(lambda: ran(module, wrote("t.csv", [["x", "y"], *rows])))
door(f"{index} weights read")(lambda: runtime.load("w.npz", module))
"""


@pytest.mark.slow
def test_columns_cells_and_classes_of_a_table(folder: Path) -> None:
    prepared(folder)
    sb.derive(sb.Network([1, 1], output="identity", loss="mse")).write(folder / "real.py")
    found = each_payload(TABLES, folder)
    assert set(found["cell"].values()) == set(found["target cell"].values()) == {"SystemExit"}
    assert found["class"][PAYLOADS[0]] == "done"
    assert {path.name for path in folder.iterdir()} == {"net.py", "real.py", "good.csv", "t.csv", "w.npz"}


FILES = """
import shutil
if payload and "/" not in payload and len(payload) < 200 and payload != " ":
    shutil.copy("net.py", payload)
    shutil.copy("good.csv", payload + ".csv")
door(f"{index} module")(lambda: cli.main(["train", "--epochs", "1", "--", payload, "good.csv"]) and sys.exit(2))
door(f"{index} data")(lambda: cli.main(["train", "--epochs", "1", "--", "net.py", payload + ".csv"]) and sys.exit(2))
door(f"{index} written")(lambda: sb.derive(sb.Network([1, 1])).write(payload))
door(f"{index} loaded")(lambda: runtime.load_module(payload))
"""


@pytest.mark.slow
def test_names_of_files(folder: Path) -> None:
    prepared(folder)
    found = each_payload(FILES, folder)
    assert found["module"]["x); import os; os.system('touch PWNED')"] == "done"
    assert found["loaded"][""] == found["loaded"]["nowhere/PWNED"] == "ModuleError"
    plain = {payload for payload in PAYLOADS if payload and "/" not in payload}
    asked = plain | {f"{name}.csv" for name in plain} | {f"{os.path.splitext(name)[0]}.npz" for name in plain}
    assert {path.name for path in folder.iterdir()} <= asked | {"net.py", "good.csv", "net.npz"}


def test_the_watch_sees_what_it_should(folder: Path) -> None:
    """A watch that never barks proves nothing."""
    program = """
compile("PWNED = open", "x", "exec")
exec("PWNED = open")
os.system("true")
with contextlib.suppress(Exception):
    sp.sympify("x + 1")
open(os.path.join(os.path.dirname(here), "elsewhere"), "w").close()
"""
    with pytest.raises(AssertionError) as caught:
        outcomes(program, folder, "")
    for event in ("compile", "exec", "os.system", "parse_expr", "open"):
        assert f"['{event}'" in str(caught.value).replace('"', "'"), event
