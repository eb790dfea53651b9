"""Outputs in a topic of moto, which delivers them to a queue.

The smallest example: a notice is published, and the queue behind the topic has it.
"""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING

import orjson
import pytest

from anomaly_container.outbound.errors import UrlError
from anomaly_container.services.streams.sinks.sink import ALL_TAKEN, SinkFailed
from anomaly_container.services.streams.sinks.sns import sns_sink
from tests.support.sink_outputs import notice, result, results
from tests.unit.services.streams.sinks.test_sqs import received

if TYPE_CHECKING:
    from tests.support.cloud import Cloud

ACCOUNT = "123456789012"


def subscribed(aws: Cloud, *, is_fifo: bool) -> tuple[str, str]:
    """Make a topic and a queue that gets its messages; return the ARN and the URL."""
    name = uuid.uuid4().hex[:12] + (".fifo" if is_fifo else "")
    attributes = {"FifoQueue": "true"} if is_fifo else {}
    topic_attributes = {"FifoTopic": "true"} if is_fifo else {}
    url = aws.client("sqs").create_queue(QueueName=name, Attributes=attributes)["QueueUrl"]
    topic = aws.client("sns").create_topic(Name=name, Attributes=topic_attributes)["TopicArn"]
    aws.client("sns").subscribe(
        TopicArn=topic,
        Protocol="sqs",
        Endpoint=f"arn:aws:sqs:us-east-1:{ACCOUNT}:{name}",
        Attributes={"RawMessageDelivery": "true"},
    )
    return topic, url


async def test_outputs_reach_a_subscriber(aws: Cloud) -> None:
    topic, url = subscribed(aws, is_fifo=False)
    sink = sns_sink(topic, stream="shop", region=None, endpoint=aws.endpoint)
    assert await sink.send([notice(1), result(7)]) == ALL_TAKEN
    await sink.close()
    found = received(aws, url)
    assert sorted(orjson.loads(message["Body"])["id"] for message in found) == [
        "orders-0-7",
        "shop/anomalies/1",
    ]
    states = {message["MessageAttributes"]["state"]["StringValue"] for message in found}
    assert states == {"ALARM", "High Outlier"}


async def test_a_fifo_drops_repeats(aws: Cloud) -> None:
    topic, url = subscribed(aws, is_fifo=True)
    sink = sns_sink(topic, stream="shop", region=None, endpoint=aws.endpoint)
    for outputs in (results(0, 2), results(1, 3)):
        assert await sink.send(outputs) == ALL_TAKEN
    await sink.close()
    found = [orjson.loads(message["Body"])["id"] for message in received(aws, url)]
    assert found == ["orders-0-0", "orders-0-1", "orders-0-2"]


async def test_a_topic_that_does_not_exist_is_tried_again(aws: Cloud) -> None:
    topic = f"arn:aws:sns:us-east-1:{ACCOUNT}:nothing"
    sink = sns_sink(topic, stream="shop", region=None, endpoint=aws.endpoint)
    with pytest.raises(SinkFailed):
        await sink.send([result(7)])
    await sink.close()


@pytest.mark.parametrize(
    ("topic", "endpoint"),
    [
        ("orders", None),
        (f"arn:aws:sns:us-east-1:{ACCOUNT}:t", "http://192.0.2.1/"),
        (f"arn:aws:sns:us-east-1:{ACCOUNT}:t", "https://user@x/"),
        (f"arn:aws:sns:us-east-1:{ACCOUNT}:t", "https://[x"),
    ],
)
def test_a_topic_or_an_endpoint_that_cannot_be_used_is_refused_at_once(
    topic: str, endpoint: str | None
) -> None:
    with pytest.raises(UrlError):
        sns_sink(topic, stream="shop", region=None, endpoint=endpoint)
