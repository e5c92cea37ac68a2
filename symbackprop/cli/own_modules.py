"""The module of a model of one's own, for the commands that otherwise need no SymPy."""

from __future__ import annotations

from types import ModuleType

from ..api import derive
from ..python_files import named_model


def module_of_model(text: str) -> ModuleType:
    """The module that is generated for the model FILE.py:NAME. That runs the file.

    Raises:
        ModelError: there is no such file, it does not run, or the name stands for something else.
        UnknownNameError: the file has no such name.
        UnsupportedError: an operation of the model has no derivative, or no NumPy source.
    """
    return derive(named_model(text)).module(file=text.rpartition(":")[0])
