"""Which API versions and operations there are, and in what the versions differ."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import TYPE_CHECKING

from anomaly_container.detection import MarginRule

if TYPE_CHECKING:
    from collections.abc import Mapping


class ApiVersion(StrEnum):
    """The version segment of a path."""

    V1_0 = "v1.0"
    V1_1_PREVIEW = "v1.1-preview"
    V1_1_PREVIEW_1 = "v1.1-preview.1"
    V1_1 = "v1.1"


class Operation(StrEnum):
    """What a caller asks of a series; the value is the path segment after `timeseries`."""

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
"""What the service calls each operation in messages."""


@dataclass(frozen=True, slots=True)
class VersionFacts:
    """In what one API version differs from the others.

    Attributes
    ----------
    granularity_required
        Whether `entire` and `last` refuse timestamps without `granularity`; change points always do. Values
        alone need none.
    impute_strategy
        Whether the nested object `imputeStrategy` is read.
    impute_mode
        Whether the version's specification has `imputeMode` and `imputeFixedValue`. They are read in every
        version, as the service's engine does; this fact is for the documents.
    severity
        Whether answers carry `severity`.
    margin_rule
        Which rule makes the margins unless the request names one.
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
