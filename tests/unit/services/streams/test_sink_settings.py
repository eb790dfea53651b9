"""Settings of sinks.

The smallest example: a webhook needs a URL, and the URL must be https.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from pydantic import ValidationError

from anomaly_container.services.streams.sink_settings import REQUIRED, WHAT
from tests.support.stream_events import streams_settings

SECRET, PASSWORD = {"Secret": "s"}, {"Password": "p"}
URL = "https://hooks.example.com/x"

if TYPE_CHECKING:
    from anomaly_container.services.streams.settings import StreamsSettings


def sink(**words: object) -> StreamsSettings:
    return streams_settings(**{f"Sinks__<name>__{name}": {"one": value} for name, value in words.items()})


def test_a_webhook() -> None:
    [found] = sink(Type="Webhook", Url=URL, **SECRET, What="Alarms, reports", Reason="path").sinks
    assert (found.name, found.type, found.url, found.what) == ("one", "webhook", URL, ("alarms", "reports"))
    assert (found.on_failure, found.retries, found.queue, found.reasons) == ("park", 8, 10_000, ("path",))
    assert found.secret is not None
    assert found.secret.get_secret_value() == "s"


def test_a_file_and_mail() -> None:
    [found] = sink(Type="file", Path="/out/results.jsonl").sinks
    assert (found.path, found.on_failure, found.what) == (Path("/out/results.jsonl"), "block", ("results",))
    [found] = sink(
        Type="mail", Host="localhost", From="a@example.com", To="b@example.com, c@example.com"
    ).sinks
    assert (found.sender, found.recipients, found.port) == (
        "a@example.com",
        ("b@example.com", "c@example.com"),
        25,
    )


def test_labels() -> None:
    [found] = sink(Type="alertmanager", Url="http://127.0.0.1:9093", Labels="team=web, tier = 1").sinks
    assert found.labels == (("team", "web"), ("tier", "1"))


GIVEN: dict[str, dict[str, Any]] = {
    "topic": {"Topic": "out"},
    "file": {"Path": "/x"},
    "webhook": {"Url": URL},
    "alertmanager": {"Url": URL},
    "sns": {"TopicArn": "arn:aws:sns:eu-west-1:123456789012:t"},
    "sqs": {"QueueUrl": "https://sqs.example.com/q"},
    "mail": {"Host": "mail.example.com", "From": "a@example.com", "To": "b@example.com"},
}


@pytest.mark.parametrize("kind", REQUIRED)
def test_what_each_type_needs(kind: str) -> None:
    [found] = sink(Type=kind, **GIVEN[kind]).sinks
    assert found.what == WHAT[kind]
    for name in REQUIRED[kind]:
        rest = {key: value for key, value in GIVEN[kind].items() if key != name}
        with pytest.raises(ValidationError, match=f"Streams:Sinks:one:{name}"):
            sink(Type=kind, **rest)


@pytest.mark.parametrize(
    "words",
    [
        {"Url": URL},
        {"Type": "fax"},
        {"Type": "webhook", "Url": "http://example.com"},
        {"Type": "alertmanager", "Url": "http://example.com"},
        {"Type": "webhook", "Url": "ftp://example.com"},
        {"Type": "webhook", "Url": URL, "Form": "xml"},
        {"Type": "webhook", "Url": URL, "Batch": 0},
        {"Type": "webhook", "Url": URL, "TimeoutSeconds": 0},
        {"Type": "webhook", "Url": URL, "Queue": 0},
        {"Type": "webhook", "Url": URL, "Retries": -1},
        {"Type": "webhook", "Url": URL, "OnFailure": "drop"},
        {"Type": "webhook", "Url": URL, "What": "scores"},
        {"Type": "alertmanager", "Url": URL, "What": "results"},
        {"Type": "alertmanager", "Url": URL, "Labels": "a-b=c"},
        {"Type": "topic", "Topic": "a b"},
        {"Type": "topic", "Topic": "a", "Compression": "lz4"},
        {"Type": "mail", **GIVEN["mail"], "User": "u", "Password": "p"},
        {"Type": "mail", **GIVEN["mail"], "To": "nobody"},
        {"Type": "mail", **GIVEN["mail"], "Port": 0},
        {"Type": "mail", **GIVEN["mail"], "Tls": "ssl"},
    ],
)
def test_refused(words: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        sink(**words)


def test_http_and_a_password_where_nobody_listens() -> None:
    assert sink(Type="webhook", Url="http://127.0.0.1:1/x").sinks
    assert sink(Type="webhook", Url="http://example.com", AllowHttp=True).sinks
    assert sink(Type="mail", **GIVEN["mail"] | {"Host": "localhost"}, User="u", **PASSWORD).sinks
    assert sink(Type="mail", **GIVEN["mail"], Tls="starttls", User="u", **PASSWORD).sinks
