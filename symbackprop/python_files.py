"""Models of one's own on the command line: FILE.py:NAME, which runs the file and takes what the name stands for."""

from __future__ import annotations

import os
import sys
import traceback
from collections.abc import Callable
from contextlib import suppress
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType
from typing import Any

from .errors import ModelError, SymbackpropError, unknown_name
from .networks import Model


def named_model(text: str) -> Model:
    """The `Model` or `Network` that FILE.py:NAME stands for. That runs the file.

    Raises:
        ModelError: there is no such file, it does not run, or the name stands for something else.
        UnknownNameError: the file has no such name.
    """
    return model_of(named(text), None, text)


def model_of(found: Any, depth: int | None, text: str) -> Model:
    """The model that FILE.py:NAME stands for; with a depth, the one that the function of this name makes of it.

    Raises:
        ModelError: the name stands for something else, the function fails, or returns something else.
        SymbackpropError: the function passes on one of our own errors.
    """
    if depth is not None:
        return _made(found, depth, text)
    if isinstance(found, Model):
        return found
    is_function = callable(found) and not isinstance(found, type)
    hint = ": compare takes functions, here name a model that one returned" if is_function else ""
    raise ModelError(f"{text!r} is {_kind(found)}, it must be an sb.Model or sb.Network{hint}")


def _made(function: Callable[[int], Any], depth: int, text: str) -> Model:
    try:
        found = function(depth)
    except SymbackpropError as error:
        raise type(error)(f"{text!r} at depth {depth}: {error}") from error
    except (Exception, SystemExit) as error:
        raise ModelError(f"{text!r} fails at depth {depth}: {_told(error)}") from error
    if not isinstance(found, Model):
        raise ModelError(
            f"what {text!r} returns at depth {depth} is {_kind(found)}, it must be an sb.Model or sb.Network"
        )
    return found


def named(text: str) -> Any:
    """What FILE.py:NAME stands for. That runs the file.

    Raises:
        ModelError: there is no such file, or it does not run.
        UnknownNameError: the file has no such name.
    """
    path, _, name = text.rpartition(":")
    module = _executed(path)
    if not hasattr(module, name):
        names = [key for key, value in vars(module).items() if isinstance(value, Model) or callable(value)]
        if not names:
            raise ModelError(f"{path!r} defines no {name!r}, nor any other model")
        raise unknown_name(f"name in {path}", name, names)
    return getattr(module, name)


def _executed(path: str) -> ModuleType:
    """The file as a module of its own, which finds what lies beside it, as a script does."""
    if not os.path.isfile(path):
        raise ModelError(f"there is no file {path!r}: write FILE.py:NAME, where FILE.py defines NAME")
    where = Path(path).resolve()
    name = f"symbackprop file {where}"  # no other module's name; dataclasses look their module up
    if name in sys.modules:
        raise ModelError(f"{path!r} asks for itself while it is run: put that under if __name__ == '__main__'")
    spec = spec_from_file_location(name, path)
    assert spec is not None
    assert spec.loader is not None
    module = sys.modules[name] = module_from_spec(spec)
    sys.path.insert(0, str(where.parent))
    try:
        spec.loader.exec_module(module)
    except (Exception, SystemExit) as error:
        raise ModelError(f"{path!r} does not run: {_told(error)}") from error
    finally:
        del sys.modules[name]
        with suppress(ValueError):  # the file may have changed the path itself
            sys.path.remove(str(where.parent))
    return module


def _told(error: BaseException) -> str:
    """An error with the last line that it comes from which is none of ours."""
    frames = traceback.extract_tb(error.__traceback__)
    lines = [frame.lineno for frame in frames if not frame.filename.startswith((_OURS, "<frozen"))][-1:]
    lines = [error.lineno] if isinstance(error, SyntaxError) else lines
    where = f" in line {lines[0]}" if lines else ""
    says = " ".join(str(error).split())[:200]
    return f"{type(error).__name__}{where}{': ' if says else ''}{says}"


_OURS = str(Path(__file__).parent)


def _kind(value: Any) -> str:
    return "a function" if callable(value) and not isinstance(value, type) else f"of type {type(value).__name__}"
