"""Queues of SQS.

The smallest example: a message that was sent is received, and after its deletion is gone.
"""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING

import pytest

from anomaly_container.outbound import aws_thread
from anomaly_container.outbound.aws import QueueUrlError, Sqs
from anomaly_container.outbound.aws_thread import AwsThread
from anomaly_container.outbound.errors import MissingExtraError, NotFound, OutboundError, Refused, Unavailable
from tests.unit.outbound.test_bucket_store import answering

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from tests.support.cloud import Cloud


@pytest.fixture
def url(aws: Cloud) -> str:
    return aws.queue()


@pytest.fixture
async def queue(url: str) -> AsyncIterator[Sqs]:
    opened = Sqs(url)
    yield opened
    await opened.close()


async def test_a_message_is_received_and_deleted(queue: Sqs, url: str, aws: Cloud) -> None:
    sent = aws.client("sqs").send_message(QueueUrl=url, MessageBody="ü {}")
    [message] = await queue.receive(10, 1)
    assert (message.id, message.body, message.deliveries) == (sent["MessageId"], "ü {}", 1)
    await queue.delete(message.receipt)
    assert await queue.receive(10, 0) == []


async def test_a_message_comes_again_when_it_is_given_back(queue: Sqs, url: str, aws: Cloud) -> None:
    aws.client("sqs").send_message(QueueUrl=url, MessageBody="1")
    [first] = await queue.receive(1, 1)
    assert await queue.receive(1, 0) == []
    await queue.extend(first.receipt, 0)
    [second] = await queue.receive(1, 1)
    assert (second.id, second.deliveries) == (first.id, 2)


async def test_a_poll_does_not_hold_up_other_calls(queue: Sqs, url: str, aws: Cloud) -> None:
    aws.client("sqs").send_message(QueueUrl=url, MessageBody="1")
    [message] = await queue.receive(1, 1)
    poll = asyncio.ensure_future(queue.receive(1, 3))
    await asyncio.sleep(0.1)
    start = time.monotonic()
    await queue.extend(message.receipt, 100)
    await queue.delete(message.receipt)
    assert time.monotonic() - start < 2
    assert not poll.done()
    assert await poll == []


async def test_a_queue_that_does_not_exist_is_not_found(aws: Cloud) -> None:
    queue = Sqs(f"{aws.endpoint}/123456789012/sentinel")
    with pytest.raises(NotFound) as caught:
        await queue.receive(1, 0)
    assert "sentinel" not in str(caught.value)
    await queue.close()


async def test_a_message_that_is_lent_no_longer_is_not_found(queue: Sqs) -> None:
    with pytest.raises(NotFound):
        await queue.extend("no-receipt", 10)


async def test_without_credentials_it_refuses(monkeypatch: pytest.MonkeyPatch, url: str) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.delenv(name)
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", "/nowhere")
    monkeypatch.setenv("AWS_CONFIG_FILE", "/nowhere")
    queue = Sqs(url)
    with pytest.raises(Refused):
        await queue.receive(1, 0)
    await queue.close()


@pytest.mark.parametrize(
    ("status", "code", "kind"),
    [
        *(
            (403, "AccessDenied", "Refused"),
            (400, "InvalidClientTokenId", "Refused"),
            (500, "X", "Unavailable"),
        ),
        *(
            (400, "AWS.SimpleQueueService.NonExistentQueue", "NotFound"),
            (400, "ThrottlingException", "Unavailable"),
        ),
    ],
)
@pytest.mark.usefixtures("aws")
async def test_a_status_is_one_of_few_errors(
    status: int, code: str, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(aws_thread, "MAX_ATTEMPTS", 1)
    body = b'{"__type":"com.amazonaws.sqs#%b","message":"secret"}' % code.encode()
    head = b"HTTP/1.1 %d X\r\nContent-Type: application/x-amz-json-1.0\r\nConnection: close\r\n" % status
    server, endpoint = await answering(head + b"Content-Length: %d\r\n\r\n" % len(body) + body)
    async with server:
        queue = Sqs(f"{endpoint}/1/q")
        with pytest.raises(OutboundError) as caught:
            await queue.delete("receipt")
        await queue.close()
    assert type(caught.value).__name__ == kind
    assert "secret" not in str(caught.value)


@pytest.mark.usefixtures("aws")
async def test_a_queue_that_is_away_is_unavailable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(aws_thread, "MAX_ATTEMPTS", 1)
    queue = Sqs("http://127.0.0.1:1/1/q")
    with pytest.raises(Unavailable):
        await queue.receive(1, 0)
    await queue.close()


@pytest.mark.parametrize(
    "url",
    [
        *("", "queue", "ftp://127.0.0.1/q", "http://10.0.0.1/1/q", "https://user:hunter2@sqs.example/1/q"),
        *("https://sqs.example/1/q?x=hunter2", "https://[x/1/q", "https:///1/q"),
    ],
)
def test_a_url_is_refused_without_being_shown(url: str) -> None:
    with pytest.raises(QueueUrlError) as caught:
        Sqs(url)
    assert "hunter2" not in str(caught.value)


async def test_the_region_is_that_of_the_url() -> None:
    for url, region in (
        ("https://sqs.eu-west-1.amazonaws.com/1/q", "eu-west-1"),
        ("https://sqs.cn-north-1.amazonaws.com.cn/1/q", "cn-north-1"),
    ):
        assert Sqs(url)._poll._region == region  # noqa: SLF001  # there is no call that shows it


class TestThread:
    """The thread by itself."""

    async def test_calls_that_wait_end_with_it(self, url: str, aws: Cloud) -> None:
        thread = AwsThread("sqs", endpoint=aws.endpoint, region=None)
        words = {"QueueUrl": url, "MaxNumberOfMessages": 1}
        poll = asyncio.ensure_future(thread.call("receive_message", 30, **words, WaitTimeSeconds=3))
        await asyncio.sleep(0.5)
        waiting = asyncio.ensure_future(thread.call("receive_message", 30, **words, WaitTimeSeconds=0))
        await asyncio.sleep(0)
        start = time.monotonic()
        await thread.close()
        assert time.monotonic() - start < 2
        with pytest.raises(Unavailable):
            await waiting
        with pytest.raises(Unavailable):
            await thread.call("receive_message", 30, **words)
        await poll

    async def test_a_late_call_is_unavailable(self, url: str, aws: Cloud) -> None:
        thread = AwsThread("sqs", endpoint=aws.endpoint, region=None)
        with pytest.raises(Unavailable):
            await thread.call("receive_message", 0.2, QueueUrl=url, WaitTimeSeconds=2)
        await thread.close()

    async def test_too_many_calls_are_unavailable(self, monkeypatch: pytest.MonkeyPatch, aws: Cloud) -> None:
        monkeypatch.setattr(aws_thread, "MAX_WAITING", 0)
        thread = AwsThread("sqs", endpoint=aws.endpoint, region=None)
        with pytest.raises(Unavailable):
            await thread.call("list_queues", 1)
        await thread.close()

    def test_without_the_extra_it_names_it(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(aws_thread, "NEEDED", "a_package_that_is_not_there")
        with pytest.raises(MissingExtraError, match=r"install anomaly-container\[batches\]"):
            Sqs("https://sqs.eu-west-1.amazonaws.com/1/q")
