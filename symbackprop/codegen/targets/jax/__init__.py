"""JAX: a program of steps as the text of a module of pure functions, and as functions that are compiled at once.

In goes a derivation's program; out comes text in one style, plain expressions of whole arrays or of numbers: XLA plans
the memory. JAX itself is needed only where that text runs.
"""

from .jax_expressions import evaluation
from .jax_functions import model_function
from .jax_module import model_text, sweep_text

__all__ = ["evaluation", "model_function", "model_text", "sweep_text"]
