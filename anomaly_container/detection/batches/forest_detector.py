"""The isolation forest as a detector with a baseline: grown from a sample of past rows."""

from __future__ import annotations

from dataclasses import dataclass
from math import log
from typing import TYPE_CHECKING, Final

import numpy as np

from anomaly_container.detection.batches import tails
from anomaly_container.detection.batches.gaps import fill_gaps, medians
from anomaly_container.detection.batches.sample import Sample, row_keys
from anomaly_container.detection.forest import isolation

if TYPE_CHECKING:
    from anomaly_container.detection.numeric.arrays import BoolArray, FloatArray

FEWEST_SAMPLED: Final = 64
"""With a smaller sample the forest is grown from the block itself."""
BINS: Final = 384
_MIDDLE, _BODY, _SHOULDER = 0.5, 0.9, 0.975
_ALARMS = 1e-4
_EXTRAPOLATION = log((1.0 - _BODY) / _ALARMS) / log((1.0 - _BODY) / (1.0 - _SHOULDER))


@dataclass(frozen=True, slots=True)
class Forest:
    """The sample and the past scores of rows of C columns, or what a block or a file adds to them.

    Parameters
    ----------
    sample : Sample
        Of the rows without a flag.
    histogram : (BINS,) float64
        Of the scores of all rows, in bins of equal width from 0 to 1.
    rows : int
        All rows seen; never weighed.
    """

    sample: Sample
    histogram: FloatArray
    rows: int

    @classmethod
    def none(cls, columns: int) -> Forest:
        """Return what is known before the first row."""
        return cls(Sample.none(columns), np.zeros(BINS), 0)


@dataclass(frozen=True, slots=True)
class ForestScores:
    """Scores of the n rows of one block.

    Parameters
    ----------
    score : (n,) float64
        2^(-depth / c), between 0 and 1.
    threshold : float
        NaN until the scores of 1000 rows are known.
    flags : (n,) bool
    severity : (n,) float64
        (score - q50) / (threshold - q50), with q50 the median of past scores; 0 without a threshold.
    """

    score: FloatArray
    threshold: float
    flags: BoolArray
    severity: FloatArray


def score(forest: Forest, values: FloatArray) -> ForestScores:
    """Score the rows of one block by a forest of the rows sampled before it.

    The logarithm of the tail's survival is taken as linear in the score: the line through the quantiles 0.9
    and 0.975 of past scores gives the threshold that a share of 1e-4 exceeds.

    Parameters
    ----------
    forest : Forest
    values : (C, n) float64
        n >= 1. NaN is a gap, and counts as the median of its column in the rows that the forest is of.

    Returns
    -------
    ForestScores

    Examples
    --------
    >>> found = score(Forest.none(1), np.array([[1.0, 2.0, 1.5, 50.0]]))
    >>> int(found.score.argmax()), found.flags.tolist()
    (3, [False, False, False, False])
    """
    rows = np.ascontiguousarray(values.T)
    grown_from = forest.sample.rows if forest.sample.keys.size >= FEWEST_SAMPLED else rows
    fill = medians(grown_from.T)
    scores = -isolation.fit(fill_gaps(grown_from, fill)).scores(fill_gaps(rows, fill))
    if np.add.reduce(forest.histogram) < tails.FULL:
        none = np.zeros(scores.size)
        return ForestScores(scores, float("nan"), none > 0.0, none)
    middle, body, shoulder = _quantiles(forest.histogram, (_MIDDLE, _BODY, _SHOULDER))
    threshold = body + (shoulder - body) * _EXTRAPOLATION
    severity = np.maximum((scores - middle) / max(threshold - middle, 1.0 / BINS), 0.0)
    flags = scores > threshold
    return ForestScores(scores, threshold, flags, np.maximum(severity, flags))


def learn(
    values: FloatArray, scores: ForestScores, flagged: BoolArray, source: bytes, first_row: int
) -> Forest:
    """Return what a block adds to what its rows were scored by.

    Parameters
    ----------
    values : (C, n) float64
        As they were scored.
    scores : ForestScores
    flagged : (n,) bool
        The rows that any detector flagged; they stay out of the sample.
    source : bytes
        The entity tag of the file.
    first_row : int
        The number of the block's first row in the file.

    Returns
    -------
    Forest
        An increment for `merge`.
    """
    kept = np.flatnonzero(~flagged)
    sample = Sample.of(row_keys(source, kept + first_row), values.T[kept])
    bins = np.minimum((scores.score * BINS).astype(np.int64), BINS - 1)
    return Forest(sample, np.bincount(bins, minlength=BINS).astype(np.float64), scores.score.size)


def merge(forest: Forest, increment: Forest, half_life: float) -> Forest:
    """Return what is known with an increment.

    Parameters
    ----------
    forest, increment : Forest
    half_life : float
        In rows: the past of the histogram weighs 2^(-k / half_life) after k rows. 0 to never forget.

    Returns
    -------
    Forest
    """
    factor = 2.0 ** (-increment.rows / half_life) if half_life > 0.0 else 1.0
    return Forest(
        forest.sample.merge(increment.sample),
        forest.histogram * factor + increment.histogram,
        forest.rows + increment.rows,
    )


def _quantiles(histogram: FloatArray, shares: tuple[float, ...]) -> list[float]:
    """Return quantiles of past scores, interpolated within a bin."""
    sums = np.concatenate(([0.0], np.cumsum(histogram)))
    found = np.interp(np.array(shares) * sums[-1], sums, np.arange(BINS + 1) / BINS)
    return [float(quantile) for quantile in found]
