"""Seeded series and timestamps for tests: ordinary ones by generator, awkward ones in the table `NASTY`."""

from __future__ import annotations

import calendar
import math
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt

    FloatArray = npt.NDArray[np.float64]

START = "2024-01-01T00:00:00Z"
STEP = {
    "microsecond": timedelta(milliseconds=1),
    "secondly": timedelta(seconds=1),
    "minutely": timedelta(minutes=1),
    "hourly": timedelta(hours=1),
    "daily": timedelta(days=1),
    "weekly": timedelta(weeks=1),
    "none": timedelta(days=1),
}


def seasonal(  # noqa: PLR0913 - each argument is one part of the wave
    n: int,
    period: int,
    seed: int,
    *,
    amplitude: float = 10.0,
    noise: float = 1.0,
    level: float = 100.0,
    slope: float = 0.0,
) -> FloatArray:
    """Return a sine of the given period on a line, with normal noise."""
    t = np.arange(n)
    wave = amplitude * np.sin(2 * math.pi * t / period)
    return level + slope * t + wave + noise * np.random.default_rng(seed).standard_normal(n)


def growing_seasonal(n: int, period: int, seed: int, *, noise: float = 0.01) -> FloatArray:
    """Return an exponential of a season and a line: multiplicative, so that logarithms fit it better."""
    return np.exp(seasonal(n, period, seed, amplitude=1.0, noise=noise, level=3.0, slope=2.0 / n))


def trend(n: int, seed: int, *, slope: float = 0.1, noise: float = 1.0, level: float = 0.0) -> FloatArray:
    """Return a straight line with normal noise."""
    return level + slope * np.arange(n) + noise * np.random.default_rng(seed).standard_normal(n)


def white(n: int, seed: int, *, level: float = 0.0, noise: float = 1.0) -> FloatArray:
    """Return independent normal values."""
    return level + noise * np.random.default_rng(seed).standard_normal(n)


def random_walk(n: int, seed: int, *, step: float = 1.0) -> FloatArray:
    """Return the running sum of independent normal steps."""
    return np.cumsum(step * np.random.default_rng(seed).standard_normal(n))


def twice_summed(n: int, seed: int) -> FloatArray:
    """Return the running sum of a random walk: stationary only after two differences."""
    return np.cumsum(random_walk(n, seed))


def spikes(
    values: FloatArray, seed: int, *, count: int = 3, size: float = 50.0
) -> tuple[FloatArray, list[int]]:
    """Return a copy with `count` points moved by +size or -size, and their indices."""
    rng = np.random.default_rng(seed)
    where = sorted(rng.choice(values.size, size=count, replace=False).tolist())
    result = values.copy()
    result[where] += size * rng.choice([-1.0, 1.0], size=count)
    return result, where


