"""The stored numbers are those that PyTorch gives, where it is installed."""

from __future__ import annotations

import importlib.util

import numpy as np
import pytest

from ..example_models import PLACES
from ..zoo import ZOO
from .stored import stored

CASES = [*(("zoo", name) for name in ZOO), *(("models", name) for name in PLACES)]


def test_numbers_are_stored_of_every_model_and_of_no_other() -> None:
    kept = {(file, name.partition("/")[0]) for file in ("zoo", "models") for name in stored(file)}
    assert kept == set(CASES)


@pytest.mark.slow
@pytest.mark.skipif(importlib.util.find_spec("torch") is None, reason="torch is not installed")
@pytest.mark.parametrize(("file", "name"), CASES, ids=map("-".join, CASES))
def test_the_stored_numbers_are_those_that_pytorch_gives(file: str, name: str) -> None:
    reference = pytest.importorskip(f"tests.references.{file}")
    for key, value in reference.numbers(name).items():
        np.testing.assert_allclose(stored(file)[key], np.array(value), rtol=1e-12, atol=1e-12, err_msg=key)
