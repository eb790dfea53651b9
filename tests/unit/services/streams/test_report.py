"""The report of an hour as a document.

The smallest example: 30 events after 20 in the hour before are a change of 50 percent.
"""

from __future__ import annotations

import json

import pytest

from anomaly_container.services.streams.report import HourFigures, HourReport, hour_of, hour_text
from anomaly_container.services.streams.report_making import report_of
from tests.support.stream_results import HOUR
from tests.unit.services.streams.test_report_making import sums_of_an_hour


def test_changes_are_in_percent_and_null_where_there_was_nothing() -> None:
    now = HourFigures(30, 3, 0.1, None)

    assert now.percent(HourFigures(20, 0, 0.0, 50.0)) == {
        "events": {"then": 20, "percent": 50.0},
        "anomalies": {"then": 0, "percent": None},
        "rate": {"then": 0.0, "percent": None},
        "p95": {"then": 50.0, "percent": None},
    }
    assert now.percent(None) is None
    assert now.percent(HourFigures(0, 0, 0.0, None)) is None


def test_it_comes_back_from_json() -> None:
    report = report_of(
        "shop", HOUR, sums_of_an_hour(500), history={HOUR - 3600: HourFigures(9, 1, 1 / 9, 5.0)}
    )

    document = json.loads(json.dumps(report.document()))
    again = HourReport.from_document(document)

    assert document["id"] == "shop/report/2026-01-08T10:00:00Z"
    assert document["hour"] == "2026-01-08T10:00:00Z"
    assert {"lateFromBefore", "alarmChanges", "responseTime", "hourBefore"} <= document.keys()
    assert again.document() == document
    assert again.figures == report.figures


def test_a_report_without_a_part_is_refused() -> None:
    document = report_of("shop", HOUR, [], history={}).document()
    del document["worst"]

    with pytest.raises(ValueError, match="without worst"):
        HourReport.from_document(document)


@pytest.mark.parametrize(
    "text", ["2026-01-08T10:00:00Z", "2026-01-08T10:00Z", "2026-01-08T10", "2026-01-08T11:00+01:00"]
)
def test_an_hour_is_read_from_iso_8601(text: str) -> None:
    assert hour_of(text) == HOUR
    assert hour_text(HOUR) == "2026-01-08T10:00:00Z"


@pytest.mark.parametrize("text", ["", "yesterday", "2026-01-08T10:30Z"])
def test_what_is_no_hour_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"hour|isoformat"):
        hour_of(text)
