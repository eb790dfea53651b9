"""Descriptions of request bodies, small enough to be printed and kept, from which the same bytes are made."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, fields
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np

from anomaly_container.services.univariate.contract.versions import ApiVersion, Operation
from tests.support import signals

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.support.signals import FloatArray

VALUES: dict[str, Callable[[int], FloatArray]] = {
    "in turn": lambda n: (np.arange(n) % 2).astype(np.float64),
    "constant": signals.constant,
    "almost constant": lambda n: signals.almost_constant(n, 1),
    "line": lambda n: np.arange(n, dtype=np.float64),
    "noise": lambda n: signals.white(n, 2, level=100.0),
    "walk": lambda n: signals.random_walk(n, 3),
    "twice summed": lambda n: signals.twice_summed(n, 4),
    "steps": lambda n: signals.steps(n, 5) if n >= 40 else signals.white(n, 5),
    "whole numbers": lambda n: signals.rounded(signals.white(n, 6, level=4.0)),
    "season of 7": lambda n: signals.seasonal(n, 7, 7),
    "season of 24": lambda n: signals.seasonal(n, 24, 8),
    "season without noise": lambda n: signals.seasonal(n, 12, 9, noise=0.0),
    "season of a third": lambda n: signals.seasonal(n, max(4, n // 3), 10),
    "many seasons": lambda n: sum(
        (signals.seasonal(n, period, period) for period in (5, 7, 12, 24, 60)), np.zeros(n)
    ),
    "saw": lambda n: np.arange(n, dtype=np.float64) % 60,
    "spikes": lambda n: signals.spikes(signals.white(n, 11), 12, count=n // 8, size=1e6)[0],
    "spikes of all sizes": lambda n: 10.0 ** np.random.default_rng(13).uniform(-300, 100, n),
    "half zero": lambda n: np.where(np.random.default_rng(14).random(n) < 0.5, 0.0, signals.white(n, 14)),
    "growing": lambda n: np.exp(np.linspace(0.0, 200.0, n)),
    "in turn, growing": lambda n: np.where(np.arange(n) % 2, 1.0, -1.0) * np.arange(n),
}
GAPS = ("even", "at random", "at the start", "at the end", "pairs")


@dataclass(frozen=True, slots=True)
class Shape:
    """One body: what it asks for, and what its series looks like.

    Attributes
    ----------
    points, slots
        How many points there are, on a grid of how many slots.
    gaps
        Where the slots without a point are.
    values
        One of `VALUES`.
    operation, version
        Where it is sent.
    granularity, interval, period, impute, ratio, sensitivity, window, threshold
        Its fields; None where it has none.
    """

    points: int
    slots: int
    values: str = "noise"
    gaps: str = "even"
    operation: str = "entire"
    version: str = "v1.1"
    granularity: str = "minutely"
    interval: int = 1
    period: int | None = None
    impute: str | None = None
    ratio: float | None = None
    sensitivity: int | None = None
    window: int | None = None
    threshold: float | None = None

    @property
    def path(self) -> str:
        return f"/anomalydetector/{self.version}/timeseries/{self.operation}/detect"

    def body(self) -> bytes:
        """The bytes, with as few digits as the values have."""
        values = VALUES[self.values](self.points).tolist()
        times = _times(self.points, self.slots, self.gaps, self.granularity, self.interval)
        series = [
            {"timestamp": time, "value": float(f"{value:.6g}")}
            for time, value in zip(times, values, strict=True)
        ]
        request: dict[str, object] = {"series": series, "granularity": self.granularity}
        optional = {
            "customInterval": None if self.interval == 1 else self.interval,
            "period": self.period,
            "threshold": self.threshold,
            "stableTrendWindow": self.window,
            "imputeMode": self.impute,
            "imputeFixedValue": 3.5 if self.impute == "fixed" else None,
            "maxAnomalyRatio": self.ratio,
            "sensitivity": self.sensitivity,
        }
        request |= {name: value for name, value in optional.items() if value is not None}
        return json.dumps(request, separators=(",", ":")).encode()

    def words(self) -> str:
        """What sets it apart, for a table."""
        return json.dumps(
            {name: value for name, value in asdict(self).items() if value != _DEFAULTS.get(name)}
        )

    @classmethod
    def from_words(cls, words: str) -> Shape:
        """Read what `words` has written."""
        return cls(**json.loads(words))

    def where(self) -> tuple[Operation, ApiVersion]:
        """The operation and the version."""
        return Operation(self.operation), ApiVersion(self.version)


_DEFAULTS = {field.name: field.default for field in fields(Shape)}


@lru_cache(maxsize=64)
def _times(points: int, slots: int, gaps: str, granularity: str, interval: int) -> list[str]:
    return signals.timestamps(
        _places(points, slots, gaps), granularity, interval=interval, start="2000-01-01T00:00:00Z"
    )


def _places(points: int, slots: int, gaps: str) -> list[int]:
    """Which slots of the grid have a point: the first, the last and as many between as fit."""
    if points >= slots:
        return list(range(points))
    if gaps == "even":
        return [int(slot) for slot in np.linspace(0, slots - 1, points)]
    if gaps == "at the start":
        return [0, *range(slots - points + 1, slots)]
    if gaps == "at the end":
        return [*range(points - 1), slots - 1]
    chosen = np.random.default_rng(points).choice(np.arange(1, slots - 1), points - 2, replace=False)
    if gaps == "pairs" and slots >= 3 * points:
        pairs = np.linspace(2, slots - 4, (points - 2) // 2).astype(int)
        chosen = np.concatenate([pairs, pairs + 1, [1][: points % 2]])
    return sorted({0, slots - 1, *map(int, chosen)})


WORST = (
    Shape(
        12, 17_280, "saw", granularity="microsecond", version="v1.0", period=1, impute="linear", ratio=0.49
    ),
    Shape(12, 17_280, "season without noise", granularity="daily", period=1, impute="previous", ratio=0.49),
    Shape(12, 17_279, impute="linear"),
    Shape(40, 17_280, "half zero", "at the start", granularity="hourly", impute="zero", ratio=0.49),
    Shape(140, 17_280, "in turn, growing", "at the end", version="v1.0", impute="fixed", ratio=0.49),
    Shape(161, 17_280, "growing", "at the end", version="v1.0", impute="previous", ratio=0.49),
    Shape(1600, 1600, "almost constant", granularity="daily", ratio=0.49),
    Shape(1600, 1600, "constant", operation="changepoint"),
    Shape(
        8640,
        17_280,
        "spikes",
        "pairs",
        operation="last",
        granularity="secondly",
        period=8639,
        impute="linear",
    ),
    Shape(
        8640,
        17_280,
        "spikes of all sizes",
        version="v1.0",
        granularity="secondly",
        period=12,
        impute="previous",
        ratio=0.49,
    ),
)
"""The dearest that `make dearest` has found, of every size."""
