"""The answers of `entire` and `last` in one form: arrays over the points that were judged."""

from __future__ import annotations

from dataclasses import fields
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from anomaly_container.detection.univariate import ChangePointResult, EntireResult, LastResult, entire, last

if TYPE_CHECKING:
    from anomaly_container.detection.numeric.arrays import BoolArray, FloatArray
    from anomaly_container.detection.univariate import Options, Series

MODES = ("entire", "last")


class Judgement(NamedTuple):
    """A verdict: (n,) arrays in mode `entire`, (1,) in mode `last`."""

    period: int
    model_id: int
    values: FloatArray
    expected: FloatArray
    upper: FloatArray
    lower: FloatArray
    is_anomaly: BoolArray
    is_negative: BoolArray
    is_positive: BoolArray
    severity: FloatArray

    @property
    def rounding(self) -> FloatArray:
        """By how much a boundary may be off, made from an expected value and a margin."""
        return 4.0 * np.spacing(np.abs(self.expected) + self.upper + self.lower)


def judge(series: Series, options: Options, mode: str) -> Judgement:
    """Ask for a verdict on all points or on the last one."""
    if mode == "entire":
        whole = entire(series, options)
        return Judgement(
            whole.period,
            whole.model_id,
            series.values,
            whole.expected_values,
            whole.upper_margins,
            whole.lower_margins,
            whole.is_anomaly,
            whole.is_negative_anomaly,
            whole.is_positive_anomaly,
            whole.severity,
        )
    one = last(series, options)
    return Judgement(
        one.period,
        one.model_id,
        series.values[-1:],
        np.array([one.expected_value]),
        np.array([one.upper_margin]),
        np.array([one.lower_margin]),
        np.array([one.is_anomaly]),
        np.array([one.is_negative_anomaly]),
        np.array([one.is_positive_anomaly]),
        np.array([one.severity]),
    )


def assert_identical(one: object, other: object) -> None:
    """Hold two results together bit for bit (a zero's sign apart)."""
    assert type(one) is type(other)
    assert isinstance(one, EntireResult | LastResult | ChangePointResult | Judgement)
    names = one._fields if isinstance(one, Judgement) else [field.name for field in fields(one)]
    for name in names:
        np.testing.assert_array_equal(getattr(one, name), getattr(other, name), err_msg=name)
