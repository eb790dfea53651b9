"""How badly a season of a given length foretells each point from the others of its phase."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from anomaly_container.detection import _kernels
from anomaly_container.detection.constants import EPSILON
from anomaly_container.detection.phases import by_cycle

if TYPE_CHECKING:
    from anomaly_container.detection.types import FloatArray


def season_error(values: FloatArray, period: int) -> float:
    """Return the mean squared leave-one-out error of the phase means.

    E = (1/n) sum over phases of (c / (c - 1))^2 (sum of squares - (sum)^2 / c), c members each; 0 when |E| is
    no more than rounding.

    Parameters
    ----------
    values : (n,) float64
        n >= 2 period.
    period : int
        Points per season.
    """
    size = values.size
    full, extra = divmod(size, period)
    total, squares = _phase_sums(values, period)
    shorter = _error(total[extra:], squares[extra:], full)
    longer = _error(total[:extra], squares[:extra], full + 1) if extra else 0.0
    error = (shorter + longer) / size
    return 0.0 if abs(error) <= EPSILON else error


def _phase_sums(values: FloatArray, period: int) -> tuple[FloatArray, FloatArray]:
    """Return the sum and the sum of squares of each phase: (period,), added in the order of time."""
    if _kernels.compiled is not None:
        total, squares = np.empty((2, period))
        _kernels.compiled.phase_sums(np.ascontiguousarray(values), total, squares)
        return total, squares
    table = by_cycle(values, period)
    return table.sum(axis=0), np.einsum("ij,ij->j", table, table)


def _error(total: FloatArray, squares: FloatArray, count: int) -> float:
    """Return the summed squared error of phases with `count` members each."""
    return (count / (count - 1)) ** 2 * float((squares - total * total / count).sum())
