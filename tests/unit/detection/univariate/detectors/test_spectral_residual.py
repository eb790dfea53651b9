from __future__ import annotations

import warnings
from typing import TYPE_CHECKING

import numpy as np
import pytest

from anomaly_container.detection.univariate.constants import MODEL_SPECTRAL_RESIDUAL, MODEL_SPECTRAL_Z_SCORE
from anomaly_container.detection.univariate.detectors.spectral_residual import (
    _continuation,
    _geometric_mean,
    _highest,
    _steady_tail,
    _trailing_baseline,
    detect_spectral,
    saliency_scores,
)
from anomaly_container.detection.univariate.trend.smoothing_spline import spline_trend
from tests.naive.univariate import spectral as naive
from tests.support.signals import (
    constant,
    random_walk,
    rounded,
    seasonal,
    spikes,
    steps,
    trend,
    white,
    with_one_spike,
)
from tests.unit.detection.univariate.agreement import assert_equal, assert_within

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from anomaly_container.detection.numeric.arrays import FloatArray

SERIES: dict[str, FloatArray] = {
    **{f"{size} points of noise": white(size, size) for size in (12, 13, 50, 99, 100, 101, 102, 300)},
    "spikes": spikes(white(120, 1), 1, count=5, size=12.0)[0],
    "spikes in counts": rounded(spikes(4 * white(150, 2), 2, count=9)[0]),
    "spike at the last point": with_one_spike(white(130, 3), 129, 15.0),
    "dip at the last point": with_one_spike(seasonal(140, 12, 4), 139, -70.0),
    "usual last point": spikes(seasonal(140, 12, 5), 5)[0],
    "walk": random_walk(210, 6),
    "levels": steps(160, 7),
    "level that just changed": np.append(white(140, 8), white(12, 9, level=25.0)),
    "trend": trend(110, 10),
    "millions": 1e6 * spikes(white(90, 11), 11)[0],
    "millionths": 1e-6 * spikes(white(90, 12), 12)[0],
}


@pytest.mark.parametrize("ratio", [0.01, 0.1, 0.49])
@pytest.mark.parametrize("last_only", [False, True])
@pytest.mark.parametrize("kind", SERIES)
def test_the_findings_are_those_of_the_twin(kind: str, last_only: bool, ratio: float) -> None:
    values = SERIES[kind]
    found = detect_spectral(values, ratio, last_only, with_trend=True)
    twin = (naive.last if last_only else naive.entire)(values.tolist(), ratio)
    assert set(np.flatnonzero(found.flags).tolist()) == twin.flagged
    assert_within(found.scores, twin.stored, 1e-9, scale=1.0)
    assert_within(found.expected, twin.expected, 1e-12, scale=float(np.abs(values).max()))
    assert_equal(found.trend, spline_trend(found.expected, None))
    assert found.model_id == twin.model_id


def test_both_models_of_the_last_point_occur() -> None:
    models = {
        kind: detect_spectral(values, 0.25, last_only=True, with_trend=False).model_id
        for kind, values in SERIES.items()
    }
    assert models["spike at the last point"] == models["dip at the last point"] == MODEL_SPECTRAL_RESIDUAL
    assert models["usual last point"] == MODEL_SPECTRAL_Z_SCORE
    entire = detect_spectral(SERIES["usual last point"], 0.25, last_only=False, with_trend=False)
    assert entire.model_id == MODEL_SPECTRAL_RESIDUAL


def test_spikes_are_found() -> None:
    values, where = spikes(white(200, 1), 2, count=3, size=30.0)
    found = detect_spectral(values, 0.05, last_only=False, with_trend=False)
    assert found.flags[where].all()
    last = detect_spectral(SERIES["spike at the last point"], 0.05, last_only=True, with_trend=False)
    assert last.flags[-1]


def test_the_trend_is_left_out_where_no_rule_needs_it() -> None:
    found = detect_spectral(SERIES["spikes"], 0.1, last_only=False, with_trend=False)
    assert_equal(found.trend, found.expected)


@pytest.mark.parametrize("kind", SERIES)
def test_scores_are_those_of_the_twin(kind: str) -> None:
    values = SERIES[kind]
    for ours, theirs in (
        (_steady_tail(values), naive.look_ahead_entire(values.tolist())),
        (values[-7:-1], naive.look_ahead_last(values.tolist())),
    ):
        assert_equal(ours, theirs)
        assert _continuation(ours) == pytest.approx(naive.extension(theirs), rel=1e-13)
        twin = naive.saliency_score(values.tolist(), theirs)
        assert_within(saliency_scores(values, ours), twin, 1e-10)


def test_a_line_continues_as_a_line() -> None:
    # Six points from the median 2.5 on: five slopes of one, half of 7/5 each.
    assert _continuation(np.arange(6.0)) == pytest.approx(6.0)
    assert _continuation(np.full(6, 4.0)) == 4.0


def test_outliers_do_not_lead_the_way() -> None:
    values = white(60, 1)
    values[[54, 58, 59]] = [90.0, -90.0, 90.0]
    assert_equal(_steady_tail(values), values[[51, 52, 53, 55, 56, 57]])


def mirrored(half: FloatArray, size: int) -> NDArray[np.complex128]:
    """Return a spectrum of a real series with the magnitudes of its earlier half."""
    magnitude = np.concatenate((half, half[size - half.size : 0 : -1]))
    return np.asarray(magnitude * np.exp(1j * np.arange(size)), dtype=np.complex128)


