"""The server as an operator starts it, on a small disk of its own, with its output in a file."""

from __future__ import annotations

import os
import subprocess
import sys
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from tests.system.server import ENTRYPOINT, GATE, SECONDS_TO_STOP, Server, free_port
from tests.system.small_disk import words_for_a_megabyte

if TYPE_CHECKING:
    from collections.abc import Iterator

WORKERS = 2
SETTINGS = (
    *("Metering:IntervalSeconds=0.8", "Metering:TimeoutSeconds=1"),
    *("Limits:HeadSeconds=2", "Limits:BodySeconds=2"),
)
"""Everything as it is by default, but for what would take minutes to show."""


@dataclass(frozen=True)
class Place:
    """A running server and what belongs to it.

    Attributes
    ----------
    server
        The processes.
    output
        Its output folder, as this process sees it.
    disk
        The same when it is a disk of its own that can be filled; None where none can be mounted.
    log
        All that it wrote to its two outputs.
    """

    server: Server
    output: Path
    disk: Path | None
    log: Path

    @property
    def metering(self) -> Path:
        return self.output / "metering"

    def oldest_worker(self) -> int:
        """Return the worker that has lived longest."""
        return min(self.server.worker_pids, key=_started)


def _started(pid: int) -> int:
    """Return when a process began, in ticks since the machine did."""
    return int(Path(f"/proc/{pid}/stat").read_text().rpartition(") ")[2].split()[19])


@contextmanager
def started(billing: str, folder: Path) -> Iterator[Place]:
    """Run the server until the block ends; it has no longer than it must have to stop."""
    output, log = folder / "output", folder / "log"
    output.mkdir()
    alone = words_for_a_megabyte(output)
    port = free_port()
    words = [
        *(word for word in GATE if not word.startswith("Billing")),
        *(f"Billing={billing}", f"Mounts:Output={output}", *SETTINGS),
        *("Host=127.0.0.1", f"Port={port}", f"Workers={WORKERS}"),
    ]
    with log.open("w") as stream:
        process = subprocess.Popen(  # noqa: S603  # our own program
            [*alone, sys.executable, str(ENTRYPOINT), *words],
            env={"PATH": os.environ["PATH"]},
            stdout=stream,
            stderr=subprocess.STDOUT,
            text=True,
            process_group=0,  # Ctrl-C is for the program; it then stops the server itself
        )
    server = Server(process, port)
    try:
        server.wait_until_it_answers("ready")
        server.wait_for_workers(WORKERS)
        # Held open, the disk outlives the server, so that what is left in its books can be read.
        opened = os.open(f"/proc/{process.pid}/root{output}", os.O_RDONLY | os.O_DIRECTORY)
        seen = Path(f"/proc/self/fd/{opened}")
        try:
            yield Place(server, seen, seen if alone else None, log)
        finally:
            os.close(opened)
    finally:
        stop(server)


def stop(server: Server) -> int:
    """Tell it to stop unless it has, and return its exit code.

    Raises
    ------
    subprocess.TimeoutExpired
        When it does not stop in time; it is killed then.
    """
    if server.process.poll() is None:
        server.process.terminate()
        try:
            server.process.wait(SECONDS_TO_STOP)
        except subprocess.TimeoutExpired:
            server.process.kill()
            server.process.wait()
            raise
    return server.process.returncode
