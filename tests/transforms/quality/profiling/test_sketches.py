"""The laws of sketches, and their errors, on values that are counted exactly beside them."""

from __future__ import annotations

import math
import random
import struct
from collections import Counter
from functools import reduce
from operator import or_

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gluepot.transforms.quality.profiling.distinct import (
    MOST_COUPONS,
    STANDARD_ERROR,
    DistinctSketch,
)
from gluepot.transforms.quality.profiling.frequent import MOST_KEPT, FrequentValues
from gluepot.transforms.quality.profiling.moments import Moments, PairMoments
from gluepot.transforms.quality.profiling.quantiles import RANK_ERROR, SIZE, QuantileSketch


def distinct_of(numbers: list[int]) -> DistinctSketch:
    """Return the sketch of numbers, whose hashes are drawn from them."""

    def coupon(number: int) -> int:
        source = random.Random(number)  # noqa: S311 - a hash
        rank = 1
        while source.random() < 0.5:
            rank += 1
        return source.getrandbits(26) | rank << 26

    coupons = [coupon(number) for number in numbers]
    parts = [frozenset(coupons[at : at + 300]) for at in range(0, len(coupons), 300)]
    return reduce(or_, (DistinctSketch(coupons=part) for part in parts), DistinctSketch())


def quantiles_of(values: list[float]) -> QuantileSketch:
    parts = [
        QuantileSketch(count=1, minimum=value, maximum=value, levels=((value,),))
        for value in values
    ]
    return reduce(or_, parts, QuantileSketch())


def frequent_of(values: list[str]) -> FrequentValues:
    parts = [FrequentValues(counts={value: 1}, total=1) for value in values]
    return reduce(or_, parts, FrequentValues())


