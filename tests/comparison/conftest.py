"""Comparisons that were run, and stand-ins for what takes long or is not installed."""

from __future__ import annotations

import importlib
from typing import Any

import pytest

import symbackprop as sb
from symbackprop.comparison import Comparison, running

from .support import FIGURES, Replies


@pytest.fixture(scope="session")
def found() -> Comparison:
    """Two units wide, all five methods, all of them run."""
    return sb.compare(width=2, depths=[1, 2], budget=60)


@pytest.fixture(scope="session")
def counted() -> Comparison:
    """Stopped at the first network, two hundred layers deep, and counted there and on from there."""
    return sb.compare(width=3, depths=range(196, 201), methods=["naive", "backprop"], budget=0.001)


@pytest.fixture
def quick(monkeypatch: Any) -> None:
    monkeypatch.setattr(running, "Measurer", Replies(lambda *_: {**FIGURES}))


@pytest.fixture
def without(monkeypatch: Any) -> None:
    """As if neither matplotlib nor pandas were installed."""
    load = importlib.import_module

    def refuse(name: str, *more: Any) -> Any:
        if name.partition(".")[0] in ("matplotlib", "pandas"):
            raise ModuleNotFoundError(name)
        return load(name, *more)

    monkeypatch.setattr(importlib, "import_module", refuse)
