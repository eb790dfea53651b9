"""What any sane detector says: nothing of a constant series, and the one spike of a quiet one.

A spike is obvious here where it stands 30 times as far off as the noise reaches. It is not at the first
point, where a dense series has no past to stand out of, and in a season not among few cycles: one of five
drags the mean of its phase so far that the robust fit takes the four others for outliers.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from anomaly_container.detection.univariate import Granularity, MarginRule, Options, Series, entire, last
from tests.property.strategies import Question, examples, intervals, ratios, seeds, sizes
from tests.support import signals

if TYPE_CHECKING:
    from anomaly_container.detection.numeric.arrays import FloatArray


@st.composite
def constant_series(draw: st.DrawFn) -> tuple[float, Question]:
    """Return a value, a series that has no other, perhaps with gaps, and options below sensitivity 100."""
    value, size = draw(st.floats(-1e100, 1e100)), draw(sizes)
    granularity = draw(st.sampled_from(Granularity))
    series = Series.without_gaps(np.full(size, value))
    if granularity is not Granularity.NONE and draw(st.booleans()):
        series = Series(series.values, np.append(np.arange(size - 1), size + 5))
    options = Options(
        granularity,
        draw(intervals),
        draw(st.sampled_from([None, 0, 1, 2, 5])),
        draw(ratios),
        draw(st.integers(0, 99)),
        margin_rule=draw(st.sampled_from(MarginRule)),
    )
    return value, Question(series, options)


@examples(100)
@given(constant=constant_series())
def test_a_constant_series_has_no_anomalies(constant: tuple[float, Question]) -> None:
    """At any level: below sensitivity 100 the band is wider than rounding."""
    value, question = constant
    whole, one = entire(*question), last(*question)
    assert not whole.is_anomaly.any()
    assert not one.is_anomaly
    np.testing.assert_allclose(whole.expected_values, value, rtol=1e-9, atol=1e-300)
    np.testing.assert_allclose(one.expected_value, value, rtol=1e-9, atol=1e-300)
    assert question.options.period is not None or whole.period == one.period == 0


class Quiet(NamedTuple):
    """A series without anomalies of its own, and the question that sends it to one detector."""

    values: FloatArray
    options: Options


def even_noise(size: int, seed: int) -> FloatArray:
    """Return noise that never leaves [-1, 1]."""
    return np.random.default_rng(seed).uniform(-1.0, 1.0, size)


@st.composite
def quiet_series(draw: st.DrawFn) -> Quiet:
    """Return even noise within 1, alone or on a season, and options for each of the three detectors."""
    seed, rule = draw(seeds), draw(st.sampled_from(MarginRule))
    detector = draw(st.sampled_from(["seasonal", "dynamic", "spectral"]))
    if detector == "seasonal":
        period = draw(st.sampled_from([4, 7, 12]))
        size = draw(st.integers(20 * period, 25 * period))
        wave = signals.seasonal(size, period, seed, noise=0.0)
        return Quiet(wave + even_noise(size, seed), Options(Granularity.DAILY, 1, period, margin_rule=rule))
    granularity = Granularity.DAILY if detector == "dynamic" else Granularity.MINUTELY
    values = 100.0 + even_noise(draw(st.integers(60, 200)), seed)
    return Quiet(values, Options(granularity, 1, 0, margin_rule=rule))


@examples(80)
@given(quiet=quiet_series(), share=st.floats(0.1, 0.9), size=st.sampled_from([-30.0, 30.0]))
def test_one_spike_is_found_on_its_side_and_is_the_most_severe_point(
    quiet: Quiet, share: float, size: float
) -> None:
    at = int(share * quiet.values.size)
    found = entire(Series.without_gaps(signals.with_one_spike(quiet.values, at, size)), quiet.options)
    assert found.is_positive_anomaly[at] == (size > 0.0)
    assert found.is_negative_anomaly[at] == (size < 0.0)
    assert np.argmax(found.severity) == at


@examples(80)
@given(quiet=quiet_series(), size=st.sampled_from([-30.0, 30.0]))
def test_a_spike_at_the_last_point_is_found_on_its_side(quiet: Quiet, size: float) -> None:
    values = signals.with_one_spike(quiet.values, quiet.values.size - 1, size)
    found = last(Series.without_gaps(values), quiet.options)
    assert found.is_positive_anomaly == (size > 0.0)
    assert found.is_negative_anomaly == (size < 0.0)
    assert found.severity > 0.0


@examples(60)
@given(size=st.integers(12, 300), height=st.floats(1e-3, 1e90), at=st.floats(0.0, 1.0))
def test_a_lone_pulse_over_nothing_is_the_only_anomaly_of_a_sparse_series(
    size: int, height: float, at: float
) -> None:
    """Wherever it is: ESD sees the values alone."""
    where = min(int(at * size), size - 1)
    values = signals.with_one_spike(np.zeros(size), where, height)
    found = entire(Series.without_gaps(values), Options(Granularity.DAILY, period=0))
    assert np.flatnonzero(found.is_positive_anomaly).tolist() == [where]
    assert not found.is_negative_anomaly.any()
