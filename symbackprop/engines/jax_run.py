"""A run of training on JAX: one compiled step, on one device or on a mesh of them."""

from __future__ import annotations

from types import ModuleType
from typing import Any

import numpy as np

from ..errors import DataError
from ..runtime.generated_modules import Array, Params, trainable
from ..runtime.parameters import dtype_of
from ..runtime.settings import Settings
from ..runtime.training_run import Pair, Run
from .compiler_options import options_for
from .installed import needed
from .jax_mesh import Layout
from .jax_optimizers import kept, mapped, transform

jax, jnp = needed("jax"), needed("jax.numpy")


def check_dtype(params: Params) -> None:
    """Refuse numbers that JAX would silently make others of, by a DataError."""
    dtype = dtype_of(params)
    if dtype.itemsize > 8:
        raise DataError(f"JAX has no {dtype}: give params as float32 or float64")
    if dtype.itemsize == 8 and not jax.config.jax_enable_x64:
        advice = "jax.config.update('jax_enable_x64', True) switches that on, or give params as float32"
        raise DataError(f"params are float64, which JAX has switched off: {advice}")


def new_step(module: ModuleType, settings: Settings) -> Any:
    """step(params, state, X, Y, rate): (params, state, loss) after one step on one batch, a pure function."""
    known = trainable(module)

    def step(params: Params, state: Any, X: Any, Y: Any, rate: Any) -> tuple[Params, Any, Any]:
        loss, grads = known.loss_and_grad(params, X, Y)
        updates, state = transform(settings, rate).update(grads, state, params)
        return {name: params[name] + updates[name] for name in params}, state, loss

    return step


class JaxRun(Run):
    """A run on JAX. Each process calls the same methods in the same order, as parts of an array are with each."""

    def __init__(
        self,
        module: ModuleType,
        params: Params,
        settings: Settings,
        data: Pair,
        held: Pair | None = None,
        *,
        mesh: Any,
    ) -> None:
        super().__init__(module, settings, data, held)
        check_dtype(params)
        self.size, self._dtype = min(settings.batch_size, len(data[0])), dtype_of(params)
        self.layout = Layout(mesh, module, self.size, len(data[0]))
        self.params = self.layout.parameters(params)
        state = transform(settings, 0.0).init(params)
        self._state_layout = mapped(state, lambda _, name, leaf: self.layout.params.get(name, self.layout.whole))
        self.state = jax.tree.map(self.layout.placed, state, self._state_layout)
        laid = (self.layout.params, self._state_layout, self.layout.whole)
        options = options_for(module, jax)
        self.step = jax.jit(
            new_step(module, settings), donate_argnums=(0, 1), out_shardings=laid, compiler_options=options
        )
        self._loss = jax.jit(module.loss, out_shardings=self.layout.whole, compiler_options=options)
        self._copy = jax.jit(lambda params: jax.tree.map(jnp.copy, params), out_shardings=self.layout.params)
        self._gather = jax.jit(lambda params: params, out_shardings=self.layout.whole)
        self._finite = jax.jit(lambda params: jnp.array([jnp.isfinite(one).all() for one in params.values()]).all())
        self._held = held and tuple(self.layout.placed(array, self.layout.whole) for array in held)
        self._good = self._copy(self.params)

    def swept(self, order: Array, rate: float) -> float:
        """One step on each batch of the samples in this order; returns the sum of their losses."""
        losses, rate_now = [], self._dtype.type(rate)
        for start in range(0, len(order), self.size):
            rows = order[start : start + self.size]
            X, Y = (self.layout.batch(data, rows) for data in self.data)
            losses.append((self.one_step(X, Y, rate_now), len(rows)))
        return sum(float(value) * count for value, count in losses)

    def one_step(self, X: Any, Y: Any, rate: Any) -> Any:
        """One step on one batch; returns its mean loss, which on an accelerator may still be on its way.

        The devices of a CPU share a few threads: steps that wait for each other in them would stand still.
        """
        self.steps += 1
        self.params, self.state, loss = self.step(self.params, self.state, X, Y, rate)
        return loss.block_until_ready() if self.layout.waits else loss

    def parameters(self) -> Params:
        """The parameters as they lie on the devices; the next step takes their room."""
        return self.params

    def kept(self) -> Params:
        """The arrays that the optimizer keeps, by the names of `runtime`."""
        return kept(self.state)

    def copied(self, params: Params) -> Params:
        """The same arrays in room of their own."""
        copies: Params = jax.block_until_ready(self._copy(params))
        return copies

    def restore(self, params: Params, kept: Params, best: Params) -> None:
        """Put in place what a checkpoint holds, whatever mesh it comes from."""
        self.params, self.best = self.layout.parameters(params), self.layout.parameters(best) if best else {}
        steps = np.int32(self.steps)
        state = mapped(self.state, lambda name, of, _: kept[f"{name}_{of}"] if of else steps)
        self.state = jax.tree.map(self.layout.placed, state, self._state_layout)

    def mark(self) -> None:
        """Remember the parameters as they stand."""
        self._good = self.copied(self.params)

    def marked(self) -> Params:
        """What was remembered, in NumPy."""
        return self.gathered(self._good)

    def gathered(self, params: Params) -> Params:
        """The whole of each array in NumPy."""
        return {name: np.array(array) for name, array in self._gather(params).items()}

    def are_finite(self) -> bool:
        """Whether all parameters are."""
        return bool(self._finite(self.params))

    def held_loss(self, held: Pair) -> float:
        """The mean loss of the rows that are not trained on, which each device computes."""
        return float(self._loss(self.params, *(self._held or held)))

    def outcome(self) -> Params:
        """The best parameters where there is validation, else the last; in NumPy."""
        return self.gathered(super().outcome())
