from __future__ import annotations

import logging
import random
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING

import pytest

from anomaly_container.metering.counter import Counter
from anomaly_container.metering.counter_files import read_counters
from anomaly_container.metering.directory import instance
from anomaly_container.metering.file_lock import held
from anomaly_container.metering.heartbeat import LEADER_LOCK, Heartbeat
from anomaly_container.metering.ledger import Ledger, LedgerError
from anomaly_container.metering.policy import ApiStatus, Failure, Gate, Outcome, PolicyByte, Standing
from tests.support.counts import counts_of
from tests.support.usage_records import CHANGE_POINT, ENTIRE, LAST, NAMES, POINTS
from tests.unit.metering.endpoint import LOST, Reply, endpoint
from tests.unit.metering.metering import KEY, NOON, Clock, StubSender, prepared, restarted, wait_until
from tests.unit.metering.victim import Victim

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from anomaly_container.settings.base import CommonSettings

SENT = Outcome(200)
LOST_OUTCOME = Outcome(failure=Failure.NO_ANSWER)
OFTEN = {"Metering__IntervalSeconds": 0.02}


@contextmanager
def beating(made: CommonSettings, directory: Path, sender: StubSender | None = None) -> Iterator[Heartbeat]:
    heartbeat = Heartbeat(made, directory, NAMES, Clock(), sender)
    heartbeat.start()
    try:
        yield heartbeat
    finally:
        heartbeat.stop(2.0)


@contextmanager
def policy_of(directory: Path) -> Iterator[PolicyByte]:
    with closing(PolicyByte(directory)) as policy:
        yield policy


def quantities(wire: Mapping[str, object]) -> list[int]:
    meters = wire["meters"]
    assert isinstance(meters, list)
    return [meter["quantity"] for meter in meters]


def pending(directory: Path) -> list[tuple[int, ...]]:
    with closing(Ledger(directory)) as ledger:
        return [tuple(record.quantities.values()) for record in ledger.pending()]


def standing(directory: Path) -> Standing:
    with closing(Ledger(directory)) as ledger:
        return ledger.standing()


def test_a_record_of_nothing_settles_the_state_at_once(tmp_path: Path) -> None:
    with endpoint() as there, policy_of(tmp_path) as policy:
        made = prepared(tmp_path, Billing=there.address)
        start = time.monotonic()
        with beating(made, tmp_path):
            wait_until(lambda: policy.read()[0] is ApiStatus.VALID)
            assert time.monotonic() - start < 1.0
            assert policy.read()[1] is Gate.SERVE
    [seen] = there.seen
    assert quantities(seen.record) == [0, 0, 0, 0]
    assert seen.record["containerId"] == instance(tmp_path)
    assert datetime.fromisoformat(seen.record["windowEnd"]).date() == NOON.date()
    assert pending(tmp_path) == []


@pytest.mark.parametrize(("share", "seconds"), [(0.0, 600.0), (1.0, 900.0)])
def test_the_next_attempt_comes_in_ten_to_fifteen_minutes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, share: float, seconds: float
) -> None:
    monkeypatch.setattr(random, "uniform", lambda low, high: low + share * (high - low))
    sender = StubSender([SENT])
    with policy_of(tmp_path) as policy, beating(prepared(tmp_path), tmp_path, sender):
        wait_until(lambda: policy.read()[0] is ApiStatus.VALID)
        assert seconds - 5 < policy.seconds_left() <= seconds


def test_what_all_workers_counted_is_reported_once(tmp_path: Path) -> None:
    sender = StubSender([SENT])
    made = prepared(tmp_path, **OFTEN)
    with closing(Counter.open(tmp_path, NAMES)) as one, closing(Counter.open(tmp_path, NAMES)) as other:
        with beating(made, tmp_path, sender):
            for _ in range(50):
                one.add(ENTIRE, 1)
                other.add(POINTS, 9)
                time.sleep(0.002)
            seen = len(sender.wires)
            wait_until(lambda: len(sender.wires) > seen + 2)
        totals = [sum(column) for column in zip(*map(quantities, sender.wires), strict=True)]
    assert totals == [50, 0, 0, 450]
    assert len({wire["id"] for wire in sender.wires}) == len(sender.wires) > 3


