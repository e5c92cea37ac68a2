"""What every module of a model offers beside its own functions, as text: start values, checks, a plain loop."""

from __future__ import annotations

INIT = '''def init(seed=0, dtype=np.float64):
    """Start values by name, of SHAPES: normal, with the means and deviations that MODEL has."""
    rng, start = np.random.default_rng(seed), MODEL["start"].items()
    return {name: np.array(m + s * rng.standard_normal(SHAPES[name]), dtype) for name, (m, s) in start}'''

CHECKED = '''def _checked(params, X, Y, targets={targets}):
    """X and Y in the dtype of params; a ValueError names what is of another shape or dtype."""
    for name in {{**SHAPES, **params}}:
        found = getattr(params[name], "shape", "no array") if name in params else "absent"
        if found != SHAPES.get(name, "absent"):
            raise ValueError(f"{{name}} should be {{SHAPES.get(name, 'absent')}}, is {{found}}")
    dtypes = {{value.dtype for value in params.values()}}
    if len(dtypes) > 1 or not all(dtype.kind == "f" and dtype.isnative for dtype in dtypes):
        raise ValueError(f"params should be of one dtype of floats, are {{sorted(map(str, dtypes))}}")
    X, Y = (np.atleast_1d(data) for data in (X, np.empty((*np.shape(X)[:1], 0)) if Y is None else Y))
    for name, data, columns in (("X", X, {inputs}), ("Y", Y, targets)):
        if data.shape != (len(X) or 1, columns) or data.dtype.kind not in "fiub":
            wanted = f"numbers of {{len(X) or 'samples', columns}}"
            raise ValueError(f"{{name}} should be {{wanted}}, is {{data.dtype}} of {{data.shape}}")
    return np.asarray(X, *dtypes), np.asarray(Y, *dtypes)'''

TRAIN = '''def train(params, X, Y, epochs=200, batch_size=16, learning_rate=0.1, seed=0):
    """Gradient descent in mini-batches: (trained parameters, the mean loss of each epoch)."""
    X, Y = _checked(params, X, Y)
    rng, history = np.random.default_rng(seed), []
    for _ in range(epochs):
        total, order = 0.0, rng.permutation(len(X))
        for start in range(0, len(X), batch_size):
            rows = order[start : start + batch_size]
            value, steps = loss_and_grad(params, X[rows], Y[rows], scale=learning_rate)
            params = {name: params[name] - step for name, step in steps.items()}
            total += value * len(rows)
        history.append(total / len(X))
    return params, history'''

CHECK_GRAD = '''def check_grad(params, X, Y, step=1e-5):
    """The largest error of loss_and_grad by central differences, over the largest derivative."""
    (_, grads), errors = loss_and_grad(params, X, Y), []
    params = {name: np.array(params[name], np.float64) for name in SHAPES}
    for name, index in ((key, place) for key in SHAPES for place in np.ndindex(SHAPES[key])):
        move = np.zeros(SHAPES[name])
        move[index] = step
        above, below = (loss({**params, name: params[name] + side * move}, X, Y) for side in (1, -1))
        errors.append(abs((above - below) / (2 * step) - grads[name][index]))
    return max(errors) / max(1e-8, *(np.abs(grad).max() for grad in grads.values()))'''

MAIN = """if __name__ == "__main__":
    print(f"train it with: symbackprop train {__file__} DATA.csv")"""

IN_PLACE = '''def loss_and_grad(params, X, Y, scale=1.0, work=None):
    """(mean loss, its derivatives times scale: arrays of SHAPES, views of one flat array).

    With work they lie there, and are written over by the next call; without they are new.
    """
    X, Y = _checked(params, X, Y)
    work = Workspace(len(X), X.dtype) if work is None else work
    if (work.samples, work.dtype) != (len(X), X.dtype):
        made_for = f"{work.samples} samples of {work.dtype}"
        raise ValueError(f"work is for {made_for}, X has {len(X)} of {X.dtype}: make another")
    if any(np.may_share_memory(value, work.flat) for value in params.values()):
        raise ValueError("params lie in the arrays of work, which are written over: pass copies")
    with np.errstate(all="ignore"):
        return _sweep(params, X, Y, scale, work)'''

WORKSPACE = '''class Workspace:
    """The arrays that a step writes into, for so many samples of one dtype; each loop needs its own."""

    def __init__(self, samples, dtype=np.float64):
        if samples < 1:
            raise ValueError(f"a batch needs at least one sample, got {samples}")
        self.samples, self.dtype = samples, np.dtype(dtype)
        n = samples'''
