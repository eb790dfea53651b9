"""The worker: take an object, read it, score it, commit it, publish it, and finish its messages."""

from __future__ import annotations

import asyncio
import logging
import time
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from anomaly_container.observability.formatters import with_facts
from anomaly_container.outbound.errors import BadKey, Changed, NotFound, OutboundError, Refused, Unavailable
from anomaly_container.services.batches import metrics
from anomaly_container.services.batches.attempt import DUPLICATE, PROCESSED, Attempt, Outcome
from anomaly_container.services.batches.bridge import EndedError
from anomaly_container.services.batches.dead_letters import DeadLetterError, Reason, printable
from anomaly_container.services.batches.keys import batch_id, hidden, is_safe, is_table
from anomaly_container.services.batches.patience import patiently
from anomaly_container.services.batches.progress import COMMIT, READ, Progress
from anomaly_container.services.batches.staging import MOST_READ_WHOLE
from anomaly_container.services.batches.steps import Step, nothing

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from anomaly_container.outbound.object_store import ObjectStore
    from anomaly_container.outbound.stored_object import ObjectInfo
    from anomaly_container.services.batches.bridge import Bridge
    from anomaly_container.services.batches.group import Groups
    from anomaly_container.services.batches.ledger import Entry
    from anomaly_container.services.batches.publish import Publisher
    from anomaly_container.services.batches.waiting import Item, Waiting
    from anomaly_container.services.batches.webhook import Webhook
    from anomaly_container.web.metering_gate import MeteringGate

MOST_FINISHING: Final = 64
"""Committed batches that are being published, at most."""

SECONDS_OF_LONG_WORK: Final = 2.0
"""An object that takes longer is named in the log at intervals."""

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkerOptions:
    """Limits of a worker.

    Attributes
    ----------
    attempts
        How often an object is tried that fails for no known reason.
    max_bytes
        The largest object.
    shows_keys
        Whether the log may show keys.
    shows_channels
        Whether metrics may have the names of channels.
    """

    attempts: int
    max_bytes: int
    shows_keys: bool
    shows_channels: bool = False


