"""Objects that are files below a folder.

A write goes to a file beside its target, reaches the disk, and takes the name of the target at once.
Conditions are checked under a lock that all processes share (`state/.lock`). What blocks runs on threads of
the store.
"""

from __future__ import annotations

import asyncio
import errno
import os
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager, suppress
from itertools import islice
from typing import TYPE_CHECKING, Final, ParamSpec, TypeVar

from anomaly_container.outbound.errors import Changed, TooLarge, Unavailable
from anomaly_container.outbound.folder_draft import ABSENT, Draft
from anomaly_container.outbound.folder_errors import of_reading, of_writing
from anomaly_container.outbound.folder_lock import FolderLock
from anomaly_container.outbound.folder_reader import FolderReader
from anomaly_container.outbound.folder_tree import info_of, parent_of, regular, walk
from anomaly_container.outbound.object_key import check_key, check_prefix
from anomaly_container.outbound.store_probe import holds_to_conditions
from anomaly_container.outbound.stored_object import StoredBytes, pieces_of

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterator
    from pathlib import Path

    from anomaly_container.outbound.stored_object import Data, ObjectInfo, OpenObject

P = ParamSpec("P")
T = TypeVar("T")

CALL_SECONDS: Final = 30.0
"""The deadline of a call; of a read, a listing and a long write that of each part."""

NO_SECOND_NAMES: Final = frozenset({errno.EPERM, errno.EOPNOTSUPP, errno.EMLINK, errno.ENOSYS, errno.EXDEV})
"""Why a file cannot have a second name, though it can be written again."""

THREADS: Final = 8
PAGE_KEYS: Final = 1000
MAX_SWEPT: Final = 10_000


