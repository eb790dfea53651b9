"""How badly a season of a given length foretells each point from the others of its phase."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

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
    table = by_cycle(values, period)
    count = np.where(np.arange(period) < extra, full + 1, full)
    total = table.sum(axis=0)
    squares = np.einsum("ij,ij->j", table, table)
    error = float(((count / (count - 1)) ** 2 * (squares - total * total / count)).sum()) / size
    return 0.0 if abs(error) <= EPSILON else error
