"""The joint detector: how far a row is from the others in all columns together."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

import numpy as np

from anomaly_container.detection.batches import tails
from anomaly_container.detection.batches.comoments import CoMoments
from anomaly_container.detection.batches.concentration import concentrate
from anomaly_container.detection.batches.mahalanobis import Metric, normal_score

if TYPE_CHECKING:
    from anomaly_container.detection.numeric.arrays import BoolArray, FloatArray, IntArray

SHIFT: Final = 0.25
"""A block with a greater share of flagged rows is part of a shift."""
THRESHOLD: Final = 4.0
ALARMS: Final = 0.1
"""The share of rows that may be flagged at most."""
FEWEST_COLUMNS: Final = 2
_START_ROWS = 1000
_START_ROWS_A_COLUMN = 50


def rows_to_start(columns: int) -> int:
    """Return how many rows without a flag the detector collects before it scores.

    Examples
    --------
    >>> rows_to_start(4), rows_to_start(64)
    (1000, 3200)
    """
    return max(_START_ROWS, _START_ROWS_A_COLUMN * columns)


@dataclass(frozen=True, slots=True)
class Joint:
    """The moments and the past scores of rows of C columns, or what a block or a file adds to them.

    Parameters
    ----------
    rows : int
        All rows seen; never weighed.
    moments : CoMoments
        Of the rows without a flag; of none before the start.
    histogram : (tails.BINS,) float64
        Of the scores of all rows.
    start : (r, C) float64 or None
        The rows collected for the start, with NaN for gaps; None after it.
    held : int
        The rows of the current run of blocks with a shift; 0 outside of one.
    """

    rows: int
    moments: CoMoments
    histogram: FloatArray
    start: FloatArray | None
    held: int

    @classmethod
    def none(cls, columns: int) -> Joint:
        """Return what is known before the first row."""
        return cls(0, CoMoments.none(columns), np.zeros(tails.BINS), np.empty((0, columns)), 0)


@dataclass(frozen=True, slots=True)
class JointScores:
    """Scores of the n rows of one block.

    Parameters
    ----------
    u : (n,) float64
        In standard deviations of a normal distribution; NaN before the start and for a row of gaps.
    threshold : float
    flags : (n,) bool
    severity : (n,) float64
        u / threshold; 0 if there is no score.
    column : (n,) int64
        For a flagged row the column without which it would be nearest; -1 for others.
    """

    u: FloatArray
    threshold: float
    flags: BoolArray
    severity: FloatArray
    column: IntArray


def score(joint: Joint, values: FloatArray) -> JointScores:
    """Score the rows of one block.

    Parameters
    ----------
    joint : Joint
    values : (C, n) float64
        NaN is a gap, and counts as the mean.

    Returns
    -------
    JointScores

    Examples
    --------
    >>> side = np.linspace(-2.0, 2.0, 1000)
    >>> known = Joint.none(2)
    >>> known = merge(known, replace(known, start=np.array([side, side[::-1] ** 3]).T), 0.0)
    >>> found = score(known, np.array([[1.0, 1.0], [-1.0, 40.0]]))
    >>> found.flags, found.column
    (array([False,  True]), array([-1,  1]))
    """
    rows = values.shape[1]
    silent = JointScores(
        np.full(rows, np.nan), THRESHOLD, np.zeros(rows, dtype=bool), np.zeros(rows), np.full(rows, -1)
    )
    if joint.start is not None:
        return silent
    metric = Metric.of(joint.moments)
    if metric.columns.size < FEWEST_COLUMNS:
        return silent
    threshold = float(tails.thresholds(joint.histogram[None], np.array([THRESHOLD]), ALARMS)[0])
    u = normal_score(metric.squared(values), metric.columns.size)
    flags = u > threshold
    column = silent.column
    flagged = np.flatnonzero(flags)
    if flagged.size:
        column[flagged] = metric.greatest_part(values[:, flagged])
    severity = u / threshold
    empty = np.isnan(values).all(axis=0)
    if empty.any():
        u[empty], severity[empty], flags[empty] = np.nan, 0.0, False
    return JointScores(u, threshold, flags, severity, column)


def learn(joint: Joint, values: FloatArray, scores: JointScores, flagged: BoolArray, hold_rows: int) -> Joint:
    """Return what a block adds to what its rows were scored by.

    Flagged rows stay out. If more than 25 % of the rows are flagged by this detector, the shape may have
    shifted: while the run of such blocks has at most `hold_rows` rows, flagged rows stay out; later the
    whole block enters.

    Parameters
    ----------
    joint : Joint
    values : (C, n) float64
        As they were scored.
    scores : JointScores
    flagged : (n,) bool
        The rows that any detector flagged.
    hold_rows : int

    Returns
    -------
    Joint
        An increment for `merge`. Its `held` is that after the block.
    """
    rows = values.shape[1]
    shifted = int(scores.flags.sum()) > SHIFT * rows
    held = joint.held + rows if shifted else 0
    out = np.isnan(values).all(axis=0)
    if held <= hold_rows:
        out |= flagged
    chosen = values[:, ~out] if out.any() else values
    known = ~np.isnan(scores.u)
    histogram = tails.count(scores.u[None], known[None])[0]
    if joint.start is not None:
        return Joint(rows, CoMoments.none(values.shape[0]), histogram, np.ascontiguousarray(chosen.T), held)
    return Joint(rows, CoMoments.of(chosen, joint.moments.mean), histogram, None, held)


def merge(joint: Joint, increment: Joint, half_life: float) -> Joint:
    """Return what is known with an increment: the detector starts as soon as it has collected enough rows.

    With a half-life h the weights of the past are first multiplied by 2^(-k/h), k being the rows of the
    increment. If only one of the two has started, the rows that the other has collected are added to it.

    Parameters
    ----------
    joint, increment : Joint
        Each may itself be an increment: those of blocks merge to that of a file.
    half_life : float
        In rows; 0 to never forget.

    Returns
    -------
    Joint
    """
    past, histogram = joint.moments, joint.histogram
    if half_life > 0.0:
        factor = 2.0 ** (-increment.rows / half_life)
        past, histogram = past.decayed(factor), histogram * factor
    both = Joint(
        joint.rows + increment.rows,
        past,
        histogram + increment.histogram,
        None,
        increment.held if increment.rows else joint.held,
    )
    if joint.start is not None and increment.start is not None:
        start = np.concatenate((joint.start, increment.start))
        if start.shape[0] < rows_to_start(start.shape[1]):
            return replace(both, start=start)
        return replace(both, moments=concentrate(np.ascontiguousarray(start.T)))
    return replace(
        both, moments=_known(joint, increment, past).merge(_known(increment, joint, increment.moments))
    )


def _known(joint: Joint, other: Joint, moments: CoMoments) -> CoMoments:
    """Return the moments of one of two, of which the other has started if this has not."""
    if joint.start is None:
        return moments
    return CoMoments.of(np.ascontiguousarray(joint.start.T), other.moments.mean)
