"""What every object store must do; a test module inherits it, and gives a `store`."""

from __future__ import annotations

import asyncio
import random
from typing import TYPE_CHECKING

import pytest

from anomaly_container.outbound.errors import BadKey, Changed, NotFound, TooLarge
from anomaly_container.outbound.stored_object import PIECE_BYTES

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator
    from pathlib import Path

    from anomaly_container.outbound.object_store import ObjectStore

HOSTILE_KEYS = (
    "",
    "/a",
    "a/",
    "a//b",
    ".",
    "..",
    "a/../b",
    "a/./b",
    "a\0b",
    "a\nb",
    "\ud800",
    "é" * 513,
    "a\x7f",
)
LONG = 9 * PIECE_BYTES + 17
"""More than a part of an upload and than a range of a read."""


def long_bytes() -> bytes:
    return random.Random(7).randbytes(LONG)  # noqa: S311  # any bytes will do


async def everything(store: ObjectStore, key: str) -> bytes:
    async with store.open(key) as reader:
        pieces = [piece async for piece in reader]
    assert all(0 < len(piece) <= PIECE_BYTES for piece in pieces)
    assert sum(map(len, pieces)) == reader.info.size
    return b"".join(pieces)


async def everything_of(pieces: AsyncIterator[bytes]) -> bytes:
    return b"".join([piece async for piece in pieces])


async def keys(store: ObjectStore, prefix: str = "", start_after: str | None = None) -> list[str]:
    return [info.key async for info in store.list(prefix, start_after)]


