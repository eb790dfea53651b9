from __future__ import annotations

import logging
import socket
import time
from base64 import b64encode
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import TYPE_CHECKING

import pytest

from anomaly_container import __version__
from anomaly_container.metering.http_sender import LONGEST_WAIT, Transport
from anomaly_container.metering.policy import Failure, Outcome, classify
from tests.support.certificates import presenting, self_signed
from tests.unit.metering.endpoint import LOST, Reply, endpoint, proxy
from tests.unit.metering.metering import KEY, metering_settings

if TYPE_CHECKING:
    import ssl
    from collections.abc import Iterator
    from pathlib import Path

WIRE = {"id": "0f8fad5b-d9cb-469f-a165-70867728950e", "meters": []}
CREDENTIALS = "meter:pass:w@rd/%"


def send(**given: object) -> Outcome:
    return Transport(metering_settings(**given)).send(WIRE)


def test_what_is_sent() -> None:
    with endpoint() as there:
        assert send(Billing=f"{there.address}/") == Outcome(200)
    [seen] = there.seen
    assert (seen.method, seen.target, seen.record) == ("POST", "/metering/v1/usage", WIRE)
    assert {
        name: value for name, value in seen.headers.items() if name not in {"Host", "Content-Length"}
    } == {
        "Accept": "application/json",
        "Accept-Encoding": "identity",
        "Connection": "close",
        "Content-Type": "application/json",
        "Idempotency-Key": WIRE["id"],
        "Ocp-Apim-Subscription-Key": KEY,
        "User-Agent": f"anomaly-container/{__version__}",
    }


@pytest.mark.parametrize(
    ("billing", "path", "target"),
    [
        ("", "/metering/v1/usage", "/metering/v1/usage"),
        ("/", "/usage", "/usage"),
        ("/accounts/one/", "/usage", "/accounts/one/usage"),
    ],
)
def test_where_it_is_sent(billing: str, path: str, target: str) -> None:
    with endpoint() as there:
        send(Billing=f"{there.address}{billing}", Metering__Path=path)
    assert there.seen[0].target == target


NESTED = b'{"error":{"code":"%s","message":"text"}}'
FLAT = b'{"code":"%s"}'


@pytest.mark.parametrize(
    ("reply", "status"),
    [
        (Reply(200), "Valid"),
        (Reply(201, body=b""), "Valid"),
        (Reply(401), "Invalid"),
        (Reply(403), "ContainerUseUnauthorized"),
        (Reply(403, body=NESTED % b"OutOfQuota"), "OutOfQuota"),
        (Reply(403, body=FLAT % b"OutOfQuota"), "OutOfQuota"),
        (Reply(403, body=NESTED % b"Mismatch"), "Mismatch"),
        (Reply(403, body=FLAT % b"Mismatch"), "Mismatch"),
        (Reply(403, body=FLAT % b"Another"), "ContainerUseUnauthorized"),
        (Reply(403, body=b'{"code":7}'), "ContainerUseUnauthorized"),
        (Reply(403, body=b'{"error":["OutOfQuota"]}'), "ContainerUseUnauthorized"),
        (Reply(403, body=b'"OutOfQuota"'), "ContainerUseUnauthorized"),
        (Reply(403, body=b"no json"), "ContainerUseUnauthorized"),
        (Reply(403, body=b"\xff\xfe\x00"), "ContainerUseUnauthorized"),
        (Reply(403, body=b"[" * 60000), "ContainerUseUnauthorized"),
        (Reply(403, body=b" " * 70000 + FLAT % b"Mismatch"), "ContainerUseUnauthorized"),
        (Reply(429), "BillingEndpointBusy"),
        (Reply(503), "BillingEndpointBusy"),
        (Reply(500), "CouldNotConnect"),
        (Reply(502), "CouldNotConnect"),
        (Reply(404), "Unknown"),
        (Reply(400), "Unknown"),
        (LOST, "CouldNotConnect"),
    ],
    ids=lambda value: repr(value)[:60],
)
def test_each_answer_of_the_endpoint_has_its_status(reply: Reply, status: str) -> None:
    with endpoint(reply) as there:
        assert classify(send(Billing=there.address)) == status
    assert len(there.seen) == 1, "the heartbeat alone tries again"


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_redirects_are_refused(status: int) -> None:
    with endpoint() as elsewhere, endpoint(Reply(status, {"Location": elsewhere.address})) as there:
        assert classify(send(Billing=there.address)) == "Unknown"
    assert len(there.seen) == 1
    assert not elsewhere.seen


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("0", 0.0),
        ("7", 7.0),
        (" 120 ", 120.0),
        ("999999999999", LONGEST_WAIT),
        ("-5", 0.0),
        ("soon", 0.0),
        ("1.5", 0.0),
        ("Wed, 21 Oct 2015 07:28:00 GMT", 0.0),
        ("Fri, 31 Dec 9999 23:59:59 GMT", LONGEST_WAIT),
    ],
)
def test_how_long_the_endpoint_asks_to_wait(header: str, seconds: float) -> None:
    with endpoint(Reply(503, {"Retry-After": header})) as there:
        assert send(Billing=there.address) == Outcome(503, retry_after=seconds)


def test_a_date_to_wait_for() -> None:
    date = format_datetime(datetime.now(UTC) + timedelta(seconds=100), usegmt=True)
    with endpoint(Reply(429, {"Retry-After": date})) as there:
        assert 90 < send(Billing=there.address).retry_after <= 100


def test_nobody_listens() -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    assert send(Billing=f"http://127.0.0.1:{port}") == Outcome(failure=Failure.NO_ANSWER)


