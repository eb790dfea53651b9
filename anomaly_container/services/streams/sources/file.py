"""A file as a source: read once to its end, or followed for ever, through rotations."""

from __future__ import annotations

import asyncio
import gzip
import os
import sys
from functools import partial
from pathlib import Path
from typing import IO, TYPE_CHECKING, Final, ParamSpec, TypeVar

from anomaly_container.services.streams.events import Record
from anomaly_container.services.streams.sources import Batch

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from concurrent.futures import Executor

    from anomaly_container.services.streams.snapshots import FolderSnapshots
    from anomaly_container.services.streams.sources import Owner, Position

P = ParamSpec("P")
T = TypeVar("T")
STANDARD_INPUT: Final = "-"
CHUNK: Final = 1 << 20
LARGEST_LINE: Final = 16 << 20
"""The number of bytes of a line that are kept: a longer line is cut, and parked as too large."""


class FileReader:
    """Reads the lines of a file as records, with offsets that go on growing through rotations.

    Parameters
    ----------
    path
        The file; a name that ends in `.gz` is decompressed, and `-` is the standard input.
    follow
        True to wait for the end of a half last line, and to follow a rotated file.
    """

    def __init__(self, path: str, *, follow: bool = False) -> None:
        self.name = Path(path).name if path != STANDARD_INPUT else "stdin"
        self._path, self._follow = path, follow
        self._file: IO[bytes] | None = None
        self._compressed: IO[bytes] | None = None
        """The compressed file, which is not closed with its reader."""
        self._rest = self._beginning = b""
        self._dropped = 0
        self._generation, self._base, self._line, self._at = 1, 0, 0, 0
        self._inode = self._device = 0

    @property
    def position(self) -> Position:
        """The position of the next line."""
        return {
            "offset": self.offset,
            "generation": self._generation,
            "base": self._base,
            "line": self._line,
            "inode": self._inode,
            "device": self._device,
        }

    @property
    def offset(self) -> int:
        """The offset of the next line: bytes since the first generation of the file."""
        return self._base + self._at

    @property
    def lag(self) -> int:
        """The bytes behind the next line; 0 if they are a half line."""
        if self._file is None:
            return 0
        ahead = len(self._rest) + self._dropped
        done = self._at + ahead if self._compressed is None else self._compressed.tell()
        unread = max(0, os.fstat(self._file.fileno()).st_size - done)
        # A half line is not a record yet: it may stay the last one for ever.
        return unread + ahead if unread or b"\n" in self._rest else 0

    def begin(self, position: Position | None = None) -> None:
        """Go to an earlier position; a file that is another one or shorter since then begins anew.

        Raises
        ------
        OSError
            If the file cannot be read.
        """
        self.close()
        if position is None or "inode" not in position:
            self._open(Path(self._path))
            self._at = 0
            return
        self._generation, self._base, self._line = position["generation"], position["base"], position["line"]
        identity = position["inode"], position["device"]
        self._open(self._path_of(identity))
        self._at = position["offset"] - self._base
        if (self._inode, self._device) != identity or os.fstat(self._opened.fileno()).st_size < self._at:
            self._begin_generation(position["offset"])
        else:
            self._opened.seek(self._at)

    def batch(self, room: int) -> list[Record]:
        """Return up to `room` lines; fewer at the end of what the file has now.

        Raises
        ------
        OSError
            If the file cannot be read.
        """
        records: list[Record] = []
        while len(records) < room:
            lines = self._rest.split(b"\n", room - len(records))
            self._rest = lines.pop()
            records.extend(self._records(lines))
            if len(records) < room and not self._fill(records):
                break
        return records

    def close(self) -> None:
        """Close the file."""
        for file in (self._file, self._compressed):
            if file is not None and file is not sys.stdin.buffer:
                file.close()
        self._file = self._compressed = None
        self._rest, self._beginning, self._dropped = b"", b"", 0

    @property
    def _opened(self) -> IO[bytes]:
        if self._file is None:
            self.begin()
        assert self._file is not None  # noqa: S101  # `begin` opens it
        return self._file

    def _open(self, path: Path) -> None:
        if self._path == STANDARD_INPUT:
            self._file = sys.stdin.buffer
            return
        file = path.open("rb")
        entry = os.fstat(file.fileno())
        self._inode, self._device = entry.st_ino, entry.st_dev
        self._file = file
        if path.suffix == ".gz":
            self._compressed = file
            self._file = gzip.GzipFile(fileobj=file, mode="rb")  # type: ignore[assignment]  # it reads as a file does

    def _path_of(self, identity: tuple[int, int]) -> Path:
        """Return the path that the file of an earlier position has now: a rotated log is beside its name."""
        path = Path(self._path)
        for place in [path, *sorted(path.parent.glob(f"{path.name}.*"))]:
            entry = place.stat()
            if (entry.st_ino, entry.st_dev) == identity:
                return place
        return path

    def _records(self, lines: list[bytes]) -> Iterator[Record]:
        name = self.name if self._generation == 1 else f"{self.name}.{self._generation}"
        for rest in lines:
            begin, line = self._base + self._at, rest
            self._at += self._dropped + len(rest) + 1
            if self._dropped:
                line, self._beginning, self._dropped = self._beginning, b"", 0
            self._line += 1
            if line and line != b"\r":
                yield Record(f"{name}-{self._line}", self.name, begin, self._base + self._at, line, None)

    def _fill(self, records: list[Record]) -> bool:
        """Read on; False if there is nothing more for now."""
        chunk = self._opened.read(CHUNK)
        if chunk:
            self._rest += chunk
            if len(self._rest) > LARGEST_LINE and b"\n" not in chunk:
                # The memory is bounded: of such a line the beginning is kept, which is parked as too large.
                self._beginning = self._beginning or self._rest
                self._dropped += len(self._rest)
                self._rest = b""
            return True
        if not self._follow:
            self._end(records)
            return False
        return self._next_generation(records)

    def _end(self, records: list[Record]) -> None:
        """Take the last line, which has no end."""
        if self._rest or self._dropped:
            records.extend(self._records([self._rest]))
            self._at -= 1
            self._rest = b""

    def _next_generation(self, records: list[Record]) -> bool:
        """Go on with the file that has the name now; False if it is the same."""
        try:
            entry = os.stat(self._path)  # noqa: PTH116  # a path that is looked at after each read
        except FileNotFoundError:
            return False  # between the two steps of a rotation
        same = (entry.st_ino, entry.st_dev) == (self._inode, self._device)
        if same and entry.st_size >= self._at + len(self._rest):
            return False
        self._end(records)
        offset = self.offset
        self.close()
        self._open(Path(self._path))
        self._begin_generation(offset)
        return True

    def _begin_generation(self, offset: int) -> None:
        self._generation += 1
        self._base, self._at, self._line = offset, 0, 0


