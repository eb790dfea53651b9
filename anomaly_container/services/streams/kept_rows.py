"""The events that a model is trained on: all of them, or a uniform sample of a bounded number."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from anomaly_container.services.streams.events import joined

if TYPE_CHECKING:
    from anomaly_container.detection.numeric.arrays import FloatArray, IntArray
    from anomaly_container.services.streams.events import Events

LEAST_SLACK: Final = 10_000


class KeptRows:
    """Keeps the columns of events, without their records.

    Each event gets a random number, and those with the smallest are kept. So all are kept with the same
    probability, whatever their batches.

    Parameters
    ----------
    most
        The number of events that are kept.
    seed
        The seed of the random numbers.
    keeps_last
        True to keep the last events instead of a sample, for models that need consecutive rows.

    Attributes
    ----------
    seen
        The number of events that were added.
    """

    def __init__(self, most: int, seed: int, *, keeps_last: bool = False) -> None:
        self.seen = 0
        self._most = most
        self._random = np.random.Generator(np.random.PCG64(seed))
        self._keeps_last = keeps_last
        self._parts: list[Events] = []
        self._keys: list[FloatArray] = []
        self._partitions: list[IntArray] = []
        self._numbers: dict[str, int] = {}
        self._held = 0

    def add(self, events: Events) -> None:
        """Take the events of a batch."""
        if not len(events):
            return
        keys = self._random.random(len(events))
        if self._keeps_last:
            keys = -np.arange(self.seen, self.seen + len(events), dtype=np.float64)
        numbers = [self._numbers.setdefault(one.partition, len(self._numbers)) for one in events.records]
        self.seen += len(events)
        self._parts.append(events.lean())
        self._keys.append(keys)
        self._partitions.append(np.array(numbers, dtype=np.int64))
        self._held += len(events)
        if self._held > self._most + max(self._most // 4, LEAST_SLACK):
            self._cut()

    def chronological(self) -> tuple[Events, IntArray]:
        """Return the events by time, and the number of each one's partition.

        Events of the same time stay as they came.

        Raises
        ------
        ValueError
            If there are no events.
        """
        if not self._parts:
            message = "There are no events to train on."
            raise ValueError(message)
        self._cut()
        [events], [partitions] = self._parts, self._partitions
        order = np.argsort(events.times, kind="stable")
        if (order == np.arange(len(order))).all():
            return events, partitions
        return events.take(order.tolist()), partitions[order]

    def _cut(self) -> None:
        events = joined(self._parts)
        keys, partitions = np.concatenate(self._keys), np.concatenate(self._partitions)
        if len(keys) > self._most:
            places = np.sort(np.argpartition(keys, self._most - 1)[: self._most])
            events, keys, partitions = events.take(places.tolist()), keys[places], partitions[places]
        self._parts, self._keys, self._partitions = [events], [keys], [partitions]
        self._held = len(keys)
