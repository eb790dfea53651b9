"""Encoders.

The smallest example: of the methods GET, GET, POST the shares are 2/3, 2/3, 1/3, and an unseen one has 0.
"""

from __future__ import annotations

import json
from math import log

import numpy as np
import pytest

from anomaly_container.services.streams.encoders import Encoder
from anomaly_container.services.streams.feature_list import parse_features
from tests.support.stream_events import events, streams_settings

THURSDAY = 1767225600


def line(**fields: object) -> str:
    return json.dumps({"timestamp": THURSDAY} | fields)


def fit(lines: list[str], features: str, *, scale: bool = False) -> tuple[Encoder, str]:
    settings = streams_settings(Features=features)
    return Encoder.fit(events(lines, settings), settings.features, scale=scale), features


def rows(encoder: Encoder, features: str, *lines: str) -> list[list[float]]:
    found: list[list[float]] = encoder.rows(events(lines, streams_settings(Features=features)))[0].tolist()
    return found


def test_shares_of_a_text() -> None:
    encoder, features = fit([line(method="get"), line(method="GET"), line(method="post")], "method:frequency")
    assert rows(encoder, features, line(method="GET"), line(method="POST"), line(method="PUT")) == [
        [2 / 3],
        [1 / 3],
        [0],
    ]
    unseen = encoder.rows(events([line(method="PUT")], streams_settings(Features=features)))[2]
    assert unseen.tolist() == [[True]]
    assert encoder.usual == ("GET",)


def test_an_absent_text_is_a_value_of_its_own() -> None:
    encoder, features = fit([line(path="/"), line(level="info")], "path:frequency,log_level:ordinal")
    assert rows(encoder, features, line(level="info"))[0][0] == 0.5
    assert encoder.missing == (0.5, 0.5)


def test_what_is_missing_is_the_median() -> None:
    lines = [line(response_time=value, path="/") for value in (1, 2, 30)]
    encoder, features = fit(lines, "response_time:numeric,path:frequency")
    raw, filled, _ = encoder.rows(events([line(path="/")], streams_settings(Features=features)))
    assert (raw.tolist(), filled.tolist()) == ([[2.0, 1.0]], [[True, False]])
    lacking = encoder.lacking(
        events([line(path="/"), line(response_time=1)], streams_settings(Features=features))
    )
    assert lacking.tolist() == [[True, False], [False, True]]


def test_a_logarithm_an_order_and_a_circle() -> None:
    features = "size:numeric:log1p,kind:ordinal(s<m<l),time:hour_cyclic"
    encoder, _ = fit([line(size=0, kind="s"), line(size=9, kind="L")], features)
    [row] = rows(encoder, features, line(size=9, kind=" M "))
    assert row == pytest.approx([log(10), 1, 0, 1])
    assert rows(encoder, features, line(size=-5, kind="s"))[0][0] == 0
    # Another word has no order: the median.
    assert rows(encoder, features, line(size=1, kind="xl"))[0][1] == 1
    assert encoder.columns == ("size", "kind", "hour_sin", "hour_cos")


def test_scaling() -> None:
    lines = [line(response_time=value) for value in (1.0, 3.0)]
    encoder, features = fit(lines, "response_time:numeric,time:is_weekend", scale=True)
    raw = np.array([[1.0, 0.0], [1e12, 1.0]])
    assert encoder.scaled(raw).tolist() == [[-1.0, 0.0], [1e6, 1.0]]
    assert encoder.scaled(np.tile(raw, 2)).tolist() == [[-1.0, 0.0, -1.0, 0.0], [1e6, 1.0, 1e6, 1.0]]
    assert fit(lines, features)[0].scaled(raw) is raw


def test_equal_numbers_have_the_deviation_1() -> None:
    encoder, _ = fit([line(response_time=0.1)] * 40, "response_time:numeric", scale=True)
    assert (encoder.means.tolist(), encoder.deviations.tolist()) == ([0.1], [1.0])


def test_the_most_frequent_are_kept_and_ties_go_by_text(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("anomaly_container.services.streams.encoders.MOST_FREQUENT", 2)
    encoder, _ = fit([line(path=path) for path in ("/b", "/c", "/a", "/c")], "path:frequency")
    assert encoder.document()["frequencies"] == {"path": {"/c": 0.5, "/a": 0.25}}


def test_the_numbers_are_those_of_a_document() -> None:
    settings = streams_settings(Time__Zone="Europe/Berlin")
    some = events([line(response_time=place, path=f"/{'ab'[place % 2]}") for place in range(9)], settings)
    encoder = Encoder.fit(some, settings.features, zone=settings.zone)
    again = Encoder.from_document(json.loads(json.dumps(encoder.document(), sort_keys=True)))
    np.testing.assert_array_equal(encoder.scaled(encoder.rows(some)[0]), again.scaled(again.rows(some)[0]))
    assert again.usual == encoder.usual
    assert encoder.rows(some)[0][0, 4] == 1.0  # the hour in Berlin


@pytest.mark.parametrize(
    "change",
    [
        {"means": [0.0]},
        {"deviations": [0.0] * 7},
        {"deviations": [-1.0] * 7},
        {"medians": {}},
        {"frequencies": {}},
        {"features": ["a:b"]},
        {"features": []},
        {"zone": "Mars/Olympus"},
        {"zone": "../../etc/passwd"},
        {"scale": 1},
        {"other": 1},
    ],
)
def test_a_document_that_is_wrong(change: dict[str, object]) -> None:
    encoder = Encoder.fit(events([line(response_time=1)]), parse_features(streams_settings().feature_list))
    with pytest.raises(ValueError, match=r"^\S"):
        Encoder.from_document(encoder.document() | change)