class FolderStore:
    """The `ObjectStore` of a folder.

    Parameters
    ----------
    root
        The folder; it is made by the first write.
    """

    def __init__(self, root: Path) -> None:
        self._root = root
        self._lock = FolderLock(root)
        self._threads = ThreadPoolExecutor(THREADS, "folder-store")
        self._swept: set[str] = set()

    async def list(self, prefix: str = "", start_after: str | None = None) -> AsyncIterator[ObjectInfo]:
        """Iterate over the files below a prefix, in the order of their keys."""
        found = walk(self._root, check_prefix(prefix), start_after)
        try:
            while page := await self._run(_page, found):
                for info in page:
                    yield info
        finally:
            # A listing that is left runs no more on its thread, unless that still waits for the disk.
            with suppress(ValueError):
                found.close()

    async def head(self, key: str) -> ObjectInfo:
        """Return what the file system says of a file."""
        return await self._run(self._head, check_key(key))

    @asynccontextmanager
    async def open(self, key: str, *, if_match: str | None = None) -> AsyncIterator[OpenObject]:
        """Open a file for reading."""
        reader = FolderReader(self._root, check_key(key), self._run)
        try:
            await self._run(reader.begin, if_match)
            yield reader
        finally:
            if reader.is_open:
                self._later(reader.close)

    async def read(self, key: str, limit: int) -> StoredBytes:
        """Return the bytes of a small file and its info."""
        return await self._run(self._read, check_key(key), limit)

    async def create(self, key: str, data: bytes) -> str:
        """Write a new file."""
        return await self._write(check_key(key), data, ABSENT)

    async def update(self, key: str, data: bytes, if_match: str) -> str:
        """Replace a file that has this etag."""
        return await self._write(check_key(key), data, if_match)

    async def put(self, key: str, data: Data) -> str:
        """Write a file, a long one in pieces."""
        return await self._write(check_key(key), data, None)

    async def create_copy(self, source: str, target: str, limit: int) -> None:
        """Give a file a second name; write it again where the file system has no such names."""
        deadline = time.monotonic() + CALL_SECONDS
        if not await self._run(self._link, check_key(source), check_key(target), deadline):
            await self.create(target, (await self.read(source, limit)).data)

    async def copy(self, source: str, target: str) -> None:
        """Make a second file of one."""
        check_key(target)
        async with self.open(source) as reader:
            await self._write(target, aiter(reader), None)

    async def delete(self, key: str) -> None:
        """Remove a file."""
        await self._run(self._delete, check_key(key), time.monotonic() + CALL_SECONDS)

    async def probe(self) -> bool:
        """Return True if the store holds to conditions."""
        return await holds_to_conditions(self)

    async def close(self) -> None:
        """End the threads; what runs is finished."""
        self._threads.shutdown(wait=False)

    async def _run(self, function: Callable[P, T], *arguments: P.args, **words: P.kwargs) -> T:
        try:
            submitted = self._threads.submit(function, *arguments, **words)
        except RuntimeError:
            raise Unavailable(message="The store is closed.") from None
        try:
            async with asyncio.timeout(CALL_SECONDS):
                return await asyncio.wrap_future(submitted)
        except TimeoutError:
            raise Unavailable(message="The folder did not answer in time.") from None

    def _later(self, function: Callable[[], None]) -> None:
        try:
            self._threads.submit(function)
        except RuntimeError:  # The store is closed.
            function()

    async def _write(self, key: str, data: Data, condition: str | None) -> str:
        draft = Draft(self._root, key, self._lock)
        try:
            if isinstance(data, bytes):
                deadline = time.monotonic() + CALL_SECONDS
                return await self._run(self._write_whole, draft, key, data, condition, deadline)
            await self._run(self._begin, draft, key)
            async for piece in pieces_of(data, self._run):
                await self._run(draft.write, piece)
            return await self._run(draft.publish, condition, time.monotonic() + CALL_SECONDS)
        except Exception:
            # A full disk has room again before the caller learns of it.
            with suppress(Unavailable):
                await self._run(draft.discard)
            raise
        except BaseException:
            self._later(draft.discard)
            raise

    def _write_whole(
        self, draft: Draft, key: str, data: bytes, condition: str | None, deadline: float
    ) -> str:
        self._begin(draft, key)
        draft.write(data)
        return draft.publish(condition, deadline)

    def _begin(self, draft: Draft, key: str) -> None:
        """Begin to write; the first time in a folder, remove what dead processes left there."""
        draft.write(b"")
        folder = key.rpartition("/")[0]
        if folder not in self._swept:
            if len(self._swept) >= MAX_SWEPT:
                self._swept.clear()
            self._swept.add(folder)
            draft.sweep()

    def _head(self, key: str) -> ObjectInfo:
        with of_reading(), parent_of(self._root, key) as (folder, name):
            return info_of(key, regular(name, folder))

    def _read(self, key: str, limit: int) -> StoredBytes:
        reader = FolderReader(self._root, key, self._run)
        try:
            reader.begin(None)
            if reader.info.size > limit:
                raise TooLarge(message=f"The object is longer than {limit} bytes.")
            return StoredBytes(reader.whole(), reader.info)
        finally:
            reader.close()

    def _link(self, source: str, target: str, deadline: float) -> bool:
        """Give a file a second name, and return True; False if the file system refuses any."""
        with of_reading(), parent_of(self._root, source) as (folder, name):
            regular(name, folder)
            with of_writing(), parent_of(self._root, target, make=True) as (there, new):
                try:
                    with self._lock.held(deadline):
                        os.link(name, new, src_dir_fd=folder, dst_dir_fd=there, follow_symlinks=False)
                except FileExistsError:
                    raise Changed from None
                except OSError as error:
                    if error.errno in NO_SECOND_NAMES:
                        return False
                    raise
                os.fsync(there)
        return True

    def _delete(self, key: str, deadline: float) -> None:
        """Remove a file, perhaps not from the disk yet: after a loss of power it may be there again."""
        with (
            of_writing(),
            suppress(FileNotFoundError),
            parent_of(self._root, key) as (folder, name),
            self._lock.held(deadline),
        ):
            os.unlink(name, dir_fd=folder)


def _page(found: Iterator[ObjectInfo]) -> list[ObjectInfo]:
    with of_reading():
        return list(islice(found, PAGE_KEYS))
