"""The same program of steps once more, on Python floats: what a call on plain numbers runs."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from itertools import product
from math import prod
from operator import itemgetter
from typing import Any

from ....derivation.garbage_collection import collector_paused
from ..numpy.compiled_functions import executed
from ..numpy.outputs_source import Filled
from ..python_arrays import line_breaking
from ..python_arrays.expression_arguments import NumberArguments, name_of
from ..python_arrays.function_text import without_annotations
from ..python_arrays.readable_style import Code
from .dialect_of_floats import FLOATS
from .float_style import float_code
from .scalar_helpers import NEEDS, NOT_PLAIN, OWN

ON_FLOATS, NUMBERS, KEYS = "_on_floats", "numbers", "_keys"
"""What the function, the arguments as floats, and the keys of a dict that are no identifiers are called."""
MORE, NAMED, OTHERWISE, BY_NAME = "_more", "_named", "_otherwise", "_by_name"
"""Arguments that it does not know, the function that does, and what takes all arguments out of a dict."""

LOCALS = (ON_FLOATS, NUMBERS, KEYS, MORE, NAMED, OTHERWISE, BY_NAME, "ABSENT", "NOT_PLAIN")
"""Names that it uses itself."""

ABSENT = object()
"""What stands for an argument that was not given by position."""


Otherwise = Callable[[tuple[Any, ...], dict[str, Any]], Any]
"""What is called with the arguments that a function of floats cannot do with, by position and by name."""


class FloatText:
    """A function of floats as text: all that remains of its program in a copy, and in another process."""

    def __init__(self, text: str, keys: Sequence[Any], names: Sequence[str]) -> None:
        self._text, self._keys, self._names = text, keys, names

    def __call__(self) -> FloatText:
        """Itself, where a program is asked for."""
        return self

    def function(self, otherwise: Otherwise) -> Callable[..., Any]:
        """The function, which hands all that it cannot do, with the arguments it was given, to another."""
        own = {**OWN, KEYS: self._keys, "ABSENT": ABSENT, "NOT_PLAIN": NOT_PLAIN, OTHERWISE: otherwise}
        own[BY_NAME] = itemgetter(*self._names) if len(self._names) > 1 else None
        made: Callable[..., Any] = executed(self._text, ON_FLOATS, own)
        return made


class FloatProgram(NumberArguments):
    """One function of Python floats; a TypeError says that it was given something else.

    Args:
        source: of NumPy's function: the roots and the arguments are its.
        results: the arrays that are made, with the places of roots in them.
        form: what is returned: the place of a result, or a list, tuple or dict of such.
        structure: what is given: symbols, and lists of them where one argument has several.
    """

    dialect = FLOATS

    def __init__(
        self, source: NumberArguments, results: Sequence[Filled], form: Any, structure: Sequence[Any] | None = None
    ) -> None:
        self.local_names = (*LOCALS, *(array.name for array in results if array.shape))
        own = {name_of(symbol): symbol for symbol in source.arguments}
        structure = None if structure is None else _by_name(structure, own)
        super().__init__(source.derivation, source.arguments if structure is None else list(_flat(structure)))
        self.roots, self.results, self.form = list(source.roots), results, form
        self._structure = self.arguments if structure is None else structure
        self._given = [self._head(one) for one in self._structure]
        self._keys: list[Any] = []

    @cached_property
    @collector_paused()
    def _written(self) -> tuple[list[str], Code]:
        program, inputs = self.program()
        ends = list(map(program.value, self.roots))
        code, whole = float_code(program, ends, inputs, self._names)
        texts = map(code.value, ends)
        values = [f"float({text})" if is_whole else text for text, is_whole in zip(texts, whole, strict=True)]
        return self._evaluate(code, values), code

    def _evaluate(self, code: Code, values: Sequence[str]) -> list[str]:
        """The lines of the function, all but the first."""
        made = [_made(array, values) for array in self.results]
        return [
            *(line for pair in zip(self._structure, self._given, strict=True) for line in self._unpacked(*pair)),
            *self._checks(),
            *code.lines,
            *(line for lines, _ in made for line in lines),
            *line_breaking.returned(self._formed(self.form, [text for _, text in made])),
        ]

    # --- what is given ---

    def _head(self, one: Any) -> str:
        return self._names.temporary() if isinstance(one, list) else self._names.of(one)

    def _unpacked(self, one: Any, head: str) -> Iterable[str]:
        if not isinstance(one, list):
            return
        parts = [self._head(part) for part in one]
        source = f"{head} if type({head}) is list else _items({head})"
        yield from line_breaking.unpacked(parts, source) if parts else [f"    () = {source}"]
        for part, name in zip(one, parts, strict=True):
            yield from self._unpacked(part, name)

    def _checks(self) -> list[str]:
        """The lines that turn numbers of other types into floats, and raise where there is something else."""
        return _checked(self._heads) if self._heads else []

    # --- what is returned ---

    def _formed(self, form: Any, made: Sequence[str]) -> str:
        if isinstance(form, dict):
            return f"{{{', '.join(f'{self._key(key)}: {self._formed(one, made)}' for key, one in form.items())}}}"
        if not isinstance(form, list | tuple):
            return str(made[form])
        listed = ", ".join(self._formed(one, made) for one in form)
        if isinstance(form, list):
            return f"[{listed}]"
        return f"({listed},)" if len(form) == 1 else f"({listed})"

    def _key(self, key: Any) -> str:
        if isinstance(key, str) and key.isidentifier():
            return f'"{key}"'
        self._keys.append(key)
        return f"{KEYS}[{len(self._keys) - 1}]"

    # --- the function ---

    @property
    def text(self) -> str:
        """The function alone."""
        return "\n".join([*line_breaking.called(f"def {ON_FLOATS}(", self._given, "):", ""), *self._written[0]]) + "\n"

    def function(self, otherwise: Otherwise) -> Callable[..., Any]:
        """The function, which hands all that it cannot do, with the arguments it was given, to another.

        Raises:
            UnsupportedError: an operation has no text.
        """
        return self.written().function(otherwise)

    def written(self) -> FloatText:
        """The text of that function, and what it calls.

        Raises:
            UnsupportedError: an operation has no text.
        """
        given = "".join(f"{head}=ABSENT, " for head in self._given) + "/, " * bool(self._given)
        text = [
            f"def {ON_FLOATS}({given}*{MORE}, **{NAMED}):",
            f"    if not ({MORE} or {NAMED}):",
            "        try:",
            *(f"        {line}" for line in self._written[0]),
            "        except NOT_PLAIN:",
            "            pass",  # outside of the handler, so that what is raised below has no context
            *self._called_by_name(),
            f"    return {OTHERWISE}(({''.join(f'{head}, ' for head in self._given)}*{MORE},), {NAMED})",
        ]
        return FloatText("\n".join(text) + "\n", self._keys, list(map(name_of, self.arguments)))

    def _called_by_name(self) -> list[str]:
        """The lines for a call with all arguments by name, and no other."""
        if len(self._given) < 2 or any(isinstance(one, list) for one in self._structure):
            return []
        return [
            f"    elif not {MORE} and {self._given[0]} is ABSENT and len({NAMED}) == {len(self._given)}:",
            "        try:",
            f"            return {ON_FLOATS}(*{BY_NAME}({NAMED}))",
            "        except KeyError:",
            "            pass",
        ]

    @property
    def helpers(self) -> set[str]:
        """What the text calls, and what that calls: ours, and NumPy's."""
        called = {*self._written[1].helpers, "_floats"}
        return called | {other for name in called for other in NEEDS.get(name, ())}


