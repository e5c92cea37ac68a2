"""Programs of steps: equal ones are one, axes follow, no language is spelt in them; views are data that compose."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import sympy as sp
from hypothesis import assume, given
from hypothesis import strategies as st

import symbackprop
import symbackprop as sb
from symbackprop import ops
from symbackprop.codegen import lifetimes, views
from symbackprop.codegen import steps as vocabulary
from symbackprop.codegen.comment_words import WORDS
from symbackprop.codegen.passes.accurate_steps import AccurateNetwork
from symbackprop.codegen.passes.expanding import expanded
from symbackprop.codegen.precedence import Text
from symbackprop.codegen.program import Program
from symbackprop.codegen.steps import (
    BATCH,
    CALL,
    DATA,
    FILL,
    INPUT,
    KINDS,
    MAP,
    PARAMETER,
    RESHAPE,
    ROLES,
    VIEW,
    Step,
    Steps,
)
from symbackprop.codegen.targets.numpy.carried_helpers import HELPERS
from symbackprop.codegen.targets.numpy.dialect_of_numpy import NUMPY
from symbackprop.codegen.targets.numpy.expression_source import ArraySource, NumberSource
from symbackprop.codegen.targets.numpy.model_functions import NumpyMatrix, NumpyScalar
from symbackprop.codegen.targets.numpy.naive_source import NaiveSource
from symbackprop.codegen.targets.python_arrays import line_breaking
from symbackprop.codegen.targets.python_arrays.step_expressions import _ROWS, ONES, Expressions
from symbackprop.networks import ACTIVATIONS, LOSSES

from ..support import deterministic, output_for
from ..zoo import ZOO
from .batching_support import shown

CODEGEN = Path(symbackprop.__file__).parent / "codegen"


def given_step(steps: Steps, name: str, *axes: Any) -> Step:
    return steps.given(DATA, sp.Symbol(name), axes)


def test_equal_steps_are_one() -> None:
    steps = Steps()
    x, y = given_step(steps, "x", BATCH, 3), given_step(steps, "y", 3)
    assert steps.map(ops.ADD, x, y) == steps.map(ops.ADD, x, y)
    assert steps.map(ops.ADD, x, y) != steps.map(ops.ADD, y, x)
    assert given_step(steps, "x", BATCH, 3) == x
    zero = steps.number(sp.Integer(0))
    filled = [steps.make(FILL, None, (zero,), axes) for axes in ((3,), (2,), (3,))]
    assert filled[0] == filled[2] != filled[1]
    assert steps.number(sp.Float(1)) != steps.number(sp.Integer(1))


def test_a_program_that_shares_nothing_makes_each_step_anew() -> None:
    steps = Steps(interned=False)
    x = given_step(steps, "x")
    assert steps.map(ops.EXP, x) != steps.map(ops.EXP, x)


@pytest.mark.parametrize(
    ("left", "right", "whole"),
    [
        ((BATCH, 3), (1, 3), (BATCH, 3)),
        ((BATCH, 1), (BATCH, 3), (BATCH, 3)),
        ((3, 1), (1, 2), (3, 2)),
        ((), (BATCH,), (BATCH,)),
        ((), (), ()),
        ((BATCH, 1, 1), (1, 3, 2), (BATCH, 3, 2)),
        ((1,), (), (1,)),
    ],
)
def test_an_axis_of_one_entry_is_repeated(left: Any, right: Any, whole: Any) -> None:
    steps = Steps()
    assert steps.broadcast((given_step(steps, "x", *left), given_step(steps, "y", *right))) == whole


def test_a_transpose_of_a_transpose_is_none() -> None:
    steps = Steps()
    for axes in ((3, 2), (BATCH, 3, 2)):
        x = given_step(steps, f"x{len(axes)}", *axes)
        turned = steps.transposed(x)
        assert steps.axes[turned] == (*axes[:-2], 2, 3)
        assert steps.transposed(turned) == x
    for axes in ((3,), (BATCH, 3), (BATCH,), ()):
        x = given_step(steps, f"v{len(axes)}{axes[:1]}", *axes)
        assert steps.transposed(x) == x


def test_the_base_of_views() -> None:
    steps = Steps()
    x = given_step(steps, "x", 3, 2)
    view = steps.view(steps.transposed(x), views.widened((True, False, True)))
    assert steps.axes[view] == (2, 1, 3)
    assert steps.base(view) == x
    flat = steps.make(RESHAPE, (6,), (x,), (6,))
    assert steps.base(flat) == x
    assert not lifetimes.stored(steps, flat)


def test_the_last_use_of_what_a_view_shows_is_that_of_the_view() -> None:
    steps = Steps()
    x = steps.map(ops.EXP, given_step(steps, "x", 3, 2))
    view = steps.transposed(x)
    total = steps.reduce(ops.ADD, view, (0,))
    order = lifetimes.needed(steps, [total])
    assert lifetimes.last_uses(steps, order)[x] == total


# --- views ---


@st.composite
def arrays_and_views(draw: Any, rank: int) -> Any:
    """A view of an array of so many axes of two to four entries."""
    order = draw(st.permutations(range(rank)))
    dropped = tuple(sorted((axis, draw(st.integers(0, 1))) for axis in order[: draw(st.integers(0, rank))]))
    gone = {axis for axis, _ in dropped}
    parts: list[Any] = [_part(draw, axis) for axis in order if axis not in gone]
    for _ in range(draw(st.integers(0, 2))):
        parts.insert(draw(st.integers(0, len(parts))), views.NEW)
    return tuple(parts), dropped


def _part(draw: Any, axis: int) -> Any:
    return axis if draw(st.booleans()) else (axis, (draw(st.integers(0, 1)), 2, draw(st.integers(1, 2))))


@deterministic(200)
@given(st.data())
def test_a_view_of_a_view_is_one_view(data: Any) -> None:
    array = np.arange(24.0).reshape(2, 3, 4)
    inner = data.draw(arrays_and_views(3))
    below = shown(array, inner)
    assert views.axes_of(inner, array.shape) == below.shape
    outer = data.draw(arrays_and_views(below.ndim))
    assume(all(below.shape[axis] > place for axis, place in outer[1]))
    both = views.compose(outer, inner)
    if both is not None and all(part == views.NEW or isinstance(part, int) for part in outer[0]):
        assert np.array_equal(shown(array, both), shown(below, outer))


@deterministic(100)
@given(st.data())
def test_the_inverse_of_a_view_shows_everything_again(data: Any) -> None:
    array = np.arange(24.0).reshape(2, 3, 4)
    view = data.draw(arrays_and_views(3))
    back = views.inverse(view)
    if back is None:
        assert view[1] or any(not isinstance(part, int) for part in view[0])
    else:
        assert np.array_equal(shown(shown(array, view), back), array)


# --- no language ---


def atoms(value: Any) -> Iterator[Any]:
    if isinstance(value, tuple):
        for part in value:
            yield from atoms(part)
    else:
        yield value


def is_neutral(value: Any) -> bool:
    """A whole number, an operation, something of SymPy's, or a word of the vocabulary."""
    if value is None or isinstance(value, int | ops.Op | sp.Basic):
        return True
    return isinstance(value, str) and value in {BATCH, *KINDS, *ROLES}


