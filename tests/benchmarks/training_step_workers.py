"""The contestants of training_step.py, each in a process of its own that answers requests.

A contestant makes, from start weights and a batch, a function that does one training step: the loss as a Python
float, the gradients, and all weights changed. Libraries are imported by the contestant that needs them and by no other.
"""

# ruff: noqa: PLC0415 - each library is imported by the process that needs it, and by no other
from __future__ import annotations

import itertools
import json
import statistics
import sys
from collections.abc import Callable
from dataclasses import dataclass
from time import perf_counter
from typing import Any

import numpy as np

RATE = 0.01
Run = Callable[[], Any]
Params = dict[str, np.ndarray]


@dataclass(frozen=True)
class Task:
    """A net, a batch and a precision."""

    widths: tuple[int, ...]
    batch: int
    dtype: str

    @property
    def depth(self) -> int:
        return len(self.widths) - 1

    @property
    def large(self) -> bool:
        """Whether the matrix products outweigh all else by far."""
        return self.batch * sum(a * b for a, b in itertools.pairwise(self.widths)) > 10**7

    def start(self) -> Params:
        """The weights that all contestants start from."""
        rng = np.random.default_rng(0)
        params: Params = {}
        for layer, (into, out) in enumerate(itertools.pairwise(self.widths), start=1):
            params[f"W{layer}"] = (rng.standard_normal((out, into)) / np.sqrt(into)).astype(self.dtype)
            params[f"b{layer}"] = (0.1 * rng.standard_normal(out)).astype(self.dtype)
        return params

    def data(self) -> tuple[np.ndarray, np.ndarray]:
        """X and one-hot Y."""
        rng = np.random.default_rng(1)
        X = rng.standard_normal((self.batch, self.widths[0])).astype(self.dtype)
        Y = np.eye(self.widths[-1], dtype=self.dtype)[rng.integers(0, self.widths[-1], self.batch)]
        return X, Y


@dataclass
class Contestant:
    """What a request works on: the step, where its weights are now, and remarks for the report."""

    run: Run
    params: Callable[[], Params] = dict
    remark: str = ""


class MissingError(Exception):
    """This contestant does not exist here."""


# ---------------------------------------------------------------------------------------------- the contestants


def hand(task: Task) -> Contestant:
    """The fastest of the hand-written arrangements: all are tried, the slow ones are soon left out."""
    from training_step_hand import arrangements

    return best_of(task, list(arrangements(task.depth, task.large)))


def plain(task: Task) -> Contestant:
    """The fastest of those with the weights, biases and samples where the textbook and every library have them."""
    from training_step_hand import arrangements

    def is_plain(how: Any) -> bool:
        return set(how.layouts) == {"b"} and set(how.stored) == {"w"} and how.bias == "add" and how.shift == "max"

    return best_of(task, [how for how in arrangements(task.depth, task.large) if is_plain(how)])


def best_of(task: Task, choices: list[Any]) -> Contestant:
    """The fastest of some arrangements."""
    from training_step_hand import step_of

    def made(how: Any) -> Any:
        return step_of(how, task.widths, task.start(), *task.data(), RATE)

    steps = {str(how): made(how) for how in choices}
    taken = fastest({name: step.run for name, step in steps.items()})
    fresh = made(next(how for how in choices if str(how) == taken))
    return Contestant(fresh.run, lambda: fresh.params, taken)


def fastest(runs: dict[str, Run], turn: float = 1.5e-3) -> str:
    """The name of the fastest: knock-out rounds of short turns, by the best, which other work on the machine spares."""
    live = list(runs)
    best = {name: seconds(run, 1) for name, run in runs.items()}
    for rounds, kept in ((5, 24), (8, 6), (20, 1)):
        for _ in range(rounds):
            for name in live:
                best[name] = min(best[name], seconds(runs[name], max(1, int(turn / best[name]))))
        live = sorted(live, key=best.__getitem__)[:kept]
    return live[0]


def jax(task: Task) -> Contestant:
    """One jitted function of value_and_grad and the update, which may overwrite the weights that it is given."""
    import jax as library
    import jax.numpy as jnp

    library.config.update("jax_enable_x64", True)  # nothing changes where all arrays are float32

    def loss(params: Any, X: Any, Y: Any) -> Any:
        A = X
        for W, b in params[:-1]:
            A = jnp.tanh(A @ W.T + b)
        W, b = params[-1]
        return -(Y * library.nn.log_softmax(A @ W.T + b)).sum() / len(X)

    def updated(params: Any, X: Any, Y: Any) -> Any:
        value, grads = library.value_and_grad(loss)(params, X, Y)
        return [(W - RATE * dW, b - RATE * db) for (W, b), (dW, db) in zip(params, grads, strict=True)], value

    compiled = library.jit(updated, donate_argnums=0)
    X, Y = map(jnp.asarray, task.data())
    params = [tuple(map(jnp.array, pair)) for pair in pairs(task.start())]

    def run() -> float:
        nonlocal params
        params, value = compiled(params, X, Y)
        return float(value)  # waits: all results of one call are ready together, and block_until_ready costs 4 µs more

    return Contestant(run, lambda: named((np.asarray(W), np.asarray(b)) for W, b in params))


