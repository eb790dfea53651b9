"""A series as a table of cycles by phases."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from anomaly_container.detection.numeric.arrays import FloatArray


def by_cycle(values: FloatArray, period: int) -> FloatArray:
    """Return the series as (cycles, period), the last cycle padded with zeros.

    Parameters
    ----------
    values : (n,) float64
    period : int
        Points per season.
    """
    table = np.zeros((-(-values.size // period), period))
    table.reshape(-1)[: values.size] = values
    return table


def phase_groups(size: int, period: int) -> list[tuple[slice, int]]:
    """Return groups of phases with equally many cycles: columns of `by_cycle`, and the number of cycles.

    Parameters
    ----------
    size : int
        Points of the series.
    period : int
        Points per season.
    """
    full, extra = divmod(size, period)
    groups = [(slice(extra, period), full)]
    return [*groups, (slice(0, extra), full + 1)] if extra else groups
