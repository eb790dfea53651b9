"""One usage record: the usage between two instants, and nothing else."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from anomaly_container import __version__
from anomaly_container.metering.meters import API_TYPE, CONTAINER_TYPE, PLACES

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True)
class Record:
    """The usage of one window of time. It never changes after creation, so that it can be sent again.

    Attributes
    ----------
    id
        A UUID, which is also the idempotency key.
    window_start, window_end
        In UTC, to the millisecond. Records of one directory follow each other without gap or overlap.
    quantities
        By wire name, in the order of `METERS`.
    version
        The version of the container that counted.

    Raises
    ------
    ValueError
        If the quantities are empty or have a meter that is not in `METERS`: no other name can be sent.
    """

    id: str
    window_start: datetime
    window_end: datetime
    quantities: Mapping[str, int]
    version: str = __version__

    def __post_init__(self) -> None:
        """Reject quantities that a record must not hold."""
        if not self.quantities or not self.quantities.keys() <= PLACES.keys():
            message = "a record has one or more quantities, all of known meters"
            raise ValueError(message)

    def to_wire(self, instance: str) -> dict[str, object]:
        """Return the JSON object that is sent; `instance` is the UUID of the container."""
        return {
            "id": self.id,
            "apiType": API_TYPE,
            "containerType": CONTAINER_TYPE,
            "containerVersion": self.version,
            "containerId": instance,
            "windowStart": instant(self.window_start),
            "windowEnd": instant(self.window_end),
            "meters": [{"name": name, "quantity": quantity} for name, quantity in self.quantities.items()],
        }


def instant(moment: datetime) -> str:
    """Return a moment in UTC as `2026-01-31T23:59:59.000Z`."""
    return f"{moment.astimezone(UTC).replace(tzinfo=None).isoformat(timespec='milliseconds')}Z"
