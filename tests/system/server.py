"""The server as an operator starts it: `python entrypoint.py`, in a process of its own."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import requests

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

ENTRYPOINT = Path(__file__).resolve().parents[2] / "entrypoint.py"
PROGRAM = (sys.executable, str(ENTRYPOINT))
KEY = "s3cret-of-the-operator"
GATE = ("Eula=accept", "Billing=http://127.0.0.1:5001/", f"ApiKey={KEY}")
SECONDS_TO_START = 60.0
SECONDS_TO_STOP = 10.0


def free_port() -> int:
    """A port of the loopback device on which nothing listens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def is_open(port: int) -> bool:
    with socket.socket() as probe:
        probe.settimeout(1)
        return probe.connect_ex(("127.0.0.1", port)) == 0


def spawn(
    words: Sequence[str], environ: Mapping[str, str] | None = None, program: Sequence[str] = PROGRAM
) -> subprocess.Popen[str]:
    """Start the entry point with nothing in its environment but what is given."""
    return subprocess.Popen(  # noqa: S603  # our own program with the words of a test
        [*program, *words],
        env={"PATH": os.environ["PATH"], **(environ or {})},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


@dataclass(frozen=True)
class Server:
    """A running server."""

    process: subprocess.Popen[str]
    port: int
    root: Path | None = None
    """Whose signature its certificate has; None where it speaks HTTP."""

    @property
    def url(self) -> str:
        return f"{'https' if self.root else 'http'}://127.0.0.1:{self.port}"

    @property
    def worker_pids(self) -> list[int]:
        children = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children")
        return [int(pid) for pid in children.read_text().split()]

    def wait_until_it_answers(self, page: str) -> None:
        deadline = time.monotonic() + SECONDS_TO_START
        verify = str(self.root) if self.root else True
        while time.monotonic() < deadline:
            assert self.process.poll() is None, self.process.communicate()
            try:
                if requests.get(f"{self.url}/{page}", timeout=5, verify=verify).status_code == 200:
                    return
            except requests.ConnectionError:
                time.sleep(0.05)
        message = f"not ready after {SECONDS_TO_START} seconds"
        raise TimeoutError(message)

    def wait_for_workers(self, count: int) -> None:
        """The first worker answers before the last one is forked."""
        deadline = time.monotonic() + SECONDS_TO_START
        while len(self.worker_pids) < count:
            assert self.process.poll() is None, self.process.communicate()
            assert time.monotonic() < deadline, self.worker_pids
            time.sleep(0.01)

    def stop(self, stop_signal: int = signal.SIGINT) -> tuple[str, str]:
        """Ask it to stop, and return all that it wrote to its two outputs."""
        self.process.send_signal(stop_signal)
        return self.process.communicate(timeout=SECONDS_TO_STOP)


@contextmanager
def running(  # noqa: PLR0913  # each is a property of the server
    words: Sequence[str] = GATE,
    environ: Mapping[str, str] | None = None,
    workers: int = 1,
    *,
    ready: bool = True,
    root: Path | None = None,
    program: Sequence[str] = PROGRAM,
) -> Iterator[Server]:
    """A server on the loopback device, ready or only alive, that has stopped when the block ends."""
    port = free_port()
    process = spawn([*words, "Host=127.0.0.1", f"Port={port}", f"Workers={workers}"], environ, program)
    server = Server(process, port, root)
    try:
        server.wait_until_it_answers("ready" if ready else "livez")
        server.wait_for_workers(workers)
        yield server
    finally:
        if process.poll() is None:
            try:
                server.stop()
            except subprocess.TimeoutExpired:
                process.kill()
                process.communicate()
                raise