@pytest.mark.parametrize("count", [0, 1, MOST_COUPONS, MOST_COUPONS + 1, 3_000, 40_000])
def test_different_values_are_counted_within_four_standard_errors(count: int) -> None:
    found = distinct_of([*range(count), *range(count // 2)])
    assert found.exact == (count <= MOST_COUPONS)
    assert found.estimate() == pytest.approx(count, rel=4 * STANDARD_ERROR if count > 384 else 0)


@given(st.lists(st.integers(0, 2_000), max_size=900), st.integers(0, 900))
@settings(max_examples=15, deadline=None)
def test_parts_have_the_different_values_of_the_whole(numbers: list[int], cut: int) -> None:
    left, right = distinct_of(numbers[:cut]), distinct_of(numbers[cut:])
    assert left | right == right | left == distinct_of(numbers)
    assert left | left == left
    assert DistinctSketch.from_json(left.to_json()) == left


def test_quantiles_are_within_the_stated_error_of_the_rank() -> None:
    source = random.Random(4)  # noqa: S311 - a simulation
    values = [source.gauss(0, 1) for _ in range(6_000)]
    parts = [quantiles_of(values[at : at + 2_000]) for at in range(0, 6_000, 2_000)]
    found = reduce(or_, parts)
    assert found.count == 6_000
    assert (found.minimum, found.maximum) == (min(values), max(values))
    assert sum(map(len, found.levels)) < 4 * SIZE
    ordered = sorted(values)
    shares = [at / 20 for at in range(1, 20)]
    for share, value in zip(shares, found.quantiles(shares), strict=True):
        rank = sum(1 for each in ordered if each <= value) / len(ordered)
        assert rank == pytest.approx(share, abs=RANK_ERROR + 1 / len(ordered))


@given(st.lists(st.floats(-1e6, 1e6), max_size=60), st.integers(0, 60))
@settings(max_examples=50)
def test_few_numbers_have_exact_quantiles_and_histograms(values: list[float], cut: int) -> None:
    found = quantiles_of(values[:cut]) | quantiles_of(values[cut:])
    assert QuantileSketch.from_json(found.to_json()) == found or not values
    ordered = sorted(values)
    for share in (0.0, 0.25, 0.5, 1.0):
        (value,) = found.quantiles([share])
        if not values:
            assert math.isnan(value)
        else:
            assert value == ordered[max(0, math.ceil(share * len(values)) - 1)]
    assert sum(rows for _, _, rows in found.histogram(7)) == len(values)


def test_a_histogram_has_equal_bins_and_the_last_one_holds_its_end() -> None:
    found = quantiles_of([0.0, 1.0, 2.0, 3.0, 4.0])
    assert found.histogram(2) == [(0.0, 2.0, 2), (2.0, 4.0, 3)]
    assert quantiles_of([5.0, 5.0]).histogram(4) == [(5.0, 5.0, 2)]


@given(st.lists(st.sampled_from(["a", "b", "ä", "c\n", ""]), max_size=60), st.integers(0, 60))
@settings(max_examples=50)
def test_few_values_are_counted_exactly(values: list[str], cut: int) -> None:
    found = frequent_of(values[:cut]) | frequent_of(values[cut:])
    assert found.exact
    assert found.counts == Counter(values)
    assert found.total == len(values)
    assert found == frequent_of(values[cut:]) | frequent_of(values[:cut])
    assert FrequentValues.from_json(found.to_json()) == found


def test_counts_of_many_values_are_too_low_by_no_more_than_they_say() -> None:
    source = random.Random(6)  # noqa: S311 - a simulation
    values = [f"v{int(source.paretovariate(0.6))}" for _ in range(5_000)]
    true = Counter(values)
    found = frequent_of(values[:2_500]) | frequent_of(values[2_500:])
    assert not found.exact
    assert len(found.counts) <= MOST_KEPT
    assert all(0 <= true[value] - count <= found.slack for value, count in found.counts.items())
    assert all(count <= found.slack for value, count in true.items() if value not in found.counts)


NUMBERS = st.lists(st.floats(-1e5, 1e5), max_size=30)


def moments_of(values: list[float]) -> Moments:
    mean = sum(values) / len(values) if values else 0.0
    squares = sum((value - mean) ** 2 for value in values)
    return Moments(count=len(values), mean=mean, squares=squares)


@given(NUMBERS, NUMBERS)
@settings(max_examples=50)
def test_moments_of_parts_are_those_of_the_whole(left: list[float], right: list[float]) -> None:
    found, whole = moments_of(left) | moments_of(right), moments_of(left + right)
    assert found.count == whole.count
    assert found.mean == pytest.approx(whole.mean, rel=1e-9, abs=1e-6)
    assert found.squares == pytest.approx(whole.squares, rel=1e-9, abs=1e-3)


def test_a_constant_beside_a_great_mean_has_no_deviation() -> None:
    part = Moments(count=3, mean=1e15, squares=0.0)
    assert (part | part).deviation == 0


def pair_of(pairs: list[tuple[float, float]]) -> PairMoments:
    first, second = moments_of([a for a, _ in pairs]), moments_of([b for _, b in pairs])
    products = sum((a - first.mean) * (b - second.mean) for a, b in pairs)
    return PairMoments(first=first, second=second, products=products)


def test_a_correlation_of_parts_is_that_of_the_whole() -> None:
    source = random.Random(8)  # noqa: S311 - a simulation
    pairs = [(a, 2 * a + source.gauss(0, 1)) for a in (source.gauss(5, 1) for _ in range(100))]
    found = pair_of(pairs[:30]) | pair_of(pairs[30:])
    assert found.correlation == pytest.approx(pair_of(pairs).correlation)
    assert math.isnan(pair_of([(1.0, 2.0), (1.0, 3.0)]).correlation)
    assert PairMoments.from_json(found.to_json()) == found


def test_an_empty_sketch_of_spark_is_no_value() -> None:
    assert DistinctSketch.decode(None) == DistinctSketch()
    assert QuantileSketch.decode(None) == QuantileSketch()
    assert FrequentValues.decode(None) == FrequentValues()
    single = bytes([2, 2, 15, 4, 200, 0, 8, 0]) + struct.pack("<d", 2.5)
    assert QuantileSketch.decode(single).quantiles([0.5]) == [2.5]
