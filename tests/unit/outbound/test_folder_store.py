"""Folders.

The smallest example: `put("raw/a.csv", b"1")` below `/data` writes the file `/data/raw/a.csv`.
"""

from __future__ import annotations

import asyncio
import errno
import fcntl
import os
import shutil
import stat
import subprocess
import sys
import time
from typing import TYPE_CHECKING

import pytest

from anomaly_container.outbound import folder_draft, folder_store
from anomaly_container.outbound.errors import Changed, NotFound, Refused, Unavailable
from anomaly_container.outbound.folder_store import FolderStore
from anomaly_container.outbound.folder_tree import DRAFT_PREFIX
from tests.support.samples import ROOT
from tests.support.store_contract import StoreContract, everything_of, keys, long_bytes

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from anomaly_container.outbound.object_store import ObjectStore

# What a process does that increments a number 20 times.
WRITER = """
import asyncio, sys
from anomaly_container.outbound.errors import Changed
from anomaly_container.outbound.object_store import open_store
async def main():
    store = open_store(sys.argv[1])
    for _ in range(20):
        while True:
            data, info = await store.read("state/n", 10)
            try:
                await store.update("state/n", str(int(data) + 1).encode(), info.etag)
                break
            except Changed:
                await asyncio.sleep(0.001)
    await store.close()
asyncio.run(main())
"""
# What a process does that is killed while it writes.
KILLED = """
import asyncio, os, sys
from anomaly_container.outbound.object_store import open_store
async def pieces():
    yield b"half of it"
    await asyncio.sleep(0)
    os.kill(os.getpid(), 9)
    yield b"never"
asyncio.run(open_store(sys.argv[1]).put("out/x", pieces()))
"""


def files(folder: Path) -> set[str]:
    return {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}


def run(program: str, url: str) -> subprocess.Popen[bytes]:
    return subprocess.Popen([sys.executable, "-c", program, url], cwd=ROOT)  # noqa: S603  # our own


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "store"


@pytest.fixture
async def store(folder: Path) -> AsyncIterator[ObjectStore]:
    opened = FolderStore(folder)
    yield opened
    await opened.close()


class TestFolder(StoreContract):
    """The rules of the store."""


async def test_a_key_is_a_path(store: ObjectStore, folder: Path) -> None:
    await store.put("raw/a.csv", b"1")
    assert (folder / "raw" / "a.csv").read_bytes() == b"1"
    assert files(folder) == {"raw/a.csv", "state/.lock"}


async def test_processes_lose_no_increment(store: ObjectStore, folder: Path) -> None:
    await store.create("state/n", b"0")
    writers = [run(WRITER, f"file://{folder}") for _ in range(3)]
    assert [writer.wait(60) for writer in writers] == [0, 0, 0]
    assert (await store.read("state/n", 10)).data == b"60"


