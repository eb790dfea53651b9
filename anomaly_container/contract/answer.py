"""An answer read back: the bytes of a body to what the detection library found."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import orjson

from anomaly_container.contract.names import pascal_case
from anomaly_container.contract.versions import Operation
from anomaly_container.detection import ChangePointResult, EntireResult, LastResult

if TYPE_CHECKING:
    from anomaly_container.contract.response import Result


def read_answer(body: bytes, operation: Operation, model_id: int) -> Result:
    """Read an answer.

    Parameters
    ----------
    body
        The JSON of the answer, its names in camelCase or PascalCase.
    operation
        What was asked.
    model_id
        The number of the detector, which the headers carry.

    Raises
    ------
    ValueError
        If it is not an answer of this operation.
    """
    document = orjson.loads(body)
    try:
        if "Period" in document:
            known = ("period", *_NAMES[operation], "severity")
            document = {name: document[pascal_case(name)] for name in known if pascal_case(name) in document}
        return _result(document, operation, model_id)
    except (KeyError, TypeError) as error:
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


def _result(document: dict[str, Any], operation: Operation, model_id: int) -> Result:
    period = int(document["period"])
    parts = [document[name] for name in _NAMES[operation]]
    if operation is Operation.LAST:
        window, expected, upper, lower, found, negative, positive = parts
        severity = float(document.get("severity", 0.0))
        return LastResult(
            period, window, expected, upper, lower, found, negative, positive, severity, model_id
        )
    if operation is Operation.CHANGE_POINT:
        flags, scores = parts
        return ChangePointResult(period, np.array(flags, np.bool_), np.array(scores, np.float64), model_id)
    expected, upper, lower = (np.array(part, np.float64) for part in parts[:3])
    found, negative, positive = (np.array(part, np.bool_) for part in parts[3:])
    # Versions before v1.1-preview.1 have no severity.
    severities = np.array(document.get("severity", [0.0] * expected.size), np.float64)
    return EntireResult(period, expected, upper, lower, found, negative, positive, severities, model_id)
