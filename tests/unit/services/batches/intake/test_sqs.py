"""The intake of a queue.

The smallest example: a message is deleted when its object is finished, and not before.
"""

from __future__ import annotations

import asyncio
import itertools
import json
from contextlib import asynccontextmanager, suppress
from typing import TYPE_CHECKING, cast

import pytest

from anomaly_container.outbound.aws import QueueMessage, Sqs
from anomaly_container.outbound.errors import NotFound, OutboundError, Refused, Unavailable
from anomaly_container.services.batches.intake import sqs
from anomaly_container.services.batches.intake.selection import Selection
from anomaly_container.services.batches.intake.sqs import QueueIntake
from anomaly_container.services.batches.waiting import Item, Waiting
from tests.support.sns_sender import message, s3_event
from tests.unit.services.batches.conftest import until

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from anomaly_container.web.metering_gate import MeteringGate
    from tests.support.cloud import Cloud

NOW = 1_772_366_400.0


class FakeQueue:
    """A queue in memory.

    Attributes
    ----------
    bodies
        The messages that are not yet received.
    deleted, extended
        The receipts in the order of the calls.
    errors
        What the next calls raise.
    asked
        How many messages each request wanted.
    """

    def __init__(self) -> None:
        self.bodies: list[str] = []
        self.deleted: list[str] = []
        self.extended: list[tuple[str, int]] = []
        self.errors: list[OutboundError] = []
        self.asked: list[int] = []
        self._numbers = itertools.count(1)

    async def receive(self, batch: int, wait: int, visibility: int) -> list[QueueMessage]:
        assert (wait, visibility) == (20, 120)
        self.asked.append(batch)
        await asyncio.sleep(0.001)
        if self.errors:
            raise self.errors.pop(0)
        taken, self.bodies = self.bodies[:batch], self.bodies[batch:]
        numbers = [next(self._numbers) for _ in taken]
        return [
            QueueMessage(f"m{number}", f"r{number}", body, 1)
            for number, body in zip(numbers, taken, strict=True)
        ]

    async def delete(self, receipt: str) -> None:
        if self.errors:
            raise self.errors.pop(0)
        self.deleted.append(receipt)

    async def extend(self, receipt: str, seconds: int) -> None:
        self.extended.append((receipt, seconds))
        if self.errors:
            raise self.errors.pop(0)


class FakeGate:
    """A gate that a test opens."""

    def __init__(self) -> None:
        self.is_open = asyncio.Event()
        self.is_open.set()

    async def serves(self) -> None:
        await self.is_open.wait()


class Taking:
    """An intake that runs, with its queue, gate and waiting objects."""

    def __init__(self, most: int = 10_000, batch: int = 10) -> None:
        self.queue = FakeQueue()
        self.gate = FakeGate()
        self.waiting = Waiting(most)
        self.intake = QueueIntake(
            cast("Sqs", self.queue),
            lambda _key: self.waiting,
            cast("MeteringGate", self.gate),
            Selection("sensors"),
            batch=batch,
            clock=lambda: NOW,
        )

    async def take(self) -> Item:
        async with asyncio.timeout(10):
            return await self.waiting.take()

    async def is_deleted(self, count: int = 1) -> bool:
        await asyncio.sleep(0)
        return len(self.queue.deleted) >= count


@asynccontextmanager
async def taking(*bodies: str, most: int = 10_000, batch: int = 10) -> AsyncIterator[Taking]:
    made = Taking(most, batch)
    made.queue.bodies += bodies
    task = asyncio.create_task(made.intake.run())
    try:
        yield made
    finally:
        assert not task.done() or task.result()
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


async def test_a_message_is_deleted_when_its_object_is_finished() -> None:
    async with taking(s3_event("raw/a.csv", etag="e")) as made:
        item = await made.take()
        assert (item.key, item.etag, item.message_id, item.seen) == ("raw/a.csv", "e", "m1", NOW)
        await asyncio.sleep(0.02)
        assert made.queue.deleted == []
        await made.waiting.finish(item)
        await until(made.is_deleted)
        assert made.queue.deleted == ["r1"]


async def test_a_message_stays_until_all_its_objects_are_finished() -> None:
    async with taking(s3_event("raw/a.csv", "raw/b.csv", "raw/c.csv")) as made:
        items = [await made.take() for _ in range(3)]
        for item in reversed(items):
            await asyncio.sleep(0.01)
            assert made.queue.deleted == []
            await made.waiting.finish(item)
        await until(made.is_deleted)


async def test_the_second_message_of_an_object_is_finished_with_the_first() -> None:
    async with taking(s3_event("raw/a.csv"), s3_event("raw/a.csv")) as made:
        item = await made.take()
        await asyncio.sleep(0.02)
        await made.waiting.finish(item)
        await until(lambda: made.is_deleted(2))
        assert len(made.waiting) == 0


def envelope(text: str) -> str:
    return json.dumps(message("Notification", Message=text))


BRIDGE = json.dumps(
    {
        "source": "aws.s3",
        "detail-type": "Object Created",
        "detail": {"bucket": {"name": "sensors"}, "object": {"key": "raw/a+b.csv", "etag": "e"}},
    }
)


