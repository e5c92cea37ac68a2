"""The worker of the command train, where there are several processes: it trains, and ends when its parent does."""

from __future__ import annotations

import argparse
import json
import os
import signal
import sys
import threading

from ..engines.jax_processes import disconnect, is_loss
from ..engines.jax_watch import TOLD
from ..errors import SymbackpropError
from .messages import one_line
from .training import train_here
from .training_processes import again


def main(*ours: int) -> None:
    """Train as the options say that come in by a line; what is told goes to the files of these numbers."""
    sys.stdout, sys.stderr = (os.fdopen(one, "w", buffering=1, encoding="utf-8", errors="replace") for one in ours)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent gets it too, and when that ends, so does this
    options = argparse.Namespace(**json.loads(sys.stdin.readline()))
    threading.Thread(target=_end_with_the_parent, daemon=True).start()
    status = _status(options)
    sys.stdout.flush()
    os._exit(status)  # what JAX would do on its way out may take long, or end in an abort


def _end_with_the_parent() -> None:
    """Wait for the end of the pipe that the parent holds, and leave: in the middle of whatever is going on."""
    sys.stdin.read()
    os._exit(1)


def _status(options: argparse.Namespace) -> int:
    try:
        train_here(options)
        disconnect()
    except SymbackpropError as error:
        _tell(error)
        disconnect()  # so that the others can tell what is wrong, too
        return 2
    except Exception as error:
        if not is_loss(error):
            raise
        _tell(f"another process was lost, or cannot be reached: {again(options.checkpoint)}")
        return 2
    return 0


def _tell(message: object) -> None:
    print(f"error: {one_line(message)}", file=sys.stderr)
    os.write(2, TOLD.encode())
