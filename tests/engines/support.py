"""The 4-8-3 network by hand, for JAX and for NumPy; a table for it, and commands in processes of their own."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from pathlib import Path

import numpy as np

from ..runtime_modules import ROOT

HEAD = '''# symbackprop module, format 3
"""The 4-8-3 network by hand."""

import {library} as {short}

SHAPES = {{"W1": (8, 4), "b1": (8,), "W2": (3, 8), "b2": (3,)}}
MODEL = {{
    "title": "the 4-8-3 network, hidden tanh, output softmax, loss cross_entropy", "engine": "{engine}",
    "style": "readable", "program": "17baa5f4ca3af5cb", "inputs": {{"x": (4,)}},
    "targets": {{"y": (3,)}}, "outputs": {{"a2": (3,)}}, "task": "classes",
    "target_range": (0, 1), "targets_sum_to_one": True, "standardize": ("X",),
    "split": {{"W1": 0, "b1": 0, "W2": 1}},
    "start": {{"W1": (0.0, 0.5), "b1": (0.0, 0.0), "W2": (0.0, 0.35), "b2": (0.0, 0.0)}},
}}


def _values(params, X):
    a1 = {short}.tanh(X @ params["W1"].T + params["b1"])
    z2 = a1 @ params["W2"].T + params["b2"]
    top = z2.max(axis=1)[:, None]
    whole = {short}.exp(z2 - top).sum(axis=1)
    return a1, z2, top[:, 0] + {short}.log(whole), {short}.exp(z2 - top) / whole[:, None]


def forward(params, X):
    return _values(params, X)[-1]


def loss(params, X, Y):
    _, z2, log, _ = _values(params, X)
    return (log - (z2 * Y).sum(axis=1)).sum() / len(X)


def loss_and_grad(params, X, Y, scale=1.0):
    a1, z2, log, a2 = _values(params, X)
    delta2 = (a2 - Y) * (scale / len(X))
    delta1 = delta2 @ params["W2"] * (1 - a1 * a1)
    grads = {{"W1": delta1.T @ X, "b1": delta1.sum(axis=0), "W2": delta2.T @ a1, "b2": delta2.sum(axis=0)}}
    return (log - (z2 * Y).sum(axis=1)).sum() / len(X), {ending}
'''
FLAT = """_flat(grads)


def _flat(grads):
    flat = np.concatenate([grads[name].reshape(-1) for name in SHAPES])
    ends = np.cumsum([grads[name].size for name in SHAPES])
    return {name: flat[end - grads[name].size : end].reshape(SHAPES[name]) for name, end in zip(SHAPES, ends)}
"""
JAX = HEAD.format(library="jax.numpy", short="jnp", engine="jax", ending="grads")
NUMPY = HEAD.format(library="numpy", short="np", engine="numpy", ending=FLAT)
ADVICE = 'pip install "symbackprop[jax]"'


def files(folder: Path) -> Path:
    """Both modules and a table of 145 rows, of which 116 train: the last batch of 16 has 4."""
    (folder / "net_jax.py").write_text(JAX, encoding="utf-8")
    (folder / "net_numpy.py").write_text(NUMPY, encoding="utf-8")
    rng = np.random.default_rng(0)
    X = rng.normal(size=(145, 4))
    kinds = (X @ rng.normal(size=(4, 3))).argmax(axis=1)
    rows = [",".join([*(f"{value:.4f}" for value in row), f"k{kind}"]) for row, kind in zip(X, kinds, strict=True)]
    (folder / "data.csv").write_text("\n".join(["a,b,c,d,kind", *rows, ""]), encoding="utf-8")
    return folder


def started(folder: Path, *arguments: str) -> subprocess.Popen[str]:
    """Python in a process of its own, where the package is this one."""
    environment = {"JAX_PLATFORMS": "cpu", **os.environ, "PYTHONPATH": str(ROOT)}
    return subprocess.Popen(
        [sys.executable, "-B", *arguments],
        cwd=folder,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        encoding="utf-8",
    )


def command(folder: Path, *arguments: str) -> subprocess.Popen[str]:
    """The command train for the module in JAX."""
    return started(folder, "-m", "symbackprop", "train", "net_jax.py", "data.csv", *arguments)


def pair(folder: Path, *arguments: str, own: tuple[tuple[str, ...], ...] = ((), ())) -> list[subprocess.Popen[str]]:
    """The same as two processes of 4 devices, each with arguments of its own."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        place = f"127.0.0.1:{free.getsockname()[1]}"
    shared = ["--devices", "4", "--coordinator", place, "--processes", "2", *arguments]
    return [command(folder, *shared, "--process", str(number), *own[number]) for number in (0, 1)]


def outcome(running: subprocess.Popen[str], limit: float = 300) -> tuple[int, str, str]:
    """(status, stdout, stderr) of a process that ends in time."""
    out, err = running.communicate(timeout=limit)
    return running.returncode, out, err
