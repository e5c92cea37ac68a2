"""Derivations as Python functions, by way of the same text that a generated module holds."""

from __future__ import annotations

import inspect
import math
import re
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import numpy as np

from ..derivation import Sweep
from ..errors import ParameterError
from ..graph import Node
from . import arguments, layout, special
from .names import Identifiers
from .program import Program, shared_program, symbols_in

_HELPER = re.compile(r"\b_[a-z]\w*(?=\()")
_ANNOTATION = re.compile(r": (Any|int|float|Callable\[\[float\], float\])(?=[,)])| -> (Any|float)(?=:)|  # noqa: \w+")


HELPERS: dict[str, Any] = {
    name: value
    for part in (special, arguments)
    for name, value in vars(part).items()
    if name.startswith("_") and not name.startswith("__")
}
"""What generated code may call, by name: the functions of `special` and of `arguments`."""

_NEEDS = special.NEEDS | {
    "_shaped": ("_alike",),
    "_checked": ("_real", "_dtype", "_expected", "_compact", "_misshapen"),
}


def helpers(text: str) -> list[str]:
    """The helpers that a text calls, with what they call, in the order of their files."""
    called = {name for name in _HELPER.findall(text) if name in HELPERS}
    needed = called | {other for name in called for other in _NEEDS.get(name, ())}
    return [name for name in HELPERS if name in needed]


def helper_source(names: Iterable[str]) -> str:
    """The source of functions of `special`, without their type annotations."""
    return "\n\n\n".join(_helper_source(name) for name in names)


def _helper_source(name: str) -> str:
    value = HELPERS[name]
    if not callable(value):
        return f"{name} = {value!r}"
    return _ANNOTATION.sub("", inspect.getsource(value)).rstrip()


def executed(source: str, name: str) -> Any:
    """The function `name` of a source text that this package has generated.

    The only place where text becomes code: every identifier in it went through `Identifiers`, and everything else in
    it comes from the tables of `numpy_source` and from numbers.
    """
    namespace: dict[str, Any] = {"np": np, "math": math}
    namespace |= {name: HELPERS[name] for name in helpers(source)}
    exec(compile(source, "<symbackprop>", "exec"), namespace)
    return namespace[name]


class CompiledFunction:
    """f(*values) or f(name=value, ...) -> (value, {name: derivative}); arrays broadcast.

    Attributes:
        arguments: the names of the arguments, in order.
        source: the generated text.
    """

    def __init__(self, arguments: Sequence[str], source: str, function: Callable[..., Any]) -> None:
        self.arguments = tuple(arguments)
        self.source = source
        self._function = function

    def __repr__(self) -> str:
        return f"CompiledFunction({', '.join(self.arguments)})"

    def __call__(self, /, *values: Any, **named: Any) -> tuple[Any, dict[str, Any]]:
        """The value and every derivative, at numbers or arrays.

        Raises:
            ParameterError: an argument is missing, unknown or given twice.
        """
        given = self._ordered(values, named)
        value, gradients = self._function(*map(floating, self.arguments, given))
        return _plain(value), {name: _plain(gradient) for name, gradient in gradients.items()}

    def _ordered(self, values: tuple[Any, ...], named: dict[str, Any]) -> list[Any]:
        given = dict(zip(self.arguments, values, strict=False))
        wrong = [name for name in named if name in given or name not in self.arguments]
        given |= named
        missing = [name for name in self.arguments if name not in given]
        if wrong or missing or len(values) > len(self.arguments):
            raise ParameterError(
                f"the function takes {', '.join(self.arguments)}: got {len(values)} by position"
                + (f" and {', '.join(named)} by name" if named else "")
            )
        return [given[name] for name in self.arguments]


def floating(name: str, value: Any) -> Any:
    """A number or array of real numbers as floats; text is refused, not read."""
    array = np.asarray(value)
    if array.dtype.kind == "f":
        return array
    try:
        if array.dtype.kind in "biu" or all(hasattr(part, "__float__") for part in array.ravel().tolist()):
            return array.astype(np.float64)
    except (TypeError, ValueError):
        pass
    raise ParameterError(f"{name} must be a real number or an array of real numbers, got {type(value).__name__}")


