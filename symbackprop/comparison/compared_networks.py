"""Which networks are compared: what is asked for in numbers, and everything about it that cannot be."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from itertools import islice
from operator import index
from typing import Any

from ..derivation import METHODS, WAYS, has_private_forward
from ..errors import ArchitectureError, SizeError, unknown_name
from ..networks import FORMS, Network, name_of
from .rows import DEPTH, PARAMETERS, WIDTH, AnySubject, Subject, parameters_of

_SHOWN = ("naive", "naive+cse", "sympy-forward", "forward", "backprop")
METHODS_OF = {"scalar": _SHOWN, "matrix": tuple(name for name in _SHOWN if WAYS[name].takes_matrices)}
"""The methods that there are for each form, in the order in which they are shown."""
_NETWORK = re.compile(r"[1-9][0-9]{0,5}(?:-[1-9][0-9]{0,5})+")
_MOST = {"scalar": 100_000, "matrix": 100_000_000}
"""Parameters that a network may have: symbols that take seconds, numbers that memory holds."""
_MOST_SIZES = 1_000
"""Networks of one comparison."""
_MOST_WIDTHS = 100_000
"""Layers of one network that is given by its widths."""


def subjects_of(
    sizes: Mapping[str, Any], architectures: Iterable[Sequence[int]] | None, options: Mapping[str, Any]
) -> tuple[str, list[Subject]]:
    """What grows, and the networks by its size: as many layers of one width, or as many widths, or just networks.

    Args:
        sizes: width, depths, widths, depth: by default 1 to 8 layers of 3 units, or widths at 3 layers.
        architectures: widths layer by layer of each network, in place of all these.
        options: hidden, output, loss, form; None for what is usual.

    Raises:
        ArchitectureError: a number is not from 1 up, both grow, or there is nothing to compare.
        SizeError: a network has too many parameters for a symbol each.
        UnknownNameError: there is no such activation, loss or form.
    """
    options = _USUAL | {name: value for name, value in options.items() if value is not None}
    options |= {name: name_of(options[name]) for name in ("hidden", "output")}
    if architectures is None:
        over, sized = _by_size(sizes)
    else:
        if any(size is not None for size in sizes.values()):
            raise ArchitectureError("networks and sizes are both given: leave width, depths, widths and depth out")
        found = [_checked_widths(architecture) for architecture in _listed("architectures", architectures)]
        over, sized = PARAMETERS, [(parameters_of(each), each) for each in found]
    if not sized:
        raise ArchitectureError("there is nothing to compare: give depths, widths or architectures")
    subjects = [Subject(each, size, **options) for size, each in sorted(set(sized))]
    return over, [_checked(subject) for subject in subjects]


_USUAL = {"hidden": "tanh", "output": "tanh", "loss": None, "form": "scalar"}


def _by_size(sizes: Mapping[str, Any]) -> tuple[str, list[tuple[int, tuple[int, ...]]]]:
    """What grows, and the size and the widths of each network."""
    one_width = sizes["widths"] is None
    layers = numbers_of(sizes, "depth", range(1, 9) if one_width else 3)
    units = numbers_of(sizes, "width", 3)
    if len(layers) > 1 and len(units) > 1:
        raise ArchitectureError("depths and widths both grow: let one grow, and give one number for the other")
    over = WIDTH if len(units) > 1 else DEPTH
    return over, [(unit if over == WIDTH else layer, (unit,) * (layer + 1)) for layer in layers for unit in units]


def numbers_of(sizes: Mapping[str, Any], what: str, usual: Any) -> list[int]:
    """The sizes that are given as one number or as a list of them, "depth" or "depths" say.

    Raises:
        ArchitectureError: there are both, or what is given are not whole numbers from 1 up.
        SizeError: there are too many.
    """
    one, several = sizes[what], sizes[f"{what}s"]
    if one is not None and several is not None:
        raise ArchitectureError("one number and a list of them are both given: leave one out")
    return _numbers(what, next((given for given in (one, several) if given is not None), usual))


def _numbers(what: str, given: Iterable[int] | int) -> list[int]:
    is_list = isinstance(given, Iterable) and getattr(given, "shape", None) != ()  # an array may be one number
    listed = _listed(f"{what}s", given) if is_list else [given]
    if not listed:
        raise ArchitectureError(f"the list of {what}s is empty: give at least one")
    return sorted({_number(what, number) for number in listed})


def _number(what: str, given: Any) -> int:
    """A whole number of any kind that counts as one, NumPy's for example."""
    try:
        number = 0 if isinstance(given, bool) else index(given)
    except TypeError:
        number = 0
    if number < 1:
        hint = ": several networks are architectures=[(2, 2, 1)]" if isinstance(given, str | tuple | list) else ""
        raise ArchitectureError(f"{what} {str(given)[:40]!r} is not a whole number from 1 up{hint}")
    return number