class Worker:
    """Works on objects one after the other.

    Parameters
    ----------
    store
        The store.
    waiting
        Has the objects.
    groups
        Commits attempts, and publishes batches.
    bridge
        Lets threads read from the store.
    gate
        Nothing is taken while metering refuses work.
    publisher
        Publishes batches.
    options
        The limits.
    webhook
        Sends the summaries of batches with anomalies; None if nobody wants them.
    reached
        Called after each step; tests stop the process there.

    Attributes
    ----------
    working
        The attempts that are being scored or committed, by the ids of their batches.
    """

    def __init__(  # noqa: PLR0913, PLR0917  # each is a separate part of the way of an object
        self,
        store: ObjectStore,
        waiting: Waiting,
        groups: Groups,
        publisher: Publisher,
        bridge: Bridge,
        gate: MeteringGate,
        options: WorkerOptions,
        webhook: Webhook | None = None,
        reached: Callable[[Step], None] = nothing,
    ) -> None:
        self._store = store
        self._waiting = waiting
        self._groups = groups
        self._publisher = publisher
        self._bridge = bridge
        self._webhook = webhook
        self._reached = reached
        self._gate = gate
        self._options = options
        self._room = asyncio.Semaphore(MOST_FINISHING)
        self.working: dict[str, Attempt] = {}

    async def run(self) -> None:
        """Work until the task is cancelled."""
        async with asyncio.TaskGroup() as finishing:
            while True:
                item = await self._waiting.take()
                names: list[str] = []
                try:
                    # Metering may have begun to refuse while the worker waited for an object.
                    await self._gate.serves()
                    outcome = await self._until_done(item, names)
                    metrics.BATCHES.labels("retried" if item.is_retry else outcome.result).inc()
                    await self._room.acquire()
                except BaseException:
                    self._waiting.give_back(item)
                    raise
                finishing.create_task(self._finish(item, outcome, names))

    async def _finish(self, item: Item, outcome: Outcome, names: list[str]) -> None:
        """Publish a committed batch and finish its messages, while the next objects are worked on."""
        try:
            entry = outcome.entry
            if outcome.result == PROCESSED and entry is not None:
                self._count(outcome)
                self._log(item, entry, outcome.progress)
                await self._publish(entry)
                if self._webhook is not None and entry.anomalies:
                    await self._webhook.send(entry)
            for name in names:  # also what was staged for an object that another process committed
                await patiently(self._publisher.clear, name)
            await patiently(self._waiting.finish, item)
            self._reached(Step.CLEARED)
        except OutboundError as error:
            # It is in the ledger: the repair publishes it, and a message that stays is a duplicate.
            metrics.STORE_ERRORS.labels("refused").inc()
            log.error("The results of %s wait: %s", hidden(item.key), error)  # noqa: TRY400  # as below
            self._waiting.give_up(item)
        except BaseException:
            self._waiting.give_back(item)
            raise
        finally:
            self._room.release()

    def _count(self, outcome: Outcome) -> None:
        if outcome.scored is not None:
            metrics.count(outcome.scored)
            metrics.observe(outcome.progress)
            if self._options.shows_channels:
                metrics.show_channels(outcome.scored)

    def tell(self) -> None:
        """Write a line to the log for each attempt that has been worked on for long."""
        now = time.monotonic()
        for batch, attempt in self.working.items():
            if now - attempt.began > SECONDS_OF_LONG_WORK:
                progress = attempt.progress
                facts = {
                    "batch": batch,
                    "key": self._shown(attempt.item),
                    "rows": progress.rows,
                    "bytes_read": progress.bytes_read,
                    "bytes": progress.size,
                    "seconds": round(now - attempt.began, 1),
                }
                log.info("Still scoring a batch.", extra=with_facts(facts))

    def _shown(self, item: Item) -> str:
        return item.key if self._options.shows_keys else hidden(item.key)

    def _log(self, item: Item, entry: Entry, progress: Progress) -> None:
        facts = {
            "batch": entry.id,
            "key": self._shown(item),
            "rows": entry.rows,
            "anomalies": entry.anomalies,
            "revision": entry.revision,
            "attempts": item.attempts,
            **progress.milliseconds(),
        }
        log.info("Scored a batch.", extra=with_facts(facts))

    async def _until_done(self, item: Item, names: list[str]) -> Outcome:
        """Work on an object until it is in the ledger; an outage of the store is waited for."""
        failures = changes = 0
        while True:
            item = replace(item, attempts=item.attempts + 1)
            fault = None
            try:
                return await patiently(self._work, item, names)
            except Changed:
                changes += 1
                item = replace(item, etag="")
                fault = Reason.CHANGED if changes >= self._options.attempts else None
            except DeadLetterError as error:
                return await self._bury(item, names, error)
            except NotFound:
                fault = Reason.GONE
            except Refused:
                metrics.STORE_ERRORS.labels("refused").inc()
                fault = Reason.STORE_REFUSED
            except BadKey:
                fault = Reason.BAD_KEY
            except EndedError:
                raise
            except Exception as error:  # noqa: BLE001  # after several attempts it is a dead letter
                failures += 1
                # Only the type: the text may quote a cell.
                log.error("The batch %s failed with %s.", hidden(item.key), type(error).__name__)  # noqa: TRY400  # as above
                fault = Reason.FAILED if failures >= self._options.attempts else None
            if fault is not None:
                return await self._bury(item, names, DeadLetterError(fault))

    async def _work(self, item: Item, names: list[str]) -> Outcome:
        began = time.monotonic()
        if not is_safe(item.key):
            raise DeadLetterError(Reason.BAD_KEY)
        if not is_table(item.key):
            metrics.IGNORED.labels("name").inc()
            return Outcome(DUPLICATE)
        # A commit whose answer was lost may be ours: then only the next one can say so.
        if item.etag and not names and await self._groups.knows(item):
            return Outcome(DUPLICATE)
        attempt = await self._read(item, began)
        attempt.names = names  # a commit whose answer was lost is found by them
        self._reached(Step.READ)
        batch = batch_id(attempt.item.key, attempt.item.etag)
        self.working[batch] = attempt
        try:
            if not attempt.is_short and attempt.fault is None:
                await self._groups.score_ahead(attempt)
            return await self._commit(attempt)
        finally:
            self.working.pop(batch, None)

    async def _bury(self, item: Item, names: list[str], fault: DeadLetterError) -> Outcome:
        """Commit a dead letter; an outage of the store is waited for."""
        known = replace(item, key=printable(item.key))
        attempt = Attempt(item=known, began=time.monotonic(), open=list, names=names, fault=fault)
        return await patiently(self._commit, attempt)

    async def _commit(self, attempt: Attempt) -> Outcome:
        """Commit an attempt; a store that refuses to write is away, which is not the fault of the object."""
        progress = attempt.progress
        started, spent = time.perf_counter(), progress.spent()
        try:
            outcome = await self._groups.commit(attempt)
        except Refused:
            raise Unavailable(message="The store refuses to write.") from None
        progress.rest(COMMIT, time.perf_counter() - started, spent)
        return replace(outcome, progress=progress)

    async def _publish(self, entry: Entry) -> None:
        """Make a committed batch visible; an outage of the store is waited for."""
        self._reached(Step.COMMITTED)
        await patiently(self._publisher.publish, entry)
        self._reached(Step.PUBLISHED)
        await patiently(self._groups.mark_published, entry)
        self._reached(Step.MARKED)

    async def _read(self, item: Item, began: float) -> Attempt:
        """Return an attempt, with the bytes of a short object in memory."""
        async with self._store.open(item.key, if_match=item.etag or None) as found:
            info: ObjectInfo = found.info
            known = replace(item, etag=info.etag, version=item.version or info.version)
            if info.size > self._options.max_bytes:
                return Attempt(item=known, began=began, open=list, fault=DeadLetterError(Reason.TOO_BIG))
            if info.size > MOST_READ_WHOLE:
                pieces = self._pieces_of(item.key, info.etag)
                progress = Progress(size=info.size)
                return Attempt(item=known, began=began, open=pieces, is_short=False, progress=progress)
            data = b"".join([piece async for piece in found])
        progress = Progress(size=len(data))
        progress.rest(READ, time.monotonic() - began, 0.0)
        return Attempt(item=known, began=began, open=lambda: [data], progress=progress)

    def _pieces_of(self, key: str, etag: str) -> Callable[[], Iterable[bytes]]:
        def pieces() -> Iterator[bytes]:
            try:
                yield from self._bridge.pieces(key, etag)
            except Refused:
                raise DeadLetterError(Reason.STORE_REFUSED) from None

        return pieces
