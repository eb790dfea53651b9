"""The events of a bucket, as S3 puts them into a queue."""

from __future__ import annotations

from typing import TYPE_CHECKING

import orjson

from tests.system.batches.tables import encoded

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.support.cloud import Cloud

REDELIVERED = 0.3
"""The share of messages that come again."""


def sender(cloud: Cloud, bucket: str, queue: str) -> Callable[[str], None]:
    """Return what sends the event of an object, given its key."""
    client = cloud.client("sqs")

    def send(key: str) -> None:
        record = {
            "eventVersion": "2.1",
            "eventName": "ObjectCreated:Put",
            "s3": {"bucket": {"name": bucket}, "object": {"key": encoded(key)}},
        }
        client.send_message(QueueUrl=queue, MessageBody=orjson.dumps({"Records": [record]}).decode())

    return send
