"""Leave-one-out error of a season: how well the other points of a phase predict each point."""

from __future__ import annotations

from math import inf
from typing import TYPE_CHECKING

import numpy as np

from anomaly_container.detection.univariate import _kernels
from anomaly_container.detection.univariate.constants import EPSILON
from anomaly_container.detection.univariate.decomposition.phases import by_cycle

if TYPE_CHECKING:
    from anomaly_container.detection.numeric.arrays import FloatArray, IntArray


def season_error(values: FloatArray, period: int) -> float:
    """Return the mean squared leave-one-out error of the phase means of one season.

    Parameters
    ----------
    values : (n,) float64
        n >= 2 period.
    period : int
        Points per season.
    """
    return float(season_errors(values, np.array([period]))[0])


def season_errors(values: FloatArray, periods: IntArray, limit: float = inf) -> FloatArray:
    """Return the mean squared leave-one-out error of the phase means of many seasons: (k,).

    An error above the limit, or above one before it, may be infinite: its sum is given up on the way.

    E = (1/n) sum over phases of (c / (c - 1))^2 (sum of squares - (sum)^2 / c), where c is the number of
    points of the phase; 0 if |E| is at most 1e-8.

    Parameters
    ----------
    values : (n,) float64
        n >= 2 times each period.
    periods : (k,) int64
        Points per season.
    limit : float
        Larger errors do not matter.
    """
    errors = np.empty(periods.size)
    if _kernels.compiled is not None:
        _kernels.compiled.season_errors(np.ascontiguousarray(values), periods, limit, errors)
    else:
        errors[:] = [_season_error(values, period) for period in periods.tolist()]
    return np.where(np.abs(errors) <= EPSILON, 0.0, errors)


def _season_error(values: FloatArray, period: int) -> float:
    full, extra = divmod(values.size, period)
    table = by_cycle(values, period)
    total, squares = table.sum(axis=0), np.einsum("ij,ij->j", table, table)
    shorter = _error(total[extra:], squares[extra:], full)
    longer = _error(total[:extra], squares[:extra], full + 1) if extra else 0.0
    return (shorter + longer) / values.size


def _error(total: FloatArray, squares: FloatArray, count: int) -> float:
    """Return the summed squared error of phases with `count` members each, added phase by phase."""
    each = squares - total * total / count
    return (count / (count - 1)) ** 2 * float(np.add.accumulate(each)[-1])
