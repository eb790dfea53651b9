"""The partitions that a process owns: their beginnings, commits and snapshots."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Protocol

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence

    from anomaly_container.services.streams.delivery import Delivery
    from anomaly_container.services.streams.snapshots import Snapshots
    from anomaly_container.services.streams.sources import Batch, Position, Source

EVENTS_OF_SNAPSHOT: Final = 50_000
"""Offsets after which a snapshot is due before its time."""

log = logging.getLogger(__name__)


class Holder(Protocol):
    """Holds the state of each partition in memory."""

    def begin(self, name: str, document: bytes | None, *, anew: bool) -> Position | None:
        """Restore a partition from its last document, and return where to read on; None if it has no state.

        With `anew` only what outlives a reset is kept: the offset of the group was set back.
        """

    def offset(self, name: str) -> int:
        """Return the next offset that the state expects."""

    def place(self, name: str, offset: int) -> None:
        """Start a state that has seen nothing at an offset."""

    def document(self, name: str) -> bytes:
        """Return the state as bytes."""

    def drop(self, name: str) -> None:
        """Forget a partition."""


@dataclass(frozen=True, slots=True)
class Frozen:
    """The state of a partition at an offset that is not committed yet."""

    offset: int
    document: bytes


class Hooks:
    """Further steps in the life of a partition; nothing by default."""

    async def acquired(self, names: Collection[str]) -> None:
        """Run after the states of partitions have been restored."""

    async def before_saving(self) -> None:
        """Make durable what the next snapshots rely on."""

    async def saved(self, name: str, document: bytes) -> None:
        """Run after a snapshot has become durable."""


class Partitions:
    """Acquires and releases partitions for a pipeline, commits what was delivered, and writes snapshots.

    A snapshot is made between two batches, and written when all sinks have acknowledged what lies below it,
    right after a commit of that very offset. So a member that was put out of its group does not write, and
    what is read again from a snapshot is muted up to the committed offset: the state is a function of all
    events.

    Parameters
    ----------
    source
        The source, which commits.
    holder
        The holder of the states.
    delivery
        The delivery, which knows the acknowledged offsets.
    snapshots
        The store of the documents.
    seconds
        The time between two snapshots of a partition.
    release_seconds
        The longest time that a release waits for acknowledgements.
    clock
        A function that returns the seconds of a monotonic clock.
    hooks
        Further steps.

    Attributes
    ----------
    lock
        The lock that is held while a batch is processed.
    written
        The time at which the last snapshot of each partition was written, or the partition was acquired.
    """

    def __init__(  # noqa: PLR0913  # each is a separate part of the way of a partition
        self,
        *,
        source: Source,
        holder: Holder,
        delivery: Delivery,
        snapshots: Snapshots,
        seconds: float,
        release_seconds: float,
        clock: Callable[[], float],
        hooks: Hooks,
    ) -> None:
        self._source, self._holder, self._delivery, self._snapshots = source, holder, delivery, snapshots
        self._seconds, self._release_seconds, self._clock = seconds, release_seconds, clock
        self._hooks = hooks
        self.lock = asyncio.Lock()
        self.written: dict[str, float] = {}
        self._muted: dict[str, int] = {}
        self._committed: dict[str, int] = {}
        self._saved: dict[str, int] = {}
        self._frozen: dict[str, Frozen] = {}
        self._fresh: set[str] = set()
        self._putting: asyncio.Task[None] | None = None

    async def release_all(self) -> None:
        """Release every partition; see `release`."""
        await self.release(self.names)

    @property
    def names(self) -> Sequence[str]:
        """The partitions that this process owns."""
        return sorted(self._muted)

    def muted(self, name: str) -> int:
        """Return the offset below which sinks have everything already."""
        return self._muted[name]

    async def acquire(self, committed: Mapping[str, int | None]) -> Mapping[str, Position]:
        """Restore the states of partitions; see `sources.Owner`."""
        documents = await self._snapshots.load(committed)
        found: dict[str, Position] = {}
        async with self.lock:
            for name, offset in committed.items():
                position = self._holder.begin(name, documents.get(name), anew=False)
                if position is not None and offset is not None and offset < position["offset"]:
                    log.warning("The committed offset of a partition was set back; its state begins anew.")
                    position = self._holder.begin(name, documents.get(name), anew=True)
                if position is not None:
                    found[name] = position
                begin = position["offset"] if position is not None else 0
                self._muted[name] = self._committed[name] = begin if offset is None else offset
                self._saved[name] = begin
                if position is None:
                    self._fresh.add(name)
                self.written[name] = self._clock()
            await self._hooks.acquired(committed.keys())
        return found

    async def release(self, names: Collection[str]) -> None:
        """Finish the batch and its acknowledgements, commit, write snapshots, and release the partitions."""
        owned = [name for name in names if name in self._muted]
        deadline = self._clock() + self._release_seconds
        try:
            await asyncio.wait_for(self.lock.acquire(), self._release_seconds)
        except TimeoutError:
            # A sink has no room: the batch was not handed over, so that it is not committed either.
            if self._putting is not None:
                self._putting.cancel()
            await self.lock.acquire()
        try:
            if await self._delivery.drained(owned, max(0.0, deadline - self._clock())):
                for name in owned:
                    self._freeze(name)
            await self._settle()
        finally:
            self._let_go(owned)
            self.lock.release()

    def abandon(self) -> None:
        """Release all partitions as they are: nothing is committed or written."""
        self._let_go(self.names)

    def _let_go(self, names: Collection[str]) -> None:
        self._delivery.forget(names)
        for name in names:
            self._fresh.discard(name)
            for known in (self._muted, self._committed, self._saved, self._frozen, self.written):
                known.pop(name, None)
            self._holder.drop(name)

    async def begin(self, batch: Batch) -> None:
        """Write a first snapshot of partitions without one, before their first commit.

        Without it what was committed before the first regular snapshot would be missing in the state.
        """
        for name in [name for name in batch.positions if name in self._fresh]:
            offset = next((record.offset for record in batch.records if record.partition == name), None)
            if offset is not None:
                self._holder.place(name, offset)
                await self._snapshots.save(name, offset, self._holder.document(name))
                self._saved[name] = offset
                self._fresh.discard(name)

    async def put(self, putting: Awaitable[None]) -> bool:
        """Await a hand-over to the sinks, under the lock; False if a release did not wait for it."""
        self._putting = asyncio.ensure_future(putting)
        try:
            await self._putting
        except asyncio.CancelledError:
            task = asyncio.current_task()
            if task is not None and task.cancelling():
                self._putting.cancel()
                raise
            return False
        finally:
            self._putting = None
        return True

    async def settle(self) -> None:
        """Commit what all sinks have acknowledged, and freeze and write the snapshots that are due."""
        for name in self.names:
            due = self._clock() - self.written[name] >= self._seconds
            if due or self._holder.offset(name) - self._saved[name] >= EVENTS_OF_SNAPSHOT:
                self._freeze(name)
        await self._settle()

    def _freeze(self, name: str) -> None:
        """Take the state of a partition for a snapshot, unless one waits already or nothing is new."""
        offset = self._holder.offset(name)
        if name not in self._frozen and offset >= self._muted[name] and offset > self._saved[name]:
            self._frozen[name] = Frozen(offset, self._holder.document(name))

    async def _settle(self) -> None:
        offsets: dict[str, int] = {}
        for name in self.names:
            offset = self._delivery.acknowledged(name)
            if offset is None:
                continue
            frozen = self._frozen.get(name)
            if frozen is not None and offset >= frozen.offset:
                offsets[name] = frozen.offset
            elif offset > self._committed[name]:
                offsets[name] = offset
        if not offsets or not await self._source.commit(offsets):
            return
        self._committed.update(offsets)
        ready = {
            name: frozen for name, frozen in self._frozen.items() if self._committed[name] == frozen.offset
        }
        if ready:
            await self._write(ready)

    async def _write(self, ready: Mapping[str, Frozen]) -> None:
        await self._hooks.before_saving()
        for name, frozen in ready.items():
            del self._frozen[name]
            self.written[name] = self._clock()
            try:
                await self._snapshots.save(name, frozen.offset, frozen.document)
            except OSError as error:
                # The snapshot before stays in force: after a crash more is read again, and nothing is lost.
                log.warning("A snapshot was not written: %s.", error.strerror)
            else:
                self._saved[name] = frozen.offset
                await self._hooks.saved(name, frozen.document)
