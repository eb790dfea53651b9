"""The kinds of series that are measured: one or more for each branch of the engine."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

from anomaly_container.services.univariate.contract.versions import Operation
from tests.support import signals

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.support.signals import FloatArray

SHORT, LONG, LONGEST = 47, 1000, 8640
GROWTH = (500, LONG, 2000, 4000, LONGEST)
"""Sizes from which the growth of the cost is fitted."""

OPERATIONS = tuple(Operation)
SEASONAL, DYNAMIC, SPECTRAL, CHANGE_POINTS = (10, 11), (40, 41), (20, 21), (60,)


@dataclass(frozen=True)
class Kind:
    """A kind of series, and the branch that it is there to take.

    Attributes
    ----------
    title
        What the tables call it.
    granularity
        The request's.
    period
        The season that the answer must name; 0 for none.
    models
        The detectors of which the answer must name one, but for change points, which have their own.
    lengths
        The sizes in points that are measured.
    values
        Makes as many values as asked for, always the same ones.
    """

    title: str
    granularity: str
    period: int
    models: tuple[int, ...]
    lengths: tuple[int, ...]
    values: Callable[[int], FloatArray]

    def body(self, points: int) -> bytes:
        """A compact request body; the same bytes on every run."""
        times = signals.timestamps(range(points), self.granularity)
        values = self.values(points).tolist()
        series = [{"timestamp": time, "value": value} for time, value in zip(times, values, strict=True)]
        request = {"series": series, "granularity": self.granularity}
        return json.dumps(request, separators=(",", ":")).encode()

    def check(self, operation: Operation, model: str | None, answer: bytes) -> None:
        """Refuse to measure a series under the name of a branch that it does not take."""
        period = json.loads(answer)["period"]
        models = CHANGE_POINTS if operation is Operation.CHANGE_POINT else self.models
        if period != self.period or model not in {str(one) for one in models}:
            message = f"{self.title}: {operation} found period {period} by detector {model}"
            raise RuntimeError(message)


def _season(period: int) -> Callable[[int], FloatArray]:
    """A wave of ten units about a level, with noise of one."""
    return lambda points: signals.seasonal(points, period, seed=points)


def _noise(points: int) -> FloatArray:
    """Independent values about a level: the plain case without a season."""
    return signals.white(points, seed=points, level=100.0)


def _walk(points: int) -> FloatArray:
    """A random walk: the hard case, whose correlogram dies away slowly."""
    return signals.random_walk(points, seed=1)


KINDS = (
    Kind("daily, season of 7", "daily", 7, SEASONAL, (SHORT, *GROWTH), _season(7)),
    # By the hour a season of 24 is answered as one of 168, of which it is a divisor.
    Kind("no granularity, season of 24", "none", 24, SEASONAL, GROWTH, _season(24)),
    Kind("hourly, season of 168", "hourly", 168, SEASONAL, GROWTH, _season(168)),
    Kind("minutely, season of 1440", "minutely", 1440, SEASONAL, (3000, 4000, 6000, LONGEST), _season(1440)),
    Kind("daily, noise", "daily", 0, DYNAMIC, (SHORT, *GROWTH), _noise),
    Kind("daily, random walk", "daily", 0, DYNAMIC, GROWTH, _walk),
    Kind("minutely, noise", "minutely", 0, SPECTRAL, (SHORT, *GROWTH), _noise),
    Kind("minutely, random walk", "minutely", 0, SPECTRAL, GROWTH, _walk),
)
DAILY_SEASON, HOURLY_SEASON = KINDS[0], KINDS[2]
