"""A topic read to its present end, for `train`, `replay` and `compare`.

The smallest example: a topic of two partitions with the values 0 to 5 gives them in the order of their times.
"""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING

import pytest

from anomaly_container.cli.main import main
from anomaly_container.cli.streams.topic_records import TopicError, topic_records
from anomaly_container.services.streams.cluster import Cluster
from tests.support.stream_samples import stream_settings
from tests.system.streams.processes import sample_lines
from tests.system.streams.topics import write

if TYPE_CHECKING:
    from pathlib import Path

    from tests.system.streams.brokers import Broker


def create(broker: Broker, topic: str, partitions: int) -> None:
    asyncio.run(Cluster(servers=broker.address).create({topic: (partitions, {})}))


def test_partitions_are_merged_by_time(broker: Broker) -> None:
    topic = f"merged-{broker.name}"
    create(broker, topic, 3)
    for number in range(6):  # one after the other, so that their times rise
        asyncio.run(write(broker.address, topic, {number % 2: [str(number).encode()]}))
    settings = stream_settings(Source=f"kafka://{broker.address}/{topic}")
    records = list(topic_records(settings))
    assert [record.value for record in records] == [b"0", b"1", b"2", b"3", b"4", b"5"]
    assert [record.id for record in records[:3]] == [f"{topic}-0-0", f"{topic}-1-0", f"{topic}-0-1"]
    assert [record.next_offset for record in records[:3]] == [1, 1, 2]
    assert records == list(topic_records(settings))


def test_a_topic_trains_and_is_replayed_as_its_file(
    broker: Broker, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    topic, lines = f"replayed-{broker.name}", sample_lines()[14_000:17_000]
    create(broker, topic, 1)
    asyncio.run(write(broker.address, topic, {0: lines}))
    (tmp_path / "log.jsonl").write_bytes(b"\n".join([*lines, b""]))
    scores = []
    for source in (f"kafka://{broker.address}/{topic}", "log.jsonl"):
        assert main(["streams", "replay", source, "--output", "r.jsonl"]) in {0, 2}
        results = [json.loads(line) for line in (tmp_path / "r.jsonl").read_bytes().splitlines()]
        scores.append([(one["time"], one["score"], one["result"]) for one in results])
    assert len(scores[0]) == 600
    assert scores[0] == scores[1]


def test_a_topic_that_does_not_exist_is_refused(broker: Broker) -> None:
    settings = stream_settings(Source=f"kafka://{broker.address}/nosuch")
    with pytest.raises(TopicError, match=r"^The topic nosuch does not exist\.$"):
        list(topic_records(settings))


def test_brokers_that_do_not_answer_are_one_sentence(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main(["streams", "train", "kafka://127.0.0.1:1/events", "Model=a.model"]) == 1
    shown = capsys.readouterr().err
    assert shown.startswith("The topic cannot be read: ")
    assert "Traceback" not in shown
