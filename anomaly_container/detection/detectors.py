"""The detectors of anomalies in words."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING

from anomaly_container.detection.constants import (
    MODEL_DYNAMIC_THRESHOLD,
    MODEL_DYNAMIC_THRESHOLD_MAJORITY,
    MODEL_SEASONAL,
    MODEL_SEASONAL_MAJORITY,
    MODEL_SPECTRAL_RESIDUAL,
    MODEL_SPECTRAL_Z_SCORE,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

DETECTORS: Mapping[int, str] = MappingProxyType(
    {
        MODEL_SEASONAL: "seasonal",
        MODEL_SEASONAL_MAJORITY: "seasonal",
        MODEL_SPECTRAL_RESIDUAL: "spectral residual",
        MODEL_SPECTRAL_Z_SCORE: "spectral residual",
        MODEL_DYNAMIC_THRESHOLD: "dynamic threshold",
        MODEL_DYNAMIC_THRESHOLD_MAJORITY: "dynamic threshold",
    }
)
"""By the numbers of the service; there is one detector of change points only, and no word for it."""
