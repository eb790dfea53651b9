"""Seeded rows with planted outliers: normal ones, and ones like those of a web server's log."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable

    from anomaly_container.detection.numeric.arrays import FloatArray

OUTLIERS = 0.01
COLUMNS = 7


def normal(count: int, seed: int) -> FloatArray:
    """Return normal rows; one in a hundred has one column moved by 5 to 9 deviations."""
    random = np.random.default_rng(seed)
    return _planted(random.normal(size=(count, COLUMNS)), random)


def like_a_log(count: int, seed: int) -> FloatArray:
    """Return rows of response time, level, method, path, hour, day and weekend, each with the deviation 1."""
    random = np.random.default_rng(seed)
    hour, day = random.integers(24, size=count), random.integers(7, size=count)
    rows = np.stack(
        [
            random.lognormal(4.0, 0.5, size=count) * (1.0 + 0.3 * np.sin(hour / 24.0 * 2.0 * np.pi)),
            random.choice([2.0, 3.0, 4.0], size=count, p=[0.965, 0.025, 0.01]),
            random.choice([0.7, 0.25, 0.05], size=count, p=[0.7, 0.25, 0.05]),
            random.choice(
                [0.4, 0.25, 0.15, 0.1, 0.07, 0.03], size=count, p=[0.4, 0.25, 0.15, 0.1, 0.07, 0.03]
            ),
            *(hour, day, day >= 5),
        ],
        axis=1,
    ).astype(np.float64)
    return _planted((rows - rows.mean(axis=0)) / rows.std(axis=0), random)


KINDS: dict[str, Callable[[int, int], FloatArray]] = {"normal": normal, "like a log": like_a_log}


def _planted(rows: FloatArray, random: np.random.Generator) -> FloatArray:
    place = np.flatnonzero(random.random(len(rows)) < OUTLIERS)
    rows[place, random.integers(COLUMNS, size=len(place))] += random.uniform(5.0, 9.0, size=len(place))
    return rows
