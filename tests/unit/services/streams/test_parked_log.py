"""Lines about parked records.

The smallest example: two records that are parked for one reason within a minute are one line.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from anomaly_container.observability.formatters import FACTS
from anomaly_container.services.streams.parked_log import ParkedLog

if TYPE_CHECKING:
    import pytest


def test_the_first_of_a_reason_and_then_counts_each_minute(caplog: pytest.LogCaptureFixture) -> None:
    parked = ParkedLog()
    said = []
    for now, reasons in (
        (0.0, ["no-time"]),
        (1.0, ["no-time", "no-time", "not-json"]),
        (59.0, []),
        (60.0, []),
    ):
        caplog.clear()
        parked.take(reasons, now)
        said.append(
            [(vars(record)[FACTS]["reason"], vars(record)[FACTS]["records"]) for record in caplog.records]
        )
    assert said == [[("no-time", 1)], [("not-json", 1)], [], [("no-time", 2)]]
