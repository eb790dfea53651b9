"""What a request costs before any detection: HTTP, key, metering and counters, under load."""

from __future__ import annotations

import statistics
from dataclasses import dataclass
from typing import TYPE_CHECKING

from anomaly_container.services.univariate.contract.versions import Operation
from tests.bench import targets, wire
from tests.bench.saturation import Load

if TYPE_CHECKING:
    from tests.bench.targets import Verdicts
    from tests.bench.worker import Process

CONNECTIONS, DEPTH, SECONDS, ROUNDS = 8, 8, 1.0, 3
PAGE, REFUSED = "`GET /livez`", "a query whose body is refused"


@dataclass(frozen=True)
class Floor:
    """Microseconds of a page, and of a query that is refused when all but detection is done."""

    page: float
    refused: float

    @property
    def ratio(self) -> float:
        """How many times a page such a query costs."""
        return self.refused / self.page


def measure(process: Process, port: int) -> Floor:
    """Medians of rounds in turn, so that both meet the machine in the same state."""
    page, refused = (
        Load([request], CONNECTIONS, SECONDS, DEPTH)
        for request in (wire.get("/livez"), wire.query(Operation.ENTIRE, b"{}"))
    )
    pages, refusals = [], []
    for _ in range(ROUNDS):
        pages.append(process.seconds_per_answer(port, page))
        refusals.append(process.seconds_per_answer(port, refused, is_refused=True))
    return Floor(1e6 * statistics.median(pages), 1e6 * statistics.median(refusals))


def table(floor: Floor, verdicts: Verdicts) -> str:
    """Both costs, and the one by the other."""
    lines = ["| Request | microseconds |", "|---|---|"]
    for title, spent in ((PAGE, floor.page), (REFUSED, floor.refused)):
        cell = verdicts.at_most(f"floor, {title}", spent, targets.FLOOR_MICROSECONDS, ".0f")
        lines.append(f"| {title} | {cell} |")
    cell = verdicts.at_most(
        "floor, the refused query by the page", floor.ratio, targets.FLOOR_RATIO, ".2f", is_time=False
    )
    return "\n".join([*lines, f"| the refused query by the page, times | {cell} |"])
