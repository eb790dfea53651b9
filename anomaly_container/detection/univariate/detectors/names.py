"""The detectors of anomalies in words."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING

from anomaly_container.detection.univariate.constants import (
    MODEL_DYNAMIC_THRESHOLD,
    MODEL_DYNAMIC_THRESHOLD_MAJORITY,
    MODEL_SEASONAL,
    MODEL_SEASONAL_MAJORITY,
    MODEL_SPECTRAL_RESIDUAL,
    MODEL_SPECTRAL_Z_SCORE,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

_NAMES: Mapping[int, str] = MappingProxyType(
    {
        MODEL_SEASONAL: "seasonal",
        MODEL_SEASONAL_MAJORITY: "seasonal",
        MODEL_SPECTRAL_RESIDUAL: "spectral residual",
        MODEL_SPECTRAL_Z_SCORE: "spectral residual",
        MODEL_DYNAMIC_THRESHOLD: "dynamic threshold",
        MODEL_DYNAMIC_THRESHOLD_MAJORITY: "dynamic threshold",
    }
)


def detector_name(model_id: int) -> str | None:
    """Return the name of the detector behind a result.

    Parameters
    ----------
    model_id : int
        The attribute `model_id` of a result: a number of the service.

    Returns
    -------
    str or None
        None for change points, which one detector finds that has no name.

    Examples
    --------
    >>> from anomaly_container.detection.univariate import Granularity, Options, Series, detector_name, entire
    >>> series = Series.without_gaps([float(hour % 24) for hour in range(240)])
    >>> detector_name(entire(series, Options(granularity=Granularity.HOURLY)).model_id)
    'seasonal'
    """
    return _NAMES.get(model_id)