def test_a_lost_answer_is_asked_for_again_with_the_same_key(tmp_path: Path) -> None:
    with endpoint(LOST, LOST, Reply()) as there, closing(Counter.open(tmp_path, NAMES)) as counter:
        counter.add(LAST, 5)
        made = prepared(tmp_path, Billing=there.address, **OFTEN)
        with beating(made, tmp_path), policy_of(tmp_path) as policy:
            wait_until(lambda: policy.read()[0] is ApiStatus.VALID)
    first, second, third, *later = there.seen
    assert quantities(first.record) == [0, 5, 0, 0]
    assert first.body == second.body == third.body
    for seen in there.seen:
        assert seen.headers["Idempotency-Key"] == seen.record["id"]
    distinct = {seen.record["id"]: quantities(seen.record) for seen in there.seen}
    assert sum(row[1] for row in distinct.values()) == 5
    assert first.record["id"] not in {seen.record["id"] for seen in later}


def test_after_an_outage_the_oldest_goes_first(tmp_path: Path) -> None:
    sender = StubSender([LOST_OUTCOME] * 3 + [SENT])
    made = prepared(tmp_path, **OFTEN)

    def sent_at_least(number: int) -> bool:
        return len(sender.wires) >= number

    with closing(Counter.open(tmp_path, NAMES)) as counter, beating(made, tmp_path, sender):
        for number in range(1, 4):
            wait_until(partial(sent_at_least, number))
            counter.add(ENTIRE, number)
        wait_until(lambda: sum(quantities(wire)[0] for wire in sender.wires) >= 6)
    assert len({wire["id"] for wire in sender.wires[:4]}) == 1
    starts = [str(wire["windowStart"]) for wire in sender.wires[3:]]
    assert starts == sorted(starts)
    assert sum(quantities(wire)[0] for wire in sender.wires[3:]) == 6


def test_a_record_that_got_through_resets_the_failures_though_the_next_fails(tmp_path: Path) -> None:
    with closing(Counter.open(tmp_path, NAMES)) as counter:
        made = prepared(tmp_path, **OFTEN)
        with closing(Ledger(tmp_path)) as ledger:
            for _ in range(2):
                counter.add(LAST, 1)
                ledger.collect(read_counters(tmp_path), NOON, NAMES)
            ledger.keep(Standing(ApiStatus.COULD_NOT_CONNECT, 9))
    sender = StubSender([SENT, LOST_OUTCOME])
    with policy_of(tmp_path) as policy, beating(made, tmp_path, sender):
        wait_until(lambda: len(sender.wires) >= 4)
        assert policy.read()[1] is Gate.SERVE
    assert standing(tmp_path).failed_attempts < 9


def test_an_outage_without_usage_leaves_one_record(tmp_path: Path) -> None:
    sender = StubSender([LOST_OUTCOME])
    with beating(prepared(tmp_path, **OFTEN), tmp_path, sender):
        wait_until(lambda: len(sender.wires) >= 6)
    assert len({wire["id"] for wire in sender.wires}) == 1
    assert pending(tmp_path) == [(0, 0, 0, 0)]


def test_ten_failures_close_the_gate_and_one_success_opens_it(tmp_path: Path) -> None:
    gates: list[Gate] = []
    with policy_of(tmp_path) as policy:

        class Watching(StubSender):
            def send(self, wire: Mapping[str, object]) -> Outcome:
                gates.append(policy.read()[1])
                return super().send(wire)

        sender = Watching([LOST_OUTCOME, Outcome(503), Outcome(404), Outcome(500)] * 3 + [SENT])
        with beating(prepared(tmp_path, **OFTEN), tmp_path, sender):
            wait_until(lambda: policy.read()[0] is ApiStatus.VALID)
            assert policy.read()[1] is Gate.SERVE
    # What each attempt found: ten failures lie before the eleventh.
    assert gates[:13] == [Gate.SERVE] * 10 + [Gate.COULD_NOT_CONNECT] * 3


