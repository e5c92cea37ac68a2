"""A worker that is watched: JAX may end its process from inside C++, which no `except` sees."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import IO, Any

from ..errors import DataError

_PACKAGE = __package__.partition(".")[0]
_ROOT = Path(__file__).resolve().parents[1] / "__init__.py"
_BOOT = f"""import importlib, importlib.util, json, sys
sys.path[:] = json.loads(sys.argv[1])
spec = importlib.util.spec_from_file_location({_PACKAGE!r}, sys.argv[2])
sys.modules[{_PACKAGE!r}] = module = importlib.util.module_from_spec(spec)
spec.loader.exec_module(module)
importlib.import_module(sys.argv[3]).main(*map(int, sys.argv[4:]))"""
"""What a worker runs: the very package that this process runs, with modules from where this process finds them."""
CONNECTED = "the worker has found the others"
TOLD = "the worker has told its error"
"""What a worker leaves behind of what it has done, so that nothing is said twice or wrongly."""


def watched(worker: str, options: Mapping[str, Any], alone: str, again: Callable[[], str]) -> int:
    """The status of a worker that is given these options; `again()` says how to go on when another is lost.

    `alone` is what to say where the others have not come.

    Its own lines go where ours go, by files whose numbers it is given; what C++ says is kept aside, as it is dozens of
    lines. It reads our end of a pipe, and so ends when we do, however that is.

    Raises:
        DataError: it was killed, or it ended itself because another process was lost.
    """
    with tempfile.TemporaryFile() as noise:
        status = _status(worker, options, noise)
        noise.seek(0)
        heard = noise.read().decode(errors="replace")
    if status in (0, 2) and (status == 0 or TOLD in heard):
        return status
    if TOLD in heard:  # and JAX then ended what was left
        return 2
    if status == -signal.SIGABRT and CONNECTED not in heard:
        raise DataError(alone)
    raise DataError(f"{_reason(status, heard)}: {again()}")


def _status(worker: str, options: Mapping[str, Any], noise: IO[bytes]) -> int:
    sys.stdout.flush()
    ours = [os.dup(1), os.dup(2)]
    command = [sys.executable, "-P", "-c", _BOOT, json.dumps(sys.path), str(_ROOT), worker, *map(str, ours)]
    try:
        child = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=noise, stderr=noise, pass_fds=ours)
    finally:
        for one in ours:
            os.close(one)
    assert child.stdin is not None
    with child.stdin:
        child.stdin.write(json.dumps(dict(options)).encode() + b"\n")
        child.stdin.flush()
        return child.wait()


def _reason(status: int, heard: str) -> str:
    """Why a worker has ended; it ends itself by an abort when JAX misses another."""
    if status == -signal.SIGABRT:
        return "another process was lost, or cannot be reached"
    if status < 0:
        return f"the worker of this process was killed by {signal.Signals(-status).name}"
    last = heard.strip().rpartition("\n")[2]
    return f"the worker of this process ended with status {status}" + f" ({last})" * bool(last)
