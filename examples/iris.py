"""A generated module learns to tell three kinds of iris apart.

symbackprop writes the network and its gradients as plain NumPy code; the module brings its own reader of CSV files,
its own split into training and test rows, and its own training loop. The test rows are never trained on.
"""

import tempfile
from pathlib import Path

import symbackprop as sb
from symbackprop import runtime

DATA = Path(__file__).parent / "data" / "iris.csv"


def generated_module():
    net = sb.Network([4, 8, 3], hidden="tanh", output="softmax", loss="cross_entropy")
    with tempfile.TemporaryDirectory() as folder:
        return sb.load(sb.derive(net).write(Path(folder) / "iris.py"))


def report(module, params, part, data):
    _, accuracy = runtime.score(module, params, data)
    print(f"{part} accuracy: {accuracy:.1%} of {len(data.X)} flowers")


def main():
    module = generated_module()
    training, test = runtime.split(runtime.read_csv(DATA, module, target="species"), seed=0)
    start = module.init(seed=0)
    error = module.check_grad(start, training.X, training.Y)
    print(module.MODEL["title"])
    print(f"classes: {', '.join(training.classes)}")
    print(f"gradients against central differences: largest relative error {error:.1e}")
    params, history = runtime.train(module, start, training.X, training.Y)
    print(f"loss: {history[0]:.4f} in the first epoch, {history[-1]:.4f} in epoch {len(history)}")
    report(module, start, "before training, test", test)
    report(module, params, "train", training)
    report(module, params, "test", test)


if __name__ == "__main__":
    main()
