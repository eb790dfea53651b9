"""Results to the sums of their minutes.

The smallest example: an event at 10:00:30 and one at 10:01:10 are in two minutes.
"""

from __future__ import annotations

import pytest

from anomaly_container.services.streams.batch_sums import batch_sums
from tests.support.stream_results import HOUR, result


def test_each_event_is_in_its_minute() -> None:
    found = batch_sums([result(1, HOUR + 70.0), result(0, HOUR + 30.0)])

    assert {minute: (sums.offset, sums.events) for minute, sums in found.items()} == {
        HOUR: (0, 1),
        HOUR + 60: (1, 1),
    }


def test_everything_is_summed() -> None:
    rows = [
        result(0, HOUR + 1.0, score=0.5, response_time=10.0, path="/a"),
        result(
            3, HOUR + 9.0, score=2.0, anomalous=True, response_time=None, path="/b", level=4,
            reasons=(("path", 0.75), ("method", 0.25)),
        ),
        result(
            2, HOUR + 5.0, score=3.0, anomalous=True, response_time=20.0, path="/b", level=None,
            reasons=(("method", 0.5),), filled=("log_level",),
        ),
    ]  # fmt: skip

    sums = batch_sums(rows)[HOUR]

    assert (sums.events, sums.anomalies, sums.offset) == (3, 2, 3)
    assert (sums.first, sums.last, sums.threshold) == (HOUR + 1.0, HOUR + 9.0, 1.5)
    assert (sums.response_time.count, sums.response_time.mean, sums.score.largest) == (2, 15.0, 3.0)
    assert sums.levels.document() == {"": [1, 1], "ERROR": [1, 1], "INFO": [1, 0]}
    assert sums.methods.document() == {"GET": [3, 2]}
    assert sums.paths.document() == {"/a": [1, 0], "/b": [2, 2]}
    assert sums.features == {"path": [1, 3 << 38], "method": [1, 3 << 38]}
    assert [(one.event.id, one.response_time) for one in sums.worst] == [
        ("logs-0-2", 20.0),
        ("logs-0-3", None),
    ]
    assert sums.filled == {"log_level": 1}
    assert sums.trace.points == [(HOUR + 1.0, 10.0, 0.5), (HOUR + 5.0, 20.0, 3.0), (HOUR + 9.0, None, 2.0)]


@pytest.mark.parametrize("response_time", [None, 0.0, 1e300])
def test_any_response_time_is_taken(response_time: float | None) -> None:
    sums = batch_sums([result(0, HOUR + 1.0, response_time=response_time)])[HOUR]

    assert sums.response_time.percentile(50) == response_time


def test_no_results_have_no_sums() -> None:
    assert batch_sums([]) == {}
