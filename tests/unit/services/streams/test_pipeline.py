"""The way of a batch, from a file to what is told of it.

The smallest example: of a file of 300 old events 100 are read at a time; while others wait the alarm `lag`
holds, and it ends when all are read, however old they are.
"""

from __future__ import annotations

import asyncio
import time
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

from anomaly_container.observability.metrics import REGISTRY
from anomaly_container.outbound.http_client import HttpClient
from anomaly_container.services.streams.destinations import open_delivery
from anomaly_container.services.streams.in_memory import MonitoredFile
from anomaly_container.services.streams.notices import Change
from anomaly_container.services.streams.partitions import Hooks, Partitions
from anomaly_container.services.streams.pipeline import Pipeline
from anomaly_container.services.streams.scoring import Scoring
from anomaly_container.services.streams.snapshots import FolderSnapshots, SnapshotFolder
from anomaly_container.services.streams.sources.file import FileSource
from anomaly_container.web.metering_gate import MeteringGate
from tests.support.stream_samples import sample_lines, sample_model, stream_settings

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from anomaly_container.services.streams.monitor import Outcome
    from anomaly_container.services.streams.scoring import Scored

CLOCK = 2e9
"""Later than every event of the sample."""


def lag_seconds() -> float | None:
    return REGISTRY.get_sample_value("anomaly_streams_lag_seconds")


async def test_the_alarm_lag_lasts_while_old_events_wait(tmp_path: Path) -> None:
    lines = sample_lines()[:300]
    path = tmp_path / "web.log"
    path.write_bytes(b"".join(line + b"\n" for line in lines))
    settings = stream_settings(
        Format="json",
        Kafka_BatchEvents="100",
        Alarm_LagSeconds="60",
        StateDirectory=str(tmp_path / "state"),
    )
    changes: list[tuple[str, float]] = []
    counts: list[tuple[int, float | None]] = []
    done = asyncio.Event()
    loop = asyncio.get_running_loop()

    def hear(outcomes: Sequence[Outcome]) -> None:
        changes.extend(
            (one.after.value, one.count) for one in outcomes if isinstance(one, Change) and one.alarm == "lag"
        )

    def count(scored: Scored) -> None:
        counts.append((len(scored.results), lag_seconds()))
        if not scored.results:
            loop.call_soon_threadsafe(done.set)

    with ThreadPoolExecutor(1) as disk, ThreadPoolExecutor(1) as thread:
        snapshots = FolderSnapshots(SnapshotFolder(settings.state_folder), disk)
        source = FileSource(str(path), snapshots, disk, 0.01)
        holder = MonitoredFile(
            settings, scoring := Scoring(settings, sample_model(), now=lambda: CLOCK), hear
        )
        delivery = open_delivery(settings, http=HttpClient(), clock=lambda: CLOCK)
        pipeline = Pipeline(
            settings=settings,
            scoring=scoring,
            source=source,
            delivery=delivery,
            partitions=Partitions(
                source=source,
                holder=holder,
                delivery=delivery,
                snapshots=snapshots,
                seconds=60.0,
                release_seconds=1.0,
                clock=time.monotonic,
                hooks=Hooks(),
            ),
            teller=holder,
            thread=thread,
            gate=MeteringGate(None),
            # Every look is 10 s after the one before, so that an idle stream tells its time too.
            clock=iter(range(int(CLOCK), int(CLOCK) + 10_000_000, 10)).__next__,
        )
        pipeline.heard = count
        async with asyncio.timeout(60), asyncio.TaskGroup() as group:
            tasks = [group.create_task(delivery.run()), group.create_task(pipeline.run())]
            await done.wait()
            for task in tasks:
                task.cancel()
        await pipeline.close()

    assert [number for number, _ in counts][:4] == [100, 100, 100, 0]
    assert [state for state, _ in changes] == ["ALARM", "OK"]
    first = max(result.time for result in list(pipeline.recent)[:100])
    # The clock is read for the time of the first message, and again for the metric.
    assert 0 <= changes[0][1] - (CLOCK - first) <= 100
    assert changes[1][1] == 0.0
    during = counts[1][1]
    assert during is not None
    assert 0 <= during - (CLOCK - first) <= 100
    assert counts[3][1] == 0.0
