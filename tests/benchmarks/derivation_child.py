"""A library that may take for ever, in a process that can be ended. It is started and imports before anything is timed.

The child is sent widths and the names of ways, and answers with what it has done: that the net is written, then of each
way its seconds and its operations. The parent waits for each answer, and ends the child when its patience does.
"""

from __future__ import annotations

import gc
from collections.abc import Iterator
from dataclasses import dataclass
from multiprocessing import get_context
from typing import Any

from derivation_others import IN_CHILDREN, SHORT, Library, Way, Widths, one_turn

CONTEXT = get_context("spawn")  # a fork would take the threads of other libraries along
TURNS = 5
NOT_WRITTEN = "not written"  # the loss was not there in time


@dataclass
class Figure:
    """What is known of one way on one net: its seconds, or how many were not enough, or why there are none."""

    seconds: float | None = None
    operations: int | None = None
    over: float | None = None
    why: str = "-"


def serve(name: str, pipe: Any) -> None:
    """In the child: do each net it is sent."""
    library = IN_CHILDREN[name]
    for _ in answers(library, (1, 1), list(library.ways)):
        pass  # what is imported or made when first asked for is there before anything is timed
    gc.freeze()
    pipe.send("ready")
    while True:
        widths, wanted = pipe.recv()
        try:
            for answer in answers(library, widths, [way for way in library.ways if way.name in wanted]):
                pipe.send(answer)
        except (RecursionError, MemoryError) as error:
            pipe.send(error.__class__.__name__)


def answers(library: Library, widths: Widths, ways: list[Way]) -> Iterator[Any]:
    """The net is written (None), then the seconds of each way, then its operations."""
    net = library.written(widths)
    yield None
    done: dict[str, tuple[float, Any]] = {"": (0.0, None)}
    for way in ways:
        before, given = done[way.after]
        seconds, made = timed(library, way, net, given)
        done[way.name] = before + seconds, made
        yield before + seconds
        yield way.counted(net, made)


def timed(library: Library, way: Way, net: Any, given: Any) -> tuple[float, Any]:
    """The best of several turns where they are short; each begins with what the library remembers forgotten."""
    turns = 0
    best, made = float("inf"), None
    while turns == 0 or (turns < TURNS and best < SHORT):
        if not way.after:
            library.forget()
        seconds, made = one_turn(lambda: way.derived(net, given))
        best = min(best, seconds)
        turns += 1
    return best, made


class Child:
    """A library in a process of its own, with `budget` seconds for each piece of work.

    A way that takes longer, or that fails, is not asked again, nor are those after it in the library's list.
    """

    def __init__(self, library: Library, budget: float):
        self.library, self.budget = library, budget
        self.live = [way.name for way in library.ways]
        self._start()

    def _start(self) -> None:
        self.pipe, theirs = CONTEXT.Pipe()
        self.process = CONTEXT.Process(target=serve, args=(self.library.name, theirs), daemon=True)
        self.process.start()
        theirs.close()
        self.pipe.recv()

    def end(self) -> None:
        """End the process, whatever it does."""
        self.process.kill()
        self.process.join()

    def ask(self, widths: Widths) -> dict[str, Figure]:
        """What each way takes, and why one is given up; nothing of those that were given up before."""
        figures: dict[str, Figure] = {}
        if not self.live:
            return figures
        if not self.process.is_alive():
            self._start()
        self.pipe.send((widths, self.live))
        doing = ""
        try:
            self._answer()
            for doing in list(self.live):
                figures[doing] = Figure(self._answer())
                figures[doing].operations = self._answer()
        except _GivenUpError as error:
            figures = self._given_up(doing, *error.args) | figures
        return figures

    def _answer(self) -> Any:
        if not self.pipe.poll(self.budget):
            raise _GivenUpError
        try:
            answer = self.pipe.recv()
        except EOFError:
            raise _GivenUpError("crash") from None
        if isinstance(answer, str):
            raise _GivenUpError(answer)
        return answer

    def _given_up(self, doing: str, why: str = "") -> dict[str, Figure]:
        """End the way that failed and those after it; all of them where there was no loss to begin with."""
        self.end()
        first = self.live.index(doing) if doing else 0
        left, self.live = self.live[first:], self.live[:first]
        if not doing:
            return {name: Figure(why=why or NOT_WRITTEN) for name in left}
        return {doing: Figure(why=why) if why else Figure(over=self.budget)}


class _GivenUpError(Exception):
    """No answer in time, or none that is of use."""
