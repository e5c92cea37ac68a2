"""Several processes as one run: how they find each other, and that they were all told the same."""

from __future__ import annotations

import contextlib
import hashlib
import os
import signal
import socket
from collections.abc import Mapping

import numpy as np

from ..errors import DataError
from .installed import needed
from .jax_places import Places, absent
from .jax_watch import CONNECTED

jax = needed("jax")

HEARTBEAT = 10
"""Seconds without a sign of life after which a process counts as lost, and for all to come to the end together."""


def connect(places: Places) -> None:
    """Wait for the other processes; a DataError says that they did not come in time."""
    if places.coordinator is None:
        return
    if places.process == 0:
        _check_port(places.coordinator)
    try:
        jax.distributed.initialize(
            places.coordinator,
            places.processes,
            places.process,
            initialization_timeout=max(1, round(places.wait)),
            heartbeat_timeout_seconds=HEARTBEAT,
            shutdown_timeout_seconds=HEARTBEAT,
            cluster_detection_method="deactivate",
        )
    except (jax.errors.JaxRuntimeError, RuntimeError, ValueError) as error:
        raise DataError(absent(places)) from error
    signal.signal(signal.SIGTERM, signal.SIG_DFL)  # JAX takes it as a notice, to be answered by a checkpoint
    os.write(2, CONNECTED.encode())  # for the process that watches, if this one is ended by JAX later


def _check_port(coordinator: str) -> None:
    """Refuse a port that another program listens on here: JAX would end this process by a crash."""
    port = int(coordinator.rpartition(":")[2])
    both = socket.has_dualstack_ipv6()
    try:
        socket.create_server(
            ("", port), family=socket.AF_INET6 if both else socket.AF_INET, dualstack_ipv6=both
        ).close()
    except OSError as error:
        advice = "give all processes a --coordinator with a free port"
        raise DataError(
            f"process 0 cannot listen on port {port} ({os.strerror(error.errno or 0)}): {advice}"
        ) from error


def is_loss(error: Exception) -> bool:
    """Whether an error is that of a sum which was not finished, as its other end has gone."""
    return isinstance(error, jax.errors.JaxRuntimeError) or "Gloo" in str(error)


def disconnect() -> None:
    """Come to the end together; what is wrong with the others then is told by them."""
    with contextlib.suppress(Exception):
        jax.distributed.shutdown()


def check_agreement(facts: Mapping[str, object]) -> None:
    """Refuse to begin where a process was told something else than the others, with what that is.

    The names of the facts are the same everywhere, as the program is.
    """
    if jax.process_count() == 1:
        return
    names = sorted(facts)
    own = np.array([[*hashlib.sha256(repr(facts[name]).encode()).digest()] for name in names], np.uint8)
    gathered = np.asarray(needed("jax.experimental.multihost_utils").process_allgather(own))
    differs = (gathered != gathered[0]).any(axis=2)
    if differs.any():
        process = int(differs.any(axis=1).argmax())
        named = _causes([name for name, wrong in zip(names, differs[process], strict=True) if wrong])
        raise DataError(f"process {process} differs from process 0 in {named}: start all of them with the same")


def _causes(differing: list[str]) -> str:
    """What differs, but for what follows from it: the files' names from the module's, all numbers from the options."""
    if "module" in differing:
        differing = [name for name in differing if name not in ("--checkpoint", "--weights")]
    told = [name for name in differing if name not in ("data", "start values")]
    return ", ".join(told or differing)
