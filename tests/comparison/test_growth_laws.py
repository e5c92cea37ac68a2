"""Growth laws: series that were made by a known law are found to follow it, with noise and with huge numbers."""

from __future__ import annotations

import math
import random
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from symbackprop.comparison.growth_laws import COUNTS, FEWEST, TIMES, Law, law_of, percent

from ..support import deterministic

SIZES = range(1, 9)
DOUBLING = [1, 2, 4, 8, 16, 32, 64]

Series = Callable[[int], float]

KNOWN: dict[str, tuple[Series, str, float, float]] = {
    "constant": (lambda n: 42, "constant", 0, 1),
    "linear": (lambda n: 54 * n - 6, "linear", 1, 1),
    "proportional": (lambda n: 7 * n, "linear", 1, 1),
    "square": (lambda n: 3 * n**2 + 5 * n + 1, "polynomial", 2, 1),
    "cube": (lambda n: 2 * n**3 + n**2 + 9, "polynomial", 3, 1),
    "power": (lambda n: 10 * n**2.5, "polynomial", 2.5, 1),
    "exponential": (lambda n: 5 * 3**n, "exponential", 0, 3),
    "times L": (lambda n: 7 * n * 3**n, "exponential", 1, 3),
    "times L squared": (lambda n: 4 * n**2 * 3**n, "exponential", 2, 3),
    "slowly": (lambda n: 1000 * 1.5**n, "exponential", 0, 1.5),
}


@pytest.mark.parametrize(("series", "kind", "degree", "factor"), KNOWN.values(), ids=KNOWN)
def test_a_known_law_is_found(series: Series, kind: str, degree: float, factor: float) -> None:
    law = law_of(SIZES, [series(n) for n in SIZES])
    assert law is not None
    assert law.kind == kind
    assert law.degree == pytest.approx(degree, rel=0.02)
    assert law.factor == pytest.approx(factor, rel=0.02)
    assert law.error < 0.01


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("name", ["constant", "proportional", "power", "exponential", "slowly"])
def test_a_known_law_is_found_in_noise(name: str, seed: int) -> None:
    series, kind, degree, factor = KNOWN[name]
    noise = random.Random(seed)
    law = law_of(SIZES, [series(n) * math.exp(noise.gauss(0, 0.05)) for n in SIZES], noise=TIMES)
    assert law is not None
    assert law.kind == kind
    assert law.factor == pytest.approx(factor, rel=0.1)
    assert law.degree == pytest.approx(degree, rel=0.1) or kind == "exponential"
    assert law.error < 0.15


@pytest.mark.parametrize("name", ["constant", "proportional", "square", "cube", "power"])
def test_widths_that_double_are_no_exponential(name: str) -> None:
    series, kind, degree, _ = KNOWN[name]
    law = law_of(DOUBLING, [series(n) for n in DOUBLING], exponential=False)
    assert law is not None
    assert (law.kind, law.degree) == (kind, pytest.approx(degree))
    assert law_of(SIZES, [3**n for n in SIZES], exponential=False).kind == "polynomial"  # type: ignore[union-attr]


@pytest.mark.parametrize("base", [10, 10**40, 10**500])
def test_numbers_that_no_float_holds(base: int) -> None:
    """Floats end at 1e308; a law of counts with thousands of digits is found all the same."""
    law = law_of(SIZES, [7 * base**n for n in SIZES])
    assert law is not None
    assert (law.kind, law.degree) == ("exponential", 0)
    assert law.error < 1e-6
    assert math.log(law.factor) == pytest.approx(min(math.log(base), 700.0))
    times = law_of(range(200, 212), [n**2 * 3**n * 10**400 for n in range(200, 212)])
    assert times is not None
    assert times.kind == "exponential"
    assert times.factor == pytest.approx(3, rel=0.02)
    same = law_of(SIZES, [10**5000] * 8)
    assert same is not None
    assert same.kind == "constant"


@pytest.mark.parametrize("number", range(FEWEST))
def test_few_points_have_no_law(number: int) -> None:
    sizes = list(range(1, number + 1))
    assert law_of(sizes, [3.0**n for n in sizes]) is None
    assert law_of(sizes * 4, [3.0**n for n in sizes * 4]) is None  # the same ones again are no more


def test_four_points_are_enough() -> None:
    assert [law_of([1, 2, 3, 4], [f(n) for n in (1, 2, 3, 4)]) for f in (lambda n: 5, lambda n: 3 * n - 1)] == [
        Law("constant", 0, 1.0, pytest.approx(0, abs=1e-9)),
        Law("linear", 1, 1.0, pytest.approx(0, abs=1e-9)),
    ]
    assert law_of([1, 2, 3, 4], [2 * 3**n for n in (1, 2, 3, 4)]).kind == "exponential"  # type: ignore[union-attr]


def test_what_is_not_positive_is_left_out() -> None:
    law = law_of([1, 2, 3, 4, 5, 6, 7], [0, 6, None, 12, -3, 18, 21])
    assert law is not None
    assert law.kind == "linear"
    assert law_of([1, 2, 3, 4, 5], [0, None, 3, 4, 5]) is None
    assert law_of([], []) is None