def programs() -> Iterator[tuple[str, Program]]:
    for name, make in ZOO.items():
        model = make()
        derivation = sb.derive(model.equations, wrt=model.wrt)
        for batch in (None, model.data):
            source = ArraySource(sweep_of(derivation), batch)
            assert source.text
            yield name, asked(source.program(), batch is not None)
    for hidden, loss in product(ACTIVATIONS, LOSSES):
        for form, kind in (("scalar", NumpyScalar), ("matrix", NumpyMatrix)):
            net = sb.Network([2, 3, 2], hidden, output_for(loss, hidden), loss, form=form)
            yield f"{hidden} {loss} {form}", asked(kind(sweep_of(sb.derive(net))).program, True)
    naive = NaiveSource(sweep_of(sb.derive(sb.Network([2, 2, 1]), method="naive")))
    yield "naive", asked(naive.program, False)
    a, b = sp.symbols("a b", real=True)
    expression = NumberSource(sweep_of(sb.derive(sp.gamma(a) * sp.Piecewise((a, a > b), (b, True)) + sp.sqrt(2))))
    yield "expression", asked(expression.program()[0], False)


def sweep_of(derivation: Any) -> Any:
    return derivation.sweep


def asked(program: Program, batched: bool) -> Program:
    nodes = program.derivation.gradient_nodes.values()
    first, others = (program.total, program.gradient) if batched else (program.value, program.value)
    assert [first(program.derivation.loss_node), *map(others, nodes)]
    return program


