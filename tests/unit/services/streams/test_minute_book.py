"""The open minutes of a partition.

The smallest example: a parked record counts in the minute of the event before it.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import numpy as np
import pytest

from anomaly_container.services.streams.minute_book import MinuteBook
from tests.support.stream_results import HOUR, result

if TYPE_CHECKING:
    from anomaly_container.services.streams.minute_sums import MinuteSums
    from anomaly_container.services.streams.results import Result


def by_minute(changed: list[MinuteSums]) -> dict[int, MinuteSums]:
    return {(sums.minute - HOUR) // 60: sums for sums in changed}


def test_a_parked_record_counts_in_the_minute_of_the_event_before_it() -> None:
    book = MinuteBook()
    book.park("not-json", 1)
    book.park("no-time", 3)
    book.add([result(0, HOUR + 10.0), result(2, HOUR + 70.0)])

    found = by_minute(book.changed())

    assert found[0].parked == {"not-json": 1}
    assert found[1].parked == {"no-time": 1}
    assert (found[0].offset, found[1].offset) == (1, 3)


def test_what_is_parked_before_the_first_event_counts_in_its_minute() -> None:
    book = MinuteBook()
    book.park("not-json", 0)
    assert book.changed() == []
    book.add([result(1, HOUR + 130.0), result(2, HOUR + 5.0)])

    assert by_minute(book.changed())[2].parked == {"not-json": 1}


def test_only_what_has_changed_is_told_again() -> None:
    book = MinuteBook()
    book.add([result(0, HOUR + 10.0), result(1, HOUR + 70.0)])
    assert sorted(by_minute(book.changed())) == [0, 1]

    book.add([result(2, HOUR + 20.0)])

    (sums,) = book.changed()
    assert (sums.minute, sums.offset, sums.events) == (HOUR, 2, 2)
    assert book.changed() == []


def test_an_event_of_an_hour_that_is_over_is_late() -> None:
    book = MinuteBook(lateness=60.0)
    book.add([result(0, HOUR + 10.0), result(1, HOUR + 3659.0), result(2, HOUR + 20.0)])
    book.add([result(3, HOUR + 3660.0), result(4, HOUR + 30.0)])

    found = by_minute(book.changed())

    assert found[0].events == 2
    assert (found[61].events, found[61].late_before) == (1, 1)


def test_an_event_ahead_of_the_clock_moves_nothing() -> None:
    book = MinuteBook()
    book.add([result(0, HOUR + 10.0), result(1, HOUR + 86_400.0, future=True), result(2, HOUR + 20.0)])

    (sums,) = book.changed()

    assert (sums.events, sums.future, book.stream_time) == (2, 1, HOUR + 20.0)


def test_minutes_of_hours_that_are_over_are_dropped_once_told() -> None:
    book = MinuteBook()
    book.add([result(0, HOUR + 10.0), result(1, HOUR + 7200.0)])
    assert len(book.document()["minutes"]) == 2

    book.changed()

    assert [sums["minute"] for sums in book.document()["minutes"]] == [HOUR + 7200]


@pytest.mark.parametrize("batch", [1, 7, 50, 400])
def test_the_state_does_not_depend_on_batches(batch: int) -> None:
    whole, parts = MinuteBook(), MinuteBook()
    records = made(400)
    told = feed(whole, records)

    for start in range(0, 400, batch):
        told_now = feed(parts, records[start : start + batch])
        told |= {minute: told_now[minute] for minute in told_now.keys() & told.keys()}
        parts = MinuteBook.from_document(json.loads(json.dumps(parts.document())))

    assert json.dumps(parts.document()) == json.dumps(whole.document())
    assert told == feed(MinuteBook(), records)


def made(count: int) -> list[Result | int]:
    """Return results of about two hours in some disorder, and the offsets of parked records among them."""
    rng = np.random.default_rng(11)
    records: list[Result | int] = []
    for offset in range(count):
        time = HOUR + 20.0 * offset + float(rng.normal(0, 300))
        if rng.random() < 0.1:
            records.append(offset)
        else:
            score, future = float(rng.lognormal(0, 0.5)), bool(rng.random() < 0.02)
            records.append(result(offset, time, score=score, anomalous=score > 2, future=future))
    return records


def feed(book: MinuteBook, records: list[Result | int]) -> dict[int, str]:
    for record in records:
        if isinstance(record, int):
            book.park("not-json", record)
    book.add([record for record in records if not isinstance(record, int)])
    return {sums.minute: json.dumps(sums.document()) for sums in book.changed()}
