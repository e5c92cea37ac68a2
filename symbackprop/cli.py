"""The command line: derive, paths, generate, train, predict, compare, demo."""

from __future__ import annotations

import argparse
import io
import os
import sys
from collections.abc import Callable, Sequence
from itertools import pairwise
from keyword import iskeyword
from pathlib import Path
from types import ModuleType
from typing import Any, NoReturn

import sympy as sp
from rich.console import Console

from . import __version__, demo, runtime, training
from .api import derive
from .atomic_writes import write_text
from .codegen import STYLES
from .comparison import PAGE
from .comparison import commands as comparing
from .derivation import DEFAULT, METHODS, WAYS
from .errors import ArchitectureError, SizeError, SymbackpropError
from .formulas import FORMATS, MOST_PATHS, rendered
from .networks import ACTIVATIONS, FORMS, LOSSES, Model, Network
from .python_files import check_apart, is_named, named_model

MOST_PRINTED, MOST_GENERATED = 5_000, 100_000
"""Parameters whose formulas, and whose code, take seconds: beyond them come minutes."""

EXAMPLES = {
    "derive": "symbackprop derive 2-2-1 --hidden tanh --output sigmoid --loss bce --parameter w1_2_1",
    "paths": "symbackprop paths 2-2-2-1 --parameter w1_1_1",
    "generate": "symbackprop generate 2-3-1 --hidden tanh --output sigmoid --loss bce -o xor.py",
    "train": "symbackprop train generated/iris.py examples/data/iris.csv --target species --epochs 200",
    "predict": "symbackprop predict generated/iris.py iris.npz examples/data/iris.csv",
    "compare": "symbackprop compare --width 3 --depths 1-8 --plot cost.svg",
    "demo": "symbackprop demo --folder symbackprop-demo",
}


class Parser(argparse.ArgumentParser):
    """A parser whose errors are one line, like all others."""

    def error(self, message: str) -> NoReturn:
        """Print the error and what to do, and leave with status 2."""
        self.exit(2, f"error: {_one_line(message)}; see '{self.prog} --help'\n")


def _one_line(message: object) -> str:
    """A message on one line, without the control characters that a file name may hold."""
    return _printable(" ".join(str(message).split()))


def _printable(line: str) -> str:
    return "".join(character if character.isprintable() else "?" for character in line)


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; returns the exit status: 0, or 2 for anything that was wrong with the input."""
    if isinstance(sys.stdout, io.TextIOWrapper):  # formulas need more letters than a plain pipe may have
        sys.stdout.reconfigure(encoding="utf-8", errors="replace")
    options = parser().parse_args(argv)
    run: Callable[[argparse.Namespace], int | None] = options.run
    try:
        status = run(options) or 0
        sys.stdout.flush()
    except SymbackpropError as error:
        print(f"error: {_one_line(error)}", file=sys.stderr)
        return 2
    except BrokenPipeError:  # the reader, `head` say, has seen enough
        return _without_output(0)
    except OSError as error:  # a full disk behind the output
        print(f"error: cannot write the output: {_one_line(error.strerror)}; make room, or give -o", file=sys.stderr)
        return _without_output(2)
    except KeyboardInterrupt:
        print("error: interrupted", file=sys.stderr)
        return 130
    return status


def _without_output(status: int) -> int:
    """The status, after which Python has nothing left to write, and so nothing to complain of."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return status


def parser() -> Parser:
    """The parser of the whole command line."""
    top = Parser(prog="symbackprop", description="Reverse mode for SymPy: formulas, training code, and what they cost.")
    top.add_argument("--version", action="version", version=f"symbackprop {__version__}")
    commands = top.add_subparsers(dest="command", required=True, metavar="command", parser_class=Parser)
    _derive_options(_command(commands, "derive", "print every derivative with its chain rule", _derive))
    _paths_options(_command(commands, "paths", "list the paths from a weight to the loss, and what they share", _paths))
    _generate_options(
        _command(commands, "generate", "write a standalone NumPy module that trains the network", _generate)
    )
    _train_options(_command(commands, "train", "train a generated module on a CSV file", _train))
    _predict_options(_command(commands, "predict", "say what a trained module makes of a CSV file", _predict))
    comparing.add_options(_command(commands, "compare", "measure what sharing saves as layers grow", _compare))
    _demo_options(_command(commands, "demo", "the whole story in under a minute", _demo))
    return top


