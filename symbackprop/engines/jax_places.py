"""Where a run on JAX is to take place: devices, mesh and processes, as they are asked for; read without JAX."""

from __future__ import annotations

from collections.abc import Mapping
from math import inf
from typing import Any, NamedTuple

from ..errors import DataError

AXES = ("data", "model")
"""Of a mesh: the batch is split along the first, and wide layers along the second."""
WAIT = 60.0
"""Seconds for the other processes to come."""

Mesh = str | Mapping[str, int] | None


class Places(NamedTuple):
    """The lengths of the mesh's axes, the devices of this process, and how the processes find each other."""

    data: int = 1
    model: int = 1
    devices: int = 1
    processes: int = 1
    process: int = 0
    coordinator: str | None = None
    wait: float = WAIT

    @property
    def writes(self) -> bool:
        """Whether this is the process that writes and reports."""
        return self.process == 0


def places(
    devices: int | None = None,
    mesh: Mesh = None,
    coordinator: str | None = None,
    process: int | None = None,
    processes: int | None = None,
    wait: float | None = None,
) -> Places:
    """What was asked for, with what follows from it; a DataError says what does not go together."""
    process, count = _of_processes(coordinator, process, processes)
    if wait is not None and not (coordinator and 0 < wait < inf):
        raise DataError(f"--wait goes with --coordinator, and is a positive number of seconds, got {wait}")
    if devices is not None and not _is_count(devices):
        raise DataError(f"the number of devices must be a whole number, at least 1, got {devices!r}")
    if mesh is None:
        devices = devices or 1
        return Places(devices * count, 1, devices, count, process, coordinator, wait or WAIT)
    axes = _axes(mesh)
    whole = axes["data"] * axes["model"]
    own = devices or whole // count
    if own * count != whole:
        held = f" with {devices} each" if devices else ", as many for each"
        raise DataError(f"the mesh is of {whole} devices, which are not those of {_processes(count)}{held}")
    return Places(axes["data"], axes["model"], own, count, process, coordinator, wait or WAIT)


def absent(places: Places) -> str:
    """What to say where the processes have not all come."""
    who = "the coordinator, which is process 0, does not answer" if places.process else "not all processes came"
    where = f"{who} at {places.coordinator} within {places.wait:g} seconds"
    advice = f"start all {places.processes}, each with a --process of its own and the same --coordinator"
    return f"{where}: {advice}, or set --wait higher"


def _processes(count: int) -> str:
    return "1 process" if count == 1 else f"{count} processes"


def _of_processes(coordinator: str | None, process: int | None, processes: int | None) -> tuple[int, int]:
    """(the number of this process, how many there are): all three are given, or none."""
    if coordinator is None and process is None and processes is None:
        return 0, 1
    if coordinator is None or process is None or processes is None:
        raise DataError("--coordinator, --process and --processes go together: give all three to each process")
    host, _, port = coordinator.rpartition(":")
    if not host or not port.isascii() or not port.isdigit() or not 0 < int(port) < 2**16:
        raise DataError(f"--coordinator must be HOST:PORT, the same for all processes, got {coordinator!r}")
    if processes < 1 or not 0 <= process < processes:
        raise DataError(f"--process must be from 0 to --processes - 1, got {process} of {processes}")
    return process, processes


def _axes(mesh: str | Mapping[str, int]) -> dict[str, int]:
    """The lengths of both axes; one that is not named is 1."""
    named = _read(mesh) if isinstance(mesh, str) else dict(mesh) if isinstance(mesh, Mapping) else {}
    if not named or not {*named} <= {*AXES} or not all(map(_is_count, named.values())):
        raise DataError(f"the mesh must be like data=4 or data=4,model=2, whole numbers from 1, got {mesh!r}")
    return {**dict.fromkeys(AXES, 1), **named}


def _read(mesh: str) -> dict[str, Any]:
    """The axes of a text; none where an axis is named twice."""
    pairs = [part.partition("=")[::2] for part in mesh.split(",")]
    axes = {
        name.strip(): int(size) if size.strip().isascii() and size.strip().isdecimal() else 0 for name, size in pairs
    }
    return axes if len(axes) == len(pairs) else {}


def _is_count(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 1
