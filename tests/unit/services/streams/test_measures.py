"""What a batch says to the metrics.

The smallest example: a batch of which one of two results is flagged counts one event of each result.
"""

from __future__ import annotations

import pytest

from anomaly_container.observability.metrics import REGISTRY
from anomaly_container.services.streams.measures import count, show_age, show_lag, stage
from anomaly_container.services.streams.scoring import Scoring
from anomaly_container.services.streams.sources import Batch
from tests.support.stream_samples import records_of, sample_lines, sample_model, stream_settings


def value(name: str, **labels: str) -> float:
    return REGISTRY.get_sample_value(f"anomaly_streams_{name}", labels) or 0.0


def test_a_batch_is_counted() -> None:
    scoring = Scoring(stream_settings(Format="json"), sample_model())
    scoring.begin("web", None)
    scored = scoring.take(
        Batch(records_of([*sample_lines()[16_000:16_500], b"broken"]), {"web": {"offset": 1}})
    )
    flagged = sum(result.anomalous for result in scored.results)
    names = ("High Outlier", "Normal")
    before = [value("events_total", result=name) for name in names], value("parked_total", reason="not-json")
    scores = value("score_count")
    count(scored)
    after = [value("events_total", result=name) for name in names], value("parked_total", reason="not-json")
    assert [end - begin for begin, end in zip(before[0], after[0], strict=True)] == [flagged, 500 - flagged]
    assert after[1] - before[1] == 1
    assert value("score_count") - scores == 500


def test_the_lag_is_that_of_partitions_that_have_records_waiting() -> None:
    scoring = Scoring(stream_settings(), sample_model())
    for name in ("a-b-0", "a-b-1"):
        scoring.begin(name, None)
        scoring.states[name].stream_time = 700.0
    scoring.states["a-b-1"].stream_time = 900.0
    show_lag({"a-b-0": 0, "a-b-1": 5, "web.log": 7}, scoring.states, 1000.0)
    assert value("lag_events", topic="a-b", partition="1") == 5.0
    assert value("lag_events", topic="web.log", partition="") == 7.0
    assert value("lag_seconds") == 100.0


def test_the_lag_is_0_if_no_records_wait() -> None:
    scoring = Scoring(stream_settings(), sample_model())
    scoring.begin("a-0", None)
    scoring.states["a-0"].stream_time = 700.0
    show_lag({"a-0": 1}, scoring.states, 1000.0)
    assert value("lag_seconds") == 300.0
    show_lag({"a-0": 0}, scoring.states, 1000.0)
    assert value("lag_seconds") == 0.0


def test_the_age_is_that_of_the_oldest_snapshot() -> None:
    show_age({"a-0": 3.0, "a-1": 5.0}, 10.0)
    assert value("state_age_seconds") == 7.0
    show_age({}, 10.0)
    assert value("state_age_seconds") == 0.0


@pytest.mark.parametrize("name", ["parse", "score", "deliver", "commit"])
def test_a_stage_is_observed(name: str) -> None:
    before = value("batch_seconds_count", stage=name)
    with stage(name):
        pass
    assert value("batch_seconds_count", stage=name) == before + 1
