"""Without a connection: a log that crashes leave whole and that shows what was done to it."""

from __future__ import annotations

import json
import re
import threading
from datetime import UTC, datetime
from pathlib import Path

import pytest

from anomaly_container.metering.log_sender import FileTransport, InvalidMonthError, log_path, usage_logs
from anomaly_container.metering.policy import ApiStatus, classify
from anomaly_container.metering.usage_log import UsageLog, UsageLogError, derive_key, read_records, verify
from tests.support.file_limit import no_file_beyond
from tests.support.usage_records import NAMES, record_id, wire

KEY = derive_key("s3cret")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "usage-log.jsonl"


@pytest.fixture
def four(path: Path) -> Path:
    """A log of four records."""
    log = UsageLog(path, KEY)
    for number in range(1, 5):
        assert log.append(wire(number))
    return path


def lines(path: Path) -> list[bytes]:
    return path.read_bytes().splitlines(keepends=True)


def broken_line(path: Path, key: bytes = KEY) -> int:
    with pytest.raises(UsageLogError) as broken:
        verify(path, key)
    assert str(broken.value) == f"Line {broken.value.line} of the usage log is broken."
    return broken.value.line


def test_each_record_is_one_line_of_json(four: Path) -> None:
    entries = [json.loads(line) for line in lines(four)]
    assert [entry["record"]["id"] for entry in entries] == [record_id(number) for number in range(1, 5)]
    for number, entry in enumerate(entries, start=1):
        expected = wire(number)
        expected["meters"].sort(key=lambda meter: meter["name"])
        assert entry["record"] == expected
        assert re.fullmatch("[0-9a-f]{64}", entry["hmac"])


def test_what_was_written_is_verified(four: Path) -> None:
    assert verify(four, KEY) == 4


def test_the_chain_is_the_documented_one(path: Path) -> None:
    # The digests are those of `openssl dgst -sha256 -mac HMAC` over the bytes that the documentation names.
    log = UsageLog(path, bytes(range(32)))
    log.append(wire(1))
    log.append(wire(2))
    assert [json.loads(line)["hmac"] for line in lines(path)] == [
        "0e10ffd86a391eadfa37c2714187532a5ca1a06a2029c68d22db25ad36db939a",
        "a5deb443bfb0e80f5b6916a2341f9c43e5d13e1877b0d93c313231089cfde5d4",
    ]


def test_the_key_of_the_chain_does_not_show_the_key_it_comes_from() -> None:
    assert derive_key("s3cret") != derive_key("s3cres")
    assert b"s3cret" not in KEY
    assert len(KEY) == 32
    assert "s3cret" not in repr(UsageLog(Path("log"), b"s3cret"))


@pytest.mark.parametrize("number", [1, 2, 3, 4])
def test_every_change_of_a_line_shows(four: Path, number: int) -> None:
    written = lines(four)
    line = written[number - 1]
    changes = [
        line.replace(b'"quantity":12', b'"quantity":11'),
        line.replace(b'"hmac":"', b'"hmac": "'),
        re.sub(rb'"hmac":"[0-9a-f]{8}', b'"hmac":"00000000', line),
        line.replace(b"2026-03-01T12:00", b"2026-03-01T12:01"),
        b"\n",
        b"{}\n",
        b"[]\n",
        b'{"record":1,"hmac":""}\n',
        b'{"record":{},"hmac":1}\n',
        b"\xff\n",
        b"[" * 100_000 + b"\n",
        line[:-2] + b"\n",
        line[:-1] + b" \n",
    ]
    for changed in changes:
        assert changed != line
        four.write_bytes(b"".join([*written[: number - 1], changed, *written[number:]]))
        assert broken_line(four) == number


@pytest.mark.parametrize("number", [1, 2, 3])
def test_a_line_taken_out_shows(four: Path, number: int) -> None:
    written = lines(four)
    four.write_bytes(b"".join(written[: number - 1] + written[number:]))
    assert broken_line(four) == number


