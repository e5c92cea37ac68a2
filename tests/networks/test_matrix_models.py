"""Models of the usual kinds against PyTorch, from numbers that it gave once; against itself where it is installed."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
import pytest

import symbackprop as sb

from ..matrix_support import check_gradients, numbers_of
from ..references.stored import stored
from ..support import slow_unless
from ..zoo import ZOO


@cache
def derived(name: str) -> tuple[Any, sb.Derivation]:
    model = ZOO[name]()
    return model, sb.derive(model.equations, wrt=model.wrt)


def assert_close(found: Any, expected: Any, what: str) -> None:
    assert np.abs(found - expected).max() <= 1e-10 * max(1.0, np.abs(expected).max()), what


@pytest.mark.parametrize("name", ZOO)
def test_loss_and_gradients_are_those_of_pytorch(name: str) -> None:
    model, derivation = derived(name)
    loss, gradients = numbers_of(derivation, model.values())
    assert_close(loss, stored("zoo")[f"{name}/L"], f"{name}: loss")
    for symbol in model.wrt:
        assert gradients[symbol].shape == tuple(symbol.shape)
        assert_close(gradients[symbol], stored("zoo")[f"{name}/{symbol.name}"], f"{name}: {symbol}")


@slow_unless(lambda name: name != "lstm")
@pytest.mark.parametrize("name", ZOO)
def test_gradients_are_those_of_the_loss(name: str) -> None:
    model, derivation = derived(name)
    check_gradients(derivation, model.values(seed=1))


@pytest.mark.parametrize("name", ZOO)
def test_everything_else_can_be_asked_for(name: str) -> None:
    model, derivation = derived(name)
    assert derivation.cost.total > derivation.cost.forward > 0
    for symbol in model.wrt:
        assert derivation.gradients[symbol].shape == tuple(symbol.shape)
        assert derivation.adjoint(symbol).shape == derivation.expand(symbol).shape == tuple(symbol.shape)
        assert derivation.chain(symbol)
    replacements, [_, *gradients] = derivation.as_cse()
    assert len(gradients) == len(model.wrt)
    assert len({symbol for symbol, _ in replacements}) == len(replacements)
