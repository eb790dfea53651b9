from __future__ import annotations

from functools import cache

import numpy as np
import pytest

from anomaly_container.detection.univariate import Granularity, LastResult, MarginRule, Options, Series, last
from anomaly_container.detection.univariate.last import _strict_ratio
from tests.naive.univariate import engine
from tests.support.signals import NASTY, Nasty, almost_constant, constant, seasonal, white, with_one_spike
from tests.unit.detection.univariate.agreement import assert_same_answer, twin_request
from tests.unit.detection.univariate.random_requests import request

SEEDS = range(60)
# The twin would take its time over longer series, and guesses no season beyond single precision.
AWKWARD = [
    (row, tuple(MarginRule)[number % 2])
    for number, row in enumerate(NASTY)
    if row.values.size <= 125 and row.name != "huge by seconds"
]


@cache
def answer(seed: int) -> LastResult:
    return last(*request(seed))


@pytest.mark.parametrize("seed", SEEDS)
def test_the_answer_is_that_of_the_twin(seed: int) -> None:
    series, options = request(seed)
    twin = engine.last(**twin_request(series, options))
    assert_same_answer(answer(seed), twin, float(np.abs(series.values).max()))


@pytest.mark.parametrize(("row", "rule"), AWKWARD, ids=[f"{row.name}-{rule}" for row, rule in AWKWARD])
def test_the_answer_to_an_awkward_series_is_that_of_the_twin(row: Nasty, rule: MarginRule) -> None:
    series = Series(np.array(row.values), np.array(row.slots, dtype=np.int64))
    options = Options(Granularity(row.granularity), margin_rule=rule)
    twin = engine.last(**twin_request(series, options))
    # Margins have a least unit, whatever the values.
    assert_same_answer(last(series, options), twin, max(float(np.abs(series.values).max()), 1e-5))


def test_the_requests_reach_every_detector_and_find_something() -> None:
    results = [answer(seed) for seed in SEEDS]
    assert {result.model_id for result in results} >= {10, 20, 21, 40, 41}
    assert sum(result.is_anomaly for result in results) > 5
    assert any(result.is_negative_anomaly for result in results)
    assert any(result.is_positive_anomaly for result in results)


@pytest.mark.parametrize("size", [60.0, -60.0])
@pytest.mark.parametrize("granularity", [Granularity.DAILY, Granularity.MINUTELY, Granularity.YEARLY])
def test_a_spike_at_the_last_point_is_an_anomaly_with_its_sign(granularity: Granularity, size: float) -> None:
    calm = seasonal(141, 7, 1) if granularity is Granularity.DAILY else white(141, 1)
    assert not last(Series.without_gaps(calm), Options(granularity)).is_anomaly
    result = last(Series.without_gaps(with_one_spike(calm, 140, size)), Options(granularity))
    assert result.is_anomaly
    assert result.is_positive_anomaly is (size > 0)
    assert result.is_negative_anomaly is (size < 0)
    assert result.severity > 0.3
    assert result.suggested_window == {"daily": 29, "minutely": 1441, "yearly": 13}[granularity.value]


def test_an_answer_is_made_of_plain_numbers() -> None:
    result = last(*request(0))
    for field in LastResult.__dataclass_fields__:
        assert type(getattr(result, field)) in (int, float, bool), field


@pytest.mark.parametrize("ratio", [0.01, 0.05, 0.25, 0.49])
@pytest.mark.parametrize("seed", range(8))
def test_the_ratio_is_lowered_as_the_twin_lowers_it(seed: int, ratio: float) -> None:
    for values in (
        white(60, seed),
        almost_constant(60, seed, others=2 + 3 * seed),
        np.exp(3.0 * white(60, seed)),
        constant(60),
        # Two values with nothing between them for bins.
        1e16 + 2.0 * (np.arange(60.0) % 2.0),
        np.where(np.arange(60) < 36, 0.0, np.arange(60.0)),
        np.where(np.arange(60) < 37, 0.0, np.arange(60.0)),
    ):
        wanted = engine.effective_ratio(values.tolist(), ratio, last_mode=True)
        assert _strict_ratio(values, ratio) == pytest.approx(wanted, rel=1e-15)


def test_a_majority_lowers_the_ratio_to_a_twentieth_at_least() -> None:
    # 54 of 60 points are alike: a tenth of the ratio would be left.
    values = np.append(constant(54, value=0.0), np.arange(1.0, 7.0) * 100.0)
    assert _strict_ratio(values, 0.25) == 0.05
    assert _strict_ratio(values, 0.02) == 0.02
    assert _strict_ratio(white(60, 1), 0.25) == 0.25
    # Three fifths are no majority yet: 36 of 60, alone in the first of twenty bins.
    assert _strict_ratio(np.append(constant(36, value=0.0), np.arange(3.0, 27.0)), 0.25) == 0.25
