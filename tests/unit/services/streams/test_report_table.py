"""The report of an hour as CSV.

The smallest example: one event of 50 ms is one row under the head.
"""

from __future__ import annotations

from anomaly_container.services.streams.minute_book import MinuteBook
from anomaly_container.services.streams.report_making import report_of
from anomaly_container.services.streams.report_table import csv
from tests.support.stream_results import HOUR, result


def test_each_minute_is_a_row() -> None:
    book = MinuteBook()
    book.add(
        [
            result(0, HOUR + 30.0, response_time=50.0),
            result(1, HOUR + 90.0, anomalous=True, response_time=None),
        ]
    )

    text = csv(report_of("shop", HOUR, book.changed(), history={}))

    assert text == (
        "minute,events,anomalies,p95\n2026-01-08T10:00:00Z,1,0,50.0\n2026-01-08T10:01:00Z,1,1,\n"
    )  # fmt: skip