async def test_writes_of_one_tick_have_different_etags(
    store: ObjectStore, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A slow clock of the file system must not let the second of two writers undo what it never read."""
    first = await store.create("a", b"1")
    future = time.time_ns() + 10**12
    os.utime(folder / "a", ns=(future, future))
    second = (await store.head("a")).etag
    third = await store.update("a", b"2", second)
    fourth = await store.put("a", b"3")
    assert len({first, second, third, fourth}) == 4
    times = [int(etag.partition("-")[0], 16) for etag in (first, second, third, fourth)]
    assert times == sorted(times)

    real = os.utime

    def coarse(file: int, *, ns: tuple[int, int]) -> None:
        real(file, ns=(ns[0], ns[1] // 2_000_000_000 * 2_000_000_000))

    monkeypatch.setattr(os, "utime", coarse)
    fifth = await store.update("a", b"4", fourth)
    assert int(fifth.partition("-")[0], 16) > times[-1]


async def test_a_file_keeps_its_etag_where_it_is_moved(store: ObjectStore, folder: Path) -> None:
    etag = await store.put("raw/x", b"1")
    shutil.copytree(folder / "raw", folder / "copied")  # It keeps the times.
    assert (await store.head("copied/x")).etag == etag


async def test_no_symbolic_link_is_followed(store: ObjectStore, folder: Path, tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "secret").write_bytes(b"secret")
    await store.put("raw/good", b"1")
    (folder / "raw" / "file").symlink_to(outside / "secret")
    (folder / "raw" / "folder").symlink_to(outside)
    (folder / "linked").symlink_to(outside)
    for key in ("raw/file", "raw/folder/secret", "linked/secret", "raw/folder"):
        with pytest.raises(NotFound):
            await store.read(key, 100)
        with pytest.raises(NotFound):
            await store.head(key)
    with pytest.raises(Refused):
        await store.put("raw/folder/new", b"1")
    with pytest.raises(Refused):
        await store.delete("linked/secret")
    # The link itself is replaced; what it led to is not.
    await store.put("raw/file", b"mine")
    assert files(outside) == {"secret"}
    assert (outside / "secret").read_bytes() == b"secret"
    assert await keys(store) == ["raw/file", "raw/good"]
    assert await keys(store, "linked/") == []


async def test_what_is_no_regular_file_is_not_found(store: ObjectStore, folder: Path) -> None:
    await store.put("raw/good", b"1")
    os.mkfifo(folder / "raw" / "pipe")
    for key in ("raw/pipe", "raw", "raw/good/below"):
        with pytest.raises(NotFound):
            await store.read(key, 1)
    for key in ("raw", "raw/good/below", "x" * 300):
        with pytest.raises(Refused):
            await store.put(key, b"1")
    assert await keys(store) == ["raw/good"]
    assert not [name for name in files(folder) if DRAFT_PREFIX in name]


async def test_a_name_that_is_not_unicode_is_shown(store: ObjectStore, folder: Path) -> None:
    await store.put("raw/z", b"1")
    (folder / "raw" / os.fsdecode(b"caf\xe9.csv")).write_bytes(b"1")
    [shown, last] = await keys(store, "raw/")
    assert (shown, last) == ("raw/caf\\xe9.csv", "raw/z")
    with pytest.raises(NotFound):
        await store.head(shown)


async def test_a_full_disk_loses_nothing(
    store: ObjectStore, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    await store.put("out", b"before")
    real = os.write

    def full(file: int, data: bytes) -> int:
        if len(data) > 1000:
            return real(file, data[:1000])
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "write", full)
    etag = (await store.head("out")).etag
    for write in (
        store.put("out", bytes(5000)),
        store.update("out", bytes(5000), etag),
        store.put("out", iter([bytes(5000)])),
        store.create("new", bytes(5000)),
    ):
        with pytest.raises(Unavailable, match="No space left"):
            await write
    monkeypatch.undo()
    assert (await store.read("out", 10)).data == b"before"
    await store.close()
    await asyncio.to_thread(time.sleep, 0.1)
    assert files(folder) == {"out", "state/.lock"}


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
async def test_a_folder_that_is_read_only_is_unavailable(store: ObjectStore, folder: Path) -> None:
    await store.put("raw/a", b"1")
    (folder / "raw").chmod(0o500)
    try:
        with pytest.raises(Unavailable):
            await store.put("raw/a", b"2")
        assert (await store.read("raw/a", 1)).data == b"1"
    finally:
        (folder / "raw").chmod(0o700)


async def test_a_killed_writer_leaves_nothing_that_is_seen(store: ObjectStore, folder: Path) -> None:
    assert run(KILLED, f"file://{folder}").wait(60) == -9
    [left] = files(folder)
    assert DRAFT_PREFIX in left
    assert await keys(store) == []
    await store.put("out/x", b"young drafts stay")
    assert left in files(folder)
    old = time.time() - 2 * folder_draft.OLD_SECONDS
    os.utime(folder / left, (old, old))
    other = FolderStore(folder)
    await other.put("out/x", b"old ones go")
    await other.close()
    assert files(folder) == {"out/x", "state/.lock"}


async def test_a_file_that_is_changed_while_it_is_read_is_refused(store: ObjectStore, folder: Path) -> None:
    whole = long_bytes()
    await store.put("raw/x", whole)
    async with store.open("raw/x") as reader:
        rest = aiter(reader)
        await anext(rest)
        os.utime(folder / "raw" / "x")
        with pytest.raises(Changed):
            await everything_of(rest)
    # One that is replaced is read as it was.
    async with store.open("raw/x") as reader:
        pieces = []
        async for piece in reader:
            pieces.append(piece)
            await store.put("raw/x", b"new")
    assert b"".join(pieces) == whole


async def test_a_lock_that_is_held_makes_writes_unavailable_in_time(
    store: ObjectStore, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    etag = await store.create("state/s", b"1")
    monkeypatch.setattr(folder_store, "CALL_SECONDS", 0.2)
    with (folder / "state" / ".lock").open() as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        start = time.monotonic()
        for write in (store.update("state/s", b"2", etag), store.put("new", b""), store.delete("state/s")):
            with pytest.raises(Unavailable):
                await write
        assert time.monotonic() - start < 3
    monkeypatch.undo()
    assert (await store.read("state/s", 1)).data == b"1"
    assert await store.update("state/s", b"2", etag)
    assert await keys(store) == ["state/s"]


async def test_a_closed_store_is_unavailable(folder: Path) -> None:
    store = FolderStore(folder)
    await store.put("a", b"1")
    await store.close()
    for call in (store.head("a"), store.put("a", b"2"), store.delete("a"), keys(store)):
        with pytest.raises(Unavailable):
            await call


async def test_files_have_the_mode_of_the_process(store: ObjectStore, folder: Path) -> None:
    mask = os.umask(0o027)
    try:
        await store.put("a", b"1")
    finally:
        os.umask(mask)
    assert stat.S_IMODE((folder / "a").stat().st_mode) == 0o640
