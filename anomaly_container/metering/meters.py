"""What is metered, and by which names a metering endpoint knows it."""

from __future__ import annotations

from enum import IntEnum
from typing import Final

API_TYPE: Final = "anomalydetector"
CONTAINER_TYPE: Final = "anomaly-detector"


class Meter(IntEnum):
    """One meter; its value is its place in a counter and in a record."""

    ENTIRE_DETECT = 0
    LAST_DETECT = 1
    CHANGE_POINT_DETECT = 2
    DATA_POINTS = 3

    @property
    def wire_name(self) -> str:
        """The name in a usage record."""
        return f"CognitiveServices.AnomalyDetector.Container.{_LAST_PARTS[self]}"


_LAST_PARTS: Final = {
    Meter.ENTIRE_DETECT: "EntireDetect",
    Meter.LAST_DETECT: "LastDetect",
    Meter.CHANGE_POINT_DETECT: "ChangePointDetect",
    Meter.DATA_POINTS: "DataPoints",
}


def wire_name(name: str) -> str:
    """Return the name in a usage record."""
    return f"CognitiveServices.AnomalyDetector.Container.{name}"


def thousands_begun(points: int) -> int:
    """Return what one call adds to `Meter.DATA_POINTS`: its points in thousands, rounded up."""
    return -(-points // 1000)
