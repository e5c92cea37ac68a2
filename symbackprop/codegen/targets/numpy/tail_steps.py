"""A loss on a logit keeps its tail: the small part of a softplus is added last.

softplus(z) = relu(z) + log(1 + exp(-|z|)), and where something is taken from it that grows like z, as in
`softplus(z) - y*z`, the first part cancels and the second is what is left: 4.2e-18 for y = 1 and z = 40, where softplus
itself is 40 to machine precision. Formulas keep the softplus, as textbooks have it. Source: Maechler, "Accurately
computing log(1 - exp(-|a|))" (2012), section 2, for the two parts.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from functools import reduce

from .... import ops
from ...steps import NUMBER, Step, Steps
from .elementwise_source import LOG1P
from .step_rewriting import Rewriting

Term = tuple[int, Step]
"""A sign, and what is added or subtracted."""

DEEP = 6
"""Through so many sums in sums, and products in products, is looked: of what they share there are many ways through."""


class Tails(Rewriting):
    """Rebuilds steps with the small part of each softplus where it is not lost."""

    def __init__(self, source: Steps, roots: Sequence[Step]) -> None:
        super().__init__(source, roots)
        for step in self.order:
            found = tail_last(self, step) if source.maps(step, ops.ADD, ops.SUB) else None
            self.moved[step] = self.same(step) if found is None else found


def tail_last(rewriting: Rewriting, step: Step) -> Step | None:
    """A sum that has a multiple of softplus(z) and one of z among its terms, with log(1 + exp(-|z|)) last."""
    source = rewriting.source
    if ops.SOFTPLUS not in rewriting.operations:
        return None
    terms = _terms(source, step, rewriting.apart)
    logits = {term: z for term in terms if (z := _logit(source, term[1])) is not None}
    for z in logits.values():
        terms = _regrouped(source, terms, z)
    partners = _partners(source, terms, logits)
    if not partners:
        return None
    rewriting.apart.add(step)
    taken = {other for others in partners.values() for other in others}
    heads = [[_part(rewriting, term, _large), *_moved(rewriting, others)] for term, others in partners.items()]
    rest = [term for term in terms if term not in partners and term not in taken]
    tails = [_part(rewriting, term, _small) for term in partners]
    firsts = [(1, _sum(rewriting.steps, head)) for head in heads]
    return _sum(rewriting.steps, [*firsts, *_moved(rewriting, rest), *tails])


def _partners(source: Steps, terms: Sequence[Term], logits: Mapping[Term, Step]) -> dict[Term, list[Term]]:
    """By term with softplus(z): the terms that are multiples of z, each with one of these only."""
    having: defaultdict[Step, list[Term]] = defaultdict(list)
    factors = {term: _factors(source, term[1]) for term in terms if term not in logits}
    for term, steps in factors.items():
        for step in steps:
            having[step].append(term)
    found: dict[Term, list[Term]] = {}
    for term, z in logits.items():
        wanted = _factors(source, z)  # none of a number
        near = having[next(iter(wanted))] if wanted else []
        others = [other for other in near if other in factors and wanted <= factors[other]]
        for other in others:
            del factors[other]
        if others:
            found[term] = others
    return found


def _terms(source: Steps, step: Step, whole: Collection[Step] = (), sign: int = 1, deep: int = DEEP) -> list[Term]:
    """The terms of a sum with their signs; a sum in `whole` is one term of another."""
    if not deep or step in whole or not source.maps(step, ops.ADD, ops.SUB, ops.NEG):
        return [(sign, step)]
    found: list[Term] = []
    for place, x in enumerate(source.operands(step)):
        turned = source.maps(step, ops.NEG) or (place == 1 and source.maps(step, ops.SUB))
        found += _terms(source, x, whole, -sign if turned else sign, deep - 1)
    return found


def _logit(source: Steps, step: Step) -> Step | None:
    """z of a multiple of softplus(z)."""
    found = [x for x in _factors(source, step) if source.maps(x, ops.SOFTPLUS)]
    return source.operands(found[0])[0] if len(found) == 1 else None


def _factors(source: Steps, step: Step, deep: int = DEEP) -> set[Step]:
    """What a product is made of but for numbers; of a quotient, what it divides."""
    parts = source.operands(step)[: _FACTORS[source.what(step)]] if deep and source.maps(step, *_FACTORS) else ()
    if parts:
        return {factor for part in parts for factor in _factors(source, part, deep - 1)}
    return set() if source.kind(step) == NUMBER else {step}


_FACTORS: dict[ops.Op, int] = {ops.MUL: 2, ops.DIV: 1, ops.NEG: 1}
"""How many of an operation's operands are factors of it."""


def _regrouped(source: Steps, terms: list[Term], z: Step) -> list[Term]:
    """The terms, and in the place of all that a sum z is made of, each subtracted, z itself."""
    own = [(-sign, part) for sign, part in _terms(source, z)]
    if len(own) == 1 or not set(own) <= set(terms):
        return terms
    return [*(term for term in terms if term not in own), (-1, z)]


def _part(rewriting: Rewriting, term: Term, part: Callable[[Steps, Step], Step]) -> Term:
    sign, step = term
    return sign, _in_place_of_softplus(rewriting, step, part)


def _in_place_of_softplus(rewriting: Rewriting, step: Step, part: Callable[[Steps, Step], Step]) -> Step:
    """A multiple of softplus(z) with a part of it in its place."""
    source, moved = rewriting.source, rewriting.moved
    if source.maps(step, ops.SOFTPLUS):
        return part(rewriting.steps, moved[source.operands(step)[0]])
    operands = [
        _in_place_of_softplus(rewriting, x, part) if _logit(source, x) is not None else moved[x]
        for x in source.operands(step)
    ]
    return rewriting.steps.map(source.what(step), *operands)


def _large(steps: Steps, z: Step) -> Step:
    return steps.map(ops.RELU, z)


def _small(steps: Steps, z: Step) -> Step:
    return steps.map(LOG1P, steps.map(ops.EXP, steps.map(ops.NEG, steps.map(ops.ABS, z))))


def _moved(rewriting: Rewriting, terms: Iterable[Term]) -> list[Term]:
    return [(sign, rewriting.moved[part]) for sign, part in terms]


def _sum(steps: Steps, terms: Collection[Term]) -> Step:
    """The terms one after another, an added one first if there is one."""
    first = next((term for term in terms if term[0] > 0), None)
    rest = [term for term in terms if term is not first]
    start = steps.map(ops.NEG, rest.pop(0)[1]) if first is None else first[1]
    return reduce(lambda x, term: steps.map(ops.ADD if term[0] > 0 else ops.SUB, x, term[1]), rest, start)
