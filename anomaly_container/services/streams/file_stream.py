"""A file that is followed, scored and delivered, with its state in a folder."""

from __future__ import annotations

import asyncio
import fcntl
import os
import time
from typing import TYPE_CHECKING, Final

from anomaly_container.services.streams.announcements import Announcements
from anomaly_container.services.streams.counted import CountingHooks
from anomaly_container.services.streams.in_memory import MonitoredFile
from anomaly_container.services.streams.partitions import Partitions
from anomaly_container.services.streams.pipeline import Pipeline
from anomaly_container.services.streams.report_files import ReportFiles
from anomaly_container.services.streams.scoring_choice import scoring_of
from anomaly_container.services.streams.snapshots import FolderSnapshots, SnapshotFolder
from anomaly_container.services.streams.sources.file import FileSource
from anomaly_container.services.streams.usage import StreamUsage

if TYPE_CHECKING:
    from anomaly_container.services.streams.delivery import Delivery
    from anomaly_container.services.streams.model_file import Model
    from anomaly_container.services.streams.monitor import Monitor
    from anomaly_container.services.streams.settings import StreamsSettings
    from anomaly_container.web.shell import Shell

LOCK: Final = "lock"
SECONDS_FOR_LOCK: Final = 30.0
"""The time that a new process waits for the previous one, at a reload."""
MILLISECONDS: Final = 1000


class FileStream:
    """Follows a file for ever.

    Parameters
    ----------
    settings
        The settings.
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
        The reports on the disk.
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
        assert settings.source is not None  # noqa: S101  # the service asks for it at the start
        disk = shell.thread("streams-disk")
        usage = StreamUsage(shell.usage)
        scoring = scoring_of(settings, model, now=shell.clock, instance=usage.instance)
        self.reports = ReportFiles(settings.report_folder, settings.report_forms, settings.report_hours)
        self._folder = settings.state_folder
        self._lock: int | None = None
        self._snapshots = FolderSnapshots(SnapshotFolder(self._folder), disk)
        self._source = FileSource(
            settings.source, self._snapshots, disk, settings.kafka_batch_ms / MILLISECONDS
        )
        self._holder = MonitoredFile(settings, scoring, Announcements(self.reports), link=link)
        self._hooks = CountingHooks(usage, scoring, disk, shell.clock)
        partitions = Partitions(
            source=self._source,
            holder=self._holder,
            delivery=delivery,
            snapshots=self._snapshots,
            seconds=settings.state_seconds,
            release_seconds=settings.kafka_rebalance_seconds / 2,
            clock=time.monotonic,
            hooks=self._hooks,
        )
        self.pipeline = Pipeline(
            settings=settings,
            scoring=scoring,
            source=self._source,
            delivery=delivery,
            partitions=partitions,
            teller=self._holder,
            thread=shell.thread("streams"),
            gate=shell.gate,
            clock=shell.clock,
        )

    @property
    def monitor(self) -> Monitor:
        """The alarms and reports."""
        return self._holder.monitor

    async def run(self) -> None:
        """Work until cancelled.

        Raises
        ------
        OSError
            If the file or the folder of the state cannot be read.
        """
        await self._own()
        await self._hooks.begin(await self._snapshots.load_all())
        await self.pipeline.run()

    async def close(self) -> None:
        """Finish, commit, and write the last snapshot."""
        await self.pipeline.close()
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None

    async def _own(self) -> None:
        """Lock the folder of the state, of which one process is the writer."""
        if self._lock is not None:
            return
        descriptor = os.open(self._folder / LOCK, os.O_RDWR | os.O_CREAT, 0o600)
        deadline = time.monotonic() + SECONDS_FOR_LOCK
        while True:
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                if time.monotonic() > deadline:
                    os.close(descriptor)
                    raise
                await asyncio.sleep(0.1)
            else:
                self._lock = descriptor
                return