class FileSource:
    """A file that is followed, as the one partition of a source.

    Parameters
    ----------
    path
        The file.
    snapshots
        The store of the committed offset.
    thread
        The thread that reads from the disk.
    wait_seconds
        The time that an empty read takes.

    Attributes
    ----------
    answered
        True if the file has been opened.
    epoch
        Always 0: the file stays assigned.
    """

    def __init__(
        self, path: str, snapshots: FolderSnapshots, thread: Executor, wait_seconds: float = 0.25
    ) -> None:
        self.reader = FileReader(path, follow=True)
        self.answered = False
        self.epoch = 0
        self._snapshots, self._thread, self._wait = snapshots, thread, wait_seconds

    @property
    def lag(self) -> Mapping[str, int]:
        """The bytes that wait, by partition."""
        return {self.reader.name: self.reader.lag}

    @property
    def partitions(self) -> tuple[str, ...]:
        """The one partition."""
        return (self.reader.name,)

    async def open(self, owner: Owner) -> None:
        """Open the file at the place where the owner wants to begin."""
        name = self.reader.name
        places = await owner.acquire({name: await self._snapshots.committed(name)})
        await self._in_thread(self.reader.begin, places.get(name))
        self.answered = True

    async def read(self, room: int) -> Batch:
        """Return up to `room` lines."""
        records = await self._in_thread(self.reader.batch, room)
        if not records:
            await asyncio.sleep(self._wait)
        return Batch(records, {self.reader.name: self.reader.position})

    async def commit(self, offsets: Mapping[str, int]) -> bool:
        """Store the offsets in the folder of the state; a file has one reader, so that they are accepted."""
        for partition, offset in offsets.items():
            await self._snapshots.commit(partition, offset)
        return True

    async def close(self) -> None:
        """Close the file."""
        await self._in_thread(self.reader.close)

    async def _in_thread(self, function: Callable[P, T], *arguments: P.args, **named: P.kwargs) -> T:
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._thread, partial(function, *arguments, **named))