def test_what_grows_much_is_never_called_constant() -> None:
    """Errors of predictions that are too small are as bad as of those that are too large."""
    law = law_of([1, 2, 4, 8], [0.461, 1.08, 6.31, 79.5], TIMES, False)
    assert law is None or law.kind != "constant"
    assert law_of([1, 2, 4, 8], [1.0, 3.0, 2.0, 90.0], TIMES, False) is None  # no law at all


@deterministic(150)
@given(st.integers(1, 10**6), st.floats(0.5, 4), st.lists(st.integers(1, 100), min_size=6, max_size=12, unique=True))
def test_a_power_is_found_wherever_its_points_lie(factor: int, degree: float, sizes: list[int]) -> None:
    law = law_of(sizes, [factor * n**degree for n in sizes], exponential=False)
    assert law is not None
    assert law.error < 0.02
    if max(sizes) > 4 * min(sizes):
        assert law.degree == pytest.approx(degree, abs=0.15)


@deterministic(150)
@given(st.integers(1, 10**9), st.integers(2, 10**6), st.integers(0, 2), st.integers(1, 40))
def test_an_exponential_is_found_wherever_it_begins(scale: int, base: int, degree: int, first: int) -> None:
    sizes = range(first, first + 8)
    law = law_of(sizes, [scale * n**degree * base**n for n in sizes])
    assert law is not None
    assert law.kind == "exponential"
    assert law.factor == pytest.approx(base, rel=0.15 if law.degree == degree else 4)
    assert law.error < 2 * COUNTS or law.degree == degree


@deterministic(150)
@given(st.lists(st.integers(1, 10**400), min_size=4, max_size=12), st.integers(1, 10**6))
def test_a_law_does_not_depend_on_the_unit(values: list[int], unit: int) -> None:
    sizes = range(1, len(values) + 1)
    one, other = law_of(sizes, values), law_of(sizes, [value * unit for value in values])
    if one is None or other is None:
        assert one is other
        return
    assert (one.kind, one.since) == (other.kind, other.since)
    assert (one.degree, one.factor) == (pytest.approx(other.degree, rel=1e-3), pytest.approx(other.factor, rel=1e-3))
    assert math.isfinite(one.error)
    assert one.error >= 0


def test_noise_seldom_earns_a_parameter() -> None:
    """Of two hundred noisy constants few are called anything else, though every other law fits them better."""
    found = []
    for seed in range(200):
        noise = random.Random(seed)
        found.append(law_of(SIZES, [math.exp(noise.gauss(0, 0.3)) for _ in SIZES], noise=TIMES))
    kinds = [law.kind for law in found if law is not None]
    assert kinds.count("constant") > 170


def test_counts_that_are_polynomials_are_called_so_even_with_few_points() -> None:
    law = law_of([1, 2, 3, 4], [72, 252, 648, 1260])
    assert law == Law("polynomial", 2, 1.0, 0.0)
    assert law_of([1, 2, 4, 8, 16, 64], [5 * n**4 + n for n in (1, 2, 4, 8, 16, 64)]) == Law("polynomial", 4, 1.0, 0.0)
    assert law_of([1, 2, 3, 4], [72, 252, 648, 1261]) != law


def test_a_law_may_begin_behind_the_first_sizes() -> None:
    sizes = [1, 2, 4, 8, 16, 32, 64]
    law = law_of(sizes, [10**7, *(n**3 for n in sizes[1:])], exponential=False)
    assert law is not None
    assert (law.kind, law.since) == ("polynomial", 2)
    assert law.degree == pytest.approx(3)
    assert law.words("unit").startswith("polynomial, degree 3, from 2 on")


def test_counts_that_are_exponentials_are_called_so_whatever_is_added() -> None:
    assert law_of(range(1, 6), [6 * 2**n - 6 for n in range(1, 6)]) == Law("exponential", 0, pytest.approx(2), 0.0)
    assert law_of([2, 4, 6, 8], [5 * 9**n for n in (2, 4, 6, 8)]) == Law("exponential", 0, pytest.approx(9), 0.0)


def test_counts_may_be_exact_behind_the_first_sizes() -> None:
    assert law_of(range(1, 8), [24, 60, 100, 140, 180, 220, 260]) == Law("linear", 1, 1.0, 0.0, since=2)
    assert law_of(range(1, 9), [1, 1, *(n**2 + 3 for n in range(3, 9))]) == Law("polynomial", 2, 1.0, 0.0, since=3)


@pytest.mark.parametrize("most", [4, 6, 8])
def test_a_law_has_at_most_half_as_many_parameters_as_there_are_sizes(most: int) -> None:
    """A polynomial of degree 4 has five, and would follow nearly anything that has seven or eight sizes."""
    law = law_of(range(1, most + 1), [n * 2**n + 3 * 2**n + 70 * n - 20 for n in range(1, most + 1)])
    assert law is None or law.kind == "exponential" or law.degree <= most / 2 - 1


def test_words() -> None:
    assert Law("constant", 0, 1, 0.078).words("unit") == "constant (error 7.8%)"
    assert Law("polynomial", 2, 1, 0.0).words("layer") == "polynomial, degree 2 (error 0.0%)"
    assert (
        Law("exponential", 2, 2.894, 0.027).words("layer", "L") == "exponential, ×2.89 per layer, times L² (error 2.7%)"
    )
    assert [percent(error) for error in (0.0, 0.001, 0.35, 1e100)] == ["0.0%", "0.1%", "35%", "over 1000%"]