def ours_jax(task: Task) -> Contestant:
    """The step of a JAX module that symbackprop generates, jitted likewise."""
    import jax as library

    library.config.update("jax_enable_x64", True)
    step = module_of(task, target="jax").train_step
    compiled = library.jit(lambda params, X, Y: step(params, X, Y, RATE), donate_argnums=0)
    X, Y = map(library.numpy.asarray, task.data())
    params = {name: library.numpy.array(value) for name, value in task.start().items()}

    def run() -> float:
        nonlocal params
        params, value = compiled(params, X, Y)
        return float(value)

    return Contestant(run, lambda: {name: np.asarray(value) for name, value in params.items()})


def torch(task: Task) -> Contestant:
    """Eager PyTorch with targets as probabilities or as class indices, whichever is faster here."""
    runs = {kind: torch_step(task, kind) for kind in ("probabilities", "indices")}
    kind = fastest({kind: contestant.run for kind, contestant in runs.items()})
    chosen = torch_step(task, kind)
    chosen.remark = f"targets as {kind}"
    return chosen


def torch_step(task: Task, kind: str) -> Contestant:
    import torch as library
    from torch.nn import functional

    X, Y = map(library.from_numpy, task.data())
    targets = Y if kind == "probabilities" else Y.argmax(1)
    params = [library.from_numpy(value).requires_grad_() for value in task.start().values()]
    layers = list(zip(params[::2], params[1::2], strict=True))
    optimiser = library.optim.SGD(params, RATE, foreach=True)

    def run() -> float:
        optimiser.zero_grad(set_to_none=True)
        A = X
        for W, b in layers[:-1]:
            A = functional.linear(A, W, b).tanh()
        loss = functional.cross_entropy(functional.linear(A, *layers[-1]), targets)
        loss.backward()
        optimiser.step()
        return loss.item()

    return Contestant(run, lambda: named((W.detach().numpy(), b.detach().numpy()) for W, b in layers))


def autograd(task: Task) -> Contestant:
    """HIPS autograd, and NumPy's update in place."""
    import autograd.numpy as anp
    from autograd import value_and_grad

    X, Y = task.data()
    params = pairs(task.start())

    def loss(params: Any) -> Any:
        A = X
        for W, b in params[:-1]:
            A = anp.tanh(anp.dot(A, W.T) + b)
        W, b = params[-1]
        Z = anp.dot(A, W.T) + b
        Z = Z - anp.max(Z, axis=1, keepdims=True)
        return anp.sum(anp.log(anp.sum(anp.exp(Z), axis=1)) - anp.sum(Y * Z, axis=1)) / task.batch

    gradient = value_and_grad(loss)

    def run() -> float:
        value, grads = gradient(params)
        for (W, b), (dW, db) in zip(params, grads, strict=True):
            np.subtract(W, RATE * dW, out=W)
            np.subtract(b, RATE * db, out=b)
        return float(value)

    return Contestant(run, lambda: named(params))


def floor(task: Task) -> Contestant:
    """NumPy's matrix products of the step and nothing else; weights and data lie as they are given."""
    calls: list[tuple[Any, ...]] = []
    for left, right in products(task):
        calls.append((left, right, np.empty((left.shape[0], right.shape[1]), task.dtype)))

    def run() -> None:
        for left, right, out in calls:
            np.dot(left, right, out)

    return Contestant(run)


def torch_floor(task: Task) -> Contestant:
    """PyTorch's matrix products of the step and nothing else."""
    import torch as library

    calls: list[tuple[Any, ...]] = []
    for left, right in products(task):
        out = library.empty((left.shape[0], right.shape[1]), dtype=getattr(library, task.dtype))
        calls.append((library.from_numpy(left), library.from_numpy(right), out))

    def run() -> None:
        with library.no_grad():
            for left, right, out in calls:
                library.mm(left, right, out=out)

    return Contestant(run)


def products(task: Task) -> list[tuple[np.ndarray, np.ndarray]]:
    """The factors of all products: forward, and from the last layer back dW = D.T A and, but for the first, D W."""
    rng = np.random.default_rng(2)
    layers = [value for name, value in task.start().items() if name.startswith("W")]
    activations = [rng.standard_normal((task.batch, units)).astype(task.dtype) for units in task.widths]
    factors = [(A, W.T) for A, W in zip(activations, layers, strict=False)]
    for position in range(task.depth - 1, -1, -1):
        error = rng.standard_normal(activations[position + 1].shape).astype(task.dtype)
        factors.append((error.T, activations[position]))
        if position:
            factors.append((error, layers[position]))
    return factors


