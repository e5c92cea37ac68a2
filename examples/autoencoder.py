"""An autoencoder: sixty-four pixels squeezed through ten numbers and given back. The input is the target as well.

    python examples/autoencoder.py --csv pixels.csv
    symbackprop generate examples/autoencoder.py:model -o autoencoder.py
    symbackprop train autoencoder.py pixels.csv --optimizer adam --learning-rate 0.01

Without --csv, this does the same in Python and prints what goes in beside what is given back; --picture FILE.png draws
it (needs matplotlib). The images are the 1,797 handwritten digits that scikit-learn ships.
"""

import argparse
import csv

import numpy as np
import sympy as sp

import symbackprop as sb

try:
    from sklearn.datasets import load_digits
except ImportError:
    load_digits = None

SIDE, CODE, LARGEST = 8, 10, 16
SHADES = " .:-=+*#%@"


def autoencoder(pixels=SIDE * SIDE, code=CODE):
    """Pixels of 0 to 16 in, a code of a few numbers, the same pixels out."""
    x, r, out = (sp.MatrixSymbol(name, pixels, 1) for name in ("x", "r", "out"))
    h, b, c = sp.MatrixSymbol("h", code, 1), sp.MatrixSymbol("b", code, 1), sp.MatrixSymbol("c", pixels, 1)
    W, V = sp.MatrixSymbol("W", code, pixels), sp.MatrixSymbol("V", pixels, code)
    equations = [
        (h, (W * x / LARGEST + b).applyfunc(sp.tanh)),
        (r, (V * h + c).applyfunc(sb.sigmoid)),
        (out, LARGEST * r),
        (sp.Symbol("L", real=True), sb.half_sse(r, x / LARGEST)),
    ]
    return sb.Model(equations, parameters=[W, b, V, c], inputs=[x], targets=[x], outputs=[out])


model = autoencoder()


def write_csv(path):
    """A column for each pixel."""
    data = load_digits()
    with open(path, "w", newline="", encoding="utf-8") as file:
        table = csv.writer(file)
        table.writerow(data.feature_names)
        table.writerows(list(map(int, pixels)) for pixels in data.data)


def shaded(pixels):
    """An image as rows of characters, two for each pixel."""
    levels = np.clip(pixels / LARGEST * len(SHADES), 0, len(SHADES) - 1).astype(int)
    return ["".join(SHADES[level] * 2 for level in row) for row in levels.reshape(SIDE, SIDE)]


def show(images, given_back):
    for image, back in zip(images, given_back, strict=True):
        print("\n".join(f"  {one}  |  {other}" for one, other in zip(shaded(image), shaded(back), strict=True)))
        print()


def draw(path, images, given_back):
    """The same as a picture: what goes in above what is given back."""
    from matplotlib import pyplot as plt  # noqa: PLC0415

    figure, axes = plt.subplots(2, len(images), figsize=(len(images), 2.2))
    for column, pair in enumerate(zip(images, given_back, strict=True)):
        for row, image in enumerate(pair):
            axes[row, column].imshow(image.reshape(SIDE, SIDE), cmap="gray_r", vmin=0, vmax=LARGEST)
            axes[row, column].axis("off")
    figure.savefig(path, dpi=150, bbox_inches="tight")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--csv", help="write the images there, and do nothing else")
    parser.add_argument("--picture", help="draw what is given back there")
    options = parser.parse_args()
    if load_digits is None:
        raise SystemExit('the images come with scikit-learn: pip install ".[test]"')
    if options.csv:
        write_csv(options.csv)
        return
    X = load_digits().data
    kept, unseen = X[:1500], X[1500:]
    d = sb.derive(model)
    params, history = d.train(kept, epochs=100, batch_size=32, optimizer="adam", learning_rate=0.01)
    back = d.predict(params, unseen)
    errors = {"what it gives back": back, "the mean image": np.broadcast_to(kept.mean(axis=0), unseen.shape)}
    print(f"{X.shape[1]} pixels through {CODE} numbers; loss {history[0]:.3f} -> {history[-1]:.3f}")
    for name, pixels in errors.items():
        print(f"{name}: off by {np.sqrt(np.mean((pixels - unseen) ** 2)):.2f} of {LARGEST} per pixel, on unseen images")
    print("\nUnseen images, and what comes back:\n")
    show(unseen[:3], back[:3])
    if options.picture:
        draw(options.picture, unseen[:10], back[:10])


if __name__ == "__main__":
    main()
