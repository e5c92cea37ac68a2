"""The parser of the whole command line: what each command takes, as texts and numbers; nothing is looked up here."""

from __future__ import annotations

import argparse

from .. import __version__
from ..runtime.options import add_options, add_predict_options
from .choices import (
    ACTIVATIONS,
    COMPARED,
    DEFAULT_DIGITS,
    DEFAULT_METHOD,
    FORMATS,
    FORMS,
    GROWING,
    HEADINGS,
    LOSSES,
    METHODS,
    MOST_PATHS,
    NOTATIONS,
    PICTURES,
    STYLES,
    TARGETS,
)
from .commands import COMMANDS
from .parsing import Parser


def parser() -> Parser:
    """The parser of the whole command line."""
    top = Parser(prog="symbackprop", description="Reverse mode for SymPy: formulas, training code, and what they cost.")
    top.add_argument("--version", action="version", version=f"symbackprop {__version__}")
    commands = top.add_subparsers(dest="command", required=True, metavar="command", parser_class=Parser)
    for name, command in COMMANDS.items():
        says = f"{command.says[0].upper()}{command.says[1:]}."
        one = commands.add_parser(name, help=command.says, description=says, epilog=f"example: {command.example}")
        _OPTIONS[name](one)
    return top


_OR_EXPRESSION = "; or an expression, 'log(1 + exp(x*y))/x', or - for one from standard input"


def _network_options(command: Parser, expressions: bool = True) -> None:
    activations = ", ".join(ACTIVATIONS)
    widths = (
        "inputs, hidden units of each layer, outputs, with hyphens between: 2-2-1; or FILE.py:NAME, an sb.Model or "
        "sb.Network of one's own (this runs the file)"
    )
    command.add_argument("widths", nargs="?", help=f"{widths}{_OR_EXPRESSION if expressions else ''}")
    if expressions:
        command.add_argument("--wrt", metavar="NAMES", help="of an expression: what by, x,y say (default: all symbols)")
    command.add_argument(
        "--widths", dest="named", metavar="NAMES", help="the same; derive takes names: n0-n1-n2 holds for every width"
    )
    command.add_argument(
        "--form", help=f"{' or '.join(FORMS)}: a symbol for each weight, or a matrix for each layer (default: scalar)"
    )
    command.add_argument("--hidden", help=f"hidden activation: {activations} (default: tanh)")
    command.add_argument("--output", help="output activation: the same, or softmax (default: sigmoid)")
    command.add_argument("--loss", help=f"loss: {', '.join(LOSSES)} (default: the one made for the output)")


def _method_option(command: Parser) -> None:
    command.add_argument("--method", default=DEFAULT_METHOD, help=f"{', '.join(METHODS)} (default: {DEFAULT_METHOD})")


def _print_options(command: Parser) -> None:
    command.add_argument("--format", default="text", help=f"{', '.join(FORMATS)} (default: text)")
    command.add_argument("-o", "--output-file", help="write here instead of printing")
    looks = command.add_argument_group("how it looks")
    looks.add_argument("--notation", default=NOTATIONS[0], help=f"{', '.join(NOTATIONS)} (default: {NOTATIONS[0]})")
    looks.add_argument("--width", type=int, help="of a line: characters of text (default: 80), em of LaTeX, 22 say")
    looks.add_argument(
        "--headings", default=HEADINGS[0], help=f"what the title is in LaTeX: {', '.join(HEADINGS)} (default: section)"
    )
    looks.add_argument("--labels", metavar="PREFIX", help="in LaTeX, a \\label for each equation: eq: gives eq:z1_1")
    looks.add_argument("--equations-only", action="store_true", help="without sentences and tables")


def _derive_options(command: Parser) -> None:
    _network_options(command)
    _method_option(command)
    command.add_argument("--parameter", help="only this one, w1_2_1 or W1 say, and written out as well")
    _print_options(command)
    numbers = _number_options(command.add_argument_group("numbers put into the formulas"))
    numbers.add_argument("--check", action="store_true", help="a central difference beside each derivative")


def _number_options(group: argparse._ArgumentGroup, digits: int = DEFAULT_DIGITS) -> argparse._ArgumentGroup:
    """The options of a point."""
    group.add_argument(
        "--at",
        metavar="FILE",
        help="the parameters: what train wrote, or JSON of arrays by name; of an expression also x=1,y=2",
    )
    group.add_argument("--inputs", metavar="LIST", help="a number for each input, with commas between")
    group.add_argument("--targets", metavar="LIST", help="a number for each target, with commas between")
    group.add_argument("--digits", type=int, help=f"significant digits that are shown (default: {digits})")
    return group


