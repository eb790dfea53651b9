"""Differences of the stream from the training: features that events lack, and scores that drift.

Pure: the results depend only on the events.
"""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from anomaly_container.detection.numeric.arrays import BoolArray, FloatArray

EVENTS: Final = 1000
"""The number of last events in which a feature is looked for."""
MOST_IN_TRAINING: Final = 0.05
LEAST_NOW: Final = 0.5
SCORES: Final = 10_000
"""The number of last scores whose mean is compared with that of the training."""


class Schema:
    """Finds the features that went missing.

    A feature has changed if more than half of the last 1,000 events lack it, and less than 5 % of the
    training did. Before 1,000 events nothing counts as changed.

    Parameters
    ----------
    columns
        The names of the columns.
    in_training
        The share of the training that lacked each.

    Examples
    --------
    >>> schema = Schema(["path"], [0.0])
    >>> schema.take(np.ones((1000, 1), dtype=bool))
    >>> schema.changed
    ('path',)
    """

    def __init__(self, columns: Sequence[str], in_training: Sequence[float]) -> None:
        self._columns, self._in_training = tuple(columns), tuple(in_training)
        self._last = np.zeros((0, len(self._columns)), dtype=bool)

    def take(self, lacking: BoolArray) -> None:
        """Take the next events.

        Parameters
        ----------
        lacking : ndarray of bool, shape (n, d)
            True if the event lacks the column.
        """
        self._last = np.concatenate([self._last, lacking])[-EVENTS:]

    @property
    def shares(self) -> Mapping[str, float]:
        """The share of the last events that lack each column; empty before the first event."""
        if not len(self._last):
            return {}
        return dict(zip(self._columns, self._last.mean(axis=0).tolist(), strict=True))

    @property
    def changed(self) -> tuple[str, ...]:
        """The columns that have changed."""
        if len(self._last) < EVENTS:
            return ()
        parts = zip(self.shares.items(), self._in_training, strict=True)
        return tuple(name for (name, now), before in parts if now > LEAST_NOW and before < MOST_IN_TRAINING)


class Drift:
    """Compares the mean of the last 10,000 scores with that of the training.

    Parameters
    ----------
    mean, deviation
        Those of the scores of the training.

    Examples
    --------
    >>> drift = Drift(1.0, 0.5)
    >>> drift.take(np.array([2.0, 2.0]))
    >>> drift.value
    2.0
    """

    def __init__(self, mean: float, deviation: float) -> None:
        self._mean, self._deviation = mean, deviation
        self._parts: deque[tuple[int, float]] = deque()
        self._count = 0

    def take(self, scores: FloatArray) -> None:
        """Take the next scores, of which the oldest beyond 10,000 are forgotten in the parts they came in."""
        if not len(scores):
            return
        self._parts.append((len(scores), float(scores.sum())))
        self._count += len(scores)
        while self._count - self._parts[0][0] >= SCORES:
            self._count -= self._parts.popleft()[0]

    @property
    def value(self) -> float | None:
        """The difference of the means in deviations; None without scores, or if the training's were equal."""
        if not self._count or self._deviation <= 0:
            return None
        return (sum(total for _, total in self._parts) / self._count - self._mean) / self._deviation
