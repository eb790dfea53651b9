from __future__ import annotations

import os
import sqlite3
from contextlib import closing
from datetime import timedelta
from itertools import pairwise, repeat
from typing import TYPE_CHECKING

import pytest

from anomaly_container import __version__
from anomaly_container.metering import ledger as ledger_module
from anomaly_container.metering.counter import Counter
from anomaly_container.metering.counter_files import read_counters
from anomaly_container.metering.ledger import Ledger, LedgerError
from anomaly_container.metering.policy import ApiStatus, Standing
from tests.support.counts import counts_of
from tests.support.usage_records import ENTIRE, NAMES, files
from tests.unit.metering.metering import NOON

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    with closing(Ledger(tmp_path)) as opened:
        yield opened


def minutes(number: int) -> timedelta:
    return timedelta(minutes=number)


def quantities(ledger: Ledger) -> list[tuple[int, ...]]:
    return [tuple(record.quantities.values()) for record in ledger.pending()]


def owed(ledger: Ledger, rows: Mapping[str, tuple[int, ...]]) -> tuple[int, ...]:
    return tuple(ledger.owed(files(rows)).values())


def watermarks(directory: Path) -> dict[str, int]:
    with closing(sqlite3.connect(directory / "ledger.db")) as database:
        return dict(database.execute("SELECT file, taken FROM collected WHERE meter = ?", (ENTIRE,)))


def test_what_is_collected_is_never_collected_again(ledger: Ledger) -> None:
    first = ledger.collect(files({"a": (1, 2, 3, 4), "b": (10, 0, 0, 20)}), NOON, NAMES)
    assert owed(ledger, {"a": (1, 2, 3, 4), "b": (10, 0, 0, 20)}) == (0, 0, 0, 0)
    second = ledger.collect(
        files({"a": (1, 2, 3, 4), "b": (11, 0, 0, 21), "c": (0, 0, 5, 5)}), NOON + minutes(10), NAMES
    )
    assert quantities(ledger) == [(11, 2, 3, 24), (1, 0, 5, 6)]
    assert [record.id for record in ledger.pending()] == [first, second]
    assert first != second


def test_nothing_used_makes_a_record_of_nothing(ledger: Ledger) -> None:
    ledger.collect({}, NOON, NAMES)
    assert quantities(ledger) == [(0, 0, 0, 0)]


def test_records_stay_as_they_are_until_they_are_sent(tmp_path: Path) -> None:
    with closing(Ledger(tmp_path)) as ledger:
        for number in range(3):
            ledger.collect(files({"a": (number, 0, 0, 0)}), NOON + minutes(number), NAMES)
        before = ledger.pending()
        ledger.sent(before[1].id)
    with closing(Ledger(tmp_path)) as ledger:
        assert ledger.pending() == [before[0], before[2]]
        ledger.sent(before[0].id)
        ledger.sent(before[0].id)
        assert ledger.pending() == [before[2]]
        assert before[2].version == __version__


def test_a_record_keeps_the_version_that_counted(ledger: Ledger, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ledger_module, "__version__", "0.0.9")
    ledger.collect({}, NOON, NAMES)
    monkeypatch.undo()
    [record] = ledger.pending()
    assert record.to_wire("x")["containerVersion"] == "0.0.9"


def test_windows_follow_each_other_without_gap(tmp_path: Path) -> None:
    for number in (0, 10, 25):
        with closing(Ledger(tmp_path)) as ledger:
            ledger.collect({}, NOON + minutes(number), NAMES)
            windows = [(record.window_start, record.window_end) for record in ledger.pending()]
    assert windows == [
        (NOON, NOON),
        (NOON, NOON + minutes(10)),
        (NOON + minutes(10), NOON + minutes(25)),
    ]


def test_windows_stand_still_while_the_clock_is_set_back(ledger: Ledger) -> None:
    for number in (0, 10, -60, 5, 12):
        ledger.collect(files({"a": (number + 60, 0, 0, 0)}), NOON + minutes(number), NAMES)
    records = ledger.pending()
    assert [record.window_end - NOON for record in records] == [minutes(m) for m in (0, 10, 10, 10, 12)]
    assert all(before.window_end == after.window_start for before, after in pairwise(records))
    assert all(record.window_start <= record.window_end for record in records)


