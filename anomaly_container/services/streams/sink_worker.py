"""The worker of a sink: its queue, its attempts, and its unacknowledged outputs."""

from __future__ import annotations

import asyncio
import logging
import random
import time
from collections import deque
from typing import TYPE_CHECKING, Final, Protocol

from anomaly_container.services.streams import metrics
from anomaly_container.services.streams.sinks.sink import ALL_TAKEN, Receipt, SinkFailed, SinkRefused
from anomaly_container.services.streams.unacknowledged import Unacknowledged

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Collection, Iterable

    from anomaly_container.services.streams.outputs import Output
    from anomaly_container.services.streams.sink_filter import SinkFilter
    from anomaly_container.services.streams.sinks.sink import Sink

FIRST_PAUSE: Final = 0.5
LONGEST_PAUSE: Final = 60.0
"""Seconds between two attempts; they double from the first to the longest, less up to a half by chance."""
LONGEST_WISH: Final = 600.0
"""The most seconds of a Retry-After that are honoured: longer ones would hold up every other sink."""

log = logging.getLogger(__name__)


class Park(Protocol):
    """Parks outputs that a sink does not take, and returns when the parking has room for them."""

    async def __call__(self, outputs: Collection[Output], sink: str, detail: str) -> None:
        """Park outputs of the sink of that name."""


