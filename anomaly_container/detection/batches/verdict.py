"""The verdict on each row: is it an anomaly, how severe, and by which detector and column."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from anomaly_container.detection.batches.options import Detector

if TYPE_CHECKING:
    from collections.abc import Sequence

    from anomaly_container.detection.batches.forest_detector import ForestScores
    from anomaly_container.detection.batches.joint import JointScores
    from anomaly_container.detection.batches.options import Options
    from anomaly_container.detection.batches.zscore import Scores
    from anomaly_container.detection.numeric.arrays import BoolArray, FloatArray, IntArray

REASONS: Final = ("zscore", "step", "joint", "forest", "series")
"""Origins of a flag; `step` is that of a z-score detector whose column was constant until now. The flags of
`series` come from outside this library."""
_ZSCORE, _STEP, _JOINT, _FOREST, _SERIES = range(len(REASONS))


@dataclass(frozen=True, slots=True)
class Verdict:
    """The verdict on the n rows of one block, by the detectors that vote.

    Parameters
    ----------
    anomaly : (n,) bool
    severity : (n,) float64
        The greatest of the detectors; at least 1 for an anomaly, at most 1 for any other row; NaN if no
        detector has a score.
    reason : (n,) int64
        For an anomaly the place in `REASONS` of the detector with the greatest severity; -1 for other rows.
    column : (n,) int64
        For an anomaly the column of the reason; -1 for other rows.
    """

    anomaly: BoolArray
    severity: FloatArray
    reason: IntArray
    column: IntArray

    def reasons(self, names: Sequence[str]) -> list[str]:
        """Return the reason of each row as ``detector:column``, and an empty text if it is not an anomaly.

        Parameters
        ----------
        names : sequence of str
            The names of the columns.

        Returns
        -------
        list of str

        Examples
        --------
        >>> found = Verdict(np.array([True]), np.array([1.5]), np.array([2]), np.array([0]))
        >>> found.reasons(["pressure"])
        ['joint:pressure']
        """
        found = [""] * self.anomaly.size
        for row in np.flatnonzero(self.anomaly):
            found[row] = f"{REASONS[self.reason[row]]}:{names[self.column[row]]}"
        return found


def judge(
    zscores: Scores, joint: JointScores | None, forest: ForestScores | None, options: Options
) -> Verdict:
    """Combine the flags of the detectors that vote.

    Parameters
    ----------
    zscores : Scores
    joint : JointScores or None
    forest : ForestScores or None
    options : Options
        Only detectors in both `detectors` and `vote` count.

    Returns
    -------
    Verdict
    """
    rows = zscores.flags.shape[1]
    votes = options.vote & options.detectors
    severity = np.full(rows, np.nan)
    flagged_severity = np.full(rows, -1.0)
    reason, column = np.full(rows, -1), np.full(rows, -1)

    def vote(flags: BoolArray, level: FloatArray, known: BoolArray, by: IntArray, at: IntArray) -> None:
        """Count one detector: its flags, severities, scored rows; reason and column of each flagged row."""
        np.fmax(severity, np.where(known, level, np.nan), out=severity)
        better = np.flatnonzero(flags & (level > flagged_severity))
        flagged_severity[better] = level[better]
        reason[better], column[better] = by[better], at[better]

    if Detector.ZSCORE in votes:
        flags: BoolArray = np.logical_or.reduce(zscores.flags, axis=0)
        at = np.zeros(rows, dtype=np.int64)
        flagged = np.flatnonzero(flags)
        of_flags = np.where(zscores.flags[:, flagged], zscores.severity[:, flagged], -1.0)
        at[flagged] = np.argmax(of_flags, axis=0)
        known: BoolArray = ~np.logical_and.reduce(np.isnan(zscores.z), axis=0)
        if zscores.steps.any():
            known |= flags
        vote(flags, zscores.severity.max(axis=0), known, np.where(zscores.steps[at], _STEP, _ZSCORE), at)
    if joint is not None and Detector.JOINT in votes:
        vote(joint.flags, joint.severity, ~np.isnan(joint.u), np.full(rows, _JOINT), joint.column)
    if forest is not None and Detector.FOREST in votes:
        known = np.full(rows, not np.isnan(forest.threshold))
        at = zscores.severity.argmax(axis=0)
        vote(forest.flags, forest.severity, known, np.full(rows, _FOREST), at)
    return Verdict(reason >= 0, severity, reason, column)


def with_series(verdict: Verdict, flags: BoolArray, severity: FloatArray, column: IntArray) -> Verdict:
    """Return a verdict in which one more detector votes, which judges each column in time.

    Parameters
    ----------
    verdict : Verdict
        By the other detectors.
    flags : (n,) bool
    severity : (n,) float64
        At least 1 for a flagged row, at most 1 for others.
    column : (n,) int64
        The column of each flagged row.

    Returns
    -------
    Verdict

    Examples
    --------
    >>> nothing = np.array([-1, -1])
    >>> found = Verdict(np.array([False, False]), np.array([0.25, 0.5]), nothing, nothing)
    >>> found = with_series(found, np.array([False, True]), np.array([0.0, 1.0]), np.array([0, 0]))
    >>> found.severity, found.reasons(["pressure"])
    (array([0.25, 1.  ]), ['', 'series:pressure'])
    """
    is_reason = flags & ~(verdict.anomaly & (verdict.severity >= severity))
    return Verdict(
        verdict.anomaly | flags,
        np.fmax(verdict.severity, severity),
        np.where(is_reason, _SERIES, verdict.reason),
        np.where(is_reason, column, verdict.column),
    )
