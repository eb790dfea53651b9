"""The results of a series as rows of a table."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from anomaly_container.detection.univariate import ChangePointResult, LastResult

if TYPE_CHECKING:
    from collections.abc import Iterator

    from anomaly_container.cli.detect.windowed import Detection

CHANGE_POINT_COLUMNS = ("timestamp", "value", "change point", "confidence")
ANOMALY_COLUMNS = ("timestamp", "value", "expected", "lower bound", "upper bound", "anomaly", "severity")


class Row(NamedTuple):
    """One point.

    Attributes
    ----------
    found
        Whether it is an anomaly or a change point.
    verdict
        ``above``, ``below``, ``change`` or empty.
    cells
        The cells in the order of the columns; numbers are floats.
    """

    found: bool
    verdict: str
    cells: tuple[str | float, ...]


def columns(detection: Detection) -> tuple[str, ...]:
    """Return the titles of the columns."""
    return CHANGE_POINT_COLUMNS if isinstance(detection.result, ChangePointResult) else ANOMALY_COLUMNS


def rows(detection: Detection) -> Iterator[Row]:
    """Yield one row for each point with a result; points without timestamps are counted from 1."""
    result, request = detection.result, detection.request
    stamps = request.stamps_as_written() or [str(number) for number in range(1, len(request.points) + 1)]
    values = request.values()
    if isinstance(result, ChangePointResult):
        for stamp, value, flag, score in zip(
            stamps, values, result.is_change_point.tolist(), result.confidence_scores.tolist(), strict=True
        ):
            verdict = "change" if flag else ""
            yield Row(flag, verdict, (stamp, value, verdict, score))
        return
    if isinstance(result, LastResult):
        stamps, values = stamps[-1:], values[-1:]
        parts = (
            np.array([result.expected_value]),
            np.array([result.lower_margin]),
            np.array([result.upper_margin]),
            np.array([result.is_negative_anomaly]),
            np.array([result.is_positive_anomaly]),
            np.array([result.severity]),
        )
    else:
        parts = (
            result.expected_values,
            result.lower_margins,
            result.upper_margins,
            result.is_negative_anomaly,
            result.is_positive_anomaly,
            result.severity,
        )
    expected, lower, upper, negative, positive, severity = parts
    for stamp, value, *numbers, below, above, weight in zip(
        stamps,
        values,
        expected.tolist(),
        (expected - lower).tolist(),
        (expected + upper).tolist(),
        negative.tolist(),
        positive.tolist(),
        severity.tolist(),
        strict=True,
    ):
        verdict = "below" if below else "above" if above else ""
        yield Row(below or above, verdict, (stamp, value, *numbers, verdict, weight))
