"""The objects that an event names: S3 events, EventBridge events, and SNS envelopes around them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import unquote_plus

import orjson

from anomaly_container.services.batches.keys import LONGEST, key_id

if TYPE_CHECKING:
    from collections.abc import Iterator

MAX_RECORDS: Final = 10_000
"""The most records of one event; a body of 300 KB cannot hold more that are valid."""
SUFFIX: Final = 8
"""What is kept of the end of a key that is too long: enough for `.parquet`."""
ETAG: Final = re.compile(r"[!-~]{0,256}")
VERSION: Final = re.compile(r"[!-~]{0,1024}")


class InvalidMessageError(Exception):
    """A message is not an event of an object store."""


@dataclass(frozen=True, slots=True)
class ObjectEvent:
    """An object that has been created.

    Attributes
    ----------
    bucket
        The name of its bucket.
    key
        Its key, decoded. Of one that is longer than a key can be, the beginning and an id are kept.
    etag
        Its etag without quotes; blank if the event has none.
    version
        The id of its version; None if the bucket keeps no versions.
    """

    bucket: str
    key: str
    etag: str = ""
    version: str | None = None


def parse_json(body: bytes | str) -> dict[str, Any]:
    """Return the JSON object of a message.

    Raises
    ------
    InvalidMessageError
        If the message is not a JSON object.
    """
    try:
        content = orjson.loads(body)
    except orjson.JSONDecodeError:
        raise InvalidMessageError from None
    if not isinstance(content, dict):
        raise InvalidMessageError
    return content


def created_objects(content: dict[str, Any]) -> list[ObjectEvent]:
    """Return the created objects of an S3 event or an EventBridge event.

    Removals, restores, replications and the test event that S3 sends first give no objects.

    Parameters
    ----------
    content
        The event.

    Raises
    ------
    InvalidMessageError
        If it is neither kind of event, or lacks a field.
    """
    if content.get("Event") == "s3:TestEvent":
        return []
    try:
        if "Records" in content:
            return list(_of_s3(content["Records"]))
        if content.get("source") == "aws.s3":
            return list(_of_event_bridge(content))
    except (KeyError, TypeError, AttributeError):
        raise InvalidMessageError from None
    raise InvalidMessageError


def queued_objects(body: str) -> list[ObjectEvent]:
    """Return the created objects of an SQS message: an S3 event, an SNS envelope or an EventBridge event.

    The signature of an envelope is not checked: the queue is authenticated.

    Raises
    ------
    InvalidMessageError
        If the message has another form.
    """
    content = parse_json(body)
    if "Records" not in content and content.get("Type") == "Notification":
        message = content.get("Message")
        if not isinstance(message, str):
            raise InvalidMessageError
        content = parse_json(message)
    return created_objects(content)


def _of_s3(records: Any) -> Iterator[ObjectEvent]:  # noqa: ANN401  # JSON of another program
    if not isinstance(records, list) or len(records) > MAX_RECORDS:
        raise InvalidMessageError
    for record in records:
        if not record["eventName"].removeprefix("s3:").startswith("ObjectCreated:"):
            continue
        if not str(record.get("eventVersion", "2.1")).startswith("2."):
            raise InvalidMessageError
        described = record["s3"]["object"]
        yield _checked(
            record["s3"]["bucket"]["name"],
            # Only this kind of event encodes the key as a form does.
            unquote_plus(described["key"], errors="surrogateescape"),
            described.get("eTag"),
            described.get("versionId"),
        )


def _of_event_bridge(content: dict[str, Any]) -> Iterator[ObjectEvent]:
    if content.get("detail-type") == "Object Created":
        described = content["detail"]["object"]
        yield _checked(
            content["detail"]["bucket"]["name"],
            described["key"],
            described.get("etag"),
            described.get("version-id"),
        )


def _checked(bucket: object, key: object, etag: object, version: object) -> ObjectEvent:
    if not isinstance(bucket, str) or not isinstance(key, str):
        raise InvalidMessageError
    plain, exact = "" if etag is None else etag, "" if version is None else version
    if not isinstance(plain, str) or not isinstance(exact, str):
        raise InvalidMessageError
    if not ETAG.fullmatch(plain) or not VERSION.fullmatch(exact):
        raise InvalidMessageError
    return ObjectEvent(bucket, _bounded(key), plain.strip('"'), exact or None)


def _bounded(key: str) -> str:
    """Return a key that can be kept: one that is too long stays too long, and different from others."""
    return key if len(key) <= LONGEST else f"{key[:LONGEST]}~{key_id(key)}~{key[-SUFFIX:]}"
