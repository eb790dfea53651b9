"""What a start costs: seconds until it is ready, and memory of an idle worker; prints a table.

The seconds are those on the wall from `exec` to the first 200 of `/ready`. Memory is what the kernel accounts
to a worker in `/proc/PID/smaps_rollup`: its own pages (USS), and those with its share of what is common to
several processes (PSS).
"""

from __future__ import annotations

import http.client
import statistics
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))  # this file is run as a program, so the root is not on the path

from tests.system.server import GATE, SECONDS_TO_START, Server, free_port, spawn  # noqa: E402  # found through the line above

STARTS = 5
WORKERS = 2
LONGEST_START = 2.0
MOST_MEGABYTES = 100.0


@dataclass(frozen=True)
class Figures:
    """Medians over the starts.

    Attributes
    ----------
    seconds
        From `exec` to ready.
    own_megabytes
        Memory of the larger worker that it shares with no process, in 10^6 bytes.
    proportional_megabytes
        The same with its share of the pages that several processes have.
    """

    seconds: float
    own_megabytes: float
    proportional_megabytes: float


def is_ready(port: int) -> bool:
    """Tell whether the server answers `/ready` with 200."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        connection.request("GET", "/ready")
        return connection.getresponse().status == 200
    except OSError:
        return False
    finally:
        connection.close()


def megabytes(pid: int) -> tuple[float, float]:
    """The memory of a process that is its own, and with its share of the rest."""
    kilobytes = {}
    for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()[1:]:
        name, _, rest = line.partition(":")
        kilobytes[name] = int(rest.split()[0])
    own = kilobytes["Private_Clean"] + kilobytes["Private_Dirty"]
    return own * 1024 / 1e6, kilobytes["Pss"] * 1024 / 1e6


def one_start() -> Figures:
    """Start a server, wait until it is ready, weigh its workers and stop it."""
    port = free_port()
    with tempfile.TemporaryDirectory() as folder:
        began = time.monotonic()
        process = spawn(
            [*GATE, "Host=127.0.0.1", f"Port={port}", f"Workers={WORKERS}", f"Mounts:Output={folder}"]
        )
        server = Server(process, port)
        try:
            while not is_ready(port):
                if process.poll() is not None or time.monotonic() > began + SECONDS_TO_START:
                    message = "the server did not become ready"
                    raise RuntimeError(message)
                time.sleep(0.005)
            seconds = time.monotonic() - began
            server.wait_for_workers(WORKERS)
            time.sleep(1)  # the last worker has forked; it may still be importing
            own, proportional = zip(*map(megabytes, server.worker_pids), strict=True)
        finally:
            process.terminate()
            process.communicate(timeout=SECONDS_TO_START)
    return Figures(seconds, max(own), max(proportional))


def main() -> Figures:
    """Measure, print a Markdown table and return the figures."""
    starts = [one_start() for _ in range(STARTS)]
    figures = Figures(
        statistics.median(start.seconds for start in starts),
        statistics.median(start.own_megabytes for start in starts),
        statistics.median(start.proportional_megabytes for start in starts),
    )
    rows = [
        ("seconds from exec to ready", figures.seconds, LONGEST_START),
        ("MB of an idle worker, its own pages (USS)", figures.own_megabytes, MOST_MEGABYTES),
        ("MB of an idle worker, with its share (PSS)", figures.proportional_megabytes, MOST_MEGABYTES),
    ]
    lines = [f"| {WORKERS} workers, median of {STARTS} starts | measured | limit |", "|---|---|---|"]
    lines += [f"| {title} | {value:.2f} | {limit:g} |" for title, value, limit in rows]
    sys.stdout.write("\n".join(lines) + "\n")
    return figures


if __name__ == "__main__":
    found = main()
    is_within = found.seconds < LONGEST_START and found.own_megabytes < MOST_MEGABYTES
    sys.exit(not is_within)
