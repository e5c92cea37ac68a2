"""Lines of Python: long ones broken before operators, the way a formatter would."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from itertools import groupby
from textwrap import TextWrapper, wrap

WIDTH = 120
_BEFORE_OPERATOR = re.compile(r" (\+|-|\*\*?|/|<=?|>=?|==|!=|&|\|) ")


def assignment(target: str, source: str, indent: str = "    ", comment: str = "") -> list[str]:
    """`target = source`, with a comment behind it where there is room and above it where there is none.

    Without a target the source stands by itself, for what it does.
    """
    head = f"{target} = " if target else ""
    line = f"{indent}{head}{source}"
    if len(line) > WIDTH:
        return [*_remark(comment, indent), f"{indent}{head}(", *filled(source, indent + "    "), f"{indent})"]
    if not comment:
        return [line]
    beside = f"{line}  # {comment}"
    return [beside] if len(beside) <= WIDTH else [*_remark(comment, indent), line]


def _remark(comment: str, indent: str) -> list[str]:
    return wrap(comment, WIDTH, initial_indent=f"{indent}# ", subsequent_indent=f"{indent}#   ", break_on_hyphens=False)


def docstring(title: str, more: str = "") -> list[str]:
    """A docstring: its title, and a paragraph below if there is more to say."""
    return [f'"""{title}', "", *wrap(more, WIDTH, break_on_hyphens=False), '"""'] if more else [f'"""{title}"""']


def returned(source: str, indent: str = "    ") -> list[str]:
    """`return source`."""
    line = f"{indent}return {source}"
    if len(line) <= WIDTH:
        return [line]
    return [f"{indent}return (", *filled(source, indent + "    "), f"{indent})"]


def unpacked(targets: Sequence[str], source: str, indent: str = "    ") -> list[str]:
    """`a, b, c = source`; one name is unpacked from a row of one as well."""
    left = ", ".join(targets) if len(targets) > 1 else f"({targets[0]},)"
    line = f"{indent}{left} = {source}"
    if len(line) <= WIDTH:
        return [line]
    return [f"{indent}(", *filled(left, indent + "    "), f"{indent}) = {source}"]


def called(head: str, arguments: Sequence[str], tail: str, indent: str = "    ") -> list[str]:
    """`head`, which opens a bracket, its arguments, and `tail`, which closes it."""
    listed = ", ".join(arguments)
    line = f"{indent}{head}{listed}{tail}"
    if len(line) <= WIDTH:
        return [line]
    listed = ", ".join(_held(argument) for argument in arguments)
    return [f"{indent}{head}", *filled(f"{listed},", indent + "    "), f"{indent}{tail}"]


def _held(argument: str) -> str:
    """An argument that stays in one piece, if a line has room for it."""
    return argument.replace(" ", "\u00a0") if len(argument) < WIDTH // 2 else argument


def target(names: Sequence[str]) -> str:
    """What a row of a matrix is unpacked into."""
    return f"({', '.join(names)})" if len(names) > 1 else f"({names[0]},)"


def taken_from(returned: Sequence[str], wanted: Collection[str], call: str, indent: str = "    ") -> list[str]:
    """The line that takes what is wanted of what a call returns; the longest row of others is passed over."""
    if not wanted:
        return []
    if len(returned) == 1:
        return [f"{indent}{returned[0]} = {call}"]
    runs = [(is_wanted, list(names)) for is_wanted, names in groupby(returned, key=lambda name: name in wanted)]
    longest = max((len(names) for is_wanted, names in runs if not is_wanted), default=0)
    targets: list[str] = []
    for is_wanted, names in runs:
        passed = longest > 2 and "*_" not in targets and len(names) == longest
        targets += names if is_wanted else ["*_"] if passed else ["_"] * len(names)
    return unpacked(targets, call, indent)


def packed(items: Sequence[str], indent: str) -> list[str]:
    """Items in as few lines as there is room for, each in one piece if a line has room for it."""
    found: list[str] = []
    for item in items:
        if found and len(found[-1]) + 1 + len(item) <= WIDTH:
            found[-1] += f" {item}"
        elif len(indent + item) <= WIDTH or not item.endswith("},"):
            found.append(indent + item)
        else:  # a dict may be broken between its entries, a string nowhere
            found += filled(item, indent)
    return found


def filled(source: str, indent: str) -> list[str]:
    """A text over as many lines as it takes, broken at spaces, and never behind an operator."""
    # A space that must hold becomes a no-break space for as long as the lines are being filled.
    held = _BEFORE_OPERATOR.sub(lambda match: f" {match[1]}\u00a0", source)
    wrapper = TextWrapper(
        width=WIDTH, initial_indent=indent, subsequent_indent=indent, break_long_words=False, break_on_hyphens=False
    )
    return [line.replace("\u00a0", " ") for line in wrapper.wrap(held)]