class SinkWorker:
    """Feeds one sink, in order, from a queue of its own.

    A failure is tried again after a growing pause. A sink that blocks is tried for ever. One that parks is
    given up after `retries` further attempts: its outputs are parked, and from then on it is tried at most
    once a minute, and what comes between is parked too, so that it does not hold up the others.

    Parameters
    ----------
    name
        The name of the sink.
    sink
        The sink.
    only
        The outputs that it takes.
    capacity
        The outputs that may wait before `has_room` is false.
    retries
        The attempts after the first; None to try for ever.
    sleep
        A function that waits for some seconds.
    clock
        A function that returns the seconds of a monotonic clock.
    """

    def __init__(  # noqa: PLR0913  # its settings, and time for tests
        self,
        name: str,
        sink: Sink,
        only: SinkFilter,
        *,
        capacity: int,
        retries: int | None,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.name = name
        self.sink = sink
        self.failing: str | None = None
        """The reason why the last attempt failed; None if it did not."""
        self._filter = only
        self._capacity = capacity
        self._retries = retries
        self._sleep = sleep
        self._clock = clock
        self._queue: deque[Output] = deque()
        self._in_flight: list[Output] = []
        self._unacknowledged = Unacknowledged()
        self._has_work = asyncio.Event()
        self._is_open = False
        self._failures = 0
        self._given_up_at: float | None = None

    @property
    def queued(self) -> int:
        """The number of outputs that wait or are being sent."""
        return len(self._queue) + len(self._in_flight)

    @property
    def has_room(self) -> bool:
        """True if another batch may be put: it is taken whole, however large it is."""
        return self.queued < self._capacity

    def takes(self, output: Output) -> bool:
        """Return whether the sink takes an output."""
        return self._filter.takes(output)

    def put(self, outputs: Iterable[Output]) -> None:
        """Queue those outputs that the sink takes."""
        self.take([output for output in outputs if self._filter.takes(output)])

    def take(self, outputs: Collection[Output]) -> None:
        """Queue outputs, whatever the filter says."""
        self._queue.extend(outputs)
        self._unacknowledged.add(outputs)
        self._show_queue()
        if outputs:
            self._has_work.set()

    def lowest(self, partition: str) -> int | None:
        """Return the lowest offset of a partition that the sink has not acknowledged; None if it has all."""
        return self._unacknowledged.lowest(partition)

    def forget(self, partitions: Collection[str]) -> None:
        """Drop the outputs of partitions that another member reads now."""
        self._queue = deque(output for output in self._queue if output.partition not in partitions)
        self._in_flight = [output for output in self._in_flight if output.partition not in partitions]
        self._unacknowledged.forget(partitions)
        self._show_queue()

    async def run(self, park: Park, progressed: Callable[[], None]) -> None:
        """Feed the sink until cancelled.

        Parameters
        ----------
        park
            A function that parks what the sink does not accept.
        progressed
            A function that is called whenever something was acknowledged.
        """
        try:
            while True:
                await self._settle(park, progressed)
                await self._wait_for_work()
                while self._queue and len(self._in_flight) < self.sink.most:
                    self._in_flight.append(self._queue.popleft())
        finally:
            # Outputs in flight are sent again by the next run.
            self._queue.extendleft(reversed(self._in_flight))
            self._in_flight = []
            self._is_open = False
            await self.sink.close()  # also what an opening that was cancelled has left

    async def _wait_for_work(self) -> None:
        if self._queue:
            return
        self._has_work.clear()
        try:
            async with asyncio.timeout(self.sink.repeat_seconds):
                await self._has_work.wait()
        except TimeoutError:
            return

    async def _settle(self, park: Park, progressed: Callable[[], None]) -> None:
        """Send what is in flight until all of it is taken or parked."""
        while True:
            tried = list(self._in_flight)
            receipt, wish = await self._attempt(tried) if self._may_try() else (self._not_tried(tried), None)
            kept = {*receipt.again, *receipt.refused}
            parks = self._parked_of(receipt)
            if parks:
                await park(parks, self.name, receipt.detail)
                metrics.SINK.labels(self.name, "parked").inc(len(parks))
                kept -= set(parks)
            self._acknowledge(tried, kept)
            progressed()
            if not receipt.detail or (not self._in_flight and self._is_given_up):
                return
            if not self._in_flight and tried:
                return
            await self._sleep(self._pause(wish))

    def _may_try(self) -> bool:
        return self._given_up_at is None or self._clock() - self._given_up_at >= LONGEST_PAUSE

    def _not_tried(self, outputs: list[Output]) -> Receipt:
        return Receipt(again=tuple(outputs), detail=self.failing or "")

    @property
    def _is_given_up(self) -> bool:
        return self._retries is not None and self._failures > self._retries

    def _parked_of(self, receipt: Receipt) -> tuple[Output, ...]:
        if self._retries is None:
            return ()
        return (*receipt.refused, *(receipt.again if self._is_given_up else ()))

    async def _attempt(self, outputs: list[Output]) -> tuple[Receipt, float | None]:
        """Send outputs once, and return the receipt and the pause that the receiver asks for."""
        wish = None
        try:
            if not self._is_open:
                await self.sink.open()
                self._is_open = True
            is_asked = outputs or self.sink.repeat_seconds is not None
            receipt = await self.sink.send(outputs) if is_asked else ALL_TAKEN
        except SinkFailed as failed:
            receipt, wish = Receipt(again=tuple(outputs), detail=str(failed)), failed.retry_after
        except SinkRefused as refused:
            receipt = Receipt(refused=tuple(outputs), detail=str(refused))
        except Exception:  # a fault in one sink must not end the others
            log.exception("The sink %s has a fault.", self.name)
            receipt = Receipt(again=tuple(outputs), detail="It has a fault, which is in the log.")
        self._note(receipt)
        metrics.SINK.labels(self.name, "sent").inc(len(outputs) - len(receipt.again) - len(receipt.refused))
        return receipt, wish

    def _note(self, receipt: Receipt) -> None:
        """Count an attempt, and log the first one that fails and the first one that works again."""
        if receipt.detail:
            self._failures += 1
            metrics.SINK.labels(self.name, "failed").inc()
            if self.failing is None:
                log.warning("The sink %s does not take what is sent: %s", self.name, receipt.detail)
            self.failing = receipt.detail
            self._given_up_at = self._clock() if self._is_given_up else None
            return
        if self.failing is not None:
            log.info("The sink %s works again.", self.name)
        self._failures = 0
        self.failing = self._given_up_at = None

    def _acknowledge(self, tried: list[Output], kept: Collection[Output]) -> None:
        done = [output for output in tried if output not in kept]
        self._unacknowledged.remove(done)
        # Not those of `tried`: some may have been forgotten meanwhile.
        self._in_flight = [output for output in self._in_flight if output in kept]
        self._show_queue()

    def _pause(self, wish: float | None) -> float:
        doubled = min(FIRST_PAUSE * 2.0 ** min(self._failures - 1, 16), LONGEST_PAUSE)
        pause = random.uniform(0.5, 1.0) * doubled  # noqa: S311  # it only spreads the attempts
        return max(pause, min(wish or 0.0, LONGEST_WISH))

    def _show_queue(self) -> None:
        metrics.SINK_QUEUE.labels(self.name).set(self.queued)
