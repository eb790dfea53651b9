"""What is told of an alarm, and when.

The smallest example: a change to ALARM in maintenance is told at its end, with the number of the change.
"""

from __future__ import annotations

from anomaly_container.services.streams.maintenance import Maintenance
from anomaly_container.services.streams.notices import Change, Due, Notices, State


def change(number: int, time: float, after: State) -> Change:
    before = State.OK if after is State.ALARM else State.ALARM
    return Change("anomalies", number, time, before, after, 6)


def test_the_beginning_and_the_end_are_told_once_each() -> None:
    notices = Notices(Maintenance())

    assert notices.due(0.0, 0) is None
    notices.take(change(1, 60.0, State.ALARM))
    assert notices.due(60.0, 6) == Due("anomalies", 1, 60.0, 60.0, State.ALARM, 6)
    assert notices.due(120.0, 7) is None
    notices.take(change(2, 180.0, State.INSUFFICIENT_DATA))
    assert notices.due(180.0, 0) == Due("anomalies", 2, 180.0, 180.0, State.INSUFFICIENT_DATA, 0)
    assert notices.due(240.0, 0) is None


def test_an_end_is_told_to_nobody_who_does_not_know_of_the_beginning() -> None:
    notices = Notices(Maintenance(spans=((0.0, 100.0),)))
    notices.take(change(1, 10.0, State.ALARM))
    assert notices.due(10.0, 6) is None
    notices.take(change(2, 20.0, State.OK))

    assert not notices.waiting
    assert notices.due(100.0, 0) is None


def test_what_was_told_is_kept_in_the_document() -> None:
    notices = Notices(Maintenance())
    notices.take(change(1, 60.0, State.ALARM))
    notices.due(60.0, 6)

    again = Notices(Maintenance())
    again.restore(notices.document(), "anomalies")

    assert again.document() == notices.document()
    assert again.due(120.0, 6) is None
