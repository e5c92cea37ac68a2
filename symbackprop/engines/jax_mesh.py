"""The devices of a run as a mesh, and what lies where on it."""

from __future__ import annotations

from contextlib import suppress
from types import ModuleType
from typing import Any

import numpy as np

from ..errors import DataError
from ..runtime.generated_modules import Array, Params, trainable
from .installed import needed
from .jax_places import AXES, Places

jax, sharding = needed("jax"), needed("jax.sharding")


def force(places: Places) -> None:
    """Have as many devices on a CPU as are asked for, before JAX starts; afterwards there are those that there are."""
    if places.devices > 1:
        with suppress(RuntimeError):  # it has started, in somebody's Python that calls this command
            jax.config.update("jax_num_cpu_devices", places.devices)


def mesh_of(places: Places) -> Any:
    """The mesh, each process with devices of its own side by side.

    Raises:
        DataError: there are fewer devices than asked for, or the processes have different numbers of them.
    """
    every = devices()
    own = [[device for device in every if device.process_index == process] for process in range(places.processes)]
    if len({*map(len, own)}) > 1:
        raise DataError(f"the processes have {' and '.join(str(len(one)) for one in own)} devices: give all the same")
    if len(own[0]) < places.devices:
        raise DataError(_too_few(len(own[0]), places.devices))
    chosen = [device for one in own for device in one[: places.devices]]
    return sharding.Mesh(np.array(chosen).reshape(places.data, places.model), AXES)


def devices() -> Any:
    """All devices; a DataError says why JAX has none."""
    try:
        return jax.devices()
    except (AssertionError, RuntimeError) as error:
        chosen = jax.config.jax_platforms
        advice = f": JAX_PLATFORMS is {chosen}, cpu is always there" if chosen else ""
        told = str(error).partition("\n")[0] or type(error).__name__
        raise DataError(f"JAX cannot start ({told}){advice}") from error


def _too_few(found: int, wanted: int) -> str:
    kind = jax.default_backend()
    advice = f"set --devices to {found} or fewer"
    if kind == "cpu":
        advice = f"jax.config.update('jax_num_cpu_devices', {wanted}) makes as many, before JAX starts"
    return f"{wanted} devices are more than there are: {found} of kind {kind}; {advice}"


def told(places: Places) -> list[str]:
    """A line on devices that are none of their own."""
    if jax.default_backend() != "cpu" or places.devices == 1:
        return []
    return [f"note: {places.devices} devices share the cores of this machine: that checks equality, and is no faster"]


class Layout:
    """Where parameters and batches lie.

    A parameter that MODEL["split"] names is cut along `model`, unless the length of that axis does not allow it; any
    other is whole on each device.
    """

    def __init__(self, mesh: Any, module: ModuleType, batch: int, rows: int) -> None:
        self.mesh, self.several = mesh, jax.process_count() > 1
        self.waits = mesh.devices.flat[0].platform == "cpu"
        self.whole, self.rows = self._over(), self._over("data")
        _check_batch(batch, mesh.shape["data"], rows)
        shapes, split = trainable(module).SHAPES, trainable(module).MODEL.get("split", {})
        axes = {name: axis for name, axis in split.items() if shapes[name][axis] % mesh.shape["model"] == 0}
        if mesh.shape["model"] > 1 and not axes:
            title = trainable(module).MODEL["title"]
            raise DataError(f"nothing of {title} can be split {mesh.shape['model']} ways: leave model out of --mesh")
        self.params = {
            name: self._over(*("model" if axes.get(name) == axis else None for axis in range(len(shape))))
            for name, shape in shapes.items()
        }

    def _over(self, *axes: str | None) -> Any:
        return sharding.NamedSharding(self.mesh, sharding.PartitionSpec(*axes))

    def placed(self, array: Any, where: Any) -> Any:
        """An array on the mesh; every process has all of it, and gives what its own devices take."""
        if not self.several:
            return jax.device_put(array, where)
        found = np.asarray(array)
        return jax.make_array_from_callback(found.shape, where, lambda index: found[index])

    def parameters(self, params: Params) -> Params:
        """All parameters on the mesh."""
        return {name: self.placed(params[name], where) for name, where in self.params.items()}

    def batch(self, data: Array, rows: Array) -> Any:
        """These rows of the data, split over `data`; the last few of an epoch that do not divide are whole anywhere."""
        where = self.whole if len(rows) % self.mesh.shape["data"] else self.rows
        if not self.several:
            return jax.device_put(data[rows], where)
        shape = len(rows), data.shape[1]
        return jax.make_array_from_callback(shape, where, lambda index: data[rows[index[0]]])


def _check_batch(batch: int, ways: int, rows: int) -> None:
    """Refuse a batch that cannot be dealt out evenly, with those next to it that can."""
    if not batch % ways:
        return
    below, above = batch - batch % ways, batch - batch % ways + ways
    fits = " or ".join(str(size) for size in (below, above) if 0 < size <= rows)
    shares = [count for count in range(1, batch + 1) if not batch % count]
    near = [*[count for count in shares if count < ways][-1:], *[count for count in shares if count > ways][:1]]
    advice = f"split it {' or '.join(map(str, near))} ways" + f", or set the batch size to {fits}" * bool(fits)
    raise DataError(f"a batch of {batch} rows cannot be split {ways} ways over the mesh axis data: {advice}")
