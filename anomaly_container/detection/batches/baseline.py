"""The default mode: score each block of a file by what was known before it, then learn from it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from anomaly_container.detection.batches import channel, forest_detector, joint, verdict, zscore
from anomaly_container.detection.batches.channel import Channels
from anomaly_container.detection.batches.forest_detector import Forest
from anomaly_container.detection.batches.joint import Joint
from anomaly_container.detection.batches.options import Detector

if TYPE_CHECKING:
    from anomaly_container.detection.batches.forest_detector import ForestScores
    from anomaly_container.detection.batches.joint import JointScores
    from anomaly_container.detection.batches.options import Options
    from anomaly_container.detection.batches.verdict import Verdict
    from anomaly_container.detection.batches.zscore import Scores
    from anomaly_container.detection.numeric.arrays import BoolArray, FloatArray


@dataclass(frozen=True, slots=True)
class Baseline:
    """All that is known of C columns, or what a block or a file adds to it.

    Parameters
    ----------
    channels : Channels
        Of each column.
    joint : Joint or None
        Of all columns together; None if that detector is off or there is one column.
    forest : Forest or None
        None if that detector is off.
    """

    channels: Channels
    joint: Joint | None
    forest: Forest | None


@dataclass(frozen=True, slots=True)
class Scored:
    """The scores of the n rows of one block, and the verdict on each.

    Parameters
    ----------
    zscores : Scores
        Its arrays have one row per column: (C, n).
    joint : JointScores or None
    forest : ForestScores or None
    verdict : Verdict
    """

    zscores: Scores
    joint: JointScores | None
    forest: ForestScores | None
    verdict: Verdict


def begin(options: Options) -> Baseline:
    """Return the baseline before the first row: it is also the increment of an empty file.

    Parameters
    ----------
    options : Options

    Returns
    -------
    Baseline
    """
    columns = options.columns
    has_joint = Detector.JOINT in options.detectors and columns >= joint.FEWEST_COLUMNS
    return Baseline(
        Channels.none(columns),
        Joint.none(columns) if has_joint else None,
        Forest.none(columns) if Detector.FOREST in options.detectors else None,
    )


def score_block(
    baseline: Baseline, values: FloatArray, options: Options, *, source: bytes = b"", first_row: int = 0
) -> tuple[Scored, Baseline]:
    """Score a block of rows by a baseline, and return what the block adds to it.

    Parameters
    ----------
    baseline : Baseline
        What is known; it does not change.
    values : (n, C) float64
        n >= 1. NaN is a gap; a value is at most 1e150 from 0. Columns that are contiguous in memory are not
        copied.
    options : Options
    source : bytes
        The entity tag of the file, and
    first_row : int
        the number of the block's first row in it: they choose the sample that a forest is grown from.

    Returns
    -------
    scored : Scored
    increment : Baseline
        For `merge`: with `baseline` for the next block, and with the increments of earlier blocks for that of
        a file.

    Examples
    --------
    >>> from anomaly_container.detection.batches.options import Options
    >>> options = Options.of(1)
    >>> rows = np.array([[20.0 + i % 5] for i in range(40)])
    >>> _, increment = score_block(begin(options), rows, options)
    >>> known = merge(begin(options), increment, options)
    >>> scored, _ = score_block(known, np.array([[22.0], [30.0]]), options)
    >>> scored.verdict.severity.round(4), scored.verdict.reasons(["temperature"])
    (array([0.    , 1.4107]), ['', 'zscore:temperature'])
    """
    columns = np.ascontiguousarray(values.T)
    zscores = zscore.score(baseline.channels, columns, options)
    channels = channel.learn(baseline.channels, columns, zscores, options)
    flagged: BoolArray = np.logical_or.reduce(zscores.flags, axis=0)
    of_joint = None if baseline.joint is None else joint.score(baseline.joint, columns)
    of_forest = None if baseline.forest is None else forest_detector.score(baseline.forest, columns)
    for scores in (of_joint, of_forest):
        if scores is not None:
            flagged |= scores.flags
    known_jointly = known_to_forest = None
    if baseline.joint is not None and of_joint is not None:
        known_jointly = joint.learn(baseline.joint, columns, of_joint, flagged, options.hold_rows)
    if of_forest is not None:
        known_to_forest = forest_detector.learn(columns, of_forest, flagged, source, first_row)
    scored = Scored(zscores, of_joint, of_forest, verdict.judge(zscores, of_joint, of_forest, options))
    return scored, Baseline(channels, known_jointly, known_to_forest)


def merge(baseline: Baseline, increment: Baseline, options: Options) -> Baseline:
    """Return a baseline that knows of an increment too.

    Parameters
    ----------
    baseline : Baseline
        A state, or the increment of earlier blocks.
    increment : Baseline
        Scored by this state or by an earlier revision of it.
    options : Options

    Returns
    -------
    Baseline
    """
    known_jointly, known_to_forest = baseline.joint, baseline.forest
    if known_jointly is not None and increment.joint is not None:
        known_jointly = joint.merge(known_jointly, increment.joint, options.half_life)
    if known_to_forest is not None and increment.forest is not None:
        known_to_forest = forest_detector.merge(known_to_forest, increment.forest, options.half_life)
    return Baseline(
        channel.merge(baseline.channels, increment.channels, options), known_jointly, known_to_forest
    )
