"""A file as a source.

The smallest example: of `a`, an empty line and half a line `b` the first is a record at offset 0; the half
line is one when it has ended.
"""

from __future__ import annotations

import gzip
import io
import sys
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest

from anomaly_container.services.streams.snapshots import FolderSnapshots, SnapshotFolder
from anomaly_container.services.streams.sources import file
from anomaly_container.services.streams.sources.file import FileReader, FileSource

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping
    from pathlib import Path

    from anomaly_container.services.streams.events import Record
    from anomaly_container.services.streams.sources import Position


def shown(records: list[Record]) -> list[tuple[str, int, int, bytes | None]]:
    return [(record.id, record.offset, record.next_offset, record.value) for record in records]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "web.log"


@pytest.fixture
def following(path: Path) -> Iterator[FileReader]:
    path.touch()
    reader = FileReader(str(path), follow=True)
    yield reader
    reader.close()


def test_whole_lines_are_records_and_a_half_one_waits(path: Path, following: FileReader) -> None:
    path.write_bytes(b"a\n\nb")
    assert shown(following.batch(10)) == [("web.log-1", 0, 2, b"a")]
    with path.open("ab") as log:
        log.write(b"b\r\n")
    assert shown(following.batch(10)) == [("web.log-3", 3, 7, b"bb\r")]
    assert following.batch(10) == []
    assert following.lag == 0


def test_a_half_line_is_no_lag_and_whole_lines_are(path: Path, following: FileReader) -> None:
    path.write_bytes(b"a\nb\nhalf")
    following.batch(1)
    assert following.lag == 6
    following.batch(10)
    assert following.lag == 0
    with path.open("ab") as log:
        log.write(b" of it\n")
    assert following.lag == 11


def test_a_compressed_file_that_was_read_has_no_lag(tmp_path: Path) -> None:
    path = tmp_path / "web.log.gz"
    path.write_bytes(gzip.compress(b"a\nb\n"))  # larger than its content
    reader = FileReader(str(path), follow=True)
    reader.batch(1)
    assert reader.lag > 0
    reader.batch(10)
    assert reader.lag == 0
    reader.close()


def test_a_finite_file_ends_with_its_half_line(path: Path) -> None:
    path.write_bytes(b"a\nb")
    reader = FileReader(str(path))
    assert shown(reader.batch(10)) == [("web.log-1", 0, 2, b"a"), ("web.log-2", 2, 4, b"b")]
    assert reader.batch(10) == []
    reader.close()


def test_a_compressed_file_is_read_as_its_content(tmp_path: Path) -> None:
    path = tmp_path / "web.log.gz"
    path.write_bytes(gzip.compress(b"a\nb\n"))
    reader = FileReader(str(path))
    assert [record.value for record in reader.batch(10)] == [b"a", b"b"]
    reader.close()


def test_the_standard_input_is_a_source(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"a\nb\n")))
    reader = FileReader("-")
    assert [record.id for record in reader.batch(10)] == ["stdin-1", "stdin-2"]
    reader.close()


def test_no_more_lines_are_read_than_there_is_room_for(path: Path, following: FileReader) -> None:
    path.write_bytes(b"".join(b"%d\n" % number for number in range(1000)))
    found = [following.batch(300) for _ in range(4)]
    assert [len(records) for records in found] == [300, 300, 300, 100]
    assert [record.value for records in found for record in records] == [
        b"%d" % number for number in range(1000)
    ]


def test_a_rotated_file_is_read_to_its_end_and_the_new_one_from_its_beginning(
    path: Path, following: FileReader
) -> None:
    path.write_bytes(b"a\nb\n")
    assert len(following.batch(1)) == 1
    with path.open("ab") as log:
        log.write(b"half")
    path.rename(path.with_name("web.log.1"))
    path.write_bytes(b"c\n")
    assert shown(following.batch(10)) == [
        ("web.log-2", 2, 4, b"b"),
        ("web.log-3", 4, 9, b"half"),
        ("web.log.2-1", 8, 10, b"c"),
    ]


