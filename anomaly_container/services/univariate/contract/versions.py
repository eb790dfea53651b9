"""The API versions and their differences, the operations, and their paths."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import TYPE_CHECKING

from anomaly_container.detection.univariate import MarginRule

if TYPE_CHECKING:
    from collections.abc import Mapping


class ApiVersion(StrEnum):
    """The version segment of a path."""

    V1_0 = "v1.0"
    V1_1_PREVIEW = "v1.1-preview"
    V1_1_PREVIEW_1 = "v1.1-preview.1"
    V1_1 = "v1.1"


class Operation(StrEnum):
    """An operation on a series; the value is the path segment after `timeseries`."""

    ENTIRE = "entire"
    LAST = "last"
    CHANGE_POINT = "changepoint"


TITLES: Mapping[Operation, str] = MappingProxyType(
    {
        Operation.ENTIRE: "Detect Anomalies For The Entire Series In Batch",
        Operation.LAST: "Detect Anomaly Status Of The Latest Point In Time Series",
        Operation.CHANGE_POINT: "Detect Change Point For The Entire Series",
    }
)
"""The titles of the operations in messages of the service."""


@dataclass(frozen=True, slots=True)
class VersionFacts:
    """The facts of one API version that differ between versions.

    Attributes
    ----------
    granularity_required
        Whether `entire` and `last` refuse timestamps without `granularity`; `changepoint` always does. Series
        without timestamps do not need it.
    impute_strategy
        Whether the nested object `imputeStrategy` is read.
    impute_mode
        Whether the version's specification has `imputeMode` and `imputeFixedValue`. They are read in every
        version, as the service does; this fact is for the documentation.
    severity
        Whether responses have `severity`.
    margin_rule
        The rule of the margins if the request does not name one.
    """

    granularity_required: bool
    impute_strategy: bool
    impute_mode: bool
    severity: bool
    margin_rule: MarginRule


FACTS: Mapping[ApiVersion, VersionFacts] = MappingProxyType(
    {
        ApiVersion.V1_0: VersionFacts(
            granularity_required=True,
            impute_strategy=False,
            impute_mode=False,
            severity=False,
            margin_rule=MarginRule.V1,
        ),
        ApiVersion.V1_1_PREVIEW: VersionFacts(
            granularity_required=False,
            impute_strategy=True,
            impute_mode=False,
            severity=False,
            margin_rule=MarginRule.V1,
        ),
        ApiVersion.V1_1_PREVIEW_1: VersionFacts(
            granularity_required=False,
            impute_strategy=False,
            impute_mode=True,
            severity=True,
            margin_rule=MarginRule.V1,
        ),
        ApiVersion.V1_1: VersionFacts(
            granularity_required=False,
            impute_strategy=False,
            impute_mode=True,
            severity=True,
            margin_rule=MarginRule.V3,
        ),
    }
)


def detection_path(operation: Operation, version: ApiVersion) -> str:
    """Return the path of an operation in a version."""
    return f"/anomalydetector/{version}/timeseries/{operation}/detect"
