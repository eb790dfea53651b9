"""Snapshots in a folder: each is replaced by a rename, has a sum, and keeps the one before it."""

from __future__ import annotations

import asyncio
import hashlib
import logging
import os
import re
from functools import partial
from typing import TYPE_CHECKING, Final, ParamSpec, Protocol, TypeVar
from urllib.parse import quote

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from concurrent.futures import Executor
    from pathlib import Path

P = ParamSpec("P")
T = TypeVar("T")
MAGIC: Final = b"ACSTREAM1\n"
SUM_BYTES: Final = 32
SAFE: Final = re.compile("[A-Za-z0-9._-]{1,150}")

log = logging.getLogger(__name__)


class Snapshots(Protocol):
    """Keeps a document for each partition, and for the alarms and reports."""

    async def load(self, names: Iterable[str]) -> Mapping[str, bytes]:
        """Return the last documents of these names; names without one are left out."""

    async def load_all(self) -> Mapping[str, bytes]:
        """Return the last documents of all names."""

    async def save(self, name: str, offset: int, document: bytes) -> None:
        """Replace a document; when this returns it is durable. The offset grows from one to the next."""


class SnapshotFolder:
    """The snapshots of a stream in a folder, and the committed offset of each partition.

    A snapshot is written to a temporary name, synced and renamed; the one before it stays as `.before`. One
    that is broken is set aside as `.broken`, and the one before it is used.

    Parameters
    ----------
    folder
        The folder, of which this object is the only writer.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)

    def load(self, name: str) -> bytes | None:
        """Return the last document of a name; None if it does not exist.

        Raises
        ------
        OSError
            If the folder cannot be read.
        """
        path = self._path(name, "snapshot")
        for candidate in (path, path.with_suffix(".before")):
            try:
                sealed = candidate.read_bytes()
            except FileNotFoundError:
                continue
            document = opened(sealed)
            if document is not None:
                return document
            candidate.rename(candidate.with_suffix(".broken"))
            log.warning("A snapshot is broken and was set aside; the one before it is used.")
        return None

    def names(self) -> list[str]:
        """Return the names of all snapshots, for the totals of partitions that are not assigned."""
        return sorted(path.stem for path in self._folder.glob("*.snapshot"))

    def save(self, name: str, document: bytes) -> None:
        """Replace the document of a name; when this returns it is durable.

        Raises
        ------
        OSError
            If the disk is full; the document before stays.
        """
        path = self._path(name, "snapshot")
        draft = self._draft(path, sealed(document))
        if path.exists():
            before = path.with_suffix(".before")
            before.unlink(missing_ok=True)
            os.link(path, before)
        draft.rename(path)
        self._sync()

    def committed(self, name: str) -> int | None:
        """Return the committed offset of a name; None if nothing was committed."""
        try:
            document = opened(self._path(name, "committed").read_bytes())
        except FileNotFoundError:
            return None
        return int(document) if document is not None else None

    def commit(self, name: str, offset: int) -> None:
        """Replace the committed offset of a name.

        Raises
        ------
        OSError
            If the disk is full; the offset before stays.
        """
        path = self._path(name, "committed")
        # A commit that a loss of power undoes is only delivered again: it is not worth a wait for the disk.
        self._draft(path, sealed(b"%d" % offset), syncs=False).rename(path)

    def _path(self, name: str, suffix: str) -> Path:
        return self._folder / f"{safe_name(name)}.{suffix}"

    @staticmethod
    def _draft(path: Path, content: bytes, *, syncs: bool = True) -> Path:
        draft = path.with_name(f"{path.name}.draft")
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        try:
            view = memoryview(content)
            while view:
                view = view[os.write(descriptor, view) :]
            if syncs:
                os.fsync(descriptor)
        finally:
            os.close(descriptor)
        return draft

    def _sync(self) -> None:
        descriptor = os.open(self._folder, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


class FolderSnapshots:
    """Snapshots in a folder, read and written on a thread.

    Parameters
    ----------
    folder
        The folder.
    thread
        The thread that reads and writes.
    """

    def __init__(self, folder: SnapshotFolder, thread: Executor) -> None:
        self._folder, self._thread = folder, thread

    async def load(self, names: Iterable[str]) -> Mapping[str, bytes]:
        """Return the last documents of these names."""
        found = {name: await self._run(self._folder.load, name) for name in names}
        return {name: document for name, document in found.items() if document is not None}

    async def load_all(self) -> Mapping[str, bytes]:
        """Return the last documents of all names."""
        return await self.load(await self._run(self._folder.names))

    async def save(self, name: str, offset: int, document: bytes) -> None:  # noqa: ARG002  # a folder has one writer
        """Replace a document; when this returns it is durable."""
        await self._run(self._folder.save, name, document)

    async def committed(self, name: str) -> int | None:
        """Return the committed offset of a name; None if nothing was committed."""
        return await self._run(self._folder.committed, name)

    async def commit(self, name: str, offset: int) -> None:
        """Replace the committed offset of a name."""
        await self._run(self._folder.commit, name, offset)

    async def _run(self, function: Callable[P, T], *arguments: P.args, **named: P.kwargs) -> T:
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._thread, partial(function, *arguments, **named))


def sealed(document: bytes) -> bytes:
    """Return a document with a mark before it and its sum behind it."""
    body = MAGIC + document
    return body + hashlib.sha256(body).digest()


def opened(content: bytes) -> bytes | None:
    """Return the document of sealed bytes; None if they are broken."""
    body, found = content[:-SUM_BYTES], content[-SUM_BYTES:]
    if not body.startswith(MAGIC) or hashlib.sha256(body).digest() != found:
        return None
    return body[len(MAGIC) :]


def safe_name(name: str) -> str:
    """Return a name that a file can have; a long or strange one is kept apart from others by its sum.

    Examples
    --------
    >>> safe_name("orders-0"), safe_name("a b")
    ('orders-0', 'a_20b-c8687a08aa5d')
    """
    if SAFE.fullmatch(name):
        return name
    readable = quote(name, safe="")[:80].replace("%", "_").replace("~", "_")
    return f"{readable}-{hashlib.sha256(name.encode()).hexdigest()[:12]}"
