"""Outputs in a queue of moto.

The smallest example: one result is one message, its document the body.
"""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Any

import orjson
import pytest

from anomaly_container.outbound.errors import UrlError
from anomaly_container.services.streams.sinks.sink import ALL_TAKEN, SinkFailed
from anomaly_container.services.streams.sinks.sqs import sqs_sink
from tests.support.sink_outputs import notice, result, results

if TYPE_CHECKING:
    from tests.support.cloud import Cloud


def received(aws: Cloud, url: str) -> list[dict[str, Any]]:
    client, found = aws.client("sqs"), []
    while batch := client.receive_message(
        QueueUrl=url,
        MaxNumberOfMessages=10,
        MessageAttributeNames=["All"],
        MessageSystemAttributeNames=["All"],
    ).get("Messages"):
        found += batch
        for message in batch:
            client.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
    return found


async def test_outputs_are_messages(aws: Cloud) -> None:
    url = aws.queue()
    sink = sqs_sink(url, stream="shop", region=None, endpoint=None)
    assert await sink.send([result(7), notice(1, state="OK")]) == ALL_TAKEN
    await sink.close()
    found = received(aws, url)
    assert [orjson.loads(message["Body"])["id"] for message in found] == ["orders-0-7", "shop/anomalies/1"]
    assert [message["MessageAttributes"]["state"]["StringValue"] for message in found] == [
        "High Outlier",
        "OK",
    ]
    assert found[0]["MessageAttributes"]["stream"] == {"StringValue": "shop", "DataType": "String"}


async def test_a_fifo_drops_repeats_and_keeps_the_order(aws: Cloud) -> None:
    made = aws.client("sqs").create_queue(
        QueueName=f"{uuid.uuid4().hex[:12]}.fifo", Attributes={"FifoQueue": "true"}
    )
    url = made["QueueUrl"]
    sink = sqs_sink(url, stream="shop", region="us-east-1", endpoint=aws.endpoint)
    for outputs in (results(0, 10), results(5, 12)):
        assert await sink.send(outputs) == ALL_TAKEN
    await sink.close()
    found = received(aws, url)
    assert [orjson.loads(message["Body"])["id"] for message in found] == [
        f"orders-0-{number}" for number in range(12)
    ]
    assert {message["Attributes"]["MessageGroupId"] for message in found} == {"shop"}


async def test_a_queue_that_does_not_exist_is_tried_again(aws: Cloud) -> None:
    sink = sqs_sink(f"{aws.endpoint}/123456789012/nothing", stream="shop", region=None, endpoint=None)
    with pytest.raises(SinkFailed):
        await sink.send([result(7)])
    await sink.close()


@pytest.mark.parametrize(
    "words", [("http://192.0.2.1/1/q", None), ("https://sqs.x.example/1/q", "http://x/")]
)
def test_a_url_that_cannot_be_used_is_refused_at_once(words: tuple[str, str | None]) -> None:
    with pytest.raises(UrlError):
        sqs_sink(words[0], stream="shop", region=None, endpoint=words[1])