def _step_options(command: Parser) -> None:
    _network_options(command, expressions=False)
    command.set_defaults(method=DEFAULT_METHOD)
    step = command.add_argument_group("the step; several samples stand between semicolons: --inputs '0,0; 0,1'")
    _number_options(step)
    step.add_argument("--rate", type=float, help="what the gradient is multiplied by (default: 0.1)")
    step.add_argument("--seed", type=int, default=0, help="of the start values, where --at names none (default: 0)")
    step.add_argument("--weights", metavar="FILE", help="write the new parameters here, for the next --at")
    _print_options(command)


def _paths_options(command: Parser) -> None:
    _network_options(command)
    command.set_defaults(method=DEFAULT_METHOD)
    command.add_argument(
        "--parameter", help="where the paths begin, w1_1_1 or z1_1 say (default: count those of every parameter)"
    )
    command.add_argument("--most", type=int, default=MOST_PATHS, help=f"how many to list (default: {MOST_PATHS})")
    _print_options(command)


def _diagram_options(command: Parser) -> None:
    _network_options(command)
    command.set_defaults(method=DEFAULT_METHOD, check=False)
    command.add_argument("--parameter", help="draw the paths from this one to the loss strong, the rest faint")
    command.add_argument("--layers", action="store_true", help="a box for each layer of the network, not for each unit")
    _number_options(command.add_argument_group("numbers in the picture"), 4)
    command.add_argument(
        "-o",
        "--output-file",
        help=f"the picture to write: {', '.join(f'.{name}' for name in PICTURES)} (default: list it)",
    )


def _generate_options(command: Parser) -> None:
    _network_options(command)
    _method_option(command)
    command.add_argument(
        "--style", default="fast", help=f"of --form matrix: {' or '.join(STYLES)}, in equal steps (default: fast)"
    )
    command.add_argument(
        "--target", default=TARGETS[0], help=f"what runs it: {' or '.join(TARGETS)} (default: {TARGETS[0]})"
    )
    command.add_argument("-o", "--output-file", required=True, help="the module to write")


def _train_options(command: Parser) -> None:
    command.add_argument(
        "module", help="a module that symbackprop generate wrote, or FILE.py:NAME (this runs the file)"
    )
    add_options(command)


def _predict_options(command: Parser) -> None:
    command.add_argument(
        "module", help="a module that symbackprop generate wrote, or FILE.py:NAME (this runs the file)"
    )
    add_predict_options(command)


def _demo_options(command: Parser) -> None:
    command.add_argument("--folder", default="symbackprop-demo", help="where its files go (default: symbackprop-demo)")


def _compare_options(command: Parser) -> None:
    command.add_argument(
        "networks",
        nargs="*",
        help="networks to compare, 2-2-1 8-8-8-1 say, instead of a range; or FILE.py:FUNCTION, which makes an sb.Model "
        "of each depth, or FILE.py:NAME, one model: that runs the file; or an expression, or - for standard input",
    )
    command.add_argument("--wrt", metavar="NAMES", help="of an expression: what by, x,y say (default: all symbols)")
    command.add_argument("--width", help="units in each layer, inputs and outputs too (default: 3)")
    command.add_argument("--depths", help="numbers of layers: 1-8, or 1,2,4; 1-64 takes 1, 2, 4, ... 64 (default: 1-8)")
    command.add_argument("--widths", help="let the width grow instead, in the same way")
    command.add_argument("--depth", help="layers, where the width grows (default: 3)")
    command.add_argument("--over", help=f"what grows, {', '.join(GROWING)}: it follows from the rest")
    command.add_argument("--methods", help=f"some of {', '.join(COMPARED)}, with commas between (default: all)")
    command.add_argument("--form", help=f"{' or '.join(FORMS)} (default: scalar)")
    command.add_argument("--hidden", help=f"hidden activation: {', '.join(ACTIVATIONS)} (default: tanh)")
    command.add_argument("--output", help="output activation: the same, or softmax (default: tanh)")
    command.add_argument("--loss", help=f"loss: {', '.join(LOSSES)} (default: the one made for the output)")
    command.add_argument("--budget", default="10", help="seconds for each method at each network (default: 10)")
    command.add_argument("--csv", help="write every row here")
    command.add_argument("--json", help="write rows and laws here")
    command.add_argument("--plot", help="draw operations, time, source and memory here: .png, .svg or .pdf")


_OPTIONS = {
    "derive": _derive_options,
    "paths": _paths_options,
    "step": _step_options,
    "diagram": _diagram_options,
    "generate": _generate_options,
    "train": _train_options,
    "predict": _predict_options,
    "compare": _compare_options,
    "demo": _demo_options,
}
