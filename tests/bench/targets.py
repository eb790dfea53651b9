"""What a request may cost, and what the server must carry."""

from __future__ import annotations

from typing import Final

from anomaly_container.contract.versions import Operation
from tests.bench.kinds import LONG, LONGEST, SHORT

SEASON_MILLISECONDS: Final = {
    (SHORT, Operation.ENTIRE): 1.0,
    (SHORT, Operation.LAST): 1.2,
    (LONG, Operation.ENTIRE): 3.0,
    (LONG, Operation.LAST): 4.0,
    (LONGEST, Operation.ENTIRE): 15.0,
    (LONGEST, Operation.LAST): 22.0,
}
NO_SEASON_MILLISECONDS: Final = {
    (LONG, Operation.ENTIRE): 4.0,
    (LONG, Operation.LAST): 4.0,
    (LONGEST, Operation.ENTIRE): 14.0,
    (LONGEST, Operation.LAST): 14.0,
}
CHANGE_POINT_MILLISECONDS: Final = {
    (LONG, Operation.CHANGE_POINT): 2.0,
    (LONGEST, Operation.CHANGE_POINT): 10.0,
}

FLOOR_MICROSECONDS: Final = 80.0
"""HTTP, key, metering and counters of a request without detection."""
GROWTH_EXPONENT: Final = 1.15
LAST_PER_SECOND: Final = 500.0
ENTIRE_PER_SECOND: Final = 60.0
P99_MILLISECONDS: Final = 60.0
LIVEZ_MILLISECONDS: Final = 50.0
MEMORY_MEGABYTES: Final = 160.0


def milliseconds(period: int, points: int, operation: Operation) -> float | None:
    """Processor time that one request may take; None where there is no target."""
    by_branch = SEASON_MILLISECONDS if period else NO_SEASON_MILLISECONDS
    return (by_branch | CHANGE_POINT_MILLISECONDS).get((points, operation))


class Verdicts:
    """Words each figure beside its target, and keeps which targets were missed."""

    def __init__(self) -> None:
        self.compared = 0
        self.missed: list[str] = []

    def at_most(self, what: str, figure: float, target: float | None, form: str = ".2f") -> str:
        """The figure, its upper limit and whether it is met."""
        return self._word(what, f"{figure:{form}}", target, "≤", met=target is None or figure <= target)

    def at_least(self, what: str, figure: float, target: float, form: str = ".0f") -> str:
        """The figure, its lower limit and whether it is met."""
        return self._word(what, f"{figure:{form}}", target, "≥", met=figure >= target)

    def _word(self, what: str, figure: str, target: float | None, sign: str, *, met: bool) -> str:
        if target is None:
            return figure
        self.compared += 1
        if met:
            return f"{figure} {sign} {target:g}"
        self.missed.append(what)
        return f"**{figure}** not {sign} {target:g}"
