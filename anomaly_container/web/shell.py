"""The interface of the shell to the services of a process."""

from __future__ import annotations

import asyncio
import os
import signal
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from anomaly_container.web.admission import Admission
from anomaly_container.web.metering_gate import MeteringGate
from anomaly_container.web.supervision import Supervisor

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from pathlib import Path

    from anomaly_container.metering.usage import Usage


def stop_this_process() -> None:
    """Send this process the signal to stop."""
    os.kill(os.getpid(), signal.SIGTERM)


@dataclass(slots=True, kw_only=True)
class Shell:
    """The shell of one process, made after the fork.

    Attributes
    ----------
    state
        The folder below which each service keeps its state in a folder of its own.
    usage
        Counts usage; None if no service of the port is metered.
    admission
        Runs work on the loop or on a thread.
    workers
        The number of processes that serve the port.
    clock
        Returns the time in seconds since 1970.
    stop
        Ends the container with exit code 0.
    gate
        The gate of metering.
    draining
        Set when the signal to stop arrives; queries are still answered.
    supervisor
        Runs the background tasks.
    """

    state: Path
    usage: Usage | None = None
    admission: Admission = field(default_factory=Admission)
    workers: int = 1
    clock: Callable[[], float] = time.time
    stop: Callable[[], None] = stop_this_process
    gate: MeteringGate = field(init=False)
    draining: asyncio.Event = field(init=False, default_factory=asyncio.Event)
    supervisor: Supervisor = field(init=False, default_factory=Supervisor)
    _threads: list[ThreadPoolExecutor] = field(init=False, default_factory=list)

    def __post_init__(self) -> None:
        """Make the gate."""
        self.gate = MeteringGate(self.usage.policy if self.usage else None)

    @property
    def instance(self) -> str:
        """The id of the container; blank if nothing is metered."""
        return self.usage.instance if self.usage else ""

    def directory(self, name: str) -> Path:
        """Return the folder for the state of a service; it is created if it does not exist.

        Raises
        ------
        OSError
            If it cannot be created.
        """
        folder = self.state / name
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        return folder

    def thread(self, name: str, count: int = 1) -> ThreadPoolExecutor:
        """Return threads for work that takes longer than 20 ms, one by default; the shell closes them."""
        thread = ThreadPoolExecutor(max_workers=count, thread_name_prefix=name)
        self._threads.append(thread)
        return thread

    def supervise(self, name: str, task: Callable[[], Awaitable[None]]) -> None:
        """Run a background task; see `Supervisor.begin`."""
        self.supervisor.begin(name, task)

    def close(self) -> None:
        """Release the threads, and drop the work that waits for them."""
        self.admission.close()
        for thread in self._threads:
            thread.shutdown(wait=True, cancel_futures=True)
