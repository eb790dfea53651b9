"""The response: a result of the detection library as the bytes of a body, and the headers about it."""

from __future__ import annotations

from math import isfinite
from typing import TYPE_CHECKING, Final, TypeAlias

import numpy as np
import orjson

from anomaly_container.detection.univariate import ChangePointResult, EntireResult, LastResult
from anomaly_container.services.univariate.contract.limits import POINTS_PER_BILLING_UNIT
from anomaly_container.services.univariate.contract.names import pascal_case
from anomaly_container.services.univariate.contract.versions import FACTS

if TYPE_CHECKING:
    from anomaly_container.detection.numeric.arrays import BoolArray, FloatArray
    from anomaly_container.services.univariate.contract.request import Request
    from anomaly_container.services.univariate.contract.versions import ApiVersion

DATA_POINTS: Final = "CognitiveServices.AnomalyDetector.DataPoints"
"""The meter in the response header; its name in a usage record differs."""

Result: TypeAlias = EntireResult | LastResult | ChangePointResult


def render(request: Request, result: Result) -> bytes:
    """Return the body of a response: compact JSON, names in alphabetical order and spelled as in the request.

    Parameters
    ----------
    request
        The request.
    result
        The result. A number that JSON cannot represent becomes 0, as in the service.
    """
    return render_result(result, request.version, pascal=request.pascal_case)


def render_result(result: Result, version: ApiVersion, *, pascal: bool) -> bytes:
    """Return the body of a response of a version, with names in PascalCase or camelCase.

    Parameters
    ----------
    result
        The result. A number that JSON cannot represent becomes 0, as in the service.
    version
        The version that decides which fields there are.
    pascal
        Whether the names are in PascalCase.
    """
    fields = _fields(result, severity=FACTS[version].severity)
    if pascal:
        fields = {pascal_case(name): value for name, value in fields.items()}
    return orjson.dumps(fields, option=orjson.OPT_SERIALIZE_NUMPY)


def result_headers(request: Request, result: Result) -> dict[str, str]:
    """Return the response headers that depend on the result.

    ``model-id`` is the number of the detector; ``csp-billing-usage`` is the number of billing units.

    Parameters
    ----------
    request
        The request.
    result
        The result.
    """
    return {
        "model-id": str(result.model_id),
        "csp-billing-usage": f"{DATA_POINTS}={billing_units(request.series.values.size)}",
    }


def billing_units(points: int) -> int:
    """Return the billing units of one call: its points in thousands, rounded up."""
    return -(-points // POINTS_PER_BILLING_UNIT)


def _fields(result: Result, *, severity: bool) -> dict[str, object]:
    """Return the fields of a response by their wire names, in alphabetical order."""
    if isinstance(result, EntireResult):
        return {
            "expectedValues": _numbers(result.expected_values),
            "isAnomaly": _flags(result.is_anomaly),
            "isNegativeAnomaly": _flags(result.is_negative_anomaly),
            "isPositiveAnomaly": _flags(result.is_positive_anomaly),
            "lowerMargins": _numbers(result.lower_margins),
            "period": result.period,
            **({"severity": _numbers(result.severity)} if severity else {}),
            "upperMargins": _numbers(result.upper_margins),
        }
    if isinstance(result, LastResult):
        return {
            "expectedValue": _number(result.expected_value),
            "isAnomaly": result.is_anomaly,
            "isNegativeAnomaly": result.is_negative_anomaly,
            "isPositiveAnomaly": result.is_positive_anomaly,
            "lowerMargin": _number(result.lower_margin),
            "period": result.period,
            **({"severity": _number(result.severity)} if severity else {}),
            "suggestedWindow": result.suggested_window,
            "upperMargin": _number(result.upper_margin),
        }
    return {
        "confidenceScores": _numbers(result.confidence_scores),
        "isChangePoint": _flags(result.is_change_point),
        "period": result.period,
    }


def _numbers(array: FloatArray) -> FloatArray:
    """Return an array that JSON can represent: contiguous, and 0 instead of NaN and infinity."""
    finite = np.isfinite(array)
    return np.ascontiguousarray(array if finite.all() else np.where(finite, array, 0.0))


def _flags(array: BoolArray) -> BoolArray:
    return np.ascontiguousarray(array)


def _number(value: float) -> float:
    return value if isfinite(value) else 0.0