class StoreContract:
    """The tests."""

    async def test_what_is_written_is_read(self, store: ObjectStore) -> None:
        etag = await store.put("raw/a b+ü%2F#~.csv", b"1,2\n")
        info = await store.head("raw/a b+ü%2F#~.csv")
        assert (info.key, info.size, info.etag) == ("raw/a b+ü%2F#~.csv", 4, etag)
        assert '"' not in etag
        assert info.modified.utcoffset() is not None
        assert await store.read("raw/a b+ü%2F#~.csv", 4) == (b"1,2\n", info)
        assert await everything(store, "raw/a b+ü%2F#~.csv") == b"1,2\n"
        assert [found async for found in store.list("raw/")] == [info]

    async def test_an_empty_object_is_one(self, store: ObjectStore) -> None:
        etag = await store.put("empty", b"")
        assert await store.read("empty", 0) == (b"", await store.head("empty"))
        async with store.open("empty", if_match=etag) as reader:
            assert [piece async for piece in reader] == []
        with pytest.raises(Changed):
            await store.open("empty", if_match="other").__aenter__()

    async def test_what_does_not_exist_is_not_found(self, store: ObjectStore) -> None:
        with pytest.raises(NotFound):
            await store.head("nothing")
        with pytest.raises(NotFound):
            await store.read("no/thing", 1)
        with pytest.raises(NotFound):
            await store.copy("nothing", "something")
        with pytest.raises(Changed):
            await store.update("nothing", b"", "etag")
        await store.delete("nothing")
        await store.delete("no/thing")
        assert await keys(store) == []
        assert await keys(store, "no/") == []

    async def test_one_creates_and_one_updates(self, store: ObjectStore) -> None:
        first = await store.create("state/s.json", b"{}")
        with pytest.raises(Changed):
            await store.create("state/s.json", b"other")
        second = await store.update("state/s.json", b"[]", first)
        assert second != first
        with pytest.raises(Changed):
            await store.update("state/s.json", b"lost", first)
        assert (await store.read("state/s.json", 10)).data == b"[]"
        await store.delete("state/s.json")
        await store.create("state/s.json", b"new")

    async def test_one_makes_a_copy_where_there_is_none(self, store: ObjectStore) -> None:
        await store.put("staging/a", b"abc")
        await store.create_copy("staging/a", "processed/deep/a", 3)
        assert (await store.read("processed/deep/a", 3)).data == b"abc"
        await store.put("staging/b", b"other")
        with pytest.raises(Changed):
            await store.create_copy("staging/b", "processed/deep/a", 9)
        with pytest.raises(NotFound):
            await store.create_copy("nothing", "processed/b", 9)
        await store.delete("staging/a")
        assert (await store.read("processed/deep/a", 3)).data == b"abc"
        etag = (await store.head("processed/deep/a")).etag
        await store.update("processed/deep/a", b"new", etag)

    async def test_eight_writers_lose_no_increment(self, store: ObjectStore) -> None:
        await store.create("state/n", b"0")
        conflicts = 0

        async def increment() -> None:
            nonlocal conflicts
            for _ in range(1000):
                data, info = await store.read("state/n", 10)
                try:
                    await store.update("state/n", str(int(data) + 1).encode(), info.etag)
                except Changed:
                    conflicts += 1
                    await asyncio.sleep(random.random() / 100)  # noqa: S311  # jitter
                else:
                    return
            pytest.fail("a writer never had its turn")

        async def writer() -> None:
            for _ in range(20):
                await increment()

        await asyncio.gather(*(writer() for _ in range(8)))
        assert (await store.read("state/n", 10)).data == b"160"
        assert conflicts > 0

    async def test_a_reader_sees_one_version_or_an_error(self, store: ObjectStore) -> None:
        etag = await store.put("raw/x", b"old")
        async with store.open("raw/x", if_match=etag) as reader:
            assert [piece async for piece in reader] == [b"old"]
        await store.put("raw/x", b"newer")
        with pytest.raises(Changed):
            await store.open("raw/x", if_match=etag).__aenter__()

    async def test_pieces_of_any_kind_are_written(self, store: ObjectStore, tmp_path: Path) -> None:
        whole = long_bytes()

        def pieces() -> Iterator[bytes]:
            for start in range(0, LONG, 700_001):
                yield whole[start : start + 700_001]

        async def later() -> AsyncIterator[bytes]:
            for piece in pieces():
                yield piece

        file = tmp_path / "a file beside the store"
        file.write_bytes(whole)
        for data in (whole, pieces(), later(), file):
            etag = await store.put("out", data)
            assert (await store.head("out")).etag == etag
            assert await everything(store, "out") == whole
            await store.delete("out")
        await store.put("none", iter(()))
        assert await everything(store, "none") == b""

    async def test_a_source_that_fails_leaves_nothing(self, store: ObjectStore) -> None:
        async def failing(size: int) -> AsyncIterator[bytes]:
            yield bytes(size)
            raise ZeroDivisionError

        await store.put("out", b"before")
        for size in (5, LONG):
            with pytest.raises(ZeroDivisionError):
                await store.put("out", failing(size))
        assert await everything(store, "out") == b"before"
        assert await keys(store) == ["out"]

    async def test_a_write_that_is_cancelled_leaves_nothing(self, store: ObjectStore) -> None:
        stands_still = asyncio.Event()

        async def endless() -> AsyncIterator[bytes]:
            yield bytes(LONG)
            yield bytes(LONG)
            stands_still.set()
            await asyncio.Event().wait()

        task = asyncio.ensure_future(store.put("out", endless()))
        await stands_still.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert await keys(store) == []

    async def test_a_copy_is_another_object(self, store: ObjectStore) -> None:
        await store.put("staging/1", b"scored")
        await store.put("processed/1", b"old")
        await store.copy("staging/1", "processed/1")
        await store.delete("staging/1")
        assert await everything(store, "processed/1") == b"scored"

    async def test_keys_are_listed_in_their_order(self, store: ObjectStore) -> None:
        written = [
            "raw/b/c",
            "raw/b-c",
            "raw/a.csv",
            "raw/é",
            "raw/z",
            "raw/b/b/b",
            "rawer",
            "raw/b0",
            "other/x",
        ]
        for key in written:
            await store.put(key, b"1")
        ordered = sorted(written)
        assert await keys(store) == ordered
        below = [key for key in ordered if key.startswith("raw/")]
        assert await keys(store, "raw/") == below
        assert await keys(store, "raw/b/") == ["raw/b/b/b", "raw/b/c"]
        for number, key in enumerate(below):
            assert await keys(store, "raw/", key) == below[number + 1 :]
        assert await keys(store, "raw/", "raw/b/b") == ["raw/b/b/b", "raw/b/c", "raw/b0", "raw/z", "raw/é"]
        with pytest.raises(BadKey):
            await keys(store, "raw")

    async def test_a_listing_has_all_pages(self, store: ObjectStore) -> None:
        expected = [f"many/{number:04}" for number in range(1100)]
        for start in range(0, 1100, 100):
            await asyncio.gather(*(store.put(key, b"") for key in expected[start : start + 100]))
        assert await keys(store, "many/") == expected
        assert await keys(store, "many/", "many/1097") == ["many/1098", "many/1099"]

    async def test_a_small_read_has_a_bound(self, store: ObjectStore) -> None:
        await store.put("state/s.json", b"12345")
        with pytest.raises(TooLarge):
            await store.read("state/s.json", 4)

    @pytest.mark.parametrize("key", HOSTILE_KEYS, ids=ascii)
    async def test_a_hostile_key_is_refused(self, store: ObjectStore, key: str) -> None:
        await store.put("a", b"1")
        for call in (
            store.head(key),
            store.read(key, 1),
            store.create(key, b""),
            store.update(key, b"", "etag"),
            store.put(key, b""),
            store.copy("a", key),
            store.copy(key, "b"),
            store.delete(key),
            store.open(key).__aenter__(),
        ):
            with pytest.raises(BadKey):
                await call
        assert await keys(store) == ["a"]

    async def test_it_holds_to_conditions(self, store: ObjectStore) -> None:
        assert await store.probe()
        assert await keys(store) == []
