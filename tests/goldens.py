"""The files of generated/, and the pictures of docs/: what the library writes, kept so that a change of it shows.

    python tests/goldens.py

writes them anew; look at the difference before you commit it.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import sympy as sp

import symbackprop as sb

FOLDER = Path(__file__).resolve().parent.parent / "generated"
DOCS = FOLDER.parent / "docs"


def _module(widths: list[int], hidden: str, output: str, loss: str, method: str = "backprop") -> Callable[[], str]:
    return lambda: sb.derive(sb.Network(widths, hidden, output, loss), method=method).source()


def _matrix_module(widths: list[int], hidden: str, output: str, loss: str, style: str = "fast") -> Callable[[], str]:
    return lambda: sb.derive(sb.Network(widths, hidden, output, loss, form="matrix")).source(style)


def _jax_module(widths: list[int], hidden: str, output: str, loss: str, form: str) -> Callable[[], str]:
    return lambda: sb.derive(sb.Network(widths, hidden, output, loss, form=form)).source(target="jax")


def _formulas(format: str) -> Callable[[], str]:
    return lambda: sb.derive(sb.Network([2, 2, 1])).formulas(format).rstrip("\n") + "\n"


def _matrix_formulas(format: str) -> Callable[[], str]:
    net = sb.Network([64, 32, 10], "tanh", "softmax", "cross_entropy", form="matrix")
    return lambda: sb.derive(net).formulas(format).rstrip("\n") + "\n"


def _picture(format: str) -> Callable[[], str]:
    return lambda: str(getattr(sb.derive(sb.Network([2, 2, 1])).diagram(), format)())


XOR = {"W1": [[2, 2], [-2, -2]], "b1": [-1, 3], "W2": [[3, 3]], "b2": [-3]}
"""Weights by hand, for which a 2-2-1 network is XOR."""


def _xor_with_numbers() -> str:
    net = sb.Network([2, 2, 1], "tanh", "sigmoid", "bce")
    return sb.derive(net).diagram({**XOR, "x1": 1, "x2": 0, "y1": 1}, "w1_2_1").svg()


def _steps_with_numbers() -> str:
    x, y = sp.symbols("x y")
    return sb.derive(sp.sin(x**2) * sp.exp(x * y) / (x + 1)).diagram({x: 0.5, y: -2}).svg()


def _layers() -> str:
    return sb.derive(sb.Network([64, 32, 10], "tanh", "softmax", "cross_entropy", form="matrix")).diagram().svg()


GOLDENS: dict[str, Callable[[], str]] = {
    "xor.py": _module([2, 3, 1], "tanh", "sigmoid", "bce"),
    "xor_naive.py": _module([2, 3, 1], "tanh", "sigmoid", "bce", "naive"),
    "digits.py": _matrix_module([64, 32, 10], "tanh", "softmax", "cross_entropy"),
    "digits_readable.py": _matrix_module([64, 32, 10], "tanh", "softmax", "cross_entropy", "readable"),
    "iris.py": _module([4, 8, 3], "tanh", "softmax", "cross_entropy"),
    "xor_jax.py": _jax_module([2, 3, 1], "tanh", "sigmoid", "bce", "scalar"),
    "digits_jax.py": _jax_module([64, 32, 10], "tanh", "softmax", "cross_entropy", "matrix"),
    "xor_formulas.md": _formulas("markdown"),
    "xor_formulas.tex": _formulas("latex"),
    "digits_formulas.md": _matrix_formulas("markdown"),
    "digits_formulas.tex": _matrix_formulas("latex"),
    "xor.svg": _picture("svg"),
    "xor.dot": _picture("dot"),
    "xor.tikz": _picture("tikz"),
}
"""Each file's name, and what makes its text."""
PICTURES: dict[str, Callable[[], str]] = {
    "xor.svg": _xor_with_numbers,
    "steps.svg": _steps_with_numbers,
    "layers.svg": _layers,
}
"""The pictures of docs/diagrams.md, which stand beside it."""


def main() -> None:
    """Write every file anew, and remove what is none of them."""
    FOLDER.mkdir(exist_ok=True)
    for path in FOLDER.iterdir():
        if path.is_file() and path.name not in GOLDENS:
            path.unlink()
    for folder, files in ((FOLDER, GOLDENS), (DOCS, PICTURES)):
        for name, text in files.items():
            (folder / name).write_text(text(), encoding="utf-8", newline="\n")
            print(f"wrote {folder / name}")


if __name__ == "__main__":
    main()
