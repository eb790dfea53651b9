"""A file of JSON lines.

The smallest example: two outputs are two lines, and after a restart the second is not written again.
"""

from __future__ import annotations

import errno
import fcntl
import os
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import TYPE_CHECKING

import orjson
import pytest

from anomaly_container.services.streams.sinks.file import FileSink
from anomaly_container.services.streams.sinks.sink import SinkFailed
from tests.support.sink_outputs import broken, result, results

if TYPE_CHECKING:
    from pathlib import Path

Open = Callable[..., Awaitable[FileSink]]


@pytest.fixture
async def opened(tmp_path: Path) -> AsyncIterator[Open]:
    made: list[FileSink] = []

    async def open_file(*, rotate_bytes: int | None = None, keep: int = 2, repeats: int = 100) -> FileSink:
        sink = FileSink(tmp_path / "out.jsonl", rotate_bytes=rotate_bytes, keep=keep, repeats=repeats)
        made.append(sink)
        await sink.open()
        return sink

    yield open_file
    for sink in made:
        await sink.close()


def ids(path: Path) -> list[str]:
    return [orjson.loads(line)["id"] for line in path.read_bytes().splitlines()]


def names_in(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


async def test_outputs_are_lines_and_repeats_are_skipped_after_a_restart(
    opened: Open, tmp_path: Path
) -> None:
    first = await opened()
    await first.send(results(0, 2))
    await first.close()
    await (await opened()).send(results(1, 3))
    assert ids(tmp_path / "out.jsonl") == ["orders-0-0", "orders-0-1", "orders-0-2"]


async def test_a_half_last_line_is_cut_off(opened: Open, tmp_path: Path) -> None:
    path = tmp_path / "out.jsonl"
    path.write_bytes(result(0).line + b"\n" + result(1).line[:-7])
    await (await opened()).send([result(1)])
    assert ids(path) == ["orders-0-0", "orders-0-1"]


async def test_a_file_without_a_whole_line_is_begun_anew(opened: Open, tmp_path: Path) -> None:
    path = tmp_path / "out.jsonl"
    path.write_bytes(b"\0" * 3_000_000)
    await (await opened()).send([result(1)])
    assert ids(path) == ["orders-0-1"]


async def test_a_line_longer_than_a_block_is_read_back(opened: Open, tmp_path: Path) -> None:
    long = result(0, padding=3_000_000)
    first = await opened()
    await first.send([long, result(1)])
    await first.close()
    await (await opened()).send([long, result(1), result(2)])
    assert ids(tmp_path / "out.jsonl") == ["orders-0-0", "orders-0-1", "orders-0-2"]


async def test_only_so_many_lines_are_compared(opened: Open, tmp_path: Path) -> None:
    first = await opened()
    await first.send(results(0, 10))
    await first.close()
    second = await opened(repeats=3)
    await second.send(results(6, 10))
    assert ids(tmp_path / "out.jsonl")[10:] == ["orders-0-6"]
    # So many outputs have passed that no repeat can come: what comes now is written, whatever its id.
    await second.send(results(9, 10))
    assert ids(tmp_path / "out.jsonl")[11:] == ["orders-0-9"]


async def test_a_large_file_is_renamed_and_repeats_are_known_across_it(opened: Open, tmp_path: Path) -> None:
    size = len(result(0).line) + 1
    sink = await opened(rotate_bytes=2 * size)
    for number in range(8):
        await sink.send([result(number)])
    names = ["out.jsonl", "out.jsonl.1", "out.jsonl.2"]
    assert names_in(tmp_path) == names
    assert [ids(tmp_path / name) for name in names] == [
        ["orders-0-6", "orders-0-7"],
        ["orders-0-4", "orders-0-5"],
        ["orders-0-2", "orders-0-3"],
    ]
    await sink.close()
    again = await opened(rotate_bytes=100 * size)
    await again.send(results(2, 9))
    assert ids(tmp_path / "out.jsonl") == ["orders-0-6", "orders-0-7", "orders-0-8"]


async def test_a_file_that_somebody_has_renamed_is_begun_anew(opened: Open, tmp_path: Path) -> None:
    sink = await opened()
    await sink.send([result(0)])
    (tmp_path / "out.jsonl").rename(tmp_path / "taken.jsonl")
    await sink.send([result(1)])
    assert ids(tmp_path / "taken.jsonl") == ["orders-0-0"]
    assert ids(tmp_path / "out.jsonl") == ["orders-0-1"]


@pytest.mark.parametrize("call", ["pwrite", "fsync"])
async def test_what_a_full_disk_has_not_taken_is_written_once_there_is_room(
    call: str, opened: Open, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sink = await opened()
    await sink.send([result(0)])
    real = getattr(os, call)
    calls = 0

    def full(*arguments: object) -> object:
        nonlocal calls
        calls += 1
        if call == "pwrite" and calls == 1:
            return real(arguments[0], bytes(arguments[1])[:10], arguments[2])  # type: ignore[call-overload]  # as os.pwrite is called
        raise OSError(errno.ENOSPC, "full")

    with monkeypatch.context() as patched:
        patched.setattr(os, call, full)
        with pytest.raises(SinkFailed, match=r"^The disk is full\.$"):
            await sink.send(results(1, 3))
    assert ids(tmp_path / "out.jsonl") == ["orders-0-0"]
    await sink.send(results(1, 3))
    assert ids(tmp_path / "out.jsonl") == ["orders-0-0", "orders-0-1", "orders-0-2"]


async def test_what_cannot_be_cut_back_at_once_is_cut_back_before_the_next_write(
    opened: Open, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sink = await opened()
    await sink.send([result(0)])

    def broken_call(*_: object) -> None:
        raise OSError(errno.EIO, "broken")

    with monkeypatch.context() as patched:
        patched.setattr(os, "fsync", broken_call)
        patched.setattr(os, "ftruncate", broken_call)
        with pytest.raises(SinkFailed, match="cannot be written"):
            await sink.send([result(1, padding=100)])
    await sink.send([result(1)])
    assert ids(tmp_path / "out.jsonl") == ["orders-0-0", "orders-0-1"]


async def test_two_processes_do_not_write_one_file(opened: Open, tmp_path: Path) -> None:
    with (tmp_path / "out.jsonl").open("wb") as other:
        fcntl.flock(other, fcntl.LOCK_EX)
        with pytest.raises(SinkFailed, match="Another process"):
            await opened()


async def test_a_folder_that_cannot_be_made_is_a_failure(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    sink = FileSink(tmp_path / "file" / "out.jsonl", rotate_bytes=None, keep=0, repeats=10)
    with pytest.raises(SinkFailed, match="cannot be written"):
        await sink.open()
    await sink.close()


async def test_a_record_that_two_sinks_did_not_take_is_parked_twice(opened: Open, tmp_path: Path) -> None:
    first = await opened()
    await first.send([broken(1), broken(1, b"[")])
    await first.close()
    await (await opened()).send([broken(1)])
    assert ids(tmp_path / "out.jsonl") == ["orders-0-1", "orders-0-1"]
