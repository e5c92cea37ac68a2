"""What a comparison consists of: the networks or models in question, and a row of figures for each and each method."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from itertools import pairwise
from typing import Any, ClassVar

from ..networks import Model, Network
from ..python_files import model_of, named
from .expression_models import expression_model

DEPTH, WIDTH, PARAMETERS = "depth", "width", "parameters"
"""What may grow."""
RUN, COUNTED, UNKNOWN, SKIPPED = "run", "counted", "not run", "skipped"
"""What became of a method at a network: run; stopped or not started, and counted, or not even that; not there."""


@dataclass(frozen=True)
class Words:
    """What is said differently of networks and of other models.

    one: of them. parameters: the heading of how many there are. steps, axes: what one step of each that may grow is,
    and what the axis of a plot is called.
    """

    one: str
    parameters: str
    steps: Mapping[str, str]
    axes: Mapping[str, str]


NETWORKS = Words(
    "network",
    "weights,\nbiases",
    {DEPTH: "layer", WIDTH: "unit", PARAMETERS: "parameter"},
    {DEPTH: "layers", WIDTH: "units in each layer", PARAMETERS: "weights and biases"},
)
MODELS = Words("model", "parameters", {DEPTH: "step"}, {DEPTH: "depth", PARAMETERS: "parameters"})


def name_of(widths: tuple[int, ...]) -> str:
    """A network by its widths, or by what they come to where there are many."""
    if len(widths) <= 8:
        return "-".join(map(str, widths))
    wide = f"{widths[0]} wide" if len(set(widths)) == 1 else f"{widths[0]}-…-{widths[-1]}"
    return f"{wide}, {len(widths) - 1} deep"


def parameters_of(widths: Sequence[int]) -> int:
    """Weights and biases of a network."""
    return sum(above * (below + 1) for below, above in pairwise(widths))


@dataclass(frozen=True)
class Subject:
    """One network of a comparison. size: what grows from one to the next, on the axis of all tables and plots."""

    widths: tuple[int, ...]
    size: int
    hidden: str
    output: str
    loss: str | None
    form: str

    words: ClassVar = NETWORKS
    text: ClassVar = ""

    @property
    def job(self) -> dict[str, Any]:
        """What another process needs to build the network."""
        return asdict(self)

    @property
    def parameters(self) -> int:
        """Weights and biases."""
        return parameters_of(self.widths)

    @property
    def name(self) -> str:
        """The widths, or what they come to where there are many."""
        return name_of(self.widths)

    def model(self) -> Model:
        """The network."""
        return Network(self.widths, self.hidden, self.output, self.loss, self.form)

    def title(self, over: str) -> str:
        """Which networks those of a comparison are whose first this is."""
        shape = {
            DEPTH: f"Networks {self.widths[0]} wide, deeper and deeper",
            WIDTH: f"Networks {len(self.widths) - 1} deep, wider and wider",
            PARAMETERS: "Networks, smallest first",
        }[over]
        return f"{shape}: hidden {self.hidden}, output {self.output}, loss {self.loss}{_in_form(self.form)}"


@dataclass(frozen=True)
class ModelSubject:
    """A model from a file, by itself or as a function makes it of a depth.

    text: FILE.py:NAME, as it is shown. place: the same from wherever it is read. depth: what the function is called
    with; None if the name is the model's own. built: the model, which is built again in other processes.
    """

    text: str
    place: str
    depth: int | None
    built: Model

    words: ClassVar = MODELS
    widths: ClassVar[tuple[int, ...]] = ()

    @property
    def job(self) -> dict[str, Any]:
        """What another process needs to build the model."""
        return {"text": self.text, "place": self.place, "depth": self.depth}

    @property
    def form(self) -> str:
        """That of the model."""
        return self.built.form

    @property
    def parameters(self) -> Any:
        """Entries of all arrays of parameters: a number, unless sizes are symbols."""
        return sum(math.prod(shape) for shape in self.built.shapes.values())

    @property
    def size(self) -> int:
        """The depth, or else the number of parameters."""
        return self.parameters if self.depth is None else self.depth

    @property
    def name(self) -> str:
        """The name in the file, with the depth if there is one."""
        name = self.text.rpartition(":")[2]
        return name if self.depth is None else f"{name} at depth {self.depth}"

    def model(self) -> Model:
        """The model."""
        return self.built

    def title(self, over: str) -> str:
        """Which models those of a comparison are whose first this is."""
        told = f": {self.built.title}" if over == PARAMETERS else ", deeper and deeper"
        return f"{self.text}{told}{_in_form(self.form)}"


@dataclass(frozen=True)
class ExpressionSubject(ModelSubject):
    """An expression. text: as it is shown. place: all of it. wrt: the names that it is differentiated by."""

    wrt: tuple[str, ...]

    @property
    def job(self) -> dict[str, Any]:
        """What another process needs to read the expression."""
        return {"expression": self.place, "wrt": list(self.wrt)}

    def title(self, over: str) -> str:
        """Which expression it is."""
        return f"{self.text} by {', '.join(self.wrt)}"


AnySubject = Subject | ModelSubject


def built(job: Mapping[str, Any]) -> Model:
    """The model of a `job`, with its file run as it is now.

    Raises:
        SymbackpropError: that does not go as it went before.
    """
    if "expression" in job:
        return expression_model(job["expression"], job["wrt"])
    if "place" in job:
        return model_of(named(job["place"]), job["depth"], job["text"])
    return Subject(**job).model()


def _in_form(form: str) -> str:
    return ", in matrix form" if form == "matrix" else ""


@dataclass(frozen=True)
class Row:
    """What one method takes for one network; None where a figure is not known.

    Attributes:
        size: depth, width or number of parameters, whichever grows.
        paths: from all parameters to the loss, along named quantities.
        edges: between named quantities.
        derived: operations of the loss and all derivatives as the method derives them; exact whether run or not, and
            not known for sympy-forward if not run.
        evaluated: operations that one gradient takes in the code that comes of it; of naive, which shares nothing, all
            that it derives.
        sympy: operations of SymPy's own results, counted as they come: with the naive way a few less than it derives,
            as `diff` puts factors together here and there.
        seconds: of the derivation.
        source_bytes: of the function that was generated.
        gradient_seconds: of one call of it, with one sample.
        peak_bytes: of memory that the derivation took at most.
        status: `RUN`, `COUNTED`, `UNKNOWN` or `SKIPPED`.
        note: what happened.
        model: FILE.py:NAME, of a model that has no widths but comes from a file.
    """

    method: str
    form: str
    widths: tuple[int, ...]
    size: int
    parameters: int
    paths: int | None = None
    edges: int | None = None
    derived: int | None = None
    evaluated: int | None = None
    sympy: int | None = None
    seconds: float | None = None
    source_bytes: int | None = None
    gradient_seconds: float | None = None
    peak_bytes: int | None = None
    status: str = RUN
    note: str = ""
    model: str = ""

    @property
    def of(self) -> tuple[int, tuple[int, ...]]:
        """What tells the networks of a comparison apart, of which two may have as many parameters."""
        return self.size, self.widths

    @property
    def name(self) -> str:
        """The network or model in a word."""
        return self.model.rpartition(":")[2] or name_of(self.widths)


COLUMNS = tuple(field.name for field in fields(Row))
"""The names of a row's figures, in order."""
