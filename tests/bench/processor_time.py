"""Processor time of a request by kind of series, size and operation, and how it grows with the size."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from tests.bench import targets
from tests.bench.kinds import KINDS, LONG, LONGEST, OPERATIONS, SHORT
from tests.bench.wire import path_of, query

if TYPE_CHECKING:
    from collections.abc import Mapping

    from anomaly_container.services.univariate.contract.versions import Operation
    from tests.bench.kinds import Kind
    from tests.bench.targets import Verdicts
    from tests.bench.worker import Client, Cost

SHOWN = (SHORT, LONG, LONGEST)


@dataclass(frozen=True)
class Costs:
    """All that was measured of one kind of series."""

    kind: Kind
    kilobytes: Mapping[int, float]
    by_size: Mapping[tuple[int, Operation], Cost]

    def exponent(self, operation: Operation) -> float:
        """The slope of a straight line through the logarithms, `SHORT` left out: 1 is linear."""
        sizes = [size for size in self.kind.lengths if size != SHORT]
        seconds = [self.by_size[size, operation].median for size in sizes]
        return float(np.polynomial.Polynomial.fit(np.log(sizes), np.log(seconds), 1).convert().coef[1])


def measure(client: Client, deadline: float) -> list[Costs]:
    """Every kind in every size, each first shown to take its branch."""
    return [_measure_kind(client, kind, deadline) for kind in KINDS]


def _measure_kind(client: Client, kind: Kind, deadline: float) -> Costs:
    bodies = {points: kind.body(points) for points in kind.lengths}
    by_size = {}
    for points, body in bodies.items():
        for operation in OPERATIONS:
            kind.check(operation, *client.send(path_of(operation), body))
            by_size[points, operation] = client.cost(query(operation, body), deadline)
    return Costs(kind, {points: len(body) / 1000 for points, body in bodies.items()}, by_size)


def table(measured: list[Costs], verdicts: Verdicts) -> str:
    """Milliseconds by kind, size and operation, each with the least and the target."""
    lines = [
        "| Series | Points | Body, kB | entire | last | change point |",
        "|---|---|---|---|---|---|",
    ]
    for costs in measured:
        for points in (size for size in SHOWN if size in costs.kilobytes):
            cells = [_cell(costs, points, operation, verdicts) for operation in OPERATIONS]
            start = f"| {costs.kind.title} | {points} | {costs.kilobytes[points]:.0f} | "
            lines.append(f"{start}{' | '.join(cells)} |")
    return "\n".join(lines)


def _cell(costs: Costs, points: int, operation: Operation, verdicts: Verdicts) -> str:
    cost = costs.by_size[points, operation]
    target = targets.milliseconds(costs.kind.period, points, operation)
    what = f"{operation}, {costs.kind.title}, {points} points"
    return f"{verdicts.at_most(what, 1000 * cost.median, target)} ({1000 * cost.least:.2f})"


def growth_table(measured: list[Costs], verdicts: Verdicts) -> str:
    """The exponents by kind and operation."""
    lines = ["| Series | entire | last | change point |", "|---|---|---|---|"]
    for costs in measured:
        cells = [
            verdicts.at_most(
                f"growth of {operation}, {costs.kind.title}",
                costs.exponent(operation),
                targets.GROWTH_EXPONENT,
                is_time=False,
            )
            for operation in OPERATIONS
        ]
        lines.append(f"| {costs.kind.title} | {' | '.join(cells)} |")
    return "\n".join(lines)