def _command(
    commands: argparse._SubParsersAction[Parser], name: str, says: str, run: Callable[[argparse.Namespace], int | None]
) -> Parser:
    command = commands.add_parser(
        name, help=says, description=f"{says[0].upper()}{says[1:]}.", epilog=f"example: {EXAMPLES[name]}"
    )
    command.set_defaults(run=run)
    return command


def _network_options(command: Parser) -> None:
    activations = ", ".join(ACTIVATIONS)
    widths = (
        "inputs, hidden units of each layer, outputs, with hyphens between: 2-2-1; or FILE.py:NAME, an sb.Model or "
        "sb.Network of one's own (this runs the file)"
    )
    command.add_argument("widths", nargs="?", help=widths)
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
    command.add_argument("--method", default=DEFAULT, help=f"{', '.join(METHODS)} (default: {DEFAULT})")


def _print_options(command: Parser) -> None:
    command.add_argument("--format", default="text", help=f"{', '.join(FORMATS)} (default: text)")
    command.add_argument("-o", "--output-file", help="write here instead of printing")


def _derive_options(command: Parser) -> None:
    _network_options(command)
    _method_option(command)
    command.add_argument("--parameter", help="only this one, w1_2_1 or W1 say, and written out as well")
    _print_options(command)


def _paths_options(command: Parser) -> None:
    _network_options(command)
    command.set_defaults(method=DEFAULT)
    command.add_argument(
        "--parameter", help="where the paths begin, w1_1_1 or z1_1 say (default: count those of every parameter)"
    )
    command.add_argument("--most", type=int, default=MOST_PATHS, help=f"how many to list (default: {MOST_PATHS})")
    _print_options(command)


def _generate_options(command: Parser) -> None:
    _network_options(command)
    _method_option(command)
    command.add_argument(
        "--style", default="fast", help=f"of --form matrix: {' or '.join(STYLES)}, in equal steps (default: fast)"
    )
    command.add_argument("-o", "--output-file", required=True, help="the module to write")


def _train_options(command: Parser) -> None:
    command.add_argument(
        "module", help="a module that symbackprop generate wrote, or FILE.py:NAME (this runs the file)"
    )
    runtime.add_options(command)


def _predict_options(command: Parser) -> None:
    command.add_argument(
        "module", help="a module that symbackprop generate wrote, or FILE.py:NAME (this runs the file)"
    )
    runtime.add_predict_options(command)


def _demo_options(command: Parser) -> None:
    command.add_argument("--folder", default="symbackprop-demo", help="where its files go (default: symbackprop-demo)")


def _model(options: argparse.Namespace, most: int) -> Model:
    """What is to be derived: a network by its widths, or a model of the user's own."""
    if options.widths is not None and options.widths.endswith(".py"):
        raise ArchitectureError(f"{options.widths!r} may hold several models: write {options.widths}:NAME")
    if options.widths is None or not is_named(options.widths):
        model: Model = _network(options, most)
    else:
        given = [name for name in ("named", "form", "hidden", "output", "loss") if getattr(options, name) is not None]
        if given:
            option = "widths" if given[0] == "named" else given[0]
            raise ArchitectureError(f"--{option} describes a network by its widths: leave it out with FILE.py:NAME")
        check_apart(options.widths, options.output_file)
        model = named_model(options.widths)
        if model.form == "scalar":
            _check_size(f"{options.widths[:80]!r} has", len(model.parameters), most)
    _check_method(options.method, model)
    return model


def _check_method(method: str, model: Model) -> None:
    if model.form == "matrix" and method in WAYS and not WAYS[method].takes_matrices:
        instead = "leave --form matrix" if isinstance(model, Network) else "write the model in scalars,"
        raise ArchitectureError(f"method {method} takes each weight by itself: {instead} or --method {method} out")


def _network(options: argparse.Namespace, most: int) -> Network:
    text = _given_widths(options)
    names = any(part.isidentifier() for part in text.split("-"))
    form = options.form or ("matrix" if names and options.named else "scalar")
    widths = _widths(text, form == "matrix")
    if form == "scalar":
        _check_size(f"widths {text[:40]!r} make", sum(above * (below + 1) for below, above in pairwise(widths)), most)
    hidden, output = ("tanh" if options.hidden is None else options.hidden), options.output
    network = Network(widths, hidden, "sigmoid" if output is None else output, options.loss, form)
    _check_width_names(network)
    return network


