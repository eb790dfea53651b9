"""Files below a folder, reached name by name from its descriptor: no symbolic link leads out of it."""

from __future__ import annotations

import os
import stat
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from anomaly_container.outbound.stored_object import ObjectInfo

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator
    from pathlib import Path

DRAFT_PREFIX: Final = ".draft-"
"""The prefix of the names of files that are being written; listings leave them out."""

LOCK_FOLDER: Final = "state"
LOCK_NAME: Final = ".lock"

FOLDER: Final = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
# Opening a pipe for reading would wait for its writer.
FILE: Final = os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK


@contextmanager
def parent_of(root: Path, key: str, *, make: bool = False) -> Iterator[tuple[int, str]]:
    """Open the folder of a key, and give its descriptor and the name in it.

    With `make`, folders that do not exist are made, the first of all being the root, and are on the disk.
    """
    *folders, name = key.split("/")
    here = _open_root(root, make=make)
    try:
        for folder in folders:
            here = _step(here, folder, make=make)
        yield here, name
    finally:
        os.close(here)


def _open_root(root: Path, *, make: bool) -> int:
    """Open the root, which may be a link: it is the operator's word."""
    try:
        return os.open(root, FOLDER & ~os.O_NOFOLLOW)
    except FileNotFoundError:
        if not make:
            raise
        root.mkdir(parents=True, exist_ok=True)
        return os.open(root, FOLDER & ~os.O_NOFOLLOW)


def _step(here: int, folder: str, *, make: bool) -> int:
    """Exchange the descriptor of a folder for that of one in it; the caller keeps the first if this fails."""
    try:
        there = os.open(folder, FOLDER, dir_fd=here)
    except FileNotFoundError:
        if not make:
            raise
        _make(here, folder)
        there = os.open(folder, FOLDER, dir_fd=here)
    os.close(here)
    return there


def _make(here: int, folder: str) -> None:
    try:
        os.mkdir(folder, dir_fd=here)
    except FileExistsError:
        return  # Another writer was first.
    os.fsync(here)


def regular(descriptor_or_name: int | str, folder: int | None = None) -> os.stat_result:
    """Return what the file system says of a regular file, or raise `FileNotFoundError`."""
    found = os.stat(descriptor_or_name, dir_fd=folder, follow_symlinks=isinstance(descriptor_or_name, int))
    if not stat.S_ISREG(found.st_mode):
        raise FileNotFoundError
    return found


def etag_of(found: os.stat_result) -> str:
    """Return the etag of a file: its time of change, to the nanosecond, and its size.

    Not the number of its inode, so that a folder that is moved to another disk with its times is not new.
    """
    return f"{found.st_mtime_ns:x}-{found.st_size:x}"


def info_of(key: str, found: os.stat_result) -> ObjectInfo:
    """Return the info of a file."""
    modified = datetime.fromtimestamp(found.st_mtime_ns // 1000 / 1e6, UTC)
    return ObjectInfo(key, found.st_size, etag_of(found), None, modified)


def walk(root: Path, prefix: str, start_after: str | None) -> Generator[ObjectInfo, None, None]:
    r"""Iterate over the regular files below a prefix in the order of their keys as UTF-8.

    Drafts, the lock, symbolic links and special files are left out. A name that is not UTF-8 is shown with
    `\xe9` for its bytes, so that it is seen, although no file can be opened by it.
    """
    after = b"" if start_after is None else start_after.encode()
    try:
        with parent_of(root, f"{prefix}_") as (folder, _):
            yield from _walk(folder, prefix, after)
    except (FileNotFoundError, NotADirectoryError):
        return


def _walk(folder: int, prefix: str, after: bytes) -> Iterator[ObjectInfo]:
    for shown, name in _names(folder):
        key = prefix + shown
        if shown.endswith("/"):
            # All keys below come before `after` unless it is one of them, or comes before the folder.
            if after.startswith(key.encode()) or key.encode() > after:
                yield from _below(folder, name, key, after)
        elif key.encode() > after and (info := _info(folder, name, key)) is not None:
            yield info


def _below(folder: int, name: str, prefix: str, after: bytes) -> Iterator[ObjectInfo]:
    try:
        inner = os.open(name, FOLDER, dir_fd=folder)
    except FileNotFoundError:
        return  # It was removed since its name was read.
    try:
        yield from _walk(inner, prefix, after)
    finally:
        os.close(inner)


def _info(folder: int, name: str, key: str) -> ObjectInfo | None:
    try:
        return info_of(key, regular(name, folder))
    except FileNotFoundError:
        return None


def _names(folder: int) -> list[tuple[str, str]]:
    """Return the names in a folder in the order of keys: as shown, folders with a slash, and as they are."""
    found: list[tuple[str, str]] = []
    with os.scandir(folder) as entries:
        for entry in entries:
            name = entry.name
            shown = os.fsencode(name).decode(errors="backslashreplace")
            if entry.is_dir(follow_symlinks=False):
                found.append((f"{shown}/", name))
            elif entry.is_file(follow_symlinks=False) and not (
                name.startswith(DRAFT_PREFIX) or name == LOCK_NAME
            ):
                found.append((shown, name))
    # Characters have the order of their bytes in UTF-8.
    found.sort()
    return found
