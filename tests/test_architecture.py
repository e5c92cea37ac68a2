"""The blueprint's arrows and habits, read off the source with `ast`."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

import symbackprop

PACKAGE = Path(symbackprop.__file__).parent

LAYERS = (
    {"errors"},
    {"runtime"},
    {"sympy_functions", "atomic_writes"},
    {"ops"},
    {"graph"},
    {"rules", "lowering"},
    {"equation_list"},
    {"networks"},
    {"stable_forms", "cost", "python_files"},
    {"derivation"},
    {"formulas", "codegen"},
    {"training", "comparison"},
    {"api"},
    {"__init__"},
    {"demo"},
    {"cli"},
    {"__main__"},
)
"""From the bottom up: a part imports only from layers below its own."""

HEIGHT = {part: height for height, layer in enumerate(LAYERS) for part in layer}
TREES = {path.relative_to(PACKAGE).with_suffix("").parts: ast.parse(path.read_text()) for path in PACKAGE.rglob("*.py")}
MODULES = sorted(TREES)
EXECUTES = {
    ("codegen", "targets", "numpy", "compiled_functions"): ["exec"],
    ("runtime", "generated_modules"): ["exec", "literal_eval"],
}
"""The modules that run source code: the one that makes it, and the one that runs a module that was written."""


ModuleName = tuple[str, ...]


def imports(module: ModuleName) -> Iterator[ModuleName]:
    """The package's own modules that a module imports."""
    for node in ast.walk(TREES[module]):
        if isinstance(node, ast.ImportFrom) and node.level:
            base = module[: len(module) - node.level] + tuple((node.module or "").split("."))
            base = tuple(filter(None, base))
            for alias in node.names:
                inside = (*base, alias.name)
                yield next(name for name in (inside, (*inside, "__init__"), base, (*base, "__init__")) if name in TREES)
        elif isinstance(node, ast.Import | ast.ImportFrom):
            names = [node.module] if isinstance(node, ast.ImportFrom) else [alias.name for alias in node.names]
            assert not any(str(name).split(".")[0] == "symbackprop" for name in names), f"{module}: import relatively"


def functions(tree: ast.AST) -> list[ast.FunctionDef]:
    return [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)]


def length(function: ast.FunctionDef) -> int:
    """Lines of a function's body, without its docstring."""
    body = function.body[ast.get_docstring(function) is not None :] or function.body
    return (body[-1].end_lineno or 0) - body[0].lineno + 1


def test_every_module_has_its_place() -> None:
    unplaced = {module[0] for module in MODULES} - set(HEIGHT)
    assert not unplaced, f"put {', '.join(sorted(unplaced))} into LAYERS"


@pytest.mark.parametrize("module", MODULES, ids="/".join)
def test_imports_run_downward(module: ModuleName) -> None:
    for target in imports(module):
        inside = len(module) > 1 and target[0] == module[0]
        assert inside or HEIGHT[target[0]] < HEIGHT[module[0]], f"{'/'.join(module)} imports {'/'.join(target)}"


def test_no_import_is_part_of_a_cycle() -> None:
    order = TopologicalSorter({module: set(imports(module)) for module in MODULES})
    assert list(order.static_order())


@pytest.mark.parametrize("module", MODULES, ids="/".join)
def test_no_import_hides_in_a_function(module: ModuleName) -> None:
    hidden = [
        node.lineno
        for function in functions(TREES[module])
        for node in ast.walk(function)
        if isinstance(node, ast.Import | ast.ImportFrom)
    ]
    assert not hidden, f"imports inside functions in lines {hidden}"


def test_no_file_is_long() -> None:
    lengths = {
        module: len((PACKAGE.joinpath(*module)).with_suffix(".py").read_text().splitlines()) for module in MODULES
    }
    assert {module: lines for module, lines in lengths.items() if lines > 350} == {}


def test_functions_are_short() -> None:
    lengths = sorted(length(function) for tree in TREES.values() for function in functions(tree))
    assert lengths[len(lengths) // 2] <= 5
    assert lengths[len(lengths) * 9 // 10] <= 13


def test_no_function_is_long_but_those_written_out_for_speed() -> None:
    plain = [(module, tree) for module, tree in TREES.items() if not module[-1].startswith("fast_")]
    assert [(module, one.name) for module, tree in plain for one in functions(tree) if length(one) > 40] == []


def calls(tree: ast.AST) -> Iterator[tuple[str, int]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            callee = node.func
            yield (callee.id if isinstance(callee, ast.Name) else getattr(callee, "attr", "")), node.lineno


@pytest.mark.parametrize("module", MODULES, ids="/".join)
def test_no_string_is_run_as_code(module: ModuleName) -> None:
    banned = {"eval", "exec", "sympify", "parse_expr", "literal_eval", "__import__"}
    found = [call for call in calls(TREES[module]) if call[0] in banned]
    assert sorted(name for name, _ in found) == EXECUTES.get(module, []), found


def test_no_module_is_called_like_something_exported() -> None:
    """`from symbackprop import derive` must not give a module one day and a function the next."""
    for module in MODULES:
        if module[-1] == "__init__":
            siblings = {name[len(module) - 1] for name in MODULES if name[: len(module) - 1] == module[:-1]}
            offered = {
                alias.asname or alias.name
                for node in ast.walk(TREES[module])
                if isinstance(node, ast.ImportFrom) and node.module
                for alias in node.names
            }
            assert not offered & siblings, module
