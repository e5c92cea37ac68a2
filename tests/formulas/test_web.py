"""MathML and HTML: well-formed, of elements that browsers know, read back as what the text says, and accessible."""

from __future__ import annotations

import re
from itertools import pairwise
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import mpmath as mp
import numpy as np
import pytest
import sympy as sp

import symbackprop as sb
from symbackprop.formulas import document, mathml, rendered, text
from symbackprop.formulas.labels import Labels
from symbackprop.notation.symbol_labels import Label

from ..programs import in_a_browser, needs
from .cases import ALL, asked
from .mathml_reader import NAMESPACE, as_text
from .matrix_cases import N0, N1, N2, SIZES
from .reader import Reader, plain
from .scalar_cases import SCALARS
from .test_matrix_equations import is_rule

CHILDREN = {"mfrac": 2, "msup": 2, "msub": 2, "msubsup": 3}
TOKENS = {"mi", "mn", "mo", "mtext", "mspace"}
OTHERS = {"math", "mrow", "mtable", "mtr", "mtd", "msqrt"}
_HEADINGS = {"h1", "h2", "h3", "h4"}
_TABLES = {"table", "thead", "tbody", "tr", "th", "td"}
PLAIN = {"html", "head", "title", "body", "main", "article", "p", "div", "span", *_HEADINGS, *_TABLES}
HIDDEN = re.compile(r"<style>.*?</style>|<!DOCTYPE html>|<meta[^>]*>", re.DOTALL)

WIDE_SIZES = {**SIZES, N0: 3, N1: 4, N2: 2}

NET = sb.derive(sb.Network([2, 2, 1]))


def parsed(told: str) -> ET.Element:
    return ET.fromstring(HIDDEN.sub("", told))


def maths(root: ET.Element) -> list[ET.Element]:
    return list(root.iter(f"{NAMESPACE}math"))


# --- MathML ---


@pytest.mark.parametrize("format", ["mathml", "html"])
@pytest.mark.parametrize("name", ALL)
def test_it_is_of_elements_that_browsers_know(name: str, format: str) -> None:
    derivation = ALL[name]()
    for which in asked(derivation)[:2]:
        root = parsed(rendered(document(derivation, which), format))
        for element in root.iter():
            tag = element.tag.removeprefix(NAMESPACE)
            if element.tag.startswith(NAMESPACE):
                assert tag in {*CHILDREN, *TOKENS, *OTHERS}
                assert len(element) == CHILDREN.get(tag, len(element))
                assert tag in TOKENS or not (element.text or "").strip(), "text outside of a token"
                assert not (element.tail or "").strip() or tag == "math", "text between elements"
            else:
                assert tag in PLAIN


def values_of(derivation: Any) -> dict[str, Any]:
    """Random values of every symbol, quantity and adjoint, by printed name."""
    rng, labels = np.random.default_rng(1), Labels(derivation)
    exact = not derivation.graph.shapes
    nodes = {derivation.graph.value(node): node for node in derivation.graph.reachable(derivation.roots)
             if derivation.graph.op(node).name == "symbol"}  # fmt: skip
    nodes |= derivation.quantities | {line.symbol: line.node for line in derivation.definitions}
    found: dict[str, Any] = {}
    for symbol, node in nodes.items():
        shape = tuple(int(sp.S(size).subs(WIDE_SIZES)) for size in derivation.graph.shape(node))
        name, adjoint = (text.label_text(labels.of(one)) for one in (symbol, derivation.adjoint_symbol(symbol)))
        for printed in (name, adjoint, f"∂L/∂{name}"):
            value = rng.uniform(0.2, 0.9, size=shape)
            found[printed] = mp.mpf(float(value)) if exact else plain(value)
    return found | {text.label_text(labels.of(size)): number for size, number in WIDE_SIZES.items()}


def value(source: str, values: dict[str, Any]) -> Any:
    """None of what the reader of text does not know."""
    ratios = re.findall(r"∂\w+[^ ·/()]*/∂[^ ·()⟧]+", source)
    random = {ratio: mp.mpf(hash_of(ratio)) for ratio in ratios if ratio not in values}
    try:
        return Reader(source, values | random).whole()
    except (KeyError, AssertionError, ValueError, TypeError):
        return None


def hash_of(name: str) -> float:
    return 0.2 + sum(map(ord, name)) % 97 / 100


@pytest.mark.parametrize("name", ALL)
def test_what_is_shown_is_what_the_text_says(name: str) -> None:
    """Each formula read back from MathML has the value of its line of text, whatever the names stand for."""
    derivation = ALL[name]()
    values, read = values_of(derivation), 0
    for which in asked(derivation)[:2]:
        for element in maths(parsed(rendered(document(derivation, which), "mathml"))):
            sources = (element.get("alttext", ""), re.sub(r"\s+", " ", as_text(element)))
            spoken, shown = (source.strip().removeprefix("=").strip() for source in sources)
            is_read = name in SCALARS or not (is_rule(spoken) or re.search(r"\[[\d:]", spoken))
            expected = value(spoken, values) if is_read and " = " not in spoken else None
            if expected is not None:
                found = value(shown, values)
                assert found is not None, f"{shown!r} cannot be read, {spoken!r} can"
                pair = (np.asarray(one, float) for one in (found, expected))
                assert np.allclose(*pair, rtol=1e-9, equal_nan=True), (spoken, shown)
                read += 1
    assert read >= 3


