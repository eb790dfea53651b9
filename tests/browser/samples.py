"""The samples of the home page: series of our own making, from a seed."""

from __future__ import annotations

import json
import math
import random
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

START = datetime(2026, 3, 2, tzinfo=UTC)


def document(options: dict[str, object], points: Iterable[tuple[datetime, float]]) -> str:
    """A request as a person reads it: one point on a line."""
    head = "".join(f"  {json.dumps(name)}: {json.dumps(value)},\n" for name, value in options.items())
    lines = ",\n".join(
        f'    {{"timestamp": "{time:%Y-%m-%dT%H:%M:%SZ}", "value": {value:g}}}' for time, value in points
    )
    return f'{{\n{head}  "series": [\n{lines}\n  ]\n}}\n'


def hourly_requests() -> str:
    """Twelve days of hourly requests: a day's wave, two surges, one outage, nine hours without a record."""
    noise = random.Random(1)  # noqa: S311  # a sample, no secret
    surges = {110: 620, 111: 410, 190: -560, 191: -480, 252: 900}
    points = []
    for hour in range(12 * 24):
        wave = 900 + 380 * math.sin(2 * math.pi * (hour % 24 - 8) / 24)
        value = wave + noise.gauss(0, 28) + surges.get(hour, 0)
        if not 145 <= hour < 154:
            points.append((START + timedelta(hours=hour), round(max(value, 0))))
    return document({"granularity": "hourly", "sensitivity": 85}, points)


def daily_revenue() -> str:
    """Twenty weeks of daily revenue: weekends are better, one day far above and one far below."""
    noise = random.Random(2)  # noqa: S311  # a sample, no secret
    special = {61: 5200.0, 103: -3100.0}
    points = []
    for day in range(140):
        weekend = 2400 if day % 7 >= 5 else 0
        value = 6200 + 9 * day + weekend + noise.gauss(0, 210) + special.get(day, 0)
        points.append((START + timedelta(days=day), round(value, 2)))
    return document({"granularity": "daily", "sensitivity": 80}, points)


def weekly_signups() -> str:
    """Two years of weekly sign-ups whose trend turns twice."""
    noise = random.Random(3)  # noqa: S311  # a sample, no secret
    level: Callable[[int], float] = lambda week: (  # noqa: E731  # three lines of a piecewise line
        400 + 2 * week if week < 40 else 480 + 26 * (week - 40) if week < 70 else 1260 - 14 * (week - 70)
    )
    points = [(START + timedelta(weeks=week), round(level(week) + noise.gauss(0, 9))) for week in range(104)]
    return document({"granularity": "weekly", "threshold": 0.9}, points)


def five_minute_sensor() -> str:
    """A day of a temperature every five minutes; the last reading falls."""
    noise = random.Random(4)  # noqa: S311  # a sample, no secret
    points = []
    for step in range(288):
        value = 21.5 + 1.8 * math.sin(2 * math.pi * step / 288) + noise.gauss(0, 0.09)
        if step == 287:
            value -= 3.4
        points.append((START + timedelta(minutes=5 * step), round(value, 2)))
    return document({"granularity": "minutely", "customInterval": 5, "sensitivity": 90}, points)


SAMPLES = {
    "hourly-requests": hourly_requests,
    "daily-revenue": daily_revenue,
    "weekly-signups": weekly_signups,
    "five-minute-sensor": five_minute_sensor,
}
