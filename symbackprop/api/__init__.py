"""What `import symbackprop as sb` offers to be asked of expressions, equations, networks and models.

In goes what a user has; out comes a `Derivation`, the only place where derivation, formulas and code meet, or a
`Jvp`, or a function for a minimiser. It must not know the command line, nor what a comparison is.
"""

from ..formulas import model_latex
from ..networks import Model, Network
from .derivative_arrays import Hessian, HigherDerivatives, Jacobian
from .derivative_vectors import Gradient, Hvp, OutputTangents, Vjp
from .jacobian_vector_product import Jvp, jvp
from .lambdified import lambdify, value_grad_hess
from .outputs_derivation import OutputsDerivation
from .public_derivation import Derivation, derive
from .residual_rows import Residuals, residuals
from .several_doors import derivatives, hessian, jacobian
from .unevaluated_derivatives import d
from .value_and_gradient import value_and_grad
from .values_at_points import at
from .vector_doors import gradient, hvp, vjp

Model.maths = staticmethod(model_latex)

__all__ = [
    "Derivation",
    "Gradient",
    "Hessian",
    "HigherDerivatives",
    "Hvp",
    "Jacobian",
    "Jvp",
    "Model",
    "Network",
    "OutputTangents",
    "OutputsDerivation",
    "Residuals",
    "Vjp",
    "at",
    "d",
    "derivatives",
    "derive",
    "gradient",
    "hessian",
    "hvp",
    "jacobian",
    "jvp",
    "lambdify",
    "residuals",
    "value_and_grad",
    "value_grad_hess",
    "vjp",
]