@pytest.mark.parametrize(
    ("label", "expected"),
    [
        (
            Label("w", "1", ("2", "1")),
            "<msubsup><mi>w</mi><mrow><mn>2</mn><mn>1</mn></mrow><mtext>(1)</mtext></msubsup>",
        ),
        (Label("delta", "2"), "<msup><mi>δ</mi><mtext>(2)</mtext></msup>"),
        (Label("x", "", ("1",)), "<msub><mi>x</mi><mn>1</mn></msub>"),
        (Label("w", "1", ("2",), bare=True), "<msubsup><mi>w</mi><mn>2</mn><mn>1</mn></msubsup>"),
        (Label("<b>&", literal=True), "<mi>&lt;b&gt;&amp;</mi>"),
    ],
)
def test_labels(label: Label, expected: str) -> None:
    assert mathml.label_mathml(label) == expected


def test_each_factor_says_its_step() -> None:
    told = parsed(NET.formulas("mathml", "w1_2_1"))
    marks = {(one.get("data-lower"), one.get("data-upper"), one.get("data-role")) for one in told.iter()}
    assert {("w1_2_1", "z1_2", "upstream"), ("w1_2_1", "z1_2", "local"), ("a1_2", "z2_1", "local")} <= marks


def test_long_formulas_are_broken() -> None:
    long = sum(sp.sin(sp.Symbol("x") * k) for k in range(1, 30))
    told = parsed(sb.derive(long).formulas("mathml"))
    rows = [one for one in told.iter(f"{NAMESPACE}mtr") if len(one) == 1]
    assert len(rows) > 3
    assert all(mathml.width(ET.tostring(row, encoding="unicode")) <= mathml.WIDE + 2 for row in rows)


# --- the page ---


@pytest.mark.parametrize("name", ["tanh", "3-2-4", "two outputs"])
def test_a_page_can_be_read_aloud(name: str) -> None:
    """One language, one h1, no level of headings left out, and words for each formula."""
    derivation = ALL[name]()
    told = rendered(document(derivation), "html")
    root = parsed(told)
    assert root.get("lang") == "en"
    levels = [int(one.tag[1]) for one in root.iter() if re.fullmatch("h[1-6]", one.tag)]
    assert levels.count(1) == 1 == levels[0]
    assert all(after <= before + 1 for before, after in pairwise(levels))
    assert all(one.get("alttext") for one in maths(root))
    for scrolled in (one for one in root.iter() if "overflow" in one.get("style", "")):
        assert (scrolled.get("tabindex"), scrolled.get("role"), bool(scrolled.get("aria-label"))) == (
            "0",
            "group",
            True,
        )


def test_a_page_needs_nothing_else() -> None:
    told = NET.formulas("html")
    assert "color-scheme: light dark" in told
    assert not re.search(r"<script|<link|<img|url\(|@import|\bon\w+=", told)
    assert set(re.findall(r"https?://[^\"]*", told)) == {mathml_namespace()}


def mathml_namespace() -> str:
    return NAMESPACE.strip("{}")


def test_a_fragment_begins_below_the_title_of_its_page() -> None:
    root = parsed(sb.derive(sb.Network([2, 2, 1], form="matrix")).formulas("mathml"))
    assert {one.tag for one in root.iter() if re.fullmatch("h[1-6]", one.tag)} == {"h2", "h3", "h4"}


def test_tables_have_heads() -> None:
    root = parsed(rendered(NET.paths("w1_1_1").document, "html"))
    for table in root.iter("table"):
        assert all(cell.tag == "th" and cell.get("scope") == "col" for cell in table[0][0])
        assert all(row[0].get("scope") == "row" for row in table[1])


def test_what_a_user_named_is_escaped() -> None:
    a = sp.Symbol("α_ß", real=True)
    told = sb.derive(a**2).formulas("html")
    assert "α_ß" in told
    model = sb.Model(a**2, parameters=[a], inputs=[], targets=[])
    assert parsed(sb.derive(model).formulas("html")) is not None


@pytest.mark.slow
@needs("chromium")
@pytest.mark.parametrize("name", ["2-2-1", "2-3-1 in matrices", "steps"])
def test_a_browser_draws_every_formula(name: str, tmp_path: Path) -> None:
    """It knows MathML: formulas have a size, and a fraction is taller than a line of letters."""
    x, y = sp.symbols("x y")
    told = {
        "2-2-1": lambda: sb.derive(sb.Network([2, 2, 1])),
        "2-3-1 in matrices": lambda: sb.derive(sb.Network([2, 3, 1], form="matrix")),
        "steps": lambda: sb.derive(sp.sin(x**2) * sp.exp(x * y) / (x + 1)),
    }[name]().formulas("html")
    script = """<script>
const sizes = [...document.querySelectorAll("math")].map(one => one.getBoundingClientRect());
const line = [...document.querySelectorAll("math")].filter(one => !one.querySelector("mfrac"));
const tall = [...document.querySelectorAll("mfrac")].map(one => one.getBoundingClientRect().height);
const drawn = sizes.filter(one => one.width > 0 && one.height > 0).length;
const letters = Math.min(...line.map(one => one.getBoundingClientRect().height));
document.body.innerHTML = `<pre id="told">${sizes.length} ${drawn} ${Math.min(...tall) > 1.3 * letters}</pre>`;
</script>"""
    dom = in_a_browser(told.replace("</body>", script + "</body>"), tmp_path)
    found = re.search(r'<pre id="told">(\d+) (\d+) (\w+)</pre>', dom)
    assert found is not None
    assert int(found[1]) == int(found[2]) == told.count("<math")
    assert found[3] == "true"
