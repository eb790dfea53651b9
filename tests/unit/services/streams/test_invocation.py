"""Rows and events of a request.

The smallest example: a row far from all others scores higher than one in their middle.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest

from anomaly_container.services.streams.contract.body import Body
from anomaly_container.services.streams.errors import InvalidRows
from anomaly_container.services.streams.event_reader import EventReader
from anomaly_container.services.streams.invocation import Invocation
from tests.support.stream_samples import sample_lines, sample_model, stream_settings
from tests.support.streams_app import model_of_numbers

if TYPE_CHECKING:
    from anomaly_container.services.streams.model_file import Model


def invocation(model: Model, *, threshold: float = 1.0, is_scaled: bool = False) -> Invocation:
    reader = EventReader(stream_settings(), features=model.encoder.features)
    return Invocation(model, reader, threshold, is_scaled)


def test_a_row_far_away_scores_higher_and_says_why() -> None:
    usual, far = invocation(model_of_numbers(), threshold=1.2).results(
        Body(rows=[[0.0, 0.0, 0.0], [0.0, 50.0, 0.0]]), explain=True
    )
    assert usual.score < 1.2 < far.score
    assert (usual.word, far.word) == ("Normal", "High Outlier")
    assert (far.reasons[0].feature, far.reasons[0].direction) == ("b", "high")
    assert not far.has_values


def test_rows_are_scaled_unless_they_are_already() -> None:
    model = model_of_numbers()
    rows = np.array([[1.0, -2.0, 0.5]])
    plain = invocation(model).results(Body(rows=rows.tolist()), explain=False)
    scaled = model.encoder.scaled(rows.copy()).tolist()
    assert invocation(model, is_scaled=True).results(Body(rows=scaled), explain=False) == plain
    assert plain[0].score == model.scores(rows)[0]


def test_reasons_do_not_change_the_score() -> None:
    asked = invocation(model_of_numbers())
    body = Body(rows=[[0.3, 4.0, -1.0]])
    assert asked.results(body, explain=True)[0].score == asked.results(body, explain=False)[0].score


def test_events_are_read_as_those_of_the_stream() -> None:
    event = {
        "timestamp": "2026-01-14T03:12:07Z",
        "response_time": "90s",
        "level": "info",
        "method": "GET",
        "path": "/x",
    }
    [found] = invocation(sample_model()).results(Body(events=[event]), explain=True)
    assert found.has_values
    values = {reason.feature: reason.value for reason in found.reasons}
    assert values["response_time"] == 90_000.0
    assert sample_lines()


def test_an_event_that_cannot_be_read_is_refused_with_its_place_and_without_its_fields() -> None:
    events = [{"timestamp": 1, "path": "/a"}, {"path": "/secret"}]
    with pytest.raises(InvalidRows) as caught:
        invocation(sample_model()).results(Body(events=list(events)), explain=False)
    assert (caught.value.message or "").startswith("event 2 cannot be read (no-time): ")
    assert "secret" not in (caught.value.message or "")


def test_events_do_not_make_the_vectors_of_a_shingle() -> None:
    model = replace(model_of_numbers(), parameters={"shingle": 2})
    with pytest.raises(InvalidRows, match="400"):
        invocation(model).results(Body(events=[{"time": 1}]), explain=False)
