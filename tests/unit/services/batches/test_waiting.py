"""Objects that wait, each once.

The smallest example: an object that is put twice is taken once, and both of its messages are finished.
"""

from __future__ import annotations

import asyncio

import pytest

from anomaly_container.outbound.errors import Unavailable
from anomaly_container.services.batches.waiting import Item, Waiting, nothing


class Messages:
    def __init__(self) -> None:
        self.finished: list[str] = []
        self.fails = 0

    def item(self, name: str, *, etag: str = "", is_retry: bool = False, seen: float = 0.0) -> Item:
        async def finish() -> None:
            if self.fails:
                self.fails -= 1
                raise Unavailable(message="away")
            self.finished.append(name)

        return Item(key=name.rstrip("'"), etag=etag, is_retry=is_retry, seen=seen, finish=finish)


async def test_an_object_is_taken_once() -> None:
    waiting, messages = Waiting(), Messages()
    await waiting.put(messages.item("a"))
    await waiting.put(messages.item("a'"))
    await waiting.put(messages.item("b"))
    assert len(waiting) == 2
    item = await waiting.take()
    await waiting.put(messages.item("a''"))
    await waiting.finish(item)
    assert messages.finished == ["a", "a'", "a''"]
    assert (await waiting.take()).key == "b"
    assert len(waiting) == 1


async def test_another_etag_and_a_retry_are_other_work() -> None:
    waiting, messages = Waiting(), Messages()
    items = [messages.item("a"), messages.item("a", etag="e"), messages.item("a", etag="e", is_retry=True)]
    for item in items:
        await waiting.put(item)
    assert [await waiting.take() for _ in items] == items
    await waiting.finish(items[1])
    assert len(waiting) == 2


async def test_an_object_comes_again_after_it_was_finished() -> None:
    waiting, messages = Waiting(), Messages()
    for _ in range(2):
        await waiting.put(messages.item("a"))
        await waiting.finish(await waiting.take())
    assert messages.finished == ["a", "a"]
    await waiting.finish(messages.item("b"))
    assert len(waiting) == 0


async def test_a_message_that_cannot_be_finished_is_finished_later() -> None:
    waiting, messages = Waiting(), Messages()
    for name in ("a", "a'", "a''"):
        await waiting.put(messages.item(name))
    item = await waiting.take()
    messages.fails = 2
    for _ in range(2):
        with pytest.raises(Unavailable):
            await waiting.finish(item)
        assert len(waiting) == 1
    await waiting.finish(item)
    assert messages.finished == ["a", "a'", "a''"]
    assert len(waiting) == 0


async def test_a_full_queue_waits_for_room() -> None:
    waiting, messages = Waiting(most=1), Messages()
    await waiting.put(messages.item("a"))
    assert not waiting.has_room()
    others = [asyncio.create_task(waiting.put(messages.item(name))) for name in ("b", "c")]
    await asyncio.wait_for(waiting.put(messages.item("a'")), 1.0)
    for left in (1, 0):
        await asyncio.sleep(0)
        assert sum(not task.done() for task in others) == left + 1
        await waiting.finish(await waiting.take())
        await asyncio.sleep(0)
        await asyncio.sleep(0)
    assert (await waiting.take()).key in {"b", "c"}
    assert all(task.done() for task in others)


async def test_those_who_take_wait() -> None:
    waiting, messages = Waiting(), Messages()
    takers = [asyncio.create_task(waiting.take()) for _ in range(3)]
    await asyncio.sleep(0)
    takers[0].cancel()
    for name in ("a", "b"):
        await waiting.put(messages.item(name))
    assert {item.key for item in await asyncio.gather(*takers[1:])} == {"a", "b"}


async def test_what_is_given_back_is_taken_first() -> None:
    waiting, messages = Waiting(), Messages()
    for name in ("a", "b"):
        await waiting.put(messages.item(name))
    waiting.give_back(await waiting.take())
    assert [(await waiting.take()).key, (await waiting.take()).key] == ["a", "b"]
    assert len(waiting) == 2


async def test_what_is_given_up_is_forgotten() -> None:
    waiting, messages = Waiting(), Messages()
    await waiting.put(messages.item("a"))
    item = await waiting.take()
    waiting.give_up(item)
    waiting.give_back(item)
    assert len(waiting) == 0
    assert waiting.oldest is None
    assert messages.finished == []


async def test_the_oldest() -> None:
    waiting, messages = Waiting(), Messages()
    for name, seen in (("a", 5.0), ("b", 3.0), ("b'", 1.0)):
        await waiting.put(messages.item(name, seen=seen))
    assert waiting.oldest == 3.0
    assert waiting.has_room(9998)
    assert not waiting.has_room(9999)


async def test_a_listing_has_no_message_to_finish() -> None:
    await nothing()
    assert Item(key="a").finish is nothing
