"""What a server costs before anybody asks it anything: seconds until it is ready, and memory of a worker."""

from __future__ import annotations

import os
import signal
import socket
import statistics
import subprocess
import tempfile
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

import requests

from tests.bench import targets
from tests.system.server import PROGRAM

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from tests.bench.targets import Verdicts

WORKERS: Final = 4
STARTS: Final = 5
PATIENCE: Final = 30.0
LISTENS: Final = "0A"
"""The state of a listening socket in /proc/net/tcp."""


@dataclass(frozen=True)
class Start:
    """One start of the server.

    Attributes
    ----------
    ready
        Seconds until `/ready` answered 200.
    complete
        Seconds until every worker had asked the system for connections.
    megabytes
        The memory of each idle worker that it shares with no other process.
    """

    ready: float
    complete: float
    megabytes: Sequence[float]


def measure(program: Sequence[str] = PROGRAM) -> Start:
    """Start the server once, and stop it."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    with tempfile.TemporaryDirectory() as output:
        words = ["Eula=accept", "Billing=http://127.0.0.1:9/", "ApiKey=bench", f"Mounts:Output={output}"]
        began = time.monotonic()
        server = subprocess.Popen(  # noqa: S603  # our own program
            [*program, *words, "Host=127.0.0.1", f"Port={port}", f"Workers={WORKERS}"],
            env={"PATH": os.environ["PATH"]},
            stdout=subprocess.DEVNULL,
        )
        try:
            _wait(lambda: _is_ready(port))
            ready = time.monotonic() - began
            wait_for_all(server.pid, WORKERS, port)
            complete = time.monotonic() - began
            time.sleep(1.0)  # the last worker settles
            return Start(ready, complete, [_own_megabytes(pid) for pid in _children(server.pid)])
        finally:
            server.send_signal(signal.SIGINT)
            server.wait(timeout=PATIENCE)


def wait_for_all(master: int, workers: int, port: int) -> None:
    """Wait until this many workers accept connections: at rest, none is still starting."""
    _wait(lambda: sum(accepts(pid, port) for pid in _children(master)) == workers)


def accepts(pid: int, port: int) -> bool:
    """Whether a process waits for connections to a port: its epoll watches the socket that listens there."""
    ends = f":{port:04X}"
    lines = Path("/proc/net/tcp").read_text().splitlines()[1:]
    fields = [line.split() for line in lines]
    listening = {f"socket:[{row[9]}]" for row in fields if row[1].endswith(ends) and row[3] == LISTENS}
    folder = Path(f"/proc/{pid}")
    links, watched = {}, set()
    with suppress(OSError):  # it ends
        for link in (folder / "fd").iterdir():
            with suppress(OSError):  # it closes this one
                links[link.name] = link.readlink().name
                if "eventpoll" in links[link.name]:
                    details = (folder / "fdinfo" / link.name).read_text().splitlines()
                    watched |= {line.split()[1] for line in details if line.startswith("tfd:")}
    return any(links.get(number) in listening for number in watched)


def _wait(is_so: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE
    while not is_so():
        if time.monotonic() > deadline:
            message = "the server does not become ready"
            raise TimeoutError(message)
        time.sleep(0.005)


def _is_ready(port: int) -> bool:
    try:
        return requests.get(f"http://127.0.0.1:{port}/ready", timeout=5).ok
    except requests.ConnectionError:
        return False


def _children(pid: int) -> list[int]:
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def _own_megabytes(pid: int) -> float:
    """Return the resident memory that a process shares with no other."""
    lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    kilobytes = [int(line.split()[1]) for line in lines if line.startswith("Private_")]
    return sum(kilobytes) / 1024


def table(verdicts: Verdicts) -> str:
    """Both times and the memory, beside what they may be."""
    starts = [measure() for _ in range(STARTS)]
    ready = statistics.median(start.ready for start in starts)
    complete = statistics.median(start.complete for start in starts)
    megabytes = max(own for start in starts for own in start.megabytes)
    seconds, limit = targets.READY_SECONDS, targets.OWN_MEGABYTES
    rows = {
        "seconds until `/ready` answers 200": verdicts.at_most("seconds until ready", ready, seconds),
        "seconds until all workers accept": verdicts.at_most("seconds until complete", complete, seconds),
        "memory of a worker beyond shared pages, MB": verdicts.at_most(
            "memory of an idle worker", megabytes, limit, ".0f", is_time=False
        ),
    }
    return "\n".join(
        ["| | measured |", "|---|---|", *(f"| {what} | {cell} |" for what, cell in rows.items())]
    )
