"""Whatever the hash seed: the same formulas, paths, derivations and modules, to the byte."""

from __future__ import annotations

from functools import cache

import pytest

from .support import printed_by, slow_unless

PROGRAMS: dict[str, str] = {
    "formulas": """
import sys
from symbackprop.derivation import derive_equations
from symbackprop.formulas import FORMATS, document, rendered
from symbackprop.networks import Network
for choices in (("silu", "softmax", "cross_entropy"), ("gelu", "identity", "huber")):
    net = Network([2, 3, 2], *choices)
    derivation = derive_equations(net.equations, net.parameters, model=net)
    for format in FORMATS:
        sys.stdout.buffer.write(rendered(document(derivation), format).encode())
        sys.stdout.buffer.write(rendered(document(derivation, "b1_2"), format).encode())
""",
    "formulas of matrices": """
import sys, symbackprop as sb
net = sb.Network([3, 4, 2], "gelu", "softmax", "mse", form="matrix")
sys.stdout.buffer.write(sb.derive(net).formulas().encode())
""",
    "paths": """
import sys
import symbackprop as sb
sys.stdout.reconfigure(encoding="utf-8")
derivation = sb.derive(sb.Network([2, 3, 3], "gelu", "softmax", "cross_entropy"))
print(derivation.paths("w1_1_1"), derivation.paths().latex())
""",
    "diagrams": """
import sys
import sympy as sp, symbackprop as sb
sys.stdout.reconfigure(encoding="utf-8")
x, y = sp.symbols("x y")
net = sb.Network([2, 3, 2], "gelu", "softmax")
values = {name: 0.5 for name in sorted(str(symbol) for symbol in (*net.parameters, *net.inputs, *net.targets))}
drawn = [sb.derive(net).diagram(values, "w1_1_1"), sb.derive(net).diagram(layers=True)]
drawn += [sb.derive(sp.Max(x, y) * sp.sin(x**2) * sp.exp(x * y) / (x + 1)).diagram()]
for one in drawn:
    print(one, one.svg(), one.dot(), one.tikz())
""",
    "derivations": """
import sympy as sp
from symbackprop.derivation import derive_equations
from symbackprop.networks import Network
a, b, c, e, L = sp.symbols("a b c e L", real=True)
net = Network([3, 2, 2], "silu", "softmax", "huber")
loss = sp.Max(a, b * c, sp.exp(e)) + sp.Piecewise((sp.log(a), sp.And(a > 0, sp.Or(b > c, e < 2))), (a * b * c, True))
equations = [(e, a * b + sp.Min(a, b, c)), (L, loss * sp.besselj(1, a) / (b + c * a))]
cases = [(net.equations, net.parameters), (equations, [a, b, c])]
for equations, wrt in cases:
    found = derive_equations(equations, wrt)
    for line in found.definitions:
        print(line.kind, line.symbol, found.graph.keys[line.node], found.sympy(line.node))
    for symbol in wrt:
        print(symbol, found.chain(symbol), found.gradients[symbol])
    print(found.expand(wrt[-1]))
    print(found.cost.operations, found.cost.written_out, found.as_cse())
""",
    "shared parts": """
import sympy as sp, symbackprop as sb
names = sp.symbols("x y z u v w", real=True)
x, y, z, u, v, w = names
sums = (x + y + z, x + y + u - w, y - x + v, x * y * z / w, x * y / (w * u), u * v * x * y)
loss = sum(sp.sin(one / 9) for one in sums) * sp.prod(sums[:4]) / (1 + sums[5] ** 2)
for method in ("forward", "backprop"):
    d = sb.derive(loss, names, method)
    print(d.as_cse(), d.formulas(), d.source(), d.graph.keys)
print(sb.jvp(loss).derivation.source(), d.explain("x"), d.adjoint(sums[0]))
""",
    "methods and directions": """
import sympy as sp, symbackprop as sb
p, q, r = sp.symbols("p q r", real=True)
loss = sp.Max(p, q, r) * sp.exp(p * q) + sp.gamma(r**2) * sp.exp(p * q) ** 2
for method in ("forward", "naive", "naive+cse", "sympy-forward"):
    for net in (sb.Network([2, 3, 1]), sb.Network([2, 3, 2], "gelu", "softmax", "cross_entropy")):
        derivation = sb.derive(net, method=method)
        print(derivation.source(), derivation.formulas("latex"))
    print(sb.derive(loss, method=method).source() if "forward" in method[:7] else "")
jvp = sb.jvp(loss)
print(jvp, jvp.derivation.source(), jvp.equations, jvp.expand())
A = sp.MatrixSymbol("A", 3, 3)
print(sb.jvp(A * A.T * sp.Trace(A), [A]).derivation.source())
""",
    "modules": """
import hashlib, sympy as sp, symbackprop as sb
nets = [([2, 3, 1], "tanh", "sigmoid", "bce"), ([3, 3, 3], "gelu", "softmax", "cross_entropy"),
        ([2, 2, 2], "elu", "leaky_relu", "huber")]
text = "".join(sb.derive(sb.Network(*net), method=m).source() for net in nets[:2] for m in ("backprop", "naive"))
text += sb.derive(sb.Network(*nets[2])).source()
p, q, r = sp.symbols("p q r")
text += sb.derive(sp.Max(p, q, r) * sp.exp(p * q) + sp.gamma(r) * sp.exp(p * q) ** 2).source()
print(hashlib.sha256(text.encode()).hexdigest())
""",
    "derivatives of several outputs": """
import sympy as sp, symbackprop as sb
from tests import physics
from tests.derivation.jacobian_support import arm
as_it_is = {"stable": False, "accurate": False}
for found in (sb.jacobian(*arm(), **as_it_is), sb.hessian(*physics.scan_exchange(), **as_it_is)):
    print(found.cost.total, found.cost.order, found.cost.counts, found.source(values=True))
""",
    "modules in JAX": """
import sympy as sp, symbackprop as sb
for form in ("scalar", "matrix"):
    print(sb.derive(sb.Network([3, 4, 2], "gelu", "softmax", form=form)).source(target="jax"))
p, q, r = sp.symbols("p q r")
B, c = sp.MatrixSymbol("B", 3, 3), sp.MatrixSymbol("c", 3, 1)
print(sb.derive(sp.Max(p, q, r) * sp.exp(p * q) + sp.gamma(r) * sp.exp(p * q) ** 2).source(target="jax"))
print(sb.derive(sb.Total(B.I * c) + sp.log(sp.Determinant(B)), wrt=[B]).source(batch=[c], target="jax"))
""",
    "modules of matrices": """
import sympy as sp, symbackprop as sb
M = sp.MatrixSymbol
n = sp.Symbol('n', integer=True, positive=True)
A, B, c, s = M('A', n, n), M('B', n, 3), M('c', 3, 1), sp.Symbol('s', real=True)
L = sb.Total(A.I * B * c) + s * sb.Total(sb.Softmax(B)) + sp.log(sp.Determinant(A)) / n
d = sb.derive(L, wrt=[A, B])
print(d.source(), d.source(batch=[c, s]))
print(sb.derive(sb.Network([3, 4, 2], 'gelu', 'softmax', form='matrix')).source())
""",
}


SEEDS = ("0", "4242")
FAST = ("paths",)
MARK = "\x1e"


@cache
def printed(names: tuple[str, ...], seed: str) -> dict[str, str]:
    """What each of some programs prints, one after the other in one process: to start one takes longer than they do."""
    programs = [f"{PROGRAMS[name]}\nimport sys\nsys.stdout.flush()\nprint({MARK!r})\n" for name in names]
    code = "".join(f"exec({program!r}, {{}})\n" for program in programs)
    return dict(zip(names, printed_by(code, PYTHONHASHSEED=seed).split(MARK), strict=False))


@slow_unless(lambda name: name in FAST)
@pytest.mark.parametrize("name", PROGRAMS)
def test_the_same_bytes_whatever_the_hash_seed(name: str) -> None:
    names = FAST if name in FAST else tuple(other for other in PROGRAMS if other not in FAST)
    found = [printed(names, seed)[name] for seed in SEEDS]
    assert len(set(found)) == 1
    assert found[0].strip()
