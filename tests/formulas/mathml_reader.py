"""Reads MathML as a person does who types it into the text format: the judge of what a browser shows."""

from __future__ import annotations

from collections.abc import Callable
from xml.etree import ElementTree as ET

NAMESPACE = "{http://www.w3.org/1998/Math/MathML}"
_HIGH = str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")
_LOW = str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉")
_TOKENS = {"\N{INVISIBLE TIMES}": " ", "\N{FUNCTION APPLICATION}": "", "⋅": " · ", "∑": " Σ", "𝟏": "ones", "𝟎": "zeros"}
_BEHIND = {"⊤": "ᵀ", "−1": "⁻¹"}
_BETWEEN = "+−=<>≤≥≠∧∨⊙→×"


def as_text(element: ET.Element) -> str:
    """A formula in the grammar of the text format, with brackets around what MathML needs none for."""
    name = element.tag.removeprefix(NAMESPACE)
    return _READ.get(name, _row)(element)


def _row(element: ET.Element) -> str:
    return "".join(map(as_text, element))


def _token(element: ET.Element) -> str:
    text = element.text or ""
    if text in _BETWEEN and element.get("form") != "prefix":
        return f" {text} "
    return {",": ", ", ";": "; "}.get(text) or _TOKENS.get(text, text.replace("\N{NO-BREAK SPACE}", " "))


def _fraction(element: ET.Element) -> str:
    top, bottom = map(as_text, element)
    return f"{top}/{bottom}" if top.startswith("∂") and bottom.startswith("∂") else f"(({top})/({bottom}))"


def _power(element: ET.Element) -> str:
    base, exponent = map(as_text, element)
    if element[1].tag == f"{NAMESPACE}mtext":
        return base + exponent.strip("()").translate(_HIGH)
    if base == "e":
        return f"exp({exponent})"
    if exponent in _BEHIND:
        return base + _BEHIND[exponent]
    return base + (exponent.translate(_HIGH) if exponent.isdigit() else f"^({exponent})")


def _below(element: ET.Element) -> str:
    base, index = map(as_text, element)
    if index == "direct":
        return f"{base}direct"
    if base in ("ones", "zeros"):
        return f"{base}({index})"
    return f"{base}_{index}" if base == "softmax" else base + _lowered(index)


def _lowered(index: str) -> str:
    return index.replace(", ", ",").translate(_LOW)


def _below_and_above(element: ET.Element) -> str:
    base, below, above = map(as_text, element)
    return base + above.strip("()").translate(_HIGH) + _lowered(below)


def _table(element: ET.Element) -> str:
    """Cases, or a matrix."""
    rows = [list(map(as_text, row)) for row in element]
    is_cases = any(row[-1].startswith(("if ", "otherwise")) for row in rows)
    if not is_cases and all(len(row) == 1 for row in element):
        return "".join(map("".join, rows))  # lines of one formula
    told = "; ".join((" " if is_cases else ", ").join(row) for row in rows)
    return f"{told}}}" if is_cases else told


_READ: dict[str, Callable[[ET.Element], str]] = {
    **dict.fromkeys(("mi", "mn", "mo", "mtext"), _token),
    "mfrac": _fraction,
    "msup": _power,
    "msub": _below,
    "msubsup": _below_and_above,
    "msqrt": lambda element: f"√({_row(element)})",
    "mtable": _table,
    "mspace": lambda element: "",
}
