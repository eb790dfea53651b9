"""An object store in memory that several processes share, and that fails when it is told to."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from anomaly_container.outbound.errors import Changed, NotFound, TooLarge
from anomaly_container.outbound.object_key import check_key
from anomaly_container.outbound.stored_object import ObjectInfo, StoredBytes

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from anomaly_container.outbound.stored_object import Data

PIECE_BYTES: Final = 1 << 16
Fault = Exception | type[Exception] | type[BaseException]


class Objects:
    """The objects of a store, which several processes share.

    Attributes
    ----------
    written
        Every write in order: its key and the bytes. Tests read from it what readers of the store could see.
    """

    def __init__(self) -> None:
        self.objects: dict[str, tuple[bytes, str, datetime]] = {}
        self.written: list[tuple[str, bytes]] = []
        self._number = 0

    def write(self, key: str, data: bytes) -> str:
        self._number += 1
        etag = f"e{self._number}"
        self.objects[key] = data, etag, datetime.fromtimestamp(self._number, UTC)
        self.written.append((key, data))
        return etag

    def data(self, key: str) -> bytes:
        return self.objects[key][0]

    def etag(self, key: str) -> str:
        return self.objects[key][1]

    def keys(self, prefix: str = "") -> list[str]:
        return sorted(key for key in self.objects if key.startswith(prefix))


class Reader:
    """An `OpenObject`."""

    def __init__(self, store: FaultyStore, data: bytes, info: ObjectInfo) -> None:
        self._store = store
        self._data = data
        self.info = info

    async def __aiter__(self) -> AsyncIterator[bytes]:
        for start in range(0, len(self._data), PIECE_BYTES):
            await self._store.called("piece", self.info.key)
            if self._store.shared.objects.get(self.info.key, ("", ""))[1] != self.info.etag:
                raise Changed
            yield self._data[start : start + PIECE_BYTES]


class FaultyStore:
    """The `ObjectStore` of one process.

    Parameters
    ----------
    shared
        The objects.
    before, after
        Called with the name of each call and its key before it does anything, and before it answers: what
        they raise is what the call raises. A write whose `after` raises has happened.
    """

    def __init__(
        self,
        shared: Objects | None = None,
        before: Callable[[str, str], None] | None = None,
        after: Callable[[str, str], None] | None = None,
    ) -> None:
        self.shared = shared or Objects()
        self.before = before
        self.after = after

    async def called(self, call: str, key: str) -> None:
        await asyncio.sleep(0)
        if self.before is not None:
            self.before(call, key)

    async def _answered(self, call: str, key: str) -> None:
        await asyncio.sleep(0)
        if self.after is not None:
            self.after(call, key)

    async def list(self, prefix: str = "", start_after: str | None = None) -> AsyncIterator[ObjectInfo]:
        await self.called("list", prefix)
        for key in self.shared.keys(prefix):
            if start_after is None or key > start_after:
                yield self._info(key)

    async def head(self, key: str) -> ObjectInfo:
        await self.called("head", check_key(key))
        return self._info(key)

    @asynccontextmanager
    async def open(self, key: str, *, if_match: str | None = None) -> AsyncIterator[Reader]:
        await self.called("open", check_key(key))
        info = self._info(key)
        if if_match not in {None, info.etag}:
            raise Changed
        yield Reader(self, self.shared.data(key), info)

    async def read(self, key: str, limit: int) -> StoredBytes:
        await self.called("read", check_key(key))
        info = self._info(key)
        if info.size > limit:
            raise TooLarge(message="long")
        return StoredBytes(self.shared.data(key), info)

    async def create(self, key: str, data: bytes) -> str:
        await self.called("create", check_key(key))
        if key in self.shared.objects:
            raise Changed
        return await self._written("create", key, data)

    async def update(self, key: str, data: bytes, if_match: str) -> str:
        await self.called("update", check_key(key))
        if key not in self.shared.objects or self.shared.etag(key) != if_match:
            raise Changed
        return await self._written("update", key, data)

    async def put(self, key: str, data: Data) -> str:
        await self.called("put", check_key(key))
        if not isinstance(data, bytes):
            assert hasattr(data, "__aiter__")
            data = b"".join([piece async for piece in data])
        return await self._written("put", key, data)

    async def copy(self, source: str, target: str) -> None:
        await self.called("copy", check_key(source))
        self._info(source)
        await self._written("copy", check_key(target), self.shared.data(source))

    async def create_copy(self, source: str, target: str, limit: int) -> None:
        await self.create(target, (await self.read(source, limit)).data)

    async def delete(self, key: str) -> None:
        await self.called("delete", check_key(key))
        self.shared.objects.pop(key, None)
        await self._answered("delete", key)

    async def probe(self) -> bool:
        return True

    async def close(self) -> None:
        pass

    async def _written(self, call: str, key: str, data: bytes) -> str:
        etag = self.shared.write(key, data)
        await self._answered(call, key)
        return etag

    def _info(self, key: str) -> ObjectInfo:
        try:
            data, etag, modified = self.shared.objects[key]
        except KeyError:
            raise NotFound(message="gone") from None
        return ObjectInfo(key, len(data), etag, None, modified)
