"""The bytes of a file: unpacked, bounded, and a sentence for what cannot be read."""

from __future__ import annotations

import gzip
import io
import sys
from typing import TYPE_CHECKING

import pytest

from anomaly_container import cli
from anomaly_container.command import source
from anomaly_container.command.source import FileError, read_bytes

if TYPE_CHECKING:
    from pathlib import Path

Capture = pytest.CaptureFixture[str]
TEXT = b"value\n1\n"


class Endless(io.RawIOBase):
    """Never ends, and remembers how much was taken."""

    taken = 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]  # as `io` calls it
        buffer[:] = bytes(len(buffer))
        self.taken += len(buffer)
        return len(buffer)


def test_gzip_is_known_by_its_first_bytes(tmp_path: Path) -> None:
    path = tmp_path / "points.csv"
    path.write_bytes(gzip.compress(TEXT))
    assert read_bytes(str(path)) == TEXT


@pytest.mark.parametrize("end", [b"", bytes(512)], ids=["nothing", "zeros"])
def test_several_packed_parts_are_one_file(tmp_path: Path, end: bytes) -> None:
    path = tmp_path / "points.csv.gz"
    path.write_bytes(gzip.compress(TEXT) + gzip.compress(b"2\n") + end)
    assert read_bytes(str(path)) == TEXT + b"2\n"


@pytest.mark.parametrize(
    "raw",
    [b"\x1f\x8b", gzip.compress(TEXT, mtime=0)[:-9], b"\x1f\x8b" + b"x" * 40, gzip.compress(TEXT) + b"x"],
    ids=["two bytes", "cut off", "other bytes", "something behind"],
)
def test_a_damaged_gzip_is_an_error(tmp_path: Path, raw: bytes) -> None:
    path = tmp_path / "points.csv.gz"
    path.write_bytes(raw)
    with pytest.raises(FileError, match="begins like a gzip file but cannot be unpacked"):
        read_bytes(str(path))


def test_a_dash_is_standard_input(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(gzip.compress(TEXT))))
    assert read_bytes("-") == TEXT


@pytest.mark.parametrize("name", ["", "\0", "absent.csv"])
def test_what_is_not_there_is_an_error(name: str) -> None:
    with pytest.raises(FileError):
        read_bytes(name)


def test_a_folder_is_no_file(tmp_path: Path) -> None:
    with pytest.raises(FileError, match="Is a directory"):
        read_bytes(str(tmp_path))


def test_256_mebibytes_are_the_bound() -> None:
    assert source.MAX_BYTES == 268_435_456


def test_a_device_that_never_ends_is_one_sentence(capsys: Capture, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(source, "MAX_BYTES", 2**20)
    assert cli.main(["detect", "/dev/zero"]) == 1
    assert capsys.readouterr().err == "/dev/zero: has more than 256 MiB; cut it into several files\n"


def test_standard_input_that_never_ends_is_read_no_further_than_the_bound(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(source, "MAX_BYTES", 2**20)
    endless = Endless()
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BufferedReader(endless)))
    with pytest.raises(FileError, match="has more than"):
        read_bytes("-")
    assert endless.taken < 2 * 2**20


def test_a_small_file_that_unpacks_to_a_large_one_is_unpacked_no_further_than_the_bound(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(source, "MAX_BYTES", 2**20)
    path = tmp_path / "points.csv.gz"
    path.write_bytes(gzip.compress(bytes(2**25)))
    assert path.stat().st_size < 2**16
    with pytest.raises(FileError, match="has more than"):
        read_bytes(str(path))
    path.write_bytes(gzip.compress(bytes(2**19)) * 3)
    with pytest.raises(FileError, match="has more than"):
        read_bytes(str(path))
