"""What PyTorch makes of the models in examples/, written by hand here: writes tests/data/models.json.

    python -m tests.references.models

Needs torch, which nothing else does. Each function takes the parameters and one row of X and of Y.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch

from tests.example_models import drawn, example_model

DATA = Path(__file__).parents[1] / "data" / "models.json"

F = torch.nn.functional


def residual(p: Any, x: Any, y: Any) -> Any:
    for block in "12":
        x = x + torch.tanh(x @ p[f"W{block}"].T) @ p[f"V{block}"].T
    return ((x - y) ** 2).sum() / 2


def layer_norm(p: Any, x: Any, y: Any) -> Any:
    z = F.linear(x, p["W"], p["b"])
    a = torch.relu(F.layer_norm(z, z.shape, p["gain"], p["shift"], eps=1e-5))
    return ((F.linear(a, p["V"], p["c"]) - y) ** 2).sum() / 2


def autoencoder(p: Any, x: Any, _: Any) -> Any:
    h = torch.tanh(F.linear(x / 16, p["W"], p["b"]))
    return ((torch.sigmoid(F.linear(h, p["V"], p["c"])) - x / 16) ** 2).sum() / 2


def curve(p: Any, x: Any, y: Any) -> Any:
    return ((p["a"] * torch.exp(-p["b"] * x) + p["c"] - y) ** 2).sum() / 2


def mixture(p: Any, x: Any, _: Any) -> Any:
    normals = [torch.distributions.Normal(p[f"m{k}"], p[f"s{k}"]).log_prob(x[0]) for k in "12"]
    weights = [F.logsigmoid(p["w"]), F.logsigmoid(-p["w"])]
    return -torch.logsumexp(torch.stack([a + b for a, b in zip(normals, weights, strict=True)]), 0)


def recurrent(p: Any, x: Any, y: Any) -> Any:
    cell = torch.nn.RNNCell(2, 4, dtype=torch.float64)
    weights = {"weight_ih": p["W"], "weight_hh": p["U"], "bias_ih": p["b"], "bias_hh": torch.zeros_like(p["b"])}
    h = torch.zeros(4, dtype=torch.float64)
    for part in x.split(2):
        h = torch.func.functional_call(cell, weights, (part, h))
    return ((p["V"] @ h - y) ** 2).sum() / 2


def turned(p: Any, x: Any, y: Any) -> Any:
    return ((F.linear(x[:9].reshape(3, 3) @ x[9:], p["W"], p["b"]) - y) ** 2).sum() / 2


LOSSES: dict[str, Callable[[Any, Any, Any], Any]] = {
    function.__name__: function for function in (residual, layer_norm, autoencoder, curve, mixture, recurrent, turned)
}


def numbers(name: str) -> dict[str, Any]:
    """The mean loss and its derivatives of one model: "<model>/loss" and "<model>/<parameter>"."""
    params, X, Y = drawn(example_model(name))
    given = {key: torch.tensor(value, dtype=torch.float64, requires_grad=True) for key, value in params.items()}
    rows = zip(torch.tensor(X), torch.tensor(Y), strict=True)
    loss = torch.stack([LOSSES[name](given, x, y).reshape(()) for x, y in rows]).mean()
    loss.backward()
    return {f"{name}/loss": loss.item(), **{f"{name}/{key}": value.grad.tolist() for key, value in given.items()}}


def main() -> None:
    """Write the file."""
    found = {key: value for name in LOSSES for key, value in numbers(name).items()}
    DATA.write_text(json.dumps(found, indent=0) + "\n")


if __name__ == "__main__":
    main()
