"""The compiled kernels beside their twins in numpy, on sizes at which the twins of `tests/naive` give up."""

from __future__ import annotations

import threading
from functools import partial
from importlib import import_module
from platform import machine
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from anomaly_container.detection.numeric.kernels import best_build
from anomaly_container.detection.univariate import StlRule, _kernels, kernels_compiled
from anomaly_container.detection.univariate.change_points import walk_trend
from anomaly_container.detection.univariate.decomposition.stl import robust_stl
from anomaly_container.detection.univariate.elementary import cbrt, exp, log, magnitude
from anomaly_container.detection.univariate.outliers.critical_values import critical_values
from anomaly_container.detection.univariate.outliers.esd import _test_ranks
from anomaly_container.detection.univariate.outliers.introsort import introsort
from anomaly_container.detection.univariate.period.cross_validation import season_error, season_errors
from anomaly_container.detection.univariate.trend.running_median import (
    centred_median,
    to_single,
    truncated_median,
)
from anomaly_container.detection.univariate.trend.smoothing_spline import _fit, median_slope
from tests.support.signals import random_walk, rounded, seasonal, spikes, steps, white
from tests.unit.detection.univariate.agreement import assert_equal

if TYPE_CHECKING:
    from collections.abc import Callable

    from anomaly_container.detection.numeric.arrays import FloatArray


