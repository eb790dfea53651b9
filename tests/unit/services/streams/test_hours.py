"""The hours of a stream, each reported once.

The smallest example: an hour is reported when stream time has passed its end and the lateness.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import numpy as np
import pytest

from anomaly_container.services.streams.hours import Hours
from anomaly_container.services.streams.minute_book import MinuteBook
from anomaly_container.services.streams.minute_sums import MinuteSums
from anomaly_container.services.streams.notices import Change, State
from tests.support.stream_results import HOUR, result

if TYPE_CHECKING:
    from anomaly_container.services.streams.report import HourReport
    from anomaly_container.services.streams.results import Result


def sums_of(*rows: Result) -> list[MinuteSums]:
    book = MinuteBook()
    book.add(rows)
    return book.changed()


def put(hours: Hours, partition: str, *rows: Result) -> None:
    for sums in sums_of(*rows):
        hours.put(partition, sums)


def test_an_hour_is_reported_once_when_it_is_over() -> None:
    hours = Hours("shop", lateness=60.0)
    put(hours, "t-0", result(0, HOUR + 10.0), result(1, HOUR + 4000.0))

    assert hours.advance(HOUR + 3659.0) == []
    assert [report.hour for report in hours.advance(HOUR + 3660.0)] == [HOUR]
    assert hours.advance(HOUR + 3661.0) == []
    assert [report.hour for report in hours.end()] == [HOUR + 3600]


def test_repeats_replace_and_never_add() -> None:
    hours = Hours("shop", lateness=60.0)
    older, newer = sums_of(result(0, HOUR + 10.0)), sums_of(result(0, HOUR + 10.0), result(1, HOUR + 11.0))
    for sums in (*newer, *older, *newer):
        hours.put("t-0", sums)
    hours.put("t-1", older[0])

    (report,) = hours.end()

    assert report.events == 3


def test_what_comes_after_the_report_is_told_in_the_next() -> None:
    hours = Hours("shop", lateness=60.0)
    put(hours, "t-0", result(0, HOUR + 10.0))
    hours.advance(HOUR + 3660.0)
    late = result(0, HOUR + 10.0), result(1, HOUR + 20.0), result(2, HOUR + 21.0)
    put(hours, "t-0", *late)
    put(hours, "t-0", *late)
    put(hours, "t-1", result(0, HOUR + 700.0))
    put(hours, "t-0", result(3, HOUR + 3700.0))

    (report,) = hours.end()

    assert (report.events, report.late_from_before) == (1, 3)


def test_hours_are_compared_with_the_one_before_and_a_week_before() -> None:
    hours = Hours("shop", lateness=60.0)
    week = 7 * 86_400
    put(hours, "t-0", *(result(offset, HOUR - week + offset) for offset in range(4)))
    hours.end()
    put(hours, "t-0", *(result(offset, HOUR - 3600.0 + offset, anomalous=True) for offset in range(2)))
    hours.end()
    put(hours, "t-0", *(result(offset, HOUR + offset, response_time=100.0) for offset in range(3)))

    (report,) = hours.end()

    assert report.hour_before is not None
    assert report.hour_before["events"] == {"then": 2, "percent": 50.0}
    assert report.hour_before["anomalies"] == {"then": 2, "percent": -100.0}
    assert report.week_before is not None
    assert report.week_before["events"] == {"then": 4, "percent": -25.0}
    assert report.week_before["anomalies"] == {"then": 0, "percent": None}
    assert report.week_before["p95"] == {"then": 50.0, "percent": 100.0}


def test_changes_of_alarms_are_in_the_report_of_their_hour() -> None:
    hours = Hours("shop", lateness=60.0)
    put(hours, "t-0", result(0, HOUR + 10.0), result(1, HOUR + 3610.0))
    for number, time in ((1, HOUR + 20.0), (2, HOUR + 3620.0)):
        hours.alarm_change(Change("anomalies", number, time, State.OK, State.ALARM, 6))

    reports = hours.end()

    assert [[one["number"] for one in report.alarm_changes] for report in reports] == [[1], [2]]


def made(count: int) -> list[Result]:
    rng = np.random.default_rng(2)
    rows = []
    for number in range(count):
        score = float(rng.lognormal(0, 0.5))
        rows.append(
            result(
                number,
                HOUR + 3.0 * number + float(rng.uniform(-20, 20)),
                score=score,
                anomalous=score > 2,
                response_time=None if number % 50 == 0 else float(rng.lognormal(4, 1)),
                path=f"/p{int(rng.integers(0, 30))}",
                level=int(rng.integers(0, 6)),
                reasons=(("path", float(rng.uniform(0.4, 0.7))), ("method", float(rng.uniform(0.1, 0.3)))),
                name=f"event-{number}",
            )
        )
    return rows


def reports(rows: list[Result], partitions: int) -> list[HourReport]:
    hours = Hours("shop", lateness=60.0)
    books = [MinuteBook() for _ in range(partitions)]
    for start in range(0, len(rows), 250):
        for place, book in enumerate(books):
            book.add([row for row in rows[start : start + 250] if row.offset % partitions == place])
            for sums in book.changed():
                hours.put(f"t-{place}", MinuteSums.from_document(json.loads(json.dumps(sums.document()))))
    return hours.end()


@pytest.mark.parametrize("partitions", [2, 4, 7])
def test_any_number_of_partitions_gives_the_same_bytes(partitions: int) -> None:
    rows = made(4000)

    one, more = reports(rows, 1), reports(rows, partitions)

    assert len(one) == 5
    assert [json.dumps(report.document()) for report in more] == [json.dumps(r.document()) for r in one]


def test_they_go_on_from_their_document() -> None:
    whole, parts = Hours("shop", lateness=60.0), Hours("shop", lateness=60.0)
    change = Change("anomalies", 1, HOUR + 20.0, State.OK, State.ALARM, 6)
    found: list[str] = []
    expected: list[str] = []
    for number, row in enumerate(made(3000)[::100]):
        for hours, told in ((whole, expected), (parts, found)):
            put(hours, f"t-{number % 3}", row)
            if number == 5:
                hours.alarm_change(change)
            told += [json.dumps(report.document()) for report in hours.advance(row.time)]
        again = Hours("shop", lateness=60.0)
        again.restore(json.loads(json.dumps(parts.document())))
        parts = again

    assert len(expected) == 3
    assert found == expected
    assert json.dumps(parts.document()) == json.dumps(whole.document())