def _plain(value: Any) -> Any:
    """A float, or an array of floats that is no read-only view."""
    if np.ndim(value) == 0:
        return float(value)
    return np.array(value, dtype=value.dtype if value.dtype.kind == "f" else np.float64)


def expression_function(derivation: Sweep) -> CompiledFunction:
    """A derivation as a function of its symbols: those of `wrt` first, then the others by name."""
    data = sorted(set(_symbols(derivation)) - set(derivation.varied), key=lambda symbol: symbol.name)
    arguments = [*derivation.varied, *data]
    names = Identifiers(["evaluate", "shape", *vars(special)])
    heads = [names.of(symbol) for symbol in arguments]
    program = shared_program(derivation, _roots(derivation), names)
    source = "\n".join(_evaluate_lines(derivation, heads, program)) + "\n"
    return CompiledFunction([symbol.name for symbol in arguments], source, executed(source, "evaluate"))


def silenced(lines: Iterable[str]) -> list[str]:
    """The decorator of a function in which an overflow, or what a choice does not choose, is no concern."""
    return ['@np.errstate(all="ignore")'] if any(mark in line for line in lines for mark in _NOISY) else []


_NOISY = ("np.where(", "/ (1.0 +", "np.exp(-", "+ 1.0)")


def quietly(program: Program) -> list[str]:
    """The decorator of a function that chooses between values: the one not chosen must not raise a warning."""
    return ['@np.errstate(all="ignore")'] if "np.where(" in program.text() else []


def _symbols(derivation: Sweep) -> list[Any]:
    return symbols_in(derivation.graph, _roots(derivation))


def _roots(derivation: Sweep) -> list[Node]:
    return [derivation.loss_node, *derivation.gradient_nodes.values()]


def _evaluate_lines(derivation: Sweep, heads: list[str], program: Program) -> list[str]:
    lines = [*quietly(program), *layout.called("def evaluate(", heads, "):", "")]
    for line in program.lines:
        lines += layout.assignment(line.target, line.source)
    values = [program.values[node] for node in _roots(derivation)]
    lines += layout.called("shape = np.broadcast_shapes(", [f"np.shape({head})" for head in heads], ")")
    lines += ["    value, *gradients = ("]
    lines += [f"        np.broadcast_to({value}, shape)," for value in values]
    lines += ["    )"]
    listed = ", ".join(repr(symbol.name) for symbol in derivation.wrt)
    return [*lines, *layout.returned(f"value, dict(zip([{listed}], gradients))")]


def expression_text(derivation: Sweep) -> str:
    """A standalone module with one function, `evaluate`, that needs NumPy alone."""
    source = expression_function(derivation).source
    used = helper_source(helpers(source))
    return "\n\n\n".join(part for part in (heading(derivation, used), used, source.rstrip()) if part) + "\n"


def heading(derivation: Sweep, text: str, more: str = "") -> str:
    """What a module of an expression is about, and the imports that its text needs."""
    imports = "import math\n\nimport numpy as np" if "math." in text else "import numpy as np"
    return f'"""{derivation.loss.name} and its {_derived(derivation)}.{more}"""\n\n{imports}'


def _derived(derivation: Sweep) -> str:
    if derivation.along is not None:
        return "derivative along a direction, in one forward sweep"
    wrt = ", ".join(symbol.name for symbol in derivation.wrt[:5]) + (", ..." if len(derivation.wrt) > 5 else "")
    return f"derivatives by {wrt}, {_WAYS[derivation.method]}"


_WAYS = {
    "backprop": "in one backward sweep",
    "forward": "in one forward sweep for each",
    "naive": "each by SymPy's diff",
    "naive+cse": "by SymPy's diff and cse",
    "sympy-forward": "by SymPy's private forward mode",
}
"""How the derivatives of an expression are made, by method."""
