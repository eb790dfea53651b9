"""The connections of each worker, in memory that all workers of a container share.

They are advice about who should accept the next connection: nothing is lost if they are wrong.
"""

from __future__ import annotations

import mmap
from typing import Final

CELL: Final = "Q"
"""A machine word of 8 bytes. It is stored and loaded whole, so that a reader never sees half a value."""
CELL_BYTES: Final = 8

# A row is one word: a bit that is set while the worker accepts, the connections used lately, the open
# connections, and a number that changes with every sign of life.
LIVE: Final = 1 << 63
USED_SHIFT: Final = 40
OPEN_SHIFT: Final = 16
FULL: Final = (1 << 23) - 1
"""Stands for the connections used lately if a worker has as many connections as it may."""
MOST_OPEN: Final = (1 << 24) - 1
BEATS: Final = 1 << OPEN_SHIFT

SLACK: Final = 1
"""The connections that a worker may have beyond those of another one without stepping back for it."""


class ConnectionCounts:
    """One row for each worker; make it before the fork.

    Parameters
    ----------
    rows
        The largest number of workers that run at once.
    """

    def __init__(self, rows: int) -> None:
        self._rows = memoryview(mmap.mmap(-1, rows * CELL_BYTES)).cast(CELL)

    @property
    def places(self) -> range:
        """The places of the rows."""
        return range(len(self._rows))

    def clear(self, place: int) -> None:
        """Empty the row of a worker that has ended or is about to start."""
        self._rows[place] = 0

    def share(self, place: int, max_connections: int) -> Share:
        """Return the share of the worker that owns a row."""
        return Share(self._rows, place, max_connections)


class Share:
    """The connections of this worker, and how they compare with those of the others.

    A connection counts as used lately until the end of the period that follows its opening or the last bytes
    from its client. So connections that stay open and idle weigh less than those with requests.

    Parameters
    ----------
    rows
        The rows of all workers.
    place
        The row of this worker.
    max_connections
        The number of open connections from which on this worker has no room.
    """

    def __init__(self, rows: memoryview[int], place: int, max_connections: int) -> None:
        self._rows = rows
        self._place = place
        self._max = min(max_connections, MOST_OPEN)
        self._open = 0
        self._before = 0
        self._now = 0
        self._beat = 0
        self._is_live = False
        self._silent: dict[int, int] = {}
        self.period = 0

    def begin(self) -> None:
        """Show to the others that this worker accepts connections."""
        self._is_live = True
        self.beat()

    def end(self) -> None:
        """Show to the others that this worker no longer accepts connections."""
        self._is_live = False
        self._rows[self._place] = 0

    def open(self) -> CountedConnection:
        """Count a connection, which counts as used."""
        self._open += 1
        self._now += 1
        self._publish()
        return CountedConnection(self)

    def use(self, since: int) -> None:
        """Count as used in this period a connection that was last used in the period `since`."""
        if since == self.period - 1:
            self._before -= 1
        self._now += 1
        self._publish()

    def close(self, since: int) -> None:
        """Count no longer a connection that was last used in the period `since`."""
        self._open -= 1
        if since == self.period:
            self._now -= 1
        elif since == self.period - 1:
            self._before -= 1
        self._publish()

    def next_period(self) -> None:
        """End the period: what was used neither in it nor since counts no longer as used."""
        self.period += 1
        self._before, self._now = self._now, 0
        self.beat()

    def beat(self) -> None:
        """Give a sign of life."""
        self._beat = (self._beat + 1) % BEATS
        self._publish()

    def roomier(self) -> dict[int, int]:
        """Return the rows of the workers that should accept before this one, by place.

        Such a worker has fewer connections that were used lately; if it has not more of them, it has fewer
        open ones.
        """
        used, opened = self._used(), min(self._open, MOST_OPEN)
        found = {}
        for place, row in enumerate(self._rows.tolist()):
            if row < LIVE or place == self._place or self._silent.get(place) == row:
                continue
            its_used = row >> USED_SHIFT & FULL
            its_open = row >> OPEN_SHIFT & MOST_OPEN
            if its_used + SLACK < used or (its_used <= used and its_open + SLACK < opened):
                found[place] = row
        return found

    def pass_over(self, rows: dict[int, int]) -> None:
        """Step back no more for the workers whose rows are still the same, until they change."""
        self._silent.update(rows)

    def _used(self) -> int:
        return FULL if self._open >= self._max else min(self._before + self._now, FULL - 1)

    def _publish(self) -> None:
        if self._is_live:
            opened = min(self._open, MOST_OPEN)
            self._rows[self._place] = LIVE | self._used() << USED_SHIFT | opened << OPEN_SHIFT | self._beat


class CountedConnection:
    """One connection of a share.

    Parameters
    ----------
    share
        The share.
    """

    __slots__ = ("_period", "_share")

    def __init__(self, share: Share) -> None:
        self._share = share
        self._period = share.period

    def use(self) -> None:
        """Count the connection as used now."""
        if self._period != self._share.period:
            self._share.use(self._period)
            self._period = self._share.period

    def close(self) -> None:
        """Count the connection no longer."""
        self._share.close(self._period)
