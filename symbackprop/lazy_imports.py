"""What is imported when it is first asked for, so that a door opens at once: only here does a name become a module."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from importlib import import_module
from importlib.machinery import PathFinder
from typing import Any


def imported(package: str, name: str) -> Any:
    """The module of that name in a package."""
    return import_module(f"{package}.{name}")


def library(name: str) -> Any:
    """A library that may be absent: its module, or None."""
    try:
        return import_module(name)
    except ImportError:
        return None


class Deferred:
    """A library that is imported when something of it is first asked for; an ImportError says that it is absent."""

    def __init__(self, name: str) -> None:
        self._name = name

    def __getattr__(self, name: str) -> Any:
        return getattr(import_module(self._name), name)


def attributes(
    package: str, where: Mapping[str, str], modules: tuple[str, ...] = ()
) -> tuple[Callable[[str], Any], Callable[[], list[str]]]:
    """`__getattr__` and `__dir__` of a package that has its names from elsewhere (PEP 562).

    Args:
        package: its `__name__`.
        where: by name, the module of the package that has it, "api" say, or "runtime:load_module", where it is called
            something else.
        modules: of the package, that `dir` tells of too.

    All its modules are attributes as well, imported or not, as they are of a package that imports them all.
    """

    def get(name: str) -> Any:
        own = sys.modules[package]
        if name in where:
            module, _, other = where[name].partition(":")
            value = getattr(imported(package, module), other or name)
        elif _is_module(package, name):
            value = imported(package, name)
        else:  # with these two Python says itself what else was meant
            raise AttributeError(f"module {package!r} has no attribute {name!r}", name=name, obj=own)
        setattr(own, name, value)  # from now on Python finds it without asking here
        return value

    def told() -> list[str]:
        """What the package offers, and not what else it happens to hold."""
        return sorted({*where, *modules, *(name for name in vars(sys.modules[package]) if name.startswith("__"))})

    return get, told


def _is_module(package: str, name: str) -> bool:
    """Whether a package has a module of that name; one that begins with an underscore is nobody else's business."""
    if name.startswith("_") or not name.isidentifier():
        return False
    spec = PathFinder.find_spec(f"{package}.{name}", sys.modules[package].__path__)
    return spec is not None and spec.origin is not None  # a folder of data has none
