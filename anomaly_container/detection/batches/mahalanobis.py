"""Distances by a correlation matrix that is shrunk towards independence."""

from __future__ import annotations

from dataclasses import dataclass
from math import sqrt
from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from anomaly_container.detection.batches.comoments import CoMoments
    from anomaly_container.detection.numeric.arrays import FloatArray, IntArray

_LEAST_RIDGE, _LARGEST_RIDGE = 0.01, 0.5
FARTHEST: Final = 1e100
"""No standardised value is farther from 0: what is beyond is this."""


@dataclass(frozen=True, slots=True)
class Metric:
    """The distance of rows from a mean, in the shape of the rows it is of.

    Parameters
    ----------
    columns : (k,) int64
        The columns that vary.
    mean, scale : (k,) float64
    precision : (k, k) float64
        The inverse of the correlation matrix R, shrunk: (1 - l) R + l I with l = min(0.5, 0.01 + k/N).
    """

    columns: IntArray
    mean: FloatArray
    scale: FloatArray
    precision: FloatArray

    @classmethod
    def of(cls, moments: CoMoments) -> Metric:
        """Return the metric of rows by their moments."""
        squares = np.diagonal(moments.products)
        columns = np.flatnonzero(squares > 0.0)
        size = np.sqrt(squares[columns])
        correlation = moments.products[np.ix_(columns, columns)] / size / size[:, None]
        ridge = min(_LARGEST_RIDGE, _LEAST_RIDGE + columns.size / max(moments.count, 1.0))
        correlation *= 1.0 - ridge
        correlation[np.diag_indices(columns.size)] = 1.0
        precision = np.linalg.inv(correlation).astype(np.float64, copy=False)
        return cls(columns, moments.mean[columns], size / sqrt(max(moments.count, 1.0)), precision)

    def squared(self, values: FloatArray) -> FloatArray:
        """Return the squared distances of rows.

        Parameters
        ----------
        values : (C, n) float64
            NaN is a gap, and counts as the mean.

        Returns
        -------
        (n,) float64
        """
        standard = self._standardised(values)
        squares: FloatArray = np.einsum("in,in->n", standard, self.precision @ standard)
        return squares

    def greatest_part(self, values: FloatArray) -> IntArray:
        """Return the column of each row without which its squared distance would be least.

        Without column c a squared distance q is q - (P v)_c^2 / P_cc, with P the precision and v the
        standardised row.

        Parameters
        ----------
        values : (C, n) float64

        Returns
        -------
        (n,) int64
        """
        weighted = self.precision @ self._standardised(values)
        parts = weighted * weighted / np.diagonal(self.precision)[:, None]
        found: IntArray = self.columns[np.argmax(parts, axis=0)]
        return found

    def _standardised(self, values: FloatArray) -> FloatArray:
        chosen = values if self.columns.size == values.shape[0] else values[self.columns]
        standard = chosen - self.mean[:, None]
        with np.errstate(over="ignore"):
            standard /= self.scale[:, None]
        np.nan_to_num(standard, copy=False)
        return np.clip(standard, -FARTHEST, FARTHEST, out=standard)


def normal_score(squares: FloatArray, columns: int) -> FloatArray:
    """Return squared distances as z values: the cube root of a chi-square over k is nearly normal.

    Source: Wilson and Hilferty, "The Distribution of Chi-Square", PNAS 17 (1931).

    Parameters
    ----------
    squares : (n,) float64
        Squared distances in `columns` dimensions.
    columns : int
        At least 1.

    Returns
    -------
    (n,) float64
        ((q/k)^(1/3) - (1 - 2/(9k))) / sqrt(2/(9k)), and 0 where that is negative.

    Examples
    --------
    >>> normal_score(np.array([0.0, 4.0, 40.0]), 4).round(4)
    array([0.    , 0.2357, 5.1336])
    """
    spread = 2.0 / (9.0 * columns)
    scores = np.cbrt(squares / columns)
    scores -= 1.0 - spread
    scores /= sqrt(spread)
    return np.maximum(scores, 0.0, out=scores)
