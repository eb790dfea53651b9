"""What a request may cost, and what the server must carry."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from anomaly_container.services.univariate.contract.versions import Operation
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
REFUSED_TIMES_LIVEZ: Final = 1.6
"""A refused query beside a page, since both are pure server."""
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


@dataclass(frozen=True)
class Comparison:
    """A figure beside its target.

    Attributes
    ----------
    what
        Which figure it is.
    excess
        How many times too large it is, or too small where more is better; up to 1 the target is met.
    is_time
        Whether it depends on how fast the machine is.
    """

    what: str
    excess: float
    is_time: bool


class Verdicts:
    """Words each figure beside its target, and keeps how far it is from it."""

    def __init__(self) -> None:
        self._comparisons: list[Comparison] = []

    @property
    def compared(self) -> int:
        """How many figures had a target."""
        return len(self._comparisons)

    def missed(self, pace: float = 1.0) -> list[str]:
        """Which targets are not met, on a machine that takes 1 / pace of the time."""
        return [one.what for one in self._comparisons if one.excess / (pace if one.is_time else 1.0) > 1.0]

    def at_most(
        self, what: str, figure: float, target: float | None, form: str = ".2f", *, is_time: bool = True
    ) -> str:
        """The figure, its upper limit and whether it is met."""
        if target is None:
            return f"{figure:{form}}"
        return self._word(f"{figure:{form}}", f"≤ {target:g}", Comparison(what, figure / target, is_time))

    def at_least(self, what: str, figure: float, target: float, form: str = ".0f") -> str:
        """The figure, its lower limit and whether it is met."""
        return self._word(
            f"{figure:{form}}", f"≥ {target:g}", Comparison(what, target / figure, is_time=True)
        )

    def _word(self, figure: str, target: str, comparison: Comparison) -> str:
        self._comparisons.append(comparison)
        return f"{figure} {target}" if comparison.excess <= 1.0 else f"**{figure}** not {target}"
