"""Messages for SQS and SNS.

The smallest example: of three messages that are sent the second fails, and is told by its place.
"""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING

import pytest

from anomaly_container.outbound import aws_thread
from anomaly_container.outbound.aws import Sqs
from anomaly_container.outbound.aws_sending import (
    MOST_BYTES,
    Failure,
    OutgoingMessage,
    Sns,
    batch_entries,
    failures_of,
)
from anomaly_container.outbound.errors import MissingExtraError, OutboundError, UrlError

if TYPE_CHECKING:
    from tests.support.cloud import Cloud

TOPIC = "arn:aws:sns:eu-west-1:123456789012:orders"


def test_an_entry_has_its_place_its_text_and_its_attributes() -> None:
    plain = OutgoingMessage("{}", {"state": "OK"})
    ordered = OutgoingMessage("[]", {}, group="shop", deduplication="shop/a/1")
    assert batch_entries([plain, ordered], body="MessageBody") == [
        {
            "Id": "0",
            "MessageBody": "{}",
            "MessageAttributes": {"state": {"DataType": "String", "StringValue": "OK"}},
        },
        {
            "Id": "1",
            "MessageBody": "[]",
            "MessageAttributes": {},
            "MessageGroupId": "shop",
            "MessageDeduplicationId": "shop/a/1",
        },
    ]


def test_those_that_failed_are_told_in_their_order() -> None:
    answer = {"Successful": [{"Id": "0"}], "Failed": [{"Id": "10", "SenderFault": True}, {"Id": "2"}]}
    assert failures_of(answer) == [Failure(2, is_final=False), Failure(10, is_final=True)]
    assert failures_of({"Successful": []}) == []


def test_bytes_are_those_of_the_text_and_the_attributes() -> None:
    assert OutgoingMessage("üü", {"state": "OK"}).bytes == 4 + len("state") + len("OK") + len("String")


async def test_messages_of_the_largest_size_are_taken(aws: Cloud) -> None:
    url = aws.queue()
    queue = Sqs(url)
    room = MOST_BYTES - OutgoingMessage("", {"state": "OK"}).bytes
    assert await queue.send([OutgoingMessage("x" * room, {"state": "OK"})]) == []
    with pytest.raises(OutboundError):
        await queue.send([OutgoingMessage("x" * MOST_BYTES * 5, {"state": "OK"})])
    [message] = await queue.receive(10, 1)
    assert len(message.body) == room
    await queue.close()


async def test_a_queue_is_asked_at_another_endpoint(aws: Cloud) -> None:
    path = aws.queue().removeprefix(aws.endpoint)
    queue = Sqs(f"https://sqs.us-east-1.amazonaws.com{path}", region="us-east-1", endpoint=aws.endpoint)
    assert await queue.send([OutgoingMessage("{}", {})]) == []
    await queue.close()


async def test_a_topic_passes_messages_on(aws: Cloud) -> None:
    url = aws.queue()
    name = uuid.uuid4().hex
    topic = aws.client("sns").create_topic(Name=name)["TopicArn"]
    aws.client("sns").subscribe(
        TopicArn=topic,
        Protocol="sqs",
        Endpoint=f"arn:aws:sqs:us-east-1:123456789012:{url.rpartition('/')[2]}",
        Attributes={"RawMessageDelivery": "true"},
    )
    sender = Sns(topic, endpoint=aws.endpoint)
    assert await sender.send([OutgoingMessage("1", {}), OutgoingMessage("2", {"state": "OK"})]) == []
    await sender.close()
    queue = Sqs(url)
    assert sorted(message.body for message in await queue.receive(10, 1)) == ["1", "2"]
    await queue.close()


def test_the_region_is_that_of_the_topic() -> None:
    assert Sns(TOPIC)._calls._region == "eu-west-1"  # noqa: SLF001  # there is no call that shows it
    assert Sns(TOPIC, region="us-east-2")._calls._region == "us-east-2"  # noqa: SLF001  # as above


@pytest.mark.parametrize(
    ("topic", "endpoint"),
    [
        ("orders", None),
        (TOPIC.replace("sns", "sqs"), None),
        *(
            (TOPIC, bad)
            for bad in ("http://192.0.2.1", "ftp://127.0.0.1", "https://u:hunter2@x", "https://[x")
        ),
    ],
)
def test_what_cannot_be_used_is_refused_without_being_shown(topic: str, endpoint: str | None) -> None:
    with pytest.raises(UrlError) as caught:
        Sns(topic, endpoint=endpoint)
    assert "hunter2" not in str(caught.value)


def test_without_botocore_it_names_its_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(aws_thread, "NEEDED", "a_package_that_is_not_there")
    with pytest.raises(MissingExtraError, match=r"install anomaly-container\[aws\]"):
        Sns(TOPIC)
