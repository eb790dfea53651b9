"""The choice of the rule that judges the scores, and its first threshold."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import msgspec

from anomaly_container.detection.forest import thresholds

if TYPE_CHECKING:
    from anomaly_container.detection.forest.thresholds import Threshold
    from anomaly_container.detection.numeric.arrays import FloatArray
    from anomaly_container.services.streams.model_settings import ModelSettings


class ThresholdChoice(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A rule and its numbers, as the settings and a model file have them.

    Attributes
    ----------
    rule
        `three-sigma`, `running`, `tracking`, or a number.
    window, rate, gain
        Those of the rule.
    basis
        The origin of the scores that it begins with.
    """

    rule: str
    window: int
    rate: float
    gain: float
    basis: Literal["held-out", "training", "scored"]

    @classmethod
    def of(cls, settings: ModelSettings) -> ThresholdChoice:
        """Return the choice of the settings."""
        return cls(
            settings.threshold_rule,
            settings.threshold_window,
            settings.threshold_rate,
            settings.threshold_gain,
            settings.threshold_basis,
        )

    def begin(self, scores: FloatArray) -> Threshold:
        """Return the threshold before the first score.

        Parameters
        ----------
        scores : ndarray of float64, shape (n,)
            The scores that it begins with.

        Raises
        ------
        ValueError
            If there are too few of them, or the rule is not known.
        """
        if self.rule == "three-sigma":
            return thresholds.three_sigma(scores)
        if self.rule == "running":
            return thresholds.running(scores, self.window)
        if self.rule == "tracking":
            return thresholds.tracking(scores, self.rate, self.gain)
        return thresholds.fixed(float(self.rule))
