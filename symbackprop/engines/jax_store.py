"""Where a run on JAX keeps its checkpoints: a file of `runtime` for one process, a folder of orbax for several."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Mapping
from typing import Any

import numpy.typing as npt

from ..errors import DataError
from ..lazy_imports import imported
from ..runtime.array_files import Place
from ..runtime.checkpoints import Files
from ..runtime.generated_modules import Array


class Kept(Files):
    """Either kind is read by any number of processes; several write folders only, which all of them must reach."""

    def __init__(self, in_folders: bool = False) -> None:
        self._in_folders, self._folder = in_folders, None

    def load(self, path: Place) -> Mapping[str, Array]:
        """What a checkpoint of either kind holds."""
        if not os.path.isdir(path):
            return super().load(path)
        found: Mapping[str, Array] = self._folders().load(path)
        return found

    def save(self, path: Place, arrays: Mapping[str, npt.ArrayLike]) -> None:
        """Write the kind that the path is for."""
        if not self._is_folder(path):
            super().save(path, arrays)
            return
        self._folder = self._folder or self._folders().Folder(path)
        self._folder.save(arrays)  # type: ignore[attr-defined]

    def is_replaceable(self, path: Place) -> bool:
        """Whether a folder holds nothing but checkpoints."""
        return all(map(_is_ours, os.listdir(path))) if os.path.isdir(path) else super().is_replaceable(path)

    def check_writable(self, path: Place, option: str, others: Mapping[str, Place | None]) -> None:
        """Refuse what cannot be written, or would cost another file."""
        if not self._is_folder(path):
            super().check_writable(path, option, others)
            return
        if os.path.exists(path) and not os.path.isdir(path):
            found = "it is a file, and several processes keep their checkpoints in a folder"
            raise DataError(f"cannot write {path}: {found}; choose another --checkpoint path")
        try:
            os.rmdir(tempfile.mkdtemp(dir=os.path.dirname(os.path.realpath(path))))
        except OSError:
            raise DataError(f"cannot write {path}: choose another {option} path, in a folder that exists") from None

    def _is_folder(self, path: Place) -> bool:
        return self._in_folders or os.path.isdir(path)

    def _folders(self) -> Any:
        return imported(__package__, "jax_checkpoints")  # orbax takes its time


def _is_ours(name: str) -> bool:
    """Whether something in a folder is a checkpoint by its number, or what a killed process left of one."""
    return name.partition(".")[0].isdecimal()
