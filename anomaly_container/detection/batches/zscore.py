"""The z-score detector: how far each value is from the centre of its column."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from anomaly_container.detection.batches.block_scale import block_scale
from anomaly_container.detection.batches.tails import budget, thresholds

if TYPE_CHECKING:
    from anomaly_container.detection.batches.channel import Channels
    from anomaly_container.detection.batches.options import Options
    from anomaly_container.detection.numeric.arrays import BoolArray, FloatArray

LARGEST: Final = 1e100
"""No score is larger: what is beyond is this."""
_TRIMMED_AWAY = 1.0025
"""The factor of a deviation without its flagged values."""
_SECOND_LOOK_ROWS = 30
_NEAR_THE_THRESHOLD = 0.875
_BEYOND_THE_BLOCK = 4.5


@dataclass(frozen=True, slots=True)
class Scores:
    """Scores of one block of C columns and n rows, by what was known before it.

    Parameters
    ----------
    mature : (C,) bool
        Columns that are scored by their baseline; the others by this block.
    centre, scale : (C,) float64
        NaN for a column without a score: an immature one with fewer than 12 values in the block.
    threshold : (C,) float64
        In scales.
    z : (C, n) float64
        (x - centre) / scale; NaN for a gap and for a column without a score or with a scale of 0.
    flags : (C, n) bool
    severity : (C, n) float64
        1 at the boundary, and at least 1 for a flagged value; 0 if there is no score.
    steps : (C,) bool
        Columns that were constant until now, and are flagged by their distance from the constant.
    """

    mature: BoolArray
    centre: FloatArray
    scale: FloatArray
    threshold: FloatArray
    z: FloatArray
    flags: BoolArray
    severity: FloatArray
    steps: BoolArray

    @property
    def has_flags(self) -> BoolArray:
        """The columns whose flags say something: those with a score, and steps. (C,)."""
        return (self.scale > 0.0) | self.steps


def score(channels: Channels, values: FloatArray, options: Options) -> Scores:
    """Score the values of one block.

    A mature column has the mean and 1.0025 times the deviation of its accepted values, any other the robust
    ones of this block. A value is flagged beyond the threshold; from 30 values on also beyond 0.875 of it,
    if it is more than 4.5 scales of the block from the centre of the block. Direction and least deviation
    then take flags away.

    Parameters
    ----------
    channels : Channels
    values : (C, n) float64
        NaN is a gap; a value is at most 1e150 from 0.
    options : Options

    Returns
    -------
    Scores

    Examples
    --------
    >>> from anomaly_container.detection.batches.channel import Channels
    >>> from anomaly_container.detection.batches.options import Options
    >>> block = np.array([[*range(1, 20), 1000.0]])
    >>> found = score(Channels.none(1), block, Options.of(1))
    >>> np.flatnonzero(found.flags), found.z[0, -1:].round(2)
    (array([19]), array([27.52]))
    """
    accepted = channels.accepted
    mature = accepted.count >= options.maturity
    centre, scale = accepted.mean.copy(), _TRIMMED_AWAY * accepted.deviation()
    young = np.flatnonzero(~mature)
    if young.size:
        centre[young], scale[young] = block_scale(values[young])
    threshold = thresholds(channels.histogram, options.threshold, budget(values.shape[0]))

    distance = values - centre[:, None]
    with np.errstate(over="ignore"):
        z = distance / np.where(scale > 0.0, scale, np.nan)[:, None]
    np.clip(z, -LARGEST, LARGEST, out=z)
    size = np.abs(z)
    flags = size > threshold[:, None]
    _look_again(flags, size, values, mature, threshold)
    severity = size / threshold[:, None]
    np.nan_to_num(severity, copy=False)
    np.maximum(severity, flags, out=severity)

    steps = mature & (scale == 0.0) & (options.min_deviation > 0.0)
    if steps.any():
        severity[steps] = np.nan_to_num(np.abs(distance[steps]) / options.min_deviation[steps, None])
        flags[steps] = severity[steps] >= 1.0
    _limit(flags, severity, distance, options)
    return Scores(mature, centre, scale, threshold, z, flags, severity, steps)


def _look_again(
    flags: BoolArray, size: FloatArray, values: FloatArray, mature: BoolArray, threshold: FloatArray
) -> None:
    """Flag what is near its threshold, and far from the other values of its block."""
    if values.shape[1] < _SECOND_LOOK_ROWS or not mature.any():
        return
    near = size > _NEAR_THE_THRESHOLD * threshold[:, None]
    near &= ~flags
    near &= mature[:, None]
    columns = np.flatnonzero(near.any(axis=1))
    if not columns.size:
        return
    columns = columns[(~np.isnan(values[columns])).sum(axis=1) >= _SECOND_LOOK_ROWS]
    centre, scale = block_scale(values[columns])
    far = np.abs(values[columns] - centre[:, None]) > _BEYOND_THE_BLOCK * scale[:, None]
    flags[columns] |= near[columns] & far


def _limit(flags: BoolArray, severity: FloatArray, distance: FloatArray, options: Options) -> None:
    """Take the flags of values on the wrong side or too near the centre; their severity is less than 1."""
    if options.direction.any():
        wrong = distance * options.direction[:, None] < 0.0
        flags[wrong] = False
        severity[wrong] = 0.0
    if options.min_deviation.any():
        least = np.where(options.min_deviation > 0.0, options.min_deviation, np.nan)[:, None]
        part = np.abs(distance) / least
        slight = part < 1.0
        flags[slight] = False
        severity[slight] = np.minimum(severity, part)[slight]
