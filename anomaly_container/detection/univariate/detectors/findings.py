"""What a detector found, before margins."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from anomaly_container.detection.numeric.arrays import BoolArray, FloatArray, IntArray


@dataclass(frozen=True, slots=True, eq=False)
class Findings:
    """The verdict of a detector on every point it saw.

    Attributes
    ----------
    flags : (n,) bool
        Points called anomalies.
    expected : (n,) float64
        Expected values.
    trend : (n,) float64
        Level of the series, the unit of the margins of rule V3.
    model_id : int
        The service's number of the detector.
    scores : (n,) float64
        Strength of each point for margins of the spectral residual detector; empty for the others.
    """

    flags: BoolArray
    expected: FloatArray
    trend: FloatArray
    model_id: int
    scores: FloatArray = field(default_factory=lambda: np.empty(0))

    def at(self, points: IntArray) -> Findings:
        """Return the findings at some points alone.

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
