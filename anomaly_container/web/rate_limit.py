"""How many requests each key may send: a token bucket for each."""

from __future__ import annotations

import math
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from anomaly_container.settings.access import AccessSettings


class Buckets:
    """A bucket of tokens for each key: a request takes one, and they come back at a steady rate.

    Parameters
    ----------
    per_second
        Tokens that come back to a bucket each second.
    capacity
        Tokens that a bucket holds, and begins with; at least 1.
    clock
        Seconds that never go back.
    """

    def __init__(
        self, per_second: float, capacity: float, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._per_second = per_second
        self._capacity = max(1.0, capacity)
        self._clock = clock
        # By key: the tokens there were when the last one was taken, and when that was. Only valid keys get
        # here, so that there are no more than the file has ever had.
        self._buckets: dict[bytes, tuple[float, float]] = {}

    def take(self, key: bytes) -> int:
        """Take a token; return 0, or the whole seconds after which there will be one."""
        now = self._clock()
        tokens, then = self._buckets.get(key, (self._capacity, now))
        tokens = min(self._capacity, tokens + (now - then) * self._per_second)
        if tokens < 1:
            return max(1, math.ceil((1 - tokens) / self._per_second))
        self._buckets[key] = (tokens - 1, now)
        return 0


def buckets(settings: AccessSettings, workers: int) -> Buckets | None:
    """Return this worker's share of what the settings allow: the workers do not know of each other."""
    if settings.rate_per_second is None:
        return None
    burst = settings.rate_burst or math.ceil(settings.rate_per_second)
    return Buckets(settings.rate_per_second / workers, burst / workers)
