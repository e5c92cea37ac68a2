"""NumPy among the libraries of arrays: what it is called, its tables, and when it is told not to warn."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from .... import ops
from ...passes.expanding import Expanding
from ...passes.further_operations import COFACTORS, SMALL_COFACTORS, SMALL_DETERMINANT, SMALL_INVERSE
from ...precedence import PRODUCT, Call, Infix, Row, Text
from ...steps import MAP, Step, Steps
from ..python_arrays.dialect import Dialect, Helper
from ..python_arrays.step_expressions import DOT, MATMUL, TENSORDOT, VDOT, VECDOT, shared_axes
from .carried_helpers import HELPERS
from .elementwise_source import SOURCES, of_numbers

_LINEAR: dict[ops.Op, Row] = {
    ops.INVERSE: Call("np.linalg.inv"),
    ops.DETERMINANT: Call("np.linalg.det"),
    COFACTORS: Helper("_cofactors"),
    SMALL_INVERSE: Helper("_small_inverse"),
    SMALL_DETERMINANT: Helper("_small_determinant"),
    SMALL_COFACTORS: Helper("_small_cofactors"),
}


def _tensordot(what: Any, xs: Sequence[Text]) -> Text:
    depth = max(x.depth for x in xs) + 1
    return Text(f"np.tensordot({xs[0].source}, {xs[1].source}, axes={shared_axes(what)})", depth=depth)


_PRODUCTS: dict[str, Callable[[Any, Sequence[Text]], Text]] = {
    DOT: lambda what, xs: Infix("@", PRODUCT)(xs),
    MATMUL: lambda what, xs: Infix("@", PRODUCT)(xs),
    VDOT: lambda what, xs: Call("np.vdot")(xs),
    VECDOT: lambda what, xs: Call("np.vecdot")(xs),
    TENSORDOT: _tensordot,
}


def _placed(source: str, sizes: str, index: str, dtype: str) -> str:
    return f"_placed({source}, {sizes}, np.s_{index}, {dtype})"


def _silenced(steps: Steps, order: Iterable[Step], whole: bool = False) -> list[str]:
    """The decorator of a function in which an overflow, or what a choice does not choose, is no concern.

    Where activations stay whole, helpers compute them, in which nothing overflows.
    """
    loud = any(_is_loud(steps, step, whole) for step in order if steps.kind(step) == MAP)
    return ['@np.errstate(all="ignore")'] if loud else []


def _is_loud(steps: Steps, step: Step, whole: bool) -> bool:
    """Whether NumPy warns of what is no fault: exp(-x) that overflows stands below the line of what then is 0."""
    op = steps.what(step)
    if op is ops.EXP:
        return not whole and steps.maps(steps.operands(step)[0], ops.NEG)
    return op.overflows and (op is ops.SELECT or not whole)


NUMPY = Dialect(
    language="NumPy",
    module="np",
    sources=SOURCES,
    linear=_LINEAR,
    of_numbers=of_numbers,
    products=_PRODUCTS,
    expansion=Expanding,
    placed=_placed,
    helpers=HELPERS,
    silenced=_silenced,
)
