"""The values of the last slots of a key."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from anomaly_container.detection.univariate import Series

if TYPE_CHECKING:
    from anomaly_container.detection.numeric.arrays import FloatArray


class KeyWindow:
    """The values of the last slots of a key; a slot without a value is NaN.

    Attributes
    ----------
    newest
        The number of the newest slot.
    seen
        The number of values that came for a newest slot.
    time
        The largest time of an event.
    """

    __slots__ = ("newest", "seen", "time", "values")

    def __init__(self, size: int) -> None:
        self.values: FloatArray = np.full(size, np.nan)
        self.newest: int | None = None
        self.seen = 0
        self.time = -math.inf

    def put(self, slot: int, value: float) -> bool:
        """Put a value into its slot, where the last one wins, and return whether that is the newest slot."""
        size = self.values.size
        if self.newest is None:
            self.newest = slot
        if slot > self.newest:
            first = max(self.newest + 1, slot - size + 1)
            self.values[np.arange(first, slot + 1) % size] = np.nan
            self.newest = slot
        if slot > self.newest - size:
            self.values[slot % size] = value
        self.seen += slot == self.newest
        return slot == self.newest

    def series(self) -> Series:
        """Return the values from the oldest on; the first has slot 0."""
        size, newest = self.values.size, self.newest or 0
        ordered = self.values[np.arange(newest - size + 1, newest + 1) % size]
        slots = np.flatnonzero(~np.isnan(ordered))
        return Series(ordered[slots], slots - slots[0])
