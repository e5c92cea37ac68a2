"""Everything about one expression, judged: value, gradient and second derivative, formula and code, documents.

What is true is what tests/textbook.py says, which knows no rule of differentiation. A formula is right to 35 digits of
it; code is right to nine, or to the digits that its own formula has left in 53 bits.
"""

from __future__ import annotations

import signal
import traceback
import warnings
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import mpmath as mp
import numpy as np

import symbackprop as sb

from .expression_maker import Case
from .textbook import Meaning, UnboundedError, UndecidedError, UndefinedError, derivative_of, value_of

FORMULA = mp.mpf(10) ** -35
CODE = 1e-9
ROUNDING = 1e-13
"""What code may be off by where the number is 0."""
NEAR = 1e-6
"""Nearer than this to a kink, a tie or a jump there is no derivative to judge by."""
SECONDS = 2
OF_FLOATS = (mp.mpf(2) ** -1022, mp.mpf(2) ** 1023)


class TooLong(BaseException):
    """An expression took longer than it is given; no Exception, so that nothing on its way takes it for its own."""


@contextmanager
def limited(seconds: float) -> Iterator[None]:
    """At most so many seconds for what stands within."""

    def stop(*_: Any) -> None:
        raise TooLong

    before = signal.signal(signal.SIGALRM, stop)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


@dataclass
class Verdict:
    """What came of one case: for each thing that was looked at, a word; and what went wrong, in full."""

    case: Case
    words: dict[str, str] = field(default_factory=dict)
    faults: list[str] = field(default_factory=list)
    refusals: list[str] = field(default_factory=list)

    def say(self, what: str, word: str, more: str = "") -> None:
        self.words[what] = word
        if word in FAULTS:
            self.faults.append(f"{what}: {word} {more}")
        if word == "refused":
            self.refusals.append(more)

    @property
    def word(self) -> str:
        """The verdict on the whole: the worst of its parts, or what kept it from being judged."""
        return min(self.words.values(), key=list(WORDS).index)


WORDS = {
    "foreign": "an exception that is none of ours",
    "wrong": "a finite number that is not the right one",
    "no number": "nan or infinity where there is a number, and nothing too large or small for floats on the way",
    "too long": "more seconds than it is given",
    "washed out": "code only: a finite number that is not right, where one on the way is too large or small for floats",
    "out of range": "code only: nan or infinity, where a number on the way is too large or too small for floats",
    "refused": "by name",
    "undecided": "by the judge",
    "right": "to the digits",
    "no code": "a function in it has none, which is refused by name",
    "rounded": "code: to the digits that its formula leaves in 53 bits; formula: to those that SymPy gives floats",
    "at a kink": "right in value, at a kink, where derivatives are a convention",
    "undefined, yet finite": "no real number, and code gives one",
    "undefined": "no real number, in value or derivative, and none is given",
    "unbounded": "something on the way is infinite: a pole, or the logarithm of 0",
}
FAULTS = ("foreign", "wrong", "no number")


def judged(case: Case, thorough: bool = False) -> Verdict:
    """Everything about one case; `thorough` looks at all methods, options and documents too."""
    verdict = Verdict(case)
    for look in (_derivatives, _others) if thorough else (_derivatives,):
        try:
            with limited(SECONDS), warnings.catch_warnings(), np.errstate(all="ignore"):
                warnings.simplefilter("ignore")
                look(verdict)
        except TooLong:
            verdict.say(look.__name__, "too long")
        except sb.SymbackpropError as error:
            verdict.say(look.__name__, "refused", str(error))
        except Exception:
            verdict.say(look.__name__, "foreign", traceback.format_exc(limit=-4))
    return verdict


@dataclass
class Truth:
    """What the judge says: a number, or a word."""

    number: Any = None
    word: str = ""
    near: bool = False


def truth(compute: Callable[[], Any], meaning: Meaning) -> Truth:
    """A number, or why there is none."""
    try:
        return Truth(compute(), near=meaning.margin < NEAR)
    except UndefinedError:
        return Truth(word="undefined")
    except UnboundedError:
        return Truth(word="unbounded")
    except UndecidedError:
        return Truth(word="undecided")


def _derivatives(verdict: Verdict) -> None:
    case = verdict.case
    meaning = Meaning(case.equations)
    value = truth(lambda: value_of(meaning, case.point), meaning)
    by = list(case.point)
    derivation = sb.derive(case.what, by)
    found = _code_of(derivation, verdict)
    slopes = {one: truth(lambda one=one: derivative_of(meaning, case.point, [one]), meaning) for one in by}
    _value(verdict, value, derivation, found)
    for one in by:
        lines = [(one, derivation.expand(one))]
        _one(verdict, f"d/d{one}", value, slopes[one], lines, found and found[1][one.name])
    _seconds(verdict, meaning, derivation, value, by)


def _code_of(derivation: sb.Derivation, verdict: Verdict) -> Any:
    """What the compiled function gives at the point, if it can be compiled."""
    try:
        function = derivation.compile()
    except sb.UnsupportedError as error:
        verdict.say("code", "no code")
        verdict.refusals.append(str(error))
        return None
    values = {symbol.name: float(number) for symbol, number in verdict.case.point.items()}
    return function(**{name: values[name] for name in function.arguments})


def _varying(equations: Any) -> set[Any]:
    return set().union(*(value.free_symbols for _, value in equations))


