"""A record that is always refused holds up no other, and an endpoint that refuses all loses none."""

from __future__ import annotations

from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pytest

from anomaly_container.cli import main as cli
from anomaly_container.metering.dead_letters import MOST_PASSED_OVER, REFUSALS
from anomaly_container.metering.heartbeat import Heartbeat
from anomaly_container.metering.ledger import Ledger
from anomaly_container.metering.policy import Outcome, is_refusal_of_record
from tests.support.usage_records import NAMES, files
from tests.unit.metering.metering import NOON, Clock, prepared

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path


@dataclass
class Endpoint:
    """Takes records but those it refuses, and keeps the ids of both in the order in which they came."""

    refuses: set[str] = field(default_factory=set)
    refuses_all: bool = False
    status: int = 400
    taken: list[str] = field(default_factory=list)
    sent: list[str] = field(default_factory=list)

    def send(self, wire: Mapping[str, object]) -> Outcome:
        record_id = str(wire["id"])
        self.sent.append(record_id)
        if self.refuses_all or record_id in self.refuses:
            return Outcome(self.status)
        self.taken.append(record_id)
        return Outcome(201)


@pytest.fixture
def endpoint() -> Endpoint:
    return Endpoint()


@contextmanager
def leader(directory: Path, endpoint: Endpoint) -> Iterator[Heartbeat]:
    """A heartbeat whose attempts are made one by one, without its thread."""
    yield Heartbeat(prepared(directory), directory, NAMES, Clock(), endpoint)


def attempt(heartbeat: Heartbeat, times: int = 1) -> None:
    for _ in range(times):
        heartbeat._settle(heartbeat._attempt())  # noqa: SLF001  # what its thread does at each interval


def collected(directory: Path, number: int) -> list[str]:
    """Records of the outbox, one call each."""
    with closing(Ledger(directory)) as ledger:
        return [ledger.collect(files({f"file-{n}": (1, 0, 0, 1)}), NOON, NAMES) for n in range(number)]


def waiting(directory: Path) -> list[str]:
    with closing(Ledger(directory)) as ledger:
        return [record.id for record in ledger.pending()]


def aside(directory: Path) -> list[str]:
    with closing(Ledger(directory)) as ledger:
        return [record.id for record in ledger.aside()]


@pytest.mark.parametrize("status", [400, 404, 409, 413, 422])
def test_a_record_refused_three_times_is_set_aside_when_a_later_one_is_taken(
    tmp_path: Path, endpoint: Endpoint, caplog: pytest.LogCaptureFixture, status: int
) -> None:
    first, second, third = collected(tmp_path, 3)
    endpoint.refuses, endpoint.status = {first}, status
    with leader(tmp_path, endpoint) as heartbeat:
        attempt(heartbeat, REFUSALS - 1)
        assert endpoint.sent == [first] * (REFUSALS - 1)
        assert aside(tmp_path) == []
        attempt(heartbeat)
    assert endpoint.taken == [second, third]
    assert waiting(tmp_path) == []
    assert aside(tmp_path) == [first]
    [error] = [record for record in caplog.records if record.levelname == "ERROR"]
    assert first in error.getMessage()


@pytest.mark.parametrize("status", [401, 403, 407, 408, 425, 429, 500, 503, 302])
def test_what_is_not_about_the_record_passes_none_over(
    tmp_path: Path, endpoint: Endpoint, status: int
) -> None:
    first, second = collected(tmp_path, 2)
    endpoint.refuses, endpoint.status = {first}, status
    assert not is_refusal_of_record(Outcome(status))
    with leader(tmp_path, endpoint) as heartbeat:
        attempt(heartbeat, 2 * REFUSALS)
    assert set(endpoint.sent) == {first}
    assert waiting(tmp_path) == [first, second]


