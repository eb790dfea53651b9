"""The running baseline of each column: a block is learnt as an increment, which merges."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from anomaly_container.detection.batches import tails
from anomaly_container.detection.batches.moments import Moments

if TYPE_CHECKING:
    from anomaly_container.detection.batches.options import Options
    from anomaly_container.detection.batches.zscore import Scores
    from anomaly_container.detection.numeric.arrays import BoolArray, FloatArray, IntArray

SHIFT: Final = 0.10
"""A block with a greater share of flagged values is part of a level shift."""


@dataclass(frozen=True, slots=True)
class Channels:
    """The running baseline of C columns, or what a block or a file adds to one.

    Parameters
    ----------
    accepted : Moments
        Of the values that were not flagged; past ones weigh less if there is a half-life.
    seen : Moments
        Of all values; never weighed.
    histogram : (C, tails.BINS) float64
        Of |z| of every value.
    held : (C,) int64
        The rows of the current run of blocks with a level shift; 0 outside of one.
    """

    accepted: Moments
    seen: Moments
    histogram: FloatArray
    held: IntArray

    @classmethod
    def none(cls, columns: int) -> Channels:
        """Return the baseline of columns without any value."""
        return cls(
            Moments.none(columns),
            Moments.none(columns),
            np.zeros((columns, tails.BINS)),
            np.zeros(columns, dtype=np.int64),
        )


def learn(channels: Channels, values: FloatArray, scores: Scores, options: Options) -> Channels:
    """Return what a block adds to the baseline by which it was scored.

    Flagged values stay out. If more than 10 % of the values of a mature column are flagged, its level may
    have shifted: while the run of such blocks has at most `hold_rows` rows, flagged values stay out; later
    the whole block enters. An immature column is scored by the block itself, which cannot show a shift.

    Parameters
    ----------
    channels : Channels
    values : (C, n) float64
        As they were scored.
    scores : Scores
    options : Options

    Returns
    -------
    Channels
        An increment for `merge`. Its `held` is that after the block.
    """
    present = ~np.isnan(values)
    held, whole = _hold(channels.held, scores, present, options.hold_rows)
    chosen = present & ~(scores.flags & ~whole[:, None])
    near = _near(values, present, scores.centre)
    seen = Moments.of(values, present, near)
    some_are_out = (chosen.sum(axis=1) < seen.count).any()
    accepted = Moments.of(values, chosen, _near(values, chosen, scores.centre)) if some_are_out else seen
    return Channels(accepted, seen, tails.count(np.abs(scores.z), ~np.isnan(scores.z)), held)


def merge(channels: Channels, increment: Channels, options: Options) -> Channels:
    """Return a baseline that knows of an increment too.

    With a half-life h the weights of the past are first multiplied by 2^(-k/h), k being the number of
    values in the increment.

    Parameters
    ----------
    channels, increment : Channels
        Each may itself be an increment: those of blocks merge to that of a file.
    options : Options

    Returns
    -------
    Channels

    Examples
    --------
    >>> from anomaly_container.detection.batches.options import Options
    >>> from anomaly_container.detection.batches.zscore import score
    >>> none, options = Channels.none(1), Options.of(1)
    >>> block = np.array([[1.0, 2.0, 3.0]])
    >>> step = learn(none, block, score(none, block, options), options)
    >>> merge(merge(none, step, options), step, options).accepted
    Moments(count=array([6.]), mean=array([2.]), m2=array([4.]))
    """
    added = increment.seen.count
    accepted, histogram = channels.accepted, channels.histogram
    if options.half_life > 0.0:
        factor = np.exp2(-added / options.half_life)
        accepted, histogram = accepted.decayed(factor), histogram * factor[:, None]
    return Channels(
        accepted.merge(increment.accepted),
        channels.seen.merge(increment.seen),
        histogram + increment.histogram,
        np.where(added > 0.0, increment.held, channels.held),
    )


def _hold(held: IntArray, scores: Scores, present: BoolArray, hold_rows: int) -> tuple[IntArray, BoolArray]:
    """Return the rows of each column's run of blocks with a shift, and the columns that now enter whole."""
    values = present.sum(axis=1)
    shifted = scores.mature & (scores.flags.sum(axis=1) > SHIFT * values)
    now = np.where(shifted, held + present.shape[1], np.where(values > 0, 0, held))
    return now, shifted & (now > hold_rows)


def _near(values: FloatArray, chosen: BoolArray, centre: FloatArray) -> FloatArray:
    """Return a number near the chosen values of each column: the centre, else the first of them, else 0."""
    missing = np.isnan(centre)
    if not missing.any():
        return centre
    first = np.argmax(chosen, axis=1)[:, None]
    found = np.where(chosen.any(axis=1), np.take_along_axis(values, first, axis=1)[:, 0], 0.0)
    return np.where(missing, found, centre)
