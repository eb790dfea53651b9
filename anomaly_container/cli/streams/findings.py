"""The findings of a replay: counts, the course of the scores, outliers, and changes of alarms."""

from __future__ import annotations

from array import array
from collections import Counter
from dataclasses import dataclass, field
from heapq import nsmallest
from typing import TYPE_CHECKING, Final

import numpy as np

from anomaly_container.services.streams.chart import Series
from anomaly_container.services.streams.events import Parked
from anomaly_container.services.streams.notices import Change
from anomaly_container.services.streams.results import Result

if TYPE_CHECKING:
    from anomaly_container.services.streams.monitor import Outcome

MOST_OUTLIERS: Final = 2000
"""The number of outliers that are kept: those with the highest scores."""
MOST_POINTS: Final = 2000
COLUMNS: Final = 1000
"""A chart of more points shows this many columns, each with its least and largest value."""
NOT_KNOWN: Final = float("nan")


@dataclass(slots=True)
class Findings:
    """The findings of a replay so far.

    Attributes
    ----------
    counted
        The results, and of them `anomalies` and `late`.
    parked
        The number of records that were not events, by reason.
    outliers
        The results that are outliers, in their order; of very many only the highest.
    changes
        The changes of alarms.
    """

    counted: Counter[str] = field(default_factory=Counter)
    parked: Counter[str] = field(default_factory=Counter)
    outliers: list[Result] = field(default_factory=list)
    changes: list[Change] = field(default_factory=list)
    threshold: float | None = None
    _times: array[float] = field(default_factory=lambda: array("d"))
    _response_times: array[float] = field(default_factory=lambda: array("d"))
    _scores: array[float] = field(default_factory=lambda: array("d"))

    def add(self, one: Result | Parked | Outcome) -> None:
        """Add a result, a parked record or an outcome."""
        if isinstance(one, Result):
            self._add_result(one)
        elif isinstance(one, Parked):
            self.parked[one.reason] += 1
        elif isinstance(one, Change):
            self.changes.append(one)

    def series(self, title: str) -> Series:
        """Return the data of a chart of the replay.

        Parameters
        ----------
        title
            The title of the chart.
        """
        times, responses, scores = (
            np.array(part) for part in (self._times, self._response_times, self._scores)
        )
        order = np.argsort(times, kind="stable")
        times, responses, scores = times[order], responses[order], scores[order]
        known = responses[~np.isnan(responses)]
        series = Series(
            start=float(times[0]) if len(times) else 0.0,
            end=float(times[-1]) + 1.0 if len(times) else 1.0,
            anomalies=[(one.time, one.event.response_time, one.score) for one in self.outliers],
            threshold=self.threshold,
            title=title,
            median=float(np.median(known)) if len(known) else None,
        )
        if len(times) <= MOST_POINTS:
            rows = zip(times.tolist(), responses.tolist(), scores.tolist(), strict=True)
            series.points = [(time, _known(response), score) for time, response, score in rows]
        else:
            places = (times - series.start) / (series.end - series.start) * COLUMNS
            starts = np.flatnonzero(np.diff(np.floor(places), prepend=-1.0))
            series.columns = [
                (float(times[start]), *_extremes(responses[start:end]), *_extremes(scores[start:end]))
                for start, end in zip(starts, [*starts[1:], len(times)], strict=True)
            ]
        return series

    def _add_result(self, result: Result) -> None:
        self.counted["results"] += 1
        self.counted["late"] += result.late
        response_time = result.event.response_time
        self._times.append(result.time)
        self._response_times.append(NOT_KNOWN if response_time is None else response_time)
        self._scores.append(result.score)
        self.threshold = result.threshold
        if result.anomalous:
            self.counted["anomalies"] += 1
            self.outliers.append(result)
            if len(self.outliers) > 2 * MOST_OUTLIERS:
                highest = nsmallest(MOST_OUTLIERS, self.outliers, key=lambda one: (-one.score, one.id))
                chosen = {one.id for one in highest}
                self.outliers = [one for one in self.outliers if one.id in chosen]


def _known(number: float) -> float | None:
    return None if number != number else number  # noqa: PLR0124  # is not a number


def _extremes(values: np.ndarray) -> tuple[float | None, float | None]:
    known = values[~np.isnan(values)]
    return (float(known.min()), float(known.max())) if len(known) else (None, None)