def test_a_wrong_path_never_empties_the_outbox(tmp_path: Path, endpoint: Endpoint) -> None:
    records = collected(tmp_path, 3)
    endpoint.refuses_all, endpoint.status = True, 404
    with leader(tmp_path, endpoint) as heartbeat:
        attempt(heartbeat, 30)
        # One of nothing was added, and no more than one.
        assert waiting(tmp_path)[:3] == records
        assert len(waiting(tmp_path)) == 4
        endpoint.refuses_all = False
        attempt(heartbeat)
    assert endpoint.taken[:3] == records
    assert waiting(tmp_path) == aside(tmp_path) == []


def test_an_idle_container_whose_only_record_is_refused_opens_again(
    tmp_path: Path, endpoint: Endpoint
) -> None:
    endpoint.refuses = {*collected(tmp_path, 1)}
    with leader(tmp_path, endpoint) as heartbeat:
        attempt(heartbeat, REFUSALS + 2)
        assert heartbeat._standing.failed_attempts == 0  # noqa: SLF001  # what the next attempt starts from
    assert aside(tmp_path) == [*endpoint.refuses]
    assert waiting(tmp_path) == []


def test_the_newest_is_tried_when_many_are_refused(tmp_path: Path, endpoint: Endpoint) -> None:
    *refused, newest = collected(tmp_path, 2 * MOST_PASSED_OVER + 1)
    endpoint.refuses = {*refused}
    with closing(Ledger(tmp_path)) as ledger:
        for record_id in refused * REFUSALS:
            ledger.refused(record_id)
    with leader(tmp_path, endpoint) as heartbeat:
        attempt(heartbeat)
        assert endpoint.sent == [*refused[:MOST_PASSED_OVER], newest]
        assert aside(tmp_path) == refused[:MOST_PASSED_OVER]
        attempt(heartbeat, 2)
    assert aside(tmp_path) == refused
    assert waiting(tmp_path) == []


def test_refusals_outlive_a_restart(tmp_path: Path, endpoint: Endpoint) -> None:
    first, second = collected(tmp_path, 2)
    endpoint.refuses = {first}
    for _ in range(REFUSALS):
        with leader(tmp_path, endpoint) as heartbeat:
            attempt(heartbeat)
    assert endpoint.taken == [second]


def test_usage_lists_what_waits_and_what_is_set_aside(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    first, second = collected(tmp_path, 2)
    with closing(Ledger(tmp_path)) as ledger:
        ledger.set_aside(first)
    window = "2026-03-01T12:00:00.000Z 2026-03-01T12:00:00.000Z"
    amounts = "EntireDetect=1 LastDetect=0 ChangePointDetect=0 DataPoints=1"
    assert cli.main(["usage", str(tmp_path)]) == 0
    assert capsys.readouterr().out.splitlines() == [
        "Records waiting: 1",
        f"  {second} {window} {amounts}",
        "Records set aside: 1",
        f"  {first} {window} {amounts}",
    ]


def test_usage_puts_back_what_was_set_aside(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], endpoint: Endpoint
) -> None:
    first, second = collected(tmp_path, 2)
    with closing(Ledger(tmp_path)) as ledger:
        before = ledger.pending()
        ledger.set_aside(first)
    assert cli.main(["usage", str(tmp_path), "--resend"]) == 0
    assert capsys.readouterr().out.splitlines()[:2] == ["Records put back: 1", "Records waiting: 2"]
    with closing(Ledger(tmp_path)) as ledger:
        assert ledger.pending() == before[::-1]
    with leader(tmp_path, endpoint) as heartbeat:
        attempt(heartbeat)
    assert endpoint.taken == [second, first]
    assert waiting(tmp_path) == aside(tmp_path) == []


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (None, "There is no usage ledger in {}."),
        (b"x" * 4096, "The usage ledger cannot be used: SQLITE_NOTADB."),
    ],
)
def test_usage_needs_a_ledger(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], content: bytes | None, reason: str
) -> None:
    if content is not None:
        (tmp_path / "ledger.db").write_bytes(content)
    assert cli.main(["usage", str(tmp_path)]) == 1
    assert capsys.readouterr() == ("", f"{reason.format(tmp_path)}\n")
