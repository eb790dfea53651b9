"""A member of a group: its partitions, the internal topic, and alarms and reports while it has that topic."""

from __future__ import annotations

import asyncio
import logging
import time
from contextlib import suppress
from typing import TYPE_CHECKING, Final

from anomaly_container.services.streams import internal_topic, state_topic
from anomaly_container.services.streams.announcements import Announcements
from anomaly_container.services.streams.cluster import Cluster
from anomaly_container.services.streams.counted import CountingHooks
from anomaly_container.services.streams.partitions import Holder, Hooks, Partitions
from anomaly_container.services.streams.pipeline import Pipeline
from anomaly_container.services.streams.report_files import ReportFiles
from anomaly_container.services.streams.scoring_choice import scoring_of
from anomaly_container.services.streams.sources.kafka import KafkaSource, Membership
from anomaly_container.services.streams.state_topic import TopicSnapshots
from anomaly_container.services.streams.telling_topic import TellingTopic
from anomaly_container.services.streams.usage import StreamUsage
from anomaly_container.services.streams.watch import MonitorHolder, Watch

if TYPE_CHECKING:
    from collections.abc import Collection

    from anomaly_container.services.streams.delivery import Delivery
    from anomaly_container.services.streams.model_file import Model
    from anomaly_container.services.streams.monitor import Monitor
    from anomaly_container.services.streams.settings import StreamsSettings
    from anomaly_container.web.shell import Shell

ALARM: Final = ".alarm"
log = logging.getLogger(__name__)


class MemberHooks(CountingHooks):
    """Counts, and keeps the internal topic up to the snapshots."""

    telling: TellingTopic

    async def acquired(self, names: Collection[str]) -> None:
        """Announce that these partitions are read from now on, before their first record is read."""
        await super().acquired(names)
        self.telling.tell_times(sorted(names))
        await self.telling.send()

    async def before_saving(self) -> None:
        """Send to the internal topic everything below the snapshots."""
        await self.telling.flush()


class WatchHooks(Hooks):
    """Repeats the alarms that last when this member gets the internal topic."""

    watch: Watch

    async def acquired(self, names: Collection[str]) -> None:
        """Let the sinks that repeat alarms repeat those that last."""
        self.watch.hold(names)


class KafkaStream:
    """A member of the group of a stream.

    Parameters
    ----------
    settings
        The settings; the source is Kafka.
    model
        The model; None in mode keys.
    delivery
        The sinks, which are running.
    shell
        The shell of the process.
    link
        The address of the page, for notices.

    Attributes
    ----------
    pipeline
        The pipeline, which reads, scores and delivers.
    reports
        The reports on the disk of this member.
    """

    def __init__(
        self,
        settings: StreamsSettings,
        model: Model | None,
        delivery: Delivery,
        shell: Shell,
        *,
        link: str | None = None,
    ) -> None:
        assert settings.servers is not None  # noqa: S101  # the source is Kafka
        self._settings, self._cluster = settings, Cluster.of(settings.servers, settings)
        usage, disk = StreamUsage(shell.usage), shell.thread("streams-disk")
        scoring = scoring_of(settings, model, now=shell.clock, instance=usage.instance)
        self.reports = ReportFiles(settings.report_folder, settings.report_forms, settings.report_hours)
        self._snapshots = TopicSnapshots(self._cluster, settings.topic_of_state)
        self._source = KafkaSource(self._cluster, self._membership(settings.topics, settings.group))
        self._hooks = MemberHooks(usage, scoring, disk, shell.clock)
        self._telling = self._hooks.telling = TellingTopic(
            self._cluster, settings.topic_of_anomalies, scoring, lambda: self._source.partitions, shell.clock
        )
        thread = shell.thread("streams")
        self.pipeline = Pipeline(
            settings=settings,
            scoring=scoring,
            source=self._source,
            delivery=delivery,
            partitions=self._partitions(self._source, self._telling, delivery, self._hooks),
            teller=self._telling,
            thread=thread,
            gate=shell.gate,
            clock=shell.clock,
        )
        self._holder = MonitorHolder(settings, link=link)
        watched = KafkaSource(
            self._cluster, self._membership((settings.topic_of_anomalies,), f"{settings.group}{ALARM}")
        )
        hooks = WatchHooks()
        self._watch = hooks.watch = Watch(
            settings=settings,
            holder=self._holder,
            source=watched,
            delivery=delivery,
            partitions=self._partitions(watched, self._holder, delivery, hooks),
            heard=Announcements(self.reports),
            thread=thread,
        )

    @property
    def monitor(self) -> Monitor:
        """The alarms and reports; those of the time when this member last had the internal topic."""
        return self._holder.monitor

    async def run(self) -> None:
        """Work until cancelled, or until the brokers fail.

        Raises
        ------
        aiokafka.errors.KafkaError
            If they fail.
        """
        await self._disconnect()
        missing = await self._cluster.create(
            {
                self._settings.topic_of_state: (1, state_topic.SETTINGS),
                self._settings.topic_of_anomalies: (1, internal_topic.SETTINGS),
            }
        )
        if missing:
            log.error("These topics cannot be created and must exist: %s.", ", ".join(missing))
        await self._snapshots.open()
        await self._telling.open()
        await self._hooks.begin(await self._snapshots.load_all())
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(self.pipeline.run())
                group.create_task(self._watch.run())
        except BaseExceptionGroup as failures:
            raise failures.exceptions[0] from None  # the log names the type of a failure

    async def close(self) -> None:
        """Finish, commit, write the last snapshots, and leave the groups."""
        await self.pipeline.close()
        await self._watch.close()
        await self._telling.close()
        await self._snapshots.close()

    async def _disconnect(self) -> None:
        """Close what a failed attempt has left open."""
        for client in (self._source, self._watch.source, self._telling, self._snapshots):
            with suppress(Exception):
                await client.close()

    def _membership(self, topics: tuple[str, ...], group: str) -> Membership:
        settings = self._settings
        is_internal = topics != settings.topics
        time_of_first = settings.kafka_from_time
        begin = settings.kafka_from if time_of_first is None else time_of_first
        return Membership(
            topics=topics,
            group=group,
            begin="earliest" if is_internal else begin,
            batch_ms=settings.kafka_batch_ms,
            session_seconds=settings.kafka_session_seconds,
            rebalance_seconds=settings.kafka_rebalance_seconds,
            partitions=() if is_internal else settings.fixed_partitions,
        )

    def _partitions(
        self, source: KafkaSource, holder: Holder, delivery: Delivery, hooks: Hooks
    ) -> Partitions:
        return Partitions(
            source=source,
            holder=holder,
            delivery=delivery,
            snapshots=self._snapshots,
            seconds=self._settings.state_seconds,
            release_seconds=self._settings.kafka_rebalance_seconds / 2,
            clock=time.monotonic,
            hooks=hooks,
        )
