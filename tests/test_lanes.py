"""The fast lane, `pytest -m "not slow"`, leaves out nothing that it has to have."""

from __future__ import annotations

from pathlib import Path

import pytest

from symbackprop import cli, codegen, formulas, ops, rules
from symbackprop.derivation import METHODS
from symbackprop.networks import ACTIVATIONS, LOSSES

from .goldens import GOLDENS
from .operations import OPERATIONS

HERE = Path(__file__).parent
CODE = {
    "fast": "codegen/test_generated.py::test_file_is_what_is_generated_now[digits.py]",
    "readable": "codegen/test_generated.py::test_file_is_what_is_generated_now[digits_readable.py]",
    "of scalars": "codegen/test_generated.py::test_file_is_what_is_generated_now[xor.py]",
    "naive": "codegen/test_generated.py::test_file_is_what_is_generated_now[xor_naive.py]",
    "of expressions": "codegen/test_compiled_functions.py::test_expression_module_stands_alone",
}
"""A test of each style, and of each kind of module."""


class Lanes:
    """What was collected, and what of it is in the fast lane, as paths below tests/ and what stands behind them."""

    def __init__(self, items: list[pytest.Item]) -> None:
        names = {item: f"{item.path.relative_to(HERE).as_posix()}::{item.name}" for item in items}
        self.all = set(names.values())
        self.fast = {name for item, name in names.items() if item.get_closest_marker("slow") is None}
        self.values = {name: item.callspec.params for item, name in names.items() if hasattr(item, "callspec")}

    def left_out(self, beginning: str) -> list[str]:
        """The tests that begin so and are slow; there must be some that begin so."""
        found = [name for name in self.all if name.startswith(beginning)]
        assert found, beginning
        return sorted(set(found) - self.fast)

    def tried(self, beginning: str) -> set[str]:
        """What the fast tests that begin so are tried with, by name."""
        rows = [values for name, values in self.values.items() if name in self.fast and name.startswith(beginning)]
        names = [getattr(value, "name", value) for row in rows for value in row.values()]
        return {name for name in names if isinstance(name, str)}


@pytest.fixture(scope="module")
def lanes(collected: list[pytest.Item]) -> Lanes:
    found = Lanes(collected)
    modules = {path.relative_to(HERE).as_posix() for path in HERE.rglob("test_*.py")}
    if modules - {name.partition("::")[0] for name in found.all}:
        pytest.skip("not all modules are run")
    return found


def test_every_module_has_a_test_in_the_fast_lane(lanes: Lanes) -> None:
    assert {name.partition("::")[0] for name in lanes.all - lanes.fast} <= {n.partition("::")[0] for n in lanes.fast}


WHOLE = (
    "test_operations.py::",
    "test_rules.py::",
    "codegen/test_special_functions.py::test_text_of_an_operation_means_what_sympy_means",
    "codegen/test_generated.py::test_file_is_what",
)


@pytest.mark.every_row
@pytest.mark.parametrize("table", WHOLE)
def test_tables_that_the_fast_lane_takes_whole(lanes: Lanes, table: str) -> None:
    assert lanes.left_out(table) == []


def test_every_operation_is_tried(lanes: Lanes) -> None:
    assert set(OPERATIONS) - lanes.tried("test_operations.py") == set()
    assert {op.name for op in rules.RULES} - lanes.tried("test_rules.py") == {"sign", "heaviside", "floor", "ceiling"}
    assert lanes.left_out("test_rules.py::test_jumps_are_level_on_both_sides") == []
    priced = {op.name for op in ops.OPS.values() if not op.leaf}
    assert priced - lanes.tried("test_cost.py::test_price_of_an_operation_on_matrices") == set()


def test_every_activation_loss_method_and_format_is_tried(lanes: Lanes) -> None:
    assert {*ACTIVATIONS, *LOSSES} - lanes.tried("test_rules.py") == set()
    assert set(METHODS) - lanes.tried("derivation/") == set()
    assert set(formulas.FORMATS) - lanes.tried("formulas/") == set()


def test_every_kind_of_code_and_every_file_is_tried(lanes: Lanes) -> None:
    assert set(codegen.STYLES) - set(CODE) == set()
    assert set(CODE.values()) - lanes.fast == set()
    assert set(GOLDENS) - lanes.tried("codegen/test_generated.py::test_file_is_what_is_generated_now") == set()


def test_every_command_is_run_and_tells_its_help(lanes: Lanes) -> None:
    commands = set(cli.EXAMPLES)
    assert commands - lanes.tried("cli/test_cli.py::test_help_shows_the_example") == set()
    assert commands - lanes.tried("cli/test_cli.py::test_example_works") == {"compare"}
    assert lanes.left_out("cli/test_comparing.py::test_the_command_prints_and_writes") == []