@pytest.mark.parametrize(
    ("body", "key"),
    [
        (s3_event("raw/a%2Bb.csv"), "raw/a+b.csv"),
        (envelope(s3_event("raw/a%2Bb.csv")), "raw/a+b.csv"),
        (BRIDGE, "raw/a+b.csv"),
        (envelope(BRIDGE), "raw/a+b.csv"),
    ],
)
async def test_every_form_of_a_message(body: str, key: str) -> None:
    async with taking(body) as made:
        assert (await made.take()).key == key


@pytest.mark.parametrize(
    "body",
    [
        *(
            "",
            "{",
            "[]",
            "null",
            '{"Records":1}',
            '{"Type":"Notification"}',
            '{"Type":"Notification","Message":1}',
        ),
        *('{"Records":[{"eventName":"ObjectCreated:Put"}]}', "\ud800"),
        *(
            '{"Event":"s3:TestEvent"}',
            '{"Records":[]}',
            s3_event("raw/a.csv", bucket="other"),
            s3_event("raw/"),
        ),
        '{"Records":[{"eventName":"ObjectRemoved:Delete"}]}',
    ],
)
async def test_a_message_without_work_is_deleted(body: str) -> None:
    async with taking(body) as made:
        await until(made.is_deleted)
        assert len(made.waiting) == 0


async def test_nothing_is_received_while_the_gate_refuses() -> None:
    made = Taking()
    made.gate.is_open.clear()
    task = asyncio.create_task(made.intake.run())
    await asyncio.sleep(0.02)
    assert made.queue.asked == []
    made.gate.is_open.set()
    made.queue.bodies.append(s3_event("raw/a.csv"))
    assert (await made.take()).key == "raw/a.csv"
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task


async def test_a_message_is_extended_while_it_is_held(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sqs, "EXTEND_SECONDS", 0.01)
    # The second object waits for room meanwhile.
    async with taking(s3_event("raw/a.csv", "raw/b.csv"), most=1) as made:
        made.queue.errors = [NotFound(message="gone"), Unavailable(message="away"), Refused(message="no")]

        async def is_extended() -> bool:
            await asyncio.sleep(0)
            return len(made.queue.extended) > 4

        await until(is_extended)
        assert set(made.queue.extended) == {("r1", 120)}
        assert made.queue.deleted == []
        for _ in range(2):
            await made.waiting.finish(await made.take())
        await until(made.is_deleted)
        seen = len(made.queue.extended)
        await asyncio.sleep(0.05)
        assert len(made.queue.extended) == seen


async def test_an_outage_of_the_queue_ends_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sqs, "FIRST_PAUSE", 0.001)
    async with taking() as made:
        made.queue.errors = [Unavailable(message="away"), NotFound(message="gone"), Refused(message="no")]
        made.queue.bodies.append(s3_event("raw/a.csv"))
        item = await made.take()
        assert made.queue.errors == []
        made.queue.bodies.append(s3_event("raw/b.csv"))
        second = await made.take()
        await made.waiting.finish(item)
        await made.waiting.finish(second)
        await until(lambda: made.is_deleted(2))


async def test_a_message_whose_object_was_given_up_comes_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sqs, "LOOK_SECONDS", 0.01)
    monkeypatch.setattr(sqs, "MOST_MESSAGES", 1)
    async with taking(s3_event("raw/a.csv"), s3_event("raw/b.csv"), batch=1) as made:
        made.waiting.give_up(await made.take())
        item = await made.take()  # its place is free
        assert (item.key, made.queue.deleted) == ("raw/b.csv", [])


async def test_messages_of_a_process_have_a_bound(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sqs, "MOST_MESSAGES", 12)
    async with taking(*(s3_event(f"raw/{number}.csv") for number in range(30)), batch=5) as made:
        async with asyncio.timeout(10):
            while len(made.waiting) < 10:  # noqa: ASYNC110  # nothing tells a test of it
                await asyncio.sleep(0.01)
        await asyncio.sleep(0.1)
        # Of the third request the places would be missing, so it is not made.
        assert (len(made.waiting), made.queue.asked) == (10, [5, 5])
        for _ in range(3):
            await made.waiting.finish(await made.take())
        await asyncio.sleep(0.1)
        assert len(made.waiting) == 12


async def test_a_queue_of_sqs(aws: Cloud, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sqs, "WAIT_SECONDS", 1)
    url = aws.queue()
    queue, waiting = Sqs(url), Waiting()
    gate = cast("MeteringGate", FakeGate())
    intake = QueueIntake(queue, lambda _key: waiting, gate, Selection("sensors"), batch=10, clock=lambda: NOW)
    task = asyncio.create_task(intake.run())
    try:
        aws.client("sqs").send_message(QueueUrl=url, MessageBody=s3_event("raw/a.csv"))
        async with asyncio.timeout(20):
            item = await waiting.take()
        await waiting.finish(item)

        async def is_empty() -> bool:
            names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
            found = aws.client("sqs").get_queue_attributes(QueueUrl=url, AttributeNames=names)["Attributes"]
            return [found[name] for name in names] == ["0", "0"]

        await until(is_empty)
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task
        await queue.close()
