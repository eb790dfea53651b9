"""All sinks in parallel, and the offset of each partition up to which every sink has acknowledged."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Protocol, runtime_checkable

from anomaly_container.services.streams.outputs import given_up

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from anomaly_container.services.streams.outputs import Output
    from anomaly_container.services.streams.sink_worker import SinkWorker


@runtime_checkable
class Holding(Protocol):
    """A sink that repeats an alarm while it lasts."""

    def hold(self, outputs: Sequence[Output]) -> None:
        """Repeat alarms that began before, and no others."""


class Delivery:
    """Gives outputs to every sink that takes them.

    The sinks do not wait for each other until the queue of one is full. An output that no sink takes counts
    as acknowledged.

    Parameters
    ----------
    workers
        The sinks.
    parking
        The sink of parked records and of outputs that a sink does not accept. It is never given up.
    """

    def __init__(self, workers: Sequence[SinkWorker], parking: SinkWorker) -> None:
        self._parking = parking
        self._workers = (*workers, parking)
        self._read: dict[str, int] = {}
        self._changed = asyncio.Event()

    async def run(self) -> None:
        """Feed the sinks until cancelled."""
        async with asyncio.TaskGroup() as group:
            for worker in self._workers:
                group.create_task(worker.run(self._park, self._changed.set), name=f"sink-{worker.name}")

    @property
    def has_room(self) -> bool:
        """True if no queue is full."""
        return all(worker.has_room for worker in self._workers)

    @property
    def failing(self) -> Mapping[str, str]:
        """The reason why the last attempt of a sink failed, by its name, without sinks that work."""
        return {worker.name: worker.failing for worker in self._workers if worker.failing is not None}

    @property
    def queued(self) -> Mapping[str, int]:
        """The number of outputs that wait for each sink."""
        return {worker.name: worker.queued for worker in self._workers}

    async def put(self, outputs: Sequence[Output], read: Mapping[str, int]) -> None:
        """Wait until no queue is full, and give all outputs to the sinks that take them.

        Nothing was given if the call is cancelled.

        Parameters
        ----------
        outputs
            In their order. The bound of a queue is passed by at most one such batch.
        read
            By partition, the offset that is read next, even if there is nothing to deliver.
        """
        while not self.has_room:
            await self._change()
        for worker in self._workers:
            worker.put(outputs)
        self._read.update(read)
        self._changed.set()

    def acknowledged(self, partition: str) -> int | None:
        """Return the offset that can be committed; None for a partition of which nothing was put.

        Parameters
        ----------
        partition
            The partition. Every sink has acknowledged all of its outputs below the offset.
        """
        read = self._read.get(partition)
        if read is None:
            return None
        lowest = (worker.lowest(partition) for worker in self._workers)
        return min([read, *(offset for offset in lowest if offset is not None)])

    async def progress(self, seconds: float) -> None:
        """Return as soon as a sink has acknowledged something, or after some seconds."""
        try:
            async with asyncio.timeout(seconds):
                await self._change()
        except TimeoutError:
            return

    async def drained(self, partitions: Collection[str], seconds: float) -> bool:
        """Wait until everything of these partitions is acknowledged, and return whether it is.

        Parameters
        ----------
        partitions
            The partitions.
        seconds
            The longest time to wait.
        """
        try:
            async with asyncio.timeout(seconds):
                while not self._is_acknowledged(partitions):
                    await self._change()
        except TimeoutError:
            return False
        return True

    def forget(self, partitions: Collection[str]) -> None:
        """Drop the waiting outputs of partitions that another member reads from now on."""
        for worker in self._workers:
            worker.forget(partitions)
        for partition in partitions:
            self._read.pop(partition, None)
        self._changed.set()

    def hold(self, outputs: Sequence[Output]) -> None:
        """Let the sinks that repeat alarms repeat these, which began before, and no others.

        Parameters
        ----------
        outputs
            The notices of the alarms that last; empty if another member keeps the alarms from now on.
        """
        for worker in self._workers:
            if isinstance(worker.sink, Holding):
                worker.sink.hold([output for output in outputs if worker.takes(output)])

    def _is_acknowledged(self, partitions: Collection[str]) -> bool:
        return all(self.acknowledged(partition) == self._read.get(partition) for partition in partitions)

    async def _change(self) -> None:
        self._changed.clear()
        await self._changed.wait()

    async def _park(self, outputs: Collection[Output], sink: str, detail: str) -> None:
        while not self._parking.has_room:
            await self._change()
        self._parking.take([given_up(output, sink, detail) for output in outputs])
