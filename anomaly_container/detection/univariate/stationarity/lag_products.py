"""The augmented Dickey-Fuller statistic from inner products of lagged steps.

The regressors are one series of steps at different lags, so each of their inner products follows from its
neighbour by two terms. This costs k n operations; an orthogonal basis costs k^2 n. It squares the condition
number of the regression, and returns nothing if that could affect the result.
"""

from __future__ import annotations

from functools import lru_cache
from math import sqrt
from typing import TYPE_CHECKING

import numpy as np
from scipy.linalg.lapack import dtrtri

from anomaly_container.detection.numeric.moments import mean
from anomaly_container.detection.univariate.elementary import log

if TYPE_CHECKING:
    from anomaly_container.detection.numeric.arrays import FloatArray, IntArray

# Smallest share of its variance that a regressor may have of its own: products then lose at most six digits.
_MIN_OWN_SHARE = 1e-6
# Times the limit of singularity, so that no rounding of the bound matters.
_CLEARLY = 2.0


def statistic_by_products(values: FloatArray, steps: FloatArray, longest: int) -> float | None:
    """Return the t statistic of the level for the number of lags with the smallest AIC, None if in doubt.

    Parameters
    ----------
    values : (n,) float64
    steps : (n - 1,) float64
        Their differences.
    longest : int
        Largest number of lags.
    """
    products, means, norm = _centred_products(values, steps, longest)
    rows = steps.size - longest
    order = [0, *range(2, longest + 2), 1]
    factor = _factor(products, order)
    if factor is None or not _is_trusted(factor):
        return None
    if smallest_size(factor[:-1, :-1], means[order[:-1]], rows) <= _CLEARLY * singular_limit(norm, rows):
        return None
    lags = _best_lags(factor[-1], rows)
    products, _, _ = _centred_products(values, steps, lags)
    # The level goes last, so its part of the factor is what no lag explains.
    factor = _factor(products, [*range(2, lags + 2), 0, 1])
    if factor is None:
        return None
    unexplained = factor[-1, -1] / sqrt(steps.size - 2 * lags - 2)
    return float(factor[-1, -2] / unexplained)


def singular_limit(largest: float, rows: int) -> float:
    """Return the size up to which the smallest singular value of a regression counts as 0.

    It is that of `numpy.linalg.matrix_rank` for no more columns than rows. The constant is not scaled to the
    series: beside values of 1e12 and more it counts as nothing.

    Parameters
    ----------
    largest : float
        The largest singular value, or a bound of it.
    rows : int
    """
    return largest * rows * float(np.finfo(np.float64).eps)


def smallest_size(factor: FloatArray, means: FloatArray, rows: int) -> float:
    """Return a lower bound of the smallest singular value of regressors with a constant, from their products.

    The inverse squares of all singular values add up to the trace of the inverse of the products of the
    columns as they are: 1/rows + |L^-1 m|^2 of the constant, and that of L^-T L^-1 of the others.

    Parameters
    ----------
    factor : (k, k) float64
        L, the Cholesky factor of the inner products of the other columns about their means.
    means : (k,) float64
        m, those means.
    rows : int
    """
    inverse = dtrtri(factor.T)[0].T
    moved = inverse @ means
    return 1.0 / sqrt(np.add.reduce(inverse * inverse, axis=None) + 1.0 / rows + np.add.reduce(moved * moved))


def _centred_products(
    values: FloatArray, steps: FloatArray, lags: int
) -> tuple[FloatArray, FloatArray, float]:
    """Return the inner products of level, target and lagged steps about their means, and the norm of all.

    Returns
    -------
    products : (lags + 2, lags + 2) float64
        Row 0 is the level before each step, row 1 the step itself, row 1 + i the step i places before it.
    means : (lags + 2,) float64
    norm : float
        Norm of the regressors, not centred, with the constant.
    """
    rows = steps.size - lags
    before = values[lags:-1]
    middle = mean(before)
    level = before - middle
    raw = np.empty((lags + 2, lags + 2))
    raw[0, 0] = level @ level
    # With k + 1 more steps than levels, `correlate` gives the product at each lag, the largest lag first.
    raw[0, 1:] = raw[1:, 0] = np.correlate(steps, level, "valid")[::-1]
    raw[1:, 1:] = _step_products(steps, lags)
    sums = np.zeros(lags + 2)
    sums[1:] = (values[rows:] - values[: lags + 1])[::-1]
    norm = sqrt(rows + before @ before + np.trace(raw[2:, 2:]))
    means = sums / rows
    means[0] = middle
    return raw - sums[:, np.newaxis] * sums / rows, means, norm


def _step_products(steps: FloatArray, lags: int) -> FloatArray:
    """Return the inner products of the steps at lags 0, 1, ...: (lags + 1, lags + 1) float64.

    With one more lag, both columns of a product gain a step at their start and lose one at their end.
    """
    rows = steps.size - lags
    further, lag, distance = _diagonals(lags)
    entering, leaving = np.zeros((2, 2 * lags))
    entering[:lags], leaving[:lags] = steps[:lags][::-1], steps[rows:][::-1]
    products = np.empty((lags + 1, lags + 1))
    products[0] = np.correlate(steps, steps[lags:], "valid")[::-1]
    products[1:] = (
        entering[:lags, np.newaxis] * entering[further] - leaving[:lags, np.newaxis] * leaving[further]
    )
    by_distance: FloatArray = np.add.accumulate(products)[lag, distance]
    return by_distance


@lru_cache(maxsize=64)
def _diagonals(lags: int) -> tuple[IntArray, IntArray, IntArray]:
    """Return the index of lag k + d for each lag k and distance d, and the lag and distance of each product.

    Returns
    -------
    further : (lags, lags + 1) int64
        k + d.
    lag, distance : (lags + 1, lags + 1) int64
        The smaller of two lags, and their difference.
    """
    row, column = np.indices((lags + 1, lags + 1))
    diagonals = (row + column)[:lags], np.minimum(row, column), np.abs(row - column)
    for indices in diagonals:
        indices.flags.writeable = False
    return diagonals


def _factor(products: FloatArray, order: list[int]) -> FloatArray | None:
    """Return the Cholesky factor for an order of regressors, target last; None if it does not exist.

    A row holds the parts of its norm that each regressor before it explains, and then its own part.
    """
    try:
        factor = np.linalg.cholesky(products[np.ix_(order, order)])
    except np.linalg.LinAlgError:
        return None
    return factor.astype(np.float64, copy=False)


def _is_trusted(factor: FloatArray) -> bool:
    """Return whether every regressor, and the target, has enough of its own for products to be trusted."""
    own = np.diagonal(factor)
    share = own * own / (factor * factor).sum(axis=1)
    return bool(share.min() > _MIN_OWN_SHARE)


def _best_lags(explained: FloatArray, rows: int) -> int:
    """Return the number of lags with the smallest AIC, from what level and lags explain of the target."""
    # Unexplained without lags, with one, and so on: the target's own part and those of all later lags.
    unexplained = np.cumsum((explained * explained)[:0:-1])[::-1]
    aic = rows * log(unexplained / rows) + 2.0 * np.arange(2, explained.size + 1)
    return int(np.argmin(aic))
