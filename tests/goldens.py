"""The files of generated/: what the library writes, kept so that a change of it shows.

    python tests/goldens.py

writes them anew; look at the difference before you commit it.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import symbackprop as sb

FOLDER = Path(__file__).resolve().parent.parent / "generated"


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
}
"""Each file's name, and what makes its text."""


def main() -> None:
    """Write every file anew, and remove what is none of them."""
    FOLDER.mkdir(exist_ok=True)
    for path in FOLDER.iterdir():
        if path.is_file() and path.name not in GOLDENS:
            path.unlink()
    for name, text in GOLDENS.items():
        (FOLDER / name).write_text(text(), encoding="utf-8", newline="\n")
        print(f"wrote {FOLDER / name}")


if __name__ == "__main__":
    main()
