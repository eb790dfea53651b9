"""Anomaly and change-point detection on one series: arrays in, arrays out, nothing of the server."""

from anomaly_container.detection.univariate._kernels import kernels_compiled
from anomaly_container.detection.univariate.change_points import change_points
from anomaly_container.detection.univariate.detectors.names import DETECTORS
from anomaly_container.detection.univariate.entire import entire
from anomaly_container.detection.univariate.grid.granularity import grid_slots
from anomaly_container.detection.univariate.grid.imputation import worked_length
from anomaly_container.detection.univariate.last import last
from anomaly_container.detection.univariate.types import (
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