def test_lines_that_changed_places_show(four: Path) -> None:
    first, second, *rest = lines(four)
    four.write_bytes(b"".join([second, first, *rest]))
    assert broken_line(four) == 1


def test_a_line_written_twice_shows(four: Path) -> None:
    written = lines(four)
    four.write_bytes(b"".join([*written[:2], *written[1:]]))
    assert broken_line(four) == 3


def test_a_line_written_with_another_key_shows(four: Path) -> None:
    assert UsageLog(four, derive_key("forged")).append(wire(5))
    assert broken_line(four) == 5
    assert broken_line(four, derive_key("forged")) == 1


def test_a_record_is_written_once_by_whatever_process(four: Path) -> None:
    before = four.read_bytes()
    log = UsageLog(four, KEY)
    assert not log.append(wire(2))
    assert not UsageLog(four, KEY).append(wire(4))
    assert four.read_bytes() == before
    assert log.append(wire(5))
    assert verify(four, KEY) == 5


def test_leaders_that_take_turns_continue_one_chain(path: Path) -> None:
    first, second = UsageLog(path, KEY), UsageLog(path, KEY)
    written = [(first, second)[number % 2].append(wire(number)) for number in range(6)]
    assert written == [True] * 6
    assert not first.append(wire(5))
    assert verify(path, KEY) == 6


