"""Everything a caller may ask of the detection library: series of many shapes, and options that fit them."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from hypothesis import settings
from hypothesis import strategies as st

from anomaly_container.detection.univariate import (
    ChangePointOptions,
    Granularity,
    ImputeMode,
    MarginRule,
    Options,
    Series,
    StlRule,
)
from tests.support import signals

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from anomaly_container.detection.numeric.arrays import FloatArray

FACTOR = float(os.environ.get("HYPOTHESIS_FACTOR", "1"))
LARGEST = 1e100
MIN_POINTS = 12
FAR_AWAY = 20_000


def examples(count: int) -> settings:
    """Return the settings of a property that needs `count` examples, or HYPOTHESIS_FACTOR times as many."""
    return settings(settings.get_profile("property"), max_examples=max(1, round(count * FACTOR)))


class Question(NamedTuple):
    """A series and what `entire` or `last` may be asked about it."""

    series: Series
    options: Options


class ChangePointQuestion(NamedTuple):
    """A series and what `change_points` may be asked about it."""

    series: Series
    options: ChangePointOptions


sizes = st.one_of(st.integers(12, 40), st.integers(12, 80), st.integers(12, 120), st.integers(121, 300))
seeds = st.integers(0, 2**32 - 1)
noises = st.sampled_from([0.0, 1e-9, 0.01, 1.0, 5.0])
season_lengths = st.sampled_from([2, 3, 4, 5, 7, 8, 12, 24, 30])
scales = st.sampled_from([1.0, 1.0, 1.0, 1e-300, 1e-100, 1e-20, 1e-9, 1e-7, 1e-3, 1e3, 1e8, 1e20, 1e99])
offsets = st.sampled_from([0.0, 0.0, 0.0, 1.0, -100.0, 1e4, -1e9, 1e12])
missing_shares = st.sampled_from([0.0, 0.0, 0.0, 0.05, 0.2, 0.5, 0.7])
ratios = st.sampled_from([0.25, 0.01, 0.1, 0.49]) | st.floats(1e-6, 0.49)
sensitivities = st.sampled_from([99, 99, 100, 0]) | st.integers(0, 100)
intervals = st.sampled_from([1, 1, 2, 3, 5, 12, 15, 24, 60, 3600])


def pulses(n: int, period: int, seed: int, noise: float) -> FloatArray:
    """Return zeros with a pulse of 1 once a season, and normal noise."""
    return np.where(np.arange(n) % period == 0, 1.0, 0.0) + signals.white(n, seed, noise=noise)


def magnitudes(n: int, period: int, seed: int, noise: float) -> FloatArray:
    """Return values of very unequal size, of which every other one or one a season is the largest."""
    rng = np.random.default_rng(seed)
    least = -300.0 if noise < 1.0 else -20.0
    sizes_of_values = 10.0 ** rng.uniform(least, rng.uniform(least, 0.0), n)
    return np.where(np.arange(n) % period == 0, 1.0, sizes_of_values * rng.standard_normal(n))


def heavy_tails(n: int, period: int, seed: int, _: float) -> FloatArray:
    """Return a season and a slope under noise that has no variance."""
    noise = np.random.default_rng(seed).standard_t(1.5, n)
    return signals.seasonal(n, period, seed, amplitude=3.0, noise=0.0, slope=0.1) + noise


def with_spikes(n: int, period: int, seed: int, noise: float) -> FloatArray:
    """Return a season with up to three points moved far."""
    return signals.spikes(signals.seasonal(n, period, seed, noise=noise), seed, count=1 + seed % 3)[0]


SHAPES: Mapping[str, Callable[[int, int, int, float], FloatArray]] = {
    "season": lambda n, period, seed, noise: signals.seasonal(n, period, seed, noise=noise, slope=0.1),
    "season around zero": lambda n, period, seed, noise: signals.seasonal(
        n, period, seed, noise=noise, level=0.0
    ),
    "growing season": lambda n, period, seed, _: signals.growing_seasonal(n, period, seed),
    "season with spikes": with_spikes,
    "heavy tails": heavy_tails,
    "trend": lambda n, _, seed, noise: signals.trend(n, seed, noise=noise),
    "steps": lambda n, _, seed, noise: signals.steps(n, seed, noise=noise),
    "noise": lambda n, _, seed, noise: signals.white(n, seed, noise=noise),
    "noise with spikes": lambda n, _, seed, noise: signals.spikes(signals.white(n, seed, noise=noise), seed)[
        0
    ],
    "walk": lambda n, _, seed, noise: signals.random_walk(n, seed, step=noise),
    "twice summed": lambda n, _, seed, noise: noise * signals.twice_summed(n, seed),
    "exponential": lambda n, period, _, noise: np.exp(np.arange(n) * (1.0 + noise) / period / 10.0),
    "pulses": pulses,
    "magnitudes": magnitudes,
    "constant": lambda n, period, _, noise: np.full(n, noise + 1.0 / period),
    "almost constant": lambda n, _, seed, noise: signals.almost_constant(n, seed, value=noise),
    "two values": lambda n, period, _, noise: np.where(np.arange(n) % period == 0, noise, 1.0),
    "counts": lambda n, period, seed, _: signals.rounded(
        signals.seasonal(n, period, seed, amplitude=2.0, level=3.0)
    ),
    "counts of chance": lambda n, period, seed, _: (
        np.random.default_rng(seed).poisson(period / 2, n).astype(float)
    ),
}


@st.composite
def shaped_values(draw: st.DrawFn, lengths: st.SearchStrategy[int] = sizes) -> FloatArray:
    """Return values of one of `SHAPES`, on some scale and level, within the bounds of the contract."""
    shape = SHAPES[draw(st.sampled_from(sorted(SHAPES)))]
    raw = shape(draw(lengths), draw(season_lengths), draw(seeds), draw(noises))
    scaled = raw * draw(scales) + draw(offsets)
    return np.clip(scaled, -LARGEST, LARGEST)


def with_last_moved(values: FloatArray, ranges: float) -> FloatArray:
    """Return values whose last one is moved by some times their range, within the bounds of the contract."""
    return np.clip(
        signals.with_one_spike(values, values.size - 1, ranges * float(np.ptp(values))), -LARGEST, LARGEST
    )


@st.composite
def values_with_a_season(draw: st.DrawFn) -> FloatArray:
    """Return at least four cycles of a season that stands out of its noise, so that it can be detected."""
    period = draw(st.sampled_from([5, 7, 12, 24]))
    shape = SHAPES[
        draw(st.sampled_from(["season", "season around zero", "growing season", "pulses", "counts"]))
    ]
    size = draw(st.integers(4 * period, max(8 * period, 60)))
    return draw(scales) * shape(size, period, draw(seeds), draw(st.sampled_from([0.0, 0.01, 0.1])))


odd_numbers = st.floats(-LARGEST, LARGEST) | st.sampled_from(
    [0.0, -0.0, 1.0, 1.0, 5e-324, 1e-8, 0.1, LARGEST]
)
any_values = st.lists(odd_numbers, min_size=MIN_POINTS, max_size=60).map(np.array)
values_of_a_series = shaped_values() | shaped_values() | values_with_a_season() | any_values
moves_of_the_last = st.sampled_from([0.0, 0.0, -3.0, 3.0])


@st.composite
def series_with_gaps(draw: st.DrawFn) -> Series:
    """Return a series some of whose slots may be empty, never the first or the last."""
    values, slots = with_last_moved(draw(values_of_a_series), draw(moves_of_the_last)), None
    share = draw(missing_shares)
    if share and (1.0 - share) * values.size >= MIN_POINTS:
        values, slots = signals.gaps(values, draw(seeds), share=share)
    positions = np.arange(values.size) if slots is None else np.array(slots)
    if draw(st.sampled_from([False] * 19 + [True])):
        positions[-1] += FAR_AWAY
    return Series(np.ascontiguousarray(values, dtype=np.float64), positions.astype(np.int64))


any_series = series_with_gaps()
any_rule = st.sampled_from(MarginRule)


def periods_up_to(length: int) -> st.SearchStrategy[int | None]:
    """Return None, no season, or seasons of which two and a point fit into `length`."""
    longest = (length - 1) // 2
    return st.sampled_from([None, None, None, None, 0, 1, 7, longest]).filter(
        lambda period: period is None or period <= longest
    ) | st.integers(0, longest)


def periods_for(series: Series, impute_mode: ImputeMode) -> st.SearchStrategy[int | None]:
    """Return the periods that the contract lets through for a series."""
    if series.missing_ratio > 0.5:
        return st.sampled_from([None, 0, 1])
    if impute_mode is ImputeMode.NOT_FILL:
        return periods_up_to(series.values.size)
    return periods_up_to(series.grid_length)


@st.composite
def questions(
    draw: st.DrawFn,
    series: st.SearchStrategy[Series] = any_series,
    rules: st.SearchStrategy[MarginRule] = any_rule,
    interval: st.SearchStrategy[int] = intervals,
) -> Question:
    """Return a series and options that the contract lets through together."""
    granularity = draw(st.sampled_from(Granularity))
    asked = draw(series)
    if granularity is Granularity.NONE:
        asked = Series.without_gaps(asked.values)
    impute_mode = draw(st.sampled_from(ImputeMode))
    options = Options(
        granularity=granularity,
        interval=draw(interval),
        period=draw(periods_for(asked, impute_mode)),
        max_anomaly_ratio=draw(ratios),
        sensitivity=draw(sensitivities),
        impute_mode=impute_mode,
        impute_value=draw(odd_numbers) if impute_mode is ImputeMode.FIXED else 0.0,
        margin_rule=draw(rules),
        stl_rule=draw(st.sampled_from(StlRule)),
    )
    return Question(asked, options)


@st.composite
def change_point_questions(
    draw: st.DrawFn,
    series: st.SearchStrategy[Series] = any_series,
    interval: st.SearchStrategy[int] = intervals,
) -> ChangePointQuestion:
    """Return a series and options for change points that the contract lets through together."""
    granularity = draw(st.sampled_from(Granularity))
    asked = draw(series)
    if granularity is Granularity.NONE:
        asked = Series.without_gaps(asked.values)
    points = asked.values.size
    options = ChangePointOptions(
        granularity=granularity,
        interval=draw(interval),
        period=draw(periods_up_to(points)),
        stable_trend_window=draw(st.none() | st.integers(3, (points - 1) // 2)),
        threshold=draw(st.none() | st.floats(0.01, 0.99)),
        stl_rule=draw(st.sampled_from(StlRule)),
    )
    return ChangePointQuestion(asked, options)
