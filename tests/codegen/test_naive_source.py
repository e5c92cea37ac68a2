"""The naive twin of a module, and that the counts in its header are those of its code."""

from __future__ import annotations

import ast
import re

import numpy as np
import pytest

import symbackprop as sb

from ..support import operations, slow_unless, swept
from .scalar_support import COUNTED, NETWORKS, drawn, loaded


@pytest.mark.parametrize("name", ["hidden gelu", "hidden relu", "loss huber", "bce", "cross_entropy", "output elu"])
def test_naive_twin_agrees(name: str) -> None:
    net = sb.Network(*NETWORKS[name])
    naive = sb.derive(net, method="naive")
    twin, shared = loaded(naive.source()), loaded(sb.derive(net).source())
    sample = drawn(net, 5)
    value, grads = shared.loss_and_grad(*sample)
    for other_value, other_grads in (twin.loss_and_grad(*sample), naive.compile()(*sample)):
        assert other_value == pytest.approx(value, rel=1e-12)
        for key, grad in grads.items():
            np.testing.assert_allclose(other_grads[key], grad, rtol=1e-10, atol=1e-12)
    np.testing.assert_allclose(twin.forward(*sample[:2]), shared.forward(*sample[:2]), rtol=1e-14)


@pytest.mark.parametrize("name", COUNTED)
def test_operations_in_the_header_are_those_of_the_code(name: str) -> None:
    """A logsumexp, one operation there, is the largest, n - 1 sums and a logarithm here, and n quotients follow."""
    net = sb.Network(*COUNTED[name])
    source = sb.derive(net).source()
    found = int(re.search(r"^(\d+) operations for the loss", source, re.MULTILINE)[1])
    assert found + (2 * net.widths[-1] + 1 if net.output_name == "softmax" else 0) == swept(source)


@slow_unless(lambda name: name in ("xor", "gelu"))
@pytest.mark.parametrize("name", ["xor", "relu", "gelu", "huber", "elu", "leaky"])
def test_operations_of_the_twin_are_those_of_its_code(name: str) -> None:
    source = sb.derive(sb.Network(*COUNTED[name]), method="naive").source()
    found = int(re.search(r"^(\d+) operations for the loss .*; \d+ in one backward sweep", source, re.MULTILINE)[1])
    functions = [node for node in ast.parse(source).body if isinstance(node, ast.FunctionDef)]
    written = [node for node in functions if node.name.startswith("dL_d") or node.name == "loss_per_sample"]
    assert found == sum(operations(node.body[-1].value) for node in written)
