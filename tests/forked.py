"""Python programs in processes of their own that need not import the package: one that has done so forks them off."""

from __future__ import annotations

import atexit
import json
import os
import subprocess
import sys
import tempfile
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]

SERVER = """
import json, os, sys, traceback
import numpy, sympy
import symbackprop.cli, symbackprop.runtime


def run(program, folder, arguments, told):
    os.chdir(folder)
    for number, path in zip((1, 2), told):
        os.dup2(os.open(path, os.O_WRONLY), number)
    sys.stdin = open(os.devnull)
    sys.argv = ["-c", *arguments]
    try:
        exec(compile(program, "<string>", "exec"), {"__name__": "__main__"})
        return 0
    except SystemExit as left:
        return left.code or 0
    except BaseException:
        traceback.print_exc()
        return 1
    finally:
        sys.stdout.flush()
        sys.stderr.flush()


for line in sys.stdin:
    child = os.fork()
    if child == 0:
        os._exit(run(*json.loads(line)))
    print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)
"""


@cache
def _server() -> subprocess.Popen[str]:
    started = subprocess.Popen(
        [sys.executable, "-B", "-c", SERVER],
        env={**os.environ, "PYTHONPATH": str(ROOT), "PYTHONUTF8": "1"},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    atexit.register(started.communicate)  # which closes what it reads, so that it ends
    return started


def forked(program: str, folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """What became of `python -c program arguments`, run in a folder; killed by a signal, its status is negative."""
    server = _server()
    assert server.stdin is not None
    assert server.stdout is not None
    with tempfile.TemporaryDirectory() as aside:
        told = [Path(aside, name) for name in ("stdout", "stderr")]
        for path in told:
            path.touch()
        server.stdin.write(json.dumps([program, str(folder), arguments, [*map(str, told)]]) + "\n")
        server.stdin.flush()
        status = int(server.stdout.readline())
        stdout, stderr = (path.read_text(encoding="utf-8") for path in told)
    return subprocess.CompletedProcess([program, *arguments], status, stdout, stderr)
