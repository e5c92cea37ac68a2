"""A loss on logits keeps its tail: the small part of a softplus or a logsumexp is added last.

softplus(z) = relu(z) + log(1 + exp(-|z|)), and where something is taken from it that grows like z, as in
`softplus(z) - y*z`, the first part cancels and the second is what is left: 4.2e-18 for y = 1 and z = 40, where softplus
itself is 40 to machine precision. Formulas keep the softplus, as textbooks have it. Source: Maechler, "Accurately
computing log(1 - exp(-|a|))" (2012), section 2, for the two parts. The parts of a logsumexp are its largest exponent
and the logarithm of the rest: at equal logits of 1e300 the loss is the logarithm of their number.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence

from ... import ops
from ..steps import CONTRACT, NUMBER, REDUCE, Step, Steps
from .further_operations import LOG1P
from .shifted_sums import FACTORS, TWO_PARTS, Shifting, Term, signed_sum, signed_terms

Part = Callable[[Shifting, Step], Step]

DEEP = 6
"""Through so many sums in sums, and products in products, is looked: of what they share there are many ways through."""


def tail_last(shifting: Shifting, step: Step) -> Step | None:
    """A sum that has a multiple of softplus(z) and one of z among its terms, with log(1 + exp(-|z|)) last."""
    if shifting.operations.isdisjoint((*TWO_PARTS, ops.LOG)):
        return None
    source = shifting.source
    terms = _terms(source, step, shifting.apart)
    is_parted = any(part in shifting.parted for _, part in terms)
    if is_parted:
        terms = _regrouped(source, terms)
    if len(set(terms)) < len(terms):  # a term that is there twice would be told by neither
        return None
    logits = {term: zs for term in terms if (zs := _logits(source, term[1]))} if is_parted else {}
    partners = (_partners(source, terms, logits) if logits else {}) or _partners_in_arrays(source, terms)
    if not partners:
        return None
    shifting.apart.add(step)
    taken = {other for others in partners.values() for other in others}
    heads = [[_part(shifting, term, _large), *_moved(shifting, others)] for term, others in partners.items()]
    rest = [term for term in terms if term not in partners and term not in taken]
    tails = [_part(shifting, term, _small) for term in partners]
    firsts = [(1, signed_sum(shifting.steps, head)) for head in heads]
    return signed_sum(shifting.steps, [*firsts, *_moved(shifting, rest), *tails])


def _partners(source: Steps, terms: Sequence[Term], logits: Mapping[Term, Sequence[Step]]) -> dict[Term, list[Term]]:
    """By term with softplus(z): the terms that are multiples of z, each with one of these only."""
    having: defaultdict[Step, list[Term]] = defaultdict(list)
    factors = {term: set(_factors(source, term[1])) for term in terms if term not in logits}
    for term, steps in factors.items():
        for step in steps:
            having[step].append(term)
    found: dict[Term, list[Term]] = {}
    for term, z in ((term, z) for term, zs in logits.items() for z in zs):
        wanted = set(_factors(source, z))  # none of a number
        near = having[next(iter(wanted))] if wanted else []
        others = [other for other in near if other in factors and wanted <= factors[other]]
        for other in others:
            del factors[other]
        if others:
            found.setdefault(term, []).extend(others)
    return found


def _partners_in_arrays(source: Steps, terms: Sequence[Term]) -> dict[Term, list[Term]]:
    """The logarithm of a sum along an axis, with all that is subtracted from it as a sum of products."""
    found: dict[Term, list[Term]] = {}
    products = [term for term in terms if source.kind(term[1]) in (CONTRACT, REDUCE)]
    for sign, part in terms if products else ():
        others = [term for term in products if term[0] == -sign]
        if others and _array_parts(source, part) is not None:
            found[sign, part] = others
    return found if len(found) == 1 else {}


def _array_parts(source: Steps, step: Step) -> tuple[Step, Step] | None:
    """The largest entry along an axis and the logarithm of the sum without it, of a step that adds them."""
    if source.kind(step) == REDUCE and source.what(step)[0] is ops.ADD:
        return _array_parts(source, source.operands(step)[0])
    if not source.maps(step, ops.ADD) or len(source.operands(step)) != 2:
        return None
    log, largest = source.operands(step)
    is_largest = source.kind(largest) == REDUCE and source.what(largest)[0] is ops.MAX
    return (largest, log) if is_largest and source.maps(log, ops.LOG) else None


def _terms(source: Steps, step: Step, whole: Collection[Step] = ()) -> list[Term]:
    """The terms of a sum with their signs; a sum in `whole`, or of the two parts of a logarithm, is one of another."""
    return signed_terms(source, step, lambda part: part in whole or _array_parts(source, part) is not None, DEEP)


def _logits(source: Steps, step: Step) -> Sequence[Step]:
    """What a step is the softplus or logsumexp of, or a multiple of that; nothing for another step, a square say."""
    found = [x for x in _factors(source, step) if source.maps(x, *TWO_PARTS)]
    return source.operands(found[0]) if len(found) == 1 else ()


def _factors(source: Steps, step: Step, deep: int = DEEP) -> list[Step]:
    """What a product is made of but for numbers, each as often as it is there; of a quotient, what it divides."""
    parts = source.operands(step)[: FACTORS[source.what(step)]] if deep and source.maps(step, *FACTORS) else ()
    if parts:
        return [factor for part in parts for factor in _factors(source, part, deep - 1)]
    return [] if source.kind(step) == NUMBER else [step]


def _regrouped(source: Steps, terms: Sequence[Term]) -> list[Term]:
    """The terms, and in the place of all that a logit, a sum, is made of, each subtracted, the logit itself."""
    left = Counter(terms)
    for z in [z for term in terms for z in _logits(source, term[1])]:
        own = Counter((-sign, part) for sign, part in _terms(source, z))
        if len(own) > 1 and all(left[term] == times == 1 for term, times in own.items()):
            left -= own
            left[-1, z] += 1
    return list(left.elements())


def _part(shifting: Shifting, term: Term, part: Part) -> Term:
    """A term with a part of its softplus or logsumexp in the place of that."""
    sign, step = term
    return sign, _in_its_place(shifting, step, part)


def _in_its_place(shifting: Shifting, step: Step, part: Part, deep: int = DEEP) -> Step:
    source, moved = shifting.source, shifting.moved
    if source.kind(step) == REDUCE:
        [inner] = source.operands(step)
        return shifting.steps.reduce(ops.ADD, _in_its_place(shifting, inner, part), source.what(step)[1])
    if source.maps(step, *TWO_PARTS) or _array_parts(source, step) is not None:
        return part(shifting, step)
    operands = [moved[x] for x in source.operands(step)]
    for place, x in enumerate(source.operands(step)[: FACTORS[source.what(step)]]):
        if any(source.maps(factor, *TWO_PARTS) for factor in _factors(source, x, deep - 1)):
            operands[place] = _in_its_place(shifting, x, part, deep - 1)
    return shifting.steps.map(source.what(step), *operands)


def _large(shifting: Shifting, step: Step) -> Step:
    """relu(z), or the largest exponent."""
    parts = _array_parts(shifting.source, step)
    if parts is not None:
        return shifting.moved[parts[0]]
    if shifting.source.maps(step, ops.LOGSUMEXP):
        return shifting.shifted(step)[0]
    return shifting.steps.map(ops.RELU, shifting.moved[shifting.source.operands(step)[0]])


def _small(shifting: Shifting, step: Step) -> Step:
    """log(1 + exp(-|z|)), or the logarithm of the sum from which the largest exponential is taken out."""
    parts = _array_parts(shifting.source, step)
    if parts is not None:
        return shifting.moved[parts[1]]
    if shifting.source.maps(step, ops.LOGSUMEXP):
        return shifting.log(step)
    steps, z = shifting.steps, shifting.moved[shifting.source.operands(step)[0]]
    return steps.map(LOG1P, steps.map(ops.EXP, steps.map(ops.NEG, steps.map(ops.ABS, z))))


def _moved(shifting: Shifting, terms: Iterable[Term]) -> list[Term]:
    return [(sign, shifting.moved[part]) for sign, part in terms]
