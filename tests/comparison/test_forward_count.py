"""What forward sweeps cost, counted without deriving them."""

from __future__ import annotations

from typing import Any

import pytest

import symbackprop as sb
from symbackprop.comparison import running
from symbackprop.comparison.forward_count import forward_operations

from .support import Replies


@pytest.mark.parametrize("widths", [(1, 1), (1, 2), (2, 3, 2), (3, 1, 2, 2), (2,) * 8], ids=str)
@pytest.mark.parametrize(
    ("hidden", "output"),
    [("identity", "gelu"), ("tanh", "tanh"), ("relu", "sigmoid"), ("gelu", "identity"), ("softsign", "relu")],
)
def test_forward_sweeps_are_counted_as_they_derive(hidden: str, output: str, widths: tuple[int, ...]) -> None:
    network = sb.Network(widths, hidden, output)
    assert forward_operations(network) == sb.derive(network, method="forward").cost.total


def test_forward_sweeps_are_counted_where_two_units_do_not_tell_of_all(monkeypatch: Any) -> None:
    monkeypatch.setattr(running, "Measurer", Replies(lambda subject, _: {}))
    for loss in ("mse", "cross_entropy"):
        found = sb.compare(width=3, depths=[1], methods="forward", output="softmax", loss=loss)
        net = sb.Network([3, 3], "tanh", "softmax", loss)
        assert found.rows[0].derived == sb.derive(net, method="forward").cost.total
