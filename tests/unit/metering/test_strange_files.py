"""Files that fail their check: seen, said once, listed by `usage`, and never billed from.

A counter that counted 3 calls is copied to another name: the sum over the folder stays 3, and the log says
`The file .../0f8f....counter was copied from a file of another name: nothing is billed from it.`
"""

from __future__ import annotations

import os
import random
import shutil
import sqlite3
import struct
from contextlib import closing
from typing import TYPE_CHECKING
from uuid import uuid4

import pytest

from anomaly_container.cli import main as cli
from anomaly_container.metering import counter_layout as layout
from anomaly_container.metering.atomic_send import SENT_OFFSET
from anomaly_container.metering.atomic_send import SIZE as SENDING_SIZE
from anomaly_container.metering.counter import Counter
from anomaly_container.metering.counter_files import own_counters
from anomaly_container.metering.counter_header import Shape
from anomaly_container.metering.directory import DirectoryError, prepare
from anomaly_container.metering.heartbeat import Heartbeat
from anomaly_container.metering.ledger import Ledger, LedgerError
from anomaly_container.metering.policy import ApiStatus, Gate, Outcome, PolicyByte, Standing
from anomaly_container.metering.policy_file import SIZE as POLICY_SIZE
from tests.support.counts import counts_in, counts_of
from tests.support.usage_records import ENTIRE, LAST, NAMES, POINTS
from tests.unit.metering.metering import NOON, StubSender, prepared, restarted, wait_until

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

