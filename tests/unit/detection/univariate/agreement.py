"""When two computations of one thing agree: kernels and their twins, answers and the twin's answers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

    from anomaly_container.detection.univariate import EntireResult, LastResult, Options, Series

EXACT = {
    "period": "period",
    "suggestedWindow": "suggested_window",
    "isAnomaly": "is_anomaly",
    "isNegativeAnomaly": "is_negative_anomaly",
    "isPositiveAnomaly": "is_positive_anomaly",
    "modelId": "model_id",
}
IN_UNITS_OF_THE_SERIES = {
    "expectedValue": "expected_value",
    "expectedValues": "expected_values",
    "upperMargin": "upper_margin",
    "upperMargins": "upper_margins",
    "lowerMargin": "lower_margin",
    "lowerMargins": "lower_margins",
}
ANSWER_TOLERANCE = 1e-9


def assert_equal(ours: ArrayLike, theirs: ArrayLike) -> None:
    """Hold two arrays together number by number, bit for bit but for the sign of zero."""
    np.testing.assert_array_equal(np.asarray(ours), np.asarray(theirs), strict=False)


def assert_within(
    ours: ArrayLike, theirs: ArrayLike, tolerance: float, *, scale: float | None = None
) -> None:
    """Hold finite numbers together within `tolerance` times `scale`, the largest expected one by default."""
    wanted = np.asarray(theirs, dtype=np.float64)
    found = np.asarray(ours, dtype=np.float64)
    assert found.shape == wanted.shape
    assert np.isfinite(wanted).all()
    if scale is None:
        scale = float(np.abs(wanted).max(initial=0.0)) or 1.0
    np.testing.assert_allclose(found, wanted, rtol=0.0, atol=tolerance * scale, equal_nan=False)


def assert_same_answer(
    result: EntireResult | LastResult, twin: dict[str, Any], scale: float, tolerance: float = ANSWER_TOLERANCE
) -> None:
    """Hold a result to the twin's answer: flags, period and window equal, numbers close.

    Expected values and margins agree within `tolerance` of `scale`, severity within `tolerance`.
    """
    for name, theirs in twin.items():
        if name in EXACT:
            np.testing.assert_array_equal(getattr(result, EXACT[name]), theirs, err_msg=name)
        elif name in IN_UNITS_OF_THE_SERIES:
            assert_within(getattr(result, IN_UNITS_OF_THE_SERIES[name]), theirs, tolerance, scale=scale)
        else:
            assert name == "severity"
            assert_within(result.severity, theirs, tolerance, scale=1.0)


def twin_request(series: Series, options: Options) -> dict[str, Any]:
    """Return a request as the twin takes it."""
    return {
        "values": series.values.tolist(),
        "slots": series.slots.tolist(),
        "granularity": options.granularity.value,
        "interval": options.interval,
        "period": options.period,
        "ratio": options.max_anomaly_ratio,
        "sensitivity": options.sensitivity,
        "mode": options.impute_mode.value,
        "fixed_value": options.impute_value,
        "margin_rule": options.margin_rule.value,
        "stl_rule": options.stl_rule.value,
    }
