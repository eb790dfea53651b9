"""The share of the last records that were parked."""

from __future__ import annotations

from collections import deque
from itertools import groupby
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

LAST: Final = 1000


class RecentShare:
    """The last 1,000 records, and which of them were parked.

    Examples
    --------
    >>> recent = RecentShare()
    >>> for number in range(1000):
    ...     recent.add(parked=number >= 499)
    >>> recent.more_than_half
    True
    """

    def __init__(self) -> None:
        self._last: deque[bool] = deque(maxlen=LAST)
        self._parked = 0

    def add(self, *, parked: bool) -> None:
        """Take a record."""
        if len(self._last) == LAST:
            self._parked -= self._last[0]
        self._last.append(parked)
        self._parked += parked

    @property
    def more_than_half(self) -> bool:
        """True if there were 1,000 records, and more than half of the last 1,000 were parked."""
        return len(self._last) == LAST and 2 * self._parked > LAST

    def document(self) -> dict[str, Any]:
        """Return the records as JSON: the lengths of the runs of the same kind."""
        lengths = [len(list(run)) for _, run in groupby(self._last)]
        return {"first": bool(self._last) and self._last[0], "lengths": lengths}

    @classmethod
    def from_document(cls, document: Mapping[str, Any]) -> RecentShare:
        """Read what `document` returned."""
        recent = cls()
        parked = document["first"]
        for length in document["lengths"]:
            for _ in range(length):
                recent.add(parked=parked)
            parked = not parked
        return recent
