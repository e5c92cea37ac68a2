"""Writes docs/api.md from the docstrings of what users import.

    python docs/make_api.py

writes the page anew; with --check it writes nothing, and exits with 1 if the page is not what it would write.
"""

from __future__ import annotations

import inspect
import re
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import sympy as sp

import symbackprop as sb
from symbackprop import codegen, comparison, derivation, diagrams, formulas, runtime
from symbackprop.api.lambdified import Lambdified
from symbackprop.comparison.rows import Row

PAGE = Path(__file__).resolve().parent / "api.md"
HEAD = """# API reference

Every public name with its signature and its docstring, made from the package by `python docs/make_api.py`. How the
names go together is shown, from the simple to the special, on the other pages: [formulas](formulas.md),
[matrices](matrices.md), [training](training.md).

Sizes stand as (rows, columns). `sb` is `import symbackprop as sb`; `runtime` is `from symbackprop import runtime`.
"""
MOST = 100
"""Characters in a line of a signature, before each argument gets its own."""

ERRORS = [
    name for name in sb.__all__ if isinstance(getattr(sb, name), type) and issubclass(getattr(sb, name), Exception)
]
FUNCTIONS = ["sigmoid", "softplus", "relu", "leaky_relu", "elu", "silu", "gelu", "softsign", "identity", "softmax"]
LOSSES = ["half_sse", "mse", "mae", "huber", "bce", "cross_entropy"]
SUMS = ["logsumexp", "hypot", "Softmax", "LogSumExp", "Total", "RowSums", "ColumnSums"]
FIRST = ["derive", "Derivation", "jvp", "Jvp", "value_and_grad", "Network", "Model", "scalar_form", "load", "compare"]
SHOWN = [*FIRST, "Comparison"]
OTHERS = [name for name in sb.__all__ if name not in {*ERRORS, *FUNCTIONS, *LOSSES, *SUMS, *SHOWN}]
RESULTS = (
    *(formulas.Explanation, formulas.PathExplanation, diagrams.Diagram),
    *(derivation.Cost, derivation.ChainStep, Row, comparison.Law),
)


def of(names: Iterable[str]) -> dict[str, Any]:
    """The package's own of these names."""
    return {name: getattr(sb, name) for name in names}


GROUPS: dict[str, dict[str, Any]] = {
    "Derivatives, models, comparisons": of([*SHOWN, *OTHERS]),
    "Activations": of(FUNCTIONS),
    "Losses": of(LOSSES),
    "Sums and norms": of(SUMS),
    "What comes back": {kind.__name__: kind for kind in (*RESULTS, codegen.CompiledFunction, Lambdified)},
    "Errors": of(["SymbackpropError", *(name for name in ERRORS if name != "SymbackpropError")]),
    "symbackprop.runtime": {f"runtime.{name}": getattr(runtime, name) for name in runtime.__all__},
}


INTRODUCTIONS = {
    "Activations": "SymPy functions, and Python functions that make SymPy expressions. Of a matrix expression each is "
    "taken of every entry, but `softmax` of each column or row. A `Network` takes them by name.",
    "Losses": "Of one sample. Outputs `a` and targets `y` are scalars, lists of scalars, or matrix expressions of one "
    "shape. Of a sigmoid or softmax, `bce` and `cross_entropy` are written on what went into it: they stay finite.",
    "What comes back": "What methods above return; nobody makes these by hand.",
    "Errors": "Every error is a `SymbackpropError`, and one of Python's own kinds as well.",
    "symbackprop.runtime": "What trains a generated module, with NumPy alone.",
}


def page() -> str:
    """The whole page."""
    return "\n".join([HEAD, *(line for title, things in GROUPS.items() for line in group(title, things))])


def group(title: str, things: dict[str, Any]) -> Iterator[str]:
    """The chapter of one group of names."""
    yield f"## {title}\n"
    if title in INTRODUCTIONS:
        yield f"{INTRODUCTIONS[title]}\n"
    for name, thing in things.items():
        yield f"### {name}\n"
        yield from entry(name, thing)
        for member, found in members(thing):
            short = name.rpartition(".")[2]
            yield f"#### {short}.{escaped(member)}\n"
            yield from entry(f"{short}.{member}", found)


def entry(name: str, thing: Any) -> Iterator[str]:
    """The signature and the docstring of one thing."""
    if isinstance(thing, dict):
        yield f"A table of {', '.join(f'`{key}`' for key in thing)}.\n"
        return
    if not isinstance(thing, property):
        yield f"```py\n{signature(name, thing)}\n```\n"
    yield from prose(documentation(thing))


# --- signatures ---


def signature(name: str, thing: Any) -> str:
    """How it is called, or what an error is as well."""
    if isinstance(thing, type) and issubclass(thing, Exception):
        return f"class {name}({', '.join(base.__name__ for base in thing.__bases__)})"
    if getattr(thing, "_is_protocol", False):
        return "\n".join(
            [f"class {name}(Protocol):", *(f"    {key}: {kind}" for key, kind in thing.__annotations__.items())]
        )
    found = inspect.signature(called(thing))
    parameters = [
        part for place, part in enumerate(found.parameters.values()) if place or part.name not in ("self", "cls")
    ]
    head = f"class {name}" if isinstance(thing, type) and not issubclass(thing, sp.Basic) else name
    returned = (
        ""
        if isinstance(thing, type) or found.return_annotation is found.empty
        else f" -> {plain(found.return_annotation)}"
    )
    line = f"{head}({', '.join(marked(parameters))}){returned}"
    if len(line) <= MOST:
        return line
    return "\n".join([f"{head}(", *(f"    {part}," for part in marked(parameters)), f"){returned}"])


