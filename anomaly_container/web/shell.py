"""What the shell gives to the services of a process."""

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
        Decides where work runs.
    workers
        How many processes serve the port.
    clock
        Returns the time in seconds since 1970.
    stop
        Ends the container with exit code 0.
    gate
        Tells whether metering allows work.
    draining
        Set from the signal to stop until the end; queries are answered meanwhile.
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
        """Open the gate that metering closes."""
        self.gate = MeteringGate(self.usage.policy if self.usage else None)

    @property
    def instance(self) -> str:
        """The id of the container; blank if nothing is metered."""
        return self.usage.instance if self.usage else ""

    def directory(self, name: str) -> Path:
        """Return the folder in which a service keeps its state; it is made if it is not there.

        Raises
        ------
        OSError
            If it cannot be made.
        """
        folder = self.state / name
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        return folder

    def thread(self, name: str) -> ThreadPoolExecutor:
        """Return a thread for work that takes longer than 20 ms; it ends with the shell."""
        thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix=name)
        self._threads.append(thread)
        return thread

    def supervise(self, name: str, task: Callable[[], Awaitable[None]]) -> None:
        """Run a background task until it returns; one that fails is logged, counted and begun again.

        Parameters
        ----------
        name
            A word for the log and the metric; no other task has it.
        task
            Makes an attempt.
        """
        self.supervisor.begin(name, task)

    def close(self) -> None:
        """Release the threads; what waits for them is dropped."""
        self.admission.close()
        for thread in self._threads:
            thread.shutdown(wait=True, cancel_futures=True)
