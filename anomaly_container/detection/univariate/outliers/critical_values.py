"""Critical values of the generalized ESD test."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np
from scipy.special import stdtrit

from anomaly_container.detection.univariate.constants import ESD_SIGNIFICANCE

if TYPE_CHECKING:
    from anomaly_container.detection.numeric.arrays import SingleArray


def critical_values(length: int) -> SingleArray:
    """Return the critical values of the ESD test by the number of points left: (length,) float32.

    lambda = t r / sqrt((r - 1 + t^2)(r + 1)), where r is the number of points left after the removal of one
    and t the quantile of Student's t with r - 1 degrees of freedom at 1 - alpha / (r + 1); 0 for r < 2.

    Parameters
    ----------
    length : int
        Largest r plus 1.
    """
    return _critical_values(1 << max(length - 1, 1).bit_length())[:length]


@lru_cache(maxsize=16)
def _critical_values(length: int) -> SingleArray:
    """Compute the table for a length rounded up to a power of two, so that few tables are cached."""
    left = np.arange(2, length, dtype=np.float64)
    quantile = stdtrit(left - 1.0, 1.0 - ESD_SIGNIFICANCE / (left + 1.0))
    table = np.zeros(length, dtype=np.float32)
    table[2:] = quantile * left / np.sqrt((left - 1.0 + quantile * quantile) * (left + 1.0))
    table.flags.writeable = False
    return table
