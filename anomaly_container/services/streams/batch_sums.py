"""Sums by minute of the results of a batch, computed by columns."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Final

import numpy as np

from anomaly_container.services.streams.features import LEVEL_NAMES
from anomaly_container.services.streams.flagged import Flagged
from anomaly_container.services.streams.minute_sums import MINUTE, MinuteSums, Worst, highest
from anomaly_container.services.streams.sketch import grouped, in_units
from anomaly_container.services.streams.trace import traces

if TYPE_CHECKING:
    from collections.abc import Sequence

    from anomaly_container.detection.numeric.arrays import FloatArray, IntArray
    from anomaly_container.services.streams.results import Result

ABSENT: Final = ""


def batch_sums(results: Sequence[Result]) -> dict[int, MinuteSums]:
    """Return the sums of each minute that results fall into.

    Parameters
    ----------
    results
        Results of one partition, in any order.
    """
    if not results:
        return {}
    results = sorted(results, key=lambda result: result.time)
    times = np.array([result.time for result in results])
    minutes = (np.floor(times / MINUTE) * MINUTE).astype(np.int64)
    scores = np.array([result.score for result in results])
    responses = np.array([result.event.response_time for result in results], np.float64)
    found = {minute: MinuteSums(minute) for minute in np.unique(minutes).tolist()}
    _add_extent(found, results, minutes, times)
    for minute, sketch in grouped(scores, minutes).items():
        found[minute].score = sketch
    known = ~np.isnan(responses)
    for minute, sketch in grouped(responses[known], minutes[known]).items():
        found[minute].response_time = sketch
    for minute, trace in traces(times, responses, scores, minutes).items():
        found[minute].trace = trace
    _add_values(found, results, minutes.tolist())
    _add_reasons(found, results, minutes.tolist())
    return found


def _add_extent(
    found: dict[int, MinuteSums], results: Sequence[Result], minutes: IntArray, times: FloatArray
) -> None:
    starts = np.flatnonzero(np.diff(minutes, prepend=minutes[:1] - 1))
    ends = np.append(starts[1:], len(results))
    offsets = np.array([result.offset for result in results], np.int64)
    anomalies = np.array([result.anomalous for result in results], np.int64)
    thresholds = np.array([result.threshold for result in results])
    columns = zip(
        minutes[starts].tolist(),
        (ends - starts).tolist(),
        times[starts].tolist(),
        times[ends - 1].tolist(),
        np.maximum.reduceat(offsets, starts).tolist(),
        np.add.reduceat(anomalies, starts).tolist(),
        np.maximum.reduceat(thresholds, starts).tolist(),
        strict=True,
    )
    for minute, events, first, last, offset, flagged, threshold in columns:
        sums = found[minute]
        sums.events, sums.first, sums.last = events, first, last
        sums.offset, sums.anomalies, sums.threshold = offset, flagged, threshold


def _add_values(found: dict[int, MinuteSums], results: Sequence[Result], minutes: Sequence[int]) -> None:
    rows = Counter(
        (minute, result.event.log_level, result.event.method, result.event.path, result.anomalous)
        for minute, result in zip(minutes, results, strict=True)
    )
    for (minute, level, method, path, anomalous), events in rows.items():
        sums = found[minute]
        anomalies = events if anomalous else 0
        name = ABSENT if level is None else LEVEL_NAMES[level]
        sums.levels.add(name, events=events, anomalies=anomalies)
        sums.methods.add(method, events=events, anomalies=anomalies)
        sums.paths.add(path, events=events, anomalies=anomalies)


def _add_reasons(found: dict[int, MinuteSums], results: Sequence[Result], minutes: Sequence[int]) -> None:
    for minute, result in zip(minutes, results, strict=True):
        sums = found[minute]
        for feature in result.filled:
            sums.filled[feature] = sums.filled.get(feature, 0) + 1
        if not result.anomalous:
            continue
        for place, reason in enumerate(result.reasons):
            counts = sums.features.setdefault(reason.feature, [0, 0])
            counts[0] += place == 0
            counts[1] += in_units(reason.share)
        sums.worst = highest([*sums.worst, Worst(_flagged(result), result.event.response_time)])


def _flagged(result: Result) -> Flagged:
    return Flagged(
        id=result.id,
        partition=result.partition,
        offset=result.offset,
        time=result.time,
        score=result.score,
        reasons=result.reasons,
        key=result.key,
    )
