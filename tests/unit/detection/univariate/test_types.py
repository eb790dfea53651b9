from __future__ import annotations

from dataclasses import FrozenInstanceError

import numpy as np
import pytest

from anomaly_container.detection.univariate import (
    ChangePointOptions,
    Granularity,
    ImputeMode,
    MarginRule,
    Options,
    Series,
    StlRule,
)


@pytest.mark.parametrize("values", [[1, 2, 3], (1.5, 2.5), np.arange(4), np.arange(8.0)[::2]])
def test_a_series_without_gaps_stands_on_neighbouring_slots(values: list[float]) -> None:
    series = Series.without_gaps(values)
    assert series.values.dtype == np.float64
    assert series.slots.dtype == np.int64
    assert series.values.flags.c_contiguous
    assert series.values.tolist() == list(values)
    assert series.slots.tolist() == list(range(len(values)))
    assert series.grid_length == len(values)
    assert series.missing_ratio == 0.0


@pytest.mark.parametrize(
    ("slots", "length", "ratio"),
    [([0, 1, 2], 3, 0.0), ([0, 2, 3], 4, 0.25), ([0, 1, 99], 100, 0.97), ([0], 1, 0.0)],
)
def test_gaps_count_in_length_and_ratio(slots: list[int], length: int, ratio: float) -> None:
    series = Series(np.zeros(len(slots)), np.array(slots))
    assert series.grid_length == length
    assert isinstance(series.grid_length, int)
    assert series.missing_ratio == pytest.approx(ratio)


def test_defaults_are_those_of_the_service() -> None:
    assert Options() == Options(
        granularity=Granularity.NONE,
        interval=1,
        period=None,
        max_anomaly_ratio=0.25,
        sensitivity=99,
        impute_mode=ImputeMode.AUTO,
        impute_value=0.0,
        margin_rule=MarginRule.V3,
        stl_rule=StlRule.SERVICE,
    )
    options = ChangePointOptions(Granularity.DAILY)
    assert (options.period, options.stable_trend_window, options.threshold) == (None, None, None)


def test_what_crosses_the_border_cannot_be_changed() -> None:
    with pytest.raises(FrozenInstanceError):
        Options().sensitivity = 50  # type: ignore[misc] # what the test is about
    with pytest.raises(FrozenInstanceError):
        Series.without_gaps([1.0]).values = np.zeros(1)  # type: ignore[misc] # what the test is about


@pytest.mark.parametrize(
    ("kind", "names"),
    [
        (Granularity, "daily minutely hourly weekly monthly yearly secondly microsecond none"),
        (ImputeMode, "auto previous linear fixed zero notFill"),
        (MarginRule, "V1 V3"),
        (StlRule, "service published"),
    ],
)
def test_names_are_those_of_the_service(kind: type[Granularity], names: str) -> None:
    assert " ".join(kind) == names


@pytest.mark.parametrize("value", [float("nan"), float("inf"), float("-inf")])
def test_values_that_are_not_finite_are_refused(value: float) -> None:
    with pytest.raises(ValueError, match="the values must be finite"):
        Series.without_gaps([1.0, value, 2.0])