def _flat(structure: Any) -> Iterator[Any]:
    """The symbols in lists of lists of them."""
    for one in structure:
        if isinstance(one, list):
            yield from _flat(one)
        else:
            yield one


def _by_name(structure: Any, own: Mapping[str, Any]) -> Any:
    """The same lists with the symbols of a derivation, whatever the assumptions of those that were named."""
    if isinstance(structure, list):
        return [_by_name(one, own) for one in structure]
    return own.get(name_of(structure), structure)


def own_helpers(names: Iterable[str]) -> str:
    """The source of those of some helpers that are ours."""
    asked = set(names)
    texts = [without_annotations(inspect.getsource(value)) for name, value in OWN.items() if name in asked]
    return "\n\n\n".join(text.rstrip() for text in texts)


def _checked(heads: Sequence[str]) -> list[str]:
    """The lines that turn numbers of other types into floats."""
    checks = " and ".join(f"type({head}) is float" for head in heads)
    line = f"    if not ({checks}):"
    broken = ["    if not (", *line_breaking.filled(checks, "        "), "    ):"]
    return [
        *([line] if len(line) <= line_breaking.WIDTH else broken),
        *line_breaking.called(f"{NUMBERS} = _floats(", heads, ")", "        "),
        *line_breaking.unpacked(heads, NUMBERS, "        "),
    ]


def _made(array: Filled, values: Sequence[str]) -> tuple[list[str], str]:
    """Lines that make an array, and its text; of what is almost all zeros each entry is put in its place."""
    if array.shape == ():
        return [], values[array.places[()]]
    texts = {index: values[root] for index, root in array.places.items()}
    sizes = ", ".join(map(str, array.shape)) + "," * (len(array.shape) == 1)
    if prod(array.shape) > 4 * len(texts) + 8:
        entries = [f"    {array.name}[{', '.join(map(str, index))}] = {text}" for index, text in texts.items()]
        return [f"    {array.name} = np.zeros(({sizes}))", *entries], array.name
    listed = ", ".join(texts.get(index, "0.0") for index in product(*map(range, array.shape)))
    reshaped = "" if len(array.shape) == 1 else f".reshape({sizes})"
    return line_breaking.assignment(array.name, f"np.array([{listed}], float){reshaped}"), array.name
