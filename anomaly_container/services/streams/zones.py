"""Offsets of a time zone, looked up once for each quarter of an hour and kept.

Changes of the clock happen at quarters of an hour, so that an offset holds for the whole quarter.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final
from zoneinfo import ZoneInfo

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable

    from anomaly_container.detection.numeric.arrays import FloatArray

QUARTER: Final = 900
MOST_QUARTERS: Final = 1 << 16
"""Quarters that a table keeps, almost two years; then it begins anew."""
_EPOCH: Final = datetime(1970, 1, 1)  # noqa: DTZ001  # wall clock time, to which the zone is added
_EPOCH_UTC: Final = datetime(1970, 1, 1, tzinfo=UTC)


class Zone:
    """A time zone.

    Parameters
    ----------
    name
        Its name, such as `Europe/Berlin`.

    Examples
    --------
    >>> Zone("Europe/Berlin").since_epoch(datetime(1970, 1, 1, 1))
    0.0
    """

    def __init__(self, name: str) -> None:
        self.name = name
        self._zone = ZoneInfo(name)
        self._is_utc = name == "UTC"
        self._by_instant = _Table(self._at_instant)
        self._by_wall_clock = _Table(self._at_wall_clock)

    def local(self, times: FloatArray) -> FloatArray:
        """Return the seconds of the wall clock since 1970.

        Parameters
        ----------
        times : ndarray of float64, shape (n,)
            Seconds since 1970 in UTC.
        """
        if self._is_utc or not len(times):
            return times
        quarters, places = np.unique(np.floor_divide(times, QUARTER), return_inverse=True)
        offsets = np.array([self._by_instant[int(quarter)] for quarter in quarters.tolist()])
        return np.asarray(times + offsets[places], dtype=np.float64)

    def since_epoch(self, wall_clock: datetime) -> float:
        """Return the seconds since 1970 of a time without an offset.

        Of a time that comes twice it is the first; one that is skipped has the offset before the gap.

        Parameters
        ----------
        wall_clock
            The time that the clocks of the zone show.
        """
        seconds = (wall_clock - _EPOCH).total_seconds()
        return seconds if self._is_utc else seconds - self._by_wall_clock[int(seconds // QUARTER)]

    def _at_instant(self, quarter: int) -> float:
        return _seconds((_EPOCH_UTC + timedelta(seconds=quarter * QUARTER)).astimezone(self._zone))

    def _at_wall_clock(self, quarter: int) -> float:
        # Without a fold the zone takes the first of two, and the offset before a gap.
        return _seconds((_EPOCH + timedelta(seconds=quarter * QUARTER)).replace(tzinfo=self._zone))


class _Table(dict[int, float]):
    """The offsets in seconds by the number of the quarter."""

    def __init__(self, look_up: Callable[[int], float]) -> None:
        super().__init__()
        self._look_up = look_up

    def __missing__(self, quarter: int) -> float:
        if len(self) >= MOST_QUARTERS:
            self.clear()
        found = self[quarter] = self._look_up(quarter)
        return found


def _seconds(time: datetime) -> float:
    offset = time.utcoffset()
    return 0.0 if offset is None else offset.total_seconds()
