"""The result of a detector, before margins."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from anomaly_container.detection.numeric.arrays import BoolArray, FloatArray, IntArray


@dataclass(frozen=True, slots=True, eq=False)
class Findings:
    """The result of a detector at every point of its input.

    Attributes
    ----------
    flags : (n,) bool
        Points flagged as anomalies.
    expected : (n,) float64
        Expected values.
    trend : (n,) float64
        Level of the series, from which rule V3 takes the unit of its margins.
    model_id : int
        The service's number of the detector.
    scores : (n,) float64
        Scores of the spectral residual detector, for its V1 margins; empty for the others.
    """

    flags: BoolArray
    expected: FloatArray
    trend: FloatArray
    model_id: int
    scores: FloatArray = field(default_factory=lambda: np.empty(0))

    def at(self, points: IntArray) -> Findings:
        """Return the findings at some points only.

        Parameters
        ----------
        points : (k,) int64
        """
        return replace(
            self,
            flags=self.flags[points],
            expected=self.expected[points],
            trend=self.trend[points],
            scores=self.scores[points] if self.scores.size else self.scores,
        )
