"""The fields of a body as they are decoded, before anything is checked."""

from __future__ import annotations

from typing import Final, TypeAlias, TypedDict

import msgspec

Scalar: TypeAlias = int | float | str | bool | None


class Point(msgspec.Struct, gc=False):
    """One point as decoded: `msgspec.UNSET` stands for a part that is missing or of a wrong type.

    `value` is a number or a text that may hold one; `timestamp` is a text, or None where absent or null.
    """

    value: object
    timestamp: object = None


class Fields(msgspec.Struct, gc=False):
    """The fields of a body: None where absent or null, but `msgspec.UNSET` for an absent `series`.

    A `series` that is a list holds nothing but `Point`.
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
    """The nested object of one version, in either spelling."""

    imputeMode: Scalar
    imputeValue: Scalar
    ImputeMode: Scalar
    ImputeValue: Scalar


OPTIONS: Final = tuple(field for field in Fields.__struct_fields__ if field != "series")
OTHER: Final = "other_"
"""What the name of a field begins with that is read in the other spelling."""
