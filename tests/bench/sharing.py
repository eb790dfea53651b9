"""How workers share the work of kept connections: the busiest worker's part of their processor time."""

from __future__ import annotations

import statistics
from typing import TYPE_CHECKING

from tests.bench import targets
from tests.bench.service import CONNECTIONS, SHARE, short_series
from tests.bench.start_up import wait_for_all
from tests.bench.steady import steady
from tests.bench.worker import Process
from tests.system.server import running

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tests.bench.steady import Steady
    from tests.bench.targets import Verdicts

WORKER_COUNTS = (2, 4)
RUNS, SECONDS = 5, 1.5
RATE = SHARE * targets.LAST_PER_SECOND
OPENED = {"one after the other": False, "at once": True}
HEAD = """| Workers | Connections opened | busiest worker, median | worst run | p99, ms |
|---|---|---|---|---|"""


def measure(port: int, workers: Sequence[Process], *, opens_at_once: bool) -> Steady:
    """One run."""
    return steady(port, workers, short_series(), RATE, SECONDS, CONNECTIONS, opens_at_once=opens_at_once)


def row(workers: int, opened: str, runs: Sequence[Steady], verdicts: Verdicts) -> str:
    """One line of the table, beside what the busiest may have."""
    shares = [100 * run.busiest for run in runs]
    name = f"work of the busiest of {workers}, connections opened {opened}"
    cells = [
        verdicts.at_most(f"{name}, {how}", share, limit and 100 * limit, ".0f", is_time=False)
        for how, share, limit in (
            ("median", statistics.median(shares), targets.MEDIAN_SHARES.get(workers)),
            ("worst run", max(shares), targets.WORST_SHARES.get(workers)),
        )
    ]
    p99 = statistics.median(run.p99 for run in runs)
    return f"| {workers} | {opened} | {' | '.join(cells)} | {p99:.1f} |"


def table(verdicts: Verdicts) -> str:
    """Percentages by the number of workers and by how connections are opened."""
    lines = [HEAD]
    for count in WORKER_COUNTS:
        with running(workers=count) as server:
            wait_for_all(server.process.pid, count, server.port)
            workers = [Process(pid) for pid in server.worker_pids]
            for opened, opens_at_once in OPENED.items():
                runs = [measure(server.port, workers, opens_at_once=opens_at_once) for _ in range(RUNS)]
                lines.append(row(count, opened, runs, verdicts))
    return "\n".join(lines)
