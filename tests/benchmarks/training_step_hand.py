"""Hand-written NumPy for one training step, in every arrangement that an expert would try.

The lines are the ones an expert writes: buffers made once, every result given a place, bound methods (`array.dot` has
no dispatch to pass through, `np.dot` has), transposed views made once, the learning rate and the 1/batch folded into
the output's error. What is best depends on the size, so the lines are put together for each `Arrangement`, unrolled
for the depth of the net, and the benchmark keeps the fastest arrangement for each size.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

Params = dict[str, np.ndarray]
SMALL = 2048  # up to so many numbers, a constant array costs less than broadcasting one number
SATURATED = 40.0  # tanh of it is 1 exactly, in both precisions, and 1 - tanh**2 is 0 exactly


@dataclass(frozen=True)
class Arrangement:
    """How the arrays lie and which tricks are played.

    Attributes:
        layouts: for each layer's outputs, "b" for an array (batch, units) and "f" for (units, batch).
        stored: for each layer's weights, "w" for (out, in) and "t" for (in, out), of which W is a transposed view.
        bias: "add" for a vector of its own; "unit" where hidden layers hand on a unit that is always 1, so that the
            product with the weights adds the bias and the product for their gradient yields its gradient; "input"
            where X is copied beside a column of ones each step as well.
        update: "flat" for one subtraction of all gradients, "each" for one subtraction for each array.
        shift: "max" subtracts each sample's largest logit; "guard" does so only if the sum of squares of the logits
            does not show that exp can take them as they are.
        sums: "matrix" to sum exp with a square matrix of ones, which leaves nothing to broadcast; or "vector".
        error: "steps" for the output's error as (P - Y) * scale; "joined", where the logits lie as (units, batch), for
            one product of [scale, -scale] with P above Y, and one product of Y and -1 with the logits and log sums.
    """

    layouts: tuple[str, ...]
    stored: tuple[str, ...]
    bias: str
    update: str
    shift: str
    sums: str
    error: str = "steps"

    def __str__(self) -> str:
        tricks = (self.bias, self.update, self.shift, self.sums, self.error)
        return f"{''.join(self.layouts)}/{''.join(self.stored)} {' '.join(tricks)}"


def arrangements(depth: int, large: bool) -> Iterator[Arrangement]:
    """Those worth a try: of large nets the ones where calls cost nothing beside the products."""
    biases, updates, sums = (("add",), ("each",), ("vector",))
    if not large:
        biases, updates, sums = (("add", "unit", "input"), ("flat",), ("matrix", "vector"))
    for layouts in ("bb", "bf", "ff") if large else ("bb", "bf", "fb", "ff"):
        errors = ("steps", "joined") if layouts[1] == "f" and not large else ("steps",)
        choices = itertools.product(("ww", "tw", "wt", "tt"), biases, updates, ("max", "guard"), sums, errors)
        for stored, *tricks in choices:
            yield Arrangement(through(layouts, depth), through(stored, depth), *tricks)


def through(pair: str, depth: int) -> tuple[str, ...]:
    """The first for all layers but the last, the second for that."""
    return (*pair[0] * (depth - 1), pair[1])


def step_of(how: Arrangement, widths: tuple[int, ...], params: Params, X: Any, Y: Any, rate: float) -> Step:
    """The step in this arrangement, from these weights, for X and Y."""
    return _Writer(how, widths, params, X, Y, rate).step()


@dataclass(frozen=True)
class Step:
    """A step ready to run, its source, and its weights as (out, in) and (out,) views."""

    run: Callable[[], float]
    source: str
    params: Params


class _Writer:
    """Makes the buffers of one arrangement and writes the lines that use them."""

    def __init__(self, how: Arrangement, widths: tuple[int, ...], params: Params, X: Any, Y: Any, rate: float):
        self.how, self.widths, self.depth = how, widths, len(widths) - 1
        self.batch, self.dtype, self.rate = len(X), X.dtype, rate
        self.names: dict[str, Any] = {
            name: getattr(np, name)
            for name in ("tanh", "exp", "log", "add", "subtract", "multiply", "divide", "square")
        }
        self.names |= {"maximum": np.maximum, "largest": np.maximum.reduce, "X": X, "Y": Y}
        self.lines: list[str] = []
        self.params: Params = {}
        self.make_weights(params)

    def empty(self, *shape: int) -> np.ndarray:
        return np.zeros(shape, self.dtype)

    def has_unit(self, layer: int) -> bool:
        """Whether what goes into this layer, counted from 1, has a unit that is always 1."""
        return self.how.bias == "input" or (self.how.bias == "unit" and layer > 1)

    def saturates(self, layer: int) -> bool:
        """Whether a layer makes its unit by saturation: rows of (units, batch) need no such trick, columns do."""
        return layer < self.depth and self.has_unit(layer + 1) and self.how.layouts[layer - 1] == "b"

    def make_weights(self, params: Params) -> None:
        """All weights in one array and all gradients in another, with views for each layer."""
        shapes: dict[str, tuple[int, ...]] = {}
        for layer in range(1, self.depth + 1):
            shape = (self.widths[layer] + self.saturates(layer), self.widths[layer - 1] + self.has_unit(layer))
            shapes[f"W{layer}"] = shape if self.how.stored[layer - 1] == "w" else shape[::-1]
            if not self.has_unit(layer):
                shapes[f"b{layer}"] = shape[:1]
        size = sum(int(np.prod(shape)) for shape in shapes.values())
        weights, gradients, start = self.empty(size), self.empty(size), 0
        self.names |= {"weights": weights, "gradients": gradients}
        for name, shape in shapes.items():
            part = slice(start, start := start + int(np.prod(shape)))
            self.names[name], self.names["d" + name] = weights[part].reshape(shape), gradients[part].reshape(shape)
        for layer in range(1, self.depth + 1):
            self.fill(layer, params)

    def fill(self, layer: int, params: Params) -> None:
        out, into = self.widths[layer], self.widths[layer - 1]
        held = self.names[f"W{layer}"]
        held = held if self.how.stored[layer - 1] == "w" else held.T
        bias = held[:, into] if self.has_unit(layer) else self.names[f"b{layer}"]
        if self.saturates(layer):
            bias[out] = SATURATED
        self.params |= {f"W{layer}": held[:out, :into], f"b{layer}": bias[:out]}
        for name in (f"W{layer}", f"b{layer}"):
            self.params[name][...] = params[name]

    def dot(self, left: str, right: str, out: str) -> None:
        """One product: bound methods of views made once."""
        name = left.replace(".T", "_T")
        self.names.setdefault(f"{name}_dot", self.value(left).dot)
        if right.endswith(".T"):
            self.names.setdefault(right.replace(".T", "_T"), self.value(right))
        self.lines.append(f"{name}_dot({right.replace('.T', '_T')}, {out})")

    def value(self, name: str) -> np.ndarray:
        array = self.names[name.removesuffix(".T")]
        return array.T if name.endswith(".T") else array

    def transposed(self, name: str, when: bool) -> str:
        return f"{name}.T" if when else name

    def step(self) -> Step:
        self.lay_out(self.rows(self.depth), self.widths[-1])
        self.forward()
        self.softmax()
        self.backward()
        self.lines.append("return loss")
        body = "\n".join(f"        {line}" for line in self.lines)
        used = [name for name in self.names if any(name in line for line in self.lines)]
        source = f"def make({', '.join(used)}):\n    def step():\n{body}\n    return step\n"
        space: dict[str, Any] = {}
        exec(source, space)
        return Step(space["make"](*(self.names[name] for name in used)), source, self.params)

    def rows(self, layer: int) -> bool:
        """Whether a layer's outputs lie as (units, batch)."""
        return layer > 0 and self.how.layouts[layer - 1] == "f"

    def make_pair(self, name: str, units: int, layer: int) -> None:
        self.names[name] = self.empty(*((units, self.batch) if self.rows(layer) else (self.batch, units)))

    def forward(self) -> None:
        self.names["A0"] = self.names["X"]
        if self.has_unit(1):
            self.names["A0"] = np.ones((self.batch, self.widths[0] + 1), self.dtype)
            self.names["A0_inputs"] = self.names["A0"][:, :-1]
            self.lines.append("A0_inputs[...] = X")
        for layer in range(1, self.depth + 1):
            self.product(layer)
            if layer < self.depth:
                self.hidden(layer)

    def product(self, layer: int) -> None:
        """Z = A W.T + b, or all of it transposed."""
        Z, A, W = f"Z{layer}", f"A{layer - 1}", f"W{layer}"
        if layer < self.depth:
            self.make_pair(Z, self.widths[layer] + self.saturates(layer), layer)
        stored = self.how.stored[layer - 1]
        if self.rows(layer):
            self.dot(self.transposed(W, stored == "t"), self.transposed(A, not self.rows(layer - 1)), Z)
        else:
            self.dot(self.transposed(A, self.rows(layer - 1)), self.transposed(W, stored == "w"), Z)
        if not self.has_unit(layer):
            bias = self.names[f"b{layer}"]
            self.names[f"b{layer}_across"] = bias[:, None] if self.rows(layer) else bias
            self.lines.append(f"add({Z}, b{layer}_across, {Z})")

    def hidden(self, layer: int) -> None:
        """A = tanh(Z); a unit that is always 1 is a row of ones that nothing writes to, or it saturates."""
        A, units = f"A{layer}", self.widths[layer]
        if self.has_unit(layer + 1) and self.rows(layer):
            self.names[A] = np.ones((units + 1, self.batch), self.dtype)
            self.names[f"{A}_inner"] = self.names[A][:units]
        else:
            self.make_pair(A, units + self.saturates(layer), layer)
            self.names[f"{A}_inner"] = self.names[A]
        self.lines.append(f"tanh(Z{layer}, {A}_inner)")

    def softmax(self) -> None:
        """The loss, and dZ of the last layer times the learning rate / batch."""
        layer, classes = self.depth, self.widths[-1]
        rows, Z = self.rows(layer), f"Z{layer}"
        self.shifted(Z, rows, classes)
        self.lines.append(f"exp({Z}, E)")
        self.summed(rows, classes)
        self.lines.append("log(sums_once, log_sums)")
        if self.how.error == "joined":
            self.joined(classes)
            return
        self.names["Y_flat"] = self.names["Y_here"].reshape(-1)
        self.names |= {"ones_dot": self.names["ones"].dot, "Y_dot": self.names["Y_flat"].dot}
        self.lines += [
            f"loss = (ones_dot(log_sums).item() - Y_dot(Z_flat).item()) * {1 / self.batch!r}",
            "divide(E, sums, E)",
            "subtract(E, Y_here, E)",
            f"multiply(E, {self.constant('scale', self.rate / self.batch, self.names['E'].shape)}, E)",
        ]
        self.names[f"D{layer}"] = self.names["E"]

    def lay_out(self, rows: bool, classes: int) -> None:
        """Room for E, Y and ones in one array and for logits and log sums in another, for products with both at once.

        Where the logits lie as (units, batch), Y is copied so as well: mixed orders cost more than the copy does.
        """
        size, shape = classes * self.batch, ((classes, self.batch) if rows else (self.batch, classes))
        factors, logits = self.empty(2 * size + self.batch), self.empty(size + self.batch)
        factors[2 * size :] = -1
        self.names |= {"E": factors[:size].reshape(shape), "E_and_Y": factors[: 2 * size].reshape(2, *shape)}
        self.names |= {"Y_here": self.names["Y"], "factors_dot": factors[size:].dot, "logits": logits}
        self.names |= {f"Z{self.depth}": logits[:size].reshape(shape), "Z_flat": logits[:size]}
        self.names |= {"log_sums": logits[size:], "ones": np.ones(self.batch, self.dtype)}
        if rows:
            self.names |= {"Y_here": self.names["E_and_Y"][1], "Y_T": self.names["Y"].T}
            self.lines.append("Y_here[...] = Y_T")

    def joined(self, classes: int) -> None:
        self.names["E_and_Y"] = self.names["E_and_Y"].reshape(2 * classes, self.batch)
        scales = np.eye(classes, dtype=self.dtype) * self.dtype.type(self.rate / self.batch)
        self.names |= {"difference": np.hstack([scales, -scales]), f"D{self.depth}": self.empty(classes, self.batch)}
        self.lines += [f"loss = factors_dot(logits).item() * {-1 / self.batch!r}", "divide(E, sums, E)"]
        self.dot("difference", "E_and_Y", f"D{self.depth}")

    def shifted(self, Z: str, rows: bool, classes: int) -> None:
        self.names["most"] = self.empty(self.batch)
        self.names["most_across"] = self.names["most"] if rows else self.names["most"][:, None]
        if classes == 2:
            first, second = self.names[Z] if rows else self.names[Z].T
            self.names |= {"first": first, "second": second}
            lines = ["maximum(first, second, out=most)"]
            lines += ["subtract(first, most, first)", "subtract(second, most, second)"]
        else:
            lines = [f"largest({Z}, {0 if rows else 1}, None, most)", f"subtract({Z}, most_across, {Z})"]
        if self.how.shift == "guard":
            self.names["Z_dot"] = self.names["Z_flat"].dot
            limit = 80.0**2 if self.dtype == np.float32 else 700.0**2
            lines = [f"if not Z_dot(Z_flat) < {limit}:", *(f"    {line}" for line in lines)]
        self.lines += lines

    def summed(self, rows: bool, classes: int) -> None:
        if self.how.sums == "matrix":
            self.names["all_ones"] = np.ones((classes, classes), self.dtype)
            self.make_pair("sums", classes, self.depth)
            self.dot(*(("all_ones", "E") if rows else ("E", "all_ones")), "sums")
            self.names["sums_once"] = self.names["sums"][0] if rows else self.names["sums"][:, 0]
            return
        self.names["row"] = np.ones(classes, self.dtype)
        self.names["sums_once"] = self.empty(self.batch)
        self.names["sums"] = self.names["sums_once"] if rows else self.names["sums_once"][:, None]
        self.dot(*(("row", "E") if rows else ("E", "row")), "sums_once")

    def backward(self) -> None:
        for layer in range(self.depth, 0, -1):
            self.gradient(layer)
            if layer > 1:
                self.error_below(layer)
            if self.how.update == "each":
                names = (f"W{layer}",) if self.has_unit(layer) else (f"W{layer}", f"b{layer}")
                self.lines += [f"subtract({name}, d{name}, {name})" for name in names]
            if layer > 1:
                self.through_tanh(layer - 1)
        if self.how.update == "flat":
            self.lines.append("subtract(weights, gradients, weights)")

    def gradient(self, layer: int) -> None:
        """dW = D.T A, transposed where W is stored so; the bias's is the sum over the batch, a product with ones."""
        D, A = f"D{layer}", f"A{layer - 1}"
        if self.how.stored[layer - 1] == "w":
            self.dot(self.transposed(D, not self.rows(layer)), self.transposed(A, self.rows(layer - 1)), f"dW{layer}")
        else:
            self.dot(self.transposed(A, not self.rows(layer - 1)), self.transposed(D, self.rows(layer)), f"dW{layer}")
        if not self.has_unit(layer):
            if self.rows(layer):
                self.dot(D, "ones", f"db{layer}")
            else:
                self.dot("ones", D, f"db{layer}")

    def error_below(self, layer: int) -> None:
        """dA = D W, as the layer below lies."""
        D, W, below = f"D{layer}", f"W{layer}", layer - 1
        units = self.widths[below] + self.has_unit(layer)
        self.make_pair(f"D{below}_all", units, below)
        everything = self.names[f"D{below}_all"]
        self.names[f"D{below}"] = everything[: self.widths[below]] if self.rows(below) else everything
        stored_t = self.how.stored[layer - 1] == "t"
        if self.rows(below):
            self.dot(self.transposed(W, not stored_t), self.transposed(D, not self.rows(layer)), f"D{below}_all")
        else:
            self.dot(self.transposed(D, self.rows(layer)), self.transposed(W, stored_t), f"D{below}_all")

    def through_tanh(self, layer: int) -> None:
        """dZ = dA (1 - A**2); nothing needs A any more, so it makes room."""
        A, D = f"A{layer}_inner", f"D{layer}"
        one = self.constant("one", 1.0, self.names[A].shape)
        self.lines += [f"square({A}, {A})", f"subtract({one}, {A}, {A})", f"multiply({D}, {A}, {D})"]

    def constant(self, name: str, value: float, shape: tuple[int, ...]) -> str:
        """The name of a constant: small arrays are quicker with one of their own shape, that needs no broadcasting."""
        shape = shape if np.prod(shape) <= SMALL else ()
        name = "_".join((name, *map(str, shape)))
        self.names[name] = np.full(shape, value, self.dtype)
        return name
