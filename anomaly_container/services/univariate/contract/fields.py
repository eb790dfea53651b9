"""The decoded fields of a body, before anything is checked."""

from __future__ import annotations

from typing import Final, TypeAlias, TypedDict

import msgspec

Scalar: TypeAlias = int | float | str | bool | None


class Point(msgspec.Struct, gc=False):
    """A decoded point; `msgspec.UNSET` stands for a part that is missing or has a wrong type.

    `value` is a number or a string that may hold one. `timestamp` is a string, or None if absent or null.
    """

    value: object
    timestamp: object = None


class Fields(msgspec.Struct, gc=False):
    """The fields of a body: None if absent or null, except `msgspec.UNSET` for an absent `series`.

    A `series` that is a list contains only `Point`.
    """

    series: object = msgspec.UNSET
    granularity: object = None
    custom_interval: object = None
    period: object = None
    alpha: object = None
    max_anomaly_ratio: object = None
    sensitivity: object = None
    threshold: object = None
    stable_trend_window: object = None
    impute_mode: object = None
    impute_fixed_value: object = None
    impute_strategy: object = None
    fill_up_mode: object = None
    fixed_value: object = None
    boundary_version: object = None


class Strategy(TypedDict, total=False):
    """The object `imputeStrategy`, with names in either spelling."""

    imputeMode: Scalar
    imputeValue: Scalar
    ImputeMode: Scalar
    ImputeValue: Scalar


OPTIONS: Final = tuple(field for field in Fields.__struct_fields__ if field != "series")
OTHER: Final = "other_"
"""The prefix of the attributes that hold a field in the other spelling."""