@pytest.fixture(autouse=True, params=["_compiled", "_compiled_wide"])
def build(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Run every test with each build of the kernels."""
    plain = pytest.importorskip(f"{_kernels.__name__}._compiled", reason="there was no compiler")
    if request.param == "_compiled_wide" and not plain.has_wide():
        pytest.skip("this processor has no wide registers")
    monkeypatch.setattr(_kernels, "compiled", import_module(f"{_kernels.__name__}.{request.param}"))


SERIES: dict[str, Callable[[int, int], FloatArray]] = {
    "season": lambda n, p: spikes(seasonal(n, p, 1), 1)[0],
    "counts": lambda n, p: rounded(seasonal(n, p, 2, amplitude=3.0)),
    "noise-free": lambda n, p: seasonal(n, p, 3, noise=0.0, slope=0.5),
    "walk": lambda n, _: random_walk(n, 4),
    "levels": lambda n, _: steps(n, 5),
    "coins": lambda n, _: np.round(np.random.default_rng(6).random(n)),
    "zeros": lambda n, _: np.zeros(n),
    "huge": lambda n, _: 1e100 * white(n, 7, level=0.0),
    "tiny": lambda n, _: 1e-300 * white(n, 8, level=0.0),
}


def test_the_build_that_suits_the_processor_is_taken() -> None:
    plain = import_module(f"{_kernels.__name__}._compiled")
    assert best_build(_kernels.__name__) is (
        import_module(f"{_kernels.__name__}._compiled_wide") if plain.has_wide() else plain
    )


def by_numpy(monkeypatch: pytest.MonkeyPatch, compute: Callable[[], Any]) -> Any:  # noqa: ANN401  # what it computes
    with monkeypatch.context() as without:
        without.setattr(_kernels, "compiled", None)
        assert not kernels_compiled()
        return compute()


@pytest.mark.parametrize(
    ("size", "period"),
    [
        (12, 5),
        (13, 6),
        (29, 14),
        (47, 7),
        (100, 8),
        (101, 16),
        (333, 17),
        (1000, 24),
        (1440, 168),
        (2000, 999),
    ],
)
@pytest.mark.parametrize("kind", SERIES)
def test_stl_gives_the_same_bits(monkeypatch: pytest.MonkeyPatch, kind: str, size: int, period: int) -> None:
    values = SERIES[kind](size, period)
    with np.errstate(all="ignore"):
        twin = by_numpy(monkeypatch, lambda: robust_stl(values, period, StlRule.SERVICE))
    fit = robust_stl(values, period, StlRule.SERVICE)
    assert_equal(fit.trend, twin.trend)
    assert_equal(fit.seasonal, twin.seasonal)
    assert_equal(fit.remainder, twin.remainder)


@pytest.mark.parametrize("seed", range(20))
def test_stl_gives_the_same_bits_for_any_size_and_period(monkeypatch: pytest.MonkeyPatch, seed: int) -> None:
    random = np.random.default_rng(seed)
    for _ in range(10):
        period = int(random.integers(2, 60))
        size = int(random.integers(max(12, 2 * period + 1), 2 * period + 300))
        kind = list(SERIES)[int(random.integers(6))]
        values = SERIES[kind](size, period)
        twin = by_numpy(monkeypatch, partial(robust_stl, values, period, StlRule.SERVICE))
        fit = robust_stl(values, period, StlRule.SERVICE)
        assert_equal(fit.trend, twin.trend)
        assert_equal(fit.seasonal, twin.seasonal)


def cubic(size: int, _: int) -> FloatArray:
    place = np.linspace(-1.0, 2.0, size)
    return place**3 - place


@pytest.mark.parametrize("size", [12, 40, 128, 129, 300, 683])
@pytest.mark.parametrize("kind", [*SERIES, "cubic"])
def test_the_median_slope_is_exact(monkeypatch: pytest.MonkeyPatch, kind: str, size: int) -> None:
    values = {**SERIES, "cubic": cubic}[kind](size, 7)
    assert median_slope(values) == by_numpy(monkeypatch, lambda: median_slope(values))


@pytest.mark.parametrize("size", [12, 128, 129, 300, 683, 1023])
@pytest.mark.parametrize("kind", [*SERIES, "cubic"])
def test_the_median_slope_of_single_precision_is_exact(
    monkeypatch: pytest.MonkeyPatch, kind: str, size: int
) -> None:
    series = {**SERIES, "cubic": cubic}[kind](size, 7)
    for level in (0.0, 1e6):
        values, _ = to_single(level + series)
        assert median_slope(values) == by_numpy(monkeypatch, partial(median_slope, values))


@pytest.mark.parametrize("seed", range(40))
def test_the_median_slope_is_exact_where_the_sample_misleads(
    monkeypatch: pytest.MonkeyPatch, seed: int
) -> None:
    # A short steep piece: what the sample sees of it and where the median lies have little in common.
    random = np.random.default_rng(seed)
    values = np.where(np.arange(300) % int(random.integers(2, 40)) == 0, 1e6, 0.0) + random.random(300)
    assert median_slope(values) == by_numpy(monkeypatch, lambda: median_slope(values))
    single, _ = to_single(values)
    assert median_slope(single) == by_numpy(monkeypatch, lambda: median_slope(single))


@pytest.mark.skipif(
    machine() != "x86_64", reason="scipy's FITPACK may fuse multiplications on other processors"
)
@pytest.mark.parametrize("size", [6, 7, 12, 47, 300, 1001])
@pytest.mark.parametrize("kind", SERIES)
def test_the_spline_is_that_of_fitpack(monkeypatch: pytest.MonkeyPatch, kind: str, size: int) -> None:
    values = SERIES[kind](max(size, 12), 7)[:size]
    for pieces in range(2, size // 2, max(size // 20, 1)):
        knots = np.linspace(0, size - 1, pieces + 2)[1:-2]
        twin = by_numpy(monkeypatch, partial(_fit, values, knots))
        assert_equal(_fit(values, knots), twin)


@pytest.mark.parametrize("width", [1, 3, 7, 169, 599])
@pytest.mark.parametrize("kind", SERIES)
def test_truncated_medians_are_those_of_the_twin(
    monkeypatch: pytest.MonkeyPatch, kind: str, width: int
) -> None:
    values = np.clip(SERIES[kind](600, 7), -1e30, 1e30)
    twin = by_numpy(monkeypatch, lambda: truncated_median(values, width))
    assert_equal(truncated_median(values, width), twin)


@pytest.mark.parametrize("width", [3, 7, 169, 599])
@pytest.mark.parametrize("kind", SERIES)
def test_centred_medians_are_those_of_the_twin(
    monkeypatch: pytest.MonkeyPatch, kind: str, width: int
) -> None:
    values = SERIES[kind](600, 7)
    single, _ = to_single(values)
    twin = by_numpy(monkeypatch, lambda: centred_median(single, width))
    assert_equal(centred_median(single, width), twin)


@pytest.mark.parametrize("ranks", [1, 2, 249, 500])
@pytest.mark.parametrize("kind", SERIES)
def test_esd_of_all_ranks_is_that_of_the_twin(monkeypatch: pytest.MonkeyPatch, kind: str, ranks: int) -> None:
    upward = np.sort(np.clip(SERIES[kind](500, 7), -1e15, 1e15).astype(np.float32))[::-1].copy()
    critical = critical_values(500)[500 - ranks :][::-1]
    twins = by_numpy(monkeypatch, lambda: _test_ranks(upward, critical))
    for found, twin in zip(_test_ranks(upward, critical), twins, strict=True):
        np.testing.assert_array_equal(found, twin)


@pytest.mark.parametrize("kind", SERIES)
def test_season_errors_are_those_of_the_twin(monkeypatch: pytest.MonkeyPatch, kind: str) -> None:
    values = SERIES[kind](701, 7)
    for period in (2, 3, 7, 8, 100, 233, 350):
        assert season_error(values, period) == by_numpy(monkeypatch, partial(season_error, values, period))


@pytest.mark.parametrize("share", [0.0, 0.02, 0.5, 0.8, 1.0, 2.0, np.inf])
@pytest.mark.parametrize("kind", SERIES)
def test_only_season_errors_that_do_not_matter_are_given_up(
    monkeypatch: pytest.MonkeyPatch, kind: str, share: float
) -> None:
    values = SERIES[kind](2001, 24)
    periods = np.random.default_rng(9).permutation(np.arange(2, 1001))
    limit = share * float(values.var()) if share < np.inf else share
    twin = by_numpy(monkeypatch, partial(season_errors, values, periods))
    errors = season_errors(values, periods, limit)
    kept = np.isfinite(errors)
    assert_equal(errors[kept], twin[kept])
    least_before = np.minimum.accumulate(np.append(np.inf, twin))[:-1]
    assert (twin > np.minimum(limit, least_before))[~kept].all()


def test_season_errors_far_above_the_limit_are_given_up() -> None:
    values = SERIES["season"](2400, 48)
    errors = season_errors(values, np.array([48, 47, 96]), 0.5 * float(values.var()))
    assert np.isfinite(errors).tolist() == [True, False, True]


@pytest.mark.parametrize("threshold", [0.5, 0.9, 0.95])
@pytest.mark.parametrize("kind", SERIES)
def test_the_walk_is_that_of_the_twin(monkeypatch: pytest.MonkeyPatch, kind: str, threshold: float) -> None:
    level = SERIES[kind](900, 12)
    flags, scores = walk_trend(level, 5, threshold)
    twin_flags, twin_scores = by_numpy(monkeypatch, lambda: walk_trend(level, 5, threshold))
    assert_equal(scores, twin_scores)
    np.testing.assert_array_equal(flags, twin_flags)


@pytest.mark.parametrize("size", [1, 2, 16, 17, 33, 1000, 8640])
@pytest.mark.parametrize("kind", SERIES)
def test_introsort_is_that_of_the_twin(monkeypatch: pytest.MonkeyPatch, kind: str, size: int) -> None:
    values = SERIES[kind](max(size, 33), 7)[:size]
    for coarse in (values, np.round(values), np.sign(values)):
        twin = by_numpy(monkeypatch, partial(introsort, coarse))
        np.testing.assert_array_equal(introsort(coarse), twin)


@pytest.mark.parametrize("function", [log, exp, cbrt])
def test_elementary_functions_are_those_of_the_twins(
    monkeypatch: pytest.MonkeyPatch, function: Callable[[FloatArray], FloatArray]
) -> None:
    random = np.random.default_rng(1)
    values = random.random(20_000) * 10.0 ** random.integers(-5, 4, 20_000) + 1e-300
    assert_equal(function(values), by_numpy(monkeypatch, partial(function, values)))


def test_magnitudes_are_those_of_the_twin(monkeypatch: pytest.MonkeyPatch) -> None:
    parts = white(40_000, 1) * 10.0 ** np.random.default_rng(2).integers(-150, 150, 40_000)
    numbers = parts[:20_000] + 1j * parts[20_000:]
    assert_equal(magnitude(numbers), by_numpy(monkeypatch, partial(magnitude, numbers)))


def test_arrays_that_do_not_fit_are_refused() -> None:
    compiled = _kernels.compiled
    assert compiled is not None
    nine, three, single = np.ones(9), np.ones(3), np.ones(9, dtype=np.float32)
    with pytest.raises(ValueError, match="two periods"):
        compiled.stl(nine, np.ones(9), np.ones(9), np.ones(9), 5, 91, 9, 1, 5, 1, 15)
    with pytest.raises(ValueError, match="two periods"):
        compiled.stl(nine, np.ones(9), np.ones(9), np.ones(8), 4, 91, 9, 1, 5, 1, 15)
    with pytest.raises(ValueError, match="two points"):
        compiled.median_slope(np.ones(1), False)
    with pytest.raises(ValueError, match="window"):
        compiled.running_median(nine, single, single.copy(), 11)
    with pytest.raises(ValueError, match="window"):
        compiled.running_median(None, single, single.copy(), 4)
    with pytest.raises(ValueError, match="ranks"):
        compiled.esd(single[:2], single, 1.0, (1.0,) * 5, np.zeros(9, dtype=np.bool_), nine, nine.copy())
    with pytest.raises(ValueError, match="ranks"):
        compiled.esd(single, single, 1.0, (1.0,) * 5, np.zeros(9, dtype=np.bool_), nine, three)
    marks, ranks = np.zeros(9, dtype=np.bool_), np.arange(10)
    for wrong in (ranks, ranks[:1] - 1):
        with pytest.raises(ValueError, match="a rank"):
            compiled.first_outlier(single, single, marks, nine, nine, wrong, 1.0)
    with pytest.raises(ValueError, match="a rank"):
        compiled.first_outlier(single, single, marks, nine, three, ranks[:3], 1.0)
    with pytest.raises(ValueError, match="fits twice"):
        compiled.season_errors(nine, np.array([2, 5]), 1.0, np.empty(2))
    with pytest.raises(ValueError, match="fewer coefficients"):
        compiled.spline(three, nine, np.empty(3))
    with pytest.raises(ValueError, match="equally long"):
        compiled.walk_trend(nine, 1.0, 0.1, 3, np.zeros(9, dtype=np.bool_), three)
    with pytest.raises(ValueError, match="counts up"):
        compiled.introsort(nine, np.arange(8))
    with pytest.raises(ValueError, match="counts up"):
        compiled.introsort(nine, np.arange(9)[::-1].copy())
    with pytest.raises(ValueError, match="result for each"):
        compiled.log(nine, three)
    with pytest.raises(ValueError, match="result for each"):
        compiled.magnitude(nine, three)
    with pytest.raises((BufferError, TypeError, ValueError)):
        compiled.median_slope(np.ones(20)[::2], False)


def test_kernels_let_other_threads_run() -> None:
    """Fits on two threads at once give what they give alone."""
    values = SERIES["season"](3000, 24)
    alone = robust_stl(values, 24, StlRule.SERVICE).trend
    found: list[FloatArray] = []
    threads = [
        threading.Thread(target=lambda: found.append(robust_stl(values, 24, StlRule.SERVICE).trend))
        for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 4
    for trend in found:
        assert_equal(trend, alone)
