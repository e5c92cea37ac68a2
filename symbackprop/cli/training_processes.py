"""The command train as one of several processes: it watches a worker, which does the training."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from ..engines.jax_places import absent, places
from ..engines.jax_watch import watched
from ..runtime.options import PLACES, checkpoint_folder

if TYPE_CHECKING:
    import argparse

WORKER = f"{__package__}.training_worker"


def run(options: argparse.Namespace) -> int:
    """The status of the worker; raises DataError where the options do not go together, or the worker is lost."""
    chosen = places(**{name: getattr(options, name) for name in PLACES})
    options.checkpoint = options.checkpoint or checkpoint_folder(options)
    return watched(WORKER, vars(options), absent(chosen), lambda: again(options.checkpoint))


def again(checkpoint: str) -> str:
    """How to go on when a process is lost."""
    if os.path.isdir(checkpoint) and any(map(str.isdecimal, os.listdir(checkpoint))):  # a half one has a longer name
        return f"start all of them again with --resume {checkpoint}, that many or another number of them"
    return f"start all of them again; there is no checkpoint in {checkpoint} yet"
