"""Files of 100 rows through the service on a folder: how many a second of a processor."""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import TYPE_CHECKING

from tests.bench.batches import tables, targets
from tests.system.metering import receiver
from tests.system.server import KEY, PROGRAM, running

if TYPE_CHECKING:
    from tests.bench.batches.targets import Verdicts

FILES = 1000
ROWS = 100
SECONDS_TO_END = 60.0
SECONDS_BETWEEN_LOOKS = 0.25
# A line of the log for each batch would fill a pipe that nobody reads.
QUIET = ("/bin/sh", "-c", 'exec "$@" >/dev/null 2>&1', "sh", *PROGRAM)


def measure(folder: Path, mode: str) -> tuple[float, float]:
    """Return files a second of a processor, and a second of the clock.

    The files come at once, by renaming a folder, when the service is ready. Time runs until all are
    published.
    """
    store, made = folder / "store", folder / "made"
    for path in (store / "raw", made):
        path.mkdir(parents=True)
    for number in range(FILES):
        tables.write(made / f"sensors_{number:05}.csv", ROWS, number)
    with receiver(folder / "received") as endpoint:
        words = [
            "batches",
            "Eula=accept",
            f"Billing={endpoint.url}/",
            f"ApiKey={KEY}",
            f"Mounts:Output={folder}",
        ]
        words += [f"Url={store.as_uri()}", f"Mode={mode}"]
        with running(words, program=QUIET) as server:
            pids = [server.process.pid, *server.worker_pids]
            before, began = sum(map(cpu_seconds, pids)), time.monotonic()
            made.rename(store / "raw" / "new")
            while _published(store) < FILES:
                if time.monotonic() - began > SECONDS_TO_END:
                    message = f"{_published(store)} of {FILES} files after {SECONDS_TO_END:g} s"
                    raise TimeoutError(message)
                time.sleep(SECONDS_BETWEEN_LOOKS)
            taken, waited = sum(map(cpu_seconds, pids)) - before, time.monotonic() - began
    return FILES / taken, FILES / waited


def _published(store: Path) -> int:
    """Count the summaries, which follow the scored files."""
    processed = store / "processed" / "new"
    return sum(1 for _ in processed.glob("*_summary.json"))


def cpu_seconds(pid: int) -> float:
    """Return the processor time of a process until now, user and system."""
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def table(measured: dict[str, tuple[float, float]], verdicts: Verdicts) -> str:
    """Return files a second by mode."""
    lines = ["| Mode | files a second of a processor | files a second of the clock |", "|---|---|---|"]
    for mode, (per_core, per_second) in measured.items():
        cell = verdicts.at_least(
            f"{mode}, files per second and core", per_core, targets.FILES_PER_CORE_SECOND
        )
        lines.append(f"| {mode} | {cell} | {per_second:.0f} |")
    return "\n".join(lines)
