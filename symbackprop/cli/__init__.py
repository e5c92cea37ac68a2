"""The command line: derive, paths, generate, train, predict, compare, demo."""

from .entry import EXAMPLES, Parser, main, parser

__all__ = ["EXAMPLES", "Parser", "main", "parser"]
