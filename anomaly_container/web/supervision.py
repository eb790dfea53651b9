"""Background tasks that begin again after a failure."""

from __future__ import annotations

import asyncio
import logging
import time
from typing import TYPE_CHECKING, Final

from anomaly_container.observability import metrics

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

FIRST_PAUSE: Final = 1.0
LONGEST_PAUSE: Final = 60.0
"""Seconds until a task that failed begins again: they double from the first to the longest."""

log = logging.getLogger(__name__)


class Supervisor:
    """Runs tasks until they return; one that fails is logged, counted and begun again."""

    def __init__(self) -> None:
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._failed: set[str] = set()

    @property
    def failed(self) -> str | None:
        """The name of a task that has failed and waits for its next attempt; None if all run."""
        return min(self._failed, default=None)

    def begin(self, name: str, task: Callable[[], Awaitable[None]]) -> None:
        """Begin a task.

        Parameters
        ----------
        name
            A word for the log and the metric; no other task has it.
        task
            Makes an attempt.
        """
        self._tasks[name] = asyncio.get_running_loop().create_task(self._attempts(name, task), name=name)

    async def end(self) -> None:
        """Cancel the tasks and wait for their end."""
        for task in self._tasks.values():
            task.cancel()
        await asyncio.gather(*self._tasks.values(), return_exceptions=True)

    async def _attempts(self, name: str, task: Callable[[], Awaitable[None]]) -> None:
        pause = FIRST_PAUSE
        while True:
            began = time.monotonic()
            try:
                await task()
            except Exception as error:  # noqa: BLE001  # whatever it is, the task begins again
                metrics.BACKGROUND_FAILURES.labels(name).inc()
                # Only the name: the text may quote what a client sent.
                log.error("The task %s failed with %s.", name, type(error).__name__)  # noqa: TRY400  # as above
            else:
                return
            if time.monotonic() - began > LONGEST_PAUSE:
                pause = FIRST_PAUSE
            self._failed.add(name)
            await asyncio.sleep(pause)
            self._failed.discard(name)
            pause = min(2 * pause, LONGEST_PAUSE)
