"""Whatever raises within an attempt, the attempt has failed, is logged and counted, and the thread goes on.

A ledger that raises `RuntimeError` each time closes the gate at the tenth attempt; once it does not raise any
more, the next attempt opens it.
"""

from __future__ import annotations

import random
import time
from contextlib import closing
from itertools import pairwise
from typing import TYPE_CHECKING, NoReturn

import pytest

from anomaly_container.metering import heartbeat as heartbeat_module
from anomaly_container.metering.counter import Counter
from anomaly_container.metering.dead_letters import PassingOver
from anomaly_container.metering.heartbeat import Heartbeat
from anomaly_container.metering.ledger import Ledger
from anomaly_container.metering.policy import ApiStatus, Gate, Outcome, PolicyByte, Standing
from anomaly_container.metering.usage_record import Record
from tests.support.usage_records import LAST, NAMES
from tests.unit.metering.metering import KEY, Clock, StubSender, prepared, wait_until

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

SENT = Outcome(200)
# Where an attempt calls somebody else: the object, and the name it is called by.
COLLABORATORS: dict[str, tuple[object, str]] = {
    "counters": (heartbeat_module, "own_counters"),
    "ledger": (heartbeat_module, "Ledger"),
    **{
        f"ledger.{name}": (Ledger, name)
        for name in ("check_age", "collect", "collected_until", "owed", "pending", "refusals", "sent")
    },
    "ledger.forget_drained": (Ledger, "forget_drained"),
    "sender": (StubSender, "send"),
    "clock": (Clock, "__call__"),
    "record": (Record, "to_wire"),
    "what an answer means": (heartbeat_module, "classify"),
    "passing over": (PassingOver, "is_due"),
}
# What is called besides, and whose failure an attempt that was made cannot be told by.
AROUND: dict[str, tuple[object, str]] = {
    "lock": (heartbeat_module, "held"),
    "chance": (random, "uniform"),
    "policy.write": (PolicyByte, "write"),
    "policy.read": (PolicyByte, "read"),
    "policy.seconds_left": (PolicyByte, "seconds_left"),
    "policy.is_sound": (PolicyByte, "is_sound"),
    "ledger.standing": (Ledger, "standing"),
    "ledger.keep": (Ledger, "keep"),
    "standing": (Standing, "after"),
}


class SurpriseError(Exception):
    """Nothing that anybody foresaw."""


def surprise(*_: object, **__: object) -> NoReturn:
    raise SurpriseError(KEY)


@pytest.mark.parametrize(("owner", "name"), COLLABORATORS.values(), ids=COLLABORATORS)
def test_a_surprise_counts_as_a_failed_attempt_until_the_gate_closes(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    owner: object,
    name: str,
) -> None:
    monkeypatch.setattr(heartbeat_module, "ELECTION_SECONDS", 0.02)
    made = prepared(tmp_path, Metering__IntervalSeconds=0.02)
    heartbeat = Heartbeat(made, tmp_path, NAMES, Clock(), StubSender([SENT]))
    with closing(PolicyByte(tmp_path)) as policy, closing(Counter.open(tmp_path, NAMES)) as counter:
        counter.add(LAST, 1)
        with monkeypatch.context() as broken:
            broken.setattr(owner, name, surprise)
            heartbeat.start()
            wait_until(lambda: policy_word(tmp_path)[1] is Gate.COULD_NOT_CONNECT)
            assert heartbeat.is_running()
        wait_until(lambda: policy.read()[:2] == (ApiStatus.VALID, Gate.SERVE))
        heartbeat.stop()
    assert "SurpriseError" in caplog.text
    assert caplog.text.count("Metering attempt failed with status 'Unknown'.") >= 10 or name == "classify"
    assert KEY not in caplog.text


def policy_word(directory: Path) -> tuple[ApiStatus, Gate, int]:
    with closing(PolicyByte(directory)) as policy:
        return policy.read()


@pytest.mark.parametrize(("owner", "name"), AROUND.values(), ids=AROUND)
def test_a_surprise_around_an_attempt_does_not_end_the_thread(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    owner: object,
    name: str,
) -> None:
    monkeypatch.setattr(heartbeat_module, "ELECTION_SECONDS", 0.02)
    heartbeat = Heartbeat(
        prepared(tmp_path, Metering__IntervalSeconds=0.02), tmp_path, NAMES, Clock(), StubSender([SENT])
    )
    with closing(PolicyByte(tmp_path)) as policy:
        with monkeypatch.context() as broken:
            broken.setattr(owner, name, surprise)
            heartbeat.start()
            wait_until(lambda: "Metering failed with SurpriseError." in caplog.text)
            time.sleep(0.1)
            assert heartbeat.is_running()
        wait_until(lambda: policy.read()[:2] == (ApiStatus.VALID, Gate.SERVE))
        heartbeat.stop()
    assert KEY not in caplog.text


def test_everything_raises_at_once_and_the_thread_goes_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(heartbeat_module, "ELECTION_SECONDS", 0.02)
    heartbeat = Heartbeat(
        prepared(tmp_path, Metering__IntervalSeconds=0.02), tmp_path, NAMES, Clock(), StubSender([SENT])
    )
    with closing(PolicyByte(tmp_path)) as policy:
        with monkeypatch.context() as broken:
            for owner, name in (*COLLABORATORS.values(), *AROUND.values()):
                broken.setattr(owner, name, surprise)
            heartbeat.start()
            time.sleep(0.5)
            assert heartbeat.is_running()
        wait_until(lambda: policy.read()[:2] == (ApiStatus.VALID, Gate.SERVE))
        heartbeat.stop()


def test_the_interval_is_kept_after_surprises_but_for_the_first(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(heartbeat_module, "ELECTION_SECONDS", 0.05)
    monkeypatch.setattr(random, "uniform", lambda low, _high: low)
    times: list[float] = []

    class Surprising(StubSender):
        def send(self, wire: Mapping[str, object]) -> Outcome:  # noqa: ARG002  # it never looks
            times.append(time.monotonic())
            surprise()

    heartbeat = Heartbeat(
        prepared(tmp_path, Metering__IntervalSeconds=0.4), tmp_path, NAMES, Clock(), Surprising([SENT])
    )
    heartbeat.start()
    wait_until(lambda: len(times) >= 5)
    heartbeat.stop()
    apart = [later - sooner for sooner, later in pairwise(times)]
    assert apart[0] < 0.4
    assert all(gap >= 0.39 for gap in apart[1:4])


def test_the_interval_is_kept_when_the_policy_cannot_be_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(heartbeat_module, "ELECTION_SECONDS", 0.02)
    monkeypatch.setattr(random, "uniform", lambda low, _high: low)
    sender = StubSender([SENT])
    heartbeat = Heartbeat(prepared(tmp_path, Metering__IntervalSeconds=0.5), tmp_path, NAMES, Clock(), sender)
    monkeypatch.setattr(PolicyByte, "write", surprise)
    heartbeat.start()
    time.sleep(1.2)
    assert 2 <= len(sender.wires) <= 3
    monkeypatch.undo()
    heartbeat.stop()
