"""One process that runs a stream, without a server: `python -m tests.system.streams.member SETTINGS.json`.

It ends on SIGTERM as the service does, and is killed by the tests at any moment.
"""

from __future__ import annotations

import asyncio
import json
import logging
import signal
import sys
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from anomaly_container.metering import directory
from anomaly_container.metering.usage import Usage
from anomaly_container.outbound.http_client import HttpClient
from anomaly_container.services.streams.destinations import open_delivery
from anomaly_container.services.streams.file_stream import FileStream
from anomaly_container.services.streams.kafka_stream import KafkaStream
from anomaly_container.services.streams.model_file import Model
from anomaly_container.services.streams.usage import STREAM_EVENTS
from anomaly_container.web.metering_gate import MeteringGate
from anomaly_container.web.shell import Shell
from tests.system.streams.fault_points import arm
from tests.system.streams.settings import settings_of

if TYPE_CHECKING:
    from collections.abc import Mapping

CLOSED_SECONDS = 60.0


async def work(words: Mapping[str, str]) -> None:
    """Run the stream of these settings until SIGTERM."""
    settings = settings_of(words)
    assert settings.model is not None
    usage = Usage(directory.prepare(settings), [STREAM_EVENTS])
    shell = Shell(state=settings.mounts_output, usage=usage)
    shell.gate = MeteringGate(None)  # no endpoint: what is counted stays in the folder
    delivery = open_delivery(settings, http=HttpClient(), clock=shell.clock)
    kind = FileStream if settings.servers is None else KafkaStream
    stream = kind(settings, Model.load(settings.model), delivery, shell)
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    delivering = asyncio.create_task(delivery.run())
    shell.supervise("streams", stream.run)
    await stop.wait()
    await shell.supervisor.end()
    async with asyncio.timeout(CLOSED_SECONDS):
        await stream.close()
    delivering.cancel()
    with suppress(asyncio.CancelledError):
        await delivering
    shell.close()
    usage.close()


if __name__ == "__main__":
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(process)d %(name)s %(message)s")
    arm()
    asyncio.run(work(json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))))