@pytest.mark.parametrize(
    ("reply", "status"),
    [
        (Reply(401), ApiStatus.INVALID),
        (Reply(403), ApiStatus.CONTAINER_USE_UNAUTHORIZED),
        (Reply(403, body=b'{"error":{"code":"OutOfQuota"}}'), ApiStatus.OUT_OF_QUOTA),
        (Reply(403, body=b'{"error":{"code":"Mismatch"}}'), ApiStatus.MISMATCH),
    ],
)
def test_a_refused_key_closes_the_gate_at_once(tmp_path: Path, reply: Reply, status: ApiStatus) -> None:
    with endpoint(reply) as there, policy_of(tmp_path) as policy:
        with beating(prepared(tmp_path, Billing=there.address), tmp_path):
            wait_until(lambda: policy.read()[:2] == (status, Gate.NO_CREDIT))
        assert standing(tmp_path) == Standing(status, 1)
    assert len(pending(tmp_path)) == 1


def test_a_restart_keeps_the_failed_attempts(tmp_path: Path) -> None:

    def failed(attempts: int) -> bool:
        return standing(tmp_path).failed_attempts == attempts

    prepared(tmp_path)
    for run in range(1, 11):
        sender = StubSender([LOST_OUTCOME])
        with policy_of(tmp_path) as policy:
            assert policy.read()[1] is Gate.SERVE
            with beating(restarted(tmp_path), tmp_path, sender):
                wait_until(partial(failed, run))
        assert len(sender.wires) == 1, "stopping does not try again what just failed"
    restarted(tmp_path)
    with policy_of(tmp_path) as policy:
        assert policy.read()[:2] == (ApiStatus.COULD_NOT_CONNECT, Gate.COULD_NOT_CONNECT)
        with beating(restarted(tmp_path), tmp_path, StubSender([SENT])):
            wait_until(lambda: policy.read()[1] is Gate.SERVE)
    assert standing(tmp_path) == Standing(ApiStatus.VALID, 0)


def test_the_endpoint_decides_how_long_to_wait(tmp_path: Path) -> None:
    times: list[float] = []

    class Timing(StubSender):
        def send(self, wire: Mapping[str, object]) -> Outcome:
            times.append(time.monotonic())
            return super().send(wire)

    sender = Timing([Outcome(503, retry_after=0.5), Outcome(429, retry_after=0.3), SENT])
    with policy_of(tmp_path) as policy, beating(prepared(tmp_path, **OFTEN), tmp_path, sender):
        wait_until(lambda: len(times) == 1)
        wait_until(lambda: policy.read()[0] is ApiStatus.BILLING_ENDPOINT_BUSY)
        wait_until(lambda: len(times) >= 4)
    assert times[1] - times[0] >= 0.5
    assert times[2] - times[1] >= 0.3
    assert times[3] - times[2] < 0.3


def test_a_new_leader_keeps_the_appointment_of_the_old(tmp_path: Path) -> None:
    old, new = StubSender([Outcome(503, retry_after=3600.0)]), StubSender([SENT])
    made = prepared(tmp_path)
    with beating(made, tmp_path, old):
        wait_until(lambda: standing(tmp_path).failed_attempts == 1)
    with policy_of(tmp_path) as policy, beating(made, tmp_path, new):
        time.sleep(0.2)
        assert not new.wires
        assert policy.read()[0] is ApiStatus.BILLING_ENDPOINT_BUSY
        assert policy.read()[2] > 3500


