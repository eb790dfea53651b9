"""Differences of the stream from the training of the model, as metrics, a warning and a part of the page."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

import numpy as np

from anomaly_container.services.streams import metrics
from anomaly_container.services.streams.drift import Drift, Schema

if TYPE_CHECKING:
    from collections.abc import Mapping

    from anomaly_container.services.streams.model_file import Model
    from anomaly_container.services.streams.scoring import Scored

log = logging.getLogger(__name__)


class Differences:
    """Takes each batch on the thread that scores; other threads read the values of the last batch.

    Parameters
    ----------
    model
        The current model.

    Attributes
    ----------
    shares
        The share of the last 1,000 events that lack each feature.
    changed
        The features that went missing.
    drift
        The shift of the mean score, in deviations of the training; None if it is not known.
    """

    def __init__(self, model: Model) -> None:
        self._begin(model)

    def hear(self, scored: Scored, model: Model) -> None:
        """Take a batch.

        Parameters
        ----------
        scored
            The batch.
        model
            The model that scored it; with another one the comparison begins anew.
        """
        if model.id != self._id:
            self._begin(model)
        if scored.lacking is not None:
            self._schema.take(scored.lacking)
        self._drift.take(np.array([result.score for result in scored.results], dtype=np.float64))
        self._publish()

    def _begin(self, model: Model) -> None:
        self._id = model.id
        self._schema = Schema(model.columns, model.encoder.missing)
        self._drift = Drift(model.training.mean, model.training.deviation)
        self.shares: Mapping[str, float] = {}
        self.changed: tuple[str, ...] = ()
        self.drift: float | None = None
        for name in model.columns:
            metrics.SCHEMA_CHANGED.labels(name).set(0)

    def _publish(self) -> None:
        changed = self._schema.changed
        for name in changed:
            if name not in self.changed:
                log.warning("Most of the last events lack the feature %s, which the training had.", name)
        for name in self._schema.shares:
            metrics.SCHEMA_CHANGED.labels(name).set(name in changed)
        self.shares, self.changed, self.drift = self._schema.shares, changed, self._drift.value
        if self.drift is not None:
            metrics.SCORE_DRIFT.set(self.drift)