def _check_width_names(network: Network) -> None:
    """A width called like a quantity would be printed like it."""
    taken = {symbol.name for symbol, _ in network.equations}
    taken |= {symbol.name for symbol in (*network.inputs, *network.targets, *network.parameters)}
    for width in network.widths:
        if str(width) in taken:
            raise ArchitectureError(f"a width is called {width}, as something in the network is: choose another name")


def _given_widths(options: argparse.Namespace) -> str:
    given: list[str] = [text for text in (options.widths, options.named) if text is not None]
    if len(given) != 1:
        raise ArchitectureError(f"widths are given {'twice' if given else 'nowhere'}: write them once, as in 2-2-1")
    return given[0]


def _check_size(which: str, parameters: int, most: int) -> None:
    if parameters > most:
        raise SizeError(
            f"{which} {parameters:,} parameters, each a symbol of its own: "
            f"choose smaller widths, for at most {most:,}, or --form matrix"
        )


def _widths(text: str, named: bool) -> list[Any]:
    """Numbers; and names, which become symbols as they stand, where the form has a use for them."""
    widths = [_width(part, named) for part in text.split("-")]
    if None not in widths:
        return widths
    if not named and all(part.isdigit() or part.isidentifier() for part in text.split("-")):
        raise ArchitectureError(f"widths {text[:40]!r} have names, and only --form matrix takes names: write 2-2-1")
    raise ArchitectureError(
        f"widths {text[:40]!r} are not positive integers {'or names ' if named else ''}with hyphens between: "
        f"write {'784-128-10 or n0-n1-n2' if named else '2-2-1'}"
    )


def _width(part: str, named: bool) -> Any:
    if part.isascii() and part.isdigit() and len(part) < 10:
        return int(part)
    plain = part.isascii() and part.isidentifier() and not iskeyword(part) and len(part) < 10
    return sp.Symbol(part, integer=True, positive=True) if named and plain else None


def _derive(options: argparse.Namespace) -> None:
    derived = derive(_model(options, MOST_PRINTED), method=options.method)
    _print_or_write(derived.formulas(options.format, options.parameter), options.output_file)


def _paths(options: argparse.Namespace) -> None:
    model = _model(options, MOST_PRINTED)
    if model.form == "matrix":
        instead = "leave --form matrix and names of widths out" if isinstance(model, Network) else "write it in scalars"
        raise ArchitectureError(f"paths lead from one number to the next, and this model has matrices: {instead}")
    told = derive(model).paths(options.parameter, options.most)
    _print_or_write(rendered(told.document, options.format), options.output_file)


def _print_or_write(text: str, path: str | None) -> None:
    if path is None:
        print(text.rstrip("\n"))
    else:
        print(_wrote(write_text(path, text.rstrip("\n") + "\n")))


def _generate(options: argparse.Namespace) -> None:
    derived = derive(_model(options, MOST_GENERATED), method=options.method)
    print(_wrote(derived.write(options.output_file, options.style)))


def _wrote(path: Path) -> str:
    return _printable(f"wrote {path}")


def _train(options: argparse.Namespace) -> None:
    module = _module(options.module)
    options.weights = options.weights or runtime.default_weights(options.module)
    print("\n".join(map(_printable, training.fit(module, options, Console(stderr=True)))))


def _module(text: str) -> ModuleType:
    """The module that a file holds, or that is generated for a model of the user's own."""
    if not is_named(text):
        return runtime.load_module(text)
    return derive(named_model(text)).module(file=text.rpartition(":")[0])


def _predict(options: argparse.Namespace) -> None:
    print("\n".join(map(_printable, runtime.told_predictions(_module(options.module), options))))


def _compare(options: argparse.Namespace) -> int:
    """130, as for any program that was interrupted, if the rows end early."""
    wide = None if sys.stdout.isatty() else PAGE
    return 0 if comparing.run(options, Console(width=wide), Console(stderr=True)) else 130


def _demo(options: argparse.Namespace) -> None:
    demo.run(Path(options.folder), Console())
