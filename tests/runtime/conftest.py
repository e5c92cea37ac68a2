"""A small network."""

from __future__ import annotations

from pathlib import Path
from types import ModuleType

import pytest

from ..runtime_modules import written


@pytest.fixture
def xor(tmp_path: Path) -> ModuleType:
    return written(tmp_path, [2, 3, 1], "tanh", "sigmoid", "bce")
