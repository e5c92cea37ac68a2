"""The batching pass: the result on a batch is the mean over single samples, for every operation and both styles."""

from __future__ import annotations

from itertools import product
from time import perf_counter
from typing import Any

import numpy as np
import pytest
import sympy as sp
from hypothesis import given
from hypothesis import strategies as st

import symbackprop as sb
from symbackprop import ops
from symbackprop.codegen.batching import PLAIN, SCALED
from symbackprop.codegen.lifetimes import needed
from symbackprop.codegen.passes.accurate_steps import AccurateNetwork
from symbackprop.codegen.passes.expanding import expanded
from symbackprop.codegen.steps import CONTRACT
from symbackprop.codegen.targets.numpy.elementwise_source import SOURCES
from symbackprop.codegen.targets.numpy.expression_source import ArraySource
from symbackprop.codegen.targets.python_arrays.step_expressions import DOT, MATMUL
from symbackprop.codegen.targets.python_arrays.step_expressions import product as product_of
from symbackprop.errors import ShapeError
from symbackprop.graph import matrix_arithmetic
from symbackprop.networks import ACTIVATIONS

from ..operations import OPERATIONS
from ..references.stored import stored
from ..support import deterministic, output_for, slow_unless
from ..zoo import ZOO
from .batching_support import LOSS, Case, check, made

SHAPES: tuple[ops.Shape, ...] = ((), (3, 1), (1, 2), (3, 2))
KINDS = ("plain", "square", "weighted", "observed")

UNARY = [op for op in SOURCES if op.arity == 1 and op in ops.OPS.values() and op is not ops.NOT]
BINARY = [ops.ADD, ops.SUB, ops.MUL, ops.DIV, ops.ATAN2, ops.MAX, ops.MIN, ops.LOGSUMEXP, ops.LEAKY_RELU, ops.ELU]


def case_of(op: ops.Op) -> Case:
    return Case(*OPERATIONS[op.name].interval)


def flags(count: int) -> list[tuple[bool, ...]]:
    return list(product((False, True), repeat=count))


@slow_unless(lambda shape, batched: shape == (3, 2) and batched)
@pytest.mark.parametrize("batched", [False, True], ids=["alone", "batched"])
@pytest.mark.parametrize("shape", SHAPES, ids=str)
@pytest.mark.parametrize("op", UNARY, ids=lambda op: op.name)
def test_functions_of_entries(op: ops.Op, shape: ops.Shape, batched: bool) -> None:
    for kind in ("plain", "square"):
        case = case_of(op)
        out = made(case, op, [case.operand(shape, batched)])
        check(case, case.derived(out, kind), what=(op, shape, batched, kind))


@slow_unless(lambda shape, batched: shape == (3, 2) and batched == (True, False))
@pytest.mark.parametrize("batched", flags(2), ids=str)
@pytest.mark.parametrize("shape", SHAPES, ids=str)
@pytest.mark.parametrize("op", BINARY, ids=lambda op: op.name)
def test_functions_of_two(op: ops.Op, shape: ops.Shape, batched: tuple[bool, ...]) -> None:
    for other in SHAPES:
        shapes = (shape, other)
        case = case_of(op)
        out = made(case, op, case.operands(shapes, batched))
        check(case, case.derived(out, KINDS[sum(batched) + (op is ops.MUL)]), (3,), what=(op, shapes, batched))


@slow_unless(lambda op, kind: op is ops.MUL and kind == "observed")
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("op", [ops.ADD, ops.MUL, ops.SUB, ops.DIV], ids=lambda op: op.name)
def test_arithmetic_in_every_loss(op: ops.Op, kind: str) -> None:
    for shapes, batched in product(product(((), (3, 1), (3, 2)), repeat=2), flags(2)):
        case = Case()
        out = made(case, op, case.operands(shapes, batched))
        check(case, case.derived(out, kind), (3,), what=(op, shapes, batched))


@slow_unless(lambda op: op is ops.LOGSUMEXP)
@pytest.mark.parametrize("op", [ops.ADD, ops.MAX, ops.MIN, ops.LOGSUMEXP], ids=lambda op: op.name)
def test_functions_of_three(op: ops.Op) -> None:
    for batched in flags(3):
        case = Case()
        out = made(case, op, case.operands(((3, 2), (1, 2), ()), batched))
        check(case, case.derived(out), what=(op, batched))


