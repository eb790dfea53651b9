"""Processes of batches in one event loop, which can be killed wherever they are and started again."""

from __future__ import annotations

import asyncio
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager, suppress
from typing import TYPE_CHECKING, Any, cast

from anomaly_container.outbound.http_client import HttpClient
from anomaly_container.services.batches import commit, group, patience
from anomaly_container.services.batches.parts import Surroundings, put_together
from anomaly_container.services.batches.settings import BatchesSettings
from anomaly_container.services.batches.steps import nothing
from anomaly_container.web.metering_gate import MeteringGate

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Mapping, Sequence

    import pytest

    from anomaly_container.metering.usage import Usage
    from anomaly_container.outbound.object_store import ObjectStore
    from anomaly_container.services.batches.parts import Parts
    from anomaly_container.services.batches.steps import Step
    from anomaly_container.services.batches.waiting import Item

SECONDS_TO_END = 20.0


def batches_settings(**words: object) -> BatchesSettings:
    """Return settings of batches; `columns="a,b"` is the setting `Batches:Columns`."""
    named = {
        BatchesSettings.model_fields[name].alias or name: value
        for name, value in ({"url": "file:///nowhere"} | words).items()
    }
    common = {"Eula": "accept", "Billing": "http://127.0.0.1:5001/", "ApiKey": "key"}
    return BatchesSettings.model_validate(common | named)


def without_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the pauses of a process be short: a test waits for many of them."""
    monkeypatch.setattr(patience, "FIRST_PAUSE", 0.001)
    monkeypatch.setattr(patience, "LONGEST_PAUSE", 0.005)
    monkeypatch.setattr(commit, "SHORTEST_PAUSE", 0.0001)
    monkeypatch.setattr(commit, "LONGEST_PAUSE", 0.001)
    monkeypatch.setattr(group, "SECONDS_TO_MARK", 0.002)


class CountedUsage:
    """The usage of a container, with the totals that it was raised to."""

    def __init__(self, instance: str) -> None:
        self.instance = instance
        self.totals: dict[str, int] = {}

    def raise_to(self, source: str, totals: Mapping[str, int]) -> dict[str, int]:
        assert source == "batches"
        raised = {name: max(0, total - self.totals.get(name, 0)) for name, total in totals.items()}
        self.totals = {name: self.totals.get(name, 0) + more for name, more in raised.items()}
        return raised


class Process:
    """One process.

    Attributes
    ----------
    parts
        Its parts.
    usage
        What it has counted.
    """

    def __init__(  # noqa: PLR0913  # what a process has around it
        self,
        store: ObjectStore,
        settings: BatchesSettings,
        threads: ThreadPoolExecutor,
        *,
        container: str = "container",
        clock: Callable[[], float] = time.time,
        reached: Callable[[Step], None] = nothing,
    ) -> None:
        self.usage = CountedUsage(container)
        around = Surroundings(
            loop=asyncio.get_running_loop(),
            threads=threads,
            gate=MeteringGate(None),
            usage=cast("Usage", self.usage),
            clock=clock,
            reached=reached,
        )
        self.parts: Parts = put_together(settings, store, around, HttpClient())
        self._tasks: list[asyncio.Task[Any]] = []

    def start(self, workers: int = 2) -> None:
        """Begin to commit and to work."""
        self._tasks = [asyncio.create_task(self.parts.groups.run())]
        self._tasks.append(asyncio.create_task(self.parts.after_commit.run()))
        self._tasks += [asyncio.create_task(self.parts.worker.run()) for _ in range(workers)]

    def begin(self, call: Any) -> None:  # noqa: ANN401  # a coroutine of any result
        """Run something until the process is killed."""
        self._tasks.append(asyncio.create_task(call))

    @property
    def failure(self) -> BaseException | None:
        """The error with which a task has ended by itself; None if there is none."""
        ended = (task.exception() for task in self._tasks if task.done() and not task.cancelled())
        return next((error for error in ended if error is not None), None)

    async def work(self, items: Sequence[Item]) -> None:
        """Queue objects, and wait until all are finished."""
        for item in items:
            await self.parts.waiting.put(item)
        await self.idle()

    async def idle(self) -> None:
        """Wait until nothing waits; raise what has ended a task."""
        ends = time.monotonic() + SECONDS_TO_END
        while len(self.parts.waiting):
            for task in self._tasks:
                if task.done():
                    task.result()
            assert time.monotonic() < ends, "the process does not finish its objects"
            await asyncio.sleep(0.001)

    async def kill(self) -> None:
        """End all tasks wherever they are."""
        self.parts.bridge.end()
        for task in self._tasks:
            task.cancel()
        with suppress(asyncio.CancelledError):
            await asyncio.gather(*self._tasks, return_exceptions=True)
        self._tasks = []


@asynccontextmanager
async def running(
    store: ObjectStore,
    settings: BatchesSettings,
    **words: Any,  # noqa: ANN401  # as of `Process`
) -> AsyncIterator[Process]:
    """Run a process for the time of a test."""
    with ThreadPoolExecutor(2, "scoring") as threads:
        process = Process(store, settings, threads, **words)
        process.start()
        try:
            yield process
        finally:
            await process.kill()
