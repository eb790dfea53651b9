"""What a server costs before anybody asks it anything: seconds until it is ready, and memory of a worker."""

from __future__ import annotations

import os
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Final

import requests

ENTRYPOINT: Final = Path(__file__).resolve().parents[2] / "entrypoint.py"
WORKERS: Final = 2
STARTS: Final = 5
MOST_SECONDS: Final = 2.0
MOST_MEGABYTES: Final = 100.0
PATIENCE: Final = 30.0


def measure_start() -> tuple[float, list[float]]:
    """Start the server once; return the seconds until it is ready, and the megabytes of each worker alone."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    with tempfile.TemporaryDirectory() as output:
        words = ["Eula=accept", "Billing=http://127.0.0.1:9/", "ApiKey=bench", f"Mounts:Output={output}"]
        began = time.monotonic()
        server = subprocess.Popen(  # noqa: S603  # our own program
            [sys.executable, str(ENTRYPOINT), *words, "Host=127.0.0.1", f"Port={port}", f"Workers={WORKERS}"],
            stdout=subprocess.DEVNULL,
        )
        try:
            while not _is_ready(port):
                if time.monotonic() - began > PATIENCE:
                    message = "the server does not become ready"
                    raise TimeoutError(message)
                time.sleep(0.005)
            seconds = time.monotonic() - began
            time.sleep(1.0)  # the last worker settles
            return seconds, [_own_megabytes(pid) for pid in _children(server.pid)]
        finally:
            server.send_signal(signal.SIGINT)
            server.wait(timeout=PATIENCE)


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


def table() -> list[str]:
    """Return the figures as lines of Markdown."""
    starts = [measure_start() for _ in range(STARTS)]
    seconds = statistics.median(start for start, _ in starts)
    megabytes = max(own for _, workers in starts for own in workers)
    return [
        f"With {WORKERS} workers, the median of {STARTS} starts and the largest idle worker:",
        "",
        "| | measured | at most |",
        "|---|---|---|",
        f"| seconds until `/ready` answers 200 | {seconds:.2f} | {MOST_SECONDS:g} |",
        f"| memory of a worker beyond shared pages, MB | {megabytes:.0f} | {MOST_MEGABYTES:g} |",
    ]


if __name__ == "__main__":
    os.environ.pop("PROMETHEUS_MULTIPROC_DIR", None)
    print("\n".join(table()))
