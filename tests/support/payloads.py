"""Request bodies as clients write them."""

from __future__ import annotations

import math

from tests.support.bodies import body, points

DETECT_PATHS = tuple(
    f"/anomalydetector/{version}/timeseries/{operation}/detect"
    for version in ("v1.0", "v1.1-preview", "v1.1-preview.1", "v1.1")
    for operation in ("entire", "last", "changepoint")
)
ENTIRE_PATH = "/anomalydetector/v1.1/timeseries/entire/detect"


def daily_values(count: int) -> list[float]:
    """A week's wave on a slow rise, with one spike two thirds of the way."""
    values = [100 + 0.1 * day + 10 * math.sin(2 * math.pi * day / 7) for day in range(count)]
    values[2 * count // 3] += 80
    return values


def daily_body(count: int, **fields: object) -> bytes:
    """A request for such a series, with any other fields."""
    series = [
        point | {"value": value} for point, value in zip(points(count), daily_values(count), strict=True)
    ]
    return body(series=series, **fields)
