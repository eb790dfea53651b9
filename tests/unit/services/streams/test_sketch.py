"""The histogram that merges: percentiles within 1 %, the rest exact, whatever the order.

The smallest example: of 1, 2, 3 and 100 the mean is 26.5 and the median 2.
"""

from __future__ import annotations

import json
import math
from fractions import Fraction
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from anomaly_container.services.streams.sketch import (
    BOUNDARIES,
    MOST_BUCKETS,
    Sketch,
    from_units,
    grouped,
    in_units,
)

NUMBERS = st.one_of(
    st.floats(-1e15, 1e15), st.floats(1e-8, 1e6), st.integers(-10, 10).map(float), st.just(1e300)
)


def sketch_of(values: list[float]) -> Sketch:
    sketch = Sketch()
    sketch.add(np.array(values, np.float64))
    return sketch


def test_mean_and_percentiles_of_four_numbers() -> None:
    sketch = sketch_of([1.0, 2.0, 3.0, 100.0])

    assert (sketch.count, sketch.mean, sketch.least, sketch.largest) == (4, 26.5, 1.0, 100.0)
    assert sketch.percentile(50) == pytest.approx(2.0, rel=0.01)
    assert sketch.percentile(75) == pytest.approx(3.0, rel=0.01)
    assert sketch.percentile(76) == 100.0


def test_an_empty_one_has_no_mean_and_no_percentile() -> None:
    assert (Sketch().mean, Sketch().percentile(95)) == (None, None)
    assert Sketch.from_document(Sketch().document()).document() == Sketch().document()


@settings(max_examples=300, deadline=None)
@given(values=st.lists(st.floats(-1e15, 1e15).filter(lambda x: x == 0 or abs(x) > 1e-8), min_size=1))
def test_a_percentile_is_the_nearest_rank_within_one_percent(values: list[float]) -> None:
    sketch = sketch_of(values)

    for percent in (1, 50, 90, 95, 99, 100):
        exact = sorted(values)[math.ceil(Fraction(percent * len(values), 100)) - 1]
        assert sketch.percentile(percent) == pytest.approx(exact, rel=0.01 + 1e-9, abs=1e-9)


@settings(max_examples=200, deadline=None)
@given(values=st.lists(NUMBERS, min_size=1, max_size=60), cuts=st.lists(st.integers(0, 60), max_size=4))
def test_parts_in_any_order_give_the_same_bytes(values: list[float], cuts: list[int]) -> None:
    places = sorted({0, *cuts, len(values)})
    parts = [values[start:end] for start, end in pairwise(places)]
    merged = Sketch()
    for part in reversed(parts):
        merged.merge(sketch_of(part[::-1]))

    assert json.dumps(merged.document()) == json.dumps(sketch_of(values).document())


def test_the_mean_is_exact_to_nine_digits() -> None:
    values = np.random.default_rng(1).lognormal(4, 1, 10_000)

    assert sketch_of(values.tolist()).mean == pytest.approx(math.fsum(values) / 10_000, abs=1e-9)


@settings(max_examples=200, deadline=None)
@given(values=st.lists(st.floats(-1e12, 1e12), min_size=1, max_size=20))
def test_the_fast_sum_is_the_sum_of_units(values: list[float]) -> None:
    assert sketch_of(values).total == sum(map(in_units, values))


def test_a_mean_of_the_largest_numbers_does_not_overflow() -> None:
    assert sketch_of([1.7e308, 1.7e308]).mean == pytest.approx(1.7e308)
    assert from_units(in_units(0.25), 1) == 0.25


def test_it_keeps_the_high_buckets_when_there_are_too_many() -> None:
    values = BOUNDARIES[1:2600]
    one, parts = sketch_of(values.tolist()), Sketch()
    for part in np.array_split(np.random.default_rng(0).permutation(values), 7):
        parts.merge(sketch_of(part.tolist()))

    assert len(one.buckets) == MOST_BUCKETS
    assert parts.document() == one.document()
    assert one.percentile(99) == pytest.approx(np.sort(values)[math.ceil(0.99 * len(values)) - 1], rel=0.01)


def test_it_comes_back_from_json() -> None:
    sketch = sketch_of([0.0, -3.5, 1e300, 12.0])

    again = Sketch.from_document(json.loads(json.dumps(sketch.document())))

    assert again.document() == sketch.document()
    assert again.percentile(50) == sketch.percentile(50)


def test_counts_that_do_not_add_up_are_refused() -> None:
    document = sketch_of([1.0, 2.0]).document() | {"count": 3}

    with pytest.raises(ValueError, match="do not add up"):
        Sketch.from_document(document)


def test_groups_have_their_own_sketches() -> None:
    found = grouped(np.array([1.0, 9.0, 3.0]), np.array([60, 0, 60]))

    assert found[60].document() == sketch_of([3.0, 1.0]).document()
    assert found[0].document() == sketch_of([9.0]).document()
    assert grouped(np.empty(0), np.empty(0, np.int64)) == {}
