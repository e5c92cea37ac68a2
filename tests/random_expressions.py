"""Random expressions over the whole vocabulary: value, gradient and second derivative, formula and code, each judged.

    python -m tests.random_expressions --count 10000 --seed 0

The expressions are those of tests/expression_maker.py, one for each seed, and the judge is tests/expression_judge.py.
An expression that takes too long is counted, and does not stop the others.
"""

from __future__ import annotations

import argparse
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

from .expression_judge import SECONDS, WORDS, TooLong, Verdict, judged, limited
from .expression_maker import Case, case_of


@dataclass
class Tally:
    """What came of many cases."""

    words: Counter[str] = field(default_factory=Counter)
    looked: Counter[str] = field(default_factory=Counter)
    refusals: Counter[str] = field(default_factory=Counter)
    begun: float = field(default_factory=time.perf_counter)

    def add(self, verdict: Verdict) -> None:
        self.words[verdict.word] += 1
        self.looked.update(f"{_kind(what)}: {word}" for what, word in verdict.words.items())
        self.refusals.update({refusal.partition(",")[0][:60] for refusal in verdict.refusals})

    def __str__(self) -> str:
        lines = [f"{self.words.total()} expressions in {time.perf_counter() - self.begun:.0f} s"]
        lines += [f"{count:8d}  {word}: {WORDS[word]}" for word, count in self.words.most_common()]
        lines += [f"{count:8d}  {what}" for what, count in sorted(self.looked.items())]
        return "\n".join(lines + [f"{count:8d}  {refusal}" for refusal, count in self.refusals.most_common(20)])


def _kind(what: str) -> str:
    """Of what is said about one thing, the kind: value, gradient, second derivative; formula or code."""
    if not what.startswith(("d", "value")):
        return "all of it"
    order = "second derivative" if what.startswith("d2") else "gradient" if what.startswith("d/") else "value"
    return f"{order}, {'code' if what.endswith('by code') else 'formula'}"


def verdict_on(seed: int, thorough: bool = False) -> Verdict:
    """The case of a seed, judged."""
    try:
        with limited(SECONDS):
            case = case_of(seed)
    except TooLong:
        return Verdict(Case(seed, (), {}, 0), {"SymPy": "too long"})
    return judged(case, thorough)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--count", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=0, help="the first of them")
    parser.add_argument("--thorough-every", type=int, default=20, help="which of them are tried in every way")
    parser.add_argument("--show", nargs="*", default=[], help="words on which a case is printed, beside the faults")
    given = parser.parse_args()
    tally = Tally()
    for seed in range(given.seed, given.seed + given.count):
        verdict = verdict_on(seed, seed % given.thorough_every == 0)
        tally.add(verdict)
        _tell(verdict, given.show)
    print(tally)


def _tell(verdict: Verdict, shown: Sequence[str]) -> None:
    found = [what for what, word in verdict.words.items() if word in shown]
    if found or verdict.faults:
        print(f"{verdict.case}\n  {found} {verdict.refusals}", *verdict.faults, sep="\n  ", flush=True)


if __name__ == "__main__":
    main()
