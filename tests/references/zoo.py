"""What PyTorch makes of the models in tests/zoo.py, written by hand here: writes tests/data/zoo.json.

    python -m tests.references.zoo

Needs torch, which nothing else does.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch

from tests.zoo import ZOO

DATA = Path(__file__).parents[1] / "data" / "zoo.json"

F = torch.nn.functional


def softmax_regression(p: Any) -> Any:
    z = p["W"] @ p["X"] + p["b"]
    loss = F.cross_entropy(z.T, p["onehot"].T, reduction="mean")
    return loss + (p["W"] ** 2).sum() / 100


def deep_net(p: Any) -> Any:
    functions = (torch.tanh, torch.relu, F.softplus)
    a, layers = p["x"], sum(name.startswith("W") for name in p)
    for number in range(1, layers + 1):
        a = p[f"W{number}"] @ a + p[f"b{number}"]
        a = a if number == layers else functions[(number - 1) % 3](a)
    return ((a - p["y"]) ** 2).sum() / 2


def residual(p: Any) -> Any:
    h = p["x"]
    for _ in range(3):
        h = h + p["V"] @ torch.tanh(p["W"] @ h)
    return ((h - p["y"]) ** 2).sum() / 2


def layer_norm(p: Any) -> Any:
    h = p["X"] @ p["W"]
    normal = F.layer_norm(h, h.shape[1:], p["gain"][0], p["shift"][0], eps=1e-3)
    return F.mse_loss(normal, p["Y"])


def _steps(p: Any) -> list[Any]:
    return [p[f"x{t}"] for t in range(1, sum(name[0] == "x" for name in p) + 1)]


def rnn(p: Any) -> Any:
    cell = torch.nn.RNNCell(p["W"].shape[1], p["W"].shape[0], dtype=torch.float64)
    weights = {
        "weight_ih": p["W"],
        "weight_hh": p["U"],
        "bias_ih": p["b"][:, 0],
        "bias_hh": torch.zeros_like(p["b"][:, 0]),
    }
    h = torch.zeros(1, p["W"].shape[0], dtype=torch.float64)
    for x in _steps(p):
        h = torch.func.functional_call(cell, weights, (x.T, h))
    return ((p["V"] @ h.T - p["y"]) ** 2).sum() / 2


def lstm(p: Any) -> Any:
    hidden, inputs = p["Wi"].shape
    cell = torch.nn.LSTMCell(inputs, hidden, dtype=torch.float64)
    bias = torch.cat([p[f"b{gate}"][:, 0] for gate in "ifgo"])
    weights = {
        "weight_ih": torch.cat([p[f"W{gate}"] for gate in "ifgo"]),
        "weight_hh": torch.cat([p[f"U{gate}"] for gate in "ifgo"]),
        "bias_ih": bias,
        "bias_hh": torch.zeros_like(bias),
    }
    state = (torch.zeros(1, hidden, dtype=torch.float64),) * 2
    for x in _steps(p):
        state = torch.func.functional_call(cell, weights, (x.T, state))
    return ((state[0].T - p["y"]) ** 2).sum() / 2


def attention(p: Any) -> Any:
    q, k, v = (p["X"] @ p[name] for name in ("Wq", "Wk", "Wv"))
    return F.mse_loss(F.scaled_dot_product_attention(q[None], k[None], v[None])[0], p["Y"])


def autoencoder(p: Any) -> Any:
    h = torch.sigmoid(p["W"] @ p["x"] + p["b"])
    return F.mse_loss(p["W"].T @ h + p["c"], p["x"])


def gaussian_mixture(p: Any) -> Any:
    components, dimensions = p["w"].shape[0], p["x"].shape[0]
    terms = []
    for k in range(1, components + 1):
        precision = p[f"P{k}"].T @ p[f"P{k}"] + torch.eye(dimensions, dtype=torch.float64)
        error = (p["x"] - p[f"mu{k}"])[:, 0]
        terms.append((torch.logdet(precision) - error @ precision @ error - dimensions * math.log(2 * math.pi)) / 2)
    return -torch.logsumexp(torch.log_softmax(p["w"][:, 0], 0) + torch.stack(terms), 0)


MODELS: dict[str, Callable[[Any], Any]] = {
    "softmax_regression": softmax_regression,
    "deep_net": deep_net,
    "residual": residual,
    "layer_norm": layer_norm,
    "rnn": rnn,
    "lstm": lstm,
    "attention": attention,
    "autoencoder": autoencoder,
    "gaussian_mixture": gaussian_mixture,
}


def numbers(name: str) -> dict[str, Any]:
    """The loss and the derivatives of one model: "<model>/L" and "<model>/<parameter>"."""
    model = ZOO[name]()
    given = {s.name: torch.tensor(value, requires_grad=s in model.wrt) for s, value in model.values().items()}
    loss = MODELS[name](given)
    loss.backward()
    found = {f"{name}/{symbol.name}": given[symbol.name].grad.numpy() for symbol in model.wrt}
    return {f"{name}/L": loss.detach().numpy(), **found}


def main() -> None:
    """Write the file."""
    found: dict[str, Any] = {}
    for name in MODELS:
        found |= numbers(name)
    DATA.write_text(json.dumps({name: value.tolist() for name, value in found.items()}, indent=0) + "\n")


if __name__ == "__main__":
    main()