def steps(n: int, seed: int, *, count: int = 2, size: float = 20.0, noise: float = 1.0) -> FloatArray:
    """Return noise on levels that jump by `size` at `count` places."""
    rng = np.random.default_rng(seed)
    where = rng.choice(np.arange(n // 10, n - n // 10), size=count, replace=False)
    jumps = np.zeros(n)
    jumps[where] = size * rng.choice([-1.0, 1.0], size=count)
    return np.cumsum(jumps) + noise * rng.standard_normal(n)


def rounded(values: FloatArray, *, digits: int = 0) -> FloatArray:
    """Return the values rounded, as counts are: many equal values."""
    return np.round(values, digits)


def constant(n: int, *, value: float = 855.0) -> FloatArray:
    """Return n equal values."""
    return np.full(n, value)


def almost_constant(n: int, seed: int, *, value: float = 5.0, others: int = 4) -> FloatArray:
    """Return equal values but for a few."""
    rng = np.random.default_rng(seed)
    result = np.full(n, value)
    where = rng.choice(n, size=others, replace=False)
    result[where] += rng.standard_normal(others)
    return result


def gaps(values: FloatArray, seed: int, *, share: float = 0.2) -> tuple[FloatArray, list[int]]:
    """Drop a share of the points, never the first or the last; return what is left and its slots."""
    n = values.size
    dropped = np.random.default_rng(seed).choice(np.arange(1, n - 1), size=int(share * n), replace=False)
    slots = sorted(set(range(n)) - set(dropped.tolist()))
    return values[slots], slots


def without(values: FloatArray, dropped: Sequence[int]) -> tuple[FloatArray, list[int]]:
    """Drop the points at the given indices; return what is left and its slots."""
    slots = sorted(set(range(values.size)) - set(dropped))
    return values[slots], slots


def add_months(moment: datetime, months: int) -> datetime:
    """Return the same day of a later month, or that month's last day where it is shorter."""
    year, month = divmod(moment.year * 12 + moment.month - 1 + months, 12)
    day = min(moment.day, calendar.monthrange(year, month + 1)[1])
    return moment.replace(year=year, month=month + 1, day=day)


def timestamps(slots: Sequence[int], granularity: str, *, interval: int = 1, start: str = START) -> list[str]:
    """Return the ISO 8601 time of every slot of a grid that begins at `start`."""
    first = datetime.fromisoformat(start)
    result = []
    for slot in slots:
        if granularity in ("monthly", "yearly"):
            months = slot * interval * (12 if granularity == "yearly" else 1)
            moment = add_months(first, months)
        else:
            moment = first + slot * interval * STEP[granularity]
        digits = "milliseconds" if granularity == "microsecond" else "seconds"
        result.append(moment.replace(tzinfo=None).isoformat(timespec=digits) + "Z")
    return result


def minutely(n: int, *, interval: int = 1, start: str = START) -> list[str]:
    """Return n times `interval` minutes apart."""
    return timestamps(range(n), "minutely", interval=interval, start=start)


def hourly(n: int, *, interval: int = 1, start: str = START) -> list[str]:
    """Return n times `interval` hours apart."""
    return timestamps(range(n), "hourly", interval=interval, start=start)


def daily(n: int, *, interval: int = 1, start: str = START) -> list[str]:
    """Return n times `interval` days apart."""
    return timestamps(range(n), "daily", interval=interval, start=start)


def monthly(n: int, *, interval: int = 1, start: str = START) -> list[str]:
    """Return n times `interval` months apart."""
    return timestamps(range(n), "monthly", interval=interval, start=start)


class Nasty(NamedTuple):
    """A series that has broken an implementation before, or could."""

    name: str
    values: FloatArray
    slots: list[int]
    granularity: str


NASTY_STARTS = {
    "leap days": "2024-02-29T00:00:00Z",
    "month ends": "2023-01-31T00:00:00Z",
    "over a leap day": "2024-02-20T00:00:00Z",
    "before the epoch": "1969-12-31T23:59:30Z",
}


def nasty_timestamps(nasty: Nasty) -> list[str]:
    """Return the times of a row of `NASTY`."""
    return timestamps(nasty.slots, nasty.granularity, start=NASTY_STARTS.get(nasty.name, START))


def with_one_spike(values: FloatArray, at: int, size: float) -> FloatArray:
    """Return a copy with one point moved."""
    result = values.copy()
    result[at] += size
    return result


def no_gaps(name: str, values: FloatArray, granularity: str) -> Nasty:
    """Return a row whose points are neighbours."""
    return Nasty(name, values, list(range(values.size)), granularity)


def gappy(name: str, kept: tuple[FloatArray, list[int]], granularity: str) -> Nasty:
    """Return a row with empty slots."""
    return Nasty(name, kept[0], kept[1], granularity)


NASTY: tuple[Nasty, ...] = (
    no_gaps("constant", constant(24), "monthly"),
    no_gaps("constant zero", constant(40, value=0.0), "hourly"),
    no_gaps("constant with rounding", constant(31, value=0.1), "daily"),
    no_gaps("almost constant", almost_constant(200, 1), "hourly"),
    no_gaps("almost constant by minutes", almost_constant(200, 2), "minutely"),
    no_gaps("constant but the last", with_one_spike(constant(50), 49, 1.0), "daily"),
    no_gaps("constant but the first", with_one_spike(constant(50), 0, 1.0), "minutely"),
    no_gaps("two values", (np.arange(60) % 2).astype(np.float64), "daily"),
    no_gaps("12 points", white(12, 3), "daily"),
    no_gaps("12 equal points", constant(12), "minutely"),
    no_gaps("12 points of a line", np.arange(12.0), "none"),
    no_gaps("8640 points with a season", seasonal(8640, 24, 4), "hourly"),
    no_gaps("8640 points of a walk", random_walk(8640, 5), "minutely"),
    no_gaps("huge", 1e99 * white(60, 6), "daily"),
    no_gaps("at the value limit", np.where(np.arange(60) % 7 == 0, 1e100, -1e100), "daily"),
    no_gaps("huge by seconds", 1e99 * white(60, 7), "secondly"),
    no_gaps("huge level, small noise", white(80, 8, level=1e12), "daily"),
    no_gaps("tiny", 1e-300 * white(60, 9), "daily"),
    no_gaps("tiny with a season", 1e-300 * seasonal(70, 7, 10), "daily"),
    no_gaps("tiny by minutes", 1e-300 * white(60, 11), "minutely"),
    no_gaps("negative zero", -constant(20, value=0.0), "none"),
    no_gaps("denormal", np.full(30, 5e-324), "daily"),
    no_gaps("one spike", with_one_spike(constant(100, value=1.0), 50, 1e6), "minutely"),
    no_gaps("one spike in a season", with_one_spike(seasonal(140, 7, 12, noise=0.0), 70, 500.0), "daily"),
    no_gaps("spike at the last point", with_one_spike(seasonal(150, 7, 13), 149, -80.0), "daily"),
    no_gaps("noise-free season", seasonal(96, 12, 14, noise=0.0), "monthly"),
    no_gaps("noise-free line", np.linspace(-5.0, 5.0, 101), "hourly"),
    no_gaps("counts with many ties", rounded(seasonal(168, 7, 15, amplitude=2.0, level=4.0)), "daily"),
    no_gaps("growing season", growing_seasonal(120, 12, 16), "monthly"),
    no_gaps("season with zeros", np.maximum(seasonal(120, 12, 17, level=0.0), 0.0), "monthly"),
    no_gaps("walk", random_walk(300, 18), "daily"),
    no_gaps("twice summed", twice_summed(300, 19), "none"),
    no_gaps("levels that jump", steps(250, 20), "minutely"),
    no_gaps("odd period", seasonal(200, 9, 21), "none"),
    no_gaps("shortest season allowed", seasonal(15, 7, 22), "daily"),
    gappy("gaps at the edges", without(seasonal(90, 7, 23), [1, 2, 3, 86, 87, 88]), "daily"),
    gappy("one long gap", without(seasonal(120, 12, 24), range(40, 75)), "monthly"),
    gappy("short gaps", gaps(seasonal(240, 24, 25), 26, share=0.05), "hourly"),
    gappy("gaps in noise", gaps(white(100, 27), 28), "minutely"),
    gappy("all missing but half", without(seasonal(120, 12, 29), range(1, 119, 2)), "monthly"),
    gappy("more than half missing", gaps(white(60, 30), 31, share=0.7), "daily"),
    gappy("ends far away", (white(13, 32), [*range(12), 20_000]), "minutely"),
    no_gaps("leap days", trend(13, 33), "yearly"),
    no_gaps("month ends", seasonal(48, 12, 34), "monthly"),
    no_gaps("over a leap day", seasonal(40, 7, 35), "daily"),
    no_gaps("before the epoch", white(120, 36), "secondly"),
)
