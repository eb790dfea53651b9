from __future__ import annotations

from functools import cache

import numpy as np
import pytest

from anomaly_container.detection.univariate import (
    EntireResult,
    Granularity,
    MarginRule,
    Options,
    Series,
    entire,
)
from tests.naive.univariate import engine
from tests.support.signals import NASTY, Nasty, seasonal, spikes
from tests.unit.detection.univariate.agreement import assert_equal, assert_same_answer, twin_request
from tests.unit.detection.univariate.random_requests import request

SEEDS = range(60)
# The twin would take its time over longer series, and guesses no season beyond single precision.
AWKWARD = [
    (row, rule)
    for row in NASTY
    for rule in MarginRule
    if row.values.size <= 125 and not (row.name == "huge by seconds" and rule is MarginRule.V3)
]


@cache
def answer(seed: int) -> EntireResult:
    return entire(*request(seed))


@pytest.mark.parametrize("seed", SEEDS)
def test_the_answer_is_that_of_the_twin(seed: int) -> None:
    series, options = request(seed)
    twin = engine.entire(**twin_request(series, options))
    assert_same_answer(answer(seed), twin, float(np.abs(series.values).max()))


@pytest.mark.parametrize(("row", "rule"), AWKWARD, ids=[f"{row.name}-{rule}" for row, rule in AWKWARD])
def test_the_answer_to_an_awkward_series_is_that_of_the_twin(row: Nasty, rule: MarginRule) -> None:
    series = Series(np.array(row.values), np.array(row.slots, dtype=np.int64))
    options = Options(Granularity(row.granularity), margin_rule=rule)
    twin = engine.entire(**twin_request(series, options))
    # Margins have a least unit, whatever the values.
    assert_same_answer(entire(series, options), twin, max(float(np.abs(series.values).max()), 1e-5))


def test_the_requests_reach_every_detector_and_find_something() -> None:
    results = [answer(seed) for seed in SEEDS]
    assert {result.model_id for result in results} >= {10, 20, 40, 41}
    assert sum(result.is_anomaly.any() for result in results) > 20
    assert sum(result.is_negative_anomaly.any() for result in results) > 10
    assert len({result.period for result in results}) > 5
    gappy = [request(seed)[0].missing_ratio for seed in SEEDS]
    assert sum(ratio > 0.0 for ratio in gappy) > 20
    assert sum(ratio > 0.5 for ratio in gappy) > 2


def test_the_arrays_of_an_answer_are_as_long_as_the_series_and_of_one_type() -> None:
    for seed in SEEDS:
        values, result = request(seed)[0].values, answer(seed)
        numbers = (result.expected_values, result.upper_margins, result.lower_margins, result.severity)
        for array in numbers:
            assert array.shape == values.shape
            assert array.dtype == np.float64
            assert np.isfinite(array).all()
        for flags in (result.is_anomaly, result.is_negative_anomaly, result.is_positive_anomaly):
            assert flags.shape == values.shape
            assert flags.dtype == np.bool_
        assert_equal(result.is_anomaly, result.is_negative_anomaly | result.is_positive_anomaly)
        assert not (result.is_negative_anomaly & result.is_positive_anomaly).any()
        assert (result.severity[~result.is_anomaly] == 0.0).all()
        assert ((result.severity >= 0.0) & (result.severity <= 1.0)).all()


def test_spikes_are_anomalies_with_their_sign() -> None:
    values, where = spikes(seasonal(140, 7, 1), 1, count=4, size=60.0)
    result = entire(Series.without_gaps(values), Options(Granularity.DAILY))
    assert result.period == 7
    assert sorted(np.argsort(result.severity)[-4:].tolist()) == where
    assert result.is_anomaly[where].all()
    above = values[where] > result.expected_values[where]
    assert_equal(result.is_positive_anomaly[where], above)
    assert_equal(result.is_negative_anomaly[where], ~above)
    assert (result.severity[where] > 0.3).all()
