"""Files are written whole or not at all."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from symbackprop import atomic_writes
from symbackprop.errors import OutputError


def test_a_path_that_can_be_written_is_left_as_it_is(tmp_path: Path) -> None:
    atomic_writes.check_writable(tmp_path / "new.csv")
    atomic_writes.check_writable(os.devnull)
    there = atomic_writes.write_bytes(tmp_path / "there", b"\x00\xff")
    atomic_writes.check_writable(there)
    assert there.read_bytes() == b"\x00\xff"
    assert os.listdir(tmp_path) == ["there"]


@pytest.mark.parametrize("path", [None, 3, ["net.py"]])
def test_what_is_no_path_is_refused(path: Any) -> None:
    with pytest.raises(OutputError, match="pass a path as text or as a Path"):
        atomic_writes.write_text(path, "")
