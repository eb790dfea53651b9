from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from anomaly_container.detection.univariate import Granularity, ImputeMode, MarginRule, Options, Series
from anomaly_container.detection.univariate.detectors.differences import merge_differences
from anomaly_container.detection.univariate.detectors.dynamic_threshold import detect_dynamic
from anomaly_container.detection.univariate.detectors.seasonal import detect_seasonal
from anomaly_container.detection.univariate.detectors.spectral_residual import detect_spectral
from anomaly_container.detection.univariate.grid.imputation import impute
from anomaly_container.detection.univariate.period.search import detect_period
from anomaly_container.detection.univariate.pipeline import judge
from tests.support.signals import almost_constant, gaps, random_walk, seasonal, spikes, white, without
from tests.unit.detection.univariate.agreement import assert_equal

if TYPE_CHECKING:
    from anomaly_container.detection.univariate.detectors.findings import Findings
    from anomaly_container.detection.univariate.pipeline import Verdict

SEASON = Series.without_gaps(spikes(seasonal(98, 7, 1), 1)[0])
NOISE = Series.without_gaps(spikes(white(120, 2), 2, size=9.0)[0])
SPARSE, DENSE = (40, 41), (20, 21)


def verdict(series: Series, options: Options, *, last_only: bool = False) -> Verdict:
    return judge(series, options, options.max_anomaly_ratio, last_only)


def assert_findings_are(ours: Findings, theirs: Findings) -> None:
    assert_equal(ours.flags, theirs.flags)
    assert_equal(ours.expected, theirs.expected)
    assert_equal(ours.trend, theirs.trend)
    assert_equal(ours.scores, theirs.scores)
    assert ours.model_id == theirs.model_id


@pytest.mark.parametrize("last_only", [False, True])
@pytest.mark.parametrize("period", [2, 7, 14, 48])
def test_a_season_goes_to_the_seasonal_detector(period: int, last_only: bool) -> None:
    options = Options(Granularity.MINUTELY, period=period)
    found = verdict(SEASON, options, last_only=last_only)
    assert found.period == period
    assert_findings_are(
        found.findings, detect_seasonal(SEASON.values, period, 0.25, options.stl_rule, last_only)
    )


@pytest.mark.parametrize("last_only", [False, True])
@pytest.mark.parametrize("period", [0, 1])
@pytest.mark.parametrize(
    ("granularity", "interval", "models"),
    [
        (Granularity.MINUTELY, 1, DENSE),
        (Granularity.MINUTELY, 59, DENSE),
        (Granularity.MINUTELY, 60, SPARSE),
        (Granularity.SECONDLY, 3599, DENSE),
        (Granularity.SECONDLY, 3600, SPARSE),
        (Granularity.MICROSECOND, 1, SPARSE),
        (Granularity.HOURLY, 1, SPARSE),
        (Granularity.NONE, 1, SPARSE),
    ],
)
def test_without_a_season_the_grid_decides(
    granularity: Granularity, interval: int, models: tuple[int, ...], period: int, last_only: bool
) -> None:
    found = verdict(NOISE, Options(granularity, interval, period), last_only=last_only)
    assert found.period == period
    assert found.findings.model_id in models


def test_a_dense_series_without_spread_goes_to_the_other_detector() -> None:
    values = Series.without_gaps(almost_constant(60, 1))
    assert verdict(values, Options(Granularity.MINUTELY, period=0)).findings.model_id in SPARSE
    # The floor of 1e-8 is that of the scaled MAD.
    for scale, models in ((1e-9, SPARSE), (1e-7, DENSE)):
        calm = Series.without_gaps(scale * np.tile([-1.0, 1.0], 30))
        assert verdict(calm, Options(Granularity.MINUTELY, period=0)).findings.model_id in models