def test_every_worker_that_stops_reports_what_it_counted(tmp_path: Path) -> None:
    made = prepared(tmp_path)
    senders = [StubSender([SENT]) for _ in range(3)]
    hearts = [Heartbeat(made, tmp_path, NAMES, sender=sender) for sender in senders]
    for heartbeat in hearts:
        heartbeat.start()
    with policy_of(tmp_path) as policy:
        wait_until(lambda: policy.read()[0] is ApiStatus.VALID)
    for heartbeat in hearts:
        with closing(Counter.open(tmp_path, NAMES)) as counter:
            counter.add(CHANGE_POINT, 1)
        start = time.monotonic()
        heartbeat.stop()
        assert time.monotonic() - start < 3.0, "the others need not be waited for"
    wires = [wire for sender in senders for wire in sender.wires]
    assert sum(quantities(wire)[2] for wire in wires) == 3
    assert len({wire["id"] for wire in wires}) == len(wires)
    assert counts_of(tmp_path) == {}
    assert pending(tmp_path) == []


def test_workers_that_stop_at_once_take_turns(tmp_path: Path) -> None:
    made = prepared(tmp_path)
    senders = [StubSender([SENT]) for _ in range(3)]
    hearts = [Heartbeat(made, tmp_path, NAMES, sender=sender) for sender in senders]
    for heartbeat in hearts:
        heartbeat.start()
    with policy_of(tmp_path) as policy:
        wait_until(lambda: policy.read()[0] is ApiStatus.VALID)
    with ThreadPoolExecutor(3) as pool:

        def count_and_stop(heartbeat: Heartbeat) -> None:
            with closing(Counter.open(tmp_path, NAMES)) as counter:
                counter.add(CHANGE_POINT, 1)
            heartbeat.stop()

        list(pool.map(count_and_stop, hearts))
    assert sum(quantities(wire)[2] for sender in senders for wire in sender.wires) == 3
    assert counts_of(tmp_path) == {}
    assert pending(tmp_path) == []


def test_a_worker_that_stops_leaves_its_counts_to_the_leader(tmp_path: Path) -> None:
    made = prepared(tmp_path)
    leading, other = StubSender([SENT]), StubSender([SENT])
    with beating(made, tmp_path, leading):
        wait_until(lambda: leading.wires)
        with closing(Counter.open(tmp_path, NAMES)) as counter:
            counter.add(LAST, 1)
        start = time.monotonic()
        with beating(made, tmp_path, other):
            pass
        assert time.monotonic() - start < 1.5
        assert not other.wires
    assert [quantities(wire)[1] for wire in leading.wires] == [0, 1]


def test_stopping_in_an_outage_keeps_what_was_counted(tmp_path: Path) -> None:
    sender = StubSender([LOST_OUTCOME])
    made = prepared(tmp_path)
    with closing(Counter.open(tmp_path, NAMES)) as counter, beating(made, tmp_path, sender):
        wait_until(lambda: standing(tmp_path).failed_attempts == 1)
        counter.add(ENTIRE, 3)
    assert pending(tmp_path) == [(0, 0, 0, 0), (3, 0, 0, 0)]
    assert len(sender.wires) == 1


def test_stopping_with_nothing_new_sends_nothing(tmp_path: Path) -> None:
    sender = StubSender([SENT])
    with beating(prepared(tmp_path), tmp_path, sender):
        wait_until(lambda: standing(tmp_path).status is ApiStatus.VALID)
    assert len(sender.wires) == 1


def test_stopping_takes_no_longer_than_it_may(tmp_path: Path) -> None:
    class Slow(StubSender):
        def send(self, wire: Mapping[str, object]) -> Outcome:
            time.sleep(1.0)
            return super().send(wire)

    sender = Slow([SENT])
    heartbeat = Heartbeat(prepared(tmp_path), tmp_path, NAMES, sender=sender)
    heartbeat.start()
    time.sleep(0.1)
    start = time.monotonic()
    heartbeat.stop(0.2)
    assert time.monotonic() - start < 0.6
    wait_until(lambda: sender.wires)