def test_a_file_that_became_shorter_begins_anew(path: Path, following: FileReader) -> None:
    path.write_bytes(b"a\nb\n")
    following.batch(10)
    path.write_bytes(b"c\n")
    assert shown(following.batch(10)) == [("web.log.2-1", 4, 6, b"c")]


def test_reading_goes_on_from_a_position(path: Path, following: FileReader) -> None:
    path.write_bytes(b"a\nb\nc\n")
    following.batch(2)
    position = following.position
    later = FileReader(str(path), follow=True)
    later.begin(position)
    assert shown(later.batch(10)) == [("web.log-3", 4, 6, b"c")]
    later.close()


def test_reading_goes_on_in_a_file_that_was_rotated_meanwhile(path: Path, following: FileReader) -> None:
    path.write_bytes(b"a\nb\n")
    following.batch(1)
    position = following.position
    following.close()
    path.rename(path.with_name("web.log.1"))
    path.write_bytes(b"c\n")
    later = FileReader(str(path), follow=True)
    later.begin(position)
    assert [record.id for record in later.batch(10)] == ["web.log-2", "web.log.2-1"]
    later.close()


def test_a_position_of_a_file_that_is_gone_begins_anew(path: Path, following: FileReader) -> None:
    path.write_bytes(b"a\nb\n")
    following.batch(2)
    position = following.position
    following.close()
    other = path.with_name("other")
    other.write_bytes(b"c\n")
    other.replace(path)
    later = FileReader(str(path), follow=True)
    later.begin(position)
    assert shown(later.batch(10)) == [("web.log.2-1", 4, 6, b"c")]
    later.close()


def test_of_a_line_that_is_too_long_the_beginning_is_kept(
    path: Path, following: FileReader, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(file, "CHUNK", 10)
    monkeypatch.setattr(file, "LARGEST_LINE", 25)
    path.write_bytes(b"a\n" + b"x" * 100 + b"\nb\n")
    records = following.batch(10)
    assert [record.id for record in records] == ["web.log-1", "web.log-2", "web.log-3"]
    long = records[1].value
    assert long is not None
    assert 25 < len(long) < 50
    assert (records[1].offset, records[1].next_offset) == (2, 103)
    assert (records[2].offset, records[2].value) == (103, b"b")


class Owner:
    """Acquires the file at a position."""

    def __init__(self, position: Position | None) -> None:
        self.position, self.committed = position, {}  # type: dict[str, int] | None, dict[str, int | None]

    async def acquire(self, committed: Mapping[str, int | None]) -> Mapping[str, Position]:
        self.committed = dict(committed)
        return {} if self.position is None else {"web.log": self.position}

    async def release(self, names: Collection[str]) -> None:
        raise NotImplementedError


@pytest.fixture
def two_lines(path: Path) -> Path:
    path.write_bytes(b"a\nb\n")
    return path


async def test_a_source_remembers_what_was_committed(two_lines: Path, tmp_path: Path) -> None:
    with ThreadPoolExecutor(1) as thread:
        snapshots = FolderSnapshots(SnapshotFolder(tmp_path / "state"), thread)
        source, owner = FileSource(str(two_lines), snapshots, thread, 0.01), Owner(None)
        await source.open(owner)
        assert owner.committed == {"web.log": None}
        batch = await source.read(1)
        assert [record.id for record in batch.records] == ["web.log-1"]
        assert batch.positions["web.log"]["offset"] == 2
        assert source.lag == {"web.log": 2}
        assert await source.commit({"web.log": 2})
        await source.close()
        again = FileSource(str(two_lines), snapshots, thread, 0.01)
        after = Owner(batch.positions["web.log"])
        await again.open(after)
        assert after.committed == {"web.log": 2}
        assert [record.id for record in (await again.read(10)).records] == ["web.log-2"]
        assert (await again.read(10)).records == []
        await again.close()
