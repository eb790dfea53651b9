"""Memory and descriptors are those that a process really has."""

from __future__ import annotations

import os
from collections import Counter
from contextlib import closing
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from anomaly_container.metering.counter import Counter as WorkerCounter
from anomaly_container.metering.counter_files import read_counters
from anomaly_container.metering.ledger import Ledger
from tests.chaos.footprint import descriptors, is_within, private_megabytes
from tests.chaos.own_books import unreported
from tests.chaos.troubles import AFTERMATH, Diary
from tests.support.usage_records import ENTIRE, NAMES, POINTS

if TYPE_CHECKING:
    from pathlib import Path

MEGABYTES = 40


def test_memory_that_is_held_is_seen() -> None:
    before = private_megabytes(os.getpid())
    held = bytearray(os.urandom(2**20) * MEGABYTES)
    assert private_megabytes(os.getpid()) > before + MEGABYTES / 2
    assert len(held) == MEGABYTES * 2**20


def test_a_file_that_is_open_is_seen(tmp_path: Path) -> None:
    before = descriptors(os.getpid())
    with (tmp_path / "file").open("w"):
        assert descriptors(os.getpid()) == before + 1
    assert descriptors(os.getpid()) == before


def test_one_descriptor_too_many_of_either_kind_is_too_many() -> None:
    assert is_within((9, 30), (9, 30))
    assert not is_within((10, 9), (9, 30))
    assert not is_within((9, 31), (10, 30))


def test_what_a_server_owes_is_in_its_counters_and_in_its_records(tmp_path: Path) -> None:
    assert unreported(tmp_path) == {}
    with closing(WorkerCounter.open(tmp_path, NAMES)) as counter:
        counter.add(ENTIRE, 3)
        assert unreported(tmp_path) == Counter(EntireDetect=3)
        with closing(Ledger(tmp_path)) as ledger:
            ledger.collect(read_counters(tmp_path), datetime.now(UTC), NAMES)
        counter.add(ENTIRE, 2)
        counter.add(POINTS, 1)
    assert unreported(tmp_path) == Counter(EntireDetect=5, DataPoints=1)


def test_a_moment_is_calm_when_no_trouble_and_no_aftermath_reaches_it() -> None:
    diary = Diary([(10.0, 12.0), (11.0, 20.0)], kills=[10.0])
    assert [diary.is_calm(moment) for moment in (9.9, 10.0, 15.0, 20.0, 20.1)] == [True, *[False] * 3, True]
    assert diary.kill_spans() == [(10.0, 10.0 + AFTERMATH)]
