"""How wide a line of text is, about, in whatever font without serifs a machine has: rather too wide than too narrow.

By letter in widths of DejaVu Sans, which is the widest of those that are usual.
"""

from __future__ import annotations

import unicodedata

_EMS: dict[str, float] = {
    **dict.fromkeys("ijlIJ ,.·/:;\\|'ι-f", 0.38),
    **dict.fromkeys("ᵀ()[]t⌊⌋!⁰¹²³⁴⁵⁶⁷⁸⁹₀₁₂₃₄₅₆₇₈₉r", 0.43),
    **dict.fromkeys("#+<=>^~ω−⊙×→≥≤≠∧∨w", 0.87),
    **dict.fromkeys("mMW%@…½¼¾", 1.02),
}
_LOWER, _UPPER, _WIDE = 0.67, 0.82, 1.1


def text_width(text: str, size: float) -> float:
    """The width of a text in a font of this size."""
    return size * sum(map(_ems, text))


def _ems(letter: str) -> float:
    if letter in _EMS:
        return _EMS[letter]
    if unicodedata.east_asian_width(letter) in "WF":
        return _WIDE
    return _UPPER if letter.isupper() or not letter.isalnum() else _LOWER
