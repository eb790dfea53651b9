"""Requests at a constant rate over kept connections: how long they wait, and which worker answers them."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from tests.bench.client import at_constant_rate

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tests.bench.worker import Process


@dataclass(frozen=True)
class Steady:
    """What came of it.

    Attributes
    ----------
    median, p99
        Milliseconds from the moment a request was due to its answer.
    busiest
        The part of the workers' processor time that one of them took.
    """

    median: float
    p99: float
    busiest: float


def busiest(spent: Sequence[float]) -> float:
    """The largest part of the whole."""
    return max(spent) / sum(spent)


def steady(  # noqa: PLR0913, PLR0917  # each is a property of the load
    port: int,
    workers: Sequence[Process],
    requests: Sequence[bytes],
    per_second: float,
    seconds: float,
    connections: int,
    *,
    opens_at_once: bool = False,
) -> Steady:
    """Open connections to idle workers, and send over each as often as over the others.

    At a constant rate each connection brings as much work as the next. As fast as answers come, the few
    connections of one worker would bring as much as the many of another.
    """
    before = [worker.processor_seconds() for worker in workers]
    waited = asyncio.run(
        at_constant_rate(port, requests, per_second, seconds, connections, opens_at_once=opens_at_once)
    )
    spent = [worker.processor_seconds() - start for worker, start in zip(workers, before, strict=True)]
    median, p99 = 1000 * np.quantile(waited, (0.5, 0.99), method="higher")
    return Steady(float(median), float(p99), busiest(spent))
