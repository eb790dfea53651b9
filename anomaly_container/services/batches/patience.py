"""Patience: a call is repeated while the store is away."""

from __future__ import annotations

import asyncio
import random
from typing import TYPE_CHECKING, Final, ParamSpec, TypeVar

from anomaly_container.outbound.errors import Unavailable
from anomaly_container.services.batches import metrics

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

P = ParamSpec("P")
T = TypeVar("T")
FIRST_PAUSE: Final = 1.0
LONGEST_PAUSE: Final = 60.0
"""Seconds between two attempts while the store is away; they double from the first to the longest."""


async def patiently(call: Callable[P, Awaitable[T]], *arguments: P.args, **words: P.kwargs) -> T:
    """Repeat a call until the store answers, and return what it returns; other errors are raised.

    Parameters
    ----------
    call
        The call, which may be repeated.
    arguments, words
        Its arguments.
    """
    pause = FIRST_PAUSE
    while True:
        try:
            return await call(*arguments, **words)
        except Unavailable:
            metrics.STORE_ERRORS.labels("unavailable").inc()
            await asyncio.sleep(random.uniform(0.5, 1.0) * pause)  # noqa: S311  # it only spreads the attempts
            pause = min(2 * pause, LONGEST_PAUSE)
