"""The names that options take, and what is taken where none is given: as texts, so that parsing needs no SymPy.

Each is a table's: a new activation is a row there and a name here, and a test names the one that is missing.
"""

from __future__ import annotations

ACTIVATIONS = (
    "identity", "tanh", "sigmoid", "relu", "leaky_relu", "elu", "softplus", "silu", "gelu", "softsign",
)  # fmt: skip
LOSSES = ("half_sse", "mse", "mae", "huber", "bce", "cross_entropy")
FORMS = ("scalar", "matrix")
METHODS = ("backprop", "forward", "naive", "naive+cse", "sympy-forward")
DEFAULT_METHOD = "backprop"
FORMATS = ("text", "latex", "markdown", "mathml", "html")
NOTATIONS = ("superscript", "subscript", "nielsen", "rows")
HEADINGS = ("section", "subsection", "subsubsection", "paragraph", "none")
"""What the title of a document may be in LaTeX."""
PICTURES = ("svg", "dot", "gv", "tikz", "tex")
MOST_PATHS = 20
DEFAULT_DIGITS = 6
STYLES = ("fast", "readable")
TARGETS = ("numpy", "jax")
COMPARED = ("naive", "naive+cse", "sympy-forward", "forward", "backprop")
"""The methods that compare takes, in the order in which it shows them."""
GROWING = ("depth", "width", "parameters")
"""What may grow from one network of a comparison to the next."""
