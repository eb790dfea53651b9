"""Anomaly and change-point detection on one series: arrays in, arrays out, nothing of the server."""

from anomaly_container.detection._kernels import kernels_compiled
from anomaly_container.detection.changepoint import change_points
from anomaly_container.detection.detectors import DETECTORS
from anomaly_container.detection.entire import entire
from anomaly_container.detection.granularity import grid_slots
from anomaly_container.detection.last import last
from anomaly_container.detection.series import worked_length
from anomaly_container.detection.types import (
    ChangePointOptions,
    ChangePointResult,
    EntireResult,
    Granularity,
    ImputeMode,
    LastResult,
    MarginRule,
    Options,
    Series,
    StlRule,
)

__all__ = [
    "DETECTORS",
    "ChangePointOptions",
    "ChangePointResult",
    "EntireResult",
    "Granularity",
    "ImputeMode",
    "LastResult",
    "MarginRule",
    "Options",
    "Series",
    "StlRule",
    "change_points",
    "entire",
    "grid_slots",
    "kernels_compiled",
    "last",
    "worked_length",
]