@pytest.mark.parametrize("size", [60, 61])
def test_the_geometric_mean_is_that_of_the_twin(size: int) -> None:
    half = np.abs(white(31, 1)) * np.geomspace(1e-6, 1e6, 31)
    half[[0, 7, 20, 21, 28, 29, 30]] = 0.0
    spectrum = mirrored(half, size)
    twin = [naive.divisor(np.abs(spectrum).tolist(), place) for place in range(size)]
    mean = _geometric_mean(spectrum)
    np.testing.assert_allclose(mean, twin, rtol=1e-14)
    assert mean[30] == mean[0] == 1.0


@pytest.mark.parametrize("exponent", [-300, -120, 120, 300])
def test_the_geometric_mean_neither_overflows_nor_vanishes(exponent: int) -> None:
    spectrum = mirrored((1.0 + np.random.default_rng(1).random(16)) * 10.0**exponent, 30)
    logs = np.log10(np.abs(spectrum))
    wanted = [logs[max(0, place - 2) : place + 1].mean() for place in range(30)]
    np.testing.assert_allclose(np.log10(_geometric_mean(spectrum)), wanted, rtol=1e-12)


@pytest.mark.parametrize("size", [1, 2, 5, 99, 100, 101, 250])
def test_the_baseline_is_that_of_the_twin(size: int) -> None:
    saliency = np.random.default_rng(size).random(size)
    assert_within(_trailing_baseline(saliency), naive.baseline(saliency.tolist()), 1e-13)


def test_the_baseline_is_the_mean_of_a_hundred() -> None:
    saliency = np.random.default_rng(1).random(300)
    baseline = _trailing_baseline(saliency)
    for point in (100, 150, 299):
        assert baseline[point] == pytest.approx(saliency[point - 99 : point + 1].mean())
    padded = np.append(saliency[:31], np.full(69, saliency[:30].mean()))
    assert baseline[30] == pytest.approx(padded.mean())


def test_the_highest_scores_are_flagged_the_earlier_of_equals_first() -> None:
    scores = np.array([3.49, 9.0, 4.0, 3.5, 4.0, 0.0, 4.0])
    assert np.flatnonzero(_highest(scores, 7)).tolist() == [1, 2, 3, 4, 6]
    assert np.flatnonzero(_highest(scores, 3)).tolist() == [1, 2, 4]
    assert np.flatnonzero(_highest(scores, 1)).tolist() == [1]
    assert naive.highest_flagged(scores.tolist(), 3 / 7) == {1, 2, 4}


def test_the_service_shifts_scores_by_a_slip_of_precedence() -> None:
    found = detect_spectral(SERIES["spikes"], 0.1, last_only=False, with_trend=False)
    scores = saliency_scores(SERIES["spikes"], _steady_tail(SERIES["spikes"]))
    assert_within(found.scores, np.clip(scores - 3.5 / 11.5, 0.0, 1.0), 1e-15)
    assert (found.scores == 1.0).any()
    assert (found.scores == 0.0).any()
    assert ((found.scores > 0.0) & (found.scores < 1.0)).any()


@pytest.mark.parametrize("last_only", [False, True])
@pytest.mark.parametrize("value", [0.0, 1.0, 0.1, -1e99])
def test_a_constant_series_has_finite_findings(value: float, last_only: bool) -> None:
    """Differences of a line are constant, and come here."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        found = detect_spectral(constant(60, value=value), 0.25, last_only, with_trend=True)
    assert np.isfinite(found.expected).all()
    assert np.isfinite(found.scores).all()
    assert_within(found.expected, constant(60, value=value), 1e-12)


def test_a_last_point_without_inconspicuous_history_is_expected_at_zero(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def conspicuous(values: FloatArray, _: FloatArray) -> FloatArray:
        return np.full(values.size, 9.0)

    monkeypatch.setattr(
        "anomaly_container.detection.univariate.detectors.spectral_residual.saliency_scores", conspicuous
    )
    values = with_one_spike(white(30, 1, level=5.0), 29, 90.0)
    found = detect_spectral(values, 0.49, last_only=True, with_trend=False)
    # The break is taken within the last 13 points; those before it are conspicuous as well.
    assert found.expected[-1] == 0.0
    assert_equal(found.expected[:-1], values[:-1])


@pytest.mark.parametrize("ratio", [0.01, 0.2, 0.49])
def test_the_break_is_looked_for_near_the_end(ratio: float, monkeypatch: pytest.MonkeyPatch) -> None:
    """At least a tenth and at most 45 % of the points are searched; what follows the break is set aside."""
    seen: list[FloatArray] = []

    def broken_everywhere(values: FloatArray, _: FloatArray) -> FloatArray:
        seen.append(values)
        return np.full(values.size, 1.5)

    monkeypatch.setattr(
        "anomaly_container.detection.univariate.detectors.spectral_residual.saliency_scores",
        broken_everywhere,
    )
    values = with_one_spike(white(100, 1), 99, 9.0)
    found = detect_spectral(values, ratio, last_only=True, with_trend=False)
    searched = {0.01: 10, 0.2: 20, 0.49: 45}[ratio]
    assert_equal(seen[1], np.append(values[: 100 - searched], values[-1]))
    assert_equal(found.scores[:-1], np.full(99, 1.0))