def test_a_file_older_than_its_watermark_owes_nothing_and_hides_nothing(ledger: Ledger) -> None:
    ledger.collect(files({"a": (100, 0, 0, 0), "b": (1, 0, 0, 0)}), NOON, NAMES)
    ledger.collect(files({"a": (80, 0, 0, 0), "b": (3, 0, 0, 0)}), NOON, NAMES)
    assert quantities(ledger)[1] == (2, 0, 0, 0)


def fill_up(ledger: Ledger) -> None:
    """Let the database grow no further: SQLite then answers as it does on a full disk, SQLITE_FULL."""
    database = ledger._database  # noqa: SLF001  # the limit is one of this connection
    database.execute("CREATE TABLE filler (octets BLOB)")
    [(pages,)] = database.execute("PRAGMA page_count")
    database.execute(f"PRAGMA max_page_count = {pages}")
    with pytest.raises(sqlite3.OperationalError, match="full"):
        database.executemany("INSERT INTO filler VALUES (zeroblob(?))", repeat((64,)))


def test_a_full_disk_loses_nothing(tmp_path: Path) -> None:
    counters = files({f"{number:040}": (1, 0, 0, 0) for number in range(200)})
    with closing(Ledger(tmp_path)) as ledger:
        kept = ledger.collect(files({"a": (5, 0, 0, 0)}), NOON, NAMES)
        fill_up(ledger)
        with pytest.raises(LedgerError, match="SQLITE_FULL"):
            ledger.collect(counters, NOON, NAMES)
        assert [record.id for record in ledger.pending()] == [kept]
        assert tuple(ledger.owed(counters).values()) == (200, 0, 0, 0)
        ledger._database.execute("PRAGMA max_page_count = 100000")  # noqa: SLF001  # there is room again
        ledger.collect(counters, NOON, NAMES)
        assert quantities(ledger) == [(5, 0, 0, 0), (200, 0, 0, 0)]


def test_a_damaged_ledger_is_a_typed_error(tmp_path: Path) -> None:
    (tmp_path / "ledger.db").write_bytes(b"this is no database, however long it may be" * 100)
    with pytest.raises(LedgerError, match="SQLITE_NOTADB"):
        Ledger(tmp_path)


def test_the_standing_survives(tmp_path: Path) -> None:
    with closing(Ledger(tmp_path)) as ledger:
        assert ledger.standing() == Standing(ApiStatus.UNKNOWN, 0)
        ledger.keep(Standing(ApiStatus.BILLING_ENDPOINT_BUSY, 7))
    with closing(Ledger(tmp_path)) as ledger:
        assert ledger.standing() == Standing(ApiStatus.BILLING_ENDPOINT_BUSY, 7)


def test_only_dead_and_drained_workers_are_forgotten(tmp_path: Path, ledger: Ledger) -> None:
    dead, living, late = (Counter.open(tmp_path, NAMES) for _ in range(3))
    for counter in (dead, living, late):
        counter.add(ENTIRE, 1)
    ledger.collect(read_counters(tmp_path), NOON, NAMES)
    late.add(ENTIRE, 1)
    late.close()
    dead.close()
    ledger.forget_drained()
    assert sorted(values[0] for values in counts_of(tmp_path).values()) == [1, 2]
    assert watermarks(tmp_path).keys() == counts_of(tmp_path).keys()
    ledger.collect(read_counters(tmp_path), NOON, NAMES)
    ledger.forget_drained()
    assert list(counts_of(tmp_path).values()) == [(1, 0, 0, 0)]
    assert quantities(ledger) == [(3, 0, 0, 0), (1, 0, 0, 0)]
    living.close()


def test_a_death_between_the_two_steps_of_forgetting_counts_nothing_twice(
    tmp_path: Path, ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    with closing(Counter.open(tmp_path, NAMES)) as counter:
        counter.add(ENTIRE, 4)
    ledger.collect(read_counters(tmp_path), NOON, NAMES)

    def die(_descriptor: int) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(os, "fsync", die)
    with pytest.raises(KeyboardInterrupt):
        ledger.forget_drained()
    monkeypatch.undo()
    assert counts_of(tmp_path) == {}
    assert list(watermarks(tmp_path).values()) == [4]
    ledger.collect(read_counters(tmp_path), NOON, NAMES)
    ledger.forget_drained()
    assert watermarks(tmp_path) == {}
    assert quantities(ledger) == [(4, 0, 0, 0), (0, 0, 0, 0)]
