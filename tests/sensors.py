"""A long table of several sensors, as tutorials of the service have it."""

from __future__ import annotations

import math
from datetime import UTC, datetime, timedelta

SENSORS = tuple(f"sensor_{number}" for number in range(1, 6))
READINGS = 1632
STRAY = {"sensor_2": 700, "sensor_4": 1200}
"""Which reading of a sensor lies far out."""


def sensor_readings() -> str:
    """Return 8,160 rows: five sensors, every five minutes, each with its own level and season of a day."""
    start = datetime(2026, 3, 1, tzinfo=UTC)
    rows = [",timestamp,sensor_name,value"]
    for reading in range(READINGS):
        moment = start + timedelta(minutes=5 * reading)
        for number, sensor in enumerate(SENSORS, start=1):
            value = 10 * number + 3 * math.sin(2 * math.pi * reading / 288 + number) + reading * 37 % 11 / 20
            value += 25 if STRAY.get(sensor) == reading else 0
            rows.append(f"{len(rows) - 1},{moment:%Y-%m-%dT%H:%M:%SZ},{sensor},{value:.3f}")
    return "\n".join(rows) + "\n"
