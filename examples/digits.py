"""Handwritten digits: 64 pixels in, ten classes out, whole layers as matrices.

The images are the 1,797 of UCI's digits that scikit-learn ships. As a CSV file they are what the command line takes:

    python examples/digits.py --csv digits.csv
    symbackprop train generated/digits.py digits.csv --target digit

Without --csv, this does the same in Python: derive, generate, train, and look at what the network gets wrong.
"""

import argparse
import csv
import tempfile
from pathlib import Path

import numpy as np

import symbackprop as sb
from symbackprop import runtime

try:
    from sklearn.datasets import load_digits
except ImportError:
    load_digits = None


def write_csv(path):
    """A column for each pixel, and one for the digit."""
    data = load_digits()
    with open(path, "w", newline="", encoding="utf-8") as file:
        table = csv.writer(file)
        table.writerow([*data.feature_names, "digit"])
        table.writerows([*map(int, pixels), digit] for pixels, digit in zip(data.data, data.target, strict=True))


def generated_module():
    net = sb.Network([64, 32, 10], hidden="tanh", output="softmax", loss="cross_entropy", form="matrix")
    with tempfile.TemporaryDirectory() as folder:
        return sb.load(sb.derive(net).write(Path(folder) / "digits.py"))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--csv", help="only write the images to this CSV file")
    options = parser.parse_args()
    if load_digits is None:
        parser.exit(2, 'error: the images come with scikit-learn: install it with pip install ".[test]"\n')
    if options.csv:
        write_csv(options.csv)
        return
    with tempfile.TemporaryDirectory() as folder:
        write_csv(Path(folder) / "digits.csv")
        module = generated_module()
        training, test = runtime.split(runtime.read_csv(Path(folder) / "digits.csv", module, target="digit"), seed=0)
    params, history = runtime.train(module, module.init(seed=0), training.X, training.Y)
    print(f"loss: {history[0]:.4f} in the first epoch, {history[-1]:.4f} in epoch {len(history)}")
    _, accuracy = runtime.score(module, params, test)
    print(f"test accuracy: {accuracy:.1%} of {len(test.X)} images")
    guesses, digits = module.forward(params, test.X).argmax(axis=1), test.Y.argmax(axis=1)
    for digit, guess in zip(digits[guesses != digits], guesses[guesses != digits], strict=True):
        print(f"  a {digit} taken for a {guess}")
    print(f"numbers in all weights and biases: {sum(np.size(value) for value in params.values()):,}")


if __name__ == "__main__":
    main()
