"""A meter that is added to a store of the layouts before finds every call there.

Version 0.1.0 left three calls in records and four in a counter; with two observations and one call counted
since, the records hold 3 `LastDetect`, 4 `ChangePointDetect`, 1 `EntireDetect` and 2 `NoveltyObservations`.
"""

from __future__ import annotations

import sqlite3
from collections import Counter as Sums
from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from anomaly_container.metering.counter import Counter
from anomaly_container.metering.counter_files import own_counters, read_counter
from anomaly_container.metering.counter_header import LARGEST
from anomaly_container.metering.counter_layout import OLD_SIZE
from anomaly_container.metering.directory import instance
from anomaly_container.metering.ledger import Ledger
from anomaly_container.metering.meters import METERS, last_part, wire_name
from tests.support.usage_records import ENTIRE, NAMES, POINTS
from tests.system.layout import LAYOUTS, UNCOLLECTED, UNREPORTED, unpack
from tests.unit.metering.metering import NOON, prepared

if TYPE_CHECKING:
    from pathlib import Path

KEPT = sorted(path.name for path in LAYOUTS.iterdir() if path.is_dir())
OBSERVATIONS = wire_name("NoveltyObservations")
LEFT = {"LastDetect": UNREPORTED, "ChangePointDetect": UNCOLLECTED, "DataPoints": UNREPORTED + UNCOLLECTED}


def recorded(directory: Path) -> Sums[str]:
    """What all records hold once everything is collected."""
    with closing(Ledger(directory)) as ledger:
        ledger.collect(own_counters(directory), NOON, NAMES)
        ledger.forget_drained()
        records = ledger.pending()
    return +sum((Sums({last_part(n): q for n, q in r.quantities.items()}) for r in records), Sums[str]())


@pytest.mark.parametrize("version", KEPT)
def test_every_call_of_the_old_layout_is_found(tmp_path: Path, version: str) -> None:
    directory = tmp_path / "metering"
    unpack(LAYOUTS / version / "container", directory)
    name = instance(directory)
    prepared(directory)
    assert instance(directory) == name
    with closing(Counter.open(directory, [*NAMES, OBSERVATIONS])) as counter:
        counter.add(OBSERVATIONS, 2)
        counter.add(ENTIRE, 1)
        counter.add(POINTS, 1)
        added = {"EntireDetect": 1, "NoveltyObservations": 2, "DataPoints": LEFT["DataPoints"] + 1}
        for _ in range(2):
            assert recorded(directory) == LEFT | added, "and once"
        assert list(directory.glob("*.counter")) == [counter.path], "the old one is drained"


@pytest.mark.parametrize("version", KEPT)
def test_the_records_of_the_old_layout_stay_as_they_were(tmp_path: Path, version: str) -> None:
    directory = tmp_path / "metering"
    unpack(LAYOUTS / version / "container", directory)
    with closing(sqlite3.connect(directory / "ledger.db")) as database:
        rows = database.execute("SELECT * FROM outbox ORDER BY position").fetchall()
        database.execute("INSERT INTO set_aside SELECT * FROM outbox WHERE position = 2")
        database.execute("DELETE FROM outbox WHERE position = 2")
        database.commit()
    prepared(directory)
    with closing(Ledger(directory)) as ledger:
        wires = [record.to_wire("x") for record in (*ledger.pending(), *ledger.aside())]
        assert ledger.resend() == 1
        assert [record.to_wire("x") for record in ledger.pending()] == wires
    keys = ("id", "windowStart", "windowEnd", "containerVersion")
    for row, wire in zip(rows, wires, strict=True):
        assert [wire[key] for key in keys] == [*row[1:4], row[8]]
        quantities = zip(NAMES, row[4:8], strict=True)
        assert wire["meters"] == [{"name": name, "quantity": quantity} for name, quantity in quantities]


@pytest.mark.parametrize("meters", [METERS[:1], METERS[6:7], METERS[3:9], METERS, METERS[::-1]], ids=len)
def test_a_file_is_read_by_the_names_in_its_own_header(tmp_path: Path, meters: tuple[str, ...]) -> None:
    with closing(Counter.open(tmp_path, meters)) as counter:
        for number, name in enumerate(meters, start=1):
            counter.add(name, number)
        assert read_counter(counter.path) == {name: number for number, name in enumerate(meters, start=1)}
        assert counter.is_in_place()
        assert OLD_SIZE < counter.path.stat().st_size < LARGEST
    assert read_counter(counter.path)[meters[-1]] == len(meters)


def test_an_answer_that_counts_an_unknown_meter_is_not_sent(tmp_path: Path) -> None:
    with closing(Counter.open(tmp_path, NAMES)) as counter:
        with pytest.raises(KeyError):
            counter.deliver(-1, b"answer", {ENTIRE: 1, OBSERVATIONS: 1})
        assert set(read_counter(counter.path).values()) == {0}


def test_a_file_with_a_meter_of_a_later_version_is_an_error_each_time_and_waits_for_it(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    prepared(tmp_path)
    with closing(Counter.open(tmp_path, [*NAMES, wire_name("WeatherForecast")])) as counter:
        counter.add(ENTIRE, 4)
    line = f"The file {counter.path} has a meter of another version: nothing is billed from it."
    for times in (1, 2, 3):
        assert not recorded(tmp_path)
        assert caplog.text.count(line) == times
    known = dict.fromkeys([*METERS, wire_name("WeatherForecast")], 0)
    monkeypatch.setattr("anomaly_container.metering.counter_header.PLACES", known)
    assert recorded(tmp_path) == {"EntireDetect": 4}
    assert not counter.path.exists()
