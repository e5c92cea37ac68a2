"""What array libraries have beside the operations of a graph, and what is computed in one go to keep its digits.

The passes of this folder make steps of them; a target spells them like all others.
"""

from __future__ import annotations

import sympy as sp

from ... import ops

SQUARE = ops.Op("square", lambda x: x**2, 1, ops.elementwise)
EXPM1 = ops.Op("expm1", lambda x: sp.exp(x) - 1, 1, ops.elementwise)
LOGADDEXP = ops.Op("logaddexp", lambda x, y: sp.log(sp.exp(x) + sp.exp(y)), 2, ops.elementwise)
LOG1P = ops.Op("log1p", lambda x: sp.log(1 + x), 1, ops.elementwise)
"""What libraries have beside the operations of a graph."""
LOG_HALF_ERFC = ops.Op("log_half_erfc", lambda x: sp.log(sp.erfc(x) / 2), 1, ops.elementwise, special=True)
"""The logarithm of the normal distribution function, but for the scale of x."""

TOP = {
    ops.LOGSUMEXP: ops.Op("top", sp.Max, None, ops.elementwise),
    ops.WEIGHTED_LOGSUMEXP: ops.Op("weighted_top", lambda *terms: sp.Max(*terms[1::2]), None, ops.elementwise),
}
"""The largest exponent of a logarithm of a sum of exponentials."""
WEIGHTED_SUM = ops.Op("weighted_sum", lambda *terms: sp.nan, None, ops.elementwise)
"""What is left of a weighted sum of exponentials when that is taken out of it."""
WEIGHTED_LOG = ops.Op("weighted_log", lambda *terms: sp.nan, None, ops.elementwise)
"""The logarithm of that."""
REST_OF_SUM = ops.Op("rest_of_sum", lambda top, *xs: sp.Add(*(sp.exp(x - top) for x in xs)) - 1, None, ops.elementwise)
"""What is left of a sum of exponentials when the largest is taken out of it, and that one itself left out."""
EXP_OF_DIFFERENCE = ops.Op("exp_of_difference", lambda x, y: sp.exp(x - y), 2, ops.elementwise)
BELL = ops.Op("bell", lambda k, x, c: k * sp.exp(-c * x**2), 3, ops.elementwise)
ERFC_OF_ROOT = ops.Op("erfc_of_root", lambda x: sp.erfc(x / sp.sqrt(2)), 1, ops.elementwise, special=True)
TIMES_ERFC_OF_ROOT = ops.Op("times_erfc_of_root", lambda k, erfc, x: k * erfc, 3, ops.elementwise)
"""What takes an argument that is not rounded before."""
COFACTORS = ops.Op("cofactors", lambda x: sp.Determinant(x) * x.T.I, 1, ops.elementwise)
SMALL_INVERSE = ops.Op("small_inverse", lambda x: x.I, 1, ops.elementwise)
SMALL_DETERMINANT = ops.Op("small_determinant", sp.Determinant, 1, ops.elementwise)
SMALL_COFACTORS = ops.Op("small_cofactors", COFACTORS.sympy, 1, ops.elementwise)
"""Over the last two axes; the small ones of two or three rows, by their entries."""
