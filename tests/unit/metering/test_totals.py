"""Totals that a service keeps with its state, and raises here after it has written them.

`raise_to("streams-orders-0", {StreamEvents: 5})` and then `{StreamEvents: 8}` make one record of 5 and one of
3; the same call again makes none.
"""

from __future__ import annotations

import json
import os
import random
import shutil
import subprocess
import sys
import time
from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from anomaly_container.metering import totals as totals_module
from anomaly_container.metering.counter_files import own_counters, read_counter, strange_counters
from anomaly_container.metering.counter_layout import LARGEST_COUNT
from anomaly_container.metering.directory import instance
from anomaly_container.metering.file_lock import lock
from anomaly_container.metering.ledger import Ledger
from anomaly_container.metering.meters import wire_name
from anomaly_container.metering.strange import StrangeFileError
from anomaly_container.metering.totals import raise_to
from anomaly_container.metering.usage import Usage
from tests.support.usage_records import NAMES, POINTS
from tests.unit.metering.metering import NOON, prepared, restarted
from tests.unit.metering.victim import ROOT

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

EVENTS = wire_name("StreamEvents")
FILES = wire_name("BatchDetect")
SOURCE = "streams-orders-0"
KILLS = 12

# A service in small: a step, a state written as a whole, and the call. It begins with what is missing.
SERVICE = """
import json, os, sys
from pathlib import Path
from anomaly_container.metering.totals import raise_to
directory, state, meter = Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3]
total = json.loads(state.read_text()) if state.exists() else 0
while True:
    raise_to(directory, "streams-orders-0", {meter: total})
    os.write(1, b".")
    total += 3
    state.with_suffix(".new").write_text(json.dumps(total))
    state.with_suffix(".new").rename(state)
"""
# Raises the same totals as another does, over and over.
RIVAL = """
import sys
from pathlib import Path
from anomaly_container.metering.totals import raise_to
for number in range(int(sys.argv[2]), 2000, 2):
    raise_to(Path(sys.argv[1]), "shared", {name: number for name in sys.argv[3:]})
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    directory = tmp_path / "metering"
    prepared(directory)
    return directory


def collect(directory: Path) -> dict[str, int]:
    """What the next record holds."""
    with closing(Ledger(directory)) as ledger:
        ledger.collect(own_counters(directory), NOON, ())
        ledger.forget_drained()
        rows = ledger._database.execute("SELECT meter, quantity FROM quantity WHERE quantity > 0")  # noqa: SLF001  # a record of nothing has no row here
        taken = dict(rows.fetchall())
        for table in ("outbox", "quantity"):
            ledger._database.execute(f"DELETE FROM {table}")  # noqa: S608, SLF001  # as the endpoint confirms it
    return taken


def test_the_leader_takes_what_grew(folder: Path) -> None:
    assert raise_to(folder, SOURCE, {EVENTS: 5}) == {EVENTS: 5}
    assert collect(folder) == {EVENTS: 5}
    assert collect(folder) == {}
    assert raise_to(folder, SOURCE, {EVENTS: 8}) == {EVENTS: 8}
    assert raise_to(folder, SOURCE, {EVENTS: 8}) == {EVENTS: 8}, "twice changes nothing"
    assert collect(folder) == {EVENTS: 3}
    assert collect(folder) == {}


def test_no_total_ever_sinks(folder: Path) -> None:
    raise_to(folder, SOURCE, {EVENTS: 8})
    assert collect(folder) == {EVENTS: 8}
    assert raise_to(folder, SOURCE, {EVENTS: 2}) == {EVENTS: 8}
    assert collect(folder) == {}


def test_nor_does_its_watermark(folder: Path) -> None:
    """A file that is removed, or lost with the power, begins anew: nothing is billed twice."""
    raise_to(folder, SOURCE, {EVENTS: 8})
    assert collect(folder) == {EVENTS: 8}
    (folder / f"{SOURCE}.total").unlink()
    assert collect(folder) == {}
    raise_to(folder, SOURCE, {EVENTS: 5})
    assert collect(folder) == {}
    raise_to(folder, SOURCE, {EVENTS: 9})
    assert collect(folder) == {EVENTS: 1}


def test_what_a_source_holds_can_be_read(folder: Path) -> None:
    assert raise_to(folder, SOURCE, {}) == {}
    assert not list(folder.glob("*.total"))
    raise_to(folder, SOURCE, {EVENTS: 5})
    assert raise_to(folder, SOURCE, {}) == {EVENTS: 5}


def test_each_source_has_its_own(folder: Path) -> None:
    raise_to(folder, "streams-orders-0", {EVENTS: 5})
    raise_to(folder, "streams-orders-1", {EVENTS: 7})
    assert collect(folder) == {EVENTS: 12}


def test_a_meter_more_takes_the_others_along(folder: Path) -> None:
    raise_to(folder, "batches", {FILES: 4})
    assert collect(folder) == {FILES: 4}
    assert raise_to(folder, "batches", {POINTS: 90, FILES: 5}) == {FILES: 5, POINTS: 90}
    assert collect(folder) == {FILES: 1, POINTS: 90}
    assert raise_to(folder, "batches", {FILES: 6}) == {FILES: 6, POINTS: 90}
    assert collect(folder) == {FILES: 1}
    assert [path.name for path in folder.glob("batches*")] == ["batches.total"]


def test_a_file_of_totals_outlives_its_process_and_goes_on(folder: Path) -> None:
    with closing(Usage(folder, NAMES)) as usage:
        assert usage.raise_to(SOURCE, {EVENTS: 5}) == {EVENTS: 5}
    for _ in range(3):
        collect(folder)
        restarted(folder)
    assert read_counter(folder / f"{SOURCE}.total") == {EVENTS: 5}
    with closing(Usage(folder, NAMES)) as usage:
        usage.raise_to(SOURCE, {EVENTS: 6})
    assert collect(folder) == {EVENTS: 1}


def test_a_new_directory_begins_at_nothing_for_a_new_instance(folder: Path, tmp_path: Path) -> None:
    """The state keeps a line for each instance, so that what an old one did is in no call of a new one."""
    lines = {instance(folder): 8}
    raise_to(folder, SOURCE, {EVENTS: lines[instance(folder)]})
    assert collect(folder) == {EVENTS: 8}
    new = tmp_path / "new"
    prepared(new)
    lines[instance(new)] = 2
    raise_to(new, SOURCE, {EVENTS: lines[instance(new)]})
    assert collect(new) == {EVENTS: 2}


@pytest.mark.parametrize(
    "source",
    ["", ".", "..", ".hidden", "-x", "a/b", "../a", "a b", "a\n", "a\0b", "ä", "x" * 201, "a:b", "*"],
)
def test_a_name_that_no_file_should_have_is_refused(folder: Path, source: str) -> None:
    before = sorted(folder.parent.rglob("*"))
    with pytest.raises(ValueError, match="cannot be the source of totals"):
        raise_to(folder, source, {EVENTS: 1})
    assert sorted(folder.parent.rglob("*")) == before


def test_the_longest_name_is_taken(folder: Path) -> None:
    raise_to(folder, "streams-my.topic_1-" + "x" * 181, {EVENTS: 1})
    assert collect(folder) == {EVENTS: 1}


@pytest.mark.parametrize("total", [-1, LARGEST_COUNT + 1])
def test_a_total_that_cannot_be_one_is_refused(folder: Path, total: int) -> None:
    raise_to(folder, SOURCE, {EVENTS: 1})
    with pytest.raises(ValueError, match=f"cannot have the total {total}"):
        raise_to(folder, SOURCE, {FILES: 9, EVENTS: total})
    assert read_counter(folder / f"{SOURCE}.total") == {EVENTS: 1}
    assert raise_to(folder, SOURCE, {EVENTS: LARGEST_COUNT}) == {EVENTS: LARGEST_COUNT}


def test_a_meter_that_is_not_in_the_list_is_refused(folder: Path) -> None:
    with pytest.raises(ValueError, match="StreamEvents cannot have"):
        raise_to(folder, SOURCE, {"StreamEvents": 1})
    assert not list(folder.glob("*.total"))


def put_back_from_a_copy(path: Path) -> None:
    aside = path.with_name("aside")
    shutil.copy(path, aside)
    path.unlink()
    shutil.copy(aside, path)


def made_a_folder(path: Path) -> None:
    path.unlink()
    path.mkdir()


def made_a_link(path: Path) -> None:
    path.unlink()
    path.symlink_to("other.total")


STRANGE: dict[str, tuple[Callable[[Path], object], str]] = {
    "a copy": (put_back_from_a_copy, "is a copy"),
    "another source": (
        lambda path: path.with_name("other.total").rename(path),
        "was copied from a file of another name",
    ),
    "FF": (lambda path: path.write_bytes(b"\xff" * 400), "is not a counter"),
    "empty": (lambda path: path.write_bytes(b""), "is truncated"),
    "a folder": (made_a_folder, "is not a counter"),
    "a link": (made_a_link, "is not a counter"),
}


@pytest.mark.parametrize(("change", "reason"), STRANGE.values(), ids=STRANGE)
def test_a_file_that_fails_its_check_is_an_error_of_the_call_and_is_not_billed_from(
    folder: Path, caplog: pytest.LogCaptureFixture, change: Callable[[Path], object], reason: str
) -> None:
    path = folder / f"{SOURCE}.total"
    raise_to(folder, "other", {EVENTS: 100})
    raise_to(folder, SOURCE, {EVENTS: 5})
    collect(folder)
    change(path)
    with pytest.raises(StrangeFileError, match=reason):
        raise_to(folder, SOURCE, {EVENTS: 9})
    assert collect(folder) == {}
    assert f"The file {path} {reason}: nothing is billed from it." in caplog.text
    assert strange_counters(folder)[path.name] == reason


def test_a_file_of_another_container_is_not_billed_from(folder: Path, tmp_path: Path) -> None:
    other = tmp_path / "other"
    prepared(other)
    raise_to(other, SOURCE, {EVENTS: 50})
    (other / f"{SOURCE}.total").rename(folder / f"{SOURCE}.total")  # the very file, not a copy
    with pytest.raises(StrangeFileError, match="belongs to another container"):
        raise_to(folder, SOURCE, {EVENTS: 60})
    assert collect(folder) == {}


def test_a_directory_that_is_gone_is_an_error(folder: Path) -> None:
    shutil.rmtree(folder)
    with pytest.raises(FileNotFoundError):
        raise_to(folder, SOURCE, {EVENTS: 1})


def test_a_lock_that_is_held_for_too_long_is_an_error(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    raise_to(folder, SOURCE, {EVENTS: 1})
    monkeypatch.setattr(totals_module, "LOCK_SECONDS", 0.1)
    descriptor = os.open(folder / f"{SOURCE}.total", os.O_RDWR)
    try:
        assert lock(descriptor)
        with pytest.raises(TimeoutError):
            raise_to(folder, SOURCE, {EVENTS: 2})
        assert collect(folder) == {EVENTS: 1}, "the leader needs no lock"
    finally:
        os.close(descriptor)
    assert raise_to(folder, SOURCE, {EVENTS: 2}) == {EVENTS: 2}


def test_a_process_killed_between_its_state_and_the_call_loses_nothing(
    folder: Path, tmp_path: Path, record_property: Callable[[str, object], None]
) -> None:
    chance, state, taken = random.Random(4), tmp_path / "state", 0  # noqa: S311  # no secret
    behind = 0
    for _ in range(KILLS):
        with subprocess.Popen(  # noqa: S603  # this interpreter
            [sys.executable, "-c", SERVICE, str(folder), str(state), EVENTS],
            stdout=subprocess.PIPE,
            cwd=ROOT,
        ) as service:
            assert service.stdout
            assert service.stdout.read(1) == b"."
            for _ in range(3):
                time.sleep(chance.uniform(0, 0.01))
                taken += collect(folder).get(EVENTS, 0)
            service.kill()
        behind += read_counter(folder / f"{SOURCE}.total")[EVENTS] < json.loads(state.read_text())
    total = json.loads(state.read_text())
    raise_to(folder, SOURCE, {EVENTS: total})  # what the next start does
    taken += collect(folder).get(EVENTS, 0)
    record_property("shown", f"metering: {KILLS} kills, {behind} before the call, {total} events")
    assert taken == total > 0


def test_two_processes_raise_the_same_totals(folder: Path) -> None:
    rivals = [
        subprocess.Popen([sys.executable, "-c", RIVAL, str(folder), str(first), *meters], cwd=ROOT)  # noqa: S603  # this interpreter
        for first, meters in ((0, (EVENTS,)), (1, (EVENTS, FILES)))
    ]
    taken: dict[str, int] = {}

    def take() -> None:
        for name, quantity in collect(folder).items():
            taken[name] = taken.get(name, 0) + quantity

    while any(rival.poll() is None for rival in rivals):
        take()
    take()
    assert [rival.returncode for rival in rivals] == [0, 0]
    assert taken == {EVENTS: 1999, FILES: 1999}
    assert raise_to(folder, "shared", {}) == taken
    assert not list(folder.glob("*.unfinished"))
