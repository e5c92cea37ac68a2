"""What a comparison refuses in Python, before anything is measured."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import symbackprop as sb
from symbackprop.comparison import Comparison, running
from symbackprop.errors import SymbackpropError

from ..support import shown_as
from .support import nothing_is_measured

WRONG_IN_PYTHON: list[tuple[dict[str, Any], str]] = [
    ({"width": 0}, "width '0' is not a whole number from 1 up"),
    ({"width": -2}, "width '-2'"),
    ({"width": True}, "width 'True'"),
    ({"width": 2.0}, "width '2.0'"),
    ({"depths": []}, "the list of depths is empty"),
    ({"depths": range(5, 1)}, "the list of depths is empty"),
    ({"depths": "1-8"}, "depth '1' is not"),
    ({"depths": [1, None]}, "depth 'None'"),
    ({"depths": range(1, 10**12)}, "more than 1000 depths"),
    ({"depth": 0}, "depth '0'"),
    ({"widths": [1, 2], "depths": [1, 2]}, "both grow"),
    ({"widths": [1], "width": 1}, "leave one out"),
    ({"architectures": []}, "nothing to compare"),
    ({"architectures": 5}, "architectures '5' is no list"),
    ({"architectures": [5]}, "'5' are not the widths"),
    ({"architectures": ["2-2"], "methods": "x"}, "unknown method 'x'"),
    ({"architectures": ["2-0-1"]}, "'2-0-1' is no network"),
    ({"hidden": len}, "unknown hidden activation 'len'"),
    ({"architectures": [(2,)]}, "are not the widths"),
    ({"architectures": [(2, 0)]}, "width '0'"),
    ({"architectures": [(2, 1)], "width": 2}, "both given"),
    ({"methods": []}, "methods is empty"),
    ({"methods": "backpropp"}, "did you mean 'backprop'?"),
    ({"methods": [["naive"]]}, "unknown method"),
    ({"methods": 5}, "methods '5' is no list"),
    ({"methods": ["forward"], "form": "matrix"}, "choose backprop"),
    ({"form": "tensor"}, "unknown form"),
    ({"budget": 0}, "budget 0 is not"),
    ({"budget": True}, "budget True is not"),
    ({"budget": 10**400}, "budget 1000"),
    ({"form": []}, "unknown form"),
    ({"progress": "x"}, "progress is str"),
    ({"architectures": [iter(int, 1)]}, "are not the widths"),
    ({"budget": "10"}, "budget 10 is not"),
    ({"budget": float("nan")}, "budget nan is not"),
    ({"hidden": "nothing"}, "unknown"),
    ({"output": "softmax", "loss": "bce"}, "softmax"),
]


@pytest.mark.parametrize(("arguments", "says"), WRONG_IN_PYTHON, ids=[shown_as(given) for given, _ in WRONG_IN_PYTHON])
def test_bad_arguments_are_refused(arguments: dict[str, Any], says: str, monkeypatch: Any) -> None:
    monkeypatch.setattr(running, "Measurer", nothing_is_measured)
    with pytest.raises(SymbackpropError) as caught:
        sb.compare(**arguments)
    assert says in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("write", [Comparison.to_csv, Comparison.to_json, Comparison.plot])
def test_a_file_that_cannot_be_written(write: Callable[[Any, Path], Any], found: Comparison, tmp_path: Path) -> None:
    with pytest.raises(sb.errors.OutputError, match="No such file"):
        write(found, tmp_path / "nowhere" / "rows.png")
    assert os.listdir(tmp_path) == []
