"""The numbers that PyTorch gave once, by what they are of."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

DATA = Path(__file__).parents[1] / "data"


@cache
def stored(file: str) -> dict[str, Any]:
    """The arrays of tests/data/zoo.json or models.json, by model and quantity."""
    return {name: np.array(value) for name, value in json.loads((DATA / f"{file}.json").read_text()).items()}
