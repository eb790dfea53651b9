"""An attempt ends at its deadline, whatever the endpoint does, and leaves nothing behind.

An endpoint that writes `HTTP/1.1 200 OK` and then a byte of a header every 20 ms, for ever, is given up after
the seconds of `Metering:TimeoutSeconds`: the outcome is that there was no answer.
"""

from __future__ import annotations

import os
import socket
import threading
import time
from typing import TYPE_CHECKING

import pytest

from anomaly_container.billing.policy import Failure, Outcome, classify
from anomaly_container.billing.transport import LONGEST_WAIT, SECONDS_TO_END, Transport
from tests.unit.billing.metering import metering_settings
from tests.unit.billing.raw_endpoint import answering, dripping, saying

if TYPE_CHECKING:
    from collections.abc import Callable

WIRE = {"id": "0f8fad5b-d9cb-469f-a165-70867728950e", "meters": []}
NO_ANSWER = Outcome(failure=Failure.NO_ANSWER)
SECONDS = 0.3
ATTEMPTS = 300
BOMB = b"x" * 70_000


def send(address: str, seconds: float = SECONDS) -> Outcome:
    return transport(address, seconds).send(WIRE)


def transport(address: str, seconds: float = SECONDS) -> Transport:
    return Transport(metering_settings(Billing=address, Metering__TimeoutSeconds=seconds))


def silent(connection: socket.socket) -> None:
    while connection.recv(65536):
        pass


@pytest.mark.parametrize(
    "answer",
    [
        silent,
        dripping(b"", b"H"),
        dripping(b"HTTP/1.1 ", b" "),
        dripping(b"HTTP/1.1 200 OK\r\n", b"x"),
        dripping(b"HTTP/1.1 200 OK\r\n", b"X: y\r\n"),
        dripping(b"HTTP/1.1 100 Continue\r\n", b"\r\nHTTP/1.1 100 Continue\r\n"),
        dripping(b"HTTP/1.1 503 Busy\r\nRetry-After: 86400\r\n", b"X"),
    ],
    ids=["silence", "first line", "status", "a header", "headers", "continue", "a date to wait for"],
)
def test_an_endpoint_that_drips_is_given_up_at_the_deadline(answer: Callable[[socket.socket], None]) -> None:
    with answering(answer) as address:
        began = time.monotonic()
        assert send(address) == NO_ANSWER
        assert SECONDS <= time.monotonic() - began < SECONDS + SECONDS_TO_END


def test_a_dripping_body_is_given_up_and_what_the_status_said_counts() -> None:
    head = b"HTTP/1.1 403 Forbidden\r\nTransfer-Encoding: chunked\r\n\r\n"
    with answering(dripping(head, b"1\r\n{\r\n")) as address:
        began = time.monotonic()
        assert classify(send(address)) == "ContainerUseUnauthorized"
        assert time.monotonic() - began < SECONDS + SECONDS_TO_END


def test_a_body_of_a_status_that_decides_alone_is_not_waited_for() -> None:
    with answering(dripping(b"HTTP/1.1 201 Created\r\n\r\n", b"x")) as address:
        assert send(address, 5.0) == Outcome(201)


def test_an_endpoint_that_drips_its_side_of_tls_is_given_up() -> None:
    # The beginning of a record of 16 KB, of which a byte comes at a time.
    with answering(dripping(b"\x16\x03\x03\x40\x00", b"\x02")) as address:
        began = time.monotonic()
        outcome = send(address.replace("http:", "https:"))
        assert classify(outcome) == "CouldNotConnect"
        assert time.monotonic() - began < SECONDS + SECONDS_TO_END


