"""Events and anomalies by value.

The smallest example: of two paths with two anomalies each the one with more events is first.
"""

from __future__ import annotations

from anomaly_container.services.streams.value_counts import MOST_VALUES, OTHERS, ValueCounts


def test_the_order_is_by_anomalies_then_events_then_text() -> None:
    counts = ValueCounts()
    for value, events, anomalies in (("b", 5, 1), ("a", 5, 1), ("c", 9, 1), ("d", 1, 1), ("e", 2, 2)):
        counts.add(value, events=events, anomalies=anomalies)

    assert [row["value"] for row in counts.top()] == ["e", "c", "a", "b", "d"]


def test_ten_are_shown() -> None:
    counts = ValueCounts()
    for number in range(20):
        counts.add(str(number), events=number, anomalies=0)

    assert [row["events"] for row in counts.top()] == list(range(19, 9, -1))


def test_values_beyond_a_thousand_are_counted_together() -> None:
    counts = ValueCounts()
    for number in range(MOST_VALUES + 5):
        counts.add(f"/{number}", events=1, anomalies=1)
    counts.add("/7", events=1, anomalies=0)

    assert len(counts.counts) == MOST_VALUES + 1
    assert counts.counts[OTHERS] == [5, 5]
    assert counts.counts["/7"] == [2, 1]


def test_long_values_are_cut() -> None:
    counts = ValueCounts()
    counts.add("/" * 5000, events=1, anomalies=0)

    (value,) = counts.counts
    assert len(value) == 200


def test_two_merge_and_come_back_from_a_document() -> None:
    one, other = ValueCounts(), ValueCounts()
    one.add("/", events=3, anomalies=1)
    other.add("/", events=2, anomalies=0)
    other.add("/login", events=1, anomalies=1)

    one.merge(other)

    assert one.document() == {"/": [5, 1], "/login": [1, 1]}
    assert ValueCounts.from_document(one.document()).document() == one.document()
