"""docs/extending.md is carried out: its changes are made in a copy of the package, its code and tests are run."""

from __future__ import annotations

from pathlib import Path

import pytest

from . import recipes
from .recipes import Recipe, UnfitError

RECIPES = recipes.recipes()


@pytest.mark.slow
@pytest.mark.parametrize("recipe", RECIPES, ids=lambda recipe: recipe.title)
def test_a_recipe_shows_what_its_code_prints(recipe: Recipe, tmp_path: Path) -> None:
    assert recipe.fences("python") or recipe.fences("console")
    assert recipes.shown(recipe, recipes.place(tmp_path, recipe)) == recipe.text


@pytest.mark.slow
@pytest.mark.parametrize("recipe", RECIPES, ids=lambda recipe: recipe.title)
def test_the_tests_that_a_recipe_names_pass_or_name_what_is_missing(recipe: Recipe, tmp_path: Path) -> None:
    """The fences of changes and of tests in the order of the page: a row is missed before it is there."""
    root = recipes.workshop(tmp_path)
    assert recipe.commands()
    for kind, body in recipes.pages.fences(recipe.text):
        if kind == "diff":
            recipes.apply(body, root)
        for command in body.splitlines() if kind == "sh" else ():
            named = recipes.NAMES.match(command)
            done = recipes.tried(named["tests"] if named else command, root)
            assert done.returncode == (1 if named else 0), f"{command}\n{done.stdout}"
            assert named is None or named["name"] in done.stdout.lower()


def test_all_six_kinds_of_extension_have_a_recipe() -> None:
    kinds = ("An operation", "An activation", "A loss", "An optimiser", "A format", "A target")
    assert tuple(recipe.title for recipe in RECIPES) == kinds
    assert not recipes.split(recipes.PAGE.read_text(encoding="utf-8"))[0].fences("python")


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ("--- a.py\n@@\n three\n+four\n", "0 places"),
        ("--- a.py\n@@\n one\n+two\n", "2 places"),
        ("--- a.py\n@@\n+two\n", "places"),
        ("--- a.py\n@@\nthree\n", "begins with a blank"),
        ("+++ a.py\n+one\n", "is there already"),
        ("+++ b.py\none\n", "begins with"),
        ("a.py\n@@\n one\n", "a diff begins with"),
    ],
)
def test_a_change_that_fits_in_no_one_place_is_told_of(change: str, says: str, tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text("one\ntwo\none\n", encoding="utf-8")
    with pytest.raises(UnfitError, match=says):
        recipes.apply(change, tmp_path)


def test_a_change_is_made_where_its_lines_stand(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text("one\ntwo\none\n\nend\n", encoding="utf-8")
    recipes.apply("--- a.py\n@@\n two\n-one\n+three\n \n@@\n end\n+more\n", tmp_path)
    assert (tmp_path / "a.py").read_text(encoding="utf-8") == "one\ntwo\nthree\n\nend\nmore\n"
