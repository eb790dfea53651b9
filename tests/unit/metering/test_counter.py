from __future__ import annotations

import errno
import os
import subprocess
import sys
from contextlib import closing
from typing import TYPE_CHECKING
from uuid import UUID

import pytest

from anomaly_container.metering.counter import Counter
from anomaly_container.metering.counter_files import is_abandoned
from tests.support.counts import counts_in, counts_of
from tests.support.usage_records import LAST, NAMES, POINTS

if TYPE_CHECKING:
    from pathlib import Path


def test_a_new_counter_is_a_file_of_its_own_with_nothing_in_it(tmp_path: Path) -> None:
    with closing(Counter.open(tmp_path, NAMES)), closing(Counter.open(tmp_path, NAMES)):
        counters = counts_of(tmp_path)
        assert list(counters.values()) == [(0, 0, 0, 0)] * 2
        assert len({UUID(name.removesuffix(".counter")) for name in counters}) == 2
        assert {path.name for path in tmp_path.iterdir()} == set(counters)
        assert {path.stat().st_mode & 0o777 for path in tmp_path.iterdir()} == {0o600}


def test_what_is_added_is_seen_by_every_reader_at_once(tmp_path: Path) -> None:
    with closing(Counter.open(tmp_path, NAMES)) as counter:
        [path] = tmp_path.iterdir()
        for number, meter in enumerate(NAMES, start=1):
            counter.add(meter, number)
            counter.add(meter, 10)
        assert counts_in(path) == (11, 12, 13, 14)
        counter.add(POINTS, 1 << 40)
        assert counts_of(tmp_path) == {path.name: (11, 12, 13, 14 + (1 << 40))}


def test_it_is_abandoned_when_closed_and_not_before(tmp_path: Path) -> None:
    counter = Counter.open(tmp_path, NAMES)
    [path] = tmp_path.iterdir()
    counter.add(LAST, 7)
    assert not is_abandoned(path)
    assert not is_abandoned(path), "looking must not take the lock"
    counter.close()
    assert is_abandoned(path)
    assert counts_in(path) == (0, 7, 0, 0)


def test_it_is_abandoned_when_its_process_dies(tmp_path: Path) -> None:
    program = (
        "import pathlib, sys\n"
        "from anomaly_container.metering.counter import Counter\n"
        "from anomaly_container.metering.meters import METERS\n"
        "counter = Counter.open(pathlib.Path(sys.argv[1]), METERS[:4])\n"
        "counter.add(METERS[2], 5)\n"
        "print('added', flush=True)\n"
        "sys.stdin.read()\n"
    )
    with subprocess.Popen(  # noqa: S603  # this interpreter
        [sys.executable, "-c", program, str(tmp_path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as process:
        assert process.stdout
        assert process.stdout.readline() == b"added\n"
        [path] = tmp_path.iterdir()
        assert not is_abandoned(path)
        process.kill()
        process.wait()
        assert is_abandoned(path)
        assert counts_in(path) == (0, 0, 5, 0)


def test_files_that_are_no_counters_are_left_alone(tmp_path: Path) -> None:
    (tmp_path / "notes.counter").write_bytes(b"short")
    (tmp_path / "half.counter.unfinished").write_bytes(b"")
    (tmp_path / "policy").write_bytes(bytes(16))
    assert counts_of(tmp_path) == {}


def test_a_full_disk_refuses_a_counter_before_a_store_could_kill(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "posix_fallocate", full)
    with pytest.raises(OSError, match="No space left"):
        Counter.open(tmp_path, NAMES)
    assert not list(tmp_path.iterdir())
