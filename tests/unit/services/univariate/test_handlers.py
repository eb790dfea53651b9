"""What a call adds to its meters: 1001 points are two thousands begun."""

from __future__ import annotations

import pytest

from anomaly_container.services.univariate.handlers import thousands_begun


@pytest.mark.parametrize(
    ("points", "thousands"), [(0, 0), (1, 1), (12, 1), (999, 1), (1000, 1), (1001, 2), (8640, 9)]
)
def test_thousands_are_counted_when_they_begin(points: int, thousands: int) -> None:
    assert thousands_begun(points) == thousands
