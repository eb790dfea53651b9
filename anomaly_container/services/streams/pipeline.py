"""The pipeline: read, score, report, deliver, commit."""

from __future__ import annotations

import asyncio
import time
from collections import deque
from typing import TYPE_CHECKING, Final, Protocol

from anomaly_container.services.streams import metrics
from anomaly_container.services.streams.lag import seconds_behind
from anomaly_container.services.streams.measures import count, show_age, show_lag, stage
from anomaly_container.services.streams.outcomes import outputs_of
from anomaly_container.services.streams.telling import TELL_SECONDS, flagged_messages, time_messages

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from concurrent.futures import Executor

    from anomaly_container.services.streams.delivery import Delivery
    from anomaly_container.services.streams.internal_topic import Message
    from anomaly_container.services.streams.model_file import Model
    from anomaly_container.services.streams.outputs import Output
    from anomaly_container.services.streams.partitions import Partitions
    from anomaly_container.services.streams.results import Result
    from anomaly_container.services.streams.scoring import Scored, Scoring
    from anomaly_container.services.streams.settings import StreamsSettings
    from anomaly_container.services.streams.sources import Batch, Source
    from anomaly_container.web.metering_gate import MeteringGate

MOST_RECENT: Final = 1000


class Teller(Protocol):
    """Takes messages for alarms and reports.

    Attributes
    ----------
    wants_all
        True if it needs the position of a partition after every batch.
    """

    wants_all: bool

    def tell(self, messages: Sequence[Message], muted: Callable[[str], int]) -> list[Output]:
        """Take messages, and return the outputs that the sinks do not have yet; called on a thread."""

    async def send(self) -> None:
        """Send the messages on, in their order."""


class Pipeline:
    """Reads batches, scores them on a thread, makes messages for alarms and reports, and feeds sinks.

    Parameters
    ----------
    settings
        The settings.
    scoring
        The scoring, which holds the states.
    source
        The source.
    delivery
        The sinks.
    partitions
        The partitions, which commit and write snapshots.
    teller
        The receiver of messages for alarms and reports.
    thread
        The thread that scores.
    gate
        The gate; nothing is read while metering refuses work.
    clock
        A function that returns the time in seconds since 1970.

    Attributes
    ----------
    recent, anomalies
        The last results, and the last of them that were flagged.
    heard
        A function that is called with each scored batch, on the thread.
    """

    def __init__(  # noqa: PLR0913  # each is a separate part of the way of a batch
        self,
        *,
        settings: StreamsSettings,
        scoring: Scoring,
        source: Source,
        delivery: Delivery,
        partitions: Partitions,
        teller: Teller,
        thread: Executor,
        gate: MeteringGate,
        clock: Callable[[], float],
    ) -> None:
        self._settings, self._source, self._delivery = settings, source, delivery
        self._partitions, self._teller, self._thread = partitions, teller, thread
        self._gate, self._clock = gate, clock
        self._told = 0.0
        self._next_model: Model | None = None
        self.scoring = scoring
        self.heard: Callable[[Scored], None] | None = None
        self.recent: deque[Result] = deque(maxlen=MOST_RECENT)
        self.anomalies: deque[Result] = deque(maxlen=MOST_RECENT)

    async def run(self) -> None:
        """Work until cancelled, or until the source fails."""
        self._partitions.abandon()  # what a failed attempt has left
        await self._source.open(self._partitions)
        while True:
            await self._gate.serves()
            batch = await self._source.read(self._settings.kafka_batch_events)
            async with self._partitions.lock:
                if batch.epoch == self._source.epoch:
                    await self._partitions.begin(batch)
                    await self._step(batch)
                    with stage("commit"):
                        await self._partitions.settle()

    @property
    def answered(self) -> bool:
        """True if the source has answered once."""
        return self._source.answered

    @property
    def lag(self) -> Mapping[str, int]:
        """The records (of a file: the bytes) that wait, by partition."""
        return self._source.lag

    async def close(self) -> None:
        """Finish, commit, write the last snapshots, and leave the source."""
        await self._partitions.release_all()
        await self._source.close()

    def replace_model(self, model: Model) -> None:
        """Score with another model from the next batch on."""
        self._next_model = model

    async def _step(self, batch: Batch) -> None:
        if self._next_model is not None:
            self.scoring.model, self._next_model = self._next_model, None
        is_due = self._clock() - self._told >= TELL_SECONDS
        if not batch.records and not is_due:
            return
        loop = asyncio.get_running_loop()
        scored, outputs = await loop.run_in_executor(
            self._thread, self._work, batch, self._source.lag, is_due
        )
        await self._teller.send()
        read = {name: self.scoring.offset(name) for name in self._partitions.names}
        with stage("deliver"):
            await self._partitions.put(self._delivery.put(outputs, read))
        for name in self._partitions.names:
            metrics.THRESHOLD.set(self.scoring.threshold(name))
        show_age(self._partitions.written, time.monotonic())
        show_lag(self._source.lag, self.scoring.states, self._clock())
        self.recent.extend(scored.results)
        self.anomalies.extend(result for result in scored.results if result.anomalous)

    def _work(
        self, batch: Batch, waiting: Mapping[str, int], is_due: bool
    ) -> tuple[Scored, list[Output]]:  # the executor takes no names
        """Score a batch, and make its messages and outputs; called on the thread."""
        scored = self.scoring.take(batch)
        count(scored)
        if self.heard is not None:
            self.heard(scored)
        outputs = outputs_of(scored, self._partitions.muted, self._settings)
        messages = flagged_messages(scored.results, self.scoring.states)
        if is_due or self._teller.wants_all:
            self._told = self._clock()
            behind = seconds_behind(waiting, self.scoring.states, self._told)
            for name in self._partitions.names:
                messages += time_messages(
                    name,
                    self.scoring.states[name],
                    clock=self._told,
                    partitions=self._source.partitions,
                    lag_seconds=behind.get(name),
                )
        told = self._teller.tell(messages, self._partitions.muted)
        return scored, sorted([*outputs, *told], key=_place) if told else outputs


def _place(output: Output) -> tuple[str, int]:
    return output.partition, output.offset
