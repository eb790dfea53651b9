"""Alarms that look at the stream itself.

The smallest example: silent begins when its condition holds, and ends when it no longer does: two messages.
"""

from __future__ import annotations

import json

from anomaly_container.services.streams.condition import Condition
from anomaly_container.services.streams.maintenance import Maintenance
from anomaly_container.services.streams.notices import Change, Due, State


def test_it_lasts_as_long_as_the_condition_holds() -> None:
    silent = Condition("silent", Maintenance())

    assert silent.take(0.0, holds=False, figure=0.0) == []
    assert silent.take(60.0, holds=True, figure=301.0) == [
        Change("silent", 1, 60.0, State.OK, State.ALARM, 301.0),
        Due("silent", 1, 60.0, 60.0, State.ALARM, 301.0),
    ]
    assert silent.take(120.0, holds=True, figure=361.0) == []
    assert [type(one) for one in silent.take(180.0, holds=False, figure=0.0)] == [Change, Due]
    assert silent.state is State.OK


def test_in_maintenance_nothing_is_told_until_its_end() -> None:
    silent = Condition("silent", Maintenance(spans=((0.0, 100.0),)))

    assert [type(one) for one in silent.take(60.0, holds=True, figure=1.0)] == [Change]
    assert silent.take(100.0, holds=True, figure=2.0) == [Due("silent", 1, 100.0, 60.0, State.ALARM, 2.0)]


def test_it_goes_on_from_its_document() -> None:
    silent = Condition("silent", Maintenance())
    silent.take(60.0, holds=True, figure=301.0)

    again = Condition("silent", Maintenance())
    again.restore(json.loads(json.dumps(silent.document())))

    assert again.take(120.0, holds=True, figure=361.0) == []
    assert [one.number for one in again.take(180.0, holds=False, figure=0.0)] == [2, 2]
