"""What the service says of a stream that is not as its training was.

The smallest example: a thousand events without a feature are one warning, and a figure.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from anomaly_container.observability.metrics import REGISTRY
from anomaly_container.services.streams.differences import Differences
from anomaly_container.services.streams.scoring import Scored, Scoring
from anomaly_container.services.streams.sources import Batch
from tests.support.stream_samples import records_of
from tests.support.streams_app import lines_of_rows, model_of_numbers, streams_settings

if TYPE_CHECKING:
    import pytest


def scored(rows: np.ndarray[tuple[int, ...], np.dtype[np.float64]]) -> Scored:
    """Return what a batch of rows gives."""
    scoring = Scoring(streams_settings(), model_of_numbers())
    scoring.begin("web", None)
    return scoring.take(Batch(records_of(lines_of_rows(rows)), {}))


def figure(name: str, **labels: str) -> float | None:
    return REGISTRY.get_sample_value(f"anomaly_streams_{name}", labels)


def test_a_missing_feature_is_one_warning_and_a_figure(caplog: pytest.LogCaptureFixture) -> None:
    differences = Differences(model_of_numbers())
    assert figure("schema_changed", feature="b") == 0
    lacking = np.zeros((1000, 3), dtype=bool)
    lacking[:, 1] = True
    for _ in range(2):
        differences.hear(Scored(lacking=lacking), model_of_numbers())
    assert differences.changed == ("b",)
    assert differences.shares == {"a": 0.0, "b": 1.0, "c": 0.0}
    assert figure("schema_changed", feature="b") == 1
    said = [record.getMessage() for record in caplog.records]
    assert said == ["Most of the last events lack the feature b, which the training had."]
    differences.hear(Scored(lacking=~lacking), model_of_numbers())
    assert (figure("schema_changed", feature="a"), figure("schema_changed", feature="b")) == (1, 0)


def test_scores_that_move_away_are_a_figure() -> None:
    model = model_of_numbers()
    differences = Differences(model)
    found = scored(np.full((50, 3), 30.0))
    differences.hear(found, model)
    mean = np.mean([result.score for result in found.results])
    assert found.lacking is not None
    assert not found.lacking.any()
    assert (
        differences.drift == (mean - model.training.mean) / model.training.deviation == figure("score_drift")
    )
    assert differences.drift is not None
    assert differences.drift > 3


def test_another_model_begins_anew() -> None:
    differences = Differences(model_of_numbers())
    differences.hear(scored(np.full((50, 3), 30.0)), model_of_numbers())
    differences.hear(Scored(), model_of_numbers("Forest:Seed=7"))
    assert (differences.drift, differences.shares) == (None, {})
