"""Rows and their counts: what was run, what was counted without it, and that both are the same."""

from __future__ import annotations

from typing import Any

import pytest

import symbackprop as sb
from symbackprop.comparison import Comparison, compared_networks, running
from symbackprop.comparison.rows import COUNTED, RUN, SKIPPED, UNKNOWN, Subject

from .support import COUNTS, SCALAR, derived


def test_one_row_for_each_network_and_method(found: Comparison) -> None:
    assert [(row.size, row.method) for row in found.rows] == [(n, method) for n in (1, 2) for method in SCALAR]
    assert [row.widths for row in found.rows_of("naive")] == [(2, 2), (2, 2, 2)]
    assert {row.status for row in found.rows} == {RUN}
    assert found.finished
    assert found.methods == list(SCALAR)


def test_counts_of_rows_that_were_run(found: Comparison) -> None:
    """Derived again here, in this process, and counted by `cost`, which other tests compare with brute force."""
    for row in found.rows:
        cost = derived(row, row.method).cost
        swept = derived(row, "backprop").cost
        assert (row.parameters, row.paths, row.edges) == (6 * row.size, swept.paths, swept.edges)
        wanted = {
            "naive": (swept.naive, swept.naive, cost.written_out),
            "naive+cse": (swept.naive, cost.total, row.sympy),
            "sympy-forward": (row.sympy, cost.total, row.sympy),
            "forward": (cost.total, cost.total, None),
            "backprop": (cost.total, cost.total, None),
        }
        assert (row.derived, row.evaluated, row.sympy) == wanted[row.method]


def test_what_sympy_gives_is_counted_as_it_comes(found: Comparison) -> None:
    """Between `cse` and written out: every replacement once, and each derivative written out in them."""
    for row in found.rows_of("sympy-forward") + found.rows_of("naive+cse"):
        assert row.evaluated is not None
        assert row.sympy is not None
        assert row.evaluated <= row.sympy <= (found.rows_of("naive")[row.size - 1].sympy or 0)


@pytest.mark.parametrize("depth", [1, 2, 3, 8])
def test_paths_and_edges_by_their_formulas(depth: int) -> None:
    """Each weight of layer l leads on along width^(depth - l) paths; each layer has the same edges."""
    row = running._exact(Subject((3,) * (depth + 1), depth, "tanh", "tanh", None, "scalar"))["naive"]
    assert row.paths == sum(12 * 3 ** (depth - layer) for layer in range(1, depth + 1))
    assert row.edges == 24 * depth - 6


@pytest.mark.slow
def test_counts_of_two_hundred_layers_at_once(counted: Comparison) -> None:
    assert {row.status for row in counted.rows} == {COUNTED}
    last = counted.rows_of("naive")[-1]
    assert last.paths == 12 * (3**200 - 1) // 2
    assert len(str(last.derived)) == 102
    assert counted.rows[-1].derived == derived(last, "backprop").cost.total == 54 * 200 - 6
    law = counted.laws["naive"]["derived"]
    assert (law.kind, round(law.factor, 1)) == ("exponential", 3.0)
    assert counted.laws["backprop"]["derived"].kind == "linear"
    assert "exponential, ×3.03" in str(counted)
    assert "3^L (about 10^96 at depth 200)" in counted.sentence


@pytest.mark.slow
def test_a_stopped_method_goes_on_counted() -> None:
    """The same counts as where it runs, marked, and with a word at the depth where it was stopped."""
    seen: list[tuple[int, int, str]] = []
    stopped = sb.compare(  # with a budget for which nobody waits: a process that waits may wake late, and find a reply
        width=2, depths=[1, 2], budget=1e-9, progress=lambda done, total, what: seen.append((done, total, what))
    )
    for row in stopped.rows:
        assert row.status == (UNKNOWN if row.method == "sympy-forward" else COUNTED)
        assert row.note == ("stopped after 1e-09 s of deriving, writing and running" if row.size == 1 else "")
        assert (row.seconds, row.source_bytes, row.gradient_seconds) == (None, None, None)
    assert seen[0] == (0, 10, "2-2: naive")
    assert [done for done, _, _ in seen] == list(range(11))
    assert "naive: stopped after 1e-09 s of deriving, writing and running, at depth 1." in str(stopped)
    assert (str(stopped).count("counted  "), str(stopped).count("not run  ")) == (8, 2)


@pytest.mark.parametrize("method", ["naive", "naive+cse", "forward", "backprop"])
def test_counts_are_the_same_run_or_counted(found: Comparison, method: str) -> None:
    for row in found.rows_of(method):
        subject = Subject(row.widths, row.size, "tanh", "tanh", None, "scalar")
        exact = running._with_forward_count(running._exact(subject)[method], subject)
        assert [getattr(exact, name) for name in COUNTS] == [getattr(row, name) for name in COUNTS]
        assert exact.evaluated in (row.evaluated, None)


@pytest.mark.slow
def test_a_missing_method_is_skipped_with_a_word(monkeypatch: Any) -> None:
    monkeypatch.setattr(compared_networks, "has_private_forward", lambda: False)
    skipped = sb.compare(width=1, depths=[1, 2], methods=["sympy-forward", "backprop"])
    assert [row.status for row in skipped.rows] == [SKIPPED, RUN] * 2
    assert {row.note for row in skipped.rows_of("sympy-forward")} == {
        "this SymPy has no private forward mode; 1.14 has"
    }
    assert {row.derived for row in skipped.rows_of("sympy-forward")} == {None}
    assert "skipped" in str(skipped)
    assert "sympy-forward: this SymPy has no private forward mode; 1.14 has, at depth 1 to 2." in str(skipped)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"hidden": "relu", "output": "softmax", "loss": "cross_entropy"}, "loss cross_entropy"),
        ({"hidden": "sigmoid", "output": "relu", "loss": "mse"}, "hidden sigmoid, output relu, loss mse"),
    ],
)
def test_options_reach_the_network(options: dict[str, str], says: str) -> None:
    found = sb.compare(architectures=[(2, 3, 2)], methods=["naive", "forward", "backprop"], **options)  # type: ignore[arg-type]
    network = sb.Network((2, 3, 2), **options)  # type: ignore[arg-type]
    assert {row.status for row in found.rows} == {RUN}
    assert found.rows[-1].derived == sb.derive(network).cost.total
    assert found.rows[-2].derived == sb.derive(network, method="forward").cost.total
    assert says in str(found)
