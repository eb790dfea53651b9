"""Measures the real server, prints the tables and writes them into docs/performance.md: `make bench`."""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))  # this file is run as a program

from tests.bench import (  # found by the line above
    floor,
    page,
    processor_time,
    saturation,
    service,
    sharing,
    short,
    start_up,
    together,
)
from tests.bench.kinds import SHORT  # as above
from tests.bench.pace import Pace  # as above
from tests.bench.targets import Verdicts  # as above
from tests.bench.worker import Client, Process  # as above
from tests.system.server import running  # as above

BUDGET_SECONDS = 220.0
"""After these the processor times are measured by one batch each; the rest of a run takes two minutes."""


def loads() -> str:
    """The load average of the last minute."""
    return f"{os.getloadavg()[0]:.1f}"


def measure_one_worker(verdicts: Verdicts, deadline: float) -> tuple[str, str]:
    """Return which kernels were in use and the tables of processor time."""
    with running() as server:
        [pid] = server.worker_pids
        process = Process(pid)
        floor_table = floor.table(floor.measure(process, server.port), verdicts)
        client = Client(process, server.port)
        measured = processor_time.measure(client, deadline)
        client.close()
        text = f"""### Processor time of a request

Milliseconds: median of the batches against the target, least of them in brackets.

{processor_time.table(measured, verdicts)}

### Without detection

{floor.CONNECTIONS} connections with {floor.DEPTH} requests on the way in each, sent by {saturation.SENDER};
medians of {floor.ROUNDS} rounds of both in turn.

{floor_table}

### Growth

Exponents of the number of points; 1 is linear.

{processor_time.growth_table(measured, verdicts)}"""
        return process.kernels(), text


def measure_two_workers(verdicts: Verdicts) -> str:
    """Return the tables of what the server carries."""
    with running(workers=service.WORKERS) as server:
        workers = [Process(pid) for pid in server.worker_pids]
        traffic = service.table(server.port, workers, verdicts)
        probes = service.probes_beside_long_requests(server.port, verdicts)
        memory = service.peak_memory(workers, verdicts)
        return f"""### Two workers

Most requests a second over {service.CONNECTIONS} connections, sent by {saturation.SENDER}, on the same
processors; then the waiting time at {service.SHARE:.0%} of the target, sent at a constant rate, from the
moment a request was due. A refused one counts as never answered.

{traffic}

Worst `/livez` while {service.LONG_CONNECTIONS} clients send series of 8640 points: {probes}.

Most memory of a worker after all of this, MB: {memory}."""


def measure_sharing(verdicts: Verdicts) -> str:
    """Return the tables of how workers share connections, and what that costs and brings."""
    return f"""### Sharing

Percentages of the workers' processor time, while {service.CONNECTIONS} connections, opened at rest, are kept
and bring {sharing.RATE:.0f} requests a second in turn; {sharing.RUNS} runs each, series of 29 to 47 points.

{sharing.table(verdicts)}

Answers in a second of the processor time of the worker that takes most of it, the same requests as fast as
they are answered; {together.ROUNDS} rounds in turn.

{together.table(verdicts)}

{short.COUNT} requests of {SHORT} points, each on a connection of its own, {short.AT_ONCE} on the way; medians
of {short.ROUNDS} rounds.

{short.table()}"""


def measure_start(verdicts: Verdicts) -> str:
    """Return the table of what comes before the first request."""
    return f"""### Before the first request

With {start_up.WORKERS} workers, the median of {start_up.STARTS} starts and the largest idle worker:

{start_up.table(verdicts)}"""


def main() -> None:
    """Measure, print and write."""
    before, start, verdicts, pace = loads(), time.monotonic(), Verdicts(), Pace()
    pace.read()
    kernels, one_worker = measure_one_worker(verdicts, start + BUDGET_SECONDS)
    pace.read()
    two_workers = measure_two_workers(verdicts)
    shared = measure_sharing(verdicts)
    idle = measure_start(verdicts)
    pace.read()
    taken = time.monotonic() - start
    text = f"""Measured on: {page.machine()}.
Kernels of the worker: {kernels}. Its garbage collector was on, as in service, with all that was there at
start frozen. The load average was {before} before and {loads()} after. The run took {taken:.0f} seconds.

{page.summary(verdicts, pace)}

{one_worker}

{two_workers}

{shared}

{idle}"""
    page.write(text)
    print(text)


if __name__ == "__main__":
    main()