@slow_unless(lambda exponent: exponent in (3, -1, sp.pi))
@pytest.mark.parametrize("exponent", [2, 3, 4, 5, -1, sp.Rational(1, 2), sp.Rational(3, 2), sp.pi], ids=str)
def test_powers(exponent: Any) -> None:
    for shape, batched in product(SHAPES, (False, True)):
        case = Case()
        constant = case.graph.constant(sp.S(exponent))
        check(case, case.derived(made(case, ops.POW, [case.operand(shape, batched), constant])), what=(shape, batched))


def test_powers_of_arrays() -> None:
    for shapes, batched in product(product(((), (3, 2)), repeat=2), flags(2)):
        case = Case()
        check(case, case.derived(made(case, ops.POW, case.operands(shapes, batched))), what=(shapes, batched))


@pytest.mark.parametrize("order", [0, 1, 2])
def test_polygamma(order: int) -> None:
    for shape, batched in product(((), (3, 2)), (False, True)):
        case = Case()
        constant = case.graph.constant(sp.Integer(order))
        out = made(case, ops.POLYGAMMA, [constant, case.operand(shape, batched)])
        check(case, case.derived(out, "plain"), (2,), what=(shape, batched))


@slow_unless(lambda half, shape: shape == (3, 2) and half == sp.Rational(1, 2))
@pytest.mark.parametrize("shape", SHAPES, ids=str)
@pytest.mark.parametrize("half", [0, sp.Rational(1, 2), 1], ids=str)
def test_step_functions_and_products_with_them(half: Any, shape: ops.Shape) -> None:
    for other, batched in product(SHAPES, flags(2)):
        shapes = (shape, other)
        case = Case(-0.5, 0.5)
        x, y = case.operands(shapes, batched)
        step = made(case, ops.HEAVISIDE, [x, case.graph.constant(sp.S(half))])
        check(case, case.derived(made(case, ops.MUL, [step, y])), (3,), what=(shapes, batched))
        check(case, case.derived(made(case, ops.MUL, [step, step])), (3,), what=(shapes, batched))


@slow_unless(lambda op, shape: shape == () and op in (ops.LT, ops.EQ))
@pytest.mark.parametrize("shape", SHAPES, ids=str)
@pytest.mark.parametrize("op", sorted(ops.COMPARISONS, key=lambda op: op.name), ids=lambda op: op.name)
def test_choices(op: ops.Op, shape: ops.Shape) -> None:
    for batched in flags(4):
        case = Case()
        x, y, yes, no = case.operands((shape, (), (1, 2), shape), batched)
        chosen = made(case, ops.SELECT, [case.graph.make((op, x, y)), yes, no])
        check(case, case.derived(chosen), (3,), what=(shape, batched))


@slow_unless(lambda shape: shape == (1, 2))
@pytest.mark.parametrize("shape", SHAPES, ids=str)
def test_joined_conditions_and_choices_between_numbers(shape: ops.Shape) -> None:
    for batched in flags(3):
        case = Case()
        graph = case.graph
        x, y, z = case.operands((shape, (), shape), batched)
        low, high = graph.make((ops.LT, x, y)), graph.make((ops.LT, y, z))
        both = graph.make((ops.AND, low, graph.make((ops.NOT, high))))
        either = graph.make((ops.OR, both, high, graph.make((ops.EQ, x, z))))
        number = graph.make((ops.SELECT, either, graph.constant(sp.Rational(1, 3)), graph.zero))
        check(case, case.derived(graph.make((ops.MUL, number, x))), (3,), what=(shape, batched))
        nested = made(case, ops.SELECT, [both, z, made(case, ops.SELECT, [high, x, y])])
        check(case, case.derived(nested), (3,), what=(shape, batched))


# --- matrices ---


@slow_unless(lambda batched, kind: kind == "square" and batched == (True, False))
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("batched", flags(2), ids=str)
def test_products(batched: tuple[bool, ...], kind: str) -> None:
    for rows, inner, columns in product((1, 2, 3), (1, 4), (1, 2)):
        case = Case()
        shapes = ops.sized(rows, inner), ops.sized(inner, columns)
        out = made(case, ops.MATMUL, case.operands(shapes, batched))
        check(case, case.derived(out, kind), (1, 3), what=(shapes, batched))


