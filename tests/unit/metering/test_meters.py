from __future__ import annotations

import pytest

from anomaly_container.metering.meters import Meter, thousands_begun


def test_the_meters_and_their_places() -> None:
    prefix = "CognitiveServices.AnomalyDetector.Container."
    assert [(int(meter), meter.wire_name) for meter in Meter] == [
        (0, f"{prefix}EntireDetect"),
        (1, f"{prefix}LastDetect"),
        (2, f"{prefix}ChangePointDetect"),
        (3, f"{prefix}DataPoints"),
    ]


@pytest.mark.parametrize(
    ("points", "thousands"), [(0, 0), (1, 1), (12, 1), (999, 1), (1000, 1), (1001, 2), (8640, 9)]
)
def test_thousands_are_counted_when_they_begin(points: int, thousands: int) -> None:
    assert thousands_begun(points) == thousands
