"""What a sink takes.

The smallest example: with `anomalies` a result that is normal is not taken.
"""

from __future__ import annotations

import pytest

from anomaly_container.services.streams.outputs import Output, What
from anomaly_container.services.streams.sink_filter import SinkFilter
from tests.support.sink_outputs import broken, notice, report, result

FLAGGED, NORMAL = result(1), result(2, anomalous=False)


@pytest.mark.parametrize(
    ("what", "output", "is_taken"),
    [
        ({What.ANOMALIES}, FLAGGED, True),
        ({What.ANOMALIES}, NORMAL, False),
        ({What.RESULTS}, FLAGGED, True),
        ({What.RESULTS}, NORMAL, True),
        ({What.ALARMS}, FLAGGED, False),
        ({What.ALARMS}, notice(), True),
        ({What.REPORTS}, report(), True),
        ({What.PARKED}, broken(3), True),
        ({What.RESULTS, What.ANOMALIES}, broken(3), False),
    ],
)
def test_a_kind_is_taken_if_it_is_asked_for(what: set[What], output: Output, is_taken: bool) -> None:
    assert SinkFilter(frozenset(what)).takes(output) is is_taken


@pytest.mark.parametrize(
    ("only", "output", "is_taken"),
    [
        ({"min_score": 2.5}, result(1, score=2.5), True),
        ({"min_score": 2.5}, result(1, score=2.4999), False),
        ({"reasons": frozenset({"path"})}, result(1), False),
        ({"reasons": frozenset({"path", "response_time"})}, result(1), True),
        ({"key": "web-*"}, result(1, key="web-7"), True),
        ({"key": "web-*"}, result(1, key="WEB-7"), False),
        ({"key": "web-*"}, result(1), False),
        ({"key": "web-*", "min_score": 9.0}, result(1, key="web-7"), False),
        ({"key": "web-*", "min_score": 9.0, "reasons": frozenset({"path"})}, notice(), True),
        ({"min_score": 9.0}, broken(1), True),
        ({"min_score": 9.0}, report(), True),
    ],
)
def test_only_results_are_filtered_further(only: dict[str, object], output: Output, is_taken: bool) -> None:
    everything = frozenset(What)
    assert SinkFilter(everything, **only).takes(output) is is_taken  # type: ignore[arg-type]  # the fields above
