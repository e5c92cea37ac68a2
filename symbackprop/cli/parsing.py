"""A parser whose errors are one line, like all others, and say what else may have been meant."""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Iterable, Sequence
from difflib import get_close_matches
from itertools import takewhile
from typing import Any, NoReturn

from .messages import one_line


class Parser(argparse.ArgumentParser):
    """A parser whose errors are one line, like all others."""

    def error(self, message: str) -> NoReturn:
        """Print the error and what to do, and leave with status 2."""
        self.exit(2, f"error: {one_line(message)}; see '{self.prog} --help'\n")

    def _print_message(self, message: str, file: Any = None) -> None:
        """As argparse does, but a device that is full is an error."""
        if message:
            (file or sys.stderr).write(message)

    def parse_known_args(  # type: ignore[override]  # argparse spells out what is taken as three overloads
        self, args: Sequence[str] | None = None, namespace: Any = None
    ) -> Any:
        """As argparse does, but what is unknown is refused here, by the command that it was meant for."""
        given = [_no_option(text) for text in (sys.argv[1:] if args is None else args)]
        self._refuse_near(given)
        found, unknown = super().parse_known_args(given, namespace)
        if unknown:
            self.error(f"unrecognized arguments: {' '.join(unknown)}{_as_widths(found, unknown)}")
        return found, unknown

    def _refuse_near(self, given: Iterable[str]) -> None:
        """Refuse the first option that is nearly one of ours, before it is told that the right one is missing."""
        known = [option[2:] for option in self._option_string_actions if option.startswith("--")]
        for name in self._options_in(given):
            near = [] if any(option.startswith(name) for option in known) else nearest(name, known)
            if near:
                self.error(f"unrecognized arguments: --{name} (did you mean --{near[0]}?)")
            if self._subparsers and not any(option.startswith(name) for option in known):
                self.error(f"unrecognized arguments: --{name} (the options of a command go behind its name)")

    def _options_in(self, given: Iterable[str]) -> list[str]:
        """The names of what looks like long options: up to the command, if there are commands, or to --."""
        own = takewhile((lambda text: text.startswith("-")) if self._subparsers else (lambda text: text != "--"), given)
        return [text[2:].partition("=")[0] for text in own if text.startswith("--") and " " not in text]

    def _check_value(self, action: argparse.Action, value: Any) -> None:
        """As argparse does, with the nearest of the choices where there is one."""
        near = nearest(value, action.choices or ())
        if near and value not in (action.choices or ()):
            choices = ", ".join(map(repr, action.choices or ()))
            raise argparse.ArgumentError(
                action, f"invalid choice: {value!r} (did you mean {near[0]!r}? choose from {choices})"
            )
        super()._check_value(action, value)


def _no_option(text: str) -> str:
    """A text, with a blank in front of an expression that begins with minus, which would be taken for an option.

    What stands behind -o without a blank is a path, which may hold / and - but none of the other signs.
    """
    return f" {text}" if re.fullmatch(r"-(?!-)(?:.*[*(+].*|[^o].*[-/].*)", text, re.DOTALL) else text


def nearest(text: object, known: Iterable[Any]) -> list[str]:
    """The nearest of the known names, if one is near."""
    return get_close_matches(str(text), [str(name) for name in known], n=1)


def _as_widths(found: Any, unknown: Sequence[str]) -> str:
    """Widths with spaces between, as they have to be written."""
    widths = [str(getattr(found, "widths", None)), *unknown]
    are_widths = all(text.isascii() and text.isdigit() for text in widths)
    return f" (write the network as {'-'.join(widths)})" if are_widths else ""