def test_a_disk_that_takes_no_record_counts_as_a_failed_attempt(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def full(*_: object) -> str:
        name = "SQLITE_FULL"
        raise LedgerError(name)

    sender = StubSender([SENT])
    made = prepared(tmp_path, **OFTEN)
    with (
        closing(Counter.open(tmp_path, NAMES)) as counter,
        policy_of(tmp_path) as policy,
        monkeypatch.context() as disk,
    ):
        disk.setattr(Ledger, "collect", full)
        disk.setattr(Ledger, "keep", full)
        counter.add(LAST, 2)
        with beating(made, tmp_path, sender):
            wait_until(lambda: policy.read()[:2] == (ApiStatus.UNKNOWN, Gate.COULD_NOT_CONNECT))
            assert not sender.wires
            counter.add(LAST, 3)
            disk.undo()
            wait_until(lambda: policy.read()[:2] == (ApiStatus.VALID, Gate.SERVE))
    assert sum(quantities(wire)[1] for wire in sender.wires) == 5
    assert "The usage ledger cannot be used: SQLITE_FULL." in caplog.text


def test_what_is_pending_goes_out_though_the_disk_takes_no_more(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> str:
        name = "SQLITE_FULL"
        raise LedgerError(name)

    sender = StubSender([SENT])
    made = prepared(tmp_path)
    with closing(Ledger(tmp_path)) as ledger:
        waiting = ledger.collect({}, NOON, NAMES)
    with closing(Counter.open(tmp_path, NAMES)) as counter:
        counter.add(ENTIRE, 1)
        with monkeypatch.context() as disk, policy_of(tmp_path) as policy:
            disk.setattr(Ledger, "collect", full)
            with beating(made, tmp_path, sender):
                wait_until(lambda: policy.read()[0] is ApiStatus.VALID)
                disk.undo()
    assert [wire["id"] == waiting for wire in sender.wires] == [True, False]


def test_a_surprise_does_not_end_the_thread(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    class Surprising(StubSender):
        def send(self, wire: Mapping[str, object]) -> Outcome:
            super().send(wire)
            if len(self.wires) == 1:
                raise RuntimeError(KEY)
            return SENT

    with beating(prepared(tmp_path), tmp_path, Surprising([SENT])):
        wait_until(lambda: standing(tmp_path).status is ApiStatus.VALID)
    assert "Metering failed with RuntimeError." in caplog.text
    assert KEY not in caplog.text


def test_the_log_tells_the_status_and_no_secret(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG, logger="")
    with (
        endpoint(Reply(401), LOST, Reply(503), Reply()) as there,
        beating(prepared(tmp_path, Billing=there.address, **OFTEN), tmp_path),
    ):
        wait_until(lambda: "works again after 3 failed attempts" in caplog.text)
    for status in ("Invalid", "CouldNotConnect", "BillingEndpointBusy"):
        assert f"Metering attempt failed with status '{status}'." in caplog.text
    assert KEY not in caplog.text


def test_only_one_leads_and_a_death_hands_over(tmp_path: Path) -> None:
    prepared(tmp_path)
    hearts = [Victim("leading_process", str(tmp_path)) for _ in range(3)]
    diary = tmp_path / "diary"
    leaders: list[int] = []

    def notes() -> list[list[str]]:
        return [line.split() for line in diary.read_text().splitlines()] if diary.exists() else []

    def longer_than(lines: int) -> bool:
        return len(notes()) > lines

    try:
        for _ in hearts:
            wait_until(partial(longer_than, len(notes()) + 6))
            leader = int(notes()[-1][0])
            [dying] = [heart for heart in hearts if heart.number == leader]
            dying.kill()
            leaders.append(leader)
    finally:
        for heart in hearts:
            heart.kill()

    assert sorted(leaders) == sorted(heart.number for heart in hearts), "each led until it was killed"
    began: tuple[str, str] | None = None
    for process, event, record in notes():
        if event == "begin":
            assert began is None or int(began[0]) in leaders[: leaders.index(int(process))], "two at once"
            began = (process, record)
        else:
            assert began == (process, record)
            began = None
    assert [process for process, *_ in notes()] == sorted(
        (process for process, *_ in notes()), key=lambda process: leaders.index(int(process))
    )
    with held(tmp_path / LEADER_LOCK) as free:
        assert free
