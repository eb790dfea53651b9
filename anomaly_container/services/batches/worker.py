"""The worker: take an object, read it, score it, commit it, publish it, and finish its messages."""

from __future__ import annotations

import asyncio
import logging
import time
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from anomaly_container.outbound.errors import BadKey, Changed, NotFound, OutboundError, Refused, Unavailable
from anomaly_container.services.batches import metrics
from anomaly_container.services.batches.attempt import DUPLICATE, PROCESSED, Attempt, Outcome
from anomaly_container.services.batches.bridge import EndedError
from anomaly_container.services.batches.dead_letters import DeadLetterError, Reason, printable
from anomaly_container.services.batches.keys import batch_id, hidden, is_safe, is_table
from anomaly_container.services.batches.patience import patiently
from anomaly_container.services.batches.progress import COMMIT
from anomaly_container.services.batches.steps import Step, nothing

if TYPE_CHECKING:
    from collections.abc import Callable

    from anomaly_container.services.batches.account import Account
    from anomaly_container.services.batches.group import Groups
    from anomaly_container.services.batches.ledger import Entry
    from anomaly_container.services.batches.publish import Publisher
    from anomaly_container.services.batches.reader import Reader
    from anomaly_container.services.batches.waiting import Item, Waiting
    from anomaly_container.services.batches.webhook import Webhook
    from anomaly_container.web.metering_gate import MeteringGate

TASKS_FOR_EACH: Final = 8
"""Objects that are read or committed at a time, for each that is scored."""
MOST_FINISHING: Final = 64
"""Committed batches that are being published, at most."""

log = logging.getLogger(__name__)


class Room:
    """How many objects are worked on at a time, by all workers that share it.

    Parameters
    ----------
    concurrency
        How many of them are scored at a time.
    """

    def __init__(self, concurrency: int) -> None:
        self.working = asyncio.Semaphore(TASKS_FOR_EACH * concurrency)
        self.finishing = asyncio.Semaphore(MOST_FINISHING)


class Worker:
    """Works on objects one after the other.

    Parameters
    ----------
    waiting
        Has the objects.
    reader
        Reads them.
    groups
        Commits attempts.
    publisher
        Publishes batches.
    gate
        Nothing is taken while metering refuses work.
    account
        Says in metrics and in the log what was done.
    attempts
        How often an object is tried that fails for no known reason.
    webhook
        Sends the summaries of batches with anomalies; None if nobody wants them.
    room
        The room for objects, which may be shared with the workers of other partitions.
    reached
        Called after each step; tests stop the process there.

    Attributes
    ----------
    working
        The attempts that are being scored or committed, by the ids of their batches.
    account
        Says in metrics and in the log what was done.
    """

    def __init__(  # noqa: PLR0913, PLR0917  # each is a separate part of the way of an object
        self,
        waiting: Waiting,
        reader: Reader,
        groups: Groups,
        publisher: Publisher,
        gate: MeteringGate,
        account: Account,
        room: Room,
        *,
        attempts: int,
        webhook: Webhook | None = None,
        reached: Callable[[Step], None] = nothing,
    ) -> None:
        self._waiting = waiting
        self._reader = reader
        self._groups = groups
        self._publisher = publisher
        self._gate = gate
        self.account = account
        self._attempts = attempts
        self._webhook = webhook
        self._reached = reached
        self._room = room
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
                    async with self._room.working:
                        outcome = await self._until_done(item, names)
                    metrics.BATCHES.labels("retried" if item.is_retry else outcome.result).inc()
                    await self._room.finishing.acquire()
                except BaseException:
                    self._waiting.give_back(item)
                    raise
                finishing.create_task(self._finish(item, outcome, names))

    async def _finish(self, item: Item, outcome: Outcome, names: list[str]) -> None:
        """Publish a committed batch and finish its messages, while the next objects are worked on."""
        try:
            entry = outcome.entry
            if outcome.result == PROCESSED and entry is not None:
                self.account.tell_of(item, entry, outcome)
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
            self._room.finishing.release()

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
                fault = Reason.CHANGED if changes >= self._attempts else None
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
                fault = Reason.FAILED if failures >= self._attempts else None
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
        attempt = await self._reader.read(item, began)
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
