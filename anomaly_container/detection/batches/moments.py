"""Count, mean and sum of squared distances from the mean of several columns, which merge."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from anomaly_container.detection.numeric.arrays import BoolArray, FloatArray

LARGEST_SUM: Final = float(np.finfo(np.float64).max)
"""A sum of squares that would be infinite is this, so that no state ever holds an infinity."""


@dataclass(frozen=True, slots=True)
class Moments:
    """First two moments of C columns.

    Parameters
    ----------
    count : (C,) float64
        How many values, or their weight.
    mean : (C,) float64
        0 if there are no values.
    m2 : (C,) float64
        The sum of squared distances from the mean.
    """

    count: FloatArray
    mean: FloatArray
    m2: FloatArray

    @classmethod
    def none(cls, columns: int) -> Moments:
        """Return the moments of no values."""
        return cls(np.zeros(columns), np.zeros(columns), np.zeros(columns))

    @classmethod
    def of(cls, values: FloatArray, chosen: BoolArray, near: FloatArray) -> Moments:
        """Return the moments of some values of each column.

        The sums are of distances from a number near the mean, so that equal values have a sum of squares
        of exactly 0 and a large offset costs no digits.

        Parameters
        ----------
        values : (C, n) float64
            Values that are not chosen may be NaN.
        chosen : (C, n) bool
        near : (C,) float64
            A number near the values of each column.

        Returns
        -------
        Moments

        Examples
        --------
        >>> Moments.of(np.array([[1.0, 2.0, np.nan]]), np.array([[True, True, False]]), np.array([1.0]))
        Moments(count=array([2.]), mean=array([1.5]), m2=array([0.5]))
        """
        count = chosen.sum(axis=1).astype(np.float64)
        some = np.maximum(count, 1.0)
        distance = np.where(chosen, values - near[:, None], 0.0)
        offset = np.add.reduce(distance, axis=1) / some
        distance -= offset[:, None]
        distance *= chosen
        # An offset of 0 must give `near` itself, and a column without values 0.
        mean = np.where(count > 0.0, near + offset, 0.0)
        return cls(count, mean, np.add.reduce(distance * distance, axis=1))

    def merge(self, other: Moments) -> Moments:
        """Return the moments of both together.

        Source: Chan, Golub and LeVeque, "Updating Formulae and a Pairwise Algorithm for Computing Sample
        Variances", COMPSTAT 1982.

        Parameters
        ----------
        other : Moments

        Returns
        -------
        Moments

        Examples
        --------
        >>> one = Moments(np.array([1.0]), np.array([1.0]), np.array([0.0]))
        >>> two = Moments(np.array([1.0]), np.array([2.0]), np.array([0.0]))
        >>> one.merge(two)
        Moments(count=array([2.]), mean=array([1.5]), m2=array([0.5]))
        """
        count = self.count + other.count
        share = other.count / np.where(count > 0.0, count, 1.0)
        between = other.mean - self.mean
        mean = np.where(self.count > 0.0, self.mean + between * share, other.mean)
        with np.errstate(over="ignore"):
            m2 = self.m2 + other.m2 + between * between * self.count * share
        return Moments(count, mean, np.minimum(m2, LARGEST_SUM))

    def decayed(self, factor: FloatArray) -> Moments:
        """Return the moments with every weight multiplied by a factor: (C,)."""
        return Moments(self.count * factor, self.mean, self.m2 * factor)

    def deviation(self) -> FloatArray:
        """Return the standard deviation of each column, that of a population: (C,)."""
        return np.sqrt(self.m2 / np.where(self.count > 0.0, self.count, 1.0))
