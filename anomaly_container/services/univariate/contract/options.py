"""The options of a request: its scalar fields, checked in the order of the service."""

from __future__ import annotations

import sys
from math import isfinite
from typing import TYPE_CHECKING, Final

from anomaly_container.detection.univariate import ChangePointOptions, Granularity, MarginRule, Options
from anomaly_container.services.univariate.contract.errors import (
    BOUNDARY_VERSIONS,
    GRANULARITIES,
    INVALID_ALPHA,
    INVALID_BOUNDARY_VERSION,
    INVALID_CHANGE_POINT_THRESHOLD,
    INVALID_CUSTOM_INTERVAL,
    INVALID_GRANULARITY,
    INVALID_MAX_ANOMALY_RATIO,
    INVALID_PERIOD,
    INVALID_SENSITIVITY,
    INVALID_STABLE_TREND_WINDOW,
    INVALID_THRESHOLD,
    REQUIRED_GRANULARITY,
)
from anomaly_container.services.univariate.contract.imputation import imputation
from anomaly_container.services.univariate.contract.limits import (
    MAX_ANOMALY_RATIO,
    MAX_CHANGE_POINT_THRESHOLD,
    MAX_INT32,
    MAX_SENSITIVITY,
    MIN_CHANGE_POINT_THRESHOLD,
    MIN_STABLE_TREND_WINDOW,
)

if TYPE_CHECKING:
    from anomaly_container.services.univariate.contract.errors import Fault
    from anomaly_container.services.univariate.contract.fields import Fields
    from anomaly_container.services.univariate.contract.versions import VersionFacts

_DEFAULTS: Final = Options()
_LARGEST_FLOAT: Final = sys.float_info.max


def detect_options(fields: Fields, facts: VersionFacts, *, pascal: bool) -> Options:
    """Return the options of a request for `entire` or `last`.

    Parameters
    ----------
    fields
        The fields of the body.
    facts
        The facts of the version.
    pascal
        Whether the names of the body are in PascalCase.

    Raises
    ------
    ContractError
        For the first field, in the order of the service, that is out of its bounds.
    """
    granularity = _granularity(fields, required=facts.granularity_required)
    interval = _custom_interval(fields.custom_interval)
    period = _period(fields.period)
    _check_alpha(fields.alpha)
    max_anomaly_ratio = _max_anomaly_ratio(fields.max_anomaly_ratio)
    sensitivity = _sensitivity(fields.sensitivity)
    _check_threshold(fields.threshold)
    impute_mode, impute_value = imputation(fields, pascal=pascal, reads_strategy=facts.impute_strategy)
    margin_rule = _margin_rule(fields.boundary_version, facts.margin_rule)
    return Options(
        granularity=granularity,
        interval=interval,
        period=period,
        max_anomaly_ratio=max_anomaly_ratio,
        sensitivity=sensitivity,
        impute_mode=impute_mode,
        impute_value=impute_value,
        margin_rule=margin_rule,
    )


def change_point_options(fields: Fields) -> ChangePointOptions:
    """Return the options of a request for change points.

    Parameters
    ----------
    fields
        The fields of the body.

    Raises
    ------
    ContractError
        For the first field, in the order of the service, that is out of its bounds. The upper bound of
        `stableTrendWindow` depends on the series and is checked with it.
    """
    granularity = _granularity(fields, required=True)
    interval = _custom_interval(fields.custom_interval)
    period = _period(fields.period)
    threshold = _change_point_threshold(fields.threshold)
    stable_trend_window = _stable_trend_window(fields.stable_trend_window)
    return ChangePointOptions(
        granularity=granularity,
        interval=interval,
        period=period,
        stable_trend_window=stable_trend_window,
        threshold=threshold,
    )


def _granularity(fields: Fields, *, required: bool) -> Granularity:
    value = fields.granularity
    if value is None and required and not _has_only_values(fields.series):
        raise REQUIRED_GRANULARITY.error()
    if value is None:
        return Granularity.NONE
    if value not in GRANULARITIES:
        raise INVALID_GRANULARITY.error()
    return Granularity(value)


def _has_only_values(series: object) -> bool:
    """Return whether no point has a timestamp: Azure Data Explorer sends such series without granularity."""
    return isinstance(series, list) and all(point.timestamp is None for point in series)


def _custom_interval(value: object) -> int:
    return _DEFAULTS.interval if value is None else _integer(value, 1, MAX_INT32, INVALID_CUSTOM_INTERVAL)


def _period(value: object) -> int | None:
    return None if value is None else _integer(value, 0, MAX_INT32, INVALID_PERIOD)


def _check_alpha(value: object) -> None:
    """Check the significance level, which the service checks and does not use."""
    if value is None:
        return
    if not isinstance(value, int | float) or isinstance(value, bool) or not 0 < value <= _LARGEST_FLOAT:
        raise INVALID_ALPHA.error()


def _max_anomaly_ratio(value: object) -> float:
    if value is None:
        return _DEFAULTS.max_anomaly_ratio
    # For the service a JSON number without fraction or exponent is an integer, and no integer is in range.
    if not isinstance(value, float) or not 0 < value <= MAX_ANOMALY_RATIO:
        raise INVALID_MAX_ANOMALY_RATIO.error()
    return value


def _sensitivity(value: object) -> int:
    return (
        _DEFAULTS.sensitivity if value is None else _integer(value, 0, MAX_SENSITIVITY, INVALID_SENSITIVITY)
    )


def _check_threshold(value: object) -> None:
    """Check the threshold of `entire` and `last`, which the service checks and does not use."""
    if value is not None and not (isinstance(value, float) and isfinite(value)):
        raise INVALID_THRESHOLD.error()


def _change_point_threshold(value: object) -> float | None:
    if value is None:
        return None
    bounds = MIN_CHANGE_POINT_THRESHOLD, MAX_CHANGE_POINT_THRESHOLD
    if not isinstance(value, float) or not bounds[0] <= value <= bounds[1]:
        raise INVALID_CHANGE_POINT_THRESHOLD.error()
    return value


def _stable_trend_window(value: object) -> int | None:
    if value is None:
        return None
    return _integer(value, MIN_STABLE_TREND_WINDOW, MAX_INT32, INVALID_STABLE_TREND_WINDOW)


def _margin_rule(value: object, default: MarginRule) -> MarginRule:
    if value is None:
        return default
    if value not in BOUNDARY_VERSIONS:
        raise INVALID_BOUNDARY_VERSION.error()
    # V2 and V3 are the same rule.
    return MarginRule.V1 if value == MarginRule.V1 else MarginRule.V3


def _integer(value: object, low: int, high: int, fault: Fault) -> int:
    """Return a value that is an integer in JSON and within its bounds, both included."""
    if not isinstance(value, int) or isinstance(value, bool) or not low <= value <= high:
        raise fault.error()
    return value
