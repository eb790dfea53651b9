"""What is kept of a replay.

The smallest example: of 2,000 results the chart has each point, and of 2,001 it has columns of the extremes.
"""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest

from anomaly_container.cli.streams import findings as module
from anomaly_container.cli.streams.findings import Findings
from tests.support.stream_results import result


def found(number: int, missing: int = 0) -> Findings:
    findings = Findings()
    for place in range(number):
        response_time = None if place < missing else float(place)
        findings.add(result(place, 60.0 * place, score=1.0 + place % 3, response_time=response_time))
    return findings


def test_the_smallest_example() -> None:
    points, columns = found(2000).series("few"), found(2001).series("many")
    assert (len(points.points), len(points.columns)) == (2000, 0)
    assert (len(columns.points), len(columns.columns)) == (0, 1000)
    for column in columns.columns:
        assert None not in column
    lows = [column[1] for column in columns.columns]
    assert lows == sorted(lows, key=float)  # type: ignore[arg-type]  # none of them is missing
    assert max(column[4] for column in columns.columns) == 3.0  # type: ignore[type-var]  # as above


@pytest.mark.parametrize("number", [3, 2500])
def test_a_missing_response_time_stays_missing(number: int) -> None:
    series = found(number, missing=number).series("none")
    assert series.median is None
    assert {row[1] for row in [*series.points, *series.columns]} == {None}


def test_results_are_put_into_the_order_of_their_times() -> None:
    findings = Findings()
    for time in (120.0, 0.0, 60.0):
        findings.add(result(int(time), time))
    times = [point[0] for point in findings.series("late").points]
    assert all(a < b for a, b in pairwise(map(float, times)))  # type: ignore[arg-type]  # none is missing


def test_nothing_is_a_chart_too() -> None:
    series = Findings().series("empty")
    assert series.end > series.start
    assert list(series.points) == []


def test_of_very_many_outliers_the_highest_are_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST_OUTLIERS", 10)
    findings = Findings()
    scores = np.random.default_rng(0).permutation(1000).astype(float).tolist()
    for place, score in enumerate(scores):
        findings.add(result(place, float(place), score=score, anomalous=True))
    assert findings.counted["anomalies"] == 1000
    assert 10 <= len(findings.outliers) <= 20
    kept = {one.score for one in findings.outliers}
    assert {float(score) for score in range(990, 1000)} <= kept
    times = [one.time for one in findings.outliers]
    assert times == sorted(times)