@pytest.mark.slow
def test_no_step_knows_a_language() -> None:
    count = 0
    for name, program in programs():
        steps = program.steps
        for key, axes in zip(steps.keys, steps.axes, strict=True):
            strange = [value for value in atoms((key, axes)) if not is_neutral(value)]
            assert not strange, (name, key, axes, strange)
            assert key[0] in KINDS, (name, key)
            assert not (key[0] == INPUT and key[1][0] not in ROLES), (name, key)
            if key[0] in (MAP, CALL):  # of equal rank, or without axes
                assert len({len(steps.axes[operand]) for operand in key[2:]} - {0}) <= 1, (name, key)
            count += 1
    assert count > 10_000


def test_parameters_of_the_scalar_form_are_entries_of_arrays() -> None:
    program = NumpyScalar(sweep_of(sb.derive(sb.Network([2, 3, 1])))).program
    given = [key[1] for key in program.steps.keys if key[0] == INPUT and key[1][0] == PARAMETER]
    assert {(symbol.name, entry) for _, symbol, entry in given} >= {("W1", (0, 1)), ("b1", (2,)), ("W2", (0, 2))}


def neutral_modules() -> list[Path]:
    below = [path.relative_to(CODEGEN) for path in CODEGEN.rglob("*.py")]
    return [path for path in below if path.parts[0] != "targets"]


@pytest.mark.parametrize("path", neutral_modules(), ids=str)
def test_no_target_is_named_above_the_targets(path: Path) -> None:
    assert not re.search(r"\bnp\.|numpy", (CODEGEN / path).read_text(), re.IGNORECASE)


def test_nobody_reads_what_was_written() -> None:
    """No regular expression and no search for a piece of source in the folders that make it."""
    allowed = {"carried_helpers.py", "module_text.py"}  # annotations of helpers' own sources; names of activations
    for path in CODEGEN.rglob("*.py"):
        if "runtime" not in path.parts and path.name not in allowed | {"line_breaking.py"}:
            tree = ast.parse(path.read_text())
            imported = {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
            assert "re" not in imported, path
            calls = {node.func.attr for node in ast.walk(tree) if _is_method(node)}
            assert not calls & {"find", "findall", "search", "match", "finditer"}, path


def _is_method(node: ast.AST) -> bool:
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)


# --- one target ---


def test_every_kind_of_step_has_its_text() -> None:
    assert {*KINDS, ONES} == set(_ROWS)
    assert set(KINDS) == {
        value
        for name, value in vars(vocabulary).items()
        if name.isupper() and isinstance(value, str) and value not in ROLES and name != "BATCH"
    }


def test_every_operation_has_its_word() -> None:
    samples = [Text("x"), Text("y"), Text("z")]
    for op in ops.OPS.values():
        if op in WORDS and not op.leaf:
            assert WORDS[op](samples[: op.arity or 3]).source


