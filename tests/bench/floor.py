"""What a request costs before any detection: HTTP, key, metering and counters, under load."""

from __future__ import annotations

from typing import TYPE_CHECKING

from anomaly_container.services.univariate.contract.versions import Operation
from tests.bench import targets, wire
from tests.bench.saturation import Load

if TYPE_CHECKING:
    from tests.bench.targets import Verdicts
    from tests.bench.worker import Process

CONNECTIONS, DEPTH, SECONDS = 8, 8, 3.0


def table(process: Process, port: int, verdicts: Verdicts) -> str:
    """Microseconds of a page, and of a query that is refused when all but detection is done."""
    rows = (
        ("`GET /livez`", wire.get("/livez"), False),
        ("a query whose body is refused", wire.query(Operation.ENTIRE, b"{}"), True),
    )
    lines = ["| Request | microseconds |", "|---|---|"]
    figures = []
    for title, request, is_refused in rows:
        load = Load([request], CONNECTIONS, SECONDS, DEPTH)
        spent = process.seconds_per_answer(port, load, is_refused=is_refused)
        cell = verdicts.at_most(f"floor, {title}", 1e6 * spent, targets.FLOOR_MICROSECONDS, ".0f")
        lines.append(f"| {title} | {cell} |")
        figures.append(spent)
    page, refused = figures
    times = verdicts.at_most(
        "floor, a refused query beside /livez", refused / page, targets.REFUSED_TIMES_LIVEZ, is_time=False
    )
    lines.append(f"| the second, times the first | {times} |")
    return "\n".join(lines)
