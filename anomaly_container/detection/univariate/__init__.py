"""Anomaly and change-point detection in one series: arrays in, arrays out.

`entire` and `last` take a `Series` and `Options`, `change_points` a `Series` and `ChangePointOptions`.
Nothing here checks values or ranges beyond what a docstring says under Raises; the service checks them
before it calls.
"""

from anomaly_container.detection.univariate._kernels import kernels_compiled
from anomaly_container.detection.univariate.change_points import change_points
from anomaly_container.detection.univariate.detectors.names import detector_name
from anomaly_container.detection.univariate.entire import entire
from anomaly_container.detection.univariate.grid.granularity import grid_slots
from anomaly_container.detection.univariate.grid.imputation import worked_length
from anomaly_container.detection.univariate.last import last
from anomaly_container.detection.univariate.results import ChangePointResult, EntireResult, LastResult
from anomaly_container.detection.univariate.types import (
    ChangePointOptions,
    Granularity,
    ImputeMode,
    MarginRule,
    Options,
    Series,
    StlRule,
)

__all__ = [
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
    "detector_name",
    "entire",
    "grid_slots",
    "kernels_compiled",
    "last",
    "worked_length",
]
