"""Training.

The smallest example: of 1,000 events 800 are fitted, and the scores of the last 200 set the threshold.
"""

from __future__ import annotations

import numpy as np
import pytest

from anomaly_container.detection.forest.random_cut import RandomCutForest
from anomaly_container.services.streams import sample
from anomaly_container.services.streams.encoders import Encoder
from anomaly_container.services.streams.training import TrainingError, train
from tests.support.stream_events import events, records, streams_settings

LINES = list(sample.lines(1))[:1000]
SMALL = {"Forest__Trees": 3, "Forest__Sample": 64}


def test_what_is_fitted_and_what_sets_the_threshold() -> None:
    settings = streams_settings(**SMALL)
    trained = train(records([*LINES, "{"]), settings)
    training = trained.model.training
    assert (training.rows, training.fitted, training.held_out) == (1000, 800, 200)
    assert (dict(trained.parked), trained.seen, trained.warnings) == ({"not-json": 1}, 1000, ())
    some = events(LINES)
    encoder = Encoder.fit(some[:800], settings.features)
    rows = encoder.scaled(encoder.rows(some)[0])
    scores = RandomCutForest.fit(rows[:800], trees=3, sample=64).scores(rows[800:])
    np.testing.assert_array_equal(trained.model.calibration, scores)
    assert training.level == pytest.approx(scores.mean() + 3 * scores.std(ddof=1))
    assert training.flagged == np.mean(scores > training.level)
    assert (training.begin, training.end) == (some.times.min(), some.times.max())


def test_the_same_records_make_the_same_bytes() -> None:
    settings = streams_settings(**SMALL)
    assert (
        train(records(LINES), settings).model.to_bytes()
        == train(iter(records(LINES)), settings).model.to_bytes()
    )
    assert train(records(LINES), settings, created=0.0).model.created == "1970-01-01T00:00:00Z"


def test_the_last_events_by_time_are_held_out() -> None:
    settings = streams_settings(**SMALL)
    shuffled = [LINES[place] for place in np.random.default_rng(1).permutation(len(LINES))]
    one, other = train(records(LINES), settings).model, train(records(shuffled), settings).model
    np.testing.assert_array_equal(one.calibration, other.calibration)


@pytest.mark.parametrize("basis", ["training", "scored"])
def test_all_rows_are_fitted_if_none_is_held_out(basis: str) -> None:
    training = train(records(LINES), streams_settings(**SMALL, Threshold__Basis=basis)).model.training
    assert (training.fitted, training.held_out) == (1000, 0)


def test_more_events_than_are_kept() -> None:
    lines = list(sample.lines(2))[:3000]
    trained = train(records(lines), streams_settings(**SMALL, Train__MaxRows=1000))
    assert (trained.model.training.rows, trained.seen) == (1000, 3000)
    [warning] = trained.warnings
    assert "uniform sample of 1,000" in warning


@pytest.mark.parametrize(
    ("count", "words", "sentence"),
    [
        (0, {}, "There are no events to train on."),
        (120, {}, "There are 96 events to fit; at least 100 are needed."),
        (140, {}, "There are 28 events to set the threshold"),
        (500, {"Train__HoldOut": 0}, "There are 0 events to set the threshold"),
        (
            500,
            {"Forest__Trees": 1000, "Forest__Sample": 4096, "Forest__MaxMegabytes": 16},
            "MaxMegabytes is 16",
        ),
    ],
)
def test_what_cannot_be_trained(count: int, words: dict[str, object], sentence: str) -> None:
    with pytest.raises(ValueError, match=sentence):
        train(records(LINES[:count]), streams_settings(**words))


def test_tracking_is_warned_of_a_rate_that_is_too_low() -> None:
    settings = streams_settings(**SMALL, Threshold__Rule="tracking", Threshold__Rate=0.00001)
    [warning] = train(records(LINES), settings).warnings
    assert "tracking will not see" in warning


def test_a_shingle_is_of_one_partition() -> None:
    settings = streams_settings(**SMALL, Forest__Shingle=4)
    both = [*records(LINES[:500], "a"), *records(LINES[500:], "b")]
    training = train(both, settings).model.training
    # Of each partition the first three have no vector.
    assert training.fitted + training.held_out == 1000 - 2 * 3


def test_the_format_is_known_to_those_who_read_on() -> None:
    lines = ["time,path,response_time", *(f"{place},/,{place % 7}" for place in range(300))]
    trained = train(records(lines), streams_settings(**SMALL, Format="csv"))
    assert trained.formats["p"]["columns"] == ["time", "path", "response_time"]


def test_a_svm() -> None:
    pytest.importorskip("sklearn")
    model = train(records(LINES), streams_settings(Kind="svm")).model
    again = type(model).from_bytes(model.to_bytes())
    rows = model.encoder.rows(events(LINES))[0]
    np.testing.assert_array_equal(again.scores(rows), model.scores(rows))
    assert again.kind == "svm"


def test_a_sarima() -> None:
    settings = streams_settings(Kind="sarima", Sarima__Every="hour", Sarima__Metric="count")
    trained = train(records(list(sample.lines(1))), settings)
    again = type(trained.model).from_bytes(trained.model.to_bytes())
    assert again.parameters["metric"] == "count"
    assert again.parameters["lastSlot"] == 1767225600 + 3600 * (14 * 24 - 2)
    assert again.training.held_out == (14 * 24 - 1) // 5
    assert again.threshold().level > 0
    with pytest.raises(ValueError, match="not rows"):
        _ = again.scorer


def test_a_metric_that_is_not_read() -> None:
    with pytest.raises(ValueError, match="size is not among the numeric"):
        train(records(LINES), streams_settings(Kind="sarima", Sarima__Metric="size:mean"))
    assert issubclass(TrainingError, ValueError)