def _value(verdict: Verdict, value: Truth, derivation: sb.Derivation, found: Any) -> None:
    replacements, results = derivation.as_cse()
    lines = [*replacements, (derivation.loss, results[0])] if results[0] != derivation.loss else replacements
    lines = lines[: 1 + max(i for i, (name, _) in enumerate(lines) if name == derivation.loss)]
    _formula(verdict, "value", value, lines)
    if found is not None:
        _code(verdict, "value by code", value, lines, found[0])
        if value.word == "undefined" and np.isfinite(found[0]):
            verdict.say("value by code", "undefined, yet finite")


def _one(verdict: Verdict, what: str, value: Truth, slope: Truth, lines: Any, found: Any) -> None:
    if value.word or value.near or slope.near:
        verdict.say(what, value.word or slope.word or "at a kink")
        return
    _formula(verdict, what, slope, lines)
    if found is not None:
        _code(verdict, f"{what} by code", slope, lines, found)


def _formula(verdict: Verdict, what: str, expected: Truth, lines: Any) -> None:
    if expected.word:
        verdict.say(what, expected.word)
        return
    meaning = Meaning(lines)
    found = truth(lambda: value_of(meaning, verdict.case.point, 50), meaning)
    if found.word:
        verdict.say(what, "no number" if found.word == "undefined" else found.word, f"expected {_shown(expected)}")
    elif _close(found.number, expected.number, FORMULA):
        verdict.say(what, "right")
    else:
        off = abs(found.number - expected.number)
        rounded = verdict.case.has_floats and off <= max(NEAR * abs(expected.number), ROUNDING)
        verdict.say(
            what, "rounded" if rounded else "wrong", f"found {_shown(found)}, expected {_shown(expected)}, by {lines}"
        )


def _shown(truth: Truth) -> str:
    return str(mp.nstr(truth.number, 20))


def _close(found: Any, expected: Any, part: Any) -> bool:
    nothing = mp.mpf(10) ** -55
    return bool(abs(found - expected) <= part * abs(expected) or max(abs(found), abs(expected)) <= nothing)


def _code(verdict: Verdict, what: str, expected: Truth, lines: Any, found: Any) -> None:
    if expected.word:
        verdict.say(what, expected.word)
        return
    if abs(expected.number) > OF_FLOATS[1]:
        verdict.say(what, "right" if not np.isfinite(found) else "wrong", f"found {found}")
        return
    off = abs(mp.mpf(float(found)) - expected.number)
    if expected.number == 0 and off <= ROUNDING:
        verdict.say(what, "rounded" if off else "right")
        return
    if np.isfinite(found) and (off <= CODE * abs(expected.number) or off <= 4 * OF_FLOATS[0]):
        verdict.say(what, "right")
        return
    word = "at a kink" if expected.near else _excuse(lines, verdict.case.point, expected.number, found)
    verdict.say(what, word, f"found {found}, expected {_shown(expected)}, by {lines}")


def _excuse(lines: Any, point: Mapping[Any, Any], expected: Any, found: Any) -> str:
    """Why code may give another number: its formula leaves the range of floats, or has no more digits in 53 bits."""
    meaning, off = Meaning(lines), abs(mp.mpf(float(found)) - expected)
    worst = mp.mpf(0)
    for bits in (53, 52, 51, 50):
        with mp.workprec(bits):
            try:
                worst = max(
                    worst, abs(meaning({one: mp.mpf(float(number)) for one, number in point.items()}) - expected)
                )
            except ArithmeticError:
                return "rounded"
        if meaning.smallest < OF_FLOATS[0] or meaning.largest > OF_FLOATS[1]:
            return "washed out" if np.isfinite(found) else "out of range"
    if not np.isfinite(found):
        return "no number"
    return "rounded" if off <= 100 * worst else "wrong"


def _seconds(verdict: Verdict, meaning: Meaning, derivation: sb.Derivation, value: Truth, by: list[Any]) -> None:
    """One second derivative for each symbol: with the next one, round about."""
    case = verdict.case
    for one, other in zip(by, [*by[1:], by[0]], strict=True):
        expected = truth(lambda pair=(one, other): derivative_of(meaning, case.point, pair, 150), meaning)
        equations = derivation.equations_of(one)
        what = f"d2/d{one}d{other}"
        if other not in _varying(equations):
            if not expected.word and not expected.near and expected.number != 0:
                verdict.say(what, "wrong", f"0, expected {_shown(expected)}")
            continue
        second = sb.derive(equations, [other])
        code = _code_of(second, verdict)
        _one(verdict, what, value, expected, [(other, second.expand(other))], code and code[1][other.name])


def _others(verdict: Verdict) -> None:
    """All methods, options and documents: formulas that agree with the judge, and no foreign exception."""
    case = verdict.case
    meaning = Meaning(case.equations)
    value = truth(lambda: value_of(meaning, case.point), meaning)
    by = list(case.point)
    slopes = {one: truth(lambda one=one: derivative_of(meaning, case.point, [one]), meaning) for one in by}
    for title, options in OPTIONS.items():
        derivation = sb.derive(case.what, by, **options)
        for one in by:
            _one(verdict, f"d/d{one} {title}", value, slopes[one], [(one, derivation.expand(one))], None)
    for one in by:
        along = sb.jvp(case.what, {one: 1})
        _one(verdict, f"d/d{one} by jvp", value, slopes[one], [(one, along.expand())], None)
    _documents(case, by)


OPTIONS: dict[str, dict[str, Any]] = {
    "forward": {"method": "forward"},
    "as written": {"stable": False},
    "in x": {"accurate": True},
    "as remembered": {"accurate": False},
}


def _documents(case: Case, by: list[Any]) -> None:
    derivation = sb.derive(case.what, by)
    for style in ("text", "latex", "markdown"):
        derivation.formulas(style)
    for one in by:
        str(derivation.explain(one))
        derivation.explain(one).latex()
        str(derivation.paths(one))
