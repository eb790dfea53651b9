"""Containers of batches: the entry point with several processes, of which a test kills some."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import requests

from tests.system.server import ENTRYPOINT, KEY, SECONDS_TO_START, free_port

if TYPE_CHECKING:
    import random
    from collections.abc import Iterator, Mapping, Sequence

SECONDS_TO_STOP = 30.0


@dataclass
class Container:
    """A container; what it writes is in a file, since nobody reads a pipe meanwhile."""

    words: Sequence[str]
    environ: Mapping[str, str]
    log: Path
    port: int
    process: subprocess.Popen[bytes]

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def workers(self) -> list[int]:
        """Return the ids of the processes that work."""
        children = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children")
        return [int(pid) for pid in children.read_text().split()]

    def kill_a_worker(self, chance: random.Random) -> None:
        """Kill one of them, whatever it does."""
        alive = self.workers()
        if alive:
            os.kill(chance.choice(alive), signal.SIGKILL)

    def status(self, page: str = "readyz") -> int:
        """Return the status of a page; 0 if nobody answers."""
        try:
            return requests.get(f"{self.url}/{page}", timeout=5).status_code
        except requests.RequestException:
            return 0

    def wait_for(self, status: int, seconds: float = SECONDS_TO_START) -> None:
        """Wait until it is ready, or until it is not."""
        ends = time.monotonic() + seconds
        while self.status() != status:
            assert self.process.poll() is None, self.log.read_text()[-4000:]
            assert time.monotonic() < ends, f"no {status} after {seconds} s: {self.log.read_text()[-4000:]}"
            time.sleep(0.05)

    def stop(self, stop_signal: int = signal.SIGTERM) -> float:
        """Ask it to stop, and return the seconds that it took; its exit code is 0."""
        began = time.monotonic()
        self.process.send_signal(stop_signal)
        assert self.process.wait(SECONDS_TO_STOP) == 0, self.log.read_text()[-4000:]
        return time.monotonic() - began

    def kill(self) -> None:
        """Kill all its processes."""
        for pid in [self.process.pid, *self.workers()]:
            os.kill(pid, signal.SIGKILL)
        self.process.wait()


@contextmanager
def container(  # noqa: PLR0913  # each is something a test decides
    folder: Path,
    words: Sequence[str],
    environ: Mapping[str, str] | None = None,
    *,
    billing: str,
    workers: int = 1,
    program: Sequence[str] = (sys.executable, str(ENTRYPOINT)),
    ready: bool = True,
) -> Iterator[Container]:
    """Run a container, whose volume is a folder; it has stopped when the block ends."""
    folder.mkdir(parents=True, exist_ok=True)
    port, log = free_port(), folder / "log"
    given = [
        *(
            "Service=batches",
            "Eula=accept",
            f"Billing={billing}/",
            f"ApiKey={KEY}",
            f"Mounts:Output={folder}",
        ),
        *("Host=127.0.0.1", f"Port={port}", f"Workers={workers}", *words),
    ]
    environment = {"PATH": os.environ["PATH"], "PYTHONPATH": str(ENTRYPOINT.parent), **(environ or {})}
    with log.open("ab") as output:
        process = subprocess.Popen([*program, *given], env=environment, stdout=output, stderr=output)  # noqa: S603  # our own program
    made = Container(given, environment, log, port, process)
    try:
        if ready:
            made.wait_for(200)
        yield made
    finally:
        if process.poll() is None:
            try:
                made.stop()
            except subprocess.TimeoutExpired:
                made.kill()
                raise
