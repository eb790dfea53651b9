"""A long series whose outliers come in bursts, so that a few windows hold most of them."""

from __future__ import annotations

import math
import random
from datetime import UTC, datetime, timedelta

POINTS = 25_920


def bursts() -> str:
    """Return 25,920 hours with a season of a day; every six weeks begin with 600 points, half far out."""
    chance = random.Random(3)  # noqa: S311  # a seeded series
    start = datetime(2026, 1, 1, tzinfo=UTC)
    rows = ["timestamp,value"]
    for hour in range(POINTS):
        value = 100 + 10 * math.sin(math.pi * hour / 12) + chance.gauss(0, 1)
        if hour % 4320 < 600 and hour % 2 == 0:
            value += chance.choice([-1, 1]) * chance.uniform(60, 90)
        rows.append(f"{start + timedelta(hours=hour):%Y-%m-%dT%H:%M:%SZ},{value:.2f}")
    return "\n".join(rows) + "\n"