@pytest.mark.parametrize(
    ("op", "operands", "text"),
    [
        (ops.ADD, ("a + b", "c"), "a + b + c"),
        (ops.MUL, ("a + b", "c"), "(a + b) * c"),
        (ops.SUB, ("a", "b - c"), "a - (b - c)"),
        (ops.NEG, ("a + b",), "-(a + b)"),
        (ops.POW, ("-a", "b"), "(-a) ** b"),
        (ops.EXP, ("a + b",), "np.exp(a + b)"),
    ],
)
def test_brackets_stand_where_they_must(op: ops.Op, operands: tuple[str, ...], text: str) -> None:
    binds = {"a + b": 3, "b - c": 3, "-a": 5}
    steps = Steps()
    step = steps.map(op, *(given_step(steps, name) for name in "xyz"[: len(operands)]))
    pieces = [Text(operand, binds.get(operand, 7)) for operand in operands]
    assert Expressions(NUMPY, steps, {}).text(step, pieces).source == text


VIEWS = [
    ((BATCH, 3), views.TURNED, ".T"),
    ((BATCH, 3, 2), ((0, 2, 1), ()), ".swapaxes(1, 2)"),
    ((BATCH,), views.widened((True, False)), "[:, None]"),
    ((BATCH, 3), views.widened((True, False, True)), "[:, None, :]"),
    ((BATCH, 3, 1), views.picked(3, 2), "[:, :, 0]"),
    ((3, 4), ((), ((0, 1), (1, 2))), "[1, 2]"),
    ((3, 4), views.picked(2, 0), "[0]"),
    ((BATCH, 3, 4), ((0, (2, (0, 3, 2))), ((1, 1),)), "[:, 1, 0:3:2]"),
]


@pytest.mark.parametrize(("axes", "view", "text"), VIEWS, ids=[text for *_, text in VIEWS])
def test_the_text_of_a_view_shows_what_the_view_shows(axes: Any, view: views.View, text: str) -> None:
    steps = Steps()
    assert Expressions(NUMPY, steps, {}).suffix(view) == text
    array = np.arange(5 * 4 * 4.0).reshape(5, 4, 4)[(slice(None),) * len(axes) + (0,) * (3 - len(axes))]
    assert np.array_equal(eval(f"array{text}", {"array": array}), shown(array, view))


def test_tuples_of_sizes() -> None:
    n = sp.Symbol("n", integer=True, positive=True)
    writer = Expressions(NUMPY, Steps(), {}, sizes={n: "n_"})
    assert [writer.sizes(axes) for axes in ((), (3,), (BATCH, 2), (n, 2 * n + 1), ((BATCH, 4),))] == [
        *("()", "(3,)", "(n, 2)", "(n_, 2*n_ + 1)", "(n * 4,)"),
    ]


def test_an_axis_in_front_is_left_to_numpy() -> None:
    steps = Steps()
    x, y = given_step(steps, "x", BATCH, 3), given_step(steps, "y", 3)
    wide = steps.view(y, views.widened((False, True)))
    total = steps.map(ops.ADD, x, wide)
    assert steps.axes[wide] == (1, 3)
    rewritten = expanded(steps, [total], AccurateNetwork)
    order = lifetimes.needed(rewritten.steps, [rewritten.moved[total]])
    assert VIEW not in [rewritten.steps.kind(step) for step in order]


def test_what_is_placed_lies_among_zeros_of_its_dtype() -> None:
    found = HELPERS["_placed"](np.float32(3), (2, 2), np.s_[0, 1], np.float32)
    assert found.tolist() == [[0, 3], [0, 0]]
    assert found.dtype == np.float32


def test_lines_break_before_operators() -> None:
    broken = line_breaking.assignment("total", " + ".join(f"number{place}" for place in range(30)))
    assert len(broken) > 2
    assert all(line.lstrip().startswith("+") for line in broken[2:-1])
