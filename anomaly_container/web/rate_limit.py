"""The rate limit of requests: one token bucket for each access key."""

from __future__ import annotations

import math
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from anomaly_container.settings.access import AccessSettings


class TokenBuckets:
    """A token bucket for each access key: a request takes one token, and tokens come back at a steady rate.

    Parameters
    ----------
    per_second
        Tokens that come back to a bucket each second.
    capacity
        Tokens that a bucket holds, and begins with; at least 1.
    clock
        A monotonic clock, in seconds.
    """

    def __init__(
        self, per_second: float, capacity: float, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._per_second = per_second
        self._capacity = max(1.0, capacity)
        self._clock = clock
        # By access key: the tokens left after the last request, and its time. Only valid access keys get
        # here, so their number is bounded by the file.
        self._buckets: dict[bytes, tuple[float, float]] = {}

    def take(self, key: bytes) -> int:
        """Take a token and return 0, or return the whole seconds until there is one."""
        now = self._clock()
        tokens, then = self._buckets.get(key, (self._capacity, now))
        tokens = min(self._capacity, tokens + (now - then) * self._per_second)
        if tokens < 1:
            return max(1, math.ceil((1 - tokens) / self._per_second))
        self._buckets[key] = (tokens - 1, now)
        return 0


def token_buckets(settings: AccessSettings, workers: int) -> TokenBuckets | None:
    """Return the buckets for one worker's share of the limit: workers do not share state."""
    if settings.rate_per_second is None:
        return None
    burst = settings.rate_burst or math.ceil(settings.rate_per_second)
    return TokenBuckets(settings.rate_per_second / workers, burst / workers)
