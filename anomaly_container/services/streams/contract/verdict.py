"""A verdict of mode keys as it is in a result, with the names of `POST .../last/detect`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from anomaly_container.services.streams.keys import Verdict


def verdict_document(verdict: Verdict) -> dict[str, Any]:
    """Return the part of a result that replaces score and threshold, in types of JSON.

    Parameters
    ----------
    verdict
        The verdict of the detector.
    """
    return {
        "expectedValue": verdict.expected_value,
        "upperMargin": verdict.upper_margin,
        "lowerMargin": verdict.lower_margin,
        "severity": verdict.severity,
        "period": verdict.period,
    }