@slow_unless(lambda batched: batched == (True, False, True))
@pytest.mark.parametrize("batched", flags(3), ids=str)
def test_products_of_three_and_of_transposes(batched: tuple[bool, ...]) -> None:
    for rows, inner, columns in product((1, 3), (1, 2), (1, 3)):
        case = Case()
        graph = case.graph
        shapes = ops.sized(inner, rows), ops.sized(inner, columns), ops.sized(3, columns)
        x, y, z = case.operands(shapes, batched)
        out = matrix_arithmetic.matmul(
            graph,
            matrix_arithmetic.matmul(graph, matrix_arithmetic.transpose(graph, x), y),
            matrix_arithmetic.transpose(graph, z),
        )
        check(case, case.derived(out), (3,), what=(shapes, batched))


@slow_unless(lambda kind: kind == "square")
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("name", ["inverse", "determinant", "trace", "transpose"])
def test_functions_of_square_matrices(name: str, kind: str) -> None:
    for size, batched in product((1, 2, 3), (False, True)):
        case = Case()
        out = made(case, ops.OPS[name], [case.operand(ops.sized(size, size), batched)])
        check(case, case.derived(out, kind), what=(size, batched, kind))


LINES = ["total", "row_sums", "column_sums", "softmax_rows", "softmax_columns", "lse_rows", "lse_columns", "transpose"]


@slow_unless(lambda kind: kind == "square")
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("name", LINES)
def test_sums_and_functions_along_lines(name: str, kind: str) -> None:
    for shape, batched in product((*SHAPES, (2, 3)), (False, True)):
        case = Case()
        out = made(case, ops.OPS[name], [case.operand(shape, batched)])
        check(case, case.derived(out, kind), what=(shape, batched, kind))


@slow_unless(lambda kind: kind == "square")
@pytest.mark.parametrize("kind", KINDS)
def test_repetitions(kind: str) -> None:
    for shape, batched in product(SHAPES[:3], (False, True)):
        case = Case()
        spread = case.graph.spread(case.operand(shape, batched), (3, 2))
        check(case, case.derived(spread, kind), what=(shape, batched, kind))
        out = made(case, ops.MATMUL, [made(case, ops.TRANSPOSE, [spread]), case.operand((3, 2), True)])
        check(case, case.derived(out, "square"), what=(shape, batched, kind))
        check(case, case.derived(made(case, ops.INVERSE, [made(case, ops.ADD, [identity(case, 2), out])])))


def identity(case: Case, size: int) -> int:
    return case.graph.fixed(sp.Identity(size), (size, size))


WINDOWS = [
    ((0, 1, 1), (0, 1, 1), ()),
    ((2, 3, 1), (1, 2, 1), ()),
    ((0, 2, 1), (0, 2, 1), (2, 2)),
    ((1, 3, 1), (1, 2, 1), (2, 1)),
    ((1, 2, 1), (0, 2, 1), (1, 2)),
    ((0, 3, 2), (0, 2, 1), (2, 2)),
    ((0, 3, 1), (0, 1, 1), (3, 1)),
]


@slow_unless(lambda rows, shape: shape == (2, 2))
@pytest.mark.parametrize(("rows", "columns", "shape"), WINDOWS, ids=str)
def test_slices_and_placements(rows: Any, columns: Any, shape: Any) -> None:
    for batched, kind in product((False, True), KINDS):
        case = Case()
        taken = matrix_arithmetic.part(case.graph, case.operand((3, 2), batched), rows, columns, shape)
        check(case, case.derived(taken, kind), what=(batched, kind))
        case = Case()
        placed = matrix_arithmetic.placed(case.graph, case.operand(shape, batched), rows, columns, (3, 2))
        check(case, case.derived(placed, kind), what=(batched, kind))


@pytest.mark.slow
@pytest.mark.parametrize("whole", [(3, 1), (1, 3)], ids=str)
def test_slices_of_rows_and_columns(whole: Any) -> None:
    for span, size, batched in product([(0, 1, 1), (2, 3, 1), (1, 3, 1)], (1, 2), (False, True)):
        if span[1] - span[0] == size:
            windows = (span, (0, 1, 1)) if whole[1] == 1 else ((0, 1, 1), span)
            shape = ops.sized(*((size, 1) if whole[1] == 1 else (1, size)))
            case = Case()
            part = matrix_arithmetic.part(case.graph, case.operand(whole, batched), *windows, shape)
            check(case, case.derived(part), what=(span, batched))
            case = Case()
            placed = matrix_arithmetic.placed(case.graph, case.operand(shape, batched), *windows, whole)
            check(case, case.derived(placed), what=(span, batched))


