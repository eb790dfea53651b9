"""What scores the events of a stream.

The smallest example: in mode keys it is the detector of series, and there is no model.
"""

from __future__ import annotations

import pytest

from anomaly_container.services.streams.alarms import Notice
from anomaly_container.services.streams.events import Record
from anomaly_container.services.streams.key_scoring import KeyResult, KeyScoring
from anomaly_container.services.streams.replay import replay
from anomaly_container.services.streams.report import HourReport
from anomaly_container.services.streams.scoring_choice import scoring_of
from anomaly_container.services.streams.settings import StreamsSettings

LICENCE = {"Eula": "accept", "Billing": "https://billing.example", "ApiKey": "0" * 32}
KEYS = {"Streams:Mode": "keys", "Streams:Keys:Field": "region", "Streams:Keys:Value": "load"}


def test_mode_keys_needs_no_model() -> None:
    assert isinstance(scoring_of(StreamsSettings.model_validate(LICENCE | KEYS), None), KeyScoring)


def test_mode_forest_needs_one() -> None:
    with pytest.raises(ValueError, match="a model is needed"):
        scoring_of(StreamsSettings.model_validate(LICENCE), None)


def test_a_replay_of_keys_has_results_alarms_and_reports() -> None:
    settings = StreamsSettings.model_validate(LICENCE | KEYS | {"Streams:Alarm:Threshold": 2})
    records = []
    for minute in range(90):
        for place, region in enumerate(("eu", "us", "asia")):
            load = 500 if 60 <= minute < 62 else 10 + minute % 3
            line = f'{{"time":{1_767_225_600 + 60 * minute},"region":"{region}","load":{load}}}'
            offset = 3 * minute + place
            records.append(Record(f"load-{offset}", "load", offset, offset + 1, line.encode(), None))

    found = list(replay(settings, None, [records[:100], records[100:]]))

    results = [one for one in found if isinstance(one, KeyResult)]
    assert len(results) == 3 * (90 - 11)
    flagged = {one.id for one in results if one.anomalous}
    assert {f"load-{3 * 60 + place}" for place in range(3)} <= flagged
    assert [one.state for one in found if isinstance(one, Notice)][:1] == ["ALARM"]
    (first, second) = (one for one in found if isinstance(one, HourReport))
    assert (first.events, second.events) == (3 * 49, 3 * 30)
    assert [row["feature"] for row in second.features] == ["load"]
