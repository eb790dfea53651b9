"""SQS: receive messages, note their objects, and delete a message when all of them are in the ledger."""

from __future__ import annotations

import asyncio
import logging
import random
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING, Final

from anomaly_container.outbound.errors import OutboundError
from anomaly_container.services.batches import metrics
from anomaly_container.services.batches.intake.events import InvalidMessageError, queued_objects
from anomaly_container.services.batches.waiting import Item

if TYPE_CHECKING:
    from collections.abc import Callable

    from anomaly_container.outbound.aws import QueueMessage, Sqs
    from anomaly_container.services.batches.intake.events import ObjectEvent
    from anomaly_container.services.batches.intake.selection import Selection
    from anomaly_container.services.batches.waiting import Waiting
    from anomaly_container.web.metering_gate import MeteringGate

VISIBILITY_SECONDS: Final = 120
EXTEND_SECONDS: Final = 60.0
LOOK_SECONDS: Final = 10.0
"""Seconds between two looks whether an object was given up."""
WAIT_SECONDS: Final = 20
"""How long one request waits for messages."""
MOST_MESSAGES: Final = 100
"""Messages of one process that are worked on at a time."""
FIRST_PAUSE: Final = 1.0
LONGEST_PAUSE: Final = 60.0
"""Seconds between two requests while the queue is away; they double from the first to the longest."""

log = logging.getLogger(__name__)


class QueueIntake:
    """Takes messages of one queue.

    Parameters
    ----------
    queue
        The queue.
    waiting_of
        Returns what takes an object, by its key; None if it cannot be worked on, and its message is ended.
    gate
        Nothing is received while metering refuses work.
    selection
        Says which objects are scored.
    batch
        The most messages of one request.
    clock
        Returns the time in seconds since 1970.
    """

    def __init__(  # noqa: PLR0913  # each is a separate part of the intake
        self,
        queue: Sqs,
        waiting_of: Callable[[str], Waiting | None],
        gate: MeteringGate,
        selection: Selection,
        *,
        batch: int,
        clock: Callable[[], float],
    ) -> None:
        self._queue = queue
        self._waiting_of = waiting_of
        self._gate = gate
        self._selection = selection
        self._batch = batch
        self._clock = clock
        self._room = asyncio.Semaphore(MOST_MESSAGES)

    async def run(self) -> None:
        """Receive messages until the task is cancelled."""
        async with asyncio.TaskGroup() as lent:
            while True:
                await self._gate.serves()
                # A message that waits for room would be lent to another process meanwhile.
                for _ in range(self._batch):
                    await self._room.acquire()
                messages = await self._receive()
                for _ in range(self._batch - len(messages)):
                    self._room.release()
                for message in messages:
                    lent.create_task(self._work(message))

    async def _receive(self) -> list[QueueMessage]:
        """Return the next messages; an outage of the queue is waited for."""
        pause = FIRST_PAUSE
        while True:
            try:
                return await self._queue.receive(self._batch, WAIT_SECONDS, VISIBILITY_SECONDS)
            except OutboundError as error:
                metrics.NOTIFY.labels("queue", "unavailable").inc()
                if pause == FIRST_PAUSE:
                    log.error("The queue gives no messages: %s", error)  # noqa: TRY400  # one line says it
                await asyncio.sleep(random.uniform(0.5, 1.0) * pause)  # noqa: S311  # it only spreads the attempts
                pause = min(2 * pause, LONGEST_PAUSE)

    async def _work(self, message: QueueMessage) -> None:
        """Keep a message until its objects are in the ledger, and delete it."""
        extending = asyncio.ensure_future(self._extend(message))
        try:
            if await self._is_done(message):
                # If it is lent no longer, it comes again and is found in the ledger.
                with suppress(OutboundError):
                    await self._queue.delete(message.receipt)
        finally:
            extending.cancel()
            self._room.release()

    async def _is_done(self, message: QueueMessage) -> bool:
        """Wait until the objects of a message are in the ledger; return False if one was given up."""
        try:
            named = queued_objects(message.body)
        except InvalidMessageError:
            metrics.NOTIFY.labels("queue", "invalid").inc()
            return True
        metrics.NOTIFY.labels("queue", "ok").inc()
        awaited = []
        for one in self._selection.of(named):
            waiting = self._waiting_of(one.key)
            if waiting is None:
                continue
            done = asyncio.Event()
            item = self._item(one, message, done)
            awaited.append((waiting, item, done))
            await waiting.put(item)
        for waiting, item, done in awaited:
            while not done.is_set():
                if item not in waiting:
                    return False
                with suppress(TimeoutError):
                    await asyncio.wait_for(done.wait(), LOOK_SECONDS)
        return True

    def _item(self, one: ObjectEvent, message: QueueMessage, done: asyncio.Event) -> Item:
        async def finish(event: asyncio.Event) -> None:
            event.set()

        return Item(
            key=one.key,
            etag=one.etag,
            version=one.version,
            message_id=message.id,
            seen=self._clock(),
            finish=partial(finish, done),
        )

    async def _extend(self, message: QueueMessage) -> None:
        while True:
            await asyncio.sleep(EXTEND_SECONDS)
            with suppress(OutboundError):
                await self._queue.extend(message.receipt, VISIBILITY_SECONDS)
