"""Count, mean vector and matrix of co-moments of rows, which merge."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from anomaly_container.detection.batches.moments import LARGEST_SUM

if TYPE_CHECKING:
    from anomaly_container.detection.numeric.arrays import FloatArray


@dataclass(frozen=True, slots=True)
class CoMoments:
    """First two moments of rows of C columns.

    Parameters
    ----------
    count : float
        How many rows, or their weight.
    mean : (C,) float64
    products : (C, C) float64
        The sums of products of distances from the mean.
    """

    count: float
    mean: FloatArray
    products: FloatArray

    @classmethod
    def none(cls, columns: int) -> CoMoments:
        """Return the moments of no rows."""
        return cls(0.0, np.zeros(columns), np.zeros((columns, columns)))

    @classmethod
    def of(cls, values: FloatArray, near: FloatArray) -> CoMoments:
        """Return the moments of rows.

        Parameters
        ----------
        values : (C, n) float64
            NaN is a gap, and counts as `near`.
        near : (C,) float64
            A number near the values of each column: their mean until now, or their median.

        Returns
        -------
        CoMoments

        Examples
        --------
        >>> found = CoMoments.of(np.array([[1.0, 3.0], [2.0, np.nan]]), np.array([2.0, 2.0]))
        >>> found.mean, found.products.tolist()
        (array([2., 2.]), [[2.0, 0.0], [0.0, 0.0]])
        """
        columns, rows = values.shape
        if not rows:
            return cls.none(columns)
        distance = values - near[:, None]
        np.nan_to_num(distance, copy=False)
        offset = np.add.reduce(distance, axis=1) / rows
        distance -= offset[:, None]
        return cls(float(rows), near + offset, distance @ distance.T)

    def merge(self, other: CoMoments) -> CoMoments:
        """Return the moments of both together, as `Moments.merge` does for each pair of columns.

        Parameters
        ----------
        other : CoMoments

        Returns
        -------
        CoMoments

        Examples
        --------
        >>> one = CoMoments.of(np.array([[1.0], [4.0]]), np.zeros(2))
        >>> two = CoMoments.of(np.array([[3.0], [8.0]]), np.zeros(2))
        >>> one.merge(two).products.tolist()
        [[2.0, 4.0], [4.0, 8.0]]
        """
        if not other.count:
            return self
        if not self.count:
            return other
        count = self.count + other.count
        share = other.count / count
        between = other.mean - self.mean
        with np.errstate(over="ignore"):
            products = self.products + other.products + np.outer(between, between) * (self.count * share)
        return CoMoments(
            count, self.mean + between * share, np.clip(products, -LARGEST_SUM, LARGEST_SUM, out=products)
        )

    def decayed(self, factor: float) -> CoMoments:
        """Return the moments with every weight multiplied by a factor."""
        return CoMoments(self.count * factor, self.mean, self.products * factor)
