"""What can go wrong, one class per kind; each message says what, where and what to do."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from difflib import get_close_matches
from typing import Any


class SymbackpropError(Exception):
    """Base of every error that symbackprop raises on purpose."""


class ArchitectureError(SymbackpropError, ValueError):
    """The widths, the activations or the loss of a network do not make a network."""


class ModelError(SymbackpropError, ValueError):
    """Equations, parameters and data that do not make a model that could be trained."""


class UnknownNameError(SymbackpropError, ValueError):
    """A name that should be one of a known few is none of them."""


class ParameterError(SymbackpropError, ValueError):
    """A symbol cannot be differentiated with respect to, or was asked for and is not there."""


class PlaceError(ParameterError, IndexError):
    """A place, counted from 0, where nothing is: an IndexError too, as of a list."""


class SymbolNameError(SymbackpropError, ValueError):
    """A symbol's name is no plain identifier where it has to be one, or clashes with another symbol's."""


class UnsupportedError(SymbackpropError, NotImplementedError):
    """A piece of an expression has no place in the graph, or no NumPy source."""


class ExpressionError(SymbackpropError, ValueError):
    """A text that should be an expression cannot be read, or asks for what no expression has; it says the column."""


class ShapeError(SymbackpropError, ValueError):
    """Operands whose shapes do not fit each other."""


class SizeError(SymbackpropError, ValueError):
    """A formula that would be too long to print or to hold in SymPy."""


class DataError(SymbackpropError, ValueError):
    """Training data, or saved weights, that do not fit what they are used for."""


class ModuleError(SymbackpropError, ValueError):
    """A file that should be a module written by symbackprop is none."""


class Diverged(SymbackpropError, ArithmeticError):
    """The loss stopped being finite. `epoch` is where, `params` are the last good parameters, by name."""

    def __init__(self, epoch: int, params: dict[str, Any]) -> None:
        advice = "try a smaller learning rate" if epoch else "look at the data and the start values"
        super().__init__(
            f"the loss is {f'no longer finite in epoch {epoch}' if epoch else 'not finite at the start'}: {advice}"
        )
        self.epoch, self.params = epoch, params


class OutputError(SymbackpropError, OSError):
    """A file or folder that cannot be written."""


def listed(names: Sequence[str], most: int = 12) -> str:
    """Names for a message, no more than a few of them."""
    return ", ".join(names[:most]) + (f", ... ({len(names)} in all)" if len(names) > most else "")


def unknown_name(kind: str, name: object, known: Iterable[str]) -> UnknownNameError:
    """The error for a name that is none of `known`, with the nearest match where there is one."""
    names = sorted(known)
    near = get_close_matches(str(name), names, n=1, cutoff=0.5)
    hint = f"did you mean {near[0]!r}? " if near else ""
    return UnknownNameError(f"unknown {kind} {name!r}: {hint}choose one of {', '.join(names)}")
