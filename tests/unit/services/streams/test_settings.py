"""The settings of streams.

The smallest example: `Streams:Source=kafka://broker:9092/logs` is the topic `logs`, which the group
`anomaly-stream` reads.
"""

from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import ValidationError

from anomaly_container.process.services import scheme
from anomaly_container.services.streams.words import comma_separated, some_of
from anomaly_container.settings.errors import SettingsError
from anomaly_container.settings.load import resolve
from tests.support.stream_events import streams_settings


def test_a_topic() -> None:
    found = streams_settings(Source="kafka://broker:9092,[::1]:9093/logs,more")
    assert (found.servers, found.topics) == ("broker:9092,[::1]:9093", ("logs", "more"))
    assert (found.group, found.topic_of_state) == ("anomaly-stream", "anomaly-stream.state")
    assert (found.topic_of_anomalies, found.topic_of_parked("logs")) == (
        "anomaly-stream.anomalies",
        "logs.parked",
    )


def test_a_file() -> None:
    found = streams_settings(Source="/var/log/access.log", StateDirectory="/state")
    assert (found.servers, found.topics) == (None, ())
    assert found.parked_file == Path("/state/parked.jsonl")
    assert found.report_folder == Path("/state/reports")


def test_defaults() -> None:
    found = streams_settings()
    assert (found.port, found.workers, found.max_body_bytes) == (8080, 1, 6 << 20)
    assert (found.trees, found.sample, found.shingle, found.forest_decay) == (50, 512, 1, 0.1 / 512)
    assert (found.state_folder, found.report_forms) == (found.mounts_output / "streams", ("json", "html"))
    assert (found.sinks, [alarm.name for alarm in found.alarms]) == ((), ["anomalies"])
    assert len(found.missing_for_run()) == 2


@pytest.mark.parametrize("source", ["-", "sample", None])
def test_what_the_service_cannot_read(source: str | None) -> None:
    [sentence] = streams_settings(Source=source, Model="/m").missing_for_run()
    assert sentence.startswith("Streams:Source")


def test_keys_need_their_fields_and_no_model() -> None:
    [sentence] = streams_settings(Source="/x", Mode="keys").missing_for_run()
    assert sentence.startswith("Streams:Keys:Field")
    assert streams_settings(Source="/x", Mode="keys", Keys__Field="host, path").missing_for_run() == ()
    assert streams_settings(Source="/x", Model="/m").missing_for_run() == ()


@pytest.mark.parametrize(
    "words",
    [
        {"Name": "Upper"},
        {"Name": ""},
        {"Name": "x" * 65},
        {"Source": "kafka://broker/logs"},
        {"Source": "kafka://broker:9092"},
        {"Source": "kafka://broker:9092/a b"},
        {"Mode": "other"},
        {"Kind": "other"},
        {"Format": "xml"},
        {"Format__Columns": " , "},
        {"Format__ResponseTimeUnit": "m"},
        {"Fields__Time": ","},
        {"Time__Zone": "Mars/Olympus"},
        {"Time__Zone": "../etc/passwd"},
        {"Time__AllowedLatenessSeconds": 3601},
        {"Time__FutureSeconds": -1},
        {"Keys__Window": 11},
        {"Keys__Sensitivity": 100},
        {"Keys__Max": 0},
        {"StateSeconds": 0.5},
        {"StateTopic": "a/b"},
        {"Parked__MaxBytes": 1023},
        {"Report__Formats": "pdf"},
        {"Report__Formats": "json,json"},
        {"Report__Hours": 0},
        {"Output__Event": "some"},
    ],
)
def test_refused(words: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        streams_settings(**words)


def test_lists() -> None:
    assert comma_separated(" a ,, b ") == ("a", "b")
    assert comma_separated(None) == ()
    assert some_of("HTML,json", ["json", "html"]) == "html,json"
    with pytest.raises(ValueError, match="one or more of json"):
        some_of("", ["json"])


def test_names_on_the_command_line() -> None:
    words = [
        "Eula=accept",
        "Billing=http://127.0.0.1/",
        "ApiKey=key",
        "Kafka:Group=g",
        "Sinks:Slack:Type=webhook",
        "Streams:Sinks:slack:Url=https://hooks.example.com/token",
        "Alarms:slow:Threshold=9",
    ]
    found = resolve(words, {}, {}, scheme("streams")).settings
    assert (found.group, found.sinks[0].name, found.alarms[1].threshold) == ("g", "slack", 9)
    assert "token" not in str(found.model_dump())
    with pytest.raises(SettingsError, match="Did you mean Streams:Kafka:Group"):
        resolve([*words, "Kafka:Groop=g"], {}, {}, scheme("streams"))
