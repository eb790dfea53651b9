from __future__ import annotations

from dataclasses import FrozenInstanceError, replace
from datetime import UTC, datetime, timedelta, timezone

import pytest

from anomaly_container import __version__
from anomaly_container.metering.usage_record import Record, instant
from tests.support.usage_records import amounts

RECORD = Record(
    "0f8fad5b-d9cb-469f-a165-70867728950e",
    datetime(2026, 3, 1, 12, tzinfo=UTC),
    datetime(2026, 3, 1, 12, 10, 0, 123456, tzinfo=UTC),
    amounts((12, 3, 0, 40)),
)
INSTANCE = "7c9e6679-7425-40de-944b-e07fc1f90ae7"


def test_the_record_on_the_wire_key_by_key() -> None:
    prefix = "CognitiveServices.AnomalyDetector.Container."
    assert RECORD.to_wire(INSTANCE) == {
        "id": "0f8fad5b-d9cb-469f-a165-70867728950e",
        "apiType": "anomalydetector",
        "containerType": "anomaly-detector",
        "containerVersion": __version__,
        "containerId": INSTANCE,
        "windowStart": "2026-03-01T12:00:00.000Z",
        "windowEnd": "2026-03-01T12:10:00.123Z",
        "meters": [
            {"name": f"{prefix}EntireDetect", "quantity": 12},
            {"name": f"{prefix}LastDetect", "quantity": 3},
            {"name": f"{prefix}ChangePointDetect", "quantity": 0},
            {"name": f"{prefix}DataPoints", "quantity": 40},
        ],
    }


def test_a_record_of_nothing_has_every_meter() -> None:
    meters = replace(RECORD, quantities=amounts((0, 0, 0, 0))).to_wire(INSTANCE)["meters"]
    assert isinstance(meters, list)
    assert [meter["quantity"] for meter in meters] == [0, 0, 0, 0]


@pytest.mark.parametrize("quantities", [{}, {"EntireDetect": 1}, amounts((1, 2, 3, 4)) | {"host-7": 5}])
def test_only_the_meters_can_enter(quantities: dict[str, int]) -> None:
    with pytest.raises(ValueError, match="all of known meters"):
        replace(RECORD, quantities=quantities)


def test_a_record_cannot_be_changed() -> None:
    with pytest.raises(FrozenInstanceError):
        RECORD.id = "other"  # type: ignore[misc]  # the point of the test


def test_instants_are_in_utc() -> None:
    east = timezone(timedelta(hours=2))
    assert instant(datetime(2026, 3, 1, 1, tzinfo=east)) == "2026-02-28T23:00:00.000Z"
