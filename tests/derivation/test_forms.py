"""The matrix form and the scalar form of a network: the same gradients at the same cost."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import sympy as sp

import symbackprop as sb
from symbackprop.errors import SizeError
from symbackprop.networks import ACTIVATIONS, LOSSES

from ..matrix_support import check_gradients, explicit_symbols, numbers_of, random_values
from ..support import check_close, evaluated, high_precision, one_of_each, outputs_of, sample_of, slow_unless
from .gradient_support import computed_at

L = sp.Symbol("L", real=True)
t = sp.Symbol("t", real=True)
A, B, C, E = (sp.MatrixSymbol(*given) for given in (("A", 3, 3), ("B", 3, 2), ("C", 2, 3), ("E", 3, 3)))
sizes = sp.symbols("n0 n1 n2", integer=True, positive=True)


def test_costs_with_symbolic_widths_are_polynomials() -> None:
    symbolic = sb.derive(sb.Network(sizes, loss="half_sse", form="matrix")).cost
    for widths in ((2, 3, 2), (5, 4, 3)):
        concrete = sb.derive(sb.Network(widths, loss="half_sse", form="matrix")).cost
        swap = dict(zip(sizes, widths, strict=True))
        assert symbolic.total.subs(swap) == concrete.total
        assert symbolic.forward.subs(swap) == concrete.forward
        assert symbolic.written_out.subs(swap) == concrete.written_out


@slow_unless(one_of_each)
@pytest.mark.parametrize("hidden", ACTIVATIONS)
@pytest.mark.parametrize("loss", sorted(set(LOSSES) - {"cross_entropy"}))
def test_costs_of_a_network_are_those_of_its_scalar_form(hidden: str, loss: str) -> None:
    """All but cross-entropy, whose softmax counts as one operation there and in its stable form here.

    Backward, an identity and the mean of a Huber loss leave factors that only one of both forms can take out.
    """
    for widths in ((2, 3, 2), (3, 2, 3, 2), (1, 1, 1)):
        net = sb.Network(widths, hidden, "sigmoid", loss, form="matrix")
        whole, single = sb.derive(net).cost, sb.derive(sb.scalar_form(net)).cost
        assert whole.forward == single.forward
        if loss != "huber" and hidden != "identity":
            assert whole.total == single.total, (widths, whole.operations, single.operations)


def as_entries(net: sb.Network, single: sb.Network, values: Any) -> dict[Any, Any]:
    """The values of the scalar form's symbols as matrices of the matrix form."""
    arrays = {w.name: sp.zeros(*w.shape) for w in (*net.parameters, *net.inputs, *net.targets)}
    for symbol, (name, index) in single.entries.items():
        arrays[name][(*index, 0)[:2]] = values[symbol]
    for matrix, column in ((net.inputs[0], single.inputs), (net.targets[0], single.targets)):
        arrays[matrix.name] = sp.Matrix([values[symbol] for symbol in column])
    return {w: arrays[w.name].as_immutable() for w in (*net.parameters, *net.inputs, *net.targets)}


def check_forms(widths: tuple[int, ...], hidden: Any, output: str, loss: str) -> None:
    """Each entry of each matrix is the formula of that weight, to 40 digits."""
    net = sb.Network(widths, hidden, output, loss, form="matrix")
    single = sb.scalar_form(net)
    values = sample_of(single, seed=11)
    matrices_ = as_entries(net, single, values)
    whole, by_weight = sb.derive(net), sb.derive(single)
    numbers = computed_at(by_weight.sweep, list(by_weight.gradient_nodes.values()), values)
    expected = dict(zip(by_weight.wrt, numbers, strict=True))
    found = {w.name: explicit_symbols(whole.expand(w), matrices_) for w in whole.wrt}
    for symbol, (name, index) in single.entries.items():
        value = evaluated(found[name][(*index, 0)[:2]].doit(), {})
        check_close(value, expected[symbol], what=(widths, hidden, output, loss, symbol))


@slow_unless(lambda hidden, loss: (hidden, loss) in (("tanh", "bce"), ("relu", "mae"), ("tanh", "cross_entropy")))
@pytest.mark.parametrize("loss", LOSSES)
@pytest.mark.parametrize("hidden", ACTIVATIONS)
@high_precision
def test_a_gradient_has_the_entries_of_the_scalar_form(hidden: str, loss: str) -> None:
    output = outputs_of(loss)[0] if loss in ("bce", "cross_entropy") else "tanh"
    check_forms((2, 2, 2), hidden, output, loss)


@pytest.mark.slow
@pytest.mark.parametrize("loss", ["half_sse", "mse", "huber", "mae"])
@high_precision
def test_a_softmax_output_has_the_entries_of_the_scalar_form(loss: str) -> None:
    check_forms((1, 2, 2), "tanh", "softmax", loss)


@slow_unless(lambda widths: widths in ((1, 1), (1, 1, 1), (3, 1)))
@pytest.mark.parametrize("widths", [(2, 3, 1), (1, 1), (1, 1, 1), (3, 1), (1, 2, 1, 1)])
@high_precision
def test_layers_of_one_unit_have_the_entries_of_the_scalar_form(widths: tuple[int, ...]) -> None:
    for output, loss in (("sigmoid", "bce"), ("tanh", "half_sse"), ("identity", "mse")):
        check_forms(widths, "tanh", output, loss)


@pytest.mark.parametrize("loss", LOSSES)
def test_symbolic_widths_hold_for_every_width(loss: str) -> None:
    output = outputs_of(loss)[0] if loss in ("bce", "cross_entropy") else "sigmoid"
    symbolic = sb.derive(sb.Network(sizes, "tanh", output, loss, form="matrix"))
    for widths in ((2, 3, 2), (4, 2, 5)):
        swap = dict(zip(sizes, widths, strict=True))
        concrete = sb.derive(sb.Network(widths, "tanh", output, loss, form="matrix"))
        values = random_values([w for w in symbolic.graph.symbols if w not in swap], 12, swap)
        by_name = {w.name: value for w, value in values.items()}
        theirs = {w: by_name[w.name] for w in concrete.graph.symbols if w.name in by_name}
        one, other = numbers_of(symbolic, values, swap)[1], numbers_of(concrete, theirs)[1]
        for w, v in zip(symbolic.wrt, concrete.wrt, strict=True):
            assert np.allclose(one[w], other[v], rtol=1e-12, atol=1e-14)
        check_gradients(concrete, theirs)


def test_the_time_does_not_depend_on_the_widths() -> None:
    """No more nodes for a thousand units than for three."""
    small, large = (sb.derive(sb.Network([w] * 4, form="matrix", loss="half_sse", output="tanh")) for w in (3, 1000))
    assert len(small.graph.keys) == len(large.graph.keys)


@pytest.mark.slow
def test_a_deep_network_is_named_line_by_line() -> None:
    """Nothing of ours recurses; what SymPy cannot hold in one expression is refused, not a RecursionError."""
    derivation = sb.derive(sb.Network([2] * 801, form="matrix", loss="half_sse", output="tanh"))
    assert derivation.cost.total > derivation.cost.forward
    assert len(derivation.as_cse()[1]) == 1601
    with pytest.raises(SizeError, match="too deep for SymPy: use gradients"):
        derivation.expand("W1")


def test_a_function_may_use_an_entry_of_a_named_matrix() -> None:
    z = sp.MatrixSymbol("z", 3, 3)
    derivation = sb.derive([(z, A * A), (L, sb.Total(A.applyfunc(sp.Lambda(t, sp.sin(t) * z[0, 1]))))])
    check_gradients(derivation, random_values([A], seed=13))
