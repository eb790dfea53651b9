"""What a request costs on a connection of its own, as clients without keep-alive send it."""

from __future__ import annotations

import asyncio
import statistics
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from anomaly_container.services.univariate.contract.versions import Operation
from tests.bench.client import on_short_connections
from tests.bench.kinds import DAILY_SEASON, SHORT
from tests.bench.wire import query
from tests.bench.worker import Process
from tests.system.server import running

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tests.system.server import Server

COUNT, AT_ONCE, ROUNDS = 1000, 4, 3
WORKER_COUNTS = (1, 2)


@dataclass(frozen=True)
class Cost:
    """What one request takes.

    Attributes
    ----------
    microseconds
        Processor time of all workers: one that wakes up for the connection of another costs too.
    median, p99
        Milliseconds that the client waits, from the opening of the connection.
    """

    microseconds: float
    median: float
    p99: float


def measure(server: Server) -> Cost:
    """The mean cost of `COUNT` requests, `AT_ONCE` of them on the way."""
    workers = [Process(pid) for pid in server.worker_pids]
    request = query(Operation.ENTIRE, DAILY_SEASON.body(SHORT), closes=True)
    before = sum(worker.processor_seconds() for worker in workers)
    waited = asyncio.run(on_short_connections(server.port, request, COUNT, AT_ONCE))
    spent = sum(worker.processor_seconds() for worker in workers) - before
    median, p99 = 1000 * np.quantile(waited, (0.5, 0.99), method="higher")
    return Cost(1e6 * spent / len(waited), float(median), float(p99))


def row(workers: int, costs: Sequence[Cost]) -> str:
    """One line of the table: the median of the rounds."""
    spent, median, p99 = (
        statistics.median(column)
        for column in zip(*((cost.microseconds, cost.median, cost.p99) for cost in costs), strict=True)
    )
    return f"| {workers} | {spent:.0f} | {median:.1f} | {p99:.1f} |"


def table() -> str:
    """Microseconds of the workers and milliseconds of the client, which another checkout is compared with."""
    lines = ["| Workers | microseconds of the workers | median wait, ms | p99, ms |", "|---|---|---|---|"]
    for count in WORKER_COUNTS:
        with running(workers=count) as server:
            measure(server)  # the first requests are dearer
            lines.append(row(count, [measure(server) for _ in range(ROUNDS)]))
    return "\n".join(lines)