def ours(task: Task) -> Contestant:
    """The step of a module that symbackprop generates."""
    try:
        stepper = stepper_of(task)
        workspace = stepper.workspace(task.batch)
    except Exception as error:  # a version of the package that cannot, for whatever reason, does not compete
        raise MissingError(f"{type(error).__name__}: {error}") from error
    X, Y = task.data()
    step = stepper.step
    return Contestant(lambda: step(X, Y, RATE, workspace), lambda: stepper.params)


def stepper_of(task: Task) -> Any:
    from symbackprop import runtime

    return runtime.Stepper(module_of(task), task.start())


def module_of(task: Task, target: str = "numpy") -> Any:
    import symbackprop as sb

    net = sb.Network(task.widths, hidden="tanh", output="softmax", loss="cross_entropy", form="matrix")
    return sb.derive(net).module(target=target)


CONTESTANTS: dict[str, Callable[[Task], Contestant]] = {
    made.__name__: made for made in (hand, plain, jax, ours_jax, torch, autograd, floor, torch_floor, ours)
}


def pairs(params: Params) -> list[tuple[np.ndarray, np.ndarray]]:
    """(W, b) of each layer."""
    values = list(params.values())
    return list(zip(values[::2], values[1::2], strict=True))


def named(layers: Any) -> Params:
    """W1, b1, W2, ... of (W, b) of each layer."""
    params: Params = {}
    for number, (W, b) in enumerate(layers, start=1):
        params |= {f"W{number}": W, f"b{number}": b}
    return params


# ---------------------------------------------------------------------------------------------- the process


def seconds(run: Run, steps: int) -> float:
    """The time of one step, from that of a loop of steps."""
    start = perf_counter()
    for _ in range(steps):
        run()
    return (perf_counter() - start) / steps


def calibrated(run: Run, target: float) -> int:
    """How many steps last about as long as the target, after a warm-up."""
    steps = 1
    while (taken := seconds(run, steps) * steps) < target / 4:
        steps = max(2 * steps, int(steps * target / 3 / max(taken, 1e-6)))
    return max(3, int(steps * target / taken))


class Worker:
    """One contestant with one task at a time."""

    def __init__(self, name: str):
        self.make = CONTESTANTS[name]
        self.bare = name in {"floor", "torch_floor"}

    def prepare(self, widths: list[int], batch: int, dtype: str, checked: int) -> dict[str, Any]:
        """A new contestant, and, but for bare products, its first losses and the weights after them."""
        self.contestant = self.make(Task(tuple(widths), batch, dtype))
        if self.bare:
            return {"remark": ""}
        start = perf_counter()
        losses = [self.contestant.run()]
        first = perf_counter() - start  # a library that compiles does so here
        losses += [self.contestant.run() for _ in range(checked - 1)]
        weights = {name: digest(value) for name, value in self.contestant.params().items()}
        assert all(type(loss) is float for loss in losses), f"a loss is a {type(losses[0]).__name__}, no float"
        return {"losses": losses, "weights": weights, "remark": self.contestant.remark, "first": first}

    def calibrate(self, target: float) -> dict[str, Any]:
        self.steps = calibrated(self.contestant.run, target)
        return {"steps": self.steps}

    def measure(self) -> dict[str, Any]:
        """One turn: the median of up to ten loops, since what else runs on the machine interrupts some of them."""
        loops = min(10, self.steps)
        return {"seconds": statistics.median(seconds(self.contestant.run, self.steps // loops) for _ in range(loops))}


def digest(value: np.ndarray) -> list[float]:
    """Numbers that tell whether two arrays agree: sums with fixed signs, and the values at fixed places."""
    flat = np.asarray(value, np.float64).ravel()
    rng = np.random.default_rng(3)
    places = rng.integers(0, len(flat), 16)
    return [float(flat @ rng.choice((-1.0, 1.0), len(flat))) / len(flat) ** 0.5, *map(float, flat[places])]


def serve(name: str) -> None:
    """Answer requests, a JSON object in a line each, until there are no more."""
    answers, sys.stdout = sys.stdout, sys.stderr  # what a library prints is no answer
    worker = Worker(name)
    for line in sys.stdin:
        request = json.loads(line)
        try:
            answer = getattr(worker, request.pop("do"))(**request)
        except (MissingError, ImportError) as error:
            answer = {"missing": str(error)}
        print(json.dumps(answer), file=answers, flush=True)


if __name__ == "__main__":
    serve(sys.argv[1])
