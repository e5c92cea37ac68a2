"""The derivative of a loss, by whichever method: one file per method, and one result, the `Sweep`.

In go equations and the symbols to differentiate by, or a graph with names; out comes a `Sweep`: the named lines of the
forward pass, each adjoint once, the steps of the chain rule between them, and what it all costs. It must not know how
a formula is printed nor how code is written. Read `methods`, `lowered_equations`, `backprop`, `sweep`, in this order;
`method_table` has a row for each method. What one expression is made of, and what the sweep has left of its
derivatives, is tidied by `shared_loss` and `shared_parts`, and by `cancellation`.

Several outputs, and derivatives of higher order, are made by vertex elimination on one graph: read `elimination`,
`jacobians`, `several_outputs`. Derivatives that stand inside of what is derived are made by `inner_derivatives`.
"""

from .chain_rule import ChainRule, extended
from .compressed_products import (
    COLUMNS,
    ROWS,
    Colours,
    Compression,
    colours_of_hessian,
    colours_of_jacobian,
    compressed,
)
from .derivation_cost import longest_last
from .directional_derivative import default_direction, derive_along
from .given_values import DIGITS
from .inner_names import call_derivatives, inner_of
from .jacobians import Derivatives, Jacobian, derivatives, hessian, jacobian
from .lowered_equations import Care
from .method_table import DEFAULT, WAYS, Way
from .methods import METHODS, derive_equations
from .named_steps import in_steps, node_of
from .numeric_values import Point, is_defined
from .paths import Path, Paths, Routes
from .requested_outputs import derive_requested
from .result_types import ChainStep, Cost, Definition, Inner, TangentStep, places_of
from .several_outputs import SeveralOutputs, derive_orders, derive_outputs
from .sweep import Sweep
from .sympy_methods import has_private_forward
from .vector_products import default_seeds, derive_hessian_times, derive_pulled_back, derive_pushed_forward

__all__ = [
    "COLUMNS",
    "DEFAULT",
    "DIGITS",
    "METHODS",
    "ROWS",
    "WAYS",
    "Care",
    "ChainRule",
    "ChainStep",
    "Colours",
    "Compression",
    "Cost",
    "Definition",
    "Derivatives",
    "Inner",
    "Jacobian",
    "Path",
    "Paths",
    "Point",
    "Routes",
    "SeveralOutputs",
    "Sweep",
    "TangentStep",
    "Way",
    "call_derivatives",
    "colours_of_hessian",
    "colours_of_jacobian",
    "compressed",
    "default_direction",
    "default_seeds",
    "derivatives",
    "derive_along",
    "derive_equations",
    "derive_hessian_times",
    "derive_orders",
    "derive_outputs",
    "derive_pulled_back",
    "derive_pushed_forward",
    "derive_requested",
    "extended",
    "has_private_forward",
    "hessian",
    "in_steps",
    "inner_of",
    "is_defined",
    "jacobian",
    "longest_last",
    "node_of",
    "places_of",
]