def test_a_name_that_nobody_finds_is_given_up_and_the_thread_is_waited_for(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    is_found = threading.Event()
    looked = []

    def slow(*_: object, **__: object) -> list[object]:
        looked.append(1)
        is_found.wait()
        raise socket.gaierror

    monkeypatch.setattr(socket, "getaddrinfo", slow)
    sender = transport("http://metering.test")
    monkeypatch.setattr("anomaly_container.billing.transport.SECONDS_TO_END", 0.05)
    for _ in range(3):
        began = time.monotonic()
        assert sender.send(WIRE) == NO_ANSWER
        assert time.monotonic() - began < 2 * SECONDS
    assert sum(looked) == 1, "one search at a time"
    assert caplog.text.count("is still looked for") == 2
    is_found.set()
    assert sender.send(WIRE) == NO_ANSWER
    assert sum(looked) == 2


def test_a_connection_that_comes_too_late_carries_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    received: list[bytes] = []
    find = socket.getaddrinfo

    def late(*given: object, **named: object) -> object:
        time.sleep(2 * SECONDS)
        return find(*given, **named)  # type: ignore[arg-type]  # as it was called

    def note(connection: socket.socket) -> None:
        received.append(connection.recv(65536))

    with answering(note) as address:
        monkeypatch.setattr(socket, "getaddrinfo", late)
        monkeypatch.setattr("anomaly_container.billing.transport.SECONDS_TO_END", 0.05)
        assert send(address) == NO_ANSWER
        time.sleep(3 * SECONDS)
    assert b"".join(received) == b""


def test_hundreds_of_dripping_attempts_leave_no_thread_and_no_socket(
    record_property: Callable[[str, object], None],
) -> None:
    with answering(dripping(b"HTTP/1.1 200 OK\r\n", b"x", 0.005)) as address:
        sender = transport(address, 0.01)
        sender.send(WIRE)
        time.sleep(0.1)
        before = (own_threads(), len(os.listdir("/proc/self/fd")))  # noqa: PTH208  # names are enough
        for _ in range(ATTEMPTS):
            assert sender.send(WIRE) == NO_ANSWER
        time.sleep(0.2)
        after = (own_threads(), len(os.listdir("/proc/self/fd")))  # noqa: PTH208  # as above
    record_property(
        "shown", f"{ATTEMPTS} dripping attempts: threads and descriptors {before} before, {after} after"
    )
    assert after <= before


def own_threads() -> int:
    return sum(thread.name == "metering attempt" for thread in threading.enumerate())


@pytest.mark.parametrize(
    "rest",
    [
        b"Retry-After: Fri, 31 Dec 99999999999999999999 23:59:59 GMT\r\n\r\n",
        b"Retry-After: Thu, 99 Foo 99999 99:99:99 GMT\r\n\r\n",
        b"Retry-After: 99999999999999999999999999999999\r\nContent-Length: 2\r\n\r\n{}",
        b"Content-Length: 5, 6\r\n\r\n",
        b"Content-Length: -1\r\n\r\n",
        b"Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        b"X: " + BOMB + b"\r\n\r\n",
        b"X: y\r\n" * 200 + b"\r\n",
        b"no colon\r\n\r\n",
        b"HTTP/1.1 200 OK\r\n\r\n{}",
        b"Location: /\r\nStatus: 200 OK\r\n\r\n" + b'{"code":"Valid","status":200}',
        b"\x00\xff\xfe: \x00\r\n",
        b"",
    ],
    ids=lambda rest: repr(rest)[:40],
)
def test_a_refusal_of_the_key_stands_whatever_follows_it(rest: bytes) -> None:
    with answering(saying(b"HTTP/1.1 401 Unauthorized\r\n" + rest)) as address:
        outcome = send(address, 5.0)
    assert classify(outcome) == "Invalid"
    assert outcome.retry_after == 0.0


def test_a_refusal_of_the_key_stands_when_its_headers_drip() -> None:
    with answering(dripping(b"HTTP/1.1 401 Unauthorized\r\n", b"x")) as address:
        assert classify(send(address)) == "Invalid"


@pytest.mark.parametrize(
    ("date", "seconds"),
    [
        ("Fri, 31 Dec 99999999999999999999 23:59:59 GMT", 0.0),
        ("Mon, 01 Jan 0001 00:00:00 +2359", 0.0),
        ("Fri, 31 Dec 9999 23:59:59 GMT", LONGEST_WAIT),
        ("Thu, 99 Foo 99999 99:99:99 GMT", 0.0),
        ("1e99", 0.0),
    ],
)
def test_an_impossible_date_is_none(date: str, seconds: float) -> None:
    with answering(saying(f"HTTP/1.1 503 Busy\r\nRetry-After: {date}\r\n\r\n".encode())) as address:
        assert send(address, 5.0) == Outcome(503, retry_after=seconds)


@pytest.mark.parametrize("status", [200, 400, 401, 403, 500])
def test_only_a_busy_endpoint_may_put_reports_off(status: int) -> None:
    with answering(saying(f"HTTP/1.1 {status} X\r\nRetry-After: 86400\r\n\r\n".encode())) as address:
        assert send(address, 5.0) == Outcome(status)


def test_a_surprise_of_the_library_is_no_answer(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def surprise(*_: object, **__: object) -> None:
        raise RuntimeError(address)

    with answering(saying(b"")) as address:
        monkeypatch.setattr("urllib3.connectionpool.HTTPConnectionPool.urlopen", surprise)
        assert send(address) == NO_ANSWER
    assert "The metering attempt met RuntimeError." in caplog.text
    assert address not in caplog.text
