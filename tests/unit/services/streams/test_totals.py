"""Totals of containers.

The smallest example: two containers that scored 3 and 4 events have lines of 3 and 4, and the sum is 7.
"""

from __future__ import annotations

from anomaly_container.services.streams.totals import DAY_SECONDS, DAYS_KEPT, Totals


def test_each_container_has_a_line() -> None:
    totals = Totals()
    totals.add("one", 3, now=0.0)
    totals.add("two", 4, now=0.0)
    assert (totals.of("one"), totals.of("two"), totals.of("three"), totals.sum) == (3, 4, 0, 7)
    assert Totals.from_document(totals.document()).document() == totals.document()


def test_a_line_that_rests_for_90_days_is_folded_and_the_sum_stays() -> None:
    totals = Totals()
    totals.add("one", 3, now=0.0)
    totals.add("two", 4, now=DAYS_KEPT * DAY_SECONDS)
    assert totals.of("one") == 3
    totals.add("two", 1, now=(DAYS_KEPT + 1) * DAY_SECONDS)
    assert (totals.of("one"), totals.of("two"), totals.sum) == (0, 5, 8)


def test_a_line_that_is_gone_begins_where_metering_is() -> None:
    totals = Totals()
    totals.begin_at("one", 9, now=0.0)
    totals.add("one", 1, now=0.0)
    assert totals.of("one") == 10
    totals.begin_at("one", 9, now=0.0)
    assert totals.of("one") == 10
