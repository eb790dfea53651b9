from __future__ import annotations

import mmap
import time
from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from anomaly_container.metering.policy import (
    GRACE_ATTEMPTS,
    MESSAGES,
    ApiStatus,
    Failure,
    Gate,
    Outcome,
    PolicyByte,
    Standing,
    classify,
    gate,
)

if TYPE_CHECKING:
    from pathlib import Path

REFUSALS = [
    ApiStatus.INVALID,
    ApiStatus.MISMATCH,
    ApiStatus.OUT_OF_QUOTA,
    ApiStatus.CONTAINER_USE_UNAUTHORIZED,
]
TROUBLES = [ApiStatus.COULD_NOT_CONNECT, ApiStatus.BILLING_ENDPOINT_BUSY, ApiStatus.UNKNOWN]


@pytest.mark.parametrize(
    ("outcome", "status"),
    [
        (Outcome(200), "Valid"),
        (Outcome(201), "Valid"),
        (Outcome(204), "Valid"),
        (Outcome(401), "Invalid"),
        (Outcome(403), "ContainerUseUnauthorized"),
        (Outcome(403, "OutOfQuota"), "OutOfQuota"),
        (Outcome(403, "outofquota"), "OutOfQuota"),
        (Outcome(403, "Mismatch"), "Mismatch"),
        (Outcome(403, "Valid"), "ContainerUseUnauthorized"),
        (Outcome(403, ""), "ContainerUseUnauthorized"),
        (Outcome(429), "BillingEndpointBusy"),
        (Outcome(503), "BillingEndpointBusy"),
        (Outcome(500), "CouldNotConnect"),
        (Outcome(502), "CouldNotConnect"),
        (Outcome(504), "CouldNotConnect"),
        (Outcome(301), "Unknown"),
        (Outcome(307), "Unknown"),
        (Outcome(400), "Unknown"),
        (Outcome(404), "Unknown"),
        (Outcome(failure=Failure.NO_ANSWER), "CouldNotConnect"),
        (Outcome(failure=Failure.TLS), "CouldNotConnect"),
        (Outcome(failure=Failure.NO_RECORD), "Unknown"),
    ],
    ids=str,
)
def test_what_an_answer_means(outcome: Outcome, status: str) -> None:
    assert classify(outcome) == status


@pytest.mark.parametrize("attempts", [0, 1, 9, 10, 1000])
def test_a_valid_key_is_served(attempts: int) -> None:
    assert gate(ApiStatus.VALID, attempts) is Gate.SERVE


@pytest.mark.parametrize("status", REFUSALS)
@pytest.mark.parametrize("attempts", [0, 1, 9, 10, 1000])
def test_a_refused_key_is_not_served(status: ApiStatus, attempts: int) -> None:
    assert gate(status, attempts) is Gate.NO_CREDIT


@pytest.mark.parametrize("status", TROUBLES)
def test_troubles_are_forgiven_nine_times_and_not_ten(status: ApiStatus) -> None:
    assert GRACE_ATTEMPTS == 10
    assert [gate(status, attempts) for attempts in range(12)] == [Gate.SERVE] * 10 + [
        Gate.COULD_NOT_CONNECT
    ] * 2


def test_every_status_has_its_message_and_its_kind() -> None:
    assert set(MESSAGES) == set(ApiStatus) == {ApiStatus.VALID, *REFUSALS, *TROUBLES}
    assert MESSAGES[ApiStatus.VALID] == "Api Key is valid, no action needed."


def test_one_success_forgets_all_failures() -> None:
    standing = Standing()
    for status in [*TROUBLES * 3, ApiStatus.INVALID]:
        standing = standing.after(status)
    assert standing == Standing(ApiStatus.INVALID, 10)
    assert standing.after(ApiStatus.COULD_NOT_CONNECT).gate is Gate.COULD_NOT_CONNECT
    assert standing.after(ApiStatus.VALID) == Standing(ApiStatus.VALID, 0)


def test_a_new_policy_serves_and_is_due_at_once(tmp_path: Path) -> None:
    with closing(PolicyByte(tmp_path)) as policy:
        assert policy.read() == (ApiStatus.UNKNOWN, Gate.SERVE, 1)
        assert policy.seconds_left() == 0.0


@pytest.mark.parametrize("status", ApiStatus)
@pytest.mark.parametrize("attempts", [0, 10])
def test_another_opening_reads_what_was_written(tmp_path: Path, status: ApiStatus, attempts: int) -> None:
    standing = Standing(status, attempts)
    with closing(PolicyByte(tmp_path)) as leader, closing(PolicyByte(tmp_path)) as worker:
        leader.write(standing, 59.5)
        assert worker.read() == (status, standing.gate, 60)
        assert 58.0 < worker.seconds_left() <= 59.5


def test_the_time_left_never_passes_zero(tmp_path: Path) -> None:
    with closing(PolicyByte(tmp_path)) as policy:
        policy.write(Standing(), 0.01)
        time.sleep(0.02)
        assert policy.seconds_left() == 0.0
        assert policy.read()[2] == 1


def test_reading_touches_no_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def no_file(*_: object, **__: object) -> None:
        pytest.fail("a file was used")

    with closing(PolicyByte(tmp_path)) as policy:
        for name in ("os.open", "os.read", "builtins.open"):
            monkeypatch.setattr(name, no_file)
        monkeypatch.setattr(mmap, "mmap", no_file)
        assert policy.read()[1] is Gate.SERVE
