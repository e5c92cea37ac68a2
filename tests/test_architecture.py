"""The blueprint's arrows and habits, read off the source with `ast`."""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Iterator
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

import symbackprop
from symbackprop.cli.commands import COMMANDS
from symbackprop.codegen.targets import TARGETS

PACKAGE = Path(symbackprop.__file__).parent

LAYERS = (
    {"errors", "lazy_imports"},
    {"runtime", "model_names"},
    {"engines"},
    {"sympy_functions", "named_quantities", "atomic_writes"},
    {"leaf_symbols"},
    {"leaf_arrays", "leaf_exchange", "ops", "partial_derivatives"},
    {"graph"},
    {"rules", "lowering"},
    {"completed_equations"},
    {"equation_list"},
    {"networks"},
    {"stable_forms", "cost", "python_files", "text_functions", "text_signs"},
    {"expression_text"},
    {"derivation"},
    {"notation"},
    {"formulas", "codegen"},
    {"diagrams"},
    {"comparison"},
    {"api"},
    {"__init__"},
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
IMPORTS_BY_NAME = {("lazy_imports",), ("comparison", "plot"), ("comparison", "presentation"), ("engines", "installed")}
"""The modules that may import by name: the one for our own modules, and those that ask for what may be absent."""
CHOSEN_LATE = {
    ("cli", "entry"): {("cli", command.module) for command in COMMANDS.values()},
    ("codegen", "targets", "__init__"): {("codegen", "targets", name, "__init__") for name in TARGETS.values()},
}
"""The modules that choose by a table what they import late, and what is in it."""


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
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "imported":
            yield from _late(module, node.args[1])
        elif isinstance(node, ast.Import | ast.ImportFrom):
            names = [node.module] if isinstance(node, ast.ImportFrom) else [alias.name for alias in node.names]
            assert not any(str(name).split(".")[0] == "symbackprop" for name in names), f"{module}: import relatively"


def _late(module: ModuleName, name: ast.expr) -> Iterator[ModuleName]:
    """What `imported(__package__, name)` imports: a name that stands there, or one of a table."""
    if module == ("lazy_imports",):  # what a package offers: its own typed imports say the same
        return
    named = {(*module[:-1], name.value)} if isinstance(name, ast.Constant) else CHOSEN_LATE[module]
    assert named <= set(TREES), f"{module} imports late what is not there: {named - set(TREES)}"
    yield from named


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


@pytest.mark.parametrize("module", MODULES, ids="/".join)
def test_nothing_is_imported_by_name_but_in_one_place(module: ModuleName) -> None:
    found = [line for name, line in calls(TREES[module]) if name == "import_module"]
    assert not found or module in IMPORTS_BY_NAME, found


def test_no_two_modules_or_folders_bear_one_name() -> None:
    """Whoever looks for a thing by its name finds one place; an engine bears the name of the target that it trains."""
    folders = {module[:-1] for module in MODULES if len(module) > 1}
    targets = {folder[-1] for folder in folders if folder[:2] == ("codegen", "targets")}
    engines = {module for module in MODULES if module[0] == "engines" and module[-1] in targets}
    names = Counter(name for *_, name in ({*MODULES} - engines) | folders if not name.startswith("__"))
    assert [name for name, count in names.items() if count > 1] == []


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
