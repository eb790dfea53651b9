"""Events of object stores.

The smallest example: an S3 event with the key `raw%2Fa+b.csv` names the object `raw/a b.csv`.
"""

from __future__ import annotations

import json
from typing import Any

import pytest

from anomaly_container.services.batches.intake.events import (
    InvalidMessageError,
    ObjectEvent,
    created_objects,
    parse_json,
    queued_objects,
)


def record(key: str = "raw%2Fa+b.csv", name: str = "ObjectCreated:Put", **words: object) -> dict[str, Any]:
    described = {"key": key, "size": 3, "eTag": "e1", "sequencer": "0"} | words
    return {"eventVersion": "2.1", "eventName": name, "s3": {"bucket": {"name": "b"}, "object": described}}


def event(*records: dict[str, Any]) -> dict[str, Any]:
    return {"Records": list(records)}


def bridge(**words: object) -> dict[str, Any]:
    described = {"bucket": {"name": "b"}, "object": {"key": "raw/a+b.csv", "etag": "e1", "version-id": "v"}}
    return {"source": "aws.s3", "detail-type": "Object Created", "detail": described} | words


def test_a_key_is_decoded_as_a_form() -> None:
    assert created_objects(event(record())) == [ObjectEvent("b", "raw/a b.csv", "e1")]


@pytest.mark.parametrize(
    ("encoded", "key"),
    [
        ("raw%2Fa+b%2B%C3%BC.csv", "raw/a b+ü.csv"),
        ("raw/a.csv", "raw/a.csv"),
        ("%FF", "\udcff"),  # bytes that are not UTF-8 stay as they came
        ("%2G", "%2G"),
    ],
)
def test_keys(encoded: str, key: str) -> None:
    assert [one.key for one in created_objects(event(record(encoded)))] == [key]


def test_etags_and_versions() -> None:
    quoted, plain = created_objects(
        event(record(eTag='"e2"', versionId="v"), record(eTag=None, versionId=""))
    )
    assert (quoted.etag, quoted.version) == ("e2", "v")
    assert (plain.etag, plain.version) == ("", None)


@pytest.mark.parametrize("name", ["ObjectCreated:CompleteMultipartUpload", "s3:ObjectCreated:Copy"])
def test_created(name: str) -> None:
    assert len(created_objects(event(record(name=name)))) == 1


@pytest.mark.parametrize(
    "name", ["ObjectRemoved:Delete", "s3:ObjectRemoved:DeleteMarkerCreated", "ObjectRestore:Post"]
)
def test_other_events_name_nothing(name: str) -> None:
    assert created_objects(event(record(name=name), record())) == created_objects(event(record()))


def test_the_test_event_names_nothing() -> None:
    assert created_objects({"Service": "Amazon S3", "Event": "s3:TestEvent", "Bucket": "b"}) == []


def test_event_bridge_does_not_encode_keys() -> None:
    assert created_objects(bridge()) == [ObjectEvent("b", "raw/a+b.csv", "e1", "v")]
    assert created_objects(bridge(**{"detail-type": "Object Deleted"})) == []


def test_versions_of_events() -> None:
    for version in ("2.0", "2.99"):
        assert created_objects(event(record() | {"eventVersion": version}))
    with pytest.raises(InvalidMessageError):
        created_objects(event(record() | {"eventVersion": "3.0"}))


@pytest.mark.parametrize(
    "content",
    [
        *({}, {"Records": None}, {"Records": {}}, {"Records": [None]}, {"Records": [{}]}, {"Records": ["x"]}),
        *(event(record() | {"eventName": 5}), event(record() | {"s3": None}), event(record(key=5))),  # type: ignore[arg-type]  # a wrong type
        *(event(record(eTag=5)), event(record(versionId=[])), {"Records": [record()] * 10_001}),
        *(
            bridge(detail=None),
            bridge(detail={}),
            bridge(detail={"bucket": {"name": 5}, "object": {"key": "a"}}),
        ),
        *(bridge(source="aws.ec2"), {"source": "aws.s3", "detail-type": "Object Created"}),
    ],
)
def test_invalid_events(content: dict[str, Any]) -> None:
    with pytest.raises(InvalidMessageError):
        created_objects(content)


@pytest.mark.parametrize("body", [b"", b"x", b"[]", b"1", b"\xff", b"[" * 5000, '"\ud800"', b'{"a":NaN}'])
def test_what_is_no_json_object(body: bytes | str) -> None:
    with pytest.raises(InvalidMessageError):
        parse_json(body)


def test_queued_messages_in_three_forms() -> None:
    expected = created_objects(event(record()))
    assert queued_objects(json.dumps(event(record()))) == expected
    envelope = {"Type": "Notification", "Message": json.dumps(event(record()))}
    assert queued_objects(json.dumps(envelope)) == expected
    assert queued_objects(json.dumps(bridge())) == created_objects(bridge())


@pytest.mark.parametrize(
    "content", [{"Type": "Notification"}, {"Type": "Notification", "Message": "x"}, {"Type": "x"}]
)
def test_queued_messages_that_are_invalid(content: dict[str, Any]) -> None:
    with pytest.raises(InvalidMessageError):
        queued_objects(json.dumps(content))
