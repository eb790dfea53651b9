"""The response to a client: the bytes of its body as a result of the detection library."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np
import orjson

from anomaly_container.detection.univariate import ChangePointResult, EntireResult, LastResult
from anomaly_container.services.univariate.contract.names import pascal_case
from anomaly_container.services.univariate.contract.versions import Operation

if TYPE_CHECKING:
    from anomaly_container.detection.numeric.arrays import BoolArray, FloatArray
    from anomaly_container.services.univariate.contract.response import Result

    Array = TypeVar("Array", FloatArray, BoolArray)


def read_answer(body: bytes, operation: Operation, model_id: int, points: int) -> Result:
    """Read the body of a response.

    Parameters
    ----------
    body
        The JSON of the response, with names in camelCase or PascalCase.
    operation
        The operation of the request.
    model_id
        The number of the detector, from the headers.
    points
        The number of points of the request.

    Raises
    ------
    ValueError
        If it is not the response of this operation to a request of that length.
    """
    document = orjson.loads(body)
    try:
        if "Period" in document:
            known = ("period", *_NAMES[operation], "severity")
            document = {name: document[pascal_case(name)] for name in known if pascal_case(name) in document}
        return _result(document, operation, model_id, points)
    except (KeyError, TypeError, OverflowError) as error:
        message = "not an answer of this operation"
        raise ValueError(message) from error


_NAMES = {
    Operation.ENTIRE: (
        "expectedValues",
        "upperMargins",
        "lowerMargins",
        "isAnomaly",
        "isNegativeAnomaly",
        "isPositiveAnomaly",
    ),
    Operation.LAST: (
        "suggestedWindow",
        "expectedValue",
        "upperMargin",
        "lowerMargin",
        "isAnomaly",
        "isNegativeAnomaly",
        "isPositiveAnomaly",
    ),
    Operation.CHANGE_POINT: ("isChangePoint", "confidenceScores"),
}


def _result(document: dict[str, Any], operation: Operation, model_id: int, points: int) -> Result:
    period = int(document["period"])
    parts = [document[name] for name in _NAMES[operation]]
    if operation is Operation.LAST:
        window, *numbers = parts[:4]
        expected, upper, lower = (float(number) for number in numbers)
        found, negative, positive = (bool(flag) for flag in parts[4:])
        severity = float(document.get("severity", 0.0))
        return LastResult(
            period, int(window), expected, upper, lower, found, negative, positive, severity, model_id
        )
    if operation is Operation.CHANGE_POINT:
        flags, scores = parts
        return ChangePointResult(period, _flags(flags, points), _numbers(scores, points), model_id)
    expected_values, upper_margins, lower_margins = (_numbers(part, points) for part in parts[:3])
    anomalies, negatives, positives = (_flags(part, points) for part in parts[3:])
    # Versions before v1.1-preview.1 have no severity.
    severities = _numbers(document.get("severity", [0.0] * points), points)
    return EntireResult(
        period,
        expected_values,
        upper_margins,
        lower_margins,
        anomalies,
        negatives,
        positives,
        severities,
        model_id,
    )


def _numbers(part: object, points: int) -> FloatArray:
    return _counted(np.array(part, np.float64), points)


def _flags(part: object, points: int) -> BoolArray:
    return _counted(np.array(part, np.bool_), points)


def _counted(array: Array, points: int) -> Array:
    if array.shape != (points,):
        message = "an array has another length than the series"
        raise ValueError(message)
    return array