def called(thing: Any) -> Any:
    """Where the arguments stand: SymPy has those of a function in `eval`."""
    is_function = isinstance(thing, type) and issubclass(thing, sp.Function) and thing is not sb.logsumexp
    return thing.eval if is_function else thing


def marked(parameters: list[inspect.Parameter]) -> list[str]:
    """The parameters as text, with the sign behind which they go by name only."""
    texts: list[str] = []
    for part in parameters:
        starred = any(text.startswith("*") for text in texts)
        if part.kind is part.KEYWORD_ONLY and not starred:
            texts.append("*")
        texts.append(told(part))
    return texts


def told(part: inspect.Parameter) -> str:
    """A parameter with its type and its usual value, as they stand in the source."""
    star = {part.VAR_POSITIONAL: "*", part.VAR_KEYWORD: "**"}.get(part.kind, "")
    kind = "" if part.annotation is part.empty else f": {plain(part.annotation)}"
    equals = " = " if kind else "="
    return f"{star}{part.name}{kind}" + ("" if part.default is part.empty else equals + usual(part.default))


def plain(annotation: Any) -> str:
    """An annotation as text, which it is but in a NamedTuple."""
    return str(getattr(annotation, "__forward_arg__", annotation))


def usual(value: Any) -> str:
    """A usual value: a class by its name, a NamedTuple by its class."""
    if isinstance(value, type | str):
        return value.__name__ if isinstance(value, type) else f'"{value}"'
    return f"{type(value).__name__}()" if isinstance(value, tuple) and hasattr(value, "_fields") else repr(value)


# --- members ---


def members(thing: Any) -> Iterator[tuple[str, Any]]:
    """The public methods and properties of a class, its own before those of its bases; none of one of SymPy's kind."""
    if not isinstance(thing, type) or issubclass(thing, sp.Basic | Exception):
        return
    seen: set[str] = set()
    for kind in thing.__mro__:
        if kind.__module__.partition(".")[0] == "symbackprop":
            for name, found in vars(kind).items():
                if name not in seen and is_shown(name, found):
                    seen.add(name)
                    yield name, as_member(found)


def is_shown(name: str, found: Any) -> bool:
    """Whether a member is public and says what it does."""
    kinds = (property, classmethod, staticmethod)
    is_member = isinstance(found, kinds) or callable(found) or hasattr(found, "func")
    return is_member and (name == "__call__" or not name.startswith("_")) and bool(getattr(found, "__doc__", None))


def as_member(found: Any) -> Any:
    """A property, a cached one among them, or a function."""
    if isinstance(found, classmethod | staticmethod):
        return found.__func__
    return property(found.func) if hasattr(found, "func") else found


# --- docstrings ---

SECTION = re.compile(r"^(Args|Raises|Attributes):$")
ITEM = re.compile(r"^(?P<names>[\w.*]+(?:, [\w.*]+)*): ")


SIGNS = re.compile(r"\*|<(?=\w)|(?<![^\W_])_|_(?![^\W_])")
"""What Markdown would take for its own; within a word an underscore is itself."""


def documentation(thing: Any) -> str:
    """The docstring, with that of a class's call where the class has none of its own."""
    own = thing.__dict__.get("__doc__") if isinstance(thing, type) else thing.__doc__
    if own is None and isinstance(thing, type):
        own = thing.__init__.__doc__
    return inspect.cleandoc(own or "")


def prose(text: str) -> Iterator[str]:
    """A docstring as Markdown: paragraphs, and a list for each section."""
    for part in re.split(r"\n\s*\n", text):
        lines = part.splitlines()
        head = SECTION.match(lines[0]) if lines else None
        if head:
            yield f"{head[1]}:\n"
            yield "\n".join(f"- {item}" for item in items(lines[1:])) + "\n"
        elif lines:
            yield escaped(" ".join(line.strip() for line in lines)) + "\n"


def items(lines: list[str]) -> Iterator[str]:
    """The items of a section, each a name and what is said of it."""
    joined: list[str] = []
    least = min(len(line) - len(line.lstrip()) for line in lines)
    for line in lines:
        if line.startswith(" " * (least + 1)) or not ITEM.match(line.strip()):
            joined[-1] += f" {line.strip()}"
        else:
            joined.append(line.strip())
    for item in joined:
        names, _, words = item.partition(": ")
        yield f"`{names}`: {escaped(words)}"


def escaped(text: str) -> str:
    """Text whose signs Markdown leaves alone, outside code."""
    parts = re.split(r"(`[^`]*`)", text)
    return "".join(part if place % 2 else SIGNS.sub(r"\\\g<0>", part) for place, part in enumerate(parts))


def main(arguments: list[str]) -> int:
    """Write the page, or say whether it is up to date."""
    if arguments == ["--check"]:
        fresh = PAGE.exists() and PAGE.read_text(encoding="utf-8") == page()
        if not fresh:
            print("docs/api.md is not what the docstrings say: run python docs/make_api.py")
        return 0 if fresh else 1
    PAGE.write_text(page(), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
