"""Options of the default mode, one value per column if they may differ by column."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum, StrEnum
from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from anomaly_container.detection.numeric.arrays import FloatArray, IntArray

THRESHOLD: Final = 4.0
MATURITY: Final = 30
HOLD_ROWS: Final = 200


class Detector(StrEnum):
    """The detectors of this library, by their names in settings and reasons."""

    ZSCORE = "zscore"
    JOINT = "joint"
    FOREST = "forest"


class Direction(IntEnum):
    """The side of the centre on which a value may be flagged."""

    DOWN = -1
    BOTH = 0
    UP = 1


VOTE: Final = frozenset({Detector.ZSCORE, Detector.JOINT})


@dataclass(frozen=True, slots=True)
class Options:
    """Options of the default mode for C columns.

    Parameters
    ----------
    threshold : (C,) float64
        The least threshold of each column, in standard deviations.
    direction : (C,) int64
        A `Direction` per column.
    min_deviation : (C,) float64
        A value less than this away from the centre is never flagged; in the unit of the column.
    maturity : int
        Observations from which the baseline of a column is used.
    half_life : float
        Observations after which a past one weighs half; 0 to never forget.
    hold_rows : int
        Rows of a level shift that stay alarmed before the new level is learnt.
    detectors : frozenset of Detector
        The detectors that run. The z-score always does: the others learn from rows that it does not flag.
    vote : frozenset of Detector
        The detectors whose flags make an anomaly.

    Examples
    --------
    >>> Options.of(2, threshold=5.0).threshold
    array([5., 5.])
    """

    threshold: FloatArray
    direction: IntArray
    min_deviation: FloatArray
    maturity: int = MATURITY
    half_life: float = 0.0
    hold_rows: int = HOLD_ROWS
    detectors: frozenset[Detector] = VOTE
    vote: frozenset[Detector] = VOTE

    @classmethod
    def of(
        cls,
        columns: int,
        *,
        threshold: float = THRESHOLD,
        direction: Direction = Direction.BOTH,
        min_deviation: float = 0.0,
    ) -> Options:
        """Return the defaults for a number of columns, with the same limits for each.

        Parameters
        ----------
        columns : int
        threshold, direction, min_deviation
            As in `Options`, for every column.

        Returns
        -------
        Options
        """
        return cls(
            threshold=np.full(columns, threshold),
            direction=np.full(columns, int(direction), dtype=np.int64),
            min_deviation=np.full(columns, min_deviation),
        )

    @property
    def columns(self) -> int:
        """The number of columns, C."""
        return self.threshold.size
