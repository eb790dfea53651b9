"""The compat mode: the rules of the original pipeline, for a whole file or in two passes over it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from anomaly_container.detection.batches.gaps import fill_gaps, medians
from anomaly_container.detection.batches.moments import Moments
from anomaly_container.detection.forest import isolation

if TYPE_CHECKING:
    from anomaly_container.detection.forest.isolation import IsolationForest
    from anomaly_container.detection.numeric.arrays import BoolArray, FloatArray, IntArray

MATURITY: Final = 30
THRESHOLD: Final = 3.0
DECIMALS: Final = 4
OUTLIER, INLIER = -1, 1


@dataclass(frozen=True, slots=True)
class ZScores:
    """Scores of n rows by the baseline that has already learnt them.

    Parameters
    ----------
    mature : (C,) bool
        Columns with at least 30 observations; only these have scores.
    z : (n, C) float64
        |x - mean| / std, rounded to 4 decimals; 0 where std is 0; NaN for a gap and for an immature column.
    flags : (n, C) bool
        z > 3 before it was rounded; False where z is NaN.
    """

    mature: BoolArray
    z: FloatArray
    flags: BoolArray


@dataclass(frozen=True, slots=True)
class Outliers:
    """Scores and labels of n rows by the isolation forest.

    Parameters
    ----------
    score : (n,) float64
        Score minus offset, rounded to 4 decimals.
    label : (n,) int64
        -1 for an outlier: score less than offset, before it was rounded. 1 for any other row.
    """

    score: FloatArray
    label: IntArray

    @property
    def flags(self) -> BoolArray:
        """The rows with label -1: (n,)."""
        flags: BoolArray = self.label == OUTLIER
        return flags


@dataclass(frozen=True, slots=True)
class CompatScored:
    """The scores of a file of n rows, and which rows are anomalies.

    Parameters
    ----------
    zscores : ZScores
    outliers : Outliers
    anomaly : (n,) bool
    """

    zscores: ZScores
    outliers: Outliers
    anomaly: BoolArray


def observe(values: FloatArray) -> Moments:
    """Return what rows add to the baseline: merge it by `Moments.merge`, before any row is scored.

    Parameters
    ----------
    values : (n, C) float64
        NaN is a gap, and not counted.

    Returns
    -------
    Moments

    Examples
    --------
    >>> observe(np.array([[1.0], [2.0], [np.nan]]))
    Moments(count=array([2.]), mean=array([1.5]), m2=array([0.5]))
    """
    columns = np.ascontiguousarray(values.T)
    present = ~np.isnan(columns)
    if not columns.shape[1]:
        return Moments.none(columns.shape[0])
    first = np.take_along_axis(columns, np.argmax(present, axis=1)[:, None], axis=1)[:, 0]
    return Moments.of(columns, present, np.where(np.isnan(first), 0.0, first))


def zscores(baseline: Moments, values: FloatArray) -> ZScores:
    """Score rows by the distance of each value from the mean of its column.

    Parameters
    ----------
    baseline : Moments
        With these rows.
    values : (n, C) float64

    Returns
    -------
    ZScores

    Examples
    --------
    >>> known = Moments(np.array([30.0]), np.array([10.0]), np.array([120.0]))
    >>> found = zscores(known, np.array([[10.0], [16.00001], [np.nan]]))
    >>> found.z[:, 0], found.flags[:, 0]
    (array([ 0.,  3., nan]), array([False,  True, False]))
    """
    mature = baseline.count >= MATURITY
    deviation = baseline.deviation()
    distance = np.abs(values - baseline.mean)
    with np.errstate(over="ignore"):
        z = distance / np.where(deviation > 0.0, deviation, 1.0)
    # A distance is 0 for every value of a constant column, but for one at the edge of what a sum can hold.
    z[:, deviation == 0.0] *= 0.0
    z[:, ~mature] = np.nan
    np.minimum(z, 1e300, out=z)
    return ZScores(mature, np.round(z, DECIMALS), z > THRESHOLD)


def fit(values: FloatArray) -> tuple[IsolationForest, FloatArray]:
    """Grow the forest of a file that is in memory.

    For a longer one `isolation.sample_rows` names the rows of each tree, and `isolation.fit_sampled` takes
    these rows after `gaps.fill_gaps` by the medians of the file.

    Parameters
    ----------
    values : (n, C) float64
        n >= 1.

    Returns
    -------
    forest : IsolationForest
    fill : (C,) float64
        The median of each column, which stands for its gaps; NaN for a column of gaps.
    """
    fill = medians(values.T)
    return isolation.fit(fill_gaps(values, fill)), fill


def forest_scores(forest: IsolationForest, values: FloatArray, fill: FloatArray) -> FloatArray:
    """Return the score of each row by the forest, the least for the most isolated: (n,) float64.

    Parameters
    ----------
    forest : IsolationForest
    values : (n, C) float64
    fill : (C,) float64
        As by `fit`.
    """
    return forest.scores(fill_gaps(values, fill))


def outliers(scores: FloatArray, offset: float) -> Outliers:
    """Label rows by their forest scores.

    Parameters
    ----------
    scores : (n,) float64
        Of `forest_scores`, of all rows or of some.
    offset : float
        `isolation.offset` of the scores of all rows.

    Returns
    -------
    Outliers

    Examples
    --------
    >>> outliers(np.array([-0.70004, -0.5]), -0.7)
    Outliers(score=array([-0. ,  0.2]), label=array([-1,  1]))
    """
    above = scores - offset
    return Outliers(np.round(above, DECIMALS), np.where(above < 0.0, OUTLIER, INLIER))


def anomalies(found: ZScores, isolated: Outliers) -> BoolArray:
    """Return the rows that are outliers or have the z-score flag of a mature column: (n,).

    Parameters
    ----------
    found : ZScores
    isolated : Outliers
    """
    return isolated.flags | found.flags.any(axis=1)


def score_file(baseline: Moments, values: FloatArray) -> tuple[CompatScored, Moments]:
    """Learn a file that is in memory, then score it.

    Parameters
    ----------
    baseline : Moments
        Before the file.
    values : (n, C) float64
        n >= 1. NaN is a gap; a value is at most 1e150 from 0.

    Returns
    -------
    scored : CompatScored
    baseline : Moments
        After the file.

    Examples
    --------
    >>> rows = np.array([[1.0 + i % 3] for i in range(39)] + [[20.0]])
    >>> scored, known = score_file(Moments.none(1), rows)
    >>> np.flatnonzero(scored.anomaly), scored.zscores.z[-1], known.count
    (array([39]), array([6.0029]), array([40.]))
    """
    known = baseline.merge(observe(values))
    found = zscores(known, values)
    forest, fill = fit(values)
    scores = forest_scores(forest, values, fill)
    isolated = outliers(scores, isolation.offset(scores))
    return CompatScored(found, isolated, anomalies(found, isolated)), known
