"""What the worker finds out about one derivation, and what it says where that fails."""

from __future__ import annotations

from typing import Any

import pytest

import symbackprop as sb
from symbackprop import codegen
from symbackprop.comparison import Comparison, measuring
from symbackprop.comparison.rows import RUN

from ..support import slow_unless
from .support import derived, figures


def test_measurements_are_there(found: Comparison) -> None:
    for row in found.rows:
        assert row.seconds is not None
        assert row.gradient_seconds is not None
        assert 0 < row.seconds < 60
        assert 0 < row.gradient_seconds < 1
        assert (row.source_bytes or 0) > 500
        assert row.peak_bytes is None or row.peak_bytes >= 0
        assert row.note == ""
    source = codegen.sweep_text(derived(found.rows[-1], "backprop").sweep)
    assert found.rows[-1].source_bytes == len(source.encode())


@pytest.mark.slow
def test_matrices_are_derived_the_same_at_every_width() -> None:
    found = sb.compare(widths=[1, 2, 3, 8, 100], depth=3, form="matrix")
    assert found.methods == ["backprop"]
    assert {row.status for row in found.rows} == {RUN}
    [many] = {row.derived for row in found.rows[1:]}
    assert f"the same {many} operations at every width from 2 on" in found.sentence
    scalar = sb.derive(sb.Network((8, 8, 8, 8), "tanh", "tanh")).cost
    assert found.rows[3].evaluated == scalar.total
    assert found.rows[3].parameters == 216
    assert "in matrix form" in str(found)


@pytest.mark.slow
def test_a_method_that_fails_is_a_note_and_no_crash(monkeypatch: Any) -> None:
    assert figures("backprop")["complete"]
    assert "method 'naive'" in figures("naive", form="matrix")["error"]

    def fails(*_: Any) -> Any:
        raise ZeroDivisionError("in\nthe midst of it")

    monkeypatch.setattr("symbackprop.comparison.measuring.derive_equations", fails)
    assert figures("backprop") == {"error": "ZeroDivisionError: in the midst of it"}


@slow_unless(lambda method, hidden: (method, hidden) == ("naive+cse", "softsign"))
@pytest.mark.parametrize("hidden", ["gelu", "elu", "leaky_relu", "softsign"])
@pytest.mark.parametrize("method", ["naive", "naive+cse", "sympy-forward"])
def test_every_activation_has_figures_or_a_reason(method: str, hidden: str) -> None:
    whole = figures(method, hidden=hidden, output="identity")
    assert ("gradient_seconds" in whole) != ("error" in whole)


@pytest.mark.parametrize(
    ("bounds", "low", "high"), [(None, 0, 1), ((0, 1), 0, 1), ((-1, 1), -1, 1), ((2, None), 2, 3), ((None, -3), -4, -3)]
)
def test_targets_are_such_as_the_loss_takes(bounds: Any, low: float, high: float) -> None:
    model = sb.Network([2, 3])
    model.target_range = bounds
    values = measuring._targets(measuring.np.random.default_rng(0), model)
    assert values.shape == (1, 3)
    assert low < values.min() <= values.max() < high
    model.targets_sum_to_one = True
    assert measuring._targets(measuring.np.random.default_rng(0), model).sum() == pytest.approx(1)
