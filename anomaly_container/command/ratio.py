"""The largest share of anomalies, over a whole series that was judged in windows."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

import numpy as np

from anomaly_container.detection import EntireResult, Options

if TYPE_CHECKING:
    from anomaly_container.command.windows import Judged
    from anomaly_container.contract.question import Question

_BEYOND: Final = 1.01
"""The margin of a point that is let go is so much wider than its distance: it lies in the band."""


def within_ratio(result: Judged, question: Question) -> tuple[Judged, tuple[str, ...]]:
    """Return a result with no more anomalies than the question allows, and a note if it had to let some go.

    Each window keeps the share of its own points, but the verdicts taken from it may lie in its worst
    part. The strongest of the whole series stay: by severity, and among equals by the distance from what was
    expected, counted in margins.

    Parameters
    ----------
    result
        Of all windows.
    question
        What was asked.
    """
    if not isinstance(result, EntireResult):
        return result, ()
    ratio = question.chosen("max_anomaly_ratio")
    ratio = ratio if isinstance(ratio, float) else Options().max_anomaly_ratio
    allowed = int(len(question.points) * ratio)
    found = np.flatnonzero(result.is_anomaly)
    if found.size <= allowed:
        return result, ()
    values = np.array(question.values())
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
