"""Seeded requests of every kind: small series of many shapes, with gaps and options drawn at random."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from anomaly_container.detection.univariate import (
    Granularity,
    ImputeMode,
    MarginRule,
    Options,
    Series,
    StlRule,
)
from tests.support.signals import (
    almost_constant,
    growing_seasonal,
    random_walk,
    rounded,
    seasonal,
    spikes,
    steps,
    trend,
    twice_summed,
    white,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from anomaly_container.detection.numeric.arrays import FloatArray

SHAPES: tuple[Callable[[int, int, int], FloatArray], ...] = (
    seasonal,
    lambda n, _, seed: white(n, seed),
    lambda n, _, seed: random_walk(n, seed),
    lambda n, period, seed: rounded(seasonal(n, period, seed, amplitude=4.0)),
    lambda n, _, seed: twice_summed(n, seed),
    growing_seasonal,
    lambda n, _, seed: almost_constant(n, seed, others=n // 4),
    lambda n, _, seed: steps(n, seed),
    lambda n, period, seed: seasonal(n, period, seed, slope=0.5, noise=0.05),
    lambda n, _, seed: trend(n, seed, slope=0.4),
    lambda n, period, seed: 3.0 * np.sign(seasonal(n, period, seed, level=0.0)) + white(n, seed, noise=0.2),
)
UNITS = (1.0, 1.0, 1000.0, 1e-5)
RATIOS = (0.01, 0.05, 0.1, 0.25, 0.25, 0.4, 0.49)
SENSITIVITIES = (0, 10, 50, 65, 80, 85, 90, 95, 97, 98, 99, 99, 100)
DENSER_GRIDS = (1.02, 1.1, 1.3, 1.6, 1.9, 2.2)


def request(seed: int) -> tuple[Series, Options]:
    """Return a series and options; any two seeds in a row differ in granularity, mode and rules."""
    rng = np.random.default_rng(seed)
    series = _series(rng, seed)
    granularities, modes = tuple(Granularity), tuple(ImputeMode)
    return series, Options(
        granularity=granularities[seed % len(granularities)],
        interval=int(rng.choice([1, 1, 1, 2, 5, 60])),
        period=_period(rng, series),
        max_anomaly_ratio=float(rng.choice(RATIOS)),
        sensitivity=int(rng.choice(SENSITIVITIES)),
        impute_mode=modes[seed // 2 % len(modes)],
        impute_value=float(np.round(np.median(series.values) + rng.standard_normal(), 3)),
        margin_rule=(MarginRule.V1, MarginRule.V3)[seed % 2],
        stl_rule=(StlRule.SERVICE, StlRule.SERVICE, StlRule.PUBLISHED)[seed % 3],
    )


def _series(rng: np.random.Generator, seed: int) -> Series:
    size = int(rng.integers(12, 110))
    values = SHAPES[seed % len(SHAPES)](size, int(rng.integers(2, max(3, size // 3))), seed)
    values, _ = spikes(values, seed, count=int(rng.integers(0, 4)), size=6.0 * float(values.std()))
    if rng.random() < 0.3:
        values[-1] += rng.choice([-4.0, 4.0]) * values.std()
    if rng.random() < 0.2:
        values[size // 2 :] += 3.0 * values.std()
    values = values * rng.choice(UNITS)
    if rng.random() > 0.5:
        return Series.without_gaps(values)
    grid = int(size * rng.choice(DENSER_GRIDS))
    slots = np.sort(rng.choice(np.arange(1, grid), size - 1, replace=False))
    return Series(values, np.concatenate(([0], slots)))


def _period(rng: np.random.Generator, series: Series) -> int | None:
    """Return a period as callers give it, within what the contract lets through, or none."""
    drawn = (None, None, None, 0, 1, int(rng.integers(2, series.values.size // 2 + 1)))[rng.integers(6)]
    too_long = drawn is not None and series.values.size < 2 * drawn + 1
    too_sparse = drawn is not None and drawn > 1 and series.missing_ratio > 0.5
    return None if too_long or too_sparse else drawn