def test_writers_at_the_same_time_take_turns(path: Path) -> None:
    appended: list[bool] = []

    def write() -> None:
        log = UsageLog(path, KEY)
        appended.extend(log.append(wire(number)) for number in range(10))

    threads = [threading.Thread(target=write) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(appended) == [False] * 30 + [True] * 10
    assert verify(path, KEY) == 10


def test_a_line_torn_anywhere_is_written_anew(four: Path) -> None:
    whole = four.read_bytes()
    last = len(lines(four)[-1])
    for missing in (1, 2, 66, *range(75, last, 60), last - 1, last):
        four.write_bytes(whole[:-missing])
        assert verify(four, KEY) == 3
        assert len(list(read_records(four, KEY))) == 3
        assert UsageLog(four, KEY).append(wire(4))
        assert four.read_bytes() == whole


def test_zeros_that_a_loss_of_power_left_are_cut_off(four: Path) -> None:
    whole = four.read_bytes()
    four.write_bytes(whole + bytes(4096))
    assert verify(four, KEY) == 4
    assert UsageLog(four, KEY).append(wire(5))
    assert four.read_bytes().startswith(whole + b"{")
    assert verify(four, KEY) == 5


@pytest.mark.parametrize("room", [0, 1, 200])
def test_a_disk_that_is_full_leaves_the_log_as_it_was(four: Path, room: int) -> None:
    whole = four.read_bytes()
    transport = FileTransport(UsageLog(four, KEY))
    with no_file_beyond(len(whole) + room):
        assert classify(transport.send(wire(5))) is ApiStatus.COULD_NOT_CONNECT
    assert four.read_bytes() == whole
    assert classify(transport.send(wire(5))) is ApiStatus.VALID
    assert verify(four, KEY) == 5


def test_a_log_that_was_moved_away_begins_anew(four: Path) -> None:
    log = UsageLog(four, KEY)
    assert log.append(wire(5))
    four.rename(four.with_suffix(".old"))
    assert log.append(wire(6))
    assert log.append(wire(7))
    assert verify(four, KEY) == 2
    assert verify(four.with_suffix(".old"), KEY) == 5


def test_the_log_is_for_its_owner_alone(four: Path) -> None:
    assert four.stat().st_mode & 0o777 == 0o600


def test_sending_tells_whether_the_record_is_new(path: Path) -> None:
    transport = FileTransport(UsageLog(path, KEY))
    outcomes = [transport.send(wire()) for _ in range(2)]
    assert [outcome.status_code for outcome in outcomes] == [201, 200]
    assert {classify(outcome) for outcome in outcomes} == {ApiStatus.VALID}


def test_nothing_is_written_after_a_line_that_is_no_record(
    four: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with four.open("ab") as stream:
        stream.write(b"s3cret\n")
    before = four.read_bytes()
    assert classify(FileTransport(UsageLog(four, KEY)).send(wire(5))) is ApiStatus.COULD_NOT_CONNECT
    assert four.read_bytes() == before
    assert "Line 5 of the usage log is broken." in caplog.text
    assert "s3cret" not in caplog.text


def test_a_folder_that_is_not_there_is_a_failed_attempt(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    outcome = FileTransport(UsageLog(tmp_path / "gone" / "log", KEY)).send(wire())
    assert classify(outcome) is ApiStatus.COULD_NOT_CONNECT
    assert caplog.messages == ["The usage log cannot be written: No such file or directory."]


@pytest.mark.parametrize(
    ("billing", "expected"),
    [
        ("http://127.0.0.1:5001/", "/data/metering/usage-log.jsonl"),
        ("file:///output/", "/output/usage-log.jsonl"),
        ("file:///output/usage.jsonl", "/output/usage.jsonl"),
        ("file:///output/with%20space/", "/output/with space/usage-log.jsonl"),
        ("file:///", "/usage-log.jsonl"),
    ],
)
def test_billing_names_the_log_or_its_folder(billing: str, expected: str) -> None:
    assert log_path(billing, Path("/data/metering")) == Path(expected)


def test_a_folder_that_is_there_needs_no_slash(tmp_path: Path) -> None:
    assert log_path(f"file://{tmp_path}", Path("/data")) == tmp_path / "usage-log.jsonl"


def quantities(path: Path, month: str | None = None, year: str | None = None) -> dict[str, int]:
    answer = usage_logs(read_records(path, KEY), NAMES, month, year)
    assert list(answer) == ["apiType", "serviceName", "meters"]
    assert (answer["apiType"], answer["serviceName"]) == ("anomalydetector", "anomalydetector")
    assert isinstance(answer["meters"], list)
    assert [list(meter) for meter in answer["meters"]] == [["name", "quantity"]] * 4
    return {meter["name"]: meter["quantity"] for meter in answer["meters"]}


def test_usage_is_summed_over_all_time_or_over_a_month(path: Path) -> None:
    log = UsageLog(path, KEY)
    log.append(wire(1, (1, 0, 0, 1), datetime(2025, 12, 31, 23, 59, 59, 999000, UTC)))
    log.append(wire(2, (2, 0, 1, 2), datetime(2026, 1, 1, tzinfo=UTC)))
    log.append(wire(3, (4, 1, 0, 3), datetime(2026, 1, 31, 12, tzinfo=UTC)))
    log.append(wire(4, (8, 0, 0, 4), datetime(2026, 10, 1, tzinfo=UTC)))
    assert list(quantities(path).values()) == [15, 1, 1, 10]
    assert list(quantities(path)) == NAMES
    assert list(quantities(path, "1", "2026").values()) == [6, 1, 1, 5]
    assert quantities(path, "01", "2026") == quantities(path, "1", "2026")
    assert list(quantities(path, "12", "2025").values()) == [1, 0, 0, 1]
    assert list(quantities(path, "10", "2026").values()) == [8, 0, 0, 4]
    assert list(quantities(path, "11", "2026").values()) == [0, 0, 0, 0]


def test_before_the_first_record_nothing_was_used(path: Path) -> None:
    assert list(quantities(path).values()) == [0, 0, 0, 0]


@pytest.mark.parametrize("month", ["", "0", "00", "13", "1.0", "-1", " 1", "001", "jan", "\u0661", None])
def test_a_month_that_is_none_is_refused(month: str | None) -> None:
    with pytest.raises(InvalidMonthError, match=f"^{re.escape(InvalidMonthError.MESSAGE)}$"):
        usage_logs([], NAMES, month, "2026")


@pytest.mark.parametrize("year", ["", "26", "02026", "2026\n", "\u0662\u0660\u0662\u0666", None])
def test_a_year_without_four_digits_is_refused(year: str | None) -> None:
    with pytest.raises(InvalidMonthError):
        usage_logs([], NAMES, "1", year)
