"""The largest share of anomalies in a whole series whose detection ran in windows."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

import numpy as np

from anomaly_container.detection.univariate import EntireResult, Options

if TYPE_CHECKING:
    from anomaly_container.cli.detect.windows import SeriesResult
    from anomaly_container.services.univariate.contract.client_request import ClientRequest

_BEYOND: Final = 1.01
"""The margin of a dropped point is its distance times this, so that the point lies in the band."""


def within_ratio(result: SeriesResult, request: ClientRequest) -> tuple[SeriesResult, tuple[str, ...]]:
    """Return a result with no more anomalies than the request allows, and a note if some were dropped.

    Each window keeps to the share of its own points, but the part of it that is used may hold more than
    that. The strongest anomalies of the whole series are kept: by severity, and if that is equal by the
    distance from the expected value, divided by the margin.

    Parameters
    ----------
    result
        The joined result of all windows.
    request
        The request for the whole series.
    """
    if not isinstance(result, EntireResult):
        return result, ()
    ratio = request.field("max_anomaly_ratio")
    ratio = ratio if isinstance(ratio, float) else Options().max_anomaly_ratio
    allowed = int(len(request.points) * ratio)
    found = np.flatnonzero(result.is_anomaly)
    if found.size <= allowed:
        return result, ()
    values = np.array(request.values())
    distance = np.abs(values - result.expected_values)
    margin = np.where(result.is_negative_anomaly, result.lower_margins, result.upper_margins)
    strength = distance[found] / np.maximum(margin[found], np.finfo(np.float64).tiny)
    weakest = found[np.lexsort((strength, result.severity[found]))[: found.size - allowed]]
    is_kept = np.ones(values.size, np.bool_)
    is_kept[weakest] = False
    wide = _BEYOND * distance
    kept = replace(
        result,
        is_anomaly=result.is_anomaly & is_kept,
        is_negative_anomaly=result.is_negative_anomaly & is_kept,
        is_positive_anomaly=result.is_positive_anomaly & is_kept,
        severity=np.where(is_kept, result.severity, 0.0),
        upper_margins=np.where(is_kept, result.upper_margins, np.maximum(wide, result.upper_margins)),
        lower_margins=np.where(is_kept, result.lower_margins, np.maximum(wide, result.lower_margins)),
    )
    note = f"{weakest.size:,} weaker anomalies let go: {ratio:g} of {values.size:,} points are {allowed:,}"
    return kept, (note,)
