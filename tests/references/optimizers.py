"""What PyTorch's optimizers and schedules make of a small network: numbers that runtime/test_optimizers.py holds to.

    python tests/references/optimizers.py

needs PyTorch and writes tests/data/optimizers.json anew.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import torch

PATH = Path(__file__).resolve().parent.parent / "data" / "optimizers.json"
STEPS = 50

RUNS: list[dict[str, Any]] = [
    {"optimizer": "sgd", "learning_rate": 0.5},
    {"optimizer": "sgd", "learning_rate": 0.3, "weight_decay": 0.05},
    {"optimizer": "momentum", "learning_rate": 0.1, "momentum": 0.9},
    {"optimizer": "momentum", "learning_rate": 0.2, "momentum": 0.5, "weight_decay": 0.1},
    {"optimizer": "nesterov", "learning_rate": 0.1, "momentum": 0.9},
    {"optimizer": "nesterov", "learning_rate": 0.2, "momentum": 0.7, "weight_decay": 0.02},
    {"optimizer": "rmsprop", "learning_rate": 0.01, "decay": 0.9, "epsilon": 1e-8},
    {"optimizer": "rmsprop", "learning_rate": 0.02, "decay": 0.99, "epsilon": 1e-3, "weight_decay": 0.02},
    {"optimizer": "adam", "learning_rate": 0.01, "beta1": 0.9, "beta2": 0.999, "epsilon": 1e-8},
    {"optimizer": "adam", "learning_rate": 0.05, "beta1": 0.8, "beta2": 0.95, "epsilon": 1e-4, "weight_decay": 0.1},
    {"optimizer": "adamw", "learning_rate": 0.01, "beta1": 0.9, "beta2": 0.999, "epsilon": 1e-8, "weight_decay": 0.01},
    {"optimizer": "adamw", "learning_rate": 0.05, "beta1": 0.7, "beta2": 0.9, "epsilon": 1e-4, "weight_decay": 0.3},
    {"optimizer": "adamw", "learning_rate": 0.05, "weight_decay": 0.0},
    {"optimizer": "momentum", "learning_rate": 0.2, "schedule": "step", "step_every": 8, "step_factor": 0.6},
    {"optimizer": "adamw", "learning_rate": 0.1, "schedule": "cosine", "lowest_rate": 0.01},
]
"""One full-batch training each, of STEPS steps; what is not named has its usual value on both sides."""

SCHEDULES: list[dict[str, Any]] = [
    {"schedule": "constant", "learning_rate": 0.2},
    {"schedule": "step", "learning_rate": 0.2, "step_every": 7, "step_factor": 0.3},
    {"schedule": "step", "learning_rate": 1.0, "step_every": 1, "step_factor": 0.9},
    {"schedule": "cosine", "learning_rate": 0.2, "lowest_rate": 0.0},
    {"schedule": "cosine", "learning_rate": 0.2, "lowest_rate": 0.05},
]


def optimizer_of(params: list[torch.Tensor], case: dict[str, Any]) -> torch.optim.Optimizer:
    """PyTorch's optimizer for a case."""
    rate = {"lr": case["learning_rate"]}
    decay = {"weight_decay": case["weight_decay"]} if "weight_decay" in case else {}
    epsilon = {"eps": case["epsilon"]} if "epsilon" in case else {}
    betas = {"betas": (case["beta1"], case["beta2"])} if "beta1" in case else {}
    heavy = {"momentum": case.get("momentum", 0.9)}
    makers = {
        "sgd": lambda: torch.optim.SGD(params, **rate, **decay),
        "momentum": lambda: torch.optim.SGD(params, **rate, **decay, **heavy),
        "nesterov": lambda: torch.optim.SGD(params, **rate, **decay, **heavy, nesterov=True),
        "rmsprop": lambda: torch.optim.RMSprop(params, **rate, **decay, **epsilon, alpha=case["decay"]),
        "adam": lambda: torch.optim.Adam(params, **rate, **decay, **epsilon, **betas),
        "adamw": lambda: torch.optim.AdamW(params, **rate, **decay, **epsilon, **betas),
    }
    return makers[case["optimizer"]]()


def schedule_of(optimizer: torch.optim.Optimizer, case: dict[str, Any]) -> Any:
    """PyTorch's schedule for a case."""
    schedules = torch.optim.lr_scheduler
    if case.get("schedule") == "step":
        return schedules.StepLR(optimizer, case["step_every"], case["step_factor"])
    if case.get("schedule") == "cosine":
        return schedules.CosineAnnealingLR(optimizer, STEPS, case["lowest_rate"])
    return schedules.ConstantLR(optimizer, factor=1.0)


def trained(start: dict[str, Any], X: Any, Y: Any, case: dict[str, Any]) -> dict[str, Any]:
    """The parameters of a 2-3-1 network, tanh and sigmoid, after STEPS steps on the mean binary cross-entropy."""
    params = {name: torch.tensor(value, dtype=torch.float64, requires_grad=True) for name, value in start.items()}
    X, Y = torch.tensor(X, dtype=torch.float64), torch.tensor(Y, dtype=torch.float64)
    optimizer = optimizer_of(list(params.values()), case)
    schedule = schedule_of(optimizer, case)
    for _ in range(STEPS):
        optimizer.zero_grad()
        hidden = torch.tanh(X @ params["W1"].T + params["b1"])
        torch.nn.functional.binary_cross_entropy_with_logits(hidden @ params["W2"].T + params["b2"], Y).backward()
        optimizer.step()
        schedule.step()
    return {name: value.tolist() for name, value in params.items()}


def rates(case: dict[str, Any]) -> list[float]:
    """The learning rate of each epoch."""
    optimizer = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=case["learning_rate"])
    schedule = schedule_of(optimizer, case)
    found = []
    for _ in range(STEPS):
        found.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        schedule.step()
    return found


def computed() -> dict[str, Any]:
    """Everything that the file holds."""
    draw = torch.Generator().manual_seed(7)
    shapes = {"W1": (3, 2), "b1": (3,), "W2": (1, 3), "b2": (1,), "X": (12, 2)}
    drawn = {name: torch.randn(shape, generator=draw, dtype=torch.float64).tolist() for name, shape in shapes.items()}
    X = drawn.pop("X")
    Y = [[float(a * b > 0)] for a, b in X]
    return {
        "start": drawn,
        "X": X,
        "Y": Y,
        "steps": STEPS,
        "runs": [{"settings": case, "params": trained(drawn, X, Y, case)} for case in RUNS],
        "schedules": [{"settings": case, "rates": rates(case)} for case in SCHEDULES],
    }


def main() -> None:
    """Write the file."""
    PATH.parent.mkdir(exist_ok=True)
    PATH.write_text(json.dumps(computed(), indent=1) + "\n", encoding="utf-8")
    print(f"wrote {PATH}")


if __name__ == "__main__":
    main()
