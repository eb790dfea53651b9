"""Whether a series is stationary, and its differences (algorithm.md section 9)."""

from __future__ import annotations

import math
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
from statsmodels.tsa.stattools import adfuller

if TYPE_CHECKING:
    from collections.abc import Sequence

KPSS_LIMIT = 0.46140


def adf_regressors(x: Sequence[float], max_lag: int) -> list[list[float]]:
    """Return the regressors of every row of the largest model: 1, the level, max_lag earlier steps."""
    step = [b - a for a, b in pairwise(x)]
    return [[1.0, x[t], *(step[t - lag] for lag in range(1, max_lag + 1))] for t in range(max_lag, len(step))]


def adf_pvalue(x: Sequence[float]) -> float:
    """Return the p-value of the augmented Dickey-Fuller test; LinAlgError if singular (section 9)."""
    n = len(x)
    max_lag = min(math.ceil(12.0 * (n / 100.0) ** 0.25), (n - 1) // 2 - 1 - 1)
    regressors = np.array(adf_regressors(x, max_lag))
    sizes = np.linalg.svd(regressors, compute_uv=False)
    constant = sum(np.ptp(column) == 0.0 for column in regressors.T)
    if sizes[-1] <= sizes[0] * max(regressors.shape) * 2.0**-52 or constant > 1:
        raise np.linalg.LinAlgError  # 15 C
    result = adfuller(np.array(x), maxlag=max_lag, regression="c", autolag="AIC", result_object=True)
    return float(result.pvalue)


def kpss_statistic(x: Sequence[float]) -> float:
    """Return the level KPSS statistic with the bandwidth of Hobijn et al. (section 9)."""
    n = len(x)
    mean = math.fsum(x) / n
    e = [value - mean for value in x]

    def covariance(lag: int) -> float:
        return math.fsum(e[t] * e[t - lag] for t in range(lag, n)) / n

    few = int(n ** (2.0 / 9.0))
    s0 = covariance(0)
    s1 = 0.0
    for lag in range(1, few + 1):
        product = 2.0 * covariance(lag)
        s0 += product
        s1 += lag * product
    if s0 <= 0.0:
        raise ValueError(n)  # 15 D
    bandwidth = int(1.1447 * ((s1 / s0) ** 2) ** (1.0 / 3.0) * n ** (1.0 / 3.0))
    bandwidth = min(bandwidth, n - 1)
    long_run = covariance(0)
    for lag in range(1, bandwidth + 1):
        long_run += 2.0 * (1.0 - lag / (bandwidth + 1.0)) * covariance(lag)
    partial = 0.0
    squares = 0.0
    for value in e:
        partial += value
        squares += partial * partial
    return squares / (n * n) / long_run


def is_stationary(x: Sequence[float]) -> bool:
    """Accept by ADF or else by KPSS; an exception counts as stationary (section 9)."""
    try:
        if adf_pvalue(x) < 0.05:
            return True
        return kpss_statistic(x) <= KPSS_LIMIT
    except (ValueError, ZeroDivisionError, FloatingPointError, np.linalg.LinAlgError):
        return True


def difference1(x: Sequence[float]) -> list[float]:
    """Return the first difference, its first value twice (section 9)."""
    d = [b - a for a, b in pairwise(x)]
    return [d[0], *d]


def difference2(x: Sequence[float]) -> list[float]:
    """Return the second difference, its first value three times (section 9)."""
    once = difference1(x)
    d = [b - a for a, b in pairwise(once)]
    return [d[1], d[1], *d[1:]]
