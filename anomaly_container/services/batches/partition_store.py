"""A partition: the objects below one folder of `raw/`, as a store with a state of its own.

Tables and results keep their keys, so that the id of a batch and the names in its summary say where it is.
What belongs to the state is below `partitions/<name>/`, where no other partition looks.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from anomaly_container.services.batches.keys import LONGEST_PART, PROCESSED, RAW, is_plain

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from contextlib import AbstractAsyncContextManager

    from anomaly_container.outbound.object_store import ObjectStore
    from anomaly_container.outbound.stored_object import Data, ObjectInfo, OpenObject, StoredBytes

PARTITIONS: Final = "partitions/"
REST: Final = "_"
"""The partition of objects that are in no folder, or in one whose name cannot be used."""
WHOLE: Final = ""
"""The name of a store that is not divided."""
_SHARED: Final = re.compile(f"{RAW}|{PROCESSED}")


def partition_of(key: str) -> str:
    """Return the partition of a key below `raw/`, `processed/` or `partitions/`."""
    name, slash, _ = key.partition("/")[2].partition("/")
    return name if slash and is_plain(name) and len(name.encode()) <= LONGEST_PART else REST


async def first_objects(store: ObjectStore, prefix: str) -> AsyncIterator[ObjectInfo]:
    """Iterate over one object of each partition, and over all of the partition that has no folder.

    The objects of a folder are jumped over: nothing of them is listed but the first.

    Parameters
    ----------
    store
        The store, not divided.
    prefix
        `raw/`, `processed/` or `partitions/`.
    """
    after: str | None = None
    while True:
        async for info in store.list(prefix, after):
            yield info
            name = partition_of(info.key)
            if name != REST:
                # "0" follows "/", and no table is called so.
                after = f"{prefix}{name}0"
                break
        else:
            return


async def partitions_in(store: ObjectStore, most: int) -> list[str]:
    """Return the names of the partitions that have objects or a state, at most so many of each."""
    found: set[str] = set()
    for prefix in (RAW, PARTITIONS):
        names: set[str] = set()
        async for info in first_objects(store, prefix):
            names.add(partition_of(info.key))
            if len(names) >= most:
                break
        found |= names
    return sorted(found)


class PartitionStore:
    """The `ObjectStore` of a partition.

    Parameters
    ----------
    store
        The store that is divided; it stays open when the partition is closed.
    name
        The name of the partition.
    """

    def __init__(self, store: ObjectStore, name: str) -> None:
        self._store = store
        self._name = name
        self._own = f"{PARTITIONS}{name}/"

    async def list(self, prefix: str = "", start_after: str | None = None) -> AsyncIterator[ObjectInfo]:
        """Iterate over the objects of the partition below a prefix, in the order of their keys."""
        if _SHARED.match(prefix) is None:
            after = None if start_after is None else self._own + start_after
            async for info in self._store.list(self._own + prefix, after):
                yield replace(info, key=info.key.removeprefix(self._own))
            return
        if self._name == REST:
            listed = first_objects(self._store, prefix)
        else:
            listed = self._store.list(f"{prefix}{self._name}/", start_after)
        async for info in listed:
            if partition_of(info.key) == self._name and (start_after is None or info.key > start_after):
                yield info

    async def head(self, key: str) -> ObjectInfo:
        """Return what the store says of an object."""
        return replace(await self._store.head(self._there(key)), key=key)

    def open(self, key: str, *, if_match: str | None = None) -> AbstractAsyncContextManager[OpenObject]:
        """Open an object for reading."""
        return self._store.open(self._there(key), if_match=if_match)

    async def read(self, key: str, limit: int) -> StoredBytes:
        """Return the bytes of a small object and its info."""
        return await self._store.read(self._there(key), limit)

    async def create(self, key: str, data: bytes) -> str:
        """Write a new object."""
        return await self._store.create(self._there(key), data)

    async def update(self, key: str, data: bytes, if_match: str) -> str:
        """Replace an object that has this etag."""
        return await self._store.update(self._there(key), data, if_match)

    async def put(self, key: str, data: Data) -> str:
        """Write an object, whether or not there is one."""
        return await self._store.put(self._there(key), data)

    async def copy(self, source: str, target: str) -> None:
        """Make a second object of one."""
        await self._store.copy(self._there(source), self._there(target))

    async def create_copy(self, source: str, target: str, limit: int) -> None:
        """Make a second object of one under a name that none has."""
        await self._store.create_copy(self._there(source), self._there(target), limit)

    async def delete(self, key: str) -> None:
        """Remove an object."""
        await self._store.delete(self._there(key))

    async def probe(self) -> bool:
        """Return True if the store holds to conditions."""
        return await self._store.probe()

    async def close(self) -> None:
        """Leave the store open: the other partitions use it."""

    def _there(self, key: str) -> str:
        return key if _SHARED.match(key) else self._own + key