@pytest.mark.parametrize("rule", MarginRule)
@pytest.mark.parametrize("last_only", [False, True])
def test_dense_series_are_looked_at_twice(last_only: bool, rule: MarginRule) -> None:
    values = random_walk(120, 3)
    options = Options(Granularity.MINUTELY, period=0, margin_rule=rule)

    def detect(series: np.ndarray, ratio: float) -> Findings:
        return detect_spectral(series, ratio, last_only, with_trend=rule is MarginRule.V3)

    wanted = merge_differences(values, detect(values, 0.25), 0.25, detect)
    assert_findings_are(verdict(Series.without_gaps(values), options, last_only=last_only).findings, wanted)


@pytest.mark.parametrize("last_only", [False, True])
def test_sparse_series_are_looked_at_twice(last_only: bool) -> None:
    values = random_walk(120, 3)
    values[60:] += 15.0
    first = detect_dynamic(values, 0.25, last_only)

    def again(series: np.ndarray, ratio: float) -> Findings:
        return detect_dynamic(series, ratio, last_only, first.trend)

    wanted = merge_differences(values, first, 0.25, again)
    assert last_only or np.count_nonzero(wanted.flags) > np.count_nonzero(first.flags)
    found = verdict(Series.without_gaps(values), Options(Granularity.DAILY, period=0), last_only=last_only)
    assert_findings_are(found.findings, wanted)


def test_the_period_is_detected_where_none_is_given() -> None:
    assert verdict(SEASON, Options(Granularity.DAILY)).period == 7
    assert verdict(SEASON, Options(Granularity.DAILY, period=0)).period == 0
    assert verdict(SEASON, Options(Granularity.DAILY, period=9)).period == 9


def test_no_period_is_looked_for_where_more_than_half_is_missing() -> None:
    values = seasonal(280, 7, 1)
    for share, period in ((0.5, 7), (0.51, 0)):
        kept, slots = gaps(values, 1, share=share)
        series = Series(kept, np.array(slots))
        assert (series.missing_ratio > 0.5) is (period == 0)
        assert verdict(series, Options(Granularity.DAILY, impute_mode=ImputeMode.LINEAR)).period == period


@pytest.mark.parametrize(
    ("mode", "filled", "period"),
    [
        (ImputeMode.AUTO, ImputeMode.PREVIOUS, 7),
        (ImputeMode.LINEAR, ImputeMode.LINEAR, 7),
        (ImputeMode.ZERO, ImputeMode.ZERO, 0),
        (ImputeMode.FIXED, ImputeMode.FIXED, 0),
    ],
)
def test_the_period_is_looked_for_among_filled_values(
    mode: ImputeMode, filled: ImputeMode, period: int
) -> None:
    kept, slots = gaps(seasonal(140, 7, 1), 1, share=0.3)
    series = Series(kept, np.array(slots))
    options = Options(Granularity.DAILY, impute_mode=mode, impute_value=1e4)
    # A fixed value far off hides the season.
    assert detect_period(impute(series, filled, 1e4, 0), Granularity.DAILY, 1) == period
    assert verdict(series, options).period == period


@pytest.mark.parametrize("mode", ImputeMode)
@pytest.mark.parametrize("period", [0, 7])
def test_filled_points_are_judged_and_left_out(period: int, mode: ImputeMode) -> None:
    kept, slots = without(SEASON.values, [10, 11, 12, 40, 41])
    series = Series(kept, np.array(slots))
    options = Options(Granularity.DAILY, period=period, impute_mode=mode, impute_value=55.0)
    found = verdict(series, options)
    assert found.findings.flags.shape == found.band.upper.shape == kept.shape
    filled = kept
    if mode is not ImputeMode.NOT_FILL and (period or mode is not ImputeMode.AUTO):
        filled = impute(series, mode, 55.0, period)
    points = series.slots if filled.size > kept.size else np.arange(kept.size)
    if period:
        wanted = detect_seasonal(filled, period, 0.25, options.stl_rule, last_only=False)
    else:
        first = detect_dynamic(filled, 0.25, last_only=False)
        wanted = merge_differences(
            filled, first, 0.25, lambda x, ratio: detect_dynamic(x, ratio, last_only=False, trend=first.trend)
        )
    assert_findings_are(found.findings, wanted.at(points))