@pytest.mark.slow
def test_block_matrices() -> None:
    for batched in flags(3):
        case = Case()
        graph = case.graph
        x, y, z = case.operands(((2, 2), (2, 1), ()), batched)
        placed = matrix_arithmetic.placed
        blocks = [
            placed(graph, x, (0, 2, 1), (0, 2, 1), (3, 3)),
            placed(graph, y, (0, 2, 1), (2, 3, 1), (3, 3)),
            placed(graph, matrix_arithmetic.transpose(graph, y), (2, 3, 1), (0, 2, 1), (3, 3)),
            placed(graph, z, (2, 3, 1), (2, 3, 1), (3, 3)),
            placed(graph, graph.constant(sp.Integer(4)), (2, 3, 1), (2, 3, 1), (3, 3)),
        ]
        whole = graph.sum(blocks)
        check(case, case.derived(whole), what=batched)
        check(case, case.derived(made(case, ops.INVERSE, [whole]), "weighted"), what=batched)
        check(case, case.derived(made(case, ops.DETERMINANT, [whole])), what=batched)


def test_identities() -> None:
    for batched, kind in product((False, True), KINDS):
        case = Case()
        graph = case.graph
        x = case.operand((3, 3), batched)
        check(case, case.derived(graph.sum([x, identity(case, 3)]), kind), what=(batched, kind))
        check(
            case, case.derived(graph.mul(identity(case, 3), case.operand((3, 1), batched)), kind), what=(batched, kind)
        )


# --- whole programs ---


@st.composite
def programs(draw: Any) -> tuple[Case, int]:
    """Random expressions of matrices, batched here and there: whatever fits is combined."""
    case = Case()
    shapes = draw(st.lists(st.sampled_from(MIXED), min_size=3, max_size=5))
    pool = [case.operand(shape, draw(st.booleans())) for shape in shapes]
    for _ in range(draw(st.integers(2, 8))):
        name, places = draw(st.sampled_from(RANDOM)), [draw(st.integers(0, len(pool) - 1)) for _ in range(2)]
        args = [pool[place] for place in places][: ops.OPS[name].arity or 2]
        try:
            ops.OPS[name].shape(name, [case.graph.shape(arg) for arg in args])  # SymPy refuses it before we see it
            out = made(case, ops.OPS[name], args)
        except ShapeError:
            continue
        pool.append(made(case, ops.TANH, [out]) if name in ("matmul", "add", "mul") else out)
    terms = [made(case, ops.TOTAL, [node]) for node in pool[-3:]]
    return case, case.graph.sum(terms)


MIXED: tuple[ops.Shape, ...] = ((), (2, 1), (1, 2), (2, 2), (3, 2), (2, 3), (3, 1), (1, 3))
RANDOM = (
    *("matmul", "matmul", "matmul", "transpose", "add", "mul", "mul", "sub", "tanh", "sigmoid", "exp", "neg", "relu"),
    *("softmax_rows", "softmax_columns", "lse_rows", "lse_columns", "row_sums", "column_sums", "total"),
)


@pytest.mark.slow
@deterministic(120)
@given(programs())
def test_random_programs(program: tuple[Case, int]) -> None:
    case, out = program
    check(case, case.derived(out, "plain"), (1, 3))


def layers_of_tanh(depth: int) -> tuple[list[Any], Any, Any]:
    weights, x = sp.MatrixSymbol("W", 2, 2), sp.MatrixSymbol("x", 2, 1)
    equations, last = [], x
    for number in range(depth):
        a = sp.MatrixSymbol(f"a{number}", 2, 1)
        equations.append((a, (weights * last).applyfunc(sp.tanh)))
        last = a
    return [*equations, (LOSS, sb.Total(last))], weights, x


@pytest.mark.slow
def test_depth_is_no_limit_and_costs_its_share() -> None:
    steps = {}
    for depth in (500, 2000):
        equations, weights, x = layers_of_tanh(depth)
        source = ArraySource(sb.derive(equations, wrt=[weights]).sweep, [x])
        start = perf_counter()
        assert source.text
        steps[depth] = perf_counter() - start
    assert steps[2000] < 12 * steps[500]
    value, gradients = sb.derive(equations, wrt=[weights]).compile(batch=[x])(np.eye(2), np.ones((3, 2)))
    assert np.isfinite(value)
    assert np.isfinite(gradients["W"]).all()


