"""Settings of the consumer.

The smallest example: `Streams:Kafka:Partitions=0,2` reads two partitions whatever the group assigns.
"""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from tests.support.stream_events import streams_settings


def test_partitions_and_beginnings() -> None:
    assert streams_settings(Kafka__Partitions="0, 2").fixed_partitions == (0, 2)
    assert streams_settings().fixed_partitions == ()
    assert streams_settings(Kafka__From="Latest").kafka_from == "latest"
    assert streams_settings().kafka_from_time is None
    for written in ("2026-01-01T00:00:00Z", "2026-01-01", "2026-01-01T01:00:00+01:00"):
        assert streams_settings(Kafka__From=written).kafka_from_time == 1767225600.0


def test_sasl_needs_a_user() -> None:
    words = {"Kafka__Security": "SASL-Plain", "Kafka__User": "u", "Kafka__Password": "p"}
    assert streams_settings(**words).kafka_security == "sasl-plain"
    for name in ("Kafka__User", "Kafka__Password"):
        with pytest.raises(ValidationError):
            streams_settings(**{key: value for key, value in words.items() if key != name})


@pytest.mark.parametrize(
    "words",
    [
        {"Kafka__Group": "a b"},
        {"Kafka__From": "now"},
        {"Kafka__BatchEvents": 0},
        {"Kafka__BatchEvents": 20_001},
        {"Kafka__BatchMs": 9},
        {"Kafka__SessionSeconds": 5},
        {"Kafka__RebalanceSeconds": 601},
        {"Kafka__Security": "ssl"},
        {"Kafka__Partitions": "0,0"},
        {"Kafka__Partitions": "-1"},
        {"Kafka__Partitions": ","},
        {"Kafka__Key": "/key.pem"},
    ],
)
def test_refused(words: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        streams_settings(**words)
