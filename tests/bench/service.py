"""What two workers carry: requests a second, times at a steady rate, probes beside long requests."""

from __future__ import annotations

import socket
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from anomaly_container.services.univariate.contract.versions import Operation
from tests.bench import targets
from tests.bench.kinds import DAILY_SEASON, HOURLY_SEASON, KINDS, LONG, LONGEST
from tests.bench.saturation import Load, saturate
from tests.bench.steady import steady
from tests.bench.wire import get, query

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tests.bench.steady import Steady
    from tests.bench.targets import Verdicts
    from tests.bench.worker import Process

WORKERS = 2
CONNECTIONS = 32
SATURATED_SECONDS, STEADY_SECONDS = 6.0, 10.0
SHARE = 0.7
LONG_CONNECTIONS, LONG_SECONDS = 8, 10.0
PROBE_EVERY = 0.05


@dataclass(frozen=True)
class Traffic:
    """One kind of traffic that the server must carry."""

    title: str
    requests: Sequence[bytes]
    per_second: float

    def row(self, port: int, workers: Sequence[Process], verdicts: Verdicts) -> str:
        """One line of the table: the most it carries, and how long a share of what it must carry waits."""
        outcome = saturate(port, Load(self.requests, CONNECTIONS, SATURATED_SECONDS))
        if outcome.refused:
            message = f"{self.title}: {outcome.refused} of {outcome.answers} refused"
            raise RuntimeError(message)
        most = verdicts.at_least(f"requests a second, {self.title}", outcome.per_second, self.per_second)
        found = self.steady(port, workers)
        p99 = verdicts.at_most(f"p99, {self.title}", found.p99, targets.P99_MILLISECONDS, ".1f")
        return (
            f"| {self.title} | {most} | {self.rate:.0f} | {found.median:.1f} | {p99} | {found.busiest:.0%} |"
        )

    @property
    def rate(self) -> float:
        """Requests a second at the steady rate."""
        return SHARE * self.per_second

    def steady(self, port: int, workers: Sequence[Process]) -> Steady:
        """How long requests wait at the steady rate."""
        return steady(port, workers, self.requests, self.rate, STEADY_SECONDS, CONNECTIONS)


def short_series() -> list[bytes]:
    """Queries of which a worker answers many in a second."""
    return [query(Operation.LAST, DAILY_SEASON.body(points)) for points in range(29, 48)]


def traffic() -> tuple[Traffic, Traffic]:
    """What the two targets of throughput are about."""
    entire = [query(Operation.ENTIRE, HOURLY_SEASON.body(LONG))]
    return (
        Traffic("last, daily, 29 to 47 points", short_series(), targets.LAST_PER_SECOND),
        Traffic(f"entire, hourly, {LONG} points", entire, targets.ENTIRE_PER_SECOND),
    )


def table(port: int, workers: Sequence[Process], verdicts: Verdicts) -> str:
    """Both kinds of traffic."""
    lines = [
        "| Traffic | requests a second | steady rate | median, ms | p99, ms | work of the busier worker |",
        "|---|---|---|---|---|---|",
        *(one.row(port, workers, verdicts) for one in traffic()),
    ]
    return "\n".join(lines)


def probes_beside_long_requests(port: int, verdicts: Verdicts) -> str:
    """How long `/livez` takes at worst while every worker is busy with the longest series."""
    long = [
        query(operation, kind.body(LONGEST))
        for kind in KINDS
        for operation in (Operation.ENTIRE, Operation.LAST)
    ]
    taken = []
    with ThreadPoolExecutor(max_workers=1) as thread:
        load = thread.submit(saturate, port, Load(long, LONG_CONNECTIONS, LONG_SECONDS))
        while not load.done():
            start = time.monotonic()
            probe(port)
            taken.append(time.monotonic() - start)
            time.sleep(max(0.0, PROBE_EVERY - taken[-1]))
    if load.result().refused:
        message = "long requests were refused"
        raise RuntimeError(message)
    worst = 1000 * max(taken)
    word = verdicts.at_most("worst /livez", worst, targets.LIVEZ_MILLISECONDS, ".0f")
    return f"{word} ms (median {1000 * np.median(taken):.1f}) of {len(taken)} probes"


def probe(port: int) -> None:
    """Ask as an orchestrator does: on a connection of its own."""
    with socket.create_connection(("127.0.0.1", port), timeout=30) as connection:
        connection.sendall(get("/livez"))
        answer = connection.recv(4096)
    if not answer.startswith(b"HTTP/1.1 200"):
        message = f"/livez answered {answer[:40]!r}"
        raise RuntimeError(message)


def peak_memory(workers: Sequence[Process], verdicts: Verdicts) -> str:
    """The larger peak of the workers, after all of the above."""
    peak = max(worker.peak_megabytes() for worker in workers)
    return verdicts.at_most("memory of a worker", peak, targets.MEMORY_MEGABYTES, ".0f", is_time=False)