@pytest.mark.parametrize("name", ZOO)
def test_models_alone_and_over_a_batch(name: str) -> None:
    """One call on a batch of data equals the mean of the numbers that PyTorch gave for single calls, and of ours."""
    model = ZOO[name]()
    derivation = sb.derive(model.equations, wrt=model.wrt)
    single, batched = derivation.compile(), derivation.compile(batch=model.data)
    values = {symbol.name: np.array(value) for symbol, value in model.values().items()}
    value, gradients = single(**values)
    assert value == pytest.approx(stored("zoo")[f"{name}/L"], rel=1e-10)
    for symbol in model.wrt:
        assert_same(
            gradients[symbol.name], np.reshape(stored("zoo")[f"{name}/{symbol.name}"], values[symbol.name].shape), 1e-10
        )
    data = {symbol.name for symbol in model.data}
    samples = [{k: v * (1 + place / 10) if k in data else v for k, v in values.items()} for place in range(3)]
    stacked = {k: np.stack([one[k] for one in samples]) if k in data else v for k, v in values.items()}
    value, gradients = batched(**stacked)
    found = [single(**one) for one in samples]
    assert value == pytest.approx(np.mean([loss for loss, _ in found]), rel=1e-12)
    for symbol in model.wrt:
        assert_same(gradients[symbol.name], sum(each[symbol.name] for _, each in found) / 3, 1e-11)


def assert_same(found: Any, expected: Any, within: float) -> None:
    assert np.shape(found) == np.shape(expected)
    assert np.abs(found - expected).max() <= within * max(1.0, np.abs(expected).max())


# --- the scale ---


def network_program(hidden: str, widths: list[int], loss: str = "cross_entropy") -> tuple[Any, list[int]]:
    """The program of a network by `ArraySource`, and its roots."""
    network = sb.Network(widths, hidden, output_for(loss, hidden), loss, form="matrix")
    derivation = sb.derive(network).sweep
    program = ArraySource(derivation, [*network.inputs, *network.targets]).program()
    roots = [program.total(derivation.loss_node), *map(program.gradient, derivation.gradient_nodes.values())]
    return program, roots


@pytest.mark.parametrize("loss", ["cross_entropy", "mse", "bce"])
@pytest.mark.parametrize("hidden", sorted(ACTIVATIONS))
def test_a_network_takes_three_products_a_layer(hidden: str, loss: str) -> None:
    """Forward, by the weights and by the layer before: but the first layer's input has no derivative."""
    for layers in (1, 2, 5):
        program, roots = network_program(hidden, [4] * layers + [3], loss)
        rewritten = expanded(program.steps, roots, AccurateNetwork)
        steps, ends = rewritten.steps, [rewritten.moved[root] for root in roots]
        contractions = [step for step in needed(steps, ends) if steps.kind(step) == CONTRACT]
        kinds = [product_of(*steps.what(step)) for step in contractions]
        assert kinds.count(DOT) == 3 * layers - 1
        assert MATMUL not in kinds


@pytest.mark.parametrize("hidden", ["tanh", "relu", "gelu", "sigmoid", "elu"])
def test_the_scale_makes_nothing_twice(hidden: str) -> None:
    """With a scale there is one more step for each place it enters, at most one of them an array of the batch."""
    program, roots = network_program(hidden, [4, 5, 6, 3])
    steps = needed(program.steps, roots)
    times_scale = [step for step in steps if program.batching.scale in program.steps.operands(step)]
    assert len(times_scale) == 1
    bare = program.batching
    adjoints = [node for node in program.derivation.adjoint_nodes if node is not None and bare.linear[node]]
    both = {node for node in adjoints if bare.done(PLAIN, node) in steps and bare.done(SCALED, node) in steps}
    assert len(both) <= 1


@pytest.mark.parametrize("hidden", ["tanh", "relu", "gelu"])
def test_gradients_times_a_scale(hidden: str) -> None:
    function = sb.derive(sb.Network([3, 4, 2], hidden, "softmax", form="matrix")).compile("readable")
    random = np.random.default_rng(1)
    params = {"W1": (4, 3), "b1": (4,), "W2": (2, 4), "b2": (2,)}
    params = {name: random.normal(size=shape) for name, shape in params.items()}
    X, Y = random.normal(size=(5, 3)), np.eye(2)[random.integers(0, 2, size=5)]
    value, plain = function(params, X, Y)
    again, scaled = function(params, X, Y, scale=0.01)
    assert value == again
    for name in params:
        assert_same(scaled[name], 0.01 * plain[name], 1e-15)
