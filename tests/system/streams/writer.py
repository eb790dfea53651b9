"""A process that writes results to a file, for a test whose disk only that process sees.

`python -m tests.system.streams.writer FOLDER FIRST END` puts results, and says on standard output when the
disk is full and when all are acknowledged.
"""

from __future__ import annotations

import asyncio
import sys
import time
from pathlib import Path

from anomaly_container.outbound.http_client import HttpClient
from anomaly_container.services.streams.destinations import open_delivery
from tests.support.sink_outputs import broken, results
from tests.system.small_disk import fill
from tests.system.streams.settings import settings_of

FULL = "The disk is full."
BALLAST = "ballast"


async def write(folder: Path, first: int, end: int) -> None:
    """Fill the disk, put results, say that it is full, wait for a line, make room, and wait for the rest."""
    words = {
        "Streams:Source": "/logs/web.log",
        "Streams:StateDirectory": str(folder),
        "Streams:Sinks:audit:Type": "file",
        "Streams:Sinks:audit:Path": str(folder / "results.jsonl"),
    }
    delivery = open_delivery(settings_of(words), http=HttpClient(), clock=time.time)
    task = asyncio.create_task(delivery.run())
    middle = (first + end) // 2
    await delivery.put(results(first, middle), {"orders-0": middle})
    assert await delivery.drained(["orders-0"], 20)
    await asyncio.to_thread(fill, folder / BALLAST)
    await delivery.put([*results(middle, end), broken(end)], {"orders-0": end + 1})
    while set(delivery.failing.values()) != {FULL} or len(delivery.failing) < 2:
        await delivery.progress(0.05)
    say(f"full at {delivery.acknowledged('orders-0')}")
    await asyncio.to_thread(sys.stdin.readline)
    (folder / BALLAST).unlink()
    assert await delivery.drained(["orders-0"], 60)
    say(f"all to {delivery.acknowledged('orders-0')}")
    await asyncio.to_thread(sys.stdin.readline)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


def say(text: str) -> None:
    """Tell the test."""
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    asyncio.run(write(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])))
