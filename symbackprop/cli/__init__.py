"""The command line: derive, paths, generate, train, predict, compare, demo.

In go arguments; out come text, files, an exit status, and one line for whatever is wrong. It must not know how anything
is derived, written or trained. What can be said without SymPy is said before it is imported: this package, its parser
and its commands' names import the standard library alone; the module of a command is imported when the command runs.
"""

from .arguments import parser
from .commands import EXAMPLES
from .entry import main
from .parsing import Parser

__all__ = ["EXAMPLES", "Parser", "main", "parser"]