def test_an_endpoint_that_never_answers() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        port = silent.getsockname()[1]
        start = time.monotonic()
        outcome = send(Billing=f"http://127.0.0.1:{port}", Metering__TimeoutSeconds=0.2)
        assert outcome == Outcome(failure=Failure.NO_ANSWER)
        assert 0.2 <= time.monotonic() - start < 2


@pytest.mark.parametrize("octets", [b"nonsense\r\n\r\n", b"HTTP/1.1 abc\r\n\r\n", b"\x16\x03\x01"])
def test_an_answer_that_is_no_http(octets: bytes) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        address = f"http://127.0.0.1:{server.getsockname()[1]}"
        transport = Transport(metering_settings(Billing=address, Metering__TimeoutSeconds=1))
        with ThreadPoolExecutor(1) as pool:
            outcome = pool.submit(transport.send, WIRE)
            connection, _ = server.accept()
            with connection:
                connection.sendall(octets)
            assert outcome.result().status_code is None


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return self_signed(tmp_path_factory.mktemp("certificate"))


@pytest.fixture
def tls(certificate: Path) -> ssl.SSLContext:
    return presenting(certificate)


def test_an_unknown_certificate_is_refused(tls: ssl.SSLContext) -> None:
    with endpoint(tls=tls) as there:
        assert send(Billing=there.address) == Outcome(failure=Failure.TLS)
    assert not there.seen


def test_it_is_trusted_when_its_authority_is(tls: ssl.SSLContext, certificate: Path) -> None:
    with endpoint(tls=tls) as there:
        assert send(Billing=there.address, Metering__CaBundle=certificate) == Outcome(200)
    assert there.seen[0].record == WIRE


def test_a_certificate_of_another_name_is_refused(tls: ssl.SSLContext, certificate: Path) -> None:
    with endpoint(tls=tls) as there:
        address = there.address.replace("127.0.0.1", "localhost")
        assert send(Billing=address, Metering__CaBundle=certificate) == Outcome(failure=Failure.TLS)
    assert not there.seen


def test_a_plain_request_goes_through_the_proxy() -> None:
    with proxy() as between:
        outcome = send(
            Billing="http://metering.test/", HTTP_PROXY=between.address, HTTP_PROXY_CREDS=CREDENTIALS
        )
    assert outcome == Outcome(200)
    [seen] = between.seen
    assert (seen.method, seen.target) == ("POST", "http://metering.test/metering/v1/usage")
    expected = b64encode(CREDENTIALS.encode()).decode()
    assert seen.headers["Proxy-Authorization"] == f"Basic {expected}"


def test_tls_goes_through_the_proxy_unseen(tls: ssl.SSLContext, certificate: Path) -> None:
    with proxy() as between, endpoint(tls=tls) as there:
        outcome = send(
            Billing=there.address,
            HTTP_PROXY=between.address,
            HTTP_PROXY_CREDS=CREDENTIALS,
            Metering__CaBundle=certificate,
        )
    assert outcome == Outcome(200)
    [seen] = between.seen
    assert (seen.method, seen.target) == ("CONNECT", there.address.removeprefix("https://"))
    assert "Proxy-Authorization" in seen.headers
    assert "Ocp-Apim-Subscription-Key" not in seen.headers
    assert there.seen[0].record == WIRE
    assert "Proxy-Authorization" not in there.seen[0].headers


def test_without_credentials_the_proxy_gets_none() -> None:
    with proxy() as between:
        assert send(Billing="http://metering.test/", HTTP_PROXY=between.address) == Outcome(200)
    assert "Proxy-Authorization" not in between.seen[0].headers


def test_the_environment_has_no_say(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, tls: ssl.SSLContext, certificate: Path
) -> None:
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login someone password something\n")
    monkeypatch.setenv("NETRC", str(netrc))
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(certificate))
    with proxy() as between, endpoint() as there, endpoint(tls=tls) as secure:
        for name in ("http_proxy", "https_proxy", "all_proxy", "HTTP_PROXY"):
            monkeypatch.setenv(name, between.address)
        assert send(Billing=there.address) == Outcome(200)
        assert send(Billing=secure.address) == Outcome(failure=Failure.TLS)
    assert not between.seen
    assert "Authorization" not in there.seen[0].headers


@pytest.fixture
def broken_ways(tls: ssl.SSLContext, tmp_path: Path) -> Iterator[list[dict[str, object]]]:
    """Settings with which sending fails in one way each."""
    with endpoint(tls=tls) as there, endpoint(LOST) as lost:
        yield [
            {"Billing": there.address},
            {"Billing": lost.address},
            {"Billing": there.address, "Metering__CaBundle": tmp_path / "missing.pem"},
            {"Billing": "http://127.0.0.1:9/"},
            {"Billing": there.address, "HTTP_PROXY": "http://127.0.0.1:9/", "HTTP_PROXY_CREDS": CREDENTIALS},
            {"Billing": "http://x.test", "HTTP_PROXY": "http://127.0.0.1:9", "HTTP_PROXY_CREDS": CREDENTIALS},
        ]


def test_no_secret_in_a_log_or_a_representation(
    broken_ways: list[dict[str, object]], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG, logger="")
    # A test of a whole process may have set the level of its own logger.
    caplog.set_level(logging.DEBUG, logger="urllib3")
    with endpoint() as there:
        ways: list[dict[str, object]] = [{"Billing": there.address}, *broken_ways]
        for given in ways:
            transport = Transport(metering_settings(**given))
            outcome = transport.send(WIRE)
            assert (outcome.failure is None) == (given["Billing"] == there.address)
            shown = f"{outcome!r} {transport!r} {caplog.text}"
            for secret in (KEY, CREDENTIALS, "pass%3Aw", b64encode(CREDENTIALS.encode()).decode()):
                assert secret not in shown
    assert "urllib3" in caplog.text, "the most talkative level was on"