def _listed(what: str, given: Any) -> list[Any]:
    if not isinstance(given, Iterable):
        raise ArchitectureError(f"{what} {str(given)[:40]!r} is no list: give one of several")
    listed = list(islice(given, _MOST_SIZES + 1))
    if len(listed) > _MOST_SIZES:
        raise SizeError(f"there are more than {_MOST_SIZES} {what}: give fewer")
    return listed


def _checked_widths(architecture: Sequence[int]) -> tuple[int, ...]:
    if isinstance(architecture, str):
        if _NETWORK.fullmatch(architecture) is None:
            raise ArchitectureError(
                f"{architecture[:40]!r} is no network: write widths from 1 up with hyphens between, 2-2-1, "
                "or FILE.py:NAME"
            )
        architecture = [int(width) for width in architecture.split("-")]
    widths = list(islice(architecture, _MOST_WIDTHS + 1)) if isinstance(architecture, Iterable) else []
    if not 2 <= len(widths) <= _MOST_WIDTHS:
        raise ArchitectureError(
            f"{str(architecture)[:40]!r} are not the widths of a network: give inputs and outputs at least, (2, 1)"
        )
    return tuple(_number("width", width) for width in widths)


def _checked(subject: Subject) -> Subject:
    """The subject, its loss by name; refused at the door is what would fail in the process that measures."""
    if not isinstance(subject.form, str) or subject.form not in FORMS:
        raise unknown_name("form", subject.form, FORMS)
    check_size(subject)
    smallest = (subject.widths[-1],) * 2  # activations, loss and outputs are the same for all: ask a small one
    network = Network(smallest, subject.hidden, subject.output, subject.loss, subject.form)
    return replace(subject, loss=network.loss_name)


def check_size(subject: AnySubject) -> None:
    """Refuse what has more parameters than can be held.

    Raises:
        SizeError: it has.
    """
    if subject.parameters > _MOST[subject.form]:
        scalar = subject.form == "scalar"
        raise SizeError(
            f"{subject.name} has {subject.parameters:,} parameters{', each a symbol of its own' * scalar}: choose a "
            f"{subject.words.one} of at most {_MOST[subject.form]:,}{', or the matrix form' * scalar}"
        )


def checked_methods(methods: Iterable[str] | None, form: str) -> list[str]:
    """The methods to compare, in the order of the tables.

    Raises:
        ArchitectureError: there are none, or one that is not there for this form.
        UnknownNameError: there is no such method.
    """
    if methods is None:
        return list(METHODS_OF[form])
    asked = [methods] if isinstance(methods, str) else _listed("methods", methods)
    for method in asked:
        if not isinstance(method, str) or method not in METHODS:
            raise unknown_name("method", method, METHODS)
        if method not in METHODS_OF[form]:
            raise ArchitectureError(
                f"method {method!r} takes each weight by itself, and form {form!r} has none: "
                f"choose {', '.join(METHODS_OF[form])}"
            )
    if not asked:
        raise ArchitectureError(f"methods is empty: choose some of {', '.join(METHODS_OF[form])}")
    return [method for method in METHODS_OF[form] if method in asked]


def missing(method: str) -> str:
    """Why a method cannot run at all; nothing if it can."""
    if WAYS[method].is_private and not has_private_forward():
        return "this SymPy has no private forward mode; 1.14 has"
    return ""
