"""The usage log of a container without a connection: JSON lines, chained so that changes are detected."""

from __future__ import annotations

import fcntl
import hmac
import json
import os
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, NamedTuple

from anomaly_container.metering.record_schema import RecordError, Usage, check

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import Path

HASH: Final = "sha256"
PURPOSE: Final = b"anomaly-container usage log 1"


class UsageLogError(Exception):
    """A line of the log was not written by this program with this key.

    Attributes
    ----------
    line
        The number of the line, from 1.
    """

    def __init__(self, line: int) -> None:
        super().__init__(f"Line {line} of the usage log is broken.")
        self.line = line


class Entry(NamedTuple):
    """The content of a line: a record, and the code that chains it to the line before."""

    usage: Usage
    code: bytes


def derive_key(api_key: str) -> bytes:
    """Return the key of the chain, 32 bytes. The key of the billing endpoint cannot be derived from it."""
    return hmac.digest(api_key.encode(), PURPOSE, HASH)


def verify(path: Path, key: bytes) -> int:
    """Check every line of a log and return their number; a torn last line does not count.

    Each line carries HMAC-SHA256(key, code of the line before || its record). The first line uses
    HMAC-SHA256(key, id of the container) as the code of the line before. Changed, moved, inserted and removed
    lines are detected. Lines removed from the end are not: the log is then the same as it was earlier.

    Raises
    ------
    UsageLogError
        If a line is not what was written there. It has the number of the first such line.
    OSError
        If the file cannot be read.
    """
    with path.open("rb") as stream:
        return sum(1 for _ in _verified(stream, key))


def read_records(path: Path, key: bytes) -> Iterator[Usage]:
    """Yield the records of a log in order, each after its line is verified as `verify` does.

    If the file is missing, nothing is yielded. A torn last line is skipped: it was never accepted.

    Raises
    ------
    UsageLogError
        At the first line that is not what was written there.
    OSError
        If the file cannot be read.
    """
    try:
        stream = path.open("rb")
    except FileNotFoundError:
        return
    with stream:
        yield from _verified(stream, key)


@dataclass(slots=True)
class UsageLog:
    """A log to which any number of processes append records, each record once.

    Attributes
    ----------
    path
        The file, created with the first record.
    key
        The key of the chain, as `derive_key` returns it.
    """

    path: Path
    key: bytes = field(repr=False)
    _known: set[str] = field(default_factory=set, init=False, repr=False)
    _code: bytes = field(default=b"", init=False, repr=False)
    _size: int = field(default=0, init=False, repr=False)

    def append(self, record: Mapping[str, object]) -> bool:
        """Append a record and return whether it was new. It is on disk when this method returns.

        Parameters
        ----------
        record
            A usage record as sent over the wire.

        Raises
        ------
        UsageLogError
            If a line of the file is not a record: nothing can follow it.
        OSError
            If it cannot be written. The file is then unchanged.
        """
        usage = check(record)
        with self._locked() as descriptor:
            self._catch_up(descriptor)
            if usage.id in self._known:
                return False
            entry = _next_entry(self.key, self._code, usage)
            line = _line(entry)
            self._write(descriptor, line)
            self._advance(entry, line)
        return True

    @contextmanager
    def _locked(self) -> Iterator[int]:
        descriptor = os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            yield descriptor
        finally:
            os.close(descriptor)

    def _catch_up(self, descriptor: int) -> None:
        """Read the lines written since the last call, and cut off a line that a crash tore."""
        if os.fstat(descriptor).st_size < self._size:  # the log was moved away, and a new one begins
            self._known, self._code, self._size = set(), b"", 0
        with os.fdopen(os.dup(descriptor), "rb") as stream:
            stream.seek(self._size)
            for number, line in enumerate(_complete(stream), start=len(self._known) + 1):
                self._advance(_parse(line, number), line)
        if os.fstat(descriptor).st_size > self._size:
            os.ftruncate(descriptor, self._size)
        if not self._size:
            _sync_directory(self.path.parent)

    def _write(self, descriptor: int, line: bytes) -> None:
        try:
            rest = memoryview(line)
            while rest:
                rest = rest[os.write(descriptor, rest) :]
            os.fsync(descriptor)
        except OSError:
            os.ftruncate(descriptor, self._size)
            raise

    def _advance(self, entry: Entry, line: bytes) -> None:
        self._known.add(entry.usage.id)
        self._code = entry.code
        self._size += len(line)


def _verified(stream: Iterable[bytes], key: bytes) -> Iterator[Usage]:
    code = b""
    for number, line in enumerate(_complete(stream), start=1):
        entry = _next_entry(key, code, _parse(line, number).usage)
        if not hmac.compare_digest(line, _line(entry)):
            raise UsageLogError(number)
        code = entry.code
        yield entry.usage


def _next_entry(key: bytes, code: bytes, usage: Usage) -> Entry:
    """Chain a record to the line before; `code` is empty for the first line."""
    before = code or hmac.digest(key, usage.container_id.encode(), HASH)
    return Entry(usage, hmac.digest(key, before + usage.document.encode(), HASH))


def _line(entry: Entry) -> bytes:
    return f'{{"record":{entry.usage.document},"hmac":"{entry.code.hex()}"}}\n'.encode()


def _parse(line: bytes, number: int) -> Entry:
    try:
        document = json.loads(line)
        return Entry(check(document["record"]), bytes.fromhex(document["hmac"]))
    except (ValueError, TypeError, KeyError, RecursionError, RecordError):
        raise UsageLogError(number) from None


def _complete(stream: Iterable[bytes]) -> Iterator[bytes]:
    """Yield the complete lines; a crash may have torn the last one."""
    return (line for line in stream if line.endswith(b"\n"))


def _sync_directory(path: Path) -> None:
    """Make the name of a new file survive a crash: `fsync` of the file alone is not enough."""
    descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
