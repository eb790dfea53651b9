"""How much two workers answer together, beside one: by processor time, since the client needs some too."""

from __future__ import annotations

import statistics
from typing import TYPE_CHECKING

from tests.bench import targets
from tests.bench.saturation import Load, saturate
from tests.bench.service import CONNECTIONS, short_series
from tests.bench.worker import Process
from tests.system.server import running

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tests.bench.targets import Verdicts
    from tests.system.server import Server

ROUNDS, SECONDS = 5, 2.0


def answers_per_second(answers: int, spent: Sequence[float]) -> float:
    """Answers in a second of the processor time of the worker that took most of it.

    It is what these workers answer when each has a processor to itself. What one of them does more than the
    others lowers it, and what they lose to one another in locks and caches as well.
    """
    return answers / max(spent)


def measure(server: Server) -> float:
    """Answers in a second of the busier worker, at as many requests as are answered.

    Raises
    ------
    RuntimeError
        When one of them is refused.
    """
    workers = [Process(pid) for pid in server.worker_pids]
    before = [worker.processor_seconds() for worker in workers]
    outcome = saturate(server.port, Load(short_series(), CONNECTIONS, SECONDS))
    if outcome.refused:
        message = f"{outcome.refused} of {outcome.answers} refused"
        raise RuntimeError(message)
    spent = [worker.processor_seconds() - start for worker, start in zip(workers, before, strict=True)]
    return answers_per_second(outcome.answers, spent)


def times(one: Sequence[float], two: Sequence[float]) -> float:
    """The median of how many times the first the second is, measured in pairs."""
    return statistics.median(second / first for first, second in zip(one, two, strict=True))


def table(verdicts: Verdicts) -> str:
    """One server with one worker and one with two, in turn."""
    one, two = [], []
    with running(workers=1) as single, running(workers=2) as double:
        for server in (single, double):
            measure(server)  # the first requests are dearer
        for _ in range(ROUNDS):
            one.append(measure(single))
            two.append(measure(double))
    cell = verdicts.at_least("two workers together", times(one, two), targets.TOGETHER, ".2f", is_time=False)
    return f"""| one worker | two workers | times |
|---|---|---|
| {statistics.median(one):.0f} | {statistics.median(two):.0f} | {cell} |"""
