"""The bridge from a thread to a store on the event loop.

The smallest example: a thread reads `abc` from an object while the event loop serves the store.
"""

from __future__ import annotations

import asyncio
import gc
import time
from typing import TYPE_CHECKING

import pytest

from anomaly_container.outbound.errors import Changed, NotFound, Unavailable
from anomaly_container.services.batches.bridge import Bridge, EndedError
from tests.support.faulty_store import PIECE_BYTES, FaultyStore

if TYPE_CHECKING:
    from collections.abc import Iterator

SECONDS = 2.0


def stored(data: bytes) -> tuple[FaultyStore, str]:
    store = FaultyStore()
    return store, store.shared.write("raw/a.csv", data)


def bridge(store: FaultyStore) -> Bridge:
    return Bridge(store, asyncio.get_running_loop())


async def test_a_thread_reads_pieces() -> None:
    for data in (b"abc", b"", bytes(3 * PIECE_BYTES + 1)):
        store, etag = stored(data)
        pieces = await asyncio.to_thread(list, bridge(store).pieces("raw/a.csv", etag))
        assert b"".join(pieces) == data


async def test_errors_of_the_store_are_raised_in_the_thread() -> None:
    store, etag = stored(b"abc")
    with pytest.raises(NotFound):
        await asyncio.to_thread(list, bridge(store).pieces("raw/b.csv", etag))
    with pytest.raises(Changed):
        await asyncio.to_thread(list, bridge(store).pieces("raw/a.csv", "another"))

    def fails(call: str, _key: str) -> None:
        if call == "piece":
            raise Unavailable(message="away")

    store.before = fails
    with pytest.raises(Unavailable):
        await asyncio.to_thread(list, bridge(store).pieces("raw/a.csv", etag))


async def test_an_object_that_changes_between_two_pieces() -> None:
    store, etag = stored(bytes(3 * PIECE_BYTES))
    pieces = bridge(store).pieces("raw/a.csv", etag)
    assert await asyncio.to_thread(next, pieces)
    store.shared.write("raw/a.csv", b"another")
    with pytest.raises(Changed):
        await asyncio.to_thread(list, pieces)


async def test_pieces_that_are_left_do_not_hold_up_the_event_loop() -> None:
    store, etag = stored(bytes(3 * PIECE_BYTES))

    def read_one() -> Iterator[bytes]:
        pieces = bridge_.pieces("raw/a.csv", etag)
        next(pieces)
        return pieces

    bridge_ = bridge(store)
    left = await asyncio.to_thread(read_one)
    began = time.monotonic()
    del left
    gc.collect()
    await asyncio.sleep(0)
    assert time.monotonic() - began < SECONDS


async def test_a_thread_that_waits_ends_with_the_bridge() -> None:
    store, etag = stored(b"abc")
    waits = asyncio.Event()

    async def never(_call: str, _key: str) -> None:
        waits.set()
        await asyncio.sleep(3600)

    store.called = never  # type: ignore[method-assign,assignment]  # a store that never answers
    ended = bridge(store)
    reading = asyncio.create_task(asyncio.to_thread(list, ended.pieces("raw/a.csv", etag)))
    await waits.wait()
    began = time.monotonic()
    ended.end()
    with pytest.raises(EndedError):
        await reading
    assert time.monotonic() - began < SECONDS
    with pytest.raises(EndedError):
        await asyncio.to_thread(list, ended.pieces("raw/a.csv", etag))