COUNTED = (3, 0, 0, 7)
SHAPE = Shape.of(NAMES)
HEADER, CELLS, SENDING, SIZE = SHAPE.header, SHAPE.cells, SHAPE.sending, SHAPE.size
SENT = Outcome(200)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A directory of a container, with what a dead worker counted."""
    directory = tmp_path / "metering"
    prepared(directory)
    with closing(Counter.open(directory, NAMES)) as counter:
        counter.add(ENTIRE, 3)
        counter.add(POINTS, 7)
    return directory


def counter_of(directory: Path) -> Path:
    [path] = directory.glob("*.counter")
    return path


def another_name(directory: Path) -> Path:
    return directory / f"{uuid4()}.counter"


def words_of(path: Path) -> list[int]:
    return list(struct.unpack_from(f"<{CELLS}Q", path.read_bytes(), HEADER))


def bill(directory: Path) -> tuple[int, ...]:
    """What a container would report from a directory, by meter, in all."""
    with closing(Ledger(directory)) as ledger:
        ledger.collect(own_counters(directory), NOON, NAMES)
        ledger.forget_drained()
        return tuple(sum(record.quantities[name] for record in ledger.pending()) for name in NAMES)


def usage(directory: Path, capsys: pytest.CaptureFixture[str]) -> list[str]:
    assert cli.main(["usage", str(directory)]) == 0
    return capsys.readouterr().out.splitlines()


def test_a_file_begins_with_a_word_that_no_count_can_be(folder: Path) -> None:
    octets = counter_of(folder).read_bytes()
    assert octets[:8] == b"counter\x82"
    assert int.from_bytes(octets[:8], "little") > 1 << 63
    assert octets[64:117] == b"EntireDetect\nLastDetect\nChangePointDetect\nDataPoints\0"
    assert len(octets) == SIZE
    assert counts_in(counter_of(folder)) == COUNTED


STRANGE: dict[str, tuple[Callable[[bytes], bytes], str]] = {
    "empty": (lambda _: b"", "is truncated"),
    "truncated in its first word": (lambda octets: octets[:5], "is truncated"),
    "truncated in its header": (lambda octets: octets[:100], "is truncated"),
    "truncated in its counts": (lambda octets: octets[: HEADER + 12], "is truncated"),
    "FF, of this size": (lambda octets: b"\xff" * len(octets), "is not a counter"),
    "FF, of the size of 0.1.0": (lambda _: b"\xff" * layout.OLD_SIZE, "is not a counter"),
    "zeros": (lambda octets: bytes(len(octets)), "is not a counter"),
    "text": (lambda _: b"notes of mine\n" * 40, "is not a counter"),
    "text of the size of 0.1.0": (lambda _: (b"notes of mine\n" * 40)[: layout.OLD_SIZE], "is not a counter"),
    "a later layout": (lambda octets: b"counter\x83" + octets[8:], "has the layout of another version"),
    "a damaged header": (lambda octets: octets[:20] + b"\0\0\0\0" + octets[24:], "is damaged"),
    "longer": (lambda octets: octets + b"\0", "is damaged"),
    "counts of zeros": (
        lambda octets: octets[:HEADER] + bytes(8) + octets[HEADER + 8 :],
        "is damaged",
    ),
    "a count of FF": (
        lambda octets: octets[:HEADER] + b"\xff" * 8 + octets[HEADER + 8 :],
        "is damaged",
    ),
    "a count more": (
        lambda octets: octets[:HEADER] + _plus(octets, HEADER, 1) + octets[HEADER + 8 :],
        "is damaged",
    ),
}


def _plus(octets: bytes, offset: int, more: int) -> bytes:
    return struct.pack("<Q", struct.unpack_from("<Q", octets, offset)[0] + more)


@pytest.mark.parametrize(("change", "reason"), STRANGE.values(), ids=STRANGE)
def test_a_counter_that_is_none_is_said_and_not_billed_from(
    folder: Path,
    caplog: pytest.LogCaptureFixture,
    capsys: pytest.CaptureFixture[str],
    change: Callable[[bytes], bytes],
    reason: str,
) -> None:
    path = counter_of(folder)
    path.write_bytes(change(path.read_bytes()))
    with closing(Counter.open(folder, NAMES)) as counter:
        counter.add(LAST, 1)
        for _ in range(3):
            assert bill(folder) == (0, 1, 0, 0), "the others are billed, and once"
    lines = caplog.text.count(f"The file {path} {reason}: nothing is billed from it.")
    assert lines == (3 if "another version" in reason else 1), (
        "usage that waits for its version is said each time"
    )
    assert path.exists()
    assert usage(folder, capsys)[-2:] == ["Files that fail their check: 1", f"  {path.name} {reason}"]


def test_every_cell_of_random_bytes_fails_its_check(folder: Path) -> None:
    """A word passes by chance once in a million; four of them never in the life of a machine."""
    path = counter_of(folder)
    octets, chance = path.read_bytes(), random.Random(5)  # noqa: S311  # no secret
    for _ in range(2000):
        cells = chance.randbytes(8 * CELLS)
        path.write_bytes(octets[:HEADER] + cells + octets[SENDING:])
        assert counts_of(folder) == {}


def test_a_copy_under_another_name_is_billed_once(folder: Path, caplog: pytest.LogCaptureFixture) -> None:
    copy = another_name(folder)
    shutil.copy(counter_of(folder), copy)
    assert bill(folder) == COUNTED
    assert f"The file {copy} was copied from a file of another name" in caplog.text


def test_a_second_name_for_the_same_file_is_billed_once(folder: Path) -> None:
    path = counter_of(folder)
    another_name(folder).hardlink_to(path)
    another_name(folder).symlink_to(path)
    assert bill(folder) == COUNTED


def test_a_folder_and_a_pipe_of_such_a_name_hold_up_nothing(folder: Path) -> None:
    another_name(folder).mkdir()
    os.mkfifo(another_name(folder))
    assert bill(folder) == COUNTED


def test_a_file_put_back_from_a_copy_is_not_billed_again(
    folder: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    path = counter_of(folder)
    shutil.copy(path, tmp_path / "backup")
    assert bill(folder) == COUNTED
    assert not path.exists(), "it was drained"
    shutil.copy(tmp_path / "backup", path)
    assert bill(folder) == COUNTED
    assert f"The file {path} is a copy: nothing is billed from it." in caplog.text


def test_a_file_that_is_away_for_a_while_is_billed_once(
    folder: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]
) -> None:
    with closing(Counter.open(folder, NAMES)) as living:
        living.add(LAST, 2)
        assert bill(folder) == (3, 2, 0, 7)
        living.path.rename(tmp_path / "away")
        for _ in range(3):
            assert bill(folder) == (3, 2, 0, 7)
        assert caplog.text.count(f"The file {living.path} was removed") == 1
        assert usage(folder, capsys)[-1] == f"  {living.path.name} was removed"
        (tmp_path / "away").rename(living.path)
        living.add(LAST, 1)
        assert bill(folder) == (3, 3, 0, 7)


def test_a_folder_copied_for_a_second_container_bills_nothing_twice(
    folder: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with closing(Ledger(folder)) as ledger:
        waiting = ledger.collect({}, NOON, NAMES)
    copy = tmp_path / "copy"
    shutil.copytree(folder, copy)
    restarted_copy = prepared(copy)
    assert restarted_copy.metering_directory == copy
    assert bill(folder) == COUNTED
    assert bill(copy) == (0, 0, 0, 0)
    assert f"The file {counter_of(copy)} is a copy" in caplog.text
    with closing(Ledger(folder)) as one, closing(Ledger(copy)) as other:
        # What waited goes out from both with the same id, and the endpoint takes it once.
        assert one.pending()[0].id == other.pending()[0].id == waiting


def test_a_file_of_another_container_is_not_billed_from(
    folder: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    prepared(tmp_path / "other")
    with closing(Counter.open(tmp_path / "other", NAMES)) as foreign:
        foreign.add(ENTIRE, 100)
    there = folder / foreign.path.name
    foreign.path.rename(there)  # the very file, not a copy
    assert bill(folder) == COUNTED
    assert f"The file {there} belongs to another container" in caplog.text


def test_files_of_0_1_0_count(folder: Path) -> None:
    cells = struct.pack(f"<{CELLS}Q", 0, 3, 0, 3, 0, 4, 0, 4, 1000)
    sending = bytes(SENDING_SIZE)
    path = another_name(folder)
    path.write_bytes(cells + sending)
    assert path.stat().st_size == 136
    assert counts_in(path) == (0, 3, 0, 3), "the last answer did not go out"
    sent = bytearray(sending)
    struct.pack_into("<I", sent, SENT_OFFSET, 1000)
    path.write_bytes(cells + sent)
    assert counts_in(path) == (0, 4, 0, 4), "it did"
    assert bill(folder) == (3, 4, 0, 11)


def test_a_count_is_one_word_between_two_stores(tmp_path: Path) -> None:
    """Whatever is stored when a process ends, a reader finds the old or the new count in each cell."""
    with closing(Counter.open(tmp_path, NAMES)) as counter:
        path = counter_of(tmp_path)
        before = words_of(path)
        counter.add(LAST, 5)
        after = words_of(path)
    changed = [index for index in range(CELLS) if before[index] != after[index]]
    place = NAMES.index(LAST)
    assert changed == [place]
    assert after[place] - before[place] == 5 * layout.FACTOR
    assert (HEADER + 8 * place) % 8 == 0


def refusal(directory: Path) -> str:
    with pytest.raises(DirectoryError) as refused:
        restarted(directory)
    return str(refused.value)


def ledger_of(directory: Path) -> Path:
    return directory / "ledger.db"


def without_ledger(directory: Path, _: Path) -> None:
    ledger_of(directory).unlink()


def with_an_empty_one(directory: Path, _: Path) -> None:
    ledger_of(directory).write_bytes(b"")


def with_one_of_another_container(directory: Path, elsewhere: Path) -> None:
    prepared(elsewhere)
    shutil.copy(ledger_of(elsewhere), ledger_of(directory))


def with_one_of_another_program(directory: Path, _: Path) -> None:
    ledger_of(directory).unlink()
    with closing(sqlite3.connect(ledger_of(directory))) as database:
        database.execute("CREATE TABLE notes (text)")


def with_one_of_a_later_version(directory: Path, _: Path) -> None:
    with closing(sqlite3.connect(ledger_of(directory))) as database:
        database.execute("PRAGMA user_version = 7")


def with_one_of_0_1_0(directory: Path, _: Path) -> None:
    with closing(sqlite3.connect(ledger_of(directory))) as database:
        database.execute("PRAGMA application_id = 0")


def with_its_own_of_yesterday(directory: Path, elsewhere: Path) -> None:
    shutil.copy(ledger_of(directory), elsewhere)
    with closing(Ledger(directory)) as ledger, closing(PolicyByte(directory)) as policy:
        ledger.collect(own_counters(directory), NOON, NAMES)
        policy.note_collected(ledger.collected_until())
    shutil.copy(elsewhere, ledger_of(directory))


LEDGERS = {
    without_ledger: "ledger.db was removed",
    with_an_empty_one: "ledger.db is empty",
    with_one_of_another_container: "ledger.db belongs to another container",
    with_one_of_another_program: "ledger.db is not a ledger",
    with_one_of_a_later_version: "ledger.db has the layout of another version",
    with_one_of_0_1_0: "ledger.db belongs to another container",
    with_its_own_of_yesterday: "ledger.db is an older copy of itself",
}


@pytest.mark.parametrize(
    ("change", "reason"), LEDGERS.items(), ids=lambda value: getattr(value, "__name__", "")
)
def test_a_ledger_that_is_not_the_last_one_is_refused_and_not_billed_from(
    folder: Path,
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
    change: Callable[[Path, Path], None],
    reason: str,
) -> None:
    sender = StubSender([SENT])
    heartbeat = Heartbeat(prepared(folder, Metering__IntervalSeconds=0.02), folder, NAMES, sender=sender)
    change(folder, tmp_path / "elsewhere")
    there = ledger_of(folder).read_bytes() if ledger_of(folder).exists() else None
    with closing(PolicyByte(folder)) as policy:
        heartbeat.start()
        wait_until(lambda: policy.read()[1] is Gate.COULD_NOT_CONNECT)
        heartbeat.stop()
    assert sender.wires == []
    assert f"The usage ledger cannot be used: {reason}." in caplog.text
    assert (ledger_of(folder).read_bytes() if ledger_of(folder).exists() else None) == there
    expected = f"cannot be used: its file {reason}; move the folder away to begin anew."
    assert refusal(folder).endswith(expected)


def test_usage_says_what_is_wrong_with_a_ledger(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with_an_empty_one(folder, folder)
    assert cli.main(["usage", str(folder)]) == 1
    assert capsys.readouterr().err == "The usage ledger cannot be used: ledger.db is empty.\n"


def test_a_row_that_nobody_wrote_is_an_error_of_the_ledger(folder: Path) -> None:
    with closing(Ledger(folder)) as ledger:
        ledger.collect({}, NOON, NAMES)
    with closing(sqlite3.connect(ledger_of(folder))) as database, database:
        database.execute("UPDATE outbox SET window_end = 'never'")
        database.execute("UPDATE state SET status = 'Splendid'")
    with closing(Ledger(folder)) as ledger:
        for read in (ledger.pending, ledger.standing):
            with pytest.raises(LedgerError, match=r"ledger\.db holds a row that nobody wrote"):
                read()


def test_a_ledger_of_0_1_0_is_taken_over_at_the_start(folder: Path) -> None:
    with_one_of_0_1_0(folder, folder)
    (folder / "policy").write_bytes(bytes(24))
    restarted(folder)
    with closing(sqlite3.connect(ledger_of(folder))) as database:
        assert database.execute("PRAGMA application_id").fetchone()[0] > 0
    assert (folder / "policy").stat().st_size == POLICY_SIZE
    assert bill(folder) == COUNTED


POLICIES: dict[str, Callable[[bytes], bytes]] = {
    "zeros": lambda octets: bytes(len(octets)),
    "FF": lambda octets: b"\xff" * len(octets),
    "another byte": lambda octets: b"\x02" + octets[1:],
    "a status that there is not": lambda octets: b"\x0f" + octets[1:],
    "a gate that there is not": lambda octets: b"\xf1" + octets[1:],
}


@pytest.mark.parametrize("change", POLICIES.values(), ids=POLICIES)
def test_a_policy_that_nobody_wrote_serves_nothing_until_the_leader_mends_it(
    folder: Path, caplog: pytest.LogCaptureFixture, change: Callable[[bytes], bytes]
) -> None:
    made = prepared(folder)
    with closing(PolicyByte(folder)) as policy:
        policy.write(Standing(ApiStatus.VALID), 600.0)
        overwrite(folder / "policy", change)
        assert not policy.serves()
        assert policy.read()[:2] == (ApiStatus.UNKNOWN, Gate.COULD_NOT_CONNECT)
        heartbeat = Heartbeat(made, folder, NAMES, sender=StubSender([SENT]))
        heartbeat.start()
        wait_until(policy.serves)
        overwrite(folder / "policy", change)
        wait_until(policy.serves)
        heartbeat.stop()
        assert policy.read()[0] is ApiStatus.VALID
    assert f"The file {folder / 'policy'} was overwritten: it is written anew." in caplog.text


def overwrite(path: Path, change: Callable[[bytes], bytes]) -> None:
    """Write into a file that is mapped, as it is, and not into a new one."""
    with path.open("r+b") as file:
        octets = file.read()
        file.seek(0)
        file.write(change(octets))


def test_a_refused_key_stays_refused_when_the_policy_is_overwritten_by_one_that_serves(
    folder: Path, tmp_path: Path
) -> None:
    prepared(tmp_path / "other")
    with closing(PolicyByte(tmp_path / "other")) as served, closing(PolicyByte(folder)) as policy:
        served.write(Standing(ApiStatus.VALID), 600.0)
        policy.write(Standing(ApiStatus.INVALID, 1), 600.0)
        overwrite(folder / "policy", lambda _: (tmp_path / "other" / "policy").read_bytes())
        assert not policy.serves()


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (lambda path: path.unlink(), "was removed"),
        (lambda path: path.write_bytes(b""), "is truncated or not a policy"),
        (lambda path: path.write_bytes(b"\xff" * POLICY_SIZE), "is damaged or a copy"),
        (lambda path: (path.unlink(), path.symlink_to("instance")), "is truncated or not a policy"),
    ],
    ids=["removed", "empty", "FF", "a link"],
)
def test_a_policy_that_fails_its_check_is_said_and_made_anew_at_the_start(
    folder: Path,
    caplog: pytest.LogCaptureFixture,
    capsys: pytest.CaptureFixture[str],
    change: Callable[[Path], object],
    reason: str,
) -> None:
    change(folder / "policy")
    assert usage(folder, capsys)[-1] == f"  policy {reason}"
    restarted(folder)
    assert f"The file {folder / 'policy'} {reason}: it is made anew." in caplog.text
    with closing(PolicyByte(folder)) as policy:
        assert policy.read()[:2] == (ApiStatus.UNKNOWN, Gate.SERVE)


@pytest.mark.parametrize("moment", [float("nan"), float("inf"), 1e300, -1e300, 0.0])
def test_an_appointment_that_nobody_made_is_due_now(folder: Path, moment: float) -> None:
    with closing(PolicyByte(folder)) as policy:
        overwrite(folder / "policy", lambda octets: octets[:8] + struct.pack("<d", moment) + octets[16:])
        assert policy.seconds_left() == 0.0
        assert policy.read()[2] == 1


def test_a_damaged_name_of_the_container_bills_nothing_twice(
    folder: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (folder / "instance").write_bytes(b"\xff\xfe")
    with pytest.raises(OSError, match="'instance' is damaged"):
        Counter.open(folder, NAMES)
    prepare(restarted(folder))
    assert bill(folder) == (0, 0, 0, 0)
    assert f"The file {counter_of(folder)} belongs to another container" in caplog.text
