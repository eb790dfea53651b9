"""What the metering endpoint answers, and what the server then tells people, probes and clients."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest
import requests

from anomaly_container.metering.usage_log import derive_key, verify
from tests.support.payloads import ENTIRE_PATH, daily_body
from tests.system.metering import Answer, endpoint
from tests.system.server import GATE, KEY, running
from tests.system.tls import untrusted

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.system.server import Server

INTERVAL = 0.1
SECONDS = 30.0
BODY = daily_body(24)
VALID = "Api Key is valid, no action needed."
UNREACHED = "The metering endpoint could not be reached."
BUSY = "The metering endpoint is busy."

# status of the endpoint's answer, code in it, apiStatus, message
NO_CREDIT = [
    (401, "401", "Invalid", "Api Key is invalid."),
    (403, "403", "ContainerUseUnauthorized", "Api Key does not permit the use of this container."),
    (403, "OutOfQuota", "OutOfQuota", "The quota of the Api Key is used up."),
    (403, "Mismatch", "Mismatch", "Api Key does not belong to this kind of container."),
]
IN_DOUBT = [
    (429, "429", "BillingEndpointBusy", BUSY),
    (503, "503", "BillingEndpointBusy", BUSY),
    (500, "500", "CouldNotConnect", UNREACHED),
    (502, "502", "CouldNotConnect", UNREACHED),
    (404, "404", "Unknown", "The metering endpoint has not confirmed the Api Key."),
]


def refusing(status: int, code: str, **headers: str) -> Answer:
    return Answer(status, headers, b'{"error":{"code":"%b","message":"x"}}' % code.encode())


def words(url: str, output: Path, interval: float = INTERVAL) -> list[str]:
    return [
        *(word for word in GATE if not word.startswith("Billing")),
        *(f"Billing={url}", f"Mounts:Output={output}", f"Metering:IntervalSeconds={interval}"),
    ]


def until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + SECONDS
    while not condition():
        assert time.monotonic() < deadline, "it never came to pass"
        time.sleep(0.02)


def api_status(server: Server) -> tuple[str, str]:
    page = requests.get(f"{server.url}/status", timeout=10)
    assert page.status_code == 200
    document = page.json()
    return document["apiStatus"], document["apiStatusMessage"]


def query(server: Server) -> requests.Response:
    return requests.post(f"{server.url}{ENTIRE_PATH}", data=BODY, timeout=10)


def readiness(server: Server) -> list[int]:
    return [requests.get(f"{server.url}/{page}", timeout=10).status_code for page in ("ready", "readyz")]


def pages_are_up(server: Server) -> bool:
    pages = ("", "status", "livez")
    return all(requests.get(f"{server.url}/{page}", timeout=10).status_code == 200 for page in pages)


def assert_serves(server: Server) -> None:
    until(lambda: query(server).status_code == 200)
    assert readiness(server) == [200, 200]


def assert_refuses(server: Server, status: int, code: str, message: str) -> requests.Response:
    until(lambda: query(server).status_code == status)
    refused = query(server)
    assert refused.json() == {"error": {"code": code, "message": message}}
    assert refused.headers["x-ms-error-code"] == code
    assert readiness(server) == [503, 503]
    ready = requests.get(f"{server.url}/ready", timeout=10)
    assert ready.json() == {"service": "anomalydetector", "ready": "notready", "message": message}
    assert pages_are_up(server)
    return refused


def test_each_refusal_of_the_key_closes_the_service_and_a_success_opens_it(tmp_path: Path) -> None:
    with endpoint() as billing, running(words(billing.url, tmp_path), workers=2) as server:
        until(lambda: api_status(server) == ("Valid", VALID))
        for status, code, word, message in NO_CREDIT:
            assert_serves(server)
            billing.answer = refusing(status, code)
            until(lambda expected=(word, message): api_status(server) == expected)  # type: ignore[misc] # bound early
            refused = assert_refuses(server, 403, "NoCredit", message)
            assert "Retry-After" not in refused.headers
            billing.answer = Answer()
            until(lambda: api_status(server) == ("Valid", VALID))
        assert_serves(server)


@pytest.mark.parametrize(("status", "code", "word", "message"), IN_DOUBT)
def test_ten_failures_close_the_service_and_one_success_opens_it(
    tmp_path: Path, status: int, code: str, word: str, message: str
) -> None:
    with endpoint(refusing(status, code)) as billing:
        billing.is_open.clear()
        patient = [*words(billing.url, tmp_path), "Metering:TimeoutSeconds=600"]
        with running(patient, workers=2) as server:
            found: list[int] = []

            def ask_once_an_attempt() -> None:
                """Each attempt begins with the oldest record; after three refusals others may follow it."""
                if billing.bodies[-1] == billing.bodies[0]:
                    found.append(query(server).status_code)

            billing.before_answer = ask_once_an_attempt
            billing.is_open.set()
            until(lambda: api_status(server) == (word, message))
            until(lambda: len(found) > 10)
            # The eleventh attempt is the first with ten failures before it.
            assert found[:11] == [200] * 10 + [503]
            refused = assert_refuses(server, 503, "CouldNotConnect", message)
            assert refused.headers["Retry-After"] == "1"
            billing.answer = Answer()
            until(lambda: api_status(server) == ("Valid", VALID))
            assert_serves(server)


def test_no_answer_at_all_closes_the_service_too(tmp_path: Path) -> None:
    with endpoint() as gone:
        pass
    with running(words(gone.url, tmp_path), workers=1) as server:
        until(lambda: api_status(server) == ("CouldNotConnect", UNREACHED))
        assert_refuses(server, 503, "CouldNotConnect", UNREACHED)


def test_a_certificate_nobody_vouches_for_closes_the_service_and_gets_no_record(tmp_path: Path) -> None:
    with endpoint(tls=untrusted(tmp_path)) as billing:
        with running(words(billing.url, tmp_path / "output"), workers=1) as server:
            until(lambda: api_status(server) == ("CouldNotConnect", UNREACHED))
            assert_refuses(server, 503, "CouldNotConnect", UNREACHED)
        assert not billing.received
        # The same endpoint is Valid for who is told whom to trust: it was the certificate.
        trusting = [
            *words(billing.url, tmp_path / "output"),
            f"Metering:CaBundle={tmp_path / 'certificate.pem'}",
        ]
        with running(trusting, workers=1, ready=False) as server:
            until(lambda: api_status(server) == ("Valid", VALID))
            assert_serves(server)


def test_a_restart_does_not_forget_the_failures(tmp_path: Path) -> None:
    with endpoint(refusing(500, "500")) as billing:
        with running(words(billing.url, tmp_path), workers=1) as server:
            assert_refuses(server, 503, "CouldNotConnect", UNREACHED)
        # The next attempt of this one is far away: it refuses for what the one before has met.
        with running(words(billing.url, tmp_path, interval=600), workers=1, ready=False) as server:
            assert_refuses(server, 503, "CouldNotConnect", UNREACHED)
            # Its own first attempt is due at once; only after that the wait is long.
            until(lambda: int(query(server).headers["Retry-After"]) > 1)


def test_the_endpoint_says_when_to_come_back(tmp_path: Path) -> None:
    busy = refusing(429, "429", **{"Retry-After": "3600"})
    with endpoint(busy) as billing, running(words(billing.url, tmp_path), workers=2) as server:
        until(lambda: api_status(server) == ("BillingEndpointBusy", BUSY))
        time.sleep(10 * INTERVAL)
        assert len(billing.received) == 1
        assert query(server).status_code == 200


def test_without_a_connection_usage_is_logged_and_shown(tmp_path: Path) -> None:
    log = tmp_path / "usage.jsonl"
    with running(words(f"file://{log}", tmp_path), workers=2) as server:
        until(lambda: api_status(server) == ("Valid", VALID))
        for _ in range(3):
            assert query(server).status_code == 200
        page = f"{server.url}/records/usage-logs/"
        until(lambda: total(page) == {"EntireDetect": 3, "DataPoints": 3})
        now = datetime.now(UTC)
        assert total(f"{page}{now.month}/{now.year}") == {"EntireDetect": 3, "DataPoints": 3}
        out, err = server.stop()
    assert f"Submitting metering to '{log}'." in out.splitlines()
    assert err == ""
    assert verify(log, derive_key(KEY)) == len(log.read_text().splitlines())


def total(page: str) -> dict[str, int]:
    """The meters of a page that are not zero, by the last part of their names."""
    meters = requests.get(page, timeout=10).json()["meters"]
    return {meter["name"].rpartition(".")[2]: meter["quantity"] for meter in meters if meter["quantity"]}
