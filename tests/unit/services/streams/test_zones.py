"""Offsets of zones.

The smallest example: at 01:30 UTC on 29 March 2026 the clocks of Berlin show 03:30, half an hour after a
change.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from anomaly_container.services.streams import zones
from anomaly_container.services.streams.zones import Zone

SPRING = datetime(2026, 3, 29, 1, 30, tzinfo=UTC).timestamp()


def hour(zone: str, time: float) -> float:
    return float(Zone(zone).local(np.array([time]))[0] % 86400 / 3600)


def test_the_clock_before_and_after_a_change() -> None:
    assert hour("Europe/Berlin", SPRING) == 3.5
    assert hour("Europe/Berlin", SPRING - 3600) == 1.5


def test_a_time_that_comes_twice_is_the_first() -> None:
    autumn = datetime(2026, 10, 25, 2, 30)  # noqa: DTZ001  # wall clock time
    first = datetime(2026, 10, 25, 0, 30, tzinfo=UTC).timestamp()
    assert Zone("Europe/Berlin").since_epoch(autumn) == first


def test_a_time_that_is_skipped_has_the_offset_before_the_gap() -> None:
    skipped = datetime(2026, 3, 29, 2, 30)  # noqa: DTZ001  # wall clock time
    assert Zone("Europe/Berlin").since_epoch(skipped) == SPRING


@pytest.mark.parametrize(
    "name", ["Europe/Berlin", "America/New_York", "Asia/Kolkata", "Australia/Lord_Howe", "UTC"]
)
def test_a_year_is_as_the_standard_library_has_it(name: str) -> None:
    begin = datetime(2026, 1, 1, tzinfo=UTC)
    times = [begin + timedelta(minutes=1000 * step) for step in range(526)]
    local = Zone(name).local(np.array([time.timestamp() for time in times]))
    for time, seconds in zip(times, local.tolist(), strict=True):
        clock = time.astimezone(ZoneInfo(name)).replace(tzinfo=UTC)
        assert seconds == clock.timestamp()


def test_a_table_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(zones, "MOST_QUARTERS", 4)
    zone = Zone("Europe/Berlin")
    zone.local(np.array([900.0 * place for place in range(100)]))
    assert len(zone._by_instant) <= 4  # noqa: SLF001  # nothing else shows the bound


def test_nothing_has_no_offset() -> None:
    assert not len(Zone("Europe/Berlin").local(np.array([])))
