"""Background tasks that are restarted after a failure."""

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
"""Seconds until a failed task is restarted; they double from the first pause to the longest."""

log = logging.getLogger(__name__)


class Supervisor:
    """Runs background tasks until they return, and restarts those that fail."""

    def __init__(self) -> None:
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._failed: set[str] = set()

    @property
    def failed(self) -> str | None:
        """The name of a task that has failed and waits for its restart; None if all run."""
        return min(self._failed, default=None)

    def begin(self, name: str, task: Callable[[], Awaitable[None]]) -> None:
        """Run a task until it returns; after a failure it is logged, counted and restarted.

        Parameters
        ----------
        name
            A unique name for the log and the metric.
        task
            Runs the task once.
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
            except Exception as error:  # noqa: BLE001  # after any error the task is restarted
                metrics.BACKGROUND_FAILURES.labels(name).inc()
                # Only the type: the text may quote the request.
                log.error("The task %s failed with %s.", name, type(error).__name__)  # noqa: TRY400  # as above
            else:
                return
            if time.monotonic() - began > LONGEST_PAUSE:
                pause = FIRST_PAUSE
            self._failed.add(name)
            await asyncio.sleep(pause)
            self._failed.discard(name)
            pause = min(2 * pause, LONGEST_PAUSE)
