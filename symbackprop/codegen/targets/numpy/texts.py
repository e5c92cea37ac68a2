"""The functions of a module that are the same for every network, as text."""

from __future__ import annotations

CHECKED = (
    "    dtype = check_params(params)",
    '    X = _rows(X, WIDTHS[0], "X", dtype)',
    '    Y = _rows(Y, WIDTHS[-1], "Y", dtype, len(X))',
)

CHECKS = '''def check_params(params):
    """The one dtype of the parameters; refuses shapes that are not those of SHAPES, and dtypes that differ."""
    for name, shape in SHAPES.items():
        found = np.shape(params[name]) if name in params else "absent"
        if found != shape:
            raise ValueError(f"{name} should be {shape}, is {found}")
        if not isinstance(params[name], np.ndarray):
            raise ValueError(f"{name} must be a NumPy array, is a {type(params[name]).__name__}")
    dtypes = {params[name].dtype for name in SHAPES}
    if len(dtypes) > 1 or not all(dtype.kind == "f" and dtype.isnative for dtype in dtypes):
        found = ", ".join(sorted(map(str, dtypes)))
        raise ValueError(f"the parameters are of {found}: they must be of one kind of floats, in native byte order")
    return dtypes.pop()


def _rows(data, width, name, dtype, rows=None):
    """Data as an array of a row for each sample, in the dtype of the parameters."""
    data = np.asarray(data, dtype)
    if data.ndim != 2 or data.shape[1] != width or rows not in (None, len(data)):
        raise ValueError(f"{name} must have shape ({rows or 'samples'}, {width}), has {data.shape}")
    if len(data) == 0:
        raise ValueError("X and Y have no rows: a mean over the samples needs at least one")
    return data'''

WORKSPACE = '''class Workspace:
    """The arrays that training writes into, for batches of exactly `batch` rows of `dtype`.

    Each loop needs one of its own: two threads must not share one. The arrays in `grads` are written over by the next
    step that uses the workspace.
    """

    def __init__(self, batch, dtype=np.float64):
        if batch < 1:
            raise ValueError(f"a batch needs at least one row, got {batch}")
        self.batch, self.dtype = batch, np.dtype(dtype)
        n = batch'''

IN_PLACE = '''def loss_and_grad(params, X, Y, workspace=None, scale=1.0):
    """(mean loss, its derivative by every parameter: a dict of arrays shaped like params), times scale.

    With a workspace the arrays are those of its grads, written over by the next call; without one they are new.
    """
    dtype = check_params(params)
    X = _rows(X, WIDTHS[0], "X", dtype)
    Y = _rows(Y, WIDTHS[-1], "Y", dtype, len(X))
    workspace = _fitting(workspace, len(X), dtype)
    if any(params[name] is grad for name, grad in workspace.grads.items()):
        raise ValueError("the parameters are the gradients of this workspace, which are written over: pass copies")
    with np.errstate(all="ignore"):
        return _sweep(params, X, Y, scale, workspace), workspace.grads


def _fitting(workspace, batch, dtype):
    if workspace is None:
        return Workspace(batch, dtype)
    if (workspace.batch, workspace.dtype) != (batch, dtype):
        made_for = f"{workspace.batch} rows of {workspace.dtype}"
        raise ValueError(f"the workspace is for {made_for}, the batch has {batch} of {dtype}: make another")
    return workspace
'''

PACKED = '''class Params(dict):
    """Parameters or gradients by name, all of them views of the one array `flat`."""


def _views(flat):
    """The arrays of SHAPES, one behind the other in the memory of `flat`; those in TRANSPOSED lie column by column."""
    views, start = Params(), 0
    for name, shape in SHAPES.items():
        part = flat[start : start + math.prod(shape)]
        views[name] = part.reshape(shape[::-1]).T if name in TRANSPOSED else part.reshape(shape)
        start += len(part)
    views.flat = flat
    return views


def packed(params):
    """A copy of the parameters as views of one array, so that a step changes them all at once: training is quicker."""
    views = _views(np.empty(NUMBERS, check_params(params)))
    for name, array in views.items():
        np.copyto(array, params[name])
    return views'''

SGD_STEP = '''def sgd_step(params, X, Y, rate, workspace):
    """One step of gradient descent: changes params and returns the mean loss before it.

    Nothing is checked: X and Y must be of the workspace's batch and dtype, params too (`packed` ones are quickest).
    """
    value = _sweep(params, X, Y, rate, workspace)
    flat = _flat_of(params)
    if flat is None:
        for name, grad in workspace.grads.items():
            np.subtract(params[name], grad, out=params[name])
    else:
        np.subtract(flat, workspace.grads.flat, out=flat)
    return value


def _flat_of(params):
    """The one array behind all parameters; None if they are not packed, or no longer: copied, or replaced."""
    flat = getattr(params, "flat", None)
    for array in params.values():
        if array.base is not flat:
            return None
    return flat'''

BATCH_FUNCTION = '''def batch_function(batch, dtype):
    """f(params, X, Y, scale=1.0) -> (mean loss, grads times scale), for training on batches of `batch` rows.

    The arrays in grads belong to f, which writes over them in its next call.
    """
    workspace = Workspace(batch, dtype)

    def gradients(params, X, Y, scale=1.0):
        return _sweep(params, X, Y, scale, workspace), workspace.grads

    return gradients'''

READABLE_BATCH_FUNCTION = '''def batch_function(batch, dtype):
    """f(params, X, Y, scale=1.0) -> (mean loss, grads times scale), for training on batches of `batch` rows."""
    return loss_and_grad'''

AS_THEY_ARE = '''def packed(params):
    """The parameters as training wants them: as they are."""
    return params'''

COLUMN_CHECKS = '''def check_params(params):
    """Refuse parameters that are not of the shapes of SHAPES; anything else is not looked at."""
    for name, shape in SHAPES.items():
        found = np.shape(params[name]) if name in params else "absent"
        if found != shape:
            raise ValueError(f"{name} should be {shape}, is {found}")


def _columns(data, width, name, rows=None):
    """One array over the samples for each of the columns of `data`."""
    data = np.asarray(data)
    if data.ndim != 2 or data.shape[1] != width or rows not in (None, len(data)):
        raise ValueError(f"{name} must have shape ({rows or 'samples'}, {width}), has {data.shape}")
    if rows == 0:
        raise ValueError("X and Y have no rows: a mean over the samples needs at least one")
    return data.T'''

GATHERED = '''def _gathered(values, like):
    """The derivatives by the entries of one array, as floats of the kind of `like`."""
    dtype = np.asarray(like).dtype
    return np.array(values, dtype=dtype.type if dtype.kind == "f" else float)'''

MEANS = '''def _means(values, like):
    """Each entry's mean over the samples, as one array of floats of the kind of `like`."""
    if isinstance(values[0], list):
        return np.array([_means(row, like) for row in values])
    dtype = np.asarray(like).dtype
    return np.array([np.mean(value) for value in values], dtype=dtype if dtype.kind == "f" else float)'''

UNSCALED_BATCH_FUNCTION = '''def batch_function(batch, dtype):
    """f(params, X, Y) -> (mean loss, grads) for training on batches of exactly `batch` rows of `dtype`.

    The arrays in grads belong to f, which may write over them in its next call; X and Y are the caller's, who fills
    them anew for each call. Where SCALED_GRADIENTS is true, f takes scale=1.0 too and multiplies grads by it.
    """
    return loss_and_grad'''
